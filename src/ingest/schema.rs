//! The complete schema of built-in kinds, as k8s-openapi has it for Kubernetes 1.37.
//!
//! Used to find misspelt fields and values of the wrong type. Removed API versions are not in it,
//! nor are custom resources: of those, nothing is said here.

use k8s_openapi::api::apps::v1 as apps;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1 as batch;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1 as networking;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;

use crate::syntax::Node;
use crate::syntax::decode::{Problem, check};

/// What is wrong with an object of a kind that has a schema; nothing for other kinds.
pub fn check_object(api_version: &str, kind: &str, node: Node<'_>) -> Vec<Problem> {
    match (api_version, kind) {
        ("v1", "ConfigMap") => check::<core::ConfigMap>(node),
        ("v1", "Namespace") => check::<core::Namespace>(node),
        ("v1", "Node") => check::<core::Node>(node),
        ("v1", "Pod") => check::<core::Pod>(node),
        ("v1", "ReplicationController") => check::<core::ReplicationController>(node),
        ("v1", "Service") => check::<core::Service>(node),
        ("apps/v1", "DaemonSet") => check::<apps::DaemonSet>(node),
        ("apps/v1", "Deployment") => check::<apps::Deployment>(node),
        ("apps/v1", "ReplicaSet") => check::<apps::ReplicaSet>(node),
        ("apps/v1", "StatefulSet") => check::<apps::StatefulSet>(node),
        ("batch/v1", "CronJob") => check::<batch::CronJob>(node),
        ("batch/v1", "Job") => check::<batch::Job>(node),
        ("autoscaling/v2", "HorizontalPodAutoscaler") => check::<HorizontalPodAutoscaler>(node),
        ("discovery.k8s.io/v1", "EndpointSlice") => check::<EndpointSlice>(node),
        ("networking.k8s.io/v1", "Ingress") => check::<networking::Ingress>(node),
        ("networking.k8s.io/v1", "IngressClass") => check::<networking::IngressClass>(node),
        ("networking.k8s.io/v1", "NetworkPolicy") => check::<networking::NetworkPolicy>(node),
        ("networking.k8s.io/v1", "ServiceCIDR") => check::<networking::ServiceCIDR>(node),
        ("policy/v1", "PodDisruptionBudget") => check::<PodDisruptionBudget>(node),
        _ => Vec::new(),
    }
}
