//! Whom the rules of Calico's policies are about.

use super::{Calico, as_selector, holds};
use crate::ingest::List;
use crate::ingest::calico_policy::{EntityRule, LabelExpression, ServiceMatch};
use crate::model::addresses::overlap::Coverage;
use crate::model::addresses::{Family, IpRange};
use crate::model::connectivity::endpoints::Selection;
use crate::model::connectivity::layers::{Peers, Ports};
use crate::model::connectivity::traffic::{Bounds, Traffic};
use crate::model::labels::{Answer, Labels};
use crate::model::policy_rules::parse_range;
use crate::model::ports::PortRef;
use crate::model::services::Service;
use crate::syntax::decode::Field;

impl<'a> Calico<'_, 'a> {
    /// The peers of a rule of a policy of the namespace `own`, or of all namespaces.
    pub fn peers(
        &self,
        entity: &'a EntityRule,
        own: Option<&'a str>,
        selection: &mut Selection<'_, 'a>,
    ) -> Peers {
        let by_address = !entity.nets.is_absent() || !entity.not_nets.is_absent();
        let by_label = !entity.selector.is_absent()
            || !entity.namespace_selector.is_absent()
            || !entity.not_selector.is_absent()
            || !entity.service_accounts.is_absent();
        // Which addresses a name has, the files do not tell.
        if !entity.domains.is_absent() {
            return unsure_peers();
        }
        match (by_address, by_label) {
            (true, true) => {
                both(addresses(entity), self.labelled(entity, own, selection), selection)
            }
            (true, false) => addresses(entity),
            (false, true) => self.labelled(entity, own, selection),
            (false, false) => Peers::everybody(),
        }
    }

    /// The pods behind a Service, and their ports; `None` for what is in no file. Calico takes
    /// what EndpointSlices say: a Service without any matches nothing.
    pub fn service(
        &self,
        entity: &'a EntityRule,
        own: Option<&'a str>,
        selection: &mut Selection<'_, 'a>,
    ) -> Option<(Peers, Ports<'a>)> {
        let ServiceMatch { name, namespace } = entity.services.value()?;
        let namespace = match namespace {
            Field::Absent => own?,
            field => field.value()?,
        };
        let service = self.services.get(namespace, name.value()?)?;
        if service.is_external_name() {
            return Some((Peers::default(), Ports::All));
        }
        service.selector.as_ref().filter(|_| !service.is_patched)?;
        let pods = selection.behind(service);
        Some((Peers { pods, ..Peers::default() }, ports(service)))
    }

    fn labelled(
        &self,
        entity: &'a EntityRule,
        own: Option<&'a str>,
        selection: &mut Selection<'_, 'a>,
    ) -> Peers {
        // With a selector of namespaces a rule looks beyond its own.
        let within = own.filter(|_| entity.namespace_selector.is_absent());
        let mut pods = selection.matching(within, &entity.namespace_selector, &entity.selector);
        if let Some(accounts) = entity.service_accounts.value() {
            let names: Option<Vec<&str>> =
                accounts.names.items().iter().map(|name| Some(name.value()?.as_str())).collect();
            pods = match names {
                Some(names) if accounts.selector.is_absent() && !names.is_empty() => {
                    selection.with_accounts(pods, &names)
                }
                _ => selection.unsure(pods),
            };
        }
        let is_negated = !entity.not_selector.is_absent();
        if is_negated {
            let everything = entity.selector.is_absent() && entity.service_accounts.is_absent();
            if own.is_none() && everything && entity.namespace_selector.is_absent() {
                // All the rest: addresses outside, too.
                return unsure_peers();
            }
            let not = selection.matching(None, &Field::Absent, &entity.not_selector);
            pods = selection.without(pods, &not);
        }
        let namespaces = entity.namespace_selector.value();
        let namespaces = namespaces.and_then(|written| written.parsed.as_ref().ok());
        let out_of_sight =
            namespaces.and_then(as_selector).is_some_and(|it| selection.names_unseen(&it));
        let mut peers = Peers { pods, out_of_sight, ..Peers::default() };
        // Whether a set of addresses is among those that are not selected is not looked into.
        peers.unknown = is_negated && !self.sets.is_empty();
        if let Some(LabelExpression { parsed: Ok(expression), .. }) = entity.selector.value() {
            for (set, namespace, ranges) in &self.sets {
                if within.is_some() && *namespace != within {
                    continue;
                }
                let labels = Labels::written(&set.resource.metadata.labels);
                match holds(expression, &labels) {
                    Answer::Yes if entity.namespace_selector.is_absent() => {
                        peers.blocks.extend(ranges);
                    }
                    Answer::No => {}
                    _ => peers.unknown = true,
                }
            }
        }
        peers
    }
}

/// The ports of pods that a Service leads to.
fn ports<'a>(service: &Service<'a>) -> Ports<'a> {
    let mut numbers = Bounds::none();
    let mut names = Vec::new();
    if service.spec.ports.is_unknown() || service.spec.ports.items().iter().any(Field::is_unknown) {
        numbers = Bounds::all().unsure();
    }
    for view in service.ports() {
        let bounds = match (view.protocol, view.target) {
            (Some(protocol), Some(PortRef::Number(number))) => {
                Bounds::known(Traffic::ports(protocol, number, number))
            }
            (Some(protocol), Some(PortRef::Name(name))) => {
                names.push((Some(protocol), name));
                continue;
            }
            _ => Bounds::all().unsure(),
        };
        numbers = numbers.or(&bounds);
    }
    Ports::These { numbers, names }
}

/// Those that are both at certain addresses and selected. Which addresses pods have, the files do
/// not tell.
fn both(at: Peers, selected: Peers, selection: &Selection<'_, '_>) -> Peers {
    let of_sets = selected.blocks.iter();
    let blocks = of_sets.flat_map(|set| {
        at.blocks.iter().filter(|block| block.overlaps(*set)).filter_map(|block| {
            IpRange::new(block.first().max(set.first()), block.last().min(set.last()))
        })
    });
    Peers {
        blocks: blocks.collect(),
        pods: selection.unsure(selected.pods),
        unknown: selected.unknown,
        ..Peers::default()
    }
}

pub fn unsure_peers() -> Peers {
    Peers { unknown: true, ..Peers::default() }
}

pub fn names_peers(entity: &EntityRule) -> bool {
    !entity.nets.is_absent()
        || !entity.not_nets.is_absent()
        || !entity.selector.is_absent()
        || !entity.not_selector.is_absent()
        || !entity.namespace_selector.is_absent()
        || !entity.service_accounts.is_absent()
}

fn addresses(entity: &EntityRule) -> Peers {
    let ranges = |list: &List<String>| -> Option<Vec<IpRange>> {
        list.items().iter().map(|net| parse_range(net.value()?)).collect()
    };
    let (Some(nets), Some(not_nets)) = (ranges(&entity.nets), ranges(&entity.not_nets)) else {
        return unsure_peers();
    };
    let places = match entity.nets.is_absent() {
        true => Family::ALL.map(IpRange::everything).to_vec(),
        false => nets,
    };
    let except = Coverage::of(&not_nets);
    let blocks = places.iter().flat_map(|place| except.gaps_in(*place)).collect();
    let reduced = if not_nets.is_empty() { Vec::new() } else { places };
    // Pods are somewhere in all the rest.
    let unknown = entity.nets.is_absent();
    Peers { blocks, reduced, unknown, ..Peers::default() }
}
