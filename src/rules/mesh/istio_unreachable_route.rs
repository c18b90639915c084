//! `istio-unreachable-route`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Field;
use crate::model::Network;
use crate::model::mesh::matches::{covers_http, covers_l4, is_final};
use crate::model::mesh::{HttpRoute, L4Match, RouteDestination, StringMatch};
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/istio-unreachable-route.md"),
    check: Check::Network(check),
};

/// Beyond so many routes of one object, holding each against each costs too much.
const MAX_ROUTES: usize = 300;

/// A route of any protocol.
struct Route<'r, M> {
    matches: &'r Field<Vec<Field<M>>>,
    place: Span,
    /// Whether it keeps what it takes.
    is_final: bool,
}

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for virtual_service in &network.mesh.virtual_services {
        let spec = virtual_service.spec;
        let http = known(&spec.http).map(|(route, span)| Route {
            matches: &route.matches,
            place: http_place(route, span),
            is_final: is_final(route),
        });
        unreachable(&http.collect::<Vec<_>>(), covers_http, findings);
        let tls = known(&spec.tls).map(|(route, span)| l4(&route.matches, &route.route, span));
        unreachable(&tls.collect::<Vec<_>>(), covers_l4, findings);
        let tcp = known(&spec.tcp).map(|(route, span)| l4(&route.matches, &route.route, span));
        unreachable(&tcp.collect::<Vec<_>>(), covers_l4, findings);
    }
}

fn known<T>(list: &Field<Vec<Field<T>>>) -> impl Iterator<Item = (&T, Span)> {
    let known = list.items().iter().filter_map(Field::known);
    known.map(|item| (&item.value, item.span))
}

fn l4<'r>(
    matches: &'r Field<Vec<Field<L4Match>>>,
    routes: &Field<Vec<Field<RouteDestination>>>,
    span: Span,
) -> Route<'r, L4Match> {
    let sni = matches.items().iter().find_map(|it| it.value()?.sni_hosts.items().first()?.span());
    let place = sni.or_else(|| destination(routes)).unwrap_or(span);
    Route { matches, place, is_final: true }
}

/// Words by which a route is recognised: all of it is many lines.
fn http_place(route: &HttpRoute, span: Span) -> Span {
    let text = |field: &Field<StringMatch>| {
        let known = field.value()?;
        known.exact.span().or(known.prefix.span()).or(known.regex.span())
    };
    let path = route.matches.items().first().and_then(|it| text(&it.value()?.uri));
    let name = route.name.span();
    path.or(name).or_else(|| destination(&route.route)).unwrap_or(span)
}

fn destination(routes: &Field<Vec<Field<RouteDestination>>>) -> Option<Span> {
    routes.items().first()?.value()?.destination.value()?.host.span()
}

fn unreachable<M: Default>(
    routes: &[Route<'_, M>],
    covers: impl Fn(&M, &M) -> bool,
    findings: &mut Findings<'_>,
) {
    if routes.len() > MAX_ROUTES {
        return;
    }
    for (index, route) in routes.iter().enumerate() {
        // Whatever it takes, one of the earlier routes takes before it.
        let taker = |one: &M| {
            routes[..index].iter().find(|earlier| earlier.is_final && takes(earlier, one, &covers))
        };
        let takers: Option<Vec<&Route<'_, M>>> = match route.matches {
            Field::Unknown(_) => None,
            field if field.items().is_empty() => taker(&M::default()).map(|taker| vec![taker]),
            field => field.items().iter().map(|one| taker(one.value()?)).collect(),
        };
        let Some([first, ..]) = takers.as_deref() else { continue };
        findings.add(
            Diagnostic::warning(
                route.place.label(""),
                "no request gets to this route: earlier ones take all of its requests",
            )
            .related(first.place.label("comes first, and takes them"))
            .help(
                "the first route that matches decides: put the narrower one before the wider one",
            ),
        );
    }
}

/// Whether a route takes all that conditions would take.
fn takes<M>(route: &Route<'_, M>, later: &M, covers: &impl Fn(&M, &M) -> bool) -> bool {
    if route.matches.is_unknown() {
        return false;
    }
    let matches = route.matches.items();
    let covered = |one: &Field<M>| one.value().is_some_and(|one| covers(one, later));
    matches.is_empty() || matches.iter().any(covered)
}
