//! Each row of the tables of versions has an effect: what it says is found, and nothing else.

use std::fmt::Write as _;

use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Date;
use crate::model::tables::tables;
use crate::model::testing::with_network_and;
use crate::model::version::{KubernetesVersion, Release};
use crate::model::{Network, Settings};
use crate::rules::{Check, Findings, Rule};
use crate::source::{FileId, Span, Spanned};

/// What a rule says of a text, in a cluster of a version, on a day.
fn found(rule: &Rule, text: &str, version: Option<&str>, today: &str) -> Vec<Diagnostic> {
    let span = Span { file: FileId::new(0), start: 0, end: 0 };
    let settings = Settings {
        kubernetes: version.map(|version| Spanned::new(version.to_owned(), span)),
        today: Date::parse(today).expect("a day"),
        ..Settings::default()
    };
    let Check::Network(check) = rule.check else { panic!("a rule of networks") };
    with_network_and(text, &settings, |network: &Network<'_>| {
        let mut findings = Findings::new(rule.id(), &[]);
        check(network, &mut findings);
        findings.into_diagnostics()
    })
}

fn messages(rule: &Rule, text: &str, version: Option<&str>) -> Vec<String> {
    let found = found(rule, text, version, "2026-11-21");
    found.into_iter().map(|diagnostic| diagnostic.message).collect()
}

fn container(image: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: a, namespace: kube-system}}, spec: {{containers: [{{name: a, image: '{image}'}}]}}}}\n---\n"
    )
}

fn node(kubelet: &str, runtime: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Node, metadata: {{name: a}}, status: {{nodeInfo: {{kubeletVersion: v{kubelet}.1, containerRuntimeVersion: '{runtime}'}}}}}}\n---\n"
    )
}

/// How a release line of a component shows.
fn running(software: &str, line: Release) -> String {
    let version = format!("{}.{}.1", line.major, line.minor);
    match software {
        "Calico" => container(&format!("quay.io/calico/node:v{version}")),
        "Cilium" => container(&format!("quay.io/cilium/cilium:v{version}")),
        "Istio" => container(&format!("docker.io/istio/pilot:{version}")),
        "Linkerd" => container(&format!("cr.l5d.io/linkerd/controller:stable-{version}")),
        "ingress-nginx" => {
            container(&format!("registry.k8s.io/ingress-nginx/controller:v{version}"))
        }
        "MetalLB" => container(&format!("quay.io/metallb/speaker:v{version}")),
        "etcd" => container(&format!("registry.k8s.io/etcd:{version}-0")),
        "containerd" => node("1.36", &format!("containerd://{version}")),
        other => panic!("no image of {other}"),
    }
}

fn next(version: KubernetesVersion, by: i64) -> String {
    let minor = i64::from(version.minor) + by;
    format!("{}.{minor}", version.major)
}

fn day_after(date: Date) -> String {
    let text = date.to_string();
    let (month, day) = text.rsplit_once('-').expect("a day");
    let following = format!("{month}-{:02}", day.parse::<u8>().expect("a number") + 1);
    let next_month = || {
        let (year, month) = month.split_once('-').expect("a month");
        let month: u8 = month.parse().expect("a number");
        match month {
            12 => format!("{:04}-01-01", year.parse::<u16>().expect("a number") + 1),
            _ => format!("{year}-{:02}-01", month + 1),
        }
    };
    Date::parse(&following).map_or_else(next_month, |_| following)
}

#[test]
fn every_minor_release_ends() {
    for minor in tables().minors() {
        let version = minor.version.to_string();
        let rule = &super::k8s_eol::RULE;
        let text = container(&format!("registry.k8s.io/kube-apiserver:v{version}.1"));
        let on = |day: &str| found(rule, &text, None, day).len();
        assert_eq!(on(&minor.end_of_life.to_string()), 0, "{version}");
        assert_eq!(on(&day_after(minor.end_of_life)), 1, "{version}");
    }
}

#[test]
fn every_minor_release_has_its_add_ons() {
    let rules = [
        (&super::coredns_version_vs_k8s::RULE, "registry.k8s.io/coredns/coredns"),
        (&super::etcd_version_vs_k8s::RULE, "registry.k8s.io/etcd"),
        (&super::pause_version_vs_k8s::RULE, "registry.k8s.io/pause"),
    ];
    for minor in tables().minors() {
        let bundled = [minor.coredns, minor.etcd, minor.pause];
        for ((rule, image), release) in rules.iter().zip(bundled) {
            let text = container(&format!("{image}:{release}"));
            assert_eq!(messages(rule, &text, Some(&minor.version.to_string())), [""; 0]);
            let older = container(&format!("{image}:0.1.0"));
            let beyond = messages(rule, &older, Some(&minor.version.to_string()));
            // Nothing is known of what came before the first three rows.
            assert_eq!(beyond.len(), usize::from(minor.version.minor >= 19), "{beyond:?}");
        }
    }
}

#[test]
fn every_limit_of_skew_is_one() {
    for row in [
        "kube-controller-manager",
        "kube-scheduler",
        "cloud-controller-manager",
        "kubelet",
        "kube-proxy",
        "kubectl",
    ]
    .map(|component| tables().skew(component, "kube-apiserver").expect("a row"))
    {
        let server: u32 = 30;
        let fits = |minor: u32| {
            let text = match row.component.as_str() {
                "kubelet" => node(&format!("1.{minor}"), ""),
                "cloud-controller-manager" => container(&format!(
                    "registry.k8s.io/provider-aws/cloud-controller-manager:v1.{minor}.1"
                )),
                name => container(&format!("registry.k8s.io/{name}:v1.{minor}.1")),
            };
            let rules = [
                &super::k8s_skew_control_plane::RULE,
                &super::k8s_skew_kubelet::RULE,
                &super::k8s_skew_kube_proxy::RULE,
                &super::k8s_skew_kubectl::RULE,
            ];
            let version = format!("1.{server}");
            rules.iter().all(|rule| messages(rule, &text, Some(&version)).is_empty())
        };
        let older = row.older(KubernetesVersion::parse("1.29").expect("a version"));
        assert!(fits(server - older) && !fits(server - older - 1), "{}", row.component);
        assert!(fits(server + row.newer) && !fits(server + row.newer + 1), "{}", row.component);
    }
    let servers = |one: u32, other: u32| {
        let image = |minor| container(&format!("registry.k8s.io/kube-apiserver:v1.{minor}.1"));
        let text = image(one) + &image(other);
        messages(&super::k8s_skew_control_plane::RULE, &text, None).len()
    };
    assert_eq!((servers(30, 31), servers(30, 32)), (0, 1));
    let beside = |proxy: u32| {
        let mut text = node("1.30", "");
        let _ = writeln!(
            text,
            "{{apiVersion: apps/v1, kind: DaemonSet, metadata: {{name: kube-proxy, namespace: kube-system}}, spec: {{selector: {{}}, template: {{metadata: {{labels: {{a: b}}}}, spec: {{containers: [{{name: a, image: 'registry.k8s.io/kube-proxy:v1.{proxy}.1'}}]}}}}}}}}"
        );
        messages(&super::k8s_skew_kube_proxy::RULE, &text, None).len()
    };
    assert_eq!((beside(27), beside(26), beside(33), beside(34)), (0, 1, 0, 1));
}

#[test]
fn every_release_line_has_its_versions_of_kubernetes() {
    let rule = &super::cni_k8s_untested::RULE;
    for (text, evidence) in tables().shown("support") {
        let (software, line, from, to) = support(&text);
        let row = tables().support(&software, line).expect("a row");
        let running = running(&software, line);
        let weights = |version: &str| -> Vec<Severity> {
            let found = found(rule, &running, Some(version), "2026-11-21");
            found.iter().map(|diagnostic| diagnostic.severity).collect()
        };
        assert_eq!(weights(&from.to_string()), [], "{text}");
        assert_eq!(weights(&to.to_string()), [], "{text}");
        assert_eq!(weights(&next(from, -1)), [evidence.weight()], "{text}");
        let newer = if row.newer_is_advice { Severity::Info } else { evidence.weight() };
        assert_eq!(weights(&next(to, 1)), [newer], "{text}");
    }
}

/// Takes a shown row apart: `Calico 3.29: Kubernetes 1.29 to 1.32`.
fn support(text: &str) -> (String, Release, KubernetesVersion, KubernetesVersion) {
    let (name, range) = text.split_once(": Kubernetes ").expect("a row");
    let (software, line) = name.rsplit_once(' ').expect("a name");
    let (from, to) = range.split_once(" to ").expect("a range");
    let version = |text| KubernetesVersion::parse(text).expect("a version");
    (software.to_owned(), Release::parse(line).expect("a line"), version(from), version(to))
}

#[test]
fn every_release_line_ends() {
    let rule = &super::component_eol::RULE;
    for (text, evidence) in tables().shown("lives") {
        let (name, end) = text.split_once(": patches until ").expect("a row");
        let (software, line) = name.rsplit_once(' ').expect("a name");
        let running = running(software, Release::parse(line).expect("a line"));
        assert_eq!(found(rule, &running, None, end), [], "{text}");
        let after = found(rule, &running, None, &day_after(Date::parse(end).expect("a day")));
        let weights: Vec<Severity> = after.iter().map(|diagnostic| diagnostic.severity).collect();
        assert_eq!(weights, [evidence.weight()], "{text}");
    }
}

#[test]
fn every_removed_api_is_gone_from_its_version_on() {
    let rule = &super::api_removed::RULE;
    for (text, _) in tables().shown("removed_apis") {
        let (api, rest) = text.split_once(" of ").expect("a row");
        let (kinds, rest) = rest.split_once(": removed in ").expect("a row");
        let removed = rest.split(';').next().expect("a version");
        let removed = KubernetesVersion::parse(removed).expect("a version");
        for kind in kinds.split(", ") {
            let object =
                format!("{{apiVersion: {api}, kind: {kind}, metadata: {{name: a}}, spec: {{}}}}");
            let weights = |version: &str| -> Vec<Severity> {
                let found = found(rule, &object, Some(version), "2026-11-21");
                found.iter().map(|diagnostic| diagnostic.severity).collect()
            };
            assert_eq!(weights(&removed.to_string()), [Severity::Error], "{api} {kind}");
            assert_eq!(weights(&next(removed, -1)), [Severity::Info], "{api} {kind}");
        }
    }
}

#[test]
fn every_version_of_kubeadms_configuration_comes_and_goes() {
    let configuration = |api: &str, version: &str| {
        let text = format!(
            "{{apiVersion: kubeadm.k8s.io/{api}, kind: ClusterConfiguration, kubernetesVersion: v{version}.0}}"
        );
        let (gone, new) = (&super::kubeadm_api_removed::RULE, &super::kubeadm_api_too_new::RULE);
        (messages(gone, &text, None).len(), messages(new, &text, None).len())
    };
    for api in ["v1beta1", "v1beta2", "v1beta3", "v1beta4"] {
        let row = tables().kubeadm_api(api).expect("a row");
        if let Some(removed) = row.removed {
            assert_eq!(configuration(api, &removed.to_string()).0, 1, "{api}");
            assert_eq!(configuration(api, &next(removed, -1)).0, 0, "{api}");
        }
        if let Some(introduced) = row.introduced {
            assert_eq!(configuration(api, &introduced.to_string()).1, 0, "{api}");
            assert_eq!(configuration(api, &next(introduced, -1)).1, 1, "{api}");
        }
    }
    assert_eq!(tables().shown("kubeadm_apis").len(), 4);
}

#[test]
fn every_registry_that_is_retired_is_found() {
    for row in &tables().retired_registries {
        let text = container(&format!("{}/a:1.2.3", row.registry));
        assert_eq!(messages(&super::retired_registry::RULE, &text, None).len(), 1, "{row:?}");
    }
    let weave = container("weaveworks/weave-kube:2.8.1");
    assert_eq!(messages(&super::weave_unmaintained::RULE, &weave, None).len(), 1);
    assert_eq!(tables().shown("unmaintained").len(), 1);
}

#[test]
fn every_feature_comes_with_its_version() {
    let service = |field: &str| {
        format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: a}}, spec: {{selector: {{a: b}}, ports: [{{port: 80}}], {field}}}}}"
        )
    };
    let pod = |extra: &str| {
        format!("{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, spec: {{{extra}}}}}")
    };
    let mode = |mode: &str| {
        format!(
            "{{apiVersion: kubeproxy.config.k8s.io/v1alpha1, kind: KubeProxyConfiguration, mode: {mode}}}"
        )
    };
    let own = &super::field_k8s_too_old::RULE;
    let (policy, proxy) = (
        &crate::rules::policy::netpol_endport_k8s_too_old::RULE,
        &crate::rules::proxy::kube_proxy_nftables_too_old::RULE,
    );
    let table = [
        ("dual-stack-services", own, service("ipFamilyPolicy: PreferDualStack")),
        ("internal-traffic-policy", own, service("internalTrafficPolicy: Local")),
        ("load-balancer-class", own, service("type: LoadBalancer, loadBalancerClass: a/b")),
        ("traffic-distribution", own, service("trafficDistribution: PreferClose")),
        (
            "sidecar-containers",
            own,
            pod("initContainers: [{name: s, image: s, restartPolicy: Always}], containers: [{name: a, image: a}]"),
        ),
        (
            "grpc-probe",
            own,
            pod("containers: [{name: a, image: a, livenessProbe: {grpc: {port: 80}}}]"),
        ),
        (
            "network-policy-end-port",
            policy,
            "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, spec: {podSelector: {}, ingress: [{ports: [{port: 1, endPort: 2}]}]}}".to_owned(),
        ),
        ("kube-proxy-nftables", proxy, mode("nftables")),
    ];
    let others = ["kube-proxy-userspace", "kube-proxy-ipvs"];
    for (name, rule, text) in &table {
        let row = tables().feature(name).expect("a row");
        let (alpha, beta, stable) = (row.alpha, row.beta, row.stable);
        let (alpha, beta) = (alpha.expect("alpha"), beta.expect("beta"));
        let count = |version: &str| messages(rule, text, Some(version)).len();
        assert_eq!(count(&next(alpha, -1)), 1, "{name}");
        assert_eq!(count(&next(beta, -1)), 1, "{name}");
        assert_eq!(count(&stable.expect("stable").to_string()), 0, "{name}");
    }
    let removed = &crate::rules::proxy::kube_proxy_mode_removed::RULE;
    let deprecated = &crate::rules::proxy::kube_proxy_ipvs_deprecated::RULE;
    let gone = tables().feature(others[0]).and_then(|row| row.removed).expect("a version");
    let old = tables().feature(others[1]).and_then(|row| row.deprecated).expect("a version");
    let weight = |rule: &Rule, mode: &str, version: &str| {
        found(rule, mode, Some(version), "2026-11-21").first().map(|found| found.severity)
    };
    let userspace = mode("userspace");
    assert!(
        weight(removed, &userspace, &gone.to_string())
            > weight(removed, &userspace, &next(gone, -1))
    );
    let ipvs = mode("ipvs");
    assert!(
        weight(deprecated, &ipvs, &old.to_string()) > weight(deprecated, &ipvs, &next(old, -1))
    );
    let known: Vec<&str> = table.iter().map(|(name, ..)| *name).chain(others).collect();
    for (text, _) in tables().shown("features") {
        let name = text.split(':').next().expect("a name");
        assert!(known.contains(&name), "no test for {name}");
    }
}
