//! Ranges of pods, services, nodes and load balancers: that they are valid, and apart.

pub mod cidr_hits_well_known_range;
pub mod cidr_host_bits_set;
pub mod cidr_invalid;
pub mod cidr_overlaps_declared_external;
pub mod node_ip_in_pod_cidr;
pub mod node_ip_in_service_cidr;
pub mod node_subnet_overlaps_pod_or_service;
mod nodes;
pub mod pod_service_cidr_overlap;

use crate::diagnostic::Label;
use crate::model::addresses::{AddressRange, Known};

/// Labels for further places that state what has been told already; a few are enough.
fn also(ranges: &[&AddressRange<'_>]) -> impl Iterator<Item = Label> {
    ranges.iter().filter(|range| range.known == Known::Written).take(3).map(|range| range.label())
}
