//! `netpol-invalid-shape`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::policies::{KeySpans, LabelSelector, NetworkPolicySpec};
use crate::model::policy_rules::{IntOrString, IpBlock, Peer, PortRule, parse_range};
use crate::model::ports::{Protocol, fault_of_port_name, port_number};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::{Span, Spanned};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-invalid-shape.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in &network.policies.all {
        let mut faults = Faults { keys: &policy.spec.keys, found: Vec::new() };
        faults.policy_types(policy.spec);
        if let Field::Known(selector) = &policy.spec.pod_selector {
            faults.selector(&selector.value);
        }
        for rules in [&policy.ingress, &policy.egress] {
            for rule in &rules.rules {
                for peer in rule.peers.iter().flatten() {
                    faults.peer(peer);
                }
                for port in rule.ports.iter().flatten() {
                    faults.port(port);
                }
            }
        }
        for (span, message) in faults.found {
            findings.add(Diagnostic::error(span.label(""), message));
        }
    }
}

struct Faults<'p> {
    keys: &'p KeySpans,
    found: Vec<(Span, String)>,
}

impl Faults<'_> {
    fn add(&mut self, span: Option<Span>, message: impl Into<String>) {
        self.found.extend(span.map(|span| (span, message.into())));
    }

    fn policy_types(&mut self, spec: &NetworkPolicySpec) {
        let types = spec.policy_types.items();
        if types.len() > 2 {
            self.add(
                spec.policy_types.span(),
                format!("{} policy types, of at most 2", types.len()),
            );
        }
        for name in types.iter().filter_map(Field::known) {
            if !["Ingress", "Egress"].contains(&name.value.as_str()) {
                let message =
                    format!("`{}` is no policy type: these are `Ingress` and `Egress`", name.value);
                self.add(Some(name.span), message);
            }
        }
    }

    fn selector(&mut self, selector: &LabelSelector) {
        for expression in selector.match_expressions.items().iter().filter_map(Field::known) {
            let Field::Known(operator) = &expression.value.operator else { continue };
            let values = &expression.value.values;
            let count = values.items().len();
            match operator.value.as_str() {
                "In" | "NotIn" if count == 0 && !values.is_unknown() => {
                    self.add(Some(operator.span), format!("`{}` without values", operator.value));
                }
                "Exists" | "DoesNotExist" if count > 0 => {
                    self.add(Some(operator.span), format!("`{}` takes no values", operator.value));
                }
                "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
                other => self.add(
                    Some(operator.span),
                    format!("`{other}` is no operator: these are `In`, `NotIn`, `Exists` and `DoesNotExist`"),
                ),
            }
        }
    }

    fn peer(&mut self, peer: &Peer<'_>) {
        let Some(source) = peer.source else { return };
        for selector in [&source.pod_selector, &source.namespace_selector] {
            if let Field::Known(selector) = selector {
                self.selector(&selector.value);
            }
        }
        let selects = !source.pod_selector.is_absent() || !source.namespace_selector.is_absent();
        match &source.ip_block {
            Field::Absent if !selects => {
                self.add(Some(peer.span), "a peer without selector or `ipBlock`");
            }
            Field::Known(block) if selects => {
                let span = self.keys.span(Some(block.span)).unwrap_or(block.span);
                self.add(Some(span), "an `ipBlock` beside a selector: a peer is one or the other");
            }
            Field::Known(block) => {
                let key = self.keys.span(Some(block.span)).unwrap_or(block.span);
                self.block(&block.value, key);
            }
            Field::Absent | Field::Unknown(_) => {}
        }
    }

    fn block(&mut self, block: &IpBlock, key: Span) {
        let range = match &block.cidr {
            Field::Absent => {
                self.add(Some(key), "an `ipBlock` without `cidr`");
                return;
            }
            Field::Unknown(_) => return,
            Field::Known(cidr) => match parse_range(&cidr.value) {
                Some(range) => range,
                None => {
                    self.add(Some(cidr.span), format!("`{}` is no range of addresses", cidr.value));
                    return;
                }
            },
        };
        for except in block.except.items().iter().filter_map(Field::known) {
            let message = match parse_range(&except.value) {
                None => format!("`{}` is no range of addresses", except.value),
                Some(inner) if inner == range => {
                    format!("`{}` excepts all of its `cidr`", except.value)
                }
                Some(inner) if !range.contains(inner) => {
                    format!("`{}` lies outside of its `cidr` `{range}`", except.value)
                }
                Some(_) => continue,
            };
            self.add(Some(except.span), message);
        }
    }

    fn port(&mut self, port: &PortRule<'_>) {
        let Some(source) = port.source else { return };
        if let Field::Known(protocol) = &source.protocol
            && Protocol::from_name(&protocol.value).is_none()
        {
            let message =
                format!("`{}` is no protocol: these are `TCP`, `UDP` and `SCTP`", protocol.value);
            self.add(Some(protocol.span), message);
        }
        let first = match &source.port {
            Field::Known(Spanned { value: IntOrString::Int(number), span }) => {
                if port_number(*number).is_none() {
                    self.add(
                        Some(*span),
                        format!("{number} is no port: ports are from 1 to 65535"),
                    );
                    return;
                }
                Some(*number)
            }
            Field::Known(Spanned { value: IntOrString::Str(name), span }) => {
                if let Some(fault) = fault_of_port_name(name) {
                    self.add(Some(*span), fault);
                    return;
                }
                None
            }
            Field::Absent => None,
            Field::Unknown(_) => return,
        };
        let Field::Known(last) = &source.end_port else { return };
        let message = match first {
            None if source.port.is_absent() => "`endPort` without `port`".to_owned(),
            None => "`endPort` behind a port that has a name".to_owned(),
            Some(first) if last.value < first => {
                format!("`endPort` {} lies before `port` {first}", last.value)
            }
            Some(_) if port_number(last.value).is_none() => {
                format!("{} is no port: ports are from 1 to 65535", last.value)
            }
            Some(_) => return,
        };
        self.add(Some(last.span), message);
    }
}
