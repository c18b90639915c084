//! Packet sizes, from the node's interface through the tunnel to the pod.

pub mod encapsulation_backend_mismatch;
pub mod encapsulation_conflict;
pub mod mtu_default_overlay_on_small_underlay;
pub mod mtu_docker_wrong_option;
pub mod mtu_exceeds_underlay;
pub mod mtu_inconsistent_in_cluster;
pub mod mtu_out_of_range;
pub mod mtu_outer_set_to_inner_value;
pub mod vxlan_port_clash;
