//! Runs the examples of custom rules: each rule alone, on one example at a time.

use super::{ActiveRule, Analysis, CUSTOM, Request, active_rules, analyse};
use crate::config::custom::{CustomRule, Example};
use crate::config::{Config, Date};
use crate::custom::{CUSTOM_RULE_FAILED, Custom};
use crate::diagnostic::Diagnostic;
use crate::discover::Content;
use crate::ingest::ProblemKind;
use crate::page::annotation::{self, Notation};
use crate::render::Renderings;
use crate::source::FileId;
use crate::syntax;
use std::borrow::Cow;

/// What became of an example.
#[derive(Debug)]
pub struct Tested<'r> {
    pub example: &'r Example,
    /// What is wrong, in lines.
    pub fault: Option<String>,
}

/// The name that an example goes by.
const PATH: &str = "example.yaml";

/// Runs all examples of a rule. `own` are the configuration and the files with rules, as
/// [`analyse`] takes them.
pub fn test<'r>(
    rule: &'r CustomRule,
    custom: &Custom,
    own: &[(String, String)],
    today: Date,
) -> Vec<Tested<'r>> {
    let test = |example: &'r Example| {
        let fault = run(rule, example, custom, own, today).err();
        Tested { example, fault }
    };
    rule.examples.iter().map(test).collect()
}

fn run(
    rule: &CustomRule,
    example: &Example,
    custom: &Custom,
    own: &[(String, String)],
    today: Date,
) -> Result<(), String> {
    let severity = rule.info.severity;
    let lines: Vec<&str> = example.text.lines().collect();
    let annotated = annotation::strip(&lines, severity)?;
    let analysis = analysis(rule, annotated.text.clone(), custom, own, today);
    let broken = analysis.problems.iter().find_map(|problem| match &problem.kind {
        ProblemKind::Syntax(syntax::ProblemKind::Broken { message }) => Some(message),
        _ => None,
    });
    if let Some(message) = broken {
        return Err(format!("the example is no YAML: {message}"));
    }
    let findings = analysis.findings.iter().map(|found| found.diagnostic.clone());
    let (failures, findings): (Vec<Diagnostic>, Vec<Diagnostic>) =
        findings.partition(|found| found.rule.as_str() == CUSTOM_RULE_FAILED);
    if let Some(failure) = failures.first() {
        return Err(failure.message.clone());
    }
    let file = FileId::new(own.len() as u32);
    let marks = annotation::marks(&findings, &analysis.sources, file);
    let agrees = match (example.flagged, annotated.marks.is_empty()) {
        (true, true) if findings.is_empty() => {
            return Err("nothing is found in this flagged example".to_owned());
        }
        // Whoever marks no place leaves them open.
        (true, true) => true,
        _ => marks == annotated.marks,
    };
    if agrees {
        return Ok(());
    }
    let what = match example.flagged {
        true => "the findings are not those that are marked (- is marked, + is found)",
        false => "something is found in this example that is not flagged",
    };
    let notation = Notation { leader: "#", severity };
    let (text, written) = (&annotated.text, &annotated.marks);
    Err(format!("{what}\n{}", annotation::difference(text, written, &marks, notation)))
}

fn analysis(
    rule: &CustomRule,
    text: String,
    custom: &Custom,
    own: &[(String, String)],
    today: Date,
) -> Analysis {
    let config = Config::default();
    let mut rules = active_rules(&config, &[CUSTOM_RULE_FAILED.to_owned()], &[], &[]);
    rules.push(ActiveRule {
        rule: &CUSTOM,
        info: Cow::Owned(rule.info.clone()),
        severity: None,
        options: Vec::new(),
    });
    let request = Request {
        config: &config,
        base: None,
        roots: &[String::new()],
        rules: &rules,
        cluster: None,
        today,
        custom: Some(custom),
        renderings: &Renderings::default(),
    };
    let read = |_| Content::Text(text.clone());
    analyse(own.to_vec(), vec![PATH.to_owned()], read, &request, |_| ()).0
}
