//! kube-proxy, and what takes its place.

pub mod kube_proxy_config_invalid;
pub mod kube_proxy_conntrack;
pub mod kube_proxy_ipvs_deprecated;
pub mod kube_proxy_local_node_ports;
pub mod kube_proxy_metrics_exposed;
pub mod kube_proxy_mode_removed;
pub mod kube_proxy_mode_unset;
pub mod kube_proxy_nftables_too_old;
pub mod kube_proxy_priority_class;
pub mod kube_proxy_unused_field;
pub mod kube_proxy_with_replacement;
pub mod metallb_ipvs_strictarp;
