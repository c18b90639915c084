//! The evaluator: a process of its own, because CEL has no fuel and a rule can come with a pull
//! request. Whatever an expression does to it, the program that started it lives on.
//!
//! It reads requests from its standard input and answers on its standard output, see
//! [`protocol`](super::protocol). It does nothing else: no files, no network.

use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::sync::Arc;

use cel::common::value::Val;
use cel::{Context, Env, ExecutionError, Program};
use serde_json::Value;

use super::limits;
use super::names::{self, Scope};
use super::protocol::{
    Answer, Compiled, Failure, Fault, Request, RuleText, ValidationText, Violation,
};
use super::{functions, values};
use crate::config::custom::MODEL;
use crate::config::field_path::Step;

/// Deep expressions need room; too deep ones overflow it, which ends this process alone.
const STACK: usize = 64 << 20;

/// Of one rule about one object; nobody reads more.
const MOST_VIOLATIONS: usize = 1000;

/// Runs the evaluator until its input ends.
pub fn main() -> ExitCode {
    if limits::set().is_err() {
        return ExitCode::from(2);
    }
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(serve);
    match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(()))) => ExitCode::SUCCESS,
        _ => ExitCode::from(2),
    }
}

fn serve() -> io::Result<()> {
    let mut evaluator = Evaluator::new().map_err(io::Error::other)?;
    let mut input = io::stdin().lock();
    let mut line = String::new();
    loop {
        line.clear();
        if input.read_line(&mut line)? == 0 {
            return Ok(());
        }
        match serde_json::from_str::<Request<String, Value>>(&line)? {
            Request::Load { rule, text } => evaluator.load(rule, text)?,
            Request::Model(model) => evaluator.set_model(model),
            Request::Ask { object, rules } => {
                let object = object.map(|object| {
                    let value = values::of_json(&object);
                    (object, value)
                });
                for rule in rules {
                    limits::renew()?;
                    reply(&evaluator.ask(rule, object.as_ref()))?;
                }
            }
        }
    }
}

fn reply(answer: &impl serde::Serialize) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, answer)?;
    out.write_all(b"\n")?;
    out.flush()
}

struct Evaluator {
    env: Arc<Env>,
    rules: Vec<Option<Rule>>,
    model: Value,
    /// Has the parts of the model as variables.
    root: Context<'static, 'static>,
}

struct Rule {
    variables: Vec<(String, Program)>,
    validations: Vec<Validation>,
}

struct Validation {
    each: Option<Vec<Step>>,
    expression: Program,
    message: Option<Program>,
}

impl Evaluator {
    fn new() -> Result<Evaluator, cel::DeclarationError> {
        let env = Arc::new(functions::environment()?);
        let root = Context::with_env(Arc::clone(&env));
        Ok(Evaluator { env, rules: Vec::new(), model: Value::Null, root })
    }

    /// Compiles a rule, and says of each expression what became of it.
    fn load(&mut self, index: usize, text: RuleText<String>) -> io::Result<()> {
        let mut roots: Vec<&str> = text.of_objects.then_some("object").into_iter().collect();
        roots.extend(MODEL);
        let mut declared: Vec<String> = Vec::new();
        let mut variables = Vec::new();
        for (name, expression) in text.variables {
            let scope = Scope { roots: &roots, variables: &declared, model: &MODEL };
            variables.push((name.clone(), self.compile(&expression, &scope)?));
            declared.push(name);
        }
        let mut validations = Vec::new();
        for ValidationText { each, expression, message } in text.validations {
            let mut roots = roots.clone();
            if each.is_some() {
                roots.insert(0, "item");
            }
            let scope = Scope { roots: &roots, variables: &declared, model: &MODEL };
            let expression = self.compile(&expression, &scope)?;
            let message = match message {
                Some(message) => Some(self.compile(&message, &scope)?),
                None => None,
            };
            validations.push((each, expression, message));
        }
        let variables = variables.into_iter().map(|(name, program)| Some((name, program?)));
        let validations = validations.into_iter().map(|(each, expression, message)| {
            let message = message.map_or(Some(None), |message| message.map(Some))?;
            Some(Validation { each, expression: expression?, message })
        });
        let rule = variables
            .collect::<Option<Vec<_>>>()
            .zip(validations.collect::<Option<Vec<_>>>())
            .map(|(variables, validations)| Rule { variables, validations });
        if self.rules.len() <= index {
            self.rules.resize_with(index + 1, || None);
        }
        self.rules[index] = rule;
        Ok(())
    }

    fn compile(&self, text: &str, scope: &Scope<'_>) -> io::Result<Option<Program>> {
        limits::renew()?;
        let (program, compiled) = match self.env.compile(text) {
            Ok(program) => {
                let compiled = names::check(&program, scope);
                (Some(program), compiled)
            }
            Err(errors) => {
                let fault = |error: &cel::ParseError| Fault {
                    line: usize::try_from(error.pos.0).unwrap_or_default(),
                    column: usize::try_from(error.pos.1).unwrap_or_default(),
                    message: parse_message(&error.msg),
                };
                // One mistake makes several, and the first tells most.
                let faults = errors.errors.first().map(fault).into_iter().collect();
                (None, Compiled { faults, uses: Vec::new() })
            }
        };
        reply(&compiled)?;
        Ok(program.filter(|_| compiled.faults.is_empty()))
    }

    fn set_model(&mut self, model: Value) {
        self.root = Context::with_env(Arc::clone(&self.env));
        for (name, value) in model.as_object().into_iter().flatten() {
            self.root.add_variable_as_val(name.clone(), values::of_json(value));
        }
        self.model = model;
    }

    fn ask(&self, rule: usize, object: Option<&(Value, Box<dyn Val>)>) -> Answer {
        let mut answer = Answer::default();
        let Some(rule) = self.rules.get(rule).and_then(Option::as_ref) else { return answer };
        let mut scope = self.root.new_inner_scope();
        if let Some((_, value)) = object {
            scope.add_variable_as_val("object", value.clone());
        }
        let failed = add_variables(&mut scope, rule);
        let subject = object.map_or(&self.model, |(value, _)| value);
        let mut expression = rule.variables.len();
        for (index, validation) in rule.validations.iter().enumerate() {
            let subjects = match &validation.each {
                Some(each) => expand(subject, each),
                None => vec![(Vec::new(), subject)],
            };
            for (path, item) in subjects {
                let mut scope = scope.new_inner_scope();
                if validation.each.is_some() {
                    scope.add_variable_as_val("item", values::of_json(item));
                }
                match validation.ask(&scope) {
                    Ok(Verdict::Fine | Verdict::Unknown) => {}
                    Ok(Verdict::Violated(message)) => {
                        answer.violations.push(Violation { validation: index, path, message });
                    }
                    Err((offset, error)) => {
                        let missing = matches!(&error, Fail::Execution(
                            ExecutionError::UndeclaredReference(name)) if **name == "variables");
                        answer.failure = answer.failure.or_else(|| {
                            Some(match failed.first().filter(|_| missing) {
                                Some((variable, message)) => Failure {
                                    expression: *variable,
                                    path: Vec::new(),
                                    message: message.clone(),
                                },
                                None => Failure {
                                    expression: expression + offset,
                                    path,
                                    message: error.message(),
                                },
                            })
                        });
                    }
                }
                if answer.violations.len() >= MOST_VIOLATIONS {
                    return answer;
                }
            }
            expression += 1 + usize::from(validation.message.is_some());
        }
        answer
    }
}

/// Binds the variables under their full names. Those that fail are left out, because nobody may
/// ask for them; they come back with what went wrong.
fn add_variables(scope: &mut Context<'_, 'static>, rule: &Rule) -> Vec<(usize, String)> {
    let mut failed = Vec::new();
    for (index, (name, program)) in rule.variables.iter().enumerate() {
        values::take_touched();
        let value = cel::Value::resolve_val(program.expression(), scope).map(|v| v.into_owned());
        let value: Box<dyn Val> = match (values::take_touched(), value) {
            (true, _) => Box::new(values::Unknown),
            (false, Ok(value)) => value,
            (false, Err(error)) => {
                failed.push((index, values::describe(&error)));
                continue;
            }
        };
        scope.add_variable_as_val(format!("variables.{name}"), value);
    }
    failed
}

enum Verdict {
    Fine,
    /// It depends on what a template fills in.
    Unknown,
    Violated(Option<String>),
}

/// Why an expression has no result that serves.
enum Fail {
    Execution(ExecutionError),
    Type(&'static str, String),
}

impl Fail {
    fn message(&self) -> String {
        match self {
            Fail::Execution(error) => values::describe(error),
            Fail::Type(wanted, found) => {
                format!("the result is not {wanted} but of type `{found}`")
            }
        }
    }
}

impl Validation {
    /// The error comes with the number of its expression: 0, or 1 for the message.
    fn ask(&self, scope: &Context<'_, '_>) -> Result<Verdict, (usize, Fail)> {
        values::take_touched();
        let result = cel::Value::resolve_val(self.expression.expression(), scope);
        let holds = result.as_ref().ok().and_then(values::as_bool);
        if values::take_touched() {
            return Ok(Verdict::Unknown);
        }
        match (holds, result) {
            (Some(true), _) => return Ok(Verdict::Fine),
            (Some(false), _) => {}
            (None, Ok(value)) => {
                return Err((0, Fail::Type("true or false", value.get_type().name().to_owned())));
            }
            (None, Err(error)) => return Err((0, Fail::Execution(error))),
        }
        let Some(message) = &self.message else { return Ok(Verdict::Violated(None)) };
        let result = cel::Value::resolve_val(message.expression(), scope);
        let text = result.as_ref().ok().and_then(values::as_text);
        let touched = values::take_touched();
        match (text, result) {
            (Some(text), _) => Ok(Verdict::Violated(Some(values::cut(&text)))),
            // What it would name is not known; that it is violated is.
            _ if touched => Ok(Verdict::Violated(None)),
            (None, Ok(value)) => Err((1, Fail::Type("a text", value.get_type().name().to_owned()))),
            (None, Err(error)) => Err((1, Fail::Execution(error))),
        }
    }
}

/// All values at a path with `[*]`, with their own paths. Nothing where there is no such field, or
/// a template fills it in.
fn expand<'v>(subject: &'v Value, path: &[Step]) -> Vec<(Vec<Step>, &'v Value)> {
    let mut found = vec![(Vec::new(), subject)];
    for step in path {
        let mut next = Vec::new();
        for (path, value) in found {
            let extended = |step: Step| path.iter().cloned().chain([step]).collect::<Vec<Step>>();
            match step {
                Step::Key(key) => {
                    let value = value.get(key.as_str());
                    next.extend(value.map(|value| (extended(step.clone()), value)));
                }
                Step::Index(index) => {
                    next.extend(value.get(*index).map(|value| (extended(step.clone()), value)));
                }
                Step::Every(()) => {
                    let items = value.as_array().into_iter().flatten().enumerate();
                    next.extend(items.map(|(index, item)| (extended(Step::Index(index)), item)));
                }
            }
        }
        found = next;
    }
    found.retain(|(_, value)| !values::is_unknown(value) && !value.is_null());
    found
}

/// ANTLR's words without what only its users know.
fn parse_message(message: &str) -> String {
    // What stops the parser itself comes wrapped.
    if message.contains("Recursion limit of") {
        return "the expression nests too deep".to_owned();
    }
    let message = message.strip_prefix("Syntax error: ").unwrap_or(message);
    // A list of all tokens that could stand here helps nobody.
    let message = message.split(" expecting {").next().unwrap_or(message);
    values::cut(&message.replace("'<EOF>'", "the end").replace("<EOF>", "the end"))
}
