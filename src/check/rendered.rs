//! Findings in what was rendered, brought back to the files that it was rendered from.
//!
//! A place is found in a file when the same object has the same value there at the same field, or
//! when the file has the very line, once. Everything else stays in the text that was rendered,
//! under its own name.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::{Analysis, Unread};
use crate::diagnostic::Label;
use crate::discover::Content;
use crate::ingest::{Body, FileContents, Outcome, ProblemKind};
use crate::render::{Program, Rendered, Renderings};
use crate::source::{FileId, Sources, Span};
use crate::syntax::{self, Node, Parsed, Text};

/// What could not be rendered was not read.
pub(super) fn failed(renderings: &Renderings) -> impl Iterator<Item = Unread> {
    renderings.failed.iter().map(|(path, message)| Unread {
        path: path.clone(),
        content: Content::Unreadable {
            message: message.clone(),
            position: None,
            before: String::new(),
        },
    })
}

impl Analysis {
    /// The kustomizations and charts that were not rendered, with the program that does.
    pub fn unrendered(&self) -> impl Iterator<Item = (&str, Program)> {
        let resources = self.files.iter().flat_map(|file| &file.resources);
        let left =
            resources.filter(|resource| self.replaced.binary_search(&resource.file).is_err());
        left.filter_map(|resource| {
            let program = match resource.body {
                Body::Kustomization(_) => Program::Kustomize,
                Body::Chart(_) => Program::Helm,
                _ => return None,
            };
            Some((self.sources.get(resource.file).path(), program))
        })
    }
}

/// Templates that were rendered are not skipped, and what is wrong with a file is not told once
/// more of what was made of it.
pub(super) fn account(
    sources: &Sources,
    files: &mut [FileContents],
    first_rendered: usize,
    renderings: &Renderings,
) {
    let replaced = renderings.replaced();
    let (inputs, rendered) = files.split_at_mut(first_rendered);
    for ((_, source), file) in sources.iter().zip(inputs) {
        if replaced.contains(source.path()) {
            for document in &mut file.documents {
                if document.outcome == Outcome::Skipped("helm-template") {
                    document.outcome = Outcome::Read;
                }
            }
        }
    }
    for (file, text) in rendered.iter_mut().zip(&renderings.rendered) {
        let has_file = |span: Span| !origins(text, span.range().start).is_empty();
        file.problems.retain(|problem| {
            let is_broken = matches!(problem.kind, ProblemKind::Syntax(_));
            is_broken || text.program == Program::Helm || !has_file(problem.span)
        });
    }
}

/// Brings every place back that can be brought back. Fixes of what was rendered are dropped,
/// because they are for a text that is in no file.
pub(super) fn find_back(analysis: &mut Analysis, first_rendered: usize, rendered: &[Rendered]) {
    let mut findings = std::mem::take(&mut analysis.findings);
    let back = Back::new(analysis, first_rendered, rendered);
    let mut known: FxHashMap<Span, Span> = FxHashMap::default();
    let mut place = |label: &mut Label| {
        let span = label.span;
        label.span = *known.entry(span).or_insert_with(|| back.place(span).unwrap_or(span));
    };
    for found in &mut findings {
        let diagnostic = &mut found.diagnostic;
        place(&mut diagnostic.primary);
        diagnostic.related.iter_mut().for_each(&mut place);
        let in_file = |span: Span| (span.file.index() as usize) < first_rendered;
        diagnostic.fixes.retain(|fix| fix.edits.iter().all(|edit| in_file(edit.span)));
    }
    analysis.findings = findings;
}

/// The files that a text from an offset on may come from.
fn origins(rendered: &Rendered, offset: usize) -> &[String] {
    let before = rendered.origins.partition_point(|(at, _)| *at <= offset);
    before.checked_sub(1).map_or(&[], |last| &rendered.origins[last].1)
}

struct Back<'b> {
    sources: &'b Sources,
    files: &'b [FileContents],
    first_rendered: usize,
    rendered: &'b [Rendered],
    inputs: FxHashMap<&'b str, FileId>,
    /// The files that were looked at, each parsed once.
    parsed: RefCell<FxHashMap<FileId, Rc<Parsed<'b>>>>,
}

impl<'b> Back<'b> {
    fn new(analysis: &'b Analysis, first_rendered: usize, rendered: &'b [Rendered]) -> Back<'b> {
        let inputs = analysis.sources.iter().take(first_rendered);
        Back {
            sources: &analysis.sources,
            files: &analysis.files,
            first_rendered,
            rendered,
            inputs: inputs.map(|(file, source)| (source.path(), file)).collect(),
            parsed: RefCell::default(),
        }
    }

    /// Where something that was rendered is written.
    fn place(&self, span: Span) -> Option<Span> {
        let index = span.file.index() as usize;
        let rendered = self.rendered.get(index.checked_sub(self.first_rendered)?)?;
        let origins = origins(rendered, span.range().start);
        let mut files = origins.iter().filter_map(|path| self.inputs.get(path.as_str()));
        if rendered.program == Program::Helm {
            let mut by_line = |file: &FileId| {
                self.by_line(span, *file).or_else(|| self.by_templated_line(span, *file))
            };
            return files.find_map(&mut by_line);
        }
        let files: Vec<FileId> = files.copied().collect();
        let text = Text::part(span.file, self.sources.get(span.file).text(), self.document(span));
        let parsed = syntax::parse(text, false);
        let here = parsed.tree.documents().first().map(|found| parsed.tree.root(found))?;
        let by_value = || files.iter().find_map(|file| self.by_value(here, span, *file));
        // A file that was put into a ConfigMap is no object, and its lines are those of the value.
        let is_plain = |file: &&FileId| {
            let resources = &self.files[file.index() as usize].resources;
            resources.iter().all(|resource| resource.api_version.is_empty())
        };
        let mut plain = files.iter().filter(is_plain);
        by_value().or_else(|| plain.find_map(|file| self.by_line(span, *file)))
    }

    fn document(&self, span: Span) -> Range<usize> {
        let documents = &self.files[span.file.index() as usize].documents;
        let after = documents.partition_point(|document| document.span.start <= span.start);
        let last = after.checked_sub(1).map(|last| documents[last].span.range());
        last.unwrap_or(0..self.sources.get(span.file).text().len())
    }

    fn parsed(&self, file: FileId) -> Rc<Parsed<'b>> {
        let parse =
            || Rc::new(syntax::parse(Text::whole(file, self.sources.get(file).text()), false));
        self.parsed.borrow_mut().entry(file).or_insert_with(parse).clone()
    }

    /// The same value of the same object in a file, which may be a patch.
    fn by_value(&self, here: Node<'_>, span: Span, file: FileId) -> Option<Span> {
        let parsed = self.parsed(file);
        let kind = here.get("kind").and_then(Node::str)?;
        let name = here.at(&["metadata", "name"])?;
        let full_name = name.str()?;
        let roots = parsed.tree.documents().iter().map(|document| parsed.tree.root(document));
        let named = roots.filter_map(|root| {
            let there = root.at(&["metadata", "name"])?;
            let same_kind = root.get("kind").and_then(Node::str) == Some(kind);
            // Kustomize puts prefixes before and suffixes behind a name.
            (same_kind && full_name.contains(there.str()?)).then_some((root, there))
        });
        // The longest name is the nearest, and two of them are no answer.
        let mut named: Vec<_> = named.collect();
        named.sort_by_key(|(_, name)| std::cmp::Reverse(name.str().map_or(0, str::len)));
        let (root, there) = *named.first()?;
        if named.get(1).is_some_and(|(_, second)| second.str() == there.str()) {
            return None;
        }
        if name.span().contains(span) {
            return Some(there.span());
        }
        counterpart(here, root, span)
    }

    /// The line of a template that fills in the value of a key, when it is the only one with it.
    fn by_templated_line(&self, span: Span, file: FileId) -> Option<Span> {
        let (line, _) = line_at(self.sources.get(span.file).text(), span.range())?;
        let key = key_of(line)?;
        let mut same = lines(self.sources.get(file).text())
            .filter(|(text, _)| text.strip_prefix(key).is_some());
        let (text, place) = same.next().filter(|_| same.next().is_none())?;
        let is_template = text.contains("{{");
        is_template.then(|| Span::new(file, place + key.len()..place + text.len()))
    }

    /// The same line in a file, when there is one such line.
    fn by_line(&self, span: Span, file: FileId) -> Option<Span> {
        let rendered = self.sources.get(span.file).text();
        let (line, start) = line_at(rendered, span.range())?;
        let mut same = lines(self.sources.get(file).text()).filter(|(text, _)| *text == line);
        let (_, place) = same.next().filter(|_| same.next().is_none())?;
        let from = place + (span.range().start - start);
        Some(Span::new(file, from..from + span.len()))
    }
}

/// `key: ` of a line with one, list items too.
fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.split_once(": ")?;
    (!key.contains(['{', '"', ' ']) || key.starts_with("- ")).then(|| &line[..key.len() + 2])
}

/// Lines without the white space around them, and where what is left of each begins; without those
/// that say nothing by themselves.
fn lines(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut at = 0;
    let trimmed = text.split_inclusive('\n').map(move |line| {
        let start = at + (line.len() - line.trim_start().len());
        at += line.len();
        (line.trim(), start)
    });
    trimmed.filter(|(line, _)| line.chars().any(char::is_alphanumeric))
}

/// The line that holds a range.
fn line_at(text: &str, range: Range<usize>) -> Option<(&str, usize)> {
    let start = text.get(..range.start)?.rfind('\n').map_or(0, |newline| newline + 1);
    let end =
        text.get(range.start..)?.find('\n').map_or(text.len(), |newline| range.start + newline);
    let (line, lead) = lines(&text[start..end]).next()?;
    let from = start + lead;
    (from <= range.start && range.end <= from + line.len()).then_some((line, from))
}

/// The place in one tree of what lies at a place of another, when it says the same.
fn counterpart(here: Node<'_>, there: Node<'_>, span: Span) -> Option<Span> {
    let holds = |node: Node<'_>| node.span().contains(span);
    if let Some((key, value)) = here.entries().find(|(key, value)| holds(*key) || holds(*value)) {
        let (other_key, other_value) = there.entry(key.str()?)?;
        return match holds(key) {
            true => Some(other_key.span()),
            false => counterpart(value, other_value, span),
        };
    }
    if let Some((index, item)) = here.items().enumerate().find(|(_, item)| holds(*item)) {
        let name = item.get("name").and_then(Node::str);
        let same_name =
            |other: &Node<'_>| name.is_some() && other.get("name").and_then(Node::str) == name;
        let same_value = |other: &Node<'_>| item.str().is_some() && other.str() == item.str();
        let others: Vec<Node<'_>> = there.items().collect();
        let by_name = others.iter().find(|other| same_name(other) || same_value(other));
        let is_same_list = name.is_none() && others.len() == here.items().count();
        let other = by_name.or_else(|| is_same_list.then(|| others.get(index)).flatten())?;
        return counterpart(item, *other, span);
    }
    let (Some(value), Some(other)) = (here.str(), there.str()) else {
        return (here.is_map() && there.is_map() || here.is_sequence() && there.is_sequence())
            .then(|| there.span());
    };
    if value != other {
        return None;
    }
    // A part of a value, such as one address of several, or a word in an embedded file.
    let offset = span.range().start - here.span().range().start;
    if here.raw() == there.raw() {
        return Some(there.span().slice(offset..offset + span.len()));
    }
    let within = |node: Node<'_>| node.raw().to_owned();
    let (own, others) = (within(here), within(there));
    let number = own.get(..offset)?.matches('\n').count();
    let (line, start) = line_at(&own, offset..offset + span.len())?;
    let at: usize = others.split_inclusive('\n').take(number).map(str::len).sum();
    let (same, place) = line_at(&others, at + leading(&others[at..])..at + leading(&others[at..]))?;
    let from = place + (offset - start);
    (same == line).then(|| there.span().slice(from..from + span.len())).or(Some(there.span()))
}

fn leading(text: &str) -> usize {
    text.len() - text.trim_start_matches(' ').len()
}
