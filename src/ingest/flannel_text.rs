//! From the text of a Flannel configuration to a resource, wherever the text stands.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use super::cni_text::strict_problem;
use super::flannel::{self, FlannelConfig, FlannelOrigin};
use super::kubernetes::ObjectMeta;
use super::{Body, Reader, Resource};
use crate::source::{Span, Spanned};
use crate::syntax::{self, Node, Text, template};

impl Reader<'_> {
    /// The value of `net-conf.json` in a ConfigMap.
    pub(super) fn flannel_in_config_map(&mut self, document: usize, value: Node<'_>) {
        let Some(inner) = value.inner_text() else { return };
        let text: &str = &inner.value;
        let parsed = syntax::parse(inner.clone(), false);
        let root = parsed.tree.documents().first().map(|document| parsed.tree.root(document));
        let strict = strict_problem(&inner);
        match root.filter(|root| root.is_map()) {
            Some(root) => self.flannel(document, FlannelOrigin::ConfigMap, root, strict),
            None if template::is_placeholder(text) || template::is_engine_template(text) => {}
            None => {
                let Some(problem) = strict else { return };
                let span = problem.span;
                let config =
                    FlannelConfig { strict_problem: Some(problem), ..FlannelConfig::default() };
                self.push_flannel(document, span, span, config, text);
            }
        }
    }

    /// A file that is one configuration.
    pub(super) fn flannel_file(&mut self, document: usize, origin: FlannelOrigin, node: Node<'_>) {
        let strict = strict_problem(&Text::whole(self.file, self.text));
        self.flannel(document, origin, node, strict);
    }

    fn flannel(
        &mut self,
        document: usize,
        origin: FlannelOrigin,
        node: Node<'_>,
        strict_problem: Option<Spanned<String>>,
    ) {
        let config = FlannelConfig { strict_problem, ..flannel::read(origin, node) };
        let start = node.span().slice(0..1);
        self.push_flannel(document, node.span(), start, config, node.raw());
    }

    fn push_flannel(
        &mut self,
        document: usize,
        span: Span,
        start: Span,
        config: FlannelConfig,
        text: &str,
    ) {
        let mut hasher = FxHasher::default();
        text.hash(&mut hasher);
        self.contents.resources.push(Resource {
            file: self.file,
            document,
            span,
            api_version: Spanned::new(String::new(), start),
            kind: Spanned::new("Flannel configuration".to_owned(), start),
            metadata: ObjectMeta::default(),
            content: hasher.finish(),
            body: Body::Flannel(Box::new(config)),
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::flannel::FlannelConfig;
    use crate::ingest::{Body, FileContents, Outcome, ingest};
    use crate::source::FileId;

    fn read(path: &str, text: &str) -> FileContents {
        ingest(FileId::new(0), path, text)
    }

    fn config(contents: &FileContents) -> Option<&FlannelConfig> {
        contents.resources.iter().find_map(|resource| match &resource.body {
            Body::Flannel(config) => Some(&**config),
            _ => None,
        })
    }

    #[test]
    fn names_are_read_in_any_case_and_keep_their_places() {
        let json = r#"{"network": "10.244.0.0/16", "BACKEND": {"type": "vxlan", "mtu": 1450}}"#;
        let map = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: canal-config}}\ndata:\n  net-conf.json: |\n    {json}\n"
        );
        for (path, text) in
            [("a.yaml", map.as_str()), ("net-conf.json", json), ("etc/flannel.json", json)]
        {
            let contents = read(path, text);
            assert_eq!(contents.problems, [], "{path}");
            let config = config(&contents).expect(path);
            let network = config.network.span().expect("a span");
            assert_eq!(&text[network.range()], "\"10.244.0.0/16\"", "{path}");
            let backend = config.backend.value().expect("a backend");
            assert_eq!(backend.kind.value().map(String::as_str), Some("vxlan"));
            assert_eq!(backend.mtu.value(), Some(&1450));
        }
    }

    #[test]
    fn the_last_of_two_names_counts() {
        let contents =
            read("net-conf.json", r#"{"Network": "10.0.0.0/8", "network": "10.1.0.0/16"}"#);
        let config = config(&contents).expect("a configuration");
        assert_eq!(config.network.value().map(String::as_str), Some("10.1.0.0/16"));
    }

    #[test]
    fn what_a_template_fills_in_is_unknown() {
        let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kube-flannel-cfg}\ndata:\n  net-conf.json: |\n    {\"Network\": \"${POD_CIDR}\", \"Backend\": {\"Type\": \"vxlan\"}}\n";
        let contents = read("a.yaml", text);
        assert!(config(&contents).expect("a configuration").network.is_unknown());
    }

    #[test]
    fn what_is_not_json_says_so() {
        let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kube-flannel-cfg}\ndata:\n  net-conf.json: |\n    {\n      \"Network\": \"10.244.0.0/16\",\n      \"Backend\": {\"Type\": \"vxlan\"},\n    }\n";
        let contents = read("a.yaml", text);
        let problem = config(&contents).and_then(|config| config.strict_problem.as_ref());
        assert_eq!(problem.map(|problem| &text[problem.span.range()]), Some(","));
    }

    #[test]
    fn other_files_with_networks_are_none() {
        for (path, text) in [
            ("docker.json", r#"{"Network": "bridge", "Backend": {"Type": "a"}}"#),
            ("a.json", r#"{"Network": "10.0.0.0/8"}"#),
            ("net-conf.json", "[1]"),
        ] {
            let contents = read(path, text);
            assert!(config(&contents).is_none(), "{path}");
            assert_eq!(contents.documents[0].outcome, Outcome::Skipped("not-recognized"), "{path}");
        }
    }
}
