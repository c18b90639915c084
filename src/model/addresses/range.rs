//! Ranges of IP addresses, and what a text means as one.
//!
//! An IPv4-mapped address of IPv6 (`::ffff:10.0.0.1`) is the IPv4 address. Texts are checked here
//! rather than by a library, because a person wants to know which part of one is wrong.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    V4,
    V6,
}

impl Family {
    /// The length of an address in bits: 32 or 128.
    pub fn bits(self) -> u8 {
        match self {
            Family::V4 => 32,
            Family::V6 => 128,
        }
    }

    pub fn of(address: IpAddr) -> Family {
        match address {
            IpAddr::V4(_) => Family::V4,
            IpAddr::V6(_) => Family::V6,
        }
    }

    pub const ALL: [Family; 2] = [Family::V4, Family::V6];
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Family::V4 => "IPv4",
            Family::V6 => "IPv6",
        })
    }
}

/// All addresses of one family from the first to the last. The order is that of addresses, IPv4
/// first; of two ranges that start together the smaller one comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IpRange {
    family: Family,
    first: u128,
    last: u128,
}

impl IpRange {
    /// `None` for the wrong way round, or across families.
    pub fn new(first: IpAddr, last: IpAddr) -> Option<IpRange> {
        let family = Family::of(first);
        if family != Family::of(last) {
            return None;
        }
        let (first, last) = (number(first), number(last));
        (first <= last).then_some(IpRange { family, first, last })
    }

    pub fn single(address: IpAddr) -> IpRange {
        let first = number(address);
        IpRange { family: Family::of(address), first, last: first }
    }

    pub fn family(self) -> Family {
        self.family
    }

    pub fn first(self) -> IpAddr {
        address(self.family, self.first)
    }

    pub fn last(self) -> IpAddr {
        address(self.family, self.last)
    }

    /// How many addresses; `u128::MAX` stands for the 2^128 of `::/0`.
    pub fn size(self) -> u128 {
        (self.last - self.first).saturating_add(1)
    }

    /// The address at an offset from the first: of a service range, 1 is that of the Service
    /// `kubernetes`, and 10 that of kubeadm's cluster DNS.
    pub fn nth(self, offset: u128) -> Option<IpAddr> {
        let at = self.first.checked_add(offset)?;
        (at <= self.last).then(|| address(self.family, at))
    }

    pub fn contains(self, other: IpRange) -> bool {
        self.family == other.family && self.first <= other.first && other.last <= self.last
    }

    pub fn contains_address(self, address: IpAddr) -> bool {
        self.contains(IpRange::single(address))
    }

    pub fn overlaps(self, other: IpRange) -> bool {
        self.family == other.family && self.first <= other.last && other.first <= self.last
    }

    /// How this range lies to one that it overlaps, as the middle of a sentence.
    pub fn relation(self, other: IpRange) -> &'static str {
        match (other.contains(self), self.contains(other)) {
            (true, true) => "equals",
            (true, false) => "lies inside",
            (false, true) => "contains",
            (false, false) => "overlaps",
        }
    }

    /// The part of it that lies before another one.
    pub fn before(self, other: IpRange) -> Option<IpRange> {
        let last = other.first.checked_sub(1)?.min(self.last);
        (self.first <= last).then_some(IpRange { last, ..self })
    }

    /// The part of it that lies behind another one.
    pub fn after(self, other: IpRange) -> Option<IpRange> {
        let first = other.last.checked_add(1)?.max(self.first);
        (first <= self.last).then_some(IpRange { first, ..self })
    }

    /// All addresses of a family.
    pub fn everything(family: Family) -> IpRange {
        let last = match family {
            Family::V4 => u128::from(u32::MAX),
            Family::V6 => u128::MAX,
        };
        IpRange { family, first: 0, last }
    }

    /// Its parts between the ends of others, in the order of addresses.
    pub fn cut(self, others: &[IpRange]) -> Vec<IpRange> {
        let inside = |start: &u128| *start > self.first && *start <= self.last;
        let starts = others
            .iter()
            .filter(|other| other.family == self.family)
            .flat_map(|other| [Some(other.first), other.last.checked_add(1)].into_iter().flatten());
        let mut starts: Vec<u128> = starts.filter(inside).chain([self.first]).collect();
        starts.sort_unstable();
        starts.dedup();
        let ends = starts.iter().skip(1).map(|start| start - 1).chain([self.last]);
        starts
            .iter()
            .zip(ends)
            .map(|(first, last)| IpRange { first: *first, last, ..self })
            .collect()
    }

    /// The CIDRs that it is made of, in the order of addresses: 254 at the most.
    pub fn cidrs(self) -> Vec<IpRange> {
        let mut cidrs = Vec::new();
        let mut rest = Some(self);
        while let Some(open) = rest {
            let aligned = open.first.trailing_zeros().min(127);
            let fitting = (open.last - open.first).saturating_add(1).ilog2();
            let host_bits = aligned.min(fitting).min(u32::from(self.family.bits()));
            let last = open.first + ((1_u128 << host_bits) - 1);
            let cidr = IpRange { last, ..open };
            cidrs.push(cidr);
            rest = open.after(cidr);
        }
        cidrs
    }

    /// The address behind its last one.
    pub fn next_address(self) -> Option<IpAddr> {
        let next = self.last.checked_add(1)?;
        let exists = self.family == Family::V6 || next <= u128::from(u32::MAX);
        exists.then(|| address(self.family, next))
    }

    /// The smallest range that holds both, which must be of one family.
    pub(super) fn hull(self, other: IpRange) -> IpRange {
        let (first, last) = (self.first.min(other.first), self.last.max(other.last));
        IpRange { family: self.family, first, last }
    }

    /// The prefix length of a range that is a CIDR.
    pub fn prefix(self) -> Option<u8> {
        let varying = self.first ^ self.last;
        let host_bits = 128 - varying.leading_zeros();
        let aligned =
            varying.checked_add(1).is_none_or(u128::is_power_of_two) && self.first & varying == 0;
        aligned.then(|| self.family.bits() - host_bits as u8)
    }
}

/// `10.0.0.0/16`, or `10.0.0.1-10.0.0.9` for a range that is no CIDR; one address alone.
impl fmt::Display for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix() {
            Some(prefix) if prefix == self.family.bits() => write!(f, "{}", self.first()),
            Some(prefix) => write!(f, "{}/{prefix}", self.first()),
            None => write!(f, "{}-{}", self.first(), self.last()),
        }
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

fn address(family: Family, number: u128) -> IpAddr {
    match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::from(number as u32)),
        Family::V6 => IpAddr::V6(Ipv6Addr::from(number)),
    }
}

/// A CIDR as written, host bits and all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    pub address: IpAddr,
    pub prefix: u8,
}

impl Cidr {
    /// One address and nothing else.
    pub fn single(address: IpAddr) -> Cidr {
        Cidr { address, prefix: Family::of(address).bits() }
    }

    /// What it means to a reader that masks the host bits.
    pub fn range(self) -> IpRange {
        let family = Family::of(self.address);
        let host_bits = family.bits() - self.prefix;
        let mask = 1_u128.checked_shl(u32::from(host_bits)).map_or(u128::MAX, |bit| bit - 1);
        let address = number(self.address);
        IpRange { family, first: address & !mask, last: address | mask }
    }

    pub fn has_host_bits(self) -> bool {
        self.range().first() != self.address
    }
}

/// What is wrong with a text that should be an address or a CIDR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    WhiteSpace,
    /// An address without a prefix length where a CIDR belongs.
    NoPrefix,
    /// A CIDR where an address belongs.
    Prefix,
    PrefixTooLong(u32, Family),
    PrefixNotNumber(String),
    Octets(usize),
    OctetTooLarge(String),
    LeadingZero(String),
    /// Not even nearly an address.
    NotAnAddress,
    NotAnIpv6Address,
    Reversed,
    /// A range from an address of one family to one of the other.
    Families,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::WhiteSpace => f.write_str("there is white space in it"),
            Fault::NoPrefix => f.write_str("it has no prefix length"),
            Fault::Prefix => f.write_str("it has a prefix length"),
            Fault::PrefixTooLong(prefix, family) => {
                write!(f, "prefix length {prefix} is beyond the {} bits of {family}", family.bits())
            }
            Fault::PrefixNotNumber(prefix) => write!(f, "`{prefix}` is no prefix length"),
            Fault::Octets(count) => write!(f, "it has {count} of the 4 octets"),
            Fault::OctetTooLarge(octet) => write!(f, "octet {octet} is beyond 255"),
            Fault::LeadingZero(octet) => write!(f, "octet `{octet}` has a leading zero"),
            Fault::NotAnAddress => f.write_str("it is no address"),
            Fault::NotAnIpv6Address => f.write_str("it is no IPv6 address"),
            Fault::Reversed => f.write_str("its end lies before its start"),
            Fault::Families => f.write_str("its start and its end are of different families"),
        }
    }
}

/// `10.0.0.1`, `fd00::1`.
pub fn parse_address(text: &str) -> Result<IpAddr, Fault> {
    if text.contains(char::is_whitespace) {
        return Err(Fault::WhiteSpace);
    }
    if text.contains('/') {
        return Err(Fault::Prefix);
    }
    if text.contains(':') {
        let address: Ipv6Addr = text.parse().map_err(|_| Fault::NotAnIpv6Address)?;
        return Ok(IpAddr::V6(address).to_canonical());
    }
    let octets: Vec<&str> = text.split('.').collect();
    let is_number = |octet: &&str| !octet.is_empty() && octet.bytes().all(|b| b.is_ascii_digit());
    if !octets.iter().all(is_number) {
        return Err(Fault::NotAnAddress);
    }
    if octets.len() != 4 {
        return Err(Fault::Octets(octets.len()));
    }
    let mut bytes = [0; 4];
    for (byte, octet) in bytes.iter_mut().zip(&octets) {
        if octet.len() > 1 && octet.starts_with('0') {
            return Err(Fault::LeadingZero((*octet).to_owned()));
        }
        *byte = octet.parse().map_err(|_| Fault::OctetTooLarge((*octet).to_owned()))?;
    }
    Ok(IpAddr::V4(Ipv4Addr::from(bytes)))
}

/// All addresses from one to another.
pub fn between(first: IpAddr, last: IpAddr) -> Result<IpRange, Fault> {
    if Family::of(first) != Family::of(last) {
        return Err(Fault::Families);
    }
    IpRange::new(first, last).ok_or(Fault::Reversed)
}

/// `10.0.0.0/16`, `fd00::/64`.
pub fn parse_cidr(text: &str) -> Result<Cidr, Fault> {
    if text.contains(char::is_whitespace) {
        return Err(Fault::WhiteSpace);
    }
    let Some((address, prefix)) = text.split_once('/') else {
        parse_address(text)?;
        return Err(Fault::NoPrefix);
    };
    let parsed = parse_address(address)?;
    // The prefix of an IPv4-mapped address counts from the start of the IPv6 address.
    let mapped = address.contains(':') && parsed.is_ipv4();
    let family = if mapped { Family::V6 } else { Family::of(parsed) };
    let is_number = !prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_digit());
    if !is_number {
        return Err(Fault::PrefixNotNumber(prefix.to_owned()));
    }
    let prefix: u32 = prefix.parse().unwrap_or(u32::MAX);
    if prefix > u32::from(family.bits()) {
        return Err(Fault::PrefixTooLong(prefix, family));
    }
    let prefix = prefix as u8;
    match mapped {
        false => Ok(Cidr { address: parsed, prefix }),
        true if prefix >= 96 => Ok(Cidr { address: parsed, prefix: prefix - 96 }),
        true => {
            let address: Ipv6Addr = address.parse().map_err(|_| Fault::NotAnIpv6Address)?;
            Ok(Cidr { address: IpAddr::V6(address), prefix })
        }
    }
}

/// `10.0.0.10-10.0.0.20`, with or without blanks around the dash.
pub fn parse_span(text: &str) -> Result<IpRange, Fault> {
    let (first, last) = text.split_once('-').ok_or(Fault::NotAnAddress)?;
    between(parse_address(first.trim())?, parse_address(last.trim())?)
}

/// Whether a text that is no address was at least meant to be one; a word is a placeholder that
/// somebody fills in.
pub fn looks_like_address(text: &str) -> bool {
    let text = text.trim();
    let digit_first = text.starts_with(|c: char| c.is_ascii_digit());
    let only = |c: char| c.is_ascii_hexdigit() || ".:/ -".contains(c);
    let separated = text.contains('.') || text.contains(':');
    separated && (digit_first || text.contains(':')) && text.chars().all(only)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cidr(text: &str) -> Cidr {
        parse_cidr(text).expect(text)
    }

    fn range(text: &str) -> IpRange {
        match text.contains('-') {
            true => parse_span(text).expect(text),
            false => cidr(text).range(),
        }
    }

    #[test]
    fn every_notation_means_the_same_range() {
        let table = [
            ("10.244.0.0/16", "10.244.0.0/16"),
            ("192.167.0.0/12", "192.160.0.0/12"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("10.0.0.1/32", "10.0.0.1"),
            ("::/0", "::/0"),
            ("fd00:0010:0244:0000::/56", "fd00:10:244::/56"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("::ffff:0a00:0/104", "10.0.0.0/8"),
            ("::/64", "::/64"),
            ("10.0.0.3-10.0.0.5", "10.0.0.3-10.0.0.5"),
            ("10.0.0.0 - 10.0.0.255", "10.0.0.0/24"),
            ("10.0.0.0-10.0.0.255", "10.0.0.0/24"),
        ];
        for (text, shown) in table {
            assert_eq!(range(text).to_string(), shown, "{text}");
        }
    }

    #[test]
    fn a_range_is_made_of_cidrs() {
        let shown = |text: &str| {
            let cidrs = range(text).cidrs();
            cidrs.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown("10.0.0.0/8"), "10.0.0.0/8");
        assert_eq!(shown("10.0.0.1-10.0.0.6"), "10.0.0.1 10.0.0.2/31 10.0.0.4/31 10.0.0.6");
        assert_eq!(shown("0.0.0.0-255.255.255.255"), "0.0.0.0/0");
        assert_eq!(shown("::/0"), "::/1 8000::/1");
    }

    #[test]
    fn sizes_never_overflow() {
        assert_eq!(range("::/0").size(), u128::MAX);
        assert_eq!(range("0.0.0.0/0").size(), 1 << 32);
        assert_eq!(range("10.0.0.0/24").size(), 256);
        assert_eq!(range("::/0").prefix(), Some(0));
        assert_eq!(range("10.0.0.0/24").nth(256), None);
        assert_eq!(
            range("::/0").nth(u128::MAX).map(|a| a.to_string()).as_deref(),
            Some("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
        );
        assert!(cidr("10.244.0.1/16").has_host_bits());
        assert!(!cidr("10.244.0.0/16").has_host_bits());
    }

    #[test]
    fn what_is_wrong_is_told() {
        let table = [
            ("10.244.0.0/33", "prefix length 33 is beyond the 32 bits of IPv4"),
            ("fd00::/129", "prefix length 129 is beyond the 128 bits of IPv6"),
            ("10.244.0.0", "it has no prefix length"),
            ("10.300.0.0/16", "octet 300 is beyond 255"),
            ("10.010.0.0/16", "octet `010` has a leading zero"),
            ("10.244.0/16", "it has 3 of the 4 octets"),
            ("10.0.0.0.0/16", "it has 5 of the 4 octets"),
            ("10.244.0.0 /16", "there is white space in it"),
            ("10.244.0.0/255.255.0.0", "`255.255.0.0` is no prefix length"),
            ("10.244.0.0/", "`` is no prefix length"),
            ("10.244.0.0/-1", "`-1` is no prefix length"),
            ("10.244.0.0/99999999999999", "prefix length 4294967295 is beyond the 32 bits of IPv4"),
            ("fd00::1::/64", "it is no IPv6 address"),
            ("pods", "it is no address"),
            ("", "it is no address"),
            ("10..0.0/8", "it is no address"),
        ];
        for (text, fault) in table {
            assert_eq!(parse_cidr(text).expect_err(text).to_string(), fault, "{text}");
        }
        assert_eq!(parse_span("10.0.0.9-10.0.0.1"), Err(Fault::Reversed));
        assert_eq!(parse_span("10.0.0.9-fd00::1"), Err(Fault::Families));
        assert_eq!(parse_address("10.0.0.0/8"), Err(Fault::Prefix));
    }

    #[test]
    fn words_are_placeholders_and_numbers_are_not() {
        for text in ["10.244.0.0/33", "10.300.0.0", "fd00::zz", "1:2:3", "10.0.0.0 /8", "010.0.0.1"]
        {
            assert_eq!(looks_like_address(text), !text.contains('z'), "{text}");
        }
        for text in
            ["none", "usePodCidr", "10.x.0.0/16", "POD_CIDR", "x.x.x.x", "", "default", "16"]
        {
            assert!(!looks_like_address(text), "{text}");
        }
    }
}
