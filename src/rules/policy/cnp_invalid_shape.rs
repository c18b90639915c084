//! `cnp-invalid-shape`: see the page.

use crate::diagnostic::{Change, Diagnostic, Mend, Place};
use crate::model::plugin_policies::{CiliumPolicyView, CiliumPorts, CiliumRule, IntOrString};
use crate::model::policies::Direction;
use crate::model::policy_rules::parse_range;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/cnp-invalid-shape.md"),
    check: Check::Network(check),
};

/// `maxPorts` in `pkg/policy/api/rule_validation.go` of <https://github.com/cilium/cilium>.
const MAX_PORTS: usize = 40;

/// `pkg/policy/api/entity.go` of the same.
const ENTITIES: [&str; 13] = [
    "all",
    "world",
    "world-ipv4",
    "world-ipv6",
    "cluster",
    "host",
    "init",
    "ingress",
    "unmanaged",
    "remote-node",
    "health",
    "none",
    "kube-apiserver",
];

const PROTOCOLS: [&str; 8] = ["TCP", "UDP", "SCTP", "ICMP", "ICMPV6", "VRRP", "IGMP", "ANY"];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in network.cilium_policies() {
        let mut faults = Faults { policy, found: Vec::new() };
        faults.selectors();
        let spec = policy.spec;
        for (list, direction) in [
            (&spec.ingress, Direction::Ingress),
            (&spec.ingress_deny, Direction::Ingress),
            (&spec.egress, Direction::Egress),
            (&spec.egress_deny, Direction::Egress),
        ] {
            for rule in list.items().iter().filter_map(Field::value) {
                faults.rule(rule, direction);
            }
        }
        for diagnostic in faults.found {
            findings.add(diagnostic);
        }
    }
}

struct Faults<'a> {
    policy: CiliumPolicyView<'a>,
    found: Vec<Diagnostic>,
}

impl Faults<'_> {
    fn add(&mut self, span: Span, message: impl Into<String>) {
        self.found.push(Diagnostic::error(span.label(""), message));
    }

    /// Where the key of a value stands.
    fn key(&self, value: Span) -> Span {
        self.policy.keys.span(Some(value)).unwrap_or(value)
    }

    fn selectors(&mut self) {
        let spec = self.policy.spec;
        let name = self.policy.object.resource.name_span();
        match (&spec.endpoint_selector, &spec.node_selector) {
            (Field::Absent, Field::Absent) => {
                self.add(name, "neither `endpointSelector` nor `nodeSelector`");
            }
            (Field::Known(_), Field::Known(nodes)) => {
                let span = self.key(nodes.span);
                self.add(span, "`nodeSelector` beside `endpointSelector`: it is one or the other");
            }
            (Field::Absent, Field::Known(nodes)) if !self.policy.is_clusterwide => {
                let span = self.key(nodes.span);
                self.add(span, "only a CiliumClusterwideNetworkPolicy has a `nodeSelector`");
            }
            _ => {}
        }
    }

    fn rule(&mut self, rule: &CiliumRule, direction: Direction) {
        for entity in rule.entities.items().iter().filter_map(Field::known) {
            if !ENTITIES.contains(&entity.value.as_str()) {
                self.add(entity.span, format!("Cilium knows no entity `{}`", entity.value));
            }
        }
        if let Some(icmps) = rule.icmps.span().filter(|_| !rule.icmps.items().is_empty())
            && !rule.to_ports.items().is_empty()
        {
            let span = self.key(icmps);
            self.add(span, "`icmps` beside `toPorts`: each needs a rule of its own");
        }
        for set in rule.cidr_sets.items().iter().filter_map(Field::value) {
            let Some(range) = set.cidr.value().and_then(|cidr| parse_range(cidr)) else { continue };
            for except in set.except.items().iter().filter_map(Field::known) {
                let inner = parse_range(&except.value);
                if inner.is_some_and(|inner| !range.contains_address(inner.first())) {
                    let message =
                        format!("`{}` lies outside of its `cidr` `{range}`", except.value);
                    self.add(except.span, message);
                }
            }
        }
        for ports in rule.to_ports.items().iter().filter_map(Field::value) {
            self.ports(ports);
            self.requests(ports, direction);
        }
    }

    fn ports(&mut self, ports: &CiliumPorts) {
        let count = ports.ports.items().len();
        if let Some(span) = ports.ports.span().filter(|_| count > MAX_PORTS) {
            let span = self.key(span);
            self.add(span, format!("{count} ports in one list, of at most {MAX_PORTS}"));
        }
        for port in ports.ports.items().iter().filter_map(Field::value) {
            if let Field::Known(number) = &port.port
                && let IntOrString::Int(value) = number.value
            {
                let message = format!("{value} is a number: Cilium's ports are texts");
                let change = Change::Quote { place: number.span };
                let title = format!("put {value} in quotes");
                let diagnostic = Diagnostic::error(number.span.label(""), message);
                self.found.push(diagnostic.mend(Mend::safe(title, change)));
            }
            if let Field::Known(protocol) = &port.protocol
                && !PROTOCOLS.contains(&protocol.value.to_ascii_uppercase().as_str())
            {
                self.add(
                    protocol.span,
                    format!(
                        "`{}` is no protocol: these are `TCP`, `UDP`, `SCTP` and `ANY`",
                        protocol.value
                    ),
                );
            }
        }
    }

    /// Rules for what is asked inside of connections.
    fn requests(&mut self, ports: &CiliumPorts, direction: Direction) {
        let Some(rules) = ports.rules.value() else { return };
        let kinds = [
            ("dns", rules.dns.span(), rules.dns.items().len()),
            ("http", rules.http.span(), rules.http.items().len()),
            ("kafka", rules.kafka.span(), rules.kafka.items().len()),
        ];
        let written: Vec<(&str, Span)> = kinds
            .into_iter()
            .filter(|(_, _, count)| *count > 0)
            .filter_map(|(name, span, _)| Some((name, span?)))
            .collect();
        if let [(first, _), (second, span), ..] = written[..] {
            let span = self.key(span);
            self.add(
                span,
                format!("`{second}` rules beside `{first}` rules: it is one kind or the other"),
            );
        }
        for (name, span) in written {
            let span = self.key(span);
            if name == "dns" {
                self.of_dns(ports, span, direction);
                continue;
            }
            let other = ports.ports.items().iter().filter_map(Field::value).find(|port| {
                let protocol = &port.protocol;
                !protocol.is_unknown()
                    && protocol.value().is_none_or(|name| !name.eq_ignore_ascii_case("TCP"))
            });
            if let Some(port) = other {
                let place = port.protocol.span().or(port.port.span()).unwrap_or(span);
                let what = port.protocol.value().map_or("any protocol", String::as_str);
                self.add(place, format!("`{name}` rules are about TCP alone, and this is {what}"));
            }
        }
    }

    fn of_dns(&mut self, ports: &CiliumPorts, span: Span, direction: Direction) {
        if direction == Direction::Ingress {
            return self.add(span, "rules for `dns` are about egress alone");
        }
        if !ports.ports.is_unknown() && ports.ports.items().is_empty() {
            return self.add(span, "rules for `dns` need port 53 beside them");
        }
        let ranges = ports.ports.items().iter().filter_map(Field::value);
        if let Some(last) = ranges.filter_map(|port| port.end_port.known()).next() {
            self.add(last.span, "rules for `dns` take no ranges of ports");
        }
    }
}
