//! Istio and Linkerd: what routes refer to, and whom proxies let talk.

pub mod istio_config_refused;
pub mod istio_conflicting_hosts;
pub mod istio_destination_port;
pub mod istio_dr_no_circuit_breaker;
pub mod istio_gateway_duplicate_host;
pub mod istio_gateway_missing;
pub mod istio_gateway_port_not_on_service;
pub mod istio_gateway_selects_nothing;
pub mod istio_host_missing;
pub mod istio_host_not_in_gateway;
pub mod istio_injection_label_conflict;
pub mod istio_injection_value;
pub mod istio_no_timeout;
pub mod istio_plaintext_to_strict;
pub mod istio_policy_selects_nothing;
pub mod istio_port_protocol_conflict;
pub mod istio_service_entry_shape;
pub mod istio_several_defaults;
pub mod istio_strict_plaintext_client;
pub mod istio_subset_missing;
pub mod istio_subset_selects_nothing;
pub mod istio_unreachable_route;
pub mod linkerd_inject_value;
pub mod linkerd_opaque_port_missing;
pub mod linkerd_ports_invalid;
