//! `calico-policy-invalid`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::addresses::Family;
use crate::model::plugin_policies::{CalicoRule, EntityRule, IntOrString};
use crate::model::policies::Direction;
use crate::model::policy_rules::{is_whole_family, parse_range};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/calico-policy-invalid.md"),
    check: Check::Network(check),
};

const ACTIONS: [&str; 4] = ["Allow", "Deny", "Log", "Pass"];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in network.calico_policies() {
        let spec = policy.spec;
        let mut faults = Faults { found: Vec::new() };
        for name in spec.types.items().iter().filter_map(Field::known) {
            if !["Ingress", "Egress"].contains(&name.value.as_str()) {
                let message =
                    format!("`{}` is no type: these are `Ingress` and `Egress`", name.value);
                faults.add(name.span, message);
            }
        }
        for (list, direction) in
            [(&spec.ingress, Direction::Ingress), (&spec.egress, Direction::Egress)]
        {
            let types = spec.types.items();
            let known = !types.is_empty() && types.iter().all(|name| !name.is_unknown());
            let named =
                types.iter().any(|name| name.value().is_some_and(|n| n == direction.name()));
            if let Some(span) = list.span().filter(|_| !list.items().is_empty() && known && !named)
            {
                let message =
                    format!("these rules do nothing: `types` leaves out `{}`", direction.name());
                faults.add(spec.keys.span(Some(span)).unwrap_or(span), message);
            }
            for rule in list.items().iter().filter_map(Field::known) {
                faults.rule(&rule.value, rule.span, direction);
            }
        }
        for (span, message) in faults.found {
            findings.add(Diagnostic::error(span.label(""), message));
        }
    }
}

struct Faults {
    found: Vec<(Span, String)>,
}

impl Faults {
    fn add(&mut self, span: Span, message: impl Into<String>) {
        self.found.push((span, message.into()));
    }

    fn rule(&mut self, rule: &CalicoRule, span: Span, direction: Direction) {
        match &rule.action {
            Field::Absent => self.add(span, "a rule without `action`"),
            Field::Known(action) if !ACTIONS.contains(&action.value.as_str()) => self.add(
                action.span,
                format!(
                    "`{}` is no action: these are `Allow`, `Deny`, `Log` and `Pass`",
                    action.value
                ),
            ),
            Field::Known(_) | Field::Unknown(_) => {}
        }
        let ends = [(&rule.source, Direction::Egress), (&rule.destination, Direction::Ingress)];
        for (end, own) in ends {
            let Some(end) = end.value() else { continue };
            self.ports(rule, end);
            self.services(end, own == direction);
        }
        self.families(rule);
    }

    fn ports(&mut self, rule: &CalicoRule, end: &EntityRule) {
        for list in [&end.ports, &end.not_ports] {
            let is_number = |port: &&Field<IntOrString>| match port.value() {
                Some(IntOrString::Int(_)) => true,
                Some(IntOrString::Str(text)) => {
                    !text.is_empty()
                        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b':')
                }
                None => false,
            };
            let place = match &rule.protocol {
                // Names of ports have their protocol with them.
                Field::Absent => list.items().iter().find(is_number).and_then(Field::span),
                Field::Known(protocol) if !has_ports(&protocol.value) => {
                    list.items().first().and_then(Field::span)
                }
                _ => None,
            };
            let Some(place) = place else { continue };
            let message = match rule.protocol.is_absent() {
                true => "ports without a `protocol`: TCP, UDP or SCTP has them",
                false => "ports of a protocol that has none: TCP, UDP and SCTP have them",
            };
            return self.add(place, message);
        }
    }

    fn services(&mut self, end: &EntityRule, is_own_end: bool) {
        let Some(span) = end.services.span() else { return };
        if is_own_end {
            return self.add(
                span,
                "`services` stand at the other end: `source` of ingress, `destination` of egress",
            );
        }
        let others = [
            ("selector", end.selector.is_absent()),
            ("notSelector", end.not_selector.is_absent()),
            ("nets", end.nets.is_absent()),
            ("notNets", end.not_nets.is_absent()),
        ];
        if let Some((name, _)) = others.into_iter().find(|(_, absent)| !absent) {
            self.add(span, format!("`services` beside `{name}`: they say it all"));
        }
    }

    /// A rule is about addresses of one family.
    fn families(&mut self, rule: &CalicoRule) {
        let version = rule.ip_version.value().and_then(|version| match version {
            4 => Some(Family::V4),
            6 => Some(Family::V6),
            _ => None,
        });
        let mut first: Option<Family> = None;
        for end in [&rule.source, &rule.destination].into_iter().filter_map(Field::value) {
            for (list, negated) in [(&end.nets, false), (&end.not_nets, true)] {
                for net in list.items().iter().filter_map(Field::known) {
                    let Some(range) = parse_range(&net.value) else { continue };
                    let family = range.family();
                    if negated && is_whole_family(range) {
                        let message = format!("nothing is left without `{}`", net.value);
                        return self.add(net.span, message);
                    }
                    if version.is_some_and(|version| version != family) {
                        let message = format!("`{}` in a rule for the other family", net.value);
                        return self.add(net.span, message);
                    }
                    if *first.get_or_insert(family) != family {
                        let message = "IPv4 and IPv6 in one rule: each needs a rule of its own";
                        return self.add(net.span, message);
                    }
                }
            }
        }
    }
}

/// Whether a protocol has ports: `SupportsPorts` in `numorstring` of Calico's API.
fn has_ports(protocol: &IntOrString) -> bool {
    match protocol {
        IntOrString::Int(number) => matches!(number, 6 | 17 | 132),
        IntOrString::Str(name) => {
            let names = ["TCP", "UDP", "SCTP", "6", "17", "132"];
            names.iter().any(|known| known.eq_ignore_ascii_case(name))
        }
    }
}
