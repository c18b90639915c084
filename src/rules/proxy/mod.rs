//! kube-proxy, and what takes its place.

pub mod kube_proxy_ipvs_deprecated;
pub mod kube_proxy_mode_removed;
pub mod kube_proxy_nftables_too_old;
pub mod kube_proxy_priority_class;
pub mod metallb_ipvs_strictarp;
