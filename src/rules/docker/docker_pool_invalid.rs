//! `docker-pool-invalid`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::addresses::Family;
use crate::model::addresses::overlap::overlapping_pairs;
use crate::model::addresses::range::parse_cidr;
use crate::model::docker::{AddressPool, Daemon};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/docker-pool-invalid.md"),
    check: Check::Network(check),
};

/// A network of IPv4 with this prefix has one address for a container, beside the network's own,
/// the gateway's and the one for broadcasts.
const SMALLEST: i64 = 30;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for daemon in network.docker.readable() {
        for pool in &daemon.network().default_address_pools {
            findings.extend(one(pool));
        }
        overlaps(daemon, findings);
    }
}

fn one(pool: &AddressPool) -> Option<Diagnostic> {
    let refused = "dockerd does not start with it";
    if pool.base.is_absent() {
        return Some(Diagnostic::error(pool.span.label(""), "a pool without `base`").help(refused));
    }
    if pool.size.is_absent() {
        let message = "a pool without `size`, the prefix length of its networks";
        return Some(Diagnostic::error(pool.span.label(""), message).help(refused));
    }
    let (base, size) = (pool.base.known()?, pool.size.known()?);
    let cidr = parse_cidr(base.trim()).ok()?;
    let family = Family::of(cidr.address);
    let place = size.label("");
    let size = size.value;
    if size < i64::from(cidr.prefix) {
        let message = format!(
            "networks of /{size} do not fit into the base `{}`, which is a /{}",
            base.trim(),
            cidr.prefix
        );
        let help = format!("{refused}: choose a size from {} on", cidr.prefix);
        return Some(Diagnostic::error(place, message).related(base.label("the base")).help(help));
    }
    if size > i64::from(family.bits()) {
        let message =
            format!("a prefix of {size} is beyond the {} bits of {family}", family.bits());
        return Some(Diagnostic::error(place, message));
    }
    (family == Family::V4 && size > SMALLEST).then(|| {
        let message = format!("a network of /{size} has no address for a container");
        Diagnostic::warning(place, message)
            .help("beside the gateway's a network needs an address for each container: 24 is usual")
    })
}

/// The daemon keeps the wider of two.
fn overlaps(daemon: &Daemon<'_>, findings: &mut Findings<'_>) {
    let bases = daemon.network().default_address_pools.iter().map(|pool| &pool.base);
    let bases: Vec<_> = bases
        .filter_map(Field::known)
        .filter_map(|base| Some((parse_cidr(base.trim()).ok()?.range(), base)))
        .collect();
    let ranges: Vec<_> = bases.iter().map(|(range, _)| *range).collect();
    for (outer, inner) in overlapping_pairs(&ranges) {
        let ((wide, wide_base), (narrow, narrow_base)) = (bases[outer], bases[inner]);
        let message = format!("the pool `{narrow}` {} the pool `{wide}`", narrow.relation(wide));
        findings.add(
            Diagnostic::info(narrow_base.label(""), message)
                .related(wide_base.label("the other pool"))
                .help("Docker leaves one of them out"),
        );
    }
}
