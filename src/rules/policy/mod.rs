//! NetworkPolicies: what they let through, and what was meant.

mod dns_help;
pub mod netpol_blocks_call;
pub mod netpol_clusterip_in_ipblock;
pub mod netpol_dns_tcp_missing;
pub mod netpol_dns_tcp_only;
pub mod netpol_dns_wrong_port;
pub mod netpol_egress_blocks_dns;
pub mod netpol_egress_deny_all_no_dns;
pub mod netpol_egress_rules_without_type;
pub mod netpol_empty_rule_allows_all;
pub mod netpol_endport_k8s_too_old;
pub mod netpol_host_network_peer;
pub mod netpol_host_network_selected;
pub mod netpol_invalid_shape;
pub mod netpol_ipblock_hits_pods_on_cilium;
pub mod netpol_kube_system_blocks_dns;
pub mod netpol_named_port_unknown;
pub mod netpol_namespace_label_not_set;
pub mod netpol_null_selector;
pub mod netpol_peer_or_instead_of_and;
pub mod netpol_peer_selects_nothing;
pub mod netpol_policytypes_implicit_ingress;
pub mod netpol_selects_nothing;
pub mod netpol_service_port_not_pod_port;
pub mod netpol_without_enforcer;
