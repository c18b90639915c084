//! `cnp-fqdn-without-dns-rule`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::plugin_policies::{CiliumPolicyView, CiliumRule, FqdnSelector};
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
            if let Some(askable) = askable(&rules) {
                for diagnostic in unaskable(policy, &askable) {
                    findings.add(diagnostic);
                }
            }
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

/// What the rules for DNS let be asked for; `None` when some of it cannot be known, or when some
/// rule lets queries by without looking at them.
fn askable<'a>(rules: &[&'a CiliumRule]) -> Option<Vec<&'a FqdnSelector>> {
    let mut askable = Vec::new();
    for rule in rules {
        if !rule.has_dns_rules() {
            // Whom a rule without `rules.dns` leads to may be DNS as well.
            let is_about_names = !rule.fqdns.is_absent();
            if is_about_names { continue } else { return None }
        }
        for ports in rule.to_ports.items() {
            let names = &ports.value()?.rules.value()?.dns;
            for name in names.items() {
                let name = name.value().filter(|_| !names.is_unknown())?;
                if name.match_name.is_unknown() || name.match_pattern.is_unknown() {
                    return None;
                }
                askable.push(name);
            }
        }
    }
    Some(askable)
}

/// The names of a policy that Cilium's DNS proxy refuses to look up.
fn unaskable(policy: &CiliumPolicyView<'_>, askable: &[&FqdnSelector]) -> Vec<Diagnostic> {
    let names = egress(policy).flat_map(|rule| rule.fqdns.items()).filter_map(Field::value);
    let names = names.filter_map(|name| name.match_name.known());
    let missed = names.filter(|name| {
        !askable.iter().any(|askable| {
            let exact = askable.match_name.value().is_some_and(|it| folded(it) == folded(name));
            let pattern = askable.match_pattern.value();
            exact || pattern.is_some_and(|pattern| matches(&folded(pattern), &folded(name)))
        })
    });
    missed
        .map(|name| {
            let message = format!("no `rules.dns` lets the pods ask for `{}`", name.value);
            Diagnostic::warning(name.span.label(""), message)
                .help("name it in the `rules.dns` of the rule for DNS as well")
        })
        .collect()
}

fn folded(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// Whether a pattern matches a name: `*` stands for what is between two dots, and alone for
/// everything. What `**` stands for changes from version to version: it is taken for anything.
fn matches(pattern: &str, name: &str) -> bool {
    if pattern == "*" || pattern.contains("**") {
        return true;
    }
    let (patterns, parts) = (pattern.split('.'), name.split('.'));
    patterns.clone().count() == parts.clone().count()
        && patterns.zip(parts).all(|(pattern, part)| part_matches(pattern, part))
}

fn part_matches(pattern: &str, part: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == part };
    let Some(mut left) = part.strip_prefix(start) else { return false };
    let mut pieces = rest.split('*').peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return left.ends_with(piece);
        }
        let Some(at) = left.find(piece) else { return false };
        left = &left[at + piece.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_what_is_between_dots() {
        let table = [
            ("*", "a.example.com", true),
            ("*.example.com", "a.example.com", true),
            ("*.example.com", "a.b.example.com", false),
            ("*.example.com", "example.com", false),
            ("api-*.example.com", "api-eu.example.com", true),
            ("api-*.example.com", "web.example.com", false),
            ("a*b*c.com", "axbyc.com", true),
            ("a*b*c.com", "axc.com", false),
            ("**.example.com", "a.b.example.com", true),
            ("example.com", "example.com", true),
        ];
        for (pattern, name, expected) in table {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
