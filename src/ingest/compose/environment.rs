//! Files of variables, `.env` and those that `env_file` names, as Compose reads them
//! (compose-go, `dotenv/parser.go`).
//!
//! What a command would give is not looked at, and neither is the environment of a shell.

use crate::source::{FileId, Span, Spanned};

/// The variables of a file, in its order.
#[derive(Clone, Debug, Default)]
pub struct EnvironmentFile {
    pub variables: Vec<Variable>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    /// `None` for a name alone, which takes over what the shell has. The place is that of the
    /// line.
    pub value: Option<Spanned<String>>,
    /// Between single quotes a `$` is a `$`.
    pub is_literal: bool,
}

impl EnvironmentFile {
    /// The last variable of a name counts.
    pub fn get(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().rev().find(|variable| variable.name == name)
    }
}

/// Whether a file is one of variables, by its name.
pub(in crate::ingest) fn is_environment_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == ".env" || name.starts_with(".env.") || name.ends_with(".env")
}

/// Reads what can be read; a line that is no assignment is passed over.
pub(in crate::ingest) fn read(file: FileId, text: &str) -> EnvironmentFile {
    let mut variables = Vec::new();
    let mut rest = text.trim_start_matches('\u{feff}');
    while !rest.is_empty() {
        let start = text.len() - rest.len();
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = after;
        let Some((name, value)) = assignment(line) else { continue };
        let Some(value) = value else {
            variables.push(Variable { name: name.to_owned(), value: None, is_literal: false });
            continue;
        };
        let value_start = start + (value.as_ptr() as usize - line.as_ptr() as usize);
        let (value, is_literal, end) = unquote(&text[value_start..]);
        let span = Span::new(file, start..value_start + end);
        // A value between quotes may go on over lines.
        if value_start + end > text.len() - rest.len() {
            let after = &text[value_start + end..];
            rest = after.split_once('\n').map_or("", |(_, next)| next);
        }
        let value = Some(Spanned::new(value, span));
        variables.push(Variable { name: name.to_owned(), value, is_literal });
    }
    EnvironmentFile { variables }
}

/// The name and the beginning of the value.
fn assignment(line: &str) -> Option<(&str, Option<&str>)> {
    let line = line.trim_start();
    let line = line.strip_prefix("export ").map_or(line, str::trim_start);
    let is_name = |name: &str| {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        !name.is_empty() && name.bytes().all(word)
    };
    match line.find(['=', ':']) {
        Some(at) => {
            let name = line[..at].trim_end();
            let value = line[at + 1..].trim_start_matches([' ', '\t']);
            is_name(name).then_some((name, Some(value)))
        }
        None => {
            let name = line.trim_end();
            is_name(name).then_some((name, None))
        }
    }
}

/// The value at the start of a text, whether it is literal, and how many bytes it takes.
fn unquote(text: &str) -> (String, bool, usize) {
    let quote = text.chars().next().filter(|first| matches!(first, '"' | '\''));
    if let Some(quote) = quote {
        let mut value = String::new();
        let mut characters = text.char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' if quote == '"' => match characters.next() {
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, 't')) => value.push('\t'),
                    Some((_, '$')) => value.push_str("$$"),
                    Some((_, other)) => value.push(other),
                    None => break,
                },
                _ if character == quote => return (value, quote == '\'', at + 1),
                _ => value.push(character),
            }
        }
    }
    let line = text.split('\n').next().unwrap_or_default();
    let value = match line.starts_with('#') {
        true => "",
        false => line.split(" #").next().unwrap_or_default(),
    };
    let value = value.trim_end();
    (value.to_owned(), false, value.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_read_as_compose_reads_them() {
        let text = "# a comment\nA=1\nexport B = two words # not this\nC='${A} x'\nD=\"a\\nb\nc\"\nE: yaml\nF\n\nnot an assignment\nG=\nA=2\n";
        let file = read(FileId::new(0), text);
        let found: Vec<(&str, Option<&str>, bool)> = file
            .variables
            .iter()
            .map(|variable| {
                let value = variable.value.as_ref().map(|value| value.value.as_str());
                (variable.name.as_str(), value, variable.is_literal)
            })
            .collect();
        assert_eq!(
            found,
            [
                ("A", Some("1"), false),
                ("B", Some("two words"), false),
                ("C", Some("${A} x"), true),
                ("D", Some("a\nb\nc"), false),
                ("E", Some("yaml"), false),
                ("F", None, false),
                ("G", Some(""), false),
                ("A", Some("2"), false),
            ]
        );
        let last = file.get("A").and_then(|variable| variable.value.as_ref());
        assert_eq!(last.map(|value| value.value.as_str()), Some("2"));
    }
}
