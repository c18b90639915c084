//! What the files say about Cilium: in `cilium-config`, in the values of its chart, and in objects
//! of its own.
//!
//! Several places may speak of one Cilium, such as a file of values and the release that uses it.
//! What one leaves out, another one may say; it is a default only when all are known to be
//! complete and none says it.

use std::borrow::Cow;

use super::Object;
use crate::ingest::Body;
use crate::ingest::charts::{Chart, ChartSettings, ChartValues};
pub use crate::ingest::cilium::{CiliumConfig, CiliumFamily, Notation, is_off, is_on};
use crate::ingest::kubernetes::Kubernetes;
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

/// The pool of the chart from 1.8 to 1.20, `ipam.operator` in its `values.yaml`.
pub const DEFAULT_POOL: &str = "10.0.0.0/8";
/// The same for the length of a node's prefix.
pub const DEFAULT_MASK: u8 = 24;

/// How Cilium gives pods their addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IpamMode {
    /// Its operator cuts a range for each node out of its pools.
    ClusterPool,
    /// It takes the range that the control plane gives each node.
    Kubernetes,
    /// From CiliumPodIPPools.
    MultiPool,
    /// They are addresses of the cloud's network.
    Cloud,
    Other,
    Unknown,
}

/// What one place says.
#[derive(Debug)]
pub struct CiliumSettings<'a> {
    pub config: Cow<'a, CiliumConfig>,
    pub object: Object<'a>,
    /// `None` for the ConfigMap.
    pub chart: Option<&'a ChartValues>,
    /// That of the chart, when one is named for certain.
    pub version: Option<ChartVersion>,
    /// As far as all places tell.
    pub ipam: IpamMode,
    /// Whether that is not written anywhere.
    pub ipam_is_default: bool,
}

/// The minor versions of a chart that a release takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChartVersion {
    /// The lowest of them, as major and minor number.
    pub lowest: (u32, u32),
    /// Whether it is the only one.
    pub only: bool,
    /// Whether it is that of a release which may be for other values.
    pub guessed: bool,
}

#[derive(Debug, Default)]
pub struct Cilium<'a> {
    /// In the order of the files.
    pub settings: Vec<CiliumSettings<'a>>,
    /// The pool that Cilium has because nobody sets one, with what leaves it out.
    pub implicit_pool: Option<ImplicitPool<'a>>,
}

/// [`DEFAULT_POOL`], where nothing else is said.
#[derive(Clone, Copy, Debug)]
pub struct ImplicitPool<'a> {
    /// The mode where it is written, or else a place for what is said of all settings.
    pub span: Span,
    pub object: Object<'a>,
    /// The field that is left out.
    pub field: &'static str,
}

impl<'a> Cilium<'a> {
    pub fn new(objects: &[Object<'a>]) -> Cilium<'a> {
        let mut settings: Vec<CiliumSettings<'a>> =
            objects.iter().filter_map(|object| read(*object)).collect();
        name_versions(&mut settings, objects);
        let complete = settings.iter().all(CiliumSettings::is_complete);
        let mut stated: Vec<IpamMode> = settings.iter().filter_map(stated_mode).collect();
        stated.dedup();
        let pools = |settings: &CiliumSettings<'_>| {
            let families = [&settings.config.ipv4, &settings.config.ipv6];
            families.iter().any(|family| !family.pools.is_absent())
        };
        let any_pools = settings.iter().any(pools);
        for one in &mut settings {
            if let Some(mode) = stated_mode(one) {
                one.ipam = mode;
                continue;
            }
            one.ipam_is_default = stated.is_empty();
            one.ipam = match stated[..] {
                [mode] => mode,
                [] if one.is_special() => IpamMode::Unknown,
                [] if any_pools => IpamMode::ClusterPool,
                [] if complete && one.has_defaults_of_chart() => IpamMode::ClusterPool,
                _ => IpamMode::Unknown,
            };
        }
        let implicit_pool = implicit_pool(&settings, complete, any_pools);
        Cilium { settings, implicit_pool }
    }

    /// Where Cilium is told to do the work of kube-proxy; `None` also when another place says that
    /// it is not to.
    pub fn replaces_kube_proxy(&self) -> Option<Span> {
        let mut on = None;
        for settings in self.settings.iter().filter(|one| !one.object.is_chart_default()) {
            let Some(text) = settings.config.kube_proxy_replacement.known() else { continue };
            match text.trim() {
                "true" | "strict" => on = on.or(Some(text.span)),
                _ => return None,
            }
        }
        on
    }
}

impl CiliumSettings<'_> {
    /// Whether what is left out here is said nowhere else.
    pub fn is_complete(&self) -> bool {
        self.chart.is_none_or(|values| values.complete)
    }

    /// Whether what nobody sets is as Cilium's own chart has it.
    pub fn has_defaults_of_chart(&self) -> bool {
        self.chart.is_some_and(|values| values.chart == Chart::Cilium)
    }

    /// Clouds and other plugins change how pods get addresses when no mode is set.
    pub fn is_special(&self) -> bool {
        let config = &self.config;
        let chained = config.chaining_mode.value().is_none_or(|m| !matches!(m.trim(), "" | "none"));
        !config.clouds.is_empty() || (chained && !config.chaining_mode.is_absent())
    }

    /// Where a tunnel is set up between nodes: `vxlan` or `geneve`; `None` when packets of pods
    /// are routed, or when that is not known.
    pub fn tunnel(&self) -> Option<&str> {
        let config = &self.config;
        let word = |field: &'_ Field<String>| field.value().map(|text| text.trim().to_owned());
        if config.routing_mode.is_unknown() || config.tunnel.is_unknown() {
            return None;
        }
        let native = word(&config.routing_mode).is_some_and(|mode| mode == "native")
            || word(&config.tunnel).is_some_and(|tunnel| tunnel == "disabled")
            || self.is_special();
        if native || matches!(self.ipam, IpamMode::Cloud) {
            return None;
        }
        let fields = [&config.tunnel_protocol, &config.tunnel];
        if fields.iter().any(|field| field.is_unknown()) {
            return None;
        }
        let named = fields.into_iter().find_map(|field| field.value()).map(|text| text.trim());
        Some(named.filter(|name| !name.is_empty()).unwrap_or("vxlan"))
    }

    /// The number of the cluster in a mesh; 0 is that of a cluster alone.
    pub fn cluster_id(&self) -> Option<Spanned<u32>> {
        let id = self.config.cluster_id.known()?;
        Some(Spanned::new(id.trim().parse().ok()?, id.span))
    }
}

fn read<'a>(object: Object<'a>) -> Option<CiliumSettings<'a>> {
    let (config, chart) = match object.body() {
        Body::Kubernetes(Kubernetes::ConfigMap(map)) if object.name() == "cilium-config" => {
            (Cow::Owned(CiliumConfig::of_config_map(&map.data)), None)
        }
        Body::ChartValues(values) => match &values.settings {
            ChartSettings::Cilium(config) => (Cow::Borrowed(&**config), Some(&**values)),
            _ => return None,
        },
        _ => return None,
    };
    let ipam = IpamMode::Unknown;
    let version = chart.and_then(|values| ChartVersion::parse(values.version.value()?));
    Some(CiliumSettings { config, object, chart, version, ipam, ipam_is_default: false })
}

/// Gives values without a version that of the chart beside them, or else of the only release of
/// Cilium. Which release takes the values of a file is a guess.
fn name_versions<'a>(settings: &mut [CiliumSettings<'a>], objects: &[Object<'a>]) {
    let is_cilium = |name: &Field<String>| {
        let chart = name.value().and_then(|name| Chart::by_name(name));
        matches!(chart, Some(Chart::Cilium | Chart::Rke2Cilium))
    };
    let parse = |version: &Field<String>| ChartVersion::parse(version.value()?);
    // The folders of charts that bring it.
    let mut beside: Vec<(&str, Option<ChartVersion>)> = Vec::new();
    let mut released: Vec<Option<ChartVersion>> = Vec::new();
    for object in objects {
        match object.body() {
            Body::Release(release) => {
                // Who names a chart without a version leaves it to another place.
                let named = release.charts.iter().filter(|chart| !chart.version.is_absent());
                let named = named.filter(|chart| is_cilium(&chart.name));
                released.extend(named.map(|chart| parse(&chart.version)));
            }
            Body::Chart(chart) => {
                let brought = chart.brought().find(|chart| is_cilium(&chart.name));
                beside.extend(brought.map(|it| (folder(object.path), parse(&it.version))));
            }
            _ => {}
        }
    }
    released.dedup();
    for one in settings {
        if one.chart.is_none_or(|values| !values.version.is_absent()) {
            continue;
        }
        let own = beside.iter().find(|(path, _)| *path == folder(one.object.path));
        one.version = match (own, &released[..]) {
            (Some((_, version)), _) => *version,
            (None, [Some(version)]) => Some(ChartVersion { guessed: true, ..*version }),
            _ => None,
        };
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

impl ChartVersion {
    /// Takes a version, `1.17.4` or `v1.17.4`, and what Helm takes for ranges: `~1.17.0`,
    /// `1.17.x`, `^1.14.0`, `>=1.14.0`. What has no lower end is `None`.
    pub fn parse(text: &str) -> Option<ChartVersion> {
        let text = text.trim();
        let bare = text.trim_start_matches(['^', '>', '=', '~', 'v', ' ']);
        let sign = &text[..text.len() - bare.len()];
        let mut parts = bare.split(['.', '-', '+', ' ', ',']);
        let mut number = || parts.next()?.parse::<u32>().ok();
        let lowest = (number()?, number()?);
        let only = !sign.contains(['^', '>']) && !bare.contains([' ', ',', '|']);
        (!bare.contains('|')).then_some(ChartVersion { lowest, only, guessed: false })
    }
}

/// The mode as it is written here.
fn stated_mode(settings: &CiliumSettings<'_>) -> Option<IpamMode> {
    let chained = settings.config.chaining_mode.value().map(|mode| mode.trim());
    if chained.is_some_and(|mode| !matches!(mode, "" | "none" | "portmap")) {
        // aws-cni, generic-veth: the other plugin has the addresses.
        return Some(IpamMode::Other);
    }
    match &settings.config.ipam {
        Field::Unknown(_) => Some(IpamMode::Unknown),
        Field::Absent => None,
        Field::Known(mode) => Some(match mode.trim() {
            "" => return None,
            "cluster-pool" | "cluster-pool-v2beta" => IpamMode::ClusterPool,
            "kubernetes" => IpamMode::Kubernetes,
            "multi-pool" => IpamMode::MultiPool,
            "alibabacloud" | "azure" | "eni" => IpamMode::Cloud,
            _ => IpamMode::Other,
        }),
    }
}

/// The pool of IPv4 that nobody sets, when that is certain.
fn implicit_pool<'a>(
    settings: &[CiliumSettings<'a>],
    complete: bool,
    any_pools: bool,
) -> Option<ImplicitPool<'a>> {
    let all_cut = settings.iter().all(|one| one.ipam == IpamMode::ClusterPool);
    let special = settings.iter().any(|one| one.is_special() || is_off(&one.config.ipv4.enabled));
    if any_pools || !complete || !all_cut || special {
        return None;
    }
    let owner = settings.iter().find(|one| {
        // The ConfigMap has no defaults but those of the chart that writes it.
        one.has_defaults_of_chart() || one.config.notation == Notation::ConfigMap
    })?;
    let written = settings.iter().find_map(|one| one.config.ipam.known());
    let field = owner.config.name("cluster-pool-ipv4-cidr", "clusterPoolIPv4PodCIDRList");
    let span = written.map_or(owner.object.resource.name_span(), |mode| mode.span);
    Some(ImplicitPool { span, object: owner.object, field })
}
