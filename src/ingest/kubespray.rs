//! Inventories of Kubespray: variables in `group_vars`, and the hosts.
//!
//! <https://github.com/kubernetes-sigs/kubespray/blob/master/docs/ansible/vars.md>. All files
//! below one folder of inventories are one cluster. A value that Jinja fills in is unknown.

use serde::Deserialize;

use super::flags::Flag;
use crate::source::{FileId, Span, Spanned};
use crate::syntax::decode::{Field, decode};
use crate::syntax::{Node, template};

#[derive(Debug, Default)]
pub struct Kubespray {
    /// The folder of the inventory.
    pub inventory: String,
    pub variables: KubesprayVariables,
    /// In their order, each once.
    pub hosts: Vec<KubesprayHost>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct KubesprayVariables {
    pub kube_pods_subnet: Field<String>,
    pub kube_service_addresses: Field<String>,
    pub kube_apiserver_node_port_range: Field<String>,
    pub kube_network_node_prefix: Field<i64>,
    pub enable_dual_stack_networks: Field<bool>,
    /// In place of the former, since 2.28.
    pub ipv6_stack: Field<bool>,
    pub kube_pods_subnet_ipv6: Field<String>,
    pub kube_service_addresses_ipv6: Field<String>,
    pub kube_network_node_prefix_ipv6: Field<i64>,
    pub kubelet_max_pods: Field<i64>,
    pub kube_network_plugin: Field<String>,
    pub kube_proxy_mode: Field<String>,
    pub kube_proxy_remove: Field<bool>,
    pub kube_version: Field<String>,
    pub calico_version: Field<String>,
    pub cilium_version: Field<String>,
    pub containerd_version: Field<String>,
    pub coredns_version: Field<String>,
    pub etcd_version: Field<String>,
    pub flannel_version: Field<String>,
    pub cluster_name: Field<String>,
    pub dns_domain: Field<String>,
    pub skydns_server: Field<String>,
    pub container_manager: Field<String>,
    pub loadbalancer_apiserver: Field<LoadBalancer>,
    pub kube_vip_address: Field<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct LoadBalancer {
    pub address: Field<String>,
}

#[derive(Clone, Debug)]
pub struct KubesprayHost {
    pub name: Spanned<String>,
    pub ip: Field<String>,
    pub access_ip: Field<String>,
    pub ansible_host: Field<String>,
    /// Whether it is in a group whose hosts are nodes.
    pub is_node: bool,
}

/// Variables that no other role has.
const OWN: [&str; 10] = [
    "kube_network_node_prefix",
    "kube_network_plugin",
    "kube_network_plugin_multus",
    "kube_pods_subnet",
    "kube_service_addresses",
    "kubelet_max_pods",
    "loadbalancer_apiserver",
    "kube_proxy_strict_arp",
    "enable_nodelocaldns",
    "skydns_server",
];

/// Groups of hosts that become nodes.
const GROUPS: [&str; 4] = ["kube-master", "kube-node", "kube_control_plane", "kube_node"];

/// The folder of the inventory that a file belongs to.
fn inventory(path: &str) -> &str {
    let of_variables = path.find("group_vars/").or_else(|| path.find("host_vars/"));
    match of_variables {
        Some(at) => path[..at].trim_end_matches('/'),
        None => path.rsplit_once('/').map_or("", |(folder, _)| folder),
    }
}

pub fn read(path: &str, node: Node<'_>) -> Option<Kubespray> {
    // The roles themselves have defaults, which say nothing about a cluster.
    if path.split('/').any(|folder| folder == "roles") {
        return None;
    }
    let own = node.entries().filter(|(key, _)| key.str().is_some_and(|key| OWN.contains(&key)));
    let enough = if path.split('/').any(|folder| folder == "group_vars") { 1 } else { 2 };
    if own.count() >= enough {
        let variables = decode(node).0?;
        let inventory = inventory(path).to_owned();
        return Some(Kubespray { inventory, variables, hosts: Vec::new() });
    }
    let hosts = hosts(node.get("all")?);
    let is_kubespray = hosts.iter().any(|host| host.is_node);
    is_kubespray.then(|| Kubespray {
        inventory: inventory(path).to_owned(),
        variables: KubesprayVariables::default(),
        hosts,
    })
}

/// The hosts of an inventory in YAML.
fn hosts(all: Node<'_>) -> Vec<KubesprayHost> {
    let mut hosts: Vec<KubesprayHost> = Vec::new();
    let mut groups: Vec<(&str, Node<'_>)> = vec![("all", all)];
    // Groups nest as deep as the text does; those that only name another group are empty.
    while let Some((name, group)) = groups.pop() {
        for (host, variables) in group.get("hosts").into_iter().flat_map(Node::entries) {
            let text = |key: &str| {
                let value = variables.get(key);
                value.and_then(|value| decode::<Field<String>>(value).0).unwrap_or_default()
            };
            let Some(host_name) = host.str() else { continue };
            let is_node = GROUPS.contains(&name);
            let found = KubesprayHost {
                name: Spanned::new(host_name.to_owned(), host.span()),
                ip: text("ip"),
                access_ip: text("access_ip"),
                ansible_host: text("ansible_host"),
                is_node,
            };
            add(&mut hosts, found);
        }
        let children = group.get("children").into_iter().flat_map(Node::entries);
        groups.extend(children.filter_map(|(name, group)| Some((name.str()?, group))));
    }
    hosts.sort_by_key(|host| host.name.span);
    hosts
}

/// Several groups may have one host, with its variables in one of them.
fn add(hosts: &mut Vec<KubesprayHost>, host: KubesprayHost) {
    let Some(known) = hosts.iter_mut().find(|known| *known.name == *host.name) else {
        return hosts.push(host);
    };
    known.is_node |= host.is_node;
    let stated = |host: &KubesprayHost| !host.ip.is_absent() || !host.ansible_host.is_absent();
    if !stated(known) && stated(&host) {
        *known = KubesprayHost { is_node: known.is_node, ..host };
    }
}

/// Whether a file may be an inventory in the notation of INI.
pub fn is_ini(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "hosts.ini" | "inventory.ini")
}

/// An inventory in Ansible's own notation: groups in brackets, and a host on each line.
/// <https://docs.ansible.com/ansible/latest/inventory_guide/intro_inventory.html>
pub fn read_ini(file: FileId, path: &str, text: &str) -> Option<Kubespray> {
    let mut hosts: Vec<KubesprayHost> = Vec::new();
    let mut group = "";
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start + (line.len() - line.trim_start().len());
        start += line.len();
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            group = name.split(']').next().unwrap_or_default();
            continue;
        }
        // `[name:vars]` and `[name:children]` hold no hosts.
        if group.contains(':') {
            continue;
        }
        add(&mut hosts, ini_host(file, at, line, GROUPS.contains(&group)));
    }
    let is_kubespray = hosts.iter().any(|host| host.is_node);
    is_kubespray.then(|| Kubespray {
        inventory: inventory(path).to_owned(),
        variables: KubesprayVariables::default(),
        hosts,
    })
}

/// `node1 ansible_host=192.0.2.1 ip=10.0.0.1`.
fn ini_host(file: FileId, at: usize, line: &str, is_node: bool) -> KubesprayHost {
    let mut words = line.split_inclusive(char::is_whitespace).scan(at, |start, word| {
        let from = *start;
        *start += word.len();
        Some((from, word.trim_end()))
    });
    let spanned = |from: usize, text: &str| {
        Spanned::new(text.to_owned(), Span::new(file, from..from + text.len()))
    };
    let (from, name) = words.next().unwrap_or((at, line));
    let mut variables: Vec<Flag> = Vec::new();
    for (from, word) in words {
        if word.starts_with('#') {
            break;
        }
        if let Some((key, value)) = word.split_once('=') {
            let place = from + key.len() + 1;
            // An expression of a template has blanks in it, and was cut at the first.
            let value = match value.contains("{{") || template::is_placeholder(value) {
                true => Field::Unknown(spanned(place, value).span),
                false => Field::Known(spanned(place, value)),
            };
            variables.push(Flag { name: spanned(from, key), value });
        }
    }
    let get = |name: &str| {
        let found = variables.iter().find(|flag| flag.name.as_str() == name);
        found.map_or(Field::Absent, |flag| flag.value.clone())
    };
    KubesprayHost {
        name: spanned(from, name),
        ip: get("ip"),
        access_ip: get("access_ip"),
        ansible_host: get("ansible_host"),
        is_node,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Body, ingest};

    fn part(path: &str, text: &str) -> Option<Kubespray> {
        let contents = ingest(FileId::new(0), path, text);
        contents.resources.into_iter().find_map(|resource| match resource.body {
            Body::Kubespray(part) => Some(*part),
            _ => None,
        })
    }

    /// `name ip`, with a star for a node; every place is that of its text.
    fn hosts_of(path: &str, text: &str) -> Vec<String> {
        let shown = |host: &KubesprayHost| {
            assert_eq!(text[host.name.span.range()], *host.name);
            let ip = host.ip.known().map_or("-", |ip| &text[ip.span.range()]);
            format!("{} {ip}{}", *host.name, if host.is_node { " *" } else { "" })
        };
        part(path, text).expect("an inventory").hosts.iter().map(shown).collect()
    }

    #[test]
    fn hosts_are_read_in_both_notations() {
        let ini = "[all]\na ansible_host=1.2.3.4 ip=10.0.0.1 # first\nb  ip={{ x }}\n\n[kube_node:vars]\nx=y\n[kube_node]\na\n[etcd]\nc ip=10.0.0.3\n";
        assert_eq!(hosts_of("i/inventory.ini", ini), ["a 10.0.0.1 *", "b -", "c 10.0.0.3"]);
        let yaml = "all:\n  hosts:\n    a: {ip: 10.0.0.1}\n    b:\n  children:\n    k8s_cluster:\n      children:\n        kube_control_plane: {hosts: {a: }}\n";
        assert_eq!(hosts_of("i/hosts.yaml", yaml), ["a 10.0.0.1 *", "b -"]);
    }

    #[test]
    fn other_inventories_and_roles_are_none_of_its() {
        for (path, text) in [
            ("i/hosts.ini", "[web]\na ip=10.0.0.1\n"),
            ("i/hosts.yaml", "all: {hosts: {a: }, children: {web: {hosts: {a: }}}}"),
            ("roles/x/defaults/main.yml", "{kube_pods_subnet: a, kube_service_addresses: b}"),
            ("a.yaml", "kube_pods_subnet: a"),
        ] {
            assert!(part(path, text).is_none(), "{path}");
        }
    }

    #[test]
    fn files_of_one_inventory_share_its_folder() {
        for (path, inventory) in
            [("i/x/group_vars/k8s_cluster/k8s-cluster.yml", "i/x"), ("group_vars/all.yml", "")]
        {
            let part = part(path, "kube_pods_subnet: 10.0.0.0/16").expect("variables");
            assert_eq!(part.inventory, inventory, "{path}");
        }
    }
}
