//! Which chart a map of values is for: by the names of its file and folders, and by its keys.

use crate::syntax::Node;

/// The charts whose values are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Chart {
    /// <https://github.com/cilium/cilium/tree/main/install/kubernetes/cilium>
    Cilium,
    /// RKE2's own packaging, whose defaults are others.
    Rke2Cilium,
    /// <https://github.com/projectcalico/calico/tree/master/charts/tigera-operator>, and RKE2's
    /// packaging of it.
    TigeraOperator,
    CoreDns,
    /// RKE2's own packaging, whose defaults are others.
    Rke2CoreDns,
    MetalLb,
    /// <https://github.com/flannel-io/flannel/tree/master/chart/kube-flannel>
    Flannel,
    /// RKE2's `rke2-canal`.
    Canal,
}

impl Chart {
    /// By the name of a chart, or of its place in a registry: `cilium/cilium`,
    /// `oci://quay.io/cilium/charts/cilium`.
    pub fn by_name(name: &str) -> Option<Chart> {
        let path = name.trim().trim_end_matches('/');
        let last = path.rsplit('/').next().unwrap_or(path);
        // A packaged chart has its version in its name.
        let last = match last.strip_suffix(".tgz") {
            Some(package) => package.rsplit_once('-').map_or(package, |(name, _)| name),
            None => last,
        };
        Some(match last {
            "cilium" => Chart::Cilium,
            "rke2-cilium" => Chart::Rke2Cilium,
            "tigera-operator" | "rke2-calico" => Chart::TigeraOperator,
            "coredns" => Chart::CoreDns,
            "rke2-coredns" => Chart::Rke2CoreDns,
            "metallb" => Chart::MetalLb,
            "flannel" | "kube-flannel" | "rke2-flannel" => Chart::Flannel,
            "rke2-canal" => Chart::Canal,
            _ => return None,
        })
    }

    /// What the chart is called.
    pub fn name(self) -> &'static str {
        match self {
            Chart::Cilium => "cilium",
            Chart::Rke2Cilium => "rke2-cilium",
            Chart::TigeraOperator => "tigera-operator",
            Chart::CoreDns => "coredns",
            Chart::Rke2CoreDns => "rke2-coredns",
            Chart::MetalLb => "metallb",
            Chart::Flannel => "flannel",
            Chart::Canal => "rke2-canal",
        }
    }

    /// Top-level keys that few other charts have.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Chart::Cilium | Chart::Rke2Cilium => CILIUM,
            Chart::TigeraOperator => &[
                "calicoctl",
                "defaultFelixConfiguration",
                "felixConfiguration",
                "goldmane",
                "installation",
                "kubeletVolumePluginPath",
                "tigeraOperator",
                "whisker",
            ],
            Chart::CoreDns | Chart::Rke2CoreDns => &[
                "isClusterService",
                "k8sApp",
                "k8sAppLabelOverride",
                "replicaCount",
                "servers",
                "serviceType",
                "zoneFiles",
            ],
            Chart::MetalLb => &[
                "configInline",
                "existingConfigMap",
                "frrk8s",
                "loadBalancerClass",
                "psp",
                "speaker",
            ],
            Chart::Flannel => &["flannel", "netpol", "podCidr", "podCidrv6"],
            Chart::Canal => &["calico", "flannel", "podCidr"],
        }
    }

    /// Of those, what says something about the network: a file without any is of no use here.
    fn matters(self, node: Node<'_>) -> bool {
        let has = |keys: &[&str]| keys.iter().any(|key| node.get(key).is_some());
        match self {
            Chart::Cilium | Chart::Rke2Cilium => true,
            Chart::TigeraOperator => has(&["installation"]),
            Chart::CoreDns | Chart::Rke2CoreDns => {
                has(&["replicaCount", "servers", "service", "isClusterService"])
            }
            Chart::MetalLb => has(&["configInline"]),
            Chart::Flannel | Chart::Canal => has(&["flannel", "podCidr", "podCidrv6"]),
        }
    }
}

/// The charts that a file of values is told from.
const IN_FILES: [Chart; 5] =
    [Chart::Cilium, Chart::TigeraOperator, Chart::CoreDns, Chart::MetalLb, Chart::Flannel];

/// The charts that a document without `kind` has values for, each with the key that they stand
/// under: `None` for those at its top.
pub(super) fn charts_in(path: &str, node: Node<'_>) -> Vec<(Chart, Option<String>)> {
    let named = is_values_name(path);
    let hinted = hint(path);
    // A file without `values` in its name has to have that of the chart: `helm/cilium.yaml`.
    if !named && stem_hint(path).is_none() {
        return Vec::new();
    }
    for chart in IN_FILES {
        let needed = match (named, hinted == Some(chart)) {
            (true, true) => 1,
            (true, false) => 3,
            (false, true) if stem_hint(path) == Some(chart) => 2,
            (false, _) => continue,
        };
        if fits(chart, node, needed) {
            return vec![(chart, None)];
        }
    }
    if !named {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (key, part) in node.entries() {
        let Some(name) = key.str().filter(|_| part.is_map()) else { continue };
        for chart in IN_FILES {
            let needed = if Chart::by_name(name) == Some(chart) { 1 } else { 3 };
            if fits(chart, part, needed) {
                found.push((chart, Some(name.to_owned())));
                break;
            }
        }
    }
    found
}

/// Whether a map has enough of a chart's keys, and few that the chart does not have.
fn fits(chart: Chart, node: Node<'_>, needed: usize) -> bool {
    let (mut own, mut foreign) = (0, 0);
    for key in node.entries().filter_map(|(key, _)| key.str()) {
        if chart.keys().contains(&key) {
            own += 1;
        } else if !COMMON.contains(&key) && !key.starts_with("x-") && !key.starts_with(['_', '.']) {
            foreign += 1;
        }
    }
    own >= needed && foreign <= own && chart.matters(node)
}

/// `values.yaml`, `values-prod.yaml`, `cilium-values.yaml`, `helm-values.yml`.
fn is_values_name(path: &str) -> bool {
    words(stem(path)).any(|word| matches!(word, "values" | "value" | "overrides"))
}

/// Whether a file of values is put upon another one: `values-prod.yaml` upon `values.yaml`.
pub(super) fn is_layer(path: &str) -> bool {
    let is_of_all = |word: &str| {
        let word = word.to_ascii_lowercase();
        hint_of(&word).is_some()
            || matches!(
                word.as_str(),
                "app"
                    | "chart"
                    | "config"
                    | "default"
                    | "defaults"
                    | "helm"
                    | "network"
                    | "operator"
                    | "value"
                    | "values"
            )
    };
    !words(stem(path)).all(is_of_all)
}

/// The chart that the name of the file speaks of.
fn stem_hint(path: &str) -> Option<Chart> {
    hint_of(stem(path))
}

/// The chart that the nearest name on the way to the file speaks of.
fn hint(path: &str) -> Option<Chart> {
    let folders = path.rsplit('/').skip(1);
    stem_hint(path).or_else(|| folders.into_iter().find_map(hint_of))
}

fn hint_of(name: &str) -> Option<Chart> {
    let name = name.to_ascii_lowercase();
    for word in words(&name) {
        let chart = match word {
            "calico" | "tigera" => Some(Chart::TigeraOperator),
            word => Chart::by_name(word),
        };
        if chart.is_some() {
            return chart;
        }
    }
    None
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(['-', '_', '.', ' '])
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Keys of nearly every chart.
const COMMON: &[&str] = &[
    "affinity",
    "annotations",
    "autoscaling",
    "commonLabels",
    "controller",
    "crds",
    "customLabels",
    "debug",
    "deployment",
    "env",
    "extraArgs",
    "extraConfig",
    "extraContainers",
    "extraEnv",
    "extraInitContainers",
    "extraVolumeMounts",
    "extraVolumes",
    "fullnameOverride",
    "global",
    "hostNetwork",
    "image",
    "imagePullSecrets",
    "initResources",
    "labels",
    "livenessProbe",
    "metrics",
    "name",
    "nameOverride",
    "namespaceOverride",
    "nodeSelector",
    "podAnnotations",
    "podDisruptionBudget",
    "podLabels",
    "podSecurityContext",
    "priorityClassName",
    "prometheus",
    "rbac",
    "readinessProbe",
    "replicas",
    "resources",
    "securityContext",
    "service",
    "serviceAccount",
    "serviceAccounts",
    "sidecars",
    "sysctlInit",
    "terminationGracePeriodSeconds",
    "tls",
    "tolerations",
    "topologySpreadConstraints",
    "updateStrategy",
];

/// Of the chart from 1.9 to 1.20.
const CILIUM: &[&str] = &[
    "MTU",
    "agent",
    "aksbyocni",
    "alibabacloud",
    "annotateK8sNode",
    "authentication",
    "autoDirectNodeRoutes",
    "azure",
    "bandwidthManager",
    "bgp",
    "bgpControlPlane",
    "bpf",
    "bpfClockProbe",
    "certgen",
    "cgroup",
    "ciliumEndpointSlice",
    "cleanBpfState",
    "cleanState",
    "cluster",
    "clustermesh",
    "cni",
    "conntrackGCInterval",
    "conntrackGCMaxInterval",
    "containerRuntime",
    "crdWaitTimeout",
    "daemon",
    "dashboards",
    "defaultLBServiceIPAM",
    "devices",
    "directRoutingSkipUnreachable",
    "disableEndpointCRD",
    "dnsPolicy",
    "dnsProxy",
    "egressGateway",
    "enableCiliumEndpointSlice",
    "enableCnpStatusUpdates",
    "enableIPv4BIGTCP",
    "enableIPv4Masquerade",
    "enableIPv6BIGTCP",
    "enableIPv6Masquerade",
    "enableK8sEventHandover",
    "enableK8sTerminatingEndpoint",
    "enableLBIPAM",
    "enableMasqueradeRouteSource",
    "enableRuntimeDeviceDetection",
    "enableXTSocketFallback",
    "encryption",
    "endpointHealthChecking",
    "endpointRoutes",
    "eni",
    "envoy",
    "envoyConfig",
    "etcd",
    "externalIPs",
    "externalWorkloads",
    "forceDeviceDetection",
    "gatewayAPI",
    "gke",
    "healthChecking",
    "healthPort",
    "highScaleIPcache",
    "hostFirewall",
    "hostPort",
    "hubble",
    "identityAllocationMode",
    "identityChangeGracePeriod",
    "ingressController",
    "installIptablesRules",
    "installNoConntrackIptablesRules",
    "ipMasqAgent",
    "ipam",
    "ipv4",
    "ipv4NativeRoutingCIDR",
    "ipv6",
    "ipv6NativeRoutingCIDR",
    "k8s",
    "k8sClientRateLimit",
    "k8sNetworkPolicy",
    "k8sServiceHost",
    "k8sServicePort",
    "keepDeprecatedLabels",
    "keepDeprecatedProbes",
    "kubeConfigPath",
    "kubeProxyReplacement",
    "kubeProxyReplacementHealthzBindAddr",
    "l2NeighDiscovery",
    "l2announcements",
    "l2podAnnouncements",
    "l7Proxy",
    "loadBalancer",
    "localRedirectPolicies",
    "localRedirectPolicy",
    "logSystemLoad",
    "maglev",
    "monitor",
    "nat",
    "nat46x64Gateway",
    "nativeRoutingCIDR",
    "nodeIPAM",
    "nodePort",
    "nodeinit",
    "operator",
    "pmtuDiscovery",
    "policyCIDRMatchMode",
    "policyEnforcementMode",
    "pprof",
    "preflight",
    "proxy",
    "remoteNodeIdentity",
    "rollOutCiliumPods",
    "routingMode",
    "sctp",
    "sleepAfterInit",
    "socketLB",
    "startupProbe",
    "svcSourceRangeCheck",
    "synchronizeK8sNodes",
    "tunnel",
    "tunnelPort",
    "tunnelProtocol",
    "underlayProtocol",
    "upgradeCompatibility",
    "vtep",
    "waitForKubeProxy",
    "wellKnownIdentities",
];
