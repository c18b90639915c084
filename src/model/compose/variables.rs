//! Variables in Compose files: `$NAME`, `${NAME}`, `${NAME:-default}` and the like
//! (compose-go, `template/template.go`).
//!
//! A variable is what the files of variables say, or else its default. The environment of a shell
//! would come before both and is not known; nor is a variable that has neither, which Compose takes
//! for an empty text.

use crate::ingest::compose::Entries;
use crate::ingest::compose::{Content, EnvironmentFile, Items, Text, Value};

/// Defaults may hold variables with defaults; deeper than this nobody writes them.
const MAX_DEPTH: usize = 10;
/// Nobody has longer values, and each variable may stand for many.
const MAX_LENGTH: usize = 1 << 16;
/// Nobody has more variables in one value, those in defaults and in other variables included.
const MAX_STEPS: u32 = 10_000;

/// The variables of one project: of several files the first that has one counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables<'a> {
    pub files: Vec<&'a EnvironmentFile>,
}

impl Variables<'_> {
    /// The value with all variables replaced; a text that cannot be known becomes a template.
    pub fn replace(&self, value: &Value) -> Value {
        let content = match &value.content {
            Content::Scalar(text) => self.content(text),
            Content::List(list) => Content::List(Items {
                items: list.items.iter().map(|item| self.replace(item)).collect(),
                layout: list.layout.clone(),
            }),
            Content::Map(map) => Content::Map(Entries {
                entries: map
                    .entries
                    .iter()
                    .map(|(key, value)| (key.clone(), self.replace(value)))
                    .collect(),
                layout: map.layout.clone(),
            }),
            Content::Null => Content::Null,
            Content::Template => Content::Template,
        };
        Value { span: value.span, tag: value.tag, content }
    }

    fn content(&self, text: &Text) -> Content {
        if !text.text.contains('$') {
            return Content::Scalar(text.clone());
        }
        match self.expand(&text.text) {
            Some(expanded) => {
                Content::Scalar(Text { text: expanded, is_plain: text.is_plain, is_written: false })
            }
            None => Content::Template,
        }
    }

    /// The text with all variables replaced; `None` when it cannot be known.
    pub fn expand(&self, text: &str) -> Option<String> {
        self.expand_at(text, 0, &mut 0)
    }

    /// The value of a variable; `None` when it has none, or one that cannot be known.
    pub fn get(&self, name: &str) -> Option<String> {
        self.get_at(name, 0, &mut 0)
    }

    fn expand_at(&self, text: &str, depth: usize, steps: &mut u32) -> Option<String> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            *steps += 1;
            if *steps > MAX_STEPS {
                return None;
            }
            expanded.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                expanded.push('$');
                rest = after;
            } else if let Some(inside) = rest.strip_prefix('{') {
                let end = closing_brace(inside)?;
                expanded.push_str(&self.braced(&inside[..end], depth, steps)?);
                rest = &inside[end + 1..];
            } else {
                let name = &rest[..name_length(rest)];
                // Compose refuses a `$` before anything else.
                let value = self.get_at(name, depth, steps);
                expanded.push_str(&value.filter(|_| !name.is_empty())?);
                rest = &rest[name.len()..];
            }
            if expanded.len() > MAX_LENGTH {
                return None;
            }
        }
        expanded.push_str(rest);
        Some(expanded)
    }

    /// What stands between braces: a name, and what to do with it.
    fn braced(&self, inside: &str, depth: usize, steps: &mut u32) -> Option<String> {
        let (name, modifier) = inside.split_at(name_length(inside));
        if name.is_empty() {
            return None;
        }
        let value = self.get_at(name, depth, steps);
        let set = value.as_ref().filter(|value| !value.is_empty());
        let mut otherwise = |text: &str| self.expand_at(text, depth + 1, steps);
        match modifier {
            "" => value,
            _ if modifier.starts_with(":-") => match set {
                Some(_) => value,
                None => otherwise(&modifier[2..]),
            },
            _ if modifier.starts_with('-') => match value {
                Some(_) => value,
                None => otherwise(&modifier[1..]),
            },
            // Without the variable Compose stops.
            _ if modifier.starts_with([':', '?']) && modifier.contains('?') => value,
            _ if modifier.starts_with(":+") => match set {
                Some(_) => otherwise(&modifier[2..]),
                None => Some(String::new()),
            },
            _ if modifier.starts_with('+') => match value {
                Some(_) => otherwise(&modifier[1..]),
                None => Some(String::new()),
            },
            _ => None,
        }
    }

    fn get_at(&self, name: &str, depth: usize, steps: &mut u32) -> Option<String> {
        let variable = self.files.iter().find_map(|file| file.get(name))?;
        let value = variable.value.as_ref()?;
        match variable.is_literal || !value.value.contains('$') {
            true => Some(value.value.clone()),
            false => self.expand_at(&value.value, depth + 1, steps),
        }
    }
}

/// Letters, digits and underscores, the first no digit.
fn name_length(text: &str) -> usize {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    match text.bytes().next() {
        Some(first) if first.is_ascii_digit() => 0,
        _ => text.as_bytes().iter().take_while(|byte| word(byte)).count(),
    }
}

/// Where the brace stands that closes the one before the text.
fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 0;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'{' if at > 0 && bytes[at - 1] == b'$' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Body, ingest};
    use crate::source::FileId;

    #[test]
    fn variables_are_replaced_as_compose_does_it() {
        let contents = ingest(FileId::new(0), ".env", "A=1\nEMPTY=\nB=x${A}\nLOOP=${LOOP}\n");
        let Body::EnvironmentFile(file) = &contents.resources[0].body else { panic!("no file") };
        let variables = Variables { files: vec![file] };
        for (text, expected) in [
            ("a $A b", Some("a 1 b")),
            ("${A}${B}", Some("1x1")),
            ("$$A", Some("$A")),
            ("${UNSET}", None),
            ("${UNSET:-80}:80", Some("80:80")),
            ("${EMPTY:-d}", Some("d")),
            ("${EMPTY-d}", Some("")),
            ("${UNSET-d}", Some("d")),
            ("${A:?must be set}", Some("1")),
            ("${UNSET?must be set}", None),
            ("${A:+is set}", Some("is set")),
            ("${UNSET:+is set}", Some("")),
            ("${UNSET:-${ALSO:-${A}}}", Some("1")),
            ("${LOOP}", None),
            ("$(date)", None),
            ("${A", None),
        ] {
            assert_eq!(variables.expand(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn variables_that_multiply_come_to_an_end() {
        let mut text = "V0=\n".to_owned();
        for level in 1..=9 {
            let value = format!("${{V{}}}", level - 1).repeat(20);
            text.push_str(&format!("V{level}={value}\n"));
        }
        let contents = ingest(FileId::new(0), ".env", &text);
        let Body::EnvironmentFile(file) = &contents.resources[0].body else { panic!("no file") };
        let variables = Variables { files: vec![file] };
        assert_eq!(variables.expand("$V9"), None);
        assert_eq!(variables.expand("$V2").as_deref(), Some(""));
    }
}
