//! One run, from texts to findings.

use rayon::prelude::*;

use crate::diagnostic::{Diagnostic, RuleId};
use crate::ingest::{self, FileContents, Resource};
use crate::model::{self, Object, Settings};
use crate::rules::{self, Check, Findings};
use crate::scope::Placement;
use crate::source::{FileId, Sources};

/// What a run found out, before anything is suppressed.
#[derive(Debug)]
pub struct Analysis {
    pub sources: Sources,
    /// In the order of the sources.
    pub files: Vec<FileContents>,
    pub findings: Vec<Found>,
}

#[derive(Debug)]
pub struct Found {
    pub diagnostic: Diagnostic,
    /// The cluster that it was found in, unless it belongs to none.
    pub cluster: Option<String>,
}

/// Which rules run; `None` stands for all of them.
pub type Selection<'s> = Option<&'s [RuleId]>;

/// Checks texts that are already in memory; the path tells formats apart.
pub fn check_texts(texts: &[(String, String)], selection: Selection<'_>) -> Analysis {
    let files: Vec<FileContents> = texts
        .par_iter()
        .enumerate()
        .map(|(index, (path, text))| ingest::ingest(FileId::new(index as u32), path, text))
        .collect();
    let mut sources = Sources::default();
    for (path, text) in texts {
        sources.add(path.clone(), text.clone());
    }
    let findings = run_rules(&files, selection);
    Analysis { sources, files, findings }
}

fn run_rules(files: &[FileContents], selection: Selection<'_>) -> Vec<Found> {
    let resources: Vec<&Resource> = files.iter().flat_map(|file| &file.resources).collect();
    let problems: Vec<_> = files.iter().flat_map(|file| file.problems.clone()).collect();
    let settings = Settings::default();
    let as_written = Placement::AsWritten;
    let objects = resources.iter().map(|r| Object { resource: r, placement: &as_written });
    let network = model::build(objects.collect(), &settings);
    let mut found = Vec::new();
    for rule in rules::ALL {
        let id = rule.id();
        if selection.is_some_and(|selection| !selection.contains(&id)) {
            continue;
        }
        let mut findings = Findings::new(id, &[]);
        match rule.check {
            Check::Network(check) => check(&network, &mut findings),
            Check::Inputs(check) => check(&problems, &mut findings),
            Check::Elsewhere => {}
        }
        let diagnostics = findings.into_diagnostics();
        found.extend(diagnostics.into_iter().map(|diagnostic| Found { diagnostic, cluster: None }));
    }
    found
}
