//! The Docker daemon and Compose networks.

pub mod docker_bip_is_network_address;
pub mod docker_daemon_json_invalid;
pub mod docker_dns_loopback;
pub mod docker_fixed_cidr_outside_bip;
pub mod docker_gateway_outside_bip;
pub mod docker_iptables_disabled;
pub mod docker_options_conflict;
pub mod docker_pool_invalid;
pub mod docker_pool_overlaps_cluster;
