//! The chart of CoreDNS: the address of its Service, and how many pods it has.
//!
//! <https://github.com/coredns/helm/blob/master/charts/coredns/values.yaml>. The Corefile that the
//! chart makes of `servers` is not looked at.

use super::Values;
use crate::source::Spanned;
use crate::syntax::decode::Field;

#[derive(Clone, Debug, Default)]
pub struct CoreDnsValues {
    /// Absent: whatever the API server gives it.
    pub cluster_ip: Field<String>,
    pub cluster_ips: Field<Vec<Spanned<String>>>,
    /// Absent: 1.
    pub replica_count: Field<String>,
    /// Whether it is the DNS of the cluster; absent: it is.
    pub is_cluster_service: Field<String>,
}

impl CoreDnsValues {
    pub fn of_values(values: &Values<'_>) -> CoreDnsValues {
        CoreDnsValues {
            cluster_ip: values.text(&["service", "clusterIP"]),
            cluster_ips: values.texts(&["service", "clusterIPs"]),
            replica_count: values.text(&["replicaCount"]),
            is_cluster_service: values.text(&["isClusterService"]),
        }
    }
}
