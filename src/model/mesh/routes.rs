//! Where the routes of VirtualServices lead to.

use super::hosts::{HostName, host_name};
use super::{Destination, Item, RouteDestination, VirtualServiceSpec};
use crate::source::Spanned;
use crate::syntax::decode::Field;

/// A destination of a route, with a host that is known.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    pub destination: &'a Destination,
    pub host: &'a Spanned<String>,
    /// The host as the VirtualService means it.
    pub name: HostName<'a>,
    /// Whether requests are copied there, and answers are dropped.
    pub is_mirror: bool,
    /// Whether it gets nothing, by a weight of 0 among others.
    pub is_idle: bool,
}

impl<'a> Item<'a, VirtualServiceSpec> {
    /// Every destination of its routes, in the order in which they stand.
    pub fn targets(&self) -> Vec<Target<'a>> {
        let spec: &'a VirtualServiceSpec = self.spec;
        let mut targets = Vec::new();
        for route in spec.http.items().iter().filter_map(Field::value) {
            self.add_routes(route.route.items(), &mut targets);
            let mirrors = route.mirrors.items().iter().filter_map(Field::value);
            let mirrors = mirrors.map(|mirror| &mirror.destination);
            for mirror in std::iter::once(&route.mirror).chain(mirrors) {
                targets.extend(self.target(mirror, true, false));
            }
        }
        let tls = spec.tls.items().iter().filter_map(Field::value).map(|route| &route.route);
        let tcp = spec.tcp.items().iter().filter_map(Field::value).map(|route| &route.route);
        for route in tls.chain(tcp) {
            self.add_routes(route.items(), &mut targets);
        }
        targets
    }

    fn add_routes(&self, routes: &'a [Field<RouteDestination>], targets: &mut Vec<Target<'a>>) {
        for route in routes.iter().filter_map(Field::value) {
            let is_idle = routes.len() > 1
                && (route.weight.is_absent() || route.weight.value().is_some_and(|it| *it == 0));
            targets.extend(self.target(&route.destination, false, is_idle));
        }
    }

    fn target(
        &self,
        destination: &'a Field<Destination>,
        is_mirror: bool,
        is_idle: bool,
    ) -> Option<Target<'a>> {
        let destination = destination.value()?;
        let host = destination.host.known()?;
        let name = host_name(host, self.object.namespace());
        Some(Target { destination, host, name, is_mirror, is_idle })
    }
}
