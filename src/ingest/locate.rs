//! Says where in its document a span lies: `spec.egress[0].ports[1].port` of
//! `NetworkPolicy/shop/web`.
//!
//! Trees are not kept, so this parses the document again; only documents with findings pay.

use std::ops::Range;

use super::corefile::{self, CorefilePart, CorefileText};
use super::{docker, host, identity};
use crate::source::{FileId, Span};
use crate::syntax::corefile::Directive;
use crate::syntax::{self, Node, Text};

/// A place in terms of the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// `Kind/namespace/name` as far as they exist.
    pub object: Option<String>,
    /// The path of the innermost field; after a `!` inside a text in the document.
    pub field: Option<String>,
}

/// Whether a file is one of fields, as YAML and JSON are, by its name.
pub fn has_fields(path: &str) -> bool {
    !corefile::is_corefile(path) && !host::is_host_file(path)
}

/// Locates spans in one document of a file, given by its byte range.
pub fn locate(
    (file, path, text): (FileId, &str, &str),
    document: Range<usize>,
    spans: &[Span],
) -> Vec<Location> {
    if corefile::is_corefile(path) {
        let corefile = CorefileText::read(&Text::whole(file, text), None, CorefilePart::Whole);
        let locate = |span: &Span| {
            let field = corefile_path(&corefile, *span);
            Location { object: Some("Corefile".to_owned()), field }
        };
        return spans.iter().map(locate).collect();
    }
    if host::is_host_file(path) {
        let whole = Text::whole(file, text);
        let locate = |span: &Span| match host::locate(path, &whole, *span) {
            Some((kind, field)) => Location {
                object: Some(kind.to_owned()),
                field: (!field.is_empty()).then_some(field),
            },
            None => Location::default(),
        };
        return spans.iter().map(locate).collect();
    }
    if docker::is_unit(path) {
        let object = Some(docker::UNIT_KIND.to_owned());
        return vec![Location { object, field: None }; spans.len()];
    }
    let parsed = syntax::parse(Text::part(file, text, document), false);
    let root = parsed.tree.documents().first().map(|document| parsed.tree.root(document));
    let Some(root) = root else { return vec![Location::default(); spans.len()] };
    spans.iter().map(|span| locate_one(root, *span)).collect()
}

fn locate_one(root: Node<'_>, span: Span) -> Location {
    let mut object = identity_of(root);
    let mut path = String::new();
    descend(root, span, &mut path, &mut object);
    Location { object, field: (!path.is_empty()).then_some(path) }
}

/// Follows the span down as far as it goes; appends to the path on the way.
fn descend(node: Node<'_>, span: Span, path: &mut String, object: &mut Option<String>) {
    let mut node = node;
    let mut last_key = "";
    let mut object_name = "";
    loop {
        object_name = node.at(&["metadata", "name"]).and_then(Node::str).unwrap_or(object_name);
        let is_list =
            node.get("kind").and_then(Node::str).is_some_and(|kind| kind.ends_with("List"));
        if let Some((key, value)) = node
            .entries()
            .find(|(key, value)| key.span().contains(span) || value.span().contains(span))
        {
            last_key = key.str().unwrap_or_default();
            push_key(path, last_key);
            if is_list && path == "items" {
                let item = value.items().find(|item| item.span().contains(span));
                *object = item.and_then(identity_of).or(object.take());
            }
            if key.span().contains(span) {
                return;
            }
            node = value;
            continue;
        }
        let item = node.items().enumerate().find(|(_, item)| item.span().contains(span));
        let Some((index, item)) = item else { break };
        path.push_str(&format!("[{index}]"));
        node = item;
    }
    let Some(inner) = node.inner_text().filter(|_| node.span() != span) else { return };
    if let Some(part) = corefile::part_of_key(object_name, last_key) {
        let field = corefile_path(&CorefileText::read(&inner, None, part), span);
        path.extend(field.map(|field| format!("!{field}")));
        return;
    }
    let parsed = syntax::parse(inner, false);
    let Some(document) = parsed.tree.documents().first() else { return };
    let root = parsed.tree.root(document);
    if root.is_map() || root.is_sequence() {
        let outer = path.len();
        path.push('!');
        descend(root, span, path, object);
        if path.len() == outer + 1 {
            path.truncate(outer);
        }
    }
}

/// The first key of the server block, and the names of the directives down to the span. A key has
/// dots of its own, so it is never quoted: paths into Corefiles are for reading.
fn corefile_path(text: &CorefileText, span: Span) -> Option<String> {
    let holds = |range: &Range<usize>| text.span(range).contains(span);
    let blocks = text.corefile.blocks.iter().map(|block| {
        (block.keys.first().map(|key| key.text.clone()), &block.range, &block.directives)
    });
    let snippets = text.corefile.snippets.iter().map(|snippet| {
        (Some(format!("({})", snippet.name.text)), &snippet.range, &snippet.directives)
    });
    let (key, _, mut directives) = blocks.chain(snippets).find(|(_, range, _)| holds(range))?;
    let mut steps: Vec<String> = key.into_iter().collect();
    while let Some(directive) = directives.iter().find(|d: &&Directive| holds(&d.range)) {
        steps.push(directive.name.text.clone());
        directives = &directive.body;
    }
    (!steps.is_empty()).then(|| steps.join("."))
}

/// A key with a dot or bracket of its own is quoted, so that a path reads one way only.
fn push_key(path: &mut String, key: &str) {
    if key.contains(['.', '[', ']', '"', '/']) {
        let quoted = key.replace('\\', "\\\\").replace('"', "\\\"");
        path.push_str(&format!("[\"{quoted}\"]"));
        return;
    }
    if !path.is_empty() && !path.ends_with('!') {
        path.push('.');
    }
    path.push_str(key);
}

fn identity_of(node: Node<'_>) -> Option<String> {
    let kind = node.get("kind").and_then(Node::str)?;
    let meta = |key| node.at(&["metadata", key]).and_then(Node::str).unwrap_or_default();
    Some(identity(kind, meta("namespace"), meta("name")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    /// Where the words are: `object: field`.
    fn locate_words(path: &str, text: &str, words: &[&str]) -> Vec<String> {
        let mut sources = Sources::default();
        let file = sources.add(path, text.to_owned());
        let spans: Vec<Span> = words
            .iter()
            .map(|word| {
                let start = text.find(word).expect("the word is there");
                Span::new(file, start..start + word.len())
            })
            .collect();
        let locations = locate((file, path, text), 0..text.len(), &spans);
        let show = |location: Location| {
            let field = location.field.unwrap_or_default();
            format!("{}: {field}", location.object.unwrap_or_default())
        };
        locations.into_iter().map(show).collect()
    }

    const COREFILE: &str = ".:53 a.org {\n    log\n    kubernetes cluster.local {\n      upstream\n    }\n    forward . 1.1.1.1\n}\n(common) {\n    errors\n}\n";

    #[test]
    fn a_path_goes_on_in_a_corefile() {
        let corefile = COREFILE.replace('\n', "\n    ");
        let text = format!(
            "kind: ConfigMap\napiVersion: v1\nmetadata:\n  name: coredns\n  namespace: kube-system\ndata:\n  Corefile: |\n    {corefile}\n"
        );
        let words = ["Corefile", ".:53", "upstream", "1.1.1.1", "errors", "coredns"];
        assert_eq!(
            locate_words("a.yaml", &text, &words),
            [
                "ConfigMap/kube-system/coredns: data.Corefile",
                "ConfigMap/kube-system/coredns: data.Corefile!.:53",
                "ConfigMap/kube-system/coredns: data.Corefile!.:53.kubernetes.upstream",
                "ConfigMap/kube-system/coredns: data.Corefile!.:53.forward",
                "ConfigMap/kube-system/coredns: data.Corefile!(common).errors",
                "ConfigMap/kube-system/coredns: metadata.name",
            ]
        );
    }

    #[test]
    fn a_corefile_of_its_own_has_paths_too() {
        assert_eq!(
            locate_words("dns/Corefile", COREFILE, &["upstream", "a.org"]),
            ["Corefile: .:53.kubernetes.upstream", "Corefile: .:53"]
        );
    }

    #[test]
    fn directives_alone_need_no_key() {
        let text = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: coredns-custom}\ndata:\n  x.override: |\n    forward a.org 10.0.0.1\n";
        assert_eq!(
            locate_words("a.yaml", text, &["10.0.0.1"]),
            ["ConfigMap/coredns-custom: data[\"x.override\"]!forward"]
        );
    }
}
