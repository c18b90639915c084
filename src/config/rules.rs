//! The `rules` of a configuration: which rules run, how much they weigh, and their options.

use rustc_hash::FxHashMap;

use super::known::Known;
use super::read::{Reader, first_here, help_with, quote};
use crate::diagnostic::Severity;
use crate::source::Spanned;
use crate::syntax::Node;

/// What the configuration makes of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Off,
    On(Severity),
}

/// What is said about one rule or category.
#[derive(Clone, Debug)]
pub struct RuleSetting {
    /// As written; a former name of a rule is possible.
    pub name: Spanned<String>,
    pub level: Option<Spanned<Level>>,
    /// Names and values as texts; the items of a list are joined by commas. Only rules have
    /// options.
    pub options: Vec<(String, Spanned<String>)>,
}

#[derive(Clone, Debug, Default)]
pub struct RuleSettings {
    /// By the id of a rule, or by category.
    settings: FxHashMap<String, RuleSetting>,
}

impl RuleSettings {
    /// What is said about a rule, or else about its category; `None` leaves the rule as it is.
    pub fn level(&self, rule: &str, category: &str) -> Option<Level> {
        [rule, category]
            .into_iter()
            .find_map(|name| self.settings.get(name)?.level.as_ref())
            .map(|level| level.value)
    }

    /// The setting of a rule, by its id, or of a category.
    pub fn get(&self, name: &str) -> Option<&RuleSetting> {
        self.settings.get(name)
    }
}

pub(super) const LEVELS: &[&str] = &["off", "error", "warning", "info"];

pub(super) fn read(reader: &mut Reader, node: Node<'_>, known: &Known) -> RuleSettings {
    let mut settings = FxHashMap::default();
    for (name, value) in reader.named(node, "a map of rules and categories") {
        let Some(id) = known.resolve(&name) else {
            unknown(reader, &name, known);
            continue;
        };
        let setting = setting(reader, name, value, (id, known));
        let name = setting.name.clone();
        let Some(first) = settings.insert(id.to_owned(), setting) else { continue };
        // The same name twice is a duplicate key already.
        if first.name.value != name.value {
            let message = format!("the rule `{id}` is set twice, by its names of now and before");
            reader.problem(name.span, message).related = first_here(first.name.span);
        }
    }
    RuleSettings { settings }
}

/// Notes a name that is neither a rule's nor a category's.
pub(super) fn unknown(reader: &mut Reader, name: &Spanned<String>, known: &Known) {
    let message = format!("no rule or category {}", quote(name));
    let all = "`netvet rules` lists all rules";
    // Each suggestion looks at all rules; past a hundred problems nobody reads them.
    let meant = (reader.problems.len() < 100).then(|| known.suggest(name)).flatten();
    let help = match meant {
        Some(meant) => format!("did you mean `{meant}`? {all}"),
        None => all.to_owned(),
    };
    reader.problem(name.span, message).help = Some(help);
}

fn setting(
    reader: &mut Reader,
    name: Spanned<String>,
    value: Node<'_>,
    (id, known): (&str, &Known),
) -> RuleSetting {
    if !value.is_map() {
        let level = level(reader, value);
        return RuleSetting { name, level, options: Vec::new() };
    }
    let (owner, names) = match known.rule(id) {
        Some(rule) => (format!("the rule `{id}`"), rule.options.as_slice()),
        None => (format!("the category `{id}`"), &[][..]),
    };
    let keys: Vec<&str> =
        std::iter::once("severity").chain(names.iter().map(String::as_str)).collect();
    reader.map(value, &owner, &keys);
    let level = reader.optional(value, "severity", level);
    let mut options = Vec::new();
    for option in names {
        if let Some(value) = reader.optional(value, option, option_value) {
            options.push((option.clone(), value));
        }
    }
    RuleSetting { name, level, options }
}

fn level(reader: &mut Reader, node: Node<'_>) -> Option<Spanned<Level>> {
    let Some(name) = node.str().filter(|_| !node.is_null()) else {
        reader.wrong_type(node, "`off` or a severity");
        return None;
    };
    let level = match (name, Severity::from_name(name)) {
        ("off", _) => Level::Off,
        (_, Some(severity)) => Level::On(severity),
        (_, None) => {
            let message = format!("{} is no severity", quote(name));
            reader.problem(node.span(), message).help = Some(help_with(name, LEVELS));
            return None;
        }
    };
    Some(Spanned::new(level, node.span()))
}

fn option_value(reader: &mut Reader, node: Node<'_>) -> Option<Spanned<String>> {
    if !node.is_sequence() {
        return reader.text(node);
    }
    let items: Vec<String> =
        node.items().filter_map(|item| Some(reader.text(item)?.value)).collect();
    Some(Spanned::new(items.join(","), node.span()))
}
