//! Node addresses inside ranges that are not theirs: what two rules have in common.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::addresses::Known;
use crate::model::addresses::group::Inside;
use crate::rules::addressing::also;

/// Points at the range where it is written, and otherwise at the first node.
pub fn diagnostic(inside: &Inside<'_, '_>, severity: Severity) -> Diagnostic {
    let (range, first) = (inside.ranges[0], inside.addresses[0]);
    let message = match inside.addresses.len() {
        1 => format!("{} contains the {}", range.title(), first.title()),
        count => {
            let title = range.title();
            format!("{title} contains {count} node addresses, `{}` among them", first.range)
        }
    };
    let (primary, other) = match range.known {
        Known::Written => (range.span, first.label()),
        Known::Default | Known::Assumed => (first.span, range.label()),
    };
    Diagnostic::new(severity, primary.label(""), message)
        .related(other)
        .related_all(also(&inside.addresses[1..]))
        .related_all(also(&inside.ranges[1..]))
}
