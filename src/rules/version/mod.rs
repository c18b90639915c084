//! Releases that do not go together, or are no longer served.

pub mod k8s_eol;
pub mod k8s_skew_control_plane;
pub mod k8s_skew_kube_proxy;
pub mod k8s_skew_kubelet;
mod skew;
