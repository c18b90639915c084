//! Holds a Compose file against the schema of the specification (`schema/compose-spec.json`), as
//! far as it concerns the network: misspelt keys, and values of the wrong type. Compose refuses a
//! file for either.
//!
//! What a text means is not looked at. Of services, only keys that come close to one that concerns
//! the network are told: other programs read keys of their own there.

use crate::ingest::{Problem, ProblemKind};
use crate::syntax::scalar::Scalar;
use crate::syntax::{Node, View};

/// The kind that problems of Compose files have.
pub const KIND: &str = "Compose";

/// Every key of a service, those that concern the network first.
const SERVICE: &[&str] = &[
    "depends_on",
    "dns",
    "dns_opt",
    "dns_search",
    "expose",
    "extends",
    "external_links",
    "extra_hosts",
    "healthcheck",
    "hostname",
    "links",
    "mac_address",
    "network_mode",
    "networks",
    "ports",
    "environment",
    "env_file",
    "container_name",
    "domainname",
    "profiles",
    "scale",
    "deploy",
];

/// Keys of a service that are none of ours.
const OTHER: &[&str] = &[
    "annotations",
    "attach",
    "blkio_config",
    "build",
    "cap_add",
    "cap_drop",
    "cgroup",
    "cgroup_parent",
    "command",
    "configs",
    "cpu_count",
    "cpu_percent",
    "cpu_period",
    "cpu_quota",
    "cpu_rt_period",
    "cpu_rt_runtime",
    "cpu_shares",
    "cpus",
    "cpuset",
    "credential_spec",
    "develop",
    "device_cgroup_rules",
    "devices",
    "entrypoint",
    "gpus",
    "group_add",
    "image",
    "init",
    "ipc",
    "isolation",
    "label_file",
    "labels",
    "logging",
    "mem_limit",
    "mem_reservation",
    "mem_swappiness",
    "memswap_limit",
    "models",
    "oom_kill_disable",
    "oom_score_adj",
    "pid",
    "pids_limit",
    "platform",
    "post_start",
    "pre_start",
    "pre_stop",
    "privileged",
    "provider",
    "pull_policy",
    "pull_refresh_after",
    "read_only",
    "restart",
    "runtime",
    "secrets",
    "security_opt",
    "shm_size",
    "stdin_open",
    "stop_grace_period",
    "stop_signal",
    "storage_opt",
    "sysctls",
    "tmpfs",
    "tty",
    "ulimits",
    "use_api_socket",
    "user",
    "userns_mode",
    "uts",
    "volumes",
    "volumes_from",
    "working_dir",
];

const MEMBERSHIP: &[&str] = &[
    "aliases",
    "driver_opts",
    "gw_priority",
    "interface_name",
    "ipv4_address",
    "ipv6_address",
    "link_local_ips",
    "mac_address",
    "priority",
];

const PORT: &[&str] =
    &["app_protocol", "host_ip", "mode", "name", "protocol", "published", "target"];

const NETWORK: &[&str] = &[
    "attachable",
    "driver",
    "driver_opts",
    "enable_ipv4",
    "enable_ipv6",
    "external",
    "internal",
    "ipam",
    "labels",
    "name",
];

const IPAM: &[&str] = &["config", "driver", "options"];

const POOL: &[&str] = &["aux_addresses", "gateway", "ip_range", "subnet"];

const DEPENDENCY: &[&str] = &["condition", "required", "restart"];

/// Whether a service may have a key.
pub(super) fn is_key_of_services(key: &str) -> bool {
    key.starts_with("x-") || SERVICE.contains(&key) || OTHER.contains(&key)
}

/// What is wrong with the form of a Compose file, by place.
pub(super) fn problems(document: usize, root: Node<'_>) -> Vec<Problem> {
    let mut check = Check { document, problems: Vec::new() };
    if let Some(services) = root.get("services").filter(|value| check.is_map(*value)) {
        for (_, service) in services.entries().filter(|(key, _)| key.str().is_some()) {
            if !service.is_null() && check.is_map(service) {
                check.service(service);
            }
        }
    }
    if let Some(networks) = root.get("networks").filter(|value| check.is_map(*value)) {
        for (_, network) in networks.entries() {
            if !network.is_null() && check.is_map(network) {
                check.network(network);
            }
        }
    }
    if let Some(include) = root.get("include") {
        check.list(include, |check, item| {
            if !item.is_map() {
                check.text(item);
            }
        });
    }
    // What an anchor stands for is looked at wherever it is used, and told once.
    check.problems.sort_by_key(|problem| problem.span);
    check.problems.dedup();
    check.problems
}

struct Check {
    document: usize,
    problems: Vec<Problem>,
}

impl Check {
    fn service(&mut self, service: Node<'_>) {
        self.misspelt(service);
        for (key, value) in service.entries() {
            match key.str().unwrap_or_default() {
                "networks" => self.memberships(value),
                "ports" => self.list(value, Check::port),
                "expose" | "links" | "external_links" | "profiles" => self.list(value, Check::text),
                "depends_on" => {
                    if value.is_map() {
                        for (_, dependency) in value.entries() {
                            if self.is_map(dependency) {
                                self.keys(dependency, "depends_on", DEPENDENCY);
                            }
                        }
                    } else {
                        self.list(value, Check::text);
                    }
                }
                "environment" => {
                    if value.is_map() {
                        let values = value.entries().map(|(_, value)| value);
                        values.filter(|value| !value.is_null()).for_each(|value| self.text(value));
                    } else {
                        self.list(value, Check::text);
                    }
                }
                "extra_hosts" if !value.is_map() => self.list(value, Check::text),
                "dns" | "dns_search" | "command" | "entrypoint" => {
                    if value.is_sequence() {
                        self.list(value, Check::text);
                    } else if !value.is_null() {
                        self.text(value);
                    }
                }
                "network_mode" | "hostname" | "container_name" | "mac_address" => self.text(value),
                "healthcheck" | "deploy" if !value.is_null() => {
                    self.is_map(value);
                }
                _ => {}
            }
        }
    }

    fn memberships(&mut self, networks: Node<'_>) {
        if !networks.is_map() {
            return self.list(networks, Check::text);
        }
        for (_, membership) in networks.entries().filter(|(_, value)| !value.is_null()) {
            if !self.is_map(membership) {
                continue;
            }
            self.keys(membership, "networks", MEMBERSHIP);
            for key in ["aliases", "link_local_ips"] {
                if let Some(list) = membership.get(key) {
                    self.list(list, Check::text);
                }
            }
            for key in ["ipv4_address", "ipv6_address"] {
                if let Some(address) = membership.get(key).filter(|value| !value.is_null()) {
                    self.text(address);
                }
            }
        }
    }

    fn port(&mut self, port: Node<'_>) {
        if port.is_map() {
            self.keys(port, "ports", PORT);
        } else {
            self.text(port);
        }
    }

    fn network(&mut self, network: Node<'_>) {
        self.keys(network, "network", NETWORK);
        for key in ["name", "driver"] {
            if let Some(value) = network.get(key).filter(|value| !value.is_null()) {
                self.text(value);
            }
        }
        if let Some(options) = network.get("driver_opts").filter(|value| !value.is_null()) {
            self.is_map(options);
        }
        let ipam = network.get("ipam").filter(|ipam| !ipam.is_null());
        let Some(ipam) = ipam.filter(|ipam| self.is_map(*ipam)) else { return };
        self.keys(ipam, "ipam", IPAM);
        let Some(config) = ipam.get("config") else { return };
        self.list(config, |check, pool| {
            if !check.is_map(pool) {
                return;
            }
            check.keys(pool, "ipam.config", POOL);
            for key in ["subnet", "ip_range", "gateway"] {
                if let Some(value) = pool.get(key).filter(|value| !value.is_null()) {
                    check.text(value);
                }
            }
            let auxiliary = pool.get("aux_addresses").filter(|value| !value.is_null());
            if let Some(auxiliary) = auxiliary {
                check.is_map(auxiliary);
            }
        });
    }

    /// Keys of a service that come close to one that concerns the network.
    fn misspelt(&mut self, service: Node<'_>) {
        for (key, _) in service.entries() {
            let Some(name) = key.str() else { continue };
            if is_key_of_services(name) {
                continue;
            }
            let plain = |text: &str| text.to_ascii_lowercase().replace(['-', '_'], "");
            let close = |known: &&&str| {
                let (written, known) = (plain(name), plain(known));
                written == known
                    || strsim::damerau_levenshtein(&written, &known) <= (known.len() / 5).max(1)
            };
            if SERVICE.iter().any(|known| close(&known)) {
                self.unknown(key, "service", name, SERVICE);
            }
        }
    }

    fn keys(&mut self, map: Node<'_>, owner: &str, known: &'static [&'static str]) {
        for (key, _) in map.entries() {
            let Some(name) = key.str() else { continue };
            if !name.starts_with("x-") && !known.contains(&name) {
                self.unknown(key, owner, name, known);
            }
        }
    }

    fn unknown(&mut self, key: Node<'_>, owner: &str, name: &str, known: &'static [&'static str]) {
        let kind = ProblemKind::UnknownField {
            kind: KIND.to_owned(),
            owner: owner.to_owned(),
            name: name.to_owned(),
            known,
        };
        self.problems.push(Problem { document: self.document, kind, span: key.span() });
    }

    fn is_map(&mut self, value: Node<'_>) -> bool {
        if !value.is_map() && !value.is_templated() && !value.is_null() {
            self.wrong("a map", value);
        }
        value.is_map()
    }

    fn list(&mut self, value: Node<'_>, item: fn(&mut Check, Node<'_>)) {
        if value.is_sequence() {
            value.items().for_each(|value| item(self, value));
        } else if !value.is_templated() && !value.is_null() {
            self.wrong("a list", value);
        }
    }

    /// A scalar of any type: Compose turns numbers into texts where it needs them.
    fn text(&mut self, value: Node<'_>) {
        if value.is_map() || value.is_sequence() {
            self.wrong("a string", value);
        }
    }

    fn wrong(&mut self, expected: &'static str, value: Node<'_>) {
        let found = match value.view() {
            View::Scalar(Scalar::Null) => "null",
            View::Scalar(scalar) => scalar.type_name(),
            View::Map => "a map",
            View::Sequence => "a list",
            View::Template => return,
        };
        let kind = ProblemKind::WrongType { expected, found: found.to_owned() };
        self.problems.push(Problem { document: self.document, kind, span: value.span() });
    }
}
