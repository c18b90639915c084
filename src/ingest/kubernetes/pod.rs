//! The pod: what a workload's template and a bare Pod have in common.

use serde::Deserialize;

use crate::ingest::{IntOrString, List, Map};
use crate::syntax::decode::Field;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PodSpec {
    pub host_network: Field<bool>,
    /// Absent means ClusterFirst.
    pub dns_policy: Field<String>,
    pub dns_config: Field<DnsConfig>,
    /// Lines of `/etc/hosts`.
    pub host_aliases: List<HostAlias>,
    pub containers: List<Container>,
    pub init_containers: List<Container>,
    pub node_selector: Map<String>,
    pub priority_class_name: Field<String>,
    pub affinity: Field<Affinity>,
    pub topology_spread_constraints: List<Presence>,
    pub tolerations: List<Toleration>,
    pub volumes: List<Volume>,
    pub termination_grace_period_seconds: Field<i64>,
    pub service_account_name: Field<String>,
    pub hostname: Field<String>,
    pub subdomain: Field<String>,
    pub security_context: Field<PodSecurity>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PodSecurity {
    pub sysctls: List<NamedValue>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DnsConfig {
    pub nameservers: List<String>,
    pub searches: List<String>,
    pub options: List<NamedValue>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct HostAlias {
    pub ip: Field<String>,
    pub hostnames: List<String>,
}

/// A pair such as `{name: ndots, value: "2"}`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NamedValue {
    pub name: Field<String>,
    pub value: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EnvVar {
    pub name: Field<String>,
    pub value: Field<String>,
    // Large, and mostly absent.
    pub value_from: Field<Box<EnvSource>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EnvSource {
    pub config_map_key_ref: Field<KeyReference>,
}

/// A key of a ConfigMap.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct KeyReference {
    pub name: Field<String>,
    pub key: Field<String>,
}

/// Every key of a ConfigMap as a variable.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EnvFrom {
    pub config_map_ref: Field<NamedReference>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Container {
    pub name: Field<String>,
    pub image: Field<String>,
    pub command: List<String>,
    pub args: List<String>,
    pub env: List<EnvVar>,
    pub env_from: List<EnvFrom>,
    pub ports: List<ContainerPort>,
    pub resources: Field<Resources>,
    // Large, and mostly absent.
    pub liveness_probe: Field<Box<Probe>>,
    pub readiness_probe: Field<Box<Probe>>,
    pub startup_probe: Field<Box<Probe>>,
    pub lifecycle: Field<Box<Lifecycle>>,
    pub security_context: Field<ContainerSecurity>,
    /// `Always` on an init container makes it a sidecar.
    pub restart_policy: Field<String>,
}

/// What runs when a container starts and before it stops.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Lifecycle {
    pub post_start: Field<Box<Probe>>,
    pub pre_stop: Field<Box<Probe>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ContainerSecurity {
    pub capabilities: Field<Capabilities>,
    pub privileged: Field<bool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Capabilities {
    pub add: List<String>,
    pub drop: List<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ContainerPort {
    pub name: Field<String>,
    pub container_port: Field<i64>,
    /// Absent means TCP.
    pub protocol: Field<String>,
    pub host_port: Field<i64>,
    #[serde(rename = "hostIP")]
    pub host_ip: Field<String>,
}

/// Quantities as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Resources {
    pub requests: Map<String>,
    pub limits: Map<String>,
}

/// A probe, or what a container does as it starts and stops.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Probe {
    pub http_get: Field<ProbeTarget>,
    pub tcp_socket: Field<ProbeTarget>,
    pub grpc: Field<ProbeTarget>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProbeTarget {
    pub port: Field<IntOrString>,
    pub path: Field<String>,
    pub host: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Affinity {
    pub node_affinity: Field<Presence>,
    pub pod_anti_affinity: Field<Presence>,
}

/// A field of which only the presence matters.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Presence {}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Toleration {
    pub key: Field<String>,
    pub operator: Field<String>,
    pub effect: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Volume {
    pub name: Field<String>,
    pub config_map: Field<ConfigMapFiles>,
    pub projected: Field<Projected>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Projected {
    pub sources: List<ProjectedSource>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ProjectedSource {
    pub config_map: Field<ConfigMapFiles>,
}

/// A ConfigMap as files.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ConfigMapFiles {
    pub name: Field<String>,
    /// Absent: every key.
    pub items: List<KeyToPath>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct KeyToPath {
    pub key: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NamedReference {
    pub name: Field<String>,
}

impl PodSpec {
    /// Containers that run as long as the pod does: sidecars among the init containers included.
    pub fn running_containers(&self) -> impl Iterator<Item = &Container> {
        let is_sidecar = |container: &&Container| {
            container.restart_policy.value().is_some_and(|p| p == "Always")
        };
        let init = self.init_containers.items().iter().filter_map(Field::value).filter(is_sidecar);
        self.containers.items().iter().filter_map(Field::value).chain(init)
    }

    /// Every container, those that only prepare the pod included.
    pub fn all_containers(&self) -> impl Iterator<Item = &Container> {
        let lists = [&self.containers, &self.init_containers];
        lists.into_iter().flat_map(|list| list.items()).filter_map(Field::value)
    }
}

impl Container {
    /// What asks the container something: probes, and the hooks of its life.
    pub fn probes(&self) -> impl Iterator<Item = (&'static str, &Probe)> {
        let probes = [
            ("liveness probe", &self.liveness_probe),
            ("readiness probe", &self.readiness_probe),
            ("startup probe", &self.startup_probe),
        ];
        let lifecycle = self.lifecycle.value();
        let hooks = lifecycle.into_iter().flat_map(|lifecycle| {
            [("hook `postStart`", &lifecycle.post_start), ("hook `preStop`", &lifecycle.pre_stop)]
        });
        probes
            .into_iter()
            .chain(hooks)
            .filter_map(|(name, probe)| Some((name, probe.value()?.as_ref())))
    }
}

impl Probe {
    /// What it asks; nothing for a command.
    pub fn targets(&self) -> impl Iterator<Item = &ProbeTarget> {
        [&self.http_get, &self.tcp_socket, &self.grpc].into_iter().filter_map(Field::value)
    }
}
