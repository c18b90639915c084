//! Texts with findings and ignores: what is shown, and what is said about the ignores.

use std::borrow::Cow;
use std::path::Path;

use super::*;
use crate::config::Config;
use crate::config::tests::known_of;
use crate::diagnostic::{Place, RuleId};
use crate::source::{FileId, Spanned};
use crate::syntax::{Text, parse};

fn known() -> Known {
    known_of(&[
        ("host-network", "policy", &[]),
        ("no-policy", "policy", &[]),
        ("pool-overlap", "addressing", &[]),
        ("duplicate-key", "input", &[]),
        ("unused-ignore", "input", &[]),
    ])
}

/// A run over files in memory, of which each part can be changed.
struct Run {
    sources: Sources,
    known: Known,
    comments: Vec<Comment>,
    annotations: Vec<Annotation>,
    findings: Vec<(Diagnostic, Option<&'static str>)>,
    config: Config,
    base: PathBase,
    ran: FxHashSet<String>,
    unchecked: Vec<Span>,
    complete: bool,
    today: &'static str,
}

impl Run {
    fn new() -> Run {
        let known = known();
        Run {
            sources: Sources::default(),
            comments: Vec::new(),
            annotations: Vec::new(),
            findings: Vec::new(),
            config: Config::default(),
            base: PathBase::new(Path::new("/r"), Path::new("/r")),
            ran: known.rules().map(|(id, _)| id.to_owned()).collect(),
            unchecked: Vec::new(),
            complete: true,
            today: "2026-11-21",
            known,
        }
    }

    fn file(&mut self, path: &str, text: &str) -> FileId {
        let file = self.sources.add(path, text.to_owned());
        self.comments.extend(parse(Text::whole(file, text), true).comments);
        file
    }

    /// The first place in a file that holds a text.
    fn place(&self, file: FileId, at: &str) -> Span {
        let start = self.sources.get(file).text().find(at).expect("the text is there");
        Span::new(file, start..start + at.len())
    }

    fn finding(&mut self, rule: &'static str, span: Span) {
        let mut diagnostic = Diagnostic::error(span.label(""), rule);
        diagnostic.rule = RuleId(Cow::Borrowed(rule));
        self.findings.push((diagnostic, None));
    }

    fn configure(&mut self, text: &str) {
        let file = self.sources.add("netvet.yaml", text.to_owned());
        self.config = Config::parse(text, file, &self.known).expect("a good configuration");
    }

    fn outcome(&self) -> Outcome {
        let findings: Vec<Finding<'_>> = self
            .findings
            .iter()
            .map(|(diagnostic, object)| Finding { diagnostic, object: *object })
            .collect();
        let input = Input {
            sources: &self.sources,
            comments: self.comments.clone(),
            annotations: self.annotations.clone(),
            config: Some((&self.config.ignores, &self.base)),
            known: &self.known,
            ran: self.ran.clone(),
            unchecked: self.unchecked.clone(),
            complete: self.complete,
            today: Date::parse(self.today).expect("a date"),
        };
        apply(&findings, &input)
    }

    /// The texts under the findings that are shown.
    fn shown(&self) -> Vec<&str> {
        let suppressed = self.outcome().suppressed;
        let findings = self.findings.iter().zip(suppressed);
        let shown = findings.filter(|(_, suppressed)| !suppressed);
        shown.map(|((diagnostic, _), _)| self.sources.text(diagnostic.primary.span)).collect()
    }

    /// `line:column text under it: message` for each report about an ignore.
    fn reports(&self) -> Vec<String> {
        let report = |diagnostic: Diagnostic| {
            assert_eq!(diagnostic.rule.as_str(), UNUSED_IGNORE);
            assert!(diagnostic.help.is_some());
            let span = diagnostic.primary.span;
            let position = self.sources.start(span);
            let (line, column) = (position.line, position.column);
            format!("{line}:{column} {}: {}", self.sources.text(span), diagnostic.message)
        };
        self.outcome().unused.into_iter().map(report).collect()
    }
}

/// A file in which `host-network` finds each of some texts.
fn host_network(text: &str, at: &[&str]) -> Run {
    let mut run = Run::new();
    let file = run.file("a.yaml", text);
    for at in at {
        let span = run.place(file, at);
        run.finding("host-network", span);
    }
    run
}

#[test]
fn a_comment_ignores_its_line_or_the_next_one() {
    let shown: [(&str, &[&str]); 16] = [
        ("a: first # netvet: ignore[host-network] reason\nb: second\n", &["second"]),
        ("# netvet: ignore[host-network] reason\na: first\nb: second\n", &["second"]),
        ("# netvet: ignore[host-network]\n\n# why\n\n  # more\na: first\nb: second\n", &["second"]),
        ("# netvet: ignore[policy]\na: first\nb: second\n", &["second"]),
        ("# netvet: ignore[no-policy, host-network]\na: first\nb: second\n", &["second"]),
        ("# netvet: ignore[former-host-network]\na: first\nb: second\n", &["second"]),
        ("# netvet: ignore[host-network until=2026-11-21]\na: first\nb: second\n", &["second"]),
        (
            "# netvet: ignore[host-network until=2026-11-20]\na: first\nb: second\n",
            &["first", "second"],
        ),
        ("# netvet: ignore[no-policy]\na: first\nb: second\n", &["first", "second"]),
        ("# netvet: ignore\na: first\nb: second\n", &["first", "second"]),
        ("a: first\nb: second\n# netvet: ignore-file[host-network]\n", &[]),
        ("a: first\nb: second\n# netvet: ignore[host-network]\n", &["first", "second"]),
        ("a: first\nb: second # netvet: ignore[host-network]", &["first"]),
        ("a: '# netvet: ignore[host-network]' # first\nb: second\n", &["first", "second"]),
        (
            "a: |\n  # netvet: ignore[host-network] reason\n  first\n  second # netvet: ignore[host-network]\n",
            &[],
        ),
        ("\u{feff}# netvet: ignore[host-network]\r\na: first\r\nb: second\r\n", &["second"]),
    ];
    for (text, want) in shown {
        assert_eq!(host_network(text, &["first", "second"]).shown(), want, "{text:?}");
    }
}

#[test]
fn any_line_of_the_primary_place_counts() {
    let text = "spec:\n  a: first\n  b: second # netvet: ignore[host-network]\nend: z\n";
    assert_eq!(host_network(text, &["a: first\n  b: second"]).shown(), [""; 0]);
    assert_eq!(host_network(text, &["spec:\n  a: first\n"]).shown(), ["spec:\n  a: first\n"]);
    assert_eq!(host_network(text, &["end"]).shown(), ["end"]);
}

#[test]
fn a_place_without_extent_can_be_ignored() {
    for text in ["# netvet: ignore[host-network]\na:", "a: # netvet: ignore[host-network]"] {
        let mut run = host_network(text, &[]);
        let at = text.find("a:").expect("it is there") + 2;
        run.finding("host-network", Span::new(FileId::new(0), at..at));
        assert_eq!(run.shown(), [""; 0], "{text:?}");
        assert_eq!(run.reports(), [""; 0], "{text:?}");
    }
}

#[test]
fn ignores_that_do_not_serve_are_reported() {
    let table: [(&str, &[&str]); 14] = [
        ("a: first # netvet: ignore[host-network] reason\n", &[]),
        (
            "b: second # netvet: ignore[host-network] reason\na: first\n",
            &["1:28 host-network: `host-network` finds nothing on this line"],
        ),
        (
            "a: first\n# netvet: ignore[host-network] reason\nb: second\n",
            &["2:18 host-network: `host-network` finds nothing on the next line"],
        ),
        (
            "a: first # netvet: ignore[host-network, no-policy] reason\n",
            &["1:41 no-policy: `no-policy` finds nothing on this line"],
        ),
        (
            "a: first\n# netvet: ignore-file[addressing] reason\n",
            &["2:23 addressing: `addressing` finds nothing in this file"],
        ),
        (
            "a: first # netvet: ignore[host-netwrk] reason\n",
            &["1:27 host-netwrk: no rule or category `host-netwrk`"],
        ),
        (
            "a: first # netvet: ignore[host-network, until=2026-11-20] reason\n",
            &["1:41 until=2026-11-20: the ignore of `host-network` ended on 2026-11-20"],
        ),
        (
            "a: first # netvet: ignore[no-policy until=2020-01-01]\n",
            &["1:37 until=2020-01-01: the ignore of `no-policy` ended on 2020-01-01"],
        ),
        ("a: first # netvet: ignore\n", &["1:20 ignore: `ignore` without a rule in brackets"]),
        // Both lie over the finding, so both are in use.
        ("# netvet: ignore-file[policy]\na: first # netvet: ignore[host-network]\n", &[]),
        // Reports about ignores can be ignored.
        ("a: first # netvet: ignore[host-network, no-policy, unused-ignore]\n", &[]),
        ("# netvet: ignore[unused-ignore]\na: first # netvet: ignore[no-policy]\n", &[]),
        (
            "a: first # netvet: ignore[host-network, unused-ignore]\n",
            &["1:41 unused-ignore: `unused-ignore` finds nothing on this line"],
        ),
        ("# netvet: ignore-file[input]\na: first # netvet: ignore[no-policy]\n", &[]),
    ];
    for (text, want) in table {
        assert_eq!(host_network(text, &["first"]).reports(), want, "{text:?}");
    }
}

#[test]
fn what_did_not_run_is_not_judged() {
    let text = "a: 1 # netvet: ignore[host-network]\nb: 2 # netvet: ignore[policy]\nc: 3 # netvet: ignore[policy until=2020-01-01]\n";
    let mut run = host_network(text, &[]);
    assert_eq!(run.reports().len(), 3);
    run.ran.remove("host-network");
    assert_eq!(run.reports(), [""; 0]);

    let mut run = host_network(text, &[]);
    run.ran.remove("unused-ignore");
    assert_eq!(run.reports(), [""; 0]);
}

#[test]
fn what_was_not_looked_at_is_not_judged() {
    let text = "a: 1 # netvet: ignore[host-network]\n---\nb: 2 # netvet: ignore[policy]\n---\nc: 3 # netvet: ignore-file[no-policy]\n";
    let mut run = host_network(text, &[]);
    assert_eq!(run.reports().len(), 3);
    let file = FileId::new(0);
    run.unchecked.push(Span::new(file, 0..text.find("---").expect("it is there")));
    assert_eq!(run.reports(), ["3:23 policy: `policy` finds nothing on this line"]);
    run.unchecked = vec![Span::new(file, 0..text.len())];
    assert_eq!(run.reports(), [""; 0]);
}

#[test]
fn a_partial_run_reports_only_what_is_wrong_in_any_case() {
    let text = "a: 1 # netvet: ignore[host-network]\nb: 2 # netvet: ignore[host-netwrk]\nc: 3 # netvet: ignore[policy until=2020-01-01]\nd: 4 # netvet: ignore\n";
    let mut run = host_network(text, &[]);
    run.configure("ignores: [{rule: no-policy, path: b}]");
    assert_eq!(run.reports().len(), 5);
    run.complete = false;
    assert_eq!(
        run.reports(),
        [
            "2:23 host-netwrk: no rule or category `host-netwrk`",
            "3:30 until=2020-01-01: the ignore of `policy` ended on 2020-01-01",
            "4:16 ignore: `ignore` without a rule in brackets",
        ]
    );
}

#[test]
fn an_annotation_covers_its_object() {
    let text = r#"{"items": [
{"a": "first", "note": "host-network it is the CNI; no-policy x"},
{"b": "second"}]}"#;
    let mut run = host_network(text, &["first", "second"]);
    let file = FileId::new(0);
    let object = run.place(file, text.lines().nth(1).expect("a line").trim_end_matches(','));
    let written = run.place(file, "\"host-network it is the CNI; no-policy x\"");
    let value = "host-network it is the CNI; no-policy x".to_owned();
    run.annotations.push(Annotation { object, value: Spanned::new(value, written) });
    assert_eq!(run.shown(), ["second"]);
    assert_eq!(run.reports(), ["2:53 no-policy: `no-policy` finds nothing in this object"]);
}

#[test]
fn the_configuration_ignores_by_path_and_object() {
    let mut run = Run::new();
    let legacy = run.file("legacy/a.yaml", "a: first\n");
    let other = run.file("b.yaml", "b: second\nc: three\n");
    for (file, at) in [(legacy, "first"), (other, "second"), (other, "three")] {
        let span = run.place(file, at);
        run.finding("host-network", span);
    }
    run.findings[1].1 = Some("Pod/shop/web");
    run.configure("ignores:\n- {rule: host-network, path: legacy/**}\n");
    assert_eq!(run.shown(), ["second", "three"]);
    run.configure("ignores:\n- {rule: policy, object: Pod/shop/web}\n");
    assert_eq!(run.shown(), ["first", "three"]);
    run.configure("ignores:\n- {rule: policy, object: Pod/shop/web, path: legacy}\n");
    assert_eq!(run.shown(), ["first", "second", "three"]);
    assert_eq!(
        run.reports(),
        ["2:10 policy: `policy` finds nothing in `Pod/shop/web` in `legacy`"]
    );
    run.configure("ignores:\n- {rule: host-network, path: '*.yaml', until: 2026-11-20}\n");
    assert_eq!(run.shown(), ["first", "second", "three"]);
    assert_eq!(
        run.reports(),
        ["2:47 2026-11-20: the ignore of `host-network` ended on 2026-11-20"]
    );
    run.configure("ignores:\n- {rule: host-network, path: '**'}\n- {rule: policy, path: '**'}\n");
    assert_eq!(run.shown(), [""; 0]);
    assert_eq!(run.reports(), [""; 0]);
    assert_eq!(run.outcome().count, 3);
}

#[test]
fn the_configuration_can_ignore_reports_about_ignores() {
    let text = "a: 1 # netvet: ignore[host-network]\n";
    let mut run = host_network(text, &[]);
    run.configure("ignores: [{rule: unused-ignore, path: a.yaml}]");
    assert_eq!(run.reports(), [""; 0]);
    assert_eq!(run.outcome().count, 1);
    run.configure("ignores: [{rule: unused-ignore, path: b.yaml}]");
    assert_eq!(run.reports().len(), 2);
}

#[test]
fn many_findings_may_lie_under_many_ignores() {
    let count = 20_000;
    let mut text = String::new();
    for number in 0..count {
        text.push_str("# netvet: ignore-file[host-network, policy]\n");
        text.push_str("# netvet: ignore[host-network] # netvet: ignore[x]\n");
        if number % 2 == 0 {
            text.push_str("a: first # netvet: ignore[host-network]\n");
        }
    }
    let mut run = Run::new();
    let file = run.file("a.yaml", &text);
    for (at, _) in text.match_indices("first") {
        run.finding("host-network", Span::new(file, at..at + 5));
    }
    let mut config = String::from("ignores:\n");
    for number in 0..count / 10 {
        config.push_str(&format!("- {{rule: host-network, path: '**', object: Pod/{number}}}\n"));
    }
    run.complete = false;
    run.configure(&config);
    let outcome = run.outcome();
    assert_eq!(outcome.count, count / 2);
    assert_eq!(outcome.unused.len(), count);
}
