//! CoreDNS, and how pods look up names.

pub mod coredns_cpu_limit_low;
pub mod coredns_dnspolicy_not_default;
pub mod coredns_memory_limit;
pub mod coredns_missing_anti_affinity;
pub mod coredns_no_pdb;
pub mod coredns_no_priority_class;
pub mod coredns_no_requests;
pub mod coredns_probe_plugin_mismatch;
pub mod coredns_single_replica;
pub mod corefile_duplicate_server_block;
pub mod corefile_forward_to_self;
pub mod corefile_missing_kubernetes;
pub mod corefile_no_cache;
pub mod corefile_no_errors;
pub mod corefile_no_lameduck;
pub mod corefile_no_loop;
pub mod corefile_no_reload;
pub mod corefile_pods_verified_memory;
pub mod corefile_removed_plugin;
pub mod corefile_syntax;
pub mod corefile_unknown_plugin;
pub mod dns_service_udp_tcp;
pub mod nodelocaldns_unsubstituted;
pub mod pod_dns_limits;
pub mod pod_dnspolicy_none_empty;
pub mod pod_hostnetwork_dns;
