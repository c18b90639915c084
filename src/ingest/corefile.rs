//! Corefiles: files of that name, and what the ConfigMaps of CoreDNS hold.
//!
//! A Corefile that a template engine has to render first is known to be there, and nothing else.

use std::ops::Range;

use crate::source::{Span, Spanned};
use crate::syntax::corefile::{Corefile, Directive, Word};
use crate::syntax::{Comment, Node, Places, Text};

/// A Corefile, or a part of one.
#[derive(Clone, Debug)]
pub struct CorefileText {
    /// Its ranges count from the start of the embedded text: see [`CorefileText::span`].
    pub corefile: Corefile,
    places: Places,
    /// The key of the ConfigMap that it is the value of; `None` for a file.
    pub key: Option<Spanned<String>>,
    pub part: CorefilePart,
    /// A template engine makes a Corefile of it; then `corefile` is empty.
    pub templated: bool,
}

/// How much of a Corefile a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorefilePart {
    /// All of it, up to what it imports.
    Whole,
    /// Server blocks that a Corefile imports: `*.server` in `coredns-custom`.
    ServerBlocks,
    /// Directives that a server block imports: `*.override` in `coredns-custom`.
    Directives,
    /// What looks like a Corefile, under a key of `coredns-custom` that no Corefile imports.
    Ignored,
}

impl CorefileText {
    pub(super) fn read(
        text: &Text<'_>,
        key: Option<Spanned<String>>,
        part: CorefilePart,
    ) -> CorefileText {
        let mut corefile = match part {
            CorefilePart::Whole | CorefilePart::ServerBlocks | CorefilePart::Ignored => {
                Corefile::parse(&text.value)
            }
            CorefilePart::Directives => Corefile::parse_directives(&text.value),
        };
        let templated = is_templated(&corefile);
        if templated {
            let comments = std::mem::take(&mut corefile.comments);
            corefile = Corefile::default();
            corefile.comments = comments;
        }
        CorefileText { corefile, places: text.places().clone(), key, part, templated }
    }

    /// The place in the file of a range of the Corefile.
    pub fn span(&self, range: &Range<usize>) -> Span {
        self.places.span(range.clone())
    }

    /// Comments, `text` being that of the file. In a string with escapes, a line of the Corefile is
    /// none of the file, and a comment cannot speak of its line.
    pub(super) fn comments(&self, text: &str) -> impl Iterator<Item = Comment> {
        self.corefile.comments.iter().filter_map(|range| {
            let span = self.span(range);
            let before = text.get(..span.range().start)?.rsplit('\n').next().unwrap_or_default();
            let after = text.get(span.range().end..)?;
            let ends_line = after.lines().next().is_none_or(|rest| rest.trim().is_empty());
            let own_line = before.trim_start_matches('\u{feff}').trim().is_empty();
            ends_line.then_some(Comment { span, own_line })
        })
    }
}

/// Whether a file is a Corefile by its name: `Corefile`, `Corefile.prod`; not `Corefile.yaml`.
pub(super) fn is_corefile(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some(rest) = name.strip_prefix("Corefile") else { return false };
    let ending = rest.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    let other_format = matches!(ending.as_str(), "yaml" | "yml" | "json" | "md" | "rst" | "html");
    (rest.is_empty() || rest.starts_with(['.', '-', '_'])) && !other_format
}

/// What a key of a ConfigMap's `data` holds. The names of the parts are those that k3s and AKS
/// import: <https://docs.k3s.io/networking/networking-services#coredns-custom-configuration-imports>,
/// <https://learn.microsoft.com/azure/aks/coredns-custom>.
pub(super) fn part_of_key(config_map: &str, key: &str) -> Option<CorefilePart> {
    let is_custom = config_map == "coredns-custom";
    if key == "Corefile" && !is_custom {
        return Some(CorefilePart::Whole);
    }
    if !config_map.contains("coredns") {
        return None;
    }
    match key.rsplit_once('.') {
        Some((_, "server")) => Some(CorefilePart::ServerBlocks),
        Some((_, "override")) => Some(CorefilePart::Directives),
        _ => is_custom.then_some(CorefilePart::Ignored),
    }
}

/// The Corefiles of a ConfigMap. A value that is no text has none.
pub(super) fn of_config_map(config_map: Node<'_>) -> Vec<CorefileText> {
    let name = config_map.at(&["metadata", "name"]).and_then(Node::str).unwrap_or_default();
    let mut corefiles = Vec::new();
    for (key, value) in config_map.get("data").into_iter().flat_map(Node::entries) {
        let Some(part) = key.str().and_then(|key| part_of_key(name, key)) else { continue };
        if let Some(text) = value.inner_text().filter(|_| !value.is_null()) {
            let key = key.str().map(|text| Spanned::new(text.to_owned(), key.span()));
            let read = CorefileText::read(&text, key, part);
            // Files that plugins read may stand there, too.
            if part != CorefilePart::Ignored || looks_like_server_blocks(&read.corefile) {
                corefiles.push(read);
            }
        }
    }
    corefiles
}

fn looks_like_server_blocks(corefile: &Corefile) -> bool {
    let has_directives = corefile.blocks.iter().all(|block| !block.directives.is_empty());
    corefile.problems.is_empty() && !corefile.blocks.is_empty() && has_directives
}

/// Braces of a template engine outside of CoreDNS's own `template` plugin. Variables such as
/// `${VAR}` leave a Corefile readable: they are words that cannot be known.
fn is_templated(corefile: &Corefile) -> bool {
    let mut keys = corefile.blocks.iter().flat_map(|block| &block.keys);
    let blocks = corefile.blocks.iter().map(|block| &block.directives);
    let snippets = corefile.snippets.iter().map(|snippet| &snippet.directives);
    keys.any(has_engine_mark)
        || blocks.chain(snippets).any(|directives| directives.iter().any(needs_engine))
}

/// Bodies nest no deeper than the parser lets them.
fn needs_engine(directive: &Directive) -> bool {
    directive.name.text != "template"
        && (std::iter::once(&directive.name).chain(&directive.args).any(has_engine_mark)
            || directive.body.iter().any(needs_engine))
}

fn has_engine_mark(word: &Word) -> bool {
    // `{%NAME%}` is a variable of CoreDNS.
    word.text.contains("{{") || word.text == "{%" || word.text.starts_with("{%-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Body, FileContents, Outcome, ingest, kubernetes::Kubernetes};
    use crate::source::Sources;

    fn read(path: &str, text: &str) -> (Sources, FileContents) {
        let mut sources = Sources::default();
        let file = sources.add(path, text.to_owned());
        (sources, ingest(file, path, text))
    }

    fn corefiles(contents: &FileContents) -> Vec<&CorefileText> {
        let bodies = contents.resources.iter().map(|resource| &resource.body);
        bodies
            .flat_map(|body| match body {
                Body::Corefile(corefile) => vec![&**corefile],
                Body::Kubernetes(Kubernetes::ConfigMap(map)) => map.corefiles.iter().collect(),
                _ => Vec::new(),
            })
            .collect()
    }

    #[test]
    fn words_in_a_block_scalar_have_their_places() {
        let text = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: coredns}\ndata:\n  Corefile: |\n    .:53 {\n        forward . 1.1.1.1 # netvet: x\n    }\n";
        let (sources, contents) = read("a.yaml", text);
        let corefiles = corefiles(&contents);
        let [corefile] = corefiles[..] else { panic!("one Corefile") };
        let (_, forward) = corefile.corefile.directives("forward").next().expect("a forward");
        assert_eq!(sources.text(corefile.span(&forward.args[1].range)), "1.1.1.1");
        assert_eq!(sources.start(corefile.span(&forward.name.range)).column, 9);
        assert_eq!(sources.text(corefile.key.as_ref().expect("a key").span), "Corefile");
        let [comment] = contents.comments[..] else { panic!("one comment") };
        assert_eq!(sources.text(comment.span), "# netvet: x");
        assert!(!comment.own_line);
    }

    #[test]
    fn words_in_a_json_string_have_their_places() {
        let text = r#"{"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "x"},
            "data": {"Corefile": ".:53 {\n    # netvet: x\n    proxy . 1.1.1.1\n}\n"}}"#;
        let (sources, contents) = read("a.json", text);
        let corefiles = corefiles(&contents);
        let (_, proxy) = corefiles[0].corefile.directives("proxy").next().expect("a proxy");
        assert_eq!(sources.text(corefiles[0].span(&proxy.name.range)), "proxy");
        assert_eq!(sources.text(corefiles[0].span(&proxy.args[1].range)), "1.1.1.1");
        assert_eq!(contents.comments, []);
    }

    #[test]
    fn a_file_is_a_corefile_by_its_name() {
        let (sources, contents) = read("dns/Corefile.prod", "# netvet: x\n.:53 {\n  errors\n}\n");
        assert_eq!(contents.documents[0].kind.as_deref(), Some("Corefile"));
        assert_eq!(contents.documents[0].outcome, Outcome::Read);
        assert_eq!(sources.text(contents.resources[0].name_span()), ".:53");
        assert!(contents.comments[0].own_line);
        assert_eq!(corefiles(&contents)[0].corefile.blocks.len(), 1);
        for (path, expected) in [
            ("Corefile", true),
            ("a/Corefile-dev", true),
            ("a/Corefile.yaml", false),
            ("Corefile.md", false),
            ("Corefiles", false),
            ("Corefile/a", false),
        ] {
            assert_eq!(is_corefile(path), expected, "{path}");
        }
    }

    #[test]
    fn the_parts_of_a_custom_configuration_are_told_apart() {
        let text = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: coredns-custom}\ndata:\n  log.override: log\n  a.server: 'a.org {\n\n    log\n\n    }'\n  Corefile-backup: x\n  note: x\n";
        let (_, contents) = read("a.yaml", text);
        let parts: Vec<_> = corefiles(&contents).iter().map(|corefile| corefile.part).collect();
        assert_eq!(parts, [CorefilePart::Directives, CorefilePart::ServerBlocks]);
        assert_eq!(part_of_key("other", "a.server"), None);
    }

    #[test]
    fn templates_are_told_from_the_template_plugin() {
        let table = [
            (".:53 {\n kubernetes {{ dns_domain }}\n}", true),
            (".:53 {\n{% if x %}\n log\n{% endif %}\n}", true),
            ("{{ zone }}:53 {\n log\n}", true),
            (".:53 {\n template IN A {\n  answer \"{{ .Name }} 60 IN A 1.1.1.1\"\n }\n}", false),
            ("{%ZONE%}:53 {\n forward . ${UPSTREAM} {$OTHER}\n}", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_templated(&Corefile::parse(text)), expected, "{text}");
            let (_, contents) = read("Corefile", text);
            assert_eq!(contents.resources.is_empty(), expected, "{text}");
        }
    }
}
