//! A text that may lie inside another one: the JSON in a ConfigMap, the Corefile in a block
//! scalar. It knows where each of its bytes stands in the file.

use std::borrow::Cow;
use std::ops::Range;

use super::tree::Style;
use crate::source::{FileId, Span};

/// A text to parse, and where it comes from.
#[derive(Clone, Debug)]
pub struct Text<'t> {
    pub value: Cow<'t, str>,
    places: Places,
}

/// Where the bytes of a text stand: what is left of it when the text itself has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    file: FileId,
    /// Runs in which text and file go in step: (offset in the text, offset in the file), sorted.
    runs: Vec<(u32, u32)>,
}

/// A part of a text that is put together.
#[derive(Clone, Debug)]
pub enum Piece<'t> {
    Text(Text<'t>),
    /// What the file does not have.
    Glue(&'static str),
}

impl<'t> Text<'t> {
    /// A whole file.
    pub fn whole(file: FileId, value: &'t str) -> Text<'t> {
        Text { value: Cow::Borrowed(value), places: Places { file, runs: vec![(0, 0)] } }
    }

    /// A byte range of a file; one that does not lie on characters is cut to them.
    pub fn part(file: FileId, whole: &'t str, range: Range<usize>) -> Text<'t> {
        let start = whole.floor_char_boundary(range.start);
        let end = whole.floor_char_boundary(range.end).max(start);
        let places = Places { file, runs: vec![(0, start as u32)] };
        Text { value: Cow::Borrowed(&whole[start..end]), places }
    }

    /// Several texts of one file as one, with words of nobody between them: those have the place
    /// of the last byte before them.
    pub fn joined(file: FileId, pieces: &[Piece<'_>]) -> Text<'static> {
        let mut value = String::new();
        let mut runs: Vec<(u32, u32)> = Vec::new();
        let mut last = 0;
        for piece in pieces {
            let at = value.len();
            match piece {
                Piece::Text(text) => {
                    let own = text.places.runs.iter();
                    runs.extend(own.map(|(offset, place)| (at as u32 + offset, *place)));
                    value.push_str(&text.value);
                    let length = text.value.len();
                    last = text.places.offset(length.saturating_sub(1)) as u32;
                }
                Piece::Glue(glue) => {
                    runs.extend((at..at + glue.len()).map(|offset| (offset as u32, last)));
                    value.push_str(glue);
                }
            }
        }
        // Before the first text there is nothing to point at but the text itself.
        let first = pieces.iter().find_map(|piece| match piece {
            Piece::Text(text) => Some(text.places.offset(0) as u32),
            Piece::Glue(_) => None,
        });
        for run in runs.iter_mut().take_while(|(_, place)| *place == 0) {
            run.1 = first.unwrap_or_default();
        }
        if runs.is_empty() {
            runs.push((0, 0));
        }
        Text { value: Cow::Owned(value), places: Places { file, runs } }
    }

    /// The place in the file of a byte range of this text.
    pub fn span(&self, range: Range<usize>) -> Span {
        self.places.span(range)
    }

    /// The range of this text that stands at a range of the file.
    pub fn find(&self, range: Range<usize>) -> Option<Range<usize>> {
        let start = self.places.find(range.start)?;
        let end = match range.is_empty() {
            true => start,
            false => self.places.find(range.end - 1)? + 1,
        };
        (start <= end && end <= self.value.len()).then_some(start..end)
    }

    pub fn places(&self) -> &Places {
        &self.places
    }

    /// The value of a scalar whose notation is `raw`, which starts at `start` of this text.
    pub(super) fn inner<'u>(
        &self,
        start: usize,
        raw: &str,
        value: Cow<'u, str>,
        style: Style,
    ) -> Text<'u> {
        let mut runs = Vec::new();
        for (in_value, in_raw) in align(raw, &value, style) {
            // A run of the inner text may cross several runs of this one.
            runs.push((in_value, self.places.offset(start + in_raw as usize) as u32));
        }
        Text { value, places: Places { file: self.places.file, runs } }
    }
}

impl Places {
    /// The place in the file of a byte range of the text.
    pub fn span(&self, range: Range<usize>) -> Span {
        let start = self.offset(range.start);
        // The end is that of the last byte: the next byte may lie beyond a line break's indent.
        let end = if range.is_empty() { start } else { self.offset(range.end - 1) + 1 };
        Span::new(self.file, start..end.max(start))
    }

    /// The offset in the text of one in the file.
    fn find(&self, at: usize) -> Option<usize> {
        let mut ends = self.runs.iter().skip(1).map(|(text, _)| *text as usize);
        self.runs.iter().find_map(|(text, file)| {
            let (text, file) = (*text as usize, *file as usize);
            let end = ends.next().unwrap_or(usize::MAX);
            let found = text + at.checked_sub(file)?;
            (found < end).then_some(found)
        })
    }

    fn offset(&self, at: usize) -> usize {
        let (text, file) = match self.runs[..] {
            [only] => only,
            _ => {
                let after = self.runs.partition_point(|(text, _)| *text as usize <= at);
                self.runs[after.max(1) - 1]
            }
        };
        file as usize + (at - text as usize)
    }
}

/// Walks a scalar's notation and its value side by side, and gives the places where they fall
/// out of step: (offset in the value, offset in the notation).
fn align(raw: &str, value: &str, style: Style) -> Vec<(u32, u32)> {
    if style == Style::Literal {
        return align_lines(raw, value);
    }
    let raw = raw.as_bytes();
    let blanks = |at: usize, set: &[u8]| {
        raw.get(at..).unwrap_or_default().iter().take_while(|byte| set.contains(byte)).count()
    };
    let mut runs = vec![];
    let mut at = usize::from(style == Style::Quoted && !raw.is_empty());
    let mut expected = usize::MAX;
    for (offset, character) in value.char_indices() {
        let rest = raw.get(at..).unwrap_or_default();
        let mut width = character.len_utf8();
        if style == Style::Quoted && rest.starts_with(b"\\") {
            if matches!(rest.get(1), Some(b'\n' | b'\r')) {
                // The line goes on in the next one.
                at += 1 + blanks(at + 1, b"\r\n\t ");
            } else {
                width = escape_width(rest);
            }
        } else if style == Style::Quoted && rest.starts_with(b"''") && character == '\'' {
            width = 2;
        } else if rest.first() != value.as_bytes().get(offset) {
            // Folding: white space that the value does not have is passed over.
            let skipped = blanks(at, b" \t\r\n");
            // A fold that became one blank or line break stays its notation.
            at += if character.is_whitespace() { 0 } else { skipped };
            if character.is_whitespace() {
                width = skipped.max(1);
            }
        }
        if at != expected {
            runs.push((offset as u32, at.min(raw.len()) as u32));
        }
        // A width of its own ends the run; the next character opens one.
        expected = if width == character.len_utf8() { at + width } else { usize::MAX };
        at = (at + width).min(raw.len());
    }
    if runs.is_empty() {
        runs.push((0, at as u32));
    }
    runs
}

/// A literal's lines are the file's lines without their indentation.
fn align_lines(raw: &str, value: &str) -> Vec<(u32, u32)> {
    let mut runs = vec![];
    let mut in_raw = 0;
    let mut in_value = 0;
    let mut raw_lines = raw.split_inclusive('\n').peekable();
    for line in value.split_inclusive('\n') {
        // Blank lines ahead of the first word may stand before the scalar's span.
        let blank = line.trim().is_empty();
        if blank && runs.is_empty() && raw_lines.peek().is_some_and(|raw| !raw.trim().is_empty()) {
            in_value += line.len();
            continue;
        }
        let Some(raw_line) = raw_lines.next() else { break };
        let content = raw_line.trim_end_matches(['\n', '\r']).len();
        let width = line.trim_end_matches('\n').len();
        runs.push((in_value as u32, (in_raw + content.saturating_sub(width)) as u32));
        in_raw += raw_line.len();
        in_value += line.len();
    }
    if runs.first().is_none_or(|(at, _)| *at != 0) {
        runs.insert(0, (0, 0));
    }
    runs
}

/// The width of an escape of a double-quoted scalar.
fn escape_width(raw: &[u8]) -> usize {
    match raw.get(1) {
        Some(b'x') => 4,
        Some(b'u') => 6,
        Some(b'U') => 10,
        _ => 2,
    }
}
