//! Ignores, as the program as a whole treats them.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  replicas: 2\n  ports: [{port: 80}]\n";

fn write(directory: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = directory.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// The lines of a concise report, and the exit code.
fn check(directory: &Path, arguments: &[&str]) -> (Vec<String>, i32) {
    let output = Command::cargo_bin("netvet")
        .unwrap()
        .args(["check", "--format", "concise", "--fail-on", "warning"])
        .args(arguments)
        .current_dir(directory)
        .env("SOURCE_DATE_EPOCH", "1795132800")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (text.lines().map(str::to_owned).collect(), output.status.code().unwrap())
}

#[test]
fn an_ignored_finding_is_counted_and_not_shown() {
    let directory = tempfile::tempdir().unwrap();
    let ignored =
        SERVICE.replace("replicas: 2", "replicas: 2 # netvet: ignore[unknown-field] ours");
    write(directory.path(), &[("a.yaml", SERVICE), ("b.yaml", &ignored)]);
    let (lines, code) = check(directory.path(), &["."]);
    assert_eq!(code, 1);
    assert_eq!(lines.iter().filter(|line| line.contains("`replicas`")).count(), 1, "{lines:?}");
    assert!(lines[0].starts_with("a.yaml:6:3"), "{lines:?}");
    assert!(lines.last().unwrap().contains("1 suppressed"), "{lines:?}");
    assert_eq!(check(directory.path(), &["b.yaml"]).1, 0);
}

#[test]
fn the_configuration_ignores_relative_to_itself() {
    let directory = tempfile::tempdir().unwrap();
    let config = "ignores:\n- {rule: unknown-field, path: old, until: 2026-11-20}\n";
    write(directory.path(), &[("netvet.yaml", config), ("old/a.yaml", SERVICE), ("b.yaml", "")]);
    assert_eq!(check(directory.path(), &["."]).1, 0);
    assert_eq!(check(&directory.path().join("old"), &["."]).1, 0);
    let ended = config.replace("11-20", "11-19");
    write(directory.path(), &[("netvet.yaml", &ended)]);
    let (lines, code) = check(directory.path(), &["."]);
    assert_eq!(code, 1);
    assert!(lines.iter().any(|line| line.contains("ended on 2026-11-19")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("`replicas`")), "{lines:?}");
}

#[test]
fn an_unused_ignore_is_reported_when_the_project_was_checked() {
    let directory = tempfile::tempdir().unwrap();
    let mended = SERVICE.replace("replicas: 2", "# netvet: ignore[unknown-field] ours");
    let config = "ignores:\n- {rule: wrong-type, path: gone}\n";
    write(directory.path(), &[("netvet.yaml", config), ("a/b.yaml", &mended)]);
    let reported = |at: &Path, arguments: &[&str]| {
        let (lines, _) = check(at, arguments);
        lines.iter().filter(|line| line.contains("finds nothing")).count()
    };
    let below = directory.path().join("a");
    assert_eq!(reported(directory.path(), &["."]), 2);
    assert_eq!(reported(directory.path(), &[]), 2);
    assert_eq!(reported(directory.path(), &["a/.."]), 2);
    assert_eq!(reported(&below, &[".."]), 2);
    assert_eq!(reported(directory.path(), &["a"]), 0);
    assert_eq!(reported(directory.path(), &["a/b.yaml"]), 0);
    assert_eq!(reported(&below, &["."]), 0);
    assert_eq!(reported(directory.path(), &[".", "--ignore", "unused-ignore"]), 0);
    assert_eq!(reported(directory.path(), &[".", "--select", "unused-ignore"]), 0);
}

#[test]
fn comments_of_a_corefile_are_read_once() {
    let directory = tempfile::tempdir().unwrap();
    let corefile = "# netvet: ignore[unknown-field] nothing\n    .:53 {\n      errors # netvet: ignore[wrong-type]\n    }\n";
    let config_map = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: coredns\n  namespace: kube-system\ndata:\n  Corefile: |\n    {corefile}"
    );
    write(directory.path(), &[("a.yaml", &config_map), ("Corefile", corefile)]);
    let (lines, _) = check(directory.path(), &[".", "Corefile"]);
    let reports: Vec<&String> =
        lines.iter().filter(|line| line.contains("finds nothing")).collect();
    assert_eq!(reports.len(), 4, "{lines:?}");
}

#[test]
fn mistakes_in_the_configuration_end_the_run() {
    let directory = tempfile::tempdir().unwrap();
    let config = "rules: {unknown-feild: off, mesh: off}\nexclude: []\nexclude: []\n";
    write(directory.path(), &[("netvet.yaml", config), ("a.yaml", SERVICE)]);
    let output = Command::cargo_bin("netvet")
        .unwrap()
        .arg("check")
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: `netvet.yaml` has mistakes
  netvet.yaml:1:9: no rule or category `unknown-feild`
    help: did you mean `unknown-field`? `netvet rules` lists all rules
  netvet.yaml:3:1: the key `exclude` is written twice
    netvet.yaml:2:1: first written here
"
    );
}
