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
    let members: Vec<Member<'_>> = resources
        .iter()
        .zip(&placements)
        .map(|((path, resource), placement)| Member { path, below_root: path, resource, placement })
        .collect();
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
