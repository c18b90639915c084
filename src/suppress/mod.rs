//! What is not shown, and ignores that no longer serve: the one filter point.
//!
//! An ignore is written in a comment ([`inline`]), in an annotation of an object
//! ([`annotation`]) or in the configuration. Whatever its form, it names rules or categories and
//! covers a part of a file (`intervals`) or paths and objects (`configured`). A finding is
//! suppressed when its primary place touches what an ignore of its rule or category covers.
//! What is left goes through the [`baseline`] of a repository, if there is one.
//!
//! Nothing is removed here: the caller learns which findings are not to be shown, and gets those
//! of `unused-ignore`. How much was looked at is the caller's to say, because what a partial run
//! does not find may exist all the same.

pub mod annotation;
pub mod baseline;
mod configured;
mod inline;
mod intervals;
mod report;
#[cfg(test)]
mod tests;

use rustc_hash::FxHashSet;

use crate::config::{self, Date, Known, PathBase};
use crate::diagnostic::Diagnostic;
use crate::source::{Sources, Span, Spanned};
use crate::syntax::Comment;
use annotation::Annotation;
use configured::Configured;
use intervals::Intervals;

/// The rule whose findings are about ignores.
pub const UNUSED_IGNORE: &str = "unused-ignore";

/// All that decides about the findings of a run.
pub struct Input<'a> {
    pub sources: &'a Sources,
    /// Of all files, in any order; one may come twice.
    pub comments: Vec<Comment>,
    pub annotations: Vec<Annotation>,
    /// The ignores of the configuration, and how its paths are meant.
    pub config: Option<(&'a config::Ignores, &'a PathBase)>,
    pub known: &'a Known,
    /// The ids of the rules that ran. Ignores of others are not judged.
    pub ran: FxHashSet<String>,
    /// Documents and files that were skipped or are broken. Ignores in them are not judged.
    pub unchecked: Vec<Span>,
    /// Whether the run saw all that the ignores speak of: everything below the directory of the
    /// configuration, or of the repository. If not, an ignore that matches nothing is not
    /// reported, because what it is for may lie elsewhere.
    pub complete: bool,
    pub today: Date,
}

/// A finding, and the object that its primary place lies in.
#[derive(Clone, Copy, Debug)]
pub struct Finding<'a> {
    pub diagnostic: &'a Diagnostic,
    /// `Kind/namespace/name` as far as they exist.
    pub object: Option<&'a str>,
}

#[derive(Debug, Default)]
pub struct Outcome {
    /// Whether each finding is not to be shown, in the order of the findings.
    pub suppressed: Vec<bool>,
    /// The findings of `unused-ignore` that are to be shown, by place.
    pub unused: Vec<Diagnostic>,
    /// How many findings are not to be shown, those of `unused-ignore` among them.
    pub count: usize,
}

/// An ignore in a file.
#[derive(Clone, Debug)]
struct Ignore {
    /// As they are written.
    names: Vec<Spanned<String>>,
    until: Option<Spanned<Date>>,
    covers: Span,
    /// What it covers, in words.
    reach: &'static str,
}

/// Something in a file that looks like an ignore and is none.
#[derive(Clone, Debug)]
struct Malformed {
    span: Span,
    message: String,
    help: &'static str,
}

/// Reports about ignores can be ignored, too. So they come in two turns, and only after the first
/// it is known which ignores of `unused-ignore`, or of its category, are in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    First,
    Second,
}

/// Decides which findings are shown, in O((findings + ignores) log n).
pub fn apply(findings: &[Finding<'_>], input: &Input<'_>) -> Outcome {
    let (mut ignores, mut malformed) = inline::read(&input.comments, input.sources);
    for found in &input.annotations {
        let (own, own_malformed) = annotation::read(found, input.known);
        ignores.extend(own);
        malformed.extend(own_malformed);
    }
    let mut filter =
        Filter { intervals: Intervals::new(ignores, input), configured: Configured::new(input) };
    let suppressed = filter.suppress(findings, input);
    let mut count = suppressed.iter().filter(|suppressed| **suppressed).count();
    let mut unused = Vec::new();
    if input.ran.contains(UNUSED_IGNORE) {
        let unchecked = intervals::by_file(&input.unchecked);
        let judged = malformed.into_iter().filter(|found| {
            let spans = unchecked.get(&found.span.file);
            !spans.is_some_and(|spans| spans.touch(intervals::extent(found.span)))
        });
        unused.extend(judged.map(|found| report::malformed(found.span, found.message, found.help)));
        unused.extend(filter.reports(input, Turn::First));
        let own: Vec<Finding<'_>> =
            unused.iter().map(|diagnostic| Finding { diagnostic, object: None }).collect();
        let mut suppressed = filter.suppress(&own, input).into_iter();
        let before = unused.len();
        unused.retain(|_| suppressed.next() == Some(false));
        count += before - unused.len();
        unused.extend(filter.reports(input, Turn::Second));
        unused.sort_by(|a, b| (a.primary.span, &a.message).cmp(&(b.primary.span, &b.message)));
    }
    Outcome { suppressed, unused, count }
}

struct Filter<'a> {
    intervals: Intervals,
    configured: Option<Configured<'a>>,
}

impl Filter<'_> {
    fn suppress(&mut self, findings: &[Finding<'_>], input: &Input<'_>) -> Vec<bool> {
        let mut suppressed = vec![false; findings.len()];
        self.intervals.apply(findings, input, &mut suppressed);
        if let Some(configured) = &mut self.configured {
            configured.apply(findings, input, &mut suppressed);
        }
        suppressed
    }

    fn reports(&self, input: &Input<'_>, turn: Turn) -> Vec<Diagnostic> {
        let mut reports = self.intervals.reports(input, turn);
        reports.extend(self.configured.iter().flat_map(|found| found.reports(input, turn)));
        reports
    }
}

impl Input<'_> {
    /// The names under which a finding can be ignored: its rule, and the category of that.
    fn names<'n>(&'n self, finding: &Finding<'n>) -> impl Iterator<Item = &'n str> {
        let rule = finding.diagnostic.rule.as_str();
        let category = self.known.rule(rule).map(|known| known.category.as_str());
        std::iter::once(rule).chain(category)
    }

    /// An ignore holds through its last day.
    fn has_ended(&self, until: Option<&Spanned<Date>>) -> bool {
        until.is_some_and(|until| until.value < self.today)
    }

    /// Whether a rule ran, or all rules of a category.
    fn all_ran(&self, name: &str) -> bool {
        if self.known.rule(name).is_some() {
            return self.ran.contains(name);
        }
        self.known.rules().all(|(id, rule)| rule.category != name || self.ran.contains(id))
    }

    /// Whether an ignore of a rule or category that finds nothing is reported in this turn.
    fn judges(&self, name: &str, turn: Turn) -> bool {
        let about_ignores = name == UNUSED_IGNORE
            || self.known.rule(UNUSED_IGNORE).is_some_and(|rule| rule.category == name);
        let due = if about_ignores { Turn::Second } else { Turn::First };
        self.complete && turn == due && self.all_ran(name)
    }
}
