//! `compose-subnet-invalid`: see the page.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::diagnostic::{Diagnostic, Edit, Fix, Place, Safety};
use crate::model::addresses::overlap::overlapping_pairs;
use crate::model::addresses::range::{parse_address, parse_cidr};
use crate::model::addresses::{Family, IpRange};
use crate::model::compose::{ComposeNetwork, NetworkIdentity, Pool, Project, ProjectKind};
use crate::model::compose_addresses::{
    Space, Subnet, are_apart, is_made, is_managed, space, subnets,
};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/compose-subnet-invalid.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let all_have_ipv6 = network.docker.readable().any(|daemon| {
        let mut options =
            daemon.network().default_network_opts.iter().flat_map(|(_, options)| options);
        options.any(|option| option.name.ends_with("enable_ipv6"))
    });
    for project in &network.compose.projects {
        for network in project.networks.iter().filter(|network| is_managed(network)) {
            for pool in network.known_pools() {
                entry(pool, findings);
            }
            if !all_have_ipv6 {
                without_ipv6(network, findings);
            }
            within(network, findings);
        }
        for space in [Space::Host, Space::Swarm] {
            between(project, space, findings);
        }
    }
    neighbours(&network.compose.projects, findings);
}

fn entry(pool: &Pool, findings: &mut Findings<'_>) {
    let text = match &pool.subnet {
        Field::Known(text) => text,
        Field::Unknown(_) => return,
        Field::Absent => {
            findings.add(
                Diagnostic::error(
                    pool.span.label(""),
                    "an entry of `ipam.config` without `subnet`",
                )
                .help(
                    "each dash begins a network of its own, and Docker refuses one without a \
                         subnet: \"invalid CIDR address\"; what belongs to the subnet above stands \
                         under it without a dash",
                ),
            );
            return;
        }
    };
    let cidr = match parse_cidr(text.trim()) {
        Ok(cidr) => cidr,
        Err(fault) => {
            let message = format!("`{}` is no subnet: {fault}", text.value);
            findings.add(
                Diagnostic::error(text.label(""), message).help("Docker does not make the network"),
            );
            return;
        }
    };
    let subnet = cidr.range();
    if cidr.has_host_bits() {
        findings.add(host_bits(text, cidr.address, subnet, cidr.prefix));
    }
    if let Some(part) = pool.ip_range.known() {
        match parse_cidr(part.trim()) {
            Ok(cidr) if !subnet.contains(cidr.range()) => {
                let message = format!(
                    "`ip_range` `{}` {} the subnet `{subnet}`",
                    cidr.range(),
                    if subnet.overlaps(cidr.range()) {
                        "is larger than"
                    } else {
                        "lies outside of"
                    }
                );
                findings.add(
                    Diagnostic::error(part.label(""), message)
                        .related(text.label("the subnet"))
                        .help("containers get their addresses out of this part of the subnet"),
                );
            }
            Ok(cidr) if cidr.has_host_bits() => {
                findings.add(host_bits(part, cidr.address, cidr.range(), cidr.prefix));
            }
            Ok(_) => {}
            Err(fault) => {
                let message = format!("`{}` is no range: {fault}", part.value);
                findings.add(Diagnostic::error(part.label(""), message));
            }
        }
    }
    let gateway = pool.gateway.known().map(|gateway| ("the gateway", gateway));
    let reserved = pool.aux_addresses.iter().filter_map(|(_, address)| address.known());
    let reserved = reserved.map(|address| ("the reserved address", address));
    for (what, address) in gateway.into_iter().chain(reserved) {
        // Some write the gateway with the length of the prefix, as other formats want it.
        match parse_address(address.trim()) {
            Ok(parsed) if !subnet.contains_address(parsed) => {
                let message = format!("{what} {parsed} lies outside of the subnet `{subnet}`");
                findings.add(
                    Diagnostic::error(address.label(""), message)
                        .related(text.label("the subnet"))
                        .help("Docker does not make the network"),
                );
            }
            Ok(_) => {}
            Err(fault) => {
                let message = format!("{what} `{}` is no address: {fault}", address.value);
                findings.add(Diagnostic::error(address.label(""), message));
            }
        }
    }
}

fn host_bits(text: &Spanned<String>, address: IpAddr, range: IpRange, prefix: u8) -> Diagnostic {
    let canonical = format!("{}/{prefix}", range.first());
    let message = format!("`{address}/{prefix}` has host bits set, which Docker refuses");
    let diagnostic = Diagnostic::error(text.label(""), message).help(format!(
        "write `{canonical}`, which is {} to {}",
        range.first(),
        range.last()
    ));
    // A value that a variable brings is not written here.
    let is_written = matches!(text.span.len().checked_sub(text.value.len()), Some(0 | 2));
    match is_written {
        true => diagnostic.fix(Fix {
            title: format!("write `{canonical}`"),
            safety: Safety::Safe,
            edits: vec![Edit { span: text.part(0..text.value.len()), text: canonical }],
        }),
        false => diagnostic,
    }
}

fn without_ipv6(network: &ComposeNetwork, findings: &mut Findings<'_>) {
    let switch = &network.enable_ipv6;
    if switch.is_unknown() || switch.value() == Some(&true) {
        return;
    }
    for subnet in subnets(network) {
        if Family::of(subnet.cidr.address) == Family::V6 {
            let message = format!(
                "`{}` has the subnet `{}` of IPv6 and no `enable_ipv6: true`",
                network.key.value,
                subnet.range()
            );
            findings.add(
                Diagnostic::warning(subnet.text.label(""), message)
                    .help("containers get no address of IPv6: add `enable_ipv6: true`"),
            );
        }
    }
}

/// The entries of one network.
fn within(network: &ComposeNetwork, findings: &mut Findings<'_>) {
    told(&subnets(network), |_, _| true, findings);
}

/// The networks of one project.
fn between(project: &Project, wanted: Space, findings: &mut Findings<'_>) {
    let networks = project.networks.iter().filter(|network| {
        space(project, network) == Some(wanted)
            && (wanted == Space::Swarm || is_made(project, network))
    });
    let all: Vec<Subnet<'_>> = networks.flat_map(subnets).collect();
    told(&all, |one, other| are_apart(one.network, other.network), findings);
}

/// Projects in folders side by side, which many people run on one host.
fn neighbours(projects: &[Project], findings: &mut Findings<'_>) {
    let mut beside: BTreeMap<&str, Vec<(usize, Subnet<'_>)>> = BTreeMap::new();
    for (index, project) in projects.iter().enumerate() {
        let Some((folder, _)) = project.files.first().and_then(|it| it.path.rsplit_once('/'))
        else {
            continue;
        };
        if project.kind != ProjectKind::Found {
            continue;
        }
        let parent = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
        let networks = project.networks.iter().filter(|network| {
            space(project, network) == Some(Space::Host) && is_made(project, network)
        });
        let all = networks.flat_map(subnets).map(|subnet| (index, subnet));
        beside.entry(parent).or_default().extend(all);
    }
    for subnets in beside.values() {
        let ranges: Vec<IpRange> = subnets.iter().map(|(_, subnet)| subnet.range()).collect();
        for (outer, inner) in overlapping_pairs(&ranges) {
            let ((one, wide), (other, narrow)) = (&subnets[outer], &subnets[inner]);
            if one == other || is_shared(wide, narrow) {
                continue;
            }
            let message = format!(
                "the subnet `{}` of `{}` {} the subnet `{}` of a project beside it",
                narrow.range(),
                narrow.network.key.value,
                narrow.range().relation(wide.range()),
                wide.range(),
            );
            findings.add(
                Diagnostic::info(narrow.text.label(""), message)
                    .related(wide.text.label("the other subnet"))
                    .help("on one host, Docker refuses the one that is started second"),
            );
        }
    }
}

/// Whether two projects may mean one network: both name it, or have it from one file.
fn is_shared(one: &Subnet<'_>, other: &Subnet<'_>) -> bool {
    let made_by_key =
        |subnet: &Subnet<'_>| matches!(subnet.network.identity(), NetworkIdentity::Key(_));
    one.text.span == other.text.span
        || !((made_by_key(one) && made_by_key(other)) || are_apart(one.network, other.network))
}

fn told(
    subnets: &[Subnet<'_>],
    counts: impl Fn(&Subnet<'_>, &Subnet<'_>) -> bool,
    findings: &mut Findings<'_>,
) {
    let ranges: Vec<IpRange> = subnets.iter().map(Subnet::range).collect();
    for (outer, inner) in overlapping_pairs(&ranges) {
        let (wide, narrow) = (&subnets[outer], &subnets[inner]);
        if !counts(wide, narrow) {
            continue;
        }
        let message = format!(
            "the subnet `{}` of `{}` {} the subnet `{}` of `{}`",
            narrow.range(),
            narrow.network.key.value,
            narrow.range().relation(wide.range()),
            wide.range(),
            wide.network.key.value,
        );
        findings.add(
            Diagnostic::error(narrow.text.label(""), message)
                .related(wide.text.label("the other subnet"))
                .help(
                    "Docker makes the first of the two, and refuses the second: \"Pool overlaps \
                     with other one on this address space\"",
                ),
        );
    }
}
