//! Calls without TLS to pods that take nothing but mutual TLS.

use super::super::Network;
use super::super::host_names::{HostName, NameKind, service};
use super::super::ports::{PortRef, Protocol};
use super::super::services::Service;
use super::injection::Proxy;
use super::mutual_tls::Strict;
use crate::source::Span;

/// A call of a workload that carries no proxy.
#[derive(Debug)]
pub struct PlaintextCall<'n, 'a> {
    /// Index of the workload that calls.
    pub caller: usize,
    pub name: HostName<'a>,
    /// Where it says that the caller has no proxy.
    pub without_proxy: Span,
    pub reason: &'static str,
    /// Index of a workload that is called.
    pub called: usize,
    /// The port of its pods.
    pub port: u16,
    pub strict: Strict<'n, 'a>,
}

/// The calls to Services whose pods all refuse them.
pub fn plaintext_calls<'n, 'a>(network: &'n Network<'a>) -> Vec<PlaintextCall<'n, 'a>> {
    let mut found = Vec::new();
    for (caller, workload) in network.workloads.all.iter().enumerate() {
        let Proxy::No { reason, span } = network.istio_proxy(workload) else { continue };
        for &name in network.told_names(workload).own() {
            if name.kind != NameKind::Cluster || !name.is_called {
                continue;
            }
            let Some(service) = service(workload, &network.services, name.name) else { continue };
            let Some((called, port, strict)) = refuses(network, service, name.port) else {
                continue;
            };
            let without_proxy = span;
            found.push(PlaintextCall { caller, name, without_proxy, reason, called, port, strict });
        }
    }
    found
}

/// A workload behind a Service, its port and the policy by which it refuses calls without TLS, if
/// all of them do.
pub fn refuses<'n, 'a>(
    network: &'n Network<'a>,
    service: &Service<'a>,
    called_at: Option<u16>,
) -> Option<(usize, u16, Strict<'n, 'a>)> {
    let is_headless = service.spec.cluster_ip.value().is_some_and(|address| address == "None");
    let mut first = None;
    for (class, selects) in &service.selected {
        if !selects.is_yes() {
            return None;
        }
        for index in &network.workloads.classes[*class].members {
            let workload = &network.workloads.all[*index];
            let ports: Vec<u16> = if is_headless {
                vec![called_at?]
            } else {
                let views = service.ports().filter(|view| {
                    called_at.is_none_or(|port| view.number.is_none_or(|own| own == port))
                });
                let ports = views.map(|view| match view.target? {
                    PortRef::Number(port) => Some(port),
                    PortRef::Name(name) => {
                        workload.port_named(name, view.protocol.unwrap_or(Protocol::Tcp))
                    }
                });
                ports.collect::<Option<Vec<u16>>>()?
            };
            if ports.is_empty() {
                return None;
            }
            for port in ports {
                let strict = network.strict_mutual_tls(workload, port)?;
                // A policy for the mesh says nothing about who is in it.
                let has_proxy = match network.istio_proxy(workload) {
                    Proxy::Yes => true,
                    Proxy::No { .. } => false,
                    Proxy::Unknown => !strict.of_mesh,
                };
                if !has_proxy {
                    return None;
                }
                first = first.or(Some((*index, port, strict)));
            }
        }
    }
    first
}
