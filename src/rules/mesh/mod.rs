//! Istio and Linkerd: what routes refer to, and whom proxies let talk.

pub mod istio_conflicting_hosts;
pub mod istio_destination_port;
pub mod istio_gateway_duplicate_host;
pub mod istio_gateway_missing;
pub mod istio_gateway_port_not_on_service;
pub mod istio_gateway_selects_nothing;
pub mod istio_host_missing;
pub mod istio_host_not_in_gateway;
pub mod istio_subset_missing;
pub mod istio_subset_selects_nothing;
pub mod istio_unreachable_route;
