//! Releases that do not go together, or are no longer served.

pub mod api_removed;
mod bundled;
pub mod cni_k8s_untested;
pub mod component_eol;
pub mod component_version_drift;
pub mod coredns_version_vs_k8s;
pub mod etcd_version_vs_k8s;
pub mod field_k8s_too_old;
pub mod k8s_eol;
pub mod k8s_skew_control_plane;
pub mod k8s_skew_kube_proxy;
pub mod k8s_skew_kubectl;
pub mod k8s_skew_kubelet;
pub mod k8s_upgrade_skips_minor;
mod kubeadm;
pub mod kubeadm_api_removed;
pub mod kubeadm_api_too_new;
pub mod pause_version_vs_k8s;
pub mod retired_registry;
mod skew;
#[cfg(test)]
mod tests;
pub mod weave_unmaintained;
