//! `encapsulation-conflict`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::{Addresses, Family, IpPool};
use crate::rules::{Check, Findings, Rule};
use crate::source::{Span, Spanned};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mtu/encapsulation-conflict.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    for pool in &plan.pools {
        let found = of_pool(pool).or_else(|| of_installation(plan, pool));
        if let Some(diagnostic) = found {
            findings.add(diagnostic);
        }
    }
}

/// What Calico refuses of any pool: `libcalico-go/lib/clientv3/ippool.go`.
fn of_pool(pool: &IpPool<'_>) -> Option<Diagnostic> {
    let active = |mode: Option<&Spanned<String>>| {
        mode.filter(|mode| !mode.is_empty() && !mode.eq_ignore_ascii_case("never")).cloned()
    };
    let ipip = active(pool.spec.ipip_mode.known());
    let vxlan = active(pool.spec.vxlan_mode.known());
    let range = pool.range();
    if let (Some(ipip), Some(vxlan)) = (&ipip, &vxlan) {
        let message = format!("IP pool `{range}` has both IPIP and VXLAN");
        return Some(
            Diagnostic::error(vxlan.label(""), message)
                .related(ipip.label("IPIP"))
                .help("set one of the two to `Never`"),
        );
    }
    if let Some(ipip) = ipip.as_ref().filter(|_| range.family() == Family::V6) {
        let message = format!("IP pool `{range}` has IPIP, which is for IPv4 alone");
        return Some(Diagnostic::error(ipip.label(""), message).help("use VXLAN, or none"));
    }
    let mode = ipip.or(vxlan).filter(|_| !pool.is_for_pods())?;
    let message = format!("IP pool `{range}` is for load balancers, which take no encapsulation");
    Some(Diagnostic::error(mode.label(""), message).help("leave both modes out"))
}

/// What the operator refuses: `pkg/controller/installation/validation.go`.
fn of_installation(plan: &Addresses<'_>, pool: &IpPool<'_>) -> Option<Diagnostic> {
    let installation = &plan.installations[pool.installation?];
    let encapsulation = pool.encapsulation.known()?;
    let is = |field: Option<&String>, word: &str| field.is_some_and(|value| value == word);
    let cni = installation.cni.known();
    let calico = match cni {
        Some(cni) => cni.value == "Calico",
        // The default is Calico, save with a provider that has a plugin of its own.
        None => installation.cni.is_absent() && installation.provider.is_absent(),
    };
    if let Some(cni) = cni.filter(|_| !calico && **encapsulation != "None") {
        let message =
            format!("encapsulation `{}` with the CNI plugin `{}`", **encapsulation, **cni);
        return Some(refused(
            encapsulation.span,
            message,
            cni,
            "write `None`: Calico makes no routes for another plugin's pods",
        ));
    }
    if !calico {
        return None;
    }
    let vxlan = encapsulation.starts_with("VXLAN");
    if let Some(ipam) = installation.ipam.known().filter(|ipam| vxlan && ipam.value == "HostLocal")
    {
        let message =
            format!("encapsulation `{}` with addresses of the host-local plugin", **encapsulation);
        return Some(refused(encapsulation.span, message, ipam, "use Calico's own IPAM, or IPIP"));
    }
    let by_bird = installation.routing.is_absent() || is(installation.routing.value(), "BIRD");
    let bgp =
        installation.bgp.known().filter(|bgp| bgp.value == "Disabled" && by_bird && !vxlan)?;
    let message = match encapsulation.as_str() {
        "IPIP" | "IPIPCrossSubnet" => "IPIP needs BGP, which is disabled".to_owned(),
        "None" => "pools without encapsulation need BGP, which is disabled".to_owned(),
        _ => return None,
    };
    Some(refused(encapsulation.span, message, bgp, "use VXLAN, or enable BGP"))
}

fn refused(span: Span, message: String, other: &Spanned<String>, help: &str) -> Diagnostic {
    let label = format!("`{}` here", **other);
    Diagnostic::error(span.label(""), message).related(other.label(label)).help(help)
}
