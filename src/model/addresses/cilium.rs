//! Pools of pods that Cilium hands out.

use super::collect::Collector;
use super::{AddressRange, Known, Role, Source, range};
use crate::ingest::cilium::{Cilium as CiliumObject, PodIpPoolSpec};
use crate::model::Object;
use crate::model::cilium::{Cilium, CiliumSettings, DEFAULT_POOL, IpamMode, Notation, is_off};
use crate::syntax::decode::Field;

impl Source {
    pub const CILIUM_CONFIG_POOL_IPV4: Source = Source::new(Role::IpPool, "cluster-pool-ipv4-cidr");
    pub const CILIUM_CONFIG_POOL_IPV6: Source = Source::new(Role::IpPool, "cluster-pool-ipv6-cidr");
    pub const CILIUM_VALUES_POOL_IPV4: Source =
        Source::new(Role::IpPool, "clusterPoolIPv4PodCIDRList");
    pub const CILIUM_VALUES_POOL_IPV6: Source =
        Source::new(Role::IpPool, "clusterPoolIPv6PodCIDRList");
    pub const CILIUM_CREATED_POOL: Source = Source::new(Role::IpPool, "autoCreateCiliumPodIPPools");
    pub const CILIUM_POD_IP_POOL: Source = Source::new(Role::IpPool, "spec.ipv4.cidrs");
    pub const CILIUM_POD_IP_POOL_IPV6: Source = Source::new(Role::IpPool, "spec.ipv6.cidrs");
    /// What Cilium's operator gave a node, whatever the control plane gives it.
    pub const CILIUM_NODE_POD_CIDR: Source = Source::new(Role::NodePodCidr, "spec.ipam.podCIDRs");
}

impl<'a> Collector<'a> {
    pub(super) fn cilium(&mut self, cilium: &Cilium<'a>) {
        for settings in &cilium.settings {
            self.plan.pods_share_node_network |= settings.ipam == IpamMode::Cloud;
            match settings.ipam {
                IpamMode::ClusterPool => self.cluster_pools(settings),
                IpamMode::MultiPool => {
                    for (_, pool) in &settings.config.pools {
                        let sources = [Source::CILIUM_CREATED_POOL; 2];
                        self.pod_ip_pool(sources, pool, settings.object, None);
                    }
                }
                _ => {}
            }
        }
        if let Some(pool) = cilium.implicit_pool {
            let cidr =
                range::parse_cidr(DEFAULT_POOL).expect("internal error: a default that is no CIDR");
            self.plan.ranges.push(AddressRange {
                range: cidr.range(),
                cidr: None,
                source: Source::CILIUM_VALUES_POOL_IPV4,
                known: Known::Assumed,
                span: pool.span,
                object: Some(pool.object),
                name: None,
                pool: None,
            });
        }
    }

    fn cluster_pools(&mut self, settings: &CiliumSettings<'a>) {
        let config = &settings.config;
        let sources = match config.notation {
            Notation::ConfigMap => {
                [Source::CILIUM_CONFIG_POOL_IPV4, Source::CILIUM_CONFIG_POOL_IPV6]
            }
            Notation::Values => [Source::CILIUM_VALUES_POOL_IPV4, Source::CILIUM_VALUES_POOL_IPV6],
        };
        for (source, family) in sources.into_iter().zip([&config.ipv4, &config.ipv6]) {
            if is_off(&family.enabled) {
                continue;
            }
            match &family.pools {
                Field::Known(pools) => {
                    for pool in &pools.value {
                        self.stated(source, pool, Some(settings.object), None);
                    }
                }
                Field::Unknown(_) => self.unknown(Role::IpPool),
                Field::Absent => {}
            }
        }
    }

    pub(super) fn cilium_object(&mut self, object: Object<'a>, cilium: &'a CiliumObject) {
        match cilium {
            CiliumObject::PodIpPool(spec) => {
                let sources = [Source::CILIUM_POD_IP_POOL, Source::CILIUM_POD_IP_POOL_IPV6];
                self.pod_ip_pool(sources, spec, object, Some(object.name()));
            }
            CiliumObject::Node(spec) => {
                let ipam = spec.ipam.value();
                for cidr in ipam.map_or(&[][..], |ipam| ipam.pod_cidrs.items()) {
                    self.cidr_field(Source::CILIUM_NODE_POD_CIDR, cidr, object);
                }
            }
        }
    }

    fn pod_ip_pool(
        &mut self,
        sources: [Source; 2],
        spec: &PodIpPoolSpec,
        object: Object<'a>,
        name: Option<&'a str>,
    ) {
        for (source, family) in sources.into_iter().zip([&spec.ipv4, &spec.ipv6]) {
            let cidrs = family.value().map_or(&[][..], |family| family.cidrs.items());
            for cidr in cidrs {
                match cidr {
                    Field::Known(text) => {
                        self.stated(source, text, Some(object), name);
                    }
                    Field::Unknown(_) => self.unknown(Role::IpPool),
                    Field::Absent => {}
                }
            }
        }
    }
}
