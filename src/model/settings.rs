//! What the configuration says about a cluster that its files do not.

use crate::config::Date;
use crate::source::Spanned;

/// Facts about one cluster from `netvet.yaml`. Everything is optional.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The cluster's name, for people; empty when there is only one and nobody named it.
    pub name: String,
    /// The Kubernetes version, when no file says it.
    pub kubernetes: Option<Spanned<String>>,
    /// How many nodes are planned.
    pub nodes: Option<Spanned<u64>>,
    /// The most pods that a node is to run.
    pub max_pods: Option<Spanned<u64>>,
    /// The MTU of the network between the nodes, in bytes.
    pub underlay_mtu: Option<Spanned<u64>>,
    /// Subnets that nodes have their addresses in.
    pub node_networks: Vec<Spanned<String>>,
    /// `cilium`, `calico`, `flannel` …
    pub cni: Option<Spanned<String>>,
    /// `eks`, `gke`, `aks` …
    pub provider: Option<Spanned<String>>,
    /// The groups of clusters with joined networks that it is in, by their index.
    pub peered: Vec<usize>,
    /// Ranges that nothing of the cluster may overlap.
    pub reserved: Vec<ReservedRange>,
    /// `service.namespace` of Services that exist and are not in these files.
    pub external_services: Vec<Spanned<String>>,
    /// Today, in UTC: versions end their life on a date.
    pub today: Date,
}

#[derive(Clone, Debug)]
pub struct ReservedRange {
    pub cidr: Spanned<String>,
    pub name: String,
}
