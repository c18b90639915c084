//! Flannel's network configuration, `net-conf.json`: in a ConfigMap, and in a file of its own.
//!
//! <https://github.com/flannel-io/flannel/blob/master/Documentation/configuration.md>. flannel
//! reads it with Go's `encoding/json`, to which `Network` and `network` are one name, and of
//! several the last one counts. Names that it does not know are passed over there and here.

use serde::Deserialize;

use crate::source::Spanned;
use crate::syntax::Node;
use crate::syntax::decode::{Field, decode};

/// Where a configuration is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FlannelOrigin {
    /// The key `net-conf.json` of a ConfigMap.
    #[default]
    ConfigMap,
    /// A file named `net-conf.json`.
    NetConf,
    /// A file of another name, by its shape.
    File,
    /// Values of a chart that makes such a ConfigMap.
    Chart,
}

#[derive(Clone, Debug, Default)]
pub struct FlannelConfig {
    pub origin: FlannelOrigin,
    /// The first place where its text is not JSON, and what is wrong there.
    pub strict_problem: Option<Spanned<String>>,
    pub network: Field<String>,
    pub ipv6_network: Field<String>,
    /// Absent: true.
    pub enable_ipv4: Field<bool>,
    /// Absent: false.
    pub enable_ipv6: Field<bool>,
    /// The length of a node's prefix. With Kubernetes, which gives nodes their ranges, it has no
    /// meaning, and neither have the next two.
    pub subnet_len: Field<i64>,
    pub subnet_min: Field<String>,
    pub subnet_max: Field<String>,
    pub ipv6_subnet_len: Field<i64>,
    pub ipv6_subnet_min: Field<String>,
    pub ipv6_subnet_max: Field<String>,
    /// Absent: udp.
    pub backend: Field<FlannelBackend>,
}

/// How packets go from node to node. The fields beside the type are those of some types only.
#[derive(Clone, Debug)]
pub struct FlannelBackend {
    pub kind: Field<String>,
    pub vni: Field<i64>,
    /// Of udp and vxlan.
    pub port: Field<i64>,
    /// Of wireguard.
    pub listen_port: Field<i64>,
    /// The MTU between the nodes, not that of pods. Absent: that of the interface.
    pub mtu: Field<i64>,
    /// Routes without VXLAN to nodes in the same subnet.
    pub direct_routing: Field<bool>,
    /// Of ipsec: ESP inside UDP.
    pub udp_encap: Field<bool>,
}

/// Whether a document without `kind` is a configuration of Flannel, by the name of its file or by
/// its shape.
pub fn is_net_conf(path: &str, node: Node<'_>) -> Option<FlannelOrigin> {
    if !node.is_map() {
        return None;
    }
    if is_net_conf_file(path) {
        return Some(FlannelOrigin::NetConf);
    }
    let network = entry(node, "Network").or_else(|| entry(node, "IPv6Network"));
    let typed = entry(node, "Backend").is_some_and(|backend| entry(backend, "Type").is_some());
    let shaped = path.ends_with(".json") && typed && network?.str()?.contains('/');
    shaped.then_some(FlannelOrigin::File)
}

pub fn is_net_conf_file(path: &str) -> bool {
    path.rsplit('/').next() == Some(NET_CONF)
}

/// The key of a ConfigMap, and the name of the file that it is mounted as.
pub const NET_CONF: &str = "net-conf.json";

/// Reads a configuration whose root is a map.
pub fn read(origin: FlannelOrigin, node: Node<'_>) -> FlannelConfig {
    FlannelConfig {
        origin,
        strict_problem: None,
        network: field(node, "Network"),
        ipv6_network: field(node, "IPv6Network"),
        enable_ipv4: field(node, "EnableIPv4"),
        enable_ipv6: field(node, "EnableIPv6"),
        subnet_len: field(node, "SubnetLen"),
        subnet_min: field(node, "SubnetMin"),
        subnet_max: field(node, "SubnetMax"),
        ipv6_subnet_len: field(node, "IPv6SubnetLen"),
        ipv6_subnet_min: field(node, "IPv6SubnetMin"),
        ipv6_subnet_max: field(node, "IPv6SubnetMax"),
        backend: entry(node, "Backend").map_or(Field::Absent, backend),
    }
}

fn backend(node: Node<'_>) -> Field<FlannelBackend> {
    if node.is_null() {
        return Field::Absent;
    }
    if !node.is_map() {
        return Field::Unknown(node.span());
    }
    let backend = FlannelBackend {
        kind: field(node, "Type"),
        vni: field(node, "VNI"),
        port: field(node, "Port"),
        listen_port: field(node, "ListenPort"),
        mtu: field(node, "MTU"),
        direct_routing: field(node, "DirectRouting"),
        udp_encap: field(node, "UDPEncap"),
    };
    Field::Known(Spanned::new(backend, node.span()))
}

fn field<'t, T: Deserialize<'t>>(node: Node<'t>, name: &str) -> Field<T> {
    let value = entry(node, name).and_then(|value| decode::<Field<T>>(value).0);
    value.unwrap_or_default()
}

/// The value of a name in whatever case; of several the last.
fn entry<'t>(node: Node<'t>, name: &str) -> Option<Node<'t>> {
    let named =
        |(key, _): &(Node<'t>, Node<'t>)| key.str().is_some_and(|k| k.eq_ignore_ascii_case(name));
    node.entries().filter(named).last().map(|(_, value)| value)
}
