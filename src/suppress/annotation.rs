//! Ignores in an annotation of an object, for JSON and generated files:
//! `netvet.io/ignore: "rule-id reason"`.
//!
//! Several ignores stand on lines of their own, or behind a `;`. `rule-a, rule-b reason` names
//! several rules, and `rule-id until=2027-03-31 reason` lets an ignore end. They cover the object.

use super::{Ignore, Malformed, report};
use crate::config::{Date, Known};
use crate::source::{Span, Spanned};

/// The key of the annotation.
pub const KEY: &str = "netvet.io/ignore";

/// The annotation of an object.
#[derive(Clone, Debug)]
pub struct Annotation {
    /// The whole object.
    pub object: Span,
    pub value: Spanned<String>,
}

/// Of one annotation. Telling a rule from a reason looks at all rules, and what has more parts is a
/// reason.
const MAX_PARTS: usize = 100;

const HOW: &str = "write `netvet.io/ignore: \"rule-id reason\"`";

/// Reads the ignores of one annotation.
pub(super) fn read(annotation: &Annotation, known: &Known) -> (Vec<Ignore>, Vec<Malformed>) {
    let mut ignores = Vec::new();
    let mut malformed = Vec::new();
    for part in annotation.value.split(&['\n', ';']).iter().take(MAX_PARTS) {
        let (names, until) = words(part);
        let Some(first) = names.first() else { continue };
        // What is nothing like a rule goes on with the reason of the ignore before.
        let is_first = ignores.is_empty() && malformed.is_empty();
        if !is_first && known.resolve(first).is_none() && known.suggest(first).is_none() {
            continue;
        }
        let until = match until.map(|text| (Date::parse(&text), text)) {
            None => None,
            Some((Some(date), text)) => Some(Spanned::new(date, text.span)),
            Some((None, text)) => {
                let message = report::no_date(&text);
                malformed.push(Malformed { span: text.span, message, help: HOW });
                continue;
            }
        };
        let covers = annotation.object;
        ignores.push(Ignore { names, until, covers, reach: "in this object" });
    }
    if ignores.is_empty() && malformed.is_empty() {
        let message = format!("`{KEY}` names no rule");
        malformed.push(Malformed { span: annotation.value.span, message, help: HOW });
    }
    (ignores, malformed)
}

/// The rules that an ignore starts with, and the date behind them.
fn words(part: &Spanned<String>) -> (Vec<Spanned<String>>, Option<Spanned<String>>) {
    let word = |rest: &str| {
        let start = part.value.len() - rest.len();
        let end = rest.find(|c: char| c == ',' || c.is_whitespace()).unwrap_or(rest.len());
        Spanned::new(rest[..end].to_owned(), part.part(start..start + end))
    };
    let mut names = Vec::new();
    let mut rest = part.value.as_str();
    loop {
        let name = word(rest);
        rest = rest[name.len()..].trim_start();
        names.push(name);
        let Some(after) = rest.strip_prefix(',') else { break };
        rest = after.trim_start();
    }
    names.retain(|name| !name.is_empty());
    let until = rest.strip_prefix("until=").map(word);
    (names, until)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::known_of;
    use crate::source::FileId;

    /// `names until` of each ignore, then what is wrong.
    fn read_value(value: &str) -> Vec<String> {
        let known = known_of(&[("host-network", "policy", &[]), ("no-policy", "policy", &[])]);
        let span = Span::new(FileId::new(0), 0..value.len());
        let value_span = Spanned::new(value.to_owned(), span);
        let (ignores, malformed) = read(&Annotation { object: span, value: value_span }, &known);
        let ignores = ignores.into_iter().map(|ignore| {
            for name in &ignore.names {
                assert_eq!(&value[name.span.range()], name.value);
            }
            let names: Vec<&str> = ignore.names.iter().map(|name| name.as_str()).collect();
            let until = ignore.until.map_or_else(String::new, |date| format!(" {}", date.value));
            format!("{}{until}", names.join("+"))
        });
        let malformed = malformed
            .into_iter()
            .map(|found| format!("{}: {}", found.message, &value[found.span.range()]));
        ignores.chain(malformed).collect()
    }

    #[test]
    fn an_annotation_names_rules_and_reasons() {
        let table: [(&str, &[&str]); 16] = [
            ("host-network the CNI needs it", &["host-network"]),
            ("host-network", &["host-network"]),
            ("host-network, no-policy reason", &["host-network+no-policy"]),
            ("host-network,no-policy , policy reason", &["host-network+no-policy+policy"]),
            ("host-network until=2027-03-31 reason", &["host-network 2027-03-31"]),
            ("host-network a; no-policy b", &["host-network", "no-policy"]),
            ("host-network a\n  no-policy b\n", &["host-network", "no-policy"]),
            ("host-network a; really, it is fine", &["host-network"]),
            ("host-network a; no-polcy b", &["host-network", "no-polcy"]),
            ("because I say so", &["because"]),
            ("", &["`netvet.io/ignore` names no rule: "]),
            (" ; ", &["`netvet.io/ignore` names no rule:  ; "]),
            (",", &["`netvet.io/ignore` names no rule: ,"]),
            ("host-network until=soon", &["`soon` is not a date such as `2027-03-31`: soon"]),
            ("host-network until= x", &["`` is not a date such as `2027-03-31`: "]),
            ("{{ x }}; host-network é", &["{{", "host-network"]),
        ];
        for (value, want) in table {
            assert_eq!(read_value(value), want, "{value:?}");
        }
    }
}
