//! The pods in view that the peers of policies select.

use super::Network;
use super::labels::{Answer, Selector};
use super::policies::{Direction, Policy};
use super::policy_rules::{Peer, PeerKind, Rule};

impl<'a> Network<'a> {
    /// The classes of pods in view that a peer selects, or may. Nothing for a range of addresses.
    pub fn peer_classes(&self, policy: &Policy<'a>, peer: &Peer<'a>) -> Vec<(usize, Answer)> {
        let PeerKind::Pods { namespaces, pods } = &peer.kind else { return Vec::new() };
        let everything = Selector::default();
        let pods = pods.as_ref().unwrap_or(&everything);
        match namespaces {
            None => self.workloads.select(policy.namespace, pods),
            Some(namespaces) => self.classes_of(namespaces, pods),
        }
    }

    /// The classes of pods in view that two selectors select together, or may.
    pub fn classes_of(
        &self,
        namespaces: &Selector<'_>,
        pods: &Selector<'_>,
    ) -> Vec<(usize, Answer)> {
        self.workloads.select_across(&self.namespaces, namespaces, pods)
    }

    /// The pods whose ports a rule speaks of: those that the policy selects for ingress, those
    /// that the peers select for egress. `None` where some may be out of sight.
    pub fn served_classes(
        &self,
        policy: &Policy<'a>,
        direction: Direction,
        rule: &Rule<'a>,
    ) -> Option<Vec<usize>> {
        let classes = match direction {
            Direction::Ingress if policy.selector.is_empty() => return None,
            Direction::Ingress => policy.classes(&self.workloads),
            Direction::Egress => {
                let mut classes = Vec::new();
                for peer in rule.peers.as_ref()? {
                    let PeerKind::Pods { namespaces, pods } = &peer.kind else { return None };
                    let open = |selector: &Option<Selector<'_>>| {
                        selector.as_ref().is_none_or(Selector::is_empty)
                    };
                    // All pods of a namespace, or all namespaces, are never all in view.
                    if open(pods) || namespaces.as_ref().is_some_and(Selector::is_empty) {
                        return None;
                    }
                    let selected = self.peer_classes(policy, peer);
                    if selected.is_empty() {
                        return None;
                    }
                    classes.extend(selected);
                }
                classes
            }
        };
        let known = classes.iter().all(|(_, selects)| selects.is_yes());
        (known && !classes.is_empty())
            .then(|| classes.into_iter().map(|(class, _)| class).collect())
    }
}
