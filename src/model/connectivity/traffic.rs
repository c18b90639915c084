//! Sets of ports: what a connection may be made to, by protocol.

use std::fmt;

use crate::model::ports::Protocol;

/// In the order in which they are told.
const PROTOCOLS: [Protocol; 3] = [Protocol::Sctp, Protocol::Tcp, Protocol::Udp];

const FIRST: u16 = 1;
const LAST: u16 = u16::MAX;

/// Ports of the three protocols that policies can tell apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Traffic {
    /// By the order of [`PROTOCOLS`]; ranges apart from each other, ascending.
    ports: [Vec<(u16, u16)>; 3],
}

impl Traffic {
    pub fn none() -> Traffic {
        Traffic::default()
    }

    pub fn all() -> Traffic {
        Traffic { ports: [(); 3].map(|()| vec![(FIRST, LAST)]) }
    }

    /// Ports of one protocol from the first to the last; nothing for the wrong way round.
    pub fn ports(protocol: Protocol, first: u16, last: u16) -> Traffic {
        let mut traffic = Traffic::none();
        if first <= last {
            traffic.ports[index(protocol)].push((first.max(FIRST), last));
        }
        traffic
    }

    pub fn protocol(protocol: Protocol) -> Traffic {
        Traffic::ports(protocol, FIRST, LAST)
    }

    pub fn is_none(&self) -> bool {
        self.ports.iter().all(Vec::is_empty)
    }

    pub fn is_all(&self) -> bool {
        self.ports.iter().all(|ranges| ranges[..] == [(FIRST, LAST)])
    }

    pub fn contains(&self, protocol: Protocol, port: u16) -> bool {
        let ranges = &self.ports[index(protocol)];
        let at = ranges.partition_point(|(_, last)| *last < port);
        ranges.get(at).is_some_and(|(first, _)| *first <= port)
    }

    /// Whether nothing of another set is missing.
    pub fn covers(&self, other: &Traffic) -> bool {
        other.without(self).is_none()
    }

    pub fn and(&self, other: &Traffic) -> Traffic {
        self.by_protocol(other, |ours, theirs| {
            let mut common = Vec::new();
            let (mut left, mut right) = (ours.iter().peekable(), theirs.iter().peekable());
            while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
                let (first, last) = (a.0.max(b.0), a.1.min(b.1));
                if first <= last {
                    common.push((first, last));
                }
                if a.1 < b.1 {
                    left.next()
                } else {
                    right.next()
                };
            }
            common
        })
    }

    pub fn or(&self, other: &Traffic) -> Traffic {
        self.by_protocol(other, |ours, theirs| {
            let mut ranges: Vec<(u16, u16)> = ours.iter().chain(theirs).copied().collect();
            ranges.sort_unstable();
            let mut joined: Vec<(u16, u16)> = Vec::with_capacity(ranges.len());
            for (first, last) in ranges {
                match joined.last_mut() {
                    Some(open) if first <= open.1.saturating_add(1) => open.1 = open.1.max(last),
                    _ => joined.push((first, last)),
                }
            }
            joined
        })
    }

    pub fn without(&self, other: &Traffic) -> Traffic {
        self.by_protocol(other, |ours, theirs| {
            let mut rest = Vec::new();
            for (first, last) in ours {
                let mut from = Some(*first);
                for (cut_first, cut_last) in theirs {
                    let Some(start) = from.filter(|start| start <= last) else { break };
                    if *cut_last < start {
                        continue;
                    }
                    if *cut_first > *last {
                        break;
                    }
                    if *cut_first > start {
                        rest.push((start, cut_first - 1));
                    }
                    from = cut_last.checked_add(1);
                }
                if let Some(start) = from.filter(|start| start <= last) {
                    rest.push((start, *last));
                }
            }
            rest
        })
    }

    fn by_protocol(
        &self,
        other: &Traffic,
        join: impl Fn(&[(u16, u16)], &[(u16, u16)]) -> Vec<(u16, u16)>,
    ) -> Traffic {
        let mut traffic = Traffic::none();
        for (index, ports) in traffic.ports.iter_mut().enumerate() {
            *ports = join(&self.ports[index], &other.ports[index]);
        }
        traffic
    }

    /// The ranges of each protocol that has any, in the order in which they are told.
    pub fn iter(&self) -> impl Iterator<Item = (Protocol, &[(u16, u16)])> {
        let pairs = PROTOCOLS.into_iter().zip(&self.ports);
        pairs.filter(|(_, ranges)| !ranges.is_empty()).map(|(name, ranges)| (name, &ranges[..]))
    }
}

fn index(protocol: Protocol) -> usize {
    match protocol {
        Protocol::Sctp => 0,
        Protocol::Tcp => 1,
        Protocol::Udp => 2,
    }
}

/// `All Connections`, `TCP 80,443,UDP 53`, `No Connections`; all ports of a protocol are
/// `TCP 1-65535`.
impl fmt::Display for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_all() {
            return f.write_str("All Connections");
        }
        if self.is_none() {
            return f.write_str("No Connections");
        }
        for (index, (protocol, ranges)) in self.iter().enumerate() {
            let separator = if index > 0 { "," } else { "" };
            write!(f, "{separator}{protocol} ")?;
            for (index, (first, last)) in ranges.iter().enumerate() {
                let separator = if index > 0 { "," } else { "" };
                match first == last {
                    true => write!(f, "{separator}{first}")?,
                    false => write!(f, "{separator}{first}-{last}")?,
                }
            }
        }
        Ok(())
    }
}

/// What is let through for certain, and what may be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Part of `possible`.
    pub sure: Traffic,
    pub possible: Traffic,
}

impl Bounds {
    pub fn known(traffic: Traffic) -> Bounds {
        Bounds { sure: traffic.clone(), possible: traffic }
    }

    pub fn none() -> Bounds {
        Bounds::default()
    }

    pub fn all() -> Bounds {
        Bounds::known(Traffic::all())
    }

    /// The same, and none of it sure.
    pub fn unsure(self) -> Bounds {
        Bounds { sure: Traffic::none(), possible: self.possible }
    }

    pub fn and(&self, other: &Bounds) -> Bounds {
        Bounds { sure: self.sure.and(&other.sure), possible: self.possible.and(&other.possible) }
    }

    pub fn or(&self, other: &Bounds) -> Bounds {
        Bounds { sure: self.sure.or(&other.sure), possible: self.possible.or(&other.possible) }
    }

    /// What surely is not in the other one is left for certain, and what may not be is possible.
    pub fn without(&self, other: &Bounds) -> Bounds {
        Bounds {
            sure: self.sure.without(&other.possible),
            possible: self.possible.without(&other.sure),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tcp(first: u16, last: u16) -> Traffic {
        Traffic::ports(Protocol::Tcp, first, last)
    }

    #[test]
    fn sets_are_told_by_protocol_and_range() {
        assert_eq!(Traffic::all().to_string(), "All Connections");
        assert_eq!(Traffic::none().to_string(), "No Connections");
        let some = tcp(80, 80).or(&tcp(443, 443)).or(&Traffic::ports(Protocol::Udp, 53, 60));
        assert_eq!(some.to_string(), "TCP 80,443,UDP 53-60");
        assert_eq!(Traffic::protocol(Protocol::Sctp).to_string(), "SCTP 1-65535");
        assert_eq!(tcp(80, 81).or(&tcp(82, 90)).to_string(), "TCP 80-90");
        assert_eq!(tcp(9, 8), Traffic::none());
    }

    #[test]
    fn the_whole_is_what_all_parts_make() {
        let whole = PROTOCOLS.into_iter().map(Traffic::protocol);
        let whole = whole.fold(Traffic::none(), |sum, part| sum.or(&part));
        assert!(whole.is_all());
        assert!(whole.without(&Traffic::all()).is_none());
        assert_eq!(Traffic::all().without(&tcp(1, 65534)).and(&tcp(1, 65535)), tcp(65535, 65535));
    }

    fn sets() -> impl Strategy<Value = Traffic> {
        let range = (0..3_usize, 1..40_u16, 0..10_u16);
        prop::collection::vec(range, 0..5).prop_map(|ranges| {
            ranges.into_iter().fold(Traffic::none(), |sum, (protocol, first, length)| {
                sum.or(&Traffic::ports(PROTOCOLS[protocol], first, first + length))
            })
        })
    }

    proptest! {
        #[test]
        fn operations_mean_what_they_say_about_each_port(a in sets(), b in sets()) {
            for protocol in PROTOCOLS {
                for port in 1..60 {
                    let (in_a, in_b) = (a.contains(protocol, port), b.contains(protocol, port));
                    prop_assert_eq!(a.and(&b).contains(protocol, port), in_a && in_b);
                    prop_assert_eq!(a.or(&b).contains(protocol, port), in_a || in_b);
                    prop_assert_eq!(a.without(&b).contains(protocol, port), in_a && !in_b);
                }
            }
            prop_assert_eq!(a.covers(&b), a.or(&b) == a);
        }
    }
}
