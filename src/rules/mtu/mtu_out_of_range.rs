//! `mtu-out-of-range`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::mtu::Mtu;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mtu/mtu-out-of-range.md"),
    check: Check::Network(check),
};

/// `ETH_MAX_MTU` of Linux.
const MAX: i64 = 65_535;
/// What network cards and switches carry as jumbo frames, with the largest of headers.
const LARGEST_JUMBO: i64 = 9216;
/// Every link that IPv6 is to pass must take packets of this size (RFC 8200, section 5).
const MIN_IPV6: i64 = 1280;
/// What every host must be able to receive (RFC 791, section 3.2).
const USUAL_MIN: i64 = 576;
/// Links that IPv4 is to pass must take this much (RFC 791, section 3.2); Linux takes the address
/// from an interface that does not.
const MIN_IPV4: i64 = 68;

/// For whoever has to choose one.
const HELP: &str = "an MTU is what the network between the nodes carries, less what a tunnel adds: \
                    1450 for VXLAN on 1500";

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for value in &network.mtu.values {
        if let Some(diagnostic) = judge(value) {
            findings.add(diagnostic);
        }
    }
}

fn judge(value: &Mtu<'_>) -> Option<Diagnostic> {
    let (label, mtu) = (value.span.label(""), value.bytes);
    Some(match mtu {
        ..0 => Diagnostic::error(label, format!("an MTU of {mtu}"))
            .help("write 0, or nothing, for the default"),
        0..MIN_IPV4 => {
            let message = format!("an MTU of {mtu}, and IPv4 needs {MIN_IPV4} at least");
            Diagnostic::error(label, message).help(HELP)
        }
        MIN_IPV4..MIN_IPV6 if value.carries_ipv6 => {
            let message = format!("an MTU of {mtu}, and IPv6 needs {MIN_IPV6} at least");
            Diagnostic::error(label, message).help(HELP)
        }
        MIN_IPV4..USUAL_MIN => {
            let message = format!("an MTU of {mtu}, below the {USUAL_MIN} that every host takes");
            Diagnostic::warning(label, message).help(HELP)
        }
        USUAL_MIN..=LARGEST_JUMBO => return None,
        _ if mtu <= MAX => {
            let message = format!("an MTU of {mtu}, beyond jumbo frames of {LARGEST_JUMBO}");
            Diagnostic::info(label, message).help("network cards between nodes carry less")
        }
        _ => {
            Diagnostic::error(label, format!("an MTU of {mtu}, and Linux ends at {MAX}")).help(HELP)
        }
    })
}
