//! JSON as values of CEL.
//!
//! Maps keep their order, because whoever goes through one must get the same result in every run;
//! and what nobody can know is a value of its own, that tells when an expression depends on it.

use std::any::Any;
use std::cell::Cell;

use cel::ExecutionError;
use cel::common::traits::{
    Adder, Comparer, Container, Divider, Indexer, Iterable, Iterator as ValIterator, Modder,
    Multiplier, Negator, Sizer, Subtractor, Zeroer,
};
use cel::common::types::{
    CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, CelUInt, MAP_TYPE,
    Type,
};
use cel::common::value::{Builtin, BuiltinRef, CowVal, StaticVal, Val};
use serde_json::Value;

use super::protocol::UNKNOWN;

/// A value for CEL. As deep as JSON nests at most.
pub fn of_json(value: &Value) -> Box<dyn Val> {
    match value {
        Value::Null => Box::new(CelNull),
        Value::Bool(value) => Box::new(CelBool::from(*value)),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => Box::new(CelInt::from(value)),
            (None, Some(value)) => Box::new(CelUInt::from(value)),
            (None, None) => Box::new(CelDouble::from(number.as_f64().unwrap_or(f64::NAN))),
        },
        Value::String(text) => Box::new(CelString::from(text.clone())),
        Value::Array(items) => {
            Box::new(CelList::from(items.iter().map(of_json).collect::<Vec<_>>()))
        }
        Value::Object(_) if is_unknown(value) => Box::new(Unknown),
        Value::Object(entries) => {
            let order: Vec<CelString<'static>> =
                entries.keys().map(|key| CelString::from(key.clone())).collect();
            let keys = order.iter().cloned().map(CelMapKey::String);
            let map: std::collections::HashMap<_, _> =
                keys.zip(entries.values().map(of_json)).collect();
            Box::new(OrderedMap { order, map: CelMap::from(map) })
        }
    }
}

/// Whether a value stands for one that nobody can know.
pub fn is_unknown(value: &Value) -> bool {
    value.as_object().is_some_and(|map| map.len() == 1 && map.contains_key(UNKNOWN))
}

/// A map whose keys come in the order of the file.
#[derive(Debug)]
struct OrderedMap {
    order: Vec<CelString<'static>>,
    map: CelMap<'static>,
}

impl Val for OrderedMap {
    fn get_type(&self) -> &Type {
        &MAP_TYPE
    }

    fn cel_type() -> &'static Type {
        &MAP_TYPE
    }

    fn as_container(&self) -> Option<&dyn Container> {
        Some(&self.map)
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(&self.map)
    }

    fn into_indexer<'v>(self: Box<Self>) -> Option<Box<dyn Indexer + 'v>>
    where
        Self: 'v,
    {
        Some(Box::new(self.map))
    }

    fn as_iterable<'b, 'v>(&'b self) -> Option<&'b (dyn Iterable + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_sizer(&self) -> Option<&dyn Sizer> {
        Some(&self.map)
    }

    fn as_zeroer(&self) -> Option<&dyn Zeroer> {
        Some(&self.map)
    }

    fn equals(&self, other: &dyn Val) -> bool {
        self.map.equals(other)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(OrderedMap { order: self.order.clone(), map: self.map.clone() })
    }

    /// So that a map that is written in an expression can be compared with it.
    fn as_builtin<'b, 'v>(&'b self) -> BuiltinRef<'b, 'v>
    where
        Self: 'v,
    {
        BuiltinRef::Map(&self.map)
    }

    fn into_builtin<'v>(self: Box<Self>) -> Option<Builtin<'v>>
    where
        Self: 'v,
    {
        Some(Builtin::Map(self.map))
    }
}

impl Iterable for OrderedMap {
    fn iter<'b, 'v>(&'b self) -> Box<dyn ValIterator<'b, 'v> + 'b>
    where
        Self: 'v,
    {
        Box::new(Keys(self.order.iter()))
    }
}

struct Keys<'b>(std::slice::Iter<'b, CelString<'static>>);

impl<'b, 'v> ValIterator<'b, 'v> for Keys<'b> {
    fn next(&mut self) -> Option<&'b (dyn Val + 'v)> {
        self.0.next().map(|key| key as &(dyn Val + 'v))
    }
}

thread_local! {
    static TOUCHED: Cell<bool> = const { Cell::new(false) };
}

/// Whether something has looked into an [`Unknown`] since this was last asked.
pub fn take_touched() -> bool {
    TOUCHED.replace(false)
}

fn touch<T>() -> Option<T> {
    TOUCHED.set(true);
    None
}

/// What a template fills in. It can be passed on; whoever looks into it is told nothing, and that
/// it was done is remembered.
#[derive(Debug, Clone, Copy)]
pub struct Unknown;

static UNKNOWN_TYPE: Type = Type::new_unspecified_type("unknown");

impl Val for Unknown {
    fn get_type(&self) -> &Type {
        TOUCHED.set(true);
        &UNKNOWN_TYPE
    }

    fn cel_type() -> &'static Type {
        &UNKNOWN_TYPE
    }

    fn as_adder<'b, 'v>(&'b self) -> Option<&'b (dyn Adder + 'v)>
    where
        Self: 'v,
    {
        touch()
    }

    fn as_comparer(&self) -> Option<&dyn Comparer> {
        touch()
    }

    fn as_container(&self) -> Option<&dyn Container> {
        touch()
    }

    fn as_divider<'b, 'v>(&'b self) -> Option<&'b (dyn Divider + 'v)>
    where
        Self: 'v,
    {
        touch()
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        touch()
    }

    fn as_iterable<'b, 'v>(&'b self) -> Option<&'b (dyn Iterable + 'v)>
    where
        Self: 'v,
    {
        touch()
    }

    fn as_modder<'b, 'v>(&'b self) -> Option<&'b (dyn Modder + 'v)>
    where
        Self: 'v,
    {
        touch()
    }

    fn as_multiplier<'b, 'v>(&'b self) -> Option<&'b (dyn Multiplier + 'v)>
    where
        Self: 'v,
    {
        touch()
    }

    fn as_negator<'b, 'v>(&'b self) -> Option<&'b (dyn Negator + 'v)>
    where
        Self: 'v,
    {
        touch()
    }

    fn as_sizer(&self) -> Option<&dyn Sizer> {
        touch()
    }

    fn as_subtractor<'b, 'v>(&'b self) -> Option<&'b (dyn Subtractor + 'v)>
    where
        Self: 'v,
    {
        touch()
    }

    fn as_zeroer(&self) -> Option<&dyn Zeroer> {
        touch()
    }

    fn equals(&self, _other: &dyn Val) -> bool {
        TOUCHED.set(true);
        false
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(Unknown)
    }

    fn as_any(&self) -> Option<&dyn Any> {
        TOUCHED.set(true);
        Some(self)
    }

    fn as_builtin<'b, 'v>(&'b self) -> BuiltinRef<'b, 'v>
    where
        Self: 'v,
    {
        TOUCHED.set(true);
        BuiltinRef::Other
    }
}

impl StaticVal for Unknown {}

/// A bool, if that is what a value is.
pub fn as_bool(value: &CowVal<'_, '_>) -> Option<bool> {
    value.downcast_ref::<CelBool>().map(|value| *value.inner())
}

pub fn as_text(value: &CowVal<'_, '_>) -> Option<String> {
    value.downcast_ref::<CelString<'_>>().map(|text| text.inner().to_owned())
}

/// An error in our words, and not longer than a message should be: errors show the values that
/// they are about, whatever their size.
pub fn describe(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(key) => format!("there is no key `{}`", cut(key)),
        ExecutionError::UndeclaredReference(name) => format!("there is no `{}`", cut(name)),
        other => {
            use std::fmt::Write;
            let mut text = Bounded(String::new());
            // An error is the end of the room, and that is all right.
            let _ = write!(text, "{other}");
            let mut letters = text.0.chars();
            let first = letters.next().map(|first| first.to_lowercase().to_string());
            cut(&(first.unwrap_or_default() + letters.as_str()))
        }
    }
}

/// Takes no more than a message should have.
struct Bounded(String);

impl std::fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        if self.0.len() > LONGEST_MESSAGE {
            return Err(std::fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

const LONGEST_MESSAGE: usize = 400;

/// One line, and not longer than a message should be.
pub fn cut(text: &str) -> String {
    let end = text.char_indices().nth(LONGEST_MESSAGE).map_or(text.len(), |(at, _)| at);
    let ellipsis = if end < text.len() { "…" } else { "" };
    let line = text[..end].split_whitespace().collect::<Vec<_>>().join(" ");
    line + ellipsis
}
