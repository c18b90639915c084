//! What is wrong with the inputs as such, before they say anything about a network.

pub use crate::ingest::{Problem, ProblemKind};
pub use crate::syntax::ProblemKind as SyntaxProblem;
