//! `pod-dns-limits`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/pod-dns-limits.md"),
    check: Check::Network(check),
};

/// `pkg/apis/core/validation`: `MaxDNSNameservers`, `MaxDNSSearchPaths`, `MaxDNSSearchListChars`.
const NAMESERVERS: usize = 3;
const SEARCHES: usize = 32;
const SEARCH_CHARACTERS: usize = 2048;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for workload in &network.workloads.all {
        let Some(config) = workload.spec.pod.dns_config.value() else { continue };
        let servers = config.nameservers.items();
        if servers.len() > NAMESERVERS {
            let message = format!("{} name servers, of at most {NAMESERVERS}", servers.len());
            let place = servers[NAMESERVERS].span().or(config.nameservers.span());
            findings.extend(place.map(|place| Diagnostic::warning(place.label(""), message)));
        }
        let searches = config.searches.items();
        if searches.len() > SEARCHES {
            let message = format!("{} search domains, of at most {SEARCHES}", searches.len());
            let place = searches[SEARCHES].span().or(config.searches.span());
            findings.extend(place.map(|place| Diagnostic::warning(place.label(""), message)));
            continue;
        }
        // One blank stands between two of them.
        let characters: usize = searches.iter().filter_map(Field::value).map(|s| s.len() + 1).sum();
        if characters > SEARCH_CHARACTERS + 1 {
            let characters = characters - 1;
            let message = format!(
                "{characters} characters of search domains, of at most {SEARCH_CHARACTERS}"
            );
            let place = config.searches.span();
            findings.extend(place.map(|place| Diagnostic::warning(place.label(""), message)));
        }
    }
}
