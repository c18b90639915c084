//! `netvet check --render`: with the real Kustomize where there is one, and with a script in the
//! place of Helm.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

const SERVICE: &str = "apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports: [{port: 80, name: http}]
";

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web:1, ports: [{containerPort: 80}]}]}
";

const INGRESS: &str = "apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  ingressClassName: nginx
  rules:
  - host: a.example.com
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 8080}}}}
";

fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn check(folder: &Path, arguments: &[&str], path: Option<&Path>) -> (String, String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netvet"));
    command.args(["check", "--format", "concise", "--min-severity", "info"]).args(arguments);
    command.current_dir(folder);
    if let Some(path) = path {
        command.env("PATH", path);
    }
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

/// Whether the tests of Kustomize have something to run.
fn has_kustomize() -> bool {
    let runs = |program: &str| Command::new(program).arg("version").output().is_ok();
    let here = runs("kustomize") || runs("kubectl");
    if !here {
        eprintln!("neither `kustomize` nor `kubectl` is here: nothing is tested");
    }
    here
}

fn overlays() -> TempDir {
    let overlay = "namespace: shop\nnamePrefix: prod-\nresources: [../../base, ingress.yaml]\n\
                   patches: [{path: patch.yaml}]\n";
    let patch = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n\
                 spec:\n  type: NodePort\n  externalIPs: [10.0.0.300]\n";
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";
    tree(&[
        ("base/web.yaml", SERVICE),
        ("base/app.yaml", DEPLOYMENT),
        ("base/kustomization.yaml", "resources: [web.yaml, app.yaml]\n"),
        ("overlays/prod/kustomization.yaml", overlay),
        ("overlays/prod/ingress.yaml", INGRESS),
        ("overlays/prod/patch.yaml", patch),
        ("namespace.yaml", namespace),
    ])
}

#[test]
fn what_kustomize_prints_is_checked_and_found_in_the_files() {
    if !has_kustomize() {
        return;
    }
    let folder = overlays();
    let before = listing(folder.path());
    let (output, errors, _) = check(folder.path(), &["--render", "kustomize"], None);
    let lines: Vec<&str> = output.lines().collect();
    let line = |rule: &str| {
        let found = lines.iter().find(|line| line.contains(&format!("[{rule}]")));
        found.unwrap_or_else(|| panic!("no {rule}: {output}{errors}"))
    };
    // Only once the prefix is there, Ingress and Service meet.
    let port = line("ingress-port-not-service-port");
    assert!(port.starts_with("overlays/prod/ingress.yaml:10:"), "{port}");
    assert!(port.contains("prod-web") && port.contains("8080"), "{port}");
    // The value comes from the patch.
    let node_port = line("service-node-port");
    assert!(node_port.starts_with("overlays/prod/patch.yaml:5:9:"), "{node_port}");
    assert!(!output.contains("(rendered)"), "{output}");
    assert_eq!(listing(folder.path()), before);
    let (silent, errors, _) = check(folder.path(), &["--render", "kustomize", "--verbose"], None);
    assert!(!errors.contains("not rendered"), "{errors}{silent}");
}

#[test]
fn without_rendering_it_is_said_what_is_not_seen() {
    let folder = overlays();
    let (_, errors, _) = check(folder.path(), &["--verbose"], None);
    let expected = "not rendered overlays/prod/kustomization.yaml: what it makes of other files is \
                    not seen; `--render kustomize` renders it";
    assert!(errors.contains(expected), "{errors}");
}

#[test]
fn what_comes_from_no_file_lies_in_what_was_rendered() {
    if !has_kustomize() {
        return;
    }
    let overlay = "resources: [web.yaml]\npatches:\n- target: {kind: Service, name: web}\n  patch: |-\n    \
                   - {op: add, path: /spec/type, value: NodePort}\n\
                   configMapGenerator:\n- {name: coredns, namespace: kube-system, files: [Corefile]}\n";
    let corefile = ".:53 {\n    errors\n    forward . 10.0.0.300\n}\n";
    let folder = tree(&[
        ("web.yaml", SERVICE),
        ("app.yaml", DEPLOYMENT),
        ("kustomization.yaml", overlay),
        ("Corefile", corefile),
    ]);
    let (output, errors, _) = check(folder.path(), &["--render", "kustomize"], None);
    let virtual_place = "kustomization.yaml (rendered):";
    assert!(output.lines().any(|line| line.starts_with(virtual_place)), "{output}{errors}");
    let human = ["--render", "kustomize", "--select", "service-node-port"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_netvet"));
    command.args(["check", "--min-severity", "info"]).args(human).current_dir(folder.path());
    let shown = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(shown.contains("type: NodePort") && shown.contains("(rendered)"), "{shown}");
}

#[test]
fn nothing_is_fetched_for_a_kustomization() {
    if !has_kustomize() {
        return;
    }
    let remote = "resources: ['https://example.com/base?ref=v1', web.yaml]\n";
    let folder = tree(&[
        ("remote/kustomization.yaml", remote),
        ("remote/web.yaml", SERVICE),
        ("sound/kustomization.yaml", "resources: [web.yaml]\n"),
        ("sound/web.yaml", SERVICE),
    ]);
    let (output, errors, code) = check(folder.path(), &["--render", "kustomize"], None);
    let expected = "remote/kustomization.yaml (rendered): cannot be read: kustomize: \
                    `https://example.com/base?ref=v1` is not among these files, and rendering \
                    fetches nothing";
    assert!(output.contains(expected), "{output}{errors}");
    assert_eq!(code, 2);
    // What Kustomize itself refuses is told in its words.
    let broken = "resources: [web.yaml]\nnamePrefixes: a\n";
    let folder = tree(&[("kustomization.yaml", broken), ("web.yaml", SERVICE)]);
    let (output, _, code) = check(folder.path(), &["--render", "kustomize"], None);
    assert!(
        output.contains("cannot be read: kustomize:") && output.contains("namePrefixes"),
        "{output}"
    );
    assert_eq!(code, 2);
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let folder = overlays();
    let nothing = tempfile::tempdir().unwrap();
    let path = Some(nothing.path());
    let (_, errors, code) = check(folder.path(), &["--render", "kustomize"], path);
    assert!(errors.contains("needs `kustomize` or `kubectl`"), "{errors}");
    assert_eq!(code, 2);
    let (_, _, code) = check(folder.path(), &["--render", "helm", "--fail-on", "never"], path);
    assert_eq!(code, 0, "there is no chart");
    fs::write(folder.path().join("Chart.yaml"), "apiVersion: v2\nname: web\nversion: 1.0.0\n")
        .unwrap();
    let (_, errors, code) = check(folder.path(), &["--render", "kustomize,helm"], path);
    assert!(errors.contains("on PATH") && code == 2, "{errors}");
    let (_, errors, code) = check(folder.path(), &["--render", "helm"], path);
    assert!(errors.contains("`--render helm` needs `helm`"), "{errors}");
    assert_eq!(code, 2);
    for other in [["--since", "HEAD"], ["--fix", "--unsafe-fixes"]] {
        let (_, errors, code) =
            check(folder.path(), &[&["--render", "helm"], &other[..]].concat(), path);
        assert!(errors.contains("cannot be used with"), "{errors}");
        assert_eq!(code, 2);
    }
}

/// A chart, and a folder with a `helm` that runs a script.
fn chart(script: &str) -> (TempDir, TempDir) {
    let template = "apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
spec:
  type: {{ .Values.type }}
  # Of all nodes.
  externalTrafficPolicy: Cluster
  selector: {app: web}
  replicas: 2
  ports:
  - port: {{ .Values.port }}
";
    let folder = tree(&[
        ("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
        ("web/values.yaml", "type: NodePort\nport: 80\n"),
        ("web/templates/service.yaml", template),
        ("web/charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.0.0\n"),
        ("lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n"),
    ]);
    let programs = tempfile::tempdir().unwrap();
    let helm = programs.path().join("helm");
    fs::write(&helm, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&helm, fs::Permissions::from_mode(0o755)).unwrap();
    (folder, programs)
}

#[test]
fn what_helm_prints_is_checked_and_found_in_the_templates() {
    let script = r#"echo "$PWD $*" >>"$(dirname "$0")/calls"
/bin/cat <<'END'
---
# Source: web/templates/service.yaml
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: NodePort
  # Of all nodes.
  externalTrafficPolicy: Cluster
  selector: {app: web}
  replicas: 2
  ports:
  - port: 80
END"#;
    let (folder, programs) = chart(&script.replace("$(dirname \"$0\")", "${0%/*}"));
    let (output, errors, _) = check(folder.path(), &["--render", "helm"], Some(programs.path()));
    let has = |place: &str, rule: &str| {
        output.lines().any(|line| line.starts_with(place) && line.contains(rule))
    };
    assert!(has("web/templates/service.yaml:10:3:", "unknown-field"), "{output}{errors}");
    assert!(has("web/templates/service.yaml:6:9:", "service-node-port"), "{output}{errors}");
    assert!(!output.contains("helm-template"), "{output}");
    let calls = fs::read_to_string(programs.path().join("calls")).unwrap();
    let web = folder.path().canonicalize().unwrap().join("web");
    assert_eq!(calls, format!("{} template --skip-tests web .\n", web.display()));

    let (output, errors, _) = check(folder.path(), &["--verbose"], Some(programs.path()));
    assert!(output.contains("1 helm-template"), "{output}");
    assert!(errors.contains("not rendered web/Chart.yaml: its templates are not seen"), "{errors}");
    assert_eq!(fs::read_to_string(programs.path().join("calls")).unwrap(), calls, "not asked for");
}

#[test]
fn a_helm_that_fails_is_heard() {
    let script =
        "echo 'Error: found in Chart.yaml, but missing in charts/ directory: redis' >&2; exit 1";
    let (folder, programs) = chart(script);
    let (output, _, code) = check(folder.path(), &["--render", "helm"], Some(programs.path()));
    let expected = "web/Chart.yaml (rendered): cannot be read: helm: found in Chart.yaml, but \
                    missing in charts/ directory: redis";
    assert!(output.contains(expected), "{output}");
    assert!(output.contains("1 helm-template"), "{output}");
    assert_eq!(code, 2);
}

/// All files below a folder with their contents.
fn listing(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => open.push(path),
                false => files.push((path.display().to_string(), fs::read(&path).unwrap())),
            }
        }
    }
    files.sort();
    files
}
