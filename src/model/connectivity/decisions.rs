//! Steps of an evaluation as decisions that can be told.
//!
//! Policies that only add to each other are told side by side: two rules that let the same through
//! are both named. Where the order counts, a rule is told with what it decides itself.

use super::Connectivity;
use super::layers::{Action, Inquiry, Peer, Policy, Stage, StageRule, Step};
use super::traffic::Bounds;
use crate::ingest::Body;
use crate::ingest::kubernetes::Kubernetes;
use crate::model::labels::Answer;
use crate::model::object::Object;
use crate::model::policies::Direction;
use crate::source::Span;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub verdict: Verdict,
    /// What it is about, of what was asked for.
    pub traffic: Bounds,
    /// The layer's name; empty at the end of all layers.
    pub layer: String,
    pub reason: Reason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Allow,
    Block,
    /// Leaves it to the next layer.
    Pass,
    /// The files do not tell.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    Rule {
        policy: ObjectRef,
        span: Span,
        /// Why the rule may not decide all of it.
        doubts: Vec<Doubt>,
    },
    /// Policies isolate the pods, and none of their rules matches.
    Isolated(Vec<Isolating>),
    /// Policies whose rules cannot be known.
    UnknownRules(Vec<ObjectRef>),
    /// The layer decides nothing by itself.
    NothingMatches,
    /// No policy selects the pods.
    NotSelected,
    /// No layer has decided.
    NothingDecides,
}

/// A policy that isolates pods, or may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Isolating {
    pub policy: ObjectRef,
    pub doubts: Vec<Doubt>,
    /// Its rules, none of which matches.
    pub missed: Vec<Missed>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    pub span: Span,
    pub why: Miss,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Miss {
    /// It is about others.
    Peers,
    /// It is about ranges of addresses; whether they are about pods is up to the plugin.
    Blocks,
    /// It is about these, and other ports.
    Ports(Bounds),
}

/// What keeps a rule from deciding for certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Whether the policy selects the pods.
    Selection,
    /// Whether the policy is about the direction.
    Types,
    /// Whether a selector of peers selects the pods at the other end.
    PeerLabels,
    /// Whom the rule is about.
    Peers,
    /// Which addresses the names or machines have that the rule is about.
    Addresses,
    /// What the ingress controller is.
    IngressController,
    /// Which ports the rule is about.
    Ports,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectRef {
    pub kind: String,
    pub namespace: Option<String>,
    pub name: String,
    pub span: Span,
}

impl ObjectRef {
    pub fn of(object: Object<'_>) -> ObjectRef {
        ObjectRef {
            kind: object.kind().to_owned(),
            namespace: object.namespace_name().map(str::to_owned),
            name: object.name().to_owned(),
            span: object.resource.name_span(),
        }
    }
}

/// Collects the decisions about an endpoint in one direction.
pub struct Decisions<'n, 'a> {
    connectivity: &'n Connectivity<'a>,
    endpoint: usize,
    direction: Direction,
    inquiry: Inquiry<'n, 'a>,
    pub made: Vec<Decision>,
    /// Of the layer at hand: rules that do not match, by the object of their policy.
    missed: Vec<(Object<'a>, Missed)>,
    /// Of the layer at hand: what policies that add to each other have decided.
    added: Bounds,
    /// Whether any layer has been asked.
    asked: bool,
}

impl<'n, 'a> Decisions<'n, 'a> {
    pub fn about(
        connectivity: &'n Connectivity<'a>,
        endpoint: usize,
        direction: Direction,
        inquiry: Inquiry<'n, 'a>,
    ) -> Decisions<'n, 'a> {
        Decisions {
            connectivity,
            endpoint,
            direction,
            inquiry,
            made: Vec::new(),
            missed: Vec::new(),
            added: Bounds::none(),
            asked: false,
        }
    }

    pub fn take(&mut self, step: &Step<'_, '_, 'a>) {
        match step {
            Step::OtherPeers(rule) => {
                let is_pods = matches!(self.inquiry.peer, Peer::Pods(..));
                let peers = &rule.rule.peers;
                let why = match is_pods && !peers.outside_only && !peers.blocks.is_empty() {
                    true => Miss::Blocks,
                    false => Miss::Peers,
                };
                self.miss(rule, why);
            }
            Step::Rule { stage, rule, matched, decided } => {
                self.rule(stage.layer.name, rule, matched, decided);
            }
            Step::End { stage, left } => self.end(stage, left),
            Step::Rest { left } => {
                let reason = match self.asked {
                    true => Reason::NothingDecides,
                    false => Reason::NotSelected,
                };
                self.decide(Verdict::Allow, left, "", reason);
            }
        }
    }

    fn miss(&mut self, rule: &StageRule<'_, 'a>, why: Miss) {
        self.missed.push((rule.policy.object, Missed { span: rule.rule.span, why }));
    }

    fn rule(&mut self, layer: &str, rule: &StageRule<'_, 'a>, matched: &Bounds, decided: &Bounds) {
        if matched.and(&self.inquiry.traffic).possible.is_none() {
            let ports = rule.rule.ports.on(self.inquiry.destination);
            return self.miss(rule, Miss::Ports(ports));
        }
        let mut traffic = decided.clone();
        if is_additive(rule.policy) {
            traffic = traffic.or(&self.added.and(matched));
            self.added = self.added.or(decided);
        }
        let verdict = match rule.rule.action {
            Action::Allow => Verdict::Allow,
            Action::Deny => Verdict::Block,
            Action::Pass => Verdict::Pass,
        };
        let reason = Reason::Rule {
            policy: ObjectRef::of(rule.policy.object),
            span: rule.rule.span,
            doubts: self.doubts(rule, matched),
        };
        self.decide(verdict, &traffic, layer, reason);
    }

    fn end(&mut self, stage: &Stage<'_, 'a>, left: &Bounds) {
        self.asked = true;
        self.added = Bounds::none();
        let missed = std::mem::take(&mut self.missed);
        let policies = self.connectivity.concerning(stage.layer, self.endpoint);
        if stage.unknown {
            let unknown = policies.iter().filter(|(_, policy)| policy.side(self.direction).unknown);
            let unknown = unknown.map(|(_, policy)| ObjectRef::of(policy.object)).collect();
            let reason = Reason::UnknownRules(unknown);
            self.decide(Verdict::Unknown, left, stage.layer.name, reason);
        }
        let certain = stage.isolates;
        let (verdict, reason) = match certain {
            Answer::No => (Verdict::Pass, Reason::NothingMatches),
            Answer::Yes | Answer::Unknown => {
                let isolating = policies.into_iter().filter(|(applies, policy)| {
                    // Where some isolate for certain, the others do not matter.
                    applies.and(policy.side(self.direction).isolates) == certain
                });
                let isolating = isolating.map(|(applies, policy)| {
                    let own = missed.iter().filter(|(object, _)| object.is(policy.object));
                    Isolating {
                        policy: ObjectRef::of(policy.object),
                        doubts: self.selection_doubts(applies, policy),
                        missed: own.map(|(_, missed)| missed.clone()).collect(),
                    }
                });
                let mut isolating: Vec<Isolating> = isolating.collect();
                // A policy may have several parts.
                isolating.dedup();
                let verdict = if certain.is_yes() { Verdict::Block } else { Verdict::Unknown };
                (verdict, Reason::Isolated(isolating))
            }
        };
        self.decide(verdict, left, stage.layer.name, reason);
    }

    fn decide(&mut self, verdict: Verdict, traffic: &Bounds, layer: &str, reason: Reason) {
        if !traffic.possible.is_none() {
            let (traffic, layer) = (traffic.clone(), layer.to_owned());
            self.made.push(Decision { verdict, traffic, layer, reason });
        }
    }

    fn doubts(&self, rule: &StageRule<'_, 'a>, matched: &Bounds) -> Vec<Doubt> {
        let Inquiry { peer, destination, reading, .. } = &self.inquiry;
        let mut doubts = self.selection_doubts(rule.applies, rule.policy);
        let peers = &rule.rule.peers;
        if peers.covers(*peer, *reading) == Answer::Unknown {
            doubts.push(match peer {
                _ if peers.unknown => Doubt::Peers,
                Peer::Pods(..) => Doubt::PeerLabels,
                Peer::External(_) | Peer::Address(_) => Doubt::Addresses,
                Peer::Ingress => Doubt::IngressController,
            });
        }
        let ports = rule.rule.ports.on(*destination);
        if ports.sure != ports.possible && !matched.possible.is_none() {
            doubts.push(Doubt::Ports);
        }
        doubts
    }

    fn selection_doubts(&self, applies: Answer, policy: &Policy<'a>) -> Vec<Doubt> {
        let mut doubts = Vec::new();
        if applies == Answer::Unknown && policy.subject.get(self.endpoint) == Answer::Unknown {
            doubts.push(Doubt::Selection);
        }
        if policy.side(self.direction).isolates == Answer::Unknown {
            doubts.push(Doubt::Types);
        }
        doubts
    }
}

/// Whether the order of a policy among others of its kind does not count.
fn is_additive(policy: &Policy<'_>) -> bool {
    let body = policy.object.body();
    matches!(body, Body::Kubernetes(Kubernetes::NetworkPolicy(_)) | Body::CiliumPolicy(_))
}
