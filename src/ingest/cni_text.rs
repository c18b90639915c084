//! From the text of a CNI configuration to a resource, wherever the text stands.
//!
//! The text is held against JSON to the letter and read as YAML, which forgives. So a text that
//! no runtime would read is a resource too: one with a problem, which a rule reports.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use super::cni::{self, CniConfig, CniOrigin};
use super::kubernetes::ObjectMeta;
use super::{Body, DocumentInfo, Outcome, Problem, ProblemKind, Reader, Resource, content_hash};
use crate::source::{Span, Spanned};
use crate::syntax::{self, Node, Text, json, template};

impl Reader<'_> {
    /// A file that is one configuration. Its documents are put down here.
    pub(super) fn cni_file(&mut self, text: &str) {
        let whole = Text::whole(self.file, text);
        let strict = strict_problem(&whole);
        let parsed = syntax::parse(whole.clone(), false);
        let root = parsed.tree.documents().first().map(|document| parsed.tree.root(document));
        let templated = template::is_engine_template(text);
        let outcome = match root {
            Some(root) if root.is_map() => {
                self.cni(0, CniOrigin::File, root, strict.clone());
                Outcome::Read
            }
            // Braces of a template engine make what is no map, too.
            _ if templated => Outcome::Skipped(template::engine(text)),
            // JSON that the parser cannot take says why itself: it nests too deeply.
            None if strict.is_none() => Outcome::Broken,
            _ => {
                let problem = strict.clone().unwrap_or_else(|| no_object(&whole));
                self.broken_cni(0, CniOrigin::File, &whole, problem);
                Outcome::Read
            }
        };
        let kind = (outcome == Outcome::Read).then(|| "CNI configuration".to_owned());
        let span = Span::new(self.file, 0..text.len());
        let is_broken = outcome == Outcome::Broken;
        let info = DocumentInfo { index: 0, span, kind, outcome };
        self.contents.documents.push(info);
        // What is not JSON is told once, and in the words of JSON.
        for problem in parsed.problems {
            if is_broken || problem.kind.is_duplicate_key() {
                let (kind, span) = (ProblemKind::Syntax(problem.kind), problem.span);
                self.contents.problems.push(Problem { document: 0, kind, span });
            }
        }
    }

    /// Whether the file is a configuration that is not JSON.
    pub(super) fn has_broken_cni(&self) -> bool {
        self.contents.resources.iter().any(|resource| match &resource.body {
            Body::Cni(config) => {
                config.origin == CniOrigin::File && config.strict_problem.is_some()
            }
            _ => false,
        })
    }

    /// A value that an installer writes to every node.
    pub(super) fn cni_in_config_map(&mut self, document: usize, key: &str, value: Node<'_>) {
        let Some(inner) = value.inner_text() else { return };
        if !inner.value.trim_start().starts_with('{') {
            return;
        }
        let parsed = syntax::parse(inner.clone(), false);
        let root = parsed.tree.documents().first().map(|document| parsed.tree.root(document));
        let strict = strict_problem(&inner);
        if let Some(root) = root {
            let has = |key| root.get(key).is_some();
            if has("cniVersion") || has("plugins") || has("type") {
                self.cni(document, CniOrigin::ConfigMap, root, strict);
            }
            return;
        }
        // Many programs have files named `.conf`.
        let is_meant = !key.ends_with(".conf") || inner.value.contains("\"cniVersion\"");
        if let Some(problem) = strict.filter(|_| is_meant) {
            self.broken_cni(document, CniOrigin::ConfigMap, &inner, problem);
        }
    }

    /// `spec.config` of a NetworkAttachmentDefinition. An empty one stands for a file on the node.
    pub(super) fn network_attachment(&mut self, document: usize, key: Node<'_>, value: Node<'_>) {
        let origin = CniOrigin::NetworkAttachment;
        if value.is_null() {
            return;
        }
        let Some(inner) = value.inner_text() else {
            if value.is_templated() {
                return;
            }
            let found = if value.is_map() { "a map" } else { "a list" };
            let problem = format!("{found} where a text with JSON in it belongs");
            let text = Text::whole(self.file, "");
            self.broken_cni(document, origin, &text, Spanned::new(problem, key.span()));
            return;
        };
        if inner.value.trim().is_empty() {
            return;
        }
        let strict = strict_problem(&inner);
        let parsed = syntax::parse(inner.clone(), false);
        let root = parsed.tree.documents().first().map(|document| parsed.tree.root(document));
        let text: &str = &inner.value;
        match root {
            Some(root) if root.is_map() => self.cni(document, origin, root, strict),
            _ if template::is_placeholder(text) || template::is_engine_template(text) => {}
            // Too deep for the parser: nothing is known of it.
            None if strict.is_none() => {}
            _ => {
                let problem = strict.unwrap_or_else(|| no_object(&inner));
                self.broken_cni(document, origin, &inner, problem);
            }
        }
    }

    pub(super) fn cni(
        &mut self,
        document: usize,
        origin: CniOrigin,
        node: Node<'_>,
        strict_problem: Option<Spanned<String>>,
    ) {
        let Some(config) = cni::read(origin, self.path, node) else { return };
        let config = CniConfig { strict_problem, ..config };
        let start = node.span().slice(0..1);
        self.push_cni(document, node.span(), start, content_hash(node), config);
    }

    fn broken_cni(
        &mut self,
        document: usize,
        origin: CniOrigin,
        text: &Text<'_>,
        problem: Spanned<String>,
    ) {
        let mut hasher = FxHasher::default();
        text.value.hash(&mut hasher);
        let span = problem.span;
        let config = CniConfig::broken(origin, self.path, problem);
        self.push_cni(document, span, span, hasher.finish(), config);
    }

    fn push_cni(
        &mut self,
        document: usize,
        span: Span,
        start: Span,
        content: u64,
        config: CniConfig,
    ) {
        self.contents.resources.push(Resource {
            file: self.file,
            document,
            span,
            api_version: Spanned::new(String::new(), start),
            kind: Spanned::new("CNI configuration".to_owned(), start),
            metadata: ObjectMeta { name: config.name.clone(), ..ObjectMeta::default() },
            content,
            body: Body::Cni(Box::new(config)),
        });
    }
}

/// Where and why a text is not JSON.
pub(super) fn strict_problem(text: &Text<'_>) -> Option<Spanned<String>> {
    let (range, message) = json::check(&text.value)?;
    Some(Spanned::new(message, text.span(range)))
}

/// JSON, and yet no configuration.
pub(super) fn no_object(text: &Text<'_>) -> Spanned<String> {
    let value = text.value.trim_end();
    let start = value.len() - value.trim_start().len();
    let first = value[start..].lines().next().unwrap_or_default().len();
    Spanned::new("this is not an object".to_owned(), text.span(start..start + first))
}

#[cfg(test)]
mod tests {
    use crate::ingest::cni::CniConfig;
    use crate::ingest::{Body, FileContents, Outcome, ingest};
    use crate::source::FileId;

    fn read(path: &str, text: &str) -> FileContents {
        ingest(FileId::new(0), path, text)
    }

    fn config(contents: &FileContents) -> Option<&CniConfig> {
        contents.resources.iter().find_map(|resource| match &resource.body {
            Body::Cni(config) => Some(&**config),
            _ => None,
        })
    }

    /// The place and the message of what is not JSON.
    fn problem(path: &str, text: &str) -> Option<(String, String)> {
        let contents = read(path, text);
        assert_eq!(contents.problems, [], "{path}");
        let problem = config(&contents).expect(path).strict_problem.as_ref()?;
        Some((text[problem.span.range()].to_owned(), problem.value.clone()))
    }

    fn found(place: &str, message: &str) -> Option<(String, String)> {
        Some((place.to_owned(), message.to_owned()))
    }

    #[test]
    fn files_are_held_against_json() {
        let comma = "a comma before the closing `}`";
        let table = [
            ("etc/cni/net.d/1.conf", "{\"type\": \"a\",}", found(",", comma)),
            ("etc/cni/net.d/1.json", "{\"type\": \"a\"}", None),
            ("etc/cni/net.d/1.conf", "type: a\n", found("type", "a value without quotes")),
            ("etc/cni/net.d/1.conf", "{\"type\": \"a\"", found("{", "`{` is never closed")),
            ("etc/cni/net.d/1.conflist", "", found("", "there is nothing in it")),
            ("a.conflist", "{\"plugins\": [],}", found(",", comma)),
            ("a.conflist", "[]", found("[]", "this is not an object")),
            ("a.json", "{\"cniVersion\": \"1.0.0\",}", found(",", comma)),
            (
                "a.json",
                "{\"cniVersion\": \"1.0.0\"}\n{\"a\": 1}",
                found("{", "something stands behind the end of the document"),
            ),
            ("a.conflist", "{\n\t\"mtu\": __CNI_MTU__\n}", None),
        ];
        for (path, text, expected) in table {
            assert_eq!(problem(path, text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_configuration_by_name_or_shape_is_left_alone() {
        let table = [
            ("a.conf", "[section]\nkey = value\n"),
            ("xinet.d/a.conf", "{\"type\": \"a\",}"),
            ("package.json", "{\"name\": \"a\",}"),
            ("etc/cni/net.d/10.yaml", "a: 1\n"),
        ];
        for (path, text) in table {
            assert!(config(&read(path, text)).is_none(), "{path}");
        }
    }

    #[test]
    fn json_beyond_the_depth_of_the_parser_is_told_so() {
        let text = format!("{}1{}", "{\"a\":".repeat(9_000), "}".repeat(9_000));
        let contents = read("a.conflist", &text);
        assert_eq!(contents.documents[0].outcome, Outcome::Broken);
        assert_eq!(contents.problems.len(), 1);
        assert!(config(&contents).is_none());
    }

    #[test]
    fn templates_of_files_are_skipped() {
        let text = "{% if x %}\n{\"a\": 1}\n{% endif %}\n";
        let contents = read("a.conflist", text);
        assert_eq!(contents.documents[0].outcome, Outcome::Skipped("jinja-template"));
        assert_eq!(problem("a.conflist", "{\"mtu\": {{ mtu }}, \"type\": \"a\"}"), None);
    }

    #[test]
    fn texts_in_manifests_are_held_against_json_where_they_stand() {
        let map = |key: &str, value: &str| {
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n  {key}: '{value}'\n"
            )
        };
        let attachment = |config: &str| {
            format!(
                "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\nmetadata: {{name: a}}\nspec:\n  config: {config}\n"
            )
        };
        let comma = "a comma before the closing `}`";
        let table = [
            (map("cni-conf.json", "{\"type\": \"a\",}"), found(",", comma)),
            (map("cni-conf.json", "{\"type\": \"a\""), found("{", "`{` is never closed")),
            (attachment("'{\"type\": \"a\",}'"), found(",", comma)),
            (attachment("'{\"type\": \"a\"'"), found("{", "`{` is never closed")),
            (attachment("macvlan"), found("macvlan", "a value without quotes")),
            (
                attachment("{type: macvlan}"),
                found("config", "a map where a text with JSON in it belongs"),
            ),
        ];
        for (text, expected) in table {
            assert_eq!(problem("a.yaml", &text), expected, "{text}");
        }
        for text in [
            map("nginx.conf", "{\"a\""),
            map("nginx.conf", "user nginx;"),
            attachment("''"),
            attachment("null"),
            attachment("${CONFIG}"),
            attachment("{{ .Values.config }}"),
        ] {
            let contents = read("a.yaml", &text);
            assert_eq!(contents.problems, []);
            assert!(config(&contents).is_none(), "{text}");
        }
    }
}
