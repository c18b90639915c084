//! What workloads call by the names of Services, and which of it cannot come through.
//!
//! A call is followed as a packet goes: from the name to the Service, over an alias if it is one,
//! from the Service's port to the port of its pods, and through the policies of both sides. What
//! is not in the files is not followed.

mod blocked;
mod missing_port;
mod missing_service;

pub use blocked::{BlockedCall, Called, Ground, blocked_calls};
pub use missing_port::{MissingPort, missing_ports};
pub use missing_service::{MissingService, missing_services};

use super::Network;
use super::host_names::{HostName, NameKind, service};
use super::services::Service;
use super::workloads::Workload;

/// A workload that is told the name of a Service in view, to talk to it.
#[derive(Clone, Debug)]
pub struct Call<'n, 'a> {
    /// Index of the workload that calls.
    pub caller: usize,
    pub name: HostName<'a>,
    /// What the call leads to, behind an alias.
    pub service: &'n Service<'a>,
    /// The Service that is called, when it is an alias for another one.
    pub alias: Option<&'n Service<'a>>,
}

/// The calls of all workloads, each place of a name once.
pub fn calls<'n, 'a>(network: &'n Network<'a>) -> Vec<Call<'n, 'a>> {
    let mut found = Vec::new();
    for (caller, workload) in network.workloads.all.iter().enumerate() {
        for &name in &network.told_names(workload).all {
            if name.kind != NameKind::Cluster || !name.is_called {
                continue;
            }
            let Some(called) = service(workload, &network.services, name.name) else { continue };
            if !called.is_external_name() {
                found.push(Call { caller, name, service: called, alias: None });
            } else if let Some(behind) = behind_alias(network, workload, called) {
                found.push(Call { caller, name, service: behind, alias: Some(called) });
            }
        }
    }
    found
}

/// The Service of the cluster that an alias stands for, over one step. The name is a complete one:
/// CoreDNS does not add what the caller would.
fn behind_alias<'n, 'a>(
    network: &'n Network<'a>,
    workload: &Workload<'a>,
    alias: &Service<'a>,
) -> Option<&'n Service<'a>> {
    let name = alias.spec.external_name.value()?;
    let is_of_cluster = name.split('.').nth(2) == Some("svc");
    let behind = is_of_cluster.then(|| service(workload, &network.services, name)).flatten();
    behind.filter(|behind| !behind.is_external_name())
}
