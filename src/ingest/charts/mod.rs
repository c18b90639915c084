//! Values of Helm charts, wherever they stand: in files of their own, in the objects by which Flux,
//! Argo CD, K3s and RKE2 install charts, in kustomizations, and in Fleet's bundles.
//!
//! Only the charts of [`Chart`] are read, and of each only what is about the network. Nothing is
//! rendered: what a chart's templates make of a value is known here by heart. A file of values is
//! taken for those of a chart when its top-level keys are the chart's; which of several files of
//! values a person hands to Helm is not told by any of them, so what one leaves out is not a
//! default for sure.

pub mod coredns;
mod file;
mod flannel;
mod known;
pub mod release;
mod values;

pub use file::ChartFile;
pub use known::Chart;
pub use release::{Release, ReleasedChart};
pub use values::Values;

#[cfg(test)]
mod tests;

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use super::calico::{Calico, InstallationSpec};
use super::cilium::{CiliumConfig, is_off};
use super::kubernetes::ObjectMeta;
use super::load_balancer::{LoadBalancer, MetalLbConfig};
use super::{Body, Outcome, Problem, ProblemKind, Reader, Resource, content_hash};
use crate::source::{Span, Spanned};
use crate::syntax::decode::{Field, decode};
use crate::syntax::{self, Node, Parsed, template};
use coredns::CoreDnsValues;
use release::Found;

/// Values of one chart.
#[derive(Debug)]
pub struct ChartValues {
    pub chart: Chart,
    pub place: ValuesPlace,
    /// The version of the chart, or a range of versions, where it stands beside the values.
    pub version: Field<String>,
    /// Whether nothing else is known to add values, so that what is left out is as the chart has
    /// it.
    pub complete: bool,
    pub settings: ChartSettings,
}

/// Where values stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValuesPlace {
    /// A file of values; with a key when they are those of a part of the chart that it is for.
    /// The name of a layer tells that they are put upon those of another file: `values-prod.yaml`.
    File { key: Option<String>, is_layer: bool },
    /// The object that installs the chart.
    Object,
}

/// What values say.
#[derive(Debug)]
pub enum ChartSettings {
    Cilium(Box<CiliumConfig>),
    CoreDns(Box<CoreDnsValues>),
    /// Another resource beside this one has it, as if it were written as an object.
    Beside,
}

impl Reader<'_> {
    /// A document without `kind` that has to do with a chart.
    pub(super) fn chart_document(&mut self, document: usize, node: Node<'_>) -> Option<Outcome> {
        if !node.is_map() {
            return None;
        }
        if file::is_chart_file(self.path) {
            let chart = file::read(node)?;
            self.chart_resource(document, node, "Chart", Body::Chart(Box::new(chart)));
            return Some(Outcome::Read);
        }
        let found = release::in_document(self.path, node);
        if !found.is_empty() {
            self.releases(document, node, found);
            return Some(Outcome::Read);
        }
        let mut any = false;
        for (chart, key) in known::charts_in(self.path, node) {
            let part = key.as_deref().and_then(|key| node.get(key)).unwrap_or(node);
            let is_layer = known::is_layer(self.path);
            let place = ValuesPlace::File { key, is_layer };
            let values = Values::of(part);
            self.values(document, (chart, place, !is_layer), Field::Absent, part, &values);
            any = true;
        }
        any.then_some(Outcome::Read)
    }

    /// The values in an object that installs charts, and in a kustomization.
    pub(super) fn released_charts(&mut self, document: usize, node: Node<'_>) {
        let text = |key: &str| node.get(key).and_then(Node::str).unwrap_or_default();
        let group = text("apiVersion").rsplit_once('/').map_or("", |(group, _)| group);
        let found = release::in_object(group, text("kind"), node);
        self.found(document, node, found);
    }

    pub(super) fn inflated_charts(&mut self, document: usize, node: Node<'_>) {
        let found = release::in_kustomization(node);
        if !found.is_empty() {
            self.releases(document, node, found);
        }
    }

    fn releases(&mut self, document: usize, node: Node<'_>, found: Vec<Found<'_>>) {
        let body = Body::Release(Box::new(release::of_found(&found)));
        self.chart_resource(document, node, "Helm releases", body);
        self.found(document, node, found);
    }

    fn found(&mut self, document: usize, node: Node<'_>, found: Vec<Found<'_>>) {
        for found in found {
            let Some(chart) = found.chart() else { continue };
            let texts: Vec<Parsed<'_>> =
                found.texts.iter().filter_map(|text| self.inner(document, *text)).collect();
            let roots = texts.iter().filter_map(|parsed| {
                parsed.tree.documents().first().map(|inner| parsed.tree.root(inner))
            });
            let mut values = Values { nodes: roots.collect(), set: found.set };
            values.nodes.extend(&found.values);
            let main = values.nodes.last().copied().unwrap_or(node);
            // Of a chart that all values come to from elsewhere, nothing is known here.
            if values.nodes.is_empty() && values.set.is_empty() && !found.complete {
                continue;
            }
            let place = (chart, ValuesPlace::Object, found.complete);
            self.values(document, place, found.release.version, main, &values);
        }
    }

    /// Parses a text of values.
    fn inner<'n>(&mut self, document: usize, text: Node<'n>) -> Option<Parsed<'n>> {
        let mut parsed = syntax::parse(text.inner_text()?, false);
        let problems = std::mem::take(&mut parsed.problems);
        if !template::is_engine_template(text.str().unwrap_or_default()) {
            for problem in problems {
                let (kind, span) = (ProblemKind::Syntax(problem.kind), problem.span);
                self.contents.problems.push(Problem { document, kind, span });
            }
        }
        Some(parsed)
    }

    /// Adds what values say. `main` is where they stand, or most of them.
    fn values(
        &mut self,
        document: usize,
        (chart, place, complete): (Chart, ValuesPlace, bool),
        version: Field<String>,
        main: Node<'_>,
        values: &Values<'_>,
    ) {
        let settings = match chart {
            Chart::Cilium | Chart::Rke2Cilium => {
                ChartSettings::Cilium(Box::new(CiliumConfig::of_values(values)))
            }
            Chart::CoreDns | Chart::Rke2CoreDns => {
                // What a file leaves out, another one may say.
                let all = complete && place == ValuesPlace::Object && chart == Chart::CoreDns;
                let file = self.file;
                let dns = CoreDnsValues::of_values(file, values, first_key(main), all);
                ChartSettings::CoreDns(Box::new(dns))
            }
            Chart::Flannel | Chart::Canal | Chart::MetalLb | Chart::TigeraOperator => {
                ChartSettings::Beside
            }
        };
        let settings = ChartValues { chart, place, version, complete, settings };
        self.chart_resource(document, main, "Helm values", Body::ChartValues(Box::new(settings)));
        match chart {
            Chart::TigeraOperator => self.installation(document, values),
            Chart::MetalLb => self.config_inline(document, values),
            _ => {}
        }
        if matches!(chart, Chart::Flannel | Chart::Canal)
            && let Some(config) = flannel::of_values(chart, values, first_key(main))
        {
            self.chart_resource(document, main, "net-conf.json", Body::Flannel(Box::new(config)));
        }
    }

    /// The chart `tigera-operator` makes an Installation of `installation`, unless it is disabled.
    fn installation(&mut self, document: usize, values: &Values<'_>) {
        let Some(node) = values.node(&["installation"]).filter(|node| node.is_map()) else {
            return;
        };
        if is_off(&values.text(&["installation", "enabled"])) {
            return;
        }
        let Some(mut spec) = decode::<InstallationSpec>(node).0 else { return };
        let provider = &mut spec.kubernetes_provider;
        if provider.value().is_some_and(String::is_empty) {
            *provider = Field::Absent;
        }
        let body = Body::Calico(Calico::Installation(Box::new(spec)));
        self.chart_resource(document, node, "Installation", body);
        if let Some(resource) = self.contents.resources.last_mut() {
            resource.api_version.value = "operator.tigera.io/v1".to_owned();
        }
    }

    /// The chart of MetalLB made its ConfigMap of `configInline`; since 0.13 it refuses the value
    /// (`templates/deprecated_configInline.yaml` of the chart).
    fn config_inline(&mut self, document: usize, values: &Values<'_>) {
        let node = values.node(&["configInline"]).filter(|node| node.is_map());
        let Some(node) = node else { return };
        let Some(config) = decode::<MetalLbConfig>(node).0 else { return };
        let body = Body::LoadBalancer(LoadBalancer::MetalLbConfig(Box::new(config)));
        self.chart_resource(document, node, "configInline", body);
    }

    /// A resource without a name, so that it is no claim to be the only one: that is for the
    /// object or file that it stands in.
    fn chart_resource(&mut self, document: usize, node: Node<'_>, kind: &str, body: Body) {
        let place = first_key(node);
        let mut hasher = FxHasher::default();
        content_hash(node).hash(&mut hasher);
        self.contents.resources.push(Resource {
            file: self.file,
            document,
            span: node.span(),
            api_version: Spanned::new(String::new(), place),
            kind: Spanned::new(kind.to_owned(), place),
            metadata: ObjectMeta::default(),
            content: hasher.finish(),
            body,
        });
    }
}

/// A place for what is said of all of a map.
fn first_key(node: Node<'_>) -> Span {
    node.entries().next().map_or(node.span(), |(key, _)| key.span())
}
