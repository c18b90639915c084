//! Calls to Services that are not there, where the files show which one was meant.
//!
//! A name that is in no file may be that of a Service made by somebody else, and mostly is.

use rustc_hash::FxHashSet;

use crate::model::Network;
use crate::model::host_names::{HostName, NameKind, service};
use crate::model::namespaces::is_known;
use crate::model::near_miss::is_slip;
use crate::model::object::Object;
use crate::model::services::Service;
use crate::model::workloads::Workload;

/// A call to a name that nothing in view has, and the Service that was meant.
#[derive(Debug)]
pub struct MissingService<'n, 'a> {
    /// Index of the workload that calls.
    pub caller: usize,
    pub name: HostName<'a>,
    /// The name of the Service, without its namespace.
    pub service: &'a str,
    /// The key of the namespace that the name leads to.
    pub namespace: &'a str,
    pub meant: &'n Service<'a>,
    /// Whether it is only in another namespace.
    pub is_elsewhere: bool,
}

/// Each place of a name once, whoever else is told it.
pub fn missing_services<'n, 'a>(network: &'n Network<'a>) -> Vec<MissingService<'n, 'a>> {
    let mut told = FxHashSet::default();
    let mut found = Vec::new();
    for (caller, workload) in network.workloads.all.iter().enumerate() {
        for &name in &network.told_names(workload).all {
            let is_sure = name.is_called && name.kind >= NameKind::Server;
            if !is_sure || service(workload, &network.services, name.name).is_some() {
                continue;
            }
            let missing = missing(network, caller, workload, name);
            found.extend(missing.filter(|missing| told.insert(missing.name.span)));
        }
    }
    found
}

fn missing<'n, 'a>(
    network: &'n Network<'a>,
    caller: usize,
    workload: &Workload<'a>,
    name: HostName<'a>,
) -> Option<MissingService<'n, 'a>> {
    let (own, namespace) = parts(network, workload, name.name)?;
    if is_of_a_pod(own) || network.missing_services.may_be_made(namespace, own) {
        return None;
    }
    let near = |service: &&Service<'a>| {
        (is_known(namespace) || folder(service.object) == folder(workload.object))
            && is_slip(own, service.object.name())
            && !is_plural(own, service.object.name())
            && has_port(service, name.port)
    };
    let near = network.missing_services.of_namespace(&network.services, namespace).find(near);
    let is_elsewhere = near.is_none();
    let meant = near.or_else(|| elsewhere(network, namespace, own, &name))?;
    Some(MissingService { caller, name, service: own, namespace, meant, is_elsewhere })
}

/// The name and the namespace of the Service that a host name is.
fn parts<'t>(
    network: &Network<'_>,
    workload: &Workload<'t>,
    host: &'t str,
) -> Option<(&'t str, &'t str)> {
    let labels: Vec<&str> = host.trim_end_matches('.').split('.').collect();
    match labels[..] {
        [name] => Some((name, workload.namespace)),
        // The first is a pod when the second is a Service.
        [_, second] if network.services.get(workload.namespace, second).is_some() => None,
        [name, namespace] => network.namespaces.exists(namespace).then_some((name, namespace)),
        [name, namespace, "svc", ..] => Some((name, namespace)),
        _ => None,
    }
}

/// `web-0` is the name of a pod of a StatefulSet.
fn is_of_a_pod(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(_, number)| number.bytes().all(|b| b.is_ascii_digit()))
}

/// `mongo` and `mongos` are two programs.
fn is_plural(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    long.strip_suffix('s') == Some(short)
}

/// The only Service of a name, in another namespace than the one that is asked for, of which the
/// files show others.
fn elsewhere<'n, 'a>(
    network: &'n Network<'a>,
    namespace: &str,
    own: &str,
    name: &HostName<'_>,
) -> Option<&'n Service<'a>> {
    let (missing, services) = (&network.missing_services, &network.services);
    let is_in_view = missing.of_namespace(services, namespace).next().is_some();
    let only = missing.only(services, own)?;
    let is_sure = name.is_url && is_known(namespace) && is_known(only.namespace) && is_in_view;
    (is_sure && has_port(only, name.port)).then_some(only)
}

fn has_port(service: &Service<'_>, port: Option<u16>) -> bool {
    port.is_none_or(|port| service.ports().any(|view| view.number == Some(port)))
}

fn folder<'a>(object: Object<'a>) -> &'a str {
    object.path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
