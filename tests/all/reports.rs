//! Reports in files, beside what is printed.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const OVERLAP: &str = "apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
networking:
  podSubnet: 10.96.0.0/16
  serviceSubnet: 10.96.0.0/12
";

const FORMATS: [&str; 9] =
    ["human", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown", "rdjson"];

fn netvet(folder: &Path, arguments: &[String]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netvet"));
    command.arg("check").args(arguments).current_dir(folder).env_clear();
    command.output().expect("netvet runs")
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("kubeadm.yaml"), OVERLAP).expect("written");
    folder
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn reports_are_what_the_formats_print() {
    let folder = folder();
    let mut arguments = vec!["kubeadm.yaml".to_owned(), "--format=concise".to_owned()];
    arguments.extend(FORMATS.map(|format| format!("--report={format}=out.{format}")));
    let output = netvet(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with("kubeadm.yaml:4:14: error["));
    for format in FORMATS {
        let printed =
            netvet(folder.path(), &["kubeadm.yaml".to_owned(), format!("--format={format}")]);
        let written = fs::read(folder.path().join(format!("out.{format}"))).expect("written");
        assert!(!written.is_empty());
        assert_eq!(text(&written), text(&printed.stdout), "{format}");
    }
}

#[test]
fn a_quiet_run_without_findings_writes_its_reports() {
    let folder = folder();
    let arguments = ["-q", "--ignore=addressing", "--report=gitlab=a.json"].map(str::to_owned);
    let output = netvet(folder.path(), &arguments);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), ""));
    assert_eq!(fs::read_to_string(folder.path().join("a.json")).expect("written"), "[]\n");
}

#[test]
fn mistakes_are_told() {
    let folder = folder();
    let table: &[(&[&str], &str)] = &[
        (
            &["--report=xml=a.xml"],
            "there is no format `xml`; the formats are human, concise, json, sarif, github, \
             gitlab, junit, markdown, rdjson",
        ),
        (&["--report=junit"], "write it as FORMAT=FILE"),
        (&["--report=junit=a", "--report=json=a"], "two reports are to be written to `a`"),
        (&["--report=junit=absent/a.xml"], "cannot write `absent/a.xml`: "),
        (&["--report=junit=."], "cannot write `.`: "),
    ];
    for (arguments, message) in table {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let output = netvet(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        // The message may be wrapped.
        let said = text(&output.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(message), "{said}");
    }
    let names: Vec<_> = fs::read_dir(folder.path()).expect("a folder").collect();
    assert_eq!(names.len(), 1, "nothing is left of what could not be written");
}

/// What the schema in `testdata/schemas` finds wrong with a report.
fn errors(schema: &str, report: &serde_json::Value) -> Vec<String> {
    let path = format!("{}/testdata/schemas/{schema}", env!("CARGO_MANIFEST_DIR"));
    let schema = fs::read_to_string(path).expect("a schema");
    // A pattern of SARIF's schema is not a regular expression; no report has what it is about.
    let schema = serde_json::from_str(&schema.replace("{2}]?$", "{2}$")).expect("JSON");
    let schema = jsonschema::options().should_validate_formats(true).build(&schema);
    schema.expect("a schema").iter_errors(report).map(|error| error.to_string()).collect()
}

#[test]
fn whole_reports_keep_to_their_schemas() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/scenarios/broken-cluster");
    let report = |format: &str| -> serde_json::Value {
        let arguments = [format!("--format={format}"), "--min-severity=info".to_owned()];
        serde_json::from_slice(&netvet(&folder, &arguments).stdout).expect("JSON")
    };
    for (format, schema) in [
        ("sarif", "sarif-2.1.0-rtm.5.json"),
        ("gitlab", "gitlab.schema.json"),
        ("rdjson", "rdjson.schema.json"),
    ] {
        assert_eq!(errors(schema, &report(format)), Vec::<String>::new(), "{format}");
    }
    let sarif = report("sarif");
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    for rule in rules {
        for part in ["text", "markdown"] {
            let help = rule["help"][part].as_str().expect("a text");
            assert!(!help.is_empty(), "{} has no help", rule["id"]);
        }
    }
    let results = run["results"].as_array().expect("results");
    assert!(results.iter().all(|result| result["partialFingerprints"]["netvet/v1"].is_string()));
    assert!(results.iter().any(|result| result["fixes"].is_array()));
    assert!(results.iter().any(|result| result["relatedLocations"].is_array()));
    for result in results {
        let index = result["ruleIndex"].as_u64().expect("an index") as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
}
