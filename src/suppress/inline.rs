//! Ignores in comments: `# netvet: ignore[rule-id, other-rule until=2027-03-31] reason` on the
//! line of the finding or on a line of its own above it, and `# netvet: ignore-file[rule-id]`
//! anywhere in the file.
//!
//! What a comment is comes from `syntax`: a `#` in a quoted YAML string is none, and the comments
//! of a Corefile in a block scalar count like those of YAML. The instruction must follow the `#`
//! at once; it may come after another comment on the same line.

use super::{Ignore, Malformed, report};
use crate::config::{Date, suggest};
use crate::source::{SourceFile, Sources, Span, Spanned};
use crate::syntax::Comment;

const HOW: &str = "write `# netvet: ignore[rule-id] reason`";
const WORDS: [&str; 2] = ["ignore", "ignore-file"];

/// Reads the instructions among the comments of all files.
pub(super) fn read(comments: &[Comment], sources: &Sources) -> (Vec<Ignore>, Vec<Malformed>) {
    let mut comments = comments.to_vec();
    comments.sort_by_key(|comment| comment.span);
    // What a Corefile in a block scalar takes for a comment, the block scalar does, too.
    comments.dedup_by_key(|comment| (comment.span.file, comment.span.start));
    let mut ignores = Vec::new();
    let mut malformed = Vec::new();
    for of_file in comments.chunk_by(|a, b| a.span.file == b.span.file) {
        let file = sources.get(of_file[0].span.file);
        let mut lines = Lines::new(file, of_file);
        // Upwards, so that `lines` passes over each run of comments once.
        for comment in of_file.iter().rev() {
            for instruction in instructions(sources.text(comment.span)) {
                let place = |range: Range| comment.span.slice(range);
                match instruction {
                    Ok(found) => {
                        let (covers, reach) = lines.covered(comment, found.whole_file);
                        let names = found.names.into_iter();
                        let until = found.until.map(|(date, at)| Spanned::new(date, place(at)));
                        ignores.push(Ignore {
                            names: names.map(|(name, at)| Spanned::new(name, place(at))).collect(),
                            until,
                            covers,
                            reach,
                        });
                    }
                    Err((message, at)) => {
                        malformed.push(Malformed { span: place(at), message, help: HOW });
                    }
                }
            }
        }
    }
    (ignores, malformed)
}

/// What lies under the comments of a file, asked from its end to its start.
struct Lines<'f> {
    file: &'f SourceFile,
    /// Lines that hold nothing but a comment, ascending.
    own: Vec<usize>,
    /// The line that was asked for last, and the next one with something on it.
    below: Option<(usize, Option<usize>)>,
}

impl<'f> Lines<'f> {
    fn new(file: &'f SourceFile, comments: &[Comment]) -> Lines<'f> {
        let own = comments.iter().filter(|comment| comment.own_line);
        let own = own.map(|comment| file.line_index(comment.span.start as usize)).collect();
        Lines { file, own, below: None }
    }

    fn covered(&mut self, comment: &Comment, whole_file: bool) -> (Span, &'static str) {
        let end = self.file.text().len() as u32 + 1;
        if whole_file {
            return (Span { start: 0, end, ..comment.span }, "in this file");
        }
        let line = self.file.line_index(comment.span.start as usize);
        let (last, reach) = match comment.own_line {
            true => (self.next_with_content(line).unwrap_or(line), "on the next line"),
            false => (line, "on this line"),
        };
        let starts = self.file.line_starts();
        // Its own line counts, too: another instruction may stand on it.
        let end = starts.get(last + 1).copied().unwrap_or(end);
        (Span { start: starts[line], end, ..comment.span }, reach)
    }

    /// The next line below that is neither blank nor a comment.
    fn next_with_content(&mut self, line: usize) -> Option<usize> {
        let known = self.below;
        let mut next = line + 1;
        let found = loop {
            if let Some((_, below)) = known.filter(|(asked, _)| *asked == next || *asked == line) {
                break below;
            }
            if next >= self.file.line_starts().len() {
                break None;
            }
            let blank = self.file.text()[self.file.line_range(next)].trim().is_empty();
            if !blank && self.own.binary_search(&next).is_err() {
                break Some(next);
            }
            next += 1;
        };
        self.below = Some((line, found));
        found
    }
}

type Range = std::ops::Range<usize>;

/// An instruction; places are byte ranges of the comment.
#[derive(Debug, PartialEq, Eq)]
struct Instruction {
    whole_file: bool,
    names: Vec<(String, Range)>,
    until: Option<(Date, Range)>,
}

/// The instructions in one comment, or what is wrong with them.
fn instructions(comment: &str) -> Vec<Result<Instruction, (String, Range)>> {
    let marks: Vec<(usize, usize)> = marks(comment).collect();
    let ends = marks.iter().skip(1).map(|(hash, _)| *hash).chain([comment.len()]);
    let parts = marks.iter().zip(ends);
    parts.filter_map(|((_, after), end)| instruction(comment, *after..end)).collect()
}

/// Where `# netvet:` stands in a comment: its `#`, and its end.
fn marks(comment: &str) -> impl Iterator<Item = (usize, usize)> {
    const MARK: &str = "netvet:";
    comment.match_indices(MARK).filter_map(|(at, _)| {
        let before = comment[..at].trim_end();
        let ahead = before.trim_end_matches('#');
        let starts_word = ahead.is_empty() || ahead.ends_with(char::is_whitespace);
        (before.len() > ahead.len() && starts_word).then_some((ahead.len(), at + MARK.len()))
    })
}

/// `None` for prose that happens to start with the name of the program.
fn instruction(comment: &str, part: Range) -> Option<Result<Instruction, (String, Range)>> {
    let rest = comment[part.clone()].trim_start();
    let start = part.end - rest.len();
    let rest = rest.trim_end();
    let whole = start..start + rest.len();
    let word_end = rest.find(|c: char| !c.is_ascii_alphabetic() && c != '-');
    let (word, after) = rest.split_at(word_end.unwrap_or(rest.len()));
    if !WORDS.contains(&word) {
        // `# netvet: see [1]` is prose, `# netvet: disable[host-network]` is not.
        let meant = suggest(word, WORDS).unwrap_or("ignore");
        let message = format!("`{}` is no instruction, `{meant}` is", report::cut(word));
        return after.starts_with('[').then_some(Err((message, whole)));
    }
    let Some(opened) = after.trim_start().strip_prefix('[') else {
        return Some(Err((format!("`{word}` without a rule in brackets"), whole)));
    };
    let Some(length) = opened.find(']') else {
        return Some(Err((format!("`{word}` with a bracket that is not closed"), whole)));
    };
    let offset = whole.end - opened.len();
    let whole = start..offset + length + 1;
    let mut found =
        Instruction { whole_file: word == "ignore-file", names: Vec::new(), until: None };
    for (at, item) in words(&opened[..length]) {
        let place = offset + at..offset + at + item.len();
        match item.strip_prefix("until=") {
            None => found.names.push((item.to_owned(), place)),
            Some(date) => match Date::parse(date) {
                Some(date) => found.until = Some((date, place)),
                None => return Some(Err((report::no_date(date), place))),
            },
        }
    }
    if found.names.is_empty() {
        return Some(Err((format!("`{word}` names no rule"), whole)));
    }
    Some(Ok(found))
}

/// What stands between commas and white space, with its place.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let separates = |c: char| c == ',' || c.is_whitespace();
    let mut end = 0;
    text.split_inclusive(separates).filter_map(move |piece| {
        end += piece.len();
        let word = piece.trim_end_matches(separates);
        (!word.is_empty()).then_some((end - piece.len(), word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `names until` of each instruction, or what is wrong with it.
    fn read(comment: &str) -> Vec<String> {
        let read = |instruction: Result<Instruction, (String, Range)>| match instruction {
            Ok(found) => {
                let all = found.names.iter().map(|(name, at)| (name.clone(), at));
                let until = found.until.iter().map(|(date, at)| (format!("until={date}"), at));
                let mut parts = vec![if found.whole_file { "file" } else { "line" }.to_owned()];
                for (part, at) in all.chain(until) {
                    assert_eq!(comment[at.clone()], part);
                    parts.push(part);
                }
                parts.join(" ")
            }
            Err((message, at)) => format!("{message}: {}", &comment[at]),
        };
        instructions(comment).into_iter().map(read).collect()
    }

    #[test]
    fn instructions_are_told_from_prose_and_from_mistakes() {
        let table: [(&str, &[&str]); 26] = [
            ("# netvet: ignore[a] because", &["line a"]),
            ("# netvet: ignore[a]", &["line a"]),
            ("#netvet:ignore[a]", &["line a"]),
            ("##  netvet: ignore [ a ]because", &["line a"]),
            ("# netvet: ignore[a,b, c] x", &["line a b c"]),
            ("# netvet: ignore[a until=2027-03-31] x", &["line a until=2027-03-31"]),
            ("# netvet: ignore[until=2027-03-31, a, b]", &["line a b until=2027-03-31"]),
            ("# netvet: ignore-file[a]", &["file a"]),
            ("# yamllint disable-line # netvet: ignore[a]", &["line a"]),
            ("# netvet: ignore[a] x # netvet: ignore-file[b] y", &["line a", "file b"]),
            (
                "# netvet: ignore[a # netvet: ignore[b]",
                &["`ignore` with a bracket that is not closed: ignore[a", "line b"],
            ),
            ("# netvet: ignore[é]", &["line é"]),
            ("# netvet: ignore[a\u{a0}b]", &["line a b"]),
            ("# netvet reads this", &[]),
            ("# netvet: see [1] and the page", &[]),
            ("# netvet:", &[]),
            ("# see netvet: ignore[a]", &[]),
            ("# write `# netvet: ignore[a]`", &[]),
            ("# not-netvet: ignore[a]", &[]),
            ("# netvet: ignore", &["`ignore` without a rule in brackets: ignore"]),
            ("# netvet: ignore a, b", &["`ignore` without a rule in brackets: ignore a, b"]),
            ("# netvet: ignore[] x", &["`ignore` names no rule: ignore[]"]),
            ("# netvet: ignore[a x ", &["`ignore` with a bracket that is not closed: ignore[a x"]),
            ("# netvet: disable[a]", &["`disable` is no instruction, `ignore` is: disable[a]"]),
            (
                "# netvet: ignorefile[a]",
                &["`ignorefile` is no instruction, `ignore-file` is: ignorefile[a]"],
            ),
            (
                "# netvet: ignore[a, until=2027-02-30] x",
                &["`2027-02-30` is not a date such as `2027-03-31`: until=2027-02-30"],
            ),
        ];
        for (comment, want) in table {
            assert_eq!(read(comment), want, "{comment}");
        }
    }
}
