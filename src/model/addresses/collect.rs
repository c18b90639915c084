//! Gathers what objects, flags and the configuration state into the plan.

use rustc_hash::FxHashSet;

use super::free::Free;
use super::range::{self, Fault, IpRange};
use super::{
    AddressRange, Addresses, ClusterDomain, DnsAddress, Known, Malformed, RangeList, Role, Source,
};
use crate::ingest::Body;
use crate::ingest::calico::Calico;
use crate::ingest::cni::{CniConfig, CniOrigin};
use crate::ingest::component_config::ComponentConfig;
use crate::model::components::ComponentFlags;
use crate::model::image::Component;
use crate::model::{Object, Settings};
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

impl Source {
    pub const CONTROLLER_CLUSTER_CIDR: Source = Source::new(Role::Pod, "--cluster-cidr")
        .overrides()
        .called("controller manager's pod range");
    const PROXY_CONFIG_CLUSTER_CIDR: Source =
        Source::new(Role::Pod, "clusterCIDR").repeats().called("kube-proxy's pod range");
    const PROXY_FLAG_CLUSTER_CIDR: Source =
        Source::new(Role::Pod, "--cluster-cidr").repeats().called("kube-proxy's pod range");
    const API_SERVER_SERVICE_RANGE: Source =
        Source::new(Role::Service, "--service-cluster-ip-range").overrides();
    const CONTROLLER_SERVICE_RANGE: Source =
        Source::new(Role::Service, "--service-cluster-ip-range")
            .repeats()
            .called("controller manager's service range");
    pub const ADVERTISE_ADDRESS_FLAG: Source =
        Source::new(Role::Node, "--advertise-address").called("API server address").of_api_server();
    pub const NODE_IP_FLAG: Source = Source::new(Role::Node, "--node-ip").of_kubelet();
    pub const KUBELET_CLUSTER_DNS: Source = Source::new(Role::Dns, "clusterDNS");
    const CLUSTER_DNS_FLAG: Source = Source::new(Role::Dns, "--cluster-dns");
    const KUBELET_CLUSTER_DOMAIN: Source =
        Source::new(Role::Dns, "clusterDomain").repeats().called("cluster domain");
    const CLUSTER_DOMAIN_FLAG: Source =
        Source::new(Role::Dns, "--cluster-domain").repeats().called("cluster domain");
    /// host-local's `Range.Canonicalize` refuses host bits.
    pub const HOST_LOCAL_SUBNET: Source =
        Source::new(Role::CniSubnet, "ipam.subnet").refuses_host_bits();
    /// As an installer writes it to every node.
    pub const INSTALLED_SUBNET: Source = Source::HOST_LOCAL_SUBNET.repeats();
    /// Of an additional network of pods that ask for it.
    const ATTACHMENT_SUBNET: Source = Source::HOST_LOCAL_SUBNET.extends();
    const NODE_NETWORK: Source = Source::new(Role::NodeNetwork, "node-networks");
    const RESERVED: Source = Source::new(Role::Reserved, "reserved");
}

#[derive(Default)]
pub(super) struct Collector<'a> {
    pub plan: Addresses<'a>,
    /// How many lists of DNS addresses there are so far.
    dns_lists: usize,
    /// Kind and name of what Kustomize patches change.
    patched: FxHashSet<(&'a str, &'a str)>,
}

impl<'a> Collector<'a> {
    pub fn new(patches: &[Object<'a>]) -> Collector<'a> {
        let patched = patches.iter().map(|patch| (patch.kind(), patch.name())).collect();
        Collector { patched, ..Collector::default() }
    }

    /// Whether a Kustomize patch changes an object. The namespace is seldom written in patches.
    pub fn is_patched(&self, object: Object<'_>) -> bool {
        self.patched.contains(&(object.kind(), object.name()))
    }

    pub fn object(&mut self, object: Object<'a>) {
        match object.body() {
            Body::Calico(calico) => self.calico(object, calico),
            Body::ChartValues(values) => self.chart_values(object, values),
            Body::Cilium(cilium) => self.cilium_object(object, cilium),
            Body::Cni(config) => self.cni(object, config),
            Body::ComponentConfig(config) => self.component_config(object, config),
            Body::DockerDaemon(daemon) => self.docker_daemon(object, daemon),
            Body::Flannel(config) => self.flannel(object, config),
            Body::Kubeadm(kubeadm) => self.kubeadm(object, kubeadm),
            Body::Kubernetes(kubernetes) => self.kubernetes(object, kubernetes),
            Body::LoadBalancer(load_balancer) => self.load_balancer(object, load_balancer),
            _ => {}
        }
    }

    fn calico(&mut self, object: Object<'a>, calico: &'a Calico) {
        match calico {
            Calico::IpPool(pool) => self.ip_pool(object, pool),
            Calico::Installation(installation) => self.installation(object, installation),
            Calico::Bgp(bgp) => {
                for block in bgp.service_cluster_ips.items().iter().filter_map(Field::value) {
                    self.cidr_field(Source::BGP_SERVICE_CLUSTER_IP, &block.cidr, object);
                }
            }
            Calico::BgpPeer | Calico::Felix(_) | Calico::IpReservation(_) | Calico::Ipam(_) => {}
        }
    }

    fn component_config(&mut self, object: Object<'a>, config: &'a ComponentConfig) {
        match config {
            ComponentConfig::Kubelet(kubelet) => {
                let list = self.next_dns_list();
                for item in kubelet.cluster_dns.items().iter().filter_map(Field::known) {
                    self.dns(item, Source::KUBELET_CLUSTER_DNS, list, object);
                }
                if let Some(domain) = kubelet.cluster_domain.known() {
                    self.domain(domain, Source::KUBELET_CLUSTER_DOMAIN, object);
                }
            }
            ComponentConfig::KubeProxy(proxy) => {
                let mode = proxy.detect_local_mode.value().map_or("", |mode| mode.trim());
                // In the other modes the range has no meaning.
                if !matches!(mode, "" | "ClusterCIDR") || proxy.detect_local_mode.is_unknown() {
                    return;
                }
                let range = &proxy.cluster_cidr;
                if range.is_absent() || range.value().is_some_and(|text| text.trim().is_empty()) {
                    self.plan.proxies_without_range.push(object);
                }
                self.cidr_list_field(Source::PROXY_CONFIG_CLUSTER_CIDR, range, object);
            }
        }
    }

    pub fn component(&mut self, component: &ComponentFlags<'a>) {
        let object = component.object;
        let known = |name| component.flags.value(name);
        let unknown = |name| component.flags.get(name).is_some_and(|flag| flag.value.is_unknown());
        let ranges: &[(&str, Source)] = match component.component {
            Component::KubeApiserver => {
                &[("service-cluster-ip-range", Source::API_SERVER_SERVICE_RANGE)]
            }
            Component::KubeControllerManager => &[
                ("cluster-cidr", Source::CONTROLLER_CLUSTER_CIDR),
                ("service-cluster-ip-range", Source::CONTROLLER_SERVICE_RANGE),
            ],
            Component::KubeProxy => &[("cluster-cidr", Source::PROXY_FLAG_CLUSTER_CIDR)],
            _ => &[],
        };
        for (flag, source) in ranges {
            if unknown(flag) {
                self.plan.unknown.push(source.role());
            }
            if let Some(value) = known(flag) {
                self.cidr_list(*source, value, object);
            }
        }
        match component.component {
            Component::KubeApiserver => {
                if let Some(address) = known("advertise-address") {
                    self.address(Source::ADVERTISE_ADDRESS_FLAG, address, object, None);
                }
            }
            Component::Kubelet => {
                for address in known("node-ip").map_or(Vec::new(), |value| value.split(&[','])) {
                    self.address(Source::NODE_IP_FLAG, &address, object, None);
                }
                let list = self.next_dns_list();
                for item in known("cluster-dns").map_or(Vec::new(), |value| value.split(&[','])) {
                    self.dns(&item, Source::CLUSTER_DNS_FLAG, list, object);
                }
                if let Some(domain) = known("cluster-domain") {
                    self.domain(domain, Source::CLUSTER_DOMAIN_FLAG, object);
                }
            }
            _ => {}
        }
    }

    pub fn settings(&mut self, settings: &'a Settings) {
        // In these clouds pods have addresses of the cloud's network, unless a plugin of somebody
        // else's is said to be there.
        let setting = |setting: &Option<Spanned<String>>, values: &[&str]| {
            setting.as_ref().is_some_and(|setting| values.contains(&setting.as_str()))
        };
        let native = setting(&settings.provider, &["aks", "eks", "gke"]) && settings.cni.is_none();
        let plugin = setting(&settings.cni, &["aws-vpc-cni", "azure-cni"]);
        self.plan.pods_share_node_network |= native || plugin;
        for network in &settings.node_networks {
            self.stated(Source::NODE_NETWORK, network, None, None);
        }
        for reserved in &settings.reserved {
            self.stated(Source::RESERVED, &reserved.cidr, None, Some(&reserved.name));
        }
    }

    fn cni(&mut self, object: Object<'a>, config: &'a CniConfig) {
        let source = match config.origin {
            CniOrigin::File => Source::HOST_LOCAL_SUBNET,
            CniOrigin::ConfigMap => Source::INSTALLED_SUBNET,
            CniOrigin::NetworkAttachment => Source::ATTACHMENT_SUBNET,
        };
        let name = config.name.value().map(String::as_str);
        for plugin in config.known_plugins() {
            let Some(ipam) = plugin.ipam.value() else { continue };
            if ipam.kind.value().is_none_or(|kind| kind != "host-local") {
                continue;
            }
            let sets = ipam.ranges.items().iter().filter_map(Field::value);
            let ranges = sets.flatten().filter_map(Field::value);
            for subnet in std::iter::once(&ipam.subnet).chain(ranges.map(|range| &range.subnet)) {
                let Some(subnet) = subnet.known().filter(|text| text.value != "usePodCidr") else {
                    continue;
                };
                self.stated(source, subnet, Some(object), name);
            }
        }
    }

    /// A field with one range.
    pub fn cidr_field(&mut self, source: Source, field: &Field<String>, object: Object<'a>) {
        match field {
            Field::Known(text) if text.trim().is_empty() => {}
            Field::Known(text) => {
                self.stated(source, text, Some(object), None);
            }
            Field::Unknown(_) => self.plan.unknown.push(source.role()),
            Field::Absent => {}
        }
    }

    /// A field with ranges of both families between commas.
    pub fn cidr_list_field(&mut self, source: Source, field: &Field<String>, object: Object<'a>) {
        match field {
            Field::Known(text) => self.cidr_list(source, text, object),
            Field::Unknown(_) => self.plan.unknown.push(source.role()),
            Field::Absent => {}
        }
    }

    fn cidr_list(&mut self, source: Source, text: &Spanned<String>, object: Object<'a>) {
        let items = self.between_commas(source, text, object);
        self.list(source, text.span, &items, object);
    }

    /// The ranges of a text that are between commas.
    pub fn between_commas(
        &mut self,
        source: Source,
        text: &Spanned<String>,
        object: Object<'a>,
    ) -> Vec<Spanned<String>> {
        // The components split at commas and nothing else: a blank beside one is an error.
        let mut start = 0;
        for piece in text.value.split(',') {
            let end = start + piece.len();
            if !piece.trim().is_empty() && piece.trim() != piece {
                let piece = Spanned::new(piece.to_owned(), text.part(start..end));
                self.misread(source, &piece, Fault::WhiteSpace, Some(object));
            }
            start = end + 1;
        }
        text.split(&[','])
    }

    pub fn list(
        &mut self,
        source: Source,
        span: Span,
        items: &[Spanned<String>],
        object: Object<'a>,
    ) {
        if items.is_empty() {
            return;
        }
        let mut ranges = Vec::new();
        for item in items {
            if let Some(range) = self.stated(source, item, Some(object), None) {
                ranges.push((range, item.span));
            }
        }
        let complete = ranges.len() == items.len();
        self.plan.lists.push(RangeList { source, span, ranges, complete, object });
    }

    /// One range as it is written.
    pub fn stated(
        &mut self,
        source: Source,
        text: &Spanned<String>,
        object: Option<Object<'a>>,
        name: Option<&'a str>,
    ) -> Option<IpRange> {
        let text = &trimmed(text);
        match range::parse_cidr(text) {
            Ok(cidr) => {
                let range = cidr.range();
                self.plan.ranges.push(AddressRange {
                    range,
                    cidr: Some(cidr),
                    source,
                    known: Known::Written,
                    span: text.span,
                    object,
                    name,
                    pool: None,
                });
                Some(range)
            }
            Err(fault) => {
                self.malformed(source, text, fault, object);
                None
            }
        }
    }

    /// One address as it is written.
    pub fn address(
        &mut self,
        source: Source,
        text: &Spanned<String>,
        object: Object<'a>,
        name: Option<&'a str>,
    ) {
        let text = &trimmed(text);
        match range::parse_address(text) {
            Ok(address) => self.plan.ranges.push(AddressRange {
                range: IpRange::single(address),
                cidr: None,
                source,
                known: Known::Written,
                span: text.span,
                object: Some(object),
                name,
                pool: None,
            }),
            Err(fault) => self.malformed(source, text, fault, Some(object)),
        }
    }

    pub fn malformed(
        &mut self,
        source: Source,
        text: &Spanned<String>,
        fault: Fault,
        object: Option<Object<'a>>,
    ) {
        self.plan.unknown.push(source.role());
        self.misread(source, text, fault, object);
    }

    /// A value that is wrong and leaves nothing unknown about ranges.
    pub fn misread(
        &mut self,
        source: Source,
        text: &Spanned<String>,
        fault: Fault,
        object: Option<Object<'a>>,
    ) {
        self.plan.malformed.push(Malformed { text: text.clone(), fault, source, object });
    }

    /// A range that an object has because it leaves a field out.
    pub fn default_range(&mut self, source: Source, text: &str, object: Object<'a>) {
        self.unwritten_range(source, text, object, Known::Default);
    }

    /// A range that something in view has unless it is told otherwise out of view.
    pub fn assumed_range(&mut self, source: Source, text: &str, object: Object<'a>) {
        self.unwritten_range(source, text, object, Known::Assumed);
    }

    fn unwritten_range(&mut self, source: Source, text: &str, object: Object<'a>, known: Known) {
        let range = range::parse_cidr(text).expect("internal error: a default that is no CIDR");
        self.plan.ranges.push(AddressRange {
            range: range.range(),
            cidr: None,
            source,
            known,
            span: object.resource.name_span(),
            object: Some(object),
            name: None,
            pool: None,
        });
    }

    pub fn next_dns_list(&mut self) -> usize {
        self.dns_lists += 1;
        self.dns_lists
    }

    pub fn dns(&mut self, text: &Spanned<String>, source: Source, list: usize, object: Object<'a>) {
        let text = &trimmed(text);
        match range::parse_address(text) {
            Ok(address) => {
                let (known, span) = (Known::Written, text.span);
                self.plan.dns.push(DnsAddress { address, known, span, object, list, source });
            }
            Err(fault) => self.malformed(source, text, fault, Some(object)),
        }
    }

    pub fn domain(&mut self, text: &Spanned<String>, source: Source, object: Object<'a>) {
        let domain = text.trim().trim_end_matches('.').to_ascii_lowercase();
        if !domain.is_empty() {
            let (known, span) = (Known::Written, text.span);
            self.plan.domains.push(ClusterDomain { domain, source, known, span, object });
        }
    }

    pub fn unknown(&mut self, role: Role) {
        self.plan.unknown.push(role);
    }

    /// A default gives way to what is written somewhere else for the same purpose.
    pub fn finish(mut self) -> Addresses<'a> {
        let plan = &mut self.plan;
        for role in [Role::Pod, Role::Service] {
            let decides = |range: &AddressRange<'_>| range.role() == role && range.source.decides();
            let written =
                |range: &AddressRange<'_>| range.known == Known::Written && decides(range);
            if plan.ranges.iter().any(written) || !plan.is_complete(role) {
                plan.ranges.retain(|range| range.known == Known::Written || !decides(range));
            }
        }
        // The operator asks for kubeadm's range and for pools that there are before it makes one.
        let told = plan.ranges.iter().any(|range| range.source.defines_pods());
        let told = told || !plan.pools.is_empty() || !plan.is_complete(Role::Pod);
        let is_default = |range: &AddressRange<'_>| {
            range.known != Known::Written && range.source == Source::INSTALLATION_POOL
        };
        plan.ranges.retain(|range| !(told && is_default(range)));
        if !plan.clusters_without_pod_range.is_empty() {
            let defaults = plan.ranges.iter_mut().filter(|range| is_default(range));
            defaults.for_each(|range| range.known = Known::Default);
        }
        self.plan.free = Free::of(&self.plan.ranges);
        self.plan
    }
}

/// Without white space around it, and without quotes in its place.
pub(super) fn trimmed(text: &Spanned<String>) -> Spanned<String> {
    let value = text.value.trim();
    let start = text.value.len() - text.value.trim_start().len();
    Spanned::new(value.to_owned(), text.part(start..start + value.len()))
}
