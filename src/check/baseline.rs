//! Hands a run's findings to [`crate::suppress::baseline`], and takes out what it holds back.

use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};

use super::report::places;
use super::{Analysis, rule_infos};
use crate::config::PathBase;
use crate::diagnostic::{Diagnostic, Severity};
use crate::ingest::Outcome;
use crate::source::Sources;
use crate::suppress::baseline::{Baseline, Key};

/// How much of what a baseline speaks of was looked at.
pub struct Scope<'s> {
    /// The directory of the baseline, and the working directory; see [`PathBase::new`].
    pub directory: &'s Path,
    pub working_directory: &'s Path,
    /// The ids of the rules that ran.
    pub ran: FxHashSet<&'s str>,
    /// Whether the command line left all rules on.
    pub all_rules: bool,
    /// Whether the run saw all that the baseline may speak of.
    pub complete: bool,
    /// The displayed paths of inputs that were not looked at.
    pub skipped: Vec<&'s str>,
}

impl Scope<'_> {
    fn base(&self) -> PathBase {
        PathBase::new(self.directory, self.working_directory)
    }
}

/// All findings that weigh as much or more, as a baseline.
pub fn of(analysis: &Analysis, least: Severity, scope: &Scope<'_>) -> Baseline {
    let heavy = |diagnostic: &Diagnostic| diagnostic.severity >= least;
    Baseline::of(keys(analysis, &scope.base(), heavy).into_iter().map(|(_, key)| key))
}

/// Takes out the findings that a baseline holds back, and gives their number, and the entries that
/// nothing matches any more. An entry is not judged when its rule did not run, or its file was
/// not looked at.
pub fn settle(
    analysis: &mut Analysis,
    baseline: &Baseline,
    scope: &Scope<'_>,
) -> (usize, Baseline) {
    let base = scope.base();
    let (held, mut outdated) = hold(analysis, baseline, &base);
    let mut index = 0;
    analysis.findings.retain(|_| {
        index += 1;
        !held.contains(&(index - 1))
    });
    if !scope.complete {
        return (held.len(), Baseline::default());
    }
    let exist: FxHashSet<&str> = rule_infos().iter().map(|info| info.id.as_str()).collect();
    let unseen: FxHashSet<String> = unseen(analysis)
        .chain(scope.skipped.iter().copied())
        .map(|path| base.relative(path))
        .collect();
    outdated.retain(|key| {
        let rule = key.rule.as_str();
        // What is not built in is gone, or a rule of somebody's own.
        let gone = scope.all_rules && !exist.contains(rule);
        let judged = gone || scope.ran.contains(rule);
        judged && !unseen.contains(&key.path)
    });
    (held.len(), outdated)
}

/// The indices of the findings that a baseline holds back, and the entries that nothing matches.
pub fn hold(
    analysis: &Analysis,
    baseline: &Baseline,
    base: &PathBase,
) -> (FxHashSet<usize>, Baseline) {
    let (indices, keys): (Vec<usize>, Vec<Key>) =
        keys(analysis, base, |_| true).into_iter().unzip();
    let (held, outdated) = baseline.hold(&keys);
    let held = indices.into_iter().zip(held).filter(|(_, held)| *held).map(|(index, _)| index);
    (held.collect(), outdated)
}

/// What findings are known by, with their index, in the order of their places.
fn keys(
    analysis: &Analysis,
    base: &PathBase,
    wanted: impl Fn(&Diagnostic) -> bool,
) -> Vec<(usize, Key)> {
    let findings = analysis.findings.iter().enumerate();
    let mut findings: Vec<(usize, &Diagnostic)> = findings
        .map(|(index, found)| (index, &found.diagnostic))
        .filter(|(_, diagnostic)| wanted(diagnostic))
        .collect();
    findings
        .sort_by(|(_, a), (_, b)| order(a, &analysis.sources).cmp(&order(b, &analysis.sources)));
    let places = places(analysis, findings.iter().map(|(_, found)| found.primary.span));
    let mut paths: FxHashMap<_, String> = FxHashMap::default();
    let key = |(index, diagnostic): (usize, &Diagnostic)| {
        let span = diagnostic.primary.span;
        let path = paths
            .entry(span.file)
            .or_insert_with(|| base.relative(analysis.sources.get(span.file).path()));
        let place = places.get(&span).cloned().unwrap_or_default();
        let rule = diagnostic.rule.as_str().to_owned();
        (index, Key { path: path.clone(), object: place.object, field: place.field, rule })
    };
    findings.into_iter().map(key).collect()
}

fn order<'d>(diagnostic: &'d Diagnostic, sources: &'d Sources) -> impl Ord + use<'d> {
    let span = diagnostic.primary.span;
    (sources.get(span.file).path(), span, &diagnostic.rule, &diagnostic.message)
}

/// The files of which a part at least was not looked at.
fn unseen(analysis: &Analysis) -> impl Iterator<Item = &str> {
    let unchecked = analysis.sources.iter().zip(&analysis.files).filter(|(_, file)| {
        file.documents.iter().any(|document| match document.outcome {
            Outcome::Read => false,
            Outcome::Skipped(reason) => reason != "empty",
            Outcome::Broken => true,
        })
    });
    let unread = analysis.unread.iter().map(|unread| unread.path.as_str());
    unchecked.map(|((_, source), _)| source.path()).chain(unread)
}
