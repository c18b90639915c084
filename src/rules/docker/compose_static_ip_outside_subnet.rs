//! `compose-static-ip-outside-subnet`: see the page.

use std::net::IpAddr;

use rustc_hash::FxHashMap;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::addresses::Family;
use crate::model::addresses::range::parse_address;
use crate::model::compose::{ComposeNetwork, Project, Service};
use crate::model::compose_addresses::{Subnet, is_managed, subnets};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/compose-static-ip-outside-subnet.md"),
    check: Check::Network(check),
};

fn check(networks: &Network<'_>, findings: &mut Findings<'_>) {
    for project in &networks.compose.projects {
        // A swarm gives its tasks addresses as it likes.
        if project.is_for_swarm() {
            continue;
        }
        let mut taken: FxHashMap<(&str, IpAddr), (&Service, &Spanned<String>)> =
            FxHashMap::default();
        for (service, network, family, text) in statics(project) {
            let address = match parse_address(text.trim()) {
                Ok(address) if Family::of(address) == family => address,
                Ok(address) => {
                    let message = format!("{address} is no address of {family}");
                    findings.add(Diagnostic::error(text.label(""), message));
                    continue;
                }
                Err(fault) => {
                    let message = format!("`{}` is no address: {fault}", text.value);
                    findings.add(Diagnostic::error(text.label(""), message));
                    continue;
                }
            };
            let all = &networks.compose.projects;
            findings.extend(placed((project, all), network, family, address, text));
            findings.extend(several(service, address, text));
            let is_none = counts(service).any(|count| count.value == 0);
            let is_always_there = !is_none && service.profiles.as_ref().is_some_and(Vec::is_empty);
            if !is_always_there {
                continue;
            }
            let key = (network.key.value.as_str(), address);
            if let Some((other, earlier)) = taken.get(&key) {
                let message = format!(
                    "`{}` has the address {address} of `{}` on `{}`",
                    service.name.value, other.name.value, network.key.value
                );
                findings.add(
                    Diagnostic::error(text.label(""), message)
                        .related(earlier.label(format!("`{}`", other.name.value)))
                        .help("the container that starts second does not start: \"Address already in use\""),
                );
            } else {
                taken.insert(key, (service, text));
            }
        }
    }
}

/// Every address that a service asks for on a network that the project makes.
fn statics(
    project: &Project,
) -> impl Iterator<Item = (&Service, &ComposeNetwork, Family, &Spanned<String>)> {
    project.services.iter().flat_map(move |service| {
        service.memberships.iter().flat_map(move |membership| {
            let network = project.network(&membership.network.value);
            let network = network.filter(|network| is_managed(network));
            let addresses =
                [(Family::V4, &membership.ipv4_address), (Family::V6, &membership.ipv6_address)];
            addresses.into_iter().filter_map(move |(family, address)| {
                let text = address.known().filter(|text| !text.trim().is_empty())?;
                Some((service, network?, family, text))
            })
        })
    })
}

fn placed(
    (project, all_projects): (&Project, &[Project]),
    network: &ComposeNetwork,
    family: Family,
    address: IpAddr,
    text: &Spanned<String>,
) -> Option<Diagnostic> {
    let name = &network.key.value;
    // Something that is not in view may state the subnet.
    if network.pools.is_unknown() || network.known_pools().iter().any(|it| it.subnet.is_unknown()) {
        return None;
    }
    let all = subnets(network);
    if all.len() < network.known_pools().len() {
        // One that cannot be read is told elsewhere.
        return None;
    }
    let of_family: Vec<_> =
        all.into_iter().filter(|subnet| Family::of(subnet.cidr.address) == family).collect();
    let Some(subnet) = of_family.iter().find(|subnet| subnet.range().contains_address(address))
    else {
        if of_family.is_empty() {
            // Another file of the folder may state it.
            if project.is_open || states_elsewhere(project, all_projects, network) {
                return None;
            }
            let message = format!("`{name}` has no subnet of {family} that holds {address}");
            return Some(Diagnostic::error(text.label(""), message).related(network.key.label("the network")).help(
                "Docker takes a static address on networks with a subnet of their own alone: give \
                 it one in `ipam.config`",
            ));
        }
        let message = format!("{address} lies outside of the subnet of `{name}`");
        let labels = of_family.iter().take(3).map(|it| it.text.label("the subnet"));
        return Some(
            Diagnostic::error(text.label(""), message)
                .related_all(labels)
                .help("the container does not start: \"no configured subnet contains IP address\""),
        );
    };
    reserved(network, subnet, address, text)
}

/// Whether another project with a file of the same folder gives the network a subnet: the file that
/// declares it is then one to put others upon.
fn states_elsewhere(project: &Project, projects: &[Project], network: &ComposeNetwork) -> bool {
    let folder = |path: &str| path.rsplit_once('/').map_or(0, |(folder, _)| folder.len());
    let declared_in = network.key.span.file;
    let Some(file) = project.files.iter().find(|file| file.file == declared_in) else {
        return true;
    };
    let of_folder = &file.path[..folder(&file.path)];
    projects.iter().any(|other| {
        let same = other.network(&network.key.value);
        same.is_some_and(|same| !same.known_pools().is_empty())
            && other.files.iter().any(|file| &file.path[..folder(&file.path)] == of_folder)
    })
}

/// Addresses that Docker keeps.
fn reserved(
    network: &ComposeNetwork,
    subnet: &Subnet<'_>,
    address: IpAddr,
    text: &Spanned<String>,
) -> Option<Diagnostic> {
    let range = subnet.range();
    let family = Family::of(address);
    let parsed = |field: &Field<String>| parse_address(field.value()?.trim()).ok();
    let is_wide = subnet.cidr.prefix + 1 < family.bits();
    let is_default_gateway = subnet.pool.gateway.is_absent()
        && subnet.pool.ip_range.is_absent()
        && has_gateway(network)
        && range.nth(1) == Some(address);
    let mut aux = subnet.pool.aux_addresses.iter();
    let whose = match () {
        () if is_wide && address == range.first() => "of the network itself",
        () if is_wide && family == Family::V4 && address == range.last() => "for broadcasts",
        () if parsed(&subnet.pool.gateway) == Some(address) => "of the gateway",
        () if is_wide && is_default_gateway => "that Docker gives to the gateway",
        () if aux.any(|(_, field)| parsed(field) == Some(address)) => "that `aux_addresses` keeps",
        () => return None,
    };
    let message = format!("{address} is the address {whose} on `{}`", network.key.value);
    Some(
        Diagnostic::error(text.label(""), message)
            .related(subnet.text.label("the subnet"))
            .help("the container does not start: \"Address already in use\""),
    )
}

/// Bridges may be told to have no address themselves.
fn has_gateway(network: &ComposeNetwork) -> bool {
    let leaves_out = |name: &str| name.contains("gateway_mode") || name.contains("inhibit_ipv4");
    !network.driver_options.iter().any(|(name, _)| leaves_out(&name.value))
}

/// Each container of a service asks for the same address.
fn several(service: &Service, address: IpAddr, text: &Spanned<String>) -> Option<Diagnostic> {
    let count = counts(service).find(|count| count.value > 1)?;
    let message = format!(
        "{} containers of `{}` ask for the one address {address}",
        count.value, service.name.value
    );
    Some(
        Diagnostic::error(text.label(""), message)
            .related(count.label("so many containers"))
            .help("leave the address out: others find them by the name of the service"),
    )
}

/// How many containers of a service there are, as far as it is said.
fn counts(service: &Service) -> impl Iterator<Item = &Spanned<u64>> {
    [&service.scale, &service.replicas].into_iter().filter_map(Field::known)
}
