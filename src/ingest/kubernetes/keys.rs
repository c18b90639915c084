//! Where the keys of maps stand: fields know the places of their values alone.

use crate::source::Span;
use crate::syntax::Node;

/// The keys of some maps, by where their values stand. There are many of them, so they are lists,
/// sorted by place.
#[derive(Clone, Debug, Default)]
pub struct KeySpans {
    keys: Vec<(Span, Key)>,
    /// What stands before items of lists, where that has a dash.
    items: Vec<(Span, Box<str>)>,
}

#[derive(Clone, Debug)]
pub struct Key {
    pub span: Span,
    pub indent: Option<Indent>,
}

/// What stands before a key on its line, if that is white space and dashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Indent {
    Blanks(u32),
    Dashes(Box<str>),
}

impl Indent {
    fn of(node: Node<'_>) -> Option<Indent> {
        let indent = node.indent()?;
        Some(match indent.contains('-') {
            true => Indent::Dashes(Box::from(indent)),
            false => Indent::Blanks(indent.len() as u32),
        })
    }

    fn width(&self) -> usize {
        match self {
            Indent::Blanks(width) => *width as usize,
            Indent::Dashes(text) => text.len(),
        }
    }
}

impl Key {
    /// The text that puts an entry before this one, when the map is written in a block.
    pub fn entry_before(&self, entry: &str) -> Option<String> {
        let indent = self.indent.as_ref()?;
        Some(format!("{entry}\n{}", " ".repeat(indent.width())))
    }

    /// Where the dash of the list item stands that starts with this key, when it is on its line.
    pub fn dash(&self) -> Option<Span> {
        let indent = self.dashes()?;
        let back = u32::try_from(indent.len() - indent.rfind('-')?).ok()?;
        let start = self.span.start.checked_sub(back)?;
        Some(Span { file: self.span.file, start, end: start + 1 })
    }

    /// The text that puts an item before the one that starts with this key, when the list is
    /// written in a block. The lines of the item are those of its entries.
    pub fn item_before(&self, entries: &[&str]) -> Option<String> {
        let indent = self.dashes()?;
        let column = format!("\n{}", " ".repeat(indent.len()));
        Some(format!("{}\n{indent}", entries.join(&column)))
    }

    fn dashes(&self) -> Option<&str> {
        match self.indent.as_ref()? {
            Indent::Blanks(_) => None,
            Indent::Dashes(text) => Some(text),
        }
    }
}

impl KeySpans {
    /// All keys below a node.
    pub(in crate::ingest) fn below(node: Option<Node<'_>>) -> KeySpans {
        let mut keys = KeySpans::default();
        if let Some(node) = node {
            keys.collect(node);
        }
        keys.sorted()
    }

    /// The keys of one map.
    pub(super) fn of(node: Node<'_>) -> KeySpans {
        let mut keys = KeySpans::default();
        node.entries().for_each(|(key, value)| keys.insert(key, value));
        keys.sorted()
    }

    fn sorted(mut self) -> KeySpans {
        self.keys.sort_by_key(|(place, _)| *place);
        self.keys.shrink_to_fit();
        self.items.sort_by_key(|(place, _)| *place);
        self.items.shrink_to_fit();
        self
    }

    fn collect(&mut self, node: Node<'_>) {
        for (key, value) in node.entries() {
            self.insert(key, value);
            self.collect(value);
        }
        for item in node.items() {
            if let Some(indent) = item.indent().filter(|indent| indent.contains('-')) {
                self.items.push((item.span(), Box::from(indent)));
            }
            self.collect(item);
        }
    }

    fn insert(&mut self, key: Node<'_>, value: Node<'_>) {
        self.keys.push((value.span(), Key { span: key.span(), indent: Indent::of(key) }));
    }

    /// The key of a value, given by the value's place.
    pub fn key(&self, value: Option<Span>) -> Option<&Key> {
        find(&self.keys, value?)
    }

    /// The first key of a map, given by the map's place.
    pub fn first_of(&self, map: Span) -> Option<&Key> {
        let mut keys = self.keys.iter().map(|(_, key)| key);
        keys.find(|key| (key.span.file, key.span.start) == (map.file, map.start))
    }

    /// The text that puts an item behind one that is a word, given by its place.
    pub fn item_behind(&self, item: Span, word: &str) -> String {
        match find(&self.items, item) {
            Some(indent) => format!("\n{indent}{word}"),
            None => format!(", {word}"),
        }
    }

    /// Where the key of a value stands.
    pub fn span(&self, value: Option<Span>) -> Option<Span> {
        self.key(value).map(|key| key.span)
    }
}

fn find<T>(sorted: &[(Span, T)], place: Span) -> Option<&T> {
    let index = sorted.binary_search_by_key(&place, |(known, _)| *known).ok()?;
    Some(&sorted[index].1)
}
