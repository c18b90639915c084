//! Which versions the cluster's software has, wherever one is written.
//!
//! A version that a template fills in, a tag such as `latest` and an image by digest tell none.
//! Whether versions go together is not known here; rules ask the [`tables`](super::tables).

mod stated;

use rustc_hash::FxHashSet;

use super::components;
use super::image::{Component, ImageRef, component_of};
use super::installer::Installer;
use super::object::{has_unknown, known_labels};
use super::version::{KubernetesVersion, Release};
use super::{Object, Resolution, Settings, Why};
use crate::diagnostic::Place;
use crate::ingest::Body;
use crate::ingest::kubeadm::Kubeadm;
use crate::ingest::kubernetes::{Kubernetes, NodeObject, Workload};
use crate::source::{Span, Spanned};

/// A component of Kubernetes itself at a version.
#[derive(Clone, Copy, Debug)]
pub struct KubernetesComponent<'a> {
    pub component: Component,
    pub version: KubernetesVersion,
    /// The version as written, or the image that tells it.
    pub text: &'a str,
    pub span: Span,
    pub origin: Origin<'a>,
}

/// How a version is known.
#[derive(Clone, Copy, Debug)]
pub enum Origin<'a> {
    /// The image of a workload.
    Image(Object<'a>),
    /// A Node's `status.nodeInfo`.
    Node(Object<'a>),
    /// `kubernetesVersion` of kubeadm's configuration.
    Kubeadm(Object<'a>),
    /// The same of another installer.
    Installer(Object<'a>),
    /// `kubernetes` in `netvet.yaml`.
    Settings,
}

/// Some other software, that a container runs or a file states.
#[derive(Clone, Debug)]
pub struct Software<'a> {
    pub component: Component,
    /// Without what a distribution adds: `1.12.0`.
    pub version: String,
    pub release: Release,
    /// The version as written, or the image that tells it.
    pub text: &'a str,
    /// Where the version stands.
    pub span: Span,
    pub object: Object<'a>,
    /// Whether a container runs it here; else a file states it.
    pub is_run: bool,
}

/// An image that a container has.
#[derive(Clone, Debug)]
pub struct UsedImage<'a> {
    pub text: &'a Spanned<String>,
    pub image: ImageRef,
    pub object: Object<'a>,
    /// A kustomization puts another name, tag or digest in its place.
    pub replaced: bool,
}

#[derive(Debug)]
pub struct Versions<'a> {
    /// Every image of every workload that can be read, in the order of the files.
    pub images: Vec<UsedImage<'a>>,
    /// Components of Kubernetes that a workload or a Node shows, in the order of the files.
    pub kubernetes: Vec<KubernetesComponent<'a>>,
    /// API servers as kubeadm's configurations set them up.
    pub kubeadm: Vec<KubernetesComponent<'a>>,
    /// In images of tools.
    pub kubectl: Vec<KubernetesComponent<'a>>,
    /// Where plans of Rancher's controller bring the cluster.
    pub upgrades: Vec<KubernetesComponent<'a>>,
    pub software: Vec<Software<'a>>,
    /// From the best source: images of API servers, which may be several; else the configuration
    /// of kubeadm or of another installer; else `netvet.yaml`.
    pub api_servers: Resolution<Vec<KubernetesComponent<'a>>>,
}

impl Place for Software<'_> {
    fn place(&self) -> Span {
        self.span
    }
}

impl Place for KubernetesComponent<'_> {
    fn place(&self) -> Span {
        self.span
    }
}

impl<'a> KubernetesComponent<'a> {
    /// `API server 1.33`: name and minor version.
    pub fn title(&self) -> String {
        format!("{} {}", name(self.component), self.version.without_patch())
    }

    /// The object that tells the version.
    pub fn object(&self) -> Option<Object<'a>> {
        match self.origin {
            Origin::Image(object)
            | Origin::Node(object)
            | Origin::Kubeadm(object)
            | Origin::Installer(object) => Some(object),
            Origin::Settings => None,
        }
    }
}

/// Whether the pods of a workload run on a Node, as far as their node selector and the Node's
/// labels tell; for a bare Pod nobody knows.
pub fn runs_on(workload: Object<'_>, node: Object<'_>) -> bool {
    let Body::Kubernetes(Kubernetes::Workload(spec)) = workload.body() else { return false };
    if workload.kind() != "DaemonSet" || has_unknown(&spec.pod.node_selector) {
        return false;
    }
    let Body::Kubernetes(Kubernetes::Node(status)) = node.body() else { return false };
    let system = status.status.value().and_then(|status| status.node_info.value());
    let system = system.and_then(|info| info.operating_system.value());
    let is_linux = system.is_none_or(|system| system == "linux");
    let labels = known_labels(&node.resource.metadata.labels);
    known_labels(&spec.pod.node_selector).into_iter().all(|(key, value)| match labels.get(key) {
        Some(label) => *label == value,
        // Nodes that are written by hand often lack the labels that every Node has.
        None => key == "kubernetes.io/os" && value == "linux" && is_linux,
    })
}

/// The name of a component in a sentence.
fn name(component: Component) -> &'static str {
    match component {
        Component::KubeApiserver => "API server",
        Component::KubeControllerManager => "controller manager",
        Component::KubeScheduler => "scheduler",
        Component::CloudControllerManager => "cloud controller manager",
        other => other.name(),
    }
}

impl<'a> Versions<'a> {
    pub fn new(
        objects: &[Object<'a>],
        installers: &[Installer<'a>],
        settings: &'a Settings,
    ) -> Versions<'a> {
        let replaced = replaced_images(objects);
        let mut images = Vec::new();
        let mut kubernetes = Vec::new();
        let mut kubeadm = Vec::new();
        let mut software = Vec::new();
        let mut upgrades = Vec::new();
        let mut kubeadm_is_vague = false;
        for object in objects {
            if object.kind() == "CustomResourceDefinition" {
                software.extend(stated::bundle(*object));
            }
            match object.body() {
                Body::Kubernetes(Kubernetes::Workload(workload)) => {
                    let used = used_images(*object, workload, &replaced);
                    kubernetes.extend(kubernetes_components(*object, workload, &replaced));
                    images.extend(used);
                }
                Body::Kubernetes(Kubernetes::Node(node)) => {
                    kubernetes.extend(kubelet(*object, node));
                    software.extend(stated::runtime(*object, node));
                }
                Body::UpgradePlan(plan) => upgrades.extend(stated::upgrade(*object, plan)),
                Body::Release(release) => software.extend(stated::charts(*object, release)),
                Body::Chart(chart) => software.extend(stated::dependencies(*object, chart)),
                Body::Kubeadm(Kubeadm::Cluster(cluster)) => {
                    let version = cluster.kubernetes_version.known();
                    let origin = Origin::Kubeadm(*object);
                    kubeadm.extend(version.and_then(|text| api_server(text, origin)));
                    kubeadm_is_vague |= cluster.kubernetes_version.is_unknown();
                }
                _ => {}
            }
        }
        let mut stated = kubeadm.clone();
        for installer in installers {
            let origin = Origin::Installer(installer.object);
            stated.extend(installer.kubernetes_version.and_then(|text| api_server(text, origin)));
            for (component, text) in &installer.versions {
                match stated::kubernetes(*component, text, installer.object) {
                    Some(server) if server.component == Component::KubeApiserver => {
                        stated.push(server);
                    }
                    Some(other) => kubernetes.push(other),
                    None => software.extend(stated::software(*component, text, installer.object)),
                }
            }
        }
        software.extend(images.iter().filter_map(run));
        let images_of_servers =
            kubernetes.iter().filter(|other| other.component == Component::KubeApiserver);
        let servers: Vec<_> = images_of_servers.copied().collect();
        let named = settings.kubernetes.as_ref();
        let named = named.and_then(|text| api_server(text, Origin::Settings));
        let api_servers = match (&servers[..], &stated[..], named) {
            ([_, ..], _, _) => Resolution::Found(servers),
            ([], [first, others @ ..], _) => match others.iter().all(|other| same(first, other)) {
                true => Resolution::Found(vec![*first]),
                // Those of two days, or of two clusters.
                false => Resolution::Unknown(Why::Malformed),
            },
            ([], [], Some(named)) => Resolution::Found(vec![named]),
            ([], [], None) if kubeadm_is_vague => Resolution::Unknown(Why::Templated),
            ([], [], None) => Resolution::Unknown(Why::NotInFiles),
        };
        let kubectl = images.iter().filter_map(kubectl).collect();
        Versions { images, kubernetes, kubeadm, kubectl, upgrades, software, api_servers }
    }

    /// All of one component of Kubernetes.
    pub fn all(&self, component: Component) -> impl Iterator<Item = &KubernetesComponent<'a>> {
        self.kubernetes.iter().filter(move |other| other.component == component)
    }

    /// The oldest of the API servers: nothing else may be newer than it.
    pub fn oldest_api_server(&self) -> Option<&KubernetesComponent<'a>> {
        self.known_api_servers().iter().min_by_key(|server| server.version.minor_version())
    }

    /// The newest of the API servers: it decides how old anything else may be.
    pub fn newest_api_server(&self) -> Option<&KubernetesComponent<'a>> {
        // Of equal ones the first, as above.
        let servers = self.known_api_servers().iter().rev();
        servers.max_by_key(|server| server.version.minor_version())
    }

    /// A component whose minor version the cluster has at least: the oldest API server, or else
    /// the newest kubelet or kube-proxy, because neither may be newer than the API server.
    pub fn at_least(&self) -> Option<&KubernetesComponent<'a>> {
        let on_nodes = [Component::Kubelet, Component::KubeProxy];
        let others = self.kubernetes.iter().rev().filter(|c| on_nodes.contains(&c.component));
        let newest = others.max_by_key(|other| other.version.minor_version());
        self.oldest_api_server().or(newest)
    }

    /// The API servers whose versions are known.
    pub fn known_api_servers(&self) -> &[KubernetesComponent<'a>] {
        match &self.api_servers {
            Resolution::Found(servers) => servers,
            Resolution::Absent | Resolution::Unknown(_) => &[],
        }
    }
}

fn api_server<'a>(
    text: &'a Spanned<String>,
    origin: Origin<'a>,
) -> Option<KubernetesComponent<'a>> {
    let version = KubernetesVersion::parse(text)?;
    let component = Component::KubeApiserver;
    Some(KubernetesComponent { component, version, text, span: text.span, origin })
}

fn same(one: &KubernetesComponent<'_>, other: &KubernetesComponent<'_>) -> bool {
    one.version.minor_version() == other.version.minor_version()
}

fn kubelet<'a>(object: Object<'a>, node: &'a NodeObject) -> Option<KubernetesComponent<'a>> {
    // The kube-proxy version beside it was never that of kube-proxy (KEP-4004).
    let text = node.status.value()?.node_info.value()?.kubelet_version.known()?;
    let (component, origin) = (Component::Kubelet, Origin::Node(object));
    let version = KubernetesVersion::parse(text)?;
    Some(KubernetesComponent { component, version, text, span: text.span, origin })
}

/// Names of images that a kustomization changes. Which of the objects it speaks of is left open.
fn replaced_images<'a>(objects: &[Object<'a>]) -> FxHashSet<&'a str> {
    let kustomizations = objects.iter().filter_map(|object| match object.body() {
        Body::Kustomization(kustomization) => Some(kustomization),
        _ => None,
    });
    let images = kustomizations.flat_map(|kustomization| kustomization.images.items());
    images.filter_map(|image| image.value()?.name.value()).map(String::as_str).collect()
}

/// Whether a kustomization changes an image, by the name before its tag and digest.
fn is_replaced(text: &str, image: &ImageRef, replaced: &FxHashSet<&str>) -> bool {
    let name = text.split('@').next().unwrap_or(text);
    let tag = image.tag.as_ref().map_or(0, |tag| tag.len() + 1);
    replaced.contains(&name[..name.len().saturating_sub(tag)])
}

fn used_images<'a>(
    object: Object<'a>,
    workload: &'a Workload,
    replaced: &FxHashSet<&str>,
) -> Vec<UsedImage<'a>> {
    let images = workload.pod.all_containers().filter_map(|container| {
        let text = container.image.known()?;
        let image = ImageRef::parse(text)?;
        let replaced = is_replaced(text, &image, replaced);
        Some(UsedImage { text, image, object, replaced })
    });
    images.collect()
}

/// The components of Kubernetes that a workload runs for this very cluster.
fn kubernetes_components<'a>(
    object: Object<'a>,
    workload: &'a Workload,
    replaced: &FxHashSet<&str>,
) -> Vec<KubernetesComponent<'a>> {
    if !is_of_this_cluster(object, workload) {
        return Vec::new();
    }
    let components = workload.pod.running_containers().filter_map(|container| {
        let text = container.image.known()?;
        let image = ImageRef::parse(text).filter(|image| !is_replaced(text, image, replaced))?;
        let (component, version) = component_of(&image)?;
        let component = match component {
            Component::Hyperkube => components::component(container)?,
            other => other,
        };
        let version = KubernetesVersion::parse(version?)?;
        let origin = Origin::Image(object);
        let span = tag_span(text, &image);
        let found = KubernetesComponent { component, version, text, span, origin };
        is_kubernetes(component).then_some(found)
    });
    components.collect()
}

/// Control planes of other clusters run as pods, too, and so do tests of one: but neither among
/// the pods of this cluster's own control plane.
fn is_of_this_cluster(object: Object<'_>, workload: &Workload) -> bool {
    let in_place = match object.namespace() {
        "" => workload.pod.host_network.value().copied().unwrap_or_default(),
        namespace => namespace == "kube-system",
    };
    in_place && !is_job(object)
}

fn is_job(object: Object<'_>) -> bool {
    matches!(object.kind(), "Job" | "CronJob")
}

/// Whether a component has the versions of the API server.
fn is_kubernetes(component: Component) -> bool {
    matches!(
        component,
        Component::KubeApiserver
            | Component::KubeControllerManager
            | Component::KubeScheduler
            | Component::KubeProxy
            | Component::Kubelet
            | Component::CloudControllerManager
    )
}

/// Where the tag of an image stands, or all of it when it has none.
fn tag_span(text: &Spanned<String>, image: &ImageRef) -> Span {
    let name = text.value.find('@').unwrap_or(text.len());
    match &image.tag {
        Some(tag) => text.part(name - tag.len()..name),
        None => text.span,
    }
}

/// kubectl in an image that is named after it.
fn kubectl<'a>(used: &UsedImage<'a>) -> Option<KubernetesComponent<'a>> {
    let (component, version) = component_of(&used.image).filter(|_| !used.replaced)?;
    let version = KubernetesVersion::parse(version?)?;
    let (span, origin) = (tag_span(used.text, &used.image), Origin::Image(used.object));
    let found = KubernetesComponent { component, version, text: used.text, span, origin };
    (component == Component::Kubectl).then_some(found)
}

/// The software that a container runs.
fn run<'a>(used: &UsedImage<'a>) -> Option<Software<'a>> {
    let (component, version) = component_of(&used.image).filter(|_| !used.replaced)?;
    let is_tool = matches!(component, Component::Hyperkube | Component::Kubectl);
    if is_kubernetes(component) || is_tool || is_job(used.object) {
        return None;
    }
    let version = version?.to_owned();
    let release = Release::parse(&version)?;
    let span = tag_span(used.text, &used.image);
    let (text, object) = (used.text.as_str(), used.object);
    Some(Software { component, version, release, text, span, object, is_run: true })
}

#[cfg(test)]
mod tests;
