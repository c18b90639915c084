//! Texts and positions.
//!
//! This is the only place where bytes become lines and columns: everything else speaks of
//! [`Span`]s, byte ranges in a file. The module knows nothing about what the texts mean.

use std::ops::Range;
use std::sync::OnceLock;

/// A file among the [`Sources`] of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(u32);

impl FileId {
    /// The file at a position among the [`Sources`], which may come into being later.
    pub fn new(index: u32) -> FileId {
        FileId(index)
    }

    pub fn index(self) -> u32 {
        self.0
    }
}

/// A byte range in a file; the end is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(file: FileId, range: Range<usize>) -> Span {
        let offset = |at: usize| u32::try_from(at).expect("internal error: a source beyond 4 GiB");
        Span { file, start: offset(range.start), end: offset(range.end) }
    }

    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    pub fn len(self) -> usize {
        self.range().len()
    }

    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The smallest span that holds both; they must lie in one file.
    pub fn to(self, other: Span) -> Span {
        debug_assert_eq!(self.file, other.file);
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The part of this span from `range.start` to `range.end`, counted from its start.
    pub fn slice(self, range: Range<usize>) -> Span {
        let start = self.range().start;
        Span::new(self.file, start + range.start..(start + range.end).min(self.range().end))
    }

    pub fn contains(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }
}

/// A value together with where it is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    pub value: T,
    pub span: Span,
}

impl<T> Spanned<T> {
    pub fn new(value: T, span: Span) -> Spanned<T> {
        Spanned { value, span }
    }

    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: f(self.value), span: self.span }
    }
}

impl Spanned<String> {
    /// The place of a part of the value, in bytes of the value. A value that is written with
    /// escapes or over several lines has no such places; then it is the place of all of it.
    pub fn part(&self, range: Range<usize>) -> Span {
        let quotes = match self.span.len().checked_sub(self.value.len()) {
            Some(0) => 0,
            Some(2) => 1,
            _ => return self.span,
        };
        self.span.slice(quotes + range.start..quotes + range.end)
    }

    /// The parts between separators, trimmed, without empty ones: `10.0.0.0/16,fd00::/64`.
    pub fn split(&self, separators: &[char]) -> Vec<Spanned<String>> {
        let mut parts = Vec::new();
        let mut start = 0;
        for piece in self.value.split(separators) {
            let trimmed = piece.trim();
            let lead = piece.len() - piece.trim_start().len();
            if !trimmed.is_empty() {
                let from = start + lead;
                let span = self.part(from..from + trimmed.len());
                parts.push(Spanned::new(trimmed.to_owned(), span));
            }
            start += piece.len() + 1;
        }
        parts
    }
}

impl<T> std::ops::Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// A place as people count it: both numbers start at 1, columns count Unicode characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// One text with the path it is known by.
#[derive(Debug)]
pub struct SourceFile {
    path: String,
    text: String,
    line_starts: OnceLock<Vec<u32>>,
    ascii: OnceLock<bool>,
}

impl SourceFile {
    /// The path for people and programs: relative to the working directory, with `/`.
    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Byte offsets at which lines start; the first is 0.
    pub fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let newlines = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(newlines.map(|(at, _)| at as u32 + 1)).collect()
        })
    }

    /// The index, from 0, of the line that holds a byte offset.
    pub fn line_index(&self, offset: usize) -> usize {
        self.line_starts().partition_point(|start| *start as usize <= offset) - 1
    }

    /// The byte range of a line, without its line ending.
    pub fn line_range(&self, index: usize) -> Range<usize> {
        let starts = self.line_starts();
        let start = starts[index] as usize;
        let end = starts.get(index + 1).map_or(self.text.len(), |next| *next as usize);
        start..start + self.text[start..end].trim_end_matches(['\n', '\r']).len()
    }

    /// An offset beyond the end, or inside a character, counts as the nearest one before it.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset);
        let line = self.line_index(offset);
        let start = self.line_starts()[line] as usize;
        // A file of minified JSON is one line, and every finding asks for a column in it.
        if *self.ascii.get_or_init(|| self.text.is_ascii()) {
            return Position { line: line + 1, column: offset - start + 1 };
        }
        // A byte order mark is not a column that an editor shows.
        let before = self.text[start..offset].trim_start_matches('\u{feff}');
        Position { line: line + 1, column: before.chars().count() + 1 }
    }

    /// Like [`SourceFile::position`], with a column that counts bytes.
    pub fn byte_position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.line_index(offset);
        Position { line: line + 1, column: offset - self.line_starts()[line] as usize + 1 }
    }
}

/// All texts of a run.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// With room for as many texts.
    pub fn with_capacity(texts: usize) -> Sources {
        Sources { files: Vec::with_capacity(texts) }
    }

    /// Texts of 4 GiB and more have no spans; whoever reads files must refuse them before.
    pub fn add(&mut self, path: impl Into<String>, text: String) -> FileId {
        assert!(u32::try_from(text.len()).is_ok(), "internal error: a source beyond 4 GiB");
        let id = FileId(u32::try_from(self.files.len()).expect("internal error: too many files"));
        self.files.push(SourceFile {
            path: path.into(),
            text,
            line_starts: OnceLock::new(),
            ascii: OnceLock::new(),
        });
        id
    }

    pub fn get(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(index, file)| (FileId(index as u32), file))
    }

    pub fn len(&self) -> usize {
        self.files.len()
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    pub fn text(&self, span: Span) -> &str {
        self.get(span.file).text().get(span.range()).unwrap_or_default()
    }

    pub fn start(&self, span: Span) -> Position {
        self.get(span.file).position(span.start as usize)
    }

    pub fn end(&self, span: Span) -> Position {
        self.get(span.file).position(span.end as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (Sources, FileId) {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", text.to_owned());
        (sources, id)
    }

    #[test]
    fn columns_count_characters_and_lines_start_at_one() {
        let (sources, id) = file("a: é: x\r\nb: 1\n");
        let position = |offset| sources.get(id).position(offset);
        assert_eq!(position(0), Position { line: 1, column: 1 });
        assert_eq!(position(7), Position { line: 1, column: 7 });
        assert_eq!(position(10), Position { line: 2, column: 1 });
    }

    #[test]
    fn columns_can_count_bytes() {
        let (sources, id) = file("a: é: x\nb\n");
        let position = |offset| sources.get(id).byte_position(offset);
        assert_eq!(position(7), Position { line: 1, column: 8 });
        assert_eq!(position(9), Position { line: 2, column: 1 });
        assert_eq!(position(99), Position { line: 3, column: 1 });
    }

    #[test]
    fn an_offset_beyond_the_end_is_the_end() {
        let (sources, id) = file("ab");
        assert_eq!(sources.get(id).position(99), Position { line: 1, column: 3 });
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        let (sources, id) = file("\u{feff}a: 1");
        assert_eq!(sources.get(id).position(3), Position { line: 1, column: 1 });
    }

    #[test]
    fn a_line_range_leaves_out_its_ending() {
        let (sources, id) = file("one\r\ntwo");
        assert_eq!(sources.get(id).line_range(0), 0..3);
        assert_eq!(sources.get(id).line_range(1), 5..8);
    }
}
