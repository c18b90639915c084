//! The ranges that Cilium's operator gives nodes in the mode `cluster-pool`.
//!
//! <https://docs.cilium.io/en/stable/network/concepts/ipam/cluster-pool/>

use super::node_ranges::{Cutter, NodeMask, NodeRanges, PodRange};
use crate::model::addresses::{Family, range};
use crate::model::cilium::{Cilium, CiliumSettings, DEFAULT_MASK, IpamMode, is_off};
use crate::syntax::decode::Field;

/// Finds the pools of every place that sets some. The same in two places is one thing.
pub fn find<'a>(cilium: &Cilium<'a>) -> Vec<NodeRanges<'a>> {
    let mut found: Vec<NodeRanges<'a>> = Vec::new();
    for settings in cilium.settings.iter().filter(|one| one.ipam == IpamMode::ClusterPool) {
        for ranges in Family::ALL.into_iter().filter_map(|family| pool(cilium, settings, family)) {
            let all = |ranges: &NodeRanges<'_>| -> Vec<_> {
                ranges.all().map(|pods| pods.range).collect()
            };
            let same = found.iter_mut().find(|other| {
                other.mask.length == ranges.mask.length && all(other) == all(&ranges)
            });
            match same {
                Some(first) => first.repeated.push(ranges.pods.span),
                None => found.push(ranges),
            }
        }
    }
    found
}

fn pool<'a>(
    cilium: &Cilium<'a>,
    settings: &CiliumSettings<'a>,
    family: Family,
) -> Option<NodeRanges<'a>> {
    let of_family = |settings: &CiliumSettings<'a>| match family {
        Family::V4 => settings.config.ipv4.clone(),
        Family::V6 => settings.config.ipv6.clone(),
    };
    let own = of_family(settings);
    if is_off(&own.enabled) {
        return None;
    }
    let mask = match own.mask_size {
        Field::Absent => {
            let others = cilium.settings.iter().map(|other| of_family(other).mask_size);
            others.into_iter().find(|mask| !mask.is_absent()).unwrap_or_default()
        }
        mask => mask,
    };
    let mask = match (&mask, family) {
        (Field::Known(text), _) => {
            let length = text.trim().parse().ok().filter(|length| *length <= family.bits())?;
            NodeMask { length, span: Some(text.span) }
        }
        (Field::Absent, Family::V4) => NodeMask { length: DEFAULT_MASK, span: None },
        _ => return None,
    };
    // All or nothing: with a range that cannot be read nobody knows how many nodes there is room for.
    let ranges: Option<Vec<PodRange>> = own
        .pools
        .known()?
        .iter()
        .map(|text| {
            let cidr = range::parse_cidr(text.trim()).ok()?;
            let (range, prefix, span) = (cidr.range(), cidr.prefix, text.span);
            (range.family() == family).then_some(PodRange { range, prefix, span })
        })
        .collect();
    let mut ranges = ranges?.into_iter();
    let names = match family {
        Family::V4 => ("cluster-pool-ipv4-mask-size", "clusterPoolIPv4MaskSize"),
        Family::V6 => ("cluster-pool-ipv6-mask-size", "clusterPoolIPv6MaskSize"),
    };
    Some(NodeRanges {
        pods: ranges.next()?,
        more: ranges.collect(),
        mask,
        cutter: Cutter::Cilium,
        mask_field: settings.config.name(names.0, names.1),
        object: settings.object,
        repeated: Vec::new(),
    })
}
