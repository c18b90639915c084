//! Ranges that are too small for what is to live in them.

pub mod node_cidr_mask_diff_over_16;
pub mod node_cidr_mask_too_short;
pub mod pod_cidr_too_few_nodes;
mod words;
