//! `calico-env-invalid`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::Family;
use crate::model::addresses::range::parse_cidr;
use crate::model::calico::Environment;
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/calico-env-invalid.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for environment in &network.calico.environments {
        if let Some(diagnostic) = no_pools(environment) {
            findings.extend(diagnostic);
            // Nothing else is looked at.
            continue;
        }
        for pool in
            [Pool { environment, family: Family::V4 }, Pool { environment, family: Family::V6 }]
        {
            findings.extend(pool.check());
        }
    }
}

/// What `configureIPPools` of calico-node does first: `node/pkg/lifecycle/startup/startup.go`.
/// `None` where it goes on to the pools.
fn no_pools(environment: &Environment<'_>) -> Option<Option<Diagnostic>> {
    let none = environment.variable("NO_DEFAULT_POOLS")?;
    if !none.eq_ignore_ascii_case("true") {
        return None;
    }
    let ranges = ["CALICO_IPV4POOL_CIDR", "CALICO_IPV6POOL_CIDR"];
    let range = ranges.iter().find_map(|name| Some((*name, environment.variable(name)?)));
    let Some((name, range)) = range.filter(|(_, range)| !range.is_empty()) else {
        return Some(None);
    };
    let message = format!("`{name}` with `NO_DEFAULT_POOLS`: calico-node stops");
    Some(Some(
        Diagnostic::error(range.label(""), message)
            .related(none.label("no pools"))
            .help("leave one of the two out"),
    ))
}

/// The pool of one family that calico-node makes when it first starts.
struct Pool<'e, 'a> {
    environment: &'e Environment<'a>,
    family: Family,
}

impl<'a> Pool<'_, 'a> {
    fn name(&self, variable: &str) -> String {
        let family = match self.family {
            Family::V4 => "IPV4",
            Family::V6 => "IPV6",
        };
        format!("CALICO_{family}POOL_{variable}")
    }

    fn variable(&self, variable: &str) -> Option<&'a Spanned<String>> {
        self.environment.variable(&self.name(variable)).filter(|text| !text.is_empty())
    }

    fn check(&self) -> Vec<Diagnostic> {
        let range = self.variable("CIDR");
        if range.is_some_and(|range| range.value == "none") {
            return Vec::new();
        }
        let mut found = Vec::new();
        found.extend(range.and_then(|range| self.other_family(range)));
        let modes: &[&str] = match self.family {
            Family::V4 => &["IPIP", "VXLAN"],
            Family::V6 => &["VXLAN"],
        };
        found.extend(modes.iter().filter_map(|mode| self.mode(mode)));
        found.extend(self.block_size(range.is_some()));
        found.extend(self.nat());
        if range.is_none() {
            found.extend(self.both_tunnels());
        }
        found
    }

    fn other_family(&self, range: &Spanned<String>) -> Option<Diagnostic> {
        let family = parse_cidr(range.trim()).ok()?.range().family();
        let message = format!("`{}` is a range of {family}", self.name("CIDR"));
        (family != self.family).then(|| {
            Diagnostic::error(range.label(""), message)
                .help("each family has a variable of its own; calico-node stops at the other")
        })
    }

    fn mode(&self, mode: &str) -> Option<Diagnostic> {
        let text = self.variable(mode)?;
        let words = ["always", "crosssubnet", "cross-subnet", "never", "off"];
        if words.contains(&text.to_ascii_lowercase().as_str()) {
            return None;
        }
        let message = format!("`{}` is `{}`, which is no mode", self.name(mode), text.value);
        Some(
            Diagnostic::error(text.label(""), message)
                .help("write `Always`, `CrossSubnet` or `Never`: calico-node stops at other words"),
        )
    }

    /// A size out of range of a pool with a range of its own is told with the pool.
    fn block_size(&self, has_range: bool) -> Option<Diagnostic> {
        let text = self.variable("BLOCK_SIZE")?;
        let name = self.name("BLOCK_SIZE");
        let allowed = match self.family {
            Family::V4 => 20..=32,
            Family::V6 => 116..=128,
        };
        let message = match text.parse::<i64>() {
            Ok(size) if has_range || allowed.contains(&size) => return None,
            Ok(size) => format!(
                "`{name}` is {size}, and {} to {} are allowed",
                allowed.start(),
                allowed.end()
            ),
            Err(_) => format!("`{name}` is `{}`, which is no number", text.value),
        };
        Some(Diagnostic::error(text.label(""), message).help(
            "write the length of a block's prefix, without a slash: calico-node stops otherwise",
        ))
    }

    /// `evaluateENVBool`: all words but a few are true.
    fn nat(&self) -> Option<Diagnostic> {
        let text = self.variable("NAT_OUTGOING")?;
        let meant_off = ["disable", "disabled", "never", "none", "off"];
        if !meant_off.contains(&text.to_ascii_lowercase().as_str()) {
            return None;
        }
        let message =
            format!("`{}` is `{}`, which counts as true", self.name("NAT_OUTGOING"), text.value);
        Some(Diagnostic::warning(text.label(""), message).help("write `false`"))
    }

    /// Those of a pool with a range of its own are told with the pool.
    fn both_tunnels(&self) -> Option<Diagnostic> {
        let is_on = |text: &&Spanned<String>| {
            ["always", "crosssubnet", "cross-subnet"].contains(&text.to_ascii_lowercase().as_str())
        };
        let ipip = self.variable("IPIP").filter(is_on).filter(|_| self.family == Family::V4)?;
        let vxlan = self.variable("VXLAN").filter(is_on)?;
        Some(
            Diagnostic::error(vxlan.label(""), "the first pool has both IPIP and VXLAN")
                .related(ipip.label("IPIP"))
                .help("set one of the two to `Never`"),
        )
    }
}
