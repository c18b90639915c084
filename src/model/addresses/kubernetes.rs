//! What Kubernetes objects state: Nodes, Services, ServiceCIDRs, and the environment of
//! calico-node.

use super::collect::{Collector, trimmed};
use super::load_balancers::sharing_key;
use super::range;
use super::{Role, ServiceAddress, Source};
use crate::ingest::Map;
use crate::ingest::kubernetes::{Kubernetes, NodeObject, ServiceSpec, Workload};
use crate::model::Object;
use crate::model::image::{Component, ImageRef, component_of};
use crate::model::object::known_labels;
use crate::source::Spanned;
use crate::syntax::decode::Field;

impl Source {
    pub const SERVICE_CIDR_OBJECT: Source =
        Source::new(Role::Service, "spec.cidrs").extends().refuses_host_bits();
    pub const NODE_POD_CIDR: Source = Source::new(Role::NodePodCidr, "spec.podCIDR");
    pub const NODE_ADDRESS: Source = Source::new(Role::Node, "status.addresses");
    pub const CLUSTER_IP: Source =
        Source::new(Role::Service, "spec.clusterIP").called("cluster IP").of_address();
    pub const LOAD_BALANCER_IP: Source = Source::new(Role::LoadBalancer, "spec.loadBalancerIP")
        .called("load balancer IP")
        .of_address();
    pub const EXTERNAL_IP: Source =
        Source::new(Role::LoadBalancer, "spec.externalIPs").called("external IP").of_address();
    pub const SOURCE_RANGE: Source =
        Source::new(Role::Reserved, "spec.loadBalancerSourceRanges").called("source range");
}

impl<'a> Collector<'a> {
    pub(super) fn kubernetes(&mut self, object: Object<'a>, kubernetes: &'a Kubernetes) {
        match kubernetes {
            Kubernetes::Node(node) => self.node(object, node),
            Kubernetes::Service(service) => self.service(object, service),
            Kubernetes::ServiceCidr(spec) => {
                for cidr in spec.cidrs.items() {
                    self.cidr_field(Source::SERVICE_CIDR_OBJECT, cidr, object);
                }
            }
            Kubernetes::Workload(workload) => self.workload(object, workload),
            _ => {}
        }
    }

    fn node(&mut self, object: Object<'a>, node: &'a NodeObject) {
        if let Some(spec) = node.spec.value() {
            let items: Vec<Spanned<String>> =
                spec.pod_cidrs.items().iter().filter_map(Field::known).cloned().collect();
            if let (Some(single), Some(first)) = (spec.pod_cidr.known(), items.first())
                && single.trim() != first.trim()
            {
                self.plan.node_cidr_conflicts.push((single.clone(), first.clone()));
            }
            match spec.pod_cidrs.span().filter(|_| !items.is_empty()) {
                Some(span) => self.list(Source::NODE_POD_CIDR, span, &items, object),
                None => self.cidr_field(Source::NODE_POD_CIDR, &spec.pod_cidr, object),
            }
        }
        let info = node.status.then(|status| &status.node_info);
        let runtime = info.then(|info| &info.container_runtime_version);
        self.plan.nodes_run_docker |=
            runtime.value().is_some_and(|runtime| runtime.starts_with("docker://"));
        let addresses = node.status.value().map_or(&[][..], |status| status.addresses.items());
        for address in addresses.iter().filter_map(Field::value) {
            let internal = address.kind.value().is_some_and(|kind| kind == "InternalIP");
            if let Some(text) = address.address.known().filter(|_| internal) {
                self.address(Source::NODE_ADDRESS, text, object, Some(object.name()));
            }
        }
    }

    fn service(&mut self, object: Object<'a>, service: &'a ServiceSpec) {
        let kind = service.kind.value().map_or("ClusterIP", String::as_str);
        if kind == "ExternalName" {
            return;
        }
        if let Some(policy) =
            service.ip_family_policy.known().filter(|p| p.value == "RequireDualStack")
        {
            self.plan.dual_stack_services.push((policy.span, object));
        }
        // The first of `clusterIPs` repeats `clusterIP`.
        let first = service.cluster_ip.value().map(|text| text.trim());
        let more = service.cluster_ips.items().iter();
        let more = more.filter(|item| item.value().map(|text| text.trim()) != first);
        for item in std::iter::once(&service.cluster_ip).chain(more) {
            self.service_address(Source::CLUSTER_IP, item, object, service);
        }
        for item in service.external_ips.items() {
            self.service_address(Source::EXTERNAL_IP, item, object, service);
        }
        if kind == "LoadBalancer" {
            let source = Source::LOAD_BALANCER_IP;
            self.service_address(source, &service.load_balancer_ip, object, service);
            self.requested_addresses(object, service);
            self.source_ranges(object, service);
        }
    }

    /// The API server allows blanks around them.
    fn source_ranges(&mut self, object: Object<'a>, service: &'a ServiceSpec) {
        for item in service.load_balancer_source_ranges.items().iter().filter_map(Field::known) {
            let item = trimmed(item);
            if let Err(fault) = range::parse_cidr(&item) {
                self.misread(Source::SOURCE_RANGE, &item, fault, Some(object));
            }
        }
    }

    pub(super) fn service_address(
        &mut self,
        source: Source,
        field: &Field<String>,
        object: Object<'a>,
        service: &'a ServiceSpec,
    ) {
        let Some(text) = field.known() else { return };
        // `None` makes a Service headless; a cloud's name of an address is no address.
        if matches!(text.trim(), "" | "None") || !range::looks_like_address(text) {
            return;
        }
        let text = &trimmed(text);
        match range::parse_address(text) {
            Ok(address) => self.plan.service_addresses.push(ServiceAddress {
                address,
                source,
                span: text.span,
                object,
                is_dns: is_dns(object, service),
                service: Some(service),
                sharing_key: sharing_key(object),
            }),
            Err(fault) => self.misread(source, text, fault, Some(object)),
        }
    }

    fn workload(&mut self, object: Object<'a>, workload: &'a Workload) {
        for container in workload.pod.running_containers() {
            let env = container.env.items().iter().filter_map(Field::value);
            let is_calico = |name: &str| {
                name.starts_with("CALICO_IPV4POOL_") || name.starts_with("CALICO_IPV6POOL_")
            };
            if env.clone().any(|entry| entry.name.value().is_some_and(|name| is_calico(name))) {
                self.calico_environment(object, container);
            }
            self.other_plugins(object, container);
            self.kube_vip(object, container);
            if object.name() == "aws-node" {
                self.plan.pods_share_node_network = true;
            }
            let image = container.image.value().filter(|_| object.kind() == "DaemonSet");
            let image = image.and_then(|image| ImageRef::parse(image));
            let component = image.as_ref().and_then(component_of);
            if component.is_some_and(|(component, _)| component == Component::AwsVpcCni) {
                self.plan.pods_share_node_network = true;
            }
        }
    }
}

/// Whether a Service is the cluster's DNS: kubeadm and the distributions label it, or its pods, as
/// the program that once did it.
fn is_dns(object: Object<'_>, service: &ServiceSpec) -> bool {
    let is_kube_dns =
        |labels: &Map<String>| known_labels(labels).get("k8s-app") == Some(&"kube-dns");
    matches!(object.namespace(), "kube-system" | "")
        && (is_kube_dns(&object.resource.metadata.labels)
            || is_kube_dns(&service.selector)
            || matches!(object.name(), "kube-dns" | "coredns"))
}
