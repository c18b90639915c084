//! Files of one cluster that contradict each other.

pub mod drift_cni_config;
pub mod drift_cni_file_set;
pub mod drift_encapsulation;
pub mod drift_kubelet_dns;
pub mod drift_kubeproxy_mode;
pub mod k3s_servers_disagree;
pub mod node_podcidr_overlap;
mod words;
