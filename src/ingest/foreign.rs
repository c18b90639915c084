//! Formats that say neither `apiVersion` nor `kind`: each is known by keys that nothing else has.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use super::k3s::{self, Flavor};
use super::kubernetes::ObjectMeta;
use super::{
    Body, DocumentInfo, Outcome, Reader, Resource, compose, content_hash, dockerfile, kubespray,
    openshift, rke, talos,
};
use crate::source::{Span, Spanned};
use crate::syntax::Node;
use crate::syntax::decode::decode;

/// What such a document is called, and what it says.
fn recognize(path: &str, node: Node<'_>) -> Option<(&'static str, Body)> {
    if rke::is_cluster(node) {
        return Some(("RKE cluster", Body::Rke(Box::new(rke::read(node)?))));
    }
    if openshift::is_install_config(node) {
        let config = openshift::read_install_config(node)?;
        return Some(("InstallConfig", Body::OpenShift(config)));
    }
    if let Some((kind, talos)) = talos::read(node) {
        return Some((kind, Body::Talos(talos)));
    }
    if let Some(part) = kubespray::read(path, node) {
        return Some(("Kubespray inventory", Body::Kubespray(Box::new(part))));
    }
    let config = k3s::read(path, node)?;
    let kind = match config.flavor {
        Flavor::K3s => "k3s configuration",
        Flavor::Rke2 => "RKE2 configuration",
    };
    Some((kind, Body::K3s(Box::new(config))))
}

impl Reader<'_> {
    /// `None` for a document that is none of these.
    pub(super) fn foreign(&mut self, document: usize, node: Node<'_>) -> Option<Outcome> {
        let (kind, body) = match compose::is_compose(self.path, node) {
            true => {
                let (file, problems) = compose::read(self.path, document, node);
                self.contents.problems.extend(problems);
                ("Compose file", Body::Compose(Box::new(file)))
            }
            false => recognize(self.path, node)?,
        };
        // The first key stands for the document as a whole.
        let place = node.entries().next().map_or(node.span(), |(key, _)| key.span());
        let metadata = node.get("metadata");
        let start = Span { end: place.start, ..place };
        self.contents.resources.push(Resource {
            file: self.file,
            document,
            span: node.span(),
            api_version: Spanned::new(String::new(), start),
            kind: Spanned::new(kind.to_owned(), place),
            metadata: metadata.and_then(|metadata| decode(metadata).0).unwrap_or_default(),
            content: content_hash(node),
            body,
        });
        Some(Outcome::Read)
    }

    /// A file of variables.
    pub(super) fn environment_file(&mut self) {
        let file = compose::read_environment(self.file, self.text);
        self.whole_file("environment file", Body::EnvironmentFile(Box::new(file)));
    }

    pub(super) fn dockerfile(&mut self) {
        let file = dockerfile::read(self.file, self.text);
        self.whole_file("Dockerfile", Body::Dockerfile(Box::new(file)));
    }

    /// A file that is one resource, whatever it says.
    fn whole_file(&mut self, kind: &str, body: Body) {
        let whole = Span::new(self.file, 0..self.text.len());
        let start = Span::new(self.file, 0..0);
        let mut hasher = FxHasher::default();
        self.text.hash(&mut hasher);
        self.contents.resources.push(Resource {
            file: self.file,
            document: 0,
            span: whole,
            api_version: Spanned::new(String::new(), start),
            kind: Spanned::new(kind.to_owned(), start),
            metadata: ObjectMeta::default(),
            content: hasher.finish(),
            body,
        });
        let (kind, outcome) = (Some(kind.to_owned()), Outcome::Read);
        self.contents.documents.push(DocumentInfo { index: 0, span: whole, kind, outcome });
    }

    /// A file in the notation of INI.
    pub(super) fn inventory(&mut self) {
        let whole = Span::new(self.file, 0..self.text.len());
        let mut info = DocumentInfo {
            index: 0,
            span: whole,
            kind: None,
            outcome: Outcome::Skipped("not-recognized"),
        };
        if let Some(part) = kubespray::read_ini(self.file, self.path, self.text) {
            let place = part.hosts.first().map_or(whole, |host| host.name.span);
            let kind = "Kubespray inventory".to_owned();
            (info.kind, info.outcome) = (Some(kind.clone()), Outcome::Read);
            let mut hasher = FxHasher::default();
            self.text.hash(&mut hasher);
            self.contents.resources.push(Resource {
                file: self.file,
                document: 0,
                span: whole,
                api_version: Spanned::new(String::new(), place),
                kind: Spanned::new(kind, place),
                metadata: ObjectMeta::default(),
                content: hasher.finish(),
                body: Body::Kubespray(Box::new(part)),
            });
        }
        self.contents.documents.push(info);
    }
}
