//! Which node a file belongs to.
//!
//! People keep what lies on their machines side by side: `nodes/worker-1/etc/cni/net.d/…`,
//! `worker-1/kubelet.yaml`, `host_vars/worker-1.yml`, `talos/worker-1.yaml`. Such files belong to
//! nodes of one cluster, may differ in what is the node's own, and are compared in the rest. The
//! path alone tells, so a name has to look like that of a machine, or lie where machines lie.
//! Objects of the API server belong to the cluster, wherever their manifests are; the exception
//! are static pods. What is put aside (`backup`, `old`) belongs to no node.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Member;
use crate::ingest::cni::CniOrigin;
use crate::ingest::flannel::FlannelOrigin;
use crate::ingest::talos::Talos;
use crate::ingest::{Body, Resource};

/// A file of one machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeFile<'p> {
    /// The machine, as its folder or file is called: `worker-1`.
    pub name: &'p str,
    /// The folder that the machines of one cluster lie in; empty for the root of the tree.
    pub set: &'p str,
    /// The folder of its own that a pool of machines has in there: `edge` of `nodes/edge/edge-1`.
    pub pool_folder: Option<&'p str>,
    /// The path below the machine's folder, `etc/cni/net.d/10-calico.conflist`; empty when the
    /// file itself is named after the machine.
    pub file: &'p str,
}

impl<'p> NodeFile<'p> {
    /// The pool that its name speaks of: `edge` of `edge-1`. Roles (control plane, worker) are no
    /// pools: their machines are set up alike.
    pub fn pool(&self) -> Option<&'p str> {
        let is_pool = |word: &&str| POOLS.iter().any(|pool| pool.eq_ignore_ascii_case(word));
        let folder = self.pool_folder.into_iter().flat_map(words);
        folder.chain(words(self.name)).find(is_pool)
    }

    /// Whether it runs Windows, by its name or that of its pool.
    pub fn is_windows(&self) -> bool {
        self.pool().is_some_and(|pool| pool.to_ascii_lowercase().starts_with("win"))
    }
}

/// Sets the nodes of members.
pub(super) fn assign(members: &mut [Member<'_>]) {
    let candidates: Vec<Option<Candidate<'_>>> = members
        .iter()
        .map(|member| {
            is_file_of_a_machine(member).then(|| find(member.path, member.below_root)).flatten()
        })
        .collect();
    // What is likely a machine's by its place only is one among others.
    let mut siblings: FxHashMap<(&str, &str), FxHashSet<&str>> = FxHashMap::default();
    let mut sure: FxHashSet<&str> = FxHashSet::default();
    for Candidate { node, likeness } in candidates.iter().flatten() {
        siblings.entry((node.set, "")).or_default().insert(node.name);
        match likeness {
            Likeness::Sure => drop(sure.insert(node.set)),
            Likeness::Among(stem) => {
                siblings.entry((node.set, stem)).or_default().insert(node.name);
            }
            Likeness::BesideSure => {}
        }
    }
    for (member, candidate) in members.iter_mut().zip(candidates) {
        member.node = candidate.and_then(|Candidate { node, likeness }| match likeness {
            Likeness::Sure => Some(node),
            Likeness::Among(stem) => (siblings[&(node.set, stem)].len() > 1).then_some(node),
            Likeness::BesideSure => sure.contains(node.set).then_some(node),
        });
    }
}

struct Candidate<'p> {
    node: NodeFile<'p>,
    likeness: Likeness<'p>,
}

enum Likeness<'p> {
    Sure,
    /// When there are others with the same stem; an empty one stands for any name.
    Among(&'p str),
    /// When there is one that is sure: `k8s-master` beside `k8s-worker-1`.
    BesideSure,
}

/// Whether machines have files of the kind, each their own.
fn is_file_of_a_machine(member: &Member<'_>) -> bool {
    if member.embedded {
        return false;
    }
    match &member.resource.body {
        Body::Cni(config) => config.origin == CniOrigin::File,
        Body::Flannel(config) => config.origin == FlannelOrigin::NetConf,
        Body::Arguments(_)
        | Body::ComponentConfig(_)
        | Body::DockerDaemon(_)
        | Body::DockerUnit(_)
        | Body::Host(_)
        | Body::Kubeadm(_) => true,
        // What several nodes have is nobody's own.
        Body::K3s(config) => config.node.is_some(),
        Body::Kubernetes(_) => is_static_pod(member.path, member.resource),
        Body::Talos(talos) => !matches!(talos, Talos::Talhelper(_)),
        Body::AdminPolicy(_)
        | Body::Aks(_)
        | Body::CalicoPolicy(_)
        | Body::CiliumPolicy(_)
        | Body::Calico(_)
        | Body::Chart(_)
        | Body::ChartValues(_)
        | Body::Cilium(_)
        | Body::ClusterApi(_)
        | Body::Compose(_)
        | Body::Corefile(_)
        | Body::Dockerfile(_)
        | Body::EnvironmentFile(_)
        | Body::Eks(_)
        | Body::GatewayApi(_)
        | Body::Istio(_)
        | Body::Kops(_)
        | Body::K0s(_)
        | Body::Kind(_)
        | Body::Kubespray(_)
        | Body::Kustomization(_)
        | Body::LoadBalancer(_)
        | Body::Monitor(_)
        | Body::OpenShift(_)
        | Body::Release(_)
        | Body::Rke(_)
        | Body::UpgradePlan(_)
        | Body::Other => false,
    }
}

/// kubelets read `staticPodPath`, `/etc/kubernetes/manifests` with kubeadm.
fn is_static_pod(path: &str, resource: &Resource) -> bool {
    let folder = super::folder(path).rsplit('/').next().unwrap_or_default();
    resource.kind.value == "Pod" && matches!(folder, "manifests" | "static-pods" | "staticpods")
}

/// The machine that the nearest folder names, or else the file.
fn find<'p>(path: &'p str, below_root: &str) -> Option<Candidate<'p>> {
    if super::folder(below_root).split('/').any(is_put_aside) {
        return None;
    }
    let segments: Vec<&str> = path.split('/').collect();
    let (file, folders) = segments.split_last()?;
    // A copy of the machine's own tree of folders.
    let system = folders.iter().rposition(|folder| matches!(*folder, "etc" | "var" | "run"));
    let mut at = system.unwrap_or(folders.len());
    while at > 0 && is_inside_a_machine(folders[at - 1]) {
        at -= 1;
    }
    if at > 0 {
        let name = folders[at - 1];
        if let Some(likeness) = folder_likeness(&folders[..at - 1], name, system.is_some()) {
            return Some(Candidate { node: node(path, &segments, at - 1), likeness });
        }
    }
    let stem = file.rsplit_once('.').map_or(*file, |(stem, _)| stem);
    let is_named = is_name_of_a_machine(stem) || is_role(stem) || lies_with_machines(folders, stem);
    (is_named && system.is_none()).then(|| {
        let mut node = node(path, &segments, folders.len());
        (node.name, node.file) = (stem, "");
        Candidate { node, likeness: Likeness::Sure }
    })
}

/// Whether a folder is that of a machine; `is_tree` when the machine's own tree begins below it.
fn folder_likeness<'p>(above: &[&str], name: &'p str, is_tree: bool) -> Option<Likeness<'p>> {
    if is_name_of_a_machine(name) || lies_with_machines(above, name) || (is_tree && is_role(name)) {
        return Some(Likeness::Sure);
    }
    if words(name).last().is_some_and(is_machine) {
        return Some(if is_tree { Likeness::Among("") } else { Likeness::BesideSure });
    }
    if words(name).any(is_of_something_else) {
        return None;
    }
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = name.len() - stem.len();
    let is_numbered = (1..4).contains(&digits) && stem.starts_with(char::is_alphabetic);
    match () {
        () if is_tree => Some(Likeness::Among("")),
        () if is_numbered => Some(Likeness::Among(stem)),
        () => None,
    }
}

/// The file of the machine that the segment at an index names.
fn node<'p>(path: &'p str, segments: &[&'p str], index: usize) -> NodeFile<'p> {
    let start_of = |index: usize| segments[..index].iter().map(|s| s.len() + 1).sum::<usize>();
    let before = |index: usize| path.get(..start_of(index).saturating_sub(1)).unwrap_or_default();
    let pool_folder = index.checked_sub(1).map(|above| segments[above]);
    let pool_folder = pool_folder.filter(|folder| is_pool_folder(folder));
    NodeFile {
        name: segments[index],
        set: before(if pool_folder.is_some() { index - 1 } else { index }),
        pool_folder,
        file: path.get(start_of(index + 1)..).unwrap_or_default(),
    }
}

/// Folders that people make inside that of a machine, and those that stand for its root.
fn is_inside_a_machine(folder: &str) -> bool {
    let folder = folder.trim_end_matches(".d");
    matches!(
        folder,
        "net"
            | "NetworkManager"
            | "calico"
            | "cni"
            | "conf"
            | "config"
            | "configs"
            | "config.yaml"
            | "containerd"
            | "crio"
            | "docker"
            | "docker.service"
            | "files"
            | "filesystem"
            | "flannel"
            | "fs"
            | "k3s"
            | "kube-proxy"
            | "kubeadm"
            | "kubelet"
            | "kubernetes"
            | "manifests"
            | "microk8s"
            | "netplan"
            | "network"
            | "network-scripts"
            | "rancher"
            | "rke2"
            | "root"
            | "rootfs"
            | "static-pods"
            | "staticpods"
            | "sysconfig"
            | "system"
            | "system-connections"
            | "systemd"
    )
}

/// Whether a name lies in a folder whose children are machines.
fn lies_with_machines(above: &[&str], name: &str) -> bool {
    let is_with = above.last().is_some_and(|folder| {
        is_pool_folder(folder) && !POOLS.contains(folder)
            || matches!(
                *folder,
                "clusterconfig"
                    | "host_vars"
                    | "hosts"
                    | "instances"
                    | "machines"
                    | "minions"
                    | "nodes"
                    | "vms"
            )
    });
    is_with && !matches!(name, "all" | "kustomization") && !words(name).any(is_of_something_else)
}

/// Folders that divide the machines of one cluster.
fn is_pool_folder(folder: &str) -> bool {
    let roles = [
        "agents",
        "control-planes",
        "controllers",
        "controlplane",
        "controlplanes",
        "masters",
        "servers",
        "workers",
    ];
    roles.contains(&folder) || POOLS.contains(&folder)
}

/// What machines of one cluster are set aside for, or are; the network may differ there on
/// purpose.
const POOLS: [&str; 22] = [
    "arm",
    "arm64",
    "baremetal",
    "cloud",
    "dpdk",
    "edge",
    "egress",
    "gateway",
    "gpu",
    "infra",
    "ingress",
    "iot",
    "lb",
    "metal",
    "rdma",
    "spot",
    "sriov",
    "storage",
    "virtual",
    "vm",
    "win",
    "windows",
];

/// `worker-1`, `k8s-node-a`, `cp2`, `ip-10-0-1-7`: a word for a machine, and which one it is.
fn is_name_of_a_machine(name: &str) -> bool {
    let words: Vec<&str> = words(name).collect();
    let is_number = |word: &&&str| word.starts_with(|c: char| c.is_ascii_digit());
    let of_ec2 = words.first() == Some(&"ip") && words.iter().filter(is_number).count() >= 4;
    let names = |pair: &[&str]| is_machine(pair[0]) && tells_which(pair[0], pair[1]);
    of_ec2 || words.windows(2).any(names)
}

fn is_machine(word: &str) -> bool {
    let machines = [
        "agent",
        "controller",
        "controlplane",
        "cp",
        "etcd",
        "host",
        "master",
        "minion",
        "node",
        "plane",
        "server",
        "vm",
        "worker",
    ];
    machines.iter().any(|machine| machine.eq_ignore_ascii_case(word))
}

fn tells_which(machine: &str, word: &str) -> bool {
    if let Ok(number) = word.parse::<u64>() {
        // Windows Server 2022 is an operating system.
        return !(machine.eq_ignore_ascii_case("server") && (2008..2040).contains(&number));
    }
    // `node-v20` is a release of something else.
    let is_letter = word.len() == 1 && !matches!(word, "v" | "V" | "x");
    is_letter || matches!(word, "one" | "two" | "three" | "four" | "five")
}

/// What the machines of a role are called when there is one file for all of them.
fn is_role(name: &str) -> bool {
    matches!(
        name,
        "agent"
            | "control-plane"
            | "controlplane"
            | "init"
            | "join"
            | "master"
            | "server"
            | "worker"
    )
}

/// Words of folders that hold one environment, system, release or plugin each.
fn is_of_something_else(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let others = [
        "alpine",
        "amd",
        "amd64",
        "ap",
        "az",
        "azure",
        "aws",
        "base",
        "bond",
        "br",
        "calico",
        "canary",
        "canal",
        "case",
        "centos",
        "chapter",
        "charts",
        "cilium",
        "cluster",
        "clusters",
        "cni",
        "common",
        "containerd",
        "crio",
        "customer",
        "dc",
        "debian",
        "default",
        "defaults",
        "demo",
        "dev",
        "docker",
        "dual",
        "el",
        "env",
        "eth",
        "eu",
        "example",
        "fedora",
        "flannel",
        "gcp",
        "group",
        "image",
        "images",
        "ipv",
        "k8s",
        "kubernetes",
        "lab",
        "lesson",
        "ltsc",
        "multus",
        "net",
        "network",
        "option",
        "overlay",
        "overlays",
        "part",
        "phase",
        "podman",
        "prod",
        "production",
        "qa",
        "rack",
        "region",
        "release",
        "rhel",
        "rocky",
        "role",
        "roles",
        "scenario",
        "shared",
        "site",
        "src",
        "stage",
        "staging",
        "step",
        "subnet",
        "suse",
        "team",
        "tenant",
        "test",
        "tests",
        "tmp",
        "uat",
        "ubuntu",
        "us",
        "v",
        "variant",
        "version",
        "vlan",
        "weave",
        "x",
        "zone",
    ];
    others.contains(&word.as_str())
}

/// What is kept though it is no longer used, or not used as it is.
fn is_put_aside(folder: &str) -> bool {
    words(folder).any(|word| {
        matches!(
            word.to_ascii_lowercase().as_str(),
            "archive"
                | "archived"
                | "attic"
                | "backup"
                | "backups"
                | "bak"
                | "deprecated"
                | "obsolete"
                | "old"
                | "orig"
                | "save"
                | "template"
                | "templates"
        )
    })
}

/// The words and the numbers of a name: `k8s`, `node`, `07` of `k8s-node07`.
fn words(name: &str) -> impl Iterator<Item = &str> {
    let parts = name.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.flat_map(|part| {
        // `k8s` and `arm64` are words.
        let whole = ["k8s", "k3s", "rke2", "arm64", "amd64"].contains(&part);
        let digits = part.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let at = if whole { 0 } else { digits };
        let (word, number) = part.split_at(at);
        [word, number].into_iter().filter(|word| !word.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `set | pool | name | file`, and `?` behind when it takes others beside it.
    fn shown(path: &str) -> String {
        let Some(Candidate { node, likeness }) = find(path, path) else { return "-".to_owned() };
        let unsure = if matches!(likeness, Likeness::Sure) { "" } else { "?" };
        let pool = node.pool().unwrap_or_default();
        format!("{}|{pool}|{}|{}{unsure}", node.set, node.name, node.file)
    }

    #[test]
    fn paths_tell_machines() {
        for (path, expected) in [
            ("nodes/a/etc/cni/net.d/1.conflist", "nodes||a|etc/cni/net.d/1.conflist"),
            ("a/etc/cni/net.d/1.conflist", "||a|etc/cni/net.d/1.conflist?"),
            ("worker-1/1.conflist", "||worker-1|1.conflist"),
            ("x/k8s-node07/cni/net.d/1.conflist", "x||k8s-node07|cni/net.d/1.conflist"),
            ("master/var/lib/kubelet/config.yaml", "||master|var/lib/kubelet/config.yaml"),
            ("node1/files/etc/cni/net.d/1.conf", "||node1|files/etc/cni/net.d/1.conf"),
            ("k8s-master/kubelet.yaml", "||k8s-master|kubelet.yaml?"),
            ("ip-10-0-1-7/kubelet.yaml", "||ip-10-0-1-7|kubelet.yaml"),
            ("pi4/kubelet.yaml", "||pi4|kubelet.yaml?"),
            ("host_vars/gandalf.yml", "host_vars||gandalf|"),
            ("talos/worker-1.yaml", "talos||worker-1|"),
            ("talos/controlplane.yaml", "talos||controlplane|"),
            ("talos/nodes/jotunheim_1.yaml", "talos/nodes||jotunheim_1|"),
            ("clusterconfig/home-cp-1.yaml", "clusterconfig||home-cp-1|"),
            ("kubeadm/join-worker-2.yaml", "kubeadm||join-worker-2|"),
            ("nodes/workers/w1/kubelet.yaml", "nodes||w1|kubelet.yaml"),
            ("nodes/edge/edge-1/etc/cni/net.d/1.conf", "nodes|edge|edge-1|etc/cni/net.d/1.conf?"),
            ("nodes/gpu-3/kubelet.yaml", "nodes|gpu|gpu-3|kubelet.yaml"),
        ] {
            assert_eq!(shown(path), expected, "{path}");
        }
    }

    #[test]
    fn paths_that_tell_none() {
        for path in [
            "etc/cni/net.d/1.conflist",
            "1.conflist",
            "cluster/kubelet.yaml",
            "kubelet.yaml",
            "prod/etc/cni/net.d/1.conflist",
            "ipv6/1.conflist",
            "centos7/etc/cni/net.d/1.conflist",
            "roles/node/templates/1.conflist",
            "backup/nodes/a/etc/cni/net.d/1.conflist",
            "nodes/worker-1.old/kubelet.yaml",
            "images/base/files/etc/cni/net.d/1.conflist",
            "node-v20/kubelet.yaml",
            "server2022/kubelet.yaml",
            "dc1/kubelet.yaml",
            "nodes/common/kubelet.yaml",
            "manifests/kubelet.yaml",
            "calico/etc/cni/net.d/10-calico.conflist",
        ] {
            assert_eq!(shown(path), "-", "{path}");
        }
    }
}
