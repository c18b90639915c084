//! What the files say about one cluster, made into one picture of its network.
//!
//! A [`Network`] is immutable and has a place in every leaf. Its parts are built each by one
//! module from the cluster's resources; rules read it and nothing else. Files are nearly always a
//! partial view of a cluster, so a lookup says [`Resolution::Unknown`] when it cannot tell.

pub mod addresses;
pub mod admin_policies;
pub mod api_calls;
pub mod autodetection;
pub mod blocked_backends;
pub mod calico;
pub mod capacity;
pub mod cilium;
pub mod cluster_dns;
pub mod cni;
pub mod components;
pub mod compose;
pub mod compose_addresses;
pub mod config_maps;
pub mod connectivity;
pub mod coredns;
pub mod dependencies;
pub mod dns_egress;
pub mod dns_intent;
pub mod dns_unseen;
pub mod docker;
pub mod dockerfiles;
pub mod drift;
pub mod endpoint_objects;
pub mod enforcement;
pub mod flannel;
pub mod gateways;
pub mod hardcoded;
pub mod host_names;
pub mod host_ports;
pub mod hosts;
pub mod image;
pub mod infrastructure;
pub mod ingresses;
pub mod input;
pub mod installer;
pub mod isolation;
pub mod joined;
pub mod label_index;
pub mod labels;
pub mod mesh;
pub mod missing_services;
pub mod monitors;
pub mod mtu;
pub mod namespaces;
pub mod near_miss;
pub mod node_ports;
pub mod object;
pub mod one_sided;
pub mod ordered_rules;
pub mod overlays;
pub mod owners;
pub mod patches;
pub mod peers;
pub mod plan;
pub mod plugin_policies;
pub mod policies;
pub mod policy_cover;
pub mod policy_places;
pub mod policy_rules;
pub mod ports;
pub mod proxy;
pub mod quantity;
pub mod replacement;
pub mod rivals;
pub mod routes;
pub mod server_options;
pub mod service_endpoints;
pub mod services;
pub mod settings;
pub mod sidecars;
pub mod tables;
#[cfg(test)]
pub(crate) mod testing;
pub mod version;
pub mod versions;
pub mod workloads;

use std::sync::OnceLock;

pub use object::Object;
pub use settings::Settings;
pub use versions::Versions;

pub use crate::config::Date;
pub use crate::syntax::decode::Field;

pub use crate::scope::NodeFile;

use crate::scope::Placement;
use addresses::Addresses;
use autodetection::Autodetection;
use calico::Calico;
use capacity::Capacity;
use cilium::Cilium;
use cluster_dns::{ClusterDns, Sight};
use cni::Cni;
use components::ComponentFlags;
use compose::Compose;
use config_maps::ConfigMaps;
use connectivity::Connectivity;
use coredns::CoreDns;
use dns_egress::{DnsEgress, Parts};
use docker::Docker;
use enforcement::{Enforcement, Software};
use flannel::Flannel;
use gateways::Gateways;
use host_names::ToldNames;
use hosts::Hosts;
use ingresses::Ingresses;
use installer::{Installer, Provider};
use mesh::Mesh;
use missing_services::MissingServices;
use mtu::MtuPlan;
use namespaces::Namespaces;
use patches::Patches;
use policies::Policies;
use proxy::{ProxyConfig, ProxyMode};
use routes::Routes;
use server_options::Disagreement;
use service_endpoints::ServiceEndpoints;
use services::Services;
use workloads::{Workload, Workloads};

/// What a lookup in a partial view of a cluster can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution<T> {
    Found(T),
    /// It is not there, and the files would show it if it were.
    Absent,
    Unknown(Why),
}

/// Why something cannot be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The files given do not hold it; another repository may.
    NotInFiles,
    /// A template or a person fills it in.
    Templated,
    /// Written, and not understood.
    Malformed,
    /// A cloud provider, an operator or a default of a component decides it.
    ManagedElsewhere,
}

impl<T> Resolution<T> {
    pub fn found(self) -> Option<T> {
        match self {
            Resolution::Found(value) => Some(value),
            Resolution::Absent | Resolution::Unknown(_) => None,
        }
    }
}

/// The network of one cluster, as far as the files tell.
pub struct Network<'a> {
    pub settings: &'a Settings,
    /// Every object of the cluster, in the order of the files.
    pub objects: Vec<Object<'a>>,
    /// What the files of installers and distributions state.
    pub installers: Vec<Installer<'a>>,
    /// Where servers of k3s or RKE2 disagree that must not.
    pub server_disagreements: Vec<Disagreement<'a>>,
    /// The command lines of the cluster's own components.
    pub components: Vec<ComponentFlags<'a>>,
    /// Compose projects, each a scope of its own.
    pub compose: Compose,
    pub hosts: Hosts<'a>,
    pub addresses: Addresses<'a>,
    pub calico: Calico<'a>,
    pub capacity: Capacity<'a>,
    pub cilium: Cilium<'a>,
    pub versions: Versions<'a>,
    pub proxy_modes: Vec<ProxyMode<'a>>,
    pub proxy_configs: Vec<ProxyConfig<'a>>,
    pub namespaces: Namespaces<'a>,
    pub patches: Patches<'a>,
    pub workloads: Workloads<'a>,
    pub services: Services<'a>,
    /// Ways in from outside.
    pub routes: Routes<'a>,
    pub ingresses: Ingresses<'a>,
    pub gateways: Gateways<'a>,
    /// What Services without a selector lead to.
    pub service_endpoints: ServiceEndpoints<'a>,
    pub config_maps: ConfigMaps<'a>,
    pub missing_services: MissingServices<'a>,
    pub policies: Policies<'a>,
    connectivity: OnceLock<Connectivity<'a>>,
    told_names: OnceLock<Vec<ToldNames<'a>>>,
    pub mesh: Mesh<'a>,
    pub enforcement: Enforcement<'a>,
    pub flannel: Flannel<'a>,
    pub dns: ClusterDns<'a>,
    pub dns_egress: DnsEgress<'a>,
    pub coredns: CoreDns<'a>,
    pub cni: Cni<'a>,
    pub docker: Docker<'a>,
    pub mtu: MtuPlan<'a>,
    pub autodetection: Vec<Autodetection>,
}

impl Network<'_> {
    /// Whether something says that a cloud runs the control plane.
    pub fn is_run_by(&self, provider: Provider) -> bool {
        let (setting, of_calico) = match provider {
            Provider::Aks => ("aks", "AKS"),
            Provider::Eks => ("eks", "EKS"),
        };
        let mut calico = self.addresses.installations.iter();
        self.settings.provider.as_ref().is_some_and(|provider| provider.value == setting)
            || self.installers.iter().any(|installer| installer.provider == Some(provider))
            || calico.any(|it| it.provider.value().is_some_and(|name| name == of_calico))
    }
}

impl<'a> Network<'a> {
    /// The host names that a workload is told; worked out for all when it is first asked for.
    pub fn told_names(&self, workload: &Workload<'_>) -> &ToldNames<'a> {
        let told = self.told_names.get_or_init(|| {
            let workloads = self.workloads.all.iter();
            let of = |workload| ToldNames::new(workload, &self.services, &self.config_maps);
            workloads.map(of).collect()
        });
        &told[workload.index]
    }

    /// Who may talk to whom; worked out when it is first asked for.
    pub fn connectivity(&self) -> &Connectivity<'a> {
        self.connectivity.get_or_init(|| {
            Connectivity::new(&connectivity::Parts {
                objects: &self.objects,
                namespaces: &self.namespaces,
                workloads: &self.workloads,
                policies: &self.policies,
                services: &self.services,
                enforcement: &self.enforcement,
            })
        })
    }
}

/// Builds the network of the cluster that has these objects, in the order of the files. Patches
/// may be among them: they are no objects of the cluster, and only say that others are not quite
/// as they are written.
pub fn build<'a>(mut objects: Vec<Object<'a>>, settings: &'a Settings) -> Network<'a> {
    let is_patch = |object: &mut Object<'_>| matches!(object.placement, Placement::Patch);
    let patches: Vec<Object<'a>> = objects.extract_if(.., is_patch).collect();
    let installers = installer::find(&objects);
    let server_disagreements = server_options::disagreements(&objects);
    let components = components::find(&objects, &installers);
    let compose = Compose::new(&objects);
    let hosts = Hosts::new(&objects);
    let cilium = Cilium::new(&objects);
    let parts = addresses::Parts {
        objects: &objects,
        patches: &patches,
        installers: &installers,
        components: &components,
        compose: &compose,
        hosts: &hosts,
        cilium: &cilium,
        settings,
    };
    let addresses = addresses::build(&parts);
    let versions = Versions::new(&objects, &installers, settings);
    let proxy_modes = proxy::modes(&objects, &installers, &components, &versions);
    let proxy_configs = proxy::configs(&objects, &versions);
    let namespaces = Namespaces::new(&objects);
    let workloads = Workloads::new(&objects, &patches);
    let patched = Patches::new(&objects, &patches);
    let capacity = Capacity::new(&capacity::Parts {
        objects: &objects,
        installers: &installers,
        components: &components,
        addresses: &addresses,
        cilium: &cilium,
        workloads: &workloads,
        settings,
    });
    let services = Services::new(&objects, &patched, &workloads);
    let routes = Routes::new(&objects, &services);
    let ingresses = Ingresses::new(&objects);
    let gateways = Gateways::new(&objects);
    let service_endpoints = ServiceEndpoints::new(&objects);
    let config_maps = ConfigMaps::new(&objects);
    let missing_services = MissingServices::new(&objects, &services);
    let policies = Policies::new(&objects, &patches, &workloads);
    let mesh = Mesh::new(&objects, &patches);
    let enforcement = Enforcement::new(&objects, &installers, &workloads, settings);
    let calico = Calico::new(&objects);
    let flannel = Flannel::new(&objects, &workloads);
    let dns = ClusterDns::new(&Sight {
        objects: &objects,
        workloads: &workloads,
        services: &services,
        policies: &policies,
        addresses: &addresses,
        settings,
    });
    let dns_egress = DnsEgress::new(&Parts {
        objects: &objects,
        dns: &dns,
        namespaces: &namespaces,
        workloads: &workloads,
        policies: &policies,
        cilium: enforcement.has(Software::Cilium),
        services: &services,
        enforcement: &enforcement,
    });
    let coredns = CoreDns::new(&objects, &workloads, &services);
    let cni = Cni::new(&objects);
    let docker = Docker::new(&objects);
    let autodetection = autodetection::find(&objects, &workloads, &flannel);
    let mtu = MtuPlan::new(&mtu::Parts {
        objects: &objects,
        addresses: &addresses,
        cilium: &cilium,
        cni: &cni,
        flannel: &flannel,
        hosts: &hosts,
        settings,
    });
    Network {
        settings,
        objects,
        installers,
        server_disagreements,
        components,
        compose,
        hosts,
        addresses,
        calico,
        capacity,
        cilium,
        versions,
        proxy_modes,
        proxy_configs,
        namespaces,
        patches: patched,
        workloads,
        services,
        routes,
        ingresses,
        gateways,
        service_endpoints,
        config_maps,
        missing_services,
        policies,
        connectivity: OnceLock::new(),
        told_names: OnceLock::new(),
        mesh,
        enforcement,
        flannel,
        dns,
        dns_egress,
        coredns,
        cni,
        docker,
        mtu,
        autodetection,
    }
}
