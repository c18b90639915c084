//! A conversation with the evaluator that goes on when the evaluator does not: what it died of is
//! the loss of one rule, and a new one is asked about the others.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::located::Located;
use super::process::{End, Process};
use super::protocol::{Answer, Compiled, Request, RuleText, ValidationText};
use crate::config::custom::{CustomRule, Expression, Message, Validation};

/// For all answers of one rule: none of them is slow, but all of them together can be.
const BUDGET: Duration = Duration::from_secs(30);

/// Why a rule is not asked any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loss {
    End(End),
    /// It has had its time.
    Budget,
    /// There is no evaluator.
    Start(String),
}

/// What asking a rule brought.
pub enum Outcome {
    Answer(Answer),
    Lost(Loss),
    /// It was lost before.
    Skipped,
}

pub struct Session {
    program: PathBuf,
    process: Option<Process>,
    /// What each rule has taken.
    spent: Vec<Duration>,
    lost: Vec<bool>,
}

impl Session {
    pub fn new(program: PathBuf, rules: usize) -> Session {
        let (spent, lost) = (vec![Duration::ZERO; rules], vec![false; rules]);
        Session { program, process: None, spent, lost }
    }

    /// Compiles a rule: what became of each expression, up to one that ends the evaluator.
    pub fn compile(
        &mut self,
        index: usize,
        rule: &CustomRule,
    ) -> Result<Vec<Compiled>, (Vec<Compiled>, Loss)> {
        let mut compiled = Vec::new();
        let process = match self.process() {
            Ok(process) => process,
            Err(loss) => return Err((compiled, loss)),
        };
        let result = load(process, index, rule, &mut compiled);
        match result {
            Ok(()) => Ok(compiled),
            Err(end) => {
                self.process = None;
                Err((compiled, Loss::End(end)))
            }
        }
    }

    /// Begins a run: what was lost in the one before is asked again, for each run tells all.
    pub fn begin(&mut self) {
        if self.lost.contains(&true) {
            // The evaluator does not know the rules that were lost.
            self.process = None;
        }
        self.lost.fill(false);
        self.spent.fill(Duration::ZERO);
    }

    /// Hands over the model of the cluster that the next questions are about.
    pub fn set_model(&mut self, model: &Located) {
        // If the evaluator is dead, the next question finds out and starts another one.
        if let Some(process) = &mut self.process
            && process.send(&Request::<&str, &Located>::Model(model)).is_err()
        {
            self.process = None;
        }
    }

    /// Asks rules, in their order, of an object or of the model. `all` has every rule.
    pub fn ask(
        &mut self,
        object: Option<&Located>,
        rules: &[usize],
        (all, model): (&[CustomRule], &Located),
    ) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(rules.len());
        while outcomes.len() < rules.len() {
            let rest = &rules[outcomes.len()..];
            let open: Vec<usize> = rest.iter().copied().filter(|rule| !self.lost[*rule]).collect();
            if self.lost[rest[0]] {
                outcomes.push(Outcome::Skipped);
                continue;
            }
            if let Err(loss) = self.prepare(all, model) {
                self.lost[rest[0]] = true;
                outcomes.push(Outcome::Lost(loss));
                continue;
            }
            self.ask_open(object, rest, &open, &mut outcomes);
        }
        outcomes
    }

    /// Asks as many rules as the evaluator lives for.
    fn ask_open(
        &mut self,
        object: Option<&Located>,
        rest: &[usize],
        open: &[usize],
        outcomes: &mut Vec<Outcome>,
    ) {
        let Some(process) = &mut self.process else { return };
        let sent = process.send(&Request::<&str, _>::Ask { object, rules: open.to_vec() });
        for rule in rest {
            if self.lost[*rule] {
                outcomes.push(Outcome::Skipped);
                continue;
            }
            let start = Instant::now();
            let answer = sent.and_then(|()| process.receive::<Answer>());
            self.spent[*rule] += start.elapsed();
            match answer {
                Ok(_) if self.spent[*rule] > BUDGET => {
                    self.lost[*rule] = true;
                    outcomes.push(Outcome::Lost(Loss::Budget));
                }
                Ok(answer) => outcomes.push(Outcome::Answer(answer)),
                Err(end) => {
                    self.lost[*rule] = true;
                    outcomes.push(Outcome::Lost(Loss::End(end)));
                    self.process = None;
                    return;
                }
            }
        }
    }

    /// Starts an evaluator that knows the rules and the model, unless there is one.
    fn prepare(&mut self, all: &[CustomRule], model: &Located) -> Result<(), Loss> {
        if self.process.is_some() {
            return Ok(());
        }
        let lost = self.lost.clone();
        let process = self.process()?;
        let open = all.iter().enumerate().filter(|(index, _)| !lost[*index]);
        let mut loaded = Ok(());
        for (index, rule) in open {
            loaded = loaded.and_then(|()| load(process, index, rule, &mut Vec::new()));
        }
        let ready = loaded.and_then(|()| process.send(&Request::<&str, &Located>::Model(model)));
        ready.map_err(|end| {
            self.process = None;
            Loss::End(end)
        })
    }

    fn process(&mut self) -> Result<&mut Process, Loss> {
        if self.process.is_none() {
            let started = Process::start(&self.program);
            self.process = Some(started.map_err(|error| Loss::Start(error.to_string()))?);
        }
        Ok(self.process.as_mut().expect("internal error: just started"))
    }
}

fn load(
    process: &mut Process,
    index: usize,
    rule: &CustomRule,
    compiled: &mut Vec<Compiled>,
) -> Result<(), End> {
    process.send(&Request::<&str, &Located>::Load { rule: index, text: text(rule) })?;
    for _ in expressions(rule) {
        compiled.push(process.receive()?);
    }
    Ok(())
}

/// The expressions of a rule in the order in which the evaluator counts them.
pub fn expressions(rule: &CustomRule) -> Vec<&Expression> {
    let mut expressions: Vec<&Expression> = rule.variables.iter().map(|(_, text)| text).collect();
    for validation in &rule.validations {
        expressions.push(&validation.expression);
        expressions.extend(message(validation));
    }
    expressions
}

fn message(validation: &Validation) -> Option<&Expression> {
    match &validation.message {
        Message::Expression(expression) => Some(expression),
        Message::Text(_) => None,
    }
}

fn text(rule: &CustomRule) -> RuleText<&str> {
    let variables = rule.variables.iter();
    let validations = rule.validations.iter().map(|validation| ValidationText {
        each: validation.each.clone(),
        expression: validation.expression.text.as_str(),
        message: message(validation).map(|expression| expression.text.as_str()),
    });
    RuleText {
        of_objects: !rule.matches.is_empty(),
        variables: variables
            .map(|(name, text)| (name.value.as_str(), text.text.as_str()))
            .collect(),
        validations: validations.collect(),
    }
}
