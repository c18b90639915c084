//! The annotation by which a pod asks Multus for additional networks.
//!
//! Read as Multus reads it (multus-cni `pkg/k8sclient/k8sclient.go`, `parsePodNetworkAnnotation`):
//! a text with a bracket, brace or quote is JSON, any other one is a list of
//! `namespace/name@interface` between commas. Whether the networks exist is not looked at.

use std::ops::Range;

use super::cni_text::strict_problem;
use crate::source::{Span, Spanned};
use crate::syntax::{self, Node, Text, template};

const ANNOTATION: &str = "k8s.v1.cni.cncf.io/networks";

/// The additional networks of a pod.
#[derive(Clone, Debug)]
pub struct PodNetworks {
    /// All of the annotation's value.
    pub span: Span,
    /// Why Multus refuses the whole annotation, and so the pod.
    pub problem: Option<Spanned<String>>,
    pub networks: Vec<NetworkSelection>,
}

/// One network that a pod asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkSelection {
    /// `None`: that of the pod.
    pub namespace: Option<String>,
    pub name: Spanned<String>,
    /// Addresses, with or without the length of a prefix.
    pub ips: Vec<Spanned<String>>,
}

/// Reads the annotation of a pod's metadata; `None` when there is none, or a template makes it.
pub(super) fn read(metadata: Node<'_>) -> Option<PodNetworks> {
    let value = metadata.get("annotations")?.get(ANNOTATION)?;
    let inner = value.inner_text()?;
    let text: &str = &inner.value;
    // Two interfaces in one list look like `@NAME@`.
    let templated = template::is_placeholder(&text.replace('@', " "));
    if text.is_empty() || templated || template::is_engine_template(text) {
        return None;
    }
    let (problem, networks) = match text.contains(['[', '{', '"']) {
        true => of_json(&inner),
        false => of_list(&inner),
    };
    Some(PodNetworks { span: value.span(), problem, networks })
}

type Read = (Option<Spanned<String>>, Vec<NetworkSelection>);

fn of_json(text: &Text<'_>) -> Read {
    let problem = strict_problem(text);
    let parsed = syntax::parse(text.clone(), false);
    let root = parsed.tree.documents().first().map(|document| parsed.tree.root(document));
    let Some(root) = root else { return (problem, Vec::new()) };
    let problem = problem.or_else(|| {
        let first = text.value.len() - text.value.trim_start().len();
        let place = text.span(first..first + 1);
        (!root.is_sequence())
            .then(|| Spanned::new("Multus wants a list, and this is none".to_owned(), place))
    });
    (problem, root.items().filter_map(selection).collect())
}

fn selection(node: Node<'_>) -> Option<NetworkSelection> {
    let text = |value: Node<'_>| {
        let known = !value.is_templated() && !value.is_null();
        known.then(|| Some(Spanned::new(value.str()?.to_owned(), value.span()))).flatten()
    };
    let name = text(node.get("name")?)?;
    let namespace = match node.get("namespace") {
        Some(namespace) => Some(text(namespace)?.value).filter(|namespace| !namespace.is_empty()),
        None => None,
    };
    let ips = node.get("ips").into_iter().flat_map(Node::items).filter_map(text).collect();
    Some(NetworkSelection { namespace, name, ips })
}

fn of_list(text: &Text<'_>) -> Read {
    let mut problem = None;
    let mut networks = Vec::new();
    let mut start = 0;
    for piece in text.value.split(',') {
        let trimmed = piece.trim();
        let lead = start + piece.len() - piece.trim_start().len();
        match item(trimmed) {
            Ok((namespace, name)) => networks.push(NetworkSelection {
                namespace: namespace.map(|range| trimmed[range].to_owned()),
                name: Spanned::new(
                    trimmed[name.clone()].to_owned(),
                    text.span(lead + name.start..lead + name.end),
                ),
                ips: Vec::new(),
            }),
            Err(message) => {
                // Of an empty item there is only the place of a comma to show.
                let place = match trimmed {
                    "" => start.saturating_sub(1)..start.max(1).min(text.value.len()),
                    _ => lead..lead + trimmed.len(),
                };
                problem.get_or_insert(Spanned::new(message, text.span(place)));
            }
        }
        start += piece.len() + 1;
    }
    (problem, networks)
}

/// Where namespace and name stand in `namespace/name@interface`.
fn item(text: &str) -> Result<(Option<Range<usize>>, Range<usize>), String> {
    let (namespace, rest) = match text.split_once('/') {
        Some((namespace, _)) => (Some(0..namespace.len()), namespace.len() + 1),
        None => (None, 0),
    };
    let name = text[rest..].split('@').next().unwrap_or_default();
    let (name, interface) = (rest..rest + name.len(), text[rest..].split_once('@'));
    if text.matches('/').count() > 1 || text.matches('@').count() > 1 {
        return Err(format!("`{text}` is not of the form `namespace/name@interface`"));
    }
    if name.is_empty() {
        return Err("a network without a name".to_owned());
    }
    for part in namespace.iter().chain([&name]).map(|range| &text[range.clone()]) {
        if !is_label(part) {
            return Err(format!("`{part}` is not a name of lower-case letters, digits and `-`"));
        }
    }
    if let Some((_, interface)) = interface
        && interface.len() > MAX_INTERFACE_NAME
    {
        let length = interface.len();
        return Err(format!("the interface name `{interface}` has {length} characters"));
    }
    Ok((namespace, name))
}

/// `IFNAMSIZ` of Linux, less the byte at the end.
const MAX_INTERFACE_NAME: usize = 15;

/// A label of DNS (RFC 1123), of any length as in Multus.
fn is_label(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !text.is_empty() && text.bytes().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    /// The networks as `namespace/name[ips]`, and the place of the problem with its message.
    fn networks(value: &str) -> (Vec<String>, Option<(String, String)>) {
        let text = format!("annotations:\n  k8s.v1.cni.cncf.io/networks: {value}\n");
        let parsed = syntax::parse(Text::whole(FileId::new(0), &text), false);
        let root = parsed.tree.root(&parsed.tree.documents()[0]);
        let Some(read) = read(root) else { return Default::default() };
        let show = |network: &NetworkSelection| {
            let ips: Vec<&str> = network.ips.iter().map(|ip| ip.value.as_str()).collect();
            assert_eq!(text[network.name.span.range()].trim_matches('"'), network.name.value);
            let namespace = network.namespace.as_deref().unwrap_or_default();
            format!("{namespace}/{}{ips:?}", network.name.value)
        };
        let problem =
            read.problem.map(|problem| (text[problem.span.range()].to_owned(), problem.value));
        (read.networks.iter().map(show).collect(), problem)
    }

    #[test]
    fn both_forms_are_read() {
        let table: [(&str, &[&str]); 5] = [
            ("macvlan", &["/macvlan[]"]),
            ("a/b@net1, c@net2 , d", &["a/b[]", "/c[]", "/d[]"]),
            (
                r#"'[{"name": "a", "namespace": "b", "ips": ["10.0.0.1/24"]}, {"name": "c"}]'"#,
                &[r#"b/a["10.0.0.1/24"]"#, "/c[]"],
            ),
            ("'[]'", &[]),
            ("'{{ .Values.networks }}'", &[]),
        ];
        for (value, expected) in table {
            let (networks, problem) = networks(value);
            assert_eq!(networks, expected, "{value}");
            assert_eq!(problem, None, "{value}");
        }
    }

    #[test]
    fn what_multus_refuses_is_found_where_it_stands() {
        let table = [
            (r#"'[{"name": "a",}]'"#, ",", "a comma before the closing `}`"),
            (r#"'{"name": "a"}'"#, "{", "Multus wants a list, and this is none"),
            ("a/b/c", "a/b/c", "`a/b/c` is not of the form `namespace/name@interface`"),
            ("ok, a@b@c", "a@b@c", "`a@b@c` is not of the form `namespace/name@interface`"),
            (
                "ok, My_Net",
                "My_Net",
                "`My_Net` is not a name of lower-case letters, digits and `-`",
            ),
            ("'ok,'", ",", "a network without a name"),
            (
                "a@abcdefghijklmnop",
                "a@abcdefghijklmnop",
                "the interface name `abcdefghijklmnop` has 16 characters",
            ),
        ];
        for (value, place, message) in table {
            let (_, problem) = networks(value);
            assert_eq!(problem, Some((place.to_owned(), message.to_owned())), "{value}");
        }
    }
}
