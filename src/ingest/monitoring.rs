//! What the operator of Prometheus is told to scrape: ServiceMonitor and PodMonitor.
//!
//! <https://prometheus-operator.dev/docs/api-reference/api/>

use serde::Deserialize;

use super::List;
use super::kubernetes::{LabelSelector, spec};
use crate::syntax::Node;
use crate::syntax::decode::Field;

#[derive(Debug)]
pub enum Monitor {
    Services(Box<MonitorSpec>),
    Pods(Box<MonitorSpec>),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct MonitorSpec {
    /// Over the labels of Services, or of pods; an empty one selects all.
    pub selector: Field<LabelSelector>,
    /// Absent: the namespace of the monitor.
    pub namespace_selector: Field<MonitoredNamespaces>,
    #[serde(alias = "podMetricsEndpoints")]
    pub endpoints: List<MonitorEndpoint>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct MonitoredNamespaces {
    pub any: Field<bool>,
    pub match_names: List<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MonitorEndpoint {
    /// The name of a port: of the Service, or of a container.
    pub port: Field<String>,
}

pub fn read(kind: &str, node: Node<'_>) -> Option<Monitor> {
    match kind {
        "ServiceMonitor" => spec(node).map(Monitor::Services),
        "PodMonitor" => spec(node).map(Monitor::Pods),
        _ => None,
    }
}
