//! `cidr-invalid`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::range::looks_like_address;
use crate::model::addresses::source::HostBits;
use crate::model::addresses::{Fault, Malformed, Role};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/cidr-invalid.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for malformed in &network.addresses.malformed {
        // A word is a placeholder that somebody fills in.
        if !looks_like_address(&malformed.text) {
            continue;
        }
        let what = match malformed.source {
            source if source.takes_address() => "IP address",
            source if source.takes_range() => "range of addresses",
            _ => "CIDR",
        };
        let message =
            format!("`{}` is not a valid {what}: {}", malformed.text.value, malformed.fault);
        let label = malformed.text.label("");
        // Kubernetes itself still reads `010` as 10, everybody else refuses it.
        let accepted = matches!(malformed.fault, Fault::LeadingZero(_))
            && malformed.source.host_bits() == HostBits::Masked;
        let diagnostic = match accepted {
            true => Diagnostic::warning(label, message),
            false => Diagnostic::error(label, message),
        };
        findings.add(diagnostic.help(help(malformed)));
    }
}

fn help(malformed: &Malformed<'_>) -> String {
    match &malformed.fault {
        Fault::Reversed => "put the lower address first".to_owned(),
        Fault::NoPrefix if malformed.source.role() == Role::LoadBalancer => {
            let bits = if malformed.text.contains(':') { 128 } else { 32 };
            format!("write `{}/{bits}` for this address alone", *malformed.text)
        }
        Fault::NoPrefix => format!("add the prefix length, such as `{}/16`", *malformed.text),
        Fault::Prefix => "write the address alone".to_owned(),
        Fault::WhiteSpace => {
            "take the blank out; two ranges stand with a comma and nothing else between them"
                .to_owned()
        }
        Fault::LeadingZero(octet) => {
            let plain = octet.trim_start_matches('0');
            let plain = if plain.is_empty() { "0" } else { plain };
            format!("write `{plain}`: some programs take `{octet}` for an octal number")
        }
        _ if malformed.source.takes_address() => "write an address such as `10.0.0.10`".to_owned(),
        _ if malformed.source.takes_range() => {
            "write a CIDR, or two whole addresses with a dash between them".to_owned()
        }
        _ => "write an address and a prefix length, such as `10.244.0.0/16`".to_owned(),
    }
}
