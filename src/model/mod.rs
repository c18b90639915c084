//! What the files say about a cluster, made into one picture of its network.

pub mod quantity;
