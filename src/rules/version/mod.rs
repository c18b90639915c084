//! Releases that do not go together, or are no longer served.

pub mod api_removed;
pub mod component_version_drift;
pub mod coredns_version_vs_k8s;
pub mod k8s_eol;
pub mod k8s_skew_control_plane;
pub mod k8s_skew_kube_proxy;
pub mod k8s_skew_kubelet;
mod kubeadm;
pub mod kubeadm_api_removed;
pub mod kubeadm_api_too_new;
pub mod retired_registry;
mod skew;
pub mod weave_unmaintained;
