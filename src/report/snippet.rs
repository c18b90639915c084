//! The lines around the labels of one finding, as the [`SourceCode`] that miette draws from.
//!
//! miette knows one text per diagnostic. Here that text is made up: a few lines around each label,
//! cleaned and trimmed, window after window, from whatever files the labels lie in. A span that
//! crosses two windows is an error, which makes miette draw them apart, each under its own path.
//! Only lines that are drawn are ever looked at, however long the file and its lines are.

use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::sanitize::{clean, shorten, visible};
use crate::diagnostic::Label;
use crate::source::{FileId, Position, SourceFile, Sources};

/// Lines shown before and after a label.
const CONTEXT: usize = 1;

/// A label over more lines than these is drawn under its first line alone.
const TALLEST: usize = 8;

/// What a tab can take at most; miette draws it up to the next stop.
const TAB: usize = 4;

#[derive(Debug)]
pub struct Snippet {
    windows: Vec<Window>,
    /// In the order in which miette draws them.
    pub marks: Vec<Mark>,
}

/// A label, placed in the made-up text.
#[derive(Debug)]
pub struct Mark {
    pub span: SourceSpan,
    pub text: Option<String>,
    pub primary: bool,
    /// Where it starts in its file.
    position: Position,
}

impl Snippet {
    /// The first label is the primary one. A line takes up to `columns`; what is cut from it is
    /// marked by `ellipsis`.
    pub fn new(sources: &Sources, labels: &[&Label], columns: usize, ellipsis: &str) -> Snippet {
        let areas: Vec<Area> = labels.iter().map(|label| Area::new(sources, label)).collect();
        let mut snippet = Snippet { windows: Vec::new(), marks: Vec::new() };
        let mut base = 0;
        for group in groups(&areas, columns) {
            let file = sources.get(areas[group[0]].file);
            let window =
                Window::new(file, base, group.iter().map(|at| &areas[*at]), columns, ellipsis);
            // A byte that belongs to nobody keeps the end of one window from being the start of
            // the next.
            base += window.text.len() + 1;
            for index in group {
                snippet.mark(file, &window, &areas[index], index == 0);
            }
            snippet.windows.push(window);
        }
        snippet.marks.sort_by_key(|mark| (mark.span.offset(), mark.span.len()));
        snippet
    }

    fn mark(&mut self, file: &SourceFile, window: &Window, area: &Area, primary: bool) {
        let start = window.place(file, area.first_line, area.range.start);
        let end = window.place(file, area.last_line, area.range.end);
        let span = SourceSpan::from((start, end.saturating_sub(start)));
        let text = (!area.text.is_empty()).then(|| area.text.clone());
        // miette draws two labels of one span beside each other; one label has to say both.
        if let Some(mark) = self.marks.iter_mut().find(|mark| mark.span == span) {
            mark.primary |= primary;
            mark.text = match (mark.text.take(), text) {
                (Some(one), Some(other)) => Some(format!("{one}; {other}")),
                (one, other) => one.or(other),
            };
            return;
        }
        self.marks.push(Mark { span, text, primary, position: file.position(area.range.start) });
    }
}

impl SourceCode for Snippet {
    /// Gives the whole window, whatever the number of lines asked for. Asked for no lines around a
    /// span, miette wants to know the place of the span itself, for the line above the window.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        _lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let holds = |window: &&Window| {
            let end = window.base + window.text.len();
            window.base <= span.offset() && span.offset() + span.len() <= end
        };
        let window = self.windows.iter().find(holds).ok_or(MietteError::OutOfBounds)?;
        let mark = self.marks.iter().find(|mark| mark.span == *span);
        let (line, column) = match mark {
            Some(mark) if lines_before == 0 => (mark.position.line - 1, mark.position.column - 1),
            _ => (window.first_line, 0),
        };
        Ok(Box::new(MietteSpanContents::new_named(
            window.path.clone(),
            window.text.as_bytes(),
            SourceSpan::from((window.base, window.text.len())),
            line,
            column,
            window.rows.len(),
        )))
    }
}

/// The part of a label that is drawn, in terms of its file.
struct Area {
    file: FileId,
    range: Range<usize>,
    /// Indices from 0.
    first_line: usize,
    last_line: usize,
    text: String,
}

impl Area {
    fn new(sources: &Sources, label: &Label) -> Area {
        let source = sources.get(label.span.file);
        let content = source.text();
        let start = content.floor_char_boundary(label.span.range().start);
        let end = content.ceil_char_boundary(label.span.range().end).max(start);
        let first_line = source.line_index(start);
        let last_line = source.line_index(end.saturating_sub(1).max(start));
        let mut area = Area {
            file: label.span.file,
            range: start..end,
            first_line,
            last_line,
            text: shorten(&label.text),
        };
        if last_line - first_line >= TALLEST {
            area.range.end = source.line_range(first_line).end.max(start);
            area.last_line = first_line;
            area.text =
                format!("{} (to line {})", area.text, last_line + 1).trim_start().to_owned();
        }
        area
    }
}

/// The indices of the areas that share a window: those of one file whose lines touch. The window
/// of the first label comes first, and so on.
fn groups(areas: &[Area], columns: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..areas.len()).collect();
    order.sort_by_key(|index| (areas[*index].file, areas[*index].range.start, *index));
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut last_line = 0;
    for index in order {
        let area = &areas[index];
        let joins = groups.last().is_some_and(|group| {
            let before = &areas[group[group.len() - 1]];
            before.file == area.file
                && area.first_line <= last_line + 2 * CONTEXT + 1
                // A line of minified JSON may hold two labels that no trimmed line can show.
                && (area.first_line > before.first_line
                    || area.range.start - before.range.start <= columns / 2)
        });
        if joins {
            groups.last_mut().expect("internal error: joined a group that is there").push(index);
            last_line = last_line.max(area.last_line);
        } else {
            groups.push(vec![index]);
            last_line = area.last_line;
        }
    }
    for group in &mut groups {
        group.sort_unstable();
    }
    groups.sort_unstable();
    groups
}

/// Some lines of a file as they are drawn, each with a newline.
#[derive(Debug)]
struct Window {
    path: String,
    text: String,
    /// Where the text stands in the made-up text of the snippet.
    base: usize,
    first_line: usize,
    rows: Vec<Row>,
}

/// What of a line is drawn, and where it stands in the text of the window.
#[derive(Debug)]
struct Row {
    line: Range<usize>,
    shown: Range<usize>,
    start: usize,
    end: usize,
    /// Where `shown` starts: after the ellipsis.
    shown_start: usize,
}

impl Window {
    fn new<'a>(
        file: &SourceFile,
        base: usize,
        areas: impl Iterator<Item = &'a Area> + Clone,
        columns: usize,
        ellipsis: &str,
    ) -> Window {
        let first_label = areas.clone().map(|area| area.first_line).min().unwrap_or(0);
        let last_label = areas.clone().map(|area| area.last_line).max().unwrap_or(0);
        let starts = file.line_starts();
        // What follows the last newline is a line only if a label is there.
        let phantom = starts.len() > 1 && starts[starts.len() - 1] as usize == file.text().len();
        let last = starts.len() - 1 - usize::from(phantom);
        let first_line = first_label.saturating_sub(CONTEXT);
        let last_line = (last_label + CONTEXT).min(last).max(last_label);

        let mut window = Window {
            path: clean(file.path()),
            text: String::new(),
            base,
            first_line,
            rows: Vec::with_capacity(last_line - first_line + 1),
        };
        for line in first_line..=last_line {
            let starts = areas.clone().filter(|area| area.first_line == line);
            let ends = areas.clone().filter(|area| area.last_line == line);
            let starts = starts.map(|area| area.range.start).min();
            let focus = starts.or(ends.map(|area| area.range.end).min());
            window.push(file, line, focus, columns, ellipsis);
        }
        window
    }

    fn push(
        &mut self,
        file: &SourceFile,
        index: usize,
        focus: Option<usize>,
        columns: usize,
        ellipsis: &str,
    ) {
        let mut line = file.line_range(index);
        // No editor shows a byte order mark.
        if file.text()[line.clone()].starts_with('\u{feff}') && index == 0 {
            line.start += '\u{feff}'.len_utf8();
        }
        let focus = focus.unwrap_or(line.start).clamp(line.start, line.end);
        let shown = trim(file.text(), line.clone(), focus, columns);
        let start = self.text.len();
        if line.start < shown.start {
            self.text.push_str(ellipsis);
        }
        let shown_start = self.text.len();
        self.text.extend(file.text()[shown.clone()].chars().map(visible));
        if shown.end < line.end {
            self.text.push_str(ellipsis);
        }
        self.rows.push(Row { line, shown, start, end: self.text.len(), shown_start });
        self.text.push('\n');
    }

    /// The offset, in the text of the snippet, of an offset in a line of the file.
    fn place(&self, file: &SourceFile, line: usize, offset: usize) -> usize {
        let row = &self.rows[line - self.first_line];
        let offset = offset.clamp(row.line.start, row.line.end);
        self.base
            + if offset < row.shown.start {
                row.start
            } else if offset > row.shown.end {
                row.end
            } else {
                let before = file.text()[row.shown.start..offset].chars();
                row.shown_start
                    + before.map(|character| visible(character).len_utf8()).sum::<usize>()
            }
    }
}

/// The part of a line that fits, with the focus in its first quarter where something must go.
fn trim(text: &str, line: Range<usize>, focus: usize, columns: usize) -> Range<usize> {
    let (whole, _) = reach(text[line.clone()].chars(), columns);
    if whole == line.len() {
        return line;
    }
    let before = || text[line.start..focus].chars().rev();
    let (_, lead) = reach(before(), columns / 4);
    let (ahead, used) = reach(text[focus..line.end].chars(), columns - lead);
    let (behind, _) = reach(before(), columns - used);
    focus - behind..focus + ahead
}

/// How many bytes fit into some columns, and how many columns they take. A character of no width
/// counts as one column, so that no line takes long to measure.
fn reach(characters: impl Iterator<Item = char>, columns: usize) -> (usize, usize) {
    let (mut bytes, mut used) = (0, 0);
    for character in characters {
        let width = match character {
            '\t' => TAB,
            ' '..='~' => 1,
            other => textwrap::core::display_width(other.encode_utf8(&mut [0; 4])).max(1),
        };
        if used + width > columns {
            break;
        }
        bytes += character.len_utf8();
        used += width;
    }
    (bytes, used)
}
