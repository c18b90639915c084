//! `calico-pool-invalid`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::addresses::IpPool;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/calico-pool-invalid.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for pool in &network.addresses.pools {
        findings.extend(words(pool).into_iter().chain(for_load_balancers(pool)));
    }
}

/// `crd.projectcalico.org` is stored as it is written.
fn severity(pool: &IpPool<'_>) -> Severity {
    match pool.object.resource.group() {
        "crd.projectcalico.org" => Severity::Warning,
        _ => Severity::Error,
    }
}

/// The enumerations of `api/pkg/apis/projectcalico/v3/ippool.go`.
fn words(pool: &IpPool<'_>) -> Vec<Diagnostic> {
    const MODES: &[&str] = &["Always", "CrossSubnet", "Never"];
    let spec = &pool.spec;
    let mut found = Vec::new();
    let mut look = |name: &str, field: &Field<String>, words: &[&str]| {
        let Some(text) = field.known().filter(|text| !text.is_empty()) else { return };
        if !words.contains(&text.as_str()) {
            let message = format!("`{name}` is `{}`, which Calico does not know", text.value);
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            found.push(
                Diagnostic::new(severity(pool), text.label(""), message)
                    .help(format!("write one of {}", words.join(", "))),
            );
        }
    };
    look("ipipMode", &spec.ipip_mode, MODES);
    look("vxlanMode", &spec.vxlan_mode, MODES);
    look("assignmentMode", &spec.assignment_mode, &["Automatic", "Manual"]);
    for use_ in spec.allowed_uses.items() {
        look("allowedUses", use_, &["Workload", "Tunnel", "LoadBalancer"]);
    }
    found
}

/// What a pool for Services must not have.
fn for_load_balancers(pool: &IpPool<'_>) -> Vec<Diagnostic> {
    let uses = pool.spec.allowed_uses.items().iter().filter_map(Field::known);
    let (balancers, others): (Vec<_>, Vec<_>) = uses.partition(|use_| use_.value == "LoadBalancer");
    let Some(balancer) = balancers.first() else { return Vec::new() };
    let refused = |text: &Spanned<String>, message: String, help: &str| {
        Diagnostic::new(severity(pool), text.label(""), message)
            .related(balancer.label("for load balancers"))
            .help(help.to_owned())
    };
    let mut found = Vec::new();
    if let Some(other) = others.first() {
        let message = format!("`LoadBalancer` does not go with `{}`", other.value);
        found.push(refused(other, message, "make a pool of its own for load balancers"));
    }
    let selector = pool.spec.node_selector.known();
    if let Some(selector) = selector.filter(|text| !matches!(text.trim(), "" | "all()")) {
        let message = "a pool for load balancers is one for all nodes".to_owned();
        found.push(refused(selector, message, "leave `nodeSelector` out"));
    }
    if let Some(disabled) = pool.spec.disable_bgp_export.known().filter(|disabled| disabled.value) {
        let text = Spanned::new(String::new(), disabled.span);
        let message = "a pool for load balancers must be exported by BGP".to_owned();
        found.push(refused(&text, message, "leave `disableBGPExport` out"));
    }
    found
}
