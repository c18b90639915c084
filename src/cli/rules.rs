//! `netvet rules`: every rule in one line, for people, programs and `rules/README.md`; and with
//! `--test` the examples of the custom ones.

use std::io::{self, Write};

use serde_json::json;

use super::custom_rules::CustomRules;
use super::{Error, Failure, Outcome};
use crate::check::custom_examples;
use crate::config::Date;
use crate::diagnostic::{RuleInfo, Safety};
use crate::page::CATEGORIES;
use crate::report::{counted, printable};
use crate::source::Sources;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListFormat {
    Text,
    Json,
    Markdown,
}

/// Lists rules by category and id, whatever their order.
pub fn list(rules: &[RuleInfo], format: ListFormat, out: &mut dyn Write) -> io::Result<()> {
    match format {
        ListFormat::Text => text(rules, out),
        ListFormat::Json => json(rules, out),
        ListFormat::Markdown => markdown(rules, |rule| rule.url.clone(), out),
    }
}

fn text<'r>(rules: &'r [RuleInfo], out: &mut dyn Write) -> io::Result<()> {
    let head = ["RULE", "CATEGORY", "SEVERITY", "FIX", "SUMMARY"];
    let mut lines = vec![head];
    let rules = sorted(rules);
    let cells = |rule: &'r RuleInfo| {
        let RuleInfo { id, category, severity, summary, .. } = rule;
        [id.as_str(), category, severity.name(), fix(rule), summary]
    };
    lines.extend(rules.into_iter().map(cells));
    let width = |column: usize| {
        lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default()
    };
    let widths = [width(0), width(1), width(2), width(3)];
    for line in &lines {
        for (cell, width) in line.iter().zip(widths) {
            write!(out, "{cell:<width$}  ")?;
        }
        writeln!(out, "{}", line[4])?;
    }
    Ok(())
}

/// `{"version": 1, "rules": […]}`; the values are those of the pages' front matter.
fn json(rules: &[RuleInfo], out: &mut dyn Write) -> io::Result<()> {
    let rule = |rule: &RuleInfo| {
        let options = rule.options.iter().map(|(name, text)| (name.clone(), json!(text)));
        json!({
            "id": rule.id.as_str(),
            "aliases": rule.aliases,
            "summary": rule.summary,
            "category": rule.category,
            "severity": rule.severity.name(),
            "fix": fix(rule),
            "since": rule.since,
            "references": rule.references,
            "options": serde_json::Map::from_iter(options),
            "url": rule.url,
        })
    };
    let rules: Vec<_> = sorted(rules).into_iter().map(rule).collect();
    serde_json::to_writer_pretty(&mut *out, &json!({"version": 1, "rules": rules}))?;
    writeln!(out)
}

/// A section and a table for each category that has rules; `link` is where a rule's page is.
pub fn markdown(
    rules: &[RuleInfo],
    link: impl Fn(&RuleInfo) -> String,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut first = true;
    for (category, about) in CATEGORIES {
        let rules: Vec<_> =
            sorted(rules).into_iter().filter(|rule| rule.category == category).collect();
        if rules.is_empty() {
            continue;
        }
        let gap = if std::mem::take(&mut first) { "" } else { "\n" };
        writeln!(out, "{gap}## {category}\n\n{about}.\n")?;
        writeln!(out, "| rule | finds | severity | fix |\n|---|---|---|---|")?;
        for rule in rules {
            // A summary is one line of plain text; only `|` would end its cell.
            let summary = rule.summary.replace('|', "\\|");
            let (id, link, severity) = (&rule.id, link(rule), rule.severity);
            writeln!(out, "| [`{id}`]({link}) | {summary} | {severity} | {} |", fix(rule))?;
        }
    }
    Ok(())
}

/// Runs the examples of custom rules, and says of each rule how they went.
pub fn test(custom: &CustomRules, out: &mut dyn Write) -> Result<Outcome, Error> {
    if custom.rules.is_empty() {
        let help = "name their files in netvet.yaml: `custom-rules: [.netvet/rules/*.yaml]`";
        return Err(Failure::new("there are no custom rules").help(help).into());
    }
    let today = Date::today().map_err(Failure::new)?;
    let ready = custom.start()?;
    let mut sources = Sources::default();
    for (path, text) in &custom.own {
        sources.add(path.clone(), text.clone());
    }
    let (mut passed, mut failed) = (0, 0);
    for rule in &custom.rules {
        let id = &rule.info.id;
        let tested = custom_examples::test(rule, &ready, &custom.own, today);
        let faults: Vec<_> =
            tested.iter().filter_map(|test| Some((test.example, test.fault.as_ref()?))).collect();
        failed += faults.len();
        passed += tested.len() - faults.len();
        let word = match (tested.is_empty(), faults.is_empty()) {
            (true, _) => "untested",
            (false, true) => "ok",
            (false, false) => "FAILED",
        };
        let count =
            |flagged: bool| tested.iter().filter(|it| it.example.flagged == flagged).count();
        let (flagged, not_flagged) = (count(true), count(false));
        writeln!(out, "{word:<8}  {id}: {flagged} flagged, {not_flagged} not flagged")?;
        for (example, fault) in faults {
            let at = sources.start(example.span);
            let path = printable(sources.get(example.span.file).path());
            writeln!(out, "  {path}:{}:{}", at.line, at.column)?;
            for line in fault.lines() {
                writeln!(out, "    {}", printable(line))?;
            }
        }
    }
    let rules = counted(custom.rules.len(), "rule");
    let examples = counted(passed + failed, "example");
    writeln!(out, "{rules}, {examples}: {passed} passed, {failed} failed")?;
    Ok(if failed == 0 { Outcome::Clean } else { Outcome::Findings })
}

fn sorted(rules: &[RuleInfo]) -> Vec<&RuleInfo> {
    let mut rules: Vec<&RuleInfo> = rules.iter().collect();
    let place =
        |rule: &RuleInfo| CATEGORIES.iter().position(|(category, _)| *category == rule.category);
    rules.sort_by_key(|rule| (place(rule), rule.id.clone()));
    rules
}

fn fix(rule: &RuleInfo) -> &'static str {
    rule.fix.map_or("none", Safety::name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page;

    fn rules() -> Vec<RuleInfo> {
        let page = |id: &str, category: &str, severity: &str, fix: &str| {
            let summary = format!("About {id} | more");
            let page = format!(
                "---\nid: {id}\nsummary: \"{summary}\"\ncategory: {category}\nseverity: {severity}\n\
                 fix: {fix}\nsince: 0.1.0\nreferences: [https://example.com]\n---\n"
            );
            page::parse(&page).expect("a sound page")
        };
        vec![
            page("b-rule", "dns", "warning", "safe"),
            page("pool-overlap", "addressing", "error", "none"),
            page("a-rule", "dns", "info", "unsafe"),
        ]
    }

    fn written(format: ListFormat) -> String {
        let mut out = Vec::new();
        list(&rules(), format, &mut out).expect("memory takes everything");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn people_see_columns() {
        insta::assert_snapshot!(written(ListFormat::Text), @"
        RULE          CATEGORY    SEVERITY  FIX     SUMMARY
        pool-overlap  addressing  error     none    About pool-overlap | more
        a-rule        dns         info      unsafe  About a-rule | more
        b-rule        dns         warning   safe    About b-rule | more
        ");
    }

    #[test]
    fn programs_see_everything_on_the_front_matter() {
        let list: serde_json::Value =
            serde_json::from_str(&written(ListFormat::Json)).expect("JSON");
        assert_eq!(list["version"], 1);
        let ids: Vec<_> =
            list["rules"].as_array().expect("a list").iter().map(|r| &r["id"]).collect();
        assert_eq!(ids, ["pool-overlap", "a-rule", "b-rule"]);
        let rule = &list["rules"][2];
        assert_eq!(rule["fix"], "safe");
        assert_eq!(rule["severity"], "warning");
        assert_eq!(rule["references"][0], "https://example.com");
        assert_eq!(rule["options"], json!({}));
    }

    #[test]
    fn markdown_has_a_table_for_each_category() {
        insta::assert_snapshot!(written(ListFormat::Markdown), @r"
        ## addressing

        Ranges of pods, services, nodes and load balancers: that they are valid, and apart.

        | rule | finds | severity | fix |
        |---|---|---|---|
        | [`pool-overlap`](https://github.com/netvet/netvet/blob/main/rules/addressing/pool-overlap.md) | About pool-overlap \| more | error | none |

        ## dns

        CoreDNS, and how pods look up names.

        | rule | finds | severity | fix |
        |---|---|---|---|
        | [`a-rule`](https://github.com/netvet/netvet/blob/main/rules/dns/a-rule.md) | About a-rule \| more | info | unsafe |
        | [`b-rule`](https://github.com/netvet/netvet/blob/main/rules/dns/b-rule.md) | About b-rule \| more | warning | safe |
        ");
    }
}
