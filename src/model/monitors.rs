//! What the monitors of Prometheus' operator select, as far as the files tell.

use super::Network;
use super::labels::{Answer, Labels, Selector};
use super::namespaces::{fold, is_known};
use super::near_miss::{NearMiss, label_miss, near_miss};
use super::object::Object;
use super::services::Service;
use crate::ingest::Body;
use crate::ingest::monitoring::{Monitor as Written, MonitorSpec};
use crate::source::Span;
use crate::syntax::decode::Field;

/// A ServiceMonitor or PodMonitor whose selector and namespaces are known.
#[derive(Debug)]
pub struct Monitor<'n, 'a> {
    pub object: Object<'a>,
    pub selector: Selector<'a>,
    pub selector_span: Option<Span>,
    /// The names of the ports that it scrapes.
    pub ports: Vec<(&'a str, Span)>,
    pub targets: Targets<'n, 'a>,
}

/// Among which objects a monitor selects.
#[derive(Debug)]
pub enum Targets<'n, 'a> {
    /// With whether it selects them.
    Services(Vec<(&'n Service<'a>, Answer)>),
    /// Classes of pods.
    Pods(Vec<(usize, Answer)>),
}

/// The monitors in view; none where objects get labels that they do not show.
pub fn monitors<'n, 'a>(network: &'n Network<'a>) -> Vec<Monitor<'n, 'a>> {
    let adds_labels = |object: &Object<'_>| match object.body() {
        Body::Kustomization(kustomization) => kustomization.adds_labels(),
        _ => false,
    };
    if network.objects.iter().any(adds_labels) {
        return Vec::new();
    }
    let monitors = network.objects.iter().filter_map(|object| {
        let (spec, of_pods) = match object.body() {
            Body::Monitor(Written::Services(spec)) => (&**spec, false),
            Body::Monitor(Written::Pods(spec)) => (&**spec, true),
            _ => return None,
        };
        monitor(network, *object, spec, of_pods)
    });
    monitors.collect()
}

fn monitor<'n, 'a>(
    network: &'n Network<'a>,
    object: Object<'a>,
    spec: &'a MonitorSpec,
    of_pods: bool,
) -> Option<Monitor<'n, 'a>> {
    let selector = Selector::of_field(&spec.selector);
    let namespaces = namespaces(object, spec)?;
    if !selector.is_known() {
        return None;
    }
    let is_meant =
        |namespace: &str| namespaces.as_ref().is_none_or(|n| n.contains(&fold(namespace)));
    let targets = match of_pods {
        false => Targets::Services(
            network
                .services
                .all
                .iter()
                .filter(|service| is_meant(service.namespace))
                .map(|service| {
                    let labels = Labels::written(&service.object.resource.metadata.labels);
                    let answer = selector.matches(&labels);
                    // A patch may change the labels.
                    let answer = if service.is_patched { Answer::Unknown } else { answer };
                    (service, answer)
                })
                .collect(),
        ),
        true => Targets::Pods(
            (0..network.workloads.classes.len())
                .filter(|class| is_meant(network.workloads.classes[*class].namespace))
                .map(|class| (class, selector.matches(&network.workloads.classes[class].labels)))
                .collect(),
        ),
    };
    let ports = spec.endpoints.items().iter().filter_map(Field::value);
    let ports = ports.filter_map(|endpoint| endpoint.port.known());
    let ports = ports.map(|port| (port.value.as_str(), port.span)).collect();
    Some(Monitor { object, selector, selector_span: spec.selector.span(), ports, targets })
}

/// The namespaces that a monitor looks at, folded; `Some(None)` for all of them. Where the files
/// leave its own open, nothing is said.
fn namespaces<'a>(object: Object<'a>, spec: &'a MonitorSpec) -> Option<Option<Vec<&'a str>>> {
    let own = || {
        let namespace = object.namespace();
        (is_known(namespace) || namespace.is_empty()).then(|| Some(vec![fold(namespace)]))
    };
    match &spec.namespace_selector {
        Field::Absent => own(),
        Field::Unknown(_) => None,
        Field::Known(selector) if selector.value.any.value() == Some(&true) => Some(None),
        Field::Known(selector) if selector.value.any.is_unknown() => None,
        Field::Known(selector) => {
            let names = &selector.value.match_names;
            if names.is_absent() || names.value().is_some_and(Vec::is_empty) {
                return own();
            }
            let names: Option<Vec<&str>> =
                names.items().iter().map(|name| Some(name.value()?.as_str())).collect();
            names.filter(|names| !names.is_empty()).map(Some)
        }
    }
}

/// What a monitor that selects nothing was meant for.
#[derive(Debug)]
pub enum Meant<'n, 'a> {
    /// With the label that is asked for and where, and the label that is there.
    Service(&'n Service<'a>, (&'a str, &'a str), Option<Span>, (&'a str, &'a str)),
    Pods(NearMiss<'a>),
    /// A Service of the monitor's name, or beside it in its file.
    Beside(&'n Service<'a>),
}

impl<'n, 'a> Monitor<'n, 'a> {
    /// Whether it may select something in view.
    pub fn may_select(&self) -> bool {
        match &self.targets {
            Targets::Services(services) => services.iter().any(|(_, answer)| !answer.is_no()),
            Targets::Pods(classes) => classes.iter().any(|(_, answer)| !answer.is_no()),
        }
    }

    pub fn meant(&self, network: &'n Network<'a>) -> Option<Meant<'n, 'a>> {
        match &self.targets {
            Targets::Pods(classes) => {
                let classes: Vec<usize> = classes.iter().map(|(class, _)| *class).collect();
                near_miss(&self.selector, &classes, &network.workloads).map(Meant::Pods)
            }
            Targets::Services(services) => {
                let near = services.iter().find_map(|(service, _)| {
                    let labels = Labels::written(&service.object.resource.metadata.labels);
                    let miss = label_miss(&self.selector, &labels)?;
                    Some(Meant::Service(service, miss.wanted, miss.wanted_span, miss.found))
                });
                let file = self.object.resource.file;
                let mut all = services.iter().map(|(service, _)| *service);
                near.or_else(|| {
                    let beside = all.find(|service| {
                        service.object.name() == self.object.name()
                            && service.object.resource.file == file
                    });
                    beside.map(Meant::Beside)
                })
            }
        }
    }
}
