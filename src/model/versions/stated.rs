//! Versions that files state without an image of a container: those of charts, of the machines'
//! software, and of what an installer sets up.

use super::{KubernetesComponent, Origin, Software, is_kubernetes, tag_span};
use crate::ingest::charts::{ChartFile, Release as Charts};
use crate::ingest::k3s::UpgradePlan;
use crate::ingest::kubernetes::NodeObject;
use crate::model::Object;
use crate::model::image::{Component, ImageRef, component_of};
use crate::model::version::{KubernetesVersion, Release};
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

/// A component of Kubernetes at a version that an installer states: a version, or an image such as
/// `kindest/node:v1.33.1`, whose tag is one.
pub fn kubernetes<'a>(
    component: Component,
    text: &'a Spanned<String>,
    object: Object<'a>,
) -> Option<KubernetesComponent<'a>> {
    let (version, span) = match text.contains(['/', ':']) {
        true => {
            let image = ImageRef::parse(text)?;
            (KubernetesVersion::parse(image.tag.as_deref()?)?, tag_span(text, &image))
        }
        false => (KubernetesVersion::parse(text)?, text.span),
    };
    let origin = Origin::Installer(object);
    is_kubernetes(component).then_some(KubernetesComponent {
        component,
        version,
        text,
        span,
        origin,
    })
}

/// Other software at a version that an installer states.
pub fn software<'a>(
    component: Component,
    text: &'a Spanned<String>,
    object: Object<'a>,
) -> Option<Software<'a>> {
    if text.contains(['/', ':']) {
        let image = ImageRef::parse(text)?;
        let version = component_of(&image)?.1?.to_owned();
        let (release, span) = (Release::parse(&version)?, tag_span(text, &image));
        return Some(Software { component, version, release, text, span, object, is_run: false });
    }
    exact(component, text, text.span, object)
}

/// containerd as a Node reports it: `containerd://1.7.27`.
pub fn runtime<'a>(object: Object<'a>, node: &'a NodeObject) -> Option<Software<'a>> {
    let text = node.status.value()?.node_info.value()?.container_runtime_version.known()?;
    let version = text.strip_prefix("containerd://")?;
    exact(Component::Containerd, version, text.span, object)
}

/// The release of Gateway API that a definition of one of its kinds belongs to:
/// <https://gateway-api.sigs.k8s.io/concepts/versioning/>.
pub fn bundle<'a>(object: Object<'a>) -> Option<Software<'a>> {
    let metadata = &object.resource.metadata;
    let text = metadata.annotation("gateway.networking.k8s.io/bundle-version")?;
    exact(Component::GatewayApi, text, text.span, object)
}

/// Where a plan brings the cluster: a version, or a channel that has one in its name, as
/// `https://update.k3s.io/v1-release/channels/v1.33` does.
pub fn upgrade<'a>(object: Object<'a>, plan: &'a UpgradePlan) -> Option<KubernetesComponent<'a>> {
    let (text, version) = match &plan.version {
        Field::Absent => {
            let channel = plan.channel.known()?;
            (channel, channel.trim_end_matches('/').rsplit('/').next()?)
        }
        version => version.known().map(|version| (version, version.as_str()))?,
    };
    let version = KubernetesVersion::parse(version)?;
    let (component, origin) = (Component::KubeApiserver, Origin::Installer(object));
    Some(KubernetesComponent { component, version, text, span: text.span, origin })
}

/// Charts whose versions are those of the software that they install.
pub fn charts<'a>(object: Object<'a>, charts: &'a Charts) -> impl Iterator<Item = Software<'a>> {
    charts.charts.iter().filter_map(move |chart| of_chart(object, &chart.name, &chart.version))
}

/// The same of the charts that another one brings.
pub fn dependencies<'a>(
    object: Object<'a>,
    chart: &'a ChartFile,
) -> impl Iterator<Item = Software<'a>> {
    chart.brought().filter_map(move |chart| of_chart(object, &chart.name, &chart.version))
}

fn of_chart<'a>(
    object: Object<'a>,
    name: &'a Field<String>,
    version: &'a Field<String>,
) -> Option<Software<'a>> {
    let component = match name.value()?.trim_end_matches('/').rsplit('/').next()? {
        "antrea" => Component::Antrea,
        "cilium" => Component::Cilium,
        "flannel" => Component::Flannel,
        "istiod" => Component::IstioPilot,
        "metallb" => Component::MetalLb,
        // The operator has versions of its own, and its chart those of Calico.
        "tigera-operator" => Component::Calico,
        _ => return None,
    };
    let version = version.known()?;
    exact(component, version, version.span, object)
}

/// Neither a range of versions, nor one that leaves the patch open.
fn exact<'a>(
    component: Component,
    text: &'a str,
    span: Span,
    object: Object<'a>,
) -> Option<Software<'a>> {
    let version = text.strip_prefix('v').unwrap_or(text);
    let numbers = version.split(['-', '+']).next()?;
    let release = Release::parse(numbers).filter(|_| numbers.split('.').count() == 3)?;
    let version = numbers.to_owned();
    Some(Software { component, version, release, text, span, object, is_run: false })
}
