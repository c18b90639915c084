//! `mtu-exceeds-underlay`: see the page.

use crate::diagnostic::{Diagnostic, Edit, Fix, Place, Safety};
use crate::model::Network;
use crate::model::mtu::{Encapsulation, Mtu, MtuSource, Tunnel};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mtu/mtu-exceeds-underlay.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let Some(underlay) = &network.settings.underlay_mtu else { return };
    let Ok(bytes) = i64::try_from(underlay.value) else { return };
    let underlay = Spanned::new(bytes, underlay.span);
    // The largest header decides.
    let tunnels = network.mtu.tunnels.iter();
    let widest = tunnels.max_by_key(|tunnel| tunnel.encapsulation.overhead());
    for value in &network.mtu.values {
        let diagnostic = match value.source.tunnel() {
            Some(tunnel) => tunnel_device(value, tunnel, &underlay),
            None if value.source.is_calico_pod() => pod(value, widest, &underlay),
            None => plugin(value, &underlay),
        };
        if let Some(diagnostic) = diagnostic {
            findings.add(diagnostic.related(underlay.label("the network between the nodes")));
        }
    }
}

/// The MTU of Calico's pods.
fn pod(value: &Mtu<'_>, tunnel: Option<&Tunnel>, underlay: &Spanned<i64>) -> Option<Diagnostic> {
    let overhead = tunnel.map_or(0, |tunnel| tunnel.encapsulation.overhead());
    let limit = underlay.value - overhead;
    if value.bytes <= limit {
        return None;
    }
    let message = match tunnel {
        Some(tunnel) => added(value.bytes, tunnel.encapsulation, underlay.value),
        None => plain(value.bytes, underlay.value),
    };
    let diagnostic = Diagnostic::error(value.span.label(""), message)
        .related_all(tunnel.map(|tunnel| tunnel.span.label(tunnel.why)));
    Some(mended(diagnostic, value, limit))
}

/// The MTU of the device of a tunnel, which is that of the packets inside.
fn tunnel_device(
    value: &Mtu<'_>,
    tunnel: Encapsulation,
    underlay: &Spanned<i64>,
) -> Option<Diagnostic> {
    let limit = underlay.value - tunnel.overhead();
    if value.bytes <= limit {
        return None;
    }
    let message = added(value.bytes, tunnel, underlay.value);
    Some(mended(Diagnostic::error(value.span.label(""), message), value, limit))
}

/// The MTU of another plugin of the cluster's own network. An attachment may be on another
/// network than the nodes.
fn plugin(value: &Mtu<'_>, underlay: &Spanned<i64>) -> Option<Diagnostic> {
    let config = value.config.filter(|config| config.is_loaded())?;
    if value.bytes <= underlay.value || value.source != MtuSource::Plugin {
        return None;
    }
    let label = value.span.label("");
    let message = plain(value.bytes, underlay.value);
    // Those that share the node's interface cannot have more than that.
    let shares = config.has_type("macvlan") || config.has_type("ipvlan");
    let diagnostic = match shares {
        true => Diagnostic::error(label, message),
        false => Diagnostic::warning(label, message),
    };
    Some(mended(diagnostic, value, underlay.value))
}

fn added(bytes: i64, tunnel: Encapsulation, underlay: i64) -> String {
    let (noun, overhead) = (tunnel.noun(), tunnel.overhead());
    let sum = bytes.saturating_add(overhead);
    format!("{noun} makes {sum} bytes of {bytes}, and the nodes' network carries {underlay}")
}

fn plain(bytes: i64, underlay: i64) -> String {
    format!("packets of {bytes} bytes, and the nodes' network carries {underlay}")
}

fn mended(diagnostic: Diagnostic, value: &Mtu<'_>, limit: i64) -> Diagnostic {
    let help = format!("set `{}` to {limit} at most", value.source.field());
    let diagnostic = diagnostic.help(help);
    if limit <= 0 {
        return diagnostic;
    }
    diagnostic.fix(Fix {
        title: format!("set it to {limit}"),
        safety: Safety::Unsafe,
        edits: vec![Edit { span: value.span, text: limit.to_string() }],
    })
}
