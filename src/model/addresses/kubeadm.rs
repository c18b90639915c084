//! What kubeadm's configuration states.

use super::collect::Collector;
use super::{ClusterDomain, Known, Role, Source};
use crate::ingest::kubeadm::{ApiEndpoint, Kubeadm, NodeRegistration};
use crate::model::Object;
use crate::source::Spanned;
use crate::syntax::decode::Field;

/// <https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/>
const DEFAULT_SERVICE_SUBNET: &str = "10.96.0.0/12";
const DEFAULT_DOMAIN: &str = "cluster.local";

impl Source {
    pub const POD_SUBNET: Source = Source::new(Role::Pod, "networking.podSubnet").defines();
    pub const SERVICE_SUBNET: Source =
        Source::new(Role::Service, "networking.serviceSubnet").defines();
    pub const DNS_DOMAIN: Source =
        Source::new(Role::Dns, "networking.dnsDomain").defines().called("cluster domain");
    pub const INIT_ADVERTISE_ADDRESS: Source =
        Source::new(Role::Node, "localAPIEndpoint.advertiseAddress")
            .called("API server address")
            .of_api_server();
    pub const JOIN_ADVERTISE_ADDRESS: Source =
        Source::new(Role::Node, "controlPlane.localAPIEndpoint.advertiseAddress")
            .called("API server address")
            .of_api_server();
    pub const CONTROL_PLANE_ENDPOINT: Source =
        Source::new(Role::Node, "controlPlaneEndpoint").called("control-plane endpoint");
    const API_SERVER_ENDPOINT: Source =
        Source::new(Role::Node, "discovery.bootstrapToken.apiServerEndpoint")
            .called("control-plane endpoint");
}

impl<'a> Collector<'a> {
    pub(super) fn kubeadm(&mut self, object: Object<'a>, kubeadm: &'a Kubeadm) {
        match kubeadm {
            Kubeadm::Cluster(cluster) => {
                let pods = cluster.pod_subnet();
                self.cidr_list_field(Source::POD_SUBNET, &pods, object);
                let unset =
                    pods.is_absent() || pods.value().is_some_and(|text| text.trim().is_empty());
                if unset && !cluster.controller_manager.extra_args.flags.has_unknown {
                    self.plan.clusters_without_pod_range.push(object);
                }
                let services = cluster.service_subnet();
                let unset = services.is_absent()
                    || services.value().is_some_and(|text| text.trim().is_empty());
                if unset && cluster.is_part {
                    // What is around it fills it in.
                } else if unset {
                    self.default_range(Source::SERVICE_SUBNET, DEFAULT_SERVICE_SUBNET, object);
                } else {
                    self.cidr_list_field(Source::SERVICE_SUBNET, &services, object);
                }
                if !(cluster.is_part && cluster.dns_domain().is_absent()) {
                    self.dns_domain(object, &cluster.dns_domain());
                }
                if let Some(endpoint) = cluster.control_plane_endpoint.known() {
                    self.host(Source::CONTROL_PLANE_ENDPOINT, endpoint, object, None);
                }
            }
            Kubeadm::Init(init) => {
                let name = self.node_registration(&init.node_registration);
                self.api_endpoint(
                    Source::INIT_ADVERTISE_ADDRESS,
                    &init.local_api_endpoint,
                    object,
                    name,
                );
            }
            Kubeadm::Join(join) => {
                let name = self.node_registration(&join.node_registration);
                let endpoint = join.control_plane.then(|plane| &plane.local_api_endpoint);
                self.api_endpoint(Source::JOIN_ADVERTISE_ADDRESS, &endpoint, object, name);
                let token = join.discovery.then(|discovery| &discovery.bootstrap_token);
                if let Some(endpoint) = token.then(|token| &token.api_server_endpoint).known() {
                    self.host(Source::API_SERVER_ENDPOINT, endpoint, object, None);
                }
            }
        }
    }

    /// Gives the name of the node.
    fn node_registration(&mut self, registration: &'a Field<NodeRegistration>) -> Option<&'a str> {
        let socket = registration.then(|registration| &registration.cri_socket);
        let docker =
            |socket: &String| socket.contains("dockershim") || socket.contains("cri-dockerd");
        self.plan.nodes_run_docker |= socket.value().is_some_and(docker);
        registration.value()?.name.value().map(String::as_str)
    }

    fn dns_domain(&mut self, object: Object<'a>, domain: &Field<String>) {
        match domain {
            Field::Known(text) if !text.trim().is_empty() => {
                self.domain(text, Source::DNS_DOMAIN, object);
            }
            Field::Known(_) | Field::Absent => self.plan.domains.push(ClusterDomain {
                domain: DEFAULT_DOMAIN.to_owned(),
                source: Source::DNS_DOMAIN,
                known: Known::Default,
                span: object.resource.name_span(),
                object,
            }),
            Field::Unknown(_) => self.unknown(Role::Dns),
        }
    }

    fn api_endpoint(
        &mut self,
        source: Source,
        endpoint: &Field<ApiEndpoint>,
        object: Object<'a>,
        name: Option<&'a str>,
    ) {
        let address = endpoint.then(|endpoint| &endpoint.advertise_address);
        if let Some(address) = address.known().filter(|text| !text.trim().is_empty()) {
            self.address(source, address, object, name);
        }
    }

    /// `host:port`, `[address]:port` or a host alone; a name is nothing that can be compared.
    pub(super) fn host(
        &mut self,
        source: Source,
        text: &Spanned<String>,
        object: Object<'a>,
        name: Option<&'a str>,
    ) {
        let (start, host) = match text.strip_prefix('[') {
            Some(rest) => (1, rest.split(']').next().unwrap_or_default()),
            None if text.matches(':').count() > 1 => (0, text.as_str()),
            None => (0, text.value.split(':').next().unwrap_or_default()),
        };
        if super::range::parse_address(host).is_ok() {
            let span = text.part(start..start + host.len());
            self.address(source, &Spanned::new(host.to_owned(), span), object, name);
        }
    }
}
