//! The ranges that Cilium's operator gives nodes in the mode `cluster-pool`.
//!
//! Only what `cilium-config` says counts: the defaults are those of its chart, and differ from
//! version to version. <https://docs.cilium.io/en/stable/network/concepts/ipam/cluster-pool/>

use super::node_ranges::{Cutter, NodeMask, NodeRanges, PodRange};
use crate::ingest::Body;
use crate::ingest::kubernetes::{ConfigMap, Kubernetes};
use crate::model::Object;
use crate::model::addresses::{Family, range};
use crate::source::Spanned;

/// Finds the pools of every `cilium-config`.
pub fn find<'a>(objects: &[Object<'a>]) -> Vec<NodeRanges<'a>> {
    let mut found = Vec::new();
    for object in objects {
        let Body::Kubernetes(Kubernetes::ConfigMap(config)) = object.body() else { continue };
        let named = object.name() == "cilium-config";
        if named && value(config, "ipam").is_some_and(|mode| mode.value == "cluster-pool") {
            found
                .extend(Family::ALL.into_iter().filter_map(|family| pool(*object, config, family)));
        }
    }
    found
}

fn value<'m>(config: &'m ConfigMap, key: &str) -> Option<&'m Spanned<String>> {
    config.data.value()?.get(key)?.known()
}

fn pool<'a>(object: Object<'a>, config: &ConfigMap, family: Family) -> Option<NodeRanges<'a>> {
    let (switch, cidrs, mask_key) = match family {
        Family::V4 => ("enable-ipv4", "cluster-pool-ipv4-cidr", "cluster-pool-ipv4-mask-size"),
        Family::V6 => ("enable-ipv6", "cluster-pool-ipv6-cidr", "cluster-pool-ipv6-mask-size"),
    };
    if value(config, switch).is_some_and(|switch| switch.value == "false") {
        return None;
    }
    let mask = value(config, mask_key)?;
    let length = mask.trim().parse().ok().filter(|length| *length <= family.bits())?;
    // All or nothing: with a range that cannot be read nobody knows how many nodes there is room for.
    let ranges: Option<Vec<PodRange>> = value(config, cidrs)?
        .split(&[' ', ',', '\n', '\t'])
        .into_iter()
        .map(|text| {
            let cidr = range::parse_cidr(&text).ok()?;
            let range = cidr.range();
            (range.family() == family).then_some(PodRange {
                range,
                prefix: cidr.prefix,
                span: text.span,
            })
        })
        .collect();
    let mut ranges = ranges?.into_iter();
    Some(NodeRanges {
        pods: ranges.next()?,
        more: ranges.collect(),
        mask: NodeMask { length, span: Some(mask.span) },
        cutter: Cutter::Cilium,
        mask_field: mask_key,
        object,
        repeated: Vec::new(),
    })
}
