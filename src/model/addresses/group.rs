//! Statements side by side: those of one range, and those that collide.

use rustc_hash::FxHashMap;

use super::overlap::blocks;
use super::{AddressRange, IpRange};

/// One range with every place that states it, the weightiest first.
#[derive(Clone, Debug)]
pub struct Group<'p, 'a> {
    pub range: IpRange,
    pub statements: Vec<&'p AddressRange<'a>>,
}

/// Groups statements by range, in the order in which each range comes first.
pub fn by_range<'p, 'a>(
    ranges: impl IntoIterator<Item = &'p AddressRange<'a>>,
) -> Vec<Group<'p, 'a>> {
    let mut groups: Vec<Group<'p, 'a>> = Vec::new();
    let mut known: FxHashMap<IpRange, usize> = FxHashMap::default();
    for statement in ranges {
        let index = *known.entry(statement.range).or_insert_with(|| {
            groups.push(Group { range: statement.range, statements: Vec::new() });
            groups.len() - 1
        });
        groups[index].statements.push(statement);
    }
    for group in &mut groups {
        group.statements.sort_by_key(|statement| weight(statement));
    }
    groups
}

/// What is written before what is a default, and what decides before what repeats.
fn weight(statement: &AddressRange<'_>) -> impl Ord + use<> {
    (statement.known, statement.source, statement.span)
}

/// Ranges of one side that overlap ranges of another side.
#[derive(Clone, Debug)]
pub struct Collision<'p, 'a> {
    /// The weightiest first, which overlaps the first of the others.
    pub left: Vec<&'p AddressRange<'a>>,
    pub right: Vec<&'p AddressRange<'a>>,
}

/// A range that collides with more than this many others is told by the first of them.
const MAX_COLLISIONS: usize = 100;

/// Finds where two sides overlap. Ranges of one side that overlap each other, such as a pool
/// inside the pod range, are told once.
pub fn collisions<'p, 'a>(
    left: &[&'p AddressRange<'a>],
    right: &[&'p AddressRange<'a>],
) -> Vec<Collision<'p, 'a>> {
    let mut right: Vec<(Side<'p, 'a>, usize)> =
        sides(right).into_iter().map(|side| (side, 0)).collect();
    let mut found = Vec::new();
    for ours in sides(left) {
        // Sides are in the order of addresses, like the blocks that they are made of.
        let start = right.partition_point(|(theirs, _)| {
            theirs.range < ours.range && !theirs.range.overlaps(ours.range)
        });
        let others = right[start..].iter_mut();
        let others = others.take_while(|(theirs, _)| theirs.range.overlaps(ours.range));
        for (theirs, count) in others.take(MAX_COLLISIONS) {
            *count += 1;
            if *count <= MAX_COLLISIONS {
                found.extend(collide(&ours, theirs));
            }
        }
    }
    found
}

/// Ranges that hang together, the weightiest first.
struct Side<'p, 'a> {
    range: IpRange,
    members: Vec<&'p AddressRange<'a>>,
}

fn sides<'p, 'a>(statements: &[&'p AddressRange<'a>]) -> Vec<Side<'p, 'a>> {
    let ranges: Vec<IpRange> = statements.iter().map(|statement| statement.range).collect();
    let blocks = blocks(&ranges).into_iter();
    blocks
        .map(|block| {
            let mut members: Vec<_> =
                block.members.iter().map(|index| statements[*index]).collect();
            members.sort_by_key(|statement| weight(statement));
            Side { range: block.range, members }
        })
        .collect()
}

/// Ranges that hang together leave no gaps, so whatever overlaps all of them overlaps one.
fn collide<'p, 'a>(ours: &Side<'p, 'a>, theirs: &Side<'p, 'a>) -> Option<Collision<'p, 'a>> {
    let first = ours.members.iter().find(|range| range.range.overlaps(theirs.range))?;
    let meeting = |side: &Side<'p, 'a>, other: IpRange| -> Vec<_> {
        side.members.iter().filter(|range| range.range.overlaps(other)).copied().collect()
    };
    let right = meeting(theirs, first.range);
    let left = meeting(ours, right.first()?.range);
    Some(Collision { left, right })
}

/// Addresses inside a range.
#[derive(Clone, Debug)]
pub struct Inside<'p, 'a> {
    /// Those of the range, the weightiest first, and others that hold the first address.
    pub ranges: Vec<&'p AddressRange<'a>>,
    /// By address, and each once.
    pub addresses: Vec<&'p AddressRange<'a>>,
}

/// Finds single addresses inside ranges; each is told once, for the weightiest range.
pub fn inside<'p, 'a>(
    addresses: impl IntoIterator<Item = &'p AddressRange<'a>>,
    ranges: &[&'p AddressRange<'a>],
) -> Vec<Inside<'p, 'a>> {
    let mut addresses: Vec<&AddressRange<'a>> = addresses.into_iter().collect();
    addresses.sort_by_key(|address| (address.range, address.span));
    addresses.dedup_by_key(|address| address.range);
    let mut taken = vec![false; addresses.len()];
    let mut groups = by_range(ranges.iter().copied());
    groups.sort_by_key(|group| weight(group.statements[0]));
    let mut found: Vec<Inside<'p, 'a>> = Vec::new();
    for group in &groups {
        let start = addresses.partition_point(|address| {
            address.range < group.range && !group.range.contains(address.range)
        });
        let count = addresses[start..]
            .iter()
            .take_while(|address| group.range.contains(address.range))
            .count();
        // CIDRs nest, so an address lies in at most 129 different ones.
        let new: Vec<usize> = (start..start + count).filter(|index| !taken[*index]).collect();
        if new.is_empty() {
            if count > 0 {
                // A range that says the same about addresses that have been told.
                let told = addresses[start].range;
                let same = found.iter_mut().find(|inside| {
                    inside.ranges[0].range.contains(told) && inside.ranges.len() < 4
                });
                if let Some(inside) = same {
                    inside.ranges.push(group.statements[0]);
                }
            }
            continue;
        }
        new.iter().for_each(|index| taken[*index] = true);
        let addresses = new.iter().map(|index| addresses[*index]).collect();
        found.push(Inside { ranges: group.statements.clone(), addresses });
    }
    found
}
