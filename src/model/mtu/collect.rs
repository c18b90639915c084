//! Collects the MTUs and tunnels out of the objects of a cluster.

use super::{Encapsulation, Meaning, Mtu, MtuPlan, MtuSource, Owner, Parts, Tunnel};
use crate::ingest::Body;
use crate::ingest::calico::{Calico, FelixSpec, InstallationSpec};
use crate::ingest::kubernetes::{ConfigMap, Container, Kubernetes};
use crate::model::Object;
use crate::model::addresses::{Addresses, Family, PoolOrigin};
use crate::model::cilium::{Cilium, Notation, is_off};
use crate::model::cni::Config;
use crate::model::flannel::Flannel;
use crate::model::hosts::Hosts;
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

/// `veth_mtu` in the ConfigMap `calico-config`.
const VETH_MTU: MtuSource = MtuSource::new(Owner::Calico, Meaning::Pod, "veth_mtu");
const CALICO_PLUGIN: MtuSource = MtuSource::new(Owner::Calico, Meaning::Pod, "mtu");
const INSTALLATION: MtuSource = MtuSource::new(Owner::Calico, Meaning::Pod, "calicoNetwork.mtu");
const PLUGIN: MtuSource = MtuSource::new(Owner::Plugin, Meaning::Pod, "mtu");
/// What flannel's plugin hands to the one that it calls.
const DELEGATE: MtuSource = MtuSource::new(Owner::Flannel, Meaning::Pod, "delegate.mtu");
const BACKEND_MTU: MtuSource = MtuSource::new(Owner::Flannel, Meaning::Outer, "Backend.MTU");
/// Of Cilium, in `cilium-config` and in the values of its chart.
const CILIUM_CONFIG: MtuSource = MtuSource::new(Owner::Cilium, Meaning::Outer, "mtu");
const CILIUM_VALUES: MtuSource = MtuSource::new(Owner::Cilium, Meaning::Outer, "MTU");
const HOST_LINK: MtuSource = MtuSource::new(Owner::Host, Meaning::Link, "mtu");

/// Felix' tunnels: the field of the FelixConfiguration, and the variable of calico-node.
const FELIX: [(Encapsulation, &str, &str); 5] = [
    (Encapsulation::Ipip, "ipipMTU", "FELIX_IPINIPMTU"),
    (Encapsulation::Vxlan, "vxlanMTU", "FELIX_VXLANMTU"),
    (Encapsulation::VxlanV6, "vxlanMTUV6", "FELIX_VXLANMTUV6"),
    (Encapsulation::Wireguard, "wireguardMTU", "FELIX_WIREGUARDMTU"),
    (Encapsulation::WireguardV6, "wireguardMTUV6", "FELIX_WIREGUARDMTUV6"),
];

/// Other variables: of Calico's installer, of the Amazon VPC CNI
/// (<https://github.com/aws/amazon-vpc-cni-k8s#cni-configuration-variables>), of Weave Net.
const VARIABLES: [MtuSource; 4] = [
    MtuSource::new(Owner::Calico, Meaning::Pod, "CNI_MTU"),
    MtuSource::new(Owner::AwsVpcCni, Meaning::Link, "AWS_VPC_ENI_MTU"),
    MtuSource::new(Owner::AwsVpcCni, Meaning::Pod, "POD_MTU"),
    MtuSource::new(Owner::Weave, Meaning::Pod, "WEAVE_MTU"),
];

pub(super) fn collect<'a>(parts: &Parts<'_, 'a>) -> MtuPlan<'a> {
    let pod_ranges = parts.addresses.pod_ranges();
    let pods_have_ipv6 = pod_ranges.iter().any(|range| range.range.family() == Family::V6);
    let mut plan = MtuPlan::default();
    for object in parts.objects {
        match object.body() {
            Body::Kubernetes(Kubernetes::ConfigMap(map)) => plan.config_map(map),
            Body::Kubernetes(Kubernetes::Workload(workload)) => {
                for container in workload.pod.all_containers() {
                    plan.environment(container);
                }
            }
            Body::Calico(Calico::Installation(spec)) => plan.installation(*object, spec),
            Body::Calico(Calico::Felix(spec)) if object.name() == "default" => plan.felix(spec),
            _ => {}
        }
    }
    plan.pools(parts.objects, parts.addresses);
    plan.cilium(parts.cilium);
    plan.flannel(parts.flannel);
    for value in &mut plan.values {
        let tunnel = value.source.tunnel().map(Encapsulation::family);
        value.carries_ipv6 = tunnel.map_or(pods_have_ipv6, |family| family == Family::V6);
    }
    for config in parts.cni.readable() {
        plan.plugins(config, pods_have_ipv6);
    }
    plan.hosts(parts.hosts);
    plan
}

impl<'a> MtuPlan<'a> {
    fn add(&mut self, source: MtuSource, value: Option<Spanned<i64>>) {
        if let Some(value) = value.filter(|value| value.value != 0) {
            let (bytes, span) = (value.value, value.span);
            self.values.push(Mtu { bytes, span, source, config: None, carries_ipv6: false });
        }
    }

    fn config_map(&mut self, map: &ConfigMap) {
        let field = map.data.value().and_then(|data| data.get("veth_mtu"));
        self.add(VETH_MTU, field.and_then(Field::known).and_then(number));
    }

    fn environment(&mut self, container: &Container) {
        for entry in container.env.items().iter().filter_map(Field::value) {
            let (Some(name), Some(value)) = (entry.name.value(), entry.value.known()) else {
                continue;
            };
            let felix = FELIX.iter().find(|(_, _, variable)| variable == name);
            let felix = felix.map(|(tunnel, _, variable)| {
                MtuSource::new(Owner::Calico, Meaning::Tunnel(*tunnel), variable)
            });
            let other = || VARIABLES.iter().find(|source| source.field == name).copied();
            let Some(source) = felix.or_else(other) else { continue };
            self.add(source, number(value));
        }
    }

    fn felix(&mut self, spec: &FelixSpec) {
        let fields = [
            &spec.ipip_mtu,
            &spec.vxlan_mtu,
            &spec.vxlan_mtu_v6,
            &spec.wireguard_mtu,
            &spec.wireguard_mtu_v6,
        ];
        for ((tunnel, name, _), field) in FELIX.iter().zip(fields) {
            let source = MtuSource::new(Owner::Calico, Meaning::Tunnel(*tunnel), name);
            self.add(source, field.known().cloned());
        }
        let switches = [
            (Encapsulation::Wireguard, &spec.wireguard_enabled),
            (Encapsulation::WireguardV6, &spec.wireguard_enabled_v6),
        ];
        for (encapsulation, switch) in switches {
            if let Some(on) = switch.known().filter(|on| on.value) {
                self.calico_tunnel(encapsulation, on.span, "WireGuard is on");
            }
        }
    }

    fn installation(&mut self, object: Object<'a>, spec: &InstallationSpec) {
        let Some(network) = spec.calico_network.value() else { return };
        self.add(INSTALLATION, network.mtu.known().cloned());
        // operator `pkg/controller/ippool/defaults.go`: IPIP, with Calico's own plugin and without
        // a provider that wants something else.
        let other_plugin = spec.cni.value().is_some_and(|cni| {
            cni.kind.is_unknown() || cni.kind.value().is_some_and(|kind| kind != "Calico")
        });
        let is_default = spec.kubernetes_provider.is_absent() && !other_plugin;
        let pools = network.ip_pools.items().iter().filter_map(Field::value);
        for pool in pools.filter(|pool| pool.encapsulation.is_absent() && is_default) {
            let is_v4 = pool.cidr.value().is_some_and(|cidr| !cidr.contains(':'));
            if let Some(span) = pool.cidr.span().filter(|_| is_v4) {
                let why = "this pool has IPIP by default";
                self.calico_tunnel(Encapsulation::Ipip, span, why);
            }
        }
        if network.ip_pools.is_absent() && is_default {
            let span = object.resource.name_span();
            let why = "without `ipPools`, the operator makes a pool with IPIP";
            self.calico_tunnel(Encapsulation::Ipip, span, why);
        }
    }

    /// The tunnels of pools. Those in the environment of calico-node are made only where there are
    /// no others.
    fn pools(&mut self, objects: &[Object<'a>], addresses: &Addresses<'a>) {
        let of_others = |origin: PoolOrigin| origin != PoolOrigin::Environment;
        let any_others = addresses.pools.iter().any(|pool| of_others(pool.origin));
        let used = addresses
            .pools
            .iter()
            .filter(|pool| of_others(pool.origin) && !pool.is_disabled() && pool.is_for_pods());
        for pool in used {
            let is_v4 = pool.range().family() == Family::V4;
            let vxlan = if is_v4 { Encapsulation::Vxlan } else { Encapsulation::VxlanV6 };
            let modes = [
                (Encapsulation::Ipip, &pool.spec.ipip_mode, "this pool uses IPIP"),
                (vxlan, &pool.spec.vxlan_mode, "this pool uses VXLAN"),
            ];
            for (encapsulation, mode, why) in modes {
                if let Some(mode) = mode.known().filter(|mode| is_on(mode)) {
                    self.calico_tunnel(encapsulation, mode.span, why);
                }
            }
        }
        if any_others {
            return;
        }
        for object in objects {
            if let Body::Kubernetes(Kubernetes::Workload(workload)) = object.body() {
                for container in workload.pod.all_containers() {
                    self.default_pools(container);
                }
            }
        }
    }

    fn default_pools(&mut self, container: &Container) {
        let modes = [
            ("CALICO_IPV4POOL_IPIP", Encapsulation::Ipip, "the first pool uses IPIP"),
            ("CALICO_IPV4POOL_VXLAN", Encapsulation::Vxlan, "the first pool uses VXLAN"),
            ("CALICO_IPV6POOL_VXLAN", Encapsulation::VxlanV6, "the first pool uses VXLAN"),
        ];
        for entry in container.env.items().iter().filter_map(Field::value) {
            let (Some(name), Some(value)) = (entry.name.value(), entry.value.known()) else {
                continue;
            };
            let mode = modes.iter().find(|(variable, ..)| variable == name);
            if let Some((_, encapsulation, why)) = mode.filter(|_| is_on(value)) {
                self.calico_tunnel(*encapsulation, value.span, why);
            }
        }
    }

    fn plugins(&mut self, config: &Config<'a>, pods_have_ipv6: bool) {
        for plugin in config.plugins() {
            let kind = plugin.kind.value().map_or("", String::as_str);
            if kind == "loopback" {
                continue;
            }
            let own = plugin.ipam.value().is_some_and(|ipam| ipam.has_ipv6_range());
            let carries_ipv6 = own || (pods_have_ipv6 && !config.is_attachment());
            let source = if kind == "calico" { CALICO_PLUGIN } else { PLUGIN };
            let delegate = plugin.delegate.then(|delegate| &delegate.mtu);
            let delegated = if kind == "flannel" { DELEGATE } else { PLUGIN };
            for (source, value) in [(source, &plugin.mtu), (delegated, &delegate)] {
                if let Some(mtu) = value.known().filter(|mtu| mtu.value != 0) {
                    let (bytes, span, config) = (mtu.value, mtu.span, Some(*config));
                    self.values.push(Mtu { bytes, span, source, config, carries_ipv6 });
                }
            }
        }
    }

    fn cilium(&mut self, cilium: &Cilium<'a>) {
        for settings in &cilium.settings {
            let source = match settings.config.notation {
                Notation::ConfigMap => CILIUM_CONFIG,
                Notation::Values => CILIUM_VALUES,
            };
            self.add(source, settings.config.mtu.known().and_then(number));
        }
        // What one place leaves out, another may say; and encryption takes off more.
        let sure = cilium.settings.iter().all(|settings| {
            let config = &settings.config;
            let plain = |switch: &Field<String>| switch.is_absent() || is_off(switch);
            settings.is_complete() && plain(&config.wireguard) && plain(&config.ipsec)
        });
        let mut named = cilium.settings.iter().map(|settings| settings.tunnel());
        let Some(Some(name)) = named.next().filter(|_| sure) else { return };
        if !named.all(|other| other == Some(name)) {
            return;
        }
        let encapsulation = match name {
            "geneve" => Encapsulation::Geneve,
            "vxlan" => Encapsulation::Vxlan,
            _ => return,
        };
        let written = cilium.settings.iter().find_map(|settings| {
            let config = &settings.config;
            [&config.tunnel_protocol, &config.tunnel].into_iter().find_map(|field| field.span())
        });
        let own = || cilium.settings.first().map(|one| one.object.resource.name_span());
        let Some(span) = written.or_else(own) else { return };
        let (owner, why) = (Owner::Cilium, "Cilium's tunnel");
        let overhead = encapsulation.overhead(owner);
        self.tunnels.push(Tunnel { owner, encapsulation, overhead, span, why });
    }

    fn flannel(&mut self, flannel: &Flannel<'a>) {
        for config in &flannel.configs {
            self.add(BACKEND_MTU, config.outer_mtu().cloned());
            let encapsulation = config.backend().and_then(Encapsulation::of_backend);
            if let (Some(encapsulation), Some(kind)) = (encapsulation, config.backend_type()) {
                let (owner, span) = (Owner::Flannel, kind.span);
                let overhead = encapsulation.overhead(owner);
                let why = "Flannel's backend";
                self.tunnels.push(Tunnel { owner, encapsulation, overhead, span, why });
            }
        }
    }

    fn hosts(&mut self, hosts: &Hosts<'a>) {
        for (_, nic) in hosts.external() {
            if let Some(mtu) = &nic.mtu {
                let (bytes, span, source) = (mtu.value, mtu.span, HOST_LINK);
                let v6 = |address: &std::net::IpAddr| address.is_ipv6();
                let carries_ipv6 = nic.dhcp6.is_some()
                    || nic.addresses.iter().filter_map(|address| address.address()).any(|a| v6(&a));
                self.values.push(Mtu { bytes, span, source, config: None, carries_ipv6 });
            }
        }
    }

    fn calico_tunnel(&mut self, encapsulation: Encapsulation, span: Span, why: &'static str) {
        let owner = Owner::Calico;
        let overhead = encapsulation.overhead(owner);
        self.tunnels.push(Tunnel { owner, encapsulation, overhead, span, why });
    }
}

/// The words of pools and of calico-node's environment.
fn is_on(mode: &str) -> bool {
    ["always", "crosssubnet", "cross-subnet"].contains(&mode.trim().to_ascii_lowercase().as_str())
}

/// A number that is written as text; empty means unset, and anything else is not known.
fn number(text: &Spanned<String>) -> Option<Spanned<i64>> {
    let trimmed = text.value.trim();
    let start = text.value.len() - text.value.trim_start().len();
    let value = trimmed.parse().ok()?;
    Some(Spanned::new(value, text.part(start..start + trimmed.len())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::with_network;

    /// `field=bytes` of the values, and the tunnels.
    fn plan(text: &str) -> (Vec<String>, Vec<Encapsulation>) {
        with_network(text, |network| {
            let value = |mtu: &Mtu<'_>| format!("{}={}", mtu.source.field, mtu.bytes);
            let tunnels = network.mtu.tunnels.iter().map(|tunnel| tunnel.encapsulation);
            (network.mtu.values.iter().map(value).collect(), tunnels.collect())
        })
    }

    #[test]
    fn values_are_found_wherever_calico_has_them() {
        let text = r#"
apiVersion: v1
kind: ConfigMap
metadata: {name: calico-config}
data:
  veth_mtu: " 1440"
  cni_network_config: '{"cniVersion": "0.3.1", "name": "k8s", "plugins": [{"type": "calico", "mtu": 1500}]}'
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: calico-node}
spec:
  template:
    spec:
      initContainers:
      - {name: install-cni, env: [{name: CNI_MTU, value: "1430"}]}
      containers:
      - name: calico-node
        env:
        - {name: FELIX_VXLANMTU, value: "1450"}
        - {name: FELIX_IPINIPMTU, value: "0"}
        - {name: FELIX_WIREGUARDMTU, valueFrom: {configMapKeyRef: {name: calico-config, key: veth_mtu}}}
        - {name: CALICO_IPV4POOL_IPIP, value: Always}
        - {name: CALICO_IPV4POOL_VXLAN, value: Never}
---
apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: {name: default}
spec: {ipipMTU: 1480, wireguardEnabled: true}
---
apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: {name: node.a}
spec: {ipipMTU: 1300}
"#;
        let (values, tunnels) = plan(text);
        let expected =
            ["veth_mtu=1440", "FELIX_VXLANMTU=1450", "CNI_MTU=1430", "ipipMTU=1480", "mtu=1500"];
        assert_eq!(values, expected);
        assert_eq!(tunnels, [Encapsulation::Wireguard, Encapsulation::Ipip]);
    }

    #[test]
    fn unset_and_unknown_are_no_values() {
        for value in ["\"0\"", "\"\"", "__MTU__", "auto", "null"] {
            let text = format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: calico-config}}\ndata: {{veth_mtu: {value}}}\n"
            );
            assert_eq!(plan(&text).0, [""; 0], "{value}");
        }
    }

    #[test]
    fn pools_tell_the_tunnels() {
        let pool = |cidr: &str, rest: &str| {
            format!(
                "apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {{name: a}}\nspec: {{cidr: {cidr}, {rest}}}\n"
            )
        };
        let installation = |network: &str| {
            format!(
                "apiVersion: operator.tigera.io/v1\nkind: Installation\nmetadata: {{name: default}}\nspec: {{calicoNetwork: {{{network}}}}}\n"
            )
        };
        let (v4, v6) = ("10.0.0.0/16", "'fd00::/64'");
        let table: [(String, &[Encapsulation]); 9] = [
            (pool(v4, "ipipMode: Always"), &[Encapsulation::Ipip]),
            (pool(v4, "vxlanMode: CrossSubnet"), &[Encapsulation::Vxlan]),
            (pool(v6, "vxlanMode: Always"), &[Encapsulation::VxlanV6]),
            (pool(v4, "vxlanMode: Never"), &[]),
            (pool(v4, "ipipMode: Always, disabled: true"), &[]),
            (
                installation("ipPools: [{cidr: 10.0.0.0/16, encapsulation: VXLANCrossSubnet}]"),
                &[Encapsulation::Vxlan],
            ),
            (installation("ipPools: [{cidr: 10.0.0.0/16}]"), &[Encapsulation::Ipip]),
            (installation("ipPools: [{cidr: 10.0.0.0/16, encapsulation: None}]"), &[]),
            (installation("mtu: 1440"), &[Encapsulation::Ipip]),
        ];
        for (text, expected) in table {
            assert_eq!(plan(&text).1, expected, "{text}");
        }
    }
}
