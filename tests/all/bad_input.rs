//! Files that no tool likes to be given. None of them may crash netvet, make it hang, or silence
//! the files beside it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// A file with a finding: wherever it lies beside something bad, the finding must come.
const WITNESS: &str = "apiVersion: v1
kind: Service
metadata:
  name: witness
spec:
  prots: []
";

/// Far more than any of these takes; a test that gets here hangs.
const PATIENCE: Duration = Duration::from_secs(120);

struct Tree(TempDir);

impl Tree {
    fn new() -> Tree {
        let tree = Tree(tempfile::tempdir().expect("a folder"));
        tree.write("witness.yaml", WITNESS.as_bytes());
        tree
    }

    fn with(path: &str, content: impl AsRef<[u8]>) -> Tree {
        let tree = Tree::new();
        tree.write(path, content.as_ref());
        tree
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, content: &[u8]) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        fs::write(path, content).expect("written");
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_netvet"))
            .arg("check")
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("SOURCE_DATE_EPOCH", "1795132800")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("netvet runs");
        let mut out = child.stdout.take().expect("a pipe");
        let reader = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            std::io::copy(&mut out, &mut bytes).expect("read");
            bytes
        });
        let start = Instant::now();
        while child.try_wait().expect("a status").is_none() {
            assert!(start.elapsed() < PATIENCE, "netvet hangs");
            std::thread::sleep(Duration::from_millis(5));
        }
        let mut output = child.wait_with_output().expect("a status");
        output.stdout = reader.join().expect("the reader ends");
        output
    }

    /// The report in JSON. Fails when netvet crashes, or does not see the witness.
    fn report(&self) -> Value {
        let output = self.run(&["--format", "json", "--min-severity", "info"]);
        let code = output.status.code();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(matches!(code, Some(0..=2)), "{code:?}: {errors}");
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let seen = findings(&report).iter().any(|finding| finding["rule"] == "unknown-field");
        assert!(seen, "the file beside it was silenced: {report:#}");
        report
    }
}

fn findings(report: &Value) -> &[Value] {
    report["findings"].as_array().map_or(&[], Vec::as_slice)
}

/// Rules of the findings of a file.
fn rules(report: &Value, path: &str) -> Vec<String> {
    let of_path = |finding: &&Value| finding["locations"][0]["path"] == path;
    let rule = |finding: &Value| finding["rule"].as_str().unwrap_or_default().to_owned();
    findings(report).iter().filter(of_path).map(rule).collect()
}

fn skipped(report: &Value, path: &str) -> Option<String> {
    let entries = report["skipped"].as_array()?;
    let entry = entries.iter().find(|entry| entry["path"] == path)?;
    entry["reason"].as_str().map(str::to_owned)
}

fn unreadable(report: &Value, path: &str) -> Option<String> {
    let entries = report["unreadable"].as_array()?;
    let entry = entries.iter().find(|entry| entry["path"] == path)?;
    entry["message"].as_str().map(str::to_owned)
}

#[test]
fn one_broken_document_loses_only_itself() {
    let text = format!("{WITNESS}---\na: [1, 2\n---\n{}", WITNESS.replace("witness", "other"));
    let report = Tree::with("a.yaml", text).report();
    let mut found = rules(&report, "a.yaml");
    found.sort();
    assert_eq!(found, ["unknown-field", "unknown-field", "yaml-syntax"]);
    assert_eq!(report["unreadable"][0]["line"], 8);
}

#[test]
fn duplicate_keys_and_tabs_are_shown() {
    let text = WITNESS.replace("  prots: []", "  ports: [{port: 80}]\n  ports: [{port: 80}]");
    assert_eq!(rules(&Tree::with("a.yaml", text).report(), "a.yaml"), ["duplicate-key"]);
    let text = WITNESS.replace("  prots", "\tprots");
    assert_eq!(rules(&Tree::with("a.yaml", text).report(), "a.yaml"), ["yaml-syntax"]);
}

#[test]
fn line_endings_and_byte_order_marks_change_nothing() {
    for text in [WITNESS.replace('\n', "\r\n"), format!("\u{feff}{WITNESS}")] {
        let report = Tree::with("a.yaml", text).report();
        let finding = findings(&report)
            .iter()
            .find(|finding| finding["locations"][0]["path"] == "a.yaml")
            .expect("a finding");
        let start = &finding["locations"][0]["start"];
        assert_eq!((&start["line"], &start["column"]), (&Value::from(6), &Value::from(3)));
    }
}

#[test]
fn what_is_no_utf8_text_is_accounted_for() {
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(WITNESS.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let report = Tree::with("utf16.yaml", utf16).report();
    assert!(unreadable(&report, "utf16.yaml").is_some_and(|text| text.contains("UTF-16")));

    let report = Tree::with("latin1.yaml", b"a: caf\xe9\n").report();
    assert!(unreadable(&report, "latin1.yaml").is_some_and(|text| text.contains("UTF-8")));

    let binary: Vec<u8> = (0..4096_u32).map(|n| (n * 7919 % 256) as u8).collect();
    let report = Tree::with("picture.conf", &binary).report();
    assert_eq!(skipped(&report, "picture.conf").as_deref(), Some("binary"));

    let report = Tree::with("nul.yaml", "a: b\0c\n").report();
    assert_eq!(rules(&report, "nul.yaml"), ["yaml-syntax"]);
    let report = Tree::with("empty.yaml", "").report();
    assert_eq!(skipped(&report, "empty.yaml").as_deref(), Some("empty"));
}

#[test]
fn large_files_are_read() {
    let mut text = String::new();
    for number in 0..60_000 {
        let _ = write!(
            text,
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: config-{number}\n  namespace: shop\ndata:\n  key: {}\n",
            "x".repeat(450)
        );
    }
    assert!(text.len() > 30_000_000);
    let report = Tree::with("large.yaml", text).report();
    assert_eq!(report["summary"]["documents"], 60_001);
}

#[test]
fn one_line_of_json_with_a_hundred_thousand_items_is_read() {
    let item = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"v"}}"#;
    let items = vec![item; 100_000].join(",");
    let text = format!(r#"{{"apiVersion":"v1","kind":"List","items":[{items}]}}"#);
    let report = Tree::with("list.json", text).report();
    assert_eq!(rules(&report, "list.json"), [""; 0]);
}

#[test]
fn deep_nesting_is_one_finding() {
    for (name, text) in [
        ("brackets.yaml", "[".repeat(200_000)),
        ("maps.yaml", "{a: ".repeat(200_000)),
        ("dashes.yaml", "- ".repeat(200_000)),
        ("indents.yaml", (0..2_000).map(|depth| " ".repeat(depth) + "a:\n").collect()),
    ] {
        let report = Tree::with(name, text).report();
        assert_eq!(rules(&report, name), ["yaml-syntax"], "{name}");
    }
}

#[test]
fn a_billion_laughs_are_one_finding() {
    let mut text = String::from("a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for (name, of) in "bcdefghij".chars().zip("abcdefghi".chars()) {
        let _ = writeln!(
            text,
            "{name}: &{name} [*{of}, *{of}, *{of}, *{of}, *{of}, *{of}, *{of}, *{of}]"
        );
    }
    let report = Tree::with("laughs.yaml", text).report();
    assert_eq!(rules(&report, "laughs.yaml"), ["alias-expansion"]);
}

#[test]
fn templates_are_skipped_and_say_so() {
    let table = [
        (
            "chart/templates/a.yaml",
            "{{- if .Values.x }}\nkind: Service\n{{- end }}\n",
            "helm-template",
        ),
        ("helm.yaml", "{{- if .Values.x }}\nkind: Service\n{{- end }}\n", "helm-template"),
        ("jinja.yaml", "{% for x in y %}\nkind: {{ x }}\n{% endfor %}\n", "jinja-template"),
        ("sops.yaml", "data: ENC[AES256_GCM,data:x]\nsops: {mac: x}\n", "sops-encrypted"),
    ];
    for (path, text, reason) in table {
        let report = Tree::with(path, text).report();
        assert_eq!(skipped(&report, path).as_deref(), Some(reason), "{path}");
        assert_eq!(rules(&report, path), [""; 0], "{path}");
    }
}

#[test]
fn a_templated_value_is_unknown_and_the_rest_is_checked() {
    for value in ["${POD_CIDR}", "{{ pod_cidr }}", "<pod-cidr>", "__POD_CIDR__", "$(POD_CIDR)"] {
        let text = format!(
            "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking:\n  podSubnet: {value}\n  serviceSubnet: 10.96.0.0/33\n"
        );
        let report = Tree::with("kubeadm.yaml", text).report();
        assert_eq!(rules(&report, "kubeadm.yaml"), ["cidr-invalid"], "{value}");
    }
}

#[test]
fn a_kustomize_patch_is_no_object_of_its_own() {
    let tree = Tree::with("kustomization.yaml", "patches:\n- path: patch.yaml\n");
    tree.write("patch.yaml", b"kind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 3\n");
    assert_eq!(rules(&tree.report(), "patch.yaml"), [""; 0]);
}

#[test]
fn malformed_ranges_are_findings_at_the_literal() {
    for range in
        ["10.0.0.0/33", "010.0.0.0/8", "10.0.0.256/24", "10.0.0.0", "::/129", "10.0.0.0/-1"]
    {
        let text = format!(
            "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking:\n  podSubnet: {range}\n"
        );
        let report = Tree::with("kubeadm.yaml", text).report();
        assert_eq!(rules(&report, "kubeadm.yaml"), ["cidr-invalid"], "{range}");
    }
    // All of IPv6 is a range, and does not overflow.
    let text = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking:\n  podSubnet: ::/0\n  serviceSubnet: fd00::/108\n";
    let report = Tree::with("kubeadm.yaml", text).report();
    assert!(rules(&report, "kubeadm.yaml").contains(&"pod-service-cidr-overlap".to_owned()));
}

#[cfg(unix)]
#[test]
fn links_pipes_and_unreadable_files_do_not_stop_a_run() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let tree = Tree::new();
    symlink("..", tree.path().join("loop")).expect("a link");
    symlink("absent.yaml", tree.path().join("dangling.yaml")).expect("a link");
    let pipe = Command::new("mkfifo").arg(tree.path().join("pipe.yaml")).status();
    tree.write("secret.yaml", WITNESS.as_bytes());
    let secret = tree.path().join("secret.yaml");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).expect("set");
    let report = tree.report();
    if pipe.is_ok_and(|status| status.success()) {
        assert_eq!(skipped(&report, "pipe.yaml").as_deref(), Some("not-a-file"));
    }
    // The superuser reads what nobody may.
    if fs::read(&secret).is_err() {
        assert!(unreadable(&report, "secret.yaml").is_some());
        assert_eq!(tree.run(&["secret.yaml"]).status.code(), Some(2));
    }
}

#[test]
fn values_cannot_forge_output() {
    let hostile = "\\e[2J\\a\\r\\n::error::forged\\x9b\\u202e";
    let text = format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: x\nspec:\n  \"podSelecter{hostile}\": {{}}\n  podSelector: {{}}\n"
    );
    let tree = Tree::with("hostile.yaml", text);
    tree.report();
    for format in ["human", "concise", "github", "json", "sarif"] {
        let output = tree.run(&["--format", format]);
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let bad = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!text.contains(bad), "{format}: {text:?}");
        assert!(!text.lines().any(|line| line.starts_with("::error::forged")), "{format}: {text}");
    }
}
