//! Services that the API server calls, for webhooks and aggregated APIs, and whether they are
//! there.
//!
//! Whoever installs a webhook mostly installs its Service with it, but not always from the same
//! files: a Service counts as missing only where the files show what was meant, or hold the rest
//! of its namespace beside the webhook.

use super::Network;
use super::namespaces::{fold, is_known};
use super::near_miss::is_slip;
use super::object::Object;
use super::ports::port_number;
use super::services::Service;
use crate::ingest::Body;
use crate::ingest::kubernetes::{ApiCall, Kubernetes};
use crate::source::Span;

/// Of a reference without a port: `clientConfig.service.port`, `spec.service.port`.
const DEFAULT_PORT: u16 = 443;

/// A call of the API server that finds nothing.
#[derive(Debug)]
pub struct LostApiCall<'n, 'a> {
    pub object: Object<'a>,
    pub namespace: &'a str,
    pub name: &'a str,
    /// The narrowest place at fault.
    pub span: Span,
    /// Whether requests go on without it.
    pub may_fail: bool,
    pub loss: Loss<'n, 'a>,
}

#[derive(Debug)]
pub enum Loss<'n, 'a> {
    /// There is none of the name; with one that was probably meant.
    Service(Option<&'n Service<'a>>),
    /// It is there, without the port.
    Port(u16, &'n Service<'a>),
}

pub fn lost_api_calls<'n, 'a>(network: &'n Network<'a>) -> Vec<LostApiCall<'n, 'a>> {
    let mut found = Vec::new();
    for object in &network.objects {
        if let Body::Kubernetes(Kubernetes::ApiCalls(calls)) = object.body() {
            found.extend(calls.iter().filter_map(|call| lost(network, *object, call)));
        }
    }
    found
}

fn lost<'n, 'a>(
    network: &'n Network<'a>,
    object: Object<'a>,
    call: &'a ApiCall,
) -> Option<LostApiCall<'n, 'a>> {
    let reference = &call.service.value;
    let (namespace, name) = (reference.namespace.known()?, reference.name.known()?);
    let mut same = network.services.all.iter().filter(|service| {
        service.object.name() == name.value && fold(service.namespace) == fold(&namespace.value)
    });
    let lost = |span: Span, loss: Loss<'n, 'a>| LostApiCall {
        object,
        namespace: &namespace.value,
        name: &name.value,
        span,
        may_fail: call.may_fail,
        loss,
    };
    let Some(service) = same.next() else {
        let meant = meant(network, object, &namespace.value, &name.value)?;
        let elsewhere = |service: &Service<'_>| service.object.name() == name.value;
        let span = if meant.is_some_and(elsewhere) { namespace.span } else { name.span };
        return Some(lost(span, Loss::Service(meant)));
    };
    let port = match reference.port.known() {
        Some(port) => port_number(port.value)?,
        None if reference.port.is_absent() => DEFAULT_PORT,
        None => return None,
    };
    let span = reference.port.span().unwrap_or(name.span);
    let lacks = |service: &Service<'_>| {
        let ports = service.spec.ports.items();
        let known = service.ports().count() == ports.len() && !ports.is_empty();
        let mut ports = service.ports();
        known
            && !service.is_external_name()
            && !service.is_patched
            && ports.all(|view| view.number.is_some_and(|number| number != port))
    };
    (lacks(service) && same.all(lacks)).then(|| lost(span, Loss::Port(port, service)))
}

/// What a reference to a Service that is not there was meant for, if that is known; `None` when
/// the Service may well be somewhere else.
fn meant<'n, 'a>(
    network: &'n Network<'a>,
    object: Object<'a>,
    namespace: &str,
    name: &str,
) -> Option<Option<&'n Service<'a>>> {
    // A kustomization that adds to names does it to both.
    if object.namespace().starts_with('?') || !is_known(namespace) {
        return None;
    }
    let file = object.resource.file;
    let is_beside = |other: &Object<'_>| other.resource.file == file;
    let own = network.services.all.iter().filter(|s| fold(s.namespace) == fold(namespace));
    if let Some(near) = own.clone().find(|service| is_slip(name, service.object.name())) {
        return Some(Some(near));
    }
    let mut elsewhere = network.services.all.iter().filter(|service| {
        service.object.name() == name
            && is_beside(&service.object)
            && service.object.resource.metadata.namespace.value().is_some()
    });
    if let (Some(service), None) = (elsewhere.next(), elsewhere.next()) {
        return Some(Some(service));
    }
    let mut own = own;
    own.any(|service| is_beside(&service.object)).then_some(None)
}
