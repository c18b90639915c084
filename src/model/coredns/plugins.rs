//! The plugins of CoreDNS: which there are, and which there are no more.

use super::Corefile;
use crate::model::version::Release;
use crate::syntax::corefile::{Directive, Word};

/// `plugin.cfg` of CoreDNS 1.14, and `import`, which is none.
pub const DEFAULT: &[&str] = &[
    "acl",
    "any",
    "auto",
    "autopath",
    "azure",
    "bind",
    "bufsize",
    "cache",
    "cancel",
    "chaos",
    "clouddns",
    "debug",
    "dns64",
    "dnssec",
    "dnstap",
    "erratic",
    "errors",
    "etcd",
    "file",
    "forward",
    "geoip",
    "grpc",
    "grpc_server",
    "header",
    "health",
    "hosts",
    "https",
    "https3",
    "import",
    "k8s_external",
    "kubernetes",
    "loadbalance",
    "local",
    "log",
    "loop",
    "metadata",
    "minimal",
    "multisocket",
    "nomad",
    "nsid",
    "on",
    "pprof",
    "prometheus",
    "proxyproto",
    "quic",
    "ready",
    "reload",
    "rewrite",
    "root",
    "route53",
    "secondary",
    "shed",
    "sign",
    "template",
    "timeouts",
    "tls",
    "trace",
    "transfer",
    "tsig",
    "view",
    "whoami",
];

/// Those that CoreDNS no longer has.
const FORMER: &[&str] = &["federation", "proxy", "reverse"];

/// Plugins that others build into CoreDNS, by <https://coredns.io/explugins/> and by what clusters
/// are seen to run. No list of them is complete.
const EXTERNAL: &[&str] = &[
    "ads",
    "alias",
    "alternate",
    "amazondns",
    "blocklist",
    "demo",
    "dnsredir",
    "dump",
    "ens",
    "example",
    "fanout",
    "finalize",
    "gathersrv",
    "git",
    "gslb",
    "idetcd",
    "ipecho",
    "ipin",
    "k8s_crd",
    "k8s_dns_chaos",
    "k8s_event",
    "k8s_gateway",
    "kubernetai",
    "lighthouse",
    "mdns",
    "meship",
    "multicluster",
    "mysql",
    "netbox",
    "ocp_dnsnameresolver",
    "pdsql",
    "ratelimit",
    "records",
    "recursor",
    "redis",
    "redisc",
    "rrl",
    "tailscale",
    "unbound",
    "wgsd",
];

/// Whether CoreDNS has, or had, such a plugin.
pub fn is_known(name: &str) -> bool {
    DEFAULT.contains(&name) || FORMER.contains(&name)
}

/// Whether it is somebody's, and therefore not a misspelling.
pub fn is_external(name: &str) -> bool {
    EXTERNAL.contains(&name)
}

/// A plugin, or an option of one, that a release removed.
#[derive(Debug)]
pub struct Removal {
    /// The plugin, and its option.
    pub path: (&'static str, Option<&'static str>),
    /// As it is called in a sentence.
    pub name: &'static str,
    /// The first release without it, which does not start when it meets it.
    pub release: Release,
    pub instead: &'static str,
}

/// From the release notes of CoreDNS and `coredns/corefile-migration`.
const REMOVED: &[Removal] = &[
    Removal {
        path: ("proxy", None),
        name: "the plugin `proxy`",
        release: Release { major: 1, minor: 5, patch: 0 },
        instead: "`forward` takes the same zones and resolvers",
    },
    Removal {
        path: ("federation", None),
        name: "the plugin `federation`",
        release: Release { major: 1, minor: 7, patch: 0 },
        instead: "delete the directive",
    },
    Removal {
        path: ("kubernetes", Some("upstream")),
        name: "`upstream` from the plugin `kubernetes`",
        release: Release { major: 1, minor: 7, patch: 0 },
        instead: "delete the line, CoreDNS looks such names up by itself",
    },
    Removal {
        path: ("kubernetes", Some("resyncperiod")),
        name: "`resyncperiod` from the plugin `kubernetes`",
        release: Release { major: 1, minor: 7, patch: 0 },
        instead: "delete the line",
    },
    Removal {
        path: ("kubernetes", Some("transfer")),
        name: "`transfer` from the plugin `kubernetes`",
        release: Release { major: 1, minor: 8, patch: 0 },
        instead: "use the plugin `transfer`",
    },
];

/// Where a Corefile uses what was removed: the word, and the directive that it belongs to.
pub fn removals<'a>(corefile: &Corefile<'a>) -> Vec<(&'static Removal, &'a Word, &'a Directive)> {
    let mut found: Vec<(&Removal, &Word, &Directive)> = Vec::new();
    for (_, directive) in corefile.directives() {
        for removal in REMOVED {
            let (plugin, option) = removal.path;
            if directive.name.text != plugin {
                continue;
            }
            let Some(option) = option else {
                found.push((removal, &directive.name, directive));
                continue;
            };
            let options = corefile.expand(&directive.body).into_iter();
            let used = options.filter(|other| other.name.text == option);
            found.extend(used.map(|option| (removal, &option.name, directive)));
        }
    }
    // A snippet that several blocks import is one place.
    found.sort_by_key(|(_, word, _)| word.range.start);
    found.dedup_by_key(|(_, word, _)| word.range.start);
    found
}

/// The options of plugins that stand in braces behind them, by the page of each plugin as of
/// CoreDNS 1.14; `None` for plugins whose braces hold something else, or that are not known here.
pub fn options(plugin: &str) -> Option<&'static [&'static str]> {
    Some(match plugin {
        "cache" => {
            &["denial", "disable", "keepttl", "prefetch", "serve_stale", "servfail", "success"]
        }
        "errors" => &["consolidate", "show_first", "stacktrace"],
        "forward" => &[
            "doh_method",
            "except",
            "expire",
            "failfast_all_unhealthy_upstreams",
            "failover",
            "force_tcp",
            "health_check",
            "max_age",
            "max_concurrent",
            "max_connect_attempts",
            "max_fails",
            "max_idle_conns",
            "next",
            "next_on_nodata",
            "policy",
            "prefer_udp",
            "resolver",
            "tls",
            "tls_servername",
        ],
        "health" => &["lameduck"],
        "kubernetes" => &[
            "apiserver_burst",
            "apiserver_max_inflight",
            "apiserver_qps",
            "endpoint",
            "endpoint_pod_names",
            "fallthrough",
            "ignore",
            "kubeconfig",
            "labels",
            "multicluster",
            "namespace_labels",
            "namespaces",
            "noendpoints",
            "pods",
            "startup_timeout",
            "tls",
            "ttl",
        ],
        "ready" => &["monitor"],
        _ => return None,
    })
}

/// Whether a plugin once had an option.
pub fn is_former_option(plugin: &str, option: &str) -> bool {
    REMOVED.iter().any(|removal| removal.path == (plugin, Some(option)))
}

/// A plugin, or an option of one, with the release that brought it.
#[derive(Debug)]
pub struct Newcomer {
    pub plugin: &'static str,
    pub option: Option<&'static str>,
    pub release: Release,
}

impl Newcomer {
    /// As it is called in a sentence.
    pub fn name(&self) -> String {
        match self.option {
            None => format!("the plugin `{}`", self.plugin),
            Some(option) => format!("`{option}` of the plugin `{}`", self.plugin),
        }
    }
}

/// From the release notes, `notes/` in coredns/coredns.
const INTRODUCED: &[Newcomer] = &[
    newcomer("ready", None, (1, 5, 0)),
    newcomer("grpc", None, (1, 5, 0)),
    newcomer("minimal", None, (1, 8, 4)),
    newcomer("geoip", None, (1, 8, 5)),
    newcomer("header", None, (1, 8, 5)),
    newcomer("tsig", None, (1, 9, 4)),
    newcomer("cache", Some("disable"), (1, 9, 4)),
    newcomer("view", None, (1, 10, 0)),
    newcomer("timeouts", None, (1, 10, 1)),
    newcomer("forward", Some("next"), (1, 11, 4)),
    newcomer("multisocket", None, (1, 12, 0)),
];

const fn newcomer(
    plugin: &'static str,
    option: Option<&'static str>,
    (major, minor, patch): (u32, u32, u32),
) -> Newcomer {
    Newcomer { plugin, option, release: Release { major, minor, patch } }
}

/// Where a Corefile uses what not every release has.
pub fn newcomers<'a>(corefile: &Corefile<'a>) -> Vec<(&'static Newcomer, &'a Word)> {
    let mut found = Vec::new();
    for (_, directive) in corefile.directives() {
        let of_plugin = INTRODUCED.iter().filter(|it| it.plugin == directive.name.text);
        for newcomer in of_plugin {
            let Some(name) = newcomer.option else {
                found.push((newcomer, &directive.name));
                continue;
            };
            let options = corefile.expand(&directive.body).into_iter();
            let used = options.filter(|option| option.name.text == name);
            found.extend(used.map(|option| (newcomer, &option.name)));
        }
    }
    found
}
