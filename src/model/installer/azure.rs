//! Azure's managed Kubernetes.
//!
//! Defaults are those of the API:
//! <https://learn.microsoft.com/azure/aks/configure-azure-cni>. They count where the object has a
//! network profile.

use super::{DnsField, Installer, Plugin, Provider};
use crate::ingest::azure::Aks;
use crate::model::Object;
use crate::model::addresses::{Role, Source};
use crate::syntax::decode::Field;

const PODS: Source = Source::new(Role::Pod, "podCidr").defines();
const POD_LIST: Source = Source::new(Role::Pod, "podCidrs").defines();
const SERVICES: Source = Source::new(Role::Service, "serviceCidr").defines();
const SERVICE_LIST: Source = Source::new(Role::Service, "serviceCidrs").defines();
const DNS: Source = Source::new(Role::Dns, "dnsServiceIP");

pub fn installer<'a>(object: Object<'a>, aks: &'a Aks) -> Installer<'a> {
    let mut installer = Installer::new(object);
    let network = &aks.network;
    installer.provider = Some(Provider::Aks);
    installer.pods_share_node_network = network.pods_share_subnet();
    installer.range(PODS, &network.pod_cidr, &[]);
    installer.range_list(POD_LIST, &network.pod_cidrs, &[]);
    installer.range(SERVICES, &network.service_cidr, &[]);
    installer.range_list(SERVICE_LIST, &network.service_cidrs, &[]);
    let dns = network.dns_address();
    if let Some(address) = dns.known() {
        let items = vec![address.clone()];
        installer.dns = Some(DnsField { source: DNS, items, default: None });
    }
    installer.plugin = match &network.network_plugin {
        Field::Known(plugin) if plugin.value == "none" => Plugin::None,
        Field::Known(_) => Plugin::Named("azure-cni"),
        Field::Absent | Field::Unknown(_) => Plugin::Unknown,
    };
    let versions = [&aks.kubernetes_version, &aks.version];
    installer.kubernetes_version = versions.into_iter().find_map(Field::known);
    installer
}
