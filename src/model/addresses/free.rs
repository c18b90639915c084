//! Ranges of private addresses that nothing in the plan overlaps, to propose to people.

use super::overlap::Coverage;
use super::range::{Cidr, Family, IpRange, parse_cidr};
use super::{AddressRange, Role};

/// Where to look, by preference: first what installers choose, then the rest of the private space
/// (RFC 1918, RFC 4193) without the defaults of Docker (172.17.0.0/16 to 172.31.0.0/16 and
/// 192.168.0.0/16, moby `daemon/libnetwork/ipamutils`), which hosts often have unseen.
const V4_PODS: [&str; 4] = ["10.244.0.0/16", "10.128.0.0/9", "10.0.0.0/9", "100.64.0.0/10"];
const V4_SERVICES: [&str; 4] = ["10.96.0.0/12", "10.112.0.0/12", "10.128.0.0/9", "10.0.0.0/9"];
/// Where Docker looks by itself, but for its default bridge, and the end of the largest private
/// range.
const V4_DOCKER: [&str; 4] = ["172.24.0.0/13", "172.18.0.0/15", "192.168.0.0/16", "10.192.0.0/10"];
const V6_DOCKER: [&str; 1] = ["fd00:d0c::/32"];
const V6_PODS: [&str; 2] = ["fd00:10:244::/56", "fd00:10::/32"];
const V6_SERVICES: [&str; 2] = ["fd00:10:96::/112", "fd00:11::/32"];

/// After so many ranges in the way a place counts as full.
const MOST_STEPS: usize = 1_000;

/// A proposal is this many times smaller at the most than what it replaces, as a power of two.
const MOST_BITS_LESS: u8 = 4;

/// What is taken, so that something else can be proposed.
#[derive(Debug, Default)]
pub struct Free {
    taken: Coverage,
}

impl Free {
    pub(super) fn of(ranges: &[AddressRange<'_>]) -> Free {
        let taken: Vec<IpRange> = ranges.iter().map(|range| range.range).collect();
        Free { taken: Coverage::of(&taken) }
    }

    /// A free range that can take the place of a pod range: as large as that one, if there is
    /// one, and never larger.
    pub fn for_pods(&self, instead_of: IpRange) -> Option<IpRange> {
        self.find(
            instead_of,
            match instead_of.family() {
                Family::V4 => &V4_PODS,
                Family::V6 => &V6_PODS,
            },
        )
    }

    /// The same for a range of Services.
    pub fn for_services(&self, instead_of: IpRange) -> Option<IpRange> {
        self.find(
            instead_of,
            match instead_of.family() {
                Family::V4 => &V4_SERVICES,
                Family::V6 => &V6_SERVICES,
            },
        )
    }

    /// The same for a range of a role.
    pub fn for_role(&self, role: Role, instead_of: IpRange) -> Option<IpRange> {
        match role {
            Role::Service => self.for_services(instead_of),
            Role::Docker => self.find(
                instead_of,
                match instead_of.family() {
                    Family::V4 => &V4_DOCKER,
                    Family::V6 => &V6_DOCKER,
                },
            ),
            _ => self.for_pods(instead_of),
        }
    }

    fn find(&self, instead_of: IpRange, places: &[&str]) -> Option<IpRange> {
        let bits = instead_of.family().bits();
        // Of a range from one address to another, the CIDR that would hold as much.
        let host_bits = 128 - (instead_of.size() - 1).leading_zeros();
        let prefix = bits - host_bits as u8;
        let smallest = bits.min(prefix + MOST_BITS_LESS);
        (prefix..=smallest).find_map(|prefix| {
            places.iter().find_map(|place| {
                let place = parse_cidr(place).expect("internal error: a place that is no CIDR");
                self.first_in(place.range(), prefix)
            })
        })
    }

    /// The first free range of a length inside another one.
    fn first_in(&self, place: IpRange, prefix: u8) -> Option<IpRange> {
        let mut candidate = Cidr { address: place.first(), prefix }.range();
        for _ in 0..MOST_STEPS {
            if !place.contains(candidate) {
                return None;
            }
            let Some(taken) = self.taken.first_overlap(candidate) else { return Some(candidate) };
            // The next one of its length after what is taken.
            let behind = IpRange::new(candidate.first(), taken.last())?;
            let next = behind.next_address()?;
            let aligned = Cidr { address: next, prefix }.range();
            candidate = match aligned.first() == next {
                true => aligned,
                false => Cidr { address: aligned.next_address()?, prefix }.range(),
            };
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> IpRange {
        parse_cidr(text).expect(text).range()
    }

    fn free(taken: &[&str]) -> Free {
        let taken: Vec<IpRange> = taken.iter().map(|text| range(text)).collect();
        Free { taken: Coverage::of(&taken) }
    }

    fn shown(range: Option<IpRange>) -> String {
        range.map_or("none".to_owned(), |range| range.to_string())
    }

    #[test]
    fn a_proposal_is_free_and_as_large_as_what_it_replaces() {
        let table: [(&[&str], &str, &str); 6] = [
            (&["10.96.0.0/12"], "10.96.0.0/16", "10.244.0.0/16"),
            (&["10.244.3.0/24"], "10.244.0.0/16", "10.128.0.0/16"),
            (&["10.0.0.0/8"], "10.0.0.0/8", "100.64.0.0/10"),
            (&["10.0.0.0/8", "100.64.0.0/10"], "10.0.0.0/16", "none"),
            (&["10.244.0.0/16", "10.128.0.0/15"], "192.168.0.0/16", "10.130.0.0/16"),
            (&["fd00:10:244::/56"], "fd00:10:244::/56", "fd00:10::/56"),
        ];
        for (taken, instead_of, expected) in table {
            assert_eq!(shown(free(taken).for_pods(range(instead_of))), expected, "{taken:?}");
        }
        let services = free(&["10.96.0.0/24"]).for_services(range("10.96.0.0/12"));
        assert_eq!(shown(services), "10.112.0.0/12");
        let services = free(&["10.96.0.0/24"]).for_services(range("10.96.0.0/16"));
        assert_eq!(shown(services), "10.97.0.0/16");
    }

    #[test]
    fn ranges_from_one_address_to_another_are_replaced_by_cidrs() {
        let pool = IpRange::new("10.0.0.10".parse().unwrap(), "10.0.0.250".parse().unwrap());
        assert_eq!(shown(free(&[]).for_pods(pool.unwrap())), "10.244.0.0/24");
    }
}
