//! The tree of a YAML or JSON text, with a byte span on every key and value.
//!
//! All documents of a text share one arena. Aliases and merge keys are followed on the way, and
//! never expanded in memory.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use super::scalar::{self, Scalar};
use super::text::Text;
use crate::source::Span;

/// The notation of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Plain,
    Quoted,
    /// `|`: a line of the value is a line of the file.
    Literal,
    Folded,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Scalar(Style),
    Map,
    Sequence,
    Alias,
    /// `{{ … }}` where a value should be.
    Template,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(super) u32);

/// 20 bytes: a tree should not weigh much more than its text.
#[derive(Clone, Copy, Debug)]
pub(super) struct NodeData {
    pub kind: Kind,
    pub start: u32,
    pub end: u32,
    /// Map, sequence: where its children start. Scalar: the index of its value, [`AS_WRITTEN`] or
    /// [`AS_QUOTED`]. Alias: the node it stands for.
    pub first: u32,
    /// How many children; a map has two for each entry.
    pub count: u32,
    /// Scalar: it is filled in later, see [`Node::is_templated`]. Map: it has merge keys.
    pub marked: bool,
}

/// The value is the text of the span.
pub(super) const AS_WRITTEN: u32 = u32::MAX;
/// The value is the text of the span without the quotes around it.
pub(super) const AS_QUOTED: u32 = u32::MAX - 1;

#[derive(Debug)]
pub struct Tree<'t> {
    pub(super) text: Text<'t>,
    pub(super) nodes: Vec<NodeData>,
    pub(super) children: Vec<NodeId>,
    /// Scalars whose value differs from what is written.
    pub(super) values: Vec<Box<str>>,
    pub(super) tags: FxHashMap<NodeId, Box<str>>,
    pub(super) documents: Vec<Document>,
}

/// One document of a YAML stream.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its number in the text, from 0; broken and empty documents count, too.
    pub index: usize,
    pub(super) root: NodeId,
    /// From its first byte to the next document.
    pub range: Range<usize>,
}

impl<'t> Tree<'t> {
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    pub fn root(&self, document: &Document) -> Node<'_> {
        Node { tree: self, id: document.root }
    }

    pub fn text(&self) -> &Text<'t> {
        &self.text
    }
}

/// A node of a [`Tree`]. Aliases are looked through: a `Node` is never an alias itself, but
/// [`Node::span`] is where the alias stands.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree<'t>,
    id: NodeId,
}

/// What a node is.
#[derive(Clone, Copy)]
pub enum View<'t> {
    Scalar(Scalar<'t>),
    Map,
    Sequence,
    /// A template expression: the value cannot be known from the file.
    Template,
}

impl<'t> Node<'t> {
    pub fn id(self) -> NodeId {
        self.id
    }

    fn data(self) -> NodeData {
        self.tree.nodes[self.id.0 as usize]
    }

    /// Whether what is written here is the name of another node.
    pub fn is_alias(self) -> bool {
        self.data().kind == Kind::Alias
    }

    /// This node, or what the alias stands for.
    pub fn target(self) -> Node<'t> {
        match self.data() {
            NodeData { kind: Kind::Alias, first, .. } => Node { id: NodeId(first), ..self },
            _ => self,
        }
    }

    pub fn span(self) -> Span {
        let NodeData { start, end, .. } = self.data();
        self.tree.text.span(start as usize..end as usize)
    }

    /// As written in the file: with quotes, without a block scalar's header.
    pub fn raw(self) -> &'t str {
        let NodeData { start, end, .. } = self.data();
        &self.tree.text.value[start as usize..end as usize]
    }

    /// What stands before it on its line, as long as that is white space and the dashes of lists:
    /// then what is inserted here may go on in a new line, at the same column.
    pub fn indent(self) -> Option<&'t str> {
        let start = self.data().start as usize;
        let before = &self.tree.text.value[..start];
        let indent = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
        indent.bytes().all(|byte| matches!(byte, b' ' | b'-')).then_some(indent)
    }

    pub fn view(self) -> View<'t> {
        let target = self.target();
        match target.data().kind {
            Kind::Scalar(_) if target.is_templated() => View::Template,
            Kind::Scalar(_) => View::Scalar(target.scalar().unwrap_or(Scalar::Null)),
            Kind::Map => View::Map,
            Kind::Sequence => View::Sequence,
            Kind::Template | Kind::Alias => View::Template,
        }
    }

    /// The value of a scalar as text, whatever its type; `None` for maps, sequences, templates.
    pub fn str(self) -> Option<&'t str> {
        let node = self.target();
        let data = node.data();
        let Kind::Scalar(_) = data.kind else { return None };
        Some(match data.first {
            AS_WRITTEN => node.raw(),
            AS_QUOTED => &node.raw()[1..node.raw().len() - 1],
            index => &node.tree.values[index as usize],
        })
    }

    pub fn scalar(self) -> Option<Scalar<'t>> {
        let node = self.target();
        let text = node.str()?;
        if let Some(tag) = node.tree.tags.get(&node.id) {
            return Some(tagged(tag, text));
        }
        Some(match node.data().kind {
            Kind::Scalar(Style::Plain) => scalar::resolve(text),
            _ => Scalar::Str(text),
        })
    }

    pub fn style(self) -> Option<Style> {
        match self.target().data().kind {
            Kind::Scalar(style) => Some(style),
            _ => None,
        }
    }

    /// The tag that is written at the node, `!reset` or `!!str`.
    pub fn tag(self) -> Option<&'t str> {
        let node = self.target();
        node.tree.tags.get(&node.id).map(|tag| &**tag)
    }

    pub fn is_null(self) -> bool {
        self.scalar() == Some(Scalar::Null)
    }

    pub fn is_map(self) -> bool {
        self.target().data().kind == Kind::Map
    }

    pub fn is_sequence(self) -> bool {
        self.target().data().kind == Kind::Sequence
    }

    /// Whether the value is filled in later: by a template engine, a shell, SOPS, a tag such as
    /// `!vault`, or by hand (`<your-cidr>`).
    pub fn is_templated(self) -> bool {
        let node = self.target();
        match node.data().kind {
            Kind::Template => true,
            Kind::Scalar(_) => node.data().marked,
            _ => false,
        }
    }

    /// The entries of a map, merge keys included; nothing for other nodes.
    pub fn entries(self) -> impl Iterator<Item = (Node<'t>, Node<'t>)> {
        self.own_entries().chain(self.merged_entries())
    }

    fn own_entries(self) -> impl Iterator<Item = (Node<'t>, Node<'t>)> {
        let merges = self.has_merge_keys();
        self.raw_entries().filter(move |(key, _)| !(merges && key.is_merge_key()))
    }

    /// Entries as written, `<<` among them.
    pub(super) fn raw_entries(self) -> impl Iterator<Item = (Node<'t>, Node<'t>)> {
        let tree = self.tree;
        let children = self.target().children_of(Kind::Map);
        children
            .chunks_exact(2)
            .map(move |pair| (Node { tree, id: pair[0] }, Node { tree, id: pair[1] }))
    }

    fn is_merge_key(self) -> bool {
        self.data().kind == Kind::Scalar(Style::Plain) && self.raw() == "<<"
    }

    fn has_merge_keys(self) -> bool {
        let data = self.target().data();
        data.kind == Kind::Map && data.marked
    }

    /// What `<<` brings in and the map itself does not have.
    fn merged_entries(self) -> impl Iterator<Item = (Node<'t>, Node<'t>)> {
        let mut merged: Vec<(Node<'t>, Node<'t>)> = Vec::new();
        if !self.has_merge_keys() {
            return merged.into_iter();
        }
        let merges: Vec<Node<'t>> =
            self.raw_entries().filter(|(key, _)| key.is_merge_key()).map(|(_, map)| map).collect();
        let mut known: FxHashSet<Option<&str>> =
            self.own_entries().map(|(key, _)| key.str()).collect();
        for merge in merges {
            let merge = merge.target();
            let sources: Vec<Node<'t>> =
                if merge.is_sequence() { merge.items().collect() } else { vec![merge] };
            for source in sources {
                // Boxed, because merging recurses; as deep as the text nests at most.
                let entries: Box<dyn Iterator<Item = _>> = Box::new(source.entries());
                merged.extend(entries.filter(|(key, _)| known.insert(key.str())));
            }
        }
        merged.into_iter()
    }

    /// The items of a sequence; nothing for other nodes.
    pub fn items(self) -> impl Iterator<Item = Node<'t>> {
        let tree = self.tree;
        self.target().children_of(Kind::Sequence).iter().map(move |id| Node { tree, id: *id })
    }

    fn children_of(self, kind: Kind) -> &'t [NodeId] {
        let data = self.data();
        if data.kind != kind {
            return &[];
        }
        &self.tree.children[data.first as usize..(data.first + data.count) as usize]
    }

    /// The key and the value of a map's entry. A key written twice counts with its last value,
    /// as Kubernetes reads it.
    pub fn entry(self, key: &str) -> Option<(Node<'t>, Node<'t>)> {
        let own = self.raw_entries().filter(|(own, _)| own.str() == Some(key)).last();
        own.or_else(|| self.merged_entries().find(|(merged, _)| merged.str() == Some(key)))
    }

    pub fn get(self, key: &str) -> Option<Node<'t>> {
        self.entry(key).map(|(_, value)| value)
    }

    /// `get` along several keys.
    pub fn at(self, keys: &[&str]) -> Option<Node<'t>> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The value of a scalar as a text of its own, to be parsed in turn.
    pub fn inner_text(self) -> Option<Text<'t>> {
        let node = self.target();
        let Kind::Scalar(style) = node.data().kind else { return None };
        let start = node.data().start as usize;
        let value = std::borrow::Cow::Borrowed(node.str()?);
        Some(node.tree.text.inner(start, node.raw(), value, style))
    }
}

/// A scalar with an explicit tag of YAML's own; other tags make it a template.
fn tagged<'t>(tag: &str, text: &'t str) -> Scalar<'t> {
    match tag {
        "!!null" => Scalar::Null,
        "!!int" | "!!float" | "!!bool" => scalar::resolve(text),
        _ => Scalar::Str(text),
    }
}
