//! Policies of every kind in one form, and what they decide together.
//!
//! Each kind becomes layers of rules that are asked one after the other; see
//! [`super::lower`](super) for which comes when. A layer's rules are asked in their order, the
//! first that matches decides, and what none decides goes on to the next layer or ends here. What
//! reaches the end of all layers is let through. Everything is counted twice, as what is sure and
//! what is possible, so that what a template fills in costs certainty and nothing else.

use std::net::IpAddr;

use super::endpoints::{ClassSet, Endpoint};
use super::pod_addresses::is_private;
use super::traffic::{Bounds, Traffic};
use crate::model::addresses::IpRange;
use crate::model::cluster_dns::is_link_local;
use crate::model::labels::Answer;
use crate::model::object::Object;
use crate::model::policies::Direction;
use crate::model::ports::Protocol;
use crate::source::Span;

/// What a rule does with what it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Allow,
    Deny,
    /// Leaves it to the next layer.
    Pass,
}

/// A rule of a policy, in one direction.
#[derive(Debug)]
pub struct Rule<'a> {
    pub action: Action,
    pub peers: Peers,
    pub ports: Ports<'a>,
    /// Where it is written.
    pub span: Span,
}

/// Whom a rule is about.
#[derive(Clone, Debug, Default)]
pub struct Peers {
    /// Everybody, in the cluster and outside.
    pub all: bool,
    pub pods: ClassSet,
    /// Addresses, with their exceptions taken out.
    pub blocks: Vec<IpRange>,
    /// The ranges of addresses that had exceptions, as they are written.
    pub reduced: Vec<IpRange>,
    /// Addresses outside the cluster that the files do not tell: those of names and of machines.
    pub elsewhere: bool,
    /// The blocks are never about pods, as with Cilium.
    pub outside_only: bool,
    /// There may be more than these, pods among them: a template fills it in, or it cannot be told
    /// from the files.
    pub unknown: bool,
    /// They are pods of a namespace that the rule names, and of which the files show none.
    pub out_of_sight: bool,
}

/// Which ports a rule is about.
#[derive(Clone, Debug)]
pub enum Ports<'a> {
    All,
    These { numbers: Bounds, names: Vec<(Option<Protocol>, &'a str)> },
}

/// One direction of a policy.
#[derive(Debug, Default)]
pub struct Side<'a> {
    pub rules: Vec<Rule<'a>>,
    /// Whether it denies what no rule of its layer decides.
    pub isolates: Answer,
    /// There are rules that cannot be known.
    pub unknown: bool,
}

/// A policy of any kind.
#[derive(Debug)]
pub struct Policy<'a> {
    pub object: Object<'a>,
    /// Whom it is about.
    pub subject: ClassSet,
    pub ingress: Side<'a>,
    pub egress: Side<'a>,
}

impl<'a> Policy<'a> {
    pub fn side(&self, direction: Direction) -> &Side<'a> {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }
}

/// Policies that are asked together, in their order.
#[derive(Debug)]
pub struct Layer<'a> {
    pub name: &'a str,
    pub policies: Vec<Policy<'a>>,
}

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub enum Peer<'e, 'a> {
    /// An endpoint of the cluster, with its index.
    Pods(usize, &'e Endpoint<'a>),
    /// Addresses outside the cluster, none of which any rule tells from the others.
    External(IpRange),
    /// What hands requests from outside to Services: a pod of which nothing is known.
    Ingress,
    /// One address that a pod is told to talk to: whoever has it.
    Address(IpAddr),
}

/// How what the API leaves undefined is read.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// Whether ranges of addresses are about pods, too: that depends on the network plugin, and
    /// on addresses that nobody writes down.
    pub pods_in_blocks: Answer,
    /// Whether policies see pods with the network of their node: most plugins take them for the
    /// node.
    pub host_network: Answer,
    /// Whether the plugin knows its own machines and pods by what they are and never by address, as
    /// Cilium does.
    pub by_identity: bool,
}

impl Reading {
    /// As the policies say it: ranges are outside of the cluster, and selectors select all pods.
    pub const AS_WRITTEN: Reading =
        Reading { pods_in_blocks: Answer::No, host_network: Answer::Yes, by_identity: false };
    /// Whatever the plugin makes of it.
    pub const CAUTIOUS: Reading = Reading {
        pods_in_blocks: Answer::Unknown,
        host_network: Answer::Unknown,
        by_identity: false,
    };

    /// Whether a selector that selects an endpoint has an effect on it.
    pub fn sees(self, endpoint: &Endpoint<'_>) -> Answer {
        if endpoint.host_network.is_no() { Answer::Yes } else { self.host_network }
    }
}

/// What is to be decided about an endpoint.
#[derive(Clone, Debug)]
pub struct Inquiry<'e, 'a> {
    pub peer: Peer<'e, 'a>,
    /// The pods whose ports are meant, when they are pods.
    pub destination: Option<&'e Endpoint<'a>>,
    pub reading: Reading,
    pub traffic: Bounds,
    /// Whether rules are asked that have nothing left to decide.
    pub every_rule: bool,
}

/// What a direction's layers let through of the traffic asked for; `see` is told each step.
pub fn evaluate<'l, 'a>(
    stages: &[Stage<'l, 'a>],
    inquiry: Inquiry<'_, '_>,
    mut see: impl FnMut(Step<'_, 'l, 'a>),
) -> Bounds {
    let Inquiry { peer, destination, reading, traffic, every_rule } = inquiry;
    let mut allowed = Bounds::none();
    let mut open = traffic;
    for stage in stages {
        let mut passed = Bounds::none();
        for rule in &stage.rules {
            if open.possible.is_none() && !every_rule {
                break;
            }
            let covers = rule.applies.and(rule.rule.peers.covers(peer, reading));
            if covers.is_no() {
                see(Step::OtherPeers(rule));
                continue;
            }
            let ports = rule.rule.ports.on(destination);
            let matched = if covers.is_yes() { ports } else { ports.unsure() };
            let decided = open.and(&matched);
            see(Step::Rule { stage, rule, matched: &matched, decided: &decided });
            match rule.rule.action {
                Action::Allow => allowed = allowed.or(&decided),
                Action::Deny => {}
                Action::Pass => passed = passed.or(&decided),
            }
            open = open.without(&matched);
        }
        see(Step::End { stage, left: &open });
        if stage.unknown {
            allowed = allowed.or(&open.clone().unsure());
            open.sure = Traffic::none();
        }
        open = match stage.isolates {
            Answer::No => open.or(&passed),
            Answer::Unknown => open.unsure().or(&passed),
            Answer::Yes => passed,
        };
    }
    see(Step::Rest { left: &open });
    allowed.or(&open)
}

/// A step of an evaluation.
#[derive(Debug)]
pub enum Step<'s, 'l, 'a> {
    /// A rule that is not about the peer.
    OtherPeers(&'s StageRule<'l, 'a>),
    /// A rule that is, or may be: the ports that it is about, and what it decides of those that no
    /// rule before it has decided.
    Rule {
        stage: &'s Stage<'l, 'a>,
        rule: &'s StageRule<'l, 'a>,
        matched: &'s Bounds,
        decided: &'s Bounds,
    },
    /// The end of a layer, with what none of its rules has decided.
    End { stage: &'s Stage<'l, 'a>, left: &'s Bounds },
    /// What no layer has decided: it is let through.
    Rest { left: &'s Bounds },
}

/// A layer as it concerns one endpoint in one direction.
#[derive(Debug)]
pub struct Stage<'l, 'a> {
    pub layer: &'l Layer<'a>,
    pub rules: Vec<StageRule<'l, 'a>>,
    pub isolates: Answer,
    pub unknown: bool,
}

/// A rule that may concern an endpoint.
#[derive(Clone, Copy, Debug)]
pub struct StageRule<'l, 'a> {
    /// Whether its policy is about the endpoint, and counts.
    pub applies: Answer,
    pub policy: &'l Policy<'a>,
    pub rule: &'l Rule<'a>,
}

impl Peers {
    pub fn everybody() -> Peers {
        Peers { all: true, ..Peers::default() }
    }

    pub fn covers(&self, peer: Peer<'_, '_>, reading: Reading) -> Answer {
        if self.all {
            return Answer::Yes;
        }
        let known = match peer {
            Peer::Pods(index, endpoint) => {
                // With the network of their node pods have its address, which is outside.
                let is_inside = self.outside_only && endpoint.host_network.is_no();
                let in_block = match &endpoint.addresses {
                    _ if self.blocks.is_empty() || is_inside => Answer::No,
                    Some(addresses) if reading.pods_in_blocks == Answer::Unknown => {
                        addresses.covered_by(self)
                    }
                    _ => reading.pods_in_blocks,
                };
                self.pods.get(index).and(reading.sees(endpoint)).or(in_block)
            }
            Peer::Ingress => match (&self.pods, self.blocks.is_empty()) {
                (ClassSet::All, _) => Answer::Yes,
                (pods, no_block) if pods.is_empty() && no_block => Answer::No,
                _ => Answer::Unknown,
            },
            Peer::Address(address) => self.covers_address(address, reading),
            Peer::External(range) => {
                Answer::any(self.blocks.iter().map(|block| match block.contains(range) {
                    true => Answer::Yes,
                    // Ranges are cut at the ends of all blocks, so that a part is never covered.
                    false => Answer::of(block.overlaps(range)).and(Answer::Unknown),
                }))
            }
        };
        let elsewhere = self.elsewhere && !matches!(peer, Peer::Pods(..));
        if self.unknown || elsewhere { known.or(Answer::Unknown) } else { known }
    }
}

impl Peers {
    fn covers_address(&self, address: IpAddr, reading: Reading) -> Answer {
        let on_node = is_link_local(address);
        // What a plugin that goes by identity takes the node's own addresses for is its own affair.
        if on_node && (reading.by_identity || self.outside_only) {
            return Answer::Unknown;
        }
        let in_block = self.blocks.iter().any(|block| block.contains_address(address));
        let may_be_pods = !on_node && is_private(address);
        let names_pods = !matches!(self.pods, ClassSet::None);
        match (in_block, may_be_pods) {
            (true, true) if reading.by_identity || self.outside_only => Answer::Unknown,
            (true, _) => Answer::Yes,
            (false, true) if names_pods => Answer::Unknown,
            (false, _) => Answer::No,
        }
    }
}

impl Ports<'_> {
    /// Whether they are said by number, and a port is among them.
    pub fn name_port(&self, protocol: Protocol, port: u16) -> bool {
        match self {
            Ports::All => false,
            Ports::These { numbers, .. } => {
                // All ports of a protocol are no port in particular.
                let all = numbers.possible.covers(&Traffic::protocol(protocol));
                !all && numbers.possible.contains(protocol, port)
            }
        }
    }

    /// The ports of a destination that are meant. A name means nothing where there are no pods.
    pub fn on(&self, destination: Option<&Endpoint<'_>>) -> Bounds {
        let (numbers, names) = match self {
            Ports::All => return Bounds::all(),
            Ports::These { numbers, names } => (numbers, names),
        };
        let mut bounds = numbers.clone();
        for (protocol, name) in names {
            if let Some(pods) = destination {
                bounds = bounds.or(&pods.named(*protocol, name));
            }
        }
        bounds
    }
}
