//! Which ranges overlap, by one sweep over them in the order of addresses: never by comparing all
//! pairs.

use std::cmp::Reverse;

use super::range::IpRange;

/// For each range that overlaps an earlier one, in the order of addresses, the pair of the
/// innermost such range and itself, as indices. At most one pair a range, so that many ranges
/// inside one do not make pairs among all of them.
pub fn overlapping_pairs(ranges: &[IpRange]) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> = (0..ranges.len()).collect();
    let key = |index: &usize| {
        let range = ranges[*index];
        (range.family(), range.first(), Reverse(range.last()), *index)
    };
    order.sort_by_key(key);
    let mut open: Vec<usize> = Vec::new();
    let mut pairs = Vec::new();
    for index in order {
        while open.last().is_some_and(|outer| !ranges[*outer].overlaps(ranges[index])) {
            open.pop();
        }
        if let Some(outer) = open.last() {
            pairs.push((*outer, index));
        }
        open.push(index);
    }
    pairs
}

/// Ranges that hang together: each overlaps another one of its block, and none of another block.
#[derive(Clone, Debug)]
pub struct Block {
    pub range: IpRange,
    /// Indices, ascending.
    pub members: Vec<usize>,
}

/// The blocks of ranges in the order of addresses.
pub fn blocks(ranges: &[IpRange]) -> Vec<Block> {
    let mut order: Vec<usize> = (0..ranges.len()).collect();
    order.sort_by_key(|index| (ranges[*index], *index));
    let mut blocks: Vec<Block> = Vec::new();
    for index in order {
        match blocks.last_mut().filter(|block| block.range.overlaps(ranges[index])) {
            Some(block) => {
                block.range = block.range.hull(ranges[index]);
                block.members.push(index);
            }
            None => blocks.push(Block { range: ranges[index], members: vec![index] }),
        }
    }
    for block in &mut blocks {
        block.members.sort_unstable();
    }
    blocks
}

/// Which addresses are in any of several ranges.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Apart from each other, in the order of addresses.
    blocks: Vec<IpRange>,
}

impl Coverage {
    pub fn of(ranges: &[IpRange]) -> Coverage {
        Coverage { blocks: blocks(ranges).into_iter().map(|block| block.range).collect() }
    }

    pub fn overlaps(&self, range: IpRange) -> bool {
        self.block_at(range).is_some_and(|block| block.overlaps(range))
    }

    /// Whether every address of a range is in some range; a block leaves no gaps.
    pub fn contains(&self, range: IpRange) -> bool {
        self.block_at(range).is_some_and(|block| block.contains(range))
    }

    /// The first block that a range overlaps.
    pub fn first_overlap(&self, range: IpRange) -> Option<IpRange> {
        self.block_at(range).copied().filter(|block| block.overlaps(range))
    }

    /// What of a place no range covers, in the order of addresses.
    pub fn gaps_in(&self, place: IpRange) -> Vec<IpRange> {
        let start = |range: &IpRange| (range.family(), range.first());
        let from =
            self.blocks.partition_point(|block| (block.family(), block.last()) < start(&place));
        let mut gaps = Vec::new();
        let mut rest = Some(place);
        for block in self.blocks[from..].iter().take_while(|block| block.overlaps(place)) {
            let Some(open) = rest else { break };
            gaps.extend(open.before(*block));
            rest = open.after(*block);
        }
        gaps.extend(rest);
        gaps
    }

    /// The first block that does not end before a range.
    fn block_at(&self, range: IpRange) -> Option<&IpRange> {
        let start = |range: &IpRange| (range.family(), range.first());
        let index =
            self.blocks.partition_point(|block| (block.family(), block.last()) < start(&range));
        self.blocks.get(index)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::super::range::{Cidr, parse_cidr};
    use super::*;

    fn range(text: &str) -> IpRange {
        parse_cidr(text).expect(text).range()
    }

    /// Every pair that overlaps, by definition.
    fn all_pairs(ranges: &[IpRange]) -> Vec<(usize, usize)> {
        let mut pairs = Vec::new();
        for left in 0..ranges.len() {
            for right in left + 1..ranges.len() {
                if ranges[left].overlaps(ranges[right]) {
                    pairs.push((left, right));
                }
            }
        }
        pairs
    }

    #[test]
    fn adjacent_ranges_do_not_overlap() {
        let ranges = [range("10.233.0.0/18"), range("10.233.64.0/18")];
        assert_eq!(overlapping_pairs(&ranges), []);
        assert_eq!(blocks(&ranges).len(), 2);
    }

    #[test]
    fn gaps_are_what_is_left() {
        let coverage = Coverage::of(&[range("10.0.0.0/24"), range("10.0.2.0/24")]);
        let gaps = coverage.gaps_in(range("10.0.0.0/22"));
        let shown: Vec<String> = gaps.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["10.0.1.0/24", "10.0.3.0/24"]);
        assert_eq!(coverage.gaps_in(range("10.0.0.128/25")), []);
    }

    #[test]
    fn the_sweep_finds_every_range_that_overlaps_an_earlier_one() {
        let mut random = 7_u32;
        let mut next = |bound: u32| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 16) % bound
        };
        for _ in 0..200 {
            let ranges: Vec<IpRange> = (0..12)
                .map(|_| {
                    let first = next(60);
                    let last = first + next(12);
                    let address = |n: u32| IpAddr::V4(Ipv4Addr::from(n));
                    IpRange::new(address(first), address(last)).expect("a range")
                })
                .collect();
            let pairs = overlapping_pairs(&ranges);
            for (outer, inner) in &pairs {
                assert!(ranges[*outer].overlaps(ranges[*inner]));
            }
            let all = all_pairs(&ranges);
            assert_eq!(pairs.is_empty(), all.is_empty());
            let blocks = blocks(&ranges);
            let block_of =
                |index: usize| blocks.iter().position(|block| block.members.contains(&index));
            for (left, right) in all {
                assert_eq!(block_of(left), block_of(right));
            }
            // One block of n hangs together by n - 1 pairs.
            assert_eq!(pairs.len(), ranges.len() - blocks.len());
            let coverage = Coverage::of(&ranges[1..]);
            let overlaps = ranges[1..].iter().any(|range| range.overlaps(ranges[0]));
            assert_eq!(coverage.overlaps(ranges[0]), overlaps);
            let contains = coverage.blocks.iter().any(|block| block.contains(ranges[0]));
            assert_eq!(coverage.contains(ranges[0]), contains);
        }
    }

    #[test]
    fn many_ranges_inside_one_are_compared_in_no_time() {
        let mut ranges = vec![range("10.0.0.0/8")];
        for index in 0..100_000_u32 {
            let address = IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + index * 64));
            ranges.push(Cidr { address, prefix: 26 }.range());
        }
        assert_eq!(overlapping_pairs(&ranges).len(), 100_000);
        assert_eq!(blocks(&ranges).len(), 1);
    }
}
