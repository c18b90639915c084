//! `docker-pool-overlaps-cluster`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::addresses::group::collisions;
use crate::model::addresses::overlap::Coverage;
use crate::model::addresses::{AddressRange, IpRange, Role, Source};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/docker-pool-overlaps-cluster.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    let is_compose = |range: &&AddressRange<'_>| range.source == Source::COMPOSE_SUBNET;
    let (compose, daemon): (Vec<_>, Vec<_>) = plan.of(Role::Docker).partition(is_compose);
    let of = |roles: &[Role]| -> Vec<_> {
        plan.ranges.iter().filter(|range| roles.contains(&range.role())).collect()
    };
    // An address says less than the network that it is in.
    let mut hosts = of(&[Role::NodeNetwork]);
    let networks: Vec<IpRange> = hosts.iter().map(|range| range.range).collect();
    let networks = Coverage::of(&networks);
    hosts.extend(plan.of(Role::Node).filter(|address| !networks.contains(address.range)));
    let sides = [
        plan.pod_ranges(),
        plan.service_ranges(),
        hosts,
        of(&[Role::LoadBalancer]),
        of(&[Role::Reserved]),
    ];
    for side in sides {
        for collision in collisions(&daemon, &side) {
            let (ours, other) = (collision.left[0], collision.right[0]);
            findings.add(told(network, ours, other));
        }
        // Each project is somebody's own.
        for collision in collisions(&compose, &side) {
            let other = collision.right[0];
            let overlapping = collision.left.iter().filter(|ours| ours.range.overlaps(other.range));
            findings.extend(overlapping.map(|ours| told(network, ours, other)));
        }
    }
}

fn told(network: &Network<'_>, ours: &AddressRange<'_>, other: &AddressRange<'_>) -> Diagnostic {
    let relation = ours.range.relation(other.range);
    let name = match other.name {
        Some(name) if !name.is_empty() => format!(" of `{name}`"),
        _ => String::new(),
    };
    let message = format!("{} {relation} the {}{name}", ours.title(), other.title());
    let of_hosts = matches!(other.role(), Role::Node | Role::NodeNetwork);
    // Out of a pool the daemon takes no network that its host has a route to.
    let avoids =
        of_hosts && ours.source == Source::DOCKER_POOL && !other.range.contains(ours.range);
    let elsewhere = ours.source == Source::COMPOSE_SUBNET
        && other.role() != Role::Reserved
        && !ours.is_beside(other);
    let severity = if avoids || elsewhere { Severity::Info } else { Severity::Warning };
    let consequence = match () {
        () if of_hosts && ours.source == Source::DOCKER_POOL && !avoids => {
            "the daemon passes over networks that its host has a route to, and none is left"
        }
        () if avoids => {
            "the daemon passes over networks that its host has a route to; other hosts \
                         of such a network are out of reach where it has none"
        }
        () if of_hosts => "the host sends what is meant for its own network to its containers",
        () => "what has its addresses there is out of reach for the host and its containers",
    };
    let free = network.addresses.free.for_role(Role::Docker, ours.range);
    let remedy = match free {
        Some(free) => format!("{consequence}; `{free}` is free here"),
        None => consequence.to_owned(),
    };
    Diagnostic::new(severity, ours.span.label(""), message).related(other.label()).help(remedy)
}
