//! How many pods a node is to run, by every place that says so.

use crate::ingest::Body;
use crate::ingest::component_config::{ComponentConfig, KubeletConfiguration};
use crate::ingest::kubernetes::{Kubernetes, NodeObject};
use crate::model::addresses::{Family, IpRange, range};
use crate::model::components::ComponentFlags;
use crate::model::image::Component;
use crate::model::installer::{Installer, MaxPodsField};
use crate::model::quantity::Quantity;
use crate::model::{Object, Settings};
use crate::source::Span;
use crate::syntax::decode::Field;

/// What a KubeletConfiguration without `maxPods` means, `pkg/kubelet/apis/config/v1beta1`.
pub const DEFAULT_MAX_PODS: u64 = 110;

/// The most pods that a node runs, as one place says.
#[derive(Clone, Debug)]
pub struct MaxPods<'a> {
    pub pods: u64,
    pub source: MaxPodsSource,
    /// Where the number is written; of a default, the object that leaves it out.
    pub span: Span,
    /// `None` for what the configuration of netvet says.
    pub object: Option<Object<'a>>,
    /// The node's own pod range of IPv4, when the place tells it.
    pub node_range: Option<(IpRange, Span)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxPodsSource {
    /// `maxPods` of a KubeletConfiguration.
    KubeletConfiguration,
    /// The same, left out.
    Default,
    /// `--max-pods`.
    Flag,
    /// A field of an installer.
    Installer(&'static str),
    /// The same, left out.
    InstallerDefault(&'static str),
    /// `status.allocatable` or `status.capacity` of a Node.
    NodeStatus,
    /// `max-pods` in `netvet.yaml`.
    Settings,
}

impl MaxPodsSource {
    /// The field as its users call it.
    pub fn field(self) -> &'static str {
        match self {
            MaxPodsSource::KubeletConfiguration | MaxPodsSource::Default => "maxPods",
            MaxPodsSource::Flag => "--max-pods",
            MaxPodsSource::Installer(field) | MaxPodsSource::InstallerDefault(field) => field,
            MaxPodsSource::NodeStatus => "status.allocatable",
            MaxPodsSource::Settings => "max-pods",
        }
    }
}

/// Everything that says it, in the order of the files; defaults only where nothing else does.
pub fn find<'a>(
    objects: &[Object<'a>],
    installers: &[Installer<'a>],
    components: &[ComponentFlags<'a>],
    settings: &'a Settings,
) -> Vec<MaxPods<'a>> {
    let mut found = Vec::new();
    for object in objects {
        match object.body() {
            Body::ComponentConfig(ComponentConfig::Kubelet(kubelet)) => {
                found.extend(of_kubelet(*object, kubelet));
            }
            Body::Kubernetes(Kubernetes::Node(node)) => found.extend(of_node(*object, node)),
            _ => {}
        }
    }
    for installer in installers {
        let field = installer.max_pods.as_ref();
        found.extend(field.and_then(|field| of_installer(installer.object, field)));
    }
    for kubelet in components.iter().filter(|found| found.component == Component::Kubelet) {
        let Some(value) = kubelet.flags.value("max-pods") else { continue };
        let Ok(pods) = value.trim().parse() else { continue };
        let (span, object) = (value.span, Some(kubelet.object));
        let source = MaxPodsSource::Flag;
        found.push(MaxPods { pods, source, span, object, node_range: None });
    }
    if let Some(planned) = &settings.max_pods {
        let (pods, span) = (planned.value, planned.span);
        let source = MaxPodsSource::Settings;
        found.push(MaxPods { pods, source, span, object: None, node_range: None });
    }
    let is_default = |found: &MaxPods<'_>| {
        matches!(found.source, MaxPodsSource::Default | MaxPodsSource::InstallerDefault(_))
    };
    if !found.iter().all(is_default) {
        found.retain(|found| !is_default(found));
    }
    found
}

fn of_kubelet<'a>(object: Object<'a>, kubelet: &'a KubeletConfiguration) -> Option<MaxPods<'a>> {
    // A limit by cores may be lower, and nobody knows the cores.
    if kubelet.pods_per_core.is_unknown() || kubelet.pods_per_core.value().is_some_and(|n| *n > 0) {
        return None;
    }
    let (pods, source, span) = match &kubelet.max_pods {
        Field::Known(pods) => {
            let source = MaxPodsSource::KubeletConfiguration;
            (u64::try_from(pods.value).ok()?, source, pods.span)
        }
        Field::Absent => (DEFAULT_MAX_PODS, MaxPodsSource::Default, object.resource.name_span()),
        Field::Unknown(_) => return None,
    };
    Some(MaxPods { pods, source, span, object: Some(object), node_range: None })
}

fn of_installer<'a>(object: Object<'a>, field: &MaxPodsField) -> Option<MaxPods<'a>> {
    let (pods, source, span) = match &field.value {
        Field::Known(pods) => {
            let source = MaxPodsSource::Installer(field.field);
            (u64::try_from(pods.value).ok()?, source, pods.span)
        }
        Field::Absent => {
            let source = MaxPodsSource::InstallerDefault(field.field);
            (field.default, source, object.resource.name_span())
        }
        Field::Unknown(_) => return None,
    };
    Some(MaxPods { pods, source, span, object: Some(object), node_range: None })
}

fn of_node<'a>(object: Object<'a>, node: &'a NodeObject) -> Option<MaxPods<'a>> {
    let status = node.status.value()?;
    let lists = [&status.allocatable, &status.capacity];
    let pods = lists.into_iter().find_map(|list| list.value()?.get("pods")?.known())?;
    Some(MaxPods {
        pods: Quantity::parse(&pods.value)?.bytes(),
        source: MaxPodsSource::NodeStatus,
        span: pods.span,
        object: Some(object),
        node_range: node_range(node),
    })
}

/// `podCIDRs` holds what `podCIDR` does, and more.
fn node_range(node: &NodeObject) -> Option<(IpRange, Span)> {
    let spec = node.spec.value()?;
    let texts = spec.pod_cidrs.items().iter().chain(std::iter::once(&spec.pod_cidr));
    texts.filter_map(Field::known).find_map(|text| {
        let range = range::parse_cidr(text.trim()).ok()?.range();
        (range.family() == Family::V4).then_some((range, text.span))
    })
}
