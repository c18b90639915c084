//! Whether pods take connections without mutual TLS.
//!
//! The PeerAuthentication that selects a workload comes first, then the one of its namespace, then
//! the one of the mesh; UNSET takes over what the next one says (`pilot/pkg/model/authentication.go`).

use super::super::Network;
use super::super::labels::{Answer, Selector};
use super::super::namespaces::fold;
use super::super::workloads::Workload;
use super::{Item, PeerAuthenticationSpec, PolicySelector};
use crate::source::Span;
use crate::syntax::decode::Field;

/// The policy by which a port takes nothing but mutual TLS.
#[derive(Clone, Copy, Debug)]
pub struct Strict<'n, 'a> {
    pub policy: &'n Item<'a, PeerAuthenticationSpec>,
    /// Where it says so.
    pub span: Span,
    /// Whether it is for all namespaces.
    pub of_mesh: bool,
}

/// What one policy says about a port.
enum Mode {
    Strict(Span),
    Lax,
    Unset,
    Unknown,
}

impl<'a> Network<'a> {
    /// The policy by which a port of a workload surely takes nothing but mutual TLS.
    pub fn strict_mutual_tls(&self, workload: &Workload<'a>, port: u16) -> Option<Strict<'_, 'a>> {
        let root = self.mesh.root_namespace?;
        let labels = &self.workloads.classes[workload.class].labels;
        let own = fold(workload.namespace);
        let mut of_workload = Vec::new();
        let mut of_namespace = Vec::new();
        let mut of_mesh = Vec::new();
        for policy in &self.mesh.peer_authentications {
            let namespace = fold(policy.object.namespace());
            if namespace != own && namespace != root {
                continue;
            }
            let selects = match selector(&policy.spec.selector) {
                Some(selector) => selector.matches(labels),
                None if namespace == own && namespace != root => {
                    of_namespace.push(policy);
                    continue;
                }
                None => {
                    of_mesh.push(policy);
                    continue;
                }
            };
            match selects {
                Answer::No => {}
                Answer::Unknown => return None,
                Answer::Yes => of_workload.push(policy),
            }
        }
        for (policies, is_of_mesh) in [(of_workload, false), (of_namespace, false), (of_mesh, true)]
        {
            // Of several the oldest counts, and no file tells which one that is.
            let [policy] = policies.as_slice() else {
                if policies.is_empty() {
                    continue;
                }
                return None;
            };
            match mode(policy.spec, port) {
                Mode::Strict(span) => return Some(Strict { policy, span, of_mesh: is_of_mesh }),
                Mode::Unset => {}
                Mode::Lax | Mode::Unknown => return None,
            }
        }
        None
    }
}

/// The labels that a policy selects workloads by; an empty selector is none.
pub fn selector(field: &Field<PolicySelector>) -> Option<Selector<'_>> {
    match field {
        Field::Absent => None,
        Field::Unknown(_) => Some(Selector { requirements: Vec::new(), partly_unknown: true }),
        Field::Known(selector) => {
            let selector = Selector::of_labels(&selector.value.match_labels);
            (!selector.is_empty()).then_some(selector)
        }
    }
}

fn mode(spec: &PeerAuthenticationSpec, port: u16) -> Mode {
    if spec.port_level_mtls.is_unknown() {
        return Mode::Unknown;
    }
    let ports = spec.port_level_mtls.value();
    let of_port = ports.and_then(|ports| ports.get(&port.to_string()));
    if let Some(of_port) = of_port {
        match mode_of(&of_port.then(|mtls| &mtls.mode)) {
            Mode::Unset => {}
            known => return known,
        }
    }
    mode_of(&spec.mtls.then(|mtls| &mtls.mode))
}

fn mode_of(field: &Field<String>) -> Mode {
    match field {
        Field::Absent => Mode::Unset,
        Field::Unknown(_) => Mode::Unknown,
        Field::Known(mode) => match mode.value.as_str() {
            "STRICT" => Mode::Strict(mode.span),
            "PERMISSIVE" | "DISABLE" => Mode::Lax,
            "UNSET" => Mode::Unset,
            _ => Mode::Unknown,
        },
    }
}
