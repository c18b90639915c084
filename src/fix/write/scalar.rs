//! Changes of scalars, and of what stands inside them.

use std::net::IpAddr;

use super::notation::{escaped, is_plain, quoted};
use super::{Hit, Level, Local, Piece, Place};
use crate::diagnostic::Change;
use crate::source::FileId;
use crate::syntax::scalar::{self, Scalar};
use crate::syntax::{self, Node, Style, Text};

/// Writes a scalar anew, in the quotes that it has.
pub fn write(place: &Place<'_>, was: &str, new: &str) -> Option<Piece> {
    let node = place.hit.node;
    if !is_same(node.str()?, was) || node.is_alias() {
        return None;
    }
    let range = node.span().range();
    let text = match node.style()? {
        Style::Quoted if node.raw().starts_with('\'') => {
            let is_one_line = !new.contains('\n');
            is_one_line.then(|| format!("'{}'", new.replace('\'', "''")))?
        }
        Style::Quoted => quoted(new),
        Style::Plain => plain(was, new),
        Style::Literal | Style::Folded => {
            let inner = node.inner_text()?;
            return through(
                place.text,
                node,
                &inner,
                Piece { range: 0..was.len(), text: new.to_owned() },
            );
        }
    };
    Some(Piece { range, text })
}

/// Whether a text is the one that a rule means, or the same number, address or range in another
/// notation.
fn is_same(text: &str, was: &str) -> bool {
    let address = |text: &str| text.parse::<IpAddr>().ok();
    let range = |text: &str| {
        let (first, prefix) = text.trim().split_once('/')?;
        Some((address(first)?, prefix.parse::<u8>().ok()?))
    };
    let alike = |one: Option<bool>| one == Some(true);
    text == was
        || text.trim_end_matches('.') == was
        || alike(address(text.trim()).map(|own| address(was) == Some(own)))
        || alike(range(text).map(|own| range(was) == Some(own)))
        || alike(text.trim().parse::<i64>().ok().map(|own| was.parse() == Ok(own)))
}

/// Without quotes if that leaves it of the type that it was of.
fn plain(was: &str, new: &str) -> String {
    let kind = |text| std::mem::discriminant(&scalar::resolve(text));
    match is_plain(new) && kind(was) == kind(new) {
        true => new.to_owned(),
        false => quoted(new),
    }
}

/// Writes another key, in the quotes that the key has.
pub fn rename(place: &Place<'_>, new: &str) -> Option<Piece> {
    let (map, key, _) = place.entry()?;
    if key.is_alias() || map.entries().any(|(other, _)| other.str() == Some(new)) {
        return None;
    }
    let text = match key.style()? {
        Style::Plain if is_plain(new) => new.to_owned(),
        Style::Quoted if key.raw().starts_with('\'') => format!("'{}'", new.replace('\'', "''")),
        Style::Plain | Style::Quoted => quoted(new),
        Style::Literal | Style::Folded => return None,
    };
    Some(Piece { range: key.span().range(), text })
}

/// Makes a text of a number.
pub fn quote(place: &Place<'_>) -> Option<Piece> {
    let node = place.hit.node;
    let is_text = matches!(node.scalar()?, Scalar::Str(_));
    if node.style()? != Style::Plain || is_text || node.is_alias() {
        return None;
    }
    Some(Piece { range: node.span().range(), text: quoted(node.str()?) })
}

/// In a scalar that holds the place: in the document that it is, or in its words.
pub fn inside(text: &str, node: Node<'_>, local: &Local<'_>) -> Option<Vec<Piece>> {
    let inner = node.inner_text()?;
    let places = local.places.iter().map(|place| inner.find(place.clone()));
    let own = Local { places: places.collect::<Option<_>>()?, change: local.change };
    let level = Level::new(&inner.value);
    // Only what is sound is a document; a Corefile may look like one.
    let is_document = level.parsed.problems.is_empty();
    let root = level.root(&own.places[0]).filter(|_| is_document);
    let is_text = root.is_none_or(|root| match Hit::find(root, &own.places[0]) {
        Some(hit) => hit.node.id() == root.id(),
        None => true,
    });
    let pieces = match is_text {
        true => in_plain_text(&inner.value, &own).map(|piece| vec![piece]),
        false => level.pieces(&own),
    }?;
    pieces.into_iter().map(|piece| through(text, node, &inner, piece)).collect()
}

/// In a text that has no tree: a Corefile, a list with commas, a file of a host.
pub fn in_plain_text(text: &str, local: &Local<'_>) -> Option<Piece> {
    let place = local.places[0].clone();
    let line_start = text.get(..place.start)?.rfind('\n').map_or(0, |newline| newline + 1);
    match local.change {
        Change::Write { was, text: new, .. } => is_same(text.get(place.clone())?, was)
            .then(|| Piece { range: place, text: new.clone() }),
        Change::Line { text: line, .. } => {
            let indent = &text[line_start..place.start];
            let is_blank = indent.bytes().all(|byte| matches!(byte, b' ' | b'\t'));
            is_blank.then(|| Piece {
                range: place.start..place.start,
                text: format!("{line}\n{indent}"),
            })
        }
        Change::Block { text: line, .. } => {
            let before = &text[line_start..place.start];
            let indent = &before[..before.len() - before.trim_start().len()];
            let rest = text.get(place.end..)?.lines().next().unwrap_or_default().trim();
            (rest.is_empty() && before.trim().is_empty()).then(|| Piece {
                range: place.end..place.end,
                text: format!(" {{\n{indent}    {line}\n{indent}}}"),
            })
        }
        Change::RemoveLine { .. } => {
            let rest = text.get(place.end..)?;
            let line_end = rest.find('\n').map_or(text.len(), |end| place.end + end + 1);
            let lines = &text[line_start..line_end];
            let is_alone = lines.trim() == text[place].trim();
            is_alone.then(|| Piece { range: line_start..line_end, text: String::new() })
        }
        _ => None,
    }
}

/// A piece of a scalar's value as a piece of the text that the scalar stands in; `None` where the
/// notation does not let it through as it is.
fn through(text: &str, node: Node<'_>, inner: &Text<'_>, piece: Piece) -> Option<Piece> {
    let (value, raw) = (&*inner.value, node.span().range());
    let style = node.target().style()?;
    let quote = usize::from(style == Style::Quoted);
    let position = |offset: usize| match offset < value.len() {
        true => inner.span(offset..offset).range().start,
        false => raw.end - quote,
    };
    let (start, end) = (position(piece.range.start), position(piece.range.end));
    let old = text.get(start..end)?;
    let wanted = value.get(piece.range.clone())?;
    let new = match style {
        Style::Quoted if text[raw.clone()].starts_with('\'') => {
            let is_same = !old.contains('\n') && old.replace("''", "'") == wanted;
            (is_same && !piece.text.contains('\n')).then(|| piece.text.replace('\'', "''"))?
        }
        Style::Quoted => {
            let reads_as = read_quoted(old)?;
            (reads_as == wanted).then(|| escaped(&piece.text))?
        }
        Style::Literal => return through_literal(text, &position, value, piece),
        Style::Plain | Style::Folded => {
            let is_harmless = piece.text.is_empty() || is_plain(&piece.text);
            let is_start = piece.range.start == 0;
            (old == wanted && is_harmless && !(is_start && piece.text.is_empty()))
                .then(|| piece.text.clone())?
        }
    };
    Some(Piece { range: start..end, text: new })
}

/// What the inside of double quotes stands for.
fn read_quoted(inside: &str) -> Option<String> {
    let text = format!("\"{inside}\"");
    let parsed = syntax::parse(Text::whole(FileId::new(0), &text), false);
    let document = parsed.tree.documents().first()?;
    parsed.tree.root(document).str().map(str::to_owned)
}

/// Lines of a literal are those of the text, with the same blanks before each.
fn through_literal(
    text: &str,
    position: &dyn Fn(usize) -> usize,
    value: &str,
    piece: Piece,
) -> Option<Piece> {
    let line_start = value[..piece.range.start].rfind('\n').map_or(0, |newline| newline + 1);
    let at = position(line_start);
    let outer_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let indent = &text[outer_start..at];
    if !indent.bytes().all(|byte| byte == b' ') || indent.is_empty() {
        return None;
    }
    let ends_at_line = piece.range.end == value.len() && value.ends_with('\n');
    let (start, mut end) = (position(piece.range.start), position(piece.range.end));
    let mut new = piece.text.replace('\n', &format!("\n{indent}"));
    if ends_at_line {
        // The scalar ends before its last line ending.
        match (piece.range.len(), new.strip_suffix(&format!("\n{indent}"))) {
            (_, Some(stripped)) => new = stripped.to_owned(),
            // The line goes as a whole, with the line ending before it.
            (_, None) if new.is_empty() && piece.range.start == line_start => {
                let before = text[..outer_start].trim_end_matches(['\n', '\r']).len();
                return Some(Piece { range: before..end, text: new });
            }
            _ => return None,
        }
        end = end.max(start);
    }
    let is_same = {
        let old = text.get(start..end)?.replace('\r', "");
        let lines: Vec<&str> = old.split('\n').collect();
        let unindented = lines.iter().enumerate().map(|(index, line)| match index {
            0 => *line,
            _ => line.strip_prefix(indent).unwrap_or(line.trim_start()),
        });
        let joined = unindented.collect::<Vec<_>>().join("\n");
        joined == value[piece.range.clone()].trim_end_matches('\n')
            || joined == value[piece.range.clone()]
    };
    is_same.then_some(Piece { range: start..end, text: new })
}
