use super::*;
use crate::ingest::{Resource, ingest};
use crate::model::testing::with_network;
use crate::scope::Placement;
use crate::source::FileId;

/// What `describe` makes of the versions in some files.
fn versions(
    files: &[&str],
    settings: &Settings,
    describe: fn(&Versions<'_>) -> Vec<String>,
) -> Vec<String> {
    let mut contents = Vec::new();
    for (index, text) in files.iter().enumerate() {
        let path =
            if text.contains("kind: Kustomization") { "kustomization.yaml" } else { "a.yaml" };
        contents.push(ingest(FileId::new(index as u32), path, text));
    }
    let resources: Vec<&Resource> = contents.iter().flat_map(|file| &file.resources).collect();
    let placement = Placement::AsWritten;
    let object = |resource| Object { resource, placement: &placement, path: "a.yaml", node: None };
    let objects: Vec<Object<'_>> = resources.into_iter().map(object).collect();
    describe(&Versions::new(&objects, &[], settings))
}

fn kubernetes(versions: &Versions<'_>) -> Vec<String> {
    versions.kubernetes.iter().map(KubernetesComponent::title).collect()
}

fn api_servers(versions: &Versions<'_>) -> Vec<String> {
    match &versions.api_servers {
        Resolution::Found(servers) => servers.iter().map(|server| server.text.to_owned()).collect(),
        Resolution::Absent => vec!["absent".to_owned()],
        Resolution::Unknown(why) => vec![format!("{why:?}")],
    }
}

fn pod(kind: &str, namespace: &str, spec: &str) -> String {
    let header = format!("kind: {kind}\nmetadata: {{name: x, namespace: {namespace}}}\nspec:\n");
    match kind {
        "Pod" => format!("apiVersion: v1\n{header}  {spec}\n"),
        "CronJob" => format!(
            "apiVersion: batch/v1\n{header}  jobTemplate: {{spec: {{template: {{spec: {spec}}}}}}}\n"
        ),
        _ => format!("apiVersion: apps/v1\n{header}  template: {{spec: {spec}}}\n"),
    }
}

fn image(image: &str) -> String {
    format!("{{containers: [{{name: x, image: \"{image}\"}}]}}")
}

const KUBEADM: &str =
    "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: VERSION\n";

#[test]
fn components_are_those_of_the_control_plane_itself() {
    let server = image("registry.k8s.io/kube-apiserver:v1.33.2");
    let table = [
        (pod("Pod", "kube-system", &server), "API server 1.33"),
        (pod("Deployment", "kube-system", &server), "API server 1.33"),
        (pod("Pod", "\"\"", &server), ""),
        (
            pod("Pod", "\"\"", &server.replace("{cont", "{hostNetwork: true, cont")),
            "API server 1.33",
        ),
        (pod("StatefulSet", "tenant-a", &server), ""),
        (pod("CronJob", "kube-system", &server), ""),
        (pod("Pod", "kube-system", &image("registry.k8s.io/kube-apiserver:latest")), ""),
        (pod("Pod", "kube-system", &image("registry.k8s.io/kube-apiserver:${VERSION}")), ""),
        (pod("Pod", "kube-system", &image("example.com/conformance:v1.33.2")), ""),
        (
            pod("DaemonSet", "kube-system", &image("eks/kube-proxy:v1.31.2-eksbuild.3")),
            "kube-proxy 1.31",
        ),
    ];
    for (text, expected) in table {
        let found = versions(&[&text], &Settings::default(), kubernetes);
        assert_eq!(found.join(","), expected, "{text}");
    }
}

#[test]
fn an_image_of_all_components_is_what_its_command_runs() {
    let run = |command: &str| {
        let image = "rancher/hardened-kubernetes:v1.31.4-rke2r1-build20241212";
        let spec = format!("{{containers: [{{name: x, image: {image}, command: {command}}}]}}");
        versions(&[&pod("Pod", "kube-system", &spec)], &Settings::default(), kubernetes).concat()
    };
    assert_eq!(run("[kube-scheduler, --leader-elect=true]"), "scheduler 1.31");
    assert_eq!(run("[/hyperkube, apiserver]"), "API server 1.31");
    assert_eq!(run("[sh, -c, kube-proxy --v=2]"), "kube-proxy 1.31");
    assert_eq!(run("[sleep, '1']"), "");
}

#[test]
fn kubelets_are_on_nodes() {
    let node = |version: &str| {
        format!(
            "apiVersion: v1\nkind: Node\nmetadata: {{name: a}}\nstatus: {{nodeInfo: {{kubeletVersion: {version}, kubeProxyVersion: v1.2.3}}}}\n"
        )
    };
    let found = |text: &str| versions(&[&node(text)], &Settings::default(), kubernetes).concat();
    assert_eq!(found("v1.31.4-gke.1000"), "kubelet 1.31");
    assert_eq!(found("v1.31.4+k3s1"), "kubelet 1.31");
    assert_eq!(found("'{{ version }}'"), "");
}

#[test]
fn the_api_server_is_what_its_image_says_then_kubeadm_then_the_settings() {
    let server = |version| {
        pod("Pod", "kube-system", &image(&format!("registry.k8s.io/kube-apiserver:{version}")))
    };
    let kubeadm = |version| KUBEADM.replace("VERSION", version);
    let span = Span::new(FileId::new(9), 0..4);
    let named = Spanned::new("1.30".to_owned(), span);
    let settings = Settings { kubernetes: Some(named), ..Settings::default() };
    let none = Settings::default();
    let (one, two) = (server("v1.33.1"), server("v1.32.9"));
    let images =
        ["registry.k8s.io/kube-apiserver:v1.33.1", "registry.k8s.io/kube-apiserver:v1.32.9"];
    let all = [one.as_str(), two.as_str(), &kubeadm("v1.31.0")];
    assert_eq!(versions(&all, &settings, api_servers), images);
    assert_eq!(versions(&[&kubeadm("v1.31.0")], &settings, api_servers), ["v1.31.0"]);
    let patches = [kubeadm("v1.31.0"), kubeadm("v1.31.4")];
    assert_eq!(versions(&[&patches[0], &patches[1]], &none, api_servers), ["v1.31.0"]);
    let minors = [kubeadm("v1.31.0"), kubeadm("v1.32.0")];
    assert_eq!(versions(&[&minors[0], &minors[1]], &settings, api_servers), ["Malformed"]);
    assert_eq!(versions(&[&kubeadm("'${VERSION}'")], &settings, api_servers), ["1.30"]);
    assert_eq!(versions(&[&kubeadm("'${VERSION}'")], &none, api_servers), ["Templated"]);
    assert_eq!(versions(&[&kubeadm("stable-1")], &none, api_servers), ["NotInFiles"]);
    assert_eq!(versions(&[], &settings, api_servers), ["1.30"]);
    let bounds = |versions: &Versions<'_>| {
        let bounds = [versions.oldest_api_server(), versions.newest_api_server()];
        bounds.into_iter().flatten().map(KubernetesComponent::title).collect()
    };
    assert_eq!(versions(&all, &none, bounds), ["API server 1.32", "API server 1.33"]);
}

#[test]
fn a_kubelet_tells_what_the_cluster_has_at_least() {
    let node = "apiVersion: v1\nkind: Node\nmetadata: {name: a}\nstatus: {nodeInfo: {kubeletVersion: v1.31.0}}\n";
    let at_least = |versions: &Versions<'_>| {
        versions.at_least().into_iter().map(KubernetesComponent::title).collect()
    };
    let newer = node.replace("1.31", "1.32");
    let none = Settings::default();
    assert_eq!(versions(&[node, &newer], &none, at_least), ["kubelet 1.32"]);
    let kubeadm = KUBEADM.replace("VERSION", "1.33.0");
    assert_eq!(versions(&[node, &kubeadm], &none, at_least), ["API server 1.33"]);
}

#[test]
fn other_software_has_versions_of_its_own() {
    let software = |versions: &Versions<'_>| {
        let software = versions.software.iter();
        software.map(|one| format!("{} {}", one.component, one.version)).collect()
    };
    let one = |kind, text| {
        versions(&[&pod(kind, "shop", &image(text))], &Settings::default(), software).concat()
    };
    assert_eq!(one("Deployment", "coredns/coredns:1.12.0"), "CoreDNS 1.12.0");
    assert_eq!(
        one(
            "DaemonSet",
            "quay.io/cilium/cilium:v1.18.6@sha256:40384aa1f5ea6bfdc77997d243aec73da05f27aed0c5e9d65bfa98933c519d97"
        ),
        "Cilium 1.18.6"
    );
    assert_eq!(one("DaemonSet", "quay.io/cilium/cilium:latest"), "");
    assert_eq!(one("CronJob", "docker.io/calico/ctl:v3.28.0"), "");
    assert_eq!(one("Deployment", "nginx:1.27.0"), "");
}

#[test]
fn an_image_that_a_kustomization_changes_tells_nothing() {
    let proxy = pod("DaemonSet", "kube-system", &image("registry.k8s.io/kube-proxy:v1.33.2"));
    let change =
        "kind: Kustomization\nimages:\n- name: registry.k8s.io/kube-proxy\n  newTag: v1.34.0\n";
    let other = change.replace("kube-proxy", "kube-prox");
    let none = Settings::default();
    assert_eq!(versions(&[&proxy, change], &none, kubernetes), [""; 0]);
    assert_eq!(versions(&[&proxy, &other], &none, kubernetes), ["kube-proxy 1.33"]);
}

/// Every component with its version, as `name version`, sorted.
fn stated(text: &str) -> Vec<String> {
    with_network(text, |network| {
        let versions = &network.versions;
        let servers = versions.known_api_servers().iter();
        let kubernetes = servers.chain(&versions.kubernetes);
        let kubernetes = kubernetes.map(|one| format!("{} {}", one.component, one.version));
        let software = versions.software.iter();
        let software = software.map(|one| format!("{} {}", one.component, one.version));
        let mut all: Vec<String> = kubernetes.chain(software).collect();
        all.sort();
        all
    })
}

#[test]
fn installers_state_versions() {
    let kind = "{kind: Cluster, apiVersion: kind.x-k8s.io/v1alpha4, nodes: [{role: control-plane, image: 'kindest/node:v1.33.1@sha256:050072256b9a903bd914c0b2866828150cb229cea0efe5892e2b644d5dd3b34f'}, {role: worker, image: kindest/node:v1.32.0}, {role: worker}]}";
    assert_eq!(stated(kind), ["kube-apiserver 1.33.1", "kubelet 1.32.0"]);

    let talos = "{version: v1alpha1, machine: {type: controlplane, kubelet: {image: 'ghcr.io/siderolabs/kubelet:v1.34.1'}}, cluster: {controlPlane: {endpoint: 'https://10.0.0.1:6443'}, apiServer: {image: 'registry.k8s.io/kube-apiserver:v1.34.1'}, proxy: {image: 'registry.k8s.io/kube-proxy:v1.34.0'}, etcd: {image: 'gcr.io/etcd-development/etcd:v3.6.4'}}}";
    assert_eq!(
        stated(talos),
        ["etcd 3.6.4", "kube-apiserver 1.34.1", "kube-proxy 1.34.0", "kubelet 1.34.1"]
    );

    let machines = "{apiVersion: controlplane.cluster.x-k8s.io/v1beta1, kind: KubeadmControlPlane, metadata: {name: a}, spec: {version: v1.35.0}}
---
{apiVersion: cluster.x-k8s.io/v1beta1, kind: MachineDeployment, metadata: {name: b}, spec: {clusterName: a, template: {spec: {version: v1.34.2}}}}
";
    assert_eq!(stated(machines), ["kube-apiserver 1.35.0", "kubelet 1.34.2"]);

    let eks = "{apiVersion: eksctl.io/v1alpha5, kind: ClusterConfig, metadata: {name: a, region: b, version: '1.33'}, addons: [{name: coredns, version: v1.11.4-eksbuild.2}, {name: kube-proxy, version: v1.32.0-eksbuild.2}, {name: vpc-cni, version: latest}]}";
    assert_eq!(stated(eks), ["CoreDNS 1.11.4", "kube-apiserver 1.33", "kube-proxy 1.32.0"]);
}

#[test]
fn charts_runtimes_and_definitions_state_versions() {
    let text = "{apiVersion: v1, kind: Node, metadata: {name: a}, status: {nodeInfo: {kubeletVersion: v1.35.1, containerRuntimeVersion: 'containerd://2.1.4-k3s1'}}}
---
{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: a}, spec: {source: {chart: tigera-operator, repoURL: 'https://docs.tigera.io/calico/charts', targetRevision: v3.31.2}}}
---
{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: b}, spec: {chart: {spec: {chart: cilium, version: '>=1.18.0'}}}}
---
{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: c, annotations: {gateway.networking.k8s.io/bundle-version: v1.4.0}}, spec: {}}
";
    assert_eq!(
        stated(text),
        ["Calico 3.31.2", "Gateway API 1.4.0", "containerd 2.1.4", "kubelet 1.35.1"]
    );
}
