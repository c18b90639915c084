//! What kube-proxy is told: its configurations, and the modes that it is told to run in.
//!
//! A mode that is not written is not listed: which one that means depends on the version and on
//! the operating system. Whether there is a kube-proxy at all is for [`super::replacement`].

use rustc_hash::FxHashMap;

use super::Object;
use super::components::ComponentFlags;
use super::image::Component;
use super::installer::Installer;
use super::versions::{KubernetesComponent, Versions};
use crate::ingest::component_config::ComponentConfig;
pub use crate::ingest::component_config::KubeProxyConfiguration;
use crate::ingest::{Body, Resource};
use crate::source::Spanned;
use crate::syntax::decode::Field;

/// A mode of kube-proxy where it is written.
#[derive(Clone, Debug)]
pub struct ProxyMode<'a> {
    /// `iptables`, `ipvs`, `nftables` …; not empty.
    pub mode: Spanned<String>,
    /// Whether the feature gate of the nftables mode is set, and to what.
    pub nftables_gate: Option<bool>,
    /// Whether, in the ipvs mode, nodes leave ARP for addresses of Services to others; absent: no.
    pub strict_arp: Field<bool>,
    /// What tells the version of the kube-proxy that runs in this mode: its own image, else that
    /// of the only kube-proxy there is, else the API server, whose version it has as a rule.
    pub version: Option<KubernetesComponent<'a>>,
}

/// A configuration of kube-proxy.
#[derive(Clone, Copy, Debug)]
pub struct ProxyConfig<'a> {
    pub object: Object<'a>,
    pub spec: &'a KubeProxyConfiguration,
    /// As for [`ProxyMode::version`].
    pub version: Option<KubernetesComponent<'a>>,
}

/// All configurations, in the order of the files.
pub fn configs<'a>(objects: &[Object<'a>], versions: &Versions<'a>) -> Vec<ProxyConfig<'a>> {
    let proxies = Proxies::new(versions);
    let config = |object: &Object<'a>| match object.body() {
        Body::ComponentConfig(ComponentConfig::KubeProxy(spec)) => {
            Some(ProxyConfig { object: *object, spec, version: proxies.version(*object) })
        }
        _ => None,
    };
    objects.iter().filter_map(config).collect()
}

/// Finds the modes in configurations and on command lines.
pub fn modes<'a>(
    objects: &[Object<'a>],
    installers: &[Installer<'a>],
    components: &[ComponentFlags<'a>],
    versions: &Versions<'a>,
) -> Vec<ProxyMode<'a>> {
    let proxies = Proxies::new(versions);
    let mut modes = Vec::new();
    for object in objects {
        let Body::ComponentConfig(ComponentConfig::KubeProxy(config)) = object.body() else {
            continue;
        };
        let gates = config.feature_gates.value();
        let gate = gates.and_then(|gates| gates.get(NFTABLES_GATE)?.value());
        if let Some(mode) = config.mode.known().filter(|mode| !mode.is_empty()) {
            let (mode, nftables_gate) = (mode.clone(), gate.copied());
            let strict_arp = config.ipvs.then(|ipvs| &ipvs.strict_arp);
            let version = proxies.version(*object);
            modes.push(ProxyMode { mode, nftables_gate, strict_arp, version });
        }
    }
    for proxy in components.iter().filter(|one| one.component == Component::KubeProxy) {
        // With a configuration file, kube-proxy ignores most of its flags.
        if proxy.flags.get("config").is_some() || proxy.flags.has_unknown {
            continue;
        }
        let gates = proxy.flags.value("feature-gates").map_or("", |gates| gates.as_str());
        let mut gates = gates.split(',').filter_map(|gate| gate.trim().split_once('='));
        let gate = gates.find(|(name, _)| *name == NFTABLES_GATE).map(|(_, on)| on == "true");
        if let Some(mode) = proxy.flags.value("proxy-mode") {
            let (mode, nftables_gate) = (mode.clone(), gate);
            let strict_arp = match proxy.flags.get("ipvs-strict-arp") {
                None => Field::Absent,
                Some(flag) => match &flag.value {
                    Field::Known(text) => Field::Known(text.clone().map(|text| text != "false")),
                    // A flag that stands alone is on.
                    Field::Absent => Field::Known(Spanned::new(true, flag.name.span)),
                    Field::Unknown(span) => Field::Unknown(*span),
                },
            };
            let version = proxies.version(proxy.object);
            modes.push(ProxyMode { mode, nftables_gate, strict_arp, version });
        }
    }
    for installer in installers {
        if let Some(mode) = installer.proxy_mode.known().filter(|mode| !mode.is_empty()) {
            let version = proxies.version(installer.object);
            // Its other settings stand elsewhere.
            let (mode, strict_arp) = (mode.clone(), Field::Unknown(mode.span));
            modes.push(ProxyMode { mode, nftables_gate: None, strict_arp, version });
        }
    }
    modes
}

/// <https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/>
const NFTABLES_GATE: &str = "NFTablesProxyMode";

/// The kube-proxies whose versions are known.
struct Proxies<'n, 'a> {
    versions: &'n Versions<'a>,
    only: Option<KubernetesComponent<'a>>,
    by_object: FxHashMap<*const Resource, KubernetesComponent<'a>>,
}

impl<'n, 'a> Proxies<'n, 'a> {
    fn new(versions: &'n Versions<'a>) -> Proxies<'n, 'a> {
        let proxies = || versions.all(Component::KubeProxy).copied();
        let only = proxies().next().filter(|_| proxies().count() == 1);
        let by_object = proxies().filter_map(|proxy| Some((key(proxy.object()?), proxy)));
        Proxies { versions, only, by_object: by_object.collect() }
    }

    fn version(&self, object: Object<'_>) -> Option<KubernetesComponent<'a>> {
        if self.by_object.is_empty() {
            return self.versions.newest_api_server().copied();
        }
        self.by_object.get(&key(object)).copied().or(self.only)
    }
}

fn key(object: Object<'_>) -> *const Resource {
    object.resource
}
