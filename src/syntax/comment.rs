//! Comments: those of YAML, and those of the languages inside its block scalars.

use std::ops::Range;

use super::text::Text;
use crate::source::Span;

/// A comment, with its `#`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    pub span: Span,
    /// Whether nothing but white space stands before it on its line.
    pub own_line: bool,
}

impl Comment {
    pub(super) fn new(text: &Text<'_>, range: Range<usize>) -> Comment {
        let line = text.value[..range.start].rsplit('\n').next().unwrap_or_default();
        let own_line = line.trim_start_matches('\u{feff}').trim().is_empty();
        Comment { span: text.span(range), own_line }
    }
}

/// The comments of a part of a text whose language is one of those in which a `#` that starts a
/// word starts a comment: a Corefile, INI, a shell script. Quotes are not understood, so this may
/// take the end of a quoted text for a comment.
pub fn hash_comments(text: &Text<'_>, part: Range<usize>) -> Vec<Comment> {
    let mut comments = Vec::new();
    let mut start = part.start;
    for line in text.value[part].split_inclusive('\n') {
        let content = line.trim_end();
        let starts_word = |at: &usize| {
            content[..*at].chars().next_back().is_none_or(|before| before.is_whitespace())
        };
        if let Some(at) = content.match_indices('#').map(|(at, _)| at).find(starts_word) {
            comments.push(Comment::new(text, start + at..start + content.len()));
        }
        start += line.len();
    }
    comments
}
