//! Holds the keys and the types of `daemon.json` against what the daemon takes.
//!
//! First every key is looked up among the flags, as moby's `findConfigurationConflicts` does: an
//! object under a key without a meaning is looked into instead, and what is found there counts as
//! known although nothing reads it. Then the text is decoded, and a value of another type ends it.

use super::keys::{self, Shape, Standing};
use crate::source::Span;
use crate::syntax::scalar::Scalar;
use crate::syntax::{Node, Style};

/// Something in the file that is not as the daemon wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaemonProblem {
    pub kind: DaemonProblemKind,
    /// The key, or of a wrong type the value.
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DaemonProblemKind {
    UnknownKey {
        name: String,
        meant: Option<&'static str>,
    },
    /// A key of the client's `config.json`.
    KeyOfClient {
        name: String,
    },
    /// A key that a version and all later ones refuse.
    RemovedKey {
        name: String,
        since: &'static str,
    },
    /// The name of a flag, which is taken and read by nobody; the key of the file if it has one.
    NameOfFlag {
        name: String,
        key: Option<&'static str>,
    },
    /// An object with keys that belong to the top level.
    Nested {
        name: String,
    },
    /// A value of another type than the daemon decodes.
    WrongType {
        key: String,
        expected: &'static str,
        found: &'static str,
    },
}

/// Everything that is wrong with keys and types, in the order of the text.
pub(super) fn problems(root: Node<'_>) -> Vec<DaemonProblem> {
    let mut check = Check { problems: Vec::new() };
    for (key, value) in root.entries() {
        check.top_level(key, value);
    }
    check.problems
}

struct Check {
    problems: Vec<DaemonProblem>,
}

impl Check {
    fn push(&mut self, kind: DaemonProblemKind, span: Span) {
        self.problems.push(DaemonProblem { kind, span });
    }

    fn top_level(&mut self, key: Node<'_>, value: Node<'_>) {
        let Some(name) = key.str().filter(|_| !key.is_templated()) else { return };
        let nested = |name: &str| DaemonProblemKind::Nested { name: name.to_owned() };
        match keys::standing(name) {
            Standing::Key(shape) => self.value(name, shape, value),
            Standing::Unknown if value.is_map() => {
                let known = self.problems.len();
                for (inner, _) in value.entries() {
                    self.inner(inner);
                }
                if self.problems.len() == known {
                    self.push(nested(name), key.span());
                }
            }
            standing => self.name(name, standing, key.span()),
        }
    }

    /// A key inside an object that the daemon looks into.
    fn inner(&mut self, key: Node<'_>) {
        let Some(name) = key.str().filter(|_| !key.is_templated()) else { return };
        match keys::standing(name) {
            Standing::Key(_) | Standing::Flag(_) => {}
            standing => self.name(name, standing, key.span()),
        }
    }

    fn name(&mut self, name: &str, standing: Standing, span: Span) {
        let name = name.to_owned();
        let kind = match standing {
            Standing::Key(_) => return,
            Standing::Flag(key) => DaemonProblemKind::NameOfFlag { name, key },
            Standing::Removed { since } => DaemonProblemKind::RemovedKey { name, since },
            Standing::OfClient => DaemonProblemKind::KeyOfClient { name },
            Standing::Unknown => {
                let meant = keys::meant(&name);
                DaemonProblemKind::UnknownKey { name, meant }
            }
        };
        self.push(kind, span);
    }

    /// `null` leaves everything as it is, whatever the type.
    fn value(&mut self, key: &str, shape: Shape, value: Node<'_>) {
        if value.is_templated() || value.is_null() {
            return;
        }
        let found = type_of(value);
        let mut each = |expected: &'static str, list: bool, inner: Shape| {
            let has_shape = if list { value.is_sequence() } else { value.is_map() };
            if !has_shape {
                return self.wrong(key, expected, found, value);
            }
            for item in value.items() {
                self.value(key, inner, item);
            }
            for (name, item) in value.entries() {
                let name = format!("{key}.{}", name.str().unwrap_or_default());
                self.value(&name, inner, item);
            }
        };
        let is = |fits: fn(Scalar<'_>) -> bool| json_scalar(value).is_some_and(fits);
        match shape {
            Shape::Text if !is(|it| matches!(it, Scalar::Str(_))) => {
                self.wrong(key, "a string", found, value);
            }
            Shape::Bool if !is(|it| matches!(it, Scalar::Bool(_))) => {
                self.wrong(key, "`true` or `false`", found, value);
            }
            Shape::Int if !is(|it| matches!(it, Scalar::Int(_))) => {
                self.wrong(key, "a whole number", found, value);
            }
            Shape::Text | Shape::Bool | Shape::Int => {}
            Shape::Texts => each("a list of strings", true, Shape::Text),
            Shape::TextMap => each("an object of strings", false, Shape::Text),
            Shape::BoolMap => each("an object of `true` and `false`", false, Shape::Bool),
            Shape::TextMaps => each("an object of objects", false, Shape::TextMap),
            Shape::Map if !value.is_map() => self.wrong(key, "an object", found, value),
            Shape::Map => {}
            Shape::Pools if !value.is_sequence() => {
                self.wrong(key, "a list of objects", found, value);
            }
            Shape::Pools => value.items().for_each(|pool| self.pool(key, pool)),
            Shape::Ulimits if !value.is_map() => self.wrong(key, "an object", found, value),
            Shape::Ulimits => value.entries().for_each(|(name, limit)| {
                self.ulimit(&format!("{key}.{}", name.str().unwrap_or_default()), limit);
            }),
            Shape::Proxies if !value.is_map() => self.wrong(key, "an object", found, value),
            Shape::Proxies => {
                for (name, proxy) in value.entries() {
                    self.inner(name);
                    let name = name.str().unwrap_or_default();
                    if matches!(name, "http-proxy" | "https-proxy" | "no-proxy") {
                        self.value(name, Shape::Text, proxy);
                    }
                }
            }
        }
    }

    /// Go finds fields whatever their case, and passes over those it does not know.
    fn pool(&mut self, key: &str, pool: Node<'_>) {
        if pool.is_templated() || pool.is_null() {
            return;
        }
        if !pool.is_map() {
            return self.wrong(key, "an object with `base` and `size`", type_of(pool), pool);
        }
        for (name, value) in pool.entries() {
            let name = name.str().unwrap_or_default().to_ascii_lowercase();
            match name.as_str() {
                "base" => self.value("base", Shape::Text, value),
                "size" => self.value("size", Shape::Int, value),
                _ => {}
            }
        }
    }

    fn ulimit(&mut self, key: &str, limit: Node<'_>) {
        if limit.is_templated() || limit.is_null() {
            return;
        }
        if !limit.is_map() {
            return self.wrong(key, "an object with `Hard` and `Soft`", type_of(limit), limit);
        }
        for (name, value) in limit.entries() {
            let name = name.str().unwrap_or_default().to_ascii_lowercase();
            match name.as_str() {
                "name" => self.value("Name", Shape::Text, value),
                "hard" => self.value("Hard", Shape::Int, value),
                "soft" => self.value("Soft", Shape::Int, value),
                _ => {}
            }
        }
    }

    fn wrong(&mut self, key: &str, expected: &'static str, found: &'static str, value: Node<'_>) {
        let kind = DaemonProblemKind::WrongType { key: key.to_owned(), expected, found };
        self.push(kind, value.span());
    }
}

/// A scalar as JSON has it: quotes make a string, whatever is in them.
fn json_scalar(value: Node<'_>) -> Option<Scalar<'_>> {
    match value.style()? {
        Style::Plain => value.scalar(),
        _ => value.str().map(Scalar::Str),
    }
}

fn type_of(value: Node<'_>) -> &'static str {
    match json_scalar(value) {
        Some(scalar) => scalar.type_name(),
        None if value.is_map() => "an object",
        None => "a list",
    }
}
