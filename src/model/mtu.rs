//! Packet sizes: the MTUs that the files set, and the tunnels that Calico sends pods' packets
//! through.
//!
//! Only values that somebody wrote are here: 0 and an empty text leave the choice to the
//! component, and so does an absent field. Values that mean the network between the nodes rather
//! than that of the pods (flannel's `Backend.MTU`, Cilium's `MTU`) are none of these.

mod collect;

use super::addresses::Family;
use super::cni::Config;
use crate::source::Span;

/// A way to carry packets of pods inside packets of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encapsulation {
    Ipip,
    Vxlan,
    VxlanV6,
    Wireguard,
    WireguardV6,
}

impl Encapsulation {
    /// What it adds to a packet, in bytes: calico `felix/dataplane/linux/int_dataplane.go`.
    pub fn overhead(self) -> i64 {
        match self {
            Encapsulation::Ipip => 20,
            Encapsulation::Vxlan => 50,
            Encapsulation::VxlanV6 => 70,
            Encapsulation::Wireguard => 60,
            Encapsulation::WireguardV6 => 80,
        }
    }

    /// With its article, for messages.
    pub fn noun(self) -> &'static str {
        match self {
            Encapsulation::Ipip => "an IPIP tunnel",
            Encapsulation::Vxlan => "a VXLAN tunnel",
            Encapsulation::VxlanV6 => "a VXLAN tunnel over IPv6",
            Encapsulation::Wireguard => "a WireGuard tunnel",
            Encapsulation::WireguardV6 => "a WireGuard tunnel over IPv6",
        }
    }

    /// The family of the packets that it carries.
    fn family(self) -> Family {
        match self {
            Encapsulation::Ipip | Encapsulation::Vxlan | Encapsulation::Wireguard => Family::V4,
            Encapsulation::VxlanV6 | Encapsulation::WireguardV6 => Family::V6,
        }
    }
}

/// Where an MTU is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MtuSource {
    /// `veth_mtu` in the ConfigMap `calico-config`.
    VethMtu,
    /// `mtu` of the plugin `calico`.
    CalicoPlugin,
    /// The variable `CNI_MTU` of Calico's installer.
    CniEnvironment,
    /// `spec.calicoNetwork.mtu` of the operator's Installation.
    Installation,
    /// A field of the FelixConfiguration.
    Felix(Encapsulation),
    /// A variable `FELIX_…MTU` of calico-node.
    FelixEnvironment(Encapsulation),
    /// `mtu` of another plugin, or of what it delegates to.
    Plugin,
}

impl MtuSource {
    /// Whether it is the MTU of pods in Calico's network.
    pub fn is_calico_pod(self) -> bool {
        matches!(
            self,
            MtuSource::VethMtu
                | MtuSource::CalicoPlugin
                | MtuSource::CniEnvironment
                | MtuSource::Installation
        )
    }

    /// The tunnel that it is the MTU of.
    pub fn tunnel(self) -> Option<Encapsulation> {
        match self {
            MtuSource::Felix(tunnel) | MtuSource::FelixEnvironment(tunnel) => Some(tunnel),
            _ => None,
        }
    }

    /// The name of the field or variable.
    pub fn field(self) -> &'static str {
        match self {
            MtuSource::VethMtu => "veth_mtu",
            MtuSource::CalicoPlugin | MtuSource::Plugin => "mtu",
            MtuSource::CniEnvironment => "CNI_MTU",
            MtuSource::Installation => "calicoNetwork.mtu",
            MtuSource::Felix(tunnel) => FELIX_FIELDS[tunnel as usize],
            MtuSource::FelixEnvironment(tunnel) => FELIX_VARIABLES[tunnel as usize],
        }
    }
}

/// By the order of [`Encapsulation`].
const FELIX_FIELDS: [&str; 5] =
    ["ipipMTU", "vxlanMTU", "vxlanMTUV6", "wireguardMTU", "wireguardMTUV6"];
/// By the order of [`Encapsulation`].
const FELIX_VARIABLES: [&str; 5] = [
    "FELIX_IPINIPMTU",
    "FELIX_VXLANMTU",
    "FELIX_VXLANMTUV6",
    "FELIX_WIREGUARDMTU",
    "FELIX_WIREGUARDMTUV6",
];
const TUNNELS: [Encapsulation; 5] = [
    Encapsulation::Ipip,
    Encapsulation::Vxlan,
    Encapsulation::VxlanV6,
    Encapsulation::Wireguard,
    Encapsulation::WireguardV6,
];

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
    pub encapsulation: Encapsulation,
    /// What says so: the mode of a pool, the switch of WireGuard.
    pub span: Span,
    pub why: &'static str,
}

#[derive(Debug, Default)]
pub struct MtuPlan<'a> {
    /// In the order of the files, Calico's own first.
    pub values: Vec<Mtu<'a>>,
    /// Of Calico.
    pub tunnels: Vec<Tunnel>,
}
