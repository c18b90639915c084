//! The command line: arguments, exit code, and what the smaller commands print.

pub mod explain;
mod markdown;
pub mod progress;
pub mod rules;
