//! What looks like a mistake of the address plan and is none: each tree has no finding above info.

use netvet::check::check_texts;
use netvet::config::Date;
use netvet::diagnostic::Severity;

/// The day on which the trees are looked at: releases end their life.
fn today() -> Date {
    Date::parse("2026-11-20").expect("a day")
}

fn is_silent(name: &str, files: &[(&str, &str)]) {
    let texts: Vec<(String, String)> =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let analysis = check_texts(&texts, None, today()).expect("a sound configuration");
    assert!(
        analysis.files.iter().any(|file| !file.resources.is_empty()),
        "{name}: nothing is read"
    );
    let told: Vec<String> = analysis
        .findings
        .iter()
        .map(|found| &found.diagnostic)
        .filter(|diagnostic| diagnostic.severity > Severity::Info)
        .map(|diagnostic| format!("{}: {}", diagnostic.rule.as_str(), diagnostic.message))
        .collect();
    assert_eq!(told, Vec::<String>::new(), "{name}");
}

fn node(name: &str, address: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Node, metadata: {{name: {name}}}, status: {{addresses: [{{type: InternalIP, address: {address}}}]}}}}\n---\n"
    )
}

const CLUSTER: &str =
    "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.0\n";

fn kubeadm(networking: &str) -> String {
    format!("{CLUSTER}networking: {networking}\n")
}

#[test]
fn ranges_that_abut_do_not_overlap() {
    let text = kubeadm("{podSubnet: 10.233.64.0/18, serviceSubnet: 10.233.0.0/18}");
    is_silent("kubespray's ranges", &[("kubeadm.yaml", &text)]);
}

#[test]
fn a_range_that_holds_pods_and_services_by_design() {
    let cluster = "apiVersion: kops.k8s.io/v1alpha2
kind: Cluster
metadata: {name: a.example.com}
spec:
  networkCIDR: 172.20.0.0/16
  nonMasqueradeCIDR: 100.64.0.0/10
  networking: {calico: {}}
  subnets: [{name: a, cidr: 172.20.32.0/19, type: Private, zone: a}]
";
    is_silent("kops", &[("cluster.yaml", cluster)]);
}

#[test]
fn cluster_dns_is_where_the_distribution_puts_it() {
    let kubelet = |address: &str| {
        format!(
            "---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nclusterDNS: [{address}]\n"
        )
    };
    for (name, service, address) in [
        ("kubespray's third address", "10.233.0.0/18", "10.233.0.3"),
        ("NodeLocal DNSCache", "10.96.0.0/12", "169.254.20.10"),
        ("NodeLocal DNSCache of kubespray", "10.233.0.0/18", "169.254.25.10"),
        ("the tenth address", "10.96.0.0/16", "10.96.0.10"),
    ] {
        let text = kubeadm(&format!("{{podSubnet: 10.244.0.0/16, serviceSubnet: {service}}}"));
        is_silent(name, &[("kubeadm.yaml", &[text, kubelet(address)].concat())]);
    }
}

#[test]
fn ciliums_own_default_beside_kubeadms() {
    let cilium = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cilium-config, namespace: kube-system}\ndata: {ipam: cluster-pool, cluster-pool-ipv4-cidr: 10.0.0.0/8, cluster-pool-ipv4-mask-size: \"24\"}\n";
    let text = format!("{CLUSTER}---\n{}{cilium}", node("a", "192.168.1.10"));
    let unset = text.replace("cluster-pool-ipv4-cidr: 10.0.0.0/8, ", "");
    is_silent("the implicit pool", &[("a.yaml", &unset)]);
}

#[test]
fn pods_that_share_the_network_of_their_nodes() {
    let aws = "apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: a, region: eu-central-1, version: \"1.35\"}
vpc: {cidr: 10.20.0.0/16}
kubernetesNetworkConfig: {serviceIPv4CIDR: 172.20.0.0/16}
";
    let text = format!("{aws}---\n{}", node("a", "10.20.3.4"));
    is_silent("EKS", &[("eksctl.yaml", &text)]);
}

#[test]
fn placeholders_of_installers_are_no_broken_json() {
    let calico = "apiVersion: v1
kind: ConfigMap
metadata: {name: calico-config, namespace: kube-system}
data:
  veth_mtu: \"0\"
  cni_network_config: |-
    {
      \"name\": \"k8s-pod-network\",
      \"cniVersion\": \"0.3.1\",
      \"plugins\": [
        {\"type\": \"calico\", \"mtu\": __CNI_MTU__, \"ipam\": {\"type\": \"host-local\", \"subnet\": \"usePodCidr\"},
         \"kubernetes\": {\"kubeconfig\": \"__KUBECONFIG_FILEPATH__\"}},
        {\"type\": \"portmap\", \"snat\": true, \"capabilities\": {\"portMappings\": true}}
      ]
    }
";
    is_silent("calico-config", &[("calico.yaml", calico)]);
}

#[test]
fn flannel_reads_keys_in_any_case() {
    let flannel = "apiVersion: v1
kind: ConfigMap
metadata: {name: kube-flannel-cfg, namespace: kube-flannel}
data:
  net-conf.json: |
    {\"network\": \"10.244.0.0/16\", \"backend\": {\"type\": \"VXLAN\"}}
";
    let text = format!("{}---\n{flannel}", kubeadm("{podSubnet: 10.244.0.0/16}"));
    is_silent("flannel", &[("a.yaml", &text)]);
}

#[test]
fn host_bits_where_they_belong() {
    let attachment = "apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {name: storage, namespace: shop}
spec:
  config: '{\"cniVersion\": \"0.3.1\", \"name\": \"storage\", \"type\": \"macvlan\", \"master\": \"eth1\", \"ipam\": {\"type\": \"whereabouts\", \"range\": \"192.168.2.225/28\"}}'
";
    is_silent("whereabouts", &[("nad.yaml", attachment)]);
    let netplan =
        "network:\n  version: 2\n  ethernets:\n    eth0:\n      addresses: [192.168.7.20/24]\n";
    is_silent("Netplan", &[("hosts/a/etc/netplan/01.yaml", netplan)]);
}

#[test]
fn pools_of_load_balancers_as_people_write_them() {
    let pool = "apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: a, namespace: metallb-system}
spec: {addresses: [192.168.1.240 - 192.168.1.250, 192.168.2.5/32]}
---
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: {name: a, namespace: metallb-system}
";
    is_silent("blanks around a dash", &[("metallb.yaml", pool)]);
}

#[test]
fn pods_have_a_smaller_mtu_than_their_host() {
    let text = "apiVersion: operator.tigera.io/v1
kind: Installation
metadata: {name: default}
spec:
  calicoNetwork:
    mtu: 1410
    ipPools: [{cidr: 10.244.0.0/16, encapsulation: VXLAN, blockSize: 26}]
";
    let config = "clusters: {a: {paths: ['**'], underlay-mtu: 1460}}\n";
    is_silent("GCE", &[("netvet.yaml", config), ("calico.yaml", text)]);
    let config = "clusters: {a: {paths: ['**'], underlay-mtu: 9001}}\n";
    is_silent("far below", &[("netvet.yaml", config), ("calico.yaml", text)]);
}

#[test]
fn clusters_of_one_repository_may_have_the_same_ranges() {
    let text = kubeadm("{podSubnet: 10.244.0.0/16, serviceSubnet: 10.96.0.0/16}");
    let other =
        text.replace("10.244.0.0/16", "10.96.0.0/17").replace("10.96.0.0/16}", "10.97.0.0/16}");
    is_silent(
        "two clusters",
        &[
            ("clusters/a/kubeadm.yaml", &text),
            ("clusters/b/kubeadm.yaml", &text),
            ("clusters/c/kubeadm.yaml", &other),
        ],
    );
}

#[test]
fn calicos_pools_ignore_the_ranges_of_nodes() {
    let nodes: String =
        (1..=12).map(|n| node(&format!("n{n}"), &format!("192.168.1.{n}"))).collect();
    let pool = "apiVersion: crd.projectcalico.org/v1\nkind: IPPool\nmetadata: {name: a}\nspec: {cidr: 10.244.0.0/21, blockSize: 26, natOutgoing: true, vxlanMode: Always}\n---\n";
    let text = format!("{nodes}{pool}{}", kubeadm("{podSubnet: 10.244.0.0/21}"));
    is_silent("eight ranges for twelve nodes", &[("a.yaml", &text)]);
}

#[test]
fn pools_that_give_pods_nothing() {
    let pool = |more: &str| {
        format!(
            "apiVersion: crd.projectcalico.org/v1\nkind: IPPool\nmetadata: {{name: a}}\nspec: {{cidr: 10.50.0.0/16, natOutgoing: true, {more}}}\n---\n"
        )
    };
    for more in ["nodeSelector: '!all()'", "allowedUses: [LoadBalancer]", "disabled: true"] {
        let text = format!("{}{}", pool(more), kubeadm("{podSubnet: 10.244.0.0/16}"));
        is_silent(more, &[("a.yaml", &text)]);
    }
}

#[test]
fn ranges_of_services_may_overlap_each_other() {
    let extension = "apiVersion: networking.k8s.io/v1\nkind: ServiceCIDR\nmetadata: {name: more}\nspec: {cidrs: [10.96.0.0/16]}\n---\n";
    let text = format!(
        "{extension}{}",
        kubeadm("{podSubnet: 10.244.0.0/16, serviceSubnet: 10.96.0.0/12}")
    );
    is_silent("ServiceCIDR", &[("a.yaml", &text)]);
}

#[test]
fn one_virtual_address_on_every_control_plane() {
    let pod = |host: &str| {
        let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: kube-vip, namespace: kube-system}\nspec:\n  hostNetwork: true\n  dnsPolicy: ClusterFirstWithHostNet\n  containers:\n  - name: kube-vip\n    image: ghcr.io/kube-vip/kube-vip:v1.0.0\n    env: [{name: vip_arp, value: \"true\"}, {name: address, value: 192.168.1.100}]\n";
        (format!("nodes/{host}/etc/kubernetes/manifests/kube-vip.yaml"), text.to_owned())
    };
    let files = [pod("cp1"), pod("cp2"), pod("cp3")];
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    is_silent("kube-vip", &files);
}

#[test]
fn spellings_of_one_ipv6_range_are_one_range() {
    let proxy = "---\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nclusterCIDR: fd00:0010:0244:0000::/56\n";
    let text = format!(
        "{}{proxy}",
        kubeadm("{podSubnet: 'fd00:10:244::/56', serviceSubnet: 'fd00:10:96::/112'}")
    );
    is_silent("IPv6", &[("a.yaml", &text)]);
}

#[test]
fn files_that_no_runtime_loads() {
    let conflist = |name: &str| {
        format!(
            "{{\"cniVersion\": \"1.0.0\", \"name\": \"{name}\", \"plugins\": [{{\"type\": \"ptp\", \"ipam\": {{\"type\": \"host-local\", \"subnet\": \"10.244.0.0/24\"}}}}]}}"
        )
    };
    let (one, two) = (conflist("one"), conflist("two"));
    is_silent(
        "put aside",
        &[
            ("nodes/a/etc/cni/net.d/10-one.conflist", &one),
            ("nodes/a/etc/cni/net.d/05-two.conflist.bak", &two),
            ("nodes/a/etc/cni/net.d/05-two.conflist.cilium_bak", &two),
        ],
    );
}

#[test]
fn samples_of_documentation_are_not_the_cluster() {
    let text = format!(
        "{CLUSTER}networking: {{podSubnet: 10.244.0.0/24}}\ncontrollerManager:\n  extraArgs: [{{name: node-cidr-mask-size, value: \"20\"}}]\n"
    );
    let texts = [("docs/kubeadm.yaml".to_owned(), text)];
    let analysis = check_texts(&texts, None, today()).expect("a sound configuration");
    assert!(analysis.findings.iter().all(|found| found.diagnostic.severity < Severity::Error));
}

#[test]
fn k3s_takes_lists_and_commas() {
    let flags = "cluster-cidr: [10.42.0.0/16, 'fd00:42::/56']\nservice-cidr: 10.43.0.0/16,fd00:43::/112\ncluster-dns: 10.43.0.10\ntls-san: [k3s.example.com]\nnode-ip: 192.168.1.10,fd00:1::10\n";
    is_silent("k3s", &[("etc/rancher/k3s/config.yaml", flags)]);
}

#[test]
fn microk8s_has_the_flags_of_each_component_in_a_file() {
    let folder = "var/snap/microk8s/current/args";
    let files = [
        ("kube-proxy", "--cluster-cidr=10.1.0.0/16\n--healthz-bind-address=127.0.0.1\n"),
        ("kube-apiserver", "--service-cluster-ip-range=10.152.183.0/24\n"),
        ("kube-controller-manager", "--service-cluster-ip-range=10.152.183.0/24\n"),
        ("kubelet", "--cluster-domain=cluster.local\n--cluster-dns=10.152.183.10\n"),
    ];
    let files: Vec<(String, &str)> =
        files.iter().map(|(name, text)| (format!("{folder}/{name}"), *text)).collect();
    let of = |files: &[(String, &str)]| -> Vec<(String, String)> {
        files.iter().map(|(path, text)| (path.clone(), (*text).to_owned())).collect()
    };
    let sound: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    is_silent("MicroK8s", &sound);
    let mut broken = of(&files);
    broken[1].1 = "--service-cluster-ip-range=10.1.200.0/24\n".to_owned();
    let analysis = check_texts(&broken, Some(&["pod-service-cidr-overlap"]), today());
    let findings = analysis.expect("no configuration").findings;
    assert_eq!(findings.len(), 1, "{findings:?}");
}

#[test]
fn empty_texts_and_texts_of_numbers() {
    let proxy = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nclusterCIDR: \"\"\nmode: \"\"\n---\n";
    let calico = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: calico-config, namespace: kube-system}\ndata: {veth_mtu: \"\", calico_backend: bird}\n---\n";
    let text = format!(
        "{proxy}{calico}{}controllerManager:\n  extraArgs: [{{name: node-cidr-mask-size, value: \"24\"}}]\n",
        kubeadm("{podSubnet: 10.244.0.0/16, serviceSubnet: \"\"}")
    );
    is_silent("unset", &[("a.yaml", &text)]);
}
