//! How many addresses pools have for Services of type LoadBalancer, and how many Services want
//! one.

use std::collections::BTreeSet;

use crate::ingest::Body;
use crate::ingest::kubernetes::Kubernetes;
use crate::model::Object;
use crate::model::addresses::{Addresses, Source};
use crate::model::namespaces::fold;
use crate::source::Span;

/// What all pools together have. There is none when some of it is unknown, or when others may
/// hand out addresses, too.
#[derive(Debug)]
pub struct LoadBalancers<'a> {
    /// At the most.
    pub addresses: u128,
    /// The first range of each pool that has any; at least one.
    pub pools: Vec<Span>,
    /// Those that want an address of their own: at the least.
    pub services: Vec<Object<'a>>,
}

impl<'a> LoadBalancers<'a> {
    pub(super) fn new(objects: &[Object<'a>], plan: &Addresses<'a>) -> Option<LoadBalancers<'a>> {
        plan.only_balancer()?;
        if plan.active_pools().any(|pool| !pool.complete) {
            return None;
        }
        let firsts = plan.active_pools().filter_map(|pool| Some(pool.ranges().next()?.1));
        let pools: Vec<Span> = firsts.collect();
        if pools.is_empty() {
            return None;
        }
        let sizes = plan.active_pools().map(|pool| pool.size());
        let addresses = sizes.fold(0_u128, u128::saturating_add);
        let mut known = BTreeSet::new();
        let services = objects.iter().filter(|object| {
            wants_address(**object) && known.insert((fold(object.namespace()), object.name()))
        });
        Some(LoadBalancers { addresses, pools, services: services.copied().collect() })
    }
}

/// Whether a Service gets an address that no other one has.
fn wants_address(object: Object<'_>) -> bool {
    let Body::Kubernetes(Kubernetes::Service(service)) = object.body() else { return false };
    let annotations = object.resource.metadata.annotations.value();
    let is_served_otherwise = annotations.is_some_and(|annotations| {
        let mut keys = annotations.keys();
        keys.any(|key| {
            key.ends_with("/allow-shared-ip")
                || key.ends_with("sharing-key")
                || key == Source::KUBE_VIP_REQUEST.field()
        })
    });
    service.kind.value().is_some_and(|kind| kind == "LoadBalancer")
        && service.load_balancer_class.is_absent()
        && !is_served_otherwise
}
