//! `istio-host-missing`: see the page.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::mesh::hosts::{HostName, host_name};
use crate::model::namespaces::{fold, is_known};
use crate::model::near_miss::is_slip;
use crate::model::services::Service;
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/istio-host-missing.md"),
    check: Check::Network(check),
};

/// Who names a host.
#[derive(Clone, Copy)]
enum User {
    Route,
    DestinationRule,
}

/// Beyond so many Services of one namespace, looking for what was meant costs too much.
const MAX_SERVICES: usize = 500;

/// The Services in view.
struct View<'n, 'a> {
    network: &'n Network<'a>,
    by_name: HashMap<&'n str, Vec<&'n Service<'a>>>,
    /// By folded namespace.
    by_namespace: HashMap<&'n str, Vec<&'n Service<'a>>>,
}

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut view = View { network, by_name: HashMap::new(), by_namespace: HashMap::new() };
    for service in &network.services.all {
        view.by_name.entry(service.object.name()).or_default().push(service);
        view.by_namespace.entry(fold(service.namespace)).or_default().push(service);
    }
    for virtual_service in &network.mesh.virtual_services {
        let own = virtual_service.object.namespace();
        for target in virtual_service.targets() {
            findings.extend(look_at(&view, target.host, own, User::Route));
        }
    }
    for rule in &network.mesh.destination_rules {
        let Some(host) = rule.spec.host.known() else { continue };
        findings.extend(look_at(&view, host, rule.object.namespace(), User::DestinationRule));
    }
}

fn look_at(
    view: &View<'_, '_>,
    host: &Spanned<String>,
    own: &str,
    user: User,
) -> Option<Diagnostic> {
    let network = view.network;
    let name = host_name(host, own);
    if network.mesh.may_have_entry(name) {
        return None;
    }
    let effect = match user {
        User::Route => "requests to a host that nobody has are answered with 503",
        User::DestinationRule => "a DestinationRule of a host that nobody has changes nothing",
    };
    let (message, service, help) = match name {
        HostName::Wildcard(_) => return None,
        HostName::Other(text) => {
            let service = half_name(network, text)?;
            let (name, namespace) = (service.object.name(), service.namespace);
            let message = format!("host `{text}` is taken as it is, and no Service has that name");
            let help = format!(
                "{effect}: write `{name}.{namespace}.svc.cluster.local`; only names without a dot are completed"
            );
            (message, service, help)
        }
        HostName::Service { name, namespace } => {
            if is_there(view, name, namespace) {
                return None;
            }
            let here = if is_known(namespace) && (is_known(own) || host.contains('.')) {
                format!(" in namespace `{namespace}`")
            } else {
                String::new()
            };
            let message = format!("no Service `{name}`{here}");
            if let Some(service) = misspelt(view, name, namespace) {
                let help = format!("{effect}: did you mean `{}`?", service.object.name());
                (message, service, help)
            } else {
                let service =
                    elsewhere(view, name, namespace, host.contains('.') || !is_known(own))?;
                let help = format!(
                    "{effect}: write `{name}.{}.svc.cluster.local`; a name without a dot is looked for in the namespace of the object that names it",
                    service.namespace
                );
                (message, service, help)
            }
        }
    };
    let label = match service.object.namespace_name() {
        Some(namespace) => format!("this one is in namespace `{namespace}`"),
        None => "this one has another name".to_owned(),
    };
    let finding = match (name, user) {
        (HostName::Other(_), User::Route) => Diagnostic::error(host.label(""), message),
        _ => Diagnostic::warning(host.label(""), message),
    };
    Some(finding.related(service.object.label(label)).help(help))
}

/// The Service that `name.namespace`, or the same with `.svc`, was meant to be.
fn half_name<'n, 'a>(network: &'n Network<'a>, host: &str) -> Option<&'n Service<'a>> {
    let labels: Vec<&str> = host.split('.').collect();
    match labels.as_slice() {
        [name, namespace] | [name, namespace, "svc"] => network.services.get(namespace, name),
        _ => None,
    }
}

/// Whether there is such a Service, or may be: files that leave their namespace open may be for
/// this one.
fn is_there(view: &View<'_, '_>, name: &str, namespace: &str) -> bool {
    let mut same = view.by_name.get(name).into_iter().flatten();
    view.network.services.get(namespace, name).is_some()
        || view.network.is_external_service(name, namespace)
        || same.any(|service| !is_known(service.namespace))
}

/// A Service of the namespace with nearly the same name.
fn misspelt<'n, 'a>(view: &View<'n, 'a>, name: &str, namespace: &str) -> Option<&'n Service<'a>> {
    let services = view.by_namespace.get(namespace).filter(|all| all.len() <= MAX_SERVICES)?;
    services.iter().copied().find(|service| is_slip(service.object.name(), name))
}

/// The only Service of that name, when it is in another namespace.
fn elsewhere<'n, 'a>(
    view: &View<'n, 'a>,
    name: &str,
    namespace: &str,
    is_full: bool,
) -> Option<&'n Service<'a>> {
    let [service] = view.by_name.get(name)?.as_slice() else { return None };
    // Who writes a namespace means it, unless it is misspelt.
    let meant = !is_full || is_slip(service.namespace, namespace);
    (meant && is_known(namespace) && is_known(service.namespace)).then_some(*service)
}
