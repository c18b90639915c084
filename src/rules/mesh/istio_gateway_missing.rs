//! `istio-gateway-missing`: see the page.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::mesh::GatewayRef;
use crate::model::namespaces::{fold, is_known};
use crate::model::near_miss::is_slip;
use crate::model::{Network, Object};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/istio-gateway-missing.md"),
    check: Check::Network(check),
};

/// Beyond so many Gateways, looking for what was meant costs too much.
const MAX_GATEWAYS: usize = 500;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let gateways: Vec<Object<'_>> = network.mesh.all_gateways().collect();
    let mut by_name: HashMap<&str, Vec<Object<'_>>> = HashMap::new();
    for gateway in &gateways {
        by_name.entry(gateway.name()).or_default().push(*gateway);
    }
    for virtual_service in &network.mesh.virtual_services {
        let own = virtual_service.object.namespace();
        for (reference, text) in virtual_service.gateways() {
            let same = by_name.get(reference.name).map_or(&[][..], Vec::as_slice);
            findings.extend(look_at(&gateways, same, reference, text, own));
        }
    }
}

fn look_at(
    gateways: &[Object<'_>],
    same: &[Object<'_>],
    reference: GatewayRef<'_>,
    text: &Spanned<String>,
    own: &str,
) -> Option<Diagnostic> {
    let GatewayRef { namespace, name } = reference;
    let is_it = |gateway: &Object<'_>| {
        let place = gateway.namespace();
        fold(place) == fold(namespace) || !is_known(place)
    };
    if same.iter().any(is_it) {
        return None;
    }
    let here = match is_known(namespace) {
        true => format!(" in namespace `{namespace}`"),
        false => String::new(),
    };
    let message = format!("no Gateway `{name}`{here}");
    let same_place = |gateway: &&Object<'_>| fold(gateway.namespace()) == fold(namespace);
    let candidates = if gateways.len() > MAX_GATEWAYS { &[] } else { gateways };
    let near = candidates.iter().filter(same_place).find(|gateway| is_slip(gateway.name(), name));
    let (gateway, label, help) = if let Some(near) = near {
        (near, "this one is".to_owned(), format!("did you mean `{}`?", near.name()))
    } else {
        // Who writes a namespace means it, unless it is misspelt.
        let is_short = !text.contains(['/', '.']);
        let mut others = same.iter().filter(|gateway| {
            let place = gateway.namespace();
            is_known(place) && (is_short || is_slip(place, namespace))
        });
        let other = others.next().filter(|_| others.next().is_none() && is_known(own))?;
        let place = other.namespace();
        let label = format!("this one is in namespace `{place}`");
        (other, label, format!("write `{place}/{name}`"))
    };
    let help = format!("{help}; without its Gateway, the routes are on no port that faces outside");
    Some(Diagnostic::warning(text.label(""), message).related(gateway.label(label)).help(help))
}
