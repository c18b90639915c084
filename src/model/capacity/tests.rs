use super::{Capacity, Cutter, Ipam};
use crate::model::Settings;
use crate::model::testing::{with_network, with_network_and};
use crate::source::{FileId, Span, Spanned};

fn look<T>(text: &str, look: impl FnOnce(&Capacity<'_>) -> T) -> T {
    with_network(text, |network| look(&network.capacity))
}

fn ipam(documents: &[&str]) -> Ipam {
    look(&documents.join("\n---\n"), |capacity| capacity.ipam)
}

const CALICO_IPAM: &str = r#"
apiVersion: v1
kind: ConfigMap
metadata: {name: calico-config}
data:
  cni_network_config: '{"name": "k8s", "plugins": [{"type": "calico", "ipam": {"type": "calico-ipam"}}]}'
"#;

const HOST_LOCAL: &str = r#"
apiVersion: v1
kind: ConfigMap
metadata: {name: canal-config}
data:
  cni_network_config: '{"name": "k8s", "plugins": [{"type": "calico", "ipam": {"type": "host-local", "subnet": "usePodCidr"}}]}'
"#;

const POOL: &str = "{apiVersion: projectcalico.org/v3, kind: IPPool, metadata: {name: a}, spec: {cidr: 10.0.0.0/16}}";

fn daemon_set(containers: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: DaemonSet, metadata: {{name: agent}}, spec: {{template: \
         {{metadata: {{labels: {{a: b}}}}, spec: {{containers: [{containers}]}}}}}}}}"
    )
}

fn config_map(name: &str, data: &str) -> String {
    format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}, data: {{{data}}}}}")
}

fn installation(spec: &str) -> String {
    format!(
        "{{apiVersion: operator.tigera.io/v1, kind: Installation, metadata: {{name: default}}, \
         spec: {{{spec}}}}}"
    )
}

fn node(name: &str, metadata: &str) -> String {
    format!("{{apiVersion: v1, kind: Node, metadata: {{name: {name}, {metadata}}}}}")
}

#[test]
fn who_gives_addresses_is_told_by_traces() {
    let calico_node = daemon_set("{name: calico-node, image: calico/node:v3.30.0}");
    let canal = daemon_set(
        "{name: calico-node, image: calico/node:v3.30.0}, {name: f, image: flannel/flannel:v0.26.0}",
    );
    let cilium = daemon_set("{name: cilium-agent, image: quay.io/cilium/cilium:v1.19.0}");
    let aws = daemon_set(
        "{name: aws-node, image: 602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon-k8s-cni:v1.20.0}",
    );
    let kindnet = daemon_set("{name: kindnet, image: 'docker.io/kindest/kindnetd:v2025'}");
    let in_mode = |mode: &str| config_map("cilium-config", &format!("ipam: {mode}"));
    let (kubernetes, pool) = (in_mode("kubernetes"), in_mode("cluster-pool"));
    let flannel = config_map("kube-flannel-cfg", "");
    let disabled = POOL.replace("/16", "/16, disabled: true");
    let for_services = POOL.replace("/16", "/16, allowedUses: [LoadBalancer]");
    let policy = "{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: a}}";
    let release = "{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: tigera-operator}}";
    let no_proxy = "{apiVersion: kubeadm.k8s.io/v1beta4, kind: InitConfiguration, skipPhases: [addon/kube-proxy]}";
    let table: &[(&[&str], Ipam)] = &[
        (&["{}"], Ipam::Unseen),
        (&[POOL], Ipam::Calico),
        (&[&disabled], Ipam::Unseen),
        (&[&for_services], Ipam::Unseen),
        (&[&calico_node, CALICO_IPAM, POOL], Ipam::Calico),
        (&[&calico_node], Ipam::Calico),
        (&[&calico_node, HOST_LOCAL, POOL], Ipam::NodeRanges),
        (&[&canal, HOST_LOCAL], Ipam::NodeRanges),
        (&[&calico_node, CALICO_IPAM, &flannel], Ipam::Unclear),
        (&[&flannel], Ipam::NodeRanges),
        (&[&kindnet], Ipam::NodeRanges),
        (&[&cilium], Ipam::Other),
        (&[&cilium, &kubernetes], Ipam::NodeRanges),
        (&[&cilium, &pool], Ipam::CiliumPool),
        (&[&in_mode("eni")], Ipam::Other),
        (&[&pool, policy], Ipam::CiliumPool),
        (&[&pool, POOL], Ipam::Unclear),
        (&[policy], Ipam::Other),
        (&[release], Ipam::Calico),
        (&[&aws], Ipam::Other),
        (&[&aws, &calico_node], Ipam::Unclear),
        (&[&installation("")], Ipam::Calico),
        (&[&installation("kubernetesProvider: EKS")], Ipam::Other),
        (&[&installation("cni: {type: AmazonVPC}")], Ipam::Other),
        (&[&installation("cni: {type: Calico, ipam: {type: HostLocal}}"), POOL], Ipam::NodeRanges),
        (&[&node("a", "annotations: {projectcalico.org/IPv4Address: 10.0.0.1}")], Ipam::Calico),
        (
            &[&node(
                "a",
                "annotations: {projectcalico.org/IPv4Address: 10.0.0.1, flannel.alpha.coreos.com/backend-type: vxlan}",
            )],
            Ipam::NodeRanges,
        ),
        (&[no_proxy], Ipam::Unclear),
        (&[no_proxy, &flannel], Ipam::NodeRanges),
    ];
    for (documents, expected) in table {
        assert_eq!(ipam(documents), *expected, "{documents:?}");
    }
}

fn manager(flags: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: kube-controller-manager}}, spec: \
         {{containers: [{{name: a, image: a, command: [kube-controller-manager, {flags}]}}]}}}}"
    )
}

fn kubeadm(subnet: &str, flags: &str) -> String {
    format!(
        "{{apiVersion: kubeadm.k8s.io/v1beta3, kind: ClusterConfiguration, networking: \
         {{podSubnet: '{subnet}'}}, controllerManager: {{extraArgs: {{{flags}}}}}}}"
    )
}

/// `range, mask, nodes, addresses of a node` of each.
fn node_ranges(text: &str) -> Vec<String> {
    look(text, |capacity| {
        let shown = |ranges: &super::NodeRanges<'_>| {
            let (nodes, addresses) = (ranges.nodes(), ranges.addresses_per_node());
            format!("{}, /{}, {nodes}, {addresses}", ranges.pods.range, ranges.mask.length)
        };
        capacity.node_ranges.iter().map(shown).collect()
    })
}

#[test]
fn ranges_are_cut_as_the_flags_say() {
    let table: &[(String, &[&str])] = &[
        (kubeadm("10.244.0.0/16", ""), &["10.244.0.0/16, /24, 256, 254"]),
        (kubeadm("", ""), &[]),
        (kubeadm("", "cluster-cidr: 10.244.0.0/16"), &[]),
        (
            kubeadm("", "cluster-cidr: 10.244.0.0/16, allocate-node-cidrs: 'true'"),
            &["10.244.0.0/16, /24, 256, 254"],
        ),
        (kubeadm("10.0.0.0/8", "cluster-cidr: 10.244.0.0/16"), &["10.244.0.0/16, /24, 256, 254"]),
        (kubeadm("10.244.0.0/16", "allocate-node-cidrs: 'false'"), &[]),
        (kubeadm("10.244.0.0/16", "node-cidr-mask-size: '22'"), &["10.244.0.0/16, /22, 64, 1022"]),
        (
            kubeadm("10.244.0.0/16,fd00::/56", "node-cidr-mask-size-ipv6: 72"),
            &["10.244.0.0/16, /24, 256, 254", "fd00::/56, /72, 65536, 72057594037927934"],
        ),
        // The flag for one family is none for two.
        (
            kubeadm("10.244.0.0/16,fd00::/56", "node-cidr-mask-size: 20"),
            &["10.244.0.0/16, /24, 256, 254", "fd00::/56, /64, 256, 18446744073709551614"],
        ),
        (
            kubeadm("fd00::/56", "node-cidr-mask-size: 128"),
            &["fd00::/56, /128, 4722366482869645213696, 0"],
        ),
        (kubeadm("::/0", "node-cidr-mask-size: 128"), &[&format!("::/0, /128, {}, 0", u128::MAX)]),
        (kubeadm("10.244.0.0/24", "node-cidr-mask-size: 20"), &["10.244.0.0/24, /20, 0, 4094"]),
        (kubeadm("10.244.0.0/16", "node-cidr-mask-size: 33"), &[]),
        (kubeadm("10.244.0.0/16", "node-cidr-mask-size: a"), &[]),
        (kubeadm("10.244.0.0/16,10.300.0.0/16", "node-cidr-mask-size: 26"), &[]),
        (manager("--cluster-cidr=10.2.0.0/16"), &[]),
        (
            manager("--cluster-cidr=10.2.0.0/16, --allocate-node-cidrs"),
            &["10.2.0.0/16, /24, 256, 254"],
        ),
        (
            manager(
                "--node-cidr-mask-size=23, --cluster-cidr, 10.2.0.0/16, --allocate-node-cidrs=true, --node-cidr-mask-size=24",
            ),
            &["10.2.0.0/16, /24, 256, 254"],
        ),
        (manager("--cluster-cidr=10.2.0.0/16, --allocate-node-cidrs=$(A)"), &[]),
        (manager("--cluster-cidr=10.2.0.0/16, --allocate-node-cidrs, '{{ .flags }}'"), &[]),
        (
            manager(
                "--cluster-cidr=10.2.0.0/16, --allocate-node-cidrs, --cidr-allocator-type=CloudAllocator",
            ),
            &[],
        ),
    ];
    for (text, expected) in table {
        assert_eq!(node_ranges(text), *expected, "{text}");
    }
}

#[test]
fn what_kubeadm_wrote_is_not_told_twice() {
    let manager = manager("--cluster-cidr=10.2.0.0/16, --allocate-node-cidrs");
    let text = [manager.as_str(), &kubeadm("10.2.0.0/16", ""), &manager].join("\n---\n");
    look(&text, |capacity| {
        let [ranges] = &capacity.node_ranges[..] else { panic!("{:?}", capacity.node_ranges) };
        assert_eq!(ranges.cutter, Cutter::Kubeadm);
        assert_eq!(ranges.repeated.len(), 2);
    });
}

#[test]
fn nodes_are_counted_once_by_name() {
    let joins = "\
{apiVersion: kubeadm.k8s.io/v1beta4, kind: InitConfiguration, nodeRegistration: {name: a, taints: []}}
---
{apiVersion: kubeadm.k8s.io/v1beta4, kind: JoinConfiguration, nodeRegistration: {name: b}}
---
{apiVersion: kubeadm.k8s.io/v1beta4, kind: JoinConfiguration}
---
";
    let text = [joins, &node("b", ""), "\n---\n", &node("c", "")].concat();
    look(&text, |capacity| {
        let names: Vec<_> = capacity.nodes.named.iter().map(|node| node.name.as_ref()).collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!((capacity.nodes.at_least(), capacity.nodes.is_single), (3, false));
    });
    let text = joins.split("---").next().expect("one document");
    assert!(look(text, |capacity| capacity.nodes.is_single));
    let span = Span::new(FileId::new(0), 0..1);
    let settings = Settings { nodes: Some(Spanned::new(40, span)), ..Settings::default() };
    with_network_and(joins, &settings, |network| {
        assert_eq!(network.capacity.nodes.at_least(), 40);
    });
}

fn workload(kind: &str, name: &str, spec: &str, pod: &str) -> String {
    let version = if kind == "Pod" { "v1" } else { "apps/v1" };
    let pod = format!("containers: [{{name: a, image: a}}], {pod}");
    let spec = match kind {
        "Pod" => pod,
        _ => format!("{spec} template: {{metadata: {{labels: {{a: b}}}}, spec: {{{pod}}}}}"),
    };
    format!("{{apiVersion: {version}, kind: {kind}, metadata: {{name: {name}}}, spec: {{{spec}}}}}")
}

fn autoscaler(kind: &str, name: &str, maximum: i64) -> String {
    format!(
        "{{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {{name: {name}}}, \
         spec: {{maxReplicas: {maximum}, scaleTargetRef: {{kind: {kind}, name: {name}}}}}}}"
    )
}

#[test]
fn pods_are_counted_at_the_most_and_only_those_with_addresses() {
    let owned = workload("Pod", "a", "", "")
        .replace("name: a}, spec", "name: a, ownerReferences: [{name: b}]}, spec");
    let table: &[(&[String], u64)] = &[
        (&[workload("Deployment", "a", "replicas: 20,", "")], 20),
        (&[workload("Deployment", "a", "", "")], 1),
        (&[workload("Deployment", "a", "replicas: 0,", ""), autoscaler("Deployment", "a", 9)], 0),
        (&[workload("Deployment", "a", "replicas: 2,", ""), autoscaler("Deployment", "a", 9)], 9),
        (&[workload("Deployment", "a", "replicas: 20,", ""), autoscaler("Deployment", "a", 9)], 20),
        (&[workload("Deployment", "a", "", ""), autoscaler("StatefulSet", "a", 9)], 1),
        (&[autoscaler("Deployment", "a", 9)], 0),
        (&[workload("Deployment", "a", "replicas: 20,", "hostNetwork: true")], 0),
        (&[workload("Deployment", "a", "replicas: -1,", "")], 0),
        (
            &[
                workload("Deployment", "a", "replicas: 3,", ""),
                workload("Deployment", "a", "replicas: 5,", ""),
            ],
            3,
        ),
        (
            &[
                workload("Deployment", "a", "replicas: 3,", ""),
                workload("StatefulSet", "a", "replicas: 5,", ""),
            ],
            8,
        ),
        (&[workload("Pod", "a", "", "")], 1),
        (&[owned], 0),
        (&[workload("DaemonSet", "a", "", "")], 10),
        (&[workload("DaemonSet", "a", "", "nodeSelector: {a: b}")], 0),
        (&[workload("DaemonSet", "a", "", "hostNetwork: true")], 0),
        (
            &[
                workload("Deployment", "a", "replicas: 2147483647,", ""),
                workload("Deployment", "b", "replicas: 2147483647,", ""),
                workload("Deployment", "c", "replicas: 2147483647,", ""),
            ],
            6_442_450_941,
        ),
    ];
    for (documents, pods) in table {
        let text = documents.join("\n---\n");
        assert_eq!(look(&text, |capacity| capacity.demand.pods(10)), *pods, "{text}");
    }
}

#[test]
fn a_range_for_all_nodes_is_what_is_needed() {
    let cluster = "{apiVersion: kubeadm.k8s.io/v1beta4, kind: ClusterConfiguration, networking: {podSubnet: 10.244.0.0/22}}";
    let needed = |nodes: usize| {
        let nodes =
            (0..nodes).map(|n| format!("{{apiVersion: v1, kind: Node, metadata: {{name: n{n}}}}}"));
        let documents: Vec<String> = std::iter::once(cluster.to_owned()).chain(nodes).collect();
        look(&documents.join("\n---\n"), |capacity| {
            capacity.needed(capacity.node_ranges[0].pods.range).to_string()
        })
    };
    assert_eq!(needed(0), "10.244.0.0/22");
    assert_eq!(needed(4), "10.244.0.0/22");
    assert_eq!(needed(5), "10.244.0.0/21");
    assert_eq!(needed(8), "10.244.0.0/21");
    assert_eq!(needed(9), "10.244.0.0/20");
}
