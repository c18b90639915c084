//! Adopting netvet on a repository that has findings: they are written down, and from then on only
//! what is new is reported.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// Two clusters, each with a pod range inside its service range.
const KUBEADM: &str = "apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
networking:
  podSubnet: 10.96.0.0/16
  serviceSubnet: 10.96.0.0/12
";

/// Two Services with a misspelt field.
const SERVICES: &str = "apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {prots: []}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {prots: []}
";

fn repository() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join(".git")).expect("created");
    write(folder.path(), "clusters/a/kubeadm.yaml", KUBEADM);
    write(folder.path(), "clusters/b/kubeadm.yaml", KUBEADM);
    write(folder.path(), "apps/services.yaml", SERVICES);
    folder
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("created");
    fs::write(path, text).expect("written");
}

fn read(folder: &Path, path: &str) -> String {
    fs::read_to_string(folder.join(path)).expect("readable")
}

fn netvet(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netvet"));
    command.arg("check").args(arguments).current_dir(folder).env_clear();
    command.env("SOURCE_DATE_EPOCH", "1795132800").output().expect("netvet runs")
}

/// The exit code, and the lines of the concise report.
fn check(folder: &Path, arguments: &[&str]) -> (i32, Vec<String>) {
    let output = netvet(folder, &[&["--format=concise"], arguments].concat());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let code = output.status.code().expect("an exit code");
    assert!(code < 2, "{}", String::from_utf8_lossy(&output.stderr));
    (code, text.lines().map(str::to_owned).collect())
}

/// A repository with its baseline.
fn adopted() -> TempDir {
    let folder = repository();
    assert_eq!(check(folder.path(), &[]).0, 1);
    let output = netvet(folder.path(), &["--write-baseline=netvet-baseline.json"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "wrote 4 findings to netvet-baseline.json\n"
    );
    let (code, lines) = check(folder.path(), &["--baseline=netvet-baseline.json"]);
    assert_eq!((code, lines.len()), (0, 1), "{lines:?}");
    assert!(lines[0].starts_with("no findings in "), "{lines:?}");
    assert!(lines[0].contains("4 in the baseline"), "{lines:?}");
    folder
}

const BASELINE: &str = "--baseline=netvet-baseline.json";

#[test]
fn the_file_is_sorted_and_has_a_line_for_each_finding() {
    let folder = adopted();
    insta::assert_snapshot!(read(folder.path(), "netvet-baseline.json"), @r#"
    {
      "version": 1,
      "findings": [
        {"rule":"unknown-field","path":"apps/services.yaml","object":"Service/shop/db","field":"spec.prots"},
        {"rule":"unknown-field","path":"apps/services.yaml","object":"Service/shop/web","field":"spec.prots"},
        {"rule":"pod-service-cidr-overlap","path":"clusters/a/kubeadm.yaml","object":"ClusterConfiguration","field":"networking.podSubnet"},
        {"rule":"pod-service-cidr-overlap","path":"clusters/b/kubeadm.yaml","object":"ClusterConfiguration","field":"networking.podSubnet"}
      ]
    }
    "#);
}

#[test]
fn only_the_change_is_reported() {
    let folder = adopted();
    // Lines move, objects change their order, and one more field is misspelt.
    let (first, second) = SERVICES.split_once("---\n").expect("two documents");
    let text = format!("# moved\n{second}---\n{}", first.replace("{prots", "{tpye: x, prots"));
    write(folder.path(), "apps/services.yaml", &text);
    write(folder.path(), "clusters/c/kubeadm.yaml", KUBEADM);
    let (code, lines) = check(folder.path(), &[BASELINE]);
    assert_eq!(code, 1);
    let findings: Vec<&str> =
        lines.iter().filter(|line| line.contains("] ")).map(String::as_str).collect();
    assert_eq!(findings.len(), 2, "{lines:?}");
    assert!(
        findings[0].starts_with("apps/services.yaml:10:8: warning[unknown-field]"),
        "{lines:?}"
    );
    assert!(findings[1].starts_with("clusters/c/kubeadm.yaml:4:14: error["), "{lines:?}");
    assert!(lines.last().is_some_and(|line| line.contains("4 in the baseline")), "{lines:?}");
}

#[test]
fn the_working_directory_does_not_matter() {
    let folder = adopted();
    let below = folder.path().join("clusters/a");
    let (code, lines) = check(&below, &["--baseline=../../netvet-baseline.json"]);
    assert_eq!(code, 0, "{lines:?}");
    assert!(lines.last().is_some_and(|line| line.contains("1 in the baseline")), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("no longer there")), "a part was looked at");
}

#[test]
fn what_was_mended_is_told_and_taken_out() {
    let folder = adopted();
    write(
        folder.path(),
        "clusters/a/kubeadm.yaml",
        &KUBEADM.replace("10.96.0.0/16", "10.0.0.0/16"),
    );
    write(folder.path(), "clusters/c/kubeadm.yaml", KUBEADM);
    let (_, lines) = check(folder.path(), &[BASELINE]);
    let told = "1 finding of the baseline no longer there; ";
    assert!(lines.iter().any(|line| line.starts_with(told)), "{lines:?}");
    let output = netvet(folder.path(), &[BASELINE, "--verbose"]);
    let named = "no longer found: pod-service-cidr-overlap: clusters/a/kubeadm.yaml \
         ClusterConfiguration networking.podSubnet\n";
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(errors.contains(named), "{errors}");

    // Written with a baseline, the file shrinks, and what is new stays out of it.
    let arguments = [BASELINE, "--write-baseline=netvet-baseline.json"];
    let output = netvet(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(1), "the new finding still fails");
    let told = "wrote 3 findings to netvet-baseline.json, 1 less than before\n";
    assert_eq!(String::from_utf8_lossy(&output.stderr), told);
    assert!(!read(folder.path(), "netvet-baseline.json").contains("clusters/a/"));
    assert!(!read(folder.path(), "netvet-baseline.json").contains("clusters/c/"));
}

#[test]
fn what_was_not_looked_at_stays() {
    let folder = adopted();
    let before = read(folder.path(), "netvet-baseline.json");
    write(folder.path(), "clusters/b/kubeadm.yaml", "a: [\n");
    for part in [&["clusters/a"][..], &["--select=input"], &[]] {
        let mut arguments = vec![BASELINE, "--write-baseline=netvet-baseline.json"];
        arguments.extend(part);
        netvet(folder.path(), &arguments);
        assert_eq!(read(folder.path(), "netvet-baseline.json"), before, "{part:?}");
    }
}

/// What an ignore covers needs no place in the baseline, and is new when the ignore ends.
#[test]
fn ignores_come_first() {
    let folder = repository();
    let ignored = |until: &str| {
        let comment =
            format!("  # netvet: ignore[pod-service-cidr-overlap until={until}] moving\n");
        KUBEADM.replace("/16\n", &format!("/16{comment}"))
    };
    write(folder.path(), "clusters/a/kubeadm.yaml", &ignored("2027-03-31"));
    netvet(folder.path(), &["--write-baseline=netvet-baseline.json"]);
    assert!(!read(folder.path(), "netvet-baseline.json").contains("clusters/a/"));
    let (code, lines) = check(folder.path(), &[BASELINE]);
    assert_eq!(code, 0, "{lines:?}");
    let last = lines.last().expect("a summary");
    assert!(last.contains("1 suppressed, 3 in the baseline"), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("unused-ignore")), "{lines:?}");

    write(folder.path(), "clusters/a/kubeadm.yaml", &ignored("2026-03-31"));
    let (code, lines) = check(folder.path(), &[BASELINE]);
    assert_eq!(code, 1);
    assert!(lines.iter().any(|line| line.contains("error[pod-service-cidr-overlap]")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("warning[unused-ignore]")), "{lines:?}");

    // An ignore of what the baseline holds back takes its place there.
    write(folder.path(), "clusters/a/kubeadm.yaml", KUBEADM);
    write(folder.path(), "clusters/b/kubeadm.yaml", &ignored("2027-03-31"));
    let (_, lines) = check(folder.path(), &[BASELINE]);
    assert!(lines.iter().any(|line| line.contains("1 finding of the baseline no")), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("unused-ignore")), "{lines:?}");
}

#[test]
fn what_is_hidden_is_not_taken_up_unless_it_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec:\n  \
        containers:\n  - {name: web, image: web, ports: [{containerPort: 80, hostPort: 80}]}\n";
    write(folder.path(), "pod.yaml", pod);
    let (_, lines) = check(folder.path(), &["--min-severity=info"]);
    let infos = lines.iter().filter(|line| line.contains(": info[")).count();
    assert!(infos > 0, "{lines:?}");
    let written = |arguments: &[&str]| {
        netvet(folder.path(), &[&["--write-baseline=b.json"], arguments].concat());
        read(folder.path(), "b.json").matches("\"rule\"").count()
    };
    assert_eq!(written(&[]) + infos, written(&["--min-severity=info"]));
    assert_eq!(written(&["--fail-on=info"]), written(&["--min-severity=info"]));
}

#[test]
fn lists_from_a_cluster_have_a_baseline_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let list = |names: &[&str]| {
        let item = |name: &&str| {
            format!(
                "{{\"apiVersion\": \"v1\", \"kind\": \"Service\", \
                \"metadata\": {{\"name\": \"{name}\"}}, \"spec\": {{\"prots\": []}}}}"
            )
        };
        let items: Vec<String> = names.iter().map(item).collect();
        format!("{{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{}]}}", items.join(","))
    };
    write(folder.path(), "live.json", &list(&["b", "d"]));
    netvet(folder.path(), &["live.json", "--write-baseline=b.json"]);
    write(folder.path(), "live.json", &list(&["a", "b", "c", "d"]));
    let output = netvet(folder.path(), &["live.json", "--baseline=b.json", "--format=json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let objects = report["findings"].as_array().expect("a list").iter();
    let objects: Vec<_> = objects.map(|finding| &finding["locations"][0]["object"]).collect();
    assert_eq!(objects, ["Service/a", "Service/c"]);
    assert_eq!(report["summary"]["baseline"], 2);
}

#[test]
fn a_baseline_that_cannot_be_read_ends_the_run() {
    let folder = repository();
    write(folder.path(), "broken.json", "{\n  \"version\": 1,\n  \"findings\": [{}]\n}\n");
    let output = netvet(folder.path(), &["--baseline=broken.json"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: `broken.json` is not a baseline
  broken.json:3:17: missing field `rule`
  help: `netvet check --write-baseline FILE` writes one
"
    );
    let output = netvet(folder.path(), &["--baseline=absent.json"]);
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("cannot read the baseline `absent.json`"), "{error}");
}
