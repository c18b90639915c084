//! From text to a tree with spans, for YAML, JSON and the small languages inside strings.
//!
//! This layer knows no Kubernetes words: only how texts are written.

pub mod address;
mod comment;
pub mod corefile;
pub mod decode;
pub mod ini;
pub mod json;
pub mod label_expression;
mod parse;
pub mod scalar;
pub mod template;
mod text;
mod tree;

#[cfg(test)]
mod tests;

pub use comment::{Comment, hash_comments};
pub use parse::{Parsed, Problem, ProblemKind, parse};
pub use text::{Piece, Places, Text};
pub use tree::{Document, Node, NodeId, Style, Tree, View};
