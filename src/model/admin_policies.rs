//! Policies of administrators as they are written; what they let through is in
//! [`super::connectivity`].

use super::Network;
use super::object::Object;
use crate::ingest::Body;
use crate::ingest::admin_policy::AdminPolicy;
pub use crate::ingest::admin_policy::{AdminPeer, AdminPolicySpec, AdminRule};
use crate::syntax::decode::Field;

#[derive(Clone, Copy, Debug)]
pub struct AdminPolicyView<'a> {
    pub object: Object<'a>,
    pub kind: AdminKind,
    pub spec: &'a AdminPolicySpec,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminKind {
    /// AdminNetworkPolicy.
    Admin,
    /// BaselineAdminNetworkPolicy.
    Baseline,
    /// ClusterNetworkPolicy.
    Cluster,
}

impl AdminKind {
    pub fn name(self) -> &'static str {
        match self {
            AdminKind::Admin => "AdminNetworkPolicy",
            AdminKind::Baseline => "BaselineAdminNetworkPolicy",
            AdminKind::Cluster => "ClusterNetworkPolicy",
        }
    }

    /// What the actions of its rules are called: `apis/v1alpha1` and `apis/v1alpha2` of
    /// <https://github.com/kubernetes-sigs/network-policy-api>.
    pub fn actions(self) -> &'static [&'static str] {
        match self {
            AdminKind::Admin => &["Allow", "Deny", "Pass"],
            AdminKind::Baseline => &["Allow", "Deny"],
            AdminKind::Cluster => &["Accept", "Deny", "Pass"],
        }
    }

    /// How many rules it may have in a direction; from the same place.
    pub fn max_rules(self) -> usize {
        match self {
            AdminKind::Admin | AdminKind::Baseline => 100,
            AdminKind::Cluster => 25,
        }
    }
}

impl<'a> Network<'a> {
    pub fn admin_policies(&self) -> impl Iterator<Item = AdminPolicyView<'a>> {
        self.objects.iter().filter_map(|object| {
            let (kind, spec) = match object.body() {
                Body::AdminPolicy(AdminPolicy::Admin(spec)) => (AdminKind::Admin, spec),
                Body::AdminPolicy(AdminPolicy::Baseline(spec)) => (AdminKind::Baseline, spec),
                Body::AdminPolicy(AdminPolicy::Cluster(spec)) => (AdminKind::Cluster, spec),
                _ => return None,
            };
            Some(AdminPolicyView { object: *object, kind, spec })
        })
    }
}

impl<'a> AdminPolicyView<'a> {
    /// The tier that it belongs to, as far as that is known.
    pub fn tier(&self) -> Option<&'a str> {
        match self.kind {
            AdminKind::Admin => Some("Admin"),
            AdminKind::Baseline => Some("Baseline"),
            AdminKind::Cluster => self.spec.tier.value().map(String::as_str),
        }
    }
}

impl AdminPeer {
    /// The ways in which it names its pods or addresses, as their fields are called.
    pub fn ways(&self) -> Vec<&'static str> {
        let ways = [
            ("namespaces", self.namespaces.is_absent()),
            ("pods", self.pods.is_absent()),
            ("nodes", self.nodes.is_absent()),
            ("networks", self.networks.is_absent()),
            ("domainNames", self.domain_names.is_absent()),
        ];
        ways.into_iter().filter(|(_, absent)| !absent).map(|(name, _)| name).collect()
    }

    pub fn is_known(&self) -> bool {
        !matches!(self.namespaces, Field::Unknown(_)) && !self.pods.is_unknown()
    }
}
