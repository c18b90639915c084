//! netvet reads the files that describe a cluster's network, builds one model of that network,
//! and lets rules look at the model.

pub mod diagnostic;
pub mod model;
pub mod report;
pub mod source;
pub mod syntax;
