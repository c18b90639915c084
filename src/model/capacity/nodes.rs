//! How many nodes the cluster has, as far as the files tell, or is to have.

use std::borrow::Cow;

use rustc_hash::FxHashSet;

use crate::ingest::Body;
use crate::ingest::kubeadm::Kubeadm;
use crate::ingest::kubernetes::Kubernetes;
use crate::model::installer::Installer;
use crate::model::object::known_labels;
use crate::model::{Object, Settings};
use crate::source::{Span, Spanned};

/// Nodes that the files name, and how many are planned. What autoscalers add is not known.
#[derive(Debug, Default)]
pub struct Nodes<'a> {
    /// In the order of the files, each once. There may be more that the files do not name.
    pub named: Vec<NamedNode<'a>>,
    /// `nodes` in `netvet.yaml`.
    pub planned: Option<&'a Spanned<u64>>,
    /// Something says that the cluster has one node and is to have no more.
    pub is_single: bool,
}

/// A node that a file names, or several that it asks for.
#[derive(Clone, Debug)]
pub struct NamedNode<'a> {
    pub name: Cow<'a, str>,
    /// Where its name, or their number, is written.
    pub span: Span,
    pub count: u64,
    pub object: Object<'a>,
}

impl<'a> Nodes<'a> {
    pub fn new(
        objects: &[Object<'a>],
        installers: &[Installer<'a>],
        settings: &'a Settings,
    ) -> Nodes<'a> {
        let mut nodes = Nodes { planned: settings.nodes.as_ref(), ..Nodes::default() };
        let mut seen = FxHashSet::default();
        let (mut untainted, mut joins) = (false, false);
        for object in objects {
            let (name, span) = match object.body() {
                Body::Kubernetes(Kubernetes::Node(_)) => {
                    if is_fake(*object) {
                        continue;
                    }
                    (object.name(), object.resource.name_span())
                }
                // Inside another object it is a pattern for machines, and none itself.
                Body::Kubeadm(_) if object.resource.group() != "kubeadm.k8s.io" => continue,
                Body::Kubeadm(Kubeadm::Init(init)) => {
                    let registration = init.node_registration.value();
                    untainted |= registration
                        .and_then(|node| node.taints.value())
                        .is_some_and(Vec::is_empty);
                    let Some(name) = registration.and_then(|node| node.name.known()) else {
                        continue;
                    };
                    (name.value.as_str(), name.span)
                }
                Body::Kubeadm(Kubeadm::Join(join)) => {
                    joins = true;
                    let name = join.node_registration.value().and_then(|node| node.name.known());
                    let Some(name) = name else { continue };
                    (name.value.as_str(), name.span)
                }
                Body::Kubeadm(Kubeadm::Cluster(cluster)) => {
                    let endpoint = cluster.control_plane_endpoint.value();
                    nodes.is_single |= endpoint.is_some_and(|host| host.contains("minikube"));
                    continue;
                }
                _ => continue,
            };
            if !name.is_empty() && seen.insert(Cow::Borrowed(name)) {
                let name = Cow::Borrowed(name);
                nodes.named.push(NamedNode { name, span, count: 1, object: *object });
            }
        }
        for installer in installers {
            for group in &installer.nodes {
                if seen.insert(group.name.clone()) {
                    let (name, span, count) = (group.name.clone(), group.span, group.count);
                    nodes.named.push(NamedNode { name, span, count, object: installer.object });
                }
            }
        }
        nodes.is_single |= untainted && !joins;
        nodes.is_single |= installers.iter().any(|installer| installer.lists_all_nodes);
        nodes.is_single &= nodes.known() <= 1;
        nodes
    }

    /// How many nodes there are or are to be, at the least; 0 if nobody says.
    pub fn at_least(&self) -> u64 {
        self.known().max(self.planned.map_or(0, |planned| planned.value))
    }

    /// How many nodes the files name.
    pub fn known(&self) -> u64 {
        self.named.iter().fold(0, |sum: u64, node| sum.saturating_add(node.count))
    }

    /// The node, or the group of nodes, of the first that there is no room for.
    pub fn first_beyond(&self, room: u64) -> Option<&NamedNode<'a>> {
        let mut sum: u64 = 0;
        self.named.iter().find(|node| {
            sum = sum.saturating_add(node.count);
            sum > room
        })
    }
}

/// Nodes without a machine: those of KWOK and of Virtual Kubelet.
fn is_fake(node: Object<'_>) -> bool {
    let labels = known_labels(&node.resource.metadata.labels);
    let fake_type = matches!(labels.get("type"), Some(&"kwok" | &"virtual-kubelet"));
    fake_type || node.resource.metadata.annotation("kwok.x-k8s.io/node").is_some()
}
