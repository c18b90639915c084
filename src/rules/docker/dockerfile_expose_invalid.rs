//! `dockerfile-expose-invalid`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::dockerfiles::{Exposed, exposed};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/dockerfile-expose-invalid.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    findings.extend(exposed(&network.objects).iter().filter_map(finding));
}

fn finding(exposed: &Exposed<'_>) -> Option<Diagnostic> {
    let text = exposed.text;
    let (first, last) = exposed.ports?;
    if first > 65535 || last > 65535 {
        let message = format!("`{}` is beyond the last port, 65535", text.value);
        return Some(Diagnostic::error(text.label(""), message).help("correct the number"));
    }
    if first > last {
        let message = format!("`{}` ends before it begins", text.value);
        return Some(Diagnostic::error(text.label(""), message).help("put the lower port first"));
    }
    (first == 22 && last == 22).then(|| {
        let message = "port 22 is for SSH, which a container needs no server of";
        Diagnostic::info(text.label(""), message)
            .help("leave it out: `docker exec` opens a shell without a server")
    })
}
