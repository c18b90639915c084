//! Where the keys of maps stand: fields know the places of their values alone.

use crate::source::Span;
use crate::syntax::Node;

/// The keys of some maps, by where their values stand. There are many of them, so they are a list,
/// sorted by place.
#[derive(Clone, Debug, Default)]
pub struct KeySpans(Vec<(Span, Span)>);

impl KeySpans {
    /// All keys below a node.
    pub(in crate::ingest) fn below(node: Option<Node<'_>>) -> KeySpans {
        let mut keys = KeySpans::default();
        if let Some(node) = node {
            keys.collect(node);
        }
        keys.0.sort_unstable();
        keys.0.shrink_to_fit();
        keys
    }

    fn collect(&mut self, node: Node<'_>) {
        for (key, value) in node.entries() {
            self.0.push((value.span(), key.span()));
            self.collect(value);
        }
        for item in node.items() {
            self.collect(item);
        }
    }

    /// Where the key of a value stands, given by the value's place.
    pub fn span(&self, value: Option<Span>) -> Option<Span> {
        let value = value?;
        let index = self.0.binary_search_by_key(&value, |(value, _)| *value).ok()?;
        Some(self.0[index].1)
    }
}
