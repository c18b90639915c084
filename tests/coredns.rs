//! What distributions ship is not their users' mistake: the manifests of CoreDNS in
//! `testdata/coredns`, written after those of each distribution, give advice at most.

use std::fs;
use std::path::Path;

use netvet::check;
use netvet::config::Date;
use netvet::diagnostic::Severity;

/// `severity rule` of all findings in a manifest, sorted, each once.
fn findings(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/coredns").join(name);
    let text = fs::read_to_string(path).expect("the manifest is there");
    let today = Date::parse("2026-11-20").expect("a day");
    let analysis =
        check::check_texts(&[(name.to_owned(), text)], None, today).expect("no configuration");
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
