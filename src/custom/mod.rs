//! A team's own rules: expressions in CEL over objects and over the model.
//!
//! What a rule says is read by [`crate::config::custom`]; `docs/custom-rules.md` tells it to
//! people. An expression is compiled and evaluated by a process of its own, the [`evaluator`],
//! which is this very program: a rule can be as hostile as the pull request that it comes with,
//! and CEL has no bounds. What goes wrong with a rule is a finding; the other rules are asked all
//! the same, and nothing is started when there are none.
//!
//! Objects are parsed again for this, because trees do not live as long as that.

pub mod evaluator;
mod findings;
mod functions;
mod limits;
mod located;
mod model;
mod names;
mod process;
mod protocol;
mod session;
mod values;

use std::path::PathBuf;
use std::sync::Mutex;

use rayon::prelude::*;

use crate::config::ConfigProblem;
use crate::config::custom::CustomRule;
use crate::diagnostic::Diagnostic;
use crate::model::{Network, Object};
use crate::source::{FileId, Span};
use crate::syntax::{Node, Text, parse};
use findings::Notes;
use located::{Content, Located};
use session::{Loss, Session, expressions};

/// The first argument that makes this program an evaluator.
pub const ARGUMENT: &str = "evaluate-custom-rules";

/// The built-in rule that speaks about rules that fail.
pub const CUSTOM_RULE_FAILED: &str = "custom-rule-failed";

/// Rules that are compiled and ready to be asked.
pub struct Custom {
    rules: Vec<CustomRule>,
    /// The parts of the model that some rule names.
    wanted: Vec<String>,
    session: Mutex<Session>,
}

/// Why rules cannot be asked.
#[derive(Debug)]
pub enum StartError {
    /// What is wrong with expressions, by place.
    Mistakes(Vec<ConfigProblem>),
    /// The evaluator does not start.
    NoEvaluator(String),
}

impl Custom {
    /// Compiles rules, with the evaluator that is part of `program`.
    pub fn start(rules: Vec<CustomRule>, program: PathBuf) -> Result<Custom, StartError> {
        let mut session = Session::new(program, rules.len());
        let mut problems = Vec::new();
        let mut wanted = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let texts = expressions(rule);
            let (compiled, loss) = match session.compile(index, rule) {
                Ok(compiled) => (compiled, None),
                Err((compiled, loss)) => (compiled, Some(loss)),
            };
            if let Some(Loss::Start(message)) = loss {
                return Err(StartError::NoEvaluator(message));
            }
            if let Some(text) = texts.get(compiled.len()).filter(|_| loss.is_some()) {
                let message = "the expression is too deep or too large to be compiled".to_owned();
                problems.push(ConfigProblem {
                    span: text.span,
                    message,
                    help: None,
                    related: Vec::new(),
                });
            }
            for (text, compiled) in texts.iter().zip(compiled) {
                wanted.extend(compiled.uses);
                problems.extend(compiled.faults.into_iter().map(|fault| ConfigProblem {
                    span: text.place(fault.line, fault.column),
                    message: fault.message,
                    help: None,
                    related: Vec::new(),
                }));
            }
            let parts = rule.validations.iter().filter(|_| rule.matches.is_empty());
            wanted.extend(parts.filter_map(|validation| match validation.each.as_ref()?.first() {
                Some(crate::config::field_path::Step::Key(part)) => Some(part.clone()),
                _ => None,
            }));
        }
        if !problems.is_empty() {
            problems.sort_by_key(|problem| problem.span);
            return Err(StartError::Mistakes(problems));
        }
        wanted.sort();
        wanted.dedup();
        Ok(Custom { rules, wanted, session: Mutex::new(session) })
    }

    pub fn rules(&self) -> &[CustomRule] {
        &self.rules
    }

    /// What rules ask about a cluster, which must not hold on to its network. `active` has the ids
    /// of the rules that run.
    pub fn subject(&self, network: &Network<'_>, active: &[&str]) -> Subject {
        let rules: Vec<usize> = (0..self.rules.len())
            .filter(|index| active.contains(&self.rules[*index].info.id.as_str()))
            .collect();
        let asked = network.objects.iter().filter(|object| !object.is_chart_default());
        let objects = asked.filter_map(|object| {
            let matching = |rule: &&usize| {
                let (kind, group) = (object.kind(), object.resource.group());
                self.rules[**rule].matches.iter().any(|it| it.matches(kind, group))
            };
            let rules: Vec<usize> = rules.iter().filter(matching).copied().collect();
            (!rules.is_empty()).then(|| ObjectQuestion::new(*object, rules))
        });
        let objects = objects.collect();
        let over_model = rules.into_iter().filter(|rule| self.rules[*rule].matches.is_empty());
        let over_model = over_model.collect();
        Subject { objects, over_model, model: model::of(network, &self.wanted) }
    }

    /// Asks the rules, cluster by cluster; each finding comes with the index of its subject.
    /// `text` gives the path and the text of a document.
    pub fn ask<'t>(
        &self,
        subjects: &[Subject],
        text: impl Fn(FileId, usize) -> Option<Text<'t>> + Sync,
    ) -> Vec<(usize, Diagnostic)> {
        let mut session = self.session.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        session.begin();
        let mut found = Vec::new();
        for (index, subject) in subjects.iter().enumerate() {
            let mut notes = Notes::new(&self.rules);
            session.set_model(&subject.model);
            let context = (&self.rules[..], &subject.model);
            let outcomes = session.ask(None, &subject.over_model, context);
            for (rule, outcome) in subject.over_model.iter().zip(outcomes) {
                notes.add(*rule, None, &subject.model, outcome);
            }
            // As many as are worth parsing at once, and do not take much memory.
            for some in subject.objects.chunks(256) {
                let values: Vec<Option<Located>> = some
                    .par_chunk_by(|a, b| (a.file, a.document) == (b.file, b.document))
                    .flat_map_iter(|of_document| {
                        values(of_document, text(of_document[0].file, of_document[0].document))
                    })
                    .collect();
                for (question, value) in some.iter().zip(values) {
                    let Some(value) = value else { continue };
                    let outcomes = session.ask(Some(&value), &question.rules, context);
                    for (rule, outcome) in question.rules.iter().zip(outcomes) {
                        notes.add(*rule, Some(question), &value, outcome);
                    }
                }
            }
            found
                .extend(notes.into_diagnostics().into_iter().map(|diagnostic| (index, diagnostic)));
        }
        found
    }
}

/// What rules ask about one cluster.
pub struct Subject {
    objects: Vec<ObjectQuestion>,
    over_model: Vec<usize>,
    model: Located,
}

/// An object, and the rules that ask about it.
struct ObjectQuestion {
    file: FileId,
    document: usize,
    /// All of it.
    span: Span,
    /// Where a finding about the object as a whole points.
    name_span: Span,
    identity: String,
    rules: Vec<usize>,
}

impl ObjectQuestion {
    fn new(object: Object<'_>, rules: Vec<usize>) -> ObjectQuestion {
        let resource = object.resource;
        ObjectQuestion {
            file: resource.file,
            document: resource.document,
            span: resource.span,
            name_span: resource.name_span(),
            identity: resource.identity(),
            rules,
        }
    }
}

/// The values of objects of one document; `None` for what is no object of YAML or JSON, such as a
/// Corefile, or a text inside another object.
fn values(questions: &[ObjectQuestion], text: Option<Text<'_>>) -> Vec<Option<Located>> {
    let Some(text) = text else { return questions.iter().map(|_| None).collect() };
    let parsed = parse(text, false);
    let roots = || parsed.tree.documents().iter().map(|document| parsed.tree.root(document));
    let value = |question: &ObjectQuestion| {
        let node = roots().find_map(|root| find(root, question.span))?;
        let value = Located::of_node(node);
        matches!(value.content, Content::Map(_)).then_some(value)
    };
    questions.iter().map(value).collect()
}

/// The object with a place: a document, or an item of a list.
fn find(node: Node<'_>, span: Span) -> Option<Node<'_>> {
    if node.span() == span {
        return Some(node);
    }
    if !node.span().contains(span) {
        return None;
    }
    node.get("items").into_iter().flat_map(Node::items).find_map(|item| find(item, span))
}
