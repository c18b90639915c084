//! How values look: plain or in quotes, in a block or in braces.

use crate::diagnostic::Value;
use crate::syntax::Node;
use crate::syntax::scalar::{self, Scalar};

/// How a file lays out its blocks.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// How far a map's entries stand from the key that they belong to.
    map: usize,
    /// The same for the dashes of a list.
    list: usize,
}

impl Layout {
    /// What the first blocks of a document do; two blanks where there are none.
    pub fn of(root: Node<'_>, column: &dyn Fn(usize) -> usize) -> Layout {
        let mut found = (None, None);
        let mut rest = vec![root];
        while let Some(node) = rest.pop() {
            for (key, value) in node.entries() {
                if value.raw().starts_with(['{', '[']) || value.is_alias() {
                    continue;
                }
                let start = value.items().next().unwrap_or(value).span().range().start;
                let key_column = column(key.span().range().start);
                let own = column(value.span().range().start);
                if value.is_map() && found.0.is_none() && own > key_column {
                    found.0 = Some(own - key_column);
                }
                if value.is_sequence() && found.1.is_none() {
                    // An item stands two columns behind its dash, as good as always.
                    let dash = column(start).saturating_sub(2);
                    found.1 = Some(dash.saturating_sub(key_column));
                }
                if found.0.is_some() && found.1.is_some() {
                    break;
                }
                rest.push(value);
            }
            rest.extend(node.items());
        }
        Layout { map: found.0.unwrap_or(2).min(8), list: found.1.unwrap_or(2).min(8) }
    }

    /// The lines of an entry, without the indentation that all of them have.
    pub fn entry(self, key: &str, value: &Value) -> Vec<String> {
        let key = text(key);
        match value {
            Value::Map(entries) if !entries.is_empty() => {
                let lines = entries.iter().flat_map(|(key, value)| self.entry(key, value));
                self.below(key, self.map, lines)
            }
            // A list of words is short.
            Value::List(items) if items.iter().any(|item| !item.is_scalar()) => {
                let lines = items.iter().flat_map(|item| {
                    let mut lines = self.item(item);
                    lines[0].insert_str(0, "- ");
                    lines[1..].iter_mut().for_each(|line| line.insert_str(0, "  "));
                    lines
                });
                self.below(key, self.list, lines)
            }
            value => vec![format!("{key}: {}", flow(value, false))],
        }
    }

    fn below(self, key: String, indent: usize, lines: impl Iterator<Item = String>) -> Vec<String> {
        let indent = " ".repeat(indent);
        let mut all = vec![format!("{key}:")];
        all.extend(lines.map(|line| format!("{indent}{line}")));
        all
    }

    /// The lines of an item, without its dash.
    pub fn item(self, value: &Value) -> Vec<String> {
        match value {
            Value::Map(entries) if !entries.is_empty() => {
                entries.iter().flat_map(|(key, value)| self.entry(key, value)).collect()
            }
            value => vec![flow(value, false)],
        }
    }
}

/// A value on one line.
pub fn flow(value: &Value, json: bool) -> String {
    let word = |word: &str| if json { quoted(word) } else { text(word) };
    match value {
        Value::Text(value) => word(value),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|item| flow(item, json)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(entries) => {
            let entry = |(key, value): &(String, Value)| entry_in_flow(key, value, json);
            let entries: Vec<String> = entries.iter().map(entry).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

pub fn entry_in_flow(key: &str, value: &Value, json: bool) -> String {
    let key = if json { quoted(key) } else { text(key) };
    format!("{key}: {}", flow(value, json))
}

/// A text, in quotes where it would be something else without them.
pub fn text(value: &str) -> String {
    match is_plain(value) && matches!(scalar::resolve(value), Scalar::Str(_)) {
        true => value.to_owned(),
        false => quoted(value),
    }
}

/// Whether a text can stand without quotes, be it in braces.
pub fn is_plain(value: &str) -> bool {
    let first = value.bytes().next();
    first.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_'))
        && value.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-' | b':' | b'+')
        })
        && !value.ends_with(':')
}

/// In double quotes, as YAML and JSON both read it.
pub fn quoted(value: &str) -> String {
    format!("\"{}\"", escaped(value))
}

/// The inside of double quotes.
pub fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            control if control.is_control() => text.push_str(&format!("\\u{:04x}", control as u32)),
            other => text.push(other),
        }
    }
    text
}
