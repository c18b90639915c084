//! Packet sizes: the MTUs that the files set, the tunnels that pods' packets go through, and what
//! the network between the nodes carries.
//!
//! Only values that somebody wrote are here: 0 and an empty text leave the choice to the
//! component, and so does an absent field. What a value means is told apart, see [`Meaning`]:
//! the same number is right for the one and wrong for the other.

mod collect;
mod encapsulation;
mod underlay;

pub use encapsulation::Encapsulation;
pub use underlay::{Basis, Provider, Underlay};

use super::cilium::Cilium;
use super::cni::{Cni, Config};
use super::flannel::Flannel;
use super::hosts::Hosts;
use super::{Object, Settings, addresses::Addresses};
use crate::source::Span;

/// What a value is the MTU of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// The interfaces of pods: what a tunnel adds comes on top.
    Pod,
    /// The device of a tunnel, which is the packets inside it.
    Tunnel(Encapsulation),
    /// The network between the nodes: the component itself takes off what its tunnel adds.
    Outer,
    /// An interface of a node.
    Link,
}

/// Whose setting it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    AwsVpcCni,
    Calico,
    Cilium,
    Flannel,
    Host,
    /// Any other network plugin, by its configuration file.
    Plugin,
    Weave,
}

impl Owner {
    pub fn name(self) -> &'static str {
        match self {
            Owner::AwsVpcCni => "the Amazon VPC CNI",
            Owner::Calico => "Calico",
            Owner::Cilium => "Cilium",
            Owner::Flannel => "Flannel",
            Owner::Host => "the host",
            Owner::Plugin => "the plugin",
            Owner::Weave => "Weave Net",
        }
    }
}

/// A field or variable that sets an MTU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MtuSource {
    pub owner: Owner,
    pub meaning: Meaning,
    /// As its users call it.
    pub field: &'static str,
}

impl MtuSource {
    const fn new(owner: Owner, meaning: Meaning, field: &'static str) -> MtuSource {
        MtuSource { owner, meaning, field }
    }

    pub fn is_pods_of(self, owner: Owner) -> bool {
        self.owner == owner && self.meaning == Meaning::Pod
    }

    /// The tunnel that it is the MTU of.
    pub fn tunnel(self) -> Option<Encapsulation> {
        match self.meaning {
            Meaning::Tunnel(tunnel) => Some(tunnel),
            _ => None,
        }
    }
}

/// An MTU that somebody wrote.
#[derive(Clone, Copy, Debug)]
pub struct Mtu<'a> {
    /// In bytes; never 0.
    pub bytes: i64,
    /// The number itself, without quotes.
    pub span: Span,
    pub source: MtuSource,
    /// Of a plugin: its configuration.
    pub config: Option<Config<'a>>,
    /// Whether packets of IPv6 pass here, as far as the files tell.
    pub carries_ipv6: bool,
}

/// A tunnel that packets of pods pass through.
#[derive(Clone, Debug)]
pub struct Tunnel {
    pub owner: Owner,
    pub encapsulation: Encapsulation,
    /// What it adds to a packet, in bytes.
    pub overhead: i64,
    /// What says so: the mode of a pool, the switch of WireGuard.
    pub span: Span,
    pub why: &'static str,
}

#[derive(Debug, Default)]
pub struct MtuPlan<'a> {
    /// In the order of the files, Calico's own first.
    pub values: Vec<Mtu<'a>>,
    pub tunnels: Vec<Tunnel>,
    /// What the network between the nodes carries, by the best that says so.
    pub underlay: Option<Underlay<'a>>,
}

/// What an MTU plan is made of.
pub struct Parts<'p, 'a> {
    pub objects: &'p [Object<'a>],
    pub addresses: &'p Addresses<'a>,
    pub cilium: &'p Cilium<'a>,
    pub cni: &'p Cni<'a>,
    pub flannel: &'p Flannel<'a>,
    pub hosts: &'p Hosts<'a>,
    pub settings: &'a Settings,
}

impl<'a> MtuPlan<'a> {
    pub fn new(parts: &Parts<'_, 'a>) -> MtuPlan<'a> {
        let mut plan = collect::collect(parts);
        plan.underlay = underlay::find(parts);
        plan
    }

    pub fn tunnels_of(&self, owner: Owner) -> impl Iterator<Item = &Tunnel> {
        self.tunnels.iter().filter(move |tunnel| tunnel.owner == owner)
    }

    /// The tunnel of a component that adds most.
    pub fn widest_tunnel(&self, owner: Owner) -> Option<&Tunnel> {
        self.tunnels_of(owner).max_by_key(|tunnel| tunnel.overhead)
    }
}
