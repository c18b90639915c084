//! Whole trees, all rules, the report as people see it: each folder of `testdata/scenarios` has
//! its report beside it in `report.snap`.
//!
//! `INSTA_UPDATE=always cargo test --test all scenarios` writes the snapshots anew; read them before
//! they are committed.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The day on which the trees are looked at.
const TODAY: &str = "1795132800"; // 2026-11-20

#[test]
fn every_scenario_is_reported_as_its_snapshot_says() {
    for scenario in scenarios() {
        let report = report(&scenario);
        let settings = {
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path(&scenario);
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings
        };
        settings.bind(|| insta::assert_snapshot!("report", report));
    }
}

/// Trees whose names start with `sound-` are right, whatever else changes.
#[test]
fn sound_scenarios_have_no_finding_above_info() {
    for scenario in scenarios() {
        let name = scenario.file_name().expect("a name").to_string_lossy().into_owned();
        if name.starts_with("sound-") {
            let output = netvet(&scenario, &["--fail-on", "warning"]);
            assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stdout));
        }
    }
}

#[test]
fn the_order_of_paths_changes_nothing() {
    let scenario = scenarios().into_iter().find(|path| path.ends_with("broken-cluster"));
    let scenario = scenario.expect("the scenario of the README");
    let run = |paths: &[&str]| {
        let mut arguments = vec!["--format", "json", "--min-severity", "info"];
        arguments.extend(paths);
        netvet(&scenario, &arguments).stdout
    };
    assert_eq!(run(&["apps", "cluster", "dns"]), run(&["dns", "apps", "cluster"]));
}

fn scenarios() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/scenarios");
    let entries = std::fs::read_dir(folder).expect("there are scenarios");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.is_dir());
    paths.sort();
    paths
}

fn report(scenario: &Path) -> String {
    let output = netvet(scenario, &["--min-severity", "info"]);
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("reports are UTF-8")
}

fn netvet(scenario: &Path, arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_netvet"))
        .arg("check")
        .args(arguments)
        .current_dir(scenario)
        .env_clear()
        .env("SOURCE_DATE_EPOCH", TODAY)
        .output()
        .expect("netvet runs")
}
