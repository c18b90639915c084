//! What the program and its evaluator say to each other: lines of JSON both ways.
//!
//! The evaluator answers the parts of a request one by one, a line each, and says nothing else.
//! When it falls silent in the middle, the first line that is missing names what it was at.

use serde::{Deserialize, Serialize};

use crate::config::field_path::Step;

/// The only key of a map that stands for a value which nobody can know.
pub const UNKNOWN: &str = "\u{0}";

/// `S` is a text and `V` a value, borrowed where they are sent and owned where they are received.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request<S, V> {
    /// Compiles a rule. A [`Compiled`] for each expression: those of the variables, then of each
    /// validation the expression and that of its message.
    Load { rule: usize, text: RuleText<S> },
    /// The parts of the model that rules name, as one map. No reply.
    Model(V),
    /// Asks rules of an object, or of the model. An [`Answer`] for each rule.
    Ask { object: Option<V>, rules: Vec<usize> },
}

/// A rule as far as it is evaluated.
#[derive(Debug, Serialize, Deserialize)]
pub struct RuleText<S> {
    /// Whether it is asked of objects.
    pub of_objects: bool,
    /// Names with their expressions.
    pub variables: Vec<(S, S)>,
    pub validations: Vec<ValidationText<S>>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ValidationText<S> {
    pub each: Option<Vec<Step>>,
    pub expression: S,
    pub message: Option<S>,
}

/// What became of an expression.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Compiled {
    pub faults: Vec<Fault>,
    /// The parts of the model that it names.
    pub uses: Vec<String>,
}

/// A mistake in an expression; line and column from 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct Fault {
    pub line: usize,
    pub column: usize,
    pub message: String,
}

/// What a rule says about an object, or about the model.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Answer {
    pub violations: Vec<Violation>,
    /// The first expression that failed, if any did.
    pub failure: Option<Failure>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Violation {
    pub validation: usize,
    /// To what the validation was asked of.
    pub path: Vec<Step>,
    /// Of a `messageExpression`.
    pub message: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Failure {
    /// The expression, in the order of [`Request::Load`].
    pub expression: usize,
    pub path: Vec<Step>,
    pub message: String,
}
