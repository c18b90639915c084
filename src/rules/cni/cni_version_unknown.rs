//! `cni-version-unknown`: see the page.

use crate::diagnostic::{Change, Diagnostic, Mend, Place};
use crate::model::Network;
use crate::model::cni::{Config, SpecVersion};
use crate::rules::{Check, Findings, Rule};
use crate::source::{Span, Spanned};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/cni-version-unknown.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for config in network.cni.readable() {
        let own = &config.config.cni_version;
        match own.known().filter(|version| !version.is_empty()) {
            Some(version) => {
                written(version, findings);
                too_new_for_runtime(network, config, version, findings);
            }
            None if !own.is_unknown() => missing(config, own.span(), findings),
            None => {}
        }
        let listed = config.config.cni_versions.items().iter().filter_map(|item| item.known());
        for version in listed.filter(|version| number(version).is_none()) {
            findings.add(unknown(version));
        }
    }
}

fn written(version: &Spanned<String>, findings: &mut Findings<'_>) {
    match SpecVersion::parse(version) {
        Some(known) if is_before_chains(known) => findings.add(
            Diagnostic::info(
                version.label(""),
                format!("CNI {known} knows neither lists of plugins nor several addresses"),
            )
            .help("write `0.4.0` or `1.0.0`, which all maintained plugins speak"),
        ),
        Some(_) => {}
        None => findings.add(unknown(version)),
    }
}

/// A runtime that does not know 1.1.0 does not know `cniVersions` either.
fn too_new_for_runtime(
    network: &Network<'_>,
    config: &Config<'_>,
    version: &Spanned<String>,
    findings: &mut Findings<'_>,
) {
    let Some(runtime) = network.cni.old_containerd else { return };
    if version.value != "1.1.0" || !config.is_loaded() {
        return;
    }
    let name = runtime.value.replace("://", " ");
    findings.add(
        Diagnostic::warning(version.label(""), format!("CNI 1.1.0 is newer than {name} knows"))
            .related(runtime.label("the runtime of a node"))
            .help(
                "write `\"cniVersion\": \"1.0.0\"`, and name the newer one in `cniVersions` for \
                 runtimes that know it",
            ),
    );
}

/// Lists of plugins came with version 0.3.0.
fn is_before_chains(version: SpecVersion) -> bool {
    SpecVersion::parse("0.3.0").is_some_and(|first| version < first)
}

fn unknown(version: &Spanned<String>) -> Diagnostic {
    let newest = SpecVersion::ALL.last().copied().unwrap_or_default();
    let is_newer = number(version) > number(newest);
    if is_newer {
        let message = format!("CNI `{}` is newer than {newest}", version.value);
        return Diagnostic::warning(version.label(""), message).help(format!(
            "write a version that the runtime and all plugins speak, such as `1.0.0`; with \
             `cniVersions` they choose among several, up to `{newest}`"
        ));
    }
    let message = format!("there is no version `{}` of CNI", version.value);
    let known = SpecVersion::ALL.join(", ");
    let diagnostic =
        Diagnostic::error(version.label(""), message).help(format!("the versions are {known}"));
    match meant(version) {
        Some(meant) => {
            let change = Change::write(version.span, &*version.value, &*meant);
            diagnostic.mend(Mend::safe(format!("write `{meant}`"), change))
        }
        None => diagnostic,
    }
}

/// The version that a text of another form plainly stands for.
fn meant(version: &Spanned<String>) -> Option<String> {
    let digits = version.trim().trim_start_matches(['v', 'V']);
    let full = match digits.matches('.').count() {
        1 => format!("{digits}.0"),
        _ => digits.to_owned(),
    };
    SpecVersion::parse(&full).map(|known| known.to_string())
}

fn missing(config: &Config<'_>, span: Option<Span>, findings: &mut Findings<'_>) {
    let is_none = config.config.cni_versions.is_absent();
    let concerns = config.is_loaded() || config.is_attachment();
    // The file that Multus brings has none, and what needs a newer one is told by another rule.
    let told = config.is_meta() || config.plugins_too_new().next().is_some();
    if !is_none || !concerns || told || config.is_loopback() {
        return;
    }
    let span = span.unwrap_or(config.span());
    findings.add(
        Diagnostic::warning(span.label(""), "no `cniVersion`: plugins take it for 0.1.0")
            .help("say which version it is written for, for example `\"cniVersion\": \"1.0.0\"`"),
    );
}

/// `1.0.0` as numbers that can be compared.
fn number(version: &str) -> Option<[u32; 3]> {
    let mut parts = version.split('.').map(|part| part.parse().ok());
    let number = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(number)
}
