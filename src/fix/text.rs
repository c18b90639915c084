//! Edits on one text.

use std::borrow::Cow;

use crate::diagnostic::Edit;

/// The text after edits that are in order and do not overlap.
pub fn apply(text: &str, edits: &[&Edit]) -> String {
    let mut result = String::with_capacity(text.len() + 64);
    let mut done = 0;
    for edit in edits {
        let range = edit.span.range();
        result.push_str(&text[done..range.start]);
        result.push_str(&with_ending(text, range.start, &edit.text));
        done = range.end;
    }
    result.push_str(&text[done..]);
    result
}

/// New lines end as the line does that they are put beside; beside the last one of a file that
/// has no ending, as the line before it does.
fn with_ending<'e>(text: &str, at: usize, new: &'e str) -> Cow<'e, str> {
    if !new.contains('\n') {
        return Cow::Borrowed(new);
    }
    let newline = text[at..].find('\n').map(|ahead| at + ahead).or(text[..at].rfind('\n'));
    match newline {
        Some(newline) if text[..newline].ends_with('\r') => {
            Cow::Owned(new.replace("\r\n", "\n").replace('\n', "\r\n"))
        }
        _ => Cow::Borrowed(new),
    }
}
