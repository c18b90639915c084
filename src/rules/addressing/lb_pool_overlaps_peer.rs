//! `lb-pool-overlaps-peer`: see the page.

use super::lb_pool_overlap::pools;
use crate::diagnostic::{Diagnostic, Place};
use crate::model::addresses::group::collisions;
use crate::model::joined::Joined;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/lb-pool-overlaps-peer.md"),
    check: Check::Joined(check),
};

fn check(groups: &[Joined<'_, '_>], findings: &mut Findings<'_>) {
    for group in groups {
        for (index, network) in group.networks.iter().enumerate() {
            for earlier in &group.networks[..index] {
                let (own, others) = (pools(&network.addresses), pools(&earlier.addresses));
                for collision in collisions(&own, &others) {
                    let (pool, other) = (collision.left[0], collision.right[0]);
                    // A file that both have is changed for each of them, or it would not be there.
                    if pool.span == other.span {
                        continue;
                    }
                    let name = &earlier.settings.name;
                    let relation = pool.range.relation(other.range);
                    let message = format!(
                        "{} {relation} the {} of the cluster `{name}`",
                        pool.title(),
                        other.title()
                    );
                    findings.add(
                        Diagnostic::warning(pool.span.label(""), message)
                            .related(other.span.label(format!("pool of the cluster `{name}`")))
                            .help("give each cluster a part of its own: both would hand out the same addresses on one network"),
                    );
                }
            }
        }
    }
}
