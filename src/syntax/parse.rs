//! From text to [`Tree`], for YAML and JSON alike (JSON is YAML, as far as Kubernetes goes).
//!
//! Parsing never fails as a whole: a broken document is one problem, and the next one is read.

use std::borrow::Cow;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span as EventSpan, Tag};
use rustc_hash::{FxHashMap, FxHashSet};

use super::comment::{Comment, hash_comments};
use super::template;
use super::text::Text;
use super::tree::{AS_QUOTED, AS_WRITTEN, Document, Kind, NodeData, NodeId, Style, Tree};
use crate::source::Span;

/// What a text holds.
#[derive(Debug)]
pub struct Parsed<'t> {
    pub tree: Tree<'t>,
    pub problems: Vec<Problem>,
    /// Only when they were asked for; those of texts in block scalars as well. Sorted.
    pub comments: Vec<Comment>,
}

/// Something that is wrong with a text as YAML or JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub span: Span,
    pub document: usize,
    pub kind: ProblemKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The document is lost.
    Broken { message: String },
    /// A key is written twice in one map; the last one counts.
    DuplicateKey { key: String, first: Span },
    /// An alias inside the very node that it names; it counts as null.
    RecursiveAlias,
    /// Written out, the aliases would make the document too large; it is lost.
    AliasExpansion { nodes: u64 },
}

impl ProblemKind {
    pub fn is_duplicate_key(&self) -> bool {
        matches!(self, ProblemKind::DuplicateKey { .. })
    }
}

/// A document may be this many times as large as it is written once its aliases are followed …
const MAX_ALIAS_FACTOR: u64 = 10;
/// … or this large in any case. 1,000,000 nodes are about 20 MB of YAML.
const MAX_ALIAS_NODES: u64 = 1_000_000;
/// Of one text. A file with more broken documents than this is not YAML.
const MAX_BROKEN_DOCUMENTS: usize = 100;

/// How many quoted scalars of a text may have lines that reach too far to the left.
const MAX_UNINDENTED: usize = 50;

/// Parses all documents of a text. Comments cost time, so they come only when `comments` is set.
pub fn parse(mut text: Text<'_>, comments: bool) -> Parsed<'_> {
    for _ in 0..MAX_UNINDENTED {
        let at = match attempt(&text, comments, true) {
            Ok(parsed) => return parsed,
            Err(at) => at,
        };
        let Some(joined) = join_quoted_lines(&text.value, at) else { break };
        text.value = Cow::Owned(joined);
    }
    match attempt(&text, comments, false) {
        Ok(parsed) => parsed,
        Err(_) => unreachable!("internal error: only a first attempt gives up"),
    }
}

/// Parses a text; when asked to, gives up at the first quoted scalar with a line that the parser
/// finds too far to the left, and tells where.
fn attempt<'t>(text: &Text<'t>, comments: bool, give_up: bool) -> Result<Parsed<'t>, usize> {
    let source = text.value.clone();
    let mut builder = Builder::new(text.clone(), &source, comments);
    let options = granit_parser::options! {
        emit_comments: comments,
        max_buffered_comment_events: usize::MAX,
        // YAML wants keys within 1,024 characters; JSON does not know of such a limit.
        simple_key_max_lookahead: 1 << 16,
    };
    let mut parser = Parser::new_from_str_with_options(&source, options);
    let mut broken = 0;
    loop {
        match parser.next_event() {
            Some(Ok((event, span))) => builder.event(event, span),
            Some(Err(error)) => {
                if give_up && matches!(error.kind(), ErrorKind::InvalidQuotedScalarIndent) {
                    return Err(error.marker().byte_offset().unwrap_or(0));
                }
                builder.broken(&error);
                broken += 1;
                let more = broken < MAX_BROKEN_DOCUMENTS;
                if !more || !parser.proceed_next_document().unwrap_or(false) {
                    break;
                }
            }
            None => break,
        }
    }
    Ok(builder.finish())
}

/// YAML wants the lines of a quoted scalar indented; the parser that Kubernetes has (libyaml's
/// descendant) does not mind. Joins the lines of the scalar that holds an offset, byte for byte,
/// so that all places stay what they are. `None` when no such scalar can be made out.
fn join_quoted_lines(text: &str, at: usize) -> Option<String> {
    let before = text.get(..at)?;
    // The nearest quote that opens a value and is still open at the offset.
    let opens = |index: usize| {
        let ahead = before[..index].trim_end_matches([' ', '\n', '\r', '\t']);
        ahead.is_empty()
            || ahead.ends_with([':', '-', '?'])
            || ahead.len() < index && ahead.ends_with('!')
    };
    let quotes = before.rmatch_indices(['"', '\'']).take(MAX_QUOTES_BACK);
    let mut candidates = quotes.filter(|(index, _)| opens(*index));
    let (start, end) = candidates.find_map(|(index, quote)| {
        let end = index + 1 + closing_quote(&text[index + 1..], quote.as_bytes()[0])?;
        (end > at).then_some((index, end))
    })?;
    let mut joined = text.to_owned();
    joined.replace_range(start..end, &text[start..end].replace(['\n', '\r'], " "));
    Some(joined)
}

/// How many quotes are looked at to find the one that a broken line belongs to.
const MAX_QUOTES_BACK: usize = 10_000;

fn closing_quote(text: &str, quote: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if quote == b'"' => at += 2,
            byte if *byte == quote => {
                if quote == b'\'' && bytes.get(at + 1) == Some(&quote) {
                    at += 2;
                    continue;
                }
                return Some(at);
            }
            _ => at += 1,
        }
    }
    None
}

struct Builder<'t, 's> {
    source: &'s str,
    tree: Tree<'t>,
    problems: Vec<Problem>,
    wants_comments: bool,
    comments: Vec<Comment>,
    open: Vec<Open>,
    /// Children of the open collections, innermost last.
    pending: Vec<NodeId>,
    anchors: FxHashMap<usize, Anchor>,
    document: usize,
    document_start: usize,
    /// Nodes of the document with aliases followed, and as written.
    expanded: u64,
    first_node: usize,
    in_document: bool,
    root: Option<NodeId>,
}

/// A collection that has not ended.
struct Open {
    kind: Kind,
    start: u32,
    anchor: usize,
    first_pending: usize,
    expanded_before: u64,
    tag: Option<Box<str>>,
}

#[derive(Clone, Copy)]
struct Anchor {
    node: NodeId,
    /// Nodes that an alias to it stands for; `None` while the node is open.
    weight: Option<u64>,
}

impl<'t, 's> Builder<'t, 's> {
    fn new(text: Text<'t>, source: &'s str, wants_comments: bool) -> Builder<'t, 's> {
        let tree = Tree {
            text,
            nodes: Vec::with_capacity(source.len() / 12),
            children: Vec::with_capacity(source.len() / 12),
            values: Vec::new(),
            tags: FxHashMap::default(),
            documents: Vec::new(),
        };
        Builder {
            source,
            tree,
            problems: Vec::new(),
            wants_comments,
            comments: Vec::new(),
            open: Vec::new(),
            pending: Vec::new(),
            anchors: FxHashMap::default(),
            document: 0,
            document_start: 0,
            expanded: 0,
            first_node: 0,
            in_document: false,
            root: None,
        }
    }

    fn event(&mut self, event: Event<'_>, span: EventSpan) {
        let range = span.byte_range().unwrap_or(0..0);
        match event {
            Event::DocumentStart(..) => self.start_document(range.start),
            Event::DocumentEnd => self.end_document(),
            Event::Scalar(value, style, anchor, tag) => {
                self.scalar(&value, style, range, anchor, tag.as_deref());
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.start(Kind::Sequence, range.start, anchor, tag.as_deref());
            }
            Event::MappingStart(_, anchor, tag) => {
                self.start(Kind::Map, range.start, anchor, tag.as_deref());
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(range.end),
            Event::Alias(target) => self.alias(target, range),
            Event::Comment(..) => {
                self.comments.push(Comment::new(&self.tree.text, range));
            }
            _ => {}
        }
    }

    fn start_document(&mut self, at: usize) {
        if let Some(last) = self.tree.documents.last_mut() {
            last.range.end = at;
        }
        self.document_start = if self.document == 0 { 0 } else { at };
        self.expanded = 0;
        self.first_node = self.tree.nodes.len();
        self.in_document = true;
        self.root = None;
    }

    fn end_document(&mut self) {
        let index = self.document;
        self.document += 1;
        self.in_document = false;
        let Some(root) = self.root.take() else { return };
        let range = self.document_start..self.source.len();
        let written = (self.tree.nodes.len() - self.first_node) as u64;
        if self.expanded > MAX_ALIAS_NODES.max(written * MAX_ALIAS_FACTOR) {
            let kind = ProblemKind::AliasExpansion { nodes: self.expanded };
            let span = self.tree.text.span(self.document_start..self.document_start);
            self.problems.push(Problem { span, document: index, kind });
            return;
        }
        self.tree.documents.push(Document { index, root, range });
    }

    fn broken(&mut self, error: &ScanError) {
        let at = error.marker().byte_offset().unwrap_or(0).min(self.source.len());
        let rest = &self.source[self.source.floor_char_boundary(at)..];
        let width =
            rest.chars().next().filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
        let mut message = error.info();
        if rest.starts_with('\0') {
            message = "a NUL character in the text".to_owned();
        }
        let span = self.tree.text.span(at..at + width);
        self.problems.push(Problem {
            span,
            document: self.document,
            kind: ProblemKind::Broken { message },
        });
        self.open.clear();
        self.pending.clear();
        self.root = None;
        self.in_document = false;
        self.document += 1;
    }

    fn push(&mut self, node: NodeData, tag: Option<Box<str>>) -> NodeId {
        let id = NodeId(self.tree.nodes.len() as u32);
        self.tree.nodes.push(node);
        if let Some(tag) = tag {
            self.tree.tags.insert(id, tag);
        }
        if self.open.is_empty() {
            self.root = Some(id);
        } else {
            self.pending.push(id);
        }
        id
    }

    fn scalar(
        &mut self,
        value: &str,
        style: ScalarStyle,
        range: std::ops::Range<usize>,
        anchor: usize,
        tag: Option<&Tag>,
    ) {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        let written = &self.source[range.clone()];
        // A block scalar's span runs on to the next token.
        let block = matches!(style, Style::Literal | Style::Folded);
        let length = if block { written.trim_end().len() } else { written.len() };
        let written = &written[..length];
        if block && self.wants_comments {
            let part = range.start..range.start + length;
            self.comments.extend(hash_comments(&self.tree.text, part));
        }
        let quoted = style == Style::Quoted && written.len() >= 2;
        // An absent value comes as `~` with an empty span.
        let first = if written == value || written.is_empty() && style == Style::Plain {
            AS_WRITTEN
        } else if quoted && &written[1..written.len() - 1] == value {
            AS_QUOTED
        } else {
            self.tree.values.push(value.into());
            self.tree.values.len() as u32 - 1
        };
        self.expanded = self.expanded.saturating_add(1);
        let (start, end) = (range.start as u32, (range.start + length) as u32);
        let tag = tag.map(tag_text);
        let own_tag = tag.as_ref().is_some_and(|tag| !tag.starts_with("!!"));
        let marked = own_tag || template::is_placeholder(value);
        let data = NodeData { kind: Kind::Scalar(style), start, end, first, count: 0, marked };
        let node = self.push(data, tag);
        if anchor != 0 {
            self.anchors.insert(anchor, Anchor { node, weight: Some(1) });
        }
    }

    fn alias(&mut self, target: usize, range: std::ops::Range<usize>) {
        let (start, end) = (range.start as u32, range.end as u32);
        let node = match self.anchors.get(&target) {
            Some(Anchor { node, weight: Some(weight) }) => {
                self.expanded = self.expanded.saturating_add(*weight);
                NodeData { kind: Kind::Alias, start, end, first: node.0, count: 0, marked: false }
            }
            _ => {
                let span = self.tree.text.span(range.clone());
                let kind = ProblemKind::RecursiveAlias;
                self.problems.push(Problem { span, document: self.document, kind });
                let kind = Kind::Scalar(Style::Plain);
                NodeData { kind, start: end, end, first: AS_WRITTEN, count: 0, marked: false }
            }
        };
        self.push(node, None);
    }

    fn start(&mut self, kind: Kind, start: usize, anchor: usize, tag: Option<&Tag>) {
        if anchor != 0 {
            self.anchors.insert(anchor, Anchor { node: NodeId(0), weight: None });
        }
        self.open.push(Open {
            kind,
            start: start as u32,
            anchor,
            first_pending: self.pending.len(),
            expanded_before: self.expanded,
            tag: tag.map(tag_text),
        });
    }

    fn end(&mut self, end: usize) {
        let Some(open) = self.open.pop() else { return };
        let first = self.tree.children.len();
        self.tree.children.extend(self.pending.drain(open.first_pending..));
        let children = &self.tree.children[first..];
        let flow = matches!(self.source.as_bytes().get(open.start as usize), Some(b'{' | b'['));
        // A block collection has no mark of its own at its end: it ends with its last child.
        let last_end = children.last().map(|last| self.tree.nodes[last.0 as usize].end);
        let first_start = children.first().map(|first| self.tree.nodes[first.0 as usize].start);
        let (mut start, mut end) = (open.start, end as u32);
        if !flow {
            start = first_start.unwrap_or(start).min(start);
            end = last_end.unwrap_or(start).max(start);
        }
        self.expanded = self.expanded.saturating_add(1);
        let count = children.len() as u32;
        let mut kind = open.kind;
        let mut marked = false;
        if kind == Kind::Map {
            let key_is_map = children
                .first()
                .is_some_and(|key| self.tree.nodes[key.0 as usize].kind == Kind::Map);
            if flow && key_is_map && self.source[start as usize..].starts_with("{{") {
                kind = Kind::Template;
            }
            marked = children.iter().step_by(2).any(|key| self.is_merge_key(*key));
            if self.may_have_duplicates(children) {
                self.duplicate_keys(first);
            }
        }
        let first = first as u32;
        let node = self.push(NodeData { kind, start, end, first, count, marked }, open.tag);
        if open.anchor != 0 {
            let weight = Some(self.expanded - open.expanded_before);
            self.anchors.insert(open.anchor, Anchor { node, weight });
        }
    }

    /// The text of a node as written.
    fn raw(&self, id: NodeId) -> &'s str {
        let node = self.tree.nodes[id.0 as usize];
        &self.source[node.start as usize..node.end as usize]
    }

    fn is_merge_key(&self, key: NodeId) -> bool {
        self.tree.nodes[key.0 as usize].kind == Kind::Scalar(Style::Plain) && self.raw(key) == "<<"
    }

    /// Nearly all maps are small and without duplicates: what is written is compared first.
    fn may_have_duplicates(&self, children: &[NodeId]) -> bool {
        let mut known = [""; 16];
        if children.len() > 2 * known.len() {
            return true;
        }
        children.iter().step_by(2).enumerate().any(|(index, key)| {
            let mut key = self.raw(*key);
            if key.starts_with(['"', '\'']) {
                key = key.trim_matches(['"', '\'']);
            }
            known[index] = key;
            known[..index].contains(&key)
        })
    }

    /// Reports the keys of a map, whose children start at an index, that are written twice.
    fn duplicate_keys(&mut self, first_child: usize) {
        let keys = || self.tree.children[first_child..].iter().step_by(2).copied();
        let text = |tree: &Tree<'t>, id: NodeId| -> Option<String> {
            let node = tree.nodes[id.0 as usize];
            let raw = &tree.text.value[node.start as usize..node.end as usize];
            match (node.kind, node.first) {
                (Kind::Scalar(Style::Plain), AS_WRITTEN) if raw == "<<" => None,
                (Kind::Scalar(_), AS_WRITTEN) => Some(raw.to_owned()),
                (Kind::Scalar(_), AS_QUOTED) => Some(raw[1..raw.len() - 1].to_owned()),
                (Kind::Scalar(_), value) => Some(tree.values[value as usize].to_string()),
                _ => None,
            }
        };
        let mut seen: FxHashMap<String, NodeId> = FxHashMap::default();
        let mut found = Vec::new();
        for key in keys() {
            let Some(name) = text(&self.tree, key) else { continue };
            match seen.get(&name) {
                Some(first) => found.push((key, *first, name)),
                None => drop(seen.insert(name, key)),
            }
        }
        let mut reported = FxHashSet::default();
        for (key, first, name) in found {
            if !reported.insert((first, name.clone())) {
                continue;
            }
            let place = |id: NodeId| {
                let node = self.tree.nodes[id.0 as usize];
                self.tree.text.span(node.start as usize..node.end as usize)
            };
            let kind = ProblemKind::DuplicateKey { key: name, first: place(first) };
            let problem = Problem { span: place(key), document: self.document, kind };
            self.problems.push(problem);
        }
    }

    fn finish(mut self) -> Parsed<'t> {
        if self.in_document {
            self.end_document();
        }
        self.comments.sort_by_key(|comment| comment.span);
        Parsed { tree: self.tree, problems: self.problems, comments: self.comments }
    }
}

/// `!!str` for YAML's own tags, `!name` for others.
fn tag_text(tag: &Tag) -> Box<str> {
    match tag.core_suffix() {
        Some(suffix) => format!("!!{suffix}").into(),
        None => tag.original().into(),
    }
}
