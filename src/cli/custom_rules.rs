//! The files with a team's own rules: found by the configuration, read, and made ready to run.

use std::path::Path;

use rustc_hash::FxHashMap;

use super::Failure;
use super::inspect::{ConfigSource, display_root, mistakes};
use crate::check;
use crate::config::custom::{self, CustomRule};
use crate::config::{Config, ConfigProblem};
use crate::custom::{Custom, StartError};
use crate::diagnostic::RuleInfo;
use crate::discover::{self, Content, Found};
use crate::source::FileId;

/// The rules of a team, and the files that they stand in.
#[derive(Default)]
pub struct CustomRules {
    pub rules: Vec<CustomRule>,
    /// Displayed paths with their texts: the configuration first, if there is one. Their
    /// positions are the numbers of their files.
    pub own: Vec<(String, String)>,
}

impl CustomRules {
    /// Reads the files that `custom-rules` names.
    pub fn load(source: Option<&ConfigSource>, directory: &Path) -> Result<CustomRules, Failure> {
        let Some(source) = source else { return Ok(CustomRules::default()) };
        let mut loaded = CustomRules {
            rules: Vec::new(),
            own: vec![(source.display.clone(), source.text.clone())],
        };
        let known = check::known(check::rule_infos());
        let mut ids = FxHashMap::default();
        let mut problems: Vec<ConfigProblem> = Vec::new();
        let base = source.path.parent().unwrap_or(directory);
        for glob in Config::custom_rules(&source.text, FileId::new(0)) {
            let problem = |message: String| ConfigProblem {
                span: glob.span,
                message,
                help: None,
                related: Vec::new(),
            };
            let files = match discover::files_matching(base, &glob) {
                Ok(files) => files,
                Err(message) => {
                    problems.push(problem(message));
                    continue;
                }
            };
            if files.is_empty() {
                problems.push(problem(format!("`{}` names no file", glob.value)));
            }
            for path in files {
                let display = display_root(&path, directory);
                if loaded.own.iter().any(|(known, _)| *known == display) {
                    continue;
                }
                let found = Found { path, display: display.clone(), explicit: true };
                let text = match discover::read(&found) {
                    Content::Text(text) => text,
                    Content::Skipped(reason) => {
                        problems.push(problem(format!("`{display}` is {reason}")));
                        continue;
                    }
                    Content::Unreadable { message, .. } => {
                        problems.push(problem(format!("`{display}` cannot be read: {message}")));
                        continue;
                    }
                };
                let file = FileId::new(loaded.own.len() as u32);
                match custom::read(&text, file, &known, &mut ids) {
                    Ok(rules) => loaded.rules.extend(rules),
                    Err(mut wrong) => problems.append(&mut wrong),
                }
                loaded.own.push((display, text));
            }
        }
        match problems.is_empty() {
            true => Ok(loaded),
            false => Err(mistakes("the custom rules have", &problems, &loaded.own)),
        }
    }

    pub fn infos(&self) -> impl Iterator<Item = &RuleInfo> {
        self.rules.iter().map(|rule| &rule.info)
    }

    /// Whether a displayed path is that of a file with rules.
    pub fn holds(&self, display: &str) -> bool {
        self.own.iter().skip(1).any(|(path, _)| path == display)
    }

    /// Compiles the rules.
    pub fn start(&self) -> Result<Custom, Failure> {
        let program = std::env::current_exe().map_err(|error| {
            Failure::new(format!("netvet does not find itself, to ask custom rules: {error}"))
        })?;
        Custom::start(self.rules.clone(), program).map_err(|error| match error {
            StartError::Mistakes(problems) => {
                mistakes("the custom rules have", &problems, &self.own)
            }
            StartError::NoEvaluator(message) => Failure::new(format!(
                "the process that asks custom rules cannot be started: {message}"
            )),
        })
    }
}
