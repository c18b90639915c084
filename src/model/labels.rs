//! Labels, and selectors over them, where some of either may be unknown.
//!
//! Semantics are those of `k8s.io/apimachinery/pkg/labels`: all requirements must hold, `NotIn`
//! holds for an object without the key, and a selector without requirements matches everything.

use std::hash::{Hash, Hasher};

use crate::ingest::Map;
use crate::ingest::kubernetes::LabelSelector;
use crate::source::Span;
use crate::syntax::decode::Field;

/// Three-valued truth. `and` is the least, `or` the greatest of its operands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Answer {
    #[default]
    No,
    Unknown,
    Yes,
}

impl Answer {
    pub fn of(truth: bool) -> Answer {
        if truth { Answer::Yes } else { Answer::No }
    }

    pub fn and(self, other: Answer) -> Answer {
        self.min(other)
    }

    pub fn or(self, other: Answer) -> Answer {
        self.max(other)
    }

    pub fn negated(self) -> Answer {
        match self {
            Answer::No => Answer::Yes,
            Answer::Unknown => Answer::Unknown,
            Answer::Yes => Answer::No,
        }
    }

    pub fn all(answers: impl IntoIterator<Item = Answer>) -> Answer {
        answers.into_iter().fold(Answer::Yes, Answer::and)
    }

    pub fn any(answers: impl IntoIterator<Item = Answer>) -> Answer {
        answers.into_iter().fold(Answer::No, Answer::or)
    }

    pub fn is_yes(self) -> bool {
        self == Answer::Yes
    }

    pub fn is_no(self) -> bool {
        self == Answer::No
    }
}

/// What is known about one label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LabelValue<'a> {
    Is(&'a str),
    Absent,
    /// It is there, with a value that cannot be known.
    Present,
    /// Neither whether it is there nor what it says.
    Unknown,
}

/// The labels of an object, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Labels<'a> {
    /// In the order of the keys. There are many objects with few labels, so no tree.
    entries: Vec<(&'a str, LabelValue<'a>)>,
    /// Whether there may be labels beside `entries`.
    open: bool,
}

impl<'a> Labels<'a> {
    /// Labels as written; nothing may come beside them.
    pub fn written(labels: &'a Map<String>) -> Labels<'a> {
        let map = labels.value();
        let mut entries = Vec::with_capacity(map.map_or(0, |map| map.len()));
        entries.extend(map.into_iter().flatten().map(|(key, value)| match value {
            Field::Known(value) => (key.as_str(), LabelValue::Is(value.value.as_str())),
            // A label without a value is there, and empty.
            Field::Absent => (key.as_str(), LabelValue::Is("")),
            Field::Unknown(_) => (key.as_str(), LabelValue::Present),
        }));
        Labels { entries, open: labels.is_unknown() }
    }

    /// Labels of which nothing is known.
    pub fn unknown() -> Labels<'a> {
        Labels { entries: Vec::new(), open: true }
    }

    /// The labels that every object matched by a selector has; beside them anything may be.
    pub fn required_by(selector: &Selector<'a>) -> Labels<'a> {
        let mut labels = Labels::unknown();
        for requirement in &selector.requirements {
            let value = match &requirement.operator {
                Operator::In(values) if values.len() == 1 && !requirement.partly_known => {
                    LabelValue::Is(values[0])
                }
                Operator::In(_) | Operator::Exists => LabelValue::Present,
                Operator::DoesNotExist => LabelValue::Absent,
                Operator::NotIn(_) => continue,
            };
            match labels.position(requirement.key) {
                Ok(index) if labels.entries[index].1 == LabelValue::Present => {
                    labels.entries[index].1 = value;
                }
                Ok(_) => {}
                Err(index) => labels.entries.insert(index, (requirement.key, value)),
            }
        }
        labels
    }

    pub fn with(mut self, key: &'a str, value: LabelValue<'a>) -> Labels<'a> {
        match self.position(key) {
            Ok(index) => self.entries[index].1 = value,
            Err(index) => self.entries.insert(index, (key, value)),
        }
        self
    }

    /// Where a key is, or where it would stand.
    fn position(&self, key: &str) -> Result<usize, usize> {
        self.entries.binary_search_by(|(known, _)| (*known).cmp(key))
    }

    /// Allows for further labels that the files do not show.
    pub fn opened(self) -> Labels<'a> {
        Labels { open: true, ..self }
    }

    pub fn get(&self, key: &str) -> LabelValue<'a> {
        match self.position(key) {
            Ok(index) => self.entries[index].1,
            Err(_) if self.open || is_added_later(key) => LabelValue::Unknown,
            Err(_) => LabelValue::Absent,
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'a str, LabelValue<'a>)> {
        self.entries.iter().copied()
    }

    pub fn known(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.iter().filter_map(|(key, value)| match value {
            LabelValue::Is(value) => Some((key, value)),
            _ => None,
        })
    }

    pub fn is_open(&self) -> bool {
        self.open
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && !self.open
    }
}

/// Labels that controllers and admission webhooks put on pods.
pub fn is_added_later(key: &str) -> bool {
    let domain = key.split_once('/').map_or("", |(domain, _)| domain);
    let adds = |owner: &str| {
        domain.strip_suffix(owner).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))
    };
    ["istio.io", "linkerd.io", "topology.kubernetes.io"].into_iter().any(adds)
        || matches!(
            key,
            "pod-template-hash" | "controller-revision-hash" | "pod-template-generation"
        )
}

/// A selector, ready to be matched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Selector<'a> {
    pub requirements: Vec<Requirement<'a>>,
    /// Whether there are requirements that cannot be known: a template fills them in, or the API
    /// would refuse them.
    pub partly_unknown: bool,
}

#[derive(Clone, Debug)]
pub struct Requirement<'a> {
    pub key: &'a str,
    pub operator: Operator<'a>,
    /// Whether some of the values are unknown.
    pub partly_known: bool,
    /// The value of a label, or the whole expression.
    pub span: Option<Span>,
}

/// Two requirements that say the same are equal, wherever they stand.
impl PartialEq for Requirement<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.key, self.partly_known, &self.operator)
            == (other.key, other.partly_known, &other.operator)
    }
}

impl Eq for Requirement<'_> {}

impl Hash for Requirement<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.key, self.partly_known, &self.operator).hash(state);
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operator<'a> {
    In(Vec<&'a str>),
    NotIn(Vec<&'a str>),
    Exists,
    DoesNotExist,
}

impl<'a> Selector<'a> {
    /// A selector field; absent means the same as empty where this is used.
    pub fn of_field(field: &'a Field<LabelSelector>) -> Selector<'a> {
        match field {
            Field::Absent => Selector::default(),
            Field::Known(selector) => Selector::of(&selector.value),
            Field::Unknown(_) => Selector { requirements: Vec::new(), partly_unknown: true },
        }
    }

    pub fn of(selector: &'a LabelSelector) -> Selector<'a> {
        let mut compiled = Selector::of_labels(&selector.match_labels);
        compiled.partly_unknown |= selector.match_expressions.is_unknown();
        for expression in selector.match_expressions.items() {
            match requirement(expression) {
                Some(requirement) => compiled.requirements.push(requirement),
                None => compiled.partly_unknown = true,
            }
        }
        compiled
    }

    /// Plain labels, as a Service selects by.
    pub fn of_labels(labels: &'a Map<String>) -> Selector<'a> {
        // Kept for as long as the network is, so that a list has no room to spare.
        let map = labels.value();
        let mut requirements = Vec::with_capacity(map.map_or(0, |map| map.len()));
        let entries = map.into_iter().flatten();
        requirements.extend(entries.map(|(key, value)| Requirement {
            key,
            operator: Operator::In(match value {
                Field::Known(value) => vec![value.value.as_str()],
                Field::Absent => vec![""],
                Field::Unknown(_) => Vec::new(),
            }),
            partly_known: value.is_unknown(),
            span: value.span(),
        }));
        Selector { requirements, partly_unknown: labels.is_unknown() }
    }

    /// Whether it matches everything.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty() && !self.partly_unknown
    }

    /// Whether all of it is known.
    pub fn is_known(&self) -> bool {
        !self.partly_unknown && self.requirements.iter().all(|r| !r.partly_known)
    }

    pub fn matches(&self, labels: &Labels<'_>) -> Answer {
        let rest = if self.partly_unknown { Answer::Unknown } else { Answer::Yes };
        Answer::all(self.requirements.iter().map(|r| r.holds_for(labels))).and(rest)
    }

    /// The value that a label must have, when there is exactly one.
    pub fn required_value(&self, key: &str) -> Option<&'a str> {
        self.requirements.iter().filter(|r| r.key == key).find_map(|requirement| match &requirement
            .operator
        {
            Operator::In(values) if !requirement.partly_known && values.len() == 1 => {
                Some(values[0])
            }
            _ => None,
        })
    }
}

fn requirement<'a>(
    field: &'a Field<crate::ingest::kubernetes::Requirement>,
) -> Option<Requirement<'a>> {
    let expression = field.value()?;
    let key = expression.key.value()?.as_str();
    let values: Vec<&str> =
        expression.values.items().iter().filter_map(|v| Some(v.value()?.as_str())).collect();
    let partly_known =
        expression.values.is_unknown() || values.len() < expression.values.items().len();
    let some_values = partly_known || !values.is_empty();
    // The API refuses lists where they do not belong, and empty ones where they do.
    let operator = match expression.operator.value()?.as_str() {
        "In" if some_values => Operator::In(values),
        "NotIn" if some_values => Operator::NotIn(values),
        "Exists" if !some_values => Operator::Exists,
        "DoesNotExist" if !some_values => Operator::DoesNotExist,
        _ => return None,
    };
    Some(Requirement { key, operator, partly_known, span: field.span() })
}

impl Requirement<'_> {
    pub fn holds_for(&self, labels: &Labels<'_>) -> Answer {
        self.holds(labels.get(self.key))
    }

    fn holds(&self, label: LabelValue<'_>) -> Answer {
        match &self.operator {
            Operator::In(values) => self.is_among(label, values),
            Operator::NotIn(values) => self.is_among(label, values).negated(),
            Operator::Exists => exists(label),
            Operator::DoesNotExist => exists(label).negated(),
        }
    }

    fn is_among(&self, label: LabelValue<'_>, values: &[&str]) -> Answer {
        match label {
            LabelValue::Absent => Answer::No,
            LabelValue::Present | LabelValue::Unknown => Answer::Unknown,
            LabelValue::Is(value) if values.contains(&value) => Answer::Yes,
            LabelValue::Is(_) if self.partly_known => Answer::Unknown,
            LabelValue::Is(_) => Answer::No,
        }
    }
}

fn exists(label: LabelValue<'_>) -> Answer {
    match label {
        LabelValue::Is(_) | LabelValue::Present => Answer::Yes,
        LabelValue::Absent => Answer::No,
        LabelValue::Unknown => Answer::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::decode::decode;
    use crate::syntax::{Text, parse};

    fn read<T: for<'t> serde::Deserialize<'t>>(text: &str) -> T {
        let parsed = parse(Text::whole(crate::source::FileId::new(0), text), false);
        let root = parsed.tree.root(&parsed.tree.documents()[0]);
        decode(root).0.expect("a map")
    }

    fn answer(selector: &str, labels: &str) -> Answer {
        let selector: LabelSelector = read(selector);
        let labels: Map<String> = read(labels);
        Selector::of(&selector).matches(&Labels::written(&labels))
    }

    #[test]
    fn selectors_match_as_the_api_says() {
        let table = [
            ("{}", "{}", Answer::Yes),
            ("{}", "{app: web}", Answer::Yes),
            ("{matchLabels: {}, matchExpressions: []}", "{app: web}", Answer::Yes),
            ("{matchLabels: {app: web}}", "{app: web, tier: front}", Answer::Yes),
            ("{matchLabels: {app: web, tier: back}}", "{app: web, tier: front}", Answer::No),
            ("{matchLabels: {app: web}}", "{}", Answer::No),
            ("{matchLabels: {app: ''}}", "{app: }", Answer::Yes),
            (
                "{matchExpressions: [{key: app, operator: In, values: [a, b]}]}",
                "{app: b}",
                Answer::Yes,
            ),
            (
                "{matchExpressions: [{key: app, operator: In, values: [a, b]}]}",
                "{app: c}",
                Answer::No,
            ),
            (
                "{matchExpressions: [{key: app, operator: NotIn, values: [a]}]}",
                "{app: a}",
                Answer::No,
            ),
            ("{matchExpressions: [{key: app, operator: NotIn, values: [a]}]}", "{}", Answer::Yes),
            ("{matchExpressions: [{key: app, operator: Exists}]}", "{app: x}", Answer::Yes),
            ("{matchExpressions: [{key: app, operator: Exists}]}", "{}", Answer::No),
            ("{matchExpressions: [{key: app, operator: DoesNotExist}]}", "{}", Answer::Yes),
            (
                "{matchLabels: {app: web}, matchExpressions: [{key: x, operator: Exists}]}",
                "{app: web}",
                Answer::No,
            ),
        ];
        for (selector, labels, expected) in table {
            assert_eq!(answer(selector, labels), expected, "{selector} {labels}");
        }
    }

    #[test]
    fn what_cannot_be_known_is_neither_matched_nor_missed() {
        let table = [
            ("{matchLabels: {app: '${APP}'}}", "{app: web}", Answer::Unknown),
            ("{matchLabels: {app: '${APP}'}}", "{}", Answer::No),
            ("{matchLabels: {app: web}}", "{app: '${APP}'}", Answer::Unknown),
            ("{matchLabels: {app: web, tier: x}}", "{app: '${APP}', tier: y}", Answer::No),
            ("{matchExpressions: [{key: app, operator: Exists}]}", "{app: '${APP}'}", Answer::Yes),
            (
                "{matchExpressions: [{key: app, operator: In, values: [a, '${B}']}]}",
                "{app: a}",
                Answer::Yes,
            ),
            (
                "{matchExpressions: [{key: app, operator: In, values: [a, '${B}']}]}",
                "{app: c}",
                Answer::Unknown,
            ),
            // The API refuses these.
            (
                "{matchExpressions: [{key: app, operator: Equals, values: [a]}]}",
                "{app: a}",
                Answer::Unknown,
            ),
            ("{matchExpressions: [{key: app, operator: In}]}", "{app: a}", Answer::Unknown),
            (
                "{matchExpressions: [{key: app, operator: Exists, values: [a]}]}",
                "{app: a}",
                Answer::Unknown,
            ),
            // A mesh adds labels of its own.
            ("{matchLabels: {security.istio.io/tlsMode: istio}}", "{app: a}", Answer::Unknown),
        ];
        for (selector, labels, expected) in table {
            assert_eq!(answer(selector, labels), expected, "{selector} {labels}");
        }
    }

    #[test]
    fn a_pod_that_a_selector_matches_has_what_it_requires_and_may_have_more() {
        let one: LabelSelector = read(
            "{matchLabels: {app: web}, matchExpressions: [{key: x, operator: DoesNotExist}, {key: y, operator: In, values: [a, b]}]}",
        );
        let pod = Labels::required_by(&Selector::of(&one));
        assert_eq!(pod.get("app"), LabelValue::Is("web"));
        assert_eq!(pod.get("x"), LabelValue::Absent);
        assert_eq!(pod.get("y"), LabelValue::Present);
        assert_eq!(pod.get("z"), LabelValue::Unknown);
    }
}
