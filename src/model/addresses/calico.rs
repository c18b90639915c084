//! Calico's pools, whoever makes them: IPPool objects, the operator's Installation, and the
//! environment of calico-node.

use super::collect::{Collector, trimmed};
use super::range;
use super::{AddressRange, Installation, IpPool, Known, PoolOrigin, Role, Source};
use crate::ingest::calico::{InstallationPool, InstallationSpec, IpPoolSpec};
use crate::ingest::kubernetes::Container;
use crate::model::Object;
use crate::source::Spanned;
use crate::syntax::decode::Field;

/// What calico-node calls the pool that it makes.
const DEFAULT_POOLS: [(&str, &str); 2] =
    [("IPV4", "default-ipv4-ippool"), ("IPV6", "default-ipv6-ippool")];

impl Source {
    /// CEL rules of the IPPool refuse host bits.
    pub const IP_POOL: Source = Source::new(Role::IpPool, "spec.cidr").refuses_host_bits();
    pub const INSTALLATION_POOL: Source = Source::new(Role::IpPool, "spec.calicoNetwork.ipPools");
    pub const CALICO_ENVIRONMENT: Source = Source::new(Role::IpPool, "CALICO_IPV4POOL_CIDR");
    /// A pool whose `allowedUses` keep it for Services.
    pub const LOAD_BALANCER_POOL: Source =
        Source::new(Role::LoadBalancer, "spec.cidr").refuses_host_bits();
    pub(super) const INSTALLATION_SERVICE_CIDR: Source =
        Source::new(Role::Service, "spec.serviceCIDRs").repeats().called("Calico's service range");
    pub(super) const BGP_SERVICE_CLUSTER_IP: Source =
        Source::new(Role::Service, "spec.serviceClusterIPs")
            .repeats()
            .called("advertised service range");
}

impl<'a> Collector<'a> {
    pub(super) fn ip_pool(&mut self, object: Object<'a>, spec: &'a IpPoolSpec) {
        let Some(cidr) = spec.cidr.known() else { return };
        let name = Some(object.name()).filter(|name| !name.is_empty());
        self.pool(PoolOrigin::Object, name, cidr, spec.clone(), object);
    }

    pub(super) fn installation(&mut self, object: Object<'a>, spec: &'a InstallationSpec) {
        for cidr in spec.service_cidrs.items() {
            self.cidr_field(Source::INSTALLATION_SERVICE_CIDR, cidr, object);
        }
        let network = &spec.calico_network;
        self.plan.installations.push(Installation {
            provider: spec.kubernetes_provider.clone(),
            cni: spec.cni.then(|cni| &cni.kind),
            ipam: spec.cni.then(|cni| &cni.ipam).then(|ipam| &ipam.kind),
            bgp: network.then(|network| &network.bgp),
            routing: network.then(|network| &network.cluster_routing_mode),
            object,
        });
        let pools = network.then(|network| &network.ip_pools);
        if let Some(range) = default_pool(spec).filter(|_| pools.is_absent()) {
            // Until it is known that kubeadm names no range: see `finish`.
            self.assumed_range(Source::INSTALLATION_POOL, range, object);
        }
        let Some(network) = network.value() else { return };
        for pool in network.ip_pools.items().iter().filter_map(Field::value) {
            let Some(cidr) = pool.cidr.known() else { continue };
            let name = pool.name.value().map(String::as_str);
            let known = self.plan.pools.len();
            self.pool(PoolOrigin::Installation, name, cidr, in_terms_of_pool(pool), object);
            for added in &mut self.plan.pools[known..] {
                added.encapsulation = pool.encapsulation.clone();
                added.installation = Some(self.plan.installations.len() - 1);
            }
        }
    }

    pub(super) fn calico_environment(&mut self, object: Object<'a>, container: &'a Container) {
        for (family, name) in DEFAULT_POOLS {
            let value = |variable: &str| {
                let variable = format!("CALICO_{family}POOL_{variable}");
                let mut entries = container.env.items().iter().filter_map(Field::value);
                let entry = entries.find(|entry| entry.name.value() == Some(&variable))?;
                entry.value.known().filter(|text| !text.trim().is_empty())
            };
            let Some(cidr) = value("CIDR").filter(|text| !text.eq_ignore_ascii_case("none")) else {
                continue;
            };
            let mode = |variable: &str| value(variable).map_or(Field::Absent, pool_mode);
            let block_size = value("BLOCK_SIZE").and_then(|text| {
                Some(Field::Known(Spanned::new(text.trim().parse().ok()?, text.span)))
            });
            let spec = IpPoolSpec {
                cidr: Field::Known(cidr.clone()),
                ipip_mode: mode("IPIP"),
                vxlan_mode: mode("VXLAN"),
                block_size: block_size.unwrap_or_default(),
                nat_outgoing: value("NAT_OUTGOING").map_or(Field::Absent, nat_outgoing),
                node_selector: value("NODE_SELECTOR").cloned().map_or(Field::Absent, Field::Known),
                ..IpPoolSpec::default()
            };
            self.pool(PoolOrigin::Environment, Some(name), cidr, spec, object);
        }
    }

    fn pool(
        &mut self,
        origin: PoolOrigin,
        name: Option<&'a str>,
        text: &Spanned<String>,
        spec: IpPoolSpec,
        object: Object<'a>,
    ) {
        let source = match origin {
            PoolOrigin::Object => Source::IP_POOL,
            PoolOrigin::Installation => Source::INSTALLATION_POOL,
            PoolOrigin::Environment => Source::CALICO_ENVIRONMENT,
        };
        let text = &trimmed(text);
        let cidr = match range::parse_cidr(text) {
            Ok(cidr) => cidr,
            Err(fault) => return self.malformed(source, text, fault, Some(object)),
        };
        let pool = IpPool {
            origin,
            name,
            cidr,
            span: text.span,
            spec,
            encapsulation: Field::Absent,
            installation: None,
            object,
        };
        let source = if pool.is_for_pods() { source } else { Source::LOAD_BALANCER_POOL };
        self.plan.ranges.push(AddressRange {
            range: cidr.range(),
            cidr: Some(cidr),
            source,
            known: Known::Written,
            span: text.span,
            object: Some(object),
            name,
            pool: Some(self.plan.pools.len()),
        });
        self.plan.pools.push(pool);
    }
}

/// The words of the environment, in any case, as those of an IPPool.
fn pool_mode(text: &Spanned<String>) -> Field<String> {
    let mode = match text.trim().to_ascii_lowercase().as_str() {
        "always" => "Always",
        "crosssubnet" | "cross-subnet" => "CrossSubnet",
        "off" | "never" => "Never",
        _ => return Field::Unknown(text.span),
    };
    Field::Known(Spanned::new(mode.to_owned(), text.span))
}

/// `evaluateENVBool` in `node/pkg/lifecycle/startup/startup.go`: what is not false is true.
fn nat_outgoing(text: &Spanned<String>) -> Field<bool> {
    let is_off = ["false", "0", "no", "n", "f"].contains(&text.to_ascii_lowercase().as_str());
    Field::Known(Spanned::new(!is_off, text.span))
}

/// The pool that the operator makes where it is told of none and there is none:
/// `pkg/controller/ippool/defaults.go`.
fn default_pool(spec: &InstallationSpec) -> Option<&'static str> {
    let cni = spec.cni.then(|cni| &cni.kind);
    let ipam = spec.cni.then(|cni| &cni.ipam).then(|ipam| &ipam.kind);
    let is_calico = |field: &Field<String>| field.value().is_some_and(|kind| kind == "Calico");
    if !(ipam.is_absent() || is_calico(&ipam)) {
        return None;
    }
    match spec.kubernetes_provider.value().map(String::as_str) {
        None if spec.kubernetes_provider.is_unknown() => None,
        None | Some("") => (cni.is_absent() || is_calico(&cni)).then_some("192.168.0.0/16"),
        Some("EKS") => is_calico(&cni).then_some("172.16.0.0/16"),
        Some(_) => None,
    }
}

/// A pool of an Installation as the IPPool that the operator makes of it.
fn in_terms_of_pool(pool: &InstallationPool) -> IpPoolSpec {
    let mut spec = IpPoolSpec {
        cidr: pool.cidr.clone(),
        block_size: pool.block_size.clone(),
        node_selector: pool.node_selector.clone(),
        allowed_uses: pool.allowed_uses.clone(),
        assignment_mode: pool.assignment_mode.clone(),
        disable_bgp_export: pool.disable_bgp_export.clone(),
        disabled: pool.disable_new_allocations.clone(),
        nat_outgoing: match &pool.nat_outgoing {
            Field::Known(text) => Field::Known(Spanned::new(text.value != "Disabled", text.span)),
            Field::Unknown(span) => Field::Unknown(*span),
            Field::Absent => Field::Absent,
        },
        ..IpPoolSpec::default()
    };
    if let Some(encapsulation) = pool.encapsulation.known() {
        let mode = |mode: &str| Field::Known(Spanned::new(mode.to_owned(), encapsulation.span));
        match encapsulation.as_str() {
            "IPIP" => spec.ipip_mode = mode("Always"),
            "IPIPCrossSubnet" => spec.ipip_mode = mode("CrossSubnet"),
            "VXLAN" => spec.vxlan_mode = mode("Always"),
            "VXLANCrossSubnet" => spec.vxlan_mode = mode("CrossSubnet"),
            _ => {}
        }
    }
    spec
}
