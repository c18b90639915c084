//! `monitor-selects-nothing`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::monitors::{Meant, Monitor, Targets, monitors};
use crate::model::near_miss::label_span;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/monitor-selects-nothing.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for monitor in monitors(network) {
        if !monitor.may_select()
            && let Some(meant) = monitor.meant(network)
        {
            findings.add(diagnostic(network, &monitor, &meant));
        }
    }
}

fn diagnostic(
    network: &Network<'_>,
    monitor: &Monitor<'_, '_>,
    meant: &Meant<'_, '_>,
) -> Diagnostic {
    let (kind, name) = (monitor.object.kind(), monitor.object.name());
    let what = match monitor.targets {
        Targets::Services(_) => "Service",
        Targets::Pods(_) => "pod",
    };
    let start = format!("{kind} `{name}` selects no {what}");
    let whole = monitor.selector_span.unwrap_or(monitor.object.span());
    let (message, place, label) = match meant {
        Meant::Service(service, (key, value), span, found) => {
            let labels = service.object.resource.metadata.labels.value();
            let place = labels.and_then(|labels| labels.get(found.0)?.span());
            let text =
                format!("Service `{}` has `{}: {}`", service.object.name(), found.0, found.1);
            let place = place.map(|place| place.label(text));
            (format!("{start}: none has `{key}: {value}`"), span.unwrap_or(whole), place)
        }
        Meant::Pods(near) => {
            let (key, value) = near.wanted;
            let label = network.workloads.members(near.class).next().and_then(|workload| {
                let (key, value) = near.found;
                let text = format!("pods of `{}` have `{key}: {value}`", workload.title());
                Some(label_span(workload, key)?.label(text))
            });
            let place = near.wanted_span.unwrap_or(whole);
            (format!("{start}: none has `{key}: {value}`"), place, label)
        }
        Meant::Beside(service) => {
            let labels = &service.object.resource.metadata.labels;
            let label = match labels.span() {
                Some(span) => span.label("the labels of the Service of its name"),
                None => service.object.label("the Service of its name has no labels"),
            };
            (format!("{start}, and not the one of its name"), whole, Some(label))
        }
    };
    let help = match monitor.targets {
        Targets::Services(_) => {
            "a ServiceMonitor selects Services by the labels of the Services themselves, not by those of their pods"
        }
        Targets::Pods(_) => "nothing is scraped; select the pods by labels that they have",
    };
    Diagnostic::warning(place.label(""), message).related_all(label).help(help)
}
