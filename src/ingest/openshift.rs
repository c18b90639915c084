//! OpenShift: `install-config.yaml`, the Network objects of its operator, and the DNS object that
//! its operator makes a Corefile of.
//!
//! Fields of older versions are only noticed, so that no default takes their place.
//! <https://docs.redhat.com/en/documentation/openshift_container_platform/latest/html/installing_on_any_platform/installing-platform-agnostic>

use serde::Deserialize;

use super::List;
use super::corefile::{CorefilePart, CorefileText};
use super::kubernetes::{Presence, spec};
use crate::source::Spanned;
use crate::syntax::decode::{Field, decode};
use crate::syntax::{Node, Piece, Text};

#[derive(Debug)]
pub enum OpenShift {
    InstallConfig(Box<InstallConfig>),
    /// Of the groups `operator.openshift.io` and `config.openshift.io`.
    Network(Box<NetworkSpec>),
    /// Of the group `operator.openshift.io`: the Corefile that becomes of it.
    Dns(Box<CorefileText>),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct InstallConfig {
    pub networking: Field<Networking>,
    pub compute: List<MachinePool>,
    pub control_plane: Field<MachinePool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Networking {
    /// Absent: 10.128.0.0/14 with a prefix of 23 for each node.
    pub cluster_network: List<ClusterNetwork>,
    /// Absent: 172.30.0.0/16.
    pub service_network: List<String>,
    /// Absent: 10.0.0.0/16.
    pub machine_network: List<MachineNetwork>,
    /// Absent: OVNKubernetes.
    pub network_type: Field<String>,
    /// What `clusterNetwork`, `serviceNetwork` and `machineNetwork` were once called.
    #[serde(rename = "clusterNetworks")]
    pub old_cluster_networks: Field<Presence>,
    #[serde(rename = "serviceCIDR")]
    pub old_service_cidr: Field<String>,
    #[serde(rename = "machineCIDR")]
    pub old_machine_cidr: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClusterNetwork {
    pub cidr: Field<String>,
    /// The prefix length of a node's range; absent: 23, and 64 for IPv6.
    pub host_prefix: Field<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MachineNetwork {
    pub cidr: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MachinePool {
    pub name: Field<String>,
    pub replicas: Field<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NetworkSpec {
    pub cluster_network: List<ClusterNetwork>,
    pub service_network: List<String>,
    pub default_network: Field<DefaultNetwork>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DefaultNetwork {
    #[serde(rename = "type")]
    pub kind: Field<String>,
}

/// Whether a document is an `install-config.yaml`, which has no `kind`.
pub fn is_install_config(node: Node<'_>) -> bool {
    let is_map = |key: &str| node.get(key).is_some_and(Node::is_map);
    node.get("baseDomain").is_some()
        && is_map("platform")
        && (is_map("networking") || is_map("controlPlane") || node.get("compute").is_some())
}

pub fn read_install_config(node: Node<'_>) -> Option<OpenShift> {
    Some(OpenShift::InstallConfig(Box::new(decode(node).0?)))
}

pub fn read(group: &str, kind: &str, node: Node<'_>) -> Option<OpenShift> {
    match (group, kind) {
        (_, "Network") => spec(node).map(OpenShift::Network),
        ("operator.openshift.io", "DNS") => dns(node).map(|text| OpenShift::Dns(Box::new(text))),
        _ => None,
    }
}

/// What every server block has, by `pkg/operator/controller/controller_dns_configmap.go` of
/// openshift/cluster-dns-operator. The containers listen on 5353, and the Service on 53, which is
/// where they are asked.
const FIRST: &str = ":53 {\nbufsize 1232\nerrors\ncache 900\n";
const LAST: &str = ".:53 {\nbufsize 1232\nerrors\nhealth {\nlameduck 20s\n}\nready\nkubernetes cluster.local in-addr.arpa ip6.arpa {\npods insecure\nfallthrough in-addr.arpa ip6.arpa\n}\nprometheus 127.0.0.1:9153\ncache 900\nreload\nloop\nforward .";

/// The Corefile of a DNS object, with zones and upstreams at their places. `None` where a template
/// fills one of them in.
fn dns(node: Node<'_>) -> Option<CorefileText> {
    let (key, spec) = node.entry("spec")?;
    let mut pieces = Vec::new();
    for server in spec.get("servers").into_iter().flat_map(Node::items) {
        let plugin = server.get("forwardPlugin");
        let upstreams = plugin.and_then(|it| it.get("upstreams")).into_iter().flat_map(Node::items);
        let mut zones = server.get("zones").into_iter().flat_map(Node::items).peekable();
        zones.peek()?;
        for zone in zones {
            pieces.push(Piece::Glue(" "));
            scalar(zone, &mut pieces)?;
        }
        pieces.extend([Piece::Glue(FIRST), Piece::Glue("forward .")]);
        for upstream in upstreams {
            pieces.push(Piece::Glue(" "));
            scalar(upstream, &mut pieces)?;
        }
        pieces.push(Piece::Glue("\n}\n"));
    }
    pieces.push(Piece::Glue(LAST));
    let resolvers = spec.at(&["upstreamResolvers", "upstreams"]);
    let mut resolvers = resolvers.into_iter().flat_map(Node::items).peekable();
    if resolvers.peek().is_none() {
        pieces.push(Piece::Glue(" /etc/resolv.conf"));
    }
    for resolver in resolvers {
        match resolver.get("address") {
            None => pieces.push(Piece::Glue(" /etc/resolv.conf")),
            Some(address) => {
                let is_v6 = address.str().is_some_and(|text| text.contains(':'));
                pieces.push(Piece::Glue(if is_v6 { " [" } else { " " }));
                scalar(address, &mut pieces)?;
                pieces.push(Piece::Glue(if is_v6 { "]" } else { "" }));
                if let Some(port) = resolver.get("port") {
                    pieces.push(Piece::Glue(":"));
                    scalar(port, &mut pieces)?;
                }
            }
        }
    }
    pieces.push(Piece::Glue("\n}\n"));
    let text = Text::joined(node.span().file, &pieces);
    let key = Spanned::new("spec".to_owned(), key.span());
    Some(CorefileText::read(&text, Some(key), CorefilePart::Whole))
}

fn scalar<'t>(node: Node<'t>, pieces: &mut Vec<Piece<'t>>) -> Option<()> {
    if node.is_templated() {
        return None;
    }
    pieces.push(Piece::Text(node.inner_text()?));
    Some(())
}
