//! `netpol-egress-deny-all-no-dns`: see the page.

use rustc_hash::FxHashSet;

use super::dns_help;
use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::dns_egress::Isolated;
use crate::model::host_names::NameKind;
use crate::model::namespaces::fold;
use crate::model::policies::Direction;
use crate::model::policy_places::Dialect;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-egress-deny-all-no-dns.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut told = FxHashSet::default();
    for verdict in &network.dns_egress.verdicts {
        if !verdict.denies_all
            || !verdict.reaches.udp.is_no()
            || is_told_elsewhere(network, &verdict.pods)
        {
            continue;
        }
        let Some(policy) = network.isolating(verdict).into_iter().next() else { continue };
        let place = policy.rules_span(Direction::Egress);
        let is_left_open = allows_something(network, policy.namespace)
            || others_concern(network, policy.namespace);
        if is_left_open || !told.insert(place) {
            continue;
        }
        let name = policy.object.name();
        let message = format!(
            "`{name}` blocks all egress, DNS included, and no other policy of its namespace allows any"
        );
        let help = dns_help::missing_rule(network, Dialect::NetworkPolicy);
        let help = format!("where the pods look up names, {help}");
        findings.add(Diagnostic::info(place.label(""), message).help(help));
    }
}

/// Whether some policy of a namespace lets something out, so that what is left out is meant to be.
fn allows_something(network: &Network<'_>, namespace: &str) -> bool {
    let policies = network.policies.in_namespace(namespace).iter();
    policies.map(|policy| &network.policies.all[*policy].egress).any(|egress| {
        !egress.isolates.is_no() && (egress.partly_unknown || !egress.rules.is_empty())
    })
}

/// Whether a policy of another kind may be about pods of a namespace.
fn others_concern(network: &Network<'_>, namespace: &str) -> bool {
    let mut others = network.policies.others.iter();
    others.any(|other| [fold(namespace), fold("")].contains(&fold(other.namespace())))
}

/// Whether one of the pods is known to ask for names: then it is a mistake.
fn is_told_elsewhere(network: &Network<'_>, pods: &Isolated<'_>) -> bool {
    let Isolated::Workloads { members } = pods else { return false };
    members.iter().any(|member| {
        let names = network.told_names(&network.workloads.all[*member]).own();
        names.iter().any(|name| name.kind >= NameKind::Server)
    })
}
