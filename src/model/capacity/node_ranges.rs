//! Pod ranges that are cut into one range for each node, by the controller manager or by Cilium.
//!
//! Only what is told to do so counts: a pod range alone says nothing about nodes. The flags are
//! those of <https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/>.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use crate::ingest::Body;
use crate::ingest::flags::Flags;
use crate::ingest::kubeadm::Kubeadm;
use crate::model::Object;
use crate::model::addresses::{AddressRange, Addresses, Family, IpRange, RangeList, Source};
use crate::model::components::ComponentFlags;
use crate::model::image::Component;
use crate::model::installer::{Cut, Installer};
use crate::source::Span;
use crate::syntax::decode::Field;

/// Pod ranges of one family, and how they are cut.
#[derive(Clone, Debug)]
pub struct NodeRanges<'a> {
    /// The first one, which is the only one unless Cilium cuts it.
    pub pods: PodRange,
    /// Those that are used when the first one is used up.
    pub more: Vec<PodRange>,
    pub mask: NodeMask,
    pub cutter: Cutter,
    /// What sets the mask, as people call it.
    pub mask_field: &'static str,
    pub object: Object<'a>,
    /// Where else the same is written: kubeadm writes it into the manifest of each controller
    /// manager.
    pub repeated: Vec<Span>,
}

/// A range that is cut.
#[derive(Clone, Copy, Debug)]
pub struct PodRange {
    pub range: IpRange,
    pub prefix: u8,
    /// Where it is written.
    pub span: Span,
}

/// The prefix length of a node's range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeMask {
    pub length: u8,
    /// Where it is written; a default has no place.
    pub span: Option<Span>,
}

/// Whose rules hold for a range and its mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cutter {
    /// kubeadm, which looks at its configuration before it starts anything.
    Kubeadm,
    ControllerManager,
    /// Cilium's operator, in the mode `cluster-pool`.
    Cilium,
    /// OpenShift's network operator, after what its installer is told.
    OpenShift,
}

const MASK_FLAGS: [&str; 2] = ["--node-cidr-mask-size-ipv4", "--node-cidr-mask-size-ipv6"];

/// `defaultNodeMaskCIDRIPv4` and its sibling, `cmd/kube-controller-manager/app/core.go`.
pub fn default_mask(family: Family) -> u8 {
    match family {
        Family::V4 => 24,
        Family::V6 => 64,
    }
}

impl NodeRanges<'_> {
    pub fn family(&self) -> Family {
        self.pods.range.family()
    }

    pub fn all(&self) -> impl Iterator<Item = &PodRange> {
        std::iter::once(&self.pods).chain(&self.more)
    }

    /// How many nodes get a range; 0 when not even one does.
    pub fn nodes(&self) -> u128 {
        self.all().fold(0, |sum: u128, pods| sum.saturating_add(self.nodes_of(pods)))
    }

    fn nodes_of(&self, pods: &PodRange) -> u128 {
        self.mask.length.checked_sub(pods.prefix).map_or(0, power_of_two)
    }

    /// How many addresses of a node's range pods can have, at the most: without those of the
    /// network and of the broadcast, which host-local never hands out.
    pub fn addresses_per_node(&self) -> u128 {
        host_addresses(self.family(), self.mask.length)
    }
}

/// How many addresses a range of this prefix length has for hosts; IPv6 has no broadcast, and
/// host-local leaves out its last address all the same.
pub fn host_addresses(family: Family, prefix: u8) -> u128 {
    power_of_two(family.bits().saturating_sub(prefix)).saturating_sub(2)
}

/// Saturates at `u128::MAX`.
pub fn power_of_two(exponent: u8) -> u128 {
    1_u128.checked_shl(u32::from(exponent)).unwrap_or(u128::MAX)
}

/// Finds the ranges that some controller manager cuts: kubeadm's first, and else in the order of
/// the files.
pub fn find<'a>(
    installers: &[Installer<'a>],
    components: &[ComponentFlags<'a>],
    addresses: &Addresses<'a>,
) -> Vec<NodeRanges<'a>> {
    let key = |source, object: Object<'_>| (source, std::ptr::from_ref(object.resource));
    let lists: FxHashMap<_, &RangeList<'a>> =
        addresses.lists.iter().map(|list| (key(list.source, list.object), list)).collect();
    let mut found: Vec<NodeRanges<'a>> = Vec::new();
    for component in components {
        if component.component != Component::KubeControllerManager {
            continue;
        }
        let (flags, object) = (component.flags.as_ref(), component.object);
        let written = |source| lists.get(&key(source, object)).copied();
        let cluster = match object.body() {
            Body::Kubeadm(Kubeadm::Cluster(cluster)) => Some(cluster),
            _ => None,
        };
        let pod_subnet = cluster.and(written(Source::POD_SUBNET));
        if !allocates(flags, pod_subnet.is_some()) {
            continue;
        }
        let Some(list) = written(Source::CONTROLLER_CLUSTER_CIDR).or(pod_subnet) else { continue };
        let cutter = if cluster.is_some() { Cutter::Kubeadm } else { Cutter::ControllerManager };
        if list.complete {
            found.extend(cut(list, flags, cutter));
        }
    }
    for installer in installers {
        found.extend(installer.cut.iter().flat_map(|cut| cut_by(installer, cut, addresses)));
    }
    merged(found)
}

/// What an installer has the controller manager cut: the ranges of its own fields, whether they
/// are written or defaults.
fn cut_by<'a>(
    installer: &Installer<'a>,
    cut: &Cut,
    addresses: &Addresses<'a>,
) -> Vec<NodeRanges<'a>> {
    let object = installer.object;
    let of_controller =
        |(component, _): &&(Component, _)| *component == Component::KubeControllerManager;
    let none = Flags::default();
    let flags = installer.flags.iter().find(of_controller).map_or(&none, |(_, flags)| flags);
    // A flag of the controller manager itself has been looked at above.
    let overridden = flags.get("cluster-cidr").is_some();
    if overridden || !allocates(flags, true) {
        return Vec::new();
    }
    let of_installer = |range: &&AddressRange<'a>| {
        range.source.defines_pods() && range.object.is_some_and(|other| other.is(object))
    };
    let ranges: Vec<_> = addresses.ranges.iter().filter(of_installer).collect();
    let single = ranges.len() == 1;
    let cut = ranges.into_iter().filter_map(|range| {
        let family = range.range.family();
        let mask = match cut.mask(family) {
            Field::Absent => match cut.defaults {
                Some(defaults) => NodeMask { length: defaults[family as usize], span: None },
                None => mask(flags, family, single)?,
            },
            Field::Known(length) => {
                let bits = 1..=i64::from(family.bits());
                let length = bits.contains(&length.value).then_some(length)?;
                NodeMask { length: length.value as u8, span: Some(length.span) }
            }
            Field::Unknown(_) => return None,
        };
        let pods = PodRange { range: range.range, prefix: range.range.prefix()?, span: range.span };
        Some(NodeRanges {
            pods,
            more: Vec::new(),
            mask,
            cutter: cut.cutter,
            mask_field: cut.fields[family as usize],
            object,
            repeated: Vec::new(),
        })
    });
    let cut: Vec<NodeRanges<'a>> = cut.collect();
    if cut.iter().any(|ranges| ranges.cutter == Cutter::OpenShift) { joined(cut) } else { cut }
}

/// Ranges of one family that are used one after the other.
fn joined(ranges: Vec<NodeRanges<'_>>) -> Vec<NodeRanges<'_>> {
    let mut joined: Vec<NodeRanges<'_>> = Vec::new();
    for ranges in ranges {
        match joined.iter_mut().find(|first| first.family() == ranges.family()) {
            Some(first) => first.more.push(ranges.pods),
            None => joined.push(ranges),
        }
    }
    joined
}

/// The same range with the same mask is one thing, and kubeadm's configuration is where it is
/// decided.
fn merged(mut found: Vec<NodeRanges<'_>>) -> Vec<NodeRanges<'_>> {
    found.sort_by_key(|ranges| ranges.cutter != Cutter::Kubeadm);
    let mut merged: Vec<NodeRanges<'_>> = Vec::new();
    let mut known: FxHashMap<(IpRange, u8), usize> = FxHashMap::default();
    for ranges in found {
        match known.entry((ranges.pods.range, ranges.mask.length)) {
            Entry::Occupied(first) => merged[*first.get()].repeated.push(ranges.pods.span),
            Entry::Vacant(entry) => {
                entry.insert(merged.len());
                merged.push(ranges);
            }
        }
    }
    merged
}

/// Whether nodes get ranges: what the flag says, or else kubeadm, which sets it together with
/// `--cluster-cidr` when there is a `podSubnet` (`cmd/kubeadm/app/phases/controlplane/manifests.go`).
fn allocates(flags: &Flags, by_default: bool) -> bool {
    let by_range = flags.value("cidr-allocator-type").is_none_or(|kind| **kind == "RangeAllocator");
    let told = match flags.get("allocate-node-cidrs") {
        None => by_default && !flags.has_unknown,
        Some(flag) => match &flag.value {
            // A switch that stands alone is on.
            Field::Absent => true,
            Field::Known(value) => {
                matches!(value.as_str(), "1" | "t" | "T" | "true" | "TRUE" | "True")
            }
            Field::Unknown(_) => false,
        },
    };
    told && by_range
}

/// One entry for each range of a list, unless its mask cannot be known.
fn cut<'a>(
    list: &RangeList<'a>,
    flags: &Flags,
    cutter: Cutter,
) -> impl Iterator<Item = NodeRanges<'a>> {
    let single = list.ranges.len() == 1;
    let masks = Family::ALL.map(|family| (family, mask(flags, family, single)));
    list.ranges.iter().filter_map(move |(range, span)| {
        let (_, mask) = masks.iter().find(|(family, _)| *family == range.family())?;
        let pods = PodRange { range: *range, prefix: range.prefix()?, span: *span };
        Some(NodeRanges {
            pods,
            more: Vec::new(),
            mask: (*mask)?,
            cutter,
            mask_field: MASK_FLAGS[range.family() as usize],
            object: list.object,
            repeated: Vec::new(),
        })
    })
}

/// `--node-cidr-mask-size` holds for a cluster of one family; the others for theirs. `None` when
/// one is written and cannot be read.
fn mask(flags: &Flags, family: Family, single: bool) -> Option<NodeMask> {
    let own = match family {
        Family::V4 => "node-cidr-mask-size-ipv4",
        Family::V6 => "node-cidr-mask-size-ipv6",
    };
    let general = single.then_some("node-cidr-mask-size");
    let flag = std::iter::once(own).chain(general).find_map(|name| flags.get(name));
    let Some(flag) = flag else {
        let default = NodeMask { length: default_mask(family), span: None };
        return (!flags.has_unknown).then_some(default);
    };
    let value = flag.value.known()?;
    match value.trim().parse().ok()? {
        0 => Some(NodeMask { length: default_mask(family), span: None }),
        length if length <= family.bits() => Some(NodeMask { length, span: Some(value.span) }),
        _ => None,
    }
}
