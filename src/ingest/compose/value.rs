//! What a Compose file says, before its variables are replaced, its files are merged and its short
//! notations are told from the long ones: Compose does all of that before any type is known.

use crate::source::{Span, Spanned};
use crate::syntax::scalar::Scalar;
use crate::syntax::{Node, View};

/// A value as it is written. Aliases and merge keys are followed.
#[derive(Clone, Debug)]
pub struct Value {
    pub span: Span,
    pub tag: Option<Tag>,
    pub content: Content,
}

/// What an override file does to the value of the file before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// `!reset`: back to what it is when nothing is said.
    Reset,
    /// `!override`: takes its place, rather than being merged with it.
    Override,
}

#[derive(Clone, Debug)]
pub enum Content {
    Null,
    /// A scalar of any type, as text.
    Scalar(Text),
    List(Items),
    Map(Entries),
    /// Another template language fills it in.
    Template,
}

/// The text of a scalar, with the variables in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub text: String,
    /// Without quotes, so that its form decides what type it is of.
    pub is_plain: bool,
    /// As the file has it: nothing in it has been replaced.
    pub is_written: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Items {
    pub items: Vec<Value>,
    pub layout: Layout,
}

/// The entries of a map in the order of the file; of a key that is written twice the last one.
#[derive(Clone, Debug, Default)]
pub struct Entries {
    pub entries: Vec<(Spanned<String>, Value)>,
    pub layout: Layout,
}

/// How a list or a map is written, for those who want to put something into it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// An alias, a merge key, or nothing in it: there is no place of its own.
    #[default]
    Elsewhere,
    /// `[a, b]`
    FlowList,
    /// `{a: b}`
    FlowMap,
    /// Line by line; what stands before the first item on its line, with its dash.
    BlockList(String),
    /// Line by line; what stands before the first key on its line.
    BlockMap(String),
}

impl Value {
    pub(super) fn read(node: Node<'_>) -> Value {
        let content = match node.view() {
            View::Scalar(Scalar::Null) => Content::Null,
            View::Scalar(_) => scalar(node),
            View::Template if node.str().is_some_and(|text| is_compose_text(node, text)) => {
                scalar(node)
            }
            View::Template => Content::Template,
            View::Sequence => Content::List(items(node)),
            View::Map => Content::Map(entries(node)),
        };
        Value { span: node.span(), tag: tag(node), content }
    }

    pub fn is_null(&self) -> bool {
        matches!(self.content, Content::Null)
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(text) => Some(&text.text),
            _ => None,
        }
    }

    /// The items of a list; nothing for other values.
    pub fn items(&self) -> &[Value] {
        match &self.content {
            Content::List(list) => &list.items,
            _ => &[],
        }
    }

    /// The entries of a map; nothing for other values.
    pub fn entries(&self) -> &[(Spanned<String>, Value)] {
        match &self.content {
            Content::Map(map) => &map.entries,
            _ => &[],
        }
    }

    pub fn entry(&self, key: &str) -> Option<&(Spanned<String>, Value)> {
        self.entries().iter().find(|(known, _)| known.value == key)
    }

    /// The value of a key; `None` for one that is null.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entry(key).map(|(_, value)| value).filter(|value| !value.is_null())
    }

    /// `get` along several keys.
    pub fn at(&self, keys: &[&str]) -> Option<&Value> {
        keys.iter().try_fold(self, |value, key| value.get(key))
    }

    pub fn layout(&self) -> &Layout {
        match &self.content {
            Content::List(list) => &list.layout,
            Content::Map(map) => &map.layout,
            _ => &Layout::Elsewhere,
        }
    }

    /// A map of the entries whose keys are wanted.
    pub(super) fn only(self, wanted: impl Fn(&str) -> bool) -> Value {
        let Content::Map(mut map) = self.content else { return self };
        map.entries.retain(|(key, _)| wanted(&key.value));
        Value { content: Content::Map(map), ..self }
    }
}

/// Whether a scalar that looks as if something filled it in is one that Compose itself reads:
/// texts with `${…}`, and what Compose takes literally, such as `<name>`.
fn is_compose_text(node: Node<'_>, text: &str) -> bool {
    let foreign = node.tag().is_some_and(|tag| !tag.starts_with("!!") && tag_of(tag).is_none());
    !(foreign || text.contains("{{") || text.contains("{%"))
}

fn scalar(node: Node<'_>) -> Content {
    use crate::syntax::Style;
    let Some(text) = node.str() else { return Content::Template };
    let is_plain = node.style() == Some(Style::Plain);
    if is_plain && matches!(text, "" | "~" | "null") {
        return Content::Null;
    }
    Content::Scalar(Text { text: text.to_owned(), is_plain, is_written: true })
}

fn tag(node: Node<'_>) -> Option<Tag> {
    node.tag().and_then(tag_of)
}

fn tag_of(tag: &str) -> Option<Tag> {
    match tag {
        "!reset" => Some(Tag::Reset),
        "!override" => Some(Tag::Override),
        _ => None,
    }
}

fn items(node: Node<'_>) -> Items {
    let items: Vec<Value> = node.items().map(Value::read).collect();
    let layout = layout(node, node.items().next());
    Items { items, layout }
}

fn entries(node: Node<'_>) -> Entries {
    let mut entries: Vec<(Spanned<String>, Value)> = Vec::new();
    let mut at = rustc_hash::FxHashMap::default();
    for (key, value) in node.entries() {
        let Some(name) = key.str() else { continue };
        let entry = (Spanned::new(name.to_owned(), key.span()), Value::read(value));
        match at.get(name) {
            Some(index) => entries[*index] = entry,
            None => {
                at.insert(name, entries.len());
                entries.push(entry);
            }
        }
    }
    let first = node.entries().next().map(|(key, _)| key);
    Entries { entries, layout: layout(node, first) }
}

fn layout(node: Node<'_>, first: Option<Node<'_>>) -> Layout {
    let Some(first) = first else { return Layout::Elsewhere };
    if !node.span().contains(first.span()) {
        return Layout::Elsewhere;
    }
    match (node.is_map(), node.raw().starts_with(['[', '{'])) {
        (true, true) => return Layout::FlowMap,
        (false, true) => return Layout::FlowList,
        _ => {}
    }
    match (first.indent(), node.is_map()) {
        (Some(indent), true) => Layout::BlockMap(indent.to_owned()),
        (Some(indent), false) => Layout::BlockList(indent.to_owned()),
        (None, _) => Layout::Elsewhere,
    }
}
