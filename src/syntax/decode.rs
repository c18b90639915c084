//! From tree to Rust types, by serde.
//!
//! There are two ways in. [`check`] holds a document against a complete schema, a type of
//! k8s-openapi: it reports every misspelt field and every value of the wrong type, and throws the
//! value away, because those types have no room for positions. [`decode`] reads the parts that
//! netvet needs into types of its own whose leaves are [`Field`]s: each knows where it stands,
//! and a value of the wrong type, or one that a template fills in, is `Unknown` while the rest of
//! the document is still read.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;

use rustc_hash::FxHashSet;
use serde::de::{self, Deserialize, DeserializeSeed, IntoDeserializer, Visitor};

use super::scalar::Scalar;
use super::tree::{Node, NodeId, View};
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

/// What is wrong with a document as an object of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A key that the type does not have.
    UnknownField { key: Span, name: String, owner: &'static str, known: &'static [&'static str] },
    /// A value that the type cannot hold.
    WrongType { span: Span, expected: String, found: String },
}

impl Problem {
    pub fn span(&self) -> Span {
        match self {
            Problem::UnknownField { key, .. } => *key,
            Problem::WrongType { span, .. } => *span,
        }
    }
}

/// Reads a node into a type of [`Field`]s. `None` when the node is not a map at all.
pub fn decode<'t, T: Deserialize<'t>>(node: Node<'t>) -> (Option<T>, Vec<Problem>) {
    let context = Context::new(Mode::Read);
    let value = T::deserialize(Deserializer { node, context: &context }).ok();
    (value, context.into_problems())
}

/// Holds a node against a complete schema.
pub fn check<'t, T: Deserialize<'t>>(node: Node<'t>) -> Vec<Problem> {
    let context = Context::new(Mode::Check);
    // A value that a type refuses by itself stops the whole decoding; it is left out and the rest
    // is tried again. The bound keeps a hostile file from costing more than a few passes.
    for _ in 0..20 {
        let Err(error) = T::deserialize(Deserializer { node, context: &context }) else { break };
        let Some((node, span)) = error.node else { break };
        context.note(Problem::WrongType { span, expected: error.message, found: String::new() });
        if !context.poisoned.borrow_mut().insert(node) {
            break;
        }
    }
    context.into_problems()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Check,
    Read,
}

struct Context {
    mode: Mode,
    problems: RefCell<Vec<Problem>>,
    poisoned: RefCell<FxHashSet<NodeId>>,
}

impl Context {
    fn new(mode: Mode) -> Context {
        Context { mode, problems: RefCell::default(), poisoned: RefCell::default() }
    }

    fn note(&self, problem: Problem) {
        let mut problems = self.problems.borrow_mut();
        // Several passes, and aliases, come by the same place again.
        if !problems.contains(&problem) && problems.len() < 100 {
            problems.push(problem);
        }
    }

    /// By place: types decode their fields in an order of their own.
    fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(Problem::span);
        problems
    }
}

/// What stops a decoding. The problem itself is noted in the context where it is found.
#[derive(Debug)]
pub struct Error {
    message: String,
    node: Option<(NodeId, Span)>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Error {
        Error { message: message.to_string(), node: None }
    }
}

#[derive(Clone, Copy)]
struct Deserializer<'c, 't> {
    node: Node<'t>,
    context: &'c Context,
}

impl<'c, 't> Deserializer<'c, 't> {
    fn of(self, node: Node<'t>) -> Deserializer<'c, 't> {
        Deserializer { node, ..self }
    }

    /// A value of the wrong type: noted; when checking, decoding goes on with a dummy.
    fn mismatch<T>(self, expected: &str, dummy: T) -> Result<T, Error> {
        let templated = self.node.is_templated();
        if !templated {
            let found = match self.node.view() {
                View::Scalar(scalar) => match self.node.str() {
                    Some(text) if text.len() <= 60 && scalar != Scalar::Null => {
                        format!("{} `{text}`", scalar.type_name())
                    }
                    _ => scalar.type_name().to_owned(),
                },
                View::Map => "a map".to_owned(),
                View::Sequence => "a list".to_owned(),
                View::Template => "a template".to_owned(),
            };
            let span = self.node.span();
            self.context.note(Problem::WrongType { span, expected: expected.to_owned(), found });
        }
        match self.context.mode {
            Mode::Check => Ok(dummy),
            Mode::Read => Err(Error { message: String::new(), node: None }),
        }
    }

    fn expect_sequence(self) -> Result<(), Error> {
        if self.node.is_sequence() || self.is_empty() {
            Ok(())
        } else {
            self.mismatch("a list", ())
        }
    }

    fn expect_map(self) -> Result<(), Error> {
        if self.node.is_map() || self.is_empty() { Ok(()) } else { self.mismatch("a map", ()) }
    }

    /// Go reads null as a list or map without entries.
    fn is_empty(self) -> bool {
        self.node.is_null() && self.context.mode == Mode::Check
    }

    fn scalar(self) -> Option<Scalar<'t>> {
        match self.node.view() {
            View::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    fn text(self) -> Result<&'t str, Error> {
        match (self.scalar(), self.context.mode) {
            (Some(Scalar::Str(text)), _) => Ok(text),
            // Go leaves a string empty that is null.
            (Some(Scalar::Null), _) => Ok(""),
            // A flag's value is a string, whatever it looks like; the schema tells when it is not.
            (Some(_), Mode::Read) => Ok(self.node.str().unwrap_or_default()),
            _ => self.mismatch("a string", ""),
        }
    }

    fn integer(self) -> Result<i128, Error> {
        match self.scalar() {
            Some(Scalar::Int(value)) => Ok(value),
            Some(Scalar::Float(value)) if value.fract() == 0.0 && value.abs() < 1e15 => {
                Ok(value as i128)
            }
            Some(Scalar::Null) if self.context.mode == Mode::Check => Ok(0),
            _ => self.mismatch("an integer", 0),
        }
    }

    fn number<T: TryFrom<i128> + Default>(self) -> Result<T, Error> {
        let value = self.integer()?;
        T::try_from(value)
            .or_else(|_| self.mismatch("an integer that its type can hold", T::default()))
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
        let result = match self.node.view() {
            View::Scalar(Scalar::Null) => visitor.visit_unit(),
            View::Scalar(Scalar::Bool(value)) => visitor.visit_bool(value),
            View::Scalar(Scalar::Int(value)) => match i64::try_from(value) {
                Ok(value) => visitor.visit_i64(value),
                Err(_) => visitor.visit_u64(u64::try_from(value).unwrap_or(u64::MAX)),
            },
            View::Scalar(Scalar::Float(value)) => visitor.visit_f64(value),
            View::Scalar(Scalar::Str(value)) => visitor.visit_str(value),
            View::Template => visitor.visit_str(""),
            View::Map => return self.deserialize_map(visitor),
            View::Sequence => return self.deserialize_seq(visitor),
        };
        result.map_err(|error| self.placed(error))
    }

    fn deserialize_bool<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.scalar() {
            Some(Scalar::Bool(value)) => visitor.visit_bool(value),
            Some(Scalar::Null) if self.context.mode == Mode::Check => visitor.visit_bool(false),
            _ => visitor.visit_bool(self.mismatch("a boolean", false)?),
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
            _ => visitor.visit_f64(self.mismatch("a number", 0.0)?),
        }
    }

    fn deserialize_char<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_str<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(self.text()?).map_err(|error| self.placed(error))
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
        self.expect_sequence()?;
        visitor.visit_seq(Items { deserializer: self, items: Box::new(self.node.items()) })
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
        self.expect_map()?;
        visitor.visit_map(Entries::of_map(self))
    }

    fn deserialize_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.expect_map()?;
        visitor.visit_map(Entries::of_struct(self, (name, fields)))
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let text = self.node.str().unwrap_or_default();
        visitor.visit_enum(text.into_deserializer()).map_err(|error: Error| self.placed(error))
    }

    fn deserialize_identifier<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(self.node.str().unwrap_or_default())
    }

    fn deserialize_ignored_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }
}

impl Deserializer<'_, '_> {
    /// An error from a type's own visitor belongs to the innermost node that it saw.
    fn placed(self, mut error: Error) -> Error {
        error.node.get_or_insert((self.node.id(), self.node.span()));
        error
    }
}

struct Items<'c, 't> {
    deserializer: Deserializer<'c, 't>,
    items: Box<dyn Iterator<Item = Node<'t>> + 't>,
}

impl<'t> de::SeqAccess<'t> for Items<'_, 't> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'t>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        let Some(item) = self.next_item() else { return Ok(None) };
        match seed.deserialize(item) {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(item.placed(error)),
        }
    }

    /// Exact, so that lists take no more room than they need.
    fn size_hint(&self) -> Option<usize> {
        Some(self.items.size_hint().0)
    }
}

// There is a copy of each generic function for every type of the schema, so what does not depend
// on the type stands apart.
impl<'c, 't> Items<'c, 't> {
    fn next_item(&mut self) -> Option<Deserializer<'c, 't>> {
        let poisoned = self.deserializer.context.poisoned.borrow();
        let node = self.items.by_ref().find(|node| !poisoned.contains(&node.id()))?;
        Some(self.deserializer.of(node))
    }
}

struct Entries<'c, 't> {
    deserializer: Deserializer<'c, 't>,
    entries: Box<dyn Iterator<Item = (Node<'t>, Node<'t>)> + 't>,
    value: Option<Node<'t>>,
}

impl<'c, 't> Entries<'c, 't> {
    /// Go leaves a value of a map zero that is null, whatever its type.
    fn of_map(deserializer: Deserializer<'c, 't>) -> Entries<'c, 't> {
        let checking = deserializer.context.mode == Mode::Check;
        let entries = deserializer.node.entries();
        let entries = Box::new(entries.filter(move |(_, value)| !(checking && value.is_null())));
        Entries { deserializer, entries, value: None }
    }

    /// The entries that a type has fields for; null counts as absent, and of a key that is
    /// written twice the last one counts (serde would refuse the second).
    fn of_struct(
        deserializer: Deserializer<'c, 't>,
        (owner, fields): (&'static str, &'static [&'static str]),
    ) -> Entries<'c, 't> {
        let context = deserializer.context;
        let mut found: Vec<Option<(Node<'t>, Node<'t>)>> = vec![None; fields.len()];
        for (key, value) in deserializer.node.entries() {
            let Some(name) = key.str() else { continue };
            if let Some(index) = fields.iter().position(|field| *field == name) {
                found[index] = (!value.is_null()).then_some((key, value));
            } else if context.mode == Mode::Check && !key.is_templated() && !is_outside_schema(name)
            {
                let name = name.to_owned();
                context.note(Problem::UnknownField { key: key.span(), name, owner, known: fields });
            }
        }
        Entries { deserializer, entries: Box::new(found.into_iter().flatten()), value: None }
    }
}

/// Keys that every document may have, whatever its type says.
fn is_outside_schema(name: &str) -> bool {
    name == "sops" || name.starts_with("x-") || name.starts_with('$')
}

impl<'t> de::MapAccess<'t> for Entries<'_, 't> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'t>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        match self.next_key() {
            Some(name) => seed.deserialize(name.into_deserializer()).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let value = self.next_value_deserializer();
        seed.deserialize(value).map_err(|error| value.placed(error))
    }
}

impl<'c, 't> Entries<'c, 't> {
    fn next_key(&mut self) -> Option<&'t str> {
        let poisoned = self.deserializer.context.poisoned.borrow();
        for (key, value) in self.entries.by_ref() {
            let Some(name) = key.str() else { continue };
            if !poisoned.contains(&value.id()) {
                self.value = Some(value);
                return Some(name);
            }
        }
        None
    }

    fn next_value_deserializer(&mut self) -> Deserializer<'c, 't> {
        let node = self.value.take().expect("internal error: a value before its key");
        self.deserializer.of(node)
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
    use k8s_openapi::api::core::v1::Service;
    use k8s_openapi::api::networking::v1::NetworkPolicy;
    use serde::Deserialize;

    use super::*;
    use crate::source::Sources;
    use crate::syntax::{Text, parse};

    /// `text:problem` for each problem.
    fn check_text<T: for<'t> Deserialize<'t>>(text: &str) -> Vec<String> {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", text.to_owned());
        let parsed = parse(Text::whole(file, text), false);
        let root = parsed.tree.root(&parsed.tree.documents()[0]);
        check::<T>(root)
            .into_iter()
            .map(|problem| match problem {
                Problem::UnknownField { key, owner, .. } => {
                    format!("{}: unknown in {owner}", sources.text(key))
                }
                Problem::WrongType { span, expected, found } => {
                    format!("{}: {expected}, not {found}", sources.text(span))
                }
            })
            .collect()
    }

    #[test]
    fn misspelt_fields_are_found_where_they_stand() {
        let text = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nspec:\n  podSelecter: {}\n  egress:\n  - ports:\n    - {protcol: TCP}\n";
        assert_eq!(
            check_text::<NetworkPolicy>(text),
            ["podSelecter: unknown in NetworkPolicySpec", "protcol: unknown in NetworkPolicyPort"]
        );
    }

    #[test]
    fn several_wrong_values_are_found_in_one_object() {
        let text = "apiVersion: v1\nkind: Service\nspec:\n  ports:\n  - port: eighty\n    targetPort: 1.5\n    nodePort: {}\n  selector: [a]\n  clusterIPs: 10.0.0.1\n";
        assert_eq!(
            check_text::<Service>(text),
            [
                "eighty: an integer, not a string `eighty`",
                "1.5: invalid type: floating point `1.5`, expected IntOrString, not ",
                "{}: an integer, not a map",
                "[a]: a map, not a list",
                "10.0.0.1: a list, not a string `10.0.0.1`",
            ]
        );
    }

    #[test]
    fn templates_are_no_wrong_values() {
        let text = "apiVersion: v1\nkind: Service\nspec:\n  ports:\n  - port: {{ .Values.port }}\n    nodePort: ${NODE_PORT}\n";
        assert_eq!(check_text::<Service>(text), [""; 0]);
    }

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
        let (sample, problems) = decode::<Sample>(root);
        let sample = sample.expect("a map");
        assert_eq!(sample.name.value().map(String::as_str), Some("web"));
        assert_eq!(sources.text(sample.name.span().expect("a span")), "web");
        assert!(sample.port.is_unknown());
        assert!(sample.absent.is_absent());
        assert!(sample.list.items()[1].is_unknown());
        assert_eq!(sample.list.items()[2].value().map(String::as_str), Some("web"));
        assert_eq!(sources.text(sample.list.items()[2].span().expect("a span")), "*n");
        assert_eq!(problems.len(), 1);
    }
}
