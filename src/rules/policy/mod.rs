//! NetworkPolicies: what they let through, and what was meant.

mod dns_help;
pub mod netpol_dns_tcp_missing;
pub mod netpol_dns_tcp_only;
pub mod netpol_dns_wrong_port;
pub mod netpol_egress_blocks_dns;
pub mod netpol_egress_deny_all_no_dns;
pub mod netpol_endport_k8s_too_old;
pub mod netpol_kube_system_blocks_dns;
