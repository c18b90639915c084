//! The tests of the whole: each module runs the program, or the library from texts to findings.
//!
//! One program of tests, because linking is what takes the time. Those with a runner or heavy
//! libraries of their own lie beside this folder.

mod action;
mod around;
mod bad_input;
mod baseline;
mod cli;
mod connections;
mod connections_diff;
mod connections_explain;
mod coredns;
mod custom_rules;
mod fixes;
mod ignores;
mod plan;
mod policies;
mod properties;
mod readme;
mod render;
mod reports;
mod rules;
mod scenarios;
mod since;
mod traps;
mod yaml_values;
