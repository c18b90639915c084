//! From what a fix wants to edits: how a change is written where it is to stand.
//!
//! A rule says what it wants in terms of values: another value here, an entry there. How that
//! looks depends on the place: in a block or in braces, in JSON, between quotes, in a line of a
//! block scalar, or in a text inside a text. What cannot be written for sure is not offered.

mod insert;
mod notation;
mod remove;
mod scalar;
#[cfg(test)]
mod tests;

use std::ops::Range;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::diagnostic::{Beside, Change, Diagnostic, Edit, Fix};
use crate::ingest::{self, FileContents};
use crate::source::{FileId, Sources, Span};
use crate::syntax::{self, Node, Parsed, Text};

/// A change whose place is a range of the text at hand.
#[derive(Clone, Debug)]
struct Local<'c> {
    /// As far as they are in the text; the first is the place of the change.
    places: Vec<Range<usize>>,
    change: &'c Change,
}

/// Replaces a range of the text at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    range: Range<usize>,
    text: String,
}

/// Turns what findings want into fixes, in their order; what cannot be written is left out.
pub fn write_fixes(sources: &Sources, files: &[FileContents], findings: &mut [&mut Diagnostic]) {
    // By document, so that each is parsed once.
    let mut wanted: FxHashMap<(FileId, Range<usize>), Vec<Wanted<'_>>> = FxHashMap::default();
    for (finding, diagnostic) in findings.iter().enumerate() {
        for (mend, one) in diagnostic.mends.iter().enumerate() {
            for (index, change) in one.changes.iter().enumerate() {
                let Some(place) = change.places().first().copied() else { continue };
                let whole = || 0..sources.get(place.file).text().len();
                let document = document(files, place).unwrap_or_else(whole);
                let id = (finding, mend, index);
                wanted.entry((place.file, document)).or_default().push(Wanted { id, change });
            }
        }
    }
    let written: Vec<Vec<(Id, Vec<Edit>)>> = wanted
        .into_par_iter()
        .map(|((file, document), wanted)| edits(sources, file, document, &wanted))
        .collect();
    let mut written: FxHashMap<Id, Vec<Edit>> = written.into_iter().flatten().collect();
    for (finding, diagnostic) in findings.iter_mut().enumerate() {
        for (mend, one) in std::mem::take(&mut diagnostic.mends).into_iter().enumerate() {
            let own = (0..one.changes.len()).map(|index| written.remove(&(finding, mend, index)));
            if let Some(edits) = own.collect::<Option<Vec<_>>>() {
                let edits = edits.concat();
                diagnostic.fixes.push(Fix { title: one.title, safety: one.safety, edits });
            }
        }
    }
}

/// The finding, the mend of the finding, and the change of the mend.
type Id = (usize, usize, usize);

struct Wanted<'c> {
    id: Id,
    change: &'c Change,
}

/// The edits for the changes of one document, as far as they can be written.
fn edits(
    sources: &Sources,
    file: FileId,
    document: Range<usize>,
    wanted: &[Wanted<'_>],
) -> Vec<(Id, Vec<Edit>)> {
    let source = sources.get(file);
    let Some(text) = source.text().get(document.clone()) else { return Vec::new() };
    let tree = ingest::has_fields(source.path()).then(|| Level::new(text));
    let edit = |piece: Piece| Edit {
        span: Span::new(file, document.start + piece.range.start..document.start + piece.range.end),
        text: piece.text,
    };
    let mut written = Vec::new();
    for Wanted { id, change } in wanted {
        let place = |place: Span| {
            let range = place.range();
            let is_inside =
                place.file == file && document.start <= range.start && range.end <= document.end;
            is_inside.then(|| range.start - document.start..range.end - document.start)
        };
        let places = change.places().into_iter().map(place).collect::<Option<Vec<_>>>();
        let Some(places) = places else { continue };
        let local = Local { places, change };
        let pieces = match &tree {
            Some(tree) => tree.pieces(&local),
            None => scalar::in_plain_text(text, &local).map(|piece| vec![piece]),
        };
        if let Some(pieces) = pieces {
            written.push((*id, pieces.into_iter().map(edit).collect()));
        }
    }
    written
}

/// The range of the document that holds a place.
fn document(files: &[FileContents], place: Span) -> Option<Range<usize>> {
    let documents = &files.get(place.file.index() as usize)?.documents;
    let before = documents.partition_point(|document| document.span.start <= place.start);
    documents[..before].last().map(|document| document.span.range())
}

/// A text that may be YAML or JSON: a document of a file, or the value of a scalar.
struct Level<'t> {
    text: &'t str,
    parsed: Parsed<'t>,
}

impl<'t> Level<'t> {
    fn new(text: &'t str) -> Level<'t> {
        Level { text, parsed: syntax::parse(Text::whole(FileId::new(0), text), false) }
    }

    /// The root of the document that holds a place, if that is more than a scalar.
    fn root(&self, place: &Range<usize>) -> Option<Node<'_>> {
        let tree = &self.parsed.tree;
        let mut documents = tree.documents().iter();
        let document = documents.find(|document| {
            document.range.start <= place.start && place.end <= document.range.end
        });
        let root = tree.root(document?);
        (root.is_map() || root.is_sequence()).then_some(root)
    }

    fn pieces(&self, local: &Local<'_>) -> Option<Vec<Piece>> {
        let text = self.text;
        let Some(root) = self.root(&local.places[0]) else {
            return scalar::in_plain_text(text, local).map(|piece| vec![piece]);
        };
        let hit = Hit::find(root, &local.places[0])?;
        let is_part = hit.node.span().range() != local.places[0];
        let is_of_text = matches!(
            local.change,
            Change::Line { .. } | Change::Block { .. } | Change::RemoveLine { .. }
        );
        if (is_part || is_of_text) && hit.node.str().is_some() {
            return scalar::inside(text, hit.node, local);
        }
        if is_part {
            return None;
        }
        let place = Place { text, root, hit };
        let second = local.places.get(1);
        let one = |piece: Option<Piece>| piece.map(|piece| vec![piece]);
        match local.change {
            Change::Write { was, text, .. } => one(scalar::write(&place, was, text)),
            Change::Quote { .. } => one(scalar::quote(&place)),
            Change::Entry { beside, key, value } => one(insert::entry(&place, beside, key, value)),
            Change::Item { beside, value } => one(insert::item(&place, beside, value)),
            Change::Replace { value, .. } => one(insert::replace(&place, value)),
            Change::Remove { .. } => one(remove::remove(&place)),
            Change::Join { .. } => one(remove::join(&place, second?)),
            Change::Swap { .. } => remove::swap(&place, second?),
            Change::Rename { key, .. } => one(scalar::rename(&place, key)),
            Change::Line { .. } | Change::Block { .. } | Change::RemoveLine { .. } => None,
        }
    }
}

/// Where a change is to be made.
struct Place<'t> {
    text: &'t str,
    root: Node<'t>,
    hit: Hit<'t>,
}

/// The innermost node that holds a place, and what it is part of.
#[derive(Clone)]
struct Hit<'t> {
    node: Node<'t>,
    /// From the outside to the inside.
    parents: Vec<Parent<'t>>,
}

#[derive(Clone, Copy)]
enum Parent<'t> {
    Entry { map: Node<'t>, key: Node<'t>, value: Node<'t> },
    Item { list: Node<'t>, item: Node<'t> },
}

impl<'t> Hit<'t> {
    /// A list of one item starts and ends where the item does: the innermost node is meant.
    fn find(root: Node<'t>, place: &Range<usize>) -> Option<Hit<'t>> {
        let holds = |node: Node<'_>| {
            let span = node.span().range();
            span.start <= place.start && place.end <= span.end
        };
        let mut hit = Hit { node: root, parents: Vec::new() };
        if !holds(root) {
            return None;
        }
        loop {
            let outer = hit.node;
            // What an alias stands for is somewhere else.
            if outer.is_alias() {
                return None;
            }
            if let Some((key, value)) =
                outer.entries().find(|(key, value)| holds(*key) || holds(*value))
            {
                hit.parents.push(Parent::Entry { map: outer, key, value });
                hit.node = if holds(key) { key } else { value };
                continue;
            }
            let Some(item) = outer.items().find(|item| holds(*item)) else { return Some(hit) };
            hit.parents.push(Parent::Item { list: outer, item });
            hit.node = item;
        }
    }
}

impl<'t> Place<'t> {
    /// The entry that has the place for its key or its value: the map, the key and the value.
    fn entry(&self) -> Option<(Node<'t>, Node<'t>, Node<'t>)> {
        let place = self.hit.node.span();
        self.hit.parents.iter().rev().find_map(|parent| match parent {
            Parent::Entry { map, key, value } => {
                (key.span() == place || value.span() == place).then_some((*map, *key, *value))
            }
            Parent::Item { .. } => None,
        })
    }

    /// The innermost list that holds the place, and its item.
    fn item(&self) -> Option<(Node<'t>, Node<'t>)> {
        self.hit.parents.iter().rev().find_map(|parent| match parent {
            Parent::Item { list, item } => Some((*list, *item)),
            Parent::Entry { .. } => None,
        })
    }

    /// The outermost node of a kind that has the place.
    fn whole(&self, is_kind: impl Fn(Node<'t>) -> bool) -> Option<Node<'t>> {
        let place = self.hit.node.span();
        let outer = self.hit.parents.iter().map(|parent| match parent {
            Parent::Entry { map, .. } => *map,
            Parent::Item { list, .. } => *list,
        });
        outer.chain([self.hit.node]).find(|node| node.span() == place && is_kind(*node))
    }

    /// What stands before an offset on its line.
    fn before(&self, offset: usize) -> &'t str {
        let before = &self.text[..offset];
        &before[before.rfind('\n').map_or(0, |newline| newline + 1)..]
    }

    /// The blanks before an offset, when nothing else stands before it on its line.
    fn blanks(&self, offset: usize) -> Option<&'t str> {
        let before = self.before(offset).trim_start_matches('\u{feff}');
        before.bytes().all(|byte| matches!(byte, b' ' | b'\t')).then_some(before)
    }

    fn column(&self, offset: usize) -> usize {
        self.before(offset).trim_start_matches('\u{feff}').chars().count()
    }

    /// Where the line of an offset ends, its line ending left out.
    fn line_end(&self, offset: usize) -> usize {
        let rest = &self.text[offset..];
        let end = rest.find('\n').unwrap_or(rest.len());
        offset + rest[..end].trim_end_matches('\r').len()
    }
}

/// Whether a map or list is written in braces or brackets.
fn is_flow(node: Node<'_>) -> bool {
    node.raw().starts_with(['{', '['])
}

impl Change {
    fn places(&self) -> Vec<Span> {
        match self {
            Change::Write { place, .. }
            | Change::Quote { place }
            | Change::Remove { place }
            | Change::Replace { place, .. }
            | Change::Rename { place, .. }
            | Change::Line { before: place, .. }
            | Change::Block { behind: place, .. }
            | Change::RemoveLine { place } => vec![*place],
            Change::Entry { beside, .. } | Change::Item { beside, .. } => match beside {
                Beside::Before(place) | Beside::Behind(place) | Beside::Inside(place) => {
                    vec![*place]
                }
            },
            Change::Join { first, second } | Change::Swap { first, second } => {
                vec![*first, *second]
            }
        }
    }
}
