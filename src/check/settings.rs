//! What the configuration says about a cluster, as the model takes it.

use super::Request;
use crate::model::Settings;
use crate::model::settings::ReservedRange;
use crate::scope::Cluster;
use crate::source::Spanned;

/// `several` tells whether the cluster needs a name to be told from others.
pub fn of(cluster: &Cluster, several: bool, request: &Request<'_>) -> Settings {
    let config = request.config;
    let by_name = config.clusters.iter().find(|entry| entry.name.value == cluster.name);
    // The only cluster there is is the one that the configuration means.
    let only = || match (several, &config.clusters[..]) {
        (false, [entry]) => Some(entry),
        _ => None,
    };
    let reserved = config.reserved.iter().map(|range| ReservedRange {
        cidr: range.cidr.clone().map(|cidr| cidr.to_string()),
        name: range.name.as_ref().map_or(String::new(), |name| name.value.clone()),
    });
    let peered = config
        .peered
        .iter()
        .enumerate()
        .filter(|(_, group)| several && group.iter().any(|name| name.value == cluster.name));
    let services = config.external_services.iter().map(|service| {
        Spanned::new(format!("{}.{}", service.name, service.namespace), service.span)
    });
    let general = Settings {
        name: if several { cluster.name.clone() } else { String::new() },
        peered: peered.map(|(index, _)| index).collect(),
        reserved: reserved.collect(),
        external_services: services.collect(),
        today: request.today,
        ..Settings::default()
    };
    let Some(entry) = by_name.or_else(only) else { return general };
    let networks = entry.node_networks.iter();
    Settings {
        kubernetes: entry.kubernetes.clone(),
        nodes: entry.nodes.clone(),
        max_pods: entry.max_pods.clone(),
        underlay_mtu: entry.underlay_mtu.clone(),
        node_networks: networks.map(|net| net.clone().map(|net| net.to_string())).collect(),
        cni: entry.cni.clone(),
        provider: entry.provider.clone(),
        ..general
    }
}
