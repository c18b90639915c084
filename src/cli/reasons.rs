//! `netvet connections --explain` for people: what decides about each connection.

use std::io::{self, Write};

use super::connections::shown;
use super::inventory::shown_name;
use super::question::Reasons;
use crate::model::connectivity::connections::Party;
use crate::model::connectivity::explain::{
    Decision, Doubt, Explained, Isolating, Miss, Missed, ObjectRef, Reason, Route, Side, Verdict,
    Via,
};
use crate::model::connectivity::leads::{Gap, Hop};
use crate::model::connectivity::traffic::Bounds;
use crate::model::labels::Answer;
use crate::model::policies::Direction;
use crate::report::printable;
use crate::source::{Sources, Span};

/// Of the policies that isolate pods, and of the rules of one that do not match, so many are shown.
const MOST: usize = 8;

pub fn write(sources: &Sources, found: &[(&str, &Reasons)], out: &mut dyn Write) -> io::Result<()> {
    for (index, (name, reasons)) in found.iter().enumerate() {
        if found.len() > 1 {
            let gap = if index > 0 { "\n" } else { "" };
            writeln!(out, "{gap}# {}", printable(shown_name(name)))?;
        }
        for (index, explained) in reasons.explained.iter().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            connection(sources, explained, out)?;
        }
        for (service, gap) in &reasons.answer.gaps {
            let service = object(sources, service);
            writeln!(out, "{service} leads to no pods: {}", gap_text(gap))?;
        }
    }
    let is_silent =
        |reasons: &Reasons| reasons.explained.is_empty() && reasons.answer.gaps.is_empty();
    if found.iter().all(|(_, reasons)| is_silent(reasons)) {
        writeln!(out, "nothing to explain: there is no such connection from or to pods")?;
    }
    Ok(())
}

fn connection(sources: &Sources, explained: &Explained, out: &mut dyn Write) -> io::Result<()> {
    let Explained { source, destination, traffic, routes } = explained;
    writeln!(out, "{} => {} : {}", shown(source), shown(destination), bounds(traffic))?;
    for (index, route) in routes.iter().enumerate() {
        if routes.len() > 1 {
            let (number, all) = (index + 1, routes.len());
            writeln!(out, "  way {number} of {all}: {}", bounds(&route.traffic))?;
        }
        self::route(sources, route, source, destination, out)?;
    }
    Ok(())
}

fn route(
    sources: &Sources,
    route: &Route,
    source: &Party,
    destination: &Party,
    out: &mut dyn Write,
) -> io::Result<()> {
    for via in &route.via {
        let (what, ports) = match via {
            Via::Service(hop, target) => (service(sources, hop), bounds(target)),
            Via::Entry(entry, ports) => (object(sources, entry), ports.to_string()),
        };
        writeln!(out, "  through {what} to {ports} of {}", shown(destination))?;
    }
    for side in &route.sides {
        let party = match side.direction {
            Direction::Ingress => destination,
            Direction::Egress => source,
        };
        self::side(sources, side, party, out)?;
    }
    Ok(())
}

fn service(sources: &Sources, hop: &Hop) -> String {
    let port = hop.port.map(|(_, port)| format!(":{port}")).unwrap_or_default();
    let may = if hop.selects.is_yes() { "" } else { ", which may select these pods," };
    let name = match &hop.target_name {
        Some(name) => format!(", by the name `{}`", printable(name)),
        None => String::new(),
    };
    let service = name_of(hop.namespace.as_deref(), &hop.name);
    format!("Service {service}{port} ({}){may}{name}", place(sources, hop.span))
}

fn side(sources: &Sources, side: &Side, party: &Party, out: &mut dyn Write) -> io::Result<()> {
    let way = match side.direction {
        Direction::Ingress => "into",
        Direction::Egress => "out of",
    };
    writeln!(out, "  {way} {}: {}", shown(party), bounds(&side.allowed))?;
    let may = match side.host_network {
        Answer::No => None,
        Answer::Unknown => Some("may have"),
        Answer::Yes => Some("have"),
    };
    if let Some(may) = may {
        let note = "whether policies see them is up to the network plugin";
        writeln!(out, "    note   the pods {may} the network of their node; {note}")?;
    }
    for policy in side.unread.iter().take(MOST) {
        let policy = object(sources, policy);
        writeln!(out, "    note   {policy} is not understood, and may decide otherwise")?;
    }
    for (index, decision) in side.decisions.iter().enumerate() {
        let verdict = match decision.verdict {
            Verdict::Allow => "allow",
            Verdict::Block => "block",
            Verdict::Pass => "pass",
            Verdict::Unknown => "?",
        };
        let tier = match side.layered && !decision.layer.is_empty() {
            true => format!("tier {}: ", printable(&decision.layer)),
            false => String::new(),
        };
        let traffic = match is_the_rest(&side.decisions[..index]) {
            true if is_remainder(decision) => "all else".to_owned(),
            _ => bounds(&decision.traffic),
        };
        let reason = reason(sources, decision, side.direction);
        writeln!(out, "    {verdict:<5}  {traffic}: {tier}{reason}")?;
        if let Reason::Isolated(policies) = &decision.reason {
            missed_rules(sources, policies, out)?;
        }
    }
    Ok(())
}

/// Whether what the decisions before leave is all that they are not about.
fn is_the_rest(before: &[Decision]) -> bool {
    let decides = |one: &Decision| matches!(one.verdict, Verdict::Allow | Verdict::Block);
    let is_certain = |one: &Decision| one.traffic.sure == one.traffic.possible;
    before.iter().any(decides)
        && before
            .iter()
            .all(|one| is_certain(one) && (decides(one) || one.reason == Reason::NothingMatches))
}

fn is_remainder(decision: &Decision) -> bool {
    let Bounds { sure, possible } = &decision.traffic;
    sure == possible && !matches!(decision.reason, Reason::Rule { .. })
}

fn reason(sources: &Sources, decision: &Decision, direction: Direction) -> String {
    let direction = direction.field();
    match &decision.reason {
        Reason::Rule { policy, span, doubts } => {
            let policy = titled(policy);
            format!("{policy}, rule at {}{}", place(sources, *span), because(doubts))
        }
        Reason::Isolated(policies) => {
            let names = policies.iter().take(MOST).map(|isolating| {
                format!("{}{}", object(sources, &isolating.policy), because(&isolating.doubts))
            });
            let mut names: Vec<String> = names.collect();
            if policies.len() > MOST {
                names.push(format!("{} more", policies.len() - MOST));
            }
            let none = match policies.iter().all(|isolating| isolating.missed.is_empty()) {
                true => "no rule allows it",
                false => "none of the rules matches",
            };
            let may = if decision.verdict == Verdict::Block { "" } else { "perhaps " };
            format!("{may}isolated for {direction} by {}, and {none}", names.join(" and "))
        }
        Reason::UnknownRules(policies) => {
            let names: Vec<String> =
                policies.iter().take(MOST).map(|policy| object(sources, policy)).collect();
            format!("rules of {} cannot be known from the files", names.join(" and "))
        }
        Reason::NothingMatches => "no rule matches".to_owned(),
        Reason::NotSelected => format!("no policy selects these pods for {direction}"),
        Reason::NothingDecides => "no rule decides, and nothing isolates these pods".to_owned(),
    }
}

fn missed_rules(sources: &Sources, policies: &[Isolating], out: &mut dyn Write) -> io::Result<()> {
    for isolating in policies.iter().take(MOST) {
        for Missed { span, why } in isolating.missed.iter().take(MOST) {
            let why = match why {
                Miss::Peers => "is about others".to_owned(),
                Miss::Blocks => {
                    "is about addresses; whether they are those of pods is up to the network plugin"
                        .to_owned()
                }
                Miss::Ports(ports) => format!("is about {}", bounds(ports)),
            };
            writeln!(out, "           rule at {} {why}", place(sources, *span))?;
        }
        if isolating.missed.len() > MOST {
            writeln!(out, "           and {} more", isolating.missed.len() - MOST)?;
        }
    }
    Ok(())
}

fn because(doubts: &[Doubt]) -> String {
    let texts: Vec<&str> = doubts.iter().copied().map(doubt).collect();
    if texts.is_empty() { String::new() } else { format!(" ({})", texts.join("; ")) }
}

fn doubt(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Selection => "a template or a controller decides whether it selects these pods",
        Doubt::Types => "a template decides whether it is about this direction",
        Doubt::PeerLabels => "a template or a controller decides whether it is about the other end",
        Doubt::Peers => "whom it is about is filled in by a template, or is in no file",
        Doubt::Addresses => "the addresses that it is about are in no file",
        Doubt::IngressController => {
            "the labels and addresses of the ingress controller are unknown"
        }
        Doubt::Ports => "the ports that it is about are filled in by a template, or are in no file",
    }
}

fn gap_text(gap: &Gap) -> String {
    match gap {
        Gap::ExternalName => "it is an alias of a name elsewhere".to_owned(),
        Gap::NoSelector => {
            "it has no selector, and somebody else provides its endpoints".to_owned()
        }
        Gap::NoPods => "it selects none of those in the files given".to_owned(),
        Gap::OtherPorts(ports) if ports.is_empty() => "it has no ports".to_owned(),
        Gap::OtherPorts(ports) => {
            let ports: Vec<String> =
                ports.iter().map(|(protocol, port)| format!("{protocol} {port}")).collect();
            format!("it has no such port, but {}", ports.join(", "))
        }
    }
}

/// `TCP 80`; `TCP 80, perhaps TCP 443`.
pub fn bounds(bounds: &Bounds) -> String {
    let more = bounds.possible.without(&bounds.sure);
    match (bounds.sure.is_none(), more.is_none()) {
        (_, true) => bounds.sure.to_string(),
        (true, false) => format!("perhaps {more}"),
        (false, false) => format!("{}, perhaps {more}", bounds.sure),
    }
}

/// `NetworkPolicy shop/db (shop.yaml:45:18)`.
fn object(sources: &Sources, object: &ObjectRef) -> String {
    format!("{} ({})", titled(object), place(sources, object.span))
}

fn titled(object: &ObjectRef) -> String {
    let name = name_of(object.namespace.as_deref(), &object.name);
    format!("{} {name}", printable(&object.kind))
}

fn name_of(namespace: Option<&str>, name: &str) -> String {
    match namespace {
        Some(namespace) => format!("{}/{}", printable(namespace), printable(name)),
        None => printable(name),
    }
}

fn place(sources: &Sources, span: Span) -> String {
    let start = sources.start(span);
    let path = sources.get(span.file).path();
    format!("{}:{}:{}", printable(path), start.line, start.column)
}
