//! Calico's policies as rules of tiers.
//!
//! A rule is taken as it stands where it names its peers by selectors, addresses, service accounts
//! or a Service; what asks for selectors and addresses at once, for source ports, or looks at the
//! policy's own pods again may match and may not. <https://docs.tigera.io/calico/latest/reference/resources/networkpolicy>

mod peers;

use peers::{names_peers, unsure_peers};

use super::endpoints::{Asked, ClassSet, Selection};
use super::layers::{Action, Peers, Policy, Ports, Rule, Side};
use super::traffic::{Bounds, Traffic};
use crate::ingest::calico_policy::{CalicoPolicy, CalicoPolicySpec, CalicoRule, EntityRule};
use crate::ingest::{Body, IntOrString, List};
use crate::model::addresses::{Family, IpRange};
use crate::model::labels::{Answer, Labels, Operator, Requirement, Selector};
use crate::model::object::Object;
use crate::model::policies::Direction;
use crate::model::policy_rules::parse_range;
use crate::model::ports::{Protocol, port_number};
use crate::model::services::Services;
use crate::source::Spanned;
use crate::syntax::decode::Field;
use crate::syntax::label_expression::Expression;

/// Where a policy stands among others: of its tier, and in it. Absent orders come last.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub tier: &'a str,
    pub order: f64,
}

/// Before all that is allowed; no cluster has the policies of both plugins.
pub const CILIUM_DENY: &str = "cilium-deny";

/// Calico's view of the cluster: sets of addresses, and what tiers do.
pub struct Calico<'v, 'a> {
    services: &'v Services<'a>,
    tiers: Vec<(&'a str, f64, bool)>,
    sets: Vec<(Object<'a>, Option<&'a str>, Vec<IpRange>)>,
}

impl<'v, 'a> Calico<'v, 'a> {
    pub fn new(objects: &[Object<'a>], services: &'v Services<'a>) -> Calico<'v, 'a> {
        let mut calico = Calico { services, tiers: Vec::new(), sets: Vec::new() };
        for object in objects {
            let Body::CalicoPolicy(policy) = object.body() else { continue };
            let ranges = |nets: &List<String>| -> Vec<IpRange> {
                nets.items().iter().filter_map(|net| parse_range(net.value()?)).collect()
            };
            match policy {
                CalicoPolicy::Tier(tier) => {
                    let order = tier.order.value().copied().unwrap_or(f64::INFINITY);
                    let passes = tier.default_action.value().is_some_and(|action| action == "Pass");
                    calico.tiers.push((object.name(), order, passes));
                }
                CalicoPolicy::NetworkSet(set) => {
                    calico.sets.push((*object, Some(object.namespace()), ranges(&set.nets)));
                }
                CalicoPolicy::GlobalNetworkSet(set) => {
                    calico.sets.push((*object, None, ranges(&set.nets)));
                }
                CalicoPolicy::Namespaced(_) | CalicoPolicy::Global(_) => {}
            }
        }
        calico
    }

    /// The order of a tier: its own, or that of one that Calico makes.
    pub fn tier_order(&self, name: &str) -> f64 {
        match self.tiers.iter().find(|(known, ..)| *known == name) {
            Some((_, order, _)) if order.is_finite() => *order,
            _ => match name {
                "default" => 1_000_000.0,
                "kube-admin" | "adminnetworkpolicy" => 1_000.0,
                CILIUM_DENY => 500_000.0,
                "kube-baseline" | "baselineadminnetworkpolicy" => 10_000_000.0,
                _ => f64::INFINITY,
            },
        }
    }

    /// Whether what no rule of a tier decides goes on to the next one.
    fn passes(&self, tier: &str) -> bool {
        self.tiers.iter().any(|(known, _, passes)| *known == tier && *passes)
    }

    /// A policy in the common form, and where it stands; `None` for one about machines alone.
    pub fn lower(
        &self,
        object: Object<'a>,
        selection: &mut Selection<'_, 'a>,
    ) -> Option<(Place<'a>, Policy<'a>)> {
        let Body::CalicoPolicy(policy) = object.body() else { return None };
        let (spec, own) = match policy {
            CalicoPolicy::Namespaced(spec) => (spec, Some(object.namespace())),
            CalicoPolicy::Global(spec) => (spec, None),
            _ => return None,
        };
        let on = |field: &Field<bool>| field.value() == Some(&true);
        if on(&spec.do_not_track) || on(&spec.pre_dnat) {
            return None;
        }
        let tier = spec.tier.value().map_or("default", String::as_str);
        let order = spec.order.value().copied().unwrap_or(f64::INFINITY);
        selection.ask_for(Asked::Subjects);
        let mut subject = selection.matching(own, &spec.namespace_selector, &spec.selector);
        selection.ask_for(Asked::Peers);
        if !spec.service_account_selector.is_absent() {
            subject = selection.unsure(subject);
        }
        let passes = self.passes(tier);
        let mut side = |direction| self.side(spec, own, direction, passes, selection);
        let (ingress, egress) = (side(Direction::Ingress), side(Direction::Egress));
        Some((Place { tier, order }, Policy { object, subject, ingress, egress }))
    }

    fn side(
        &self,
        spec: &'a CalicoPolicySpec,
        own: Option<&'a str>,
        direction: Direction,
        passes: bool,
        selection: &mut Selection<'_, 'a>,
    ) -> Side<'a> {
        let list = match direction {
            Direction::Ingress => &spec.ingress,
            Direction::Egress => &spec.egress,
        };
        let isolates = concerns(spec, direction);
        if isolates.is_no() {
            return Side::default();
        }
        let mut rules = Vec::new();
        let mut unknown = list.is_unknown();
        for rule in list.items() {
            match rule {
                Field::Known(rule) => match self.rule(rule, own, direction, selection) {
                    Ok(lowered) => rules.extend(lowered),
                    Err(()) => unknown = true,
                },
                Field::Absent | Field::Unknown(_) => unknown = true,
            }
        }
        let isolates = if passes { Answer::No } else { isolates };
        Side { rules, isolates, unknown }
    }

    /// `Ok(None)` for a rule that decides nothing about these protocols; an error for one that
    /// cannot be known.
    fn rule(
        &self,
        rule: &'a Spanned<CalicoRule>,
        own: Option<&'a str>,
        direction: Direction,
        selection: &mut Selection<'_, 'a>,
    ) -> Result<Option<Rule<'a>>, ()> {
        let action = match rule.value.action.value().map(String::as_str) {
            Some("Allow") => Action::Allow,
            Some("Deny") => Action::Deny,
            Some("Pass") => Action::Pass,
            Some("Log") => return Ok(None),
            _ => return Err(()),
        };
        let protocols = protocols(&rule.value)?;
        if protocols.is_none() {
            return Ok(None);
        }
        let (peer, this) = match direction {
            Direction::Ingress => (&rule.value.source, &rule.value.destination),
            Direction::Egress => (&rule.value.destination, &rule.value.source),
        };
        let mut of_service = None;
        let mut peers = match peer {
            Field::Absent => Peers::everybody(),
            Field::Known(peer) if !peer.services.is_absent() => {
                let is_alone = !names_peers(peer) && peer.domains.is_absent();
                let found = self.service(peer, own, selection).filter(|_| is_alone);
                found.map_or_else(unsure_peers, |(peers, ports)| {
                    // As a source, a Service is the addresses of its pods.
                    of_service = Some(ports).filter(|_| direction == Direction::Egress);
                    peers
                })
            }
            Field::Known(peer) => self.peers(&peer.value, own, selection),
            Field::Unknown(_) => unsure_peers(),
        };
        // A rule may look at its own pods again, and at source ports.
        let is_limited = |entity: &EntityRule| {
            names_peers(entity) || !entity.services.is_absent() || !entity.domains.is_absent()
        };
        let has_ports =
            |entity: &EntityRule| !entity.ports.is_absent() || !entity.not_ports.is_absent();
        let source_ports = rule.value.source.value().is_some_and(has_ports);
        if this.is_unknown() || this.value().is_some_and(is_limited) || source_ports {
            peers = unsure_peers();
        }
        peers = of_family(peers, &rule.value.ip_version, selection);
        let destination = rule.value.destination.value().filter(|entity| has_ports(entity));
        let ports = match (of_service, destination) {
            (Some(ports), None) => of_protocols(ports, &protocols),
            (None, Some(destination)) => ports(destination, &protocols),
            (Some(_), Some(destination)) => {
                // The API refuses both.
                peers = unsure_peers();
                ports(destination, &protocols)
            }
            (None, None) if protocols.is_all() => Ports::All,
            (None, None) => Ports::These { numbers: Bounds::known(protocols), names: Vec::new() },
        };
        Ok(Some(Rule { action, peers, ports, span: rule.span }))
    }
}

/// A rule with `ipVersion` is about addresses of that family alone. Which pods have addresses of
/// it, the files do not tell.
fn of_family(peers: Peers, version: &Field<i64>, selection: &Selection<'_, '_>) -> Peers {
    let family = match version {
        Field::Absent => return peers,
        Field::Known(version) => match version.value {
            4 => Family::V4,
            6 => Family::V6,
            _ => return unsure_peers(),
        },
        Field::Unknown(_) => return unsure_peers(),
    };
    let all = peers.all.then(|| IpRange::everything(family));
    let blocks = peers.blocks.into_iter().chain(all);
    let blocks = blocks.filter(|block| block.family() == family).collect();
    let pods = selection.unsure(if peers.all { ClassSet::All } else { peers.pods });
    Peers { all: false, pods, blocks, ..peers }
}

/// Whether a policy is about a direction: by its types, or by its rules.
fn concerns(spec: &CalicoPolicySpec, direction: Direction) -> Answer {
    if spec.types.is_unknown() {
        return Answer::Unknown;
    }
    if !spec.types.items().is_empty() {
        let types = spec.types.items().iter().map(|name| match name.value() {
            Some(name) => Answer::of(name == direction.name()),
            None => Answer::Unknown,
        });
        return Answer::any(types);
    }
    let has = |list: &List<CalicoRule>| list.is_unknown() || !list.items().is_empty();
    Answer::of(match direction {
        Direction::Ingress => has(&spec.ingress) || !has(&spec.egress),
        Direction::Egress => has(&spec.egress),
    })
}

/// The protocols of a rule, of those that ports are told apart in.
fn protocols(rule: &CalicoRule) -> Result<Traffic, ()> {
    let of = |field: &Field<IntOrString>| match field {
        Field::Absent => Ok(None),
        Field::Known(protocol) => Ok(Some(match &protocol.value {
            IntOrString::Int(6) => Traffic::protocol(Protocol::Tcp),
            IntOrString::Int(17) => Traffic::protocol(Protocol::Udp),
            IntOrString::Int(132) => Traffic::protocol(Protocol::Sctp),
            IntOrString::Int(_) => Traffic::none(),
            IntOrString::Str(name) => Protocol::from_name(&name.to_ascii_uppercase())
                .map_or(Traffic::none(), Traffic::protocol),
        })),
        Field::Unknown(_) => Err(()),
    };
    let only = of(&rule.protocol)?.unwrap_or_else(Traffic::all);
    Ok(only.without(&of(&rule.not_protocol)?.unwrap_or_default()))
}

fn ports<'a>(entity: &'a EntityRule, protocols: &Traffic) -> Ports<'a> {
    let of: Vec<Protocol> = protocols.iter().map(|(protocol, _)| protocol).collect();
    let mut names = Vec::new();
    let mut list = |list: &'a List<IntOrString>| {
        let mut bounds = Bounds::none();
        for port in list.items() {
            let range = match port.value() {
                Some(IntOrString::Int(number)) => port_number(*number).map(|port| (port, port)),
                Some(IntOrString::Str(text)) => match numbers(text) {
                    Some(range) => Some(range),
                    None if text.contains(':') => None,
                    None => {
                        names.extend(of.iter().map(|protocol| (Some(*protocol), text.as_str())));
                        continue;
                    }
                },
                None => None,
            };
            let added = match range {
                Some((first, last)) => {
                    let each = of.iter().map(|protocol| Traffic::ports(*protocol, first, last));
                    Bounds::known(each.fold(Traffic::none(), |sum, ports| sum.or(&ports)))
                }
                None => Bounds::known(protocols.clone()).unsure(),
            };
            bounds = bounds.or(&added);
        }
        bounds
    };
    let these = match entity.ports.is_absent() {
        true => Bounds::known(protocols.clone()),
        false => list(&entity.ports),
    };
    let not = list(&entity.not_ports);
    match entity.not_ports.is_absent() {
        true => Ports::These { numbers: these, names },
        // Names among them cannot be taken away from numbers.
        false if names.is_empty() => Ports::These { numbers: these.without(&not), names },
        false => Ports::These { numbers: these.unsure(), names: Vec::new() },
    }
}

/// Those of some protocols.
fn of_protocols<'a>(ports: Ports<'a>, protocols: &Traffic) -> Ports<'a> {
    let all = Bounds::known(protocols.clone());
    match ports {
        Ports::All => Ports::These { numbers: all, names: Vec::new() },
        Ports::These { numbers, mut names } => {
            let is_meant = |of: &Protocol| protocols.iter().any(|(protocol, _)| protocol == *of);
            names.retain(|(of, _)| of.as_ref().is_none_or(is_meant));
            Ports::These { numbers: numbers.and(&all), names }
        }
    }
}

/// `8080`, `8080:8090`.
fn numbers(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once(':').unwrap_or((text, text));
    let number = |text: &str| port_number(text.trim().parse().ok()?);
    Some((number(first)?, number(last)?))
}

/// An expression as a selector, when it is a conjunction of what selectors can say about labels
/// that files show.
pub fn as_selector(expression: &Expression) -> Option<Selector<'_>> {
    let mut selector = Selector::default();
    add(expression, &mut selector)?;
    Some(selector)
}

fn add<'e>(expression: &'e Expression, selector: &mut Selector<'e>) -> Option<()> {
    let texts = |texts: &'e [String]| texts.iter().map(String::as_str).collect();
    let (key, operator) = match expression {
        Expression::All => return Some(()),
        Expression::And(parts) => return parts.iter().try_for_each(|part| add(part, selector)),
        Expression::Is(key, value) => (key, Operator::In(vec![value.as_str()])),
        Expression::In(key, values) if !values.is_empty() => (key, Operator::In(texts(values))),
        Expression::IsNot(key, value) => (key, Operator::NotIn(vec![value.as_str()])),
        Expression::NotIn(key, values) => (key, Operator::NotIn(texts(values))),
        Expression::Has(key) => (key, Operator::Exists),
        Expression::Not(inner) => match &**inner {
            Expression::Has(key) => (key, Operator::DoesNotExist),
            _ => return None,
        },
        _ => return None,
    };
    if key.starts_with("projectcalico.org/") {
        return None;
    }
    selector.requirements.push(Requirement { key, operator, partly_known: false, span: None });
    Some(())
}

/// Whether an expression holds for labels.
pub fn holds(expression: &Expression, labels: &Labels<'_>) -> Answer {
    let text = |key: &str, matches: &dyn Fn(&str) -> bool| {
        use crate::model::labels::LabelValue::{Absent, Is, Present, Unknown};
        match labels.get(key) {
            Is(value) => Answer::of(matches(value)),
            Absent => Answer::No,
            Present | Unknown => Answer::Unknown,
        }
    };
    match expression {
        Expression::All => Answer::Yes,
        // Pods always lie in a namespace.
        Expression::Global => Answer::No,
        Expression::Is(key, value) => text(key, &|found| found == value),
        Expression::IsNot(key, value) => text(key, &|found| found == value).negated(),
        Expression::In(key, values) => text(key, &|found| values.iter().any(|v| v == found)),
        Expression::NotIn(key, values) => {
            text(key, &|found| values.iter().any(|v| v == found)).negated()
        }
        Expression::Contains(key, part) => text(key, &|found| found.contains(part.as_str())),
        Expression::StartsWith(key, part) => text(key, &|found| found.starts_with(part.as_str())),
        Expression::EndsWith(key, part) => text(key, &|found| found.ends_with(part.as_str())),
        Expression::Has(key) => {
            let requirement =
                Requirement { key, operator: Operator::Exists, partly_known: false, span: None };
            requirement.holds_for(labels)
        }
        Expression::Not(inner) => holds(inner, labels).negated(),
        Expression::And(parts) => Answer::all(parts.iter().map(|part| holds(part, labels))),
        Expression::Or(parts) => Answer::any(parts.iter().map(|part| holds(part, labels))),
    }
}
