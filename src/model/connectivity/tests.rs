//! What policies of each kind let through, as sentences about pods `web`, `api` and `db`.

use super::connections::{self, Connection, Party};
use super::explain::{Decision, Explainer, Reason, Verdict};
use super::layers::Reading;
use super::traffic::{Bounds, Traffic};
use crate::model::Network;
use crate::model::policies::Direction;
use crate::model::testing::with_network;

/// Pods of the namespaces `shop` (team: a) and `lab`, each with the label `app` of its name.
const PODS: &str = "\
{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {team: a}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: lab}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop, labels: {app: web}}, spec: {containers: [{name: c, image: i}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: db, namespace: shop, labels: {app: db, tier: back}}, spec: {serviceAccountName: data, containers: [{name: c, image: i, ports: [{name: sql, containerPort: 5432}]}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: api, namespace: lab, labels: {app: api}}, spec: {containers: [{name: c, image: i}]}}
";

/// `web>db TCP 80; *>api All`, sorted; `*` is everybody outside, and a question mark stands
/// behind what is only possible.
fn allowed(policies: &[&str]) -> String {
    let text = [PODS, &policies.join("\n---\n")].join("---\n");
    with_network(&text, |network| {
        let name = |party: &Party| match party {
            Party::Workload { name, .. } => name.clone(),
            Party::External(range) if range.prefix() == Some(0) => "*".to_owned(),
            Party::External(range) => range.to_string(),
            Party::IngressController => "ingress".to_owned(),
        };
        let all = connections::all(network);
        reasons_agree(network, &all);
        let told = all.into_iter().map(|connection| {
            let (from, to) = (name(&connection.source), name(&connection.destination));
            let traffic = &connection.traffic;
            let (shown, mark) = match traffic.sure == traffic.possible {
                true => (&traffic.sure, ""),
                false => (&traffic.possible, "?"),
            };
            let shown = shown.to_string().replace("All Connections", "all");
            format!("{from}>{to} {shown}{mark}")
        });
        let mut told: Vec<String> = told.filter(|line| !is_default(line)).collect();
        told.sort();
        told.join("; ")
    })
}

/// Explanations are about all pairs, and their decisions sum up to what is let through.
fn reasons_agree(network: &Network<'_>, all: &[Connection]) {
    let explainer = Explainer::new(network);
    for source in explainer.parties(Direction::Ingress) {
        for destination in explainer.parties(Direction::Egress) {
            let pair = (&source, &destination);
            let told = all.iter().find(|one| (&one.source, &one.destination) == pair);
            let told = told.map_or(Bounds::none(), |connection| connection.traffic.clone());
            let explained = explainer.explain(&source, &destination, &Traffic::all(), None);
            let Some(explained) = explained else {
                assert_eq!(told, Bounds::none());
                continue;
            };
            assert_eq!(explained.traffic, told, "{pair:?}");
            for side in explained.routes.iter().flat_map(|route| &route.sides) {
                let mut sum = Bounds::none();
                for Decision { verdict, traffic, reason, .. } in &side.decisions {
                    match (verdict, reason) {
                        (Verdict::Allow, _) => sum = sum.or(traffic),
                        (_, Reason::UnknownRules(_)) => sum = sum.or(&traffic.clone().unsure()),
                        _ => {}
                    }
                }
                assert_eq!(sum, side.allowed, "{side:?}");
            }
        }
    }
}

/// What is there without any policy is told by its absence from [`denied`], and would fill a line.
fn is_default(line: &str) -> bool {
    line.contains('*') && line.ends_with(" all")
}

/// The connections between pods that are not let through at all.
fn denied(policies: &[&str]) -> String {
    let allowed = allowed(policies);
    let pods = ["web", "db", "api"];
    let pairs = pods.iter().flat_map(|from| pods.iter().map(move |to| (from, to)));
    let missing = pairs.filter(|(from, to)| from != to).map(|(from, to)| format!("{from}>{to}"));
    let missing: Vec<String> =
        missing.filter(|pair| !allowed.contains(&format!("{pair} "))).collect();
    missing.join(" ")
}

fn native(spec: &str) -> String {
    format!(
        "{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: np, namespace: shop}}, spec: {spec}}}"
    )
}

fn calico(name: &str, spec: &str) -> String {
    format!(
        "{{apiVersion: projectcalico.org/v3, kind: NetworkPolicy, metadata: {{name: {name}, namespace: shop}}, spec: {spec}}}"
    )
}

fn global(name: &str, spec: &str) -> String {
    format!(
        "{{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {{name: {name}}}, spec: {spec}}}"
    )
}

#[test]
fn without_policies_everybody_talks_to_everybody() {
    assert_eq!(denied(&[]), "");
}

#[test]
fn rules_for_a_direction_that_a_network_policy_is_not_about_let_nothing_through() {
    let isolates =
        native("{podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress, Egress]}");
    let dead = |types: &str| {
        native(&format!(
            "{{podSelector: {{}}, policyTypes: [{types}], ingress: [{{}}], egress: [{{}}]}}"
        ))
    };
    assert_eq!(denied(&[&isolates, &dead("Egress")]), "web>db api>db");
    assert_eq!(denied(&[&isolates, &dead("Ingress")]), "db>web db>api");
    assert_eq!(denied(&[&isolates, &dead("Ingress, Egress")]), "");
}

#[test]
fn calicos_policies_isolate_in_the_directions_of_their_types() {
    let table = [
        ("{selector: \"app == 'db'\"}", "web>db api>db"),
        ("{selector: \"app == 'db'\", types: [Egress]}", "db>web db>api"),
        ("{selector: \"app == 'db'\", types: [Ingress, Egress]}", "web>db db>web db>api api>db"),
        // Rules for egress alone isolate for nothing else, unlike in a NetworkPolicy.
        ("{selector: \"app == 'db'\", egress: [{action: Allow}]}", ""),
        ("{selector: \"app == 'db'\", egress: [{action: Deny}]}", "db>web db>api"),
        ("{selector: \"has(tier)\"}", "web>db api>db"),
        ("{selector: \"!has(tier)\"}", "db>web api>web"),
        (
            "{selector: \"app in {'db', 'x'} || app starts with 'we'\"}",
            "web>db db>web api>web api>db",
        ),
        ("{selector: \"app == 'db'\", serviceAccountSelector: \"x == 'y'\"}", ""),
    ];
    for (spec, expected) in table {
        assert_eq!(denied(&[&calico("p", spec)]), expected, "{spec}");
    }
}

#[test]
fn the_first_of_calicos_rules_that_matches_decides() {
    let deny_then_allow = calico(
        "p",
        "{selector: \"app == 'db'\", ingress: [{action: Log}, {action: Deny, source: {selector: \"app == 'web'\"}}, {action: Allow, source: {namespaceSelector: all()}}]}",
    );
    assert_eq!(denied(&[&deny_then_allow]), "web>db");
    let own_namespace = calico(
        "p",
        "{selector: \"app == 'db'\", ingress: [{action: Allow, protocol: TCP, source: {selector: all()}, destination: {ports: [sql, '80:81']}}]}",
    );
    assert!(
        allowed(&[&own_namespace]).contains("web>db TCP 80-81,5432"),
        "{}",
        allowed(&[&own_namespace])
    );
    assert_eq!(denied(&[&own_namespace]), "api>db");
}

#[test]
fn calicos_order_decides_among_policies_and_before_network_policies() {
    let deny = |order: &str| {
        calico(
            "deny",
            &format!("{{order: {order}, selector: \"app == 'db'\", ingress: [{{action: Deny}}]}}"),
        )
    };
    let allow =
        calico("allow", "{order: 10, selector: \"app == 'db'\", ingress: [{action: Allow}]}");
    assert_eq!(denied(&[&deny("5"), &allow]), "web>db api>db");
    assert_eq!(denied(&[&deny("20"), &allow]), "");
    let np = native("{podSelector: {matchLabels: {app: db}}, ingress: [{}]}");
    assert_eq!(denied(&[&deny("999"), &np]), "web>db api>db");
    assert_eq!(denied(&[&deny("1001"), &np]), "");
}

#[test]
fn global_policies_reach_every_namespace_and_tiers_come_in_their_order() {
    assert_eq!(
        denied(&[&global("deny", "{types: [Ingress]}")]),
        "web>db web>api db>web db>api api>web api>db"
    );
    assert_eq!(
        denied(&[&global("deny", "{namespaceSelector: \"projectcalico.org/name == 'lab'\"}")]),
        "web>api db>api"
    );
    assert_eq!(
        denied(&[&global("deny", "{selector: \"projectcalico.org/namespace == 'lab'\"}")]),
        "web>api db>api"
    );
    let tier = "{apiVersion: projectcalico.org/v3, kind: Tier, metadata: {name: first}, spec: {order: 10}}";
    let pass = global(
        "pass",
        "{tier: first, selector: \"app == 'db'\", ingress: [{action: Pass, source: {selector: \"app == 'web'\"}}, {action: Deny}]}",
    );
    assert_eq!(denied(&[tier, &pass]), "api>db");
    // What the first tier decides, a later one cannot undo.
    let np = native("{podSelector: {}, ingress: [{}]}");
    assert_eq!(denied(&[tier, &pass, &np]), "api>db");
}

#[test]
fn sets_of_addresses_are_selected_by_their_labels() {
    let set = "{apiVersion: projectcalico.org/v3, kind: GlobalNetworkSet, metadata: {name: s, labels: {kind: office}}, spec: {nets: [10.8.0.0/16]}}";
    let policy = global(
        "p",
        "{selector: \"app == 'db'\", types: [Ingress], ingress: [{action: Allow, source: {selector: \"kind == 'office'\"}}]}",
    );
    assert!(allowed(&[set, &policy]).contains("10.8.0.0/16>db all"));
    assert_eq!(denied(&[set, &policy]), "web>db api>db");
}

#[test]
fn what_calico_cannot_tell_is_possible_and_not_sure() {
    let policy = calico(
        "p",
        "{selector: \"app == 'db'\", ingress: [{action: Allow, source: {selector: \"app == 'web'\", nets: [10.0.0.0/8]}}]}",
    );
    assert!(allowed(&[&policy]).contains("web>db all?"), "{}", allowed(&[&policy]));
    // Which pods have addresses of the family, nobody knows; addresses outside tell.
    let policy =
        calico("p", "{selector: \"app == 'db'\", ingress: [{action: Allow, ipVersion: 6}]}");
    let all = allowed(&[&policy]);
    assert!(all.contains("web>db all?"), "{all}");
    assert!(!all.contains("255.255.255.255>db"), "{all}");
    let policy = calico("p", "{selector: \"app === 'db'\"}");
    assert!(allowed(&[&policy]).contains("web>db all?"), "{}", allowed(&[&policy]));
}

fn cilium(spec: &str) -> String {
    format!(
        "{{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {{name: c, namespace: shop}}, spec: {spec}}}"
    )
}

#[test]
fn ciliums_policies_isolate_where_they_have_rules() {
    let table = [
        ("{endpointSelector: {matchLabels: {app: db}}}", ""),
        // Unlike in a NetworkPolicy an empty rule lets nothing through.
        ("{endpointSelector: {matchLabels: {app: db}}, ingress: [{}]}", "web>db api>db"),
        ("{endpointSelector: {matchLabels: {k8s:app: db}}, egress: [{}]}", "db>web db>api"),
        (
            "{endpointSelector: {matchLabels: {app: db}}, ingress: [{}], enableDefaultDeny: {ingress: false}}",
            "",
        ),
        // All endpoints are those of the namespace.
        (
            "{endpointSelector: {matchLabels: {app: db}}, ingress: [{fromEndpoints: [{}]}]}",
            "api>db",
        ),
        (
            "{endpointSelector: {matchLabels: {app: db}}, ingress: [{fromEndpoints: [{matchLabels: {'k8s:io.kubernetes.pod.namespace': lab}}]}]}",
            "web>db",
        ),
        ("{endpointSelector: {matchLabels: {app: db}}, ingress: [{fromEntities: [cluster]}]}", ""),
        (
            "{endpointSelector: {matchLabels: {app: db}}, ingress: [{fromEntities: [world]}]}",
            "web>db api>db",
        ),
        // Ranges are never about pods.
        (
            "{endpointSelector: {matchLabels: {app: db}}, ingress: [{fromCIDR: [0.0.0.0/0]}]}",
            "web>db api>db",
        ),
        (
            "{endpointSelector: {matchLabels: {app: db}}, ingress: [{fromEntities: [all]}], ingressDeny: [{fromEndpoints: [{matchLabels: {app: web}}]}]}",
            "web>db",
        ),
        (
            "{endpointSelector: {matchLabels: {'io.cilium.k8s.policy.serviceaccount': data}}, ingress: [{}]}",
            "web>db api>db",
        ),
    ];
    for (spec, expected) in table {
        assert_eq!(denied(&[&cilium(spec)]), expected, "{spec}");
    }
}

#[test]
fn ciliums_ports_are_texts_of_any_protocol() {
    let ports = |ports: &str| {
        let spec = format!(
            "{{endpointSelector: {{matchLabels: {{app: db}}}}, ingress: [{{toPorts: [{{ports: {ports}}}]}}]}}"
        );
        let all = allowed(&[&cilium(&spec)]);
        all.split("; ").find(|line| line.starts_with("web>db")).unwrap_or_default().to_owned()
    };
    assert_eq!(ports("[{port: '53'}]"), "web>db SCTP 53,TCP 53,UDP 53");
    assert_eq!(ports("[{port: '80', endPort: 90, protocol: TCP}]"), "web>db TCP 80-90");
    assert_eq!(ports("[{port: sql, protocol: TCP}]"), "web>db TCP 5432");
    assert_eq!(ports("[{port: '0', protocol: UDP}]"), "web>db UDP 1-65535");
}

#[test]
fn ciliums_policies_add_to_network_policies_and_deny_before_them() {
    let np =
        native("{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {}}]}]}");
    let allow = cilium(
        "{endpointSelector: {matchLabels: {app: db}}, ingress: [{fromEndpoints: [{matchLabels: {'k8s:io.kubernetes.pod.namespace': lab}}]}]}",
    );
    assert_eq!(denied(&[&np]), "api>db");
    assert_eq!(denied(&[&np, &allow]), "");
    let deny = cilium(
        "{endpointSelector: {}, ingressDeny: [{fromEndpoints: [{}]}], enableDefaultDeny: {ingress: false}}",
    );
    assert_eq!(denied(&[&np, &allow, &deny]), "web>db db>web");
    let everywhere = "{apiVersion: cilium.io/v2, kind: CiliumClusterwideNetworkPolicy, metadata: {name: c}, spec: {endpointSelector: {}, ingress: [{fromEndpoints: [{}]}]}}";
    assert_eq!(denied(&[everywhere]), "");
}

#[test]
fn administrators_decide_before_and_after_network_policies() {
    let admin = |action: &str| {
        format!(
            "{{apiVersion: policy.networking.k8s.io/v1alpha1, kind: AdminNetworkPolicy, metadata: {{name: a}}, spec: {{priority: 5, subject: {{namespaces: {{matchLabels: {{team: a}}}}}}, ingress: [{{action: {action}, from: [{{namespaces: {{matchLabels: {{kubernetes.io/metadata.name: lab}}}}}}]}}]}}}}"
        )
    };
    let baseline = "{apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {name: b}, spec: {tier: Baseline, priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}}";
    let np = native("{podSelector: {matchLabels: {app: db}}, ingress: [{}]}");
    assert_eq!(denied(&[&admin("Deny"), &np]), "api>web api>db");
    assert_eq!(denied(&[&admin("Allow"), &native("{podSelector: {}}")]), "web>db db>web");
    assert_eq!(denied(&[baseline, &np]), "web>api db>web db>api api>web");
    assert_eq!(denied(&[baseline, &np, &admin("Pass")]), "web>api db>web db>api api>web");
}

#[test]
fn rules_of_a_direction_that_a_template_decides_are_sure_only_alone() {
    let templated = native(
        "{podSelector: {matchLabels: {app: db}}, policyTypes: ['${TYPE}'], ingress: [{from: [{podSelector: {}}]}]}",
    );
    assert!(allowed(&[&templated]).ends_with("web>db all"), "{}", allowed(&[&templated]));
    let isolating =
        native("{podSelector: {matchLabels: {app: db}}}").replace("name: np", "name: other");
    let both = allowed(&[&templated, &isolating]);
    assert!(both.contains("web>db all?"), "{both}");
}

/// A Service in front of `db`: port 1 leads to `sql`, port 2 to 9187.
const SERVICE: &str = "{apiVersion: v1, kind: Service, metadata: {name: db, namespace: shop}, spec: {selector: {app: db}, ports: [{name: a, port: 1, targetPort: sql}, {name: b, port: 2, targetPort: 9187}]}}";

#[test]
fn a_service_in_a_rule_of_calico_is_its_pods_and_their_ports() {
    let from = |policy: &str, source: &str| {
        let all = allowed(&[SERVICE, policy]);
        let lines = all.split("; ").filter(|line| line.starts_with(source));
        lines.map(str::to_owned).collect::<Vec<String>>().join("; ")
    };
    let egress = |services: &str| {
        calico(
            "p",
            &format!("{{selector: \"app == 'web'\", types: [Egress], egress: [{services}]}}"),
        )
    };
    let table = [
        ("{action: Allow, destination: {services: {name: db}}}", "web>db TCP 5432,9187"),
        (
            "{action: Allow, destination: {services: {name: db, namespace: shop}}}",
            "web>db TCP 5432,9187",
        ),
        ("{action: Allow, protocol: UDP, destination: {services: {name: db}}}", ""),
        // What is in no file, and what the API refuses, may be anything.
        (
            "{action: Allow, destination: {services: {name: elsewhere}}}",
            "web>* all?; web>api all?; web>db all?",
        ),
        (
            "{action: Allow, destination: {services: {name: db}, ports: [1]}}",
            "web>* SCTP 1,TCP 1,UDP 1?; web>api SCTP 1,TCP 1,UDP 1?; web>db SCTP 1,TCP 1,UDP 1?",
        ),
    ];
    for (rule, expected) in table {
        assert_eq!(from(&egress(rule), "web>"), expected, "{rule}");
    }
    // As a source it is the addresses of its pods.
    let ingress = calico(
        "p",
        "{selector: \"app == 'web'\", ingress: [{action: Allow, source: {services: {name: db}}}]}",
    );
    assert_eq!(denied(&[SERVICE, &ingress]), "api>web");
}

#[test]
fn what_calico_asks_for_at_once_must_all_hold() {
    let policy = |source: &str| {
        let spec = format!(
            "{{selector: \"app == 'db'\", ingress: [{{action: Allow, source: {source}}}]}}"
        );
        allowed(&[&calico("p", &spec)])
    };
    // Which address `web` has is unknown, and others are not selected.
    let told = policy("{selector: \"app == 'web'\", nets: [10.0.0.0/8]}");
    assert!(told.contains("web>db all?") && !told.contains("api>db"), "{told}");
    assert!(!told.contains("*>db") && !told.contains("10.0.0.0/8>db"), "{told}");
    let told = policy("{notSelector: \"app == 'web'\", namespaceSelector: all()}");
    assert!(told.contains("api>db all") && !told.contains("web>db"), "{told}");
    let set = "{apiVersion: projectcalico.org/v3, kind: NetworkSet, metadata: {name: s, namespace: shop, labels: {app: partner}}, spec: {nets: [10.0.0.0/8, 192.0.2.0/24]}}";
    let spec = "{selector: \"app == 'db'\", ingress: [{action: Allow, source: {selector: \"app == 'partner'\", nets: [10.8.0.0/16]}}]}";
    let told = allowed(&[set, &calico("p", spec)]);
    assert!(told.contains("10.8.0.0/16>db all") && !told.contains("192.0.2.0/24>db"), "{told}");
}

#[test]
fn ranges_are_never_about_pods_on_cilium() {
    let np = native(
        "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}",
    );
    let cilium = "{apiVersion: v1, kind: ConfigMap, metadata: {name: cilium-config, namespace: kube-system}, data: {}}";
    let gets_in = |more: &str| {
        with_network(&format!("{PODS}---\n{np}\n---\n{more}"), |network| {
            let of = |name: &str| {
                let all = network.workloads.all.iter();
                let at = all.map(|one| one.object.name()).position(|own| own == name)?;
                network.connectivity().of_workload(network.workloads.all[at].class, at)
            };
            let (web, db) = of("web").zip(of("db")).expect("both are there");
            !network.connectivity().between(web, db, Reading::CAUTIOUS).possible.is_none()
        })
    };
    assert!(gets_in("{apiVersion: v1, kind: Namespace, metadata: {name: more}}"));
    assert!(!gets_in(cilium));
}
