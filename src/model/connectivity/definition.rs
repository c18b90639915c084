//! What gets from pod to pod held against the definition of NetworkPolicy, read word by word, on
//! random small clusters. Ranges of addresses are left out: whether they are about pods is not
//! defined.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::layers::Reading;
use crate::model::Network;
use crate::model::policies::Direction;
use crate::model::ports::Protocol;
use crate::model::testing::with_network;

const PROTOCOLS: [Protocol; 3] = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];

/// Ports that are asked for: those of numbers, names, and ranges, and their neighbours.
const PORTS: [u16; 9] = [1, 79, 80, 81, 90, 91, 443, 8080, 65535];

#[derive(Clone, Debug)]
struct Cluster {
    /// The labels of each namespace by its name, as written.
    namespaces: BTreeMap<&'static str, Labels>,
    pods: Vec<Pod>,
    policies: Vec<Policy>,
}

type Labels = BTreeMap<&'static str, &'static str>;

#[derive(Clone, Debug)]
struct Pod {
    namespace: &'static str,
    labels: Labels,
    ports: BTreeMap<(&'static str, Option<Protocol>), u16>,
}

#[derive(Clone, Debug)]
struct Policy {
    namespace: &'static str,
    pods: Option<Selector>,
    types: Option<Vec<Direction>>,
    ingress: Option<Vec<Rule>>,
    egress: Option<Vec<Rule>>,
}

#[derive(Clone, Debug)]
struct Rule {
    peers: Option<Vec<Peer>>,
    ports: Option<Vec<Port>>,
}

#[derive(Clone, Debug)]
enum Peer {
    Pods(Selector),
    Namespaces(Selector),
    Both(Selector, Selector),
}

#[derive(Clone, Debug)]
struct Port {
    protocol: Option<Protocol>,
    port: Option<Number>,
}

#[derive(Clone, Copy, Debug)]
enum Number {
    One(u16),
    Range(u16, u16),
    Name(&'static str),
}

#[derive(Clone, Debug)]
struct Selector {
    labels: Option<Labels>,
    expression: Option<(&'static str, Operator)>,
}

#[derive(Clone, Debug)]
enum Operator {
    In(Vec<&'static str>),
    NotIn(Vec<&'static str>),
    Exists,
    DoesNotExist,
}

// The definition.

/// A connection needs that its source lets it out and its destination lets it in.
fn allowed(cluster: &Cluster, from: &Pod, to: &Pod, protocol: Protocol, port: u16) -> bool {
    let at_port = |entry: &Port| is_port(entry, to, protocol, port);
    lets(cluster, Direction::Egress, from, to, &at_port)
        && lets(cluster, Direction::Ingress, to, from, &at_port)
}

/// A pod that no policy selects lets everything through; of others, any rule of any policy does.
fn lets(
    cluster: &Cluster,
    direction: Direction,
    own: &Pod,
    other: &Pod,
    at_port: &dyn Fn(&Port) -> bool,
) -> bool {
    let mut isolated = false;
    for policy in &cluster.policies {
        let selected = match &policy.pods {
            None => true,
            Some(selector) => selects(selector, &own.labels),
        };
        if policy.namespace != own.namespace || !selected || !is_about(policy, direction) {
            continue;
        }
        isolated = true;
        for rule in rules(policy, direction) {
            let peers = rule.peers.as_deref().unwrap_or_default();
            let mut is_peer = peers.is_empty();
            for peer in peers {
                is_peer |= is_meant(cluster, policy, peer, other);
            }
            let ports = rule.ports.as_deref().unwrap_or_default();
            if is_peer && (ports.is_empty() || ports.iter().any(at_port)) {
                return true;
            }
        }
    }
    !isolated
}

fn rules(policy: &Policy, direction: Direction) -> &[Rule] {
    match direction {
        Direction::Ingress => policy.ingress.as_deref().unwrap_or_default(),
        Direction::Egress => policy.egress.as_deref().unwrap_or_default(),
    }
}

/// Without types, a policy is about ingress, and about egress if it has a rule for that.
fn is_about(policy: &Policy, direction: Direction) -> bool {
    match policy.types.as_deref() {
        None | Some([]) if direction == Direction::Ingress => true,
        None | Some([]) => !rules(policy, Direction::Egress).is_empty(),
        Some(types) => types.contains(&direction),
    }
}

fn is_meant(cluster: &Cluster, policy: &Policy, peer: &Peer, pod: &Pod) -> bool {
    let mut of_namespace = cluster.namespaces[pod.namespace].clone();
    of_namespace.insert("kubernetes.io/metadata.name", pod.namespace);
    match peer {
        Peer::Pods(pods) => pod.namespace == policy.namespace && selects(pods, &pod.labels),
        Peer::Namespaces(namespaces) => selects(namespaces, &of_namespace),
        Peer::Both(namespaces, pods) => {
            selects(namespaces, &of_namespace) && selects(pods, &pod.labels)
        }
    }
}

fn is_port(entry: &Port, destination: &Pod, protocol: Protocol, port: u16) -> bool {
    let number = match entry.port {
        None => true,
        Some(Number::One(number)) => number == port,
        Some(Number::Range(first, last)) => first <= port && port <= last,
        Some(Number::Name(wanted)) => destination.ports.iter().any(|((name, own), number)| {
            *name == wanted && own.unwrap_or(Protocol::Tcp) == protocol && *number == port
        }),
    };
    entry.protocol.unwrap_or(Protocol::Tcp) == protocol && number
}

fn selects(selector: &Selector, labels: &Labels) -> bool {
    for (key, value) in selector.labels.iter().flatten() {
        if labels.get(key) != Some(value) {
            return false;
        }
    }
    let Some((key, operator)) = &selector.expression else { return true };
    let value = labels.get(key);
    match operator {
        Operator::In(values) => value.is_some_and(|value| values.contains(value)),
        Operator::NotIn(values) => !value.is_some_and(|value| values.contains(value)),
        Operator::Exists => value.is_some(),
        Operator::DoesNotExist => value.is_none(),
    }
}

// The text.

/// Without the entries that are not there.
fn object<const N: usize>(entries: [(&str, Option<Value>); N]) -> Value {
    let entries = entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(entries.collect::<Map<_, _>>())
}

fn list<T>(items: &Option<Vec<T>>, write: impl Fn(&T) -> Value) -> Option<Value> {
    items.as_ref().map(|items| items.iter().map(write).collect())
}

impl Cluster {
    fn text(&self) -> String {
        let namespaces = self.namespaces.iter().map(|(name, labels)| {
            json!({
                "apiVersion": "v1",
                "kind": "Namespace",
                "metadata": {"name": name, "labels": labels},
            })
        });
        let pods = self.pods.iter().enumerate().map(|(index, pod)| {
            // A name may be there once in a container, and in more than one container.
            let ports = pod.ports.iter().enumerate();
            let containers = ports.map(|(index, ((name, protocol), number))| {
                let port = object([
                    ("name", Some(json!(name))),
                    ("containerPort", Some(json!(number))),
                    ("protocol", protocol.map(|protocol| json!(protocol.to_string()))),
                ]);
                json!({"name": format!("c{index}"), "image": "i", "ports": [port]})
            });
            let rest = json!({"name": "rest", "image": "i"});
            let containers: Vec<Value> = containers.chain([rest]).collect();
            json!({
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": pod_name(index), "namespace": pod.namespace, "labels": pod.labels},
                "spec": {"containers": containers},
            })
        });
        let policies = self.policies.iter().enumerate().map(|(index, policy)| {
            let name = format!("policy-{index}");
            json!({
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": {"name": name, "namespace": policy.namespace},
                "spec": object([
                    ("podSelector", policy.pods.as_ref().map(write_selector)),
                    ("policyTypes", list(&policy.types, |name| json!(format!("{name:?}")))),
                    ("ingress", list(&policy.ingress, |rule| write_rule("from", rule))),
                    ("egress", list(&policy.egress, |rule| write_rule("to", rule))),
                ]),
            })
        });
        let documents = namespaces.chain(pods).chain(policies);
        documents.map(|document| format!("---\n{document}\n")).collect()
    }
}

fn pod_name(index: usize) -> String {
    format!("pod-{index}")
}

fn write_rule(peers: &str, rule: &Rule) -> Value {
    let peer = |peer: &Peer| match peer {
        Peer::Pods(pods) => json!({"podSelector": write_selector(pods)}),
        Peer::Namespaces(namespaces) => json!({"namespaceSelector": write_selector(namespaces)}),
        Peer::Both(namespaces, pods) => json!({
            "namespaceSelector": write_selector(namespaces),
            "podSelector": write_selector(pods),
        }),
    };
    let port = |port: &Port| {
        let (number, end) = match port.port {
            None => (None, None),
            Some(Number::One(number)) => (Some(json!(number)), None),
            Some(Number::Range(first, last)) => (Some(json!(first)), Some(json!(last))),
            Some(Number::Name(name)) => (Some(json!(name)), None),
        };
        let protocol = port.protocol.map(|protocol| json!(protocol.to_string()));
        object([("protocol", protocol), ("port", number), ("endPort", end)])
    };
    object([(peers, list(&rule.peers, peer)), ("ports", list(&rule.ports, port))])
}

fn write_selector(selector: &Selector) -> Value {
    let expression = |(key, operator): &(&str, Operator)| {
        let (operator, values) = match operator {
            Operator::In(values) => ("In", Some(json!(values))),
            Operator::NotIn(values) => ("NotIn", Some(json!(values))),
            Operator::Exists => ("Exists", None),
            Operator::DoesNotExist => ("DoesNotExist", None),
        };
        let [key, operator] = [key, operator].map(|text| Some(json!(text)));
        json!([object([("key", key), ("operator", operator), ("values", values)])])
    };
    object([
        ("matchLabels", selector.labels.as_ref().map(|labels| json!(labels))),
        ("matchExpressions", selector.expression.as_ref().map(expression)),
    ])
}

// Random clusters, of few names and values, so that they meet.

const NAMESPACES: [&str; 3] = ["default", "n1", "n2"];
const VALUES: [&str; 2] = ["p", "q"];

fn maybe<T: std::fmt::Debug>(
    strategy: impl Strategy<Value = T>,
) -> impl Strategy<Value = Option<T>> {
    prop::option::of(strategy)
}

fn few<T: std::fmt::Debug>(
    strategy: impl Strategy<Value = T>,
) -> impl Strategy<Value = Option<Vec<T>>> {
    prop::option::weighted(0.8, prop::collection::vec(strategy, 0..4))
}

fn labels() -> impl Strategy<Value = Labels> {
    prop::collection::btree_map(select(&["app", "tier"]), select(&VALUES), 0..3)
}

fn selector() -> impl Strategy<Value = Selector> {
    let values = prop::collection::vec(select(&VALUES), 1..3);
    let values = values.prop_flat_map(|values| {
        select(vec![
            Operator::In(values.clone()),
            Operator::NotIn(values),
            Operator::Exists,
            Operator::DoesNotExist,
        ])
    });
    let by_label = prop_oneof![
        2 => Just(None),
        1 => Just(Some(Labels::new())),
        3 => (select(&["app", "tier"]), select(&VALUES)).prop_map(|label| Some(Labels::from([label]))),
    ];
    let expression = maybe((select(&["app", "tier"]), values));
    (by_label, expression).prop_map(|(labels, expression)| Selector { labels, expression })
}

fn namespace_selector() -> impl Strategy<Value = Selector> {
    let named = select(&NAMESPACES).prop_map(|name| Selector {
        labels: Some(Labels::from([("kubernetes.io/metadata.name", name)])),
        expression: None,
    });
    prop_oneof![2 => selector(), 1 => named]
}

fn rule() -> impl Strategy<Value = Rule> {
    let peer = prop_oneof![
        selector().prop_map(Peer::Pods),
        namespace_selector().prop_map(Peer::Namespaces),
        (namespace_selector(), selector())
            .prop_map(|(namespaces, pods)| Peer::Both(namespaces, pods)),
    ];
    let number = select(vec![
        Number::One(80),
        Number::One(443),
        Number::Range(80, 90),
        Number::Range(90, 90),
        Number::Range(81, 65535),
        Number::Name("web"),
        Number::Name("web"),
        Number::Name("dns"),
    ]);
    let port = (maybe(select(&PROTOCOLS)), maybe(number));
    let port = port.prop_map(|(protocol, port)| Port { protocol, port });
    (few(peer), few(port)).prop_map(|(peers, ports)| Rule { peers, ports })
}

fn policy() -> impl Strategy<Value = Policy> {
    let (ingress, egress) = (Direction::Ingress, Direction::Egress);
    let types = select(vec![vec![], vec![ingress], vec![egress], vec![ingress, egress]]);
    (select(&NAMESPACES), maybe(selector()), maybe(types), few(rule()), few(rule())).prop_map(
        |(namespace, pods, types, ingress, egress)| Policy {
            namespace,
            pods,
            types,
            ingress,
            egress,
        },
    )
}

fn cluster() -> impl Strategy<Value = Cluster> {
    let protocol = select(vec![None, Some(Protocol::Udp), Some(Protocol::Sctp)]);
    let port = (select(&["web", "dns"]), protocol);
    let ports = prop::collection::btree_map(port, select(&[80, 443, 8080]), 0..3);
    let pod = (select(&NAMESPACES), labels(), ports);
    let pod = pod.prop_map(|(namespace, labels, ports)| Pod { namespace, labels, ports });
    (
        prop::collection::vec(labels(), NAMESPACES.len()),
        prop::collection::vec(pod, 2..6),
        prop::collection::vec(policy(), 0..8),
    )
        .prop_map(|(namespaces, pods, policies)| {
            let namespaces = NAMESPACES.into_iter().zip(namespaces).collect();
            Cluster { namespaces, pods, policies }
        })
}

/// The endpoint of a pod, given by its place in the cluster.
fn endpoint(network: &Network<'_>, pod: usize) -> Option<usize> {
    let workloads = network.workloads.all.iter();
    let at =
        workloads.map(|workload| workload.object.name()).position(|name| name == pod_name(pod))?;
    network.connectivity().of_workload(network.workloads.all[at].class, at)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_gets_from_pod_to_pod_is_what_the_definition_says(cluster in cluster()) {
        let text = cluster.text();
        with_network(&text, |network| {
            for (source, from) in cluster.pods.iter().enumerate() {
                for (destination, to) in cluster.pods.iter().enumerate() {
                    let ends = (endpoint(network, source), endpoint(network, destination));
                    let (Some(out), Some(into)) = ends else {
                        return Err(TestCaseError::fail("a pod is out of sight"));
                    };
                    if source == destination {
                        continue;
                    }
                    let found = network.connectivity().between(out, into, Reading::AS_WRITTEN);
                    for (protocol, port) in PROTOCOLS.iter().flat_map(|p| PORTS.map(|n| (*p, n))) {
                        let expected = allowed(&cluster, from, to, protocol, port);
                        let bounds = [&found.sure, &found.possible].map(|t| t.contains(protocol, port));
                        prop_assert_eq!(
                            bounds, [expected; 2],
                            "{} to {} at {} {}\n{}",
                            pod_name(source), pod_name(destination), protocol, port, &text
                        );
                    }
                }
            }
            Ok(())
        })?;
    }
}
