//! Which values of charts are a cluster's: not those that a chart has by itself.

use rustc_hash::FxHashMap;

use crate::ingest::charts::{Chart, ChartFile, ChartValues, ValuesPlace};
use crate::ingest::{Body, Resource};

/// Finds values that lie beside a `Chart.yaml` and that no cluster gets: the defaults of the chart
/// itself, and those for a chart that it does not bring. Gives one answer for each resource; what
/// is made of values, such as an Installation, goes with them.
pub(super) fn are_defaults(resources: &[(&str, &Resource)]) -> Vec<bool> {
    let charts: FxHashMap<&str, &ChartFile> = resources
        .iter()
        .filter_map(|(path, resource)| match &resource.body {
            Body::Chart(chart) => Some((super::folder(path), &**chart)),
            _ => None,
        })
        .collect();
    let mut outer: Option<&Resource> = None;
    let of_chart = resources.iter().map(|(path, resource)| {
        if let Body::ChartValues(values) = &resource.body {
            let chart = charts.get(super::folder(path));
            outer = chart.filter(|chart| !reaches(path, values, chart)).map(|_| *resource);
        }
        outer.is_some_and(|outer| outer.file == resource.file && outer.span.contains(resource.span))
    });
    of_chart.collect()
}

/// Whether somebody gets values that lie beside a chart.
fn reaches(path: &str, values: &ChartValues, chart: &ChartFile) -> bool {
    let ValuesPlace::File { key, .. } = &values.place else { return true };
    match key {
        Some(key) => chart.brought().any(|dependency| {
            let name = dependency.name.value();
            dependency.key() == Some(key)
                && name.and_then(|name| Chart::by_name(name)) == Some(values.chart)
        }),
        None => {
            let own = chart.name.value().and_then(|name| Chart::by_name(name));
            let is_default =
                path.rsplit('/').next().is_some_and(|name| name.starts_with("values."));
            own == Some(values.chart) && !is_default
        }
    }
}
