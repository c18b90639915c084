//! `cidr-hits-well-known-range`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::addresses::group::by_range;
use crate::model::addresses::range::parse_cidr;
use crate::model::addresses::{AddressRange, Family, IpRange, Known, Role, Source};
use crate::model::installer::Provider;
use crate::rules::addressing::also;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/cidr-hits-well-known-range.md"),
    check: Check::Network(check),
};

/// Ranges that nothing can have, and ranges that are somebody's: with what they are.
/// <https://www.iana.org/assignments/iana-ipv4-special-registry/>
const SPECIAL: [(&str, Severity, &str); 15] = [
    ("0.0.0.0/8", Severity::Error, "addresses of no network"),
    ("127.0.0.0/8", Severity::Error, "loopback addresses"),
    ("169.254.0.0/16", Severity::Error, "link-local addresses"),
    ("224.0.0.0/4", Severity::Error, "multicast addresses"),
    ("240.0.0.0/4", Severity::Error, "reserved addresses"),
    ("::1/128", Severity::Error, "loopback address"),
    ("fe80::/10", Severity::Error, "link-local addresses"),
    ("ff00::/8", Severity::Error, "multicast addresses"),
    ("192.0.0.0/24", Severity::Warning, "addresses for protocols of the IETF"),
    ("192.0.2.0/24", Severity::Warning, "addresses for documentation"),
    ("198.18.0.0/15", Severity::Warning, "addresses for benchmarks"),
    ("198.51.100.0/24", Severity::Warning, "addresses for documentation"),
    ("203.0.113.0/24", Severity::Warning, "addresses for documentation"),
    ("2001:db8::/32", Severity::Warning, "addresses for documentation"),
    ("100::/64", Severity::Warning, "addresses to discard packets to"),
];

/// What may be used inside an organisation, of IPv4: RFC 1918 and RFC 6598.
const PRIVATE: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

/// Google's own for the Services of GKE; every cluster has the same.
const GKE_SERVICES: &str = "34.118.224.0/20";

/// The Docker daemon's default bridge.
const DOCKER_BRIDGE: &str = "172.17.0.0/16";

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let roles =
        [Role::Pod, Role::IpPool, Role::CniSubnet, Role::Service, Role::LoadBalancer, Role::Docker];
    let written = |range: &&AddressRange<'_>| {
        range.known == Known::Written
            && (roles.contains(&range.role()) || range.role() == Role::NodeNetwork)
    };
    let owned: Vec<IpRange> = findings.option("owned").map_or(Vec::new(), |owned| {
        owned.split(&[',', ' ']).iter().filter_map(|item| parse(item)).collect()
    });
    for group in by_range(network.addresses.ranges.iter().filter(written)) {
        let first = group.statements[0];
        let Some((severity, message)) = hit(network, first, &owned) else { continue };
        findings.add(
            Diagnostic::new(severity, first.span.label(""), message)
                .related_all(also(&group.statements[1..]))
                .help(help(network, first)),
        );
    }
}

fn help(network: &Network<'_>, range: &AddressRange<'_>) -> String {
    let free = match range.role() {
        Role::NodeNetwork | Role::LoadBalancer => None,
        role => network.addresses.free.for_role(role, range.range),
    };
    match free {
        Some(free) => format!("choose a private range: `{free}` is free here"),
        None => "choose a private range".to_owned(),
    }
}

fn hit(
    network: &Network<'_>,
    range: &AddressRange<'_>,
    owned: &[IpRange],
) -> Option<(Severity, String)> {
    let what = range.title();
    let provider = network.settings.provider.as_ref().map(|provider| provider.as_str());
    for (special, severity, name) in SPECIAL {
        let reserved = parse(special).filter(|special| special.overlaps(range.range));
        // GKE gives reserved addresses to pods.
        let by_azure = special == "192.0.2.0/24" && network.is_run_by(Provider::Aks);
        // That is another matter on AKS.
        // Stand-ins for the metadata services of clouds have such networks in Compose projects.
        let stands_in = special == "169.254.0.0/16" && range.source == Source::COMPOSE_SUBNET;
        let allowed =
            (special == "240.0.0.0/4" && provider == Some("gke")) || by_azure || stands_in;
        if let Some(reserved) = reserved.filter(|_| !allowed) {
            return Some((severity, format!("{what} overlaps the {name} `{reserved}`")));
        }
    }
    let docker = parse(DOCKER_BRIDGE).filter(|docker| docker.overlaps(range.range));
    let is_dockers = range.role() == Role::Docker || network.docker.leaves_default_bridge();
    if docker.is_some() && network.addresses.nodes_run_docker && !is_dockers {
        let message = format!("{what} overlaps `{DOCKER_BRIDGE}`, the default bridge of Docker");
        return Some((Severity::Warning, message));
    }
    let own = owned.iter().any(|owned| owned.contains(range.range));
    let google = parse(GKE_SERVICES).is_some_and(|google| google.contains(range.range));
    // Those that stand in are told to nobody.
    let is_link_local = parse("169.254.0.0/16").is_some_and(|it| it.contains(range.range));
    let public = is_public(range.range) && !own && !google && !is_link_local;
    let inside = !matches!(range.role(), Role::NodeNetwork | Role::LoadBalancer);
    (public && inside).then(|| {
        let message = format!("{what} is public address space, which belongs to somebody else");
        (Severity::Warning, message)
    })
}

/// IPv6 has no need to hide: pods with public addresses of their owner are usual there.
fn is_public(range: IpRange) -> bool {
    let is_private = |private: &&str| parse(private).is_some_and(|private| private.overlaps(range));
    range.family() == Family::V4 && !PRIVATE.iter().any(is_private)
}

fn parse(text: &str) -> Option<IpRange> {
    parse_cidr(text).ok().map(|cidr| cidr.range())
}
