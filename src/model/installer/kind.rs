//! kind: a cluster in containers, which kubeadm sets up.
//!
//! Defaults are those of `pkg/apis/config/v1alpha4/default.go`: <https://github.com/kubernetes-sigs/kind>.

use std::borrow::Cow;

use super::{Cut, DnsField, DomainField, Installer, MaxPodsField, NodeGroup, Plugin, RangeValue};
use crate::ingest::component_config::ComponentConfig;
use crate::ingest::kind::{KindCluster, KindPatch};
use crate::ingest::kubeadm::Kubeadm;
use crate::model::Object;
use crate::model::addresses::{Role, Source};
use crate::model::capacity::Cutter;
use crate::model::image::Component;
use crate::syntax::decode::Field;

const DNS: Source = Source::new(Role::Dns, "clusterDNS");

pub fn installer<'a>(object: Object<'a>, cluster: &'a KindCluster) -> Installer<'a> {
    let mut installer = Installer::new(object);
    let networking = &cluster.networking;
    let family = networking.then(|networking| &networking.ip_family);
    let defaults: Option<[&[&str]; 2]> = match family.value().map_or("ipv4", String::as_str) {
        _ if family.is_unknown() => None,
        "ipv4" => Some([&["10.244.0.0/16"], &["10.96.0.0/16"]]),
        "ipv6" => Some([&["fd00:10:244::/56"], &["fd00:10:96::/112"]]),
        "dual" => {
            Some([&["10.244.0.0/16", "fd00:10:244::/56"], &["10.96.0.0/16", "fd00:10:96::/112"]])
        }
        _ => None,
    };
    let [pods, services] = defaults.unwrap_or_default();
    // Its fields are called like those of kubeadm, which it hands them to.
    installer.range(Source::POD_SUBNET, &networking.then(|it| &it.pod_subnet), pods);
    installer.range(Source::SERVICE_SUBNET, &networking.then(|it| &it.service_subnet), services);
    if cluster.has_unknown_patch || defaults.is_none() {
        for field in &mut installer.ranges {
            if matches!(field.value, RangeValue::Default(_)) {
                field.value = RangeValue::Unknown;
            }
        }
    }
    nodes(&mut installer, cluster);

    let fields = [
        "node-cidr-mask-size-ipv4 of the controller manager",
        "node-cidr-mask-size-ipv6 of the controller manager",
    ];
    let masks = [Field::Absent, Field::Absent];
    installer.cut = Some(Cut { cutter: Cutter::Kubeadm, masks, fields, defaults: None });
    let (field, value) = ("maxPods", Field::Absent);
    installer.max_pods = Some(MaxPodsField { field, value, default: 110 });
    let own = networking.then(|it| &it.disable_default_cni);
    installer.plugin = match own.value() {
        _ if own.is_unknown() => Plugin::Unknown,
        Some(true) => Plugin::None,
        Some(false) | None => Plugin::Named("kindnet"),
    };
    let mode = networking.then(|it| &it.kube_proxy_mode);
    match mode.value().map(String::as_str) {
        Some("none") => installer.without_kube_proxy = true,
        _ => installer.proxy_mode = mode,
    }
    installer.domain = Some(DomainField {
        source: Source::DNS_DOMAIN,
        value: if cluster.has_unknown_patch {
            Field::Unknown(object.span())
        } else {
            Field::Absent
        },
        default: "cluster.local",
    });
    for patch in &cluster.patches {
        patched(&mut installer, patch);
    }
    installer
}

/// kind names its nodes after the cluster.
fn nodes<'a>(installer: &mut Installer<'a>, cluster: &'a KindCluster) {
    let name = cluster.name.value().map_or("kind", String::as_str);
    let mut counts = [0_u64; 2];
    let items = cluster.nodes.items();
    for node in items {
        let role = node.value().and_then(|node| node.role.value()).map(String::as_str);
        let role = if role == Some("worker") { "worker" } else { "control-plane" };
        let count = &mut counts[usize::from(role == "worker")];
        *count += 1;
        let number = if *count == 1 { String::new() } else { count.to_string() };
        let span = node.span().unwrap_or(installer.object.span());
        let name = Cow::Owned(format!("{name}-{role}{number}"));
        installer.nodes.push(NodeGroup { name, span, count: 1 });
        let component = match role {
            "worker" => Component::Kubelet,
            _ => Component::KubeApiserver,
        };
        if let Some(node) = node.value() {
            installer.version(component, &node.image);
        }
    }
    if cluster.nodes.is_absent() {
        let span = installer.object.resource.name_span();
        let name = Cow::Owned(format!("{name}-control-plane"));
        installer.nodes.push(NodeGroup { name, span, count: 1 });
    }
    installer.lists_all_nodes = !cluster.nodes.is_unknown();
}

/// What a patch puts in the place of what kind writes.
fn patched<'a>(installer: &mut Installer<'a>, patch: &'a KindPatch) {
    let mut flags = |component, args: &'a crate::ingest::flags::ExtraArgs| {
        if !args.flags.items.is_empty() {
            installer.flags.push((component, Cow::Borrowed(&args.flags)));
        }
    };
    match patch {
        KindPatch::Kubeadm(Kubeadm::Cluster(cluster)) => {
            flags(Component::KubeApiserver, &cluster.api_server.extra_args);
            flags(Component::KubeControllerManager, &cluster.controller_manager.extra_args);
            flags(Component::KubeScheduler, &cluster.scheduler.extra_args);
            let domain = cluster.dns_domain();
            if let Some(field) = installer.domain.as_mut().filter(|_| !domain.is_absent()) {
                field.value = domain;
            }
        }
        KindPatch::Kubeadm(Kubeadm::Init(init)) => {
            flags(Component::Kubelet, &init.kubelet_extra_args)
        }
        KindPatch::Kubeadm(Kubeadm::Join(join)) => {
            flags(Component::Kubelet, &join.kubelet_extra_args)
        }
        KindPatch::Component(ComponentConfig::Kubelet(kubelet)) => {
            let items: Vec<_> =
                kubelet.cluster_dns.items().iter().filter_map(Field::known).cloned().collect();
            if !items.is_empty() {
                installer.dns = Some(DnsField { source: DNS, items, default: None });
            }
            if let Some(max_pods) = installer.max_pods.as_mut() {
                max_pods.value = kubelet.max_pods.clone();
            }
        }
        KindPatch::Component(ComponentConfig::KubeProxy(proxy)) => {
            if !proxy.mode.is_absent() {
                installer.proxy_mode = proxy.mode.clone();
            }
        }
    }
}
