//! Configurations of network plugins: files in `/etc/cni/net.d`, and the same in ConfigMaps and
//! NetworkAttachmentDefinitions.
//!
//! <https://github.com/containernetworking/cni/blob/main/SPEC.md>. Installers put the MTU and the
//! like in for placeholders such as `__CNI_MTU__`, which stand there without quotes: the YAML
//! parser reads them as plain scalars, and their fields are unknown. What that parser lets pass
//! although it is not JSON is told apart: see [`CniConfig::strict_problem`].

use serde::Deserialize;

use super::{List, Map};
use crate::source::{Span, Spanned};
use crate::syntax::Node;
use crate::syntax::decode::{Field, decode};

/// Where a configuration is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CniOrigin {
    /// A file of its own, which is that of a node.
    File,
    /// A key of a ConfigMap, which an installer writes to every node.
    ConfigMap,
    /// An additional network of pods that ask for it.
    NetworkAttachment,
}

#[derive(Clone, Debug)]
pub struct CniConfig {
    pub origin: CniOrigin,
    /// The path, for display, of the file that it is or lies in.
    pub path: String,
    /// The first place where its text is not JSON, and what is wrong there. No runtime reads such
    /// a text; what the other fields say is a guess at what was meant.
    pub strict_problem: Option<Spanned<String>>,
    /// Where `plugins` stands, which a `.conflist` must have and a `.conf` must not.
    pub list_key: Option<Span>,
    /// The top level's own `type`.
    pub kind: Field<String>,
    pub cni_version: Field<String>,
    pub cni_versions: List<String>,
    pub name: Field<String>,
    pub load_only_inlined_plugins: Field<bool>,
    /// The plugins in their order; of a single plugin that one.
    pub plugins: List<CniPlugin>,
}

impl CniConfig {
    /// One whose text says nothing that can be relied on.
    pub(super) fn broken(origin: CniOrigin, path: &str, problem: Spanned<String>) -> CniConfig {
        CniConfig {
            origin,
            path: path.to_owned(),
            strict_problem: Some(problem),
            list_key: None,
            kind: Field::Absent,
            cni_version: Field::Absent,
            cni_versions: Field::Absent,
            name: Field::Absent,
            load_only_inlined_plugins: Field::Absent,
            plugins: Field::Absent,
        }
    }

    /// Whether it has `plugins`.
    pub fn is_list(&self) -> bool {
        self.list_key.is_some()
    }

    /// The plugins that can be read.
    pub fn known_plugins(&self) -> impl Iterator<Item = &CniPlugin> {
        self.plugins.items().iter().filter_map(Field::value)
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Head {
    #[serde(rename = "type")]
    kind: Field<String>,
    cni_version: Field<String>,
    cni_versions: List<String>,
    name: Field<String>,
    load_only_inlined_plugins: Field<bool>,
    plugins: List<CniPlugin>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CniPlugin {
    #[serde(rename = "type")]
    pub kind: Field<String>,
    pub mtu: Field<i64>,
    pub ipam: Field<Ipam>,
    pub capabilities: Map<bool>,
    pub ip_masq: Field<bool>,
    /// Of bridge.
    pub bridge: Field<String>,
    pub is_gateway: Field<bool>,
    pub is_default_gateway: Field<bool>,
    pub hairpin_mode: Field<bool>,
    pub promisc_mode: Field<bool>,
    pub vlan: Field<i64>,
    pub vlan_trunk: List<VlanTrunk>,
    pub disable_container_interface: Field<bool>,
    /// Of macvlan, ipvlan and vlan.
    pub master: Field<String>,
    pub mode: Field<String>,
    /// Of flannel: what it hands to the plugin that it calls.
    pub delegate: Field<Delegate>,
    /// Of Calico and others that call the API server.
    pub nodename: Field<String>,
    /// Of bandwidth, in bits.
    pub ingress_rate: Field<i64>,
    pub ingress_burst: Field<i64>,
    pub egress_rate: Field<i64>,
    pub egress_burst: Field<i64>,
}

/// VLANs by range, by number, or both.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct VlanTrunk {
    #[serde(rename = "minID")]
    pub min_id: Field<i64>,
    #[serde(rename = "maxID")]
    pub max_id: Field<i64>,
    pub id: Field<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Delegate {
    #[serde(rename = "type")]
    pub kind: Field<String>,
    pub mtu: Field<i64>,
    pub hairpin_mode: Field<bool>,
    pub is_default_gateway: Field<bool>,
}

/// Addresses, by whichever plugin hands them out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Ipam {
    #[serde(rename = "type")]
    pub kind: Field<String>,
    /// host-local with one range; `usePodCidr` with Calico.
    pub subnet: Field<String>,
    pub range_start: Field<String>,
    pub range_end: Field<String>,
    pub gateway: Field<String>,
    /// host-local: sets of ranges; a pod gets an address of each set.
    pub ranges: List<Vec<Field<IpamRange>>>,
    pub routes: List<Route>,
    /// static.
    pub addresses: List<StaticAddress>,
    /// whereabouts: a range with host bits, or `start-end/prefix`.
    pub range: Field<String>,
    #[serde(rename = "range_start")]
    pub whereabouts_start: Field<String>,
    #[serde(rename = "range_end")]
    pub whereabouts_end: Field<String>,
    pub exclude: List<String>,
    pub ip_ranges: List<WhereaboutsRange>,
    /// calico-ipam: `"true"`.
    #[serde(rename = "assign_ipv4")]
    pub assign_ipv4: Field<String>,
    #[serde(rename = "assign_ipv6")]
    pub assign_ipv6: Field<String>,
    #[serde(rename = "ipv4_pools")]
    pub ipv4_pools: List<String>,
    #[serde(rename = "ipv6_pools")]
    pub ipv6_pools: List<String>,
    pub data_dir: Field<String>,
}

impl Ipam {
    /// Whether host-local hands out addresses of IPv6.
    pub fn has_ipv6_range(&self) -> bool {
        let sets = self.ranges.items().iter().filter_map(Field::value);
        let subnets = sets.flatten().filter_map(Field::value).map(|range| &range.subnet);
        let mut subnets = subnets.chain([&self.subnet]).filter_map(Field::value);
        subnets.any(|subnet| subnet.contains(':'))
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct IpamRange {
    pub subnet: Field<String>,
    pub range_start: Field<String>,
    pub range_end: Field<String>,
    pub gateway: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct WhereaboutsRange {
    pub range: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Route {
    pub dst: Field<String>,
    pub gw: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct StaticAddress {
    /// With its prefix length.
    pub address: Field<String>,
    pub gateway: Field<String>,
}

/// Whether a file can be nothing but the configuration of a network plugin, by its name and
/// place. In a folder `net.d` runtimes load the endings `.conf`, `.conflist` and `.json`.
pub fn is_cni_file(path: &str, text: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_json = text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
    match name.rsplit_once('.') {
        Some((_, "conflist")) => true,
        Some((_, "conf" | "json")) => {
            is_net_d(folder) && (is_json || folder.ends_with("cni/net.d"))
        }
        _ => false,
    }
}

fn is_net_d(folder: &str) -> bool {
    folder == "net.d" || folder.ends_with("/net.d")
}

/// Whether a document without `kind` is the configuration of a network plugin, by its shape.
pub fn is_cni(path: &str, node: Node<'_>) -> bool {
    if !node.is_map() {
        return false;
    }
    let has = |key| node.get(key).is_some();
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    if !matches!(extension, "conf" | "json") {
        return has("cniVersion") && (has("plugins") || has("type"));
    }
    let mut plugins = node.get("plugins").into_iter().flat_map(Node::items);
    let is_list = has("name") && plugins.any(|plugin| plugin.get("type").is_some());
    has("cniVersion") || is_list
}

/// Whether a key of a ConfigMap is named as one that an installer copies to `net.d`.
pub fn is_cni_key(key: &str) -> bool {
    key == "cni_network_config"
        || key == "cni-conf.json"
        || key.ends_with(".conflist")
        || key.ends_with(".conf")
}

/// Reads a configuration of either form.
pub(super) fn read(origin: CniOrigin, path: &str, node: Node<'_>) -> Option<CniConfig> {
    let head: Head = decode(node).0?;
    let list_key = node.entry("plugins").map(|(key, _)| key.span());
    let plugins = match list_key {
        Some(_) => head.plugins,
        None => single(node)?,
    };
    Some(CniConfig {
        origin,
        path: path.to_owned(),
        strict_problem: None,
        list_key,
        kind: head.kind,
        cni_version: head.cni_version,
        cni_versions: head.cni_versions,
        name: head.name,
        load_only_inlined_plugins: head.load_only_inlined_plugins,
        plugins,
    })
}

fn single(node: Node<'_>) -> Option<List<CniPlugin>> {
    let plugin: Field<CniPlugin> = decode(node).0?;
    Some(Field::Known(Spanned::new(vec![plugin], node.span())))
}
