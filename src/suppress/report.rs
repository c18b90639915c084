//! What `unused-ignore` says.

use std::borrow::Cow;

use super::UNUSED_IGNORE;
use crate::config::Date;
use crate::diagnostic::{Diagnostic, Place, RuleId};
use crate::source::{Span, Spanned};

pub fn unused(place: Span, name: &str, reach: &str) -> Diagnostic {
    warning(place, format!("`{name}` finds nothing {reach}"))
        .help("remove the ignore, or this rule from it")
}

pub fn ended(names: &[&str], until: &Spanned<Date>) -> Diagnostic {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let message = format!("the ignore of {} ended on {}", names.join(", "), until.value);
    warning(until.span, message).help("mend what it was for, or give it a later date")
}

pub fn unknown(name: &Spanned<String>, meant: Option<&str>) -> Diagnostic {
    let all = "`netvet rules` lists all rules";
    let help = match meant {
        Some(meant) => format!("did you mean `{meant}`? {all}"),
        None => all.to_owned(),
    };
    warning(name.span, format!("no rule or category `{}`", cut(name))).help(help)
}

pub fn malformed(place: Span, message: String, help: &'static str) -> Diagnostic {
    warning(place, message).help(help)
}

pub fn no_date(text: &str) -> String {
    format!("`{}` is not a date such as `2027-03-31`", cut(text))
}

/// Not longer than a message should be.
pub fn cut(text: &str) -> &str {
    const LIMIT: usize = 60;
    text.char_indices().nth(LIMIT).map_or(text, |(at, _)| &text[..at])
}

fn warning(place: Span, message: String) -> Diagnostic {
    let mut diagnostic = Diagnostic::warning(place.label(""), message);
    diagnostic.rule = RuleId(Cow::Borrowed(UNUSED_IGNORE));
    diagnostic
}
