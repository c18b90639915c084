//! Values of Flannel's chart and of RKE2's Canal, as the `net-conf.json` that their templates make
//! of them: `chart/kube-flannel/templates/config.yaml` of <https://github.com/flannel-io/flannel>.
//!
//! What is left out is unknown here, since the charts have defaults of their own for all of it.

use std::str::FromStr;

use super::{Chart, Values};
use crate::ingest::flannel::{FlannelBackend, FlannelConfig, FlannelOrigin};
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

/// `None` when the values say nothing about it. `place` is where what is unknown would stand.
pub(super) fn of_values(chart: Chart, values: &Values<'_>, place: Span) -> Option<FlannelConfig> {
    let of_flannel = |name: &str| values.text(&["flannel", name]);
    let (network, ipv6_network) = match chart {
        Chart::Flannel => (values.text(&["podCidr"]), values.text(&["podCidrv6"])),
        // RKE2 fills the cluster's own ranges in and passes these over.
        _ => (Field::Absent, Field::Absent),
    };
    let kind = of_flannel("backend");
    let mtu = of_flannel("mtu");
    if [&network, &ipv6_network, &kind, &mtu].iter().all(|field| field.is_absent()) {
        return None;
    }
    let backend = FlannelBackend {
        kind: or_unknown(kind, place),
        vni: parsed(of_flannel("vni")),
        port: parsed(of_flannel("backendPort")),
        listen_port: Field::Unknown(place),
        mtu: parsed(mtu),
        direct_routing: parsed(of_flannel("directRouting")),
        udp_encap: Field::Absent,
    };
    Some(FlannelConfig {
        origin: FlannelOrigin::Chart,
        // The templates leave a family out whose range is empty.
        enable_ipv4: is_set(&network),
        enable_ipv6: is_set(&ipv6_network),
        network: match chart {
            Chart::Flannel => or_unknown(network, place),
            _ => Field::Absent,
        },
        ipv6_network: filled(ipv6_network),
        backend: Field::Known(Spanned::new(backend, place)),
        ..FlannelConfig::default()
    })
}

/// Whether a text is there and not empty.
fn is_set(text: &Field<String>) -> Field<bool> {
    match text {
        Field::Absent => Field::Absent,
        Field::Known(text) => Field::Known(Spanned::new(!text.trim().is_empty(), text.span)),
        Field::Unknown(span) => Field::Unknown(*span),
    }
}

fn filled(text: Field<String>) -> Field<String> {
    match text {
        Field::Known(text) if text.trim().is_empty() => Field::Absent,
        text => text,
    }
}

fn or_unknown(text: Field<String>, place: Span) -> Field<String> {
    match filled(text) {
        Field::Absent => Field::Unknown(place),
        text => text,
    }
}

fn parsed<T: FromStr>(text: Field<String>) -> Field<T> {
    match text {
        Field::Absent => Field::Absent,
        Field::Unknown(span) => Field::Unknown(span),
        Field::Known(text) => match text.trim().parse() {
            Ok(value) => Field::Known(Spanned::new(value, text.span)),
            Err(_) => Field::Unknown(text.span),
        },
    }
}
