//! The pods that policies can tell apart: by namespace, labels, service account, named ports, and
//! whether they have the network of their node.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::calico;
use super::pod_addresses::PodAddresses;
use super::traffic::{Bounds, Traffic};
use crate::ingest::calico_policy::LabelExpression;
use crate::model::cluster_dns::KUBE_SYSTEM;
use crate::model::labels::{Answer, LabelValue, Labels, Selector};
use crate::model::namespaces::{CONVENTIONS, NAME_LABEL, Namespaces, fold, is_known};
use crate::model::ports::Protocol;
use crate::model::services::Service;
use crate::model::workloads::{PodClass, Workload, Workloads};
use crate::syntax::decode::Field;
use crate::syntax::label_expression::Expression;

/// Pods that no policy tells apart.
#[derive(Debug)]
pub struct Endpoint<'a> {
    /// The key of the namespace, see [`crate::model::Object::namespace`].
    pub namespace: &'a str,
    /// Index of their class among [`Workloads::classes`]; `None` for pods that are out of sight.
    pub class: Option<usize>,
    pub host_network: Answer,
    /// `None` when it cannot be known.
    pub service_account: Option<&'a str>,
    /// Indices of workloads.
    pub members: Vec<usize>,
    /// Named ports.
    names: Vec<(&'a str, Protocol, u16)>,
    /// Whether there may be others.
    open: bool,
    /// Where their addresses lie, when that is asked for.
    pub addresses: Option<Arc<PodAddresses>>,
}

/// Pods that the files do not show, as far as they can be thought of: those of the cluster's DNS,
/// for one, or those that a policy selects.
#[derive(Clone, Debug)]
pub struct Unseen<'a> {
    /// The key of the namespace.
    pub namespace: &'a str,
    pub labels: Labels<'a>,
    /// What they are selected by for certain, whatever their labels are.
    pub selected_by: Option<Selector<'a>>,
    /// Named ports.
    pub names: Vec<(&'a str, Protocol, u16)>,
    /// Whether there may be others.
    pub open: bool,
    pub addresses: Option<Arc<PodAddresses>>,
    /// Whether they are ever at the other end of a connection.
    pub is_peer: bool,
}

impl<'a> Endpoint<'a> {
    /// The port of a name; without a protocol, that of any.
    pub fn named(&self, protocol: Option<Protocol>, name: &str) -> Bounds {
        let named = self
            .names
            .iter()
            .filter(|(own, of, _)| *own == name && protocol.is_none_or(|protocol| protocol == *of));
        let traffic = named.fold(Traffic::none(), |sum, (_, protocol, port)| {
            sum.or(&Traffic::ports(*protocol, *port, *port))
        });
        let possible = match protocol {
            _ if !self.open => return Bounds::known(traffic),
            Some(protocol) => Traffic::protocol(protocol),
            None => Traffic::all(),
        };
        Bounds { sure: traffic, possible }
    }
}

impl<'a> Unseen<'a> {
    /// Pods that a selector selects, of which nothing else is known.
    pub fn selected_by(selector: Selector<'a>, namespace: &'a str) -> Unseen<'a> {
        let labels = Labels::required_by(&selector);
        let selected_by = Some(selector);
        Unseen {
            namespace,
            labels,
            selected_by,
            names: Vec::new(),
            open: true,
            addresses: None,
            is_peer: false,
        }
    }

    fn matches(&self, selector: &Selector<'a>) -> Answer {
        match self.selected_by.as_ref() == Some(selector) {
            true => Answer::Yes,
            false => selector.matches(&self.labels),
        }
    }
}

/// A set of endpoints, as far as it can be known.
#[derive(Clone, Debug, Default)]
pub enum ClassSet {
    #[default]
    None,
    /// Every pod there is, in view or not.
    All,
    /// By index, ascending; the others are not in it.
    Some(Arc<[(usize, Answer)]>),
}

impl ClassSet {
    pub fn get(&self, index: usize) -> Answer {
        match self {
            ClassSet::None => Answer::No,
            ClassSet::All => Answer::Yes,
            ClassSet::Some(set) => match set.binary_search_by_key(&index, |entry| entry.0) {
                Ok(at) => set[at].1,
                Err(_) => Answer::No,
            },
        }
    }

    /// How many there are.
    pub fn size(&self) -> usize {
        match self {
            ClassSet::None => 0,
            ClassSet::All => usize::MAX,
            ClassSet::Some(set) => set.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        match self {
            ClassSet::None => true,
            ClassSet::All => false,
            ClassSet::Some(set) => set.is_empty(),
        }
    }

    pub fn or(self, other: ClassSet) -> ClassSet {
        match (self, other) {
            (ClassSet::All, _) | (_, ClassSet::All) => ClassSet::All,
            (ClassSet::None, set) | (set, ClassSet::None) => set,
            (ClassSet::Some(left), ClassSet::Some(right)) => {
                let mut entries: Vec<(usize, Answer)> =
                    left.iter().chain(right.iter()).copied().collect();
                entries
                    .sort_unstable_by_key(|(index, answer)| (*index, std::cmp::Reverse(*answer)));
                entries.dedup_by_key(|(index, _)| *index);
                ClassSet::Some(entries.into())
            }
        }
    }
}

/// All endpoints of a cluster.
#[derive(Debug, Default)]
pub struct Endpoints<'a> {
    pub all: Vec<Endpoint<'a>>,
    /// By class, indices of endpoints.
    of_class: Vec<Vec<usize>>,
    /// Pods that the files do not show, by index behind all others.
    unseen: Vec<(usize, Unseen<'a>)>,
    /// By folded namespace, indices among them.
    unseen_in: FxHashMap<&'a str, Vec<usize>>,
}

impl<'a> Endpoints<'a> {
    pub fn new(workloads: &Workloads<'a>) -> Endpoints<'a> {
        let of_class = vec![Vec::new(); workloads.classes.len()];
        let mut endpoints = Endpoints { of_class, ..Endpoints::default() };
        let mut known = FxHashMap::default();
        for (index, workload) in workloads.all.iter().enumerate() {
            let (names, open) = named_ports(workload);
            let service_account = service_account(workload);
            let key = (workload.class, workload.host_network, service_account, names.clone(), open);
            let endpoint = *known.entry(key).or_insert_with(|| {
                endpoints.of_class[workload.class].push(endpoints.all.len());
                endpoints.all.push(Endpoint {
                    namespace: workload.namespace,
                    class: Some(workload.class),
                    host_network: workload.host_network,
                    service_account,
                    members: Vec::new(),
                    names: names.into_iter().collect(),
                    open,
                    addresses: None,
                });
                endpoints.all.len() - 1
            });
            endpoints.all[endpoint].members.push(index);
        }
        endpoints
    }

    pub fn of_class(&self, class: usize) -> &[usize] {
        &self.of_class[class]
    }

    /// Adds pods that the files do not show, and says which endpoint they are.
    pub fn add(&mut self, unseen: Unseen<'a>) -> usize {
        let endpoint = self.all.len();
        self.all.push(Endpoint {
            namespace: unseen.namespace,
            class: None,
            host_network: Answer::No,
            service_account: None,
            members: Vec::new(),
            names: unseen.names.clone(),
            open: unseen.open,
            addresses: unseen.addresses.clone(),
        });
        self.unseen_in.entry(fold(unseen.namespace)).or_default().push(self.unseen.len());
        self.unseen.push((endpoint, unseen));
        endpoint
    }

    /// The endpoints of classes in view, and of pods that are not.
    fn of_classes(
        &self,
        classes: impl IntoIterator<Item = (usize, Answer)>,
        unseen: impl IntoIterator<Item = (usize, Answer)>,
    ) -> ClassSet {
        let endpoints = classes.into_iter().flat_map(|(class, answer)| {
            self.of_class[class].iter().map(move |endpoint| (*endpoint, answer))
        });
        let unseen = unseen.into_iter().filter(|(_, answer)| !answer.is_no());
        let mut endpoints: Vec<(usize, Answer)> = endpoints.chain(unseen).collect();
        endpoints.sort_unstable_by_key(|(index, _)| *index);
        ClassSet::Some(endpoints.into())
    }

    /// The pods out of sight that may lie in a namespace; in any, if none is given.
    fn unseen_in(&self, namespace: Option<&str>) -> Vec<&(usize, Unseen<'a>)> {
        match namespace {
            Some(namespace) => {
                let found = self.unseen_in.get(fold(namespace));
                found.into_iter().flatten().map(|index| &self.unseen[*index]).collect()
            }
            None => self.unseen.iter().collect(),
        }
    }
}

/// Ports with names, each once, and whether there may be others.
fn named_ports<'a>(workload: &Workload<'a>) -> (BTreeSet<(&'a str, Protocol, u16)>, bool) {
    let ports =
        workload.ports().filter_map(|port| Some((port.name?, port.protocol?, port.number?)));
    (ports.collect(), !workload.ports_are_known())
}

fn service_account<'a>(workload: &Workload<'a>) -> Option<&'a str> {
    match &workload.spec.pod.service_account_name {
        Field::Absent => Some("default"),
        Field::Known(name) if name.is_empty() => Some("default"),
        Field::Known(name) => Some(name.value.as_str()),
        Field::Unknown(_) => None,
    }
}

/// Finds what selectors select, and remembers it: many policies say the same.
pub struct Selection<'n, 'a> {
    pub endpoints: &'n Endpoints<'a>,
    pub workloads: &'n Workloads<'a>,
    pub namespaces: &'n Namespaces<'a>,
    known: FxHashMap<(Asked, Option<Selector<'a>>, &'a str, Selector<'a>), ClassSet>,
    labels: FxHashMap<&'a str, Labels<'a>>,
    asked: Asked,
    /// Whether no pods in view are asked for at the other end: that is cheaper.
    only_unseen_peers: bool,
}

/// Who is selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asked {
    /// Whom policies are about.
    Subjects,
    /// Who is at the other end.
    Peers,
}

impl<'n, 'a> Selection<'n, 'a> {
    pub fn new(
        endpoints: &'n Endpoints<'a>,
        workloads: &'n Workloads<'a>,
        namespaces: &'n Namespaces<'a>,
        only_unseen_peers: bool,
    ) -> Selection<'n, 'a> {
        Selection {
            endpoints,
            workloads,
            namespaces,
            known: FxHashMap::default(),
            labels: FxHashMap::default(),
            asked: Asked::Subjects,
            only_unseen_peers,
        }
    }

    /// Says who is selected from now on.
    pub fn ask_for(&mut self, asked: Asked) {
        self.asked = asked;
    }

    fn looks_at_view(&self) -> bool {
        self.asked == Asked::Subjects || !self.only_unseen_peers
    }

    fn unseen_in(&self, namespace: Option<&str>) -> Vec<&'n (usize, Unseen<'a>)> {
        let mut unseen = self.endpoints.unseen_in(namespace);
        unseen.retain(|(_, pods)| pods.is_peer || self.asked == Asked::Subjects);
        unseen
    }

    /// The pods of one namespace that a selector selects.
    pub fn within(&mut self, namespace: &'a str, pods: &Selector<'a>) -> ClassSet {
        let key = (self.asked, None, fold(namespace), pods.clone());
        if let Some(set) = self.known.get(&key) {
            return set.clone();
        }
        let found = match self.looks_at_view() {
            true => self.workloads.select(namespace, pods),
            false => Vec::new(),
        };
        let unseen = self.unseen_in(Some(namespace)).into_iter();
        let unseen = unseen.map(|(endpoint, unseen)| (*endpoint, unseen.matches(pods)));
        let set = self.endpoints.of_classes(found, unseen);
        self.known.insert(key, set.clone());
        set
    }

    /// The pods that a selector selects in the namespaces that another one selects.
    pub fn across(&mut self, namespaces: &Selector<'a>, pods: &Selector<'a>) -> ClassSet {
        if namespaces.is_empty() && pods.is_empty() {
            return ClassSet::All;
        }
        let key = (self.asked, Some(namespaces.clone()), "", pods.clone());
        if let Some(set) = self.known.get(&key) {
            return set.clone();
        }
        let found = match self.looks_at_view() {
            true => self.workloads.select_across(self.namespaces, namespaces, pods),
            false => Vec::new(),
        };
        let mut unseen = Vec::new();
        for (endpoint, pods_out_of_sight) in self.unseen_in(None) {
            let of_namespace = namespaces.matches(self.labels(pods_out_of_sight.namespace));
            unseen.push((*endpoint, of_namespace.and(pods_out_of_sight.matches(pods))));
        }
        let set = self.endpoints.of_classes(found, unseen);
        self.known.insert(key, set.clone());
        set
    }

    /// Whether a selector names a namespace of which the files show no pods: not one of Kubernetes
    /// itself.
    pub fn names_unseen(&self, namespaces: &Selector<'a>) -> bool {
        let keys = std::iter::once(NAME_LABEL).chain(CONVENTIONS);
        let named = keys.into_iter().find_map(|key| namespaces.required_value(key));
        named.is_some_and(|name| name != KUBE_SYSTEM && !self.workloads.any_in(name))
    }

    /// The pods that expressions of Calico select: in one namespace, or in those that another
    /// expression selects.
    pub fn matching(
        &mut self,
        within: Option<&'a str>,
        namespaces: &'a Field<LabelExpression>,
        pods: &'a Field<LabelExpression>,
    ) -> ClassSet {
        let everything = &Expression::All;
        let expression = |field: &'a Field<LabelExpression>| match field {
            Field::Absent => Some(everything),
            Field::Known(written) => written.value.parsed.as_ref().ok(),
            Field::Unknown(_) => None,
        };
        let known = (expression(namespaces), expression(pods));
        let (namespaces, pods) = match known {
            (Some(namespaces), Some(pods)) => (namespaces, Some(pods)),
            _ => (everything, None),
        };
        let set = match (within, pods.and_then(calico::as_selector)) {
            (Some(namespace), Some(selector)) => self.within(namespace, &selector),
            (None, Some(selector)) if let Some(namespaces) = calico::as_selector(namespaces) => {
                self.across(&namespaces, &selector)
            }
            _ => self.holding(within, namespaces, pods.unwrap_or(everything)),
        };
        if pods.is_none() { self.unsure(set) } else { set }
    }

    /// The same by looking at each class.
    fn holding(
        &mut self,
        within: Option<&'a str>,
        namespaces: &Expression,
        pods: &Expression,
    ) -> ClassSet {
        let workloads = self.workloads;
        let mut found = Vec::new();
        let all: Vec<usize> = match within {
            _ if !self.looks_at_view() => Vec::new(),
            Some(namespace) => workloads.classes_in(namespace).to_vec(),
            None => (0..workloads.classes.len()).collect(),
        };
        for class in all {
            let PodClass { namespace, labels, .. } = &workloads.classes[class];
            let answer = self.holds(namespaces, pods, namespace, labels);
            if !answer.is_no() {
                found.push((class, answer));
            }
        }
        let unseen = self.unseen_in(within);
        let unseen: Vec<(usize, Answer)> = unseen
            .into_iter()
            .map(|(endpoint, unseen)| {
                (*endpoint, self.holds(namespaces, pods, unseen.namespace, &unseen.labels))
            })
            .collect();
        self.endpoints.of_classes(found, unseen)
    }

    /// Whether expressions hold for pods and their namespace, given by its key.
    fn holds(
        &mut self,
        namespaces: &Expression,
        pods: &Expression,
        namespace: &'a str,
        labels: &Labels<'a>,
    ) -> Answer {
        let name = match is_known(namespace) {
            true => LabelValue::Is(namespace),
            false => LabelValue::Present,
        };
        let of_namespace = self.labels(namespace).clone().with("projectcalico.org/name", name);
        let of_pods = labels.clone().with("projectcalico.org/namespace", name);
        let of_pods = of_pods.with("projectcalico.org/serviceaccount", LabelValue::Present);
        calico::holds(namespaces, &of_namespace).and(calico::holds(pods, &of_pods))
    }

    /// The pods that a Service selects.
    pub fn behind(&mut self, service: &Service<'a>) -> ClassSet {
        match &service.selector {
            Some(selector) => self.within(service.namespace, selector),
            None => ClassSet::None,
        }
    }

    /// Those of a set that are not in another one.
    pub fn without(&self, set: ClassSet, not: &ClassSet) -> ClassSet {
        let all = 0..self.endpoints.all.len();
        let answers = all.map(|index| (index, set.get(index).and(not.get(index).negated())));
        ClassSet::Some(answers.filter(|(_, answer)| !answer.is_no()).collect())
    }

    /// The same pods, none of them for certain.
    pub fn unsure(&self, set: ClassSet) -> ClassSet {
        let unknown = |index: usize| (index, Answer::Unknown);
        match set {
            ClassSet::None => ClassSet::None,
            ClassSet::All => ClassSet::Some((0..self.endpoints.all.len()).map(unknown).collect()),
            ClassSet::Some(set) => ClassSet::Some(set.iter().map(|(i, _)| unknown(*i)).collect()),
        }
    }

    /// Those of a set that have one of some service accounts.
    pub fn with_accounts(&self, set: ClassSet, names: &[&str]) -> ClassSet {
        let all = 0..self.endpoints.all.len();
        let has = |index: usize| {
            let own = self.endpoints.all[index].service_account;
            own.map_or(Answer::Unknown, |own| Answer::of(names.contains(&own)))
        };
        let answers = all.map(|index| (index, set.get(index).and(has(index))));
        ClassSet::Some(answers.filter(|(_, answer)| !answer.is_no()).collect())
    }

    /// The labels of a namespace, given by its key.
    fn labels(&mut self, namespace: &'a str) -> &Labels<'a> {
        let namespaces = self.namespaces;
        self.labels.entry(namespace).or_insert_with(|| namespaces.labels(namespace))
    }
}
