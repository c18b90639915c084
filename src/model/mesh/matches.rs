//! Whether the conditions of one route take every request that those of a later one would take.
//!
//! What cannot be known takes nothing, and is taken by nothing but a route without conditions.

use super::hosts::is_known_list;
use super::{HttpMatch, HttpRoute, L4Match, StringMatch};
use crate::ingest::Map;
use crate::syntax::decode::Field;

/// A condition on a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pattern<'p> {
    Any,
    Exact(&'p str),
    Prefix(&'p str),
    Regex(&'p str),
    /// That there is one at all.
    Present,
    Unknown,
}

impl<'p> Pattern<'p> {
    fn of(field: &'p Field<StringMatch>) -> Pattern<'p> {
        let Field::Known(known) = field else {
            return if field.is_absent() { Pattern::Any } else { Pattern::Unknown };
        };
        match (&known.exact, &known.prefix, &known.regex) {
            (Field::Known(text), Field::Absent, Field::Absent) => Pattern::Exact(&text.value),
            (Field::Absent, Field::Known(text), Field::Absent) => Pattern::Prefix(&text.value),
            (Field::Absent, Field::Absent, Field::Known(text)) => Pattern::Regex(&text.value),
            (Field::Absent, Field::Absent, Field::Absent) => Pattern::Present,
            _ => Pattern::Unknown,
        }
    }

    fn covers(self, later: Pattern<'_>) -> bool {
        match (self, later) {
            (Pattern::Any, _) => true,
            (Pattern::Unknown, _) | (_, Pattern::Unknown | Pattern::Any) => false,
            (Pattern::Present, _) => true,
            (Pattern::Exact(one), Pattern::Exact(other)) => one == other,
            (Pattern::Prefix(one), Pattern::Exact(other) | Pattern::Prefix(other)) => {
                other.starts_with(one)
            }
            (Pattern::Regex(one), Pattern::Regex(other)) => one == other,
            _ => false,
        }
    }

    /// Whether it takes every path.
    fn is_every_path(self) -> bool {
        matches!(self, Pattern::Any | Pattern::Prefix("/" | "") | Pattern::Regex(".*"))
    }
}

/// Whether a request that the later conditions take is always taken by the earlier ones.
pub fn covers_http(earlier: &HttpMatch, later: &HttpMatch) -> bool {
    covers_path(earlier, later)
        && covers_text(&earlier.scheme, &later.scheme)
        && covers_text(&earlier.method, &later.method)
        && covers_text(&earlier.authority, &later.authority)
        && covers_map(&earlier.headers, &later.headers, |one, other| one.covers(other))
        && covers_map(&earlier.query_params, &later.query_params, |one, other| one.covers(other))
        && covers_map(&earlier.without_headers, &later.without_headers, |one, other| {
            one != Pattern::Unknown && one == other
        })
        && covers_value(&earlier.port, &later.port)
        && covers_labels(&earlier.source_labels, &later.source_labels)
        && covers_value(&earlier.source_namespace, &later.source_namespace)
        && covers_list(&earlier.gateways, &later.gateways)
}

fn covers_path(earlier: &HttpMatch, later: &HttpMatch) -> bool {
    let path = Pattern::of(&earlier.uri);
    let ignores_case = |it: &HttpMatch| it.ignore_uri_case.value().is_some_and(|ignores| *ignores);
    let known = !earlier.ignore_uri_case.is_unknown() && !later.ignore_uri_case.is_unknown();
    path.is_every_path()
        || (known
            && (ignores_case(earlier) || !ignores_case(later))
            && path.covers(Pattern::of(&later.uri)))
}

/// The same for connections, by port, address or the name in the TLS handshake.
pub fn covers_l4(earlier: &L4Match, later: &L4Match) -> bool {
    covers_sni(&earlier.sni_hosts, &later.sni_hosts)
        && covers_list(&earlier.destination_subnets, &later.destination_subnets)
        && covers_value(&earlier.port, &later.port)
        && covers_labels(&earlier.source_labels, &later.source_labels)
        && covers_value(&earlier.source_namespace, &later.source_namespace)
        && covers_list(&earlier.gateways, &later.gateways)
}

fn covers_sni(earlier: &Field<Vec<Field<String>>>, later: &Field<Vec<Field<String>>>) -> bool {
    if earlier.is_absent() {
        return true;
    }
    let takes = |name: &str| {
        earlier.items().iter().filter_map(Field::value).any(|own| match own.strip_prefix('*') {
            Some(suffix) => name.ends_with(suffix),
            None => own == name,
        })
    };
    is_known_list(later)
        && !later.items().is_empty()
        && later.items().iter().filter_map(Field::value).all(|name| takes(name))
}

fn covers_text(earlier: &Field<StringMatch>, later: &Field<StringMatch>) -> bool {
    Pattern::of(earlier).covers(Pattern::of(later))
}

fn covers_value<T: PartialEq>(earlier: &Field<T>, later: &Field<T>) -> bool {
    match (earlier, later) {
        (Field::Absent, _) => true,
        (Field::Known(one), Field::Known(other)) => one.value == other.value,
        _ => false,
    }
}

/// Lists of which any may hold: none means that all do.
fn covers_list(earlier: &Field<Vec<Field<String>>>, later: &Field<Vec<Field<String>>>) -> bool {
    if earlier.is_absent() || (is_known_list(earlier) && earlier.items().is_empty()) {
        return true;
    }
    let contains = |text: &String| earlier.items().iter().any(|own| own.value() == Some(text));
    is_known_list(earlier)
        && is_known_list(later)
        && !later.items().is_empty()
        && later.items().iter().filter_map(Field::value).all(contains)
}

fn covers_map(
    earlier: &Map<StringMatch>,
    later: &Map<StringMatch>,
    covers: impl Fn(Pattern<'_>, Pattern<'_>) -> bool,
) -> bool {
    !earlier.is_unknown()
        && earlier.value().into_iter().flatten().all(|(key, pattern)| {
            let other = later.value().and_then(|later| later.get(key));
            // An entry without a value asks for the presence of the header.
            other.is_some_and(|other| covers(in_map(pattern), in_map(other)))
        })
}

fn in_map(field: &Field<StringMatch>) -> Pattern<'_> {
    match Pattern::of(field) {
        Pattern::Any => Pattern::Present,
        known => known,
    }
}

fn covers_labels(earlier: &Map<String>, later: &Map<String>) -> bool {
    !earlier.is_unknown()
        && earlier.value().into_iter().flatten().all(|(key, value)| {
            let other = later.value().and_then(|later| later.get(key)).and_then(Field::value);
            value.value().is_some() && value.value() == other
        })
}

/// Whether a route takes part in the order of routes as it stands: what it delegates to may let
/// requests through to the next one.
pub fn is_final(route: &HttpRoute) -> bool {
    route.delegate.is_absent()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::syntax::decode::decode;
    use crate::syntax::{Text, parse};

    fn covers(earlier: &str, later: &str) -> bool {
        let read = |text: &str| -> HttpMatch {
            let parsed = parse(Text::whole(FileId::new(0), text), false);
            decode(parsed.tree.root(&parsed.tree.documents()[0])).0.expect("a map")
        };
        covers_http(&read(earlier), &read(later))
    }

    #[test]
    fn a_condition_covers_what_asks_for_no_less() {
        let table = [
            ("{}", "{uri: {prefix: /a}}", true),
            ("{uri: {prefix: /a}}", "{uri: {prefix: /a/b}}", true),
            ("{uri: {prefix: /a}}", "{uri: {exact: /ab}}", true),
            ("{uri: {prefix: /a/b}}", "{uri: {prefix: /a}}", false),
            ("{uri: {prefix: /}}", "{}", true),
            ("{uri: {exact: /}}", "{}", false),
            ("{uri: {regex: /a.*}}", "{uri: {exact: /ab}}", false),
            ("{uri: {regex: /a.*}}", "{uri: {regex: /a.*}}", true),
            ("{uri: {prefix: /a}, method: {exact: GET}}", "{uri: {prefix: /a}}", false),
            ("{uri: {prefix: /a}}", "{uri: {prefix: /a}, method: {exact: GET}}", true),
            ("{headers: {x: {exact: a}}}", "{headers: {x: {exact: a}, y: {exact: b}}}", true),
            ("{headers: {x: {}}}", "{headers: {x: {exact: a}}}", true),
            ("{headers: {x: {exact: a}}}", "{headers: {x: {}}}", false),
            ("{headers: {x: {exact: a}}}", "{}", false),
            ("{withoutHeaders: {x: {exact: a}}}", "{withoutHeaders: {x: {exact: b}}}", false),
            ("{gateways: [mesh]}", "{}", false),
            ("{gateways: [mesh, a]}", "{gateways: [a]}", true),
            ("{sourceLabels: {app: a}}", "{sourceLabels: {app: a}}", true),
            ("{sourceLabels: {app: a}}", "{}", false),
            ("{port: 80}", "{port: 81}", false),
            ("{uri: {prefix: /A}, ignoreUriCase: true}", "{uri: {prefix: /Ab}}", true),
            ("{uri: {prefix: /a}}", "{uri: {prefix: /a}, ignoreUriCase: true}", false),
            ("{uri: {prefix: '${A}'}}", "{uri: {prefix: '${A}'}}", false),
            ("{}", "{uri: {prefix: '${A}'}}", true),
        ];
        for (earlier, later, expected) in table {
            assert_eq!(covers(earlier, later), expected, "{earlier} {later}");
        }
    }
}
