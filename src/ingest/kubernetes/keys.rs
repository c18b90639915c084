//! Where the keys of maps stand: fields know the places of their values alone.

use rustc_hash::FxHashMap;

use crate::source::Span;
use crate::syntax::Node;

/// The keys of some maps, by where their values stand.
#[derive(Clone, Debug, Default)]
pub struct KeySpans(FxHashMap<Span, Key>);

#[derive(Clone, Debug)]
pub struct Key {
    pub span: Span,
    /// What stands before it on its line, if that is white space and dashes.
    pub indent: Option<Box<str>>,
}

impl Key {
    /// The text that puts an entry before this one, when the map is written in a block.
    pub fn entry_before(&self, entry: &str) -> Option<String> {
        let indent = self.indent.as_ref()?;
        Some(format!("{entry}\n{}", " ".repeat(indent.len())))
    }

    /// The text that puts an item before the one that starts with this key, when the list is
    /// written in a block. The lines of the item are those of its entries.
    pub fn item_before(&self, entries: &[&str]) -> Option<String> {
        let indent = self.indent.as_ref().filter(|indent| indent.contains('-'))?;
        let column = format!("\n{}", " ".repeat(indent.len()));
        Some(format!("{}\n{indent}", entries.join(&column)))
    }
}

impl KeySpans {
    /// All keys below a node.
    pub(super) fn below(node: Option<Node<'_>>) -> KeySpans {
        let mut keys = KeySpans::default();
        if let Some(node) = node {
            keys.collect(node);
        }
        keys
    }

    /// The keys of one map.
    pub(super) fn of(node: Node<'_>) -> KeySpans {
        let mut keys = KeySpans::default();
        node.entries().for_each(|(key, value)| keys.insert(key, value));
        keys
    }

    fn collect(&mut self, node: Node<'_>) {
        for (key, value) in node.entries() {
            self.insert(key, value);
            self.collect(value);
        }
        node.items().for_each(|item| self.collect(item));
    }

    fn insert(&mut self, key: Node<'_>, value: Node<'_>) {
        let indent = key.indent().map(Box::from);
        self.0.insert(value.span(), Key { span: key.span(), indent });
    }

    /// The key of a value, given by the value's place.
    pub fn key(&self, value: Option<Span>) -> Option<&Key> {
        self.0.get(&value?)
    }

    /// Where the key of a value stands.
    pub fn span(&self, value: Option<Span>) -> Option<Span> {
        self.key(value).map(|key| key.span)
    }
}
