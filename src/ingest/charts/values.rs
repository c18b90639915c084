//! Looking up values by their path, as Helm merges them.

use crate::source::Spanned;
use crate::syntax::Node;
use crate::syntax::decode::Field;

/// Values of one chart, from all that the object or file has of them.
#[derive(Default)]
pub struct Values<'t> {
    /// Maps of values; a later one wins.
    pub nodes: Vec<Node<'t>>,
    /// Single values by their path, as `--set` has them: `ipam.mode`. They win over all maps.
    pub set: Vec<(String, Field<String>)>,
}

impl<'t> Values<'t> {
    pub fn of(node: Node<'t>) -> Values<'t> {
        Values { nodes: vec![node], set: Vec::new() }
    }

    /// What stands at a path in the last map that has it.
    pub fn node(&self, path: &[impl AsRef<str>]) -> Option<Node<'t>> {
        self.nodes.iter().rev().find_map(|node| self::node(*node, path)?.ok())
    }

    /// A scalar as text. A path that goes through a template is unknown.
    pub fn text(&self, path: &[impl AsRef<str>]) -> Field<String> {
        if let Some(set) = self.set(&joined(path)) {
            return set.clone();
        }
        for node in self.nodes.iter().rev() {
            match self::node(*node, path) {
                None => {}
                Some(Err(template)) => return Field::Unknown(template.span()),
                Some(Ok(value)) => return scalar(value),
            }
        }
        Field::Absent
    }

    /// A list of texts, or several in one text; unknown as soon as one of them is.
    pub fn texts(&self, path: &[impl AsRef<str>]) -> Field<Vec<Spanned<String>>> {
        let name = joined(path);
        let listed = self.set(&name).or_else(|| self.set(&format!("{name}[0]")));
        if let Some(text) = listed {
            return split(text.clone());
        }
        for node in self.nodes.iter().rev() {
            match self::node(*node, path) {
                None => {}
                Some(Err(template)) => return Field::Unknown(template.span()),
                Some(Ok(list)) if list.is_sequence() => return items(list),
                Some(Ok(value)) => return split(scalar(value)),
            }
        }
        Field::Absent
    }

    fn set(&self, name: &str) -> Option<&Field<String>> {
        self.set.iter().rev().find(|(path, _)| path == name).map(|(_, value)| value)
    }
}

fn joined(path: &[impl AsRef<str>]) -> String {
    path.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(".")
}

/// `Err` is a template on the way. Null is how a value is taken out again.
fn node<'t>(node: Node<'t>, path: &[impl AsRef<str>]) -> Option<Result<Node<'t>, Node<'t>>> {
    let mut node = node;
    for key in path {
        if node.is_templated() {
            return Some(Err(node));
        }
        node = node.get(key.as_ref())?;
    }
    (!node.is_null()).then_some(Ok(node))
}

fn scalar(node: Node<'_>) -> Field<String> {
    match node.str().filter(|_| !node.is_templated()) {
        Some(text) => Field::Known(Spanned::new(text.to_owned(), node.span())),
        None => Field::Unknown(node.span()),
    }
}

fn items(list: Node<'_>) -> Field<Vec<Spanned<String>>> {
    let items: Option<Vec<_>> = list.items().map(|item| scalar(item).known().cloned()).collect();
    match items {
        Some(items) => Field::Known(Spanned::new(items, list.span())),
        None => Field::Unknown(list.span()),
    }
}

/// Several in one text: `{a,b}` in `--set`, and with blanks or commas between them.
fn split(field: Field<String>) -> Field<Vec<Spanned<String>>> {
    match field {
        Field::Absent => Field::Absent,
        Field::Unknown(span) => Field::Unknown(span),
        Field::Known(text) => {
            let items = text.split(&[' ', ',', '\t', '\n', '\r', '{', '}']);
            Field::Known(Spanned::new(items, text.span))
        }
    }
}
