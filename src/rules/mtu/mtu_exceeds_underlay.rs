//! `mtu-exceeds-underlay`: see the page.

use crate::diagnostic::{Change, Diagnostic, Label, Mend, Place, Severity};
use crate::model::Network;
use crate::model::mtu::{Basis, Meaning, Mtu, MtuPlan, Owner, Underlay};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mtu/mtu-exceeds-underlay.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.mtu;
    let Some(underlay) = &plan.underlay else { return };
    for value in &plan.values {
        let Some(packet) = packet(plan, value) else { continue };
        if let Some(diagnostic) = judge(value, &packet, underlay) {
            findings.add(diagnostic);
        }
    }
}

/// What becomes of a value between the nodes.
struct Packet {
    /// What a tunnel adds.
    overhead: i64,
    /// `pods' MTU 1500 + 50 for VXLAN = 1550`.
    sum: String,
    tunnel: Option<Label>,
    worst: Severity,
}

/// `None` for what does not go between nodes, or is what the nodes themselves have.
fn packet(plan: &MtuPlan<'_>, value: &Mtu<'_>) -> Option<Packet> {
    let (bytes, field) = (value.bytes, value.source.field);
    let plain = |sum: String, worst| Some(Packet { overhead: 0, sum, tunnel: None, worst });
    match (value.source.meaning, value.source.owner) {
        (Meaning::Pod, Owner::Plugin) => {
            // An attachment may be on another network than the nodes.
            let config = value.config.filter(|config| config.is_loaded())?;
            // Those that share the node's interface cannot have more than that.
            let shares = config.has_type("macvlan") || config.has_type("ipvlan");
            let worst = if shares { Severity::Error } else { Severity::Warning };
            plain(format!("pods' MTU {bytes}"), worst)
        }
        (Meaning::Pod, owner) => {
            // The largest header decides.
            let Some(tunnel) = plan.widest_tunnel(owner) else {
                return plain(format!("pods' MTU {bytes}"), Severity::Error);
            };
            let overhead = tunnel.overhead;
            let sum = added("pods' MTU", bytes, overhead, tunnel.encapsulation.name());
            let label = tunnel.span.label(tunnel.why);
            Some(Packet { overhead, sum, tunnel: Some(label), worst: Severity::Error })
        }
        (Meaning::Tunnel(tunnel), owner) => {
            let overhead = tunnel.overhead(owner);
            let sum = added(&format!("`{field}`"), bytes, overhead, tunnel.name());
            Some(Packet { overhead, sum, tunnel: None, worst: Severity::Error })
        }
        (Meaning::Link, Owner::Host) => None,
        (Meaning::Outer | Meaning::Link, _) => {
            plain(format!("`{field}` is {bytes}"), Severity::Error)
        }
    }
}

fn added(what: &str, bytes: i64, overhead: i64, tunnel: &str) -> String {
    let sum = bytes.saturating_add(overhead);
    format!("{what} {bytes} + {overhead} for {tunnel} = {sum}")
}

fn judge(value: &Mtu<'_>, packet: &Packet, underlay: &Underlay<'_>) -> Option<Diagnostic> {
    let most = underlay.bytes.value;
    let exceeds = |limit: i64| value.bytes.saturating_add(packet.overhead) > limit;
    let (limit, severity, takes, label) = match underlay.basis {
        Basis::Cloud(cloud) => {
            let usual = cloud.usual.filter(|usual| exceeds(*usual) && !exceeds(most));
            let name = cloud.name;
            match usual {
                // Whoever made the network may have asked for more.
                Some(usual) => {
                    let takes = format!("networks of {name} take {usual} by default");
                    (usual, Severity::Warning, takes, name.to_owned())
                }
                None => {
                    let takes = format!("networks of {name} take {most} at most");
                    (most, packet.worst, takes, name.to_owned())
                }
            }
        }
        Basis::Configured => {
            let label = "the network between the nodes".to_owned();
            (most, packet.worst, format!("the nodes' network takes {most}"), label)
        }
        Basis::Host(name) => {
            let label = match name {
                "" => "the host's interface".to_owned(),
                name => format!("interface of host `{name}`"),
            };
            (most, packet.worst, format!("the nodes' network takes {most}"), label)
        }
    };
    if !exceeds(limit) {
        return None;
    }
    let message = format!("{}, and {takes}", packet.sum);
    let diagnostic = Diagnostic::new(severity, value.span.label(""), message)
        .related_all(packet.tunnel.clone())
        .related(underlay.bytes.label(label));
    Some(mended(diagnostic, value, limit - packet.overhead))
}

fn mended(diagnostic: Diagnostic, value: &Mtu<'_>, limit: i64) -> Diagnostic {
    let help = format!("set `{}` to {limit} at most", value.source.field);
    let diagnostic = diagnostic.help(help);
    if limit <= 0 {
        return diagnostic;
    }
    diagnostic.mend(Mend::risky(
        format!("set it to {limit}"),
        Change::write(value.span, value.bytes.to_string(), limit.to_string()),
    ))
}
