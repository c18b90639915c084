//! `admin-policy-invalid`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::admin_policies::{AdminKind, AdminPeer, AdminPolicyView, AdminRule};
use crate::model::policies::Direction;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::{Span, Spanned};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/admin-policy-invalid.md"),
    check: Check::Network(check),
};

/// How many networks a peer may name.
const MAX_NETWORKS: usize = 25;
const MAX_PRIORITY: i64 = 1000;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in network.admin_policies() {
        let mut faults = Faults { policy, found: Vec::new() };
        faults.head();
        for direction in [Direction::Ingress, Direction::Egress] {
            faults.rules(direction);
        }
        for (span, message) in faults.found {
            findings.add(Diagnostic::error(span.label(""), message));
        }
    }
}

struct Faults<'a> {
    policy: AdminPolicyView<'a>,
    found: Vec<(Span, String)>,
}

impl Faults<'_> {
    fn add(&mut self, span: Span, message: impl Into<String>) {
        self.found.push((span, message.into()));
    }

    fn head(&mut self) {
        let AdminPolicyView { object, kind, spec } = self.policy;
        let name = object.resource.name_span();
        if kind == AdminKind::Baseline {
            if object.name() != "default" {
                let message = format!(
                    "a BaselineAdminNetworkPolicy is called `default`, not `{}`: there is only one",
                    object.name()
                );
                self.add(name, message);
            }
        } else {
            match &spec.priority {
                Field::Absent => self.add(name, format!("a {} without `priority`", kind.name())),
                Field::Known(priority) if !(0..=MAX_PRIORITY).contains(&priority.value) => {
                    let message =
                        format!("{} is no priority: these are from 0 to 1000", priority.value);
                    self.add(priority.span, message);
                }
                Field::Known(_) | Field::Unknown(_) => {}
            }
        }
        match &spec.tier {
            Field::Absent if kind == AdminKind::Cluster => {
                self.add(name, "a ClusterNetworkPolicy without `tier`");
            }
            Field::Known(tier)
                if kind == AdminKind::Cluster
                    && !["Admin", "Baseline"].contains(&tier.value.as_str()) =>
            {
                let message =
                    format!("`{}` is no tier: these are `Admin` and `Baseline`", tier.value);
                self.add(tier.span, message);
            }
            _ => {}
        }
        match &spec.subject {
            Field::Absent => self.add(name, format!("a {} without `subject`", kind.name())),
            Field::Known(Spanned { value: subject, span }) => {
                match (subject.namespaces.is_absent(), subject.pods.is_absent()) {
                    (true, true) => {
                        self.add(*span, "a `subject` without `namespaces` and without `pods`");
                    }
                    (false, false) => {
                        self.add(*span, "a `subject` has `namespaces` or `pods`, not both");
                    }
                    _ => {}
                }
            }
            Field::Unknown(_) => {}
        }
    }

    fn rules(&mut self, direction: Direction) {
        let AdminPolicyView { kind, spec, .. } = self.policy;
        let list = match direction {
            Direction::Ingress => &spec.ingress,
            Direction::Egress => &spec.egress,
        };
        let count = list.items().len();
        if let Some(span) = list.span().filter(|_| count > kind.max_rules()) {
            let span = spec.keys.span(Some(span)).unwrap_or(span);
            self.add(span, format!("{count} rules, of at most {}", kind.max_rules()));
        }
        for rule in list.items().iter().filter_map(Field::known) {
            self.rule(&rule.value, rule.span, direction);
        }
    }

    fn rule(&mut self, rule: &AdminRule, span: Span, direction: Direction) {
        let AdminPolicyView { kind, spec, .. } = self.policy;
        match &rule.action {
            Field::Absent => self.add(span, "a rule without `action`"),
            Field::Known(action) if !kind.actions().contains(&action.value.as_str()) => {
                let known: Vec<String> =
                    kind.actions().iter().map(|action| format!("`{action}`")).collect();
                let message = format!(
                    "`{}` is no action of a {}: these are {}",
                    action.value,
                    kind.name(),
                    known.join(", ")
                );
                self.add(action.span, message);
            }
            Field::Known(_) | Field::Unknown(_) => {}
        }
        let (foreign, theirs, own) = match kind {
            AdminKind::Cluster => (rule.ports.span(), "ports", "protocols"),
            _ => (rule.protocols.span(), "protocols", "ports"),
        };
        if let Some(foreign) = foreign {
            let message = format!(
                "a {} has no `{theirs}`, so that the rule is about every port: the field is `{own}`",
                kind.name()
            );
            self.add(spec.keys.span(Some(foreign)).unwrap_or(foreign), message);
        }
        let (peers, name) = match direction {
            Direction::Ingress => (&rule.from, "from"),
            Direction::Egress => (&rule.to, "to"),
        };
        if !peers.is_unknown() && peers.items().is_empty() {
            let span = spec.keys.span(peers.span()).unwrap_or(span);
            self.add(span, format!("a rule for {} without `{name}`", direction.field()));
        }
        let accepts = rule.action.value().is_none_or(|action| action == "Accept");
        for peer in peers.items().iter().filter_map(Field::known) {
            self.peer(&peer.value, peer.span, direction, accepts);
        }
    }

    fn peer(&mut self, peer: &AdminPeer, span: Span, direction: Direction, accepts: bool) {
        let ways = peer.ways();
        match &ways[..] {
            _ if !peer.is_known() => {}
            [] => self.add(span, "a peer without any selector"),
            [_] => {}
            [first, second, ..] => {
                self.add(span, format!("a peer has `{first}` or `{second}`, not both"));
            }
        }
        let outside = ways.iter().find(|way| !["namespaces", "pods"].contains(way));
        if let Some(way) = outside.filter(|_| direction == Direction::Ingress) {
            self.add(span, format!("peers of ingress have no `{way}`: they are pods"));
        }
        if ways.contains(&"domainNames") && !accepts {
            self.add(span, "only rules that accept have `domainNames`");
        }
        let count = peer.networks.items().len();
        if count > MAX_NETWORKS {
            self.add(span, format!("{count} networks, of at most {MAX_NETWORKS}"));
        }
    }
}
