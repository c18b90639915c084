//! SARIF 2.1.0, for code scanning.
//!
//! Lines and columns only: consumers differ in how they count offsets, but not in these. Inputs
//! that could not be read, or were skipped, are notifications of the run, so that the file
//! accounts for every input as the other formats do.
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::io::{self, Write};

use rustc_hash::FxHashMap;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{Finding, ObjectPlace, Report, Skipped, Unreadable};
use crate::diagnostic::{Fix, Label, RuleInfo, Severity};
use crate::source::{FileId, Sources, Span};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// GitHub shows as many locations of a result, and refuses a file in which a result has more than
/// a thousand.
/// <https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>
const MOST_RELATED: usize = 100;

/// Writes the report as one JSON document on one line, and a newline.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let log = Log { schema: SCHEMA, version: "2.1.0", runs: [Run::new(report)] };
    super::escape::write(&log, out)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Value,
    invocations: [Value; 1],
    original_uri_base_ids: Value,
    column_kind: &'static str,
    results: Results<'a>,
}

impl<'a> Run<'a> {
    fn new(report: &'a Report) -> Run<'a> {
        let unreadable = report.unreadable.iter().map(unreadable);
        let notifications: Vec<Value> =
            unreadable.chain(report.skipped.iter().map(skipped)).collect();
        let root = "The directory in which netvet ran.";
        Run {
            tool: json!({"driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": report.rules.iter().map(rule).collect::<Vec<Value>>(),
            }}),
            invocations: [json!({
                "executionSuccessful": report.unreadable.is_empty(),
                "toolExecutionNotifications": notifications,
            })],
            original_uri_base_ids: json!({"%SRCROOT%": {"description": {"text": root}}}),
            column_kind: "unicodeCodePoints",
            results: Results(report),
        }
    }
}

/// Made one after the other while they are written, so that a long report is never held twice.
struct Results<'a>(&'a Report<'a>);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let report = self.0;
        let indices =
            report.rules.iter().enumerate().map(|(index, rule)| (rule.id.as_str(), index));
        let indices: FxHashMap<&str, usize> = indices.collect();
        let results =
            report.findings.iter().map(|finding| result(finding, report.sources, &indices));
        serializer.collect_seq(results)
    }
}

fn rule(rule: &RuleInfo) -> Value {
    let mut descriptor = json!({
        "id": rule.id.as_str(),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": first_paragraph(&rule.page).unwrap_or(&rule.summary)},
        "help": {"text": format!("{}\n{}", rule.summary, rule.url), "markdown": rule.page},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {"tags": [rule.category]},
    });
    if is_uri(&rule.url) {
        descriptor["helpUri"] = json!(rule.url);
    }
    descriptor
}

fn result(finding: &Finding, sources: &Sources, rules: &FxHashMap<&str, usize>) -> Value {
    let diagnostic = &finding.diagnostic;
    let mut result = json!({
        "ruleId": diagnostic.rule.as_str(),
        "level": level(diagnostic.severity),
        "message": {"text": message(finding)},
        "partialFingerprints": {"netvet/v1": finding.fingerprint},
    });
    if let Some(index) = rules.get(diagnostic.rule.as_str()) {
        result["ruleIndex"] = json!(index);
    }
    let mut locations = finding
        .places()
        .take(1 + MOST_RELATED)
        .map(|(label, place)| location(label, place, sources));
    result["locations"] = locations.by_ref().take(1).collect();
    let related: Vec<Value> = locations
        .zip(1..)
        .map(|(mut location, id)| {
            location["id"] = json!(id);
            location
        })
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = json!(related);
    }
    let fixes: Vec<Value> = diagnostic
        .fixes
        .iter()
        .filter(|fix| !fix.edits.is_empty())
        .map(|fix| fix_object(fix, sources))
        .collect();
    if !fixes.is_empty() {
        result["fixes"] = json!(fixes);
    }
    if let Some(cluster) = &finding.cluster {
        result["properties"] = json!({"cluster": cluster});
    }
    result
}

/// The first paragraph is what a list of alerts shows.
fn message(finding: &Finding) -> String {
    let diagnostic = &finding.diagnostic;
    let mut text = diagnostic.message.clone();
    if let Some(cluster) = &finding.cluster {
        text += &format!(" (cluster `{cluster}`)");
    }
    if let Some(help) = &diagnostic.help {
        text += &format!("\n\n{help}");
    }
    unlinked(&text)
}

fn location(label: &Label, place: Option<&ObjectPlace>, sources: &Sources) -> Value {
    let mut location = json!({"physicalLocation": {
        "artifactLocation": artifact(sources.get(label.span.file).path()),
        "region": region(label.span, sources),
    }});
    if !label.text.is_empty() {
        location["message"] = json!({"text": unlinked(&label.text)});
    }
    if let Some(logical) = place.and_then(logical_location) {
        location["logicalLocations"] = json!([logical]);
    }
    location
}

fn logical_location(place: &ObjectPlace) -> Option<Value> {
    match (&place.object, &place.field) {
        (Some(object), Some(field)) => Some(json!({
            "name": field,
            "fullyQualifiedName": format!("{object}#{field}"),
            "kind": "property",
        })),
        (Some(object), None) => Some(json!({"fullyQualifiedName": object, "kind": "resource"})),
        (None, Some(field)) => Some(json!({"fullyQualifiedName": field, "kind": "property"})),
        (None, None) => None,
    }
}

fn fix_object(fix: &Fix, sources: &Sources) -> Value {
    let mut changes: Vec<(FileId, Vec<Value>)> = Vec::new();
    for edit in &fix.edits {
        let replacement = json!({
            "deletedRegion": region(edit.span, sources),
            "insertedContent": {"text": edit.text},
        });
        match changes.iter_mut().find(|(file, _)| *file == edit.span.file) {
            Some((_, replacements)) => replacements.push(replacement),
            None => changes.push((edit.span.file, vec![replacement])),
        }
    }
    let changes = changes.into_iter().map(|(file, replacements)| {
        json!({
            "artifactLocation": artifact(sources.get(file).path()),
            "replacements": replacements,
        })
    });
    json!({
        "description": {"text": unlinked(&fix.title)},
        "artifactChanges": changes.collect::<Vec<Value>>(),
        "properties": {"safety": fix.safety.name()},
    })
}

fn unreadable(input: &Unreadable) -> Value {
    let mut physical = json!({"artifactLocation": artifact(&input.path)});
    if let Some((line, column)) = input.position {
        physical["region"] = json!({"startLine": line, "startColumn": column});
    }
    json!({
        "level": "error",
        "message": {"text": unlinked(&format!("cannot be read: {}", input.message))},
        "locations": [{"physicalLocation": physical}],
    })
}

fn skipped(input: &Skipped) -> Value {
    json!({
        "level": "note",
        "message": {"text": unlinked(&format!("skipped: {}", input.reason))},
        "locations": [{"physicalLocation": {"artifactLocation": artifact(&input.path)}}],
    })
}

fn region(span: Span, sources: &Sources) -> Value {
    let (start, end) = (sources.start(span), sources.end(span));
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// Relative to the root of the sources, unless the path is absolute.
fn artifact(path: &str) -> Value {
    if path.starts_with('/') {
        return json!({"uri": format!("file://{}", percent_encoded(path))});
    }
    // `C:/…`; a colon can stand in a file's name elsewhere.
    let drive = path.as_bytes();
    if drive.len() > 2 && drive[0].is_ascii_alphabetic() && drive[1..3] == *b":/" {
        return json!({"uri": format!("file:///{}:{}", &path[..1], percent_encoded(&path[2..]))});
    }
    json!({"uri": percent_encoded(path), "uriBaseId": "%SRCROOT%"})
}

/// RFC 3986: all but unreserved characters and `/` are encoded.
fn percent_encoded(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// Consumers make links of `[text](target)` in a message, which a value must not bring about
/// (SARIF 2.1.0, 3.11.6).
fn unlinked(text: &str) -> String {
    text.replace("](", "] (")
}

/// A team writes the addresses of its own rules.
fn is_uri(url: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
    (url.starts_with("https://") || url.starts_with("http://")) && url.bytes().all(allowed)
}

/// What a page says under its title.
fn first_paragraph(page: &str) -> Option<&str> {
    page.split("\n\n").map(str::trim).find(|part| !part.is_empty() && !part.starts_with('#'))
}

#[cfg(test)]
mod tests;
