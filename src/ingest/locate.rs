//! Says where in its document a span lies: `spec.egress[0].ports[1].port` of
//! `NetworkPolicy/shop/web`.
//!
//! Trees are not kept, so this parses the document again; only documents with findings pay.

use std::ops::Range;

use super::identity;
use crate::source::{FileId, Span};
use crate::syntax::{self, Node, Text};

/// A place in terms of the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// `Kind/namespace/name` as far as they exist.
    pub object: Option<String>,
    /// The path of the innermost field; after a `!` inside a text in the document.
    pub field: Option<String>,
}

/// Locates spans in one document of a file, given by its byte range.
pub fn locate(file: FileId, text: &str, document: Range<usize>, spans: &[Span]) -> Vec<Location> {
    let parsed = syntax::parse(Text::part(file, text, document), false);
    let root = parsed.tree.documents().first().map(|document| parsed.tree.root(document));
    let Some(root) = root else { return vec![Location::default(); spans.len()] };
    spans.iter().map(|span| locate_one(root, *span)).collect()
}

fn locate_one(root: Node<'_>, span: Span) -> Location {
    let mut object = identity_of(root);
    let mut path = String::new();
    descend(root, span, &mut path, &mut object);
    Location { object, field: (!path.is_empty()).then_some(path) }
}

/// Follows the span down as far as it goes; appends to the path on the way.
fn descend(node: Node<'_>, span: Span, path: &mut String, object: &mut Option<String>) {
    let mut node = node;
    loop {
        let is_list =
            node.get("kind").and_then(Node::str).is_some_and(|kind| kind.ends_with("List"));
        if let Some((key, value)) = node
            .entries()
            .find(|(key, value)| key.span().contains(span) || value.span().contains(span))
        {
            push_key(path, key.str().unwrap_or_default());
            if is_list && path == "items" {
                let item = value.items().find(|item| item.span().contains(span));
                *object = item.and_then(identity_of).or(object.take());
            }
            if key.span().contains(span) {
                return;
            }
            node = value;
            continue;
        }
        let item = node.items().enumerate().find(|(_, item)| item.span().contains(span));
        let Some((index, item)) = item else { break };
        path.push_str(&format!("[{index}]"));
        node = item;
    }
    let Some(inner) = node.inner_text().filter(|_| node.span() != span) else { return };
    let parsed = syntax::parse(inner, false);
    let Some(document) = parsed.tree.documents().first() else { return };
    let root = parsed.tree.root(document);
    if root.is_map() || root.is_sequence() {
        let outer = path.len();
        path.push('!');
        descend(root, span, path, object);
        if path.len() == outer + 1 {
            path.truncate(outer);
        }
    }
}

/// A key with a dot or bracket of its own is quoted, so that a path reads one way only.
fn push_key(path: &mut String, key: &str) {
    if key.contains(['.', '[', ']', '"', '/']) {
        path.push_str(&format!("[{key:?}]"));
        return;
    }
    if !path.is_empty() && !path.ends_with('!') {
        path.push('.');
    }
    path.push_str(key);
}

fn identity_of(node: Node<'_>) -> Option<String> {
    let kind = node.get("kind").and_then(Node::str)?;
    let meta = |key| node.at(&["metadata", key]).and_then(Node::str).unwrap_or_default();
    Some(identity(kind, meta("namespace"), meta("name")))
}
