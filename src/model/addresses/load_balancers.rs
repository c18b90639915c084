//! Addresses for Services of type LoadBalancer: pools of MetalLB and Cilium, which of them are
//! announced, the addresses that Services ask for, and kube-vip, which has no pools in view.

use super::collect::{Collector, trimmed};
use super::range::{self, Fault, IpRange};
use super::{AddressRange, Addresses, Cidr, Known, Role, Source};
use crate::ingest::kubernetes::{Container, ServiceSpec};
use crate::ingest::load_balancer::{
    CiliumPool, LoadBalancer, MetalLbAdvertisement, MetalLbPool, Protocol,
};
use crate::model::Object;
use crate::model::image::ImageRef;
use crate::model::labels::{Answer, Labels, Selector};
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

impl Source {
    pub const METALLB_POOL: Source =
        Source::new(Role::LoadBalancer, "spec.addresses").called(POOL).or_range();
    pub const METALLB_CONFIG: Source =
        Source::new(Role::LoadBalancer, "address-pools").called(POOL).or_range();
    pub const CILIUM_POOL_CIDR: Source =
        Source::new(Role::LoadBalancer, "spec.blocks").called(POOL);
    pub const CILIUM_POOL_ADDRESS: Source =
        Source::new(Role::LoadBalancer, "spec.blocks").called(POOL).of_address();
    pub const KUBE_VIP_ADDRESS: Source =
        Source::new(Role::Node, "address").called("virtual IP of kube-vip");
    pub const METALLB_REQUEST: Source = request("metallb.io/loadBalancerIPs");
    pub const METALLB_OLD_REQUEST: Source = request("metallb.universe.tf/loadBalancerIPs");
    pub const CILIUM_REQUEST: Source = request("lbipam.cilium.io/ips");
    pub const CILIUM_OLD_REQUEST: Source = request("io.cilium/lb-ipam-ips");
    pub const KUBE_VIP_REQUEST: Source = request("kube-vip.io/loadbalancerIPs");

    /// Who reads a request for an address; `None` for `loadBalancerIP`, which everybody reads.
    pub fn balancer(self) -> Option<Balancer> {
        match self {
            Source::METALLB_REQUEST | Source::METALLB_OLD_REQUEST => Some(Balancer::MetalLb),
            Source::CILIUM_REQUEST | Source::CILIUM_OLD_REQUEST => Some(Balancer::Cilium),
            Source::KUBE_VIP_REQUEST => Some(Balancer::KubeVip),
            _ => None,
        }
    }
}

const POOL: &str = "load balancer pool";

/// An annotation with addresses between commas.
const fn request(annotation: &'static str) -> Source {
    Source::new(Role::LoadBalancer, annotation).called("load balancer IP").of_address()
}

const REQUESTS: [Source; 5] = [
    Source::METALLB_REQUEST,
    Source::METALLB_OLD_REQUEST,
    Source::CILIUM_REQUEST,
    Source::CILIUM_OLD_REQUEST,
    Source::KUBE_VIP_REQUEST,
];

/// Annotations of Services that may share an address with others of the same value: those of
/// MetalLB and of Cilium, newer spellings first.
const SHARING_KEYS: [&str; 4] = [
    "metallb.io/allow-shared-ip",
    "metallb.universe.tf/allow-shared-ip",
    "lbipam.cilium.io/sharing-key",
    "io.cilium/lb-ipam-sharing-key",
];

/// Who hands out addresses to Services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Balancer {
    MetalLb,
    Cilium,
    KubeVip,
}

impl Balancer {
    pub fn name(self) -> &'static str {
        match self {
            Balancer::MetalLb => "MetalLB",
            Balancer::Cilium => "Cilium",
            Balancer::KubeVip => "kube-vip",
        }
    }
}

/// What a pool is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PoolForm {
    /// `IPAddressPool`, `CiliumLoadBalancerIPPool`.
    Object,
    /// `AddressPool`, which MetalLB 0.13 and 0.14 read.
    LegacyObject,
    /// The ConfigMap that MetalLB before 0.13 reads.
    ConfigMap,
}

/// A pool of addresses for Services.
#[derive(Clone, Debug)]
pub struct LoadBalancerPool<'a> {
    pub balancer: Balancer,
    pub form: PoolForm,
    /// Empty when it has none.
    pub name: &'a str,
    pub entries: Vec<PoolEntry>,
    /// Whether all of its addresses are known.
    pub complete: bool,
    /// Cilium's: no new addresses are given out of it.
    pub disabled: bool,
    /// How it is announced, of one that says so itself.
    pub protocol: Option<Protocol>,
    /// Where it starts: its name, or what comes first.
    pub span: Span,
    pub object: Object<'a>,
}

/// A range of a pool as it is written.
#[derive(Clone, Debug)]
pub struct PoolEntry {
    pub text: Spanned<String>,
    pub range: Result<IpRange, Fault>,
    /// When it is written as one.
    pub cidr: Option<Cidr>,
}

impl LoadBalancerPool<'_> {
    /// How many addresses it has, as far as they are known; ranges that overlap count twice.
    pub fn size(&self) -> u128 {
        let ranges = self.entries.iter().filter_map(|entry| entry.range.as_ref().ok());
        ranges.fold(0_u128, |sum, range| sum.saturating_add(range.size()))
    }

    pub fn ranges(&self) -> impl Iterator<Item = (IpRange, Span)> {
        let entries = self.entries.iter();
        entries.filter_map(|entry| Some((*entry.range.as_ref().ok()?, entry.text.span)))
    }
}

/// An object that has MetalLB announce pools.
#[derive(Clone, Copy, Debug)]
pub struct Advertisement<'a> {
    pub protocol: Protocol,
    pub spec: &'a MetalLbAdvertisement,
    /// A Kustomize patch changes it.
    pub patched: bool,
    pub object: Object<'a>,
}

impl Advertisement<'_> {
    /// Whether it announces a pool, which is in an object of its own.
    pub fn covers(&self, pool: &LoadBalancerPool<'_>) -> Answer {
        let spec = self.spec;
        let namespaces = (self.object.namespace_name(), pool.object.namespace_name());
        if matches!(namespaces, (Some(own), Some(other)) if own != other) {
            return Answer::No;
        }
        if self.patched || spec.pools.is_unknown() || spec.pool_selectors.is_unknown() {
            return Answer::Unknown;
        }
        if spec.pools.items().is_empty() && spec.pool_selectors.items().is_empty() {
            return Answer::Yes;
        }
        let named = spec.pools.items().iter().map(|name| match name.value() {
            Some(name) => Answer::of(name == pool.name),
            None => Answer::Unknown,
        });
        let labels = Labels::written(&pool.object.resource.metadata.labels);
        let selectors = spec.pool_selectors.items().iter();
        let selected = selectors.map(|selector| Selector::of_field(selector).matches(&labels));
        Answer::any(named.chain(selected))
    }
}

/// A kube-vip, which holds an address for the control plane, serves Services, or both.
#[derive(Clone, Copy, Debug)]
pub struct KubeVip<'a> {
    /// It answers ARP and NDP for its addresses.
    pub arp: bool,
    /// It has addresses for Services.
    pub services: bool,
    /// Where it is told to serve Services, or the object's name.
    pub span: Span,
    pub object: Object<'a>,
}

impl<'a> Addresses<'a> {
    /// Pools that somebody hands addresses out of; which form is read depends on MetalLB's
    /// version, so objects win over a ConfigMap that was left behind.
    pub fn active_pools(&self) -> impl Iterator<Item = &LoadBalancerPool<'a>> {
        let from_config = |pool: &&LoadBalancerPool<'a>| pool.form == PoolForm::ConfigMap;
        let has_objects = self
            .load_balancer_pools
            .iter()
            .any(|pool| pool.balancer == Balancer::MetalLb && !from_config(&pool));
        self.load_balancer_pools
            .iter()
            .filter(move |pool| !(pool.disabled || has_objects && from_config(pool)))
    }

    /// What the pools of MetalLB list, each with its pool, whether it is right or wrong.
    pub fn metallb_entries(&self) -> impl Iterator<Item = (&LoadBalancerPool<'a>, &PoolEntry)> {
        let pools = self.load_balancer_pools.iter();
        pools
            .filter(|pool| pool.balancer == Balancer::MetalLb)
            .flat_map(|pool| pool.entries.iter().map(move |entry| (pool, entry)))
    }

    /// The only one who hands out addresses of pools, when nobody else serves Services as far as
    /// the files tell.
    pub fn only_balancer(&self) -> Option<Balancer> {
        let mut pools = self.active_pools();
        let first = pools.next()?.balancer;
        let alone = pools.all(|pool| pool.balancer == first)
            && !self.kube_vips.iter().any(|kube_vip| kube_vip.services)
            && self.from_source(Source::LOAD_BALANCER_POOL).next().is_none();
        alone.then_some(first)
    }

    /// Where somebody is told to answer ARP for the addresses of Services.
    pub fn layer2(&self) -> Option<(Balancer, Span)> {
        let layer2 = Protocol::Layer2;
        let mut advertisements = self.advertisements.iter();
        let advertised = advertisements.find(|one| one.protocol == layer2);
        let advertised = advertised.map(|one| one.object.resource.name_span());
        let pool = || {
            let pool = self.active_pools().find(|pool| pool.protocol == Some(layer2))?;
            Some(pool.span)
        };
        let kube_vip = self.kube_vips.iter().find(|kube_vip| kube_vip.arp && kube_vip.services);
        let metallb = advertised.or_else(pool).map(|span| (Balancer::MetalLb, span));
        metallb.or_else(|| kube_vip.map(|kube_vip| (Balancer::KubeVip, kube_vip.span)))
    }
}

/// The key by which a Service shares its address; templated ones are known to be there.
pub(super) fn sharing_key<'a>(object: Object<'a>) -> Option<&'a Field<String>> {
    let annotations = object.resource.metadata.annotations.value()?;
    SHARING_KEYS.iter().find_map(|key| annotations.get(key))
}

impl<'a> Collector<'a> {
    pub(super) fn load_balancer(&mut self, object: Object<'a>, load_balancer: &'a LoadBalancer) {
        match load_balancer {
            LoadBalancer::MetalLbPool(pool) => {
                self.metallb_pool(object, pool, PoolForm::Object);
            }
            LoadBalancer::MetalLbLegacyPool(pool) => {
                self.metallb_pool(object, pool, PoolForm::LegacyObject);
            }
            LoadBalancer::MetalLbConfig(config) => {
                for pool in config.pools.items().iter().filter_map(Field::value) {
                    self.metallb_pool(object, pool, PoolForm::ConfigMap);
                }
            }
            LoadBalancer::MetalLbAdvertisement(protocol, spec) => {
                let (protocol, patched) = (*protocol, self.is_patched(object));
                self.plan.advertisements.push(Advertisement { protocol, spec, patched, object });
            }
            LoadBalancer::CiliumPool(pool) => self.cilium_pool(object, pool),
            LoadBalancer::CiliumAnnouncement => {}
        }
    }

    fn metallb_pool(&mut self, object: Object<'a>, pool: &'a MetalLbPool, form: PoolForm) {
        let (name, source) = match form {
            PoolForm::ConfigMap => (&pool.name, Source::METALLB_CONFIG),
            _ => (&object.resource.metadata.name, Source::METALLB_POOL),
        };
        let items = pool.addresses.items();
        let entries = items.iter().filter_map(Field::known).map(|text| {
            let text = trimmed(text);
            // A dash makes it a range: `ParseCIDR` in `internal/config/config.go` of MetalLB.
            match text.contains('-') {
                true => PoolEntry { range: range::parse_span(&text), cidr: None, text },
                false => {
                    let cidr = range::parse_cidr(&text);
                    let range = cidr.clone().map(Cidr::range);
                    PoolEntry { range, cidr: cidr.ok(), text }
                }
            }
        });
        let protocol = match pool.protocol.value().map(String::as_str) {
            Some("layer2") => Some(Protocol::Layer2),
            Some("bgp") => Some(Protocol::Bgp),
            _ => None,
        };
        let first = items.first().and_then(Field::span);
        let added = LoadBalancerPool {
            balancer: Balancer::MetalLb,
            form,
            name: name.value().map_or("", String::as_str),
            entries: entries.collect(),
            complete: !pool.addresses.is_unknown() && !items.iter().any(Field::is_unknown),
            disabled: false,
            protocol,
            span: name.span().or(first).unwrap_or(object.resource.name_span()),
            object,
        };
        self.load_balancer_pool(added, source);
    }

    fn cilium_pool(&mut self, object: Object<'a>, pool: &'a CiliumPool) {
        let items = || pool.blocks.items().iter().chain(pool.cidrs.items());
        let mut entries = Vec::new();
        let mut complete = !pool.blocks.is_unknown() && !pool.cidrs.is_unknown();
        for block in items() {
            let Some(block) = block.value() else {
                complete = false;
                continue;
            };
            let fields = [&block.cidr, &block.start, &block.stop];
            complete &= !fields.iter().any(|field| field.is_unknown());
            if let Some(text) = block.cidr.known() {
                let text = trimmed(text);
                let cidr = range::parse_cidr(&text);
                let range = cidr.clone().map(Cidr::range);
                entries.push(PoolEntry { range, cidr: cidr.ok(), text });
                continue;
            }
            let Some(start) = block.start.known().map(trimmed) else { continue };
            if block.stop.is_unknown() {
                continue;
            }
            let stop = block.stop.known().map_or_else(|| start.clone(), trimmed);
            let range = range::parse_address(&start).and_then(|first| {
                let last = range::parse_address(&stop);
                // The second one is at fault.
                last.and_then(|last| range::between(first, last))
            });
            let text =
                if range::parse_address(&start).is_ok() && range.is_err() { stop } else { start };
            entries.push(PoolEntry { range, cidr: None, text });
        }
        let added = LoadBalancerPool {
            balancer: Balancer::Cilium,
            form: PoolForm::Object,
            name: object.name(),
            entries,
            complete,
            disabled: pool.disabled.value() == Some(&true) || pool.disabled.is_unknown(),
            protocol: None,
            span: object.resource.name_span(),
            object,
        };
        self.load_balancer_pool(added, Source::CILIUM_POOL_CIDR);
    }

    fn load_balancer_pool(&mut self, mut pool: LoadBalancerPool<'a>, source: Source) {
        if self.is_patched(pool.object) {
            // Which of its ranges a patch leaves there is not known.
            pool.entries.clear();
            pool.complete = false;
        }
        for entry in &pool.entries {
            match &entry.range {
                Ok(range) => self.plan.ranges.push(AddressRange {
                    range: *range,
                    // What MetalLB makes of host bits is a mistake of another kind.
                    cidr: entry.cidr.filter(|_| pool.balancer == Balancer::Cilium),
                    source,
                    known: Known::Written,
                    span: entry.text.span,
                    object: Some(pool.object),
                    name: Some(pool.name).filter(|name| !name.is_empty()),
                    pool: None,
                }),
                Err(fault) => {
                    pool.complete = false;
                    self.unknown(Role::LoadBalancer);
                    let is_block = pool.balancer == Balancer::Cilium && !entry.text.contains('/');
                    let source = match is_block {
                        true if *fault != Fault::NoPrefix => Source::CILIUM_POOL_ADDRESS,
                        _ => source,
                    };
                    // An address alone has a rule of its own.
                    if !(pool.balancer == Balancer::MetalLb && *fault == Fault::NoPrefix) {
                        self.misread(source, &entry.text, fault.clone(), Some(pool.object));
                    }
                }
            }
        }
        self.plan.load_balancer_pools.push(pool);
    }

    /// The addresses that annotations of a Service ask for.
    pub(super) fn requested_addresses(&mut self, object: Object<'a>, service: &'a ServiceSpec) {
        for source in REQUESTS {
            let Some(text) = object.resource.metadata.annotation(source.field()) else { continue };
            for item in text.split(&[',', ' ']) {
                self.service_address(source, &Field::Known(item), object, service);
            }
        }
    }

    /// kube-vip takes its settings from its environment: `pkg/kubevip/config_envvar.go`.
    pub(super) fn kube_vip(&mut self, object: Object<'a>, container: &'a Container) {
        let image = container.image.value().and_then(|image| ImageRef::parse(image));
        let is_kube_vip = image.is_some_and(|image| {
            let name = image.repository.rsplit('/').next();
            matches!(name, Some("kube-vip" | "kube-vip-iptables"))
        });
        if !is_kube_vip || self.is_patched(object) {
            return;
        }
        let value = |variable: &str| {
            let entries = container.env.items().iter().filter_map(Field::value);
            let mut named = entries.filter(|e| e.name.value().is_some_and(|name| name == variable));
            named.find_map(|entry| entry.value.known())
        };
        let on = |variable: &str| value(variable).filter(|text| text.trim() == "true");
        let address = ["address", "vip_address"].into_iter().find_map(value);
        for item in address.map_or(Vec::new(), |text| text.split(&[','])) {
            // It may be a name, too.
            if range::parse_address(item.trim()).is_ok() {
                self.address(Source::KUBE_VIP_ADDRESS, &item, object, None);
            } else if range::looks_like_address(&item) {
                let fault = range::parse_address(item.trim()).err().unwrap_or(Fault::NotAnAddress);
                self.misread(Source::KUBE_VIP_ADDRESS, &trimmed(&item), fault, Some(object));
            }
        }
        let services = on("svc_enable");
        self.plan.kube_vips.push(KubeVip {
            arp: on("vip_arp").is_some(),
            services: services.is_some(),
            span: services.map_or(object.resource.name_span(), |text| text.span),
            object,
        });
    }
}
