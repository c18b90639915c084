use std::collections::BTreeMap;

use super::*;
use crate::ingest::{FileContents, ingest};
use crate::source::FileId;

const KUBEADM: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n";

fn object(kind: &str, namespace: &str, name: &str, value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: {namespace}\ndata: {{x: {value}}}\n"
    )
}

/// Cluster name → the files of its members.
fn grouped(files: &[(&str, &str)]) -> BTreeMap<String, Vec<String>> {
    let contents: Vec<FileContents> = files
        .iter()
        .enumerate()
        .map(|(index, (path, text))| ingest(FileId::new(index as u32), path, text))
        .collect();
    let resources: Vec<(&str, &Resource)> = files
        .iter()
        .zip(&contents)
        .flat_map(|((path, _), file)| file.resources.iter().map(move |resource| (*path, resource)))
        .collect();
    let placements = place(&resources, &patch_files(&resources));
    let members = members(&resources, &placements, |path| path);
    group(&members, &[])
        .into_iter()
        .map(|cluster| {
            let paths = cluster.members.iter().map(|index| members[*index].path.to_owned());
            (cluster.name, paths.collect())
        })
        .collect()
}

fn clusters(expected: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
    expected
        .iter()
        .map(|(name, files)| (name.to_string(), files.iter().map(ToString::to_string).collect()))
        .collect()
}

#[test]
fn files_without_contradiction_are_one_cluster() {
    let (a, b) = (object("ConfigMap", "x", "a", "1"), object("ConfigMap", "x", "b", "1"));
    let files = [("a/kubeadm.yaml", KUBEADM), ("b/a.yaml", &a), ("c.yaml", &b)];
    assert_eq!(grouped(&files), clusters(&[("", &["a/kubeadm.yaml", "b/a.yaml", "c.yaml"])]));
}

#[test]
fn hosts_beside_several_clusters_are_in_none_of_them() {
    let netplan = "network: {version: 2, ethernets: {eth0: {dhcp4: true}}}\n";
    let hosts = ("hosts/n1/netplan.yaml", netplan);
    let all = "hosts/n1/netplan.yaml";
    assert_eq!(
        grouped(&[("a/kubeadm.yaml", KUBEADM), hosts]),
        clusters(&[("", &["a/kubeadm.yaml", all])])
    );
    assert_eq!(
        grouped(&[("a/kubeadm.yaml", KUBEADM), ("b/kubeadm.yaml", KUBEADM), hosts]),
        clusters(&[("a", &["a/kubeadm.yaml"]), ("b", &["b/kubeadm.yaml"]), ("", &[all])])
    );
}

#[test]
fn two_singletons_split_and_what_lies_beside_belongs_to_both() {
    let app = object("ConfigMap", "x", "a", "1");
    let files = [
        ("apps/a.yaml", app.as_str()),
        ("clusters/one/k.yaml", KUBEADM),
        ("clusters/two/k.yaml", KUBEADM),
    ];
    assert_eq!(
        grouped(&files),
        clusters(&[
            ("clusters/one", &["apps/a.yaml", "clusters/one/k.yaml"]),
            ("clusters/two", &["apps/a.yaml", "clusters/two/k.yaml"]),
        ])
    );
}

#[test]
fn one_object_with_two_contents_splits_and_with_one_content_does_not() {
    let (one, two) = (object("ConfigMap", "x", "a", "1"), object("ConfigMap", "x", "a", "2"));
    let files = [("p/a.yaml", one.as_str()), ("q/a.yaml", two.as_str())];
    assert_eq!(grouped(&files), clusters(&[("p", &["p/a.yaml"]), ("q", &["q/a.yaml"])]));
    let files = [("p/a.yaml", one.as_str()), ("q/a.yaml", one.as_str())];
    assert_eq!(grouped(&files), clusters(&[("", &["p/a.yaml", "q/a.yaml"])]));
}

#[test]
fn a_base_belongs_to_each_of_its_overlays() {
    let (base, dev) = (object("ConfigMap", "x", "a", "1"), object("ConfigMap", "x", "a", "2"));
    let prod = object("ConfigMap", "x", "a", "3");
    let files = [
        ("base/a.yaml", base.as_str()),
        ("overlays/dev/a.yaml", dev.as_str()),
        ("overlays/prod/a.yaml", prod.as_str()),
    ];
    assert_eq!(
        grouped(&files),
        clusters(&[
            ("overlays/dev", &["base/a.yaml", "overlays/dev/a.yaml"]),
            ("overlays/prod", &["base/a.yaml", "overlays/prod/a.yaml"]),
        ])
    );
}

#[test]
fn kustomizations_tell_namespaces_and_patches() {
    let unplaced = |value: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata: {{x: {value}}}\n")
    };
    let (one, two) = (unplaced("1"), unplaced("2"));
    let files = [
        ("p/a.yaml", one.as_str()),
        ("p/kustomization.yaml", "namespace: p\nresources: [a.yaml]\n"),
        ("q/a.yaml", two.as_str()),
        ("q/kustomization.yaml", "resources: [a.yaml]\npatches: [{path: ./patch.yaml}]\n"),
        ("q/patch.yaml", two.as_str()),
    ];
    let all = ["p/a.yaml", "p/kustomization.yaml", "q/a.yaml", "q/kustomization.yaml"];
    assert_eq!(grouped(&files), clusters(&[("", &all)]));
}

#[test]
fn folders_of_examples_stand_alone() {
    let files = [
        ("deploy/k.yaml", KUBEADM),
        ("docs/one/k.yaml", KUBEADM),
        ("docs/two/k.yaml", KUBEADM),
        ("docs/two/sub/k.yaml", KUBEADM),
    ];
    assert_eq!(
        grouped(&files),
        clusters(&[
            ("", &["deploy/k.yaml"]),
            ("docs/one", &["docs/one/k.yaml"]),
            ("docs/two", &["docs/two/k.yaml"]),
            ("docs/two/sub", &["docs/two/sub/k.yaml"]),
        ])
    );
}

#[test]
fn many_contradictions_in_one_folder_do_not_multiply_the_rest() {
    let conflicting: Vec<(String, String)> = (0..200)
        .map(|n| (format!("x/{n}.yaml"), object("ConfigMap", "x", "a", &n.to_string())))
        .collect();
    let rest: Vec<(String, String)> = (0..200)
        .map(|n| (format!("y/{n}.yaml"), object("ConfigMap", "x", &format!("o{n}"), "1")))
        .collect();
    let files: Vec<(&str, &str)> = conflicting
        .iter()
        .chain(&rest)
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let grouped = grouped(&files);
    assert_eq!(grouped.len(), 201);
    assert_eq!(grouped.values().map(Vec::len).sum::<usize>(), 400);
}

#[test]
fn the_files_of_nodes_are_those_of_one_cluster() {
    let conflist = |subnet| {
        format!(
            r#"{{"name": "k8s", "plugins": [{{"type": "bridge", "ipam": {{"subnet": "{subnet}"}}}}]}}"#
        )
    };
    let (a, b) = (conflist("10.0.1.0/24"), conflist("10.0.2.0/24"));
    let files = [("a/net.d/10.conflist", a.as_str()), ("b/net.d/10.conflist", &b)];
    assert_eq!(grouped(&files), clusters(&[("", &["a/net.d/10.conflist", "b/net.d/10.conflist"])]));
}

fn kubeadm_config(pod_subnet: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: kubeadm-config, namespace: kube-system}}\ndata:\n  ClusterConfiguration: |\n    apiVersion: kubeadm.k8s.io/v1beta4\n    kind: ClusterConfiguration\n    clusterName: kubernetes\n    networking: {{podSubnet: {pod_subnet}, serviceSubnet: 10.96.0.0/12, dnsDomain: cluster.local}}\n"
    )
}

#[test]
fn what_a_cluster_keeps_of_a_file_belongs_to_the_same_cluster() {
    let file = format!("{KUBEADM}networking: {{podSubnet: 10.244.0.0/16}}\n");
    let (same, other) = (kubeadm_config("10.244.0.0/16"), kubeadm_config("10.10.0.0/16"));
    let one = |files: &[&str]| clusters(&[("", files)]);
    // Beside it, they are one even where they say different things.
    for record in [&same, &other] {
        let files = [("k/cm.yaml", record.as_str()), ("k/kubeadm.yaml", &file)];
        assert_eq!(grouped(&files), one(&["k/cm.yaml", "k/cm.yaml", "k/kubeadm.yaml"]));
    }
    let files = [("a/kubeadm.yaml", file.as_str()), ("b/cm.yaml", &same)];
    assert_eq!(grouped(&files), one(&["a/kubeadm.yaml", "b/cm.yaml", "b/cm.yaml"]));
    let files = [("a/kubeadm.yaml", file.as_str()), ("b/cm.yaml", &other)];
    assert_eq!(
        grouped(&files),
        clusters(&[("a", &["a/kubeadm.yaml"]), ("b", &["b/cm.yaml", "b/cm.yaml"])])
    );
}

#[test]
fn every_machine_may_have_a_copy_of_what_kubeadm_was_given() {
    let init = |address: &str| {
        format!(
            "{KUBEADM}networking: {{podSubnet: 10.244.0.0/16}}\n---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nlocalAPIEndpoint: {{advertiseAddress: {address}}}\n"
        )
    };
    let (a, b) = (init("10.0.0.1"), init("10.0.0.2"));
    let files = [("master-1/k.yaml", a.as_str()), ("master-2/k.yaml", &b)];
    assert_eq!(grouped(&files).len(), 1);
    let files = [("first/k.yaml", a.as_str()), ("second/k.yaml", &b)];
    assert_eq!(grouped(&files).len(), 2);
    let other = a.replace("10.244", "10.10");
    let files = [("master-1/k.yaml", a.as_str()), ("master-2/k.yaml", &other)];
    assert_eq!(grouped(&files).len(), 2);
}

#[test]
fn static_pods_of_machines_are_those_of_one_cluster() {
    let pod = |address: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: kube-apiserver, namespace: kube-system}}\nspec:\n  containers:\n  - {{name: a, command: [kube-apiserver, --advertise-address={address}]}}\n"
        )
    };
    let (a, b) = (pod("10.0.0.1"), pod("10.0.0.2"));
    let below = "etc/kubernetes/manifests/a.yaml";
    let (first, second) = (format!("cp-1/{below}"), format!("cp-2/{below}"));
    assert_eq!(grouped(&[(&first, &a), (&second, &b)]).len(), 1);
    assert_eq!(grouped(&[("one/a.yaml", &a), ("two/a.yaml", &b)]).len(), 2);
}

#[test]
fn machines_of_two_clusters_are_told_apart() {
    let kubelet = |dns: &str| {
        format!(
            "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nclusterDNS: [{dns}]\n"
        )
    };
    let (a, b) = (kubelet("10.96.0.10"), kubelet("10.43.0.10"));
    let names = |files: &[(&str, &str)]| grouped(files).into_keys().collect::<Vec<_>>();
    // By what they say about a machine of one name, and by the names of folders.
    for (one, other) in [
        ("a/worker-1/k.yaml", "b/worker-1/k.yaml"),
        ("prod/w-1/k.yaml", "staging/w-2/k.yaml"),
        ("cluster-a/worker-1/k.yaml", "cluster-b/worker-2/k.yaml"),
        ("clusters/a/nodes/x.yaml", "clusters/b/nodes/y.yaml"),
    ] {
        assert_eq!(names(&[(one, &a), (other, &b)]).len(), 2, "{one}");
    }
    for (one, other) in [
        ("worker-1/k.yaml", "worker-2/k.yaml"),
        ("masters/m1/k.yaml", "workers/w1/k.yaml"),
        ("clusters/a/nodes/x.yaml", "clusters/a/nodes/y.yaml"),
    ] {
        assert_eq!(names(&[(one, &a), (other, &b)]), [""], "{one}");
    }
}

#[test]
fn folders_of_clusters_hold_one_each() {
    let pool = |name: &str| {
        format!(
            "apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {{name: {name}}}\nspec: {{cidr: 10.0.0.0/16}}\n"
        )
    };
    let (a, b) = (pool("a"), pool("b"));
    let files = [
        ("apps/a.yaml", a.as_str()),
        ("clusters/common/b.yaml", &b),
        ("clusters/one/a.yaml", &a),
        ("clusters/two/b.yaml", &b),
    ];
    assert_eq!(
        grouped(&files),
        clusters(&[
            ("clusters/one", &["apps/a.yaml", "clusters/common/b.yaml", "clusters/one/a.yaml"]),
            ("clusters/two", &["apps/a.yaml", "clusters/common/b.yaml", "clusters/two/b.yaml"]),
        ])
    );
    // Those of a database are none.
    let (a, b) = (object("ConfigMap", "x", "a", "1"), object("ConfigMap", "x", "b", "1"));
    let files = [("pg/clusters/one/a.yaml", a.as_str()), ("pg/clusters/two/b.yaml", &b)];
    assert_eq!(grouped(&files).len(), 1);
}

#[test]
fn coredns_is_one_whatever_its_chart_calls_it() {
    let deployment = |namespace: &str, name: &str| {
        object("Deployment", namespace, name, "1").replace("apiVersion: v1", "apiVersion: apps/v1")
    };
    let (rke2, plain) =
        (deployment("kube-system", "rke2-coredns-rke2-coredns"), deployment("", "coredns"));
    assert_eq!(grouped(&[("a/d.yaml", &rke2), ("b/d.yaml", &plain)]).len(), 2);
    // One that serves something else stands beside it.
    let other = deployment("zone", "coredns");
    assert_eq!(grouped(&[("a/d.yaml", &rke2), ("b/d.yaml", &other)]).len(), 1);
}

fn kops(name: &str) -> String {
    format!(
        "apiVersion: kops.k8s.io/v1alpha2\nkind: Cluster\nmetadata: {{name: {name}}}\nspec: {{}}\n"
    )
}

#[test]
fn clusters_of_one_file_are_told_apart_by_their_names() {
    let group = "apiVersion: kops.k8s.io/v1alpha2\nkind: InstanceGroup\nmetadata: {name: nodes, labels: {kops.k8s.io/cluster: a}}\nspec: {}\n";
    let both = [kops("a"), kops("b")].join("---\n");
    let app = object("ConfigMap", "x", "app", "1");
    let files = [("app.yaml", app.as_str()), ("kops.yaml", &both), ("nodes.yaml", group)];
    assert_eq!(
        grouped(&files),
        clusters(&[
            ("a", &["app.yaml", "kops.yaml", "nodes.yaml"]),
            ("b", &["app.yaml", "kops.yaml"]),
        ])
    );
}

#[test]
fn clusters_of_several_makers_are_several_clusters() {
    let kops = kops("a");
    let files = [("one/kubeadm.yaml", KUBEADM), ("two/kops.yaml", kops.as_str())];
    assert_eq!(
        grouped(&files),
        clusters(&[("one", &["one/kubeadm.yaml"]), ("two", &["two/kops.yaml"])])
    );
}

#[test]
fn what_belongs_to_a_cluster_of_cluster_api_goes_with_it() {
    let cluster = |name: &str| {
        format!(
            "apiVersion: cluster.x-k8s.io/v1beta1\nkind: Cluster\nmetadata: {{name: {name}}}\nspec: {{controlPlaneRef: {{kind: KubeadmControlPlane, name: {name}-cp}}}}\n---\napiVersion: controlplane.cluster.x-k8s.io/v1beta1\nkind: KubeadmControlPlane\nmetadata: {{name: {name}-cp}}\nspec: {{kubeadmConfigSpec: {{clusterConfiguration: {{networking: {{podSubnet: 10.0.0.0/16}}}}}}}}\n---\napiVersion: cluster.x-k8s.io/v1beta1\nkind: MachineDeployment\nmetadata: {{name: {name}-md}}\nspec: {{clusterName: {name}}}\n"
        )
    };
    let both = [cluster("a"), cluster("b")].join("---\n");
    let files = [("clusters.yaml", both.as_str())];
    // Cluster, control plane, its part of kubeadm, and machines.
    let four = ["clusters.yaml"; 4];
    assert_eq!(grouped(&files), clusters(&[("a", &four), ("b", &four)]));
}

#[test]
fn machines_of_talos_are_those_of_one_cluster() {
    let machine = |name: &str, address: &str| {
        format!(
            "version: v1alpha1\nmachine: {{type: controlplane, network: {{hostname: {name}, interfaces: [{{interface: eth0, addresses: [{address}]}}]}}}}\ncluster: {{clusterName: home, controlPlane: {{endpoint: 'https://10.0.0.5:6443'}}}}\n"
        )
    };
    let (a, b) = (machine("cp-1", "10.0.0.1/24"), machine("cp-2", "10.0.0.2/24"));
    let files = [("talos/home-cp-1.yaml", a.as_str()), ("talos/home-cp-2.yaml", &b)];
    let both = ["talos/home-cp-1.yaml", "talos/home-cp-2.yaml"];
    assert_eq!(grouped(&files), clusters(&[("", &both)]));
}

#[test]
fn a_control_plane_without_a_number_is_a_machine_beside_others() {
    let contents = |path: &str, text: &str| ingest(FileId::new(0), path, text);
    let kubelet = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";
    let names = |paths: &[&str]| -> Vec<Option<String>> {
        let files: Vec<FileContents> = paths.iter().map(|path| contents(path, kubelet)).collect();
        let resources: Vec<(&str, &Resource)> =
            paths.iter().zip(&files).map(|(path, file)| (*path, &file.resources[0])).collect();
        let placements = place(&resources, &[]);
        let members = members(&resources, &placements, |path| path);
        members.iter().map(|member| Some(member.node?.name.to_owned())).collect()
    };
    let paths = ["k8s-master/kubelet.yaml", "k8s-worker1/kubelet.yaml"];
    assert_eq!(names(&paths), [Some("k8s-master".to_owned()), Some("k8s-worker1".to_owned())]);
    assert_eq!(names(&["agent/kubelet.yaml", "server/kubelet.yaml"]), [None, None]);
}
