//! What installs charts: Flux, Argo CD, the Helm controller of K3s and RKE2, Fleet, Helmfile, and
//! kustomizations. Which chart, which version, and which values.
//!
//! - <https://fluxcd.io/flux/components/helm/helmreleases/>
//! - <https://argo-cd.readthedocs.io/en/stable/user-guide/helm/>
//! - <https://docs.k3s.io/helm>
//! - <https://fleet.rancher.io/ref-fleet-yaml>
//! - <https://kubectl.docs.kubernetes.io/references/kustomize/builtins/#_helmchartinflationgenerator_>

use super::Chart;
use crate::source::Spanned;
use crate::syntax::Node;
use crate::syntax::decode::Field;

/// What an object installs.
#[derive(Debug, Default)]
pub struct Release {
    pub charts: Vec<ReleasedChart>,
}

/// A chart that is installed, or fetched to be installed.
#[derive(Clone, Debug, Default)]
pub struct ReleasedChart {
    /// As written: `cilium`, `cilium/cilium`, `oci://quay.io/cilium/charts/cilium`.
    pub name: Field<String>,
    /// A version or a range of versions; absent: the newest.
    pub version: Field<String>,
}

impl ReleasedChart {
    /// The chart, if it is one of those whose values are read.
    pub fn chart(&self) -> Option<Chart> {
        Chart::by_name(self.name.value()?)
    }
}

/// A chart with the values that it gets.
#[derive(Default)]
pub(super) struct Found<'t> {
    pub release: ReleasedChart,
    /// Maps of values.
    pub values: Vec<Node<'t>>,
    /// Texts that hold one.
    pub texts: Vec<Node<'t>>,
    /// Single values, by their path.
    pub set: Vec<(String, Field<String>)>,
    /// Whether there are no values elsewhere.
    pub complete: bool,
}

impl Found<'_> {
    pub fn chart(&self) -> Option<Chart> {
        self.release.chart()
    }
}

pub(super) fn of_found(found: &[Found<'_>]) -> Release {
    Release { charts: found.iter().map(|found| found.release.clone()).collect() }
}

/// What an object of a group and kind installs.
pub fn read(group: &str, kind: &str, node: Node<'_>) -> Option<Release> {
    let is_known = matches!(
        (group, kind),
        ("helm.toolkit.fluxcd.io", "HelmRelease")
            | ("source.toolkit.fluxcd.io", "OCIRepository")
            | ("argoproj.io", "Application" | "ApplicationSet")
            | ("helm.cattle.io", "HelmChart" | "HelmChartConfig")
    );
    is_known.then(|| of_found(&in_object(group, kind, node)))
}

pub(super) fn in_object<'t>(group: &str, kind: &str, node: Node<'t>) -> Vec<Found<'t>> {
    let Some(spec) = node.get("spec") else { return Vec::new() };
    match (group, kind) {
        ("helm.toolkit.fluxcd.io", "HelmRelease") => vec![helm_release(spec)],
        ("source.toolkit.fluxcd.io", "OCIRepository") => vec![oci_repository(spec)],
        ("argoproj.io", "Application") => argo_sources(spec),
        ("argoproj.io", "ApplicationSet") => {
            spec.at(&["template", "spec"]).map(argo_sources).unwrap_or_default()
        }
        ("helm.cattle.io", "HelmChart") => vec![helm_chart(spec)],
        ("helm.cattle.io", "HelmChartConfig") => vec![helm_chart_config(node, spec)],
        _ => Vec::new(),
    }
}

fn helm_release<'t>(spec: Node<'t>) -> Found<'t> {
    let of_chart = |field: &str| text(spec.at(&["chart", "spec", field]));
    let named = of_chart("chart");
    let elsewhere =
        is_there(spec.get("valuesFrom")) || is_there(spec.at(&["chart", "spec", "valuesFiles"]));
    Found {
        release: ReleasedChart {
            // An OCIRepository or HelmChart of its own, which has the chart's name as a rule.
            name: match named {
                Field::Absent => text(spec.at(&["chartRef", "name"])),
                named => named,
            },
            version: of_chart("version"),
        },
        values: spec.get("values").into_iter().collect(),
        complete: !elsewhere,
        ..Found::default()
    }
}

/// It holds nothing but a chart, or else something that has none of the charts' names.
fn oci_repository<'t>(spec: Node<'t>) -> Found<'t> {
    let version = [["ref", "tag"], ["ref", "semver"]].into_iter().find_map(|path| spec.at(&path));
    Found {
        release: ReleasedChart { name: text(spec.get("url")), version: text(version) },
        ..Found::default()
    }
}

fn argo_sources(spec: Node<'_>) -> Vec<Found<'_>> {
    let several = spec.get("sources").into_iter().flat_map(Node::items);
    spec.get("source").into_iter().chain(several).filter_map(argo_source).collect()
}

fn argo_source<'t>(source: Node<'t>) -> Option<Found<'t>> {
    let chart = source.get("chart")?;
    let helm = |field: &str| source.at(&["helm", field]);
    let parameters = helm("parameters").into_iter().flat_map(Node::items);
    let set = parameters.filter_map(|parameter| {
        Some((parameter.get("name")?.str()?.to_owned(), text(parameter.get("value"))))
    });
    let elsewhere = is_there(helm("valueFiles")) || is_there(helm("fileParameters"));
    Some(Found {
        release: ReleasedChart {
            name: text(Some(chart)),
            version: text(source.get("targetRevision")),
        },
        values: helm("valuesObject").into_iter().collect(),
        texts: helm("values").into_iter().collect(),
        set: set.collect(),
        complete: !elsewhere,
    })
}

fn helm_chart<'t>(spec: Node<'t>) -> Found<'t> {
    let set = spec.get("set").into_iter().flat_map(Node::entries);
    let set = set.filter_map(|(name, value)| Some((name.str()?.to_owned(), text(Some(value)))));
    Found {
        release: ReleasedChart {
            name: text(spec.get("chart")),
            version: text(spec.get("version")),
        },
        values: spec.get("values").into_iter().collect(),
        texts: spec.get("valuesContent").into_iter().collect(),
        set: set.collect(),
        complete: !is_there(spec.get("valuesSecrets")),
    }
}

/// Changes the chart of its own name, which may come with the distribution.
fn helm_chart_config<'t>(node: Node<'t>, spec: Node<'t>) -> Found<'t> {
    Found {
        release: ReleasedChart {
            name: text(node.at(&["metadata", "name"])),
            version: Field::Absent,
        },
        values: spec.get("values").into_iter().collect(),
        texts: spec.get("valuesContent").into_iter().collect(),
        ..Found::default()
    }
}

/// The charts that a kustomization inflates.
pub(super) fn in_kustomization(node: Node<'_>) -> Vec<Found<'_>> {
    let charts = node.get("helmCharts").into_iter().flat_map(Node::items);
    charts.map(kustomize_chart).collect()
}

fn kustomize_chart<'t>(chart: Node<'t>) -> Found<'t> {
    let elsewhere = ["valuesFile", "additionalValuesFiles"];
    Found {
        release: ReleasedChart {
            name: text(chart.get("name")),
            version: text(chart.get("version")),
        },
        values: chart.get("valuesInline").into_iter().collect(),
        complete: !elsewhere.iter().any(|field| is_there(chart.get(field))),
        ..Found::default()
    }
}

/// What a document without `kind` installs: `fleet.yaml` and `helmfile.yaml`.
pub(super) fn in_document<'t>(path: &str, node: Node<'t>) -> Vec<Found<'t>> {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.split('.').next() {
        Some("fleet") => node.get("helm").map(|helm| fleet(node, helm)).into_iter().collect(),
        Some("helmfile") => {
            let releases = node.get("releases").into_iter().flat_map(Node::items);
            releases.map(helmfile_release).collect()
        }
        _ => Vec::new(),
    }
}

fn fleet<'t>(node: Node<'t>, helm: Node<'t>) -> Found<'t> {
    let customized = is_there(node.get("targetCustomizations"));
    let elsewhere = ["valuesFiles", "valuesFrom", "templateValues"];
    Found {
        release: ReleasedChart {
            name: text(helm.get("chart")),
            version: text(helm.get("version")),
        },
        values: helm.get("values").into_iter().collect(),
        complete: !customized && !elsewhere.iter().any(|field| is_there(helm.get(field))),
        ..Found::default()
    }
}

/// Its `values` are a list of maps, and of paths to files that hold one.
fn helmfile_release<'t>(release: Node<'t>) -> Found<'t> {
    let values = || release.get("values").into_iter().flat_map(Node::items);
    let set = release.get("set").into_iter().flat_map(Node::items);
    let set =
        set.filter_map(|item| Some((item.get("name")?.str()?.to_owned(), text(item.get("value")))));
    Found {
        release: ReleasedChart {
            name: text(release.get("chart")),
            version: text(release.get("version")),
        },
        values: values().filter(|item| item.is_map()).collect(),
        set: set.collect(),
        complete: values().all(Node::is_map) && !is_there(release.get("secrets")),
        ..Found::default()
    }
}

fn text(node: Option<Node<'_>>) -> Field<String> {
    let Some(node) = node.filter(|node| !node.is_null()) else { return Field::Absent };
    match node.str().filter(|_| !node.is_templated()) {
        Some(text) => Field::Known(Spanned::new(text.to_owned(), node.span())),
        None => Field::Unknown(node.span()),
    }
}

/// Whether a field has something in it.
fn is_there(node: Option<Node<'_>>) -> bool {
    node.is_some_and(|node| {
        let empty = node.is_null()
            || (node.is_sequence() && node.items().next().is_none())
            || (node.is_map() && node.entries().next().is_none());
        !empty
    })
}
