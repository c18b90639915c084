//! `compose-hardcoded-container-ip`: see the page.

use std::net::IpAddr;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::addresses::range::parse_address;
use crate::model::compose::{ComposeNetwork, How, Project, Service, Told};
use crate::model::compose_addresses::{Subnet, subnets};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/compose-hardcoded-container-ip.md"),
    check: Check::Network(check),
};

/// Parts of the names of variables that hold ranges, own addresses, or whom to believe.
const OTHER_USES: [&str; 16] = [
    "ALLOW",
    "BIND",
    "BLOCK",
    "CIDR",
    "DENY",
    "FORWARDED",
    "GATEWAY",
    "IGNORE",
    "LISTEN",
    "NETMASK",
    "NETWORK",
    "PROXY",
    "PROXIES",
    "RANGE",
    "SUBNET",
    "TRUST",
];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for project in &network.compose.projects {
        for service in &project.services {
            let networks: Vec<&ComposeNetwork> = service
                .memberships
                .iter()
                .filter_map(|membership| project.network(&membership.network.value))
                .collect();
            let subnets: Vec<Subnet<'_>> =
                networks.iter().flat_map(|network| subnets(network)).collect();
            if subnets.is_empty() {
                continue;
            }
            for told in service.told.iter().filter(|told| may_name_others(told)) {
                findings.extend(one(project, service, &subnets, told));
            }
        }
    }
}

fn may_name_others(told: &Told) -> bool {
    match &told.how {
        How::Variable(name) => {
            let name = name.to_ascii_uppercase();
            !OTHER_USES.iter().any(|part| name.contains(part))
        }
        How::Command => true,
        How::HealthCheck => false,
    }
}

fn one(
    project: &Project,
    service: &Service,
    subnets: &[Subnet<'_>],
    told: &Told,
) -> Option<Diagnostic> {
    let (address, range) = addresses(&told.text.value).into_iter().find(|(address, _)| {
        subnets.iter().any(|subnet| is_handed_out(subnet, *address))
            && !is_somebodys(project, *address)
    })?;
    let subnet = subnets.iter().find(|subnet| is_handed_out(subnet, address))?;
    let message = format!(
        "`{}` is told the address {address} of `{}`, which no service has for its own",
        service.name.value, subnet.network.key.value
    );
    let span = if told.is_written { told.text.part(range) } else { told.text.span };
    Some(
        Diagnostic::warning(span.label(""), message)
            .related(subnet.text.label("Docker hands out addresses of this subnet"))
            .help(
                "containers get their addresses in the order in which they start: use the name of \
                 the service, or give it an `ipv4_address`",
            ),
    )
}

/// Whether a container may get the address from Docker: not the gateway's and the like.
fn is_handed_out(subnet: &Subnet<'_>, address: IpAddr) -> bool {
    let pool = subnet.pool;
    let range = subnet.range();
    let written =
        |field: &Field<String>| field.value().and_then(|it| parse_address(it.trim()).ok());
    let kept = [range.nth(0), range.nth(1), Some(range.last()), written(&pool.gateway)];
    let is_aux = pool.aux_addresses.iter().any(|(_, field)| written(field) == Some(address));
    range.contains_address(address)
        && pool.ip_range.is_absent()
        && !pool.gateway.is_unknown()
        && !kept.contains(&Some(address))
        && !is_aux
}

/// Whether a service asks for the address, or for one that is not known.
fn is_somebodys(project: &Project, address: IpAddr) -> bool {
    let mut memberships = project.services.iter().flat_map(|service| &service.memberships);
    project.is_open
        || memberships.any(|membership| {
            let fields = [&membership.ipv4_address, &membership.ipv6_address];
            fields.into_iter().any(|field| match field {
                Field::Absent => false,
                Field::Unknown(_) => true,
                Field::Known(text) => match parse_address(text.trim()) {
                    Ok(known) => known == address,
                    Err(_) => true,
                },
            })
        })
}

/// The addresses of IPv4 in a text, with their places; ranges are left out.
fn addresses(text: &str) -> Vec<(IpAddr, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    while let Some(start) = text[at..].find(|c: char| c.is_ascii_digit()).map(|it| at + it) {
        let word_start = text[..start]
            .rfind(|c: char| !is_part(c))
            .map_or(0, |before| before + text[before..].chars().next().map_or(1, char::len_utf8));
        let end = text[start..].find(|c| !is_part(c)).map_or(text.len(), |it| start + it);
        at = end;
        let word = text[start..end].trim_end_matches('.');
        let is_range = text[end..].starts_with('/')
            && text[end + 1..].starts_with(|c: char| c.is_ascii_digit())
            && !text[..start].ends_with("//")
            && !text[..start].contains("://");
        if word_start != start || is_range {
            continue;
        }
        if let Ok(address @ IpAddr::V4(_)) = parse_address(word) {
            found.push((address, start..start + word.len()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_texts() {
        for (text, expected) in [
            ("172.20.0.3", "172.20.0.3"),
            ("http://172.20.0.3:8080/24", "172.20.0.3"),
            ("postgres://a:b@172.20.0.3/db", "172.20.0.3"),
            ("172.20.0.0/16", ""),
            ("10.0.0.1,10.0.0.2:53", "10.0.0.1 10.0.0.2"),
            ("v1.2.3.4", ""),
            ("1.2.3", ""),
            ("é1.2.3.4é", "1.2.3.4"),
            ("a-1.2.3.4", ""),
        ] {
            let found = addresses(text).into_iter();
            let shown: Vec<String> = found
                .map(|(address, range)| {
                    assert_eq!(text[range].to_owned(), address.to_string());
                    address.to_string()
                })
                .collect();
            assert_eq!(shown.join(" "), expected, "{text}");
        }
    }
}
