//! What closes a way: the layer that lets nothing through any more, and its policies.

use super::layers::{Action, Inquiry, Peer, Policy, Reading, Rule, Step, evaluate};
use super::traffic::{Bounds, Traffic};
use super::{Connectivity, Layer};
use crate::model::policies::Direction;
use crate::model::ports::Protocol;

/// What keeps a connection from being made, for certain.
#[derive(Debug)]
pub struct Closing<'l, 'a> {
    /// The policies that isolate, those about the fewest pods first; the one that denies, if it is
    /// one by its rule.
    pub policies: Vec<&'l Policy<'a>>,
    /// The rule that denies.
    pub rule: Option<&'l Rule<'a>>,
}

impl<'a> Connectivity<'a> {
    /// What does not let an endpoint talk to a peer on a port, or be talked to by one; `None` when
    /// something may get through.
    pub fn closing(
        &self,
        endpoint: usize,
        direction: Direction,
        peer: Peer<'_, '_>,
        (protocol, port): (Protocol, u16),
        reading: Reading,
    ) -> Option<Closing<'_, 'a>> {
        let destination = match (direction, peer) {
            (Direction::Ingress, _) => Some(&self.endpoints.all[endpoint]),
            (Direction::Egress, Peer::Pods(_, pods)) => Some(pods),
            (Direction::Egress, _) => None,
        };
        let traffic = Bounds::known(Traffic::ports(protocol, port, port));
        let inquiry = Inquiry { peer, destination, reading, traffic, every_rule: false };
        let stages = self.stages(endpoint, direction, reading);
        let mut closing = None;
        let allowed = evaluate(&stages, inquiry, |step| {
            if closing.is_some() {
                return;
            }
            closing = match step {
                Step::Rule { rule, decided, .. } => {
                    let denies = rule.rule.action == Action::Deny && !decided.sure.is_none();
                    denies.then(|| Closing { policies: vec![rule.policy], rule: Some(rule.rule) })
                }
                Step::End { stage, left } => {
                    let closes = stage.isolates.is_yes() && !left.possible.is_none();
                    closes.then(|| self.isolating(stage.layer, endpoint, direction))
                }
                Step::OtherPeers(_) | Step::Rest { .. } => None,
            };
        });
        closing.filter(|_| allowed.possible.is_none())
    }

    fn isolating(
        &self,
        layer: &Layer<'a>,
        endpoint: usize,
        direction: Direction,
    ) -> Closing<'_, 'a> {
        let policies = self.concerning(layer, endpoint).into_iter();
        let certain = policies.filter(|(applies, policy)| {
            applies.is_yes() && policy.side(direction).isolates.is_yes()
        });
        let mut policies: Vec<&Policy<'a>> = certain.map(|(_, policy)| policy).collect();
        policies.sort_by_key(|policy| policy.subject.size());
        Closing { policies, rule: None }
    }
}
