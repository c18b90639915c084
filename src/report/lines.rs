//! A finding in plain words, for formats that show a text beside its place.

use super::sanitize::{clean, shorten};
use super::{Finding, summary};
use crate::source::{Sources, Span};

/// Related places that are named; a finding may have thousands.
const MOST_RELATED: usize = 10;

/// The place with the message, the related places, the remedy and the cluster, a line each. No
/// value brings a line of its own.
pub fn of(finding: &Finding, sources: &Sources) -> Vec<String> {
    let place = place(sources, finding.diagnostic.primary.span);
    let mut lines = vec![format!("{place}: {}", message(finding))];
    lines.extend(details(finding, sources));
    lines
}

/// What is said, with what the primary label adds.
pub fn message(finding: &Finding) -> String {
    let diagnostic = &finding.diagnostic;
    let message = shorten(&diagnostic.message);
    match diagnostic.primary.text.as_str() {
        "" => message,
        label => format!("{message} ({})", shorten(label)),
    }
}

/// All that [`of`] has below its first line.
pub fn details(finding: &Finding, sources: &Sources) -> Vec<String> {
    let diagnostic = &finding.diagnostic;
    let mut lines = Vec::new();
    for label in diagnostic.related.iter().take(MOST_RELATED) {
        let place = place(sources, label.span);
        let text = shorten(&label.text);
        lines.push(if text.is_empty() { place } else { format!("{place}: {text}") });
    }
    let hidden = diagnostic.related.len().saturating_sub(MOST_RELATED);
    if hidden > 0 {
        lines.push(summary::counted(hidden, "more place"));
    }
    if let Some(help) = &diagnostic.help {
        lines.push(format!("help: {}", shorten(help)));
    }
    if let Some(cluster) = &finding.cluster {
        lines.push(format!("cluster: {}", shorten(cluster)));
    }
    lines
}

/// `path:line:column`.
pub fn place(sources: &Sources, span: Span) -> String {
    let start = sources.start(span);
    format!("{}:{}:{}", clean(sources.get(span.file).path()), start.line, start.column)
}
