//! `security.istio.io`: PeerAuthentication and AuthorizationPolicy.

use serde::Deserialize;

use super::PolicySelector;
use crate::ingest::kubernetes::Presence;
use crate::ingest::{List, Map};
use crate::syntax::decode::Field;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PeerAuthenticationSpec {
    /// Absent means all workloads of the namespace, or of the mesh.
    pub selector: Field<PolicySelector>,
    pub mtls: Field<MutualTls>,
    /// By the number of the workload's own port.
    pub port_level_mtls: Map<MutualTls>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MutualTls {
    /// STRICT, PERMISSIVE, DISABLE or UNSET; absent means UNSET.
    pub mode: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AuthorizationPolicySpec {
    /// Absent means all workloads of the namespace, or of the mesh.
    pub selector: Field<PolicySelector>,
    /// Absent means ALLOW.
    pub action: Field<String>,
    pub rules: List<Presence>,
}
