//! `cnp-fqdn-without-dns-rule`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::plugin_policies::{CiliumPolicyView, CiliumRule};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/cnp-fqdn-without-dns-rule.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let policies: Vec<CiliumPolicyView<'_>> = network.cilium_policies().collect();
    for policy in &policies {
        // Policies of its namespace, and of all: whichever selects the same pods.
        let around = policies.iter().filter(|other| {
            other.is_clusterwide
                || policy.is_clusterwide
                || other.object.namespace() == policy.object.namespace()
        });
        let rules: Vec<&CiliumRule> = around.flat_map(egress).collect();
        if rules.iter().any(|rule| rule.has_dns_rules()) {
            continue;
        }
        let dns = rules.iter().find(|rule| rule.names_kube_dns());
        // Where no query gets out at all, that is what is told.
        let cut_off = network.dns_egress.verdicts.iter().any(|verdict| {
            let mut causes = verdict.cause.policies.iter();
            verdict.reaches.udp.is_no() && causes.any(|cause| cause.is(policy.object))
        });
        if cut_off {
            continue;
        }
        for rule in egress(policy) {
            let Some(span) = rule.fqdns.span().filter(|_| !rule.fqdns.items().is_empty()) else {
                continue;
            };
            let message = "no policy lets Cilium see the answers of DNS, so that `toFQDNs` never matches an address";
            // A policy for DNS may well stand elsewhere, unless it stands here and says nothing.
            let severity = if dns.is_some() { Severity::Error } else { Severity::Info };
            let mut diagnostic = Diagnostic::new(severity, span.label(""), message)
                .help("add `rules: {dns: [{matchPattern: \"*\"}]}` to the ports of the rule for `kube-dns`, with port 53");
            if let Some(place) = dns.and_then(|rule| rule.endpoints.span()) {
                diagnostic = diagnostic.related(place.label("the rule for DNS has no `rules.dns`"));
            }
            findings.add(diagnostic);
        }
    }
}

fn egress<'a>(policy: &CiliumPolicyView<'a>) -> impl Iterator<Item = &'a CiliumRule> + use<'a> {
    policy.spec.egress.items().iter().filter_map(Field::value)
}
