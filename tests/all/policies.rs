//! What linters of network policies and Services get wrong most often, each as a test; and the
//! verdict about DNS held against the definition, word by word, on random small clusters.

use std::collections::{BTreeMap, BTreeSet};

use netvet::check;
use netvet::config::Date;
use netvet::diagnostic::Severity;
use netvet::ingest;
use netvet::model::dns_egress::Isolated;
use netvet::model::labels::Answer;
use netvet::model::{self, Object, Settings};
use netvet::scope::Placement;
use netvet::source::FileId;
use proptest::prelude::*;
use serde_json::{Value, json};

/// `severity: message` of what a rule finds.
fn found(rule: &str, text: &str) -> Vec<String> {
    let texts = [("cluster.yaml".to_owned(), text.to_owned())];
    let today = Date::parse("2026-11-20").expect("a day");
    let analysis = check::check_texts(&texts, Some(&[rule]), today).expect("no configuration");
    let findings = analysis.findings.into_iter().map(|found| found.diagnostic);
    findings.map(|found| format!("{}: {}", found.severity, found.message)).collect()
}

fn policy(namespace: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: {namespace}}}\nspec: {spec}\n"
    )
}

fn pod(name: &str, namespace: &str, labels: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {namespace}, labels: {labels}}}\nspec: {{containers: [{{name: a, image: a, env: [{{name: DB_HOST, value: db}}]{spec}}}]}}\n"
    )
}

const BLOCKS_DNS: &str = "netpol-egress-blocks-dns";

/// Egress to nowhere but a port that is not that of DNS.
const NO_DNS: &str = "policyTypes: [Egress], egress: [{ports: [{port: 443}]}]";

#[test]
fn mistake_1_an_empty_selector_is_taken_for_none() {
    for selector in ["{}", "{matchLabels: {}}", "{matchExpressions: []}", "{matchLabels: null}"] {
        let text = policy("shop", &format!("{{podSelector: {selector}, {NO_DNS}}}"))
            + &pod("web", "shop", "{app: web}", "");
        assert_eq!(
            found(BLOCKS_DNS, &text),
            ["error: `Pod/web` cannot look up names: no egress rule lets DNS queries out"],
            "{selector}"
        );
        assert_eq!(found("netpol-selects-nothing", &text), [""; 0], "{selector}");
    }
    let anybody = "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}, podSelector: {}}]}]}";
    let text = policy("shop", anybody) + &pod("web", "shop", "{app: web}", "");
    assert_eq!(found(BLOCKS_DNS, &text), [""; 0]);
    assert_eq!(found("netpol-peer-selects-nothing", &text), [""; 0]);
}

#[test]
fn mistake_2_match_expressions_are_left_out() {
    let table = [
        ("{key: app, operator: In, values: [web, api]}", true),
        ("{key: app, operator: In, values: [api]}", false),
        ("{key: app, operator: NotIn, values: [web]}", false),
        ("{key: app, operator: NotIn, values: [api]}", true),
        ("{key: app, operator: Exists}", true),
        ("{key: app, operator: DoesNotExist}", false),
        ("{key: canary, operator: DoesNotExist}", true),
    ];
    for (expression, selects) in table {
        let selector = format!("{{matchExpressions: [{expression}]}}");
        let text = policy("shop", &format!("{{podSelector: {selector}, {NO_DNS}}}"))
            + &pod("web", "shop", "{app: web}", "");
        let about_web = found(BLOCKS_DNS, &text).iter().any(|found| found.contains("`Pod/web`"));
        assert_eq!(about_web, selects, "{expression}");
    }
}

#[test]
fn mistake_3_namespaces_are_mixed_up() {
    let spec = format!("{{podSelector: {{matchLabels: {{app: web}}}}, {NO_DNS}}}");
    let about_web = |policy_in: &str, pod_in: &str| {
        let text = policy(policy_in, &spec) + &pod("web", pod_in, "{app: web}", "");
        found(BLOCKS_DNS, &text).iter().any(|found| found.contains("`Pod/web`"))
    };
    assert!(about_web("shop", "shop"));
    assert!(!about_web("shop", "office"));
    assert!(!about_web("default", "shop"));
    // Whoever leaves the namespace out gets `default`.
    assert!(about_web("", ""));
    assert!(about_web("default", ""));
    assert!(about_web("", "default"));
}

#[test]
fn mistake_4_ports_are_looked_up_in_the_wrong_place() {
    let service = |target: &str| {
        format!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec: {{selector: {{app: web}}, ports: [{{port: 80, targetPort: {target}}}]}}\n"
        )
    };
    let table = [
        ("8080", ", ports: []", 0),
        ("8080", ", ports: [{containerPort: 9090}]", 0),
        ("http", ", ports: [{name: http, containerPort: 8080}]", 0),
        ("http", ", ports: [{name: http, containerPort: 8080, protocol: UDP}]", 1),
        ("http", ", ports: [{name: web, containerPort: 8080}]", 1),
        ("http", "}, {name: b, image: b, ports: [{name: http, containerPort: 8080}]", 0),
        (
            "http",
            "}], initContainers: [{name: b, image: b, restartPolicy: Always, ports: [{name: http, containerPort: 8080}]",
            0,
        ),
        (
            "http",
            "}], initContainers: [{name: b, image: b, ports: [{name: http, containerPort: 8080}]",
            1,
        ),
    ];
    for (target, ports, expected) in table {
        let text = service(target) + &pod("web", "default", "{app: web}", ports);
        let findings = found("service-targetport-unknown-name", &text);
        assert_eq!(findings.len(), expected, "{target} {ports}: {findings:?}");
    }
}

#[test]
fn mistake_5_services_that_select_nothing_on_purpose_are_reported() {
    let table = [
        "{ports: [{port: 80}]}",
        "{selector: {}, ports: [{port: 80}]}",
        "{type: ExternalName, externalName: a.example.com}",
        "{type: ExternalName, externalName: a.example.com, selector: {app: wep}}",
        "{clusterIP: None, ports: [{port: 80}]}",
        "{selector: {statefulset.kubernetes.io/pod-name: db-0}, ports: [{port: 80}]}",
        "{selector: {job-name: sum}, ports: [{port: 80}]}",
        "{selector: {app: db, role: primary}, ports: [{port: 80}]}",
    ];
    let pods = "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec: {selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: a, image: a}]}}}\n---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: sum}\nspec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: a}]}}}\n";
    for spec in table {
        let text = format!(
            "{pods}---\napiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {spec}\n"
        );
        assert_eq!(found("service-selects-nothing", &text), [""; 0], "{spec}");
    }
}

#[test]
fn mistake_6_policies_of_other_kinds_do_not_count_and_broken_files_vanish() {
    let text = policy("shop", &format!("{{podSelector: {{}}, {NO_DNS}}}"))
        + &pod("web", "shop", "{app: web}", "");
    let with = |api_version: &str, kind: &str, namespace: &str, spec: &str| {
        let metadata = format!("{{name: other, namespace: {namespace}}}");
        let other =
            format!("---\napiVersion: {api_version}\nkind: {kind}\nmetadata: {metadata}\n{spec}\n");
        found(BLOCKS_DNS, &(text.clone() + &other)).len()
    };
    // What another kind lets out counts, and what it does not is no excuse.
    let cilium = "endpointSelector: {}, egress: [{toEntities: [cluster]}]";
    let calico = "order: 10, selector: all(), egress: [{action: Allow}]";
    let admin = "subject: {namespaces: {}}, egress: [{action: Allow, to: [{namespaces: {}}]}]";
    let cluster = admin.replace("Allow", "Accept");
    let no_web = calico.replace("Allow", "Deny").replace("all()", "app == 'web'");
    let table = [
        ("cilium.io/v2", "CiliumNetworkPolicy", "shop", cilium.to_owned(), 0),
        ("cilium.io/v2", "CiliumNetworkPolicy", "shop", String::new(), 1),
        ("cilium.io/v2", "CiliumNetworkPolicy", "office", cilium.to_owned(), 1),
        ("cilium.io/v2", "CiliumClusterwideNetworkPolicy", "", cilium.to_owned(), 0),
        ("projectcalico.org/v3", "NetworkPolicy", "shop", calico.to_owned(), 0),
        ("projectcalico.org/v3", "NetworkPolicy", "shop", String::new(), 1),
        // Later than NetworkPolicies, which are at 1000, and still before the end of the tier.
        ("projectcalico.org/v3", "GlobalNetworkPolicy", "", calico.replace("10", "2000"), 0),
        ("projectcalico.org/v3", "GlobalNetworkPolicy", "", no_web, 1),
        ("projectcalico.org/v3", "StagedGlobalNetworkPolicy", "", calico.to_owned(), 1),
        ("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy", "", admin.to_owned(), 0),
        ("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy", "", String::new(), 1),
        (
            "policy.networking.k8s.io/v1alpha1",
            "BaselineAdminNetworkPolicy",
            "",
            admin.to_owned(),
            1,
        ),
        (
            "policy.networking.k8s.io/v1alpha2",
            "ClusterNetworkPolicy",
            "",
            format!("tier: Admin, priority: 1, {cluster}"),
            0,
        ),
        (
            "policy.networking.k8s.io/v1alpha2",
            "ClusterNetworkPolicy",
            "",
            format!("tier: Baseline, priority: 1, {cluster}"),
            1,
        ),
        ("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", "", "tier: X".to_owned(), 0),
        // Nobody reads these.
        ("crd.antrea.io/v1beta1", "ClusterNetworkPolicy", "", String::new(), 0),
    ];
    for (api_version, kind, namespace, spec, expected) in table {
        let found = with(api_version, kind, namespace, &format!("spec: {{{spec}}}"));
        assert_eq!(found, expected, "{kind} {namespace} {spec}");
    }

    let broken = text.clone() + "---\napiVersion: v1\nkind: Service\nspec: {ports: [\n";
    assert_eq!(found(BLOCKS_DNS, &broken).len(), 1);
    assert_eq!(found("yaml-syntax", &broken).len(), 1);
}

/// Whether a pod that asks for `db` can, with policies of any kind around it.
fn is_kept_from_dns(policies: &[(&str, &str, &str, &str)]) -> bool {
    let mut text = pod("web", "shop", "{app: web}", "");
    for (api_version, kind, name, spec) in policies {
        let namespace =
            if kind.starts_with("Cilium") || *kind == "NetworkPolicy" { "shop" } else { "" };
        let metadata = format!("{{name: {name}, namespace: '{namespace}'}}");
        text += &format!(
            "---\napiVersion: {api_version}\nkind: {kind}\nmetadata: {metadata}\nspec: {spec}\n"
        );
    }
    let found = found(BLOCKS_DNS, &text);
    assert!(found.len() <= 1, "{found:?}");
    found.iter().any(|found| found.contains("`Pod/web`"))
}

#[test]
fn policies_of_every_kind_keep_pods_from_dns_as_their_api_says() {
    let cilium =
        |spec: &str| is_kept_from_dns(&[("cilium.io/v2", "CiliumNetworkPolicy", "c", spec)]);
    assert!(cilium("{endpointSelector: {}, egress: [{toEntities: [world]}]}"));
    assert!(cilium("{endpointSelector: {}, egress: [{toCIDR: [0.0.0.0/0]}]}"));
    assert!(cilium(
        "{endpointSelector: {}, egressDeny: [{toEntities: [all]}], egress: [{toEntities: [all]}]}"
    ));
    assert!(cilium("{endpointSelector: {}, egress: [{}]}"));
    // The labels without the namespace are those of pods beside the policy.
    assert!(cilium(
        "{endpointSelector: {}, egress: [{toEndpoints: [{matchLabels: {k8s-app: kube-dns}}]}]}"
    ));
    assert!(!cilium(
        "{endpointSelector: {}, egress: [{toEndpoints: [{matchLabels: {'k8s:io.kubernetes.pod.namespace': kube-system, k8s-app: kube-dns}}], toPorts: [{ports: [{port: '53'}]}]}]}"
    ));
    assert!(!cilium(
        "{endpointSelector: {}, egress: [{toServices: [{k8sService: {serviceName: kube-dns, namespace: kube-system}}]}]}"
    ));
    assert!(!cilium(
        "{endpointSelector: {}, egress: [{toEntities: [world]}], enableDefaultDeny: {egress: false}}"
    ));
    assert!(!cilium(
        "{endpointSelector: {matchLabels: {app: db}}, egress: [{toEntities: [world]}]}"
    ));
    assert!(!cilium("{endpointSelector: {}, ingress: [{}]}"));

    let global = |spec: &str| {
        is_kept_from_dns(&[("projectcalico.org/v3", "GlobalNetworkPolicy", "g", spec)])
    };
    let apps = "namespaceSelector: \"kubernetes.io/metadata.name not in {'kube-system'}\"";
    let deny = |rules: &str| global(&format!("{{{apps}, types: [Egress], egress: [{rules}]}}"));
    assert!(deny(""));
    assert!(deny("{action: Allow, protocol: TCP, destination: {ports: [443]}}"));
    let dns = "{action: Allow, protocol: UDP, destination: {selector: \"k8s-app == 'kube-dns'\", ports: [53]}}";
    assert!(!deny(&format!("{dns}, {}", dns.replace("UDP", "TCP"))));
    assert!(deny(&format!("{{action: Deny}}, {dns}")));
    assert!(!deny("{action: Pass}"), "no tier follows that denies");
    // Which pods a rule is about whose addresses are of one family alone, nobody knows.
    assert!(!deny("{action: Allow, ipVersion: 4}"));
    assert!(!deny(
        "{action: Allow, destination: {services: {name: kube-dns, namespace: kube-system}}}"
    ));

    let admin = |rules: &str| {
        let spec = format!("{{priority: 5, subject: {{namespaces: {{}}}}, egress: [{rules}]}}");
        let api = "policy.networking.k8s.io/v1alpha1";
        is_kept_from_dns(&[(api, "AdminNetworkPolicy", "a", &spec)])
    };
    let out = "{action: Deny, to: [{networks: [0.0.0.0/0]}]}";
    assert!(admin(out));
    assert!(admin(
        "{action: Deny, to: [{namespaces: {}}], ports: [{portNumber: {protocol: UDP, port: 53}}]}"
    ));
    assert!(!admin("{action: Deny, to: [{networks: [8.8.8.8/32]}]}"));
    assert!(!admin(
        "{action: Deny, to: [{namespaces: {}}], ports: [{portNumber: {protocol: TCP, port: 80}}]}"
    ));
    let system = "[{namespaces: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]";
    assert!(!admin(&format!("{{action: Allow, to: {system}}}, {out}")));
    assert!(!admin(&format!("{{action: Pass, to: {system}}}, {out}")));
    assert!(!admin("{action: Deny, to: [{nodes: {}}]}"));
}

const NOT_ISOLATED: &str = "workload-not-isolated";
const NO_DEFAULT: &str = "namespace-without-default-deny";

/// A policy that isolates what it selects in both directions.
fn isolating(namespace: &str, selector: &str) -> String {
    let types = "policyTypes: [Ingress, Egress]";
    policy(namespace, &format!("{{podSelector: {selector}, {types}}}"))
}

#[test]
fn mistake_1_an_empty_selector_covers_every_workload() {
    for selector in ["{}", "{matchLabels: {}}", "{matchExpressions: []}", "{matchLabels: null}"] {
        let pods = pod("web", "shop", "{app: web}", "") + &pod("bare", "shop", "{}", "");
        let text = isolating("shop", selector) + &pods;
        for rule in [NOT_ISOLATED, NO_DEFAULT, "netpol-redundant"] {
            assert_eq!(found(rule, &text), [""; 0], "{rule} {selector}");
        }
        let open = format!("{{podSelector: {selector}, ingress: [{{}}], egress: [{{}}]}}");
        let undone = text.clone() + &policy("shop", &open).replace("name: p,", "name: open,");
        assert_eq!(found("netpol-deny-undone", &undone).len(), 2, "{selector}");
        // As a peer it is everybody of the namespace.
        let peer =
            format!("{{podSelector: {{}}, ingress: [{{from: [{{podSelector: {selector}}}]}}]}}");
        let one =
            "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}";
        let both = policy("shop", &peer) + &policy("shop", one).replace("name: p,", "name: one,");
        assert_eq!(
            found("netpol-redundant", &both),
            ["info: `one` changes nothing: `p` says all of it"],
            "{selector}"
        );
    }
    // A selector that is not empty is no default.
    let text =
        isolating("shop", "{matchLabels: {app: web}}") + &pod("web", "shop", "{app: web}", "");
    assert_eq!(found(NO_DEFAULT, &text).len(), 1);
    assert_eq!(found(NOT_ISOLATED, &text), [""; 0]);
}

#[test]
fn mistake_2_match_expressions_decide_what_is_covered() {
    let table = [
        ("{key: app, operator: In, values: [web, api]}", true),
        ("{key: app, operator: In, values: [api]}", false),
        ("{key: app, operator: NotIn, values: [web]}", false),
        ("{key: app, operator: NotIn, values: [api]}", true),
        ("{key: app, operator: Exists}", true),
        ("{key: app, operator: DoesNotExist}", false),
        ("{key: canary, operator: DoesNotExist}", true),
    ];
    for (expression, selects) in table {
        let text = isolating("shop", &format!("{{matchExpressions: [{expression}]}}"))
            + &isolating("shop", "{matchLabels: {app: other}}").replace("name: p,", "name: q,")
            + &pod("web", "shop", "{app: web}", "")
            + &pod("other", "shop", "{app: other}", "");
        let about_web = found(NOT_ISOLATED, &text).iter().any(|found| found.contains("`Pod/web`"));
        assert_eq!(about_web, !selects, "{expression}");
    }
    let redundant = |wider: &str, narrower: &str| {
        let rule = "ingress: [{from: [{podSelector: {}}]}]";
        let of = |name: &str, expression: &str| {
            let spec = format!("{{podSelector: {{matchExpressions: [{expression}]}}, {rule}}}");
            policy("shop", &spec).replace("name: p,", &format!("name: {name},"))
        };
        found("netpol-redundant", &(of("wide", wider) + &of("narrow", narrower))).len()
    };
    let web = "{key: app, operator: In, values: [web]}";
    assert_eq!(redundant("{key: app, operator: Exists}", web), 1);
    assert_eq!(redundant("{key: app, operator: In, values: [api, web]}", web), 1);
    assert_eq!(redundant("{key: app, operator: NotIn, values: [api]}", web), 1);
    assert_eq!(redundant("{key: app, operator: NotIn, values: [web]}", web), 0);
    assert_eq!(redundant("{key: tier, operator: DoesNotExist}", web), 0);
}

#[test]
fn mistake_3_a_policy_covers_its_own_namespace_alone() {
    let not_isolated = |policy_in: &str, pod_in: &str| {
        let text = isolating(policy_in, "{matchLabels: {app: web}}")
            + &isolating(pod_in, "{matchLabels: {app: other}}").replace("name: p,", "name: q,")
            + &pod("web", pod_in, "{app: web}", "")
            + &pod("other", pod_in, "{app: other}", "");
        found(NOT_ISOLATED, &text).iter().any(|found| found.contains("`Pod/web`"))
    };
    assert!(!not_isolated("shop", "shop"));
    assert!(not_isolated("office", "shop"));
    assert!(not_isolated("default", "shop"));
    assert!(not_isolated("shop", "default"));
    // Whoever leaves the namespace out gets `default`.
    assert!(!not_isolated("default", "''"));
    assert!(!not_isolated("''", "default"));

    let spec = "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {}}]}]}";
    let two = |namespace: &str| {
        policy("shop", spec) + &policy(namespace, spec).replace("name: p,", "name: q,")
    };
    assert_eq!(found("netpol-redundant", &two("shop")).len(), 1);
    assert_eq!(found("netpol-redundant", &two("office")), [""; 0]);
    assert_eq!(found("netpol-redundant", &two("''")), [""; 0]);
    let same_name = |namespace: &str| policy("shop", spec) + &policy(namespace, spec);
    assert_eq!(found("policy-duplicate-name", &same_name("shop")).len(), 1);
    assert_eq!(found("policy-duplicate-name", &same_name("office")), [""; 0]);
}

#[test]
fn mistake_4_ports_of_policies_are_those_of_running_containers() {
    let table = [
        ("8080", ", ports: []", 0),
        ("8080", ", ports: [{containerPort: 8080}]", 0),
        ("8080", ", ports: [{containerPort: 9090}]", 1),
        // Nothing of TCP is declared, so that nothing is known about it.
        ("8080", ", ports: [{containerPort: 8080, protocol: UDP}]", 0),
        (
            "8080",
            ", ports: [{containerPort: 9090}]}, {name: b, image: b, ports: [{containerPort: 8080}]",
            0,
        ),
        (
            "8080",
            ", ports: [{containerPort: 9090}]}], initContainers: [{name: b, image: b, restartPolicy: Always, ports: [{containerPort: 8080}]",
            0,
        ),
        (
            "8080",
            ", ports: [{containerPort: 9090}]}], initContainers: [{name: b, image: b, ports: [{containerPort: 8080}]",
            1,
        ),
    ];
    for (port, ports, expected) in table {
        let spec = format!(
            "{{podSelector: {{matchLabels: {{app: web}}}}, ingress: [{{ports: [{{port: {port}}}]}}]}}"
        );
        let text = policy("shop", &spec) + &pod("web", "shop", "{app: web}", ports);
        let findings = found("netpol-port-undeclared", &text);
        assert_eq!(findings.len(), expected, "{port} {ports}: {findings:?}");
    }
    // A name is looked up with its protocol.
    for (protocol, expected) in [("TCP", 0), ("UDP", 1)] {
        let spec = format!(
            "{{podSelector: {{matchLabels: {{app: web}}}}, ingress: [{{ports: [{{port: http, protocol: {protocol}}}]}}]}}"
        );
        let text = policy("shop", &spec)
            + &pod("web", "shop", "{app: web}", ", ports: [{name: http, containerPort: 8080}]");
        assert_eq!(found("netpol-named-port-unknown", &text).len(), expected, "{protocol}");
    }
}

#[test]
fn mistake_5_labels_that_controllers_add_are_not_missing() {
    let pods = "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db, namespace: shop}\nspec: {selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: a, image: a}]}}}\n---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: sum, namespace: shop}\nspec: {template: {metadata: {labels: {app: sum}}, spec: {containers: [{name: a, image: a}]}}}\n";
    for selector in ["{statefulset.kubernetes.io/pod-name: db-0}", "{job-name: sum}"] {
        let text = isolating("shop", &format!("{{matchLabels: {selector}}}")) + pods;
        assert_eq!(found("netpol-selects-nothing", &text), [""; 0], "{selector}");
    }
    // Whoever calls what has no selector is not followed to pods.
    let table = [
        "{ports: [{port: 80}]}",
        "{type: ExternalName, externalName: a.example.com}",
        "{clusterIP: None, ports: [{port: 80}]}",
    ];
    for spec in table {
        let caller =
            pod("web", "shop", "{app: web}", "").replace("value: db", "value: 'http://db:80'");
        let text = isolating("shop", "{matchLabels: {app: db}}")
            + &format!(
                "---\napiVersion: v1\nkind: Service\nmetadata: {{name: db, namespace: shop}}\nspec: {spec}\n"
            )
            + &caller
            + pods;
        assert_eq!(found("netpol-blocks-call", &text), [""; 0], "{spec}");
    }
}

#[test]
fn mistake_6_policies_of_all_kinds_cover_workloads() {
    let text = pod("web", "shop", "{app: web}", "");
    let elsewhere = isolating("office", "{}");
    let with = |api_version: &str, kind: &str, namespace: &str, spec: &str| {
        let metadata = format!("{{name: other, namespace: {namespace}}}");
        let other =
            format!("---\napiVersion: {api_version}\nkind: {kind}\nmetadata: {metadata}\n{spec}\n");
        let text = text.clone() + &elsewhere + &other;
        (found(NO_DEFAULT, &text).len(), found(NOT_ISOLATED, &text).len())
    };
    let cilium = "{endpointSelector: {}, ingress: [{fromEntities: [cluster]}], egress: [{toEntities: [cluster]}]}";
    let covered = (0, 0);
    for (kind, namespace) in
        [("CiliumNetworkPolicy", "shop"), ("CiliumClusterwideNetworkPolicy", "''")]
    {
        assert_eq!(with("cilium.io/v2", kind, namespace, &format!("spec: {cilium}")), covered);
        assert_eq!(with("cilium.io/v2", kind, namespace, &format!("specs: [{cilium}]")), covered);
    }
    let calico = "spec: {selector: all(), types: [Ingress, Egress]}";
    assert_eq!(with("projectcalico.org/v3", "NetworkPolicy", "shop", calico), covered);
    assert_eq!(with("projectcalico.org/v3", "GlobalNetworkPolicy", "", calico), covered);
    assert_eq!(with("crd.projectcalico.org/v1", "GlobalNetworkPolicy", "", calico), covered);
    let deny = |way: &str, peer: &str| {
        format!("{way}: [{{action: Deny, {peer}: [{{namespaces: {{}}}}]}}]")
    };
    let admin = format!(
        "{{priority: 1, subject: {{namespaces: {{}}}}, {}, {}}}",
        deny("ingress", "from"),
        deny("egress", "to")
    );
    let spec = format!("spec: {admin}");
    let group = "policy.networking.k8s.io";
    assert_eq!(with(&format!("{group}/v1alpha1"), "AdminNetworkPolicy", "", &spec), covered);
    let spec = format!("spec: {}", admin.replacen('{', "{tier: Baseline, ", 1));
    assert_eq!(with(&format!("{group}/v1alpha2"), "ClusterNetworkPolicy", "", &spec), covered);
    // What is not known may be anything; what is staged is never enforced; and what is elsewhere
    // is about other pods.
    assert_eq!(with("crd.antrea.io/v1beta1", "ClusterNetworkPolicy", "", "spec: {}"), covered);
    assert_eq!(with("projectcalico.org/v3", "StagedGlobalNetworkPolicy", "", calico), (1, 0));
    assert_eq!(with("projectcalico.org/v3", "NetworkPolicy", "office", calico), (1, 0));
    // A part that nobody can read is told, and the rest still counts.
    let broken =
        isolating("shop", "{}") + &text + "---\napiVersion: v1\nkind: Service\nspec: {ports: [\n";
    assert_eq!(found(NO_DEFAULT, &broken), [""; 0]);
    assert_eq!(found("yaml-syntax", &broken).len(), 1);
    let broken =
        isolating("office", "{}") + &text + "---\napiVersion: v1\nkind: Service\nspec: {ports: [\n";
    assert_eq!(found(NO_DEFAULT, &broken).len(), 1);
}

#[test]
fn the_policy_that_everybody_copies_is_three_mistakes_and_no_more() {
    let text = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: allow-dns
  namespace: shop
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - to:
    - namespaceSelector:
        matchLabels:
          name: kube-system
    - podSelector:
        matchLabels:
          k8s-app: kube-dns
    ports:
    - protocol: UDP
      port: 53
    - protocol: TCP
      port: 53
";
    let texts = [("policy.yaml".to_owned(), text.to_owned())];
    let today = Date::parse("2026-11-20").expect("a day");
    let analysis = check::check_texts(&texts, None, today).expect("no configuration");
    let found: BTreeSet<String> = analysis
        .findings
        .iter()
        .filter(|found| found.diagnostic.severity >= Severity::Warning)
        .map(|found| found.diagnostic.rule.to_string())
        .collect();
    let expected = [
        "netpol-egress-blocks-dns",
        "netpol-namespace-label-not-set",
        "netpol-peer-or-instead-of-and",
    ];
    assert_eq!(found, expected.map(str::to_owned).into());
}

/// A cluster of which everything is known: pods, namespaces, where DNS is, which addresses pods
/// have.
#[derive(Clone, Debug)]
struct Small {
    namespaces: Vec<Value>,
    pods: Vec<Value>,
    policies: Vec<Value>,
}

const POD_RANGE: &str = "10.244.0.0/16";

impl Small {
    fn text(&self) -> String {
        let mut documents = self.namespaces.clone();
        documents.extend(self.pods.clone());
        documents.extend(self.policies.clone());
        documents.push(dns_pod());
        documents.push(json!({
            "apiVersion": "kubeadm.k8s.io/v1beta4",
            "kind": "ClusterConfiguration",
            "networking": {"podSubnet": POD_RANGE},
        }));
        documents.iter().map(|document| format!("---\n{document}\n")).collect()
    }

    fn labels_of(&self, namespace: &str) -> BTreeMap<String, String> {
        let named = |n: &&Value| n["metadata"]["name"] == namespace;
        let object = self.namespaces.iter().find(named).expect("every namespace is defined");
        let mut labels = labels(&object["metadata"]["labels"]);
        labels.insert("kubernetes.io/metadata.name".to_owned(), namespace.to_owned());
        labels
    }

    /// The definition: for each pod that is isolated for egress and cannot ask for names over one
    /// of UDP and TCP, whether it can over each.
    fn expected(&self) -> BTreeMap<String, (bool, bool)> {
        let mut expected = BTreeMap::new();
        for pod in &self.pods {
            let own = labels(&pod["metadata"]["labels"]);
            let selecting: Vec<&Value> = self
                .policies
                .iter()
                .filter(|policy| policy["metadata"]["namespace"] == pod["metadata"]["namespace"])
                .filter(|policy| selects(&policy["spec"]["podSelector"], &own))
                .filter(|policy| isolates_egress(&policy["spec"]))
                .collect();
            let allowed =
                |protocol| selecting.iter().any(|policy| self.allows_dns(policy, protocol));
            let verdict = (allowed("UDP"), allowed("TCP"));
            if !selecting.is_empty() && verdict != (true, true) {
                let name = pod["metadata"]["name"].as_str().expect("a name");
                expected.insert(name.to_owned(), verdict);
            }
        }
        expected
    }

    fn allows_dns(&self, policy: &Value, protocol: &str) -> bool {
        let rules = policy["spec"]["egress"].as_array().cloned().unwrap_or_default();
        rules.iter().any(|rule| {
            let peers = rule["to"].as_array().filter(|peers| !peers.is_empty());
            let ports = rule["ports"].as_array().filter(|ports| !ports.is_empty());
            peers.is_none_or(|peers| peers.iter().any(|peer| self.is_dns(policy, peer)))
                && ports.is_none_or(|ports| ports.iter().any(|port| is_dns_port(port, protocol)))
        })
    }

    fn is_dns(&self, policy: &Value, peer: &Value) -> bool {
        if let Some(block) = peer.get("ipBlock") {
            let holds = |range: &Value| {
                matches!(range.as_str(), Some("0.0.0.0/0" | "10.0.0.0/8" | POD_RANGE))
            };
            let except = block["except"].as_array().cloned().unwrap_or_default();
            return holds(&block["cidr"]) && !except.iter().any(holds);
        }
        let in_namespace = match peer.get("namespaceSelector") {
            Some(selector) => selects(selector, &self.labels_of("kube-system")),
            None => policy["metadata"]["namespace"] == "kube-system",
        };
        let dns = labels(&dns_pod()["spec"]["template"]["metadata"]["labels"]);
        let pods = peer.get("podSelector").is_none_or(|selector| selects(selector, &dns));
        in_namespace && pods
    }
}

fn dns_pod() -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "coredns", "namespace": "kube-system"},
        "spec": {
            "selector": {"matchLabels": {"k8s-app": "kube-dns"}},
            "template": {
                "metadata": {"labels": {"k8s-app": "kube-dns"}},
                "spec": {"containers": [{
                    "name": "coredns",
                    "image": "registry.k8s.io/coredns/coredns:v1.13.1",
                    "ports": [
                        {"name": "dns", "containerPort": 53, "protocol": "UDP"},
                        {"name": "dns-tcp", "containerPort": 53, "protocol": "TCP"},
                    ],
                }]},
            },
        },
    })
}

fn labels(value: &Value) -> BTreeMap<String, String> {
    let entries = value.as_object().into_iter().flatten();
    let text = |value: &Value| value.as_str().expect("labels are texts").to_owned();
    entries.map(|(key, value)| (key.clone(), text(value))).collect()
}

fn selects(selector: &Value, labels: &BTreeMap<String, String>) -> bool {
    let by_label = selector["matchLabels"].as_object().into_iter().flatten();
    let by_expression = selector["matchExpressions"].as_array().into_iter().flatten();
    let mut by_label =
        by_label.map(|(key, value)| labels.get(key).map(String::as_str) == value.as_str());
    let mut by_expression = by_expression.map(|expression| {
        let value = labels.get(expression["key"].as_str().expect("a key"));
        let values = expression["values"].as_array().cloned().unwrap_or_default();
        let among = value.is_some_and(|value| values.iter().any(|other| other == value.as_str()));
        match expression["operator"].as_str() {
            Some("In") => among,
            Some("NotIn") => !among,
            Some("Exists") => value.is_some(),
            _ => value.is_none(),
        }
    });
    by_label.all(|holds| holds) && by_expression.all(|holds| holds)
}

fn isolates_egress(spec: &Value) -> bool {
    match spec["policyTypes"].as_array().filter(|types| !types.is_empty()) {
        Some(types) => types.iter().any(|name| name == "Egress"),
        None => spec["egress"].as_array().is_some_and(|rules| !rules.is_empty()),
    }
}

fn is_dns_port(port: &Value, protocol: &str) -> bool {
    let own = port["protocol"].as_str().unwrap_or("TCP");
    let name = if protocol == "UDP" { "dns" } else { "dns-tcp" };
    let number = match (&port["port"], &port["endPort"]) {
        (Value::Null, _) => true,
        (Value::String(written), _) => written == name,
        (first, Value::Null) => first == 53,
        (first, last) => first.as_i64() <= Some(53) && last.as_i64() >= Some(53),
    };
    own == protocol && number
}

/// `None`, or a value.
fn maybe<T: std::fmt::Debug + Clone + 'static>(
    strategy: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Option<T>> {
    prop::option::of(strategy).boxed()
}

fn object(entries: Vec<(&str, Option<Value>)>) -> Value {
    let entries = entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(entries.collect())
}

/// Labels of pods and namespaces, from few keys and values so that they meet.
fn some_labels() -> impl Strategy<Value = Value> {
    let value = || maybe(prop::sample::select(vec!["p", "q"]));
    (value(), value()).prop_map(|(app, tier)| {
        object(vec![("app", app.map(Value::from)), ("tier", tier.map(Value::from))])
    })
}

fn selector(extra: Vec<Value>) -> impl Strategy<Value = Value> {
    let expression = prop::sample::select(vec![
        json!({"key": "app", "operator": "In", "values": ["p", "q"]}),
        json!({"key": "app", "operator": "NotIn", "values": ["p"]}),
        json!({"key": "tier", "operator": "Exists"}),
        json!({"key": "tier", "operator": "DoesNotExist"}),
    ]);
    let mut matching = vec![
        json!({}),
        json!({}),
        json!({"app": "p"}),
        json!({"app": "q"}),
        json!({"app": "p", "tier": "q"}),
    ];
    matching.extend(extra);
    (maybe(prop::sample::select(matching)), prop::collection::vec(expression, 0..2)).prop_map(
        |(labels, expressions)| {
            let expressions = (!expressions.is_empty()).then(|| Value::from(expressions));
            object(vec![("matchLabels", labels), ("matchExpressions", expressions)])
        },
    )
}

fn peer() -> impl Strategy<Value = Value> {
    let named = |name| json!({"kubernetes.io/metadata.name": name});
    let namespaces = || {
        selector(vec![
            named("kube-system"),
            named("kube-system"),
            named("a"),
            json!({"name": "kube-system"}),
        ])
    };
    let pods = || selector(vec![json!({"k8s-app": "kube-dns"}), json!({"k8s-app": "kube-dns"})]);
    let block = (
        prop::sample::select(vec!["0.0.0.0/0", "10.0.0.0/8", POD_RANGE, "192.168.0.0/16"]),
        maybe(prop::sample::select(vec!["10.0.0.0/8", POD_RANGE, "172.16.0.0/12"])),
    );
    prop_oneof![
        pods().prop_map(|pods| json!({"podSelector": pods})),
        namespaces().prop_map(|namespaces| json!({"namespaceSelector": namespaces})),
        (namespaces(), pods()).prop_map(|(namespaces, pods)| {
            json!({"namespaceSelector": namespaces, "podSelector": pods})
        }),
        block.prop_map(|(range, except)| {
            json!({"ipBlock": object(vec![
                ("cidr", Some(range.into())),
                ("except", except.map(|except| json!([except]))),
            ])})
        }),
    ]
}

fn port() -> impl Strategy<Value = Value> {
    let number = prop::sample::select(vec![
        json!({}),
        json!({"port": 53}),
        json!({"port": 53}),
        json!({"port": 80}),
        json!({"port": "dns"}),
        json!({"port": "dns-tcp"}),
        json!({"port": 50, "endPort": 60}),
        json!({"port": 60, "endPort": 90}),
    ]);
    (number, maybe(prop::sample::select(vec!["TCP", "UDP"]))).prop_map(|(mut port, protocol)| {
        if let Some(protocol) = protocol {
            port["protocol"] = protocol.into();
        }
        port
    })
}

fn rule() -> impl Strategy<Value = Value> {
    let to = maybe(prop::collection::vec(peer(), 0..3));
    let ports = maybe(prop::collection::vec(port(), 0..3));
    (to, ports).prop_map(|(to, ports)| {
        object(vec![("to", to.map(Value::from)), ("ports", ports.map(Value::from))])
    })
}

fn small_cluster() -> impl Strategy<Value = Small> {
    let namespace = || prop::sample::select(vec!["a", "b"]);
    let types = prop::sample::select(vec![
        json!([]),
        json!(["Ingress"]),
        json!(["Egress"]),
        json!(["Egress"]),
        json!(["Ingress", "Egress"]),
    ]);
    let policy = (
        namespace(),
        maybe(selector(Vec::new())),
        maybe(types),
        maybe(prop::collection::vec(rule(), 0..3)),
    );
    (
        prop::collection::vec((some_labels(), any::<bool>()), 3),
        prop::collection::vec((namespace(), some_labels()), 0..5),
        prop::collection::vec(policy, 0..5),
    )
        .prop_map(|(namespaces, pods, policies)| {
            let namespace = |(name, (mut labels, labelled)): (&str, (Value, bool))| {
                if labelled {
                    labels["name"] = name.into();
                }
                json!({
                    "apiVersion": "v1",
                    "kind": "Namespace",
                    "metadata": {"name": name, "labels": labels},
                })
            };
            // Each namespace has a pod, so that none of them is out of sight.
            let pods = [("a", json!({})), ("b", json!({}))].into_iter().chain(pods).enumerate();
            let pod = |(index, (namespace, labels)): (usize, (&str, Value))| {
                json!({
                    "apiVersion": "v1",
                    "kind": "Pod",
                    "metadata": {"name": format!("pod{index}"), "namespace": namespace, "labels": labels},
                    "spec": {"containers": [{"name": "c", "image": "c"}]},
                })
            };
            let policies = policies.into_iter().enumerate().map(
                |(index, (namespace, selector, types, egress))| {
                    json!({
                        "apiVersion": "networking.k8s.io/v1",
                        "kind": "NetworkPolicy",
                        "metadata": {"name": format!("policy{index}"), "namespace": namespace},
                        "spec": object(vec![
                            ("podSelector", selector),
                            ("policyTypes", types),
                            ("egress", egress.map(Value::from)),
                        ]),
                    })
                },
            );
            Small {
                namespaces: ["kube-system", "a", "b"].into_iter().zip(namespaces).map(namespace).collect(),
                pods: pods.map(pod).collect(),
                policies: policies.collect(),
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_verdict_about_dns_is_that_of_the_definition(small in small_cluster()) {
        let text = small.text();
        let contents = ingest::ingest(FileId::new(0), "cluster.yaml", &text);
        prop_assert_eq!(&contents.problems, &[]);
        let placement = Placement::AsWritten;
        let object = |resource| Object { resource, placement: &placement, path: "cluster.yaml", node: None };
        let settings = Settings::default();
        let network =
            model::build(contents.resources.iter().map(object).collect(), &settings);

        for (policy, written) in network.policies.all.iter().zip(&small.policies) {
            let expected = Answer::of(isolates_egress(&written["spec"]));
            prop_assert_eq!(policy.egress.isolates, expected, "{}", written);
        }
        let mut found = BTreeMap::new();
        for verdict in &network.dns_egress.verdicts {
            let Isolated::Workloads { members, .. } = &verdict.pods else { continue };
            for member in members {
                let reaches = verdict.reaches;
                prop_assert!(reaches.udp != Answer::Unknown && reaches.tcp != Answer::Unknown);
                let name = network.workloads.all[*member].object.name().to_owned();
                found.insert(name, (reaches.udp.is_yes(), reaches.tcp.is_yes()));
            }
        }
        prop_assert_eq!(found, small.expected(), "{}", text);
    }
}
