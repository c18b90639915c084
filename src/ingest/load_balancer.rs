//! Load balancers that run inside a cluster: MetalLB, and the address pools of Cilium.
//!
//! <https://metallb.io/apis/> and <https://docs.cilium.io/en/stable/network/lb-ipam/>. BGP peers
//! and communities are left alone: only who hands out which addresses, and whether anybody
//! announces them, is read.

use serde::Deserialize;

use super::kubernetes::{LabelSelector, spec};
use super::{List, Reader, content_hash};
use super::{Problem, ProblemKind, Resource};
use crate::source::{Span, Spanned};
use crate::syntax::decode::{Field, decode};
use crate::syntax::{self, Node, template};

#[derive(Debug)]
pub enum LoadBalancer {
    MetalLbPool(Box<MetalLbPool>),
    /// An `AddressPool`, which says itself how it is announced; MetalLB 0.13 and 0.14 read it.
    MetalLbLegacyPool(Box<MetalLbPool>),
    MetalLbAdvertisement(Protocol, Box<MetalLbAdvertisement>),
    /// What MetalLB before 0.13 reads, from a ConfigMap.
    MetalLbConfig(Box<MetalLbConfig>),
    CiliumPool(Box<CiliumPool>),
    /// Cilium announces addresses, of whichever pools.
    CiliumAnnouncement,
}

/// How addresses are announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// One node answers ARP and NDP for an address.
    Layer2,
    Bgp,
}

/// A pool, in the words of the objects or of the old configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct MetalLbPool {
    /// Of a pool in a ConfigMap; objects have theirs in `metadata`.
    pub name: Field<String>,
    /// `layer2` or `bgp`; not of an IPAddressPool.
    pub protocol: Field<String>,
    /// CIDRs, and ranges such as `10.0.0.1-10.0.0.9`, with blanks around the dash or without.
    pub addresses: List<String>,
    /// Absent: true.
    #[serde(alias = "auto-assign")]
    pub auto_assign: Field<bool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MetalLbAdvertisement {
    /// Names; with neither names nor selectors, every pool is announced.
    #[serde(rename = "ipAddressPools")]
    pub pools: List<String>,
    #[serde(rename = "ipAddressPoolSelectors")]
    pub pool_selectors: List<LabelSelector>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MetalLbConfig {
    #[serde(rename = "address-pools")]
    pub pools: List<MetalLbPool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CiliumPool {
    pub blocks: List<CiliumBlock>,
    /// The older spelling of `blocks`.
    pub cidrs: List<CiliumBlock>,
    pub disabled: Field<bool>,
}

/// Either a CIDR, or the first and the last address; without `stop` it is one address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CiliumBlock {
    pub cidr: Field<String>,
    pub start: Field<String>,
    pub stop: Field<String>,
}

/// Reads an object by its group and kind.
pub fn read(group: &str, kind: &str, node: Node<'_>) -> Option<LoadBalancer> {
    Some(match (group, kind) {
        ("metallb.io", "IPAddressPool") => LoadBalancer::MetalLbPool(spec(node)?),
        ("metallb.io", "AddressPool") => LoadBalancer::MetalLbLegacyPool(spec(node)?),
        ("metallb.io", "L2Advertisement") => {
            LoadBalancer::MetalLbAdvertisement(Protocol::Layer2, spec(node)?)
        }
        ("metallb.io", "BGPAdvertisement") => {
            LoadBalancer::MetalLbAdvertisement(Protocol::Bgp, spec(node)?)
        }
        ("cilium.io", "CiliumLoadBalancerIPPool") => LoadBalancer::CiliumPool(spec(node)?),
        (
            "cilium.io",
            "CiliumL2AnnouncementPolicy" | "CiliumBGPPeeringPolicy" | "CiliumBGPAdvertisement",
        ) => LoadBalancer::CiliumAnnouncement,
        _ => return None,
    })
}

impl Reader<'_> {
    /// The configuration of MetalLB before 0.13: the key `config` of the ConfigMap that has the
    /// same name, or of another one where the text has MetalLB's own word in it.
    pub(super) fn metallb_config(&mut self, document: usize, value: Node<'_>) {
        let text = value.str().unwrap_or_default();
        let is_config = text.contains("address-pools:") && !template::is_engine_template(text);
        let Some(inner) = value.inner_text().filter(|_| is_config) else { return };
        let parsed = syntax::parse(inner, false);
        for problem in parsed.problems {
            let (kind, span) = (ProblemKind::Syntax(problem.kind), problem.span);
            self.contents.problems.push(Problem { document, kind, span });
        }
        let Some(root) = parsed.tree.documents().first().map(|first| parsed.tree.root(first))
        else {
            return;
        };
        let Some(config) = decode::<MetalLbConfig>(root).0 else { return };
        let Some(owner) = self.contents.resources.last() else { return };
        let start = Span { end: value.span().start, ..value.span() };
        let resource = Resource {
            file: self.file,
            document,
            span: value.span(),
            api_version: Spanned::new(String::new(), start),
            kind: Spanned::new("MetalLB configuration".to_owned(), start),
            metadata: owner.metadata.clone(),
            content: content_hash(root),
            body: super::Body::LoadBalancer(LoadBalancer::MetalLbConfig(Box::new(config))),
        };
        self.contents.resources.push(resource);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Body, FileContents, ingest};
    use crate::source::FileId;

    fn read(text: &str) -> FileContents {
        ingest(FileId::new(0), "a.yaml", text)
    }

    fn only(contents: &FileContents) -> &LoadBalancer {
        match contents.resources.last().map(|resource| &resource.body) {
            Some(Body::LoadBalancer(load_balancer)) => load_balancer,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn pools_are_read_with_the_places_of_their_addresses() {
        let text = "\
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: a}
spec:
  addresses: [10.0.0.0/24, 10.1.0.1 - 10.1.0.9, \"${RANGE}\"]
  autoAssign: false
";
        let contents = read(text);
        let LoadBalancer::MetalLbPool(pool) = only(&contents) else { panic!("{contents:?}") };
        let places: Vec<&str> =
            pool.addresses.items().iter().map(|a| &text[a.span().expect("").range()]).collect();
        assert_eq!(places, ["10.0.0.0/24", "10.1.0.1 - 10.1.0.9", "\"${RANGE}\""]);
        assert!(pool.addresses.items()[2].is_unknown());
        assert_eq!(pool.auto_assign.value(), Some(&false));
    }

    #[test]
    fn the_configuration_in_a_config_map_has_places_inside() {
        let text = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: config, namespace: metallb-system}
data:
  config: |
    address-pools:
    - name: default
      protocol: layer2
      auto-assign: false
      addresses:
      - 10.0.0.1-10.0.0.9
";
        let contents = read(text);
        assert_eq!(contents.resources.len(), 2);
        let LoadBalancer::MetalLbConfig(config) = only(&contents) else { panic!("{contents:?}") };
        let pool = config.pools.items()[0].value().expect("a pool");
        let address = pool.addresses.items()[0].span().expect("a place");
        assert_eq!(&text[address.range()], "10.0.0.1-10.0.0.9");
        assert_eq!(pool.auto_assign.value(), Some(&false));
        assert_eq!(contents.resources[1].namespace(), "metallb-system");
    }

    #[test]
    fn other_config_maps_with_that_key_are_left_alone() {
        for config in ["a: b", "address-pools: {{ .Values.pools }}", "[]"] {
            let text = format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: config}}\ndata:\n  config: |\n    {config}\n"
            );
            let contents = read(&text);
            assert_eq!((contents.resources.len(), contents.problems), (1, Vec::new()), "{config}");
        }
    }

    #[test]
    fn blocks_of_cilium_have_both_spellings() {
        for field in ["blocks", "cidrs"] {
            let text = format!(
                "apiVersion: cilium.io/v2\nkind: CiliumLoadBalancerIPPool\nmetadata: {{name: a}}\nspec:\n  {field}:\n  - cidr: 10.0.0.0/24\n  - start: 10.1.0.1\n"
            );
            let contents = read(&text);
            let LoadBalancer::CiliumPool(pool) = only(&contents) else { panic!("{contents:?}") };
            assert_eq!(pool.blocks.items().len() + pool.cidrs.items().len(), 2);
        }
    }
}
