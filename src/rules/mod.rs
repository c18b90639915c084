//! The rules: a page in `rules/<category>/<id>.md` and a function here, each.
//!
//! To add one, write the two files, a `mod` line in its category and a line in [`ALL`]. Rules
//! share nothing, cannot fail, and see the model alone.

pub mod addressing;
pub mod capacity;
pub mod cni;
pub mod dns;
pub mod docker;
pub mod drift;
pub mod ingress;
pub mod input;
pub mod mesh;
pub mod mtu;
pub mod pod;
pub mod policy;
pub mod proxy;
pub mod service;
pub mod version;
mod wording;

use std::borrow::Cow;

use crate::diagnostic::{Diagnostic, RuleId};
use crate::model::Network;
use crate::model::input::Problem;
use crate::model::joined::Joined;
use crate::source::Spanned;

pub struct Rule {
    /// Metadata, documentation and tests: see `CONTRIBUTING.md`.
    pub page: &'static str,
    pub check: Check,
}

impl Rule {
    /// The id stands in the first line of the page's front matter.
    pub fn id(&self) -> RuleId {
        let line = self.page.lines().nth(1).and_then(|line| line.strip_prefix("id: "));
        RuleId(Cow::Borrowed(line.expect("internal error: a page that does not start with its id")))
    }
}

/// What a rule looks at.
pub enum Check {
    /// The network of one cluster.
    Network(fn(&Network<'_>, &mut Findings<'_>)),
    /// Clusters whose networks are joined.
    Joined(fn(&[Joined<'_, '_>], &mut Findings<'_>)),
    /// What is wrong with the inputs as such.
    Inputs(fn(&[Problem], &mut Findings<'_>)),
    /// Nothing: its findings come from another part of the run, which has its own reasons.
    Elsewhere,
}

/// Every rule, in the order of the categories.
pub static ALL: &[Rule] = &[
    addressing::advertise_address_invalid::RULE,
    addressing::aks_reserved_range::RULE,
    addressing::calico_pool_outside_pod_cidr::RULE,
    addressing::cidr_hits_well_known_range::RULE,
    addressing::cidr_host_bits_set::RULE,
    addressing::cidr_invalid::RULE,
    addressing::cidr_overlaps_declared_external::RULE,
    addressing::cluster_cidr_mismatch::RULE,
    addressing::cluster_dns_is_kubernetes_service::RULE,
    addressing::cluster_dns_mismatch::RULE,
    addressing::cluster_dns_outside_service_cidr::RULE,
    addressing::cluster_domain_mismatch::RULE,
    addressing::cluster_mesh_cidr_overlap::RULE,
    addressing::dual_stack_shape::RULE,
    addressing::duplicate_static_ip::RULE,
    addressing::eks_service_cidr_invalid::RULE,
    addressing::external_ip_in_cluster_range::RULE,
    addressing::ip_autodetection_first_found_multihomed::RULE,
    addressing::kubeadm_extra_args_shape::RULE,
    addressing::kubeproxy_local_cidr_unset::RULE,
    addressing::lb_ip_outside_pools::RULE,
    addressing::lb_pool_not_advertised::RULE,
    addressing::lb_pool_overlap::RULE,
    addressing::lb_pool_overlaps_peer::RULE,
    addressing::metallb_bare_ip::RULE,
    addressing::metallb_configmap_removed::RULE,
    addressing::metallb_host_bits::RULE,
    addressing::metallb_pool_overlap::RULE,
    addressing::nic_static_and_dhcp::RULE,
    addressing::node_cidr_mask_flag_conflict::RULE,
    addressing::node_ip_in_pod_cidr::RULE,
    addressing::node_ip_in_service_cidr::RULE,
    addressing::node_subnet_overlaps_pod_or_service::RULE,
    addressing::overlapping_pools::RULE,
    addressing::pod_service_cidr_overlap::RULE,
    addressing::service_cidr_mismatch::RULE,
    addressing::static_cluster_ip_outside_range::RULE,
    capacity::calico_block_size_range::RULE,
    capacity::calico_blocks_fewer_than_nodes::RULE,
    capacity::max_pods_exceeds_eni_limit::RULE,
    capacity::node_cidr_mask_diff_over_16::RULE,
    capacity::node_cidr_mask_too_short::RULE,
    capacity::node_cidr_smaller_than_max_pods::RULE,
    capacity::pod_cidr_too_few_nodes::RULE,
    capacity::pool_size_zero_or_tiny::RULE,
    capacity::replicas_exceed_pod_capacity::RULE,
    capacity::service_cidr_size::RULE,
    mtu::encapsulation_backend_mismatch::RULE,
    mtu::encapsulation_conflict::RULE,
    mtu::mtu_default_overlay_on_small_underlay::RULE,
    mtu::mtu_docker_wrong_option::RULE,
    mtu::mtu_exceeds_underlay::RULE,
    mtu::mtu_inconsistent_in_cluster::RULE,
    mtu::mtu_out_of_range::RULE,
    mtu::mtu_outer_set_to_inner_value::RULE,
    mtu::vxlan_port_clash::RULE,
    cni::calico_env_invalid::RULE,
    cni::calico_installation_invalid::RULE,
    cni::calico_mesh_without_peer::RULE,
    cni::calico_pool_invalid::RULE,
    cni::calico_pool_without_nat::RULE,
    cni::calico_reservation_unused::RULE,
    cni::cilium_implicit_default_pool::RULE,
    cni::cilium_removed_value::RULE,
    cni::cni_bridge_options_conflict::RULE,
    cni::cni_chain_order::RULE,
    cni::cni_host_local_range::RULE,
    cni::cni_host_local_shared_subnet::RULE,
    cni::cni_ipam_outside_pod_cidr::RULE,
    cni::cni_json_invalid::RULE,
    cni::cni_list_in_conf_extension::RULE,
    cni::cni_loopback_sorts_first::RULE,
    cni::cni_missing_required::RULE,
    cni::cni_multiple_configs::RULE,
    cni::cni_name_invalid_or_duplicate::RULE,
    cni::cni_plugin_needs_newer_version::RULE,
    cni::cni_portmap_capability_missing::RULE,
    cni::cni_version_unknown::RULE,
    cni::flannel_backend_missing::RULE,
    cni::flannel_ipv6_config::RULE,
    cni::flannel_pod_cidr_unassigned::RULE,
    cni::flannel_subnet_config::RULE,
    cni::nad_config_invalid::RULE,
    cni::nad_reference_missing::RULE,
    policy::admin_policy_invalid::RULE,
    policy::admin_policy_priority_conflict::RULE,
    policy::anp_deprecated::RULE,
    policy::calico_default_deny_global::RULE,
    policy::calico_host_policy_shape::RULE,
    policy::calico_policy_invalid::RULE,
    policy::calico_selector_invalid::RULE,
    policy::calico_tier_or_order::RULE,
    policy::cnp_empty_rule_denies::RULE,
    policy::cnp_fqdn_without_dns_rule::RULE,
    policy::cnp_invalid_shape::RULE,
    policy::cnp_mixed_l3::RULE,
    policy::cnp_namespace_in_endpoint_selector::RULE,
    policy::cnp_namespace_labels::RULE,
    policy::cnp_removed_field::RULE,
    policy::namespace_without_default_deny::RULE,
    policy::netpol_blocks_call::RULE,
    policy::netpol_blocks_mesh_control_plane::RULE,
    policy::netpol_clusterip_in_ipblock::RULE,
    policy::netpol_deny_undone::RULE,
    policy::netpol_dns_tcp_missing::RULE,
    policy::netpol_dns_tcp_only::RULE,
    policy::netpol_dns_wrong_port::RULE,
    policy::netpol_egress_blocks_dns::RULE,
    policy::netpol_egress_deny_all_no_dns::RULE,
    policy::netpol_egress_rules_without_type::RULE,
    policy::netpol_empty_rule_allows_all::RULE,
    policy::netpol_endport_k8s_too_old::RULE,
    policy::netpol_host_network_peer::RULE,
    policy::netpol_host_network_selected::RULE,
    policy::netpol_invalid_shape::RULE,
    policy::netpol_ipblock_hits_pods_on_cilium::RULE,
    policy::netpol_ipblock_in_cluster::RULE,
    policy::netpol_kube_system_blocks_dns::RULE,
    policy::netpol_named_port_unknown::RULE,
    policy::netpol_namespace_label_not_set::RULE,
    policy::netpol_namespace_missing::RULE,
    policy::netpol_null_selector::RULE,
    policy::netpol_one_sided::RULE,
    policy::netpol_peer_or_instead_of_and::RULE,
    policy::netpol_peer_selects_nothing::RULE,
    policy::netpol_policytypes_implicit_ingress::RULE,
    policy::netpol_port_undeclared::RULE,
    policy::netpol_redundant::RULE,
    policy::netpol_redundant_rule::RULE,
    policy::netpol_selects_nothing::RULE,
    policy::netpol_service_port_not_pod_port::RULE,
    policy::netpol_without_enforcer::RULE,
    policy::policy_duplicate_name::RULE,
    policy::policy_rule_unreachable::RULE,
    policy::policy_selector_contradictory::RULE,
    policy::workload_not_isolated::RULE,
    dns::coredns_cpu_limit_low::RULE,
    dns::coredns_custom_key::RULE,
    dns::coredns_dnspolicy_not_default::RULE,
    dns::coredns_memory_limit::RULE,
    dns::coredns_missing_anti_affinity::RULE,
    dns::coredns_no_pdb::RULE,
    dns::coredns_no_priority_class::RULE,
    dns::coredns_no_requests::RULE,
    dns::coredns_probe_plugin_mismatch::RULE,
    dns::coredns_resolv_conf_loop::RULE,
    dns::coredns_single_replica::RULE,
    dns::corefile_arguments_invalid::RULE,
    dns::corefile_autopath_pods::RULE,
    dns::corefile_duplicate_server_block::RULE,
    dns::corefile_forward_shadowed::RULE,
    dns::corefile_forward_to_self::RULE,
    dns::corefile_missing_kubernetes::RULE,
    dns::corefile_no_cache::RULE,
    dns::corefile_no_errors::RULE,
    dns::corefile_no_lameduck::RULE,
    dns::corefile_no_loop::RULE,
    dns::corefile_no_reload::RULE,
    dns::corefile_no_upstream::RULE,
    dns::corefile_plugin_too_new::RULE,
    dns::corefile_pods_verified_memory::RULE,
    dns::corefile_removed_plugin::RULE,
    dns::corefile_syntax::RULE,
    dns::corefile_unknown_option::RULE,
    dns::corefile_unknown_plugin::RULE,
    dns::dns_service_udp_tcp::RULE,
    dns::nodelocaldns_ipvs_dns_server::RULE,
    dns::nodelocaldns_not_asked::RULE,
    dns::nodelocaldns_unsubstituted::RULE,
    dns::pod_dns_config_invalid::RULE,
    dns::pod_dns_limits::RULE,
    dns::pod_dns_loopback_nameserver::RULE,
    dns::pod_dns_unknown_nameserver::RULE,
    dns::pod_dnspolicy_none_empty::RULE,
    dns::pod_host_aliases::RULE,
    dns::pod_hostnetwork_dns::RULE,
    dns::pod_ndots_external::RULE,
    service::call_missing_port::RULE,
    service::call_service_missing::RULE,
    service::endpoints_deprecated::RULE,
    service::endpoints_invalid_address::RULE,
    service::endpoints_without_effect::RULE,
    service::hardcoded_cluster_ip::RULE,
    service::monitor_port_unknown::RULE,
    service::monitor_selects_nothing::RULE,
    service::service_cluster_ips_mismatch::RULE,
    service::service_duplicate_nodeport::RULE,
    service::service_external_ips_deprecated::RULE,
    service::service_external_traffic_local_spread::RULE,
    service::service_externalname_ip::RULE,
    service::service_invalid_shape::RULE,
    service::service_load_balancer_open::RULE,
    service::service_multi_port_unnamed::RULE,
    service::service_node_port::RULE,
    service::service_nodeport_out_of_range::RULE,
    service::service_port_invalid::RULE,
    service::service_selects_nothing::RULE,
    service::service_shared_selector::RULE,
    service::service_source_ranges_open::RULE,
    service::service_targetport_number_undeclared::RULE,
    service::service_targetport_unknown_name::RULE,
    service::statefulset_service_name::RULE,
    service::webhook_service_missing::RULE,
    pod::container_port_invalid::RULE,
    pod::hardcoded_pod_ip::RULE,
    pod::host_network::RULE,
    pod::host_port::RULE,
    pod::hostport_conflict::RULE,
    pod::network_capabilities::RULE,
    pod::pod_missing_readiness::RULE,
    pod::privileged_port::RULE,
    pod::probe_host::RULE,
    pod::probe_port_unknown::RULE,
    pod::unsafe_net_sysctl::RULE,
    ingress::external_dns_duplicate_hostname::RULE,
    ingress::gateway_class_missing::RULE,
    ingress::gateway_listener_conflict::RULE,
    ingress::gateway_listener_invalid::RULE,
    ingress::httproute_backend::RULE,
    ingress::httproute_not_allowed::RULE,
    ingress::httproute_parent_missing::RULE,
    ingress::httproute_referencegrant::RULE,
    ingress::ingress_backend_blocked::RULE,
    ingress::ingress_backend_missing::RULE,
    ingress::ingress_class_missing::RULE,
    ingress::ingress_class_several_defaults::RULE,
    ingress::ingress_default_backend_only::RULE,
    ingress::ingress_duplicate_route::RULE,
    ingress::ingress_invalid_shape::RULE,
    ingress::ingress_issuer_missing::RULE,
    ingress::ingress_nginx_retired::RULE,
    ingress::ingress_no_class::RULE,
    ingress::ingress_open_host::RULE,
    ingress::ingress_port_not_service_port::RULE,
    ingress::ingress_snippet_annotation::RULE,
    ingress::ingress_tls_host_mismatch::RULE,
    ingress::ingress_tls_secret_missing::RULE,
    ingress::ingress_without_tls::RULE,
    proxy::kube_proxy_config_invalid::RULE,
    proxy::kube_proxy_conntrack::RULE,
    proxy::kube_proxy_ipvs_deprecated::RULE,
    proxy::kube_proxy_local_node_ports::RULE,
    proxy::kube_proxy_metrics_exposed::RULE,
    proxy::kube_proxy_mode_removed::RULE,
    proxy::kube_proxy_mode_unset::RULE,
    proxy::kube_proxy_nftables_too_old::RULE,
    proxy::kube_proxy_priority_class::RULE,
    proxy::kube_proxy_unused_field::RULE,
    proxy::kube_proxy_with_replacement::RULE,
    proxy::metallb_ipvs_strictarp::RULE,
    version::api_removed::RULE,
    version::cni_k8s_untested::RULE,
    version::component_eol::RULE,
    version::component_version_drift::RULE,
    version::coredns_version_vs_k8s::RULE,
    version::etcd_version_vs_k8s::RULE,
    version::field_k8s_too_old::RULE,
    version::k8s_eol::RULE,
    version::k8s_skew_control_plane::RULE,
    version::k8s_skew_kube_proxy::RULE,
    version::k8s_skew_kubectl::RULE,
    version::k8s_skew_kubelet::RULE,
    version::k8s_upgrade_skips_minor::RULE,
    version::kubeadm_api_removed::RULE,
    version::kubeadm_api_too_new::RULE,
    version::pause_version_vs_k8s::RULE,
    version::retired_registry::RULE,
    version::weave_unmaintained::RULE,
    drift::drift_cni_config::RULE,
    drift::drift_cni_file_set::RULE,
    drift::drift_encapsulation::RULE,
    drift::drift_kubelet_dns::RULE,
    drift::drift_kubeproxy_mode::RULE,
    drift::k3s_servers_disagree::RULE,
    drift::node_podcidr_overlap::RULE,
    docker::docker_bip_is_network_address::RULE,
    docker::docker_daemon_json_invalid::RULE,
    docker::docker_dns_loopback::RULE,
    docker::docker_fixed_cidr_outside_bip::RULE,
    docker::docker_gateway_outside_bip::RULE,
    docker::docker_iptables_disabled::RULE,
    docker::docker_options_conflict::RULE,
    docker::docker_pool_invalid::RULE,
    docker::docker_pool_overlaps_cluster::RULE,
    mesh::istio_config_refused::RULE,
    mesh::istio_conflicting_hosts::RULE,
    mesh::istio_destination_port::RULE,
    mesh::istio_dr_no_circuit_breaker::RULE,
    mesh::istio_gateway_duplicate_host::RULE,
    mesh::istio_gateway_missing::RULE,
    mesh::istio_gateway_port_not_on_service::RULE,
    mesh::istio_gateway_selects_nothing::RULE,
    mesh::istio_host_missing::RULE,
    mesh::istio_host_not_in_gateway::RULE,
    mesh::istio_injection_label_conflict::RULE,
    mesh::istio_injection_value::RULE,
    mesh::istio_no_timeout::RULE,
    mesh::istio_plaintext_to_strict::RULE,
    mesh::istio_policy_selects_nothing::RULE,
    mesh::istio_port_protocol_conflict::RULE,
    mesh::istio_service_entry_shape::RULE,
    mesh::istio_several_defaults::RULE,
    mesh::istio_strict_plaintext_client::RULE,
    mesh::istio_subset_missing::RULE,
    mesh::istio_subset_selects_nothing::RULE,
    mesh::istio_unreachable_route::RULE,
    mesh::linkerd_inject_value::RULE,
    mesh::linkerd_opaque_port_missing::RULE,
    mesh::linkerd_ports_invalid::RULE,
    input::alias_expansion::RULE,
    input::custom_rule_failed::RULE,
    input::duplicate_key::RULE,
    input::flag_repeated::RULE,
    input::missing_type_meta::RULE,
    input::unknown_field::RULE,
    input::unused_ignore::RULE,
    input::wrong_type::RULE,
    input::yaml_syntax::RULE,
];

/// Where a rule puts what it finds.
pub struct Findings<'o> {
    rule: RuleId,
    options: &'o [(String, Spanned<String>)],
    diagnostics: Vec<Diagnostic>,
}

impl<'o> Findings<'o> {
    /// `options` are the rule's own, from the configuration, as text.
    pub fn new(rule: RuleId, options: &'o [(String, Spanned<String>)]) -> Findings<'o> {
        Findings { rule, options, diagnostics: Vec::new() }
    }

    pub fn add(&mut self, mut diagnostic: Diagnostic) {
        diagnostic.rule = self.rule.clone();
        self.diagnostics.push(diagnostic);
    }

    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        diagnostics.into_iter().for_each(|diagnostic| self.add(diagnostic));
    }

    /// An option of this rule, when the configuration sets it.
    pub fn option(&self, name: &str) -> Option<&'o Spanned<String>> {
        self.options.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }
}
