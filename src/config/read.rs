//! Reads nodes of a configuration strictly: what is misspelt or of the wrong type is noted with
//! its place, and reading goes on.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use ipnet::IpNet;

use super::ConfigProblem;
use super::known::suggest;
use crate::diagnostic::Label;
use crate::source::{Span, Spanned};
use crate::syntax::{Node, View};

#[derive(Default)]
pub(super) struct Reader {
    pub problems: Vec<ConfigProblem>,
}

impl Reader {
    pub fn problem(&mut self, span: Span, message: impl Into<String>) -> &mut ConfigProblem {
        let message = message.into();
        self.problems.push(ConfigProblem { span, message, help: None, related: Vec::new() });
        self.problems.last_mut().expect("internal error: just pushed")
    }

    pub fn wrong_type(&mut self, node: Node<'_>, expected: &str) {
        let found = match (node.view(), node.str()) {
            (View::Scalar(scalar), Some(text)) if !node.is_null() => {
                format!("{} {}", scalar.type_name(), quote(text))
            }
            (_, Some(text)) if !node.is_null() => quote(text),
            (View::Map, _) => "a map".to_owned(),
            (View::Sequence, _) => "a list".to_owned(),
            (View::Template, _) => "a template expression".to_owned(),
            _ => "nothing".to_owned(),
        };
        self.problem(node.span(), format!("expected {expected}, found {found}"));
    }

    /// Whether a node is a map, after a look at its keys: each must be one of `known`.
    pub fn map(&mut self, node: Node<'_>, owner: &str, known: &[&str]) -> bool {
        if !node.is_map() {
            self.wrong_type(node, &format!("a map of {}", list(known)));
            return false;
        }
        for (key, _) in node.entries() {
            let name = key.str().unwrap_or_default();
            if !known.contains(&name) {
                let help = help_with(name, known);
                let message = format!("unknown key {} in {owner}", quote(name));
                self.problem(key.span(), message).help = Some(help);
            }
        }
        true
    }

    /// The entries of a map whose keys are free names.
    pub fn named<'t>(
        &mut self,
        node: Node<'t>,
        expected: &str,
    ) -> Vec<(Spanned<String>, Node<'t>)> {
        if !node.is_map() {
            self.wrong_type(node, expected);
        }
        let mut named = Vec::new();
        for (key, value) in node.entries() {
            match self.text(key) {
                Some(name) => named.push((name, value)),
                None => continue,
            }
        }
        named
    }

    /// The value of a key, read; nothing when the key is absent or null.
    pub fn optional<'t, T>(
        &mut self,
        map: Node<'t>,
        key: &str,
        read: impl FnOnce(&mut Reader, Node<'t>) -> Option<T>,
    ) -> Option<T> {
        let value = map.get(key).filter(|value| !value.is_null())?;
        read(self, value)
    }

    /// Like [`Reader::optional`], and its absence is a problem of the map.
    pub fn required<'t, T>(
        &mut self,
        map: Node<'t>,
        (key, owner): (&str, &str),
        read: impl FnOnce(&mut Reader, Node<'t>) -> Option<T>,
    ) -> Option<T> {
        if map.get(key).is_none_or(Node::is_null) {
            self.problem(map.span(), format!("{owner} has no `{key}`"));
            return None;
        }
        self.optional(map, key, read)
    }

    /// The items that can be read; nothing when the key is absent or null.
    pub fn list<'t, T>(
        &mut self,
        map: Node<'t>,
        (key, expected): (&str, &str),
        mut read: impl FnMut(&mut Reader, Node<'t>) -> Option<T>,
    ) -> Vec<T> {
        let Some(value) = map.get(key).filter(|value| !value.is_null()) else { return Vec::new() };
        if !value.is_sequence() {
            self.wrong_type(value, &format!("a list of {expected}"));
        }
        value.items().filter_map(|item| read(self, item)).collect()
    }

    /// Any scalar as it is written: `1.30` is a version and not the number 1.3.
    pub fn text(&mut self, node: Node<'_>) -> Option<Spanned<String>> {
        match node.str() {
            Some(text) if !node.is_null() && !text.is_empty() => {
                Some(Spanned::new(text.to_owned(), node.span()))
            }
            Some(_) if !node.is_null() => {
                self.problem(node.span(), "expected a string, found an empty one");
                None
            }
            _ => {
                self.wrong_type(node, "a string");
                None
            }
        }
    }

    /// A text in a form of its own; `None` from `parse` means that it is not in that form.
    pub fn parsed<T>(
        &mut self,
        node: Node<'_>,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<Spanned<T>> {
        let value = node.str().filter(|_| !node.is_null()).and_then(parse);
        if value.is_none() {
            self.wrong_type(node, expected);
        }
        Some(Spanned::new(value?, node.span()))
    }

    pub fn integer(&mut self, node: Node<'_>, range: RangeInclusive<u64>) -> Option<Spanned<u64>> {
        let expected = format!("an integer from {} to {}", range.start(), range.end());
        self.parsed(node, &expected, |text| text.parse().ok().filter(|n| range.contains(n)))
    }

    /// One of some words.
    pub fn word(&mut self, node: Node<'_>, words: &[&str]) -> Option<Spanned<String>> {
        let text = self.text(node)?;
        if !words.contains(&text.as_str()) {
            let message = format!("{} is not one of the values", quote(&text));
            self.problem(node.span(), message).help = Some(help_with(&text, words));
            return None;
        }
        Some(text)
    }

    /// A range in its canonical form.
    pub fn range(&mut self, node: Node<'_>) -> Option<Spanned<IpNet>> {
        let net = self.parsed(node, "a range such as `10.0.0.0/16`", parse_range)?;
        if net.value != net.trunc() {
            let message = format!("`{}` has bits set beyond its prefix", *net);
            let help = format!("the range that holds it is `{}`", net.trunc());
            self.problem(net.span, message).help = Some(help);
            return None;
        }
        Some(net)
    }
}

/// Address and prefix length, in the form that Kubernetes takes: no leading zeros, no bare address.
fn parse_range(text: &str) -> Option<IpNet> {
    let (address, length) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let plain = length.bytes().all(|byte| byte.is_ascii_digit());
    if !plain || length.len() > 1 && length.starts_with('0') {
        return None;
    }
    IpNet::new(address, length.parse().ok()?).ok()
}

/// What to write instead of a wrong word.
pub(super) fn help_with(word: &str, known: &[&str]) -> String {
    let known_list = format!("known are {}", list(known));
    match suggest(word, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`? {known_list}"),
        None => known_list,
    }
}

/// `a`, `b` and `c`, in backticks.
fn list(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

/// In backticks, and not longer than a message should be.
pub(super) fn quote(text: &str) -> String {
    const LIMIT: usize = 60;
    match text.char_indices().nth(LIMIT) {
        Some((at, _)) => format!("`{}…`", &text[..at]),
        None => format!("`{text}`"),
    }
}

/// Where the first of two was written.
pub(super) fn first_here(span: Span) -> Vec<Label> {
    vec![Label { span, text: "first written here".to_owned() }]
}
