//! The command line as its users have it: exit codes, streams, and what is printed where.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const OVERLAP: &str = "apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
networking:
  podSubnet: 10.96.0.0/16
  serviceSubnet: 10.96.0.0/12
";

const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n";

fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        fs::write(path, text).expect("written");
    }
    folder
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netvet"));
    command.args(arguments).current_dir(folder).env_clear();
    command
}

fn netvet(folder: &TempDir, arguments: &[&str]) -> Output {
    command(folder.path(), arguments).output().expect("netvet runs")
}

fn piped(folder: &TempDir, arguments: &[&str], input: &str) -> Output {
    let mut child = command(folder.path(), arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("netvet runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).expect("written");
    drop(stdin);
    child.wait_with_output().expect("netvet ends")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("an exit code")
}

#[test]
fn the_exit_code_tells_clean_from_findings_from_failure() {
    let folder = tree(&[("bad/kubeadm.yaml", OVERLAP), ("good/ns.yaml", NAMESPACE)]);
    let table: &[(&[&str], i32)] = &[
        (&["check", "good"], 0),
        (&["check", "bad"], 1),
        (&["check", "bad", "--fail-on", "never"], 0),
        (&["check", "bad", "--ignore", "pod-service-cidr-overlap,addressing"], 0),
        (&["check", "bad", "--select", "input"], 0),
        (&["check", "absent"], 2),
        (&["check", "--no-such-flag"], 2),
        (&["check", "--select", "no-such-rule"], 2),
        (&["check", "--config", "absent.yaml"], 2),
        (&["check", "good", "--cluster", "absent"], 2),
        (&["explain", "pod-service-cidr-overlap"], 0),
        (&["explain", "no-such-rule"], 2),
        (&["rules"], 0),
        (&["inventory"], 0),
        (&["plan"], 0),
        (&["--version"], 0),
        (&["check", "--help"], 0),
    ];
    for (arguments, expected) in table {
        let output = netvet(&folder, arguments);
        assert_eq!(code(&output), *expected, "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn no_input_is_an_error_that_says_what_would_be_one() {
    let folder = tree(&[("README.md", "nothing here")]);
    let output = netvet(&folder, &["check"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("no input found in `.`"), "{}", stderr(&output));
    assert!(stderr(&output).contains("help: "), "{}", stderr(&output));
}

#[test]
fn standard_input_is_a_file_like_any_other() {
    let folder = tree(&[]);
    let output = piped(&folder, &["check", "-", "--format", "concise"], OVERLAP);
    assert_eq!(code(&output), 1);
    assert!(stdout(&output).starts_with("<stdin>:4:14: error["), "{}", stdout(&output));
    let arguments = ["check", "-", "--format", "concise", "--stdin-filename", "live.yaml"];
    let output = piped(&folder, &arguments, OVERLAP);
    assert!(stdout(&output).starts_with("live.yaml:4:14: error["), "{}", stdout(&output));
    let output = piped(&folder, &["check", "-"], "");
    assert_eq!(code(&output), 2, "a pipeline that brings nothing is broken");
    assert!(stderr(&output).contains("standard input is empty"), "{}", stderr(&output));
}

#[test]
fn a_list_from_a_cluster_is_checked_item_by_item() {
    let folder = tree(&[]);
    let list = r#"{"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"prots": []}}]}"#;
    let output = piped(&folder, &["check", "-", "--format", "json"], list);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let location = &report["findings"][0]["locations"][0];
    assert_eq!(location["object"], "Service/web");
    assert_eq!(location["field"], "items[0].spec.prots");
}

#[test]
fn colour_is_for_terminals_and_for_those_who_ask() {
    let folder = tree(&[("kubeadm.yaml", OVERLAP)]);
    assert!(!stdout(&netvet(&folder, &["check"])).contains('\u{1b}'));
    assert!(stdout(&netvet(&folder, &["check", "--color", "always"])).contains('\u{1b}'));
    let mut forced = command(folder.path(), &["check"]);
    let forced = forced.env("FORCE_COLOR", "1").output().expect("netvet runs");
    assert!(stdout(&forced).contains('\u{1b}'));
    let mut refused = command(folder.path(), &["check"]);
    let refused = refused.env("FORCE_COLOR", "1").env("NO_COLOR", "1").output().expect("it runs");
    assert!(!stdout(&refused).contains('\u{1b}'));
}

#[test]
fn every_format_is_what_it_says() {
    let folder = tree(&[("kubeadm.yaml", OVERLAP)]);
    let run = |format: &str| stdout(&netvet(&folder, &["check", "--format", format]));
    for format in ["json", "sarif"] {
        let report: serde_json::Value = serde_json::from_str(&run(format)).expect("JSON");
        assert!(report.is_object());
    }
    assert!(run("github").starts_with("::error file=kubeadm.yaml,line=4,col=14,"));
    assert!(run("concise").starts_with("kubeadm.yaml:4:14: error[pod-service-cidr-overlap]"));
    assert!(run("human").contains("podSubnet: 10.96.0.0/16"));
}

#[test]
fn the_least_weight_hides_and_counts() {
    let folder = tree(&[("kubeadm.yaml", OVERLAP)]);
    let arguments = ["check", "--format", "json", "--min-severity", "info"];
    let all: serde_json::Value =
        serde_json::from_slice(&netvet(&folder, &arguments).stdout).expect("JSON");
    let errors: serde_json::Value = serde_json::from_slice(
        &netvet(&folder, &["check", "--format", "json", "--min-severity", "error"]).stdout,
    )
    .expect("JSON");
    let findings = |report: &serde_json::Value| report["findings"].as_array().map_or(0, Vec::len);
    assert!(findings(&errors) >= 1);
    assert!(findings(&all) >= findings(&errors));
    for finding in errors["findings"].as_array().expect("a list") {
        assert_eq!(finding["severity"], "error");
    }
}

#[test]
fn a_configuration_is_found_and_its_mistakes_are_shown_where_they_are() {
    let folder = tree(&[
        ("netvet.yaml", "rules:\n  addressing: off\n"),
        ("deep/down/kubeadm.yaml", OVERLAP),
        ("broken.yaml", "rulez: {}\nrules:\n  addresing: off\n"),
    ]);
    let below = folder.path().join("deep/down");
    let output = command(&below, &["check"]).output().expect("netvet runs");
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    let output = netvet(&folder, &["check", "deep", "--config", "broken.yaml"]);
    assert_eq!(code(&output), 2);
    let message = stderr(&output);
    assert!(message.contains("broken.yaml:1:1: "), "{message}");
    assert!(message.contains("broken.yaml:3:3: "), "{message}");
    assert!(message.contains("did you mean `addressing`?"), "{message}");
}

#[test]
fn the_inventory_accounts_for_every_document() {
    let folder = tree(&[
        ("a/kubeadm.yaml", OVERLAP),
        ("b/kubeadm.yaml", OVERLAP),
        ("chart/templates/x.yaml", "{{ if .Values.x }}\n{{ end }}\n"),
        ("values.yaml", "x: 1\n"),
        ("broken.yaml", "a: [\n"),
    ]);
    let output = netvet(&folder, &["inventory", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let names: Vec<&str> = report["clusters"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|cluster| cluster["name"].as_str())
        .collect();
    assert_eq!(names, ["a", "b"]);
    let outcome = |path: &str| {
        let files = report["files"].as_array().expect("a list");
        let file = files.iter().find(|file| file["path"] == path).expect("the file is listed");
        (file["documents"][0]["kind"].clone(), file["documents"][0]["skipped"].clone())
    };
    assert_eq!(outcome("a/kubeadm.yaml").0, "ClusterConfiguration");
    assert_eq!(outcome("chart/templates/x.yaml").1, "helm-template");
    assert_eq!(outcome("values.yaml").1, "not-recognized");
    assert_eq!(outcome("broken.yaml").1, "broken");
}

#[test]
fn the_inventory_names_the_nodes_that_have_files() {
    let conflist = r#"{"cniVersion": "1.0.0", "name": "k8s", "plugins": [{"type": "calico"}]}"#;
    let folder = tree(&[
        ("kubeadm.yaml", OVERLAP),
        ("nodes/a/etc/cni/net.d/10-calico.conflist", conflist),
        ("nodes/b/etc/cni/net.d/10-calico.conflist", conflist),
    ]);
    let output = netvet(&folder, &["inventory", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["clusters"][0]["nodes"], serde_json::json!(["a", "b"]));
    let files = report["files"].as_array().expect("a list").iter();
    let nodes: Vec<_> = files.map(|file| file["documents"][0]["node"].as_str()).collect();
    assert_eq!(nodes, [None, Some("a"), Some("b")]);
    let text = stdout(&netvet(&folder, &["inventory"]));
    assert!(text.contains("(the whole tree): 3 documents, 2 nodes"), "{text}");
    assert!(text.contains("CNI configuration  [(the whole tree), node b]"), "{text}");
}

#[test]
fn two_clusters_of_one_tree_are_not_compared() {
    let other = OVERLAP.replace("10.96.0.0/16", "10.244.0.0/16");
    let folder =
        tree(&[("clusters/one/kubeadm.yaml", OVERLAP), ("clusters/two/kubeadm.yaml", &other)]);
    let output = netvet(&folder, &["check", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["summary"]["clusters"], 2);
    let findings = report["findings"].as_array().expect("a list");
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!(findings[0]["cluster"], "clusters/one");
    let output = netvet(&folder, &["check", "--cluster", "clusters/two"]);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
}

#[test]
fn a_closed_pipe_is_success() {
    let folder = tree(&[("kubeadm.yaml", OVERLAP)]);
    let mut child = command(folder.path(), &["rules", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("netvet runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("netvet ends");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
}

#[test]
fn explaining_shows_the_page() {
    let folder = tree(&[]);
    let output = netvet(&folder, &["explain", "unknown-field"]);
    let page = stdout(&output);
    assert!(page.contains("A field that the kind does not have"), "{page}");
    assert!(page.contains("podSelecter"), "{page}");
    let output = netvet(&folder, &["explain", "unknown-feild"]);
    assert!(stderr(&output).contains("did you mean `unknown-field`?"), "{}", stderr(&output));
}

/// In the log of a workflow, what a file says is not obeyed: neither a line that begins as a
/// command does, nor the older form in its middle.
#[test]
fn a_workflow_obeys_nothing_that_files_say() {
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: \"##[error]x\"}\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: \"::error::x\"}\n";
    let folder = tree(&[("::error::.yaml", &format!("{OVERLAP}---\n{namespace}---\n{pod}"))]);
    for arguments in [
        &["check"][..],
        &["check", "--format", "concise"],
        &["plan"],
        &["connections"],
        &["inventory"],
    ] {
        let output = command(folder.path(), arguments).env("GITHUB_ACTIONS", "true").output();
        let text = stdout(&output.expect("netvet runs"));
        let (first, rest) = text.split_once('\n').expect("lines");
        let word = first.strip_prefix("::stop-commands::").expect("the log is told to stop");
        let end = format!("\n::{word}::\n");
        assert_eq!(rest.find(&end), rest.len().checked_sub(end.len()), "{arguments:?}: {rest}");
        assert!(!stdout(&netvet(&folder, arguments)).contains("stop-commands"));
    }
    let output = command(folder.path(), &["check", "--format", "github"])
        .env("GITHUB_ACTIONS", "true")
        .output()
        .expect("netvet runs");
    assert!(!stdout(&output).contains("stop-commands"), "its commands are to be obeyed");
}
