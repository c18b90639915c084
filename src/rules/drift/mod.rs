//! Files of one cluster that contradict each other.

pub mod k3s_servers_disagree;
pub mod node_podcidr_overlap;
