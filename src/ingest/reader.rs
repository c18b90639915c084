//! One file, from its text to what it holds: which format it is of, its documents one by one, and
//! what is wrong with them as such.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use super::cni::CniOrigin;
use super::kubernetes::{Kubernetes, ObjectMeta};
use super::{
    Body, CorefilePart, CorefileText, DocumentInfo, FileContents, Outcome, Problem, ProblemKind,
    Resource, arguments, body, cni, cni_text, compose, corefile, docker, dockerfile, flannel, host,
    kubespray, kustomize, schema, strict,
};
use crate::source::{FileId, Span, Spanned};
use crate::syntax::decode::decode;
use crate::syntax::{self, Node, Text, template};

/// Reads all documents of a file. `path` is the one for display: it tells formats apart.
pub fn ingest(file: FileId, path: &str, text: &str) -> FileContents {
    let mut contents = read_file(file, path, text);
    // Most files hold one object, and lists begin with room for four; these live to the end.
    contents.documents.shrink_to_fit();
    contents.resources.shrink_to_fit();
    contents
}

fn read_file(file: FileId, path: &str, text: &str) -> FileContents {
    if docker::is_unit(path) {
        return docker::read_unit(file, text);
    }
    let mut contents = FileContents::default();
    if let Some(reason) = skip_reason(path, text) {
        let span = Span::new(file, 0..text.len());
        let outcome = Outcome::Skipped(reason);
        contents.documents.push(DocumentInfo { index: 0, span, kind: None, outcome });
        return contents;
    }
    let speaks_to_us = text.contains("netvet:");
    if corefile::is_corefile(path) {
        let outcome = read_corefile(file, text, &mut contents);
        let span = Span::new(file, 0..text.len());
        let kind = (outcome == Outcome::Read).then(|| "Corefile".to_owned());
        contents.documents.push(DocumentInfo { index: 0, span, kind, outcome });
        return contents;
    }
    if let Some(program) = arguments::program(path) {
        return read_arguments(file, program, text);
    }
    if host::is_host_file(path) {
        return host::read_file(file, path, text);
    }
    let mut reader = Reader { file, path, text, contents };
    if dockerfile::is_dockerfile(path) {
        reader.dockerfile();
        return reader.contents;
    }
    if compose::is_environment_file(path) {
        reader.environment_file();
        return reader.contents;
    }
    if kubespray::is_ini(path) {
        reader.inventory();
        return reader.contents;
    }
    if cni::is_cni_file(path, text) {
        reader.cni_file(text);
        return reader.contents;
    }
    if docker::is_daemon_path(path) {
        reader.docker_daemon_file(text);
        return reader.contents;
    }
    let parsed = syntax::parse(Text::whole(file, text), speaks_to_us);
    for document in parsed.tree.documents() {
        reader.document(document, parsed.tree.root(document));
    }
    let told = reader.has_broken_cni();
    for problem in parsed.problems {
        // What is not JSON is told once, and in the words of JSON.
        if !told || problem.kind.is_duplicate_key() {
            reader.syntax_problem(problem, text);
        }
    }
    reader.forget_strangers();
    reader.contents.comments = parsed.comments;
    if speaks_to_us {
        reader.comments_in_corefiles(text);
    }
    reader.contents
}

/// A file with the flags of one program.
fn read_arguments(file: FileId, program: &str, text: &str) -> FileContents {
    let span = Span::new(file, 0..text.len());
    let start = Span::new(file, 0..0);
    let mut hasher = FxHasher::default();
    text.hash(&mut hasher);
    let kind = format!("arguments of {program}");
    let resource = Resource {
        file,
        document: 0,
        span,
        api_version: Spanned::new(String::new(), start),
        kind: Spanned::new(kind.clone(), start),
        metadata: ObjectMeta::default(),
        content: hasher.finish(),
        body: Body::Arguments(Box::new(arguments::read(file, program, text))),
    };
    let document = DocumentInfo { index: 0, span, kind: Some(kind), outcome: Outcome::Read };
    FileContents { documents: vec![document], resources: vec![resource], ..FileContents::default() }
}

/// Why a file is passed over before it is parsed.
fn skip_reason(path: &str, text: &str) -> Option<&'static str> {
    let is_json = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with('{');
    match () {
        () if template::is_chart_template(path, text) => Some("helm-template"),
        () if arguments::is_named_like_program(path) && arguments::program(path).is_none() => {
            Some("not-recognized")
        }
        () if template::is_ytt(text) => Some("ytt-template"),
        // The files of network plugins are JSON; most others of that ending are not. kubeadm calls
        // kube-proxy's `config.conf`.
        () if path.ends_with(".conf")
            && !is_json
            && !cni::is_cni_file(path, text)
            && !text.contains("kind: KubeProxyConfiguration") =>
        {
            Some("not-recognized")
        }
        () => None,
    }
}

/// Whether a JSON text that cannot be parsed would have told something about a network.
fn is_network_json(path: &str, text: &str) -> bool {
    let marks = ["\"cniVersion\"", "\"plugins\"", "\"apiVersion\"", "\"bip\""];
    let is_daemon = path.rsplit('/').next() == Some("daemon.json");
    is_daemon
        || flannel::is_net_conf_file(path)
        || path.contains("net.d/")
        || marks.iter().any(|mark| text.contains(mark))
}

/// A file that is one Corefile.
fn read_corefile(file: FileId, text: &str, contents: &mut FileContents) -> Outcome {
    let corefile = CorefileText::read(&Text::whole(file, text), None, CorefilePart::Whole);
    if text.contains("netvet:") {
        contents.comments = corefile.comments(text).collect();
    }
    if corefile.templated {
        return Outcome::Skipped(template::engine(text));
    }
    let first_key = corefile.corefile.blocks.first().and_then(|block| block.keys.first());
    let place = corefile.span(&first_key.map_or(0..0, |key| key.range.clone()));
    let mut hasher = FxHasher::default();
    text.hash(&mut hasher);
    contents.resources.push(Resource {
        file,
        document: 0,
        span: Span::new(file, 0..text.len()),
        api_version: Spanned::new(String::new(), place),
        kind: Spanned::new("Corefile".to_owned(), place),
        metadata: ObjectMeta::default(),
        content: hasher.finish(),
        body: Body::Corefile(Box::new(corefile)),
    });
    Outcome::Read
}

/// What an object is.
pub(super) struct TypeMeta {
    kind: Spanned<String>,
    api_version: Spanned<String>,
}

pub(super) struct Reader<'p> {
    pub(super) file: FileId,
    pub(super) path: &'p str,
    pub(super) text: &'p str,
    pub(super) contents: FileContents,
}

impl Reader<'_> {
    pub(super) fn document(&mut self, document: &syntax::Document, root: Node<'_>) {
        let known = self.contents.resources.len();
        let outcome = self.object(document.index, root, None);
        let kind = self.contents.resources.get(known).map(|resource| resource.kind.value.clone());
        let span = Span::new(self.file, document.range.clone());
        let info = DocumentInfo { index: document.index, span, kind, outcome };
        self.contents.documents.push(info);
    }

    /// A Kubernetes object, a list of them, or a document of another format. `of_list` is what the
    /// objects of a typed list are, which need not say so themselves.
    pub(super) fn object(
        &mut self,
        document: usize,
        node: Node<'_>,
        of_list: Option<&TypeMeta>,
    ) -> Outcome {
        if node.is_null() {
            return Outcome::Skipped("empty");
        }
        if node.get("sops").is_some_and(Node::is_map) && node.get("kind").is_none() {
            return Outcome::Skipped("sops-encrypted");
        }
        let text = |key: &str| {
            let value = node.get(key).filter(|value| !value.is_templated())?;
            Some(Spanned::new(value.str()?.to_owned(), value.span()))
        };
        if kustomize::is_kustomization(self.path) {
            return self.kustomization(document, node);
        }
        let kind = text("kind").or_else(|| of_list.map(|list| list.kind.clone()));
        let api_version =
            text("apiVersion").or_else(|| of_list.map(|list| list.api_version.clone()));
        let (Some(kind), Some(api_version)) = (kind, api_version) else {
            return self.not_kubernetes(document, node);
        };
        if kind.ends_with("List") && node.get("items").is_some_and(Node::is_sequence) {
            let single = kind.strip_suffix("List").filter(|single| !single.is_empty());
            let items = single.map(|single| TypeMeta {
                kind: Spanned::new(single.to_owned(), kind.span),
                api_version,
            });
            for item in node.get("items").into_iter().flat_map(Node::items) {
                self.object(document, item, items.as_ref());
            }
            return Outcome::Read;
        }
        let metadata = node.get("metadata").map(decode::<ObjectMeta>);
        let metadata = metadata.and_then(|(metadata, _)| metadata).unwrap_or_default();
        self.check_schema(document, &api_version, &kind, node);
        let body = body(&api_version, &kind, node);
        let name = metadata.name.value().cloned().unwrap_or_default();
        self.contents.resources.push(Resource {
            file: self.file,
            document,
            span: node.span(),
            api_version,
            kind,
            metadata,
            content: content_hash(node),
            body,
        });
        self.embedded(document, &name, node);
        Outcome::Read
    }

    /// Formats without `apiVersion` and `kind`.
    pub(super) fn not_kubernetes(&mut self, document: usize, node: Node<'_>) -> Outcome {
        if let Some(problem) = missing_type_meta(document, node) {
            self.contents.problems.push(problem);
            return Outcome::Broken;
        }
        if cni::is_cni(self.path, node) {
            // In YAML it is somebody's own notation, of which JSON is made.
            let is_json = self.path.ends_with(".json") || self.path.ends_with(".conf");
            let whole = Text::whole(self.file, self.text);
            let strict = is_json.then(|| cni_text::strict_problem(&whole)).flatten();
            self.cni(document, CniOrigin::File, node, strict);
            return Outcome::Read;
        }
        if docker::may_be_daemon_file(self.path) && docker::looks_like_daemon(node) {
            self.docker_daemon_document(document, node);
            return Outcome::Read;
        }
        if let Some(origin) = flannel::is_net_conf(self.path, node) {
            self.flannel_file(document, origin, node);
            return Outcome::Read;
        }
        if self.host_document(document, node) {
            return Outcome::Read;
        }
        self.foreign(document, node)
            .or_else(|| self.chart_document(document, node))
            .unwrap_or(Outcome::Skipped("not-recognized"))
    }

    /// `kind` and `apiVersion` may be left out of a kustomization.
    pub(super) fn kustomization(&mut self, document: usize, node: Node<'_>) -> Outcome {
        let Some(kustomization) = kustomize::read(node) else {
            return Outcome::Skipped("not-recognized");
        };
        let start = Span { end: node.span().start, ..node.span() };
        self.contents.resources.push(Resource {
            file: self.file,
            document,
            span: node.span(),
            api_version: Spanned::new("kustomize.config.k8s.io/v1beta1".to_owned(), start),
            kind: Spanned::new("Kustomization".to_owned(), start),
            metadata: ObjectMeta::default(),
            content: content_hash(node),
            body: Body::Kustomization(Box::new(kustomization)),
        });
        self.inflated_charts(document, node);
        Outcome::Read
    }

    pub(super) fn check_schema(
        &mut self,
        document: usize,
        api_version: &str,
        kind: &str,
        node: Node<'_>,
    ) {
        let problems = schema::check_object(api_version, kind, document, node);
        self.contents.problems.extend(problems);
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
        let misspelt = strict::misspelt_fields(group, kind, document, node);
        self.contents.problems.extend(misspelt);
    }

    /// What YAML takes for a part of a quoted string.
    pub(super) fn comments_in_corefiles(&mut self, text: &str) {
        for resource in &self.contents.resources {
            if let Body::Kubernetes(Kubernetes::ConfigMap(config_map)) = &resource.body {
                let corefiles = config_map.corefiles.iter();
                self.contents.comments.extend(corefiles.flat_map(|c| c.comments(text)));
            }
        }
        self.contents.comments.sort_by_key(|comment| comment.span);
        // Those in block scalars are known already.
        self.contents.comments.dedup_by_key(|comment| comment.span.start);
    }

    /// Sorts the documents. Which of two keys counts in a document that is not recognised is none
    /// of our business.
    pub(super) fn forget_strangers(&mut self) {
        let FileContents { documents, problems, .. } = &mut self.contents;
        documents.sort_by_key(|document| document.index);
        problems.retain(|problem| {
            let lookup = documents.binary_search_by_key(&problem.document, |known| known.index);
            let Ok(found) = lookup else { return true };
            let skipped = matches!(documents[found].outcome, Outcome::Skipped(_));
            let duplicate =
                matches!(&problem.kind, ProblemKind::Syntax(kind) if kind.is_duplicate_key());
            !(skipped && duplicate)
        });
    }

    /// A broken document that holds template expressions is a template, not a mistake.
    pub(super) fn syntax_problem(&mut self, problem: syntax::Problem, text: &str) {
        let lost = matches!(
            problem.kind,
            syntax::ProblemKind::Broken { .. } | syntax::ProblemKind::AliasExpansion { .. }
        );
        if lost {
            let range = document_around(text, problem.span.start as usize);
            let document = &text[range.clone()];
            let templated =
                template::is_engine_template(document) || template::has_braced_name(document);
            let stranger = self.path.ends_with(".json") && !is_network_json(self.path, document);
            let outcome = match () {
                () if templated => Outcome::Skipped(template::engine(text)),
                () if stranger => Outcome::Skipped("not-recognized"),
                () => Outcome::Broken,
            };
            let span = Span::new(self.file, range);
            let broken = outcome == Outcome::Broken;
            let info = DocumentInfo { index: problem.document, span, kind: None, outcome };
            self.contents.documents.push(info);
            if !broken {
                return;
            }
        }
        self.contents.problems.push(Problem {
            document: problem.document,
            kind: ProblemKind::Syntax(problem.kind),
            span: problem.span,
        });
    }
}

/// The document of a stream that holds an offset, by its separators alone.
fn document_around(text: &str, offset: usize) -> std::ops::Range<usize> {
    let offset = text.floor_char_boundary(offset);
    let start = text[..offset].rfind("\n---").map_or(0, |at| at + 1);
    let end = text[offset..].find("\n---").map_or(text.len(), |at| offset + at + 1);
    start..end
}

/// Whether a map looks like a Kubernetes object whose `kind` or `apiVersion` is misspelt.
fn missing_type_meta(document: usize, node: Node<'_>) -> Option<Problem> {
    let named = node.at(&["metadata", "name"]).is_some();
    if !named || node.get("spec").is_none_or(|spec| !spec.is_map()) {
        return None;
    }
    let missing = if node.get("kind").is_none() { "kind" } else { "apiVersion" };
    if node.get(missing).is_some() {
        return None;
    }
    let looks_meant = |key: &&str| {
        let lower = key.to_lowercase();
        lower.contains("kind")
            || lower.contains("version")
            || strsim::levenshtein(key, missing) <= 2
    };
    let keys = node.entries().filter_map(|(key, _)| Some((key.str()?, key.span())));
    let others = keys.filter(|(key, _)| !matches!(*key, "kind" | "apiVersion"));
    let instead = others.into_iter().find(|(key, _)| looks_meant(key));
    let span = instead.map_or(node.span(), |(_, span)| span);
    let instead = instead.map(|(key, _)| key.to_owned());
    Some(Problem { document, kind: ProblemKind::MissingTypeMeta { missing, instead }, span })
}

/// A hash of values and structure. Depth is bounded by the parser; aliases by their expansion.
pub(super) fn content_hash(node: Node<'_>) -> u64 {
    let mut hasher = FxHasher::default();
    hash_node(node, &mut hasher);
    hasher.finish()
}

fn hash_node(node: Node<'_>, hasher: &mut FxHasher) {
    if node.is_map() {
        for (key, value) in node.entries() {
            key.str().hash(hasher);
            hash_node(value, hasher);
        }
        0xff_u8.hash(hasher);
    } else if node.is_sequence() {
        for item in node.items() {
            hash_node(item, hasher);
        }
        0xfe_u8.hash(hasher);
    } else {
        node.str().unwrap_or_default().hash(hasher);
    }
}
