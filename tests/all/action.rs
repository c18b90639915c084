//! Runs the steps of `action.yml` with bash, in an environment like that of a GitHub runner.
//!
//! What GitHub itself does is made up here: it puts inputs in place of `${{ inputs.x }}`, gives
//! each step a few files to write to, and runs `bash --noprofile --norc -eo pipefail` on a script.
//! The installation is not run: every test gives the `netvet` input.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde::Deserialize;
use tempfile::TempDir;

const NETVET: &str = env!("CARGO_BIN_EXE_netvet");

const BROKEN: &str = "\
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
networking:
  podSubnet: 10.96.0.0/16
  serviceSubnet: 10.96.0.0/12
";

const SOUND: &str = "\
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
networking:
  podSubnet: 10.244.0.0/16
  serviceSubnet: 10.96.0.0/12
";

#[derive(Deserialize)]
struct Action {
    inputs: BTreeMap<String, Input>,
    outputs: BTreeMap<String, ActionOutput>,
    runs: Runs,
}

#[derive(Deserialize)]
struct Input {
    default: String,
}

#[derive(Deserialize)]
struct ActionOutput {
    value: String,
}

#[derive(Deserialize)]
struct Runs {
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    id: Option<String>,
    r#if: Option<String>,
    shell: String,
    #[serde(default)]
    env: BTreeMap<String, String>,
    run: String,
}

/// What a workflow sees of a run.
struct Outcome {
    process: Output,
    /// The outputs of the Action, by name.
    outputs: BTreeMap<String, String>,
    summary: String,
}

impl Outcome {
    fn stdout(&self) -> &str {
        str::from_utf8(&self.process.stdout).expect("standard output is UTF-8")
    }
}

fn action() -> Action {
    let text = include_str!("../../action.yml");
    serde_yaml::from_str(text).expect("action.yml has the shape of a composite Action")
}

/// Runs the Action in `workspace` with these inputs, and the defaults for all others.
fn run_action(workspace: &Path, given: &[(&str, &str)]) -> Outcome {
    let action = action();
    for (name, _) in given {
        assert!(action.inputs.contains_key(*name), "no input `{name}` in action.yml");
    }
    let inputs: BTreeMap<String, String> = action
        .inputs
        .into_iter()
        .map(|(name, input)| {
            let value = given.iter().find(|(given, _)| *given == name).map(|(_, value)| *value);
            let value = value.map_or(input.default, str::to_owned);
            (name, value)
        })
        .collect();

    let mut steps = action.runs.steps.into_iter().filter(|step| match step.r#if.as_deref() {
        None => true,
        Some("inputs.netvet == ''") => inputs["netvet"].is_empty(),
        Some(other) => panic!("this test does not know the condition `{other}`"),
    });
    let step = steps.next().expect("a step is left");
    assert!(steps.next().is_none(), "one step is left when netvet is given");
    assert_eq!(step.shell, "bash");

    let runner = TempDir::new().unwrap();
    let file = |name: &str, content: &str| {
        let path = runner.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let script = file("script.sh", &step.run);
    let output_file = file("output", "");
    let summary_file = file("summary.md", "");
    let mut command = Command::new("bash");
    command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(script);
    command.current_dir(workspace).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_WORKSPACE", workspace);
    command.env("GITHUB_ACTION_PATH", env!("CARGO_MANIFEST_DIR"));
    command.env("GITHUB_OUTPUT", &output_file).env("GITHUB_STEP_SUMMARY", &summary_file);
    command.env("RUNNER_TEMP", runner.path());
    for (name, value) in &step.env {
        command.env(name, evaluate(value, |name| inputs[name].clone()));
    }
    let process = command.output().expect("bash runs");

    let written = parse_output_file(&fs::read_to_string(output_file).unwrap());
    let prefix = format!("steps.{}.outputs.", step.id.expect("the step has an id"));
    let outputs = action.outputs.into_iter().map(|(name, output)| {
        let expression = output.value.strip_prefix("${{ ").and_then(|s| s.strip_suffix(" }}"));
        let step_output = expression.and_then(|s| s.strip_prefix(&prefix)).unwrap_or_else(|| {
            panic!("the output `{name}` is not of the step: {}", output.value);
        });
        (name, written.get(step_output).cloned().unwrap_or_default())
    });
    let outputs = outputs.collect();
    Outcome { process, outputs, summary: fs::read_to_string(summary_file).unwrap() }
}

/// The value of an `env` entry: plain text, or exactly one input.
fn evaluate(value: &str, input: impl Fn(&str) -> String) -> String {
    let Some(expression) = value.strip_prefix("${{ ").and_then(|s| s.strip_suffix(" }}")) else {
        assert!(!value.contains("${{"), "this test does not know the expression `{value}`");
        return value.to_owned();
    };
    let name = expression.strip_prefix("inputs.");
    input(name.unwrap_or_else(|| panic!("this test does not know the expression `{value}`")))
}

/// `name=value` lines, and `name<<END`, the lines of the value, `END`.
fn parse_output_file(text: &str) -> BTreeMap<String, String> {
    let mut outputs = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some((name, end)) = line.split_once("<<") {
            let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
            outputs.insert(name.to_owned(), value.join("\n"));
        } else {
            let (name, value) = line.split_once('=').expect("an output is `name=value`");
            outputs.insert(name.to_owned(), value.to_owned());
        }
    }
    outputs
}

fn workspace(files: &[(&str, &str)]) -> TempDir {
    let workspace = TempDir::new().unwrap();
    for (path, content) in files {
        let path = workspace.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    workspace
}

/// Writes its arguments to the file `arguments` and prints the file `report`. It is not written by
/// the test that runs it: a file that some thread has open for writing cannot be executed.
const RECORDING_NETVET: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/action/recording-netvet");

#[test]
fn findings_become_annotations_summary_sarif_and_exit_code() {
    let workspace = workspace(&[("clusters/prod/kubeadm.yaml", BROKEN)]);
    let outcome =
        run_action(workspace.path(), &[("netvet", NETVET), ("sarif-file", "reports/netvet.sarif")]);

    assert_eq!(outcome.process.status.code(), Some(1), "{}", outcome.stdout());
    assert_eq!(outcome.outputs["exit-code"], "1");
    assert_eq!(outcome.outputs["sarif-file"], "reports/netvet.sarif");

    let annotations: Vec<&str> =
        outcome.stdout().lines().filter(|line| line.starts_with("::error ")).collect();
    assert_eq!(annotations.len(), 1, "{}", outcome.stdout());
    assert!(annotations[0].contains("file=clusters/prod/kubeadm.yaml,"), "{}", annotations[0]);
    assert!(annotations[0].contains("line=4,"), "{}", annotations[0]);
    assert!(annotations[0].contains("pod-service-cidr-overlap"), "{}", annotations[0]);

    let finding = outcome.summary.lines().find(|line| line.contains("pod-service-cidr-overlap"));
    let finding = finding.expect("the summary names the finding");
    assert!(finding.starts_with("    clusters/prod/kubeadm.yaml:4:"), "{}", outcome.summary);

    let sarif = fs::read(workspace.path().join("reports/netvet.sarif")).unwrap();
    let sarif: serde_json::Value = serde_json::from_slice(&sarif).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "pod-service-cidr-overlap");
}

#[test]
fn sound_files_pass() {
    let workspace = workspace(&[("kubeadm.yaml", SOUND)]);
    let outcome = run_action(workspace.path(), &[("netvet", NETVET)]);

    assert_eq!(outcome.process.status.code(), Some(0), "{}", outcome.stdout());
    assert_eq!(outcome.outputs["exit-code"], "0");
    assert_eq!(outcome.outputs["sarif-file"], "", "no report was asked for");
    assert!(!outcome.stdout().contains("::error"), "{}", outcome.stdout());
}

#[test]
fn fail_on_never_reports_and_passes() {
    let workspace = workspace(&[("kubeadm.yaml", BROKEN)]);
    let inputs = [("netvet", NETVET), ("fail-on", "never"), ("summary", "false")];
    let outcome = run_action(workspace.path(), &inputs);

    assert_eq!(outcome.process.status.code(), Some(0), "{}", outcome.stdout());
    assert!(outcome.stdout().contains("::error "), "{}", outcome.stdout());
    assert_eq!(outcome.summary, "");
}

#[test]
fn a_path_that_does_not_exist_is_exit_code_two() {
    let workspace = workspace(&[("kubeadm.yaml", SOUND)]);
    let inputs = [("netvet", NETVET), ("paths", "no-such-directory"), ("sarif-file", "out.sarif")];
    let outcome = run_action(workspace.path(), &inputs);

    assert_eq!(outcome.process.status.code(), Some(2), "{}", outcome.stdout());
    assert_eq!(outcome.outputs["exit-code"], "2");
    assert!(outcome.summary.contains("no-such-directory"), "{}", outcome.summary);
}

#[test]
fn inputs_become_options_and_empty_ones_do_not() {
    let workspace = workspace(&[("report", "")]);
    let inputs = [("netvet", RECORDING_NETVET), ("paths", "a b\n\nc\n"), ("cluster", "prod")];
    run_action(workspace.path(), &inputs);

    let arguments = fs::read_to_string(workspace.path().join("arguments")).unwrap();
    let expected = ["github", "concise"]
        .map(|format| format!("check\0--format={format}\0--cluster=prod\0--\0a b\0c\0\n"));
    assert_eq!(arguments, expected.concat());
}

#[test]
fn no_input_is_read_as_shell_code_or_as_an_option() {
    let hostile = "$(touch pwned) `touch pwned`; touch pwned & '\" * --fix \\";
    let text_inputs = [
        "config",
        "select",
        "ignore",
        "fail-on",
        "min-severity",
        "jobs",
        "cluster",
        "since",
        "render",
        "summary",
    ];
    let workspace = workspace(&[("report", "some report\n")]);
    let sarif_file = "$(touch pwned)\nexit-code=0\nend";
    let mut inputs = vec![("netvet", RECORDING_NETVET), ("sarif-file", sarif_file)];
    let paths = format!("{hostile}\n--fix\n-\n$(touch pwned)");
    inputs.push(("paths", &paths));
    inputs.extend(text_inputs.map(|name| (name, hostile)));
    let unused = action().inputs.len() - inputs.len();
    assert_eq!(unused, 1, "all inputs take part but `version`, which is for the installation");
    let outcome = run_action(workspace.path(), &inputs);

    assert_eq!(outcome.process.status.code(), Some(1));
    assert_eq!(outcome.outputs["exit-code"], "1", "an output cannot be forged");
    assert_eq!(outcome.outputs["sarif-file"], sarif_file);
    assert_eq!(outcome.summary, "", "only `true` asks for a summary");
    assert!(workspace.path().join(sarif_file).exists());

    let mut expected = "check\0--format=FORMAT\0".to_owned();
    for name in &text_inputs[..text_inputs.len() - 1] {
        expected += &format!("--{name}={hostile}\0");
    }
    expected += &format!("--\0{hostile}\0--fix\0-\0$(touch pwned)\0\n");
    let arguments = fs::read_to_string(workspace.path().join("arguments")).unwrap();
    let expected = ["github", "sarif"].map(|format| expected.replace("FORMAT", format));
    assert_eq!(arguments, expected.concat());

    let mut left: Vec<String> = fs::read_dir(workspace.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["$(touch pwned)\nexit-code=0\nend", "arguments", "report"]);
}

#[test]
fn a_summary_is_a_code_block_that_no_finding_can_end() {
    let workspace = workspace(&[("report", "```\n# no heading\n\n</pre>\n")]);
    let outcome = run_action(workspace.path(), &[("netvet", RECORDING_NETVET)]);

    assert_eq!(outcome.summary, "### netvet\n\n    ```\n    # no heading\n    \n    </pre>\n\n");
}

#[test]
fn a_long_summary_is_cut_and_says_so() {
    let lines: Vec<String> = (1..=600).map(|number| format!("{number}\n")).collect();
    let workspace = workspace(&[("report", &lines.concat())]);
    let outcome = run_action(workspace.path(), &[("netvet", RECORDING_NETVET)]);

    assert!(outcome.summary.contains("    500\n    … 99 more lines\n    600\n"));
    assert!(!outcome.summary.contains("    501\n"));
}

#[test]
fn no_script_contains_an_expression() {
    for step in action().runs.steps {
        assert!(!step.run.contains("${{"), "an input in a script is shell code: {}", step.run);
    }
}
