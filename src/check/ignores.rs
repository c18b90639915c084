//! Hands a run's findings to [`crate::suppress`], and takes out what is not to be shown.

use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};

use super::report::places;
use super::{Analysis, Found, Request};
use crate::config::{Known, PathBase};
use crate::diagnostic::Diagnostic;
use crate::ingest::{Outcome, Resource};
use crate::source::Span;
use crate::suppress::annotation::{Annotation, KEY};
use crate::suppress::{self, Finding, Input, UNUSED_IGNORE};

/// Takes out the findings that are ignored, adds those about ignores, and gives the number of
/// those that were taken out. `complete` tells whether the run saw all that ignores may speak of:
/// see [`Input::complete`].
pub fn settle(
    analysis: &mut Analysis,
    request: &Request<'_>,
    known: &Known,
    complete: bool,
) -> usize {
    let same = PathBase::new(Path::new("/"), Path::new("/"));
    let ignores = &request.config.ignores;
    let input = Input {
        sources: &analysis.sources,
        comments: analysis.files.iter().flat_map(|file| &file.comments).copied().collect(),
        annotations: analysis
            .files
            .iter()
            .flat_map(|file| &file.resources)
            .filter_map(annotation)
            .collect(),
        config: Some((ignores, request.base.unwrap_or(&same))),
        known,
        ran: request.rules.iter().map(|active| active.info.id.as_str().to_owned()).collect(),
        unchecked: unchecked(analysis),
        complete: complete && request.cluster.is_none(),
        today: request.today,
    };
    // Finding the object of a place parses its document again.
    let with_object = ignores.entries.iter().filter(|ignore| ignore.object.is_some());
    let with_object: FxHashSet<&str> = with_object.map(|ignore| ignore.rule.as_str()).collect();
    let needs_object = |diagnostic: &Diagnostic| {
        let rule = diagnostic.rule.as_str();
        let category = known.rule(rule).map_or("", |known| known.category.as_str());
        with_object.contains(rule) || with_object.contains(category)
    };
    let diagnostics = || analysis.findings.iter().map(|found| &found.diagnostic);
    let spans = diagnostics().filter(|found| needs_object(found)).map(|found| found.primary.span);
    let places: FxHashMap<Span, _> = places(analysis, spans);
    let findings: Vec<Finding<'_>> = diagnostics()
        .map(|diagnostic| {
            let place = places.get(&diagnostic.primary.span);
            Finding { diagnostic, object: place.and_then(|place| place.object.as_deref()) }
        })
        .collect();
    let outcome = suppress::apply(&findings, &input);

    let mut suppressed = outcome.suppressed.into_iter();
    analysis.findings.retain(|_| suppressed.next() == Some(false));
    let rule = request.rules.iter().find(|active| active.info.id.as_str() == UNUSED_IGNORE);
    let severity = rule.and_then(|active| active.severity);
    analysis.findings.extend(outcome.unused.into_iter().map(|mut diagnostic| {
        diagnostic.severity = severity.unwrap_or(diagnostic.severity);
        Found { diagnostic, cluster: None }
    }));
    outcome.count
}

fn annotation(resource: &Resource) -> Option<Annotation> {
    let value = resource.metadata.annotations.value()?.get(KEY)?.known()?;
    Some(Annotation { object: resource.span, value: value.clone() })
}

/// What no rule has seen.
fn unchecked(analysis: &Analysis) -> Vec<Span> {
    let documents = analysis.files.iter().flat_map(|file| &file.documents);
    let unchecked = documents.filter(|document| match document.outcome {
        Outcome::Read => false,
        Outcome::Skipped(reason) => reason != "empty",
        Outcome::Broken => true,
    });
    unchecked.map(|document| document.span).collect()
}
