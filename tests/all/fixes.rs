//! `--fix`, `--unsafe-fixes` and `--diff` as their users have them.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// Safe: `cidr-host-bits-set`. The comment and the blanks are somebody's.
const POOL: &str = "apiVersion: crd.projectcalico.org/v1
kind: IPPool
metadata:
  name: pods   # the only one
spec:
  cidr:   \"10.0.5.0/16\"   # all pods
  ipipMode: Never
";

/// Unsafe: `netpol-policytypes-implicit-ingress`.
const POLICY: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
  namespace: shop
spec:
  podSelector: {}
  egress:
    - {}
";

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
    command.arg("check").args(arguments).current_dir(folder).env_clear();
    command
}

fn check(folder: &TempDir, arguments: &[&str]) -> Output {
    command(folder.path(), arguments).output().expect("netvet runs")
}

fn piped(folder: &TempDir, arguments: &[&str], input: &str) -> Output {
    let mut child = command(folder.path(), arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("netvet runs");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("written");
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

fn read(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).expect("a file")
}

fn fixed_pool() -> String {
    POOL.replace("10.0.5.0/16", "10.0.0.0/16")
}

#[test]
fn comments_quotes_and_blanks_stay() {
    let folder = tree(&[("pool.yaml", POOL)]);
    let output = check(&folder, &["--fix"]);
    assert_eq!(read(&folder, "pool.yaml"), fixed_pool());
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    assert_eq!(stdout(&output), "no findings in 1 file (1 fixed)\n");
}

#[test]
fn fixing_twice_changes_nothing() {
    let folder = tree(&[("pool.yaml", POOL), ("policy.yaml", POLICY)]);
    check(&folder, &["--fix", "--unsafe-fixes"]);
    let once = (read(&folder, "pool.yaml"), read(&folder, "policy.yaml"));
    assert_ne!(once.1, POLICY);
    let output = check(&folder, &["--fix", "--unsafe-fixes"]);
    assert_eq!((read(&folder, "pool.yaml"), read(&folder, "policy.yaml")), once);
    assert!(!stdout(&output).contains("fixed"), "{}", stdout(&output));
}

#[test]
fn line_endings_marks_and_the_end_of_the_file_stay() {
    let mixed = POOL.replacen('\n', "\r\n", 3);
    let texts =
        [POOL.replace('\n', "\r\n"), mixed, format!("\u{feff}{POOL}"), POOL.trim_end().to_owned()];
    for text in texts {
        let folder = tree(&[("pool.yaml", &text)]);
        check(&folder, &["--fix"]);
        assert_eq!(read(&folder, "pool.yaml"), text.replace("10.0.5.0/16", "10.0.0.0/16"));
    }
}

#[test]
fn a_new_line_ends_as_the_line_beside_it() {
    let (head, tail) = POLICY.split_at(POLICY.find("  egress").expect("rules"));
    for (head, tail) in [
        (head.to_owned(), tail.replace('\n', "\r\n")),
        (head.replace('\n', "\r\n"), tail.to_owned()),
    ] {
        let folder = tree(&[("policy.yaml", &format!("{head}{tail}"))]);
        check(&folder, &["--fix", "--unsafe-fixes"]);
        let ending = if tail.contains('\r') { "\r\n" } else { "\n" };
        let expected = format!("{head}  policyTypes: [Egress]{ending}{tail}");
        assert_eq!(read(&folder, "policy.yaml"), expected);
    }
}

#[test]
fn what_is_not_safe_waits_for_its_option() {
    let folder = tree(&[("policy.yaml", POLICY)]);
    let output = check(&folder, &["--fix", "--select", "netpol-policytypes-implicit-ingress"]);
    assert_eq!(read(&folder, "policy.yaml"), POLICY);
    let said = stdout(&output);
    assert!(said.contains("(unsafe: --fix --unsafe-fixes)"), "{said}");
    assert!(said.contains("1 fixable with --fix --unsafe-fixes"), "{said}");
    let output = check(&folder, &["--unsafe-fixes"]);
    assert_eq!(code(&output), 2, "alone it would do nothing");
}

#[test]
fn a_diff_is_printed_and_nothing_is_written() {
    let folder = tree(&[("pool.yaml", POOL), ("policy.yaml", POLICY)]);
    let output = check(&folder, &["--diff"]);
    assert_eq!(code(&output), 1);
    insta::assert_snapshot!(stdout(&output), @r#"
    --- pool.yaml
    +++ pool.yaml
    @@ -3,5 +3,5 @@
     metadata:
       name: pods   # the only one
     spec:
    -  cidr:   "10.0.5.0/16"   # all pods
    +  cidr:   "10.0.0.0/16"   # all pods
       ipipMode: Never
    "#);
    assert_eq!(stderr(&output), "would fix 1 finding in 1 file\n");
    assert_eq!(read(&folder, "pool.yaml"), POOL);
    let output = check(&folder, &["--diff", "--unsafe-fixes"]);
    assert!(stdout(&output).contains("\n+  policyTypes: [Egress]\n"), "{}", stdout(&output));
    check(&folder, &["--fix"]);
    let output = check(&folder, &["--diff"]);
    assert_eq!((code(&output), stdout(&output).as_str()), (0, ""));
}

#[test]
fn a_diff_is_one_that_patch_can_apply() {
    let folder = tree(&[("pool.yaml", POOL.trim_end()), ("policy.yaml", POLICY)]);
    let diff = check(&folder, &["--diff", "--unsafe-fixes"]).stdout;
    fs::write(folder.path().join("a.diff"), diff).expect("written");
    let mut git = Command::new("git");
    git.args(["apply", "-p0", "a.diff"]).current_dir(folder.path());
    assert!(git.status().expect("git runs").success());
    assert_eq!(read(&folder, "pool.yaml"), fixed_pool().trim_end());
    assert!(read(&folder, "policy.yaml").contains("policyTypes: [Egress]"));
}

#[test]
fn what_is_ignored_hidden_or_not_selected_is_not_fixed() {
    let ignored = POOL.replace("# all pods", "# netvet: ignore[cidr-host-bits-set] old");
    let arguments: [(&str, &[&str]); 4] = [
        (&ignored, &["--fix"]),
        (POOL, &["--fix", "--ignore", "cidr-host-bits-set"]),
        (POOL, &["--fix", "--select", "dns"]),
        (POLICY, &["--fix", "--unsafe-fixes", "--min-severity", "error"]),
    ];
    for (text, arguments) in arguments {
        let folder = tree(&[("a.yaml", text)]);
        check(&folder, arguments);
        assert_eq!(read(&folder, "a.yaml"), text, "{arguments:?}");
    }
}

#[test]
fn what_was_there_before_is_not_fixed() {
    let folder = tree(&[("old.yaml", POOL)]);
    check(&folder, &["--write-baseline", "known.txt"]);
    let new = POOL.replace("name: pods", "name: more").replace("10.0.5", "10.9.5");
    fs::write(folder.path().join("new.yaml"), &new).expect("written");
    check(&folder, &["--fix", "--baseline", "known.txt"]);
    assert_eq!(read(&folder, "old.yaml"), POOL);
    assert_eq!(read(&folder, "new.yaml"), new.replace("10.9.5", "10.9.0"));
    check(&folder, &["--fix"]);
    assert_eq!(read(&folder, "old.yaml"), fixed_pool());
}

#[test]
fn only_the_cluster_that_is_asked_for_is_fixed() {
    let kubeadm = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking: {podSubnet: 10.0.5.0/16}\n";
    let paths = ["clusters/one/kubeadm.yaml", "clusters/two/kubeadm.yaml"];
    let folder = tree(&paths.map(|path| (path, kubeadm)));
    let output = check(&folder, &["--fix", "--cluster", "clusters/one"]);
    let fixed = kubeadm.replace("10.0.5.0", "10.0.0.0");
    assert_eq!(read(&folder, paths[0]), fixed, "{}", stderr(&output));
    assert_eq!(read(&folder, paths[1]), kubeadm);
}

#[cfg(unix)]
#[test]
fn a_read_only_file_is_an_error_and_the_others_are_fixed() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tree(&[("a.yaml", POOL), ("b.yaml", &POOL.replace("name: pods", "name: more"))]);
    let path = folder.path().join("a.yaml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).expect("set");
    let output = check(&folder, &["--fix", "--select", "cidr-host-bits-set"]);
    assert_eq!(stderr(&output), "error: `a.yaml` is not fixed: it is read-only\n");
    assert_eq!(code(&output), 2);
    assert_eq!(read(&folder, "a.yaml"), POOL);
    assert!(read(&folder, "b.yaml").contains("10.0.0.0/16"));
    let said = stdout(&output);
    assert!(said.contains("a.yaml:6") && said.contains("1 fixed"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_the_mode_of_its_target_stays() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tree(&[("real/pool.yaml", POOL)]);
    let target = folder.path().join("real/pool.yaml");
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).expect("set");
    std::os::unix::fs::symlink("real/pool.yaml", folder.path().join("link.yaml")).expect("linked");
    for paths in [&["link.yaml"][..], &["link.yaml", "real"]] {
        fs::write(&target, POOL).expect("written");
        let output = check(&folder, &[&["--fix"], paths].concat());
        assert_eq!(stderr(&output), "");
        assert_eq!(read(&folder, "real/pool.yaml"), fixed_pool());
    }
    let link = fs::symlink_metadata(folder.path().join("link.yaml")).expect("a link");
    assert!(link.is_symlink());
    assert_eq!(fs::metadata(&target).expect("a file").permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_dir(folder.path().join("real")).expect("a folder").count(), 1);
}

#[test]
fn standard_input_is_fixed_to_standard_output() {
    let folder = tree(&[]);
    let output = piped(&folder, &["-", "--fix"], POOL);
    assert_eq!(stdout(&output), fixed_pool());
    assert_eq!(stderr(&output), "no findings in 1 file (1 fixed)\n");
    let output = piped(&folder, &["-", "--fix"], &fixed_pool());
    assert_eq!(stdout(&output), fixed_pool(), "there is nothing to fix");
    let output = piped(&folder, &["-", "--diff"], POOL);
    assert!(stdout(&output).starts_with("--- <stdin>\n+++ <stdin>\n@@ "), "{}", stdout(&output));
    let output = piped(&folder, &["-", ".", "--fix"], POOL);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("fixed alone"), "{}", stderr(&output));
}

const COREFILE: &str = ".:53 {\n    kubernetes cluster.local {\n        upstream\n    }\n    # to the node's resolvers\n    proxy . /etc/resolv.conf\n}\n";

fn fixed_corefile() -> String {
    COREFILE.replace("        upstream\n", "").replace("proxy", "forward")
}

#[test]
fn texts_in_config_maps_are_fixed_in_their_notation() {
    let config_map = |corefile: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: coredns, namespace: kube-system}}\ndata:\n  Corefile: {corefile}\n"
        )
    };
    let block =
        |text: &str| config_map(&format!("|\n    {}", text.trim_end().replace('\n', "\n    ")));
    let quoted = |text: &str| config_map(&serde_json::to_string(text).expect("JSON"));
    let folder = tree(&[
        ("a/block.yaml", &block(COREFILE)),
        ("b/quoted.yaml", &quoted(COREFILE)),
        ("c/windows.yaml", &block(COREFILE).replace('\n', "\r\n")),
        ("d/Corefile", COREFILE),
    ]);
    let select = ["--fix", "--select", "corefile-removed-plugin"];
    for path in ["a", "b", "c", "d"] {
        check(&folder, &[&select[..], &[path]].concat());
    }
    let fixed = fixed_corefile();
    assert_eq!(read(&folder, "a/block.yaml"), block(&fixed));
    assert_eq!(read(&folder, "b/quoted.yaml"), quoted(&fixed));
    assert_eq!(read(&folder, "c/windows.yaml"), block(&fixed).replace('\n', "\r\n"));
    assert_eq!(read(&folder, "d/Corefile"), fixed);
}

#[test]
fn json_stays_json_also_inside_of_yaml() {
    let list = "{\n  \"cniVersion\": \"0.3.1\",\n  \"name\": \"pods\",\n  \"plugins\": [\n    {\"type\": \"bridge\"},\n    {\n      \"type\": \"portmap\"\n    }\n  ]\n}\n";
    let fixed = list.replace(
        "\"type\": \"portmap\"",
        "\"type\": \"portmap\",\n      \"capabilities\": {\"portMappings\": true}",
    );
    let attachment = |config: &str| {
        format!(
            "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\nmetadata: {{name: pods}}\nspec:\n  config: {config}\n"
        )
    };
    let literal =
        |text: &str| attachment(&format!("|\n    {}", text.trim_end().replace('\n', "\n    ")));
    let single = |text: &str| attachment(&format!("'{}'", text.replace('\n', "")));
    let double = |text: &str| attachment(&serde_json::to_string(&text).expect("JSON"));
    let path = "nodes/a/etc/cni/net.d/10-pods.conflist";
    let folder = tree(&[
        (path, list),
        ("literal.yaml", &literal(list)),
        ("single.yaml", &single(list)),
        ("double.yaml", &double(list)),
    ]);
    let rule = "cni-portmap-capability-missing";
    for path in ["nodes", "literal.yaml", "single.yaml", "double.yaml"] {
        check(&folder, &["--fix", "--unsafe-fixes", "--select", rule, path]);
    }
    assert_eq!(read(&folder, path), fixed);
    assert_eq!(read(&folder, "literal.yaml"), literal(&fixed));
    let on_one_line = fixed.replace("\"portmap\",\n      ", "\"portmap\", ");
    assert_eq!(read(&folder, "single.yaml"), single(&on_one_line));
    assert_eq!(read(&folder, "double.yaml"), double(&fixed));
}

#[test]
fn programs_are_told_beside_their_format() {
    let folder = tree(&[("pool.yaml", POOL)]);
    let output = check(&folder, &["--fix", "--format", "json"]);
    assert_eq!(stderr(&output), "fixed 1 finding in 1 file\n");
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!(report["findings"], serde_json::json!([]));
}
