//! Runs the examples on the rule pages: each rule alone, on one example at a time.
//!
//! `cargo test --test pages wrong-type` runs the page of one rule. With `UPDATE_PAGES=1` the
//! annotations of flagged examples, the `diff` blocks, the index in `rules/README.md` and the
//! counts in `README.md` are written anew, never prose or code.
//! How examples are written is told in `netvet::page::example` and `netvet::page::annotation`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use netvet::check::{self, Analysis, fixing};
use netvet::config::Date;
use netvet::diagnostic::{Diagnostic, RuleInfo, Safety};
use netvet::page::annotation::{self, Annotated};
use netvet::page::example::{self, Block, Example, Examples, Part};
use netvet::rules::{self, Check};

/// The day on which the examples are looked at: releases end their life on a date.
const TODAY: &str = "2026-11-20";

const SECTIONS: [&str; 5] =
    ["Why it matters", "Flagged", "Not flagged", "How to fix", "When it stays silent"];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials =
        vec![Trial::test("README", check_index), Trial::test("README counts", check_counts)];
    for path in pages() {
        let name = path.file_stem().expect("a page has a name").to_string_lossy().into_owned();
        let category = folder(&path);
        trials.push(Trial::test(name, move || run(&path)).with_kind(category));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn update() -> bool {
    std::env::var_os("UPDATE_PAGES").is_some_and(|value| !value.is_empty())
}

/// `rules/README.md` lists the rules as their pages have them.
fn check_index() -> Result<(), Failed> {
    let mut rules = Vec::new();
    for path in pages() {
        rules.push(netvet::page::parse(&fs::read_to_string(path)?)?);
    }
    let mut index = INDEX_HEAD.as_bytes().to_vec();
    let link = |rule: &RuleInfo| format!("{}/{}.md", rule.category, rule.id);
    netvet::cli::rules::markdown(&rules, link, &mut index)?;
    let path = rules_folder().join("README.md");
    if update() {
        fs::write(path, index)?;
    } else if fs::read(path).ok() != Some(index) {
        return Err("the index differs from the pages; UPDATE_PAGES=1 writes it".into());
    }
    Ok(())
}

/// The table of the README says how many rules each category has.
fn check_counts() -> Result<(), Failed> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for path in pages() {
        let rule = netvet::page::parse(&fs::read_to_string(path)?)?;
        *counts.entry(rule.category).or_default() += 1;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path)?;
    let mut in_table = false;
    let rows = readme.lines().map(|line| {
        in_table = line.starts_with("| category | rules |") || in_table && line.starts_with('|');
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, category, _, what, _] = cells[..] else { return line.to_owned() };
        match counts.remove(category).filter(|_| in_table) {
            Some(count) => format!("| {category} | {count} | {what} |"),
            None => line.to_owned(),
        }
    });
    let wanted = rows.collect::<Vec<_>>().join("\n") + "\n";
    if !counts.is_empty() {
        return Err(format!("the table of the README has no {counts:?}").into());
    }
    if update() {
        fs::write(path, wanted)?;
    } else if readme != wanted {
        return Err("the counts in the README are not true; UPDATE_PAGES=1 writes them".into());
    }
    Ok(())
}

const INDEX_HEAD: &str = "\
# Rules

Each rule has a page that says what it finds, why that matters, how to fix it, and when it stays silent; `netvet explain RULE` prints it.
An **error** will not work, or will break traffic, as written; a **warning** breaks under load, on growth, or in a common environment; **info** is advice.
A fix that is **safe** keeps the meaning, or makes it what it plainly was meant to be; one that is **unsafe** changes it.

This list is written by `UPDATE_PAGES=1 cargo test --test pages`.

";

fn rules_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")
}

/// `rules/<category>/<rule-id>.md`, sorted.
fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(rules_folder()).expect("there are rules") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            let entries = fs::read_dir(path).expect("the category can be read");
            pages.extend(entries.map(|entry| entry.expect("the folder can be read").path()));
        }
    }
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    pages
}

fn folder(path: &Path) -> String {
    let folder = path.parent().and_then(Path::file_name);
    folder.expect("a page lies in a folder").to_string_lossy().into_owned()
}

fn run(path: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(path)?;
    let rule = netvet::page::parse(&text)?;
    let mut faults = Vec::new();
    check_shape(path, &text, &rule, &mut faults)?;
    let examples = example::examples(&text)?;
    check_count(&examples, &rule, &mut faults);

    let id = &rule.id;
    let Some(registered) = rules::ALL.iter().find(|other| other.id() == *id) else {
        return Err(format!("`{id}` is not in `rules::ALL`").into());
    };
    let alone = !matches!(registered.check, Check::Elsewhere);
    let mut page = PageTest { rule, alone, update: update(), faults, replacements: Vec::new() };
    page.run_examples(&examples)?;
    if !page.replacements.is_empty() {
        page.replacements.sort();
        fs::write(path, example::replace_lines(&text, &page.replacements))?;
    }
    if page.faults.is_empty() { Ok(()) } else { Err(page.faults.join("\n").into()) }
}

/// What every page has, whatever its rule does.
fn check_shape(
    path: &Path,
    text: &str,
    rule: &RuleInfo,
    faults: &mut Vec<String>,
) -> Result<(), Failed> {
    let mut fault = |text: &str| faults.push(text.to_owned());
    if path.file_stem().is_none_or(|name| name != rule.id.as_str()) {
        fault("the id is not the name of the file");
    }
    if folder(path) != rule.category {
        fault("the category is not the folder of the file");
    }
    if rule.summary.ends_with('.') || rule.summary.starts_with(char::is_lowercase) {
        fault("the summary does not start in upper case, or ends with a stop");
    }
    if rule.references.is_empty() {
        fault("the page has no reference");
    }
    if !rule.references.iter().all(|reference| reference.starts_with("https://")) {
        fault("a reference does not start with `https://`");
    }
    let headings = example::headings(text)?;
    if headings.first() != Some(&(1, &rule.summary)) {
        fault("the heading is not the summary");
    }
    let sections = headings.iter().filter(|(level, _)| *level == 2).map(|(_, text)| *text);
    if !sections.eq(SECTIONS) {
        fault(&format!("the sections are not {}, in this order", SECTIONS.join(", ")));
    }
    Ok(())
}

fn check_count(examples: &Examples<'_>, rule: &RuleInfo, faults: &mut Vec<String>) {
    if examples.of(Part::Flagged).count() == 0 {
        faults.push("there is no flagged example".to_owned());
    }
    if examples.of(Part::NotFlagged).count() < 2 {
        faults.push("there are fewer than two examples that are not flagged".to_owned());
    }
    for example in examples.of(Part::NotFlagged).filter(|example| !example.introduced) {
        let line = example.line();
        faults.push(format!("line {line}: no sentence says why this is not flagged"));
    }
    if rule.fix.is_some() == examples.diffs.is_empty() {
        faults.push("a page has `diff` blocks if, and only if, its rule has fixes".to_owned());
    }
}

struct PageTest {
    rule: RuleInfo,
    /// Whether no other rule runs. What another part of the run finds may be about other rules.
    alone: bool,
    update: bool,
    faults: Vec<String>,
    /// As `example::replace_lines` takes them.
    replacements: Vec<(usize, usize, Vec<String>)>,
}

impl PageTest {
    fn run_examples(&mut self, examples: &Examples<'_>) -> Result<(), Failed> {
        let mut diffs = examples.diffs.iter();
        for example in &examples.examples {
            let mut files = Vec::new();
            for block in &example.files {
                files.push(block.annotated(self.rule.severity)?);
            }
            let texts = example.files.iter().zip(&files);
            let texts: Vec<(String, String)> =
                texts.map(|(block, file)| (block.path.clone(), file.text.clone())).collect();
            let (analysis, findings) = self.check(example.line(), &texts);
            self.compare(example, &files, &analysis, &findings);
            if example.part != Part::Flagged {
                continue;
            }
            self.check_findings(example.line(), &findings);
            if let Some(fixed) = self.fix(&texts) {
                self.check_fixed(example.line(), &fixed);
                if let Some(block) = diffs.next() {
                    self.compare_diff(block, diff(&texts, &fixed));
                }
            }
        }
        if let Some(block) = diffs.next() {
            self.fault(block.first_line, "there are more `diff` blocks than examples with a fix");
        }
        Ok(())
    }

    fn fault(&mut self, line: usize, text: impl std::fmt::Display) {
        self.faults.push(format!("line {line}: {text}"));
    }

    /// Runs the rule, alone if it can.
    fn check(&mut self, line: usize, texts: &[(String, String)]) -> (Analysis, Vec<Diagnostic>) {
        let today = Date::parse(TODAY).expect("a day");
        let only = [self.rule.id.as_str()];
        let evaluator = Path::new(env!("CARGO_BIN_EXE_netvet"));
        let only = self.alone.then_some(&only[..]);
        let analysis = check::check_texts_with(texts, only, today, Some(evaluator))
            .unwrap_or_else(|problems| panic!("the configuration of an example: {problems:?}"));
        if self.rule.category != "input" {
            for problem in &analysis.problems {
                let place = analysis.sources.start(problem.span);
                let path = analysis.sources.get(problem.span.file).path();
                let place = format!("`{path}`, line {}", place.line);
                self.fault(line, format!("the input is wrong in {place}: {:?}", problem.kind));
            }
        }
        let findings = analysis.findings.iter().map(|found| found.diagnostic.clone());
        let findings = findings.filter(|found| found.rule == self.rule.id).collect();
        (analysis, findings)
    }

    /// Holds what was found against the annotations.
    fn compare(
        &mut self,
        example: &Example<'_>,
        files: &[Annotated],
        analysis: &Analysis,
        findings: &[Diagnostic],
    ) {
        let sources = &analysis.sources;
        for (block, file) in example.files.iter().zip(files) {
            let id = sources.iter().find(|(_, source)| source.path() == block.path);
            let (id, _) = id.expect("every file of the example was checked");
            let notation = block.notation(self.rule.severity);
            let found = annotation::marks(findings, sources, id);
            if self.update && example.part == Part::Flagged {
                let lines = annotation::annotate(&file.text, &found, notation);
                if lines != block.lines {
                    self.replacements.push((block.first_line, block.lines.len(), lines));
                }
                continue;
            }
            if found == file.marks {
                continue;
            }
            let difference = annotation::difference(&file.text, &file.marks, &found, notation);
            let fault = format!("`{}` has other findings than it says\n{difference}", block.path);
            self.fault(block.first_line + 1, fault);
        }
    }

    /// What holds for the findings of every flagged example.
    fn check_findings(&mut self, line: usize, findings: &[Diagnostic]) {
        if findings.is_empty() {
            self.fault(line, "nothing is found in this flagged example");
        }
        for finding in findings {
            let texts = finding.labels().skip(1).map(|label| &label.text).chain([&finding.message]);
            for text in texts {
                if text.is_empty() || text.contains('\n') || text.trim() != text {
                    self.fault(line, format!("not one line without blanks around it: {text:?}"));
                }
            }
            for fix in &finding.fixes {
                if self.rule.fix.is_none_or(|declared| fix.safety > declared) {
                    self.fault(line, format!("the page does not promise this fix: {}", fix.title));
                }
            }
        }
    }

    /// The files after the first fix of each finding; `None` if nothing can be fixed.
    fn fix(&self, texts: &[(String, String)]) -> Option<Vec<(String, String)>> {
        let today = Date::parse(TODAY).expect("a day");
        let only = [self.rule.id.as_str()];
        let only = self.alone.then_some(&only[..]);
        let fixed = fixing::fix_texts(texts, only, today, Safety::Unsafe)
            .unwrap_or_else(|problems| panic!("the configuration of an example: {problems:?}"));
        (fixed.count > 0).then_some(fixed.texts)
    }

    /// A fix leaves nothing that it could mend, and nothing that is broken.
    fn check_fixed(&mut self, line: usize, fixed: &[(String, String)]) {
        let (_, findings) = self.check(line, fixed);
        if let Some(finding) = findings.iter().find(|finding| !finding.fixes.is_empty()) {
            self.fault(line, format!("still found after the fix: {}", finding.message));
        }
    }

    fn compare_diff(&mut self, block: &Block<'_>, diff: Vec<String>) {
        if block.lines == diff {
            return;
        }
        if self.update {
            self.replacements.push((block.first_line, block.lines.len(), diff));
        } else {
            let diff = diff.join("\n");
            self.fault(block.first_line, format!("the fix does something else:\n{diff}"));
        }
    }
}

/// As `diff -u` writes it.
fn diff(before: &[(String, String)], after: &[(String, String)]) -> Vec<String> {
    let mut lines = Vec::new();
    for ((path, before), (_, after)) in before.iter().zip(after) {
        if before == after {
            continue;
        }
        let diff = similar::TextDiff::from_lines(before, after);
        let mut unified = diff.unified_diff();
        unified.context_radius(3).missing_newline_hint(false).header(path, path);
        lines.extend(unified.to_string().lines().map(str::to_owned));
    }
    lines
}
