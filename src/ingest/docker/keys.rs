//! The keys of `daemon.json`: what each holds, which are gone, and which are something else's.
//!
//! From moby `daemon/config/config.go`, `config_linux.go` and `config_windows.go`, and the names of
//! flags from `daemon/command/config.go`, `config_unix.go` and `options.go`, as of Docker 29. A key
//! that only some versions have is here, too: which one reads the file is not known.

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Bool,
    Int,
    Texts,
    /// A map of texts.
    TextMap,
    /// A map of switches.
    BoolMap,
    /// A list of `{base, size}`.
    Pools,
    /// By driver, a map of texts.
    TextMaps,
    /// By name, limits for processes.
    Ulimits,
    /// A map with keys of its own that do not concern networks.
    Map,
    /// The daemon looks into it for keys of its own.
    Proxies,
}

static KEYS: &[(&str, Shape)] = &[
    ("allow-direct-routing", Shape::Bool),
    // Passed over since 26.
    ("allow-nondistributable-artifacts", Shape::Texts),
    ("authorization-plugins", Shape::Texts),
    ("bip", Shape::Text),
    ("bip6", Shape::Text),
    ("bridge", Shape::Text),
    ("bridge-accept-fwmark", Shape::Text),
    // Docker Desktop writes it into every file.
    ("builder", Shape::Map),
    ("cdi-spec-dirs", Shape::Texts),
    ("cgroup-parent", Shape::Text),
    ("containerd", Shape::Text),
    ("containerd-namespace", Shape::Text),
    // The field and the flag differ in a letter.
    ("containerd-plugin-namespace", Shape::Text),
    ("containerd-plugins-namespace", Shape::Text),
    ("cpu-rt-period", Shape::Int),
    ("cpu-rt-runtime", Shape::Int),
    ("cri-containerd", Shape::Bool),
    ("data-root", Shape::Text),
    ("debug", Shape::Bool),
    ("default-address-pools", Shape::Pools),
    ("default-cgroupns-mode", Shape::Text),
    ("default-gateway", Shape::Text),
    ("default-gateway-v6", Shape::Text),
    ("default-init", Shape::Text),
    ("default-ipc-mode", Shape::Text),
    ("default-network-opts", Shape::TextMaps),
    ("default-runtime", Shape::Text),
    ("default-shm-size", Shape::Text),
    ("default-ulimits", Shape::Ulimits),
    ("deprecated-key-path", Shape::Text),
    ("dns", Shape::Texts),
    ("dns-opts", Shape::Texts),
    ("dns-search", Shape::Texts),
    ("exec-opts", Shape::Texts),
    ("exec-root", Shape::Text),
    ("experimental", Shape::Bool),
    ("features", Shape::BoolMap),
    ("firewall-backend", Shape::Text),
    ("fixed-cidr", Shape::Text),
    ("fixed-cidr-v6", Shape::Text),
    ("group", Shape::Text),
    ("host-gateway-ip", Shape::Text),
    ("host-gateway-ips", Shape::Texts),
    ("hosts", Shape::Texts),
    ("icc", Shape::Bool),
    ("init", Shape::Bool),
    ("init-path", Shape::Text),
    ("insecure-registries", Shape::Texts),
    ("ip", Shape::Text),
    ("ip-forward", Shape::Bool),
    ("ip-forward-no-drop", Shape::Bool),
    ("ip-masq", Shape::Bool),
    ("ip6tables", Shape::Bool),
    ("iptables", Shape::Bool),
    ("ipv6", Shape::Bool),
    ("labels", Shape::Texts),
    ("live-restore", Shape::Bool),
    ("log-driver", Shape::Text),
    ("log-format", Shape::Text),
    ("log-level", Shape::Text),
    ("log-opts", Shape::TextMap),
    ("max-concurrent-downloads", Shape::Int),
    ("max-concurrent-uploads", Shape::Int),
    ("max-download-attempts", Shape::Int),
    ("metrics-addr", Shape::Text),
    ("min-api-version", Shape::Text),
    ("mtu", Shape::Int),
    ("network-control-plane-mtu", Shape::Int),
    ("network-diagnostic-port", Shape::Int),
    ("no-new-privileges", Shape::Bool),
    ("node-generic-resources", Shape::Texts),
    ("nri-opts", Shape::Map),
    ("pidfile", Shape::Text),
    ("proxies", Shape::Proxies),
    ("raw-logs", Shape::Bool),
    ("registry-mirrors", Shape::Texts),
    ("resolv-conf", Shape::Text),
    ("rootless", Shape::Bool),
    ("runtimes", Shape::Map),
    ("seccomp-profile", Shape::Text),
    ("selinux-enabled", Shape::Bool),
    ("shutdown-timeout", Shape::Int),
    ("storage-driver", Shape::Text),
    ("storage-opts", Shape::Texts),
    ("swarm-default-advertise-addr", Shape::Text),
    ("swarm-raft-election-tick", Shape::Int),
    ("swarm-raft-heartbeat-tick", Shape::Int),
    ("tls", Shape::Bool),
    ("tlscacert", Shape::Text),
    ("tlscert", Shape::Text),
    ("tlskey", Shape::Text),
    ("tlsverify", Shape::Bool),
    ("userland-proxy", Shape::Bool),
    ("userland-proxy-path", Shape::Text),
    ("userns-remap", Shape::Text),
];

/// Flags that have another name in the file. The daemon takes them there, and reads nothing.
static FLAGS: &[(&str, &str)] = &[
    ("add-runtime", "runtimes"),
    ("authorization-plugin", "authorization-plugins"),
    ("cdi-spec-dir", "cdi-spec-dirs"),
    ("default-address-pool", "default-address-pools"),
    ("default-network-opt", "default-network-opts"),
    ("default-ulimit", "default-ulimits"),
    ("dns-opt", "dns-opts"),
    ("exec-opt", "exec-opts"),
    ("feature", "features"),
    ("host", "hosts"),
    ("http-proxy", "proxies"),
    ("https-proxy", "proxies"),
    ("insecure-registry", "insecure-registries"),
    ("label", "labels"),
    ("log-opt", "log-opts"),
    ("no-proxy", "proxies"),
    ("node-generic-resource", "node-generic-resources"),
    ("registry-mirror", "registry-mirrors"),
    ("storage-opt", "storage-opts"),
];

/// Flags that have no place in the file, and that the daemon takes there all the same.
static ONLY_FLAGS: &[&str] = &["config-file", "help", "restart", "validate", "version"];

/// Keys that are gone, and the version that refuses them.
static REMOVED: &[(&str, &str)] = &[
    ("api-cors-header", "28.0"),
    ("api-enable-cors", "17.09"),
    ("cluster-advertise", "23.0"),
    ("cluster-store", "23.0"),
    ("cluster-store-opts", "23.0"),
    ("disable-legacy-registry", "19.03"),
    ("graph", "23.0"),
    ("oom-score-adjust", "25.0"),
];

/// Keys of the client's `config.json`.
static OF_CLIENT: &[&str] = &[
    "HttpHeaders",
    "aliases",
    "auths",
    "cliPluginsExtraDirs",
    "credHelpers",
    "credsStore",
    "currentContext",
    "detachKeys",
    "imagesFormat",
    "plugins",
    "psFormat",
    "stackOrchestrator",
];

/// Keys that hardly another program has in a file of that name.
static TELLING: &[&str] = &[
    "bip",
    "data-root",
    "default-address-pools",
    "default-network-opts",
    "default-runtime",
    "default-ulimits",
    "exec-opts",
    "fixed-cidr",
    "fixed-cidr-v6",
    "insecure-registries",
    "ip6tables",
    "iptables",
    "live-restore",
    "log-driver",
    "log-opts",
    "max-concurrent-downloads",
    "no-new-privileges",
    "registry-mirrors",
    "storage-driver",
    "userland-proxy",
    "userns-remap",
];

/// What a key is to the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Key(Shape),
    /// The name of a flag; the key of the file, if it has one, is another.
    Flag(Option<&'static str>),
    Removed {
        since: &'static str,
    },
    OfClient,
    Unknown,
}

pub(super) fn standing(key: &str) -> Standing {
    let known = KEYS.iter().find(|(name, _)| *name == key);
    let flag = FLAGS.iter().find(|(name, _)| *name == key);
    let removed = REMOVED.iter().find(|(name, _)| *name == key);
    match () {
        () if known.is_some() => {
            known.map_or(Standing::Unknown, |(_, shape)| Standing::Key(*shape))
        }
        () if flag.is_some() => Standing::Flag(flag.map(|(_, key)| *key)),
        () if ONLY_FLAGS.contains(&key) => Standing::Flag(None),
        () if OF_CLIENT.contains(&key) => Standing::OfClient,
        () => removed.map_or(Standing::Unknown, |(_, since)| Standing::Removed { since }),
    }
}

/// The key that a name was probably meant to be: in another notation, or a letter or two off.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    let plain = plain(name);
    let limit = (plain.len() / 4).min(2);
    let names = || KEYS.iter().map(|(key, _)| *key);
    let same = names().find(|key| *key == plain);
    let near = || {
        let distances = names().map(|key| (strsim::damerau_levenshtein(key, &plain), key));
        distances.filter(|(distance, _)| *distance <= limit).min().map(|(_, key)| key)
    };
    same.or_else(near)
}

/// In small letters with hyphens: `registryMirrors` and `registry_mirrors` are `registry-mirrors`.
fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len() + 4);
    let mut last_was_small = false;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && last_was_small {
            plain.push('-');
        }
        last_was_small = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        plain.push(if letter == '_' { '-' } else { letter.to_ascii_lowercase() });
    }
    plain
}

/// The key of the file that a flag of dockerd sets, without its dashes.
pub fn key_of_flag(flag: &str) -> Option<&'static str> {
    let renamed = FLAGS.iter().find(|(name, _)| *name == flag).map(|(_, key)| *key);
    let short = match flag {
        "D" => Some("debug"),
        "G" => Some("group"),
        "H" => Some("hosts"),
        "b" => Some("bridge"),
        "l" => Some("log-level"),
        "p" => Some("pidfile"),
        "s" => Some("storage-driver"),
        _ => None,
    };
    renamed.or(short).or_else(|| KEYS.iter().find(|(key, _)| *key == flag).map(|(key, _)| *key))
}

pub(super) fn is_telling(key: &str) -> bool {
    TELLING.contains(&key)
}

pub(super) fn telling() -> impl Iterator<Item = &'static str> {
    TELLING.iter().copied()
}
