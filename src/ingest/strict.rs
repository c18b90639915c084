//! Misspelt fields of the documents that kubeadm, kubelet and kube-proxy read.
//!
//! Those decode strictly: they refuse a field that they do not know, or pass over it with a
//! warning. The lists are those of `types.go` of every version from v1beta2 to v1 (kubeadm),
//! of v1beta1 (kubelet) and of v1alpha1 (kube-proxy), as of Kubernetes 1.37. Fields come and go,
//! so one that no list has is only reported where it is nearly one that the document lacks.
//! Objects of load balancers, of Gateway API and of Istio, whose schemas are as strict, are in
//! modules of their own.

mod gateway_api;
mod istio;
mod load_balancer;

use super::{Problem, ProblemKind};
use crate::syntax::Node;

struct Type {
    name: &'static str,
    fields: &'static [&'static str],
    /// Fields with a type of their own, or lists of it.
    children: &'static [(&'static str, &'static Type)],
}

/// Looks through a document of a kind that is known completely.
pub(super) fn misspelt_fields(
    group: &str,
    kind: &str,
    document: usize,
    node: Node<'_>,
) -> Vec<Problem> {
    let root = match (group, kind) {
        ("kubeadm.k8s.io", "ClusterConfiguration") => &CLUSTER,
        ("kubeadm.k8s.io", "InitConfiguration") => &INIT,
        ("kubeadm.k8s.io", "JoinConfiguration") => &JOIN,
        ("kubelet.config.k8s.io", "KubeletConfiguration") => &KUBELET,
        ("kubeproxy.config.k8s.io", "KubeProxyConfiguration") => &KUBE_PROXY,
        _ => {
            let root = load_balancer::root(group, kind)
                .or_else(|| gateway_api::root(group, kind))
                .or_else(|| istio::root(group, kind));
            let Some(root) = root else { return Vec::new() };
            root
        }
    };
    let mut problems = Vec::new();
    look(node, root, &mut |owner, key| {
        let name = key.str().unwrap_or_default().to_owned();
        let kind = kind.to_owned();
        problems.push(Problem {
            document,
            span: key.span(),
            kind: ProblemKind::UnknownField {
                kind,
                owner: owner.name.to_owned(),
                name,
                known: owner.fields,
            },
        });
    });
    problems
}

fn look(node: Node<'_>, owner: &'static Type, report: &mut impl FnMut(&Type, Node<'_>)) {
    for item in node.items() {
        look(item, owner, report);
    }
    for (key, value) in node.entries() {
        let Some(name) = key.str().filter(|_| !key.is_templated()) else { continue };
        if !owner.fields.contains(&name) {
            if meant(name, owner).is_some_and(|meant| node.get(meant).is_none()) {
                report(owner, key);
            }
            continue;
        }
        if let Some((_, child)) = owner.children.iter().find(|(field, _)| *field == name) {
            look(value, child, report);
        }
    }
}

/// The field that a name was probably meant to be: another case, or two letters off.
fn meant(name: &str, owner: &Type) -> Option<&'static str> {
    let limit = (name.len() / 3).min(2);
    owner.fields.iter().copied().find(|field| {
        field.eq_ignore_ascii_case(name) || strsim::damerau_levenshtein(field, name) <= limit
    })
}

const fn leaf(name: &'static str, fields: &'static [&'static str]) -> Type {
    Type { name, fields, children: &[] }
}

static CLUSTER: Type = Type {
    name: "ClusterConfiguration",
    fields: &[
        "apiVersion",
        "kind",
        "metadata",
        "etcd",
        "networking",
        "kubernetesVersion",
        "controlPlaneEndpoint",
        "apiServer",
        "controllerManager",
        "scheduler",
        "dns",
        "proxy",
        "certificatesDir",
        "imageRepository",
        "useHyperKubeImage",
        "featureGates",
        "clusterName",
        "encryptionAlgorithm",
        "certificateValidityPeriod",
        "caCertificateValidityPeriod",
    ],
    children: &[
        ("networking", &NETWORKING),
        ("apiServer", &CONTROL_PLANE_COMPONENT),
        ("controllerManager", &CONTROL_PLANE_COMPONENT),
        ("scheduler", &CONTROL_PLANE_COMPONENT),
        ("dns", &DNS),
    ],
};

static NETWORKING: Type = leaf("Networking", &["serviceSubnet", "podSubnet", "dnsDomain"]);

static CONTROL_PLANE_COMPONENT: Type = leaf(
    "ControlPlaneComponent",
    &["extraArgs", "extraVolumes", "extraEnvs", "certSANs", "timeoutForControlPlane"],
);

static DNS: Type = leaf("DNS", &["type", "imageRepository", "imageTag", "disabled"]);

static INIT: Type = Type {
    name: "InitConfiguration",
    fields: &[
        "apiVersion",
        "kind",
        "metadata",
        "bootstrapTokens",
        "dryRun",
        "nodeRegistration",
        "localAPIEndpoint",
        "certificateKey",
        "skipPhases",
        "patches",
        "timeouts",
    ],
    children: &[("nodeRegistration", &NODE_REGISTRATION), ("localAPIEndpoint", &API_ENDPOINT)],
};

static JOIN: Type = Type {
    name: "JoinConfiguration",
    fields: &[
        "apiVersion",
        "kind",
        "metadata",
        "dryRun",
        "nodeRegistration",
        "caCertPath",
        "discovery",
        "controlPlane",
        "skipPhases",
        "patches",
        "timeouts",
    ],
    children: &[
        ("nodeRegistration", &NODE_REGISTRATION),
        ("controlPlane", &JOIN_CONTROL_PLANE),
        ("discovery", &DISCOVERY),
    ],
};

static NODE_REGISTRATION: Type = leaf(
    "NodeRegistrationOptions",
    &[
        "name",
        "criSocket",
        "taints",
        "kubeletExtraArgs",
        "ignorePreflightErrors",
        "imagePullPolicy",
        "imagePullSerial",
    ],
);

static API_ENDPOINT: Type = leaf("APIEndpoint", &["advertiseAddress", "bindPort"]);

static JOIN_CONTROL_PLANE: Type = Type {
    name: "JoinControlPlane",
    fields: &["localAPIEndpoint", "certificateKey"],
    children: &[("localAPIEndpoint", &API_ENDPOINT)],
};

static DISCOVERY: Type = Type {
    name: "Discovery",
    fields: &["bootstrapToken", "file", "tlsBootstrapToken", "timeout"],
    children: &[("bootstrapToken", &BOOTSTRAP_TOKEN)],
};

static BOOTSTRAP_TOKEN: Type = leaf(
    "BootstrapTokenDiscovery",
    &["token", "apiServerEndpoint", "caCertHashes", "unsafeSkipCAVerification"],
);

static KUBELET: Type = leaf(
    "KubeletConfiguration",
    &[
        "apiVersion",
        "kind",
        "metadata",
        "enableServer",
        "staticPodPath",
        "podLogsDir",
        "syncFrequency",
        "fileCheckFrequency",
        "httpCheckFrequency",
        "staticPodURL",
        "staticPodURLHeader",
        "address",
        "port",
        "readOnlyPort",
        "tlsCertFile",
        "tlsPrivateKeyFile",
        "tlsCipherSuites",
        "tlsCurvePreferences",
        "tlsMinVersion",
        "rotateCertificates",
        "serverTLSBootstrap",
        "authentication",
        "authorization",
        "registryPullQPS",
        "registryBurst",
        "imagePullCredentialsVerificationPolicy",
        "preloadedImagesVerificationAllowlist",
        "eventRecordQPS",
        "eventBurst",
        "enableDebuggingHandlers",
        "enableContentionProfiling",
        "healthzPort",
        "healthzBindAddress",
        "oomScoreAdj",
        "clusterDomain",
        "clusterDNS",
        "streamingConnectionIdleTimeout",
        "nodeStatusUpdateFrequency",
        "nodeStatusReportFrequency",
        "nodeLeaseDurationSeconds",
        "imageMinimumGCAge",
        "imageMaximumGCAge",
        "imageGCHighThresholdPercent",
        "imageGCLowThresholdPercent",
        "volumeStatsAggPeriod",
        "kubeletCgroups",
        "systemCgroups",
        "cgroupRoot",
        "cgroupsPerQOS",
        "cgroupDriver",
        "cpuManagerPolicy",
        "singleProcessOOMKill",
        "cpuManagerPolicyOptions",
        "cpuManagerReconcilePeriod",
        "memoryManagerPolicy",
        "topologyManagerPolicy",
        "topologyManagerScope",
        "topologyManagerPolicyOptions",
        "qosReserved",
        "runtimeRequestTimeout",
        "hairpinMode",
        "maxPods",
        "podCIDR",
        "podPidsLimit",
        "resolvConf",
        "runOnce",
        "cpuCFSQuota",
        "cpuCFSQuotaPeriod",
        "nodeStatusMaxImages",
        "maxOpenFiles",
        "contentType",
        "kubeAPIQPS",
        "kubeAPIBurst",
        "serializeImagePulls",
        "maxParallelImagePulls",
        "evictionHard",
        "evictionSoft",
        "evictionSoftGracePeriod",
        "evictionPressureTransitionPeriod",
        "evictionMaxPodGracePeriod",
        "evictionMinimumReclaim",
        "mergeDefaultEvictionSettings",
        "podsPerCore",
        "enableControllerAttachDetach",
        "protectKernelDefaults",
        "makeIPTablesUtilChains",
        "iptablesMasqueradeBit",
        "iptablesDropBit",
        "featureGates",
        "failSwapOn",
        "memorySwap",
        "containerLogMaxSize",
        "containerLogMaxFiles",
        "containerLogMaxWorkers",
        "containerLogMonitorInterval",
        "configMapAndSecretChangeDetectionStrategy",
        "systemReserved",
        "kubeReserved",
        "reservedSystemCPUs",
        "showHiddenMetricsForVersion",
        "systemReservedCgroup",
        "kubeReservedCgroup",
        "enforceNodeAllocatable",
        "allowedUnsafeSysctls",
        "volumePluginDir",
        "providerID",
        "kernelMemcgNotification",
        "logging",
        "enableSystemLogHandler",
        "enableSystemLogQuery",
        "shutdownGracePeriod",
        "shutdownGracePeriodCriticalPods",
        "shutdownGracePeriodByPodPriority",
        "crashLoopBackOff",
        "reservedMemory",
        "enableProfilingHandler",
        "enableDebugFlagsHandler",
        "seccompDefault",
        "memoryThrottlingFactor",
        "registerWithTaints",
        "registerNode",
        "tracing",
        "localStorageCapacityIsolation",
        "containerRuntimeEndpoint",
        "imageServiceEndpoint",
        "failCgroupV1",
        "userNamespaces",
    ],
);

static KUBE_PROXY: Type = Type {
    name: "KubeProxyConfiguration",
    fields: &[
        "apiVersion",
        "kind",
        "metadata",
        "featureGates",
        "clientConnection",
        "logging",
        "hostnameOverride",
        "bindAddress",
        "healthzBindAddress",
        "metricsBindAddress",
        "bindAddressHardFail",
        "enableProfiling",
        "showHiddenMetricsForVersion",
        "mode",
        "iptables",
        "ipvs",
        "nftables",
        "winkernel",
        "detectLocalMode",
        "detectLocal",
        "clusterCIDR",
        "nodePortAddresses",
        "oomScoreAdj",
        "conntrack",
        "configSyncPeriod",
        "portRange",
        "windowsRunAsService",
        // Gone with the userspace mode.
        "udpIdleTimeout",
    ],
    children: &[
        ("iptables", &PACKET_FILTER),
        ("nftables", &PACKET_FILTER),
        ("ipvs", &IPVS),
        ("detectLocal", &DETECT_LOCAL),
        ("conntrack", &CONNTRACK),
    ],
};

static PACKET_FILTER: Type = leaf(
    "KubeProxyIPTablesConfiguration",
    &[
        "masqueradeBit",
        "masqueradeAll",
        "localhostNodePorts",
        "snatNodeInternalIP",
        "syncPeriod",
        "minSyncPeriod",
    ],
);

static IPVS: Type = leaf(
    "KubeProxyIPVSConfiguration",
    &[
        "syncPeriod",
        "minSyncPeriod",
        "scheduler",
        "excludeCIDRs",
        "strictARP",
        "tcpTimeout",
        "tcpFinTimeout",
        "udpTimeout",
    ],
);

static DETECT_LOCAL: Type =
    leaf("DetectLocalConfiguration", &["bridgeInterface", "interfaceNamePrefix"]);

static CONNTRACK: Type = leaf(
    "KubeProxyConntrackConfiguration",
    &[
        "max",
        "maxPerCore",
        "min",
        "tcpEstablishedTimeout",
        "tcpCloseWaitTimeout",
        "tcpBeLiberal",
        "udpTimeout",
        "udpStreamTimeout",
    ],
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::syntax::{Text, parse};

    fn misspelt(group: &str, kind: &str, text: &str) -> Vec<String> {
        let parsed = parse(Text::whole(FileId::new(0), text), false);
        let root = parsed.tree.root(&parsed.tree.documents()[0]);
        let problems = misspelt_fields(group, kind, 0, root);
        problems.iter().map(|problem| text[problem.span.range()].to_owned()).collect()
    }

    #[test]
    fn near_misses_are_found_at_every_depth() {
        let text =
            "networking: {podSubnets: 10.0.0.0/8, serviceSubnet: 10.1.0.0/16}\napiserver: {}\n";
        let found = misspelt("kubeadm.k8s.io", "ClusterConfiguration", text);
        assert_eq!(found, ["podSubnets", "apiserver"]);
        let text = "clusterDns: []\nmaxpods: 5\n";
        let found = misspelt("kubelet.config.k8s.io", "KubeletConfiguration", text);
        assert_eq!(found, ["clusterDns", "maxpods"]);
        let text = "ipvs: {strictArp: true}\n";
        let found = misspelt("kubeproxy.config.k8s.io", "KubeProxyConfiguration", text);
        assert_eq!(found, ["strictArp"]);
        let text = "spec: {host: web, subset: [], trafficPolicy: {outlierDetecton: {}}}\n";
        let found = misspelt("networking.istio.io", "DestinationRule", text);
        assert_eq!(found, ["subset", "outlierDetecton"]);
        let text = "spec: {hosts: [a], http: [{match: [{url: {prefix: /}}], route: [{destination: {hosts: a}}]}]}\n";
        let found = misspelt("networking.istio.io", "VirtualService", text);
        assert_eq!(found, ["url", "hosts"]);
    }

    #[test]
    fn routes_of_gateway_api_are_looked_through() {
        let text = "spec: {parentRef: [{name: a, section: b}], rules: [{mathces: [], backendRefs: [{name: a, prot: 80, wieght: 1}]}]}\n";
        let found = misspelt("gateway.networking.k8s.io", "HTTPRoute", text);
        assert_eq!(found, ["parentRef", "mathces", "prot", "wieght"]);
        let text = "spec: {listeners: [{name: a, hostName: b, tls: {certificateRef: []}}]}\n";
        let found = misspelt("gateway.networking.k8s.io", "Gateway", text);
        assert_eq!(found, ["hostName", "certificateRef"]);
        assert_eq!(misspelt("networking.istio.io", "Gateway", text), [""; 0]);
    }

    #[test]
    fn what_is_not_near_or_already_there_is_left_alone() {
        let text = "fieldOfTomorrow: 1\nclusterDNS: []\nclusterDns: []\nport: 1\n";
        assert_eq!(misspelt("kubelet.config.k8s.io", "KubeletConfiguration", text), [""; 0]);
        assert_eq!(misspelt("kubeadm.k8s.io", "ResetConfiguration", "dryrun: true"), [""; 0]);
    }
}
