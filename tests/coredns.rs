//! What distributions ship is not their users' mistake: the manifests of CoreDNS in
//! `testdata/coredns`, written after those of each distribution, give advice at most.

use std::fs;
use std::path::Path;

use netvet::check::{self, Analysis};
use netvet::config::Date;
use netvet::diagnostic::Severity;
use proptest::prelude::*;

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/coredns").join(name);
    fs::read_to_string(path).expect("the manifest is there")
}

fn check_all(texts: &[(String, String)]) -> Analysis {
    let today = Date::parse("2026-11-20").expect("a day");
    check::check_texts(texts, None, today).expect("no configuration")
}

/// `severity rule` of all findings in a manifest, sorted, each once.
fn findings(name: &str) -> Vec<String> {
    let analysis = check_all(&[(name.to_owned(), read(name))]);
    assert!(analysis.problems.is_empty(), "{name}: {:?}", analysis.problems);
    let diagnostics = analysis.findings.iter().map(|found| &found.diagnostic);
    let mut lines: Vec<String> =
        diagnostics.map(|d| format!("{} {}", d.severity, d.rule)).collect();
    lines.sort();
    lines.dedup();
    lines
}

fn above_info(name: &str) -> Vec<String> {
    let mut lines = findings(name);
    lines.retain(|line| !line.starts_with(Severity::Info.name()));
    lines
}

#[test]
fn distributions_are_not_warned_of_what_they_ship() {
    for name in ["kubeadm.yaml", "k3s.yaml", "rke2.yaml", "kubespray.yaml", "openshift.yaml"] {
        assert_eq!(above_info(name), [""; 0], "{name}");
    }
}

/// Those of the category `dns` alone.
fn dns_findings(name: &str) -> Vec<String> {
    let infos = check::rule_infos();
    let of_dns =
        |rule: &str| infos.iter().any(|info| info.category == "dns" && info.id.as_str() == rule);
    let mut lines = findings(name);
    lines.retain(|line| line.split(' ').nth(1).is_some_and(of_dns));
    lines
}

#[test]
fn kubeadm_is_advised_to_have_a_disruption_budget_and_nothing_else() {
    assert_eq!(dns_findings("kubeadm.yaml"), ["info coredns-no-pdb"]);
}

#[test]
fn the_helm_chart_is_warned_of_its_own_defaults() {
    assert_eq!(
        dns_findings("helm-chart.yaml"),
        [
            "warning coredns-cpu-limit-low",
            "warning coredns-no-priority-class",
            "warning coredns-single-replica",
        ]
    );
}

proptest! {
    // Each case runs all rules on a whole cluster.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_corefile_can_be_checked(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                ".:53 {\n", "a.org, {\n", "(s) {\n", "}\n", "{", "import s\n", "import x/*\n",
                "kubernetes cluster.local {\n", "pods verified\n", "upstream\n", "autopath\n",
                "forward . 127.0.0.1 [::1]:53 tls://1.1.1.1\n", "forward\n", "proxy . 1.1.1.1\n",
                "bind 127.0.0.1\n", "health :x\n", "ready :8181\n", "cache\n", "caches\n", "view v\n",
                "__PILLAR__LOCAL__DNS__", "{$A}", "\"", "# c\n", "é", "\n",
            ]),
            0..40,
        )
    ) {
        let corefile = pieces.concat();
        let text = serde_json::json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "coredns", "namespace": "kube-system"},
            "data": {"Corefile": &corefile, "a.override": &corefile, "b.server": &corefile},
        });
        let manifest = read("kubeadm.yaml").replace("name: coredns\n  namespace", "name: x\n  namespace");
        let texts = [
            ("map.json".to_owned(), text.to_string()),
            ("Corefile".to_owned(), corefile),
            ("deployment.yaml".to_owned(), manifest),
        ];
        check_all(&texts);
    }
}
