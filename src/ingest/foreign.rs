//! Formats that say neither `apiVersion` nor `kind`: each is known by keys that nothing else has.

use super::k3s::{self, Flavor};
use super::{Body, Outcome, Reader, Resource, content_hash, openshift, rke, talos};
use crate::source::{Span, Spanned};
use crate::syntax::Node;
use crate::syntax::decode::decode;

/// What such a document is called, and what it says.
fn recognize(path: &str, node: Node<'_>) -> Option<(&'static str, Body)> {
    if rke::is_cluster(node) {
        return Some(("RKE cluster", Body::Rke(Box::new(rke::read(node)?))));
    }
    if openshift::is_install_config(node) {
        let config = openshift::read_install_config(node)?;
        return Some(("InstallConfig", Body::OpenShift(config)));
    }
    if let Some((kind, talos)) = talos::read(node) {
        return Some((kind, Body::Talos(talos)));
    }
    let config = k3s::read(path, node)?;
    let kind = match config.flavor {
        Flavor::K3s => "k3s configuration",
        Flavor::Rke2 => "RKE2 configuration",
    };
    Some((kind, Body::K3s(Box::new(config))))
}

impl Reader<'_> {
    /// `None` for a document that is none of these.
    pub(super) fn foreign(&mut self, document: usize, node: Node<'_>) -> Option<Outcome> {
        let (kind, body) = recognize(self.path, node)?;
        // The first key stands for the document as a whole.
        let place = node.entries().next().map_or(node.span(), |(key, _)| key.span());
        let metadata = node.get("metadata");
        let start = Span { end: place.start, ..place };
        self.contents.resources.push(Resource {
            file: self.file,
            document,
            span: node.span(),
            api_version: Spanned::new(String::new(), start),
            kind: Spanned::new(kind.to_owned(), place),
            metadata: metadata.and_then(|metadata| decode(metadata).0).unwrap_or_default(),
            content: content_hash(node),
            body,
        });
        Some(Outcome::Read)
    }
}
