//! `netvet check --since`, with the real git and repositories of its own.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

const POLICY: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: NAME, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - ports: [{port: 443}]
";

const INGRESS: &str = "apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, namespace: shop}
spec:
  rules:
  - host: shop.example.com
    http:
      paths:
      - path: /
        pathType: Prefix
        backend: {service: {name: web, port: {number: 80}}}
";

const SERVICE: &str = "apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web:1, ports: [{containerPort: 80}]}]}
";

const UNKNOWN: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: NAME\nspec:\n  replicas: 2\n  ports: [{port: 80}]\n";

/// An unknown field in a Service of this name.
fn unknown(name: &str) -> String {
    UNKNOWN.replace("NAME", name)
}

struct Repository {
    folder: TempDir,
}

impl Repository {
    fn new(files: &[(&str, &str)]) -> Repository {
        let repository = Repository { folder: tempfile::tempdir().unwrap() };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.write(files);
        repository.commit();
        repository
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, files: &[(&str, &str)]) {
        for (path, text) in files {
            let path = self.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", "a change"]);
    }

    fn git(&self, arguments: &[&str]) -> String {
        git(self.path(), arguments)
    }

    fn check(&self, arguments: &[&str]) -> Checked {
        check(self.path(), arguments)
    }
}

fn git(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgSign=false"])
        .args(["-c", "protocol.file.allow=always"])
        .args(arguments)
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("git runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

struct Checked {
    /// Of a concise report; the last one is about the counts.
    lines: Vec<String>,
    errors: String,
    code: i32,
}

impl Checked {
    fn findings(&self) -> Vec<&str> {
        let all = self.lines.iter().map(String::as_str);
        all.filter(|line| line.contains('[') && line.contains(".yaml:")).collect()
    }

    fn existing(&self) -> usize {
        let (before, _) =
            self.lines.last().unwrap().split_once(" there before").unwrap_or_default();
        before.rsplit(['(', ' ']).next().unwrap().parse().unwrap_or(0)
    }
}

fn check(directory: &Path, arguments: &[&str]) -> Checked {
    let output = Command::new(env!("CARGO_BIN_EXE_netvet"))
        .args(["check", "--fail-on", "warning"])
        .args(if arguments.contains(&"--format") { &[][..] } else { &["--format", "concise"] })
        .args(arguments)
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("SOURCE_DATE_EPOCH", "1795132800")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    Checked {
        lines: text.lines().map(str::to_owned).collect(),
        errors: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap(),
    }
}

#[test]
fn only_what_the_change_brings_fails() {
    let repository = Repository::new(&[("a.yaml", &unknown("a")), ("b/c.yaml", &unknown("c"))]);
    let all = repository.check(&["--select", "unknown-field"]);
    assert_eq!((all.findings().len(), all.code), (2, 1));

    let unchanged = repository.check(&["--since", "HEAD"]);
    assert_eq!(unchanged.findings(), [] as [&str; 0], "{:?}", unchanged.lines);
    assert_eq!((unchanged.existing() >= 2, unchanged.code), (true, 0), "{:?}", unchanged.lines);

    // Lines move, an object is added beside the old one, and a file of its own.
    let grown = format!("# a line\n{}---\n{}", unknown("a"), unknown("new"));
    repository.write(&[("a.yaml", &grown), ("d.yaml", &unknown("d"))]);
    for staged in [false, true] {
        let changed = repository.check(&["--since", "HEAD", "--select", "unknown-field"]);
        let findings = changed.findings();
        assert_eq!(findings.len(), 2, "{:?}", changed.lines);
        assert!(findings[0].starts_with("a.yaml:15:3:"), "{findings:?}");
        assert!(findings[1].starts_with("d.yaml:6:3:"), "{findings:?}");
        assert_eq!((changed.existing(), changed.code), (2, 1));
        if !staged {
            repository.git(&["add", "--all"]);
        }
    }
    let json =
        repository.check(&["--since", "HEAD", "--select", "unknown-field", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.lines.join("\n")).unwrap();
    assert_eq!(json["summary"]["existing"], 2);
    assert_eq!(json["findings"].as_array().unwrap().len(), 2);
}

#[test]
fn a_cause_in_another_file_is_reported_at_the_victim() {
    let repository = Repository::new(&[("ingress.yaml", INGRESS), ("service.yaml", SERVICE)]);
    assert_eq!(repository.check(&["--since", "HEAD"]).code, 0);
    let moved = SERVICE.replace("[{port: 80}]", "[{port: 8080, targetPort: 80}]");
    repository.write(&[("service.yaml", &moved)]);
    let changed = repository.check(&["--since", "HEAD"]);
    assert_eq!(changed.code, 1);
    assert_eq!(changed.findings().len(), 1, "{:?}", changed.lines);
    assert!(changed.findings()[0].starts_with("ingress.yaml:11:"), "{:?}", changed.lines);
    // Only that file is looked at, so what lies in the other one is unknown on both sides.
    assert_eq!(repository.check(&["--since", "HEAD", "ingress.yaml"]).code, 0);
}

#[test]
fn files_that_move_bring_nothing() {
    let corefile = ".:53 {\n    forward . 127.0.0.1\n    bogus\n}\n";
    let two = format!("{}---\n{}", unknown("a"), unknown("b"));
    let repository = Repository::new(&[("a.yaml", &two), ("dns/Corefile", corefile)]);
    assert!(repository.check(&["--min-severity", "info"]).lines.len() > 2);
    // By hand, and not known to git: objects are known by their names.
    fs::create_dir(repository.path().join("c")).unwrap();
    fs::rename(repository.path().join("a.yaml"), repository.path().join("c/d.yaml")).unwrap();
    let moved = repository.check(&["--since", "HEAD"]);
    assert_eq!((moved.code, moved.findings().len()), (0, 0), "{:?}", moved.lines);
    // What has no name is known by its file, and git knows where that has gone.
    repository.git(&["mv", "dns", "names"]);
    let moved = repository.check(&["--since", "HEAD", "--min-severity", "info"]);
    assert_eq!((moved.code, moved.findings().len()), (0, 0), "{:?}", moved.lines);
    fs::remove_file(repository.path().join("c/d.yaml")).unwrap();
    let gone = repository.check(&["--since", "HEAD", "."]);
    assert_eq!(gone.code, 0, "{:?}", gone.lines);
}

#[test]
fn the_past_is_found_by_the_rules_of_today() {
    let repository = Repository::new(&[
        ("netvet.yaml", "exclude: [vendor]\n"),
        (".gitignore", "*.gen.yaml\n"),
        ("vendor/a.yaml", &unknown("vendored")),
        ("apps/shop/a.yaml", &unknown("a")),
        ("apps/shop/notes.txt", &unknown("notes")),
        ("apps/other/b.yaml", &unknown("b")),
    ]);
    repository.write(&[("x.gen.yaml", &unknown("generated"))]);
    repository.git(&["add", "--force", "x.gen.yaml"]);
    repository.commit();
    let apps = repository.path().join("apps");
    let absolute = apps.to_string_lossy().into_owned();
    for (directory, roots, existing) in [
        (repository.path(), &[][..], 2),
        (repository.path(), &["apps/shop"], 1),
        (repository.path(), &["apps/shop/notes.txt", "apps"], 3),
        (repository.path(), &["x.gen.yaml"], 1),
        (repository.path(), &["vendor/a.yaml"], 1),
        (&apps, &[], 2),
        (&apps.join("shop"), &[".."], 2),
        (&apps.join("shop"), &["../other"], 1),
        (Path::new("/"), &[&absolute], 2),
    ] {
        let arguments = [&["--since", "HEAD", "--select", "unknown-field"][..], roots].concat();
        let checked = check(directory, &arguments);
        assert_eq!(checked.code, 0, "{roots:?}: {:?} {}", checked.lines, checked.errors);
        assert_eq!(checked.existing(), existing, "{roots:?}: {:?}", checked.lines);
    }
}

#[test]
fn what_the_configuration_says_of_clusters_is_part_of_the_change() {
    let kubeadm = "apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
networking: {podSubnet: 10.244.0.0/16, serviceSubnet: 10.96.0.0/16}
";
    let config = "rules: {unknown-field: off}\nreserved: []\n";
    let files = [("netvet.yaml", config), ("kubeadm.yaml", kubeadm), ("a.yaml", &unknown("a"))];
    let repository = Repository::new(&files);
    assert_eq!(repository.check(&["--since", "HEAD"]).code, 0);
    // A rule that is turned on finds what was there.
    repository.write(&[("netvet.yaml", "rules: {unknown-field: error}\n")]);
    let stricter = repository.check(&["--since", "HEAD", "--select", "unknown-field"]);
    assert_eq!(
        (stricter.code, stricter.existing()),
        (0, 1),
        "{:?} {}",
        stricter.lines,
        stricter.errors
    );
    // A range that is declared collides.
    let reserved = "reserved: [{cidr: 10.244.0.0/20, name: VPN}]\n";
    repository.write(&[("netvet.yaml", reserved)]);
    let checked = repository.check(&["--since", "HEAD"]);
    assert_eq!((checked.code, checked.findings().len()), (1, 1), "{:?}", checked.lines);
    assert!(checked.lines[0].contains("VPN"), "{:?}", checked.lines);
    repository.commit();
    assert_eq!(repository.check(&["--since", "HEAD"]).code, 0);
    // An ignore that goes brings back what it held.
    let ignoring = format!("{reserved}ignores: [{{rule: unknown-field, path: a.yaml}}]\n");
    repository.write(&[("netvet.yaml", &ignoring)]);
    repository.commit();
    repository.write(&[("netvet.yaml", reserved)]);
    let checked = repository.check(&["--since", "HEAD"]);
    assert_eq!((checked.code, checked.findings().len()), (1, 1), "{:?}", checked.lines);
    assert_eq!(repository.check(&["--since", "HEAD~1"]).code, 0);
}

#[test]
fn a_second_cluster_does_not_make_the_first_one_new() {
    let kubeadm = "apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
networking: {podSubnet: 10.96.0.0/16, serviceSubnet: 10.96.0.0/12}
";
    let repository = Repository::new(&[("clusters/prod/kubeadm.yaml", kubeadm)]);
    let second = kubeadm.replace("10.96.0.0/16", "10.97.0.0/16");
    repository.write(&[("clusters/dr/kubeadm.yaml", &second)]);
    let checked = repository.check(&["--since", "HEAD", "--select", "pod-service-cidr-overlap"]);
    assert_eq!(checked.findings().len(), 1, "{:?}", checked.lines);
    assert!(checked.lines[0].starts_with("clusters/dr/"), "{:?}", checked.lines);
    assert_eq!(checked.existing(), 1);
}

#[test]
fn what_cannot_be_compared_is_an_error() {
    let repository = Repository::new(&[("a.yaml", &unknown("a"))]);
    for (reference, message) in [
        ("nowhere", "error: git knows no commit `nowhere`"),
        ("0000000000000000000000000000000000000000", "a push that creates a branch"),
        ("", "error: the reference is empty"),
        ("--since=--upload-pack=x", "error: `--upload-pack=x` is no reference of git"),
        ("HEAD..main", "is a range of commits"),
        ("HEAD:a.yaml", "error: git knows no commit `HEAD:a.yaml`"),
    ] {
        let checked = match reference.strip_prefix("--since") {
            Some(_) => repository.check(&[reference]),
            None => repository.check(&["--since", reference]),
        };
        assert_eq!(checked.code, 2, "{reference}: {:?}", checked.lines);
        assert!(checked.errors.contains(message), "{reference}: {}", checked.errors);
    }
    let stdin = repository.check(&["--since", "HEAD", "-"]);
    assert!(stdin.errors.contains("standard input has no past"), "{}", stdin.errors);
    assert_eq!(stdin.code, 2);

    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(elsewhere.path().join("a.yaml"), unknown("a")).unwrap();
    let checked = check(elsewhere.path(), &["--since", "HEAD"]);
    assert!(checked.errors.contains("lies in no repository of git"), "{}", checked.errors);
    assert_eq!(checked.code, 2);
    let both = repository.check(&["--since", "HEAD", ".", &elsewhere.path().to_string_lossy()]);
    assert!(both.errors.contains("does not lie in the repository"), "{}", both.errors);

    repository.commit();
    let shallow = elsewhere.path().join("shallow");
    let origin = format!("file://{}", repository.path().display());
    git(elsewhere.path(), &["clone", "--quiet", "--depth=1", &origin, "shallow"]);
    let checked = check(&shallow, &["--since", "HEAD~1"]);
    assert!(checked.errors.contains("shallow clone"), "{}", checked.errors);
    assert_eq!(check(&shallow, &["--since", "HEAD"]).code, 0);

    let no_git = Command::new(env!("CARGO_BIN_EXE_netvet"))
        .args(["check", "--since", "HEAD"])
        .current_dir(repository.path())
        .env("PATH", elsewhere.path())
        .output()
        .unwrap();
    let errors = String::from_utf8(no_git.stderr).unwrap();
    assert!(errors.starts_with("error: `git` is not on PATH"), "{errors}");
    assert_eq!(no_git.status.code(), Some(2));
}

#[test]
fn worktrees_of_a_bare_repository_are_compared() {
    let repository = Repository::new(&[("a.yaml", &unknown("a"))]);
    let elsewhere = tempfile::tempdir().unwrap();
    let bare = elsewhere.path().join("bare.git");
    let origin = repository.path().to_string_lossy().into_owned();
    git(elsewhere.path(), &["clone", "--quiet", "--bare", &origin, "bare.git"]);
    git(&bare, &["worktree", "add", "--quiet", "../tree", "-b", "change"]);
    let tree = elsewhere.path().join("tree");
    fs::write(tree.join("b.yaml"), unknown("b")).unwrap();
    let checked = check(&tree, &["--since", "main", "--select", "unknown-field"]);
    assert_eq!(checked.findings().len(), 1, "{:?} {}", checked.lines, checked.errors);
    assert_eq!(checked.existing(), 1);
    let checked = check(&bare, &["--since", "main", "."]);
    assert_eq!(checked.code, 2, "{:?}", checked.lines);
}

#[test]
fn submodules_are_read_at_the_commit_that_was_recorded() {
    let module = Repository::new(&[("a.yaml", &unknown("a"))]);
    let repository = Repository::new(&[("b.yaml", &unknown("b"))]);
    let origin = module.path().to_string_lossy().into_owned();
    repository.git(&["submodule", "--quiet", "add", &origin, "module"]);
    repository.commit();
    let checked = repository.check(&["--since", "HEAD", "--select", "unknown-field"]);
    assert_eq!((checked.code, checked.existing()), (0, 2), "{:?}", checked.lines);
    repository.write(&[("module/c.yaml", &unknown("c"))]);
    let checked = repository.check(&["--since", "HEAD", "--select", "unknown-field"]);
    assert_eq!(checked.findings().len(), 1, "{:?}", checked.lines);
    assert!(checked.lines[0].starts_with("module/c.yaml"), "{:?}", checked.lines);
    // In the commit before, there was none.
    let checked = repository.check(&["--since", "HEAD~1", "--select", "unknown-field"]);
    assert_eq!((checked.findings().len(), checked.existing()), (2, 1), "{:?}", checked.lines);
}

#[test]
fn nothing_in_the_repository_is_run_or_changed() {
    let repository = Repository::new(&[
        ("a.yaml", &unknown("a")),
        (".gitattributes", "*.yaml filter=trap diff=trap\n"),
    ]);
    let marker = repository.path().join(".git/marker");
    let trap = format!("touch '{}'; cat", marker.display());
    for key in [
        "filter.trap.clean",
        "filter.trap.smudge",
        "filter.trap.process",
        "diff.trap.command",
        "diff.trap.textconv",
        "diff.external",
        "core.fsmonitor",
        "core.pager",
    ] {
        repository.git(&["config", key, &trap]);
    }
    let hook = repository.path().join(".git/hooks/post-index-change");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, format!("#!/bin/sh\n{trap}\n")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    }
    repository.write(&[("a.yaml", &unknown("b"))]);
    let index = fs::read(repository.path().join(".git/index")).unwrap();
    let checked = repository.check(&["--since", "HEAD", "--select", "unknown-field"]);
    assert_eq!(checked.findings().len(), 1, "{:?} {}", checked.lines, checked.errors);
    assert!(!marker.exists());
    assert!(fs::read(repository.path().join(".git/index")).unwrap() == index);
}

#[test]
fn a_pointer_of_git_lfs_stands_for_what_it_points_to() {
    let id = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{id}\nsize 102\n");
    let repository = Repository::new(&[("a.yaml", &pointer)]);
    let object = format!(".git/lfs/objects/4d/7a/{id}");
    repository.write(&[("a.yaml", &unknown("a")), (&object, &unknown("a"))]);
    let checked = repository.check(&["--since", "HEAD", "--select", "unknown-field"]);
    assert_eq!((checked.code, checked.existing()), (0, 1), "{:?}", checked.lines);
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_left_out_of_the_past() {
    let repository = Repository::new(&[("a/ingress.yaml", INGRESS), ("b/service.yaml", SERVICE)]);
    repository.write(&[("c/x.yaml", &POLICY.replace("NAME", "x"))]);
    repository.commit();
    repository.git(&["sparse-checkout", "set", "a", "c"]);
    assert!(!repository.path().join("b").exists());
    let whole = repository.check(&["--min-severity", "info"]);
    let checked = repository.check(&["--since", "HEAD", "--min-severity", "info"]);
    assert_eq!((checked.code, checked.findings().len()), (0, 0), "{:?}", checked.lines);
    assert_eq!(checked.existing(), whole.findings().len(), "{:?}", whole.lines);
}

#[test]
fn what_was_there_is_not_fixed() {
    let repository = Repository::new(&[("a.yaml", &POLICY.replace("NAME", "a"))]);
    repository.write(&[("b.yaml", &POLICY.replace("NAME", "b").replace("shop", "other"))]);
    let arguments = ["--since", "HEAD", "--fix", "--unsafe-fixes"];
    let checked = repository.check(&arguments);
    assert_eq!((checked.code, checked.existing()), (0, 1), "{:?}", checked.lines);
    let read = |path: &str| fs::read_to_string(repository.path().join(path)).unwrap();
    assert_eq!(read("a.yaml"), POLICY.replace("NAME", "a"));
    assert!(read("b.yaml").contains("53"), "{}", read("b.yaml"));
}
