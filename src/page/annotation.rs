//! The lines inside an example that say what must be found there.
//!
//! ```yaml
//! networking:
//!   podSubnet: 10.96.0.0/16
//!   #          ^^^^^^^^^^^^ pod range `10.96.0.0/16` lies inside the service range `10.96.0.0/12`
//!   serviceSubnet: 10.96.0.0/12
//!   #              ------------ service range
//! ```
//!
//! An annotation is a line of its own: `#` or `//`, white space, a run of `^` or of `-`, white
//! space, and a text. It speaks of the nearest line above it that is not an annotation, and of
//! the columns under (that is, over) its run. Such lines are taken out before the example is
//! read, so they may stand where the language has no comments: in JSON, in a block scalar.
//!
//! - `^` is the primary place of a finding, and the text is the finding's message. A message
//!   whose severity is not the one on the front matter has it in front: `warning: …`.
//! - `-` is a related place, and the text is its label. One line stands for all the findings that
//!   have that place with that label.
//! - `#@1 ^^^ text` says the first column, from 1, in numbers, because `#` is in the way. The run
//!   still shows the width.
//! - Columns count characters. A place that goes on in the next line is marked to the end of its
//!   first line only, and a place without extent has a run of one.
//!
//! The text of the primary label is not shown: the message says more.

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::source::{FileId, Sources};

/// A marked place in a text without annotations. Lines and columns start at 0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    pub line: usize,
    pub column: usize,
    pub role: Role,
    pub width: usize,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Primary(Severity),
    Related,
}

/// How annotations are written in one file: the comment leader, and the severity that goes
/// without saying.
#[derive(Clone, Copy, Debug)]
pub struct Notation {
    pub leader: &'static str,
    pub severity: Severity,
}

/// A file of an example without its annotations, and what they said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotated {
    pub text: String,
    /// Sorted.
    pub marks: Vec<Mark>,
}

/// Takes the annotations out of the lines of a file.
pub fn strip(lines: &[&str], severity: Severity) -> Result<Annotated, String> {
    let mut text = String::new();
    let mut marks = Vec::new();
    let mut code_lines = 0;
    for line in lines {
        let Some(mut mark) = read(line, severity) else {
            text.push_str(line);
            text.push('\n');
            code_lines += 1;
            continue;
        };
        if code_lines == 0 {
            return Err(format!("an annotation stands above the first line: {line}"));
        }
        mark.line = code_lines - 1;
        marks.push(mark);
    }
    sort(&mut marks);
    Ok(Annotated { text, marks })
}

/// What a line marks, if it is an annotation. The severity is only known where it is written.
pub fn role(line: &str) -> Option<Role> {
    read(line, Severity::Error).map(|mark| mark.role)
}

/// An annotation line, as a mark on line 0.
fn read(line: &str, severity: Severity) -> Option<Mark> {
    let content = line.trim_start();
    let mut rest = content.strip_prefix('#').or_else(|| content.strip_prefix("//"))?;
    let mut explicit = None;
    if let Some(after) = rest.trim_start().strip_prefix('@') {
        let digits = after.find(|c: char| !c.is_ascii_digit())?;
        explicit = Some(after[..digits].parse::<usize>().ok()?.checked_sub(1)?);
        rest = &after[digits..];
    }
    let marked = rest.trim_start();
    if marked.len() == rest.len() {
        return None;
    }
    let symbol = marked.chars().next().filter(|symbol| matches!(symbol, '^' | '-'))?;
    let after_run = marked.trim_start_matches(symbol);
    let text = after_run.trim();
    if text.is_empty() || !after_run.starts_with(char::is_whitespace) {
        return None;
    }
    let before_run = &line[..line.len() - marked.len()];
    let (role, text) = if symbol == '-' { (Role::Related, text) } else { primary(text, severity) };
    Some(Mark {
        line: 0,
        column: explicit.unwrap_or_else(|| before_run.chars().count()),
        role,
        width: marked.len() - after_run.len(),
        text: text.to_owned(),
    })
}

fn primary(text: &str, severity: Severity) -> (Role, &str) {
    let named = text
        .split_once(": ")
        .and_then(|(name, message)| Some((Severity::from_name(name)?, message.trim_start())));
    let (severity, message) = named.unwrap_or((severity, text));
    (Role::Primary(severity), message)
}

/// What findings mark in one file. Sorted.
pub fn marks(findings: &[Diagnostic], sources: &Sources, file: FileId) -> Vec<Mark> {
    let mut marks = Vec::new();
    for finding in findings {
        let role = Role::Primary(finding.severity);
        let primary = (&finding.primary, role, finding.message.as_str());
        let related =
            finding.related.iter().map(|label| (label, Role::Related, label.text.as_str()));
        for (label, role, text) in std::iter::once(primary).chain(related) {
            if label.span.file == file {
                marks.push(mark(label, role, text, sources));
            }
        }
    }
    sort(&mut marks);
    marks
}

fn mark(label: &Label, role: Role, text: &str, sources: &Sources) -> Mark {
    let file = sources.get(label.span.file);
    let code = file.text();
    // The line after the last line break is not a line of an example.
    let last = code.trim_end_matches('\n').len();
    let start = code.floor_char_boundary(label.span.range().start.min(last));
    let line = file.line_index(start);
    let line_range = file.line_range(line);
    let end = label.span.range().end.min(line_range.end).max(start);
    let width = code.get(start..end).map_or(0, |marked| marked.chars().count());
    Mark {
        line,
        column: code[line_range.start..start].chars().count(),
        role,
        width: width.max(1),
        text: text.to_owned(),
    }
}

/// By place; a related place that several findings share is there once.
fn sort(marks: &mut Vec<Mark>) {
    marks.sort();
    marks.dedup_by(|mark, earlier| mark == earlier && mark.role == Role::Related);
}

/// The lines of a file with annotations below the lines that they speak of.
pub fn annotate(text: &str, marks: &[Mark], notation: Notation) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        lines.push(line.to_owned());
        let here = marks.iter().filter(|mark| mark.line == index);
        lines.extend(here.map(|mark| write(mark, line, notation)));
    }
    lines
}

/// A file of an example in which annotations that are written but not true have a `-` in front,
/// and those that should be written a `+`.
pub fn difference(text: &str, written: &[Mark], found: &[Mark], notation: Notation) -> String {
    let mut all: Vec<&Mark> = written.iter().chain(found).collect();
    all.sort();
    all.dedup();
    let count = |marks: &[Mark], mark: &Mark| marks.iter().filter(|other| *other == mark).count();
    let mut difference = String::new();
    for (index, line) in text.lines().enumerate() {
        difference += &format!("  {line}\n");
        for mark in all.iter().filter(|mark| mark.line == index) {
            let (written, found) = (count(written, mark), count(found, mark));
            let annotation = write(mark, line, notation);
            for number in 0..written.max(found) {
                let sign = match (number < written, number < found) {
                    (true, true) => ' ',
                    (true, false) => '-',
                    _ => '+',
                };
                difference += &format!("{sign} {annotation}\n");
            }
        }
    }
    difference
}

fn write(mark: &Mark, line: &str, notation: Notation) -> String {
    let Notation { leader, severity } = notation;
    let (symbol, prefix) = match mark.role {
        Role::Related => ("-", String::new()),
        Role::Primary(own) if own == severity => ("^", String::new()),
        Role::Primary(own) => ("^", format!("{own}: ")),
    };
    let note = format!("{} {prefix}{}", symbol.repeat(mark.width), mark.text);
    let indent = line.chars().take_while(|c| c.is_whitespace()).count();
    let fits = |indent: &usize| indent + leader.len() < mark.column;
    match [indent, 0].into_iter().find(fits) {
        Some(indent) => {
            let gap = mark.column - indent - leader.len();
            format!("{}{leader}{}{note}", " ".repeat(indent), " ".repeat(gap))
        }
        None => format!("{leader}@{} {note}", mark.column + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Place;
    use crate::source::Span;

    const HASH: Notation = Notation { leader: "#", severity: Severity::Error };

    fn read_error(line: &str) -> Option<(usize, usize, Role, String)> {
        read(line, Severity::Error).map(|mark| (mark.column, mark.width, mark.role, mark.text))
    }

    #[test]
    fn annotations_are_told_from_comments_and_code() {
        let error = Role::Primary(Severity::Error);
        let text = || "a text".to_owned();
        assert_eq!(read_error("  #  ^^ a text"), Some((5, 2, error, text())));
        assert_eq!(read_error("# --- a text  "), Some((2, 3, Role::Related, text())));
        assert_eq!(read_error("  // ^ a text"), Some((5, 1, error, text())));
        assert_eq!(read_error("#@1 ^^^^ a text"), Some((0, 4, error, text())));
        assert_eq!(read_error("  // @12 - a text"), Some((11, 1, Role::Related, text())));
        let warning = Role::Primary(Severity::Warning);
        assert_eq!(read_error("# ^ warning: a text"), Some((2, 1, warning, text())));
        let unknown = "fatal: a text".to_owned();
        assert_eq!(read_error("# ^ fatal: a text"), Some((2, 1, error, unknown)));
        let related = "warning: a text".to_owned();
        assert_eq!(read_error("# - warning: a text"), Some((2, 1, Role::Related, related)));
        let others = [
            "",
            "- x",
            "  - name: a",
            "---",
            "--- x",
            "^^^ x",
            "# a comment",
            "#^^^ x",
            "#--- x",
            "# ---",
            "# ^^^",
            "# ^^^  ",
            "# ^^x",
            "# ^-^ x",
            "#@0 ^ x",
            "#@ ^ x",
            "#@x ^ x",
            "#@1",
            "#@1^ x",
            "key: x # ^^^ y",
            "/ ^ x",
        ];
        for line in others {
            assert_eq!(read_error(line), None, "{line}");
        }
    }

    #[test]
    fn stripping_leaves_the_code_and_finds_the_line_above() {
        let lines = ["a: é1", "#  ^ one", "# - two", "b: 2", "#@1 ^ warning: three"];
        let annotated = strip(&lines, Severity::Error).expect("sound annotations");
        assert_eq!(annotated.text, "a: é1\nb: 2\n");
        let places: Vec<_> =
            annotated.marks.iter().map(|m| (m.line, m.column, m.text.as_str())).collect();
        assert_eq!(places, [(0, 2, "two"), (0, 3, "one"), (1, 0, "three")]);
        assert!(strip(&["# ^ one", "a: 1"], Severity::Error).is_err());
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let code = "- a: é1\n  b: 2\n";
        for column in 0..9 {
            for leader in ["#", "//"] {
                for role in
                    [Role::Related, Role::Primary(Severity::Error), Role::Primary(Severity::Info)]
                {
                    let mark = Mark { line: 1, column, role, width: 2, text: "x y".to_owned() };
                    let notation = Notation { leader, severity: Severity::Error };
                    let lines = annotate(code, std::slice::from_ref(&mark), notation);
                    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
                    let annotated = strip(&lines, Severity::Error).expect("sound annotations");
                    assert_eq!(annotated, Annotated { text: code.to_owned(), marks: vec![mark] });
                }
            }
        }
    }

    #[test]
    fn annotations_stand_under_the_indentation_of_their_line_where_they_can() {
        let mark = |line, column, width| Mark {
            line,
            column,
            role: Role::Related,
            width,
            text: "x".to_owned(),
        };
        let marks = [mark(0, 0, 1), mark(1, 2, 5), mark(1, 5, 2), mark(1, 9, 1)];
        let lines = annotate("a:\n  - b: 10\n", &marks, HASH);
        assert_eq!(lines, ["a:", "#@1 - x", "  - b: 10", "# ----- x", "  #  -- x", "  #      - x"]);
    }

    fn findings() -> (Sources, FileId, Vec<Diagnostic>) {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "a: é1\nb:\n  c: 2\n  d: 3\n".to_owned());
        let other = sources.add("b.yaml", "e: 4\n".to_owned());
        let span = |file, range| Span::new(file, range);
        let findings = vec![
            Diagnostic::error(span(file, 3..6).label("unseen"), "first")
                .related(span(file, 15..24).label("shared"))
                .related(span(other, 0..1).label("elsewhere")),
            Diagnostic::warning(span(file, 24..24).label(""), "at the end")
                .related(span(file, 15..24).label("shared")),
        ];
        (sources, file, findings)
    }

    #[test]
    fn findings_become_marks_on_the_first_line_of_their_places() {
        let (sources, file, findings) = findings();
        let marks = marks(&findings, &sources, file);
        let lines = annotate(sources.get(file).text(), &marks, HASH);
        assert_eq!(
            lines,
            [
                "a: é1",
                "#  ^^ first",
                "b:",
                "  c: 2",
                "  #  - shared",
                "  d: 3",
                "  #   ^ warning: at the end",
            ]
        );
    }

    #[test]
    fn a_difference_shows_what_is_missing_and_what_is_wrong() {
        let (sources, file, findings) = findings();
        let code = sources.get(file).text();
        let found = marks(&findings, &sources, file);
        let written = ["a: é1", "#  ^ first", "b:", "  c: 2", "  #  - shared", "  d: 3"];
        let written = strip(&written, Severity::Error).expect("sound annotations").marks;
        assert_eq!(
            difference(code, &written, &found, HASH),
            "  a: é1\n- #  ^ first\n+ #  ^^ first\n  b:\n    c: 2\n    #  - shared\n    d: 3\n\
             +   #   ^ warning: at the end\n"
        );
    }
}
