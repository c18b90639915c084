//! Finds the workloads that run CoreDNS, with what scales, guards and exposes them.

use super::service::DnsService;
use super::{Corefile, Distribution, Role, Server, distribution};
use crate::ingest::charts::ChartSettings;
use crate::ingest::cilium::is_on;
use crate::ingest::kubernetes::{Container, Kubernetes};
use crate::ingest::{Body, CorefilePart};
use crate::model::image::{Component, ImageRef, component_of};
use crate::model::labels::{Answer, LabelValue, Labels, Selector};
use crate::model::object::Object;
use crate::model::services::Services;
use crate::model::version::Release;
use crate::model::workloads::{Workload, Workloads};
use crate::syntax::decode::Field;

/// All servers, in the order of the files. Notes in each Corefile which of them use it.
pub(super) fn servers<'a>(
    objects: &[Object<'a>],
    workloads: &Workloads<'a>,
    services: &Services<'a>,
    corefiles: &mut [Corefile<'a>],
) -> Vec<Server<'a>> {
    let around = Around {
        autoscalers: objects.iter().copied().filter(may_scale).collect(),
        budgets: objects.iter().copied().filter(is_budget).collect(),
    };
    let mut servers: Vec<Server<'a>> = Vec::new();
    // The pods and ReplicaSets of a Deployment say again what it says.
    let kinds = |workload: &&Workload<'a>| !matches!(workload.object.kind(), "Pod" | "ReplicaSet");
    for workload in workloads.all.iter().filter(kinds) {
        let Some((container, component, mounted)) = core_dns(workload, corefiles) else { continue };
        mounted.iter().for_each(|index| corefiles[*index].users.push(servers.len()));
        let labels = &workloads.classes[workload.class].labels;
        let object = workload.object;
        let whole = |index: &&usize| corefiles[**index].part() == CorefilePart::Whole;
        servers.push(Server {
            object,
            workload: workload.spec,
            container,
            role: role(object, component, labels),
            host_network: workload.host_network,
            distribution: Distribution::Unknown,
            release: release(container),
            corefile: mounted.iter().find(whole).copied(),
            autoscaler: around.autoscalers.iter().copied().find(|other| scales(*other, object)),
            disruption_budget: around.budgets.iter().copied().find(|b| guards(*b, object, labels)),
            services: DnsService::in_front_of(workload.class, services),
        });
    }
    servers_of_charts(objects, &mut servers, corefiles);
    link_file(&mut servers, corefiles);
    for server in &mut servers {
        let corefile = server.corefile.map(|index| &corefiles[index]);
        server.distribution = distribution::of(server, corefile);
    }
    servers
}

/// Those that the chart of CoreDNS makes of its values.
fn servers_of_charts<'a>(
    objects: &[Object<'a>],
    servers: &mut Vec<Server<'a>>,
    corefiles: &mut [Corefile<'a>],
) {
    for object in objects.iter().filter(|object| !object.is_chart_default()) {
        let Body::ChartValues(values) = object.body() else { continue };
        let ChartSettings::CoreDns(dns) = &values.settings else { continue };
        let Some(workload) = dns.workload.as_deref() else { continue };
        let Some(container) = workload.pod.running_containers().next() else { continue };
        let own = corefiles.iter().position(|corefile| corefile.object.is(*object));
        if let Some(index) = own {
            corefiles[index].users.push(servers.len());
        }
        let is_cluster =
            matches!(&dns.is_cluster_service, Field::Absent) || is_on(&dns.is_cluster_service);
        servers.push(Server {
            object: *object,
            workload,
            container,
            role: if is_cluster { Role::Cluster } else { Role::Other },
            host_network: Answer::No,
            distribution: Distribution::Unknown,
            release: release(container),
            corefile: own,
            autoscaler: dns.has_autoscaler.then_some(*object),
            disruption_budget: dns.has_disruption_budget.then_some(*object),
            services: Vec::new(),
        });
    }
}

/// What is looked through for every server.
struct Around<'a> {
    autoscalers: Vec<Object<'a>>,
    budgets: Vec<Object<'a>>,
}

/// The container with CoreDNS, which of its kinds it is, and the Corefiles that the pod mounts.
fn core_dns<'a>(
    workload: &Workload<'a>,
    corefiles: &[Corefile<'a>],
) -> Option<(&'a Container, Component, Vec<usize>)> {
    let mut by_name = None;
    for container in workload.spec.pod.running_containers() {
        if let Some(component) = component(container) {
            return Some((container, component, mounted(workload, corefiles)));
        }
        if container.name.value().is_some_and(|name| name == "coredns") {
            by_name = Some(container);
        }
    }
    // An image of one's own under another name.
    let mounted = by_name.map(|_| mounted(workload, corefiles)).unwrap_or_default();
    by_name.filter(|_| !mounted.is_empty()).map(|named| (named, Component::CoreDns, mounted))
}

fn component(container: &Container) -> Option<Component> {
    let image = ImageRef::parse(container.image.value()?)?;
    let (component, _) = component_of(&image)?;
    matches!(component, Component::CoreDns | Component::NodeLocalDns).then_some(component)
}

fn release(container: &Container) -> Option<Release> {
    let image = ImageRef::parse(container.image.value()?)?;
    Release::parse(component_of(&image)?.1?)
}

/// The labels are those that the cluster's DNS has with kubeadm, k3s, RKE2, kubespray and the
/// managed clusters (`kube-dns`), with the Helm chart as a cluster service (`coredns`), and with
/// OpenShift.
fn role(object: Object<'_>, component: Component, labels: &Labels<'_>) -> Role {
    let app = match labels.get("k8s-app") {
        LabelValue::Is(app) => app,
        _ => "",
    };
    if component == Component::NodeLocalDns || app.starts_with("node-local-dns") {
        return Role::NodeLocal;
    }
    let in_kube_system = matches!(object.namespace_name(), Some("kube-system"));
    let is_cluster = app.starts_with("kube-dns")
        || app == "coredns"
        || labels.get(distribution::OPENSHIFT_LABEL) != LabelValue::Absent
        || (in_kube_system && object.name().contains("coredns"));
    if is_cluster { Role::Cluster } else { Role::Other }
}

/// The Corefiles in the ConfigMaps that a workload mounts.
fn mounted(workload: &Workload<'_>, corefiles: &[Corefile<'_>]) -> Vec<usize> {
    let volumes = workload.spec.pod.volumes.items().iter().filter_map(Field::value);
    let names: Vec<&str> = volumes
        .filter_map(|volume| volume.config_map.value()?.name.value())
        .map(String::as_str)
        .collect();
    let is_mounted = |corefile: &Corefile<'_>| {
        !corefile.is_file()
            && names.contains(&corefile.object.name())
            && same_namespace(corefile.object, workload.object)
    };
    let indices = corefiles.iter().enumerate().filter(|(_, corefile)| is_mounted(corefile));
    indices.map(|(index, _)| index).collect()
}

/// A namespace that is not written may be any.
fn same_namespace(left: Object<'_>, right: Object<'_>) -> bool {
    let (left, right) = (left.namespace(), right.namespace());
    left == right || left.is_empty() || right.is_empty()
}

/// A ConfigMap may be generated from a file: the only Corefile among the files is that of the
/// only server of the cluster without one.
fn link_file(servers: &mut [Server<'_>], corefiles: &mut [Corefile<'_>]) {
    let mut files = (0..corefiles.len()).filter(|index| corefiles[*index].is_file());
    let (Some(file), None) = (files.next(), files.next()) else { return };
    let without = |server: &Server<'_>| server.role == Role::Cluster && server.corefile.is_none();
    let mut users = (0..servers.len()).filter(|index| without(&servers[*index]));
    let (Some(user), None) = (users.next(), users.next()) else { return };
    servers[user].corefile = Some(file);
    corefiles[file].users.push(user);
}

/// Whether an object may be an autoscaler of something: a HorizontalPodAutoscaler, KEDA's
/// ScaledObject, or the cluster-proportional-autoscaler, which runs as a workload.
fn may_scale(object: &Object<'_>) -> bool {
    match object.body() {
        Body::Kubernetes(Kubernetes::HorizontalPodAutoscaler(_)) => true,
        Body::Kubernetes(Kubernetes::Workload(_)) => object.name().contains("autoscaler"),
        Body::Other => object.kind() == "ScaledObject",
        _ => false,
    }
}

fn scales(autoscaler: Object<'_>, workload: Object<'_>) -> bool {
    if !same_namespace(autoscaler, workload) {
        return false;
    }
    match autoscaler.body() {
        Body::Kubernetes(Kubernetes::HorizontalPodAutoscaler(spec)) => {
            let target = spec.scale_target_ref.value();
            target.is_some_and(|target| {
                target.name.value().is_some_and(|name| name == workload.name())
                    && target.kind.value().is_none_or(|kind| kind == workload.kind())
            })
        }
        Body::Kubernetes(Kubernetes::Workload(spec)) => {
            let target = format!("{}/{}", workload.kind(), workload.name());
            spec.pod.running_containers().any(|container| {
                let words = container.command.items().iter().chain(container.args.items());
                words.filter_map(Field::value).any(|word| names_target(word, &target))
            })
        }
        // Of which no more is read than its name.
        _ => autoscaler.name().contains(workload.name()),
    }
}

/// `--target=deployment/coredns`, or the value in a word of its own.
fn names_target(word: &str, target: &str) -> bool {
    let value = word.rsplit(['=', ' ']).next().unwrap_or(word);
    value.eq_ignore_ascii_case(target)
}

fn is_budget(object: &Object<'_>) -> bool {
    matches!(object.body(), Body::Kubernetes(Kubernetes::PodDisruptionBudget(_)))
}

/// A budget without a selector selects nothing.
fn guards(budget: Object<'_>, workload: Object<'_>, labels: &Labels<'_>) -> bool {
    let Body::Kubernetes(Kubernetes::PodDisruptionBudget(spec)) = budget.body() else {
        return false;
    };
    let selector = &spec.selector;
    same_namespace(budget, workload)
        && !selector.is_absent()
        && !Selector::of_field(selector).matches(labels).is_no()
}
