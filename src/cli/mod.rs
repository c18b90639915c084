//! The command line: arguments, exit code, and what the smaller commands print.

pub mod explain;
pub mod progress;
pub mod rules;
