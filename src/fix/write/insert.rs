//! New entries of maps, and new items of lists.

use super::notation::{Layout, entry_in_flow, flow};
use super::{Piece, Place, is_flow};
use crate::diagnostic::{Beside, Value};
use crate::syntax::Node;

/// Where something new is put: before or behind something.
enum Side {
    Before,
    Behind,
}

/// A new entry beside another one of its map, or as the last one.
pub fn entry(place: &Place<'_>, beside: &Beside, key: &str, value: &Value) -> Option<Piece> {
    let (map, sibling, side) = match beside {
        Beside::Inside(_) => {
            let map = place.whole(Node::is_map)?;
            let last = map.entries().filter(|(key, _)| is_inside(map, *key)).last();
            let Some(last) = last else {
                return empty(map, entry_in_flow(key, value, is_json(place)));
            };
            (map, last, Side::Behind)
        }
        Beside::Before(_) | Beside::Behind(_) => {
            let (map, key, value) = place.entry()?;
            let side =
                if matches!(beside, Beside::Before(_)) { Side::Before } else { Side::Behind };
            (map, (key, value), side)
        }
    };
    if map.entries().any(|(other, _)| other.str() == Some(key)) {
        return None;
    }
    let (sibling_key, sibling_value) = sibling;
    let start = sibling_key.span().range().start;
    let end = sibling_value.span().range().end.max(sibling_key.span().range().end);
    if is_flow(map) {
        let json = sibling_key.raw().starts_with('"');
        return in_flow(place, start, end, &side, entry_in_flow(key, value, json));
    }
    let lines = Layout::of(place.root, &|offset| place.column(offset)).entry(key, value);
    let column = place.column(start);
    match side {
        Side::Before => {
            sibling_key.indent()?;
            let lines = lines.join(&line_break(column));
            Some(Piece { range: start..start, text: format!("{lines}{}", line_break(column)) })
        }
        Side::Behind => behind(place, end, &lines, &line_break(column)),
    }
}

/// A new item beside another one of its list, or as the last one.
pub fn item(place: &Place<'_>, beside: &Beside, value: &Value) -> Option<Piece> {
    let (list, sibling, side) = match beside {
        Beside::Inside(_) => {
            let list = place.whole(Node::is_sequence)?;
            let Some(last) = list.items().last() else {
                return empty(list, flow(value, is_json(place)));
            };
            (list, last, Side::Behind)
        }
        Beside::Before(_) | Beside::Behind(_) => {
            let (list, item) = place.item()?;
            let side =
                if matches!(beside, Beside::Before(_)) { Side::Before } else { Side::Behind };
            (list, item, side)
        }
    };
    let (start, end) = (sibling.span().range().start, sibling.span().range().end);
    if is_flow(list) {
        let json = sibling.raw().starts_with('"') || is_json(place);
        return in_flow(place, start, end, &side, flow(value, json));
    }
    let indent = sibling.indent()?;
    let dash = indent.rfind('-')?;
    let lines = Layout::of(place.root, &|offset| place.column(offset)).item(value);
    // The dashes of outer lists stand before the first item alone.
    let own = format!("\n{}{}", indent[..dash].replace('-', " "), &indent[dash..]);
    let lines_break = line_break(indent.len());
    match side {
        Side::Before => {
            let text = format!("{}{own}", lines.join(&lines_break));
            Some(Piece { range: start..start, text })
        }
        Side::Behind => {
            let text = format!("{own}{}", lines.join(&lines_break));
            let at = place.line_end(end);
            is_rest_comment(&place.text[end..at]).then_some(Piece { range: at..at, text })
        }
    }
}

/// Another value in the place of one, with everything in it; comments in it would be lost, so there
/// must be none.
pub fn replace(place: &Place<'_>, value: &Value) -> Option<Piece> {
    let (_, key, node) = place.entry()?;
    let range = node.span().range();
    if node.is_alias() || node.raw().contains('#') {
        return None;
    }
    if is_flow(node) || node.str().is_some() {
        let json = key.raw().starts_with('"');
        return Some(Piece { range, text: flow(value, json) });
    }
    let key_span = key.span().range();
    let name = key.str()?;
    key.indent()?;
    let between = &place.text[key_span.end..range.start];
    if between.contains(['#', '&', '!']) {
        return None;
    }
    let lines = Layout::of(place.root, &|offset| place.column(offset)).entry(name, value);
    let (first, rest) = lines.split_first()?;
    let line_break = line_break(place.column(key_span.start));
    let mut text = first.strip_prefix(name)?.to_owned();
    text.extend(rest.iter().map(|line| format!("{line_break}{line}")));
    Some(Piece { range: key_span.end..range.end, text })
}

/// A map or list without anything in it.
fn empty(node: Node<'_>, inside: String) -> Option<Piece> {
    let raw = node.raw();
    let (open, close) = (raw.get(..1)?, raw.get(raw.len().checked_sub(1)?..)?);
    let is_empty = is_flow(node) && raw[1..raw.len() - 1].trim().is_empty();
    is_empty.then(|| Piece { range: node.span().range(), text: format!("{open}{inside}{close}") })
}

/// Between braces or brackets: on a line of its own where its neighbour has one.
fn in_flow(place: &Place<'_>, start: usize, end: usize, side: &Side, new: String) -> Option<Piece> {
    let blanks = place.blanks(start).filter(|_| place.before(start).len() < start);
    Some(match (side, blanks) {
        (Side::Before, Some(blanks)) => {
            Piece { range: start..start, text: format!("{new},\n{blanks}") }
        }
        (Side::Before, None) => Piece { range: start..start, text: format!("{new}, ") },
        (Side::Behind, Some(blanks)) => {
            Piece { range: end..end, text: format!(",\n{blanks}{new}") }
        }
        (Side::Behind, None) => Piece { range: end..end, text: format!(", {new}") },
    })
}

/// Lines behind the line on which something ends.
fn behind(place: &Place<'_>, end: usize, lines: &[String], line_break: &str) -> Option<Piece> {
    let at = place.line_end(end);
    let text = lines.iter().map(|line| format!("{line_break}{line}")).collect();
    is_rest_comment(&place.text[end..at]).then_some(Piece { range: at..at, text })
}

/// Whether nothing but a comment stands on the rest of a line; a key without a value has its colon
/// there.
fn is_rest_comment(rest: &str) -> bool {
    let rest = rest.trim_start_matches(':').trim_start();
    rest.is_empty() || rest.starts_with('#')
}

fn line_break(column: usize) -> String {
    format!("\n{}", " ".repeat(column))
}

/// Whether a document is JSON, as far as its first byte tells.
fn is_json(place: &Place<'_>) -> bool {
    place.text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '['])
}

/// Whether a key is written in a map, and not merged into it.
fn is_inside(map: Node<'_>, key: Node<'_>) -> bool {
    let (map, key) = (map.span().range(), key.span().range());
    map.start <= key.start && key.end <= map.end
}
