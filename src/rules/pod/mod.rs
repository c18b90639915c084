//! Ports and probes of pods, and what they share with their nodes.

pub mod container_port_invalid;
pub mod probe_port_unknown;
