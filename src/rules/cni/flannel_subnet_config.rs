//! `flannel-subnet-config`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::addresses::range::{parse_address, parse_cidr};
use crate::model::addresses::{Cidr, Family};
use crate::model::flannel::{Config, Subnets};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::{Span, Spanned};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/flannel-subnet-config.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for config in &network.flannel.configs {
        match network.flannel.subnets(config) {
            Subnets::Kubernetes => findings.extend(ignored(config)),
            Subnets::Etcd => {
                findings.extend(families(config).iter().filter_map(refused));
            }
            Subnets::Unknown => {}
        }
    }
}

/// The fields of one family.
struct Fields<'c> {
    family: Family,
    network: &'c Field<String>,
    length: &'c Field<i64>,
    /// The names and values of the first and the last subnet.
    bounds: [(&'static str, &'c Field<String>); 2],
    is_on: bool,
}

fn families<'a>(config: &Config<'a>) -> [Fields<'a>; 2] {
    let config = config.config;
    [
        Fields {
            family: Family::V4,
            network: &config.network,
            length: &config.subnet_len,
            bounds: [("SubnetMin", &config.subnet_min), ("SubnetMax", &config.subnet_max)],
            is_on: config.enable_ipv4.value() != Some(&false),
        },
        Fields {
            family: Family::V6,
            network: &config.ipv6_network,
            length: &config.ipv6_subnet_len,
            bounds: [
                ("IPv6SubnetMin", &config.ipv6_subnet_min),
                ("IPv6SubnetMax", &config.ipv6_subnet_max),
            ],
            is_on: config.enable_ipv6.value() == Some(&true),
        },
    ]
}

impl Fields<'_> {
    fn length_name(&self) -> &'static str {
        match self.family {
            Family::V4 => "SubnetLen",
            Family::V6 => "IPv6SubnetLen",
        }
    }
}

/// Kubernetes gives nodes their ranges.
fn ignored(config: &Config<'_>) -> Option<Diagnostic> {
    let families = families(config);
    let mut written: Vec<(&'static str, Span)> = Vec::new();
    for fields in &families {
        written.extend(fields.length.span().map(|span| (fields.length_name(), span)));
        for (name, bound) in fields.bounds {
            written.extend(bound.span().map(|span| (name, span)));
        }
    }
    let ((name, span), others) = written.split_first()?;
    let message = format!("`{name}` has no effect: Kubernetes gives nodes their ranges");
    Some(
        Diagnostic::info(span.label(""), message)
            .related_all(others.iter().map(|(_, span)| span.label("nor has this")))
            .help("the controller manager's `--node-cidr-mask-size` sets how large they are"),
    )
}

/// What `CheckNetworkConfig` in `pkg/subnet/config.go` refuses, the first of it.
fn refused(fields: &Fields<'_>) -> Option<Diagnostic> {
    if !fields.is_on {
        return None;
    }
    let text = fields.network.known()?;
    let network = parse_cidr(text.trim()).ok().filter(|c| c.range().family() == fields.family)?;
    let (prefix, bits) = (i64::from(network.prefix), i64::from(fields.family.bits()));
    let longest = bits - 2;
    let length = match fields.length {
        Field::Known(length) if length.value > 0 => Some(length),
        Field::Unknown(_) => return None,
        _ => None,
    };
    let name = fields.length_name();
    let whole = || text.label("the network");
    if let Some(length) = length.filter(|length| length.value > longest) {
        let message = format!("`{name}` is {}, and {longest} is the most", length.value);
        return Some(Diagnostic::error(length.label(""), message).help(
            "a subnet holds the addresses of its tunnel and its bridge besides those of pods",
        ));
    }
    if let Some(length) = length.filter(|length| length.value < prefix + 2) {
        let message = format!(
            "`{name}` is {}, and a /{prefix} must hold four subnets at the least",
            length.value
        );
        return Some(
            Diagnostic::error(length.label(""), message)
                .related(whole())
                .help(format!("set it to {} or more", prefix + 2)),
        );
    }
    if length.is_none() && prefix > bits - 4 {
        let message = format!("the network is a /{prefix}, and /{} is the smallest", bits - 4);
        return Some(
            Diagnostic::error(text.label(""), message).help("give flannel a larger network"),
        );
    }
    let length = length.map_or_else(|| default_length(fields.family, prefix), |l| l.value);
    let length = u8::try_from(length).ok()?;
    fields.bounds.iter().find_map(|(name, bound)| {
        let bound = bound.known().filter(|bound| !bound.trim().is_empty())?;
        outside(name, bound, network, length).map(|diagnostic| diagnostic.related(whole()))
    })
}

/// A /24, or a /64 of IPv6; a quarter of the network where that is not larger.
fn default_length(family: Family, prefix: i64) -> i64 {
    let usual = match family {
        Family::V4 => 24,
        Family::V6 => 64,
    };
    usual.max(prefix + 2)
}

/// A bound that is not in the network, or not the start of a subnet.
fn outside(name: &str, bound: &Spanned<String>, network: Cidr, length: u8) -> Option<Diagnostic> {
    let address = parse_address(bound.trim()).ok()?;
    if !network.range().contains_address(address) {
        let message = format!("`{name}` {address} is not in the network `{}`", network.range());
        return Some(Diagnostic::error(bound.label(""), message));
    }
    let subnet = parse_cidr(&format!("{address}/{length}")).ok()?;
    subnet.has_host_bits().then(|| {
        let message = format!("`{name}` {address} is not the first address of a /{length}");
        let first = subnet.range().first();
        Diagnostic::error(bound.label(""), message).help(format!("write `{first}`"))
    })
}
