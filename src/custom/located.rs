//! Values with their places: an object as Kubernetes reads it, or a part of the model. An
//! evaluation sees the values alone, and what it finds is given its place again here.

use rustc_hash::FxHashMap;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::{Number, Value};

use super::protocol::UNKNOWN;
use crate::config::field_path::Step;
use crate::source::Span;
use crate::syntax::scalar::Scalar;
use crate::syntax::{Node, View};

#[derive(Clone, Debug)]
pub struct Located {
    pub span: Span,
    pub content: Content,
}

#[derive(Clone, Debug)]
pub enum Content {
    Scalar(Value),
    /// Filled in later: nobody can know it.
    Unknown,
    /// Keys with their places, in the order of the file.
    Map(Vec<(String, Span, Located)>),
    List(Vec<Located>),
}

impl Located {
    /// The value of a node as Kubernetes reads it: of a key that is written twice, the last value.
    pub fn of_node(node: Node<'_>) -> Located {
        at_depth(node, 0)
    }

    /// The value at a path, as far as it goes, and the place of the last key on the way; `None`
    /// for one where the path goes on and there is nothing.
    fn follow(&self, path: &[Step]) -> (Option<&Located>, Option<Span>) {
        let mut here = self;
        let mut last_key = None;
        for step in path {
            let next = match (&here.content, step) {
                (Content::Map(entries), Step::Key(key)) => {
                    let entry = entries.iter().find(|(name, _, _)| name == key);
                    entry.map(|(_, span, value)| (value, Some(*span)))
                }
                (Content::List(items), Step::Index(index)) => {
                    items.get(*index).map(|item| (item, None))
                }
                _ => None,
            };
            let Some((next, key)) = next else { return (None, last_key) };
            last_key = key.or(Some(next.start()));
            here = next;
        }
        (Some(here), last_key)
    }

    /// Where a finding about the value at a path points: at a scalar itself, at the key of what is
    /// larger, and at the nearest key above for what is not there.
    pub fn place(&self, path: &[Step]) -> Option<Span> {
        match self.follow(path) {
            (Some(Located { span, content: Content::Scalar(_) | Content::Unknown }), _)
                if !span.is_empty() =>
            {
                Some(*span)
            }
            (_, last_key) => last_key,
        }
    }

    /// Where it begins: its first key or item, as a place that is not longer than a word or two.
    fn start(&self) -> Span {
        match &self.content {
            Content::Map(entries) => {
                entries.first().map_or(self.span, |(_, key, value)| match value.content {
                    Content::Scalar(_)
                        if value.span.file == key.file && key.end <= value.span.start =>
                    {
                        key.to(value.span)
                    }
                    _ => *key,
                })
            }
            Content::List(items) => items.first().map_or(self.span, Located::start),
            Content::Scalar(_) | Content::Unknown => self.span,
        }
    }
}

/// Readers of JSON give up at a depth of 128, and no object of Kubernetes is half as deep.
const DEEPEST: usize = 100;

fn at_depth(node: Node<'_>, depth: usize) -> Located {
    let content = match node.view() {
        View::Scalar(scalar) => json(scalar).map_or(Content::Unknown, Content::Scalar),
        View::Template => Content::Unknown,
        View::Sequence | View::Map if depth > DEEPEST => Content::Unknown,
        View::Sequence => {
            Content::List(node.items().map(|item| at_depth(item, depth + 1)).collect())
        }
        View::Map => Content::Map(entries(node, depth)),
    };
    Located { span: node.span(), content }
}

fn entries(node: Node<'_>, depth: usize) -> Vec<(String, Span, Located)> {
    let mut entries: Vec<(String, Span, Located)> = Vec::new();
    let mut known: FxHashMap<String, usize> = FxHashMap::default();
    for (key, value) in node.entries() {
        let Some(name) = key_name(key) else { continue };
        let entry = (name.clone(), key.span(), at_depth(value, depth + 1));
        match known.get(&name) {
            Some(index) => entries[*index] = entry,
            None => {
                known.insert(name, entries.len());
                entries.push(entry);
            }
        }
    }
    entries
}

/// sigs.k8s.io/yaml turns keys into texts after it has resolved them: `yes: 1` has the key `true`.
fn key_name(key: Node<'_>) -> Option<String> {
    match key.scalar()? {
        Scalar::Bool(value) => Some(value.to_string()),
        Scalar::Int(value) => Some(value.to_string()),
        _ => key.str().map(str::to_owned),
    }
}

/// `None` for numbers that JSON does not have.
fn json(scalar: Scalar<'_>) -> Option<Value> {
    Some(match scalar {
        Scalar::Null => Value::Null,
        Scalar::Bool(value) => Value::Bool(value),
        Scalar::Int(value) => match (i64::try_from(value), u64::try_from(value)) {
            (Ok(value), _) => Value::from(value),
            (Err(_), Ok(value)) => Value::from(value),
            (Err(_), Err(_)) => Value::Number(Number::from_f64(value as f64)?),
        },
        Scalar::Float(value) => Value::Number(Number::from_f64(value)?),
        Scalar::Str(text) => Value::String(text.to_owned()),
    })
}

impl Serialize for Located {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.content {
            Content::Scalar(value) => value.serialize(serializer),
            Content::Unknown => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(UNKNOWN, &())?;
                map.end()
            }
            Content::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, _, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
            Content::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
        }
    }
}
