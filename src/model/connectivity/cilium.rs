//! Cilium's policies as rules: what is denied goes before everything, and what is allowed adds to
//! what NetworkPolicies allow.
//!
//! Rules for requests inside of connections (HTTP, Kafka, DNS) are taken for what they let through
//! at the most. <https://docs.cilium.io/en/stable/security/policy/language/>

use super::endpoints::{Asked, ClassSet, Selection};
use super::layers::{Action, Peers, Policy, Ports, Rule, Side};
use super::traffic::{Bounds, Traffic};
use crate::ingest::cilium_policy::{CiliumPolicy, CiliumPolicySpec, CiliumPort, CiliumRule};
use crate::ingest::{IntOrString, List};
use crate::model::addresses::overlap::Coverage;
use crate::model::addresses::{Family, IpRange};
use crate::model::labels::{Answer, Operator, Selector};
use crate::model::namespaces::NAME_LABEL;
use crate::model::object::Object;
use crate::model::plugin_policies::{NAMESPACE, NAMESPACE_LABELS};
use crate::model::policies::Direction;
use crate::model::policy_rules::parse_range;
use crate::model::ports::{Protocol, port_number};
use crate::source::Spanned;
use crate::syntax::decode::Field;

const SERVICE_ACCOUNT: &str = "io.cilium.k8s.policy.serviceaccount";

/// One specification of a policy in the common form.
pub struct Lowered<'a> {
    pub denies: Policy<'a>,
    pub allows: Policy<'a>,
}

/// The specifications of a policy in the common form; those about machines are left out.
pub fn lower<'a>(
    object: Object<'a>,
    policy: &'a CiliumPolicy,
    selection: &mut Selection<'_, 'a>,
) -> Vec<Lowered<'a>> {
    let own = (!policy.clusterwide).then(|| object.namespace());
    let specs = policy.specs.iter();
    specs.filter_map(|spec| lower_spec(object, own, spec, selection)).collect()
}

fn lower_spec<'a>(
    object: Object<'a>,
    own: Option<&'a str>,
    spec: &'a Field<CiliumPolicySpec>,
    selection: &mut Selection<'_, 'a>,
) -> Option<Lowered<'a>> {
    selection.ask_for(Asked::Subjects);
    let Field::Known(spec) = spec else {
        // Nothing is known about it, and so everything is possible where it may apply.
        let everywhere = match own {
            Some(namespace) => selection.within(namespace, &Selector::default()),
            None => ClassSet::All,
        };
        let unknown = || Side { unknown: true, isolates: Answer::Unknown, rules: Vec::new() };
        let subject = selection.unsure(everywhere);
        let policy = |ingress, egress| Policy { object, subject: subject.clone(), ingress, egress };
        return Some(Lowered {
            denies: policy(Side::default(), Side::default()),
            allows: policy(unknown(), unknown()),
        });
    };
    let spec = &spec.value;
    if spec.endpoint_selector.is_absent() {
        return None;
    }
    let (subject, _) = endpoints(&spec.endpoint_selector, own, selection);
    selection.ask_for(Asked::Peers);
    let mut sides = |direction: Direction| {
        let (allow, deny, switch) = match direction {
            Direction::Ingress => (&spec.ingress, &spec.ingress_deny, "ingress"),
            Direction::Egress => (&spec.egress, &spec.egress_deny, "egress"),
        };
        let has = |list: &List<CiliumRule>| !list.items().is_empty();
        let by_rules = match allow.is_unknown() || deny.is_unknown() {
            true => Answer::Unknown,
            false => Answer::of(has(allow) || has(deny)),
        };
        let switch = spec.enable_default_deny.value().map(|switches| match switch {
            "ingress" => &switches.ingress,
            _ => &switches.egress,
        });
        let isolates = match switch {
            Some(Field::Known(on)) => Answer::of(on.value),
            Some(Field::Unknown(_)) => Answer::Unknown,
            Some(Field::Absent) | None => by_rules,
        };
        let allows = side(allow, Action::Allow, isolates, own, selection);
        (side(deny, Action::Deny, Answer::No, own, selection), allows)
    };
    let (deny_in, allow_in) = sides(Direction::Ingress);
    let (deny_out, allow_out) = sides(Direction::Egress);
    Some(Lowered {
        denies: Policy { object, subject: subject.clone(), ingress: deny_in, egress: deny_out },
        allows: Policy { object, subject, ingress: allow_in, egress: allow_out },
    })
}

fn side<'a>(
    list: &'a List<CiliumRule>,
    action: Action,
    isolates: Answer,
    own: Option<&'a str>,
    selection: &mut Selection<'_, 'a>,
) -> Side<'a> {
    let mut side = Side { isolates, unknown: list.is_unknown(), rules: Vec::new() };
    for rule in list.items() {
        match rule {
            Field::Known(rule) => side.rules.extend(lower_rule(rule, action, own, selection)),
            Field::Absent => {}
            Field::Unknown(_) => side.unknown = true,
        }
    }
    side
}

/// `None` for a rule that matches nothing, such as an empty one.
fn lower_rule<'a>(
    rule: &'a Spanned<CiliumRule>,
    action: Action,
    own: Option<&'a str>,
    selection: &mut Selection<'_, 'a>,
) -> Option<Rule<'a>> {
    let CiliumRule { endpoints: pods, entities, cidrs, cidr_sets, .. } = &rule.value;
    let names_addresses = [
        !rule.value.nodes.is_absent(),
        !rule.value.groups.is_absent(),
        !rule.value.fqdns.is_absent(),
    ];
    let names_others = [!rule.value.to_services.is_absent(), !rule.value.requires.is_absent()];
    let lists = [pods.is_absent(), entities.is_absent(), cidrs.is_absent(), cidr_sets.is_absent()];
    let by_peer =
        lists.contains(&false) || names_addresses.contains(&true) || names_others.contains(&true);
    let ports_written = !rule.value.to_ports.is_absent() || !rule.value.icmps.is_absent();
    if !by_peer && !ports_written {
        return None;
    }
    let mut peers = Peers { outside_only: true, ..Peers::default() };
    peers.all = !by_peer;
    peers.elsewhere = names_addresses.contains(&true);
    peers.unknown = names_others.contains(&true);
    for selector in pods.items() {
        let (set, out_of_sight) = endpoints(selector, own, selection);
        peers.pods = std::mem::take(&mut peers.pods).or(set);
        peers.out_of_sight |= out_of_sight;
    }
    for entity in entities.items() {
        match entity.value() {
            Some(entity) => add_entity(&mut peers, entity),
            None => peers.unknown = true,
        }
    }
    for cidr in cidrs.items() {
        match cidr.value().and_then(|text| cidr_or_address(text)) {
            Some(range) => peers.blocks.push(range),
            None => peers.elsewhere = true,
        }
    }
    for set in cidr_sets.items() {
        let range = set.value().and_then(|set| Some((parse_range(set.cidr.value()?)?, set)));
        let Some((range, set)) = range else {
            peers.elsewhere = true;
            continue;
        };
        let except = set.except.items().iter().map(|except| parse_range(except.value()?));
        match except.collect::<Option<Vec<IpRange>>>() {
            Some(except) => {
                peers.blocks.extend(Coverage::of(&except).gaps_in(range));
                peers.reduced.extend((!except.is_empty()).then_some(range));
            }
            None => peers.elsewhere = true,
        }
    }
    let unknown_list = [pods.is_unknown(), entities.is_unknown(), cidrs.is_unknown()];
    peers.unknown |= unknown_list.contains(&true) || cidr_sets.is_unknown();
    let ports = ports(&rule.value)?;
    Some(Rule { action, peers, ports, span: rule.span })
}

/// `toCIDR` takes single addresses, too.
fn cidr_or_address(text: &str) -> Option<IpRange> {
    parse_range(text).or_else(|| text.trim().parse().ok().map(IpRange::single))
}

fn add_entity(peers: &mut Peers, entity: &str) {
    match entity {
        "all" => peers.all = true,
        "cluster" => {
            peers.pods = ClassSet::All;
            // Its machines are in it.
            peers.elsewhere = true;
        }
        "world" => peers.blocks.extend(Family::ALL.map(IpRange::everything)),
        "world-ipv4" => peers.blocks.push(IpRange::everything(Family::V4)),
        "world-ipv6" => peers.blocks.push(IpRange::everything(Family::V6)),
        "none" => {}
        // Machines and what runs on them: the files do not tell their addresses.
        _ => peers.elsewhere = true,
    }
}

/// The pods that a selector of endpoints selects, and whether it names a namespace of which the
/// files show none.
fn endpoints<'a>(
    field: &'a Field<crate::ingest::kubernetes::LabelSelector>,
    own: Option<&'a str>,
    selection: &mut Selection<'_, 'a>,
) -> (ClassSet, bool) {
    let EndpointSelector { namespaces, pods, accounts, unsure } = selector(field, own.is_some());
    let out_of_sight = selection.names_unseen(&namespaces);
    let mut set = match own {
        Some(namespace) if namespaces.is_empty() => selection.within(namespace, &pods),
        _ => selection.across(&namespaces, &pods),
    };
    if let Some(names) = accounts {
        set = selection.with_accounts(set, &names);
    }
    (if unsure { selection.unsure(set) } else { set }, out_of_sight)
}

/// A selector of endpoints, taken apart.
pub struct EndpointSelector<'a> {
    /// Empty: those of the policy's own namespace, or every one.
    pub namespaces: Selector<'a>,
    pub pods: Selector<'a>,
    accounts: Option<Vec<&'a str>>,
    /// Whether there is more to it.
    unsure: bool,
}

impl<'a> EndpointSelector<'a> {
    /// The selector of pods, when that is all there is.
    pub fn only_pods(self) -> Option<Selector<'a>> {
        let all = self.namespaces.is_empty() && self.accounts.is_none() && !self.unsure;
        all.then_some(self.pods)
    }
}

/// Takes a selector apart by the source of the labels that it asks for.
pub fn selector<'a>(
    field: &'a Field<crate::ingest::kubernetes::LabelSelector>,
    of_one_namespace: bool,
) -> EndpointSelector<'a> {
    let mut pods = Selector::default();
    let mut namespaces = Selector::default();
    let mut accounts: Option<Vec<&str>> = None;
    let written = Selector::of_field(field);
    let mut unsure = written.partly_unknown;
    for mut requirement in written.requirements {
        let key = requirement.key;
        let key = key.strip_prefix("k8s:").or_else(|| key.strip_prefix("any:")).unwrap_or(key);
        if let Some(label) = key.strip_prefix(NAMESPACE_LABELS) {
            // Policies of one namespace do not look at the labels of others.
            unsure |= of_one_namespace;
            requirement.key = label;
            namespaces.requirements.push(requirement);
        } else if key == NAMESPACE {
            requirement.key = NAME_LABEL;
            namespaces.requirements.push(requirement);
        } else if key == SERVICE_ACCOUNT {
            match requirement.operator {
                Operator::In(names) if !requirement.partly_known => accounts = Some(names),
                _ => unsure = true,
            }
        } else if key.contains(':') || key.starts_with("io.cilium.") {
            // What Cilium itself says about an endpoint.
            unsure = true;
        } else {
            requirement.key = key;
            pods.requirements.push(requirement);
        }
    }
    EndpointSelector { namespaces, pods, accounts, unsure }
}

/// `None` for a rule about ICMP alone.
fn ports(rule: &CiliumRule) -> Option<Ports<'_>> {
    if rule.to_ports.is_absent() {
        return rule.icmps.is_absent().then_some(Ports::All);
    }
    let mut numbers = Bounds::none();
    let mut names = Vec::new();
    if rule.to_ports.is_unknown() {
        numbers = Bounds::all().unsure();
    }
    for list in rule.to_ports.items() {
        let Some(list) = list.value().filter(|list| !list.ports.is_unknown()) else {
            numbers = numbers.or(&Bounds::all().unsure());
            continue;
        };
        if list.ports.items().is_empty() {
            numbers = Bounds::all();
        }
        for port in list.ports.items() {
            match port.value().and_then(of_port) {
                Some(Port::Numbers(traffic)) => numbers = numbers.or(&Bounds::known(traffic)),
                Some(Port::Name(protocols, name)) => {
                    names.extend(protocols.into_iter().map(|protocol| (Some(protocol), name)));
                }
                None => numbers = numbers.or(&Bounds::all().unsure()),
            }
        }
    }
    Some(Ports::These { numbers, names })
}

enum Port<'a> {
    Numbers(Traffic),
    Name(Vec<Protocol>, &'a str),
}

fn of_port(port: &CiliumPort) -> Option<Port<'_>> {
    let all = || vec![Protocol::Tcp, Protocol::Udp, Protocol::Sctp];
    let protocols = match &port.protocol {
        Field::Absent => all(),
        Field::Known(name) => match name.to_ascii_uppercase().as_str() {
            "" | "ANY" => all(),
            name => vec![Protocol::from_name(name)?],
        },
        Field::Unknown(_) => return None,
    };
    let number = match &port.port {
        Field::Absent => Some(0),
        Field::Known(port) => match &port.value {
            IntOrString::Int(number) => Some(*number),
            IntOrString::Str(text) if text.trim().is_empty() => Some(0),
            IntOrString::Str(text) => match text.trim().parse() {
                Ok(number) => Some(number),
                Err(_) => return Some(Port::Name(protocols, text)),
            },
        },
        Field::Unknown(_) => None,
    };
    let last = match &port.end_port {
        Field::Absent => None,
        Field::Known(last) => Some(port_number(last.value)?),
        Field::Unknown(_) => return None,
    };
    let traffic = protocols.into_iter().map(|protocol| match number? {
        0 => Some(Traffic::protocol(protocol)),
        first => {
            let first = port_number(first)?;
            Some(Traffic::ports(protocol, first, last.unwrap_or(first)))
        }
    });
    let traffic = traffic.collect::<Option<Vec<Traffic>>>()?;
    Some(Port::Numbers(traffic.iter().fold(Traffic::none(), |sum, ports| sum.or(ports))))
}
