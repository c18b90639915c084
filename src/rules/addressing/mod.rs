//! Ranges of pods, services, nodes and load balancers: that they are valid, and apart.

pub mod advertise_address_invalid;
pub mod aks_reserved_range;
pub mod calico_pool_outside_pod_cidr;
pub mod cidr_hits_well_known_range;
pub mod cidr_host_bits_set;
pub mod cidr_invalid;
pub mod cidr_overlaps_declared_external;
pub mod cluster_cidr_mismatch;
pub(super) mod cluster_dns;
pub mod cluster_dns_is_kubernetes_service;
pub mod cluster_dns_mismatch;
pub mod cluster_dns_outside_service_cidr;
pub mod cluster_domain_mismatch;
pub mod cluster_mesh_cidr_overlap;
pub mod dual_stack_shape;
pub mod duplicate_static_ip;
pub mod eks_service_cidr_invalid;
pub mod external_ip_in_cluster_range;
pub mod ip_autodetection_first_found_multihomed;
pub mod kubeadm_extra_args_shape;
pub mod kubeproxy_local_cidr_unset;
pub mod lb_ip_outside_pools;
pub mod lb_pool_not_advertised;
pub mod lb_pool_overlap;
pub mod lb_pool_overlaps_peer;
pub mod metallb_bare_ip;
pub mod metallb_configmap_removed;
pub mod metallb_host_bits;
pub mod metallb_pool_overlap;
pub mod nic_static_and_dhcp;
pub mod node_cidr_mask_flag_conflict;
pub mod node_ip_in_pod_cidr;
pub mod node_ip_in_service_cidr;
pub mod node_subnet_overlaps_pod_or_service;
mod nodes;
pub mod overlapping_pools;
pub mod pod_service_cidr_overlap;
pub mod service_cidr_mismatch;
pub mod static_cluster_ip_outside_range;

use crate::diagnostic::Label;
use crate::model::addresses::{AddressRange, Known};

/// Labels for further places that state what has been told already; a few are enough.
fn also(ranges: &[&AddressRange<'_>]) -> impl Iterator<Item = Label> {
    ranges.iter().filter(|range| range.known == Known::Written).take(3).map(|range| range.label())
}
