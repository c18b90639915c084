//! Whether pods can ask for names, whatever policies there are about them, of all kinds.
//!
//! It is asked of [`super::connectivity`] with the cluster's DNS as the other end; where the files
//! do not show its pods, they are thought of. The verdict is *no* only where every reading of the
//! files says so. What isolates pods that the files do not show is looked at as well, as far as a
//! policy of one namespace selects them by labels.

use std::net::IpAddr;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::cluster_dns::{ClusterDns, DnsPort, KUBE_SYSTEM, OPENSHIFT_DNS, Reach};
use super::connectivity::endpoints::Unseen;
use super::connectivity::layers::{Action, Inquiry, Peer, Reading, Stage, StageRule, evaluate};
use super::connectivity::pod_addresses::PodAddresses;
use super::connectivity::traffic::{Bounds, Traffic};
use super::connectivity::{self, Closing, Connectivity};
use super::dns_unseen::selected_out_of_sight;
use super::enforcement::Enforcement;
use super::labels::{Answer, Labels};
use super::namespaces::Namespaces;
use super::object::Object;
use super::policies::{Direction, Policies};
use super::policy_rules::PortName;
use super::ports::Protocol;
use super::services::Services;
use super::workloads::{Workload, Workloads};
use crate::ingest::Body;
use crate::source::Span;
use crate::syntax::decode::Field;

/// The verdicts about pods that cannot ask for names over UDP, TCP or both, and about servers that
/// nobody can ask.
#[derive(Debug, Default)]
pub struct DnsEgress<'a> {
    pub verdicts: Vec<DnsVerdict<'a>>,
    pub closed: Vec<ClosedServer<'a>>,
}

#[derive(Debug)]
pub struct DnsVerdict<'a> {
    pub pods: Isolated<'a>,
    /// Whether a query comes through.
    pub reaches: Transports,
    /// Whether none of the policies that are about the pods for certain allows anything at all.
    pub denies_all: bool,
    /// Whether the pods ask servers of their own, and not the cluster's.
    pub own_servers: bool,
    pub cause: Cause<'a>,
    /// The rules that let queries through over the one transport that is open.
    pub ways: Vec<Span>,
}

/// What keeps queries back.
#[derive(Clone, Debug)]
pub struct Cause<'a> {
    /// The policies that isolate the pods, those about the fewest first; or the one that denies.
    pub policies: Vec<Object<'a>>,
    /// The rule that denies.
    pub rule: Option<Span>,
}

/// Pods that a verdict is about.
#[derive(Debug)]
pub enum Isolated<'a> {
    /// Workloads that no policy tells apart.
    Workloads { members: Vec<usize> },
    /// Whatever a policy selects: the files show no pods of its kind.
    SelectedBy(Object<'a>),
}

/// A server of the cluster's DNS that pods of other namespaces do not reach.
#[derive(Debug)]
pub struct ClosedServer<'a> {
    /// Index among [`ClusterDns::servers`].
    pub server: usize,
    pub cause: Cause<'a>,
}

/// An answer for each transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transports {
    pub udp: Answer,
    pub tcp: Answer,
}

impl Transports {
    pub fn any_no(self) -> bool {
        self.udp.is_no() || self.tcp.is_no()
    }
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
    pub objects: &'v [Object<'a>],
    pub dns: &'v ClusterDns<'a>,
    pub namespaces: &'v Namespaces<'a>,
    pub workloads: &'v Workloads<'a>,
    pub policies: &'v Policies<'a>,
    pub cilium: bool,
    pub services: &'v Services<'a>,
    pub enforcement: &'v Enforcement<'a>,
}

impl<'a> DnsEgress<'a> {
    pub fn new(parts: &Parts<'_, 'a>) -> DnsEgress<'a> {
        let is_policy = |object: &Object<'_>| {
            matches!(
                object.body(),
                Body::AdminPolicy(_) | Body::CalicoPolicy(_) | Body::CiliumPolicy(_)
            )
        };
        if parts.policies.all.is_empty() && !parts.objects.iter().any(is_policy) {
            return DnsEgress::default();
        }
        let evaluation = Evaluation::new(parts);
        let mut verdicts = Vec::new();
        for endpoint in 0..evaluation.in_view {
            evaluation.endpoint(endpoint, &mut verdicts);
        }
        for (index, policy) in evaluation.out_of_sight.iter().enumerate() {
            let endpoint = evaluation.first_out_of_sight + index;
            let pods = || Isolated::SelectedBy(*policy);
            verdicts.extend(evaluation.verdict(endpoint, &Resolver::Cluster, pods));
        }
        DnsEgress { verdicts, closed: evaluation.closed_servers() }
    }
}

/// A server to ask, as the other end of a connection.
#[derive(Clone, Copy)]
struct Server<'a> {
    end: End,
    certain: bool,
    udp: DnsPort<'a>,
    tcp: DnsPort<'a>,
}

#[derive(Clone, Copy)]
enum End {
    /// Index of an endpoint.
    Pods(usize),
    Address(IpAddr),
}

struct Evaluation<'v, 'a> {
    parts: &'v Parts<'v, 'a>,
    connectivity: Connectivity<'a>,
    reading: Reading,
    /// How many endpoints the files show.
    in_view: usize,
    servers: Vec<Server<'a>>,
    /// A pod that is neither in the namespace of DNS nor anything else that is known.
    anybody: usize,
    /// Policies that select pods out of sight, one for each kind of pods.
    out_of_sight: Vec<Object<'a>>,
    first_out_of_sight: usize,
}

impl<'v, 'a> Evaluation<'v, 'a> {
    fn new(parts: &'v Parts<'v, 'a>) -> Evaluation<'v, 'a> {
        let mut unseen = Vec::new();
        let addresses = Arc::new(PodAddresses {
            ranges: parts.dns.pod_ranges.clone(),
            services: parts.dns.service_addresses.clone(),
        });
        for server in &parts.dns.servers {
            if let Reach::Pods { namespace, labels, udp, tcp } = &server.reach {
                unseen.push(server_pods(namespace, labels, [*udp, *tcp], &addresses));
            }
        }
        let anybody = unseen.len();
        unseen.push(Unseen {
            namespace: "?",
            labels: Labels::unknown(),
            selected_by: None,
            names: Vec::new(),
            open: true,
            addresses: None,
            is_peer: true,
        });
        let first_out_of_sight = unseen.len();
        let (out_of_sight, selected) = selected_out_of_sight(parts).into_iter().unzip();
        let selected: Vec<Unseen<'a>> = selected;
        unseen.extend(selected);
        let count = unseen.len();
        let connectivity = Connectivity::with_unseen(
            &connectivity::Parts {
                objects: parts.objects,
                namespaces: parts.namespaces,
                workloads: parts.workloads,
                policies: parts.policies,
                services: parts.services,
                enforcement: parts.enforcement,
            },
            unseen,
        );
        let in_view = connectivity.endpoints.all.len() - count;
        let mut pods = in_view..;
        let servers = parts.dns.servers.iter().filter_map(|server| {
            let end = match &server.reach {
                Reach::Pods { .. } => End::Pods(pods.next()?),
                Reach::Node(address) | Reach::Address(address) => End::Address(*address),
            };
            let [udp, tcp] = [Protocol::Udp, Protocol::Tcp].map(|it| server.reach.port(it));
            Some(Server { end, certain: server.certain, udp, tcp })
        });
        Evaluation {
            servers: servers.collect(),
            parts,
            connectivity,
            reading: Reading {
                pods_in_blocks: if parts.cilium { Answer::No } else { Answer::Unknown },
                by_identity: parts.cilium,
                ..Reading::CAUTIOUS
            },
            in_view,
            anybody: in_view + anybody,
            out_of_sight,
            first_out_of_sight: in_view + first_out_of_sight,
        }
    }

    /// The verdicts about the workloads of an endpoint, by whom they ask.
    fn endpoint(&self, endpoint: usize, verdicts: &mut Vec<DnsVerdict<'a>>) {
        let pods = &self.connectivity.endpoints.all[endpoint];
        if matches!(pods.namespace, KUBE_SYSTEM | OPENSHIFT_DNS) || !pods.host_network.is_no() {
            return;
        }
        let mut by_resolver: FxHashMap<Resolver, Vec<usize>> = FxHashMap::default();
        for member in &pods.members {
            let resolver = resolver(&self.parts.workloads.all[*member]);
            by_resolver.entry(resolver).or_default().push(*member);
        }
        let mut by_resolver: Vec<(Resolver, Vec<usize>)> = by_resolver.into_iter().collect();
        by_resolver.sort();
        for (resolver, members) in by_resolver {
            let pods = || Isolated::Workloads { members };
            verdicts.extend(self.verdict(endpoint, &resolver, pods));
        }
    }

    fn verdict(
        &self,
        endpoint: usize,
        resolver: &Resolver,
        pods: impl FnOnce() -> Isolated<'a>,
    ) -> Option<DnsVerdict<'a>> {
        let given: Vec<Server<'a>>;
        let servers = match resolver {
            Resolver::Cluster => &self.servers,
            Resolver::Given(addresses) => {
                given = addresses.iter().map(|address| of_address(*address)).collect();
                &given
            }
            Resolver::Unknown => return None,
        };
        let namespace = self.connectivity.endpoints.all[endpoint].namespace;
        // Most workloads have no policy, and what policies of unread kinds let out is not known.
        let stages = self.connectivity.stages(endpoint, Direction::Egress, self.reading);
        if stages.is_empty() || !self.connectivity.is_complete_for(namespace) {
            return None;
        }
        let [udp, tcp] = [Protocol::Udp, Protocol::Tcp]
            .map(|protocol| self.any_reached(&stages, servers, protocol));
        let reaches = Transports { udp, tcp };
        let kept_back = match (udp, tcp) {
            (Answer::No, _) => Protocol::Udp,
            (_, Answer::No) => Protocol::Tcp,
            _ => return None,
        };
        let server = servers.iter().find(|server| server.certain).or(servers.first())?;
        let port = server.port(kept_back).number;
        let closing = self.connectivity.closing(
            endpoint,
            Direction::Egress,
            self.peer(server),
            (kept_back, port),
            self.reading,
        )?;
        let cause = self.cause(&closing)?;
        let open = [(Protocol::Udp, udp), (Protocol::Tcp, tcp)];
        let open = open.into_iter().filter(|(_, reached)| !reached.is_no()).map(|(open, _)| open);
        let ways = open.flat_map(|open| self.ways(&stages, servers, open)).collect();
        let sure = stages.iter().flat_map(|stage| &stage.rules);
        let mut sure = sure.filter(|rule| rule.applies.is_yes());
        let denies_all = !stages.iter().any(|stage| stage.unknown)
            && sure.all(|rule| rule.rule.action == Action::Deny);
        let own_servers = *resolver != Resolver::Cluster;
        Some(DnsVerdict { pods: pods(), reaches, denies_all, own_servers, cause, ways })
    }

    fn peer(&self, server: &Server<'a>) -> Peer<'_, 'a> {
        match server.end {
            End::Pods(endpoint) => self.connectivity.pods(endpoint),
            End::Address(address) => Peer::Address(address),
        }
    }

    /// Whether a query comes through to one of some servers.
    fn any_reached(
        &self,
        stages: &[Stage<'_, 'a>],
        servers: &[Server<'a>],
        protocol: Protocol,
    ) -> Answer {
        let known = Answer::any(servers.iter().map(|server| {
            let peer = self.peer(server);
            let port = server.port(protocol).number;
            let inquiry = Inquiry {
                peer,
                destination: pods_of(peer),
                reading: self.reading,
                traffic: Bounds::known(Traffic::ports(protocol, port, port)),
                every_rule: false,
            };
            let traffic = evaluate(stages, inquiry, |_| {});
            let reached = match traffic.sure.contains(protocol, port) {
                true => Answer::Yes,
                false => Answer::of(traffic.possible.contains(protocol, port)).and(Answer::Unknown),
            };
            if server.certain { reached } else { reached.and(Answer::Unknown) }
        }));
        // A rule about the port of DNS may lead to a DNS that the files do not show.
        let leads_away = |StageRule { applies, rule, .. }: &StageRule<'_, 'a>| {
            !applies.is_no()
                && rule.action == Action::Allow
                && rule.peers.out_of_sight
                && rule.ports.name_port(protocol, 53)
        };
        match known.is_no() && stages.iter().flat_map(|stage| &stage.rules).any(leads_away) {
            true => Answer::Unknown,
            false => known,
        }
    }

    /// The rules that let queries through to one of some servers.
    fn ways(
        &self,
        stages: &[Stage<'_, 'a>],
        servers: &[Server<'a>],
        protocol: Protocol,
    ) -> Vec<Span> {
        let leads = |StageRule { applies, rule, .. }: &&StageRule<'_, 'a>| {
            rule.action == Action::Allow
                && servers.iter().any(|server| {
                    let peer = self.peer(server);
                    let ports = rule.ports.on(pods_of(peer)).possible;
                    ports.contains(protocol, server.port(protocol).number)
                        && !rule.peers.covers(peer, self.reading).and(*applies).is_no()
                })
        };
        let rules = stages.iter().flat_map(|stage| &stage.rules).filter(leads);
        rules.map(|rule| rule.rule.span).collect()
    }

    /// `None` when it is a kind of policy that the cluster's plugin does not enforce.
    fn cause(&self, closing: &Closing<'_, 'a>) -> Option<Cause<'a>> {
        let mut policies: Vec<Object<'a>> = Vec::new();
        for policy in &closing.policies {
            if !policies.iter().any(|known| known.is(policy.object)) {
                policies.push(policy.object);
            }
        }
        // https://network-policy-api.sigs.k8s.io/implementations/
        let by_admin = matches!(policies.first()?.body(), Body::AdminPolicy(_));
        let rule = closing.rule.map(|rule| rule.span);
        (!(by_admin && self.parts.cilium)).then_some(Cause { policies, rule })
    }

    /// The servers that are there for certain, and let in no pod of another namespace.
    fn closed_servers(&self) -> Vec<ClosedServer<'a>> {
        let mut closed = Vec::new();
        for (index, server) in self.servers.iter().enumerate().filter(|(_, it)| it.certain) {
            let End::Pods(endpoint) = server.end else { continue };
            let namespace = self.connectivity.endpoints.all[endpoint].namespace;
            if !self.connectivity.is_complete_for(namespace) {
                continue;
            }
            let closing = self.connectivity.closing(
                endpoint,
                Direction::Ingress,
                self.connectivity.pods(self.anybody),
                (Protocol::Udp, server.udp.number),
                self.reading,
            );
            let cause = closing.and_then(|closing| self.cause(&closing));
            closed.extend(cause.map(|cause| ClosedServer { server: index, cause }));
        }
        closed
    }
}

impl<'a> Server<'a> {
    fn port(&self, protocol: Protocol) -> DnsPort<'a> {
        if protocol == Protocol::Udp { self.udp } else { self.tcp }
    }
}

fn of_address(address: IpAddr) -> Server<'static> {
    let port = DnsPort { number: 53, name: PortName::Absent };
    Server { end: End::Address(address), certain: true, udp: port, tcp: port }
}

fn pods_of<'e, 'a>(peer: Peer<'e, 'a>) -> Option<&'e connectivity::Endpoint<'a>> {
    match peer {
        Peer::Pods(_, pods) => Some(pods),
        _ => None,
    }
}

/// Pods of DNS, of which nothing more is known than what there is to know about the server.
fn server_pods<'a>(
    namespace: &'a str,
    labels: &Labels<'a>,
    ports: [DnsPort<'a>; 2],
    addresses: &Arc<PodAddresses>,
) -> Unseen<'a> {
    let of = [Protocol::Udp, Protocol::Tcp].into_iter().zip(ports);
    let names = of.filter_map(|(protocol, port)| match port.name {
        PortName::Is(name) => Some((name, protocol, port.number)),
        PortName::Absent | PortName::Unknown => None,
    });
    Unseen {
        namespace,
        labels: labels.clone(),
        selected_by: None,
        names: names.collect(),
        open: ports.iter().any(|port| port.name == PortName::Unknown),
        addresses: Some(addresses.clone()),
        is_peer: true,
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
