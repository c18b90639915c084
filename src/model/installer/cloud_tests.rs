//! What the files of Talos, kops, EKS, Cluster API, OpenShift and AKS state, line by line.

use crate::model::Network;
use crate::model::addresses::Known;
use crate::model::testing::with_network;

/// `role range` for each range, with a star for defaults.
fn ranges(network: &Network<'_>) -> Vec<String> {
    let ranges = network.addresses.ranges.iter();
    ranges
        .map(|range| {
            let star = if range.known == Known::Default { "*" } else { "" };
            format!("{:?} {}{star}", range.role(), range.range)
        })
        .collect()
}

fn states(text: &str, expected: &[&str]) {
    with_network(text, |network| assert_eq!(ranges(network), expected, "{text}"));
}

#[test]
fn a_whole_machine_configuration_has_defaults_and_a_patch_has_none() {
    let whole = "\
version: v1alpha1
machine:
  type: controlplane
  network:
    hostname: cp-1
    interfaces:
      - {interface: eth0, addresses: [10.0.0.10/24], vip: {ip: 10.0.0.5}}
      - {interface: lo, addresses: [10.9.9.9/32]}
  kubelet:
    nodeIP: {validSubnets: [10.0.0.0/24, '!10.0.0.5/32']}
cluster:
  controlPlane: {endpoint: 'https://10.0.0.5:6443'}
";
    let nodes = ["NodeNetwork 10.0.0.0/24", "NodeNetwork 10.0.0.0/24", "Node 10.0.0.5"];
    let more = ["Node 10.0.0.10", "Node 10.0.0.5"];
    let mut expected = vec!["Pod 10.244.0.0/16*", "Service 10.96.0.0/12*"];
    expected.extend(nodes);
    expected.extend(more);
    states(whole, &expected);
    let worker = whole.replace("controlplane", "worker");
    states(&worker, &expected[2..]);
    let patch = "cluster: {network: {podSubnets: [10.1.0.0/16]}}\n";
    states(patch, &["Pod 10.1.0.0/16"]);
    // What is written takes the place of a default.
    let both = format!("{whole}---\n{patch}");
    expected.splice(..2, ["Service 10.96.0.0/12*"]);
    expected.push("Pod 10.1.0.0/16");
    states(&both, &expected);
}

#[test]
fn talhelper_has_defaults_unless_a_patch_out_of_view_may_say_otherwise() {
    let text = "\
clusterName: home
endpoint: https://10.0.0.5:6443
nodes:
  - {hostname: a, ipAddress: 10.0.0.10, controlPlane: true}
";
    let expected =
        ["Pod 10.244.0.0/16*", "Service 10.96.0.0/12*", "Node 10.0.0.5", "Node 10.0.0.10"];
    states(text, &expected);
    let patched = format!("{text}patches: ['@network.yaml']\n");
    states(&patched, &expected[2..]);
    let in_view = format!("{patched}---\nmachine: {{sysctls: {{a: '1'}}}}\n");
    states(&in_view, &expected);
    with_network(text, |network| {
        assert_eq!(network.capacity.nodes.known(), 1);
        assert!(network.capacity.nodes.is_single);
    });
}

#[test]
fn documents_of_links_state_addresses() {
    states(
        "\
apiVersion: v1alpha1
kind: LinkConfig
name: eth0
addresses: [{address: 10.0.0.10/24}]
---
apiVersion: v1alpha1
kind: Layer2VIPConfig
name: 10.0.0.5
link: eth0
",
        &["NodeNetwork 10.0.0.0/24", "Node 10.0.0.10", "Node 10.0.0.5"],
    );
}

#[test]
fn kops_divides_the_range_that_is_not_masqueraded() {
    let cluster = |version: &str, spec: &str| {
        format!(
            "apiVersion: kops.k8s.io/{version}\nkind: Cluster\nmetadata: {{name: a}}\nspec: {spec}\n"
        )
    };
    states(
        &cluster("v1alpha2", "{networkCIDR: 172.20.0.0/16, networking: {calico: {}}}"),
        &["Pod 100.96.0.0/11*", "Service 100.64.0.0/13*", "NodeNetwork 172.20.0.0/16"],
    );
    states(
        &cluster(
            "v1alpha3",
            "{networking: {cni: {}, podCIDR: 10.1.0.0/16, nonMasqueradeCIDR: 10.0.0.0/8}}",
        ),
        &["Pod 10.1.0.0/16"],
    );
    let shared = cluster(
        "v1alpha2",
        "{networking: {amazonvpc: {}}, nonMasqueradeCIDR: 172.20.0.0/16, networkCIDR: 172.20.0.0/16}",
    );
    states(&shared, &["NodeNetwork 172.20.0.0/16"]);
    with_network(&shared, |network| assert!(network.addresses.pods_share_node_network));
}

#[test]
fn groups_of_instances_are_nodes() {
    let group = |name: &str, role: &str| {
        format!(
            "apiVersion: kops.k8s.io/v1alpha2\nkind: InstanceGroup\nmetadata: {{name: {name}}}\nspec: {{role: {role}, minSize: 1, maxSize: 3}}\n---\n"
        )
    };
    let text = [group("a", "Node"), group("b", "Master"), group("c", "Bastion")].concat();
    with_network(&text, |network| assert_eq!(network.capacity.nodes.known(), 6));
}

#[test]
fn eksctl_makes_a_network_unless_one_is_named() {
    let config = |rest: &str| {
        format!(
            "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {{name: a}}\n{rest}"
        )
    };
    states(&config(""), &["NodeNetwork 192.168.0.0/16*"]);
    states(&config("vpc: {id: vpc-1}\n"), &[]);
    states(
        &config(
            "vpc: {cidr: 10.0.0.0/16}\nkubernetesNetworkConfig: {serviceIPv4CIDR: 172.20.0.0/16}\n",
        ),
        &["Service 172.20.0.0/16", "NodeNetwork 10.0.0.0/16"],
    );
}

const CLUSTER_API: &str = "\
apiVersion: cluster.x-k8s.io/v1beta1
kind: Cluster
metadata: {name: one, namespace: a}
spec:
  clusterNetwork:
    pods: {cidrBlocks: [192.168.0.0/22]}
  controlPlaneEndpoint: {host: 10.0.0.5, port: 6443}
  controlPlaneRef: {kind: KubeadmControlPlane, name: one-cp}
---
apiVersion: controlplane.cluster.x-k8s.io/v1beta1
kind: KubeadmControlPlane
metadata: {name: one-cp, namespace: a}
spec:
  replicas: 3
  version: v1.33.0
  kubeadmConfigSpec:
    clusterConfiguration:
      controllerManager: {extraArgs: {node-cidr-mask-size: '25'}}
---
apiVersion: cluster.x-k8s.io/v1beta1
kind: MachineDeployment
metadata:
  name: md
  namespace: a
  annotations: {cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size: '10'}
spec: {clusterName: one, replicas: 1}
";

#[test]
fn a_cluster_of_cluster_api_fills_in_kubeadms_configuration() {
    states(CLUSTER_API, &["Pod 192.168.0.0/22", "Node 10.0.0.5"]);
    with_network(CLUSTER_API, |network| {
        let capacity = &network.capacity;
        assert_eq!(capacity.nodes.known(), 13);
        let masks: Vec<_> =
            capacity.node_ranges.iter().map(|it| (it.mask.length, it.nodes())).collect();
        assert_eq!(masks, [(25, 8)]);
        let versions = network.versions.known_api_servers();
        assert_eq!(versions.len(), 1);
    });
    let managed = CLUSTER_API.replace("KubeadmControlPlane", "AWSManagedControlPlane");
    with_network(&managed, |network| {
        assert!(network.addresses.pods_share_node_network);
        assert_eq!(ranges(network), ["Node 10.0.0.5"]);
    });
}

#[test]
fn openshift_has_defaults_unless_older_fields_are_there() {
    let config = |networking: &str| {
        format!(
            "apiVersion: v1\nbaseDomain: example.com\nmetadata: {{name: a}}\nplatform: {{none: {{}}}}\nnetworking: {networking}\n"
        )
    };
    states(
        &config("{networkType: OVNKubernetes}"),
        &["Pod 10.128.0.0/14*", "Service 172.30.0.0/16*", "NodeNetwork 10.0.0.0/16*"],
    );
    states(
        &config("{clusterNetworks: [], serviceCIDR: 10.1.0.0/16, machineCIDR: 10.2.0.0/16}"),
        &[],
    );
    let two =
        config("{clusterNetwork: [{cidr: 10.128.0.0/22}, {cidr: 10.132.0.0/22, hostPrefix: 23}]}");
    with_network(&two, |network| {
        // One of them leaves it to the default, so they may differ.
        assert!(network.capacity.node_ranges.is_empty());
    });
    let two = two.replace("{cidr: 10.128.0.0/22}", "{cidr: 10.128.0.0/22, hostPrefix: 23}");
    with_network(&two, |network| {
        let nodes: Vec<_> = network.capacity.node_ranges.iter().map(|it| it.nodes()).collect();
        assert_eq!(nodes, [4]);
    });
}

#[test]
fn azure_says_whether_pods_are_in_the_subnet_of_the_nodes() {
    let cluster = |profile: &str| {
        format!(
            "apiVersion: containerservice.azure.com/v1api20231001\nkind: ManagedCluster\nmetadata: {{name: a}}\nspec: {{networkProfile: {profile}}}\n"
        )
    };
    let shared =
        |text: &str| with_network(text, |network| network.addresses.pods_share_node_network);
    assert!(shared(&cluster("{networkPlugin: azure}")));
    let overlay = cluster(
        "{networkPlugin: azure, networkPluginMode: overlay, podCidr: 10.244.0.0/16, serviceCidr: 10.0.0.0/16}",
    );
    assert!(!shared(&overlay));
    states(&overlay, &["Pod 10.244.0.0/16", "Service 10.0.0.0/16"]);
}
