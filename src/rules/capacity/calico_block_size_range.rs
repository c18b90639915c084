//! `calico-block-size-range`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::IpPool;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/capacity/calico-block-size-range.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    findings.extend(network.addresses.pools.iter().filter_map(out_of_range));
}

fn out_of_range(pool: &IpPool<'_>) -> Option<Diagnostic> {
    let size = pool.spec.block_size.known()?;
    let allowed = pool.allowed_block_sizes();
    // 0 means the default.
    if size.value == 0 || allowed.contains(&size.value) {
        return None;
    }
    let (first, last) = (allowed.start(), allowed.end());
    let message = format!(
        "`blockSize` is {}, and {first} to {last} are allowed for {}",
        size.value,
        pool.family()
    );
    Some(
        Diagnostic::error(size.label(""), message)
            .related(pool.span.label("IP pool"))
            .help("it is the prefix length of a block, not the number of its addresses"),
    )
}
