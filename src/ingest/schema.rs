//! Holds objects of built-in kinds against the API of Kubernetes 1.37: finds misspelt fields and
//! values of the wrong type.
//!
//! The API stands in `schema.txt`, one type after the other; `tests/schema.rs` holds it against
//! k8s-openapi. Removed API versions are not in it, nor are custom resources: of those, nothing
//! is said here. Nor of what an object lacks, or of what a text means.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::{Problem, ProblemKind};
use crate::source::Span;
use crate::syntax::scalar::Scalar;
use crate::syntax::{Node, View};

/// More than anybody reads of one object.
const MAX_PROBLEMS: usize = 100;

/// What is wrong with an object of a kind that has a schema, by place; nothing for other kinds.
pub(super) fn check_object(
    api_version: &str,
    kind: &str,
    document: usize,
    node: Node<'_>,
) -> Vec<Problem> {
    let table: &'static Table = &TABLE;
    let root = table.kinds.iter().find(|root| root.kind == kind && root.api_version == api_version);
    let Some(root) = root else { return Vec::new() };
    let mut walk = Walk { types: &table.types, kind, document, problems: Vec::new() };
    walk.object(node, &table.types[root.index]);
    walk.problems.sort_by_key(|problem| problem.span);
    walk.problems
}

struct Walk<'k> {
    types: &'static [Type],
    kind: &'k str,
    document: usize,
    problems: Vec<Problem>,
}

impl Walk<'_> {
    fn object(&mut self, node: Node<'_>, owner: &'static Type) {
        // Of a key that is written twice the last one counts.
        let mut values: Vec<Option<Node<'_>>> = vec![None; owner.fields.len()];
        for (key, value) in node.entries() {
            let Some(name) = key.str() else { continue };
            match owner.fields.binary_search(&name) {
                Ok(field) => values[field] = Some(value),
                Err(_) if key.is_templated() || is_outside_schema(name) => {}
                Err(_) => self.note(key.span(), self.unknown_field(name, owner)),
            }
        }
        for (value, shape) in values.into_iter().zip(&owner.shapes) {
            if let Some(value) = value {
                self.value(value, shape);
            }
        }
    }

    /// Go reads null as a value that is empty, whatever its type.
    fn value(&mut self, node: Node<'_>, shape: &'static Shape) {
        match (shape, node.view()) {
            (Shape::Any, _) | (_, View::Template | View::Scalar(Scalar::Null)) => {}
            (Shape::Object(index), View::Map) => self.object(node, &self.types[*index]),
            (Shape::Map(shape), View::Map) => {
                for (_, value) in node.entries().filter(|(key, _)| key.str().is_some()) {
                    self.value(value, shape);
                }
            }
            (Shape::List(shape), View::Sequence) => {
                for item in node.items() {
                    self.value(item, shape);
                }
            }
            (Shape::Scalar(kind), View::Scalar(scalar)) => {
                if let Err(expected) = kind.hold(scalar) {
                    self.note(node.span(), wrong_type(expected, node));
                }
            }
            (Shape::Object(_) | Shape::Map(_), _) => {
                self.note(node.span(), wrong_type("a map", node));
            }
            (Shape::List(_), _) => self.note(node.span(), wrong_type("a list", node)),
            (Shape::Scalar(kind), _) => self.note(node.span(), wrong_type(kind.name(), node)),
        }
    }

    fn unknown_field(&self, name: &str, owner: &'static Type) -> ProblemKind {
        ProblemKind::UnknownField {
            kind: self.kind.to_owned(),
            owner: owner.name.to_owned(),
            name: name.to_owned(),
            known: &owner.fields,
        }
    }

    fn note(&mut self, span: Span, kind: ProblemKind) {
        let problem = Problem { document: self.document, kind, span };
        // Aliases come by the same place again.
        if self.problems.len() < MAX_PROBLEMS && !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// Keys that every document may have, whatever its type says.
fn is_outside_schema(name: &str) -> bool {
    name == "sops" || name.starts_with("x-") || name.starts_with('$')
}

fn wrong_type(expected: &'static str, node: Node<'_>) -> ProblemKind {
    let found = match node.view() {
        View::Scalar(scalar) => match node.str() {
            Some(text) if text.len() <= 60 => format!("{} `{text}`", scalar.type_name()),
            _ => scalar.type_name().to_owned(),
        },
        View::Map => "a map".to_owned(),
        View::Sequence => "a list".to_owned(),
        View::Template => "a template".to_owned(),
    };
    ProblemKind::WrongType { expected, found }
}

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::parse(include_str!("schema.txt")));

struct Table {
    kinds: Vec<Kind>,
    types: Vec<Type>,
}

/// A type that is the whole of a document.
struct Kind {
    api_version: &'static str,
    kind: &'static str,
    index: usize,
}

struct Type {
    name: &'static str,
    /// Sorted.
    fields: Vec<&'static str>,
    /// Of each field.
    shapes: Vec<Shape>,
}

enum Shape {
    /// The index of its type.
    Object(usize),
    Map(Box<Shape>),
    List(Box<Shape>),
    Scalar(ScalarType),
    Any,
}

#[derive(Clone, Copy)]
enum ScalarType {
    Base64,
    Boolean,
    Int32,
    Int64,
    IntOrString,
    Quantity,
    String,
    Time,
}

impl ScalarType {
    fn name(self) -> &'static str {
        match self {
            ScalarType::Base64 => "a text in base64",
            ScalarType::Boolean => "a boolean",
            ScalarType::Int32 | ScalarType::Int64 => "an integer",
            ScalarType::IntOrString => "an integer or a string",
            ScalarType::Quantity => "a number or a string",
            ScalarType::String => "a string",
            ScalarType::Time => "a time such as `2026-01-31T12:00:00Z`",
        }
    }

    /// Whether the type can hold a value, or what it could.
    fn hold(self, scalar: Scalar<'_>) -> Result<(), &'static str> {
        let integer = match scalar {
            Scalar::Int(value) => Some(value),
            // `1e3` is an integer, too.
            Scalar::Float(value) if value.fract() == 0.0 && value.abs() < 1e15 => {
                Some(value as i128)
            }
            _ => None,
        };
        let fits = match (self, scalar, integer) {
            (ScalarType::Int32, _, Some(value))
            | (ScalarType::IntOrString, Scalar::Int(value), _) => {
                return integer_fits(i32::try_from(value).is_ok());
            }
            (ScalarType::Int64, _, Some(value)) => {
                return integer_fits(i64::try_from(value).is_ok());
            }
            (ScalarType::Base64, Scalar::Str(text), _) => is_base64(text),
            (ScalarType::Time, Scalar::Str(text), _) => is_time(text),
            (ScalarType::Boolean, Scalar::Bool(_), _)
            | (ScalarType::IntOrString | ScalarType::String, Scalar::Str(_), _)
            | (ScalarType::Quantity, Scalar::Int(_) | Scalar::Float(_) | Scalar::Str(_), _) => true,
            _ => false,
        };
        if fits { Ok(()) } else { Err(self.name()) }
    }
}

fn integer_fits(fits: bool) -> Result<(), &'static str> {
    if fits { Ok(()) } else { Err("an integer that its type can hold") }
}

/// Go's standard encoding, which passes over line breaks.
fn is_base64(text: &str) -> bool {
    let digits = || text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n'));
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let padding = digits().skip_while(is_digit).count();
    padding <= 2 && digits().count() % 4 == 0 && digits().skip_while(is_digit).all(|b| b == b'=')
}

/// The shape of RFC 3339, which `metav1.Time` is read as; days of the calendar are not counted.
fn is_time(text: &str) -> bool {
    let is_shaped = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(byte, wanted)| match wanted {
                b'0' => byte.is_ascii_digit(),
                _ => byte == wanted,
            })
    };
    let Some((date, rest)) = text.split_at_checked("0000-00-00T00:00:00".len()) else {
        return false;
    };
    let rest = match rest.strip_prefix(['.', ',']) {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    is_shaped(date, "0000-00-00T00:00:00")
        && (rest == "Z" || is_shaped(rest, "+00:00") || is_shaped(rest, "-00:00"))
}

impl Table {
    /// A line without indent begins a type: its name, after its API version when it is a kind.
    /// The others are fields with their types.
    fn parse(text: &'static str) -> Table {
        let lines = || text.lines().filter(|line| !line.starts_with('#'));
        let headers = lines().filter(|line| !line.starts_with(' '));
        let mut kinds = Vec::new();
        let mut types: Vec<Type> = Vec::new();
        let mut indexes: FxHashMap<&str, usize> = FxHashMap::default();
        for header in headers {
            let (api_version, name) = header.rsplit_once(' ').unwrap_or(("", header));
            if !api_version.is_empty() {
                kinds.push(Kind { api_version, kind: name, index: types.len() });
            }
            indexes.insert(name, types.len());
            types.push(Type { name, fields: Vec::new(), shapes: Vec::new() });
        }
        let mut owners = types.iter_mut();
        let mut owner = None;
        for line in lines() {
            let Some(field) = line.strip_prefix("  ") else {
                owner = owners.next();
                continue;
            };
            let (name, shape) = field.split_once(' ').expect("internal error: a field has a type");
            let owner = owner.as_mut().expect("internal error: a field stands below its type");
            owner.fields.push(name);
            owner.shapes.push(Shape::parse(shape, &indexes));
        }
        Table { kinds, types }
    }
}

impl Shape {
    fn parse(text: &str, types: &FxHashMap<&str, usize>) -> Shape {
        if let Some(item) = text.strip_prefix("[]") {
            return Shape::List(Box::new(Shape::parse(item, types)));
        }
        if let Some(value) = text.strip_prefix("{}") {
            return Shape::Map(Box::new(Shape::parse(value, types)));
        }
        Shape::Scalar(match text {
            "any" => return Shape::Any,
            "base64" => ScalarType::Base64,
            "boolean" => ScalarType::Boolean,
            "int32" => ScalarType::Int32,
            "int64" => ScalarType::Int64,
            "int-or-string" => ScalarType::IntOrString,
            "quantity" => ScalarType::Quantity,
            "string" => ScalarType::String,
            "time" => ScalarType::Time,
            name => {
                let index = types.get(name).expect("internal error: a type without fields");
                return Shape::Object(*index);
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;
    use crate::syntax::{Text, parse};

    /// `text: problem` for each problem of an object.
    fn check(api_version: &str, kind: &str, text: &str) -> Vec<String> {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", text.to_owned());
        let parsed = parse(Text::whole(file, text), false);
        let root = parsed.tree.root(&parsed.tree.documents()[0]);
        let problems = check_object(api_version, kind, 0, root).into_iter();
        problems
            .map(|problem| match problem.kind {
                ProblemKind::UnknownField { owner, .. } => {
                    format!("{}: unknown in {owner}", sources.text(problem.span))
                }
                ProblemKind::WrongType { expected, found } => {
                    format!("{}: {expected}, not {found}", sources.text(problem.span))
                }
                other => format!("{other:?}"),
            })
            .collect()
    }

    fn service_with_ports(ports: &str) -> Vec<String> {
        check("v1", "Service", &format!("spec:\n  ports:\n  - {ports}\n"))
    }

    #[test]
    fn fields_are_sorted_so_that_they_are_found() {
        for owner in &TABLE.types {
            assert!(owner.fields.is_sorted(), "{}", owner.name);
        }
    }

    #[test]
    fn misspelt_fields_are_found_where_they_stand() {
        let text = "spec:\n  podSelecter: {}\n  egress:\n  - ports:\n    - {protcol: TCP}\n";
        assert_eq!(
            check("networking.k8s.io/v1", "NetworkPolicy", text),
            ["podSelecter: unknown in NetworkPolicySpec", "protcol: unknown in NetworkPolicyPort"]
        );
        assert_eq!(check("networking.k8s.io/v1beta1", "NetworkPolicy", text), [""; 0]);
    }

    #[test]
    fn several_wrong_values_are_found_in_one_object() {
        let text = "apiVersion: v1\nkind: Service\nspec:\n  ports:\n  - port: eighty\n    targetPort: 1.5\n    nodePort: {}\n  selector: [a]\n  clusterIPs: 10.0.0.1\n";
        assert_eq!(
            check("v1", "Service", text),
            [
                "eighty: an integer, not a string `eighty`",
                "1.5: an integer or a string, not a number `1.5`",
                "{}: an integer, not a map",
                "[a]: a map, not a list",
                "10.0.0.1: a list, not a string `10.0.0.1`",
            ]
        );
    }

    #[test]
    fn integers_have_bounds() {
        let expected = "an integer that its type can hold, not an integer";
        for port in ["3000000000", "-3000000000"] {
            let found = service_with_ports(&format!("port: {port}"));
            assert_eq!(found, [format!("{port}: {expected} `{port}`")]);
        }
        assert_eq!(service_with_ports("port: 1e3"), [""; 0]);
    }

    #[test]
    fn templates_and_null_are_no_wrong_values() {
        let text = "spec:\n  ports:\n  - port: {{ .Values.port }}\n    nodePort: ${NODE_PORT}\n    name: null\n  - null\n  selector: null\n";
        assert_eq!(check("v1", "Service", text), [""; 0]);
    }

    #[test]
    fn the_last_of_two_values_counts_and_the_keys_of_tools_are_free() {
        assert_eq!(service_with_ports("{port: a, port: 80}"), [""; 0]);
        assert_eq!(service_with_ports("{port: 80, port: a}").len(), 1);
        assert_eq!(service_with_ports("{x-note: a, $patch: delete, port: 80}"), [""; 0]);
    }

    #[test]
    fn times_and_base64_are_looked_at() {
        for time in ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.5+01:00"] {
            assert!(is_time(time), "{time}");
        }
        for time in ["", "null", "2026-01-31", "2026-01-31T12:00:00", "2026-01-31 12:00:00Z"] {
            assert!(!is_time(time), "{time}");
        }
        for text in ["", "YQ==", "YWI=", "YWJj", "YWJj\nYWI=\n"] {
            assert!(is_base64(text), "{text}");
        }
        for text in ["YQ", "Y===", "YQ==YQ==", "Y Q=", "YWJjä"] {
            assert!(!is_base64(text), "{text}");
        }
    }
}
