//! Files of one cluster that contradict each other.

pub mod node_podcidr_overlap;
