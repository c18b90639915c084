//! What is around the check: `init`, `schema`, `completions`, `man` and `--statistics`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/scenarios");

fn netvet(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netvet"));
    command.args(arguments).current_dir(folder).env_clear();
    command.env("SOURCE_DATE_EPOCH", "1795132800").output().expect("netvet runs")
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("UTF-8")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("created");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else if path.file_name().is_none_or(|name| name != "netvet.yaml") {
            fs::copy(&path, &target).expect("copied");
        }
    }
}

/// What `init` makes of a folder, with the configuration in every comment switched on.
fn initiated(folder: &Path) -> String {
    let output = netvet(folder, &["init"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let written = fs::read_to_string(folder.join("netvet.yaml")).expect("written");
    let switched_on = written.lines().map(|line| match line.strip_prefix('#') {
        Some(rest) if !rest.starts_with(' ') || rest.starts_with("  ") => format!("{rest}\n"),
        _ => format!("{line}\n"),
    });
    switched_on.collect()
}

#[test]
fn what_is_detected_is_written_down_and_changes_nothing() {
    for entry in fs::read_dir(SCENARIOS).expect("scenarios") {
        let scenario = entry.expect("an entry").path();
        let folder = tempfile::tempdir().expect("a folder");
        copy(&scenario, folder.path());
        let check = || netvet(folder.path(), &["check", "--format=json", "--min-severity=info"]);
        let before = check();
        let switched_on = initiated(folder.path());
        let after = check();
        let name = scenario.display();
        assert_eq!(text(&before.stdout), text(&after.stdout), "{name}");
        assert_eq!(before.status.code(), after.status.code(), "{name}: {}", text(&after.stderr));

        fs::write(folder.path().join("netvet.yaml"), &switched_on).expect("written");
        let on = check();
        assert!(on.status.code() < Some(2), "{name}: {}\n{switched_on}", text(&on.stderr));
        assert!(on.stderr.is_empty(), "{name}: {}", text(&on.stderr));
    }
}

#[test]
fn a_configuration_is_never_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(folder.path().join(".git")).expect("created");
    fs::create_dir_all(folder.path().join("below")).expect("created");
    fs::write(folder.path().join("below/a.yaml"), "kind: Pod\n").expect("written");
    fs::write(folder.path().join(".netvet.yaml"), "exclude: []\n").expect("written");
    for folder in [folder.path(), &folder.path().join("below")] {
        let output = netvet(folder, &["init"]);
        assert_eq!(output.status.code(), Some(2));
        let error = text(&output.stderr);
        assert!(error.contains("there is a configuration already: `"), "{error}");
        assert!(!folder.join("netvet.yaml").exists());
    }
    let kept = fs::read_to_string(folder.path().join(".netvet.yaml")).expect("still there");
    assert_eq!(kept, "exclude: []\n");
}

#[test]
fn clusters_are_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    // No name may end a comment or a value.
    for (name, range) in [("prod", 1), ("a: [\nb: 1 # c*", 2)] {
        let below = folder.path().join("clusters").join(name);
        fs::create_dir_all(&below).expect("created");
        let kubeadm = format!(
            "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n\
            kubernetesVersion: v1.35.2\nnetworking: {{podSubnet: 10.{range}.0.0/16}}\n"
        );
        fs::write(below.join("kubeadm.yaml"), kubeadm).expect("written");
    }
    let switched_on = initiated(folder.path());
    insta::assert_snapshot!(switched_on, @r#"
    # What netvet is told about this repository: https://github.com/netvet/netvet#configure-it

    # `netvet init` wrote down what it found out by itself, so every line is a comment. Where it is
    # wrong, or where you know more, take the `#` off and say it.

    # What the files do not say about a cluster.
    clusters:
      "clusters/a: [\nb: 1 # c*":
        # others beside it define the same things differently
        paths: ["clusters/a: [[]\nb: 1 # c[*]/**"]
        kubernetes: "1.35.2"  # clusters/a: [␊b: 1 # c*/kubeadm.yaml:3
        # pod range: 10.2.0.0/16 (clusters/a: [␊b: 1 # c*/kubeadm.yaml:4)
        # service range: 10.96.0.0/12 (clusters/a: [␊b: 1 # c*/kubeadm.yaml:2)
      clusters/prod:
        # others beside it define the same things differently
        paths: ["clusters/prod/**"]
        kubernetes: "1.35.2"  # clusters/prod/kubeadm.yaml:3
        # pod range: 10.1.0.0/16 (clusters/prod/kubeadm.yaml:4)
        # service range: 10.96.0.0/12 (clusters/prod/kubeadm.yaml:2)

    # Clusters whose networks are joined.
    peered: [["clusters/a: [\nb: 1 # c*", clusters/prod]]

    # Ranges that nothing may overlap.
    reserved:
    - {cidr: 10.8.0.0/16, name: corporate VPN}

    # Services that exist, but not in these files.
    external-services: [vault.security]

    # What is not read.
    exclude: [vendor/**]

    # What a rule or a category weighs; `netvet rules` lists them.
    rules:
      coredns-memory-limit: {severity: error, minimum: 512Mi}
      mesh: off

    # Findings that are accepted, by path or object.
    ignores:
    - {rule: cidr-hits-well-known-range, path: legacy/**, reason: gone in spring, until: 2027-03-31}
    "#);
    fs::write(folder.path().join("netvet.yaml"), switched_on).expect("written");
    let output = netvet(folder.path(), &["inventory", "--format=json"]);
    let inventory: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    for cluster in inventory["clusters"].as_array().expect("a list") {
        assert_eq!(cluster["reason"], "named in the configuration", "{inventory:#}");
    }
}

#[test]
fn the_schema_is_the_committed_one() {
    let output = netvet(Path::new("."), &["schema"]);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/netvet.schema.json");
    if std::env::var_os("UPDATE_PAGES").is_some() {
        fs::write(path, &output.stdout).expect("written");
    }
    let committed = fs::read_to_string(path).expect("the schema is committed");
    assert!(
        text(&output.stdout) == committed,
        "run `UPDATE_PAGES=1 cargo test --test all the_schema_is`"
    );
}

#[test]
fn the_schema_takes_what_the_readme_shows() {
    let output = netvet(Path::new("."), &["schema"]);
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let schema = jsonschema::draft7::new(&schema).expect("a schema");
    let readme = include_str!("../../README.md");
    let blocks = readme.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let configurations: Vec<&str> = blocks
        .filter(|block| block.starts_with("clusters:") || block.starts_with("rules:"))
        .collect();
    assert!(!configurations.is_empty());
    for configuration in configurations {
        let value: serde_json::Value = serde_yaml::from_str(configuration).expect("YAML");
        let errors: Vec<String> = schema.iter_errors(&value).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn every_shell_has_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = netvet(Path::new("."), &["completions", shell]);
        assert_eq!(output.status.code(), Some(0));
        let script = text(&output.stdout);
        for word in ["netvet", "check", "write-baseline"] {
            assert!(script.contains(word), "{shell} has no `{word}`");
        }
    }
    assert_eq!(netvet(Path::new("."), &["completions", "cmd"]).status.code(), Some(2));
}

#[test]
fn commands_have_manual_pages() {
    let page = |arguments: &[&str]| {
        let output = netvet(Path::new("."), &[&["man"], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout).to_owned()
    };
    assert!(page(&[]).contains(".TH netvet 1"), "{}", page(&[]));
    assert!(page(&["check"]).contains(".TH netvet-check 1"), "{}", page(&["check"]));
    assert!(page(&["check"]).contains("write\\-baseline"));
    let output = netvet(Path::new("."), &["man", "chekc"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("did you mean `check`?"), "{}", text(&output.stderr));
}

#[test]
fn statistics_count_what_is_shown() {
    let folder = Path::new(SCENARIOS).join("broken-cluster");
    let report = netvet(&folder, &["check", "--format=json"]);
    let report: serde_json::Value = serde_json::from_slice(&report.stdout).expect("JSON");
    let counts = netvet(&folder, &["check", "--format=json", "--statistics"]);
    assert_eq!(counts.status.code(), Some(1));
    let counts: serde_json::Value = serde_json::from_slice(&counts.stdout).expect("JSON");
    let counted = counts.as_array().expect("a list").iter().map(|rule| rule["count"].as_u64());
    let findings = report["findings"].as_array().expect("a list").len();
    assert_eq!(counted.sum::<Option<u64>>(), Some(findings as u64));

    let lines = netvet(&folder, &["check", "--statistics"]);
    let lines = text(&lines.stdout);
    assert!(lines.contains("  error    pod-service-cidr-overlap "), "{lines}");
    assert!(lines.lines().last().is_some_and(|line| line.contains(" in 6 files")), "{lines}");
    let other = netvet(&folder, &["check", "--statistics", "--format=sarif"]);
    assert_eq!(other.status.code(), Some(2));
}
