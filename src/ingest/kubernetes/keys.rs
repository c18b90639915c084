//! Where the keys of maps stand: fields know the places of their values alone.

use rustc_hash::FxHashMap;

use crate::source::Span;
use crate::syntax::Node;

/// The keys of some maps, by where their values stand.
#[derive(Clone, Debug, Default)]
pub struct KeySpans {
    keys: FxHashMap<Span, Key>,
    /// What stands before scalars in lists, as in [`Key::indent`].
    items: FxHashMap<Span, Box<str>>,
}

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

    /// Where the dash of the list item stands that starts with this key, when it is on its line.
    pub fn dash(&self) -> Option<Span> {
        let indent = self.indent.as_ref()?;
        let back = u32::try_from(indent.len() - indent.rfind('-')?).ok()?;
        let start = self.span.start.checked_sub(back)?;
        Some(Span { file: self.span.file, start, end: start + 1 })
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
        for item in node.items() {
            if let Some(indent) = item.indent().filter(|indent| indent.contains('-')) {
                self.items.insert(item.span(), Box::from(indent));
            }
            self.collect(item);
        }
    }

    fn insert(&mut self, key: Node<'_>, value: Node<'_>) {
        let indent = key.indent().map(Box::from);
        self.keys.insert(value.span(), Key { span: key.span(), indent });
    }

    /// The key of a value, given by the value's place.
    pub fn key(&self, value: Option<Span>) -> Option<&Key> {
        self.keys.get(&value?)
    }

    /// The text that puts an item behind one that is a word, given by its place.
    pub fn item_behind(&self, item: Span, word: &str) -> String {
        match self.items.get(&item) {
            Some(indent) => format!("\n{indent}{word}"),
            None => format!(", {word}"),
        }
    }

    /// Where the key of a value stands.
    pub fn span(&self, value: Option<Span>) -> Option<Span> {
        self.key(value).map(|key| key.span)
    }
}
