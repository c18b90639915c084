//! What rules say, as findings.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::located::Located;
use super::process::End;
use super::protocol::{Failure, Violation};
use super::session::{Loss, Outcome, expressions};
use super::{CUSTOM_RULE_FAILED, ObjectQuestion};
use crate::config::custom::{CustomRule, Message};
use crate::config::field_path::Step;
use crate::diagnostic::{Diagnostic, Place, RuleId, Severity};
use crate::source::Span;

/// Findings as they come in. Failures of one kind are told once, however many objects they hit.
pub struct Notes<'r> {
    rules: &'r [CustomRule],
    found: Vec<Diagnostic>,
    /// By rule, expression and message: the first object with its place, and how many there are.
    failures: BTreeMap<(usize, usize, String), (String, Span, usize)>,
    losses: BTreeMap<usize, Lost>,
}

struct Lost {
    loss: Loss,
    /// The object that it was asked about, and its place; of a rule over the model there is none.
    object: Option<(String, Span)>,
    /// Objects that it was not asked about any more.
    skipped: usize,
}

impl<'r> Notes<'r> {
    pub fn new(rules: &'r [CustomRule]) -> Notes<'r> {
        let (failures, losses) = (BTreeMap::new(), BTreeMap::new());
        Notes { rules, found: Vec::new(), failures, losses }
    }

    /// Takes what a rule says about an object, or about the model, whose value is given.
    pub fn add(
        &mut self,
        rule: usize,
        object: Option<&ObjectQuestion>,
        value: &Located,
        outcome: Outcome,
    ) {
        match outcome {
            Outcome::Answer(answer) => {
                for violation in answer.violations {
                    self.violation(rule, object, value, violation);
                }
                if let Some(failure) = answer.failure {
                    self.failure(rule, object, value, failure);
                }
            }
            Outcome::Lost(loss) => {
                let object = object.map(|object| (object.identity.clone(), object.name_span));
                self.losses.insert(rule, Lost { loss, object, skipped: 0 });
            }
            Outcome::Skipped => {
                // It may have been lost in another cluster.
                if let Some(lost) = self.losses.get_mut(&rule) {
                    lost.skipped += 1;
                }
            }
        }
    }

    fn violation(
        &mut self,
        rule: usize,
        object: Option<&ObjectQuestion>,
        value: &Located,
        violation: Violation,
    ) {
        let rule = &self.rules[rule];
        let Some(validation) = rule.validations.get(violation.validation) else { return };
        let mut path = violation.path;
        path.extend(validation.at.iter().flatten().cloned());
        let message = match (&validation.message, violation.message) {
            (Message::Text(text), _) => text.clone(),
            (Message::Expression(_), Some(text)) if !text.is_empty() => text,
            (Message::Expression(_), _) => rule.info.summary.clone(),
        };
        let place = place(rule, object, value, &path);
        let mut diagnostic = match rule.info.severity {
            Severity::Error => Diagnostic::error(place.label(""), message),
            Severity::Warning => Diagnostic::warning(place.label(""), message),
            Severity::Info => Diagnostic::info(place.label(""), message),
        };
        diagnostic.rule = rule.info.id.clone();
        diagnostic.help.clone_from(&rule.help);
        self.found.push(diagnostic);
    }

    fn failure(
        &mut self,
        rule: usize,
        object: Option<&ObjectQuestion>,
        value: &Located,
        failure: Failure,
    ) {
        let place = place(&self.rules[rule], object, value, &failure.path);
        let name = object.map_or("the model".to_owned(), |it| format!("`{}`", it.identity));
        let key = (rule, failure.expression, failure.message);
        self.failures.entry(key).or_insert((name, place, 0)).2 += 1;
    }

    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut found = self.found;
        for ((rule, expression, message), (object, place, count)) in self.failures {
            let rule = &self.rules[rule];
            let id = &rule.info.id;
            let others = match count {
                0 | 1 => String::new(),
                2 => ", nor of one other object".to_owned(),
                _ => format!(", nor of {} other objects", count - 1),
            };
            let text = format!("`{id}` cannot be asked of {object}: {message}{others}");
            let mut diagnostic = failed(place, text);
            let expression = expressions(rule).get(expression).map(|text| text.span);
            diagnostic.related.extend(expression.map(|span| span.label("in this expression")));
            if message.starts_with("there is no key") {
                diagnostic.help = Some(
                    "ask with `has(…)` whether a field is there, or give it a value for when it is not: `object.spec.?type.orValue('ClusterIP')`"
                        .to_owned(),
                );
            }
            found.push(diagnostic);
        }
        for (rule, lost) in self.losses {
            let rule = &self.rules[rule];
            let id = &rule.info.id;
            let (object, place) = match lost.object {
                Some((object, place)) => (format!("`{object}`"), place),
                None => ("the model".to_owned(), rule.span),
            };
            let why = reason(&lost.loss);
            let others = match lost.skipped {
                0 => String::new(),
                1 => "; one other object is not looked at".to_owned(),
                more => format!("; {more} other objects are not looked at"),
            };
            let text = format!("`{id}` is given up at {object}: {why}{others}");
            let mut diagnostic = failed(place, text);
            if place != rule.span {
                diagnostic.related.push(rule.span.label("this rule"));
            }
            found.push(diagnostic);
        }
        found
    }
}

fn failed(place: Span, message: String) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(place.label(""), message);
    diagnostic.rule = RuleId(Cow::Borrowed(CUSTOM_RULE_FAILED));
    diagnostic
}

fn reason(loss: &Loss) -> Cow<'static, str> {
    Cow::Borrowed(match loss {
        Loss::End(End::Time) => "it takes too long",
        Loss::End(End::Memory) => "it takes too much memory",
        Loss::End(End::Depth) => "it nests too deep",
        Loss::End(End::Other) => "its evaluation breaks off",
        Loss::Budget => "it has taken more than 30 seconds in all",
        Loss::Start(message) => {
            return Cow::Owned(format!("its evaluation cannot be started: {message}"));
        }
    })
}

fn place(
    rule: &CustomRule,
    object: Option<&ObjectQuestion>,
    value: &Located,
    path: &[Step],
) -> Span {
    let whole = object.map_or(rule.span, |object| object.name_span);
    value.place(path).unwrap_or(whole)
}
