//! `netvet connections --explain` for programs.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::connections::{party, ports};
use super::question::Reasons;
use crate::model::connectivity::explain::{
    Decision, Doubt, Explained, Isolating, Miss, Missed, ObjectRef, Reason, Route, Side, Verdict,
    Via,
};
use crate::model::connectivity::leads::{Gap, Hop};
use crate::model::connectivity::traffic::Bounds;
use crate::model::labels::Answer;
use crate::model::ports::Protocol;
use crate::report::write_pretty;
use crate::source::{Sources, Span};

pub fn write(sources: &Sources, found: &[(&str, &Reasons)], out: &mut dyn Write) -> io::Result<()> {
    let clusters = list(found, |(name, reasons)| {
        let gaps = list(&reasons.answer.gaps, |(service, gap)| {
            with(object(sources, service), gap_value(gap))
        });
        json!({
            "name": name,
            "connections": list(&reasons.explained, |one| explained(sources, one)),
            "services_to_nowhere": gaps,
        })
    });
    write_pretty(&json!({"version": 1, "clusters": clusters}), out)?;
    writeln!(out)
}

fn explained(sources: &Sources, explained: &Explained) -> Value {
    let Explained { source, destination, traffic, routes } = explained;
    let value = json!({
        "source": party(source),
        "destination": party(destination),
        "routes": list(routes, |one| route(sources, one)),
    });
    with(value, bounds(traffic))
}

fn route(sources: &Sources, route: &Route) -> Value {
    let via = list(&route.via, |via| match via {
        Via::Service(hop, target) => with(service(sources, hop), json!({"target": bounds(target)})),
        Via::Entry(entry, traffic) => {
            let target = bounds(&Bounds::known(traffic.clone()));
            with(object(sources, entry), json!({"target": target}))
        }
    });
    let value = json!({
        "through": via,
        "asked": bounds(&route.asked),
        "sides": list(&route.sides, |one| side(sources, one)),
    });
    with(value, bounds(&route.traffic))
}

fn service(sources: &Sources, hop: &Hop) -> Value {
    let value = json!({
        "kind": "Service",
        "namespace": hop.namespace,
        "name": hop.name,
        "port": hop.port.map(port),
        "target_name": hop.target_name,
        "selects": answer(hop.selects),
    });
    with(value, place(sources, hop.span))
}

fn side(sources: &Sources, side: &Side) -> Value {
    let value = json!({
        "direction": side.direction.field(),
        "host_network": answer(side.host_network),
        "not_understood": list(&side.unread, |policy| object(sources, policy)),
        "decisions": list(&side.decisions, |one| decision(sources, one)),
    });
    with(value, bounds(&side.allowed))
}

fn decision(sources: &Sources, decision: &Decision) -> Value {
    let verdict = match decision.verdict {
        Verdict::Allow => "allow",
        Verdict::Block => "block",
        Verdict::Pass => "pass",
        Verdict::Unknown => "unknown",
    };
    let layer = Some(&decision.layer).filter(|layer| !layer.is_empty());
    let value = json!({"decision": verdict, "layer": layer});
    with(with(value, bounds(&decision.traffic)), reason(sources, &decision.reason))
}

fn reason(sources: &Sources, reason: &Reason) -> Value {
    match reason {
        Reason::Rule { policy, span, doubts } => json!({
            "reason": "rule",
            "policy": object(sources, policy),
            "rule": place(sources, *span),
            "doubts": list(doubts, doubt),
        }),
        Reason::Isolated(policies) => json!({
            "reason": "isolated",
            "policies": list(policies, |one| isolating(sources, one)),
        }),
        Reason::UnknownRules(policies) => json!({
            "reason": "unknown-rules",
            "policies": list(policies, |policy| object(sources, policy)),
        }),
        Reason::NothingMatches => json!({"reason": "nothing-matches"}),
        Reason::NotSelected => json!({"reason": "not-selected"}),
        Reason::NothingDecides => json!({"reason": "nothing-decides"}),
    }
}

fn isolating(sources: &Sources, isolating: &Isolating) -> Value {
    let missed = list(&isolating.missed, |Missed { span, why }| {
        let why = match why {
            Miss::Peers => json!({"because": "peers"}),
            Miss::Blocks => json!({"because": "addresses"}),
            Miss::Ports(ports) => with(json!({"because": "ports"}), bounds(ports)),
        };
        with(place(sources, *span), why)
    });
    let value = json!({"doubts": list(&isolating.doubts, doubt), "rules": missed});
    with(object(sources, &isolating.policy), value)
}

fn doubt(doubt: &Doubt) -> Value {
    json!(match doubt {
        Doubt::Selection => "selection",
        Doubt::Types => "types",
        Doubt::PeerLabels => "peer-labels",
        Doubt::Peers => "peers",
        Doubt::Addresses => "addresses",
        Doubt::IngressController => "ingress-controller",
        Doubt::Ports => "ports",
    })
}

fn gap_value(gap: &Gap) -> Value {
    match gap {
        Gap::ExternalName => json!({"because": "external-name"}),
        Gap::NoSelector => json!({"because": "no-selector"}),
        Gap::NoPods => json!({"because": "no-pods"}),
        Gap::OtherPorts(ports) => {
            json!({"because": "other-ports", "ports": list(ports, |one| port(*one))})
        }
    }
}

fn port((protocol, port): (Protocol, u16)) -> Value {
    json!({"protocol": protocol.name(), "port": port})
}

fn answer(answer: Answer) -> &'static str {
    match answer {
        Answer::No => "no",
        Answer::Unknown => "unknown",
        Answer::Yes => "yes",
    }
}

pub fn bounds(bounds: &Bounds) -> Value {
    json!({"sure": ports(&bounds.sure), "possible": ports(&bounds.possible)})
}

fn object(sources: &Sources, object: &ObjectRef) -> Value {
    let value = json!({"kind": object.kind, "namespace": object.namespace, "name": object.name});
    with(value, place(sources, object.span))
}

fn place(sources: &Sources, span: Span) -> Value {
    let start = sources.start(span);
    let path = sources.get(span.file).path();
    json!({"path": path, "line": start.line, "column": start.column})
}

/// The fields of both objects.
fn with(mut one: Value, other: Value) -> Value {
    if let (Value::Object(fields), Value::Object(more)) = (&mut one, other) {
        fields.extend(more);
    }
    one
}

fn list<T>(items: &[T], value: impl Fn(&T) -> Value) -> Vec<Value> {
    items.iter().map(value).collect()
}
