//! The ways to carry packets of pods inside packets of nodes, and what each adds.

use super::Owner;
use crate::model::addresses::Family;
use crate::model::flannel::Backend;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encapsulation {
    Ipip,
    Vxlan,
    VxlanV6,
    Geneve,
    Wireguard,
    WireguardV6,
    /// Flannel's `udp`.
    Udp,
    Ipsec,
}

/// What they add to a packet, in bytes, of each component that differs.
///
/// Calico: `felix/dataplane/linux/int_dataplane.go`. Flannel: `pkg/backend`, which takes 80 for
/// WireGuard and 50 for VXLAN whatever the family of the nodes' addresses is. Cilium:
/// `TunnelOverhead` in `pkg/mtu/mtu.go`.
const OVERHEADS: [(Owner, Encapsulation, i64); 12] = [
    (Owner::Calico, Encapsulation::Ipip, 20),
    (Owner::Calico, Encapsulation::Vxlan, 50),
    (Owner::Calico, Encapsulation::VxlanV6, 70),
    (Owner::Calico, Encapsulation::Wireguard, 60),
    (Owner::Calico, Encapsulation::WireguardV6, 80),
    (Owner::Cilium, Encapsulation::Geneve, 50),
    (Owner::Cilium, Encapsulation::Vxlan, 50),
    (Owner::Flannel, Encapsulation::Ipip, 20),
    (Owner::Flannel, Encapsulation::Vxlan, 50),
    (Owner::Flannel, Encapsulation::Wireguard, 80),
    (Owner::Flannel, Encapsulation::Udp, 28),
    (Owner::Flannel, Encapsulation::Ipsec, 77),
];

impl Encapsulation {
    /// In bytes; 0 for what a component does not have.
    pub fn overhead(self, owner: Owner) -> i64 {
        let is_it = |row: &&(Owner, Encapsulation, i64)| row.0 == owner && row.1 == self;
        OVERHEADS.iter().find(is_it).map_or(0, |(_, _, bytes)| *bytes)
    }

    /// `VXLAN`, for arithmetic in messages.
    pub fn name(self) -> &'static str {
        match self {
            Encapsulation::Ipip => "IPIP",
            Encapsulation::Vxlan => "VXLAN",
            Encapsulation::VxlanV6 => "VXLAN over IPv6",
            Encapsulation::Geneve => "Geneve",
            Encapsulation::Wireguard => "WireGuard",
            Encapsulation::WireguardV6 => "WireGuard over IPv6",
            Encapsulation::Udp => "UDP",
            Encapsulation::Ipsec => "IPsec",
        }
    }

    /// With its article, for messages.
    pub fn noun(self) -> String {
        let article =
            if matches!(self, Encapsulation::Ipip | Encapsulation::Ipsec) { "an" } else { "a" };
        match self {
            Encapsulation::VxlanV6 => "a VXLAN tunnel over IPv6".to_owned(),
            Encapsulation::WireguardV6 => "a WireGuard tunnel over IPv6".to_owned(),
            _ => format!("{article} {} tunnel", self.name()),
        }
    }

    /// The family of the packets that it carries, where it carries one alone.
    pub(super) fn family(self) -> Family {
        match self {
            Encapsulation::VxlanV6 | Encapsulation::WireguardV6 => Family::V6,
            _ => Family::V4,
        }
    }

    /// `None` for a backend that makes no tunnel, or one that nobody knows.
    pub(super) fn of_backend(backend: Backend) -> Option<Encapsulation> {
        match backend {
            Backend::Ipip => Some(Encapsulation::Ipip),
            Backend::Ipsec => Some(Encapsulation::Ipsec),
            Backend::Udp => Some(Encapsulation::Udp),
            Backend::Vxlan => Some(Encapsulation::Vxlan),
            Backend::Wireguard => Some(Encapsulation::Wireguard),
            Backend::Alloc | Backend::HostGw | Backend::TencentVpc | Backend::Other => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tables_of_flannels_overheads_agree() {
        for backend in
            [Backend::Ipip, Backend::Ipsec, Backend::Udp, Backend::Vxlan, Backend::Wireguard]
        {
            let encapsulation = Encapsulation::of_backend(backend).expect("a tunnel");
            assert_eq!(Some(encapsulation.overhead(Owner::Flannel)), backend.overhead());
        }
    }
}
