//! Ingress and Gateway API: classes, listeners, hosts, paths, and the Services behind them.

mod backends;
pub mod external_dns_duplicate_hostname;
pub mod gateway_class_missing;
pub mod gateway_listener_conflict;
pub mod gateway_listener_invalid;
pub mod httproute_backend;
pub mod httproute_not_allowed;
pub mod httproute_parent_missing;
pub mod httproute_referencegrant;
pub mod ingress_backend_blocked;
pub mod ingress_backend_missing;
pub mod ingress_class_missing;
pub mod ingress_class_several_defaults;
pub mod ingress_default_backend_only;
pub mod ingress_duplicate_route;
pub mod ingress_invalid_shape;
pub mod ingress_issuer_missing;
pub mod ingress_nginx_retired;
pub mod ingress_no_class;
pub mod ingress_open_host;
pub mod ingress_port_not_service_port;
pub mod ingress_snippet_annotation;
pub mod ingress_tls_host_mismatch;
pub mod ingress_tls_secret_missing;
pub mod ingress_without_tls;
