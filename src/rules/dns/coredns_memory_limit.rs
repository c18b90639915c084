//! `coredns-memory-limit`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::capacity::{Capacity, Request};
use crate::model::coredns::Server;
use crate::model::quantity::Quantity;
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/coredns-memory-limit.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let minimum = findings.option("minimum");
    let least = minimum.and_then(|text| Quantity::parse(text));
    if let (Some(text), None) = (minimum, least) {
        let message = format!("`{}` is not an amount of memory", text.value);
        findings.add(Diagnostic::warning(text.label(""), message).help("write it like `512Mi`"));
    }
    for server in network.coredns.cluster_servers() {
        let Some(limit) = server.limit("memory") else { continue };
        let Some(bytes) = Quantity::parse(limit).map(Quantity::bytes) else { continue };
        if let Some(minimum) = minimum.filter(|_| least.is_some_and(|l| bytes < l.bytes())) {
            let (limit_text, minimum_text) = (&limit.value, &minimum.value);
            let message =
                format!("memory limit `{limit_text}` of CoreDNS is below `{minimum_text}`");
            findings.add(
                Diagnostic::warning(server.limit_label("memory", limit), message)
                    .related(minimum.label("the least that is asked for")),
            );
        } else {
            findings.extend(below_formula(network, server, limit, bytes));
        }
    }
}

/// What CoreDNS needs, by its own estimate, against its limit.
fn below_formula(
    network: &Network<'_>,
    server: &Server<'_>,
    limit: &Spanned<String>,
    bytes: u64,
) -> Option<Diagnostic> {
    let watcher = network.coredns.corefile_of(server).and_then(|corefile| {
        let word = corefile.watches_all_pods()?;
        Some(corefile.label(&word.range, "watches every pod, which takes four times as much"))
    });
    let label = server.limit_label("memory", limit);
    let needs = |objects: u64| match watcher {
        None => 54_000_000_u64.saturating_add(objects.saturating_mul(1_000)),
        Some(_) => 56_000_000_u64.saturating_add(objects.saturating_mul(4_000)),
    };
    let text = |objects: u64, what: &str| {
        let (limit, megabytes) = (&limit.value, needs(objects).div_ceil(1_000_000));
        format!("memory limit `{limit}`, but CoreDNS needs {megabytes} MB for {objects} {what}")
    };
    let Capacity { nodes, demand, max_pods, .. } = &network.capacity;
    let known = network.pods_and_services();
    let diagnostic = if bytes < needs(known) {
        let weighs = |most: &&Request<'_>| {
            most.pods.saturating_mul(2) > known && !most.object.is(server.object)
        };
        let most = demand.counted.first().filter(weighs);
        let most = most.map(|most| most.span.label(format!("{} pods", most.pods)));
        Diagnostic::warning(label, text(known, "pods and Services")).related_all(most)
    } else {
        // The most that fits on the planned nodes is seldom what runs there.
        let planned = nodes.planned?.saturating_mul(max_pods.iter().map(|max| max.pods).max()?);
        let planned = planned.saturating_add(network.services.all.len() as u64);
        let what = "pods and Services, which the planned nodes may run";
        (bytes < needs(planned)).then(|| Diagnostic::info(label, text(planned, what)))?
    };
    let help = match watcher {
        None => "CoreDNS estimates (pods + Services) / 1000 + 54 MB",
        Some(_) => "CoreDNS estimates (pods + Services) / 250 + 56 MB when it watches every pod",
    };
    Some(diagnostic.related_all(watcher).help(help))
}
