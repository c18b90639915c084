//! Whether the pods that NetworkPolicies isolate can still ask for names.
//!
//! The verdict is over the union of all policies that select the same pods: policies only ever
//! add to each other. It is *no* only where every reading of the files says so.

use std::net::IpAddr;

use rustc_hash::FxHashMap;

use super::cluster_dns::{
    ClusterDns, DnsServer, KUBE_SYSTEM, OPENSHIFT_DNS, Reach, ServerKind, is_link_local,
};
use super::dns_reach::{Reachability, Transports};
use super::labels::{Answer, Labels};
use super::namespaces::{Namespaces, fold};
use super::policies::{Policies, Policy};
use super::workloads::{Workload, Workloads};
use crate::syntax::decode::Field;

/// The verdicts about pods that are isolated for egress, and that cannot ask for names over UDP,
/// TCP or both.
#[derive(Debug, Default)]
pub struct DnsEgress {
    pub verdicts: Vec<DnsVerdict>,
}

#[derive(Debug)]
pub struct DnsVerdict {
    pub pods: Isolated,
    /// Whether a query comes through.
    pub reaches: Transports,
    /// Whether none of the policies that select the pods for certain allows anything at all.
    pub denies_all: bool,
    /// Whether the pods ask servers of their own, and not the cluster's.
    pub own_servers: bool,
}

/// Pods that a verdict is about.
#[derive(Debug)]
pub enum Isolated {
    /// Workloads of one class.
    Workloads { class: usize, members: Vec<usize> },
    /// Whatever a policy selects: the files show no pods of its kind.
    SelectedBy(usize),
}

/// Whom the pods of a workload ask for names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Resolver {
    Cluster,
    Given(Vec<IpAddr>),
    /// The resolvers of the node, or what cannot be known.
    Unknown,
}

pub struct Parts<'v, 'a> {
    pub dns: &'v ClusterDns<'a>,
    pub namespaces: &'v Namespaces<'a>,
    pub workloads: &'v Workloads<'a>,
    pub policies: &'v Policies<'a>,
    pub cilium: bool,
}

impl DnsEgress {
    pub fn new(parts: &Parts<'_, '_>) -> DnsEgress {
        let reach = Reachability {
            dns: parts.dns,
            namespaces: parts.namespaces,
            workloads: parts.workloads,
            cilium: parts.cilium,
        };
        let allows: Vec<Transports> =
            parts.policies.all.iter().map(|policy| reach.cluster_dns(policy)).collect();
        let mut evaluation = Evaluation { parts, reach, allows, unions: FxHashMap::default() };
        let mut verdicts = Vec::new();
        for class in 0..parts.workloads.classes.len() {
            evaluation.class(class, &mut verdicts);
        }
        for policy in 0..parts.policies.all.len() {
            verdicts.extend(evaluation.out_of_sight(policy));
        }
        DnsEgress { verdicts }
    }
}

struct Evaluation<'v, 'a> {
    parts: &'v Parts<'v, 'a>,
    reach: Reachability<'v, 'a>,
    /// What each policy lets through to the cluster's DNS.
    allows: Vec<Transports>,
    /// By folded namespace, the union of the policies that select all of it.
    unions: FxHashMap<&'a str, Union>,
}

/// What several policies do together.
#[derive(Clone, Copy, Debug)]
struct Union {
    isolates: Answer,
    allows: Transports,
    denies_all: bool,
}

impl Union {
    const EMPTY: Union = Union {
        isolates: Answer::No,
        allows: Transports { udp: Answer::No, tcp: Answer::No },
        denies_all: true,
    };

    /// Adds a policy that selects the pods, or may.
    fn add(&mut self, selects: Answer, policy: &Policy<'_>, allows: Transports) {
        let applies = selects.and(policy.egress.isolates);
        if applies.is_no() {
            return;
        }
        self.isolates = self.isolates.or(applies);
        self.allows = self.allows.or(allows.and(Transports::both(applies)));
        if applies.is_yes() {
            self.denies_all &= policy.egress.rules.is_empty() && !policy.egress.partly_unknown;
        }
    }
}

impl<'a> Evaluation<'_, 'a> {
    fn class(&mut self, class: usize, verdicts: &mut Vec<DnsVerdict>) {
        let namespace = self.parts.workloads.classes[class].namespace;
        if matches!(namespace, KUBE_SYSTEM | OPENSHIFT_DNS) {
            return;
        }
        let union = self.union_of(class, namespace);
        // Most workloads have no policy, or one that lets them ask.
        if !union.isolates.is_yes() {
            return;
        }
        let mut by_resolver: FxHashMap<Resolver, Vec<usize>> = FxHashMap::default();
        for member in &self.parts.workloads.classes[class].members {
            let workload = &self.parts.workloads.all[*member];
            if workload.host_network.is_no() {
                by_resolver.entry(resolver(workload)).or_default().push(*member);
            }
        }
        let mut by_resolver: Vec<(Resolver, Vec<usize>)> = by_resolver.into_iter().collect();
        by_resolver.sort();
        for (resolver, members) in by_resolver {
            let reaches = match &resolver {
                Resolver::Cluster => union.allows,
                Resolver::Given(addresses) => self.reaches_given(class, namespace, addresses),
                Resolver::Unknown => continue,
            };
            let reaches = self.with_others(namespace, reaches);
            if reaches.any_no() {
                verdicts.push(DnsVerdict {
                    pods: Isolated::Workloads { class, members },
                    reaches,
                    denies_all: union.denies_all,
                    own_servers: resolver != Resolver::Cluster,
                });
            }
        }
    }

    /// The union of the policies that select a class.
    fn union_of(&mut self, class: usize, namespace: &'a str) -> Union {
        let mut union = self.union_of_all(namespace);
        for (policy, selects) in self.parts.policies.selecting_class(class) {
            union.add(*selects, &self.parts.policies.all[*policy], self.allows[*policy]);
        }
        union
    }

    fn union_of_all(&mut self, namespace: &'a str) -> Union {
        let policies = self.parts.policies;
        let allows = &self.allows;
        *self.unions.entry(fold(namespace)).or_insert_with(|| {
            let mut union = Union::EMPTY;
            for policy in policies.selecting_all(namespace) {
                union.add(Answer::Yes, &policies.all[*policy], allows[*policy]);
            }
            union
        })
    }

    /// Policies of other kinds may allow what these do not.
    fn with_others(&self, namespace: &str, reaches: Transports) -> Transports {
        match self.parts.policies.others_concern(namespace) {
            true => reaches.or(Transports::both(Answer::Unknown)),
            false => reaches,
        }
    }

    /// Whether pods reach the servers that their own specification names.
    fn reaches_given(&self, class: usize, namespace: &str, addresses: &[IpAddr]) -> Transports {
        let server = |address: &IpAddr| DnsServer {
            reach: match is_link_local(*address) {
                true => Reach::Node(*address),
                false => Reach::Address(*address),
            },
            certain: true,
            evidence: None,
            kind: ServerKind::Standard,
        };
        let servers: Vec<DnsServer<'a>> = addresses.iter().map(server).collect();
        let policies = self.parts.policies;
        let all = policies.selecting_all(namespace).iter().map(|policy| (*policy, Answer::Yes));
        let mut union = Union::EMPTY;
        for (policy, selects) in all.chain(policies.selecting_class(class).iter().copied()) {
            let policy = &policies.all[policy];
            union.add(selects, policy, self.reach.servers(policy, &servers));
        }
        union.allows
    }

    /// The verdict about whatever a policy selects, where the files show no such pods.
    fn out_of_sight(&mut self, index: usize) -> Option<DnsVerdict> {
        let policies = self.parts.policies;
        let policy = &policies.all[index];
        if matches!(policy.namespace, KUBE_SYSTEM | OPENSHIFT_DNS)
            || !policy.egress.isolates.is_yes()
        {
            return None;
        }
        let selects_seen = match self.parts.workloads.any_in(policy.namespace) {
            true => policy.egress.rules.is_empty() || policy.selects_any(self.parts.workloads),
            false => false,
        };
        if selects_seen {
            return None;
        }
        let mut union = self.union_of_all(policy.namespace);
        union.add(Answer::Yes, policy, self.allows[index]);
        let pod = Labels::required_by(&policy.selector);
        for other in policies.in_namespace(policy.namespace) {
            if !union.allows.any_no() {
                return None;
            }
            let selector = &policies.all[*other].selector;
            let selects = match *selector == policy.selector {
                true => Answer::Yes,
                false => selector.matches(&pod),
            };
            union.add(selects, &policies.all[*other], self.allows[*other]);
        }
        let reaches = self.with_others(policy.namespace, union.allows);
        let pods = Isolated::SelectedBy(index);
        let denies_all = union.denies_all;
        reaches.any_no().then_some(DnsVerdict { pods, reaches, denies_all, own_servers: false })
    }
}

/// Whom the pods of a workload ask, by `dnsPolicy` and `dnsConfig`.
fn resolver(workload: &Workload<'_>) -> Resolver {
    let pod = &workload.spec.pod;
    if workload.is_patched(|pod| !pod.dns_policy.is_absent() || !pod.dns_config.is_absent()) {
        return Resolver::Unknown;
    }
    let config = match &pod.dns_config {
        Field::Absent => None,
        Field::Known(config) => Some(&config.value),
        Field::Unknown(_) => return Resolver::Unknown,
    };
    let written = config.map_or(&Field::Absent, |config| &config.nameservers);
    let addresses = || {
        let items = written.items().iter();
        let addresses = items.map(|address| address.value()?.trim().parse().ok());
        addresses.collect::<Option<Vec<IpAddr>>>()
    };
    let policy = match &pod.dns_policy {
        Field::Absent => "ClusterFirst",
        Field::Known(policy) => policy.value.as_str(),
        Field::Unknown(_) => return Resolver::Unknown,
    };
    match policy {
        // Further servers are asked when the cluster's do not answer.
        "ClusterFirst" | "ClusterFirstWithHostNet" if written.is_absent() => Resolver::Cluster,
        "None" => match addresses() {
            Some(addresses) if !addresses.is_empty() => Resolver::Given(addresses),
            _ => Resolver::Unknown,
        },
        _ => Resolver::Unknown,
    }
}
