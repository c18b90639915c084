//! A team's own rules, as the program as a whole treats them.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use assert_cmd::Command;
use tempfile::TempDir;

const CONFIG: &str = "custom-rules: [.netvet/rules/*.yaml]\n";

const SERVICE: &str = "apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: NodePort
  selector: {app: web}
  ports:
  - {name: http, port: 80}
  - {name: ssh, port: 22}
";

/// A rule over Services with these validations.
fn rule(id: &str, validations: &str) -> String {
    format!(
        "id: {id}\nsummary: About {id}\ncategory: service\nseverity: error\nmatch:\n- kinds: [Service]\nvalidations:\n{validations}"
    )
}

/// A project with this file of rules, and these inputs.
fn project(rules: &str, files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let own = [("netvet.yaml", CONFIG), (".netvet/rules/team.yaml", rules)];
    for (path, text) in own.iter().chain(files) {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

struct Ran {
    lines: Vec<String>,
    errors: String,
    code: i32,
}

impl Ran {
    /// The lines that speak of a rule, without its name.
    fn of(&self, rule: &str) -> Vec<&str> {
        let mark = format!("[{rule}] ");
        let of_rule = self.lines.iter().filter_map(|line| line.split_once(&mark));
        of_rule.map(|(_, text)| text).collect()
    }
}

fn netvet(directory: &Path, arguments: &[&str]) -> Ran {
    let output = Command::cargo_bin("netvet")
        .unwrap()
        .args(arguments)
        .current_dir(directory)
        .env("SOURCE_DATE_EPOCH", "1795132800")
        .timeout(Duration::from_secs(120))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    Ran {
        lines: text.lines().map(str::to_owned).collect(),
        errors: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap(),
    }
}

fn check(directory: &TempDir, arguments: &[&str]) -> Ran {
    let all = [&["check", "--format", "concise"], arguments].concat();
    netvet(directory.path(), &all)
}

#[test]
fn a_rule_over_objects_points_at_the_field() {
    let rules = rule(
        "no-node-ports",
        "- expression: object.spec.?type.orValue('ClusterIP') != 'NodePort'\n  messageExpression: \"'`' + object.metadata.name + '` opens ports on every node'\"\n  at: spec.type\n- each: spec.ports[*]\n  expression: item.port != 22\n  message: SSH is not for Services\n  at: port\n- expression: has(object.spec.trafficDistribution)\n  message: nobody says where traffic goes\n  at: spec.trafficDistribution\n",
    );
    let ran = check(&project(&rules, &[("web.yaml", SERVICE)]), &["--select", "no-node-ports"]);
    assert_eq!(ran.code, 1, "{}", ran.errors);
    let places: Vec<&str> = ran.lines.iter().map(String::as_str).take(3).collect();
    assert_eq!(
        places,
        [
            "web.yaml:5:1: error[no-node-ports] nobody says where traffic goes",
            "web.yaml:6:9: error[no-node-ports] `web` opens ports on every node",
            "web.yaml:10:23: error[no-node-ports] SSH is not for Services",
        ]
    );
}

#[test]
fn a_rule_over_the_model_points_at_its_elements() {
    let rules = "
id: private-pods
summary: A pod range that is not ours
category: addressing
severity: warning
validations:
- each: ranges[*]
  expression: item.role != 'pod' || cidr('10.0.0.0/8').containsCIDR(item.cidr)
  messageExpression: \"'`' + item.cidr + '` is not ours'\"
---
id: trusted-images
summary: An image from elsewhere
category: pod
severity: warning
validations:
- each: workloads[*].containers[*]
  expression: item.image.startsWith('registry.example.com/')
  message: an image from elsewhere
  at: image
---
id: no-orphans
summary: A Service that no workload stands behind
category: service
severity: warning
validations:
- each: services[*]
  expression: size(item.selects) > 0 && workloads.exists(it, it.id == item.selects[0])
  message: nothing stands behind it
---
id: isolated
summary: A workload that no policy selects
category: policy
severity: warning
validations:
- each: workloads[*]
  expression: policies.exists(policy, item.id in policy.selects)
  message: no policy selects it
---
id: one-coredns
summary: An old CoreDNS
category: version
severity: warning
validations:
- each: versions[*]
  expression: item.component != 'CoreDNS' || item.version.startsWith('1.12')
  message: an old CoreDNS
";
    let files = [
        (
            "kubeadm.yaml",
            "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking:\n  podSubnet: 192.168.0.0/16\n",
        ),
        ("web.yaml", SERVICE),
        (
            "pod.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n      - name: web\n        image: docker.io/library/nginx:1.27\n",
        ),
        (
            "other.yaml",
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: other\nspec:\n  selector: {app: other}\n  ports: [{port: 80}]\n",
        ),
        (
            "dns.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: dns\nspec:\n  containers:\n  - name: coredns\n    image: registry.example.com/coredns/coredns:v1.9.3\n",
        ),
    ];
    let project = project(rules, &files);
    let names = "private-pods,trusted-images,no-orphans,isolated,one-coredns";
    let ran = check(&project, &["--select", names]);
    let found: Vec<&str> = ran.lines.iter().map(String::as_str).collect();
    let found = &found[..found.len() - 2];
    assert_eq!(
        found,
        [
            "dns.yaml:4:9: warning[isolated] no policy selects it",
            "dns.yaml:8:49: warning[one-coredns] an old CoreDNS",
            "kubeadm.yaml:4:14: warning[private-pods] `192.168.0.0/16` is not ours",
            "other.yaml:4:9: warning[no-orphans] nothing stands behind it",
            "pod.yaml:4:9: warning[isolated] no policy selects it",
            "pod.yaml:12:16: warning[trusted-images] an image from elsewhere",
        ],
        "{}",
        ran.errors
    );
}

#[test]
fn lists_and_json_are_looked_into() {
    let rules = rule(
        "no-node-ports",
        "- expression: object.spec.type != 'NodePort'\n  message: it opens ports\n  at: spec.type\n",
    );
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n  spec: {type: NodePort}\n- apiVersion: v1\n  kind: Service\n  metadata: {name: b}\n  spec: {type: ClusterIP}\n";
    let json = "{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"metadata\": {\"name\": \"c\"}, \"spec\": {\"type\": \"NodePort\"}}";
    let files = [("list.yaml", list), ("c.json", json)];
    let ran = check(&project(&rules, &files), &["--select", "no-node-ports"]);
    assert_eq!(
        ran.lines[..2],
        [
            "c.json:1:85: error[no-node-ports] it opens ports",
            "list.yaml:7:16: error[no-node-ports] it opens ports",
        ]
    );
}

#[test]
fn what_a_template_fills_in_is_not_guessed() {
    let rules = rule(
        "no-node-ports",
        "- expression: object.spec.type == 'ClusterIP'\n  message: it opens ports\n- expression: object.spec.ports.all(port, port.port != 22 && port.name != 'ssh')\n  message: SSH\n- each: spec.ports[*]\n  expression: item.name == 'web'\n  message: not the web\n  at: name\n",
    );
    let text = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  type: {{ .Values.type }}\n  ports:\n  - {name: web, port: \"{{ .Values.port }}\"}\n  - {name: http, port: 80}\n";
    let ran = check(&project(&rules, &[("web.yaml", text)]), &["--select", "no-node-ports"]);
    assert_eq!(ran.of("no-node-ports"), ["not the web"], "{:?}", ran.lines);
    assert_eq!(ran.of("custom-rule-failed"), [""; 0], "{:?}", ran.lines);
}

#[test]
fn configuration_and_ignores_treat_it_like_a_built_in_rule() {
    let rules = rule(
        "no-node-ports",
        "- expression: object.spec.type != 'NodePort'\n  message: it opens ports\n  at: spec.type\n",
    );
    let project = project(&rules, &[("web.yaml", SERVICE)]);
    let configured = |more: &str| {
        fs::write(project.path().join("netvet.yaml"), format!("{CONFIG}{more}")).unwrap();
        check(&project, &["--min-severity", "info"])
    };
    let severities = |ran: &Ran| -> Vec<String> {
        let of_rule = ran.lines.iter().filter(|line| line.contains("[no-node-ports] "));
        of_rule.map(|line| line.split([' ', '[']).nth(1).unwrap().to_owned()).collect()
    };
    assert_eq!(severities(&configured("")), ["error"]);
    assert_eq!(severities(&configured("rules: {no-node-ports: info}\n")), ["info"]);
    assert_eq!(severities(&configured("rules: {no-node-ports: off}\n")), [""; 0]);
    assert_eq!(severities(&configured("rules: {service: off}\n")), [""; 0]);
    let ignored = "ignores: [{rule: no-node-ports, object: Service/web}]\n";
    assert_eq!(severities(&configured(ignored)), [""; 0]);
    let misspelt = configured("rules: {no-node-port: off}\n");
    assert_eq!(misspelt.code, 2);
    assert!(misspelt.errors.contains("did you mean `no-node-ports`?"), "{}", misspelt.errors);

    configured("");
    let inline = SERVICE.replace("NodePort", "NodePort # netvet: ignore[no-node-ports] ours");
    fs::write(project.path().join("web.yaml"), inline).unwrap();
    let ran = check(&project, &[]);
    assert_eq!(severities(&ran), [""; 0]);
    assert_eq!(ran.of("unused-ignore"), [""; 0]);
    let mended = SERVICE.replace("NodePort", "ClusterIP # netvet: ignore[no-node-ports] ours");
    fs::write(project.path().join("web.yaml"), mended).unwrap();
    let ran = check(&project, &[]);
    assert_eq!(ran.of("unused-ignore"), ["`no-node-ports` finds nothing on this line"]);
}

#[test]
fn a_baseline_and_a_commit_take_its_findings_out() {
    let rules = rule(
        "no-node-ports",
        "- expression: object.spec.type != 'NodePort'\n  message: it opens ports\n  at: spec.type\n",
    );
    let project = project(&rules, &[("web.yaml", SERVICE)]);
    let git = |arguments: &[&str]| {
        let who =
            ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
        let mut git = std::process::Command::new("git");
        let done = git.args(who).args(arguments).current_dir(project.path()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "before"]);
    check(&project, &["--write-baseline", "baseline.json"]);
    let other = SERVICE.replace("name: web\nspec", "name: other\nspec");
    fs::write(project.path().join("other.yaml"), other).unwrap();
    for way in [["--baseline", "baseline.json"], ["--since", "HEAD"]] {
        let ran = check(&project, &[&way[..], &["--select", "no-node-ports"]].concat());
        assert_eq!(ran.code, 1, "{}", ran.errors);
        assert!(ran.lines[0].starts_with("other.yaml:6:9: "), "{way:?}: {:?}", ran.lines);
        assert_eq!(ran.of("no-node-ports").len(), 1, "{way:?}: {:?}", ran.lines);
    }
}

#[test]
fn the_command_line_knows_it() {
    let rules = rule(
        "no-node-ports",
        "- expression: object.spec.type != 'NodePort'\n  message: it opens ports\n  at: spec.type\n",
    );
    let project = project(&rules, &[("web.yaml", SERVICE)]);
    assert_eq!(check(&project, &["--ignore", "no-node-ports"]).of("no-node-ports"), [""; 0]);
    assert_eq!(check(&project, &["--ignore", "service"]).of("no-node-ports"), [""; 0]);
    let wrong = check(&project, &["--select", "no-node-port"]);
    assert!(wrong.errors.contains("did you mean `no-node-ports`?"), "{}", wrong.errors);
    let listed = netvet(project.path(), &["rules"]);
    assert!(listed.lines.iter().any(|line| line.starts_with("no-node-ports ")));
    let page = netvet(project.path(), &["explain", "no-node-ports"]);
    assert_eq!(page.lines[0], "About no-node-ports");
    let sarif = netvet(project.path(), &["check", "--format", "sarif"]).lines.concat();
    let sarif: serde_json::Value = serde_json::from_str(&sarif).unwrap();
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let rule = rules.iter().find(|rule| rule["id"] == "no-node-ports").unwrap();
    assert!(rule["help"]["markdown"].as_str().unwrap().contains("object.spec.type != 'NodePort'"));
    let skipped = netvet(project.path(), &["check", "--format", "json"]).lines.concat();
    let skipped: serde_json::Value = serde_json::from_str(&skipped).unwrap();
    assert_eq!(skipped["skipped"][0]["path"], ".netvet/rules/team.yaml");
    assert_eq!(skipped["skipped"][0]["reason"], "custom-rule");
}

#[test]
fn an_expression_that_does_not_compile_names_its_place() {
    let cases = [
        // In a plain scalar, in quotes with an escape, and in block scalars.
        ("- expression: object.spec.type !== 'x'\n  message: x\n", "8:34"),
        ("- expression: \"object.spec.\\u0074ype == nope\"\n  message: x\n", "8:41"),
        (
            "- expression: |\n    has(object.spec) &&\n      object.spec.typo(1) == 'x'\n  message: x\n",
            "10:19",
        ),
        ("- expression: >-\n    has(object.spec)\n    && item == 'x'\n  message: x\n", "10:8"),
        ("- expression: 'true'\n  messageExpression: variables.gone\n", "9:22"),
        ("- expression: (1 + 2\n  message: x\n", "8:20"),
        ("- expression: \"'é' == nope\"\n  message: x\n", "8:23"),
        ("- expression: \"'é' == !\"\n  message: x\n", "8:23"),
    ];
    for (validations, place) in cases {
        let ran = check(&project(&rule("broken", validations), &[("web.yaml", SERVICE)]), &[]);
        assert_eq!(ran.code, 2, "{validations}");
        let expected = format!(".netvet/rules/team.yaml:{place}: ");
        assert!(ran.errors.contains(&expected), "{validations}\n{expected}\n{}", ran.errors);
    }
}

#[test]
fn a_file_of_rules_is_read_strictly() {
    let sound = "- expression: 'true'\n  message: x\n";
    let cases = [
        (rule("Broken", sound), "1:5: `Broken` is no id of a rule"),
        (
            rule("host-network", sound),
            "1:5: netvet has a rule or category `host-network` of its own",
        ),
        (rule("x", sound).replace("service", "team"), "3:11: `team` is not one of the values"),
        (
            rule("x", sound).replace("match", "matches"),
            "5:1: unknown key `matches` in a custom rule",
        ),
        (
            rule("x", "- expression: 'true'\n"),
            "8:3: a validation has `message` or `messageExpression`, not neither",
        ),
        (
            rule("x", &format!("{sound}  at: spec..type\n")),
            "10:7: expected a path such as `spec.type`",
        ),
        (
            rule("x", &format!("{sound}  each: spec.ports\n")),
            "10:9: expected a path such as `spec.ports[*]`",
        ),
        (
            rule("x", sound).replace("match:\n- kinds: [Service]\n", ""),
            "6:3: a validation of the model has no `each`",
        ),
        (
            format!("{}---\n{}", rule("x", sound), rule("x", sound)),
            "11:5: two custom rules have the id `x`",
        ),
        ("a: [".to_owned(), "this is not YAML"),
        ("# nothing\n".to_owned(), "there is no rule in this file"),
    ];
    for (rules, message) in cases {
        let ran = check(&project(&rules, &[("web.yaml", SERVICE)]), &[]);
        assert_eq!(ran.code, 2, "{rules}");
        assert!(ran.errors.contains(message), "{rules}\n{message}\n{}", ran.errors);
    }
    let project = project("", &[("web.yaml", SERVICE)]);
    fs::remove_dir_all(project.path().join(".netvet")).unwrap();
    let ran = check(&project, &[]);
    assert_eq!(ran.code, 2);
    let expected = "netvet.yaml:1:16: `.netvet/rules/*.yaml` names no file";
    assert!(ran.errors.contains(expected), "{}", ran.errors);
    // What is wrong with custom rules keeps nobody from reading about the others.
    let page = netvet(project.path(), &["explain", "host-network"]);
    assert_eq!(page.code, 0);
    assert!(page.errors.starts_with("warning: "), "{}", page.errors);
}

#[test]
fn an_expression_that_fails_is_a_finding_and_told_once() {
    let rules = rule(
        "no-node-ports",
        "- expression: object.spec.trafficDistribution != 'x'\n  message: x\n",
    );
    let other = SERVICE.replace("name: web\nspec", "name: other\nspec");
    let files = [("web.yaml", SERVICE), ("other.yaml", other.as_str())];
    let ran = check(&project(&rules, &files), &["--select", "no-node-ports"]);
    assert_eq!(ran.code, 1);
    assert_eq!(
        ran.lines[0],
        "other.yaml:4:9: error[custom-rule-failed] `no-node-ports` cannot be asked of `Service/other`: there is no key `trafficDistribution`, nor of one other object"
    );
    let wrong = rule("no-node-ports", "- expression: object.spec.type\n  message: x\n");
    let ran = check(&project(&wrong, &files[..1]), &["--select", "no-node-ports"]);
    assert_eq!(
        ran.of("custom-rule-failed"),
        [
            "`no-node-ports` cannot be asked of `Service/web`: the result is not true or false but of type `string`"
        ]
    );
}

/// A hostile rule beside a sound one: the finding about the former must say why, the latter must
/// find what it finds, and it must not take long.
fn hostile(validations: &str, why: &[&str]) {
    let sound =
        rule("sound", "- expression: object.spec.type != 'NodePort'\n  message: it opens ports\n");
    let rules = format!("{}---\n{sound}", rule("hostile", validations));
    let project = project(&rules, &[("web.yaml", SERVICE)]);
    let start = Instant::now();
    let ran = check(&project, &["--select", "hostile,sound"]);
    assert_eq!(ran.code, 1, "{}", ran.errors);
    let failed = ran.of("custom-rule-failed");
    assert_eq!(failed.len(), 1, "{:?}", ran.lines);
    assert!(failed[0].starts_with("`hostile` "), "{failed:?}");
    assert!(failed[0].contains(" `Service/web`: "), "{failed:?}");
    assert!(why.iter().any(|why| failed[0].contains(why)), "{failed:?}");
    assert_eq!(ran.of("sound"), ["it opens ports"], "{:?}", ran.lines);
    assert!(start.elapsed() < Duration::from_secs(60));
    // Nothing of the evaluator's own is seen.
    assert_eq!(ran.errors, "");
}

#[test]
fn an_endless_expression_is_given_up() {
    hostile(
        "- expression: lists.range(100000).all(a, lists.range(100000).all(b, lists.range(100000).all(c, a + b + c >= 0)))\n  message: x\n",
        &["takes too long"],
    );
}

#[cfg(target_os = "linux")]
#[test]
fn an_expression_that_fills_the_memory_is_given_up() {
    // 8,000 times 4,000 times 64 bytes, which are asked for at once.
    let times = |count: usize, text: &str| format!("lists.range({count}).map(i, '').join({text})");
    let text = times(8000, &times(4000, &format!("'{}'", "x".repeat(64))));
    hostile(
        &format!("- expression: >-\n    {text} == ''\n  message: x\n"),
        &["takes too much memory"],
    );
}

#[test]
fn an_expression_that_nests_without_end_is_given_up() {
    let chain = "[0]".repeat(2600);
    hostile(
        &format!("- expression: >-\n    object{chain} == 1\n  message: x\n"),
        // A build with small frames comes to the end of it.
        &["nests too deep", "no matching overload"],
    );
}

#[test]
fn parentheses_without_end_do_not_compile() {
    let nested = format!("{}1{} == 1", "(".repeat(4000), ")".repeat(4000));
    let rules = rule("deep", &format!("- expression: {nested}\n  message: x\n"));
    let ran = check(&project(&rules, &[("web.yaml", SERVICE)]), &[]);
    assert_eq!(ran.code, 2);
    let told = ["the expression nests too deep", "the expression is too deep or too large"];
    assert!(told.iter().any(|told| ran.errors.contains(told)), "{}", ran.errors);
}

const TESTED: &str = "examples:
  flagged:
  - |
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      type: NodePort
      #     ^^^^^^^^ it opens ports
  - |
    apiVersion: v1
    kind: Service
    metadata: {name: web}
    spec: {type: NodePort}
  not-flagged:
  - |
    apiVersion: v1
    kind: Service
    metadata: {name: web}
    spec: {type: ClusterIP}
";

#[test]
fn examples_of_rules_are_tested() {
    let rules = rule(
        "no-node-ports",
        "- expression: object.spec.?type.orValue('ClusterIP') != 'NodePort'\n  message: it opens ports\n  at: spec.type\n",
    ) + TESTED;
    let passing = project(&rules, &[]);
    let ran = netvet(passing.path(), &["rules", "--test"]);
    assert_eq!(ran.code, 0, "{}", ran.errors);
    let expected = [
        "ok        no-node-ports: 2 flagged, 1 not flagged",
        "1 rule, 3 examples: 3 passed, 0 failed",
    ];
    assert_eq!(ran.lines, expected);

    let failing = project(&rules.replace("!= 'NodePort'", "== 'NodePort'"), &[]);
    let ran = netvet(failing.path(), &["rules", "--test"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.lines.join("\n"), @"
    FAILED    no-node-ports: 2 flagged, 1 not flagged
      .netvet/rules/team.yaml:14:5
        the findings are not those that are marked (- is marked, + is found)
          apiVersion: v1
          kind: Service
          metadata:
            name: web
          spec:
            type: NodePort
        -   #     ^^^^^^^^ it opens ports
      .netvet/rules/team.yaml:22:5
        nothing is found in this flagged example
      .netvet/rules/team.yaml:28:5
        something is found in this example that is not flagged
          apiVersion: v1
          kind: Service
          metadata: {name: web}
          spec: {type: ClusterIP}
        + #            ^^^^^^^^^ it opens ports
    1 rule, 3 examples: 0 passed, 3 failed
    ");

    let broken =
        project(&rules.replace("object.spec.?type.orValue('ClusterIP')", "object.spec.nope"), &[]);
    let ran = netvet(broken.path(), &["rules", "--test"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.lines.iter().any(|line| line.contains("there is no key `nope`")),
        "{:?}",
        ran.lines
    );

    let none = tempfile::tempdir().unwrap();
    assert_eq!(netvet(none.path(), &["rules", "--test"]).code, 2);
}

#[test]
fn the_order_of_findings_is_that_of_the_files() {
    let rules = rule(
        "labels",
        "- expression: object.metadata.?labels.orValue({}).size() == 0\n  messageExpression: object.metadata.labels.map(key, key).join(', ')\n",
    );
    let labels = "metadata:\n  labels: {z: a, m: b, a: c, k: d, b: e, x: g}";
    let text = SERVICE.replace("metadata:", labels);
    let project = project(&rules, &[("web.yaml", &text)]);
    for _ in 0..3 {
        let ran = check(&project, &["--select", "labels"]);
        assert_eq!(ran.of("labels"), ["z, m, a, k, b, x"]);
    }
}

/// The blocks of the page that come with a path, as a project.
#[test]
fn the_rules_of_the_documentation_pass_their_own_examples() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/custom-rules.md"));
    let page = page.unwrap();
    let directory = project("", &[]);
    fs::remove_file(directory.path().join(".netvet/rules/team.yaml")).unwrap();
    let mut count = 0;
    for part in page.split("\n`.netvet/").skip(1) {
        let (path, rest) = part.split_once("`:\n\n```yaml\n").unwrap();
        let (text, _) = rest.split_once("\n```").unwrap();
        fs::write(directory.path().join(".netvet").join(path), text).unwrap();
        count += 1;
    }
    assert_eq!(count, 2);
    let ran = netvet(directory.path(), &["rules", "--test"]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.lines.join("\n"), ran.errors);
    assert!(ran.lines.iter().all(|line| !line.starts_with("untested")), "{:?}", ran.lines);
    assert_eq!(ran.lines.last().unwrap(), "4 rules, 8 examples: 8 passed, 0 failed");
}
