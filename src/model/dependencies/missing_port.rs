//! Calls to ports that Services do not have.

use rustc_hash::FxHashSet;

use super::{Call, calls};
use crate::model::Network;
use crate::model::ports::PortRef;
use crate::model::services::{Service, ServicePortView};
use crate::model::workloads::Workload;
use crate::syntax::decode::Field;

/// A call to a port that its Service does not have.
#[derive(Debug)]
pub struct MissingPort<'n, 'a> {
    pub call: Call<'n, 'a>,
    pub port: u16,
    /// The ports that the Service has.
    pub has: Vec<ServicePortView<'a>>,
}

/// Each place of a name once, whoever else is told it.
pub fn missing_ports<'n, 'a>(network: &'n Network<'a>) -> Vec<MissingPort<'n, 'a>> {
    let mut told = FxHashSet::default();
    let missing = calls(network).into_iter().filter_map(|call| missing(network, call));
    missing.filter(|missing| told.insert((missing.call.name.span, missing.port))).collect()
}

fn missing<'n, 'a>(network: &'n Network<'a>, call: Call<'n, 'a>) -> Option<MissingPort<'n, 'a>> {
    let port = call.name.port?;
    let caller = &network.workloads.all[call.caller];
    // What looks like a short name with a port may be an image with its tag.
    let is_doubtful = !call.name.is_url && !call.name.name.contains('.') && port < 1024;
    let is_own = call.service.selected.iter().any(|(class, _)| *class == caller.class);
    if is_doubtful || is_own || call.service.is_headless() || call.service.is_patched {
        return None;
    }
    let has: Vec<ServicePortView<'a>> = call.service.ports().collect();
    let all_known = has.len() == call.service.spec.ports.items().len()
        && has.iter().all(|view| view.number.is_some());
    if has.is_empty() || !all_known || !has_nowhere(network, call.service, port) {
        return None;
    }
    // The port may be put behind the name later.
    if !call.name.port_is_written && is_told_one_of(caller, &has) {
        return None;
    }
    Some(MissingPort { call, port, has })
}

/// Whether no object in view that defines the Service has the port: overlays define it again.
fn has_nowhere(network: &Network<'_>, service: &Service<'_>, port: u16) -> bool {
    let named = network.missing_services.named(&network.services, service.object.name());
    let mut same = named.filter(|other| other.namespace == service.namespace);
    same.all(|other| {
        other.spec.ports.is_absent()
            || other.ports().all(|view| view.number.is_some_and(|n| n != port))
    })
}

/// Whether a workload is told one of some ports apart from the name.
fn is_told_one_of(workload: &Workload<'_>, ports: &[ServicePortView<'_>]) -> bool {
    let is_port = |text: &str| {
        let digits = text.rsplit(['=', ':']).next().unwrap_or_default().trim();
        digits.parse().is_ok_and(|number: u16| ports.iter().any(|view| view.number == Some(number)))
    };
    workload.spec.pod.all_containers().any(|container| {
        let variables = container.env.items().iter().filter_map(Field::value);
        let values = variables.map(|variable| &variable.value);
        let words = container.command.items().iter().chain(container.args.items());
        // What comes from elsewhere may be the port.
        let from_elsewhere = container.env_from.items().is_empty();
        !from_elsewhere || values.chain(words).any(|text| text.value().is_some_and(|t| is_port(t)))
    })
}

impl MissingPort<'_, '_> {
    /// The port of the Service that leads to a port of the pods that is the one called.
    pub fn leads_there(&self) -> Option<u16> {
        let leads = |view: &&ServicePortView<'_>| view.target == Some(PortRef::Number(self.port));
        self.has.iter().find(leads)?.number
    }
}
