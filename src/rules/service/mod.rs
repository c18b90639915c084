//! Services, their ports, and the pods behind them.

pub mod call_missing_port;
pub mod call_service_missing;
pub mod endpoints_deprecated;
pub mod endpoints_invalid_address;
pub mod endpoints_without_effect;
pub mod hardcoded_cluster_ip;
pub mod monitor_port_unknown;
pub mod monitor_selects_nothing;
pub mod service_cluster_ips_mismatch;
pub mod service_duplicate_nodeport;
pub mod service_external_ips_deprecated;
pub mod service_external_traffic_local_spread;
pub mod service_externalname_ip;
pub mod service_invalid_shape;
pub mod service_load_balancer_open;
pub mod service_multi_port_unnamed;
pub mod service_node_port;
pub mod service_nodeport_out_of_range;
pub mod service_port_invalid;
pub mod service_selects_nothing;
pub mod service_shared_selector;
pub mod service_source_ranges_open;
pub mod service_targetport_number_undeclared;
pub mod service_targetport_unknown_name;
pub mod statefulset_service_name;
pub mod webhook_service_missing;
