//! What goes: entries, items, and the border between two items.

use std::ops::Range;

use super::{Parent, Piece, Place, is_flow};
use crate::syntax::Node;

/// Takes an entry out of its map, given its key or its value, or an item out of its list. The last
/// one of its map or list stays, because what is left would mean something else.
pub fn remove(place: &Place<'_>) -> Option<Piece> {
    let own = place.hit.node.span();
    // Of a list of one item and its item, it is the list.
    let outermost = place.hit.parents.iter().find_map(|parent| match parent {
        Parent::Entry { map, key, value } => {
            (key.span() == own || value.span() == own).then_some((*map, *key))
        }
        Parent::Item { list, item } => (item.span() == own).then_some((*list, *item)),
    });
    let (parent, first) = outermost?;
    let start = first.span().range().start;
    let siblings: Vec<Range<usize>> = match parent.is_sequence() {
        true => parent.items().map(|item| item.span().range()).collect(),
        false => parent
            .entries()
            .map(|(key, value)| {
                let end = value.span().range().end.max(key.span().range().end);
                key.span().range().start..end
            })
            .collect(),
    };
    let index = siblings.iter().position(|sibling| sibling.start == start)?;
    if siblings.len() < 2 {
        return None;
    }
    let own = siblings[index].clone();
    if is_flow(parent) {
        // With the comma behind it, or before it for the last one.
        let range = match siblings.get(index + 1) {
            Some(next) => own.start..next.start,
            None => siblings[index - 1].end..own.end,
        };
        return is_without_comment(place, range.start, range.end)
            .then_some(Piece { range, text: String::new() });
    }
    let end = place.line_end(own.end);
    let is_item = parent.is_sequence();
    let before = place.before(own.start);
    let line_start = own.start - before.len();
    let is_own_line = match is_item {
        false => place.blanks(own.start).is_some(),
        true => before.trim() == "-",
    };
    if is_own_line {
        let after = place.text[end..].find('\n').map(|newline| end + newline + 1);
        let range = match after {
            Some(after) => line_start..after,
            // The last line of a file without a line ending.
            None => place.text[..line_start].trim_end_matches(['\n', '\r']).len()..end,
        };
        return Some(Piece { range, text: String::new() });
    }
    // The first entry of an item: the next one takes its place behind the dash.
    let next = siblings.get(index + 1)?;
    let is_after_dash = !is_item && before.bytes().all(|byte| matches!(byte, b' ' | b'-'));
    (is_after_dash && is_without_comment(place, own.end, next.start))
        .then_some(Piece { range: own.start..next.start, text: String::new() })
}

/// Makes one item of two that follow each other.
pub fn join(place: &Place<'_>, second: &Range<usize>) -> Option<Piece> {
    let (list, first) = place.item()?;
    let mut items = list.items().skip_while(|item| item.id() != first.id()).skip(1);
    let next = items.next()?;
    let span = next.span().range();
    let is_next = span.start <= second.start && second.end <= span.end;
    if !is_next || !first.is_map() || !next.is_map() {
        return None;
    }
    match (is_flow(first), is_flow(next)) {
        (false, false) => {
            let column = |node: Node<'_>| place.column(node.span().range().start);
            let indent = next.indent()?;
            let dash = span.start - (indent.len() - indent.rfind('-')?);
            (column(first) == column(next))
                .then(|| Piece { range: dash..dash + 1, text: " ".to_owned() })
        }
        (true, true) => {
            let range = first.span().range().end - 1..span.start + 1;
            is_without_comment(place, range.start, range.end)
                .then(|| Piece { range, text: ", ".to_owned() })
        }
        _ => None,
    }
}

/// Exchanges two items of one list, as they are written.
pub fn swap(place: &Place<'_>, second: &Range<usize>) -> Option<Vec<Piece>> {
    let (list, first) = place.item()?;
    let other = list.items().find(|item| {
        let span = item.span().range();
        span.start <= second.start && second.end <= span.end
    })?;
    let (own, other) = (first.span().range(), other.span().range());
    if own.start >= other.start
        || place.column(own.start) != place.column(other.start)
            && place.text[own.clone()].contains('\n')
    {
        return None;
    }
    let piece = |range: &Range<usize>, with: &Range<usize>| Piece {
        range: range.clone(),
        text: place.text[with.clone()].replace('\r', ""),
    };
    Some(vec![piece(&own, &other), piece(&other, &own)])
}

/// Whether no comment stands between two offsets. A `#` in quotes does not come up there.
fn is_without_comment(place: &Place<'_>, start: usize, end: usize) -> bool {
    place.text.get(start..end).is_some_and(|between| !between.contains('#'))
}
