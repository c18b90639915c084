//! Files of sections and assignments: INI as systemd and NetworkManager write it, and the
//! assignments of shell scripts, which have no sections.
//!
//! Lines that are neither are passed over. A line that goes on in the next one (`\` at its end)
//! keeps the mark, and what follows is not read.

use std::ops::Range;

use super::decode::Field;
use super::template;
use super::text::Text;
use crate::source::{Span, Spanned};

/// How values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// The value is the rest of the line; comments have lines of their own, with `#` or `;`.
    Ini,
    /// A value may stand in quotes and be followed by a comment; `$` makes it unknown.
    Shell,
}

#[derive(Clone, Debug)]
pub struct Section {
    /// Empty for what stands before the first header.
    pub name: Spanned<String>,
    pub entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub key: Spanned<String>,
    /// Without quotes; absent when nothing is written, unknown when something else fills it in.
    pub value: Field<String>,
}

impl Section {
    /// All values of a key, in their order.
    pub fn all(&self, key: &str) -> impl Iterator<Item = &Field<String>> {
        self.entries.iter().filter(move |entry| *entry.key == key).map(|entry| &entry.value)
    }

    /// The value of a key; of one that comes twice, the last.
    pub fn get(&self, key: &str) -> Field<String> {
        self.all(key).last().cloned().unwrap_or_default()
    }
}

/// The sections in their order; one that comes twice is there twice.
pub fn parse(text: &Text<'_>, dialect: Dialect) -> Vec<Section> {
    let nameless = Spanned::new(String::new(), text.span(0..0));
    let mut sections = vec![Section { name: nameless, entries: Vec::new() }];
    let mut start = 0;
    let mut goes_on = false;
    for line in text.value.split_inclusive('\n') {
        let range = trimmed(&text.value, start..start + line.len());
        start += line.len();
        let content = &text.value[range.clone()];
        let is_comment = content.starts_with(['#', ';']);
        let continued = std::mem::replace(&mut goes_on, content.ends_with('\\') && !is_comment);
        if continued || is_comment {
            continue;
        }
        if dialect == Dialect::Ini && content.starts_with('[') && content.ends_with(']') {
            let name = spanned(text, range.start + 1..range.end - 1);
            sections.push(Section { name, entries: Vec::new() });
        } else if let Some(at) = content.find('=') {
            let entry = Entry {
                key: key(text, range.start..range.start + at, dialect),
                value: value(text, range.start + at + 1..range.end, dialect),
            };
            sections.last_mut().expect("internal error: no section").entries.push(entry);
        }
    }
    sections
}

fn key(text: &Text<'_>, range: Range<usize>, dialect: Dialect) -> Spanned<String> {
    let range = trimmed(&text.value, range);
    let start = match text.value[range.clone()].strip_prefix("export ") {
        Some(rest) if dialect == Dialect::Shell => range.end - rest.len(),
        _ => range.start,
    };
    spanned(text, start..range.end)
}

fn value(text: &Text<'_>, range: Range<usize>, dialect: Dialect) -> Field<String> {
    let mut range = trimmed(&text.value, range);
    if dialect == Dialect::Shell {
        range = unquoted(&text.value, range);
    }
    if range.is_empty() {
        return Field::Absent;
    }
    let value = spanned(text, range);
    let is_variable = dialect == Dialect::Shell && value.contains(['$', '`']);
    match is_variable || template::is_placeholder(&value) {
        true => Field::Unknown(value.span),
        false => Field::Known(value),
    }
}

/// What a shell takes for the value.
fn unquoted(text: &str, range: Range<usize>) -> Range<usize> {
    let content = &text[range.clone()];
    for quote in ['"', '\''] {
        if let Some(rest) = content.strip_prefix(quote) {
            let start = range.start + 1;
            let end = rest.find(quote).map_or(range.end, |at| start + at);
            return trimmed(text, start..end);
        }
    }
    let end = content.find(char::is_whitespace).map_or(range.end, |at| range.start + at);
    range.start..end
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let white = |c: char| c.is_whitespace() || c == '\u{feff}';
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start_matches(white).len());
    start..(start + part.trim_matches(white).len())
}

fn spanned(text: &Text<'_>, range: Range<usize>) -> Spanned<String> {
    let span: Span = text.span(range.clone());
    Spanned::new(text.value[range].to_owned(), span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    /// `section.key=value`, with `?` for what is unknown; every place is held against the text.
    fn read(text: &str, dialect: Dialect) -> Vec<String> {
        let mut found = Vec::new();
        for section in parse(&Text::whole(FileId::new(0), text), dialect) {
            assert_eq!(&text[section.name.span.range()], section.name.value);
            for entry in section.entries {
                assert_eq!(&text[entry.key.span.range()], entry.key.value);
                let value = match &entry.value {
                    Field::Absent => String::new(),
                    Field::Unknown(_) => "?".to_owned(),
                    Field::Known(value) => {
                        assert_eq!(&text[value.span.range()], value.value);
                        value.value.clone()
                    }
                };
                found.push(format!("{}.{}={value}", section.name.value, entry.key.value));
            }
        }
        found
    }

    #[test]
    fn sections_and_assignments_have_their_places() {
        let text = "\u{feff}# note\r\na = 1\r\n[Match]\r\n Name=en*\r\n; x=y\r\n[Address]\nAddress = 10.0.0.1/24\nEmpty=\n[Address]\nAddress={{ ip }}\nLong=a \\\n  b=c\nnonsense\n";
        assert_eq!(
            read(text, Dialect::Ini),
            [
                ".a=1",
                "Match.Name=en*",
                "Address.Address=10.0.0.1/24",
                "Address.Empty=",
                "Address.Address=?",
                "Address.Long=a \\",
            ]
        );
    }

    #[test]
    fn shells_have_quotes_comments_and_variables() {
        let text = "A=1 # one\nexport B=\"2 3\"\nC='x'\nD=\"\"\nE=$A\nF=\"open\n[x]\nif [ $A = 1 ]; then\n";
        assert_eq!(
            read(text, Dialect::Shell),
            [".A=1", ".B=2 3", ".C=x", ".D=", ".E=?", ".F=open", ".if [ $A=1"]
        );
    }

    #[test]
    fn the_last_of_several_values_counts() {
        let sections = parse(&Text::whole(FileId::new(0), "[S]\nA=1\nA=2\n"), Dialect::Ini);
        assert_eq!(sections[1].get("A").value().map(String::as_str), Some("2"));
        assert_eq!(sections[1].all("A").count(), 2);
        assert!(sections[1].get("B").is_absent());
    }
}
