//! Services, their ports, and the pods behind them.

pub mod service_cluster_ips_mismatch;
pub mod service_duplicate_nodeport;
pub mod service_multi_port_unnamed;
pub mod service_selects_nothing;
pub mod service_source_ranges_open;
pub mod service_targetport_unknown_name;
