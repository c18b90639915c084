//! Makes resources of what hosts say.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use super::super::docker;
use super::super::kubernetes::ObjectMeta;
use super::super::{Body, DocumentInfo, FileContents, Outcome, Reader, Resource, content_hash};
use super::{HostNetwork, cloud_init, read_document, read_lines};
use crate::source::{FileId, Span, Spanned};
use crate::syntax::{Node, Text, hash_comments, parse};

/// A file of a line-based format.
pub(in crate::ingest) fn read_file(file: FileId, path: &str, text: &str) -> FileContents {
    let mut contents = FileContents::default();
    let span = Span::new(file, 0..text.len());
    let whole = Text::whole(file, text);
    let mut info =
        DocumentInfo { index: 0, span, kind: None, outcome: Outcome::Skipped("not-recognized") };
    if let Some(network) = read_lines(path, &whole) {
        info.kind = Some(network.format.kind().to_owned());
        info.outcome = Outcome::Read;
        contents.resources.push(resource(file, 0, span, hash(text), network));
        if text.contains("netvet:") {
            contents.comments = hash_comments(&whole, 0..text.len());
        }
    }
    contents.documents.push(info);
    contents
}

impl Reader<'_> {
    /// A document of Netplan or cloud-init; gives whether it is one.
    pub(in crate::ingest) fn host_document(&mut self, document: usize, node: Node<'_>) -> bool {
        let known = self.contents.resources.len();
        if let Some(network) = read_document(self.path, node) {
            let content = content_hash(node);
            let resource = resource(self.file, document, node.span(), content, network);
            self.contents.resources.push(resource);
        }
        for (path, text) in cloud_init::written_files(node) {
            self.written_file(document, path, &text);
        }
        self.contents.resources.len() > known
    }

    fn written_file(&mut self, document: usize, path: &str, text: &Text<'_>) {
        if docker::is_daemon_path(path) {
            return self.docker_daemon_written(document, text);
        }
        if docker::is_unit(path) {
            self.contents.resources.extend(docker::unit_resource(document, text));
            return;
        }
        let span = text.span(0..text.value.len());
        let network = if path.contains("/netplan/") && path.ends_with(".yaml") {
            let parsed = parse(text.clone(), false);
            let root = parsed.tree.documents().first().map(|first| parsed.tree.root(first));
            root.and_then(|root| read_document(path, root))
        } else {
            read_lines(path, text)
        };
        if let Some(network) = network {
            let resource = resource(self.file, document, span, hash(&text.value), network);
            self.contents.resources.push(resource);
        }
    }
}

fn resource(
    file: FileId,
    document: usize,
    span: Span,
    content: u64,
    network: HostNetwork,
) -> Resource {
    let start = Span { end: span.start, ..span };
    Resource {
        file,
        document,
        span,
        api_version: Spanned::new(String::new(), start),
        kind: Spanned::new(network.format.kind().to_owned(), start),
        metadata: ObjectMeta::default(),
        content,
        body: Body::Host(Box::new(network)),
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    text.hash(&mut hasher);
    hasher.finish()
}
