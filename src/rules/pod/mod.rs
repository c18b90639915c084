//! Ports and probes of pods, and what they share with their nodes.

pub mod container_port_invalid;
pub mod hardcoded_pod_ip;
pub mod host_network;
pub mod host_port;
pub mod hostport_conflict;
pub mod network_capabilities;
pub mod pod_missing_readiness;
pub mod privileged_port;
pub mod probe_host;
pub mod probe_port_unknown;
pub mod unsafe_net_sysctl;
