//! Ranges that are too small for what is to live in them.

pub mod calico_block_size_range;
pub mod calico_blocks_fewer_than_nodes;
pub mod max_pods_exceeds_eni_limit;
pub mod node_cidr_mask_diff_over_16;
pub mod node_cidr_mask_too_short;
pub mod node_cidr_smaller_than_max_pods;
pub mod pod_cidr_too_few_nodes;
pub mod pool_size_zero_or_tiny;
pub mod replicas_exceed_pod_capacity;
pub mod service_cidr_size;
mod words;
