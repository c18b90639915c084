//! The Docker daemon, Compose projects and Swarm stacks.

pub mod compose_default_bridge_no_dns;
pub mod compose_external_extra_keys;
pub mod compose_host_network;
pub mod compose_host_port_collision;
pub mod compose_internal_isolated;
pub mod compose_network_mode_and_networks;
pub mod compose_network_undefined;
pub mod compose_no_shared_network;
pub mod compose_overlay_without_swarm;
pub mod compose_port_on_every_address;
pub mod compose_ports_unquoted;
pub mod compose_ports_with_host_mode;
pub mod compose_privileged_port;
pub mod compose_service_undefined;
pub mod docker_bip_is_network_address;
pub mod docker_daemon_json_invalid;
pub mod docker_dns_loopback;
pub mod docker_fixed_cidr_outside_bip;
pub mod docker_gateway_outside_bip;
pub mod docker_iptables_disabled;
pub mod docker_options_conflict;
pub mod docker_pool_invalid;
pub mod docker_pool_overlaps_cluster;
pub mod dockerfile_expose_invalid;
mod insert;
