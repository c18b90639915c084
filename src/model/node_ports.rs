//! The ports that the API server gives to Services of type NodePort, on all nodes.

use std::ops::RangeInclusive;

use super::components::ComponentFlags;
use super::image::Component;
use super::installer::Installer;
use crate::ingest::Body;
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

/// Of `--service-node-port-range`:
/// <https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/>
const DEFAULT: RangeInclusive<u16> = 30000..=32767;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodePorts {
    pub range: RangeInclusive<u16>,
    /// Where it is written; `None` for the default.
    pub span: Option<Span>,
    /// Whether the files show all that the API server is told.
    pub is_fact: bool,
}

/// The ranges of a cluster: those that are written, or the default. `None` when some range cannot
/// be known.
pub fn node_ports(
    components: &[ComponentFlags<'_>],
    installers: &[Installer<'_>],
) -> Option<Vec<NodePorts>> {
    let servers = components.iter().filter(|one| one.component == Component::KubeApiserver);
    let mut found = Vec::new();
    let mut is_fact = false;
    for server in servers {
        // What an installer leaves out, a patch of its own may say.
        is_fact |= server.extra_args.is_some()
            || matches!(server.object.body(), Body::Kubernetes(_) | Body::Arguments(_));
        match server.flags.get("service-node-port-range").map(|flag| &flag.value) {
            Some(Field::Known(text)) => found.push(written(text)?),
            Some(Field::Absent | Field::Unknown(_)) => return None,
            None if server.flags.has_unknown => return None,
            None => {}
        }
    }
    for installer in installers {
        match &installer.node_ports {
            Field::Known(text) => found.push(written(text)?),
            Field::Unknown(_) => return None,
            Field::Absent => {}
        }
    }
    if found.is_empty() {
        found.push(NodePorts { range: DEFAULT, span: None, is_fact });
    }
    Some(found)
}

fn written(text: &Spanned<String>) -> Option<NodePorts> {
    let range = port_range(&text.value)?;
    Some(NodePorts { range, span: Some(text.span), is_fact: true })
}

/// `30000-32767`, `30000+2767`, `30000`: `ParsePortRange` in `k8s.io/apimachinery`.
fn port_range(text: &str) -> Option<RangeInclusive<u16>> {
    let text = text.trim();
    let number = |text: &str| text.trim().parse::<u16>().ok();
    let (first, last) = if let Some((first, last)) = text.split_once('-') {
        (number(first)?, number(last)?)
    } else if let Some((first, count)) = text.split_once('+') {
        let first = number(first)?;
        (first, first.saturating_add(number(count)?))
    } else {
        (number(text)?, number(text)?)
    };
    (first <= last && first > 0).then_some(first..=last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_written_in_three_ways() {
        assert_eq!(port_range("30000-32767"), Some(30000..=32767));
        assert_eq!(port_range(" 20000+100 "), Some(20000..=20100));
        assert_eq!(port_range("65000+1000"), Some(65000..=65535));
        assert_eq!(port_range("80"), Some(80..=80));
        for text in ["", "0-0", "2-1", "1-70000", "a-b", "${RANGE}"] {
            assert_eq!(port_range(text), None, "{text}");
        }
    }
}
