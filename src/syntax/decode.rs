//! From tree to Rust types, by serde.
//!
//! [`decode`] reads the parts that netvet needs into types whose leaves are [`Field`]s: each knows
//! where it stands, and a value of the wrong type, or one that a template fills in, is `Unknown`
//! while the rest of the document is still read. Misspelt fields are not looked for.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, DeserializeSeed, IntoDeserializer, Visitor};

use super::scalar::Scalar;
use super::tree::{Node, View};
use crate::source::{FileId, Span, Spanned};

/// A field of a document: absent (or null), written and understood, or written and not to be
/// known, because it is templated or of the wrong type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Field<T> {
    #[default]
    Absent,
    Known(Spanned<T>),
    Unknown(Span),
}

impl<T> Field<T> {
    pub fn known(&self) -> Option<&Spanned<T>> {
        match self {
            Field::Known(value) => Some(value),
            Field::Absent | Field::Unknown(_) => None,
        }
    }

    pub fn value(&self) -> Option<&T> {
        self.known().map(|spanned| &spanned.value)
    }

    pub fn is_absent(&self) -> bool {
        matches!(self, Field::Absent)
    }

    pub fn is_unknown(&self) -> bool {
        matches!(self, Field::Unknown(_))
    }

    /// A field of this field: absent or unknown where this one is.
    pub fn then<U: Clone>(&self, field: impl FnOnce(&T) -> &Field<U>) -> Field<U> {
        match self {
            Field::Absent => Field::Absent,
            Field::Known(value) => field(value).clone(),
            Field::Unknown(span) => Field::Unknown(*span),
        }
    }

    /// Where it is written, whatever it says.
    pub fn span(&self) -> Option<Span> {
        match self {
            Field::Absent => None,
            Field::Known(value) => Some(value.span),
            Field::Unknown(span) => Some(*span),
        }
    }
}

impl<T> Field<Vec<T>> {
    /// The items of a list that is known; nothing for an absent or unknown one.
    pub fn items(&self) -> &[T] {
        self.value().map_or(&[], Vec::as_slice)
    }
}

/// Reads a node into a type of [`Field`]s. `None` when the node is not a map at all. Along with
/// it come the places of values that their types cannot hold.
pub fn decode<'t, T: Deserialize<'t>>(node: Node<'t>) -> (Option<T>, Vec<Span>) {
    let mismatches = RefCell::default();
    let value = T::deserialize(Deserializer { node, mismatches: &mismatches }).ok();
    (value, mismatches.into_inner())
}

/// What stops a decoding: which value it was is known where it is met.
#[derive(Debug)]
pub struct Error;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that its type cannot hold")
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(_message: T) -> Error {
        Error
    }
}

#[derive(Clone, Copy)]
struct Deserializer<'c, 't> {
    node: Node<'t>,
    mismatches: &'c RefCell<Vec<Span>>,
}

impl<'c, 't> Deserializer<'c, 't> {
    fn of(self, node: Node<'t>) -> Deserializer<'c, 't> {
        Deserializer { node, ..self }
    }

    fn mismatch(self) -> Error {
        if !self.node.is_templated() {
            self.mismatches.borrow_mut().push(self.node.span());
        }
        Error
    }

    fn scalar(self) -> Option<Scalar<'t>> {
        match self.node.view() {
            View::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    fn text(self) -> Result<&'t str, Error> {
        match self.scalar() {
            // Go leaves a string empty that is null.
            Some(Scalar::Null) => Ok(""),
            // A flag's value is a string, whatever it looks like; the schema tells when it is not.
            Some(_) => Ok(self.node.str().unwrap_or_default()),
            None => Err(self.mismatch()),
        }
    }

    fn number<T: TryFrom<i128>>(self) -> Result<T, Error> {
        let value = match self.scalar() {
            Some(Scalar::Int(value)) => Some(value),
            Some(Scalar::Float(value)) if value.fract() == 0.0 && value.abs() < 1e15 => {
                Some(value as i128)
            }
            _ => None,
        };
        value.and_then(|value| T::try_from(value).ok()).ok_or_else(|| self.mismatch())
    }
}

macro_rules! integers {
    ($($method:ident $visit:ident),*) => {$(
        fn $method<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.$visit(self.number()?)
        }
    )*};
}

impl<'t> de::Deserializer<'t> for Deserializer<'_, 't> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.node.view() {
            View::Scalar(Scalar::Null) => visitor.visit_unit(),
            View::Scalar(Scalar::Bool(value)) => visitor.visit_bool(value),
            View::Scalar(Scalar::Int(value)) => match i64::try_from(value) {
                Ok(value) => visitor.visit_i64(value),
                Err(_) => visitor.visit_u64(u64::try_from(value).unwrap_or(u64::MAX)),
            },
            View::Scalar(Scalar::Float(value)) => visitor.visit_f64(value),
            View::Scalar(Scalar::Str(value)) => visitor.visit_str(value),
            View::Template => visitor.visit_str(""),
            View::Map => self.deserialize_map(visitor),
            View::Sequence => self.deserialize_seq(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.scalar() {
            Some(Scalar::Bool(value)) => visitor.visit_bool(value),
            _ => Err(self.mismatch()),
        }
    }

    integers!(
        deserialize_i8 visit_i8, deserialize_i16 visit_i16, deserialize_i32 visit_i32,
        deserialize_i64 visit_i64, deserialize_u8 visit_u8, deserialize_u16 visit_u16,
        deserialize_u32 visit_u32, deserialize_u64 visit_u64
    );

    fn deserialize_f32<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.scalar() {
            Some(Scalar::Int(value)) => visitor.visit_f64(value as f64),
            Some(Scalar::Float(value)) => visitor.visit_f64(value),
            _ => Err(self.mismatch()),
        }
    }

    fn deserialize_char<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_str<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.node.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'t>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name != FIELD {
            return visitor.visit_newtype_struct(self);
        }
        if self.node.is_null() {
            return visitor.visit_unit();
        }
        visitor.visit_seq(FieldAccess { deserializer: self, step: 0 })
    }

    fn deserialize_seq<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        if !self.node.is_sequence() {
            return Err(self.mismatch());
        }
        visitor.visit_seq(Items { deserializer: self, items: self.node.items() })
    }

    fn deserialize_tuple<V: Visitor<'t>>(self, _len: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'t>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        if !self.node.is_map() {
            return Err(self.mismatch());
        }
        let entries = self.node.entries();
        let entries = entries.filter_map(|(key, value)| Some((key.str()?, value)));
        visitor.visit_map(Entries { deserializer: self, entries, value: None })
    }

    fn deserialize_struct<V: Visitor<'t>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if !self.node.is_map() {
            return Err(self.mismatch());
        }
        let entries = fields_of(self.node, fields);
        visitor.visit_map(Entries { deserializer: self, entries, value: None })
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let text = self.node.str().unwrap_or_default();
        visitor.visit_enum(text.into_deserializer())
    }

    fn deserialize_identifier<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(self.node.str().unwrap_or_default())
    }

    fn deserialize_ignored_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }
}

struct Items<'c, 't, I> {
    deserializer: Deserializer<'c, 't>,
    items: I,
}

impl<'t, I: Iterator<Item = Node<'t>>> de::SeqAccess<'t> for Items<'_, 't, I> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'t>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        let Some(item) = self.items.next() else { return Ok(None) };
        seed.deserialize(self.deserializer.of(item)).map(Some)
    }

    /// Exact, so that lists take no more room than they need.
    fn size_hint(&self) -> Option<usize> {
        Some(self.items.size_hint().0)
    }
}

/// The values of a type's fields; null counts as absent, and of a key that is written twice the
/// last one counts (serde would refuse the second).
fn fields_of<'t>(
    node: Node<'t>,
    fields: &'static [&'static str],
) -> impl Iterator<Item = (&'t str, Node<'t>)> {
    let mut found: Vec<Option<Node<'t>>> = vec![None; fields.len()];
    for (key, value) in node.entries() {
        let Some(name) = key.str() else { continue };
        if let Some(index) = fields.iter().position(|field| *field == name) {
            found[index] = (!value.is_null()).then_some(value);
        }
    }
    fields.iter().zip(found).filter_map(|(name, value)| Some((*name, value?)))
}

struct Entries<'c, 't, I> {
    deserializer: Deserializer<'c, 't>,
    entries: I,
    value: Option<Node<'t>>,
}

impl<'t, I: Iterator<Item = (&'t str, Node<'t>)>> de::MapAccess<'t> for Entries<'_, 't, I> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'t>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        let Some((name, value)) = self.entries.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(name.into_deserializer()).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let node = self.value.take().expect("internal error: a value before its key");
        seed.deserialize(self.deserializer.of(node))
    }
}

/// The name by which [`Field`] asks the deserializer for a position; no serialized form has it.
const FIELD: &str = "$netvet::Field";

/// Hands a [`Field`] its file, start and end, whether it can be known, and its value.
struct FieldAccess<'c, 't> {
    deserializer: Deserializer<'c, 't>,
    step: u8,
}

impl<'t> de::SeqAccess<'t> for FieldAccess<'_, 't> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'t>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        let node = self.deserializer.node;
        let span = node.span();
        let step = self.step;
        self.step += 1;
        match step {
            0 => seed.deserialize(span.file.index().into_deserializer()),
            1 => seed.deserialize(span.start.into_deserializer()),
            2 => seed.deserialize(span.end.into_deserializer()),
            3 => seed.deserialize((!node.is_templated()).into_deserializer()),
            _ => seed.deserialize(self.deserializer),
        }
        .map(Some)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Field<T>, D::Error> {
        deserializer.deserialize_newtype_struct(FIELD, FieldVisitor(PhantomData))
    }
}

struct FieldVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for FieldVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Field<T>, E> {
        Ok(Field::Absent)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut access: A) -> Result<Field<T>, A::Error> {
        let mut part = || -> Result<u32, A::Error> { Ok(access.next_element()?.unwrap_or(0)) };
        let (file, start, end) = (part()?, part()?, part()?);
        let span = Span { file: FileId::new(file), start, end };
        if access.next_element()? != Some(true) {
            return Ok(Field::Unknown(span));
        }
        // What is wrong with the value has been noted; here it is simply not known.
        Ok(match access.next_element::<T>() {
            Ok(Some(value)) => Field::Known(Spanned { value, span }),
            _ => Field::Unknown(span),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::source::Sources;
    use crate::syntax::{Text, parse};

    #[derive(Debug, Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Sample {
        name: Field<String>,
        port: Field<i32>,
        list: Field<Vec<Field<String>>>,
        absent: Field<String>,
    }

    #[test]
    fn fields_know_where_they_stand_and_what_cannot_be_known() {
        let text = "name: &n web\nport: eighty\nlist: [a, '{{ b }}', *n]\nabsent: null\n";
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", text.to_owned());
        let parsed = parse(Text::whole(file, text), false);
        let root = parsed.tree.root(&parsed.tree.documents()[0]);
        let (sample, mismatches) = decode::<Sample>(root);
        let sample = sample.expect("a map");
        assert_eq!(sample.name.value().map(String::as_str), Some("web"));
        assert_eq!(sources.text(sample.name.span().expect("a span")), "web");
        assert!(sample.port.is_unknown());
        assert!(sample.absent.is_absent());
        assert!(sample.list.items()[1].is_unknown());
        assert_eq!(sample.list.items()[2].value().map(String::as_str), Some("web"));
        assert_eq!(sources.text(sample.list.items()[2].span().expect("a span")), "*n");
        assert_eq!(mismatches.len(), 1);
        assert_eq!(sources.text(mismatches[0]), "eighty");
    }
}
