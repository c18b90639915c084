//! What a fix wants, in terms of values and not of characters.

use super::Safety;
use crate::source::Span;

/// What mends a finding: all of its changes, or none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mend {
    pub title: String,
    pub safety: Safety,
    pub changes: Vec<Change>,
}

impl Mend {
    /// Keeps the meaning, or makes it what it plainly was meant to be.
    pub fn safe(title: impl Into<String>, change: Change) -> Mend {
        Mend { title: title.into(), safety: Safety::Safe, changes: vec![change] }
    }

    /// Changes the meaning; right in most cases.
    pub fn risky(title: impl Into<String>, change: Change) -> Mend {
        Mend { title: title.into(), safety: Safety::Unsafe, changes: vec![change] }
    }
}

/// One change. How it is written, in a block or in braces, in quotes, in a text inside a text, is
/// for the layer `fix` to find out; it drops what cannot be written there.
///
/// A place is that of a value as the model has it: of all of a scalar, or of a part of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// Another text in the place of one, be it a value, a key, or a part of either. `was` is what
    /// must stand there now, up to the notation of numbers and addresses.
    Write { place: Span, was: String, text: String },
    /// Makes a text of a number.
    Quote { place: Span },
    /// Another value in the place of that of an entry.
    Replace { place: Span, value: Value },
    /// A new entry of a map. Nothing is done when the map has the key.
    Entry { beside: Beside, key: String, value: Value },
    /// A new item of a list.
    Item { beside: Beside, value: Value },
    /// Another key for the entry with this value. Nothing is done when the map has the key.
    Rename { place: Span, key: String },
    /// Takes out the entry whose key or value this is, or the item.
    Remove { place: Span },
    /// Makes one item of two maps that follow each other in a list; each place is in its item.
    Join { first: Span, second: Span },
    /// Exchanges two items of a list; each place is in its item.
    Swap { first: Span, second: Span },
    /// A line of a text that has no tree, before the line that starts with a place.
    Line { before: Span, text: String },
    /// A block in braces with one line, behind the directive of a Corefile that a place is.
    Block { behind: Span, text: String },
    /// Takes out the lines that a place fills.
    RemoveLine { place: Span },
}

impl Change {
    pub fn write(place: Span, was: impl Into<String>, text: impl Into<String>) -> Change {
        Change::Write { place, was: was.into(), text: text.into() }
    }

    pub fn entry(beside: Beside, key: &str, value: impl Into<Value>) -> Change {
        Change::Entry { beside, key: key.to_owned(), value: value.into() }
    }
}

/// Where something new stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Beside {
    /// Before the entry or item with a value.
    Before(Span),
    Behind(Span),
    /// At the end of a map or list.
    Inside(Span),
}

/// A value to write.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    Text(String),
    Number(i64),
    Bool(bool),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

impl Value {
    pub fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
        Value::Map(entries.map(|(key, value)| (key.to_owned(), value)).into())
    }

    pub fn is_scalar(&self) -> bool {
        !matches!(self, Value::List(_) | Value::Map(_))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Number(number)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Value {
        Value::List(items)
    }
}
