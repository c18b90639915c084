//! Clusters of kind, `kind.x-k8s.io/v1alpha4`.
//!
//! <https://kind.sigs.k8s.io/docs/user/configuration/>. Patches for kubeadm are texts of YAML; they
//! are read here, because what they leave out is kind's to decide, not kubeadm's. Versions of node
//! images are left alone: clusters for tests have old ones on purpose.

use serde::Deserialize;

use super::List;
use super::component_config::{self, ComponentConfig};
use super::kubeadm::{self, Kubeadm};
use crate::syntax::decode::{Field, decode};
use crate::syntax::{self, Node};

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KindCluster {
    /// Absent: `kind`.
    pub name: Field<String>,
    /// Absent: one node.
    pub nodes: List<KindNode>,
    pub networking: Field<KindNetworking>,
    /// For the whole cluster and for nodes, in their order.
    #[serde(skip)]
    pub patches: Vec<KindPatch>,
    /// One that is JSON, or cannot be read, may say anything.
    #[serde(skip)]
    pub has_unknown_patch: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct KindNode {
    /// Absent: `control-plane`.
    pub role: Field<String>,
    /// Its tag is the version of Kubernetes.
    pub image: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KindNetworking {
    /// `ipv4`, `ipv6` or `dual`.
    pub ip_family: Field<String>,
    pub pod_subnet: Field<String>,
    pub service_subnet: Field<String>,
    #[serde(rename = "disableDefaultCNI")]
    pub disable_default_cni: Field<bool>,
    /// Absent: `iptables`; `none` for no kube-proxy.
    pub kube_proxy_mode: Field<String>,
}

/// A part of kubeadm's configuration.
#[derive(Debug)]
pub enum KindPatch {
    Kubeadm(Kubeadm),
    Component(ComponentConfig),
}

pub fn read(kind: &str, node: Node<'_>) -> Option<KindCluster> {
    if kind != "Cluster" {
        return None;
    }
    let mut cluster: KindCluster = decode(node).0?;
    let nodes = node.get("nodes").into_iter().flat_map(Node::items);
    for owner in std::iter::once(node).chain(nodes) {
        let patches = owner.get("kubeadmConfigPatches").into_iter().flat_map(Node::items);
        for patch in patches {
            cluster.patch(patch);
        }
        cluster.has_unknown_patch |= owner.get("kubeadmConfigPatchesJSON6902").is_some();
    }
    Some(cluster)
}

impl KindCluster {
    fn patch(&mut self, patch: Node<'_>) {
        let Some(text) = patch.inner_text() else {
            self.has_unknown_patch = true;
            return;
        };
        let parsed = syntax::parse(text, false);
        self.has_unknown_patch |= !parsed.problems.is_empty();
        for document in parsed.tree.documents() {
            let root = parsed.tree.root(document);
            // The group may be left out.
            let kind = root.get("kind").and_then(Node::str).unwrap_or_default();
            let component = match kind {
                "KubeletConfiguration" => "kubelet.config.k8s.io",
                _ => "kubeproxy.config.k8s.io",
            };
            let component = || component_config::read(component, kind, root);
            let patch = kubeadm::read(kind, root).map(KindPatch::Kubeadm);
            self.patches.extend(patch.or_else(|| component().map(KindPatch::Component)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Body, ingest};
    use crate::source::FileId;

    #[test]
    fn patches_are_read_without_their_group_and_with_places() {
        let text = "\
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
- role: control-plane
  kubeadmConfigPatches:
  - |
    kind: ClusterConfiguration
    controllerManager:
      extraArgs:
        node-cidr-mask-size: \"25\"
kubeadmConfigPatches:
- |
  kind: KubeletConfiguration
  maxPods: 200
";
        let contents = ingest(FileId::new(0), "kind.yaml", text);
        let Body::Kind(cluster) = &contents.resources[0].body else { panic!("no cluster") };
        let [KindPatch::Component(ComponentConfig::Kubelet(kubelet)), KindPatch::Kubeadm(patch)] =
            cluster.patches.as_slice()
        else {
            panic!("{:?}", cluster.patches)
        };
        assert_eq!(kubelet.max_pods.value(), Some(&200));
        let Kubeadm::Cluster(patch) = patch else { panic!("{patch:?}") };
        let mask = patch.controller_manager.extra_args.value("node-cidr-mask-size");
        assert_eq!(&text[mask.expect("a flag").span.range()], "\"25\"");
        assert!(!cluster.has_unknown_patch);
    }
}
