//! Service and ServiceCIDR.

use serde::Deserialize;

use crate::ingest::{IntOrString, List, Map};
use crate::syntax::decode::Field;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ServiceSpec {
    /// Absent means ClusterIP.
    #[serde(rename = "type")]
    pub kind: Field<String>,
    pub selector: Map<String>,
    pub ports: List<ServicePort>,
    /// `None` makes the Service headless.
    #[serde(rename = "clusterIP")]
    pub cluster_ip: Field<String>,
    #[serde(rename = "clusterIPs")]
    pub cluster_ips: List<String>,
    #[serde(rename = "externalIPs")]
    pub external_ips: List<String>,
    #[serde(rename = "loadBalancerIP")]
    pub load_balancer_ip: Field<String>,
    /// Whose load balancer it is for; absent means the default one's.
    pub load_balancer_class: Field<String>,
    pub load_balancer_source_ranges: List<String>,
    pub external_name: Field<String>,
    pub ip_families: List<String>,
    pub ip_family_policy: Field<String>,
    pub external_traffic_policy: Field<String>,
    pub internal_traffic_policy: Field<String>,
    pub traffic_distribution: Field<String>,
    pub session_affinity: Field<String>,
    pub session_affinity_config: Field<SessionAffinityConfig>,
    pub health_check_node_port: Field<i64>,
    pub allocate_load_balancer_node_ports: Field<bool>,
    pub publish_not_ready_addresses: Field<bool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ServicePort {
    pub name: Field<String>,
    /// Absent means TCP.
    pub protocol: Field<String>,
    pub port: Field<i64>,
    /// A number, or the name of a container port; absent means `port`.
    pub target_port: Field<IntOrString>,
    pub node_port: Field<i64>,
    pub app_protocol: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SessionAffinityConfig {
    #[serde(rename = "clientIP")]
    pub client_ip: Field<ClientIp>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClientIp {
    pub timeout_seconds: Field<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ServiceCidrSpec {
    pub cidrs: List<String>,
}
