//! `eks-service-cidr-invalid`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::range::parse_cidr;
use crate::model::addresses::{AddressRange, Family, IpRange, Known};
use crate::model::installer::Provider;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/eks-service-cidr-invalid.md"),
    check: Check::Network(check),
};

/// `serviceIpv4Cidr` of `KubernetesNetworkConfigRequest` in the API of EKS.
const PRIVATE: [&str; 3] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
const SHORTEST: u8 = 12;
const LONGEST: u8 = 24;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let of_eks = |range: &&AddressRange<'_>| {
        let installers = &network.installers;
        let by = |provider| {
            let own = |object| installers.iter().find(|installer| installer.object.is(object));
            range.object.and_then(own).is_some_and(|it| it.provider == Some(provider))
        };
        range.source.defines_services() && range.known == Known::Written && by(Provider::Eks)
    };
    for range in network.addresses.ranges.iter().filter(of_eks) {
        if let Some(message) = refusal(range) {
            findings.add(
                Diagnostic::error(range.span.label(""), message)
                    .help("EKS refuses it: choose a private range from /12 to /24"),
            );
        }
    }
}

fn refusal(range: &AddressRange<'_>) -> Option<String> {
    if range.range.family() == Family::V6 {
        return None;
    }
    let title = range.title();
    let prefix = range.range.prefix()?;
    match () {
        () if !is_private(range.range) => {
            Some(format!("{title} is none of the private ranges that EKS takes"))
        }
        () if prefix < SHORTEST => {
            Some(format!("{title} is larger than a /{SHORTEST}, and EKS takes /12 to /24"))
        }
        () if prefix > LONGEST => {
            Some(format!("{title} is smaller than a /{LONGEST}, and EKS takes /12 to /24"))
        }
        () => None,
    }
}

fn is_private(range: IpRange) -> bool {
    let holds =
        |private: &&str| parse_cidr(private).is_ok_and(|private| private.range().contains(range));
    PRIVATE.iter().any(holds)
}
