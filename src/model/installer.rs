//! What the file of an installer or of a distribution states about its cluster, in one form for
//! all of them.
//!
//! Each format has a file below, which knows the format's fields and defaults and fills an
//! [`Installer`] in. The other parts of the model read the installers and know none of the
//! formats: `addresses` the ranges and addresses, `capacity` the nodes and limits, `components`
//! the flags, `versions` the version. Nothing is parsed or compared here; values are kept as they
//! are written. What a format leaves to its default counts only where the format is documented to
//! have it and the object that owns the field is in view.
//!
//! kubeadm's own configuration is read where it is needed: most of the model speaks its words.

mod azure;
#[cfg(test)]
mod cloud_tests;
mod cluster_api;
mod eks;
pub mod eni;
mod k0s;
pub mod k3s;
mod kind;
mod kops;
mod kubespray;
mod openshift;
mod rke;
mod talos;

use std::borrow::Cow;

use super::Object;
use super::addresses::{Family, Source};
use super::capacity::Cutter;
use super::image::Component;
use crate::ingest::flags::Flags;
use crate::ingest::{Body, List};
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

/// What one file states, or several files that are one configuration.
#[derive(Debug)]
pub struct Installer<'a> {
    pub object: Object<'a>,
    /// Ranges of pods, of Services and of nodes.
    pub ranges: Vec<RangeField>,
    /// Addresses of nodes, and those that stand for several: endpoints and virtual addresses.
    pub addresses: Vec<AddressField<'a>>,
    /// Where pods are told to ask for names.
    pub dns: Option<DnsField>,
    pub domain: Option<DomainField>,
    pub nodes: Vec<NodeGroup<'a>>,
    /// Whether `nodes` are all nodes that the cluster has.
    pub lists_all_nodes: bool,
    /// How the pod ranges are cut into ranges of nodes; `None` when they are not, or nobody knows.
    pub cut: Option<Cut>,
    pub max_pods: Option<MaxPodsField>,
    pub plugin: Plugin<'a>,
    /// Whether it brings something that enforces policies beside the plugin.
    pub has_policy_controller: bool,
    pub without_kube_proxy: bool,
    /// `iptables`, `ipvs`, `nftables`.
    pub proxy_mode: Field<String>,
    pub kubernetes_version: Option<&'a Spanned<String>>,
    /// Versions of single components: a version, or the image that has it.
    pub versions: Vec<(Component, &'a Spanned<String>)>,
    /// The ports that the API server gives to Services: `30000-32767`.
    pub node_ports: Field<String>,
    /// The flags that it gives to components of Kubernetes.
    pub flags: Vec<(Component, Cow<'a, Flags>)>,
    pub nodes_run_docker: bool,
    /// Pods have addresses of the network that the nodes are in.
    pub pods_share_node_network: bool,
    /// Who runs the control plane.
    pub provider: Option<Provider>,
    /// Machines of a cloud with a number of pods that they are to run.
    pub instances: Vec<Instances<'a>>,
    /// The plugin for Amazon VPC gives machines prefixes rather than addresses.
    pub prefix_delegation: bool,
}

/// A cloud that runs the control plane, and has rules of its own for ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    Aks,
    Eks,
}

/// Machines of these types, and how many pods each is to run.
#[derive(Clone, Debug)]
pub struct Instances<'a> {
    /// `m5.large`; all that there may be.
    pub machines: Vec<&'a Spanned<String>>,
    pub max_pods: Spanned<i64>,
}

/// A field that states ranges; its [`Source`] says of what, and what the field is called.
#[derive(Clone, Debug)]
pub struct RangeField {
    pub source: Source,
    pub value: RangeValue,
}

#[derive(Clone, Debug)]
pub enum RangeValue {
    /// Each item is one range, or several between commas.
    Written { span: Span, items: Vec<Spanned<String>> },
    /// The field is left out, and these are what the installer takes.
    Default(&'static [&'static str]),
    /// A template fills it in, or it is of the wrong type.
    Unknown,
}

/// A field that states an address.
#[derive(Clone, Debug)]
pub struct AddressField<'a> {
    pub source: Source,
    /// An address, or a name, which tells nothing.
    pub text: Spanned<String>,
    /// It may also be `host:port`, or a URL.
    pub is_endpoint: bool,
    /// The node that has it.
    pub node: Option<&'a str>,
}

/// A list of addresses of the cluster's DNS.
#[derive(Clone, Debug)]
pub struct DnsField {
    pub source: Source,
    /// Each item is one address, or several between commas.
    pub items: Vec<Spanned<String>>,
    /// What the installer takes when there are none; `None` when it works that out.
    pub default: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub struct DomainField {
    pub source: Source,
    pub value: Field<String>,
    pub default: &'static str,
}

/// One node that a file names, or several that it asks for.
#[derive(Clone, Debug)]
pub struct NodeGroup<'a> {
    pub name: Cow<'a, str>,
    /// Where it is named, or where their number is written.
    pub span: Span,
    pub count: u64,
}

/// Pod ranges of which every node gets a part.
#[derive(Clone, Debug)]
pub struct Cut {
    pub cutter: Cutter,
    /// The prefix length of a node's range of IPv4 and of IPv6, where the format has a field for
    /// it. Otherwise flags of the controller manager tell, and else defaults.
    pub masks: [Field<i64>; 2],
    /// What the fields for these lengths are called, as help names them.
    pub fields: [&'static str; 2],
    /// Defaults of the format's own; otherwise those of the controller manager.
    pub defaults: Option<[u8; 2]>,
}

#[derive(Clone, Debug)]
pub struct MaxPodsField {
    pub field: &'static str,
    pub value: Field<i64>,
    pub default: u64,
}

/// The network plugin that the installer brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plugin<'a> {
    /// It says nothing about it.
    Unstated,
    /// `calico`, `canal`, `cilium`, `flannel` …, by choice or by default.
    Named(&'a str),
    /// It brings none: another one is installed by other means.
    None,
    Unknown,
}

impl<'a> Installer<'a> {
    /// One that states nothing.
    fn new(object: Object<'a>) -> Installer<'a> {
        Installer {
            object,
            ranges: Vec::new(),
            addresses: Vec::new(),
            dns: None,
            domain: None,
            nodes: Vec::new(),
            lists_all_nodes: false,
            cut: None,
            max_pods: None,
            plugin: Plugin::Unstated,
            has_policy_controller: false,
            without_kube_proxy: false,
            proxy_mode: Field::Absent,
            kubernetes_version: None,
            versions: Vec::new(),
            node_ports: Field::Absent,
            flags: Vec::new(),
            nodes_run_docker: false,
            pods_share_node_network: false,
            provider: None,
            instances: Vec::new(),
            prefix_delegation: false,
        }
    }

    /// Ranges in one text, with commas between them. Without a default, a field that is left out
    /// or empty states nothing.
    fn range(&mut self, source: Source, field: &Field<String>, default: &'static [&'static str]) {
        let value = match field {
            Field::Known(text) if !text.trim().is_empty() => {
                RangeValue::Written { span: text.span, items: vec![text.clone()] }
            }
            Field::Unknown(_) => RangeValue::Unknown,
            Field::Known(_) | Field::Absent if default.is_empty() => return,
            Field::Known(_) | Field::Absent => RangeValue::Default(default),
        };
        self.ranges.push(RangeField { source, value });
    }

    /// Ranges in a list.
    fn range_list(
        &mut self,
        source: Source,
        field: &List<String>,
        default: &'static [&'static str],
    ) {
        let items = field.items();
        let known: Vec<_> = items.iter().filter_map(Field::known).cloned().collect();
        let value = match field {
            Field::Unknown(_) => RangeValue::Unknown,
            Field::Known(_) if known.len() < items.len() => RangeValue::Unknown,
            Field::Known(list) if !known.is_empty() => {
                RangeValue::Written { span: list.span, items: known }
            }
            Field::Known(_) | Field::Absent if default.is_empty() => return,
            Field::Known(_) | Field::Absent => RangeValue::Default(default),
        };
        self.ranges.push(RangeField { source, value });
    }

    /// One range that is known.
    fn one_range(&mut self, source: Source, text: &Spanned<String>) {
        let value = RangeValue::Written { span: text.span, items: vec![text.clone()] };
        self.ranges.push(RangeField { source, value });
    }

    /// The domain, when somebody chose one.
    fn domain_if_written(&mut self, source: Source, value: &Field<String>) {
        let value = value.clone();
        if !value.is_absent() {
            self.domain = Some(DomainField { source, value, default: "cluster.local" });
        }
    }

    /// The addresses of the cluster's DNS, when there are any.
    fn dns_if_written(&mut self, source: Source, items: Vec<Spanned<String>>) {
        if !items.is_empty() {
            self.dns = Some(DnsField { source, items, default: None });
        }
    }

    /// One address, or none.
    fn address(&mut self, source: Source, field: &Field<String>, node: Option<&'a str>) {
        if let Some(text) = field.known().filter(|text| !text.trim().is_empty()) {
            let (text, is_endpoint) = (text.clone(), false);
            self.addresses.push(AddressField { source, text, is_endpoint, node });
        }
    }

    /// The version of a component, where one is written.
    fn version(&mut self, component: Component, field: &'a Field<String>) {
        let text = field.known().filter(|text| !text.trim().is_empty());
        self.versions.extend(text.map(|text| (component, text)));
    }

    /// `host:port` or a URL.
    fn endpoint(&mut self, source: Source, field: &Field<String>) {
        if let Some(text) = field.known().filter(|text| !text.trim().is_empty()) {
            let (text, is_endpoint, node) = (text.clone(), true, None);
            self.addresses.push(AddressField { source, text, is_endpoint, node });
        }
    }
}

impl NodeGroup<'_> {
    fn named<'a>(name: &'a str, span: Span) -> NodeGroup<'a> {
        NodeGroup { name: Cow::Borrowed(name), span, count: 1 }
    }

    /// So many nodes; `None` for a number that cannot be one.
    fn sized<'a>(name: impl Into<Cow<'a, str>>, size: &Spanned<i64>) -> Option<NodeGroup<'a>> {
        let (name, span) = (name.into(), size.span);
        Some(NodeGroup { name, span, count: u64::try_from(size.value).ok()? })
    }
}

impl Cut {
    /// How much of the pod ranges a node of a family gets, when the format's own field says so.
    pub fn mask(&self, family: Family) -> &Field<i64> {
        &self.masks[family as usize]
    }
}

/// What the installers among the objects of a cluster state, in the order of the files.
pub fn find<'a>(objects: &[Object<'a>]) -> Vec<Installer<'a>> {
    let single = objects.iter().filter_map(|object| match object.body() {
        Body::Aks(aks) => Some(azure::installer(*object, aks)),
        Body::ClusterApi(cluster) => Some(cluster_api::installer(*object, cluster, objects)),
        Body::Eks(eks) => Some(eks::installer(*object, eks)),
        Body::Kops(kops) => Some(kops::installer(*object, kops)),
        Body::OpenShift(openshift) => Some(openshift::installer(*object, openshift)),
        Body::K0s(cluster) => Some(k0s::installer(*object, cluster)),
        Body::Kind(cluster) => Some(kind::installer(*object, cluster)),
        Body::Rke(cluster) => Some(rke::installer(*object, cluster)),
        Body::Talos(talos) => Some(talos::installer(*object, talos, objects)),
        _ => None,
    });
    let mut installers: Vec<Installer<'a>> = single.collect();
    installers.extend(k3s::configurations(objects).iter().map(k3s::installer));
    installers.extend(kubespray::installers(objects));
    installers.sort_by_key(|installer| installer.object.span());
    installers
}
