//! Configurations of network plugins and of Flannel, and the additional networks of Multus.

pub mod calico_env_invalid;
pub mod calico_installation_invalid;
pub mod calico_mesh_without_peer;
pub mod calico_pool_invalid;
pub mod calico_pool_without_nat;
pub mod calico_reservation_unused;
pub mod cni_bridge_options_conflict;
pub mod cni_chain_order;
pub mod cni_host_local_range;
pub mod cni_host_local_shared_subnet;
pub mod cni_ipam_outside_pod_cidr;
pub mod cni_json_invalid;
pub mod cni_list_in_conf_extension;
pub mod cni_loopback_sorts_first;
pub mod cni_missing_required;
pub mod cni_multiple_configs;
pub mod cni_name_invalid_or_duplicate;
pub mod cni_plugin_needs_newer_version;
pub mod cni_portmap_capability_missing;
pub mod cni_version_unknown;
pub mod flannel_backend_missing;
pub mod flannel_ipv6_config;
pub mod flannel_pod_cidr_unassigned;
pub mod flannel_subnet_config;
pub mod nad_config_invalid;
pub mod nad_reference_missing;
