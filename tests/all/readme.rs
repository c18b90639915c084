//! What the README shows is what the program prints, takes and accepts.

use std::process::Command;

use netvet::check::{known, rule_infos};
use netvet::config::Config;
use netvet::source::FileId;

const README: &str = include_str!("../../README.md");

/// The fenced blocks with an info string.
fn blocks(language: &str) -> Vec<String> {
    let open = format!("```{language}\n");
    let starts = README.match_indices(&open).map(|(at, _)| at + open.len());
    starts.map(|at| README[at..].split("```").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_excerpt_is_what_the_scenario_prints() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/scenarios/broken-cluster");
    let output = Command::new(env!("CARGO_BIN_EXE_netvet"))
        .arg("check")
        .current_dir(folder)
        .env_clear()
        .env("SOURCE_DATE_EPOCH", "1795132800")
        .output()
        .expect("netvet runs");
    let report = String::from_utf8(output.stdout).expect("UTF-8");
    let [excerpt] = &blocks("text")[..] else { panic!("one excerpt") };
    assert!(report.contains(excerpt.trim()), "the excerpt is not part of\n{report}");
}

#[test]
fn the_configuration_is_accepted() {
    let config = blocks("yaml").into_iter().find(|block| block.starts_with("clusters:"));
    let config = config.expect("the README shows a configuration");
    let known = known(rule_infos());
    let problems = Config::parse(&config, FileId::new(0), &known).err();
    assert!(problems.is_none(), "{problems:?}");
}

/// What a command says of itself.
fn help(command: &str) -> String {
    let mut netvet = Command::new(env!("CARGO_BIN_EXE_netvet"));
    let output = netvet.args([command, "--help"]).output().expect("netvet runs");
    assert!(output.status.success(), "there is no command `{command}`");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// A flag belongs to the command that its line calls, and to `check` where it calls none.
#[test]
fn the_flags_exist() {
    let lines = README.lines().filter(|line| !line.contains("cargo "));
    let mut seen = 0;
    for line in lines {
        let called = ["$ netvet ", "`netvet "].iter().find_map(|call| line.split_once(call));
        let command = called.and_then(|(_, rest)| rest.split([' ', '`']).next());
        let command = command.unwrap_or("check");
        let words = line.split([' ', '`', '.', ',', ';', ')']);
        let flags = words.filter(|word| word.starts_with("--") && word.len() > 3);
        for flag in flags.filter(|flag| flag[2..].starts_with(|c: char| c.is_ascii_lowercase())) {
            let help = help(command);
            let known = help.split([' ', ',', '\n']).any(|word| word == flag);
            assert!(known, "`{flag}` is no flag of `netvet {command}`: {line}");
            seen += 1;
        }
    }
    assert!(seen > 5, "the README shows flags");
}

#[test]
fn the_formats_are_all_there() {
    let line = README.lines().find(|line| line.starts_with("The formats of `check` are "));
    let line = line.and_then(|line| line.split(';').next()).expect("the README names the formats");
    let named: Vec<&str> = line.split('`').skip(3).step_by(2).collect();
    let output = Command::new(env!("CARGO_BIN_EXE_netvet"))
        .args(["check", "--format", "no-such-format"])
        .output()
        .expect("netvet runs");
    let error = String::from_utf8(output.stderr).expect("UTF-8");
    let known = error.split_once("[possible values: ").expect("clap lists the formats").1;
    let known = known.split_once(']').expect("a list").0;
    assert_eq!(named.join(", "), known.split_whitespace().collect::<Vec<_>>().join(" "));
}
