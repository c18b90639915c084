//! Small reports made by hand, for the tests of the formats.

use std::borrow::Cow;

use super::{Finding, ObjectPlace, Report, Skipped, Summary, Unreadable};
use crate::diagnostic::{Diagnostic, Edit, Fix, Place, RuleId, RuleInfo, Safety, Severity};
use crate::source::{FileId, Sources, Span};

/// Owns what a [`Report`] borrows.
#[derive(Default)]
pub struct Fixture {
    pub sources: Sources,
    pub rules: Vec<RuleInfo>,
    pub findings: Vec<Finding>,
    pub skipped: Vec<Skipped>,
    pub unreadable: Vec<Unreadable>,
    pub suppressed: usize,
    pub baseline: usize,
    pub outdated: usize,
    pub hidden: Vec<(Severity, usize)>,
}

impl Fixture {
    pub fn file(&mut self, path: &str, text: &str) -> FileId {
        self.sources.add(path, text.to_owned())
    }

    /// The first place of a text in a file.
    pub fn at(&self, file: FileId, needle: &str) -> Span {
        let start = self.sources.get(file).text().find(needle).expect("the text holds the needle");
        Span::new(file, start..start + needle.len())
    }

    pub fn error(&mut self, span: Span, message: &str) -> &mut Finding {
        self.finding(Diagnostic::error(span.label(""), message))
    }

    pub fn finding(&mut self, mut diagnostic: Diagnostic) -> &mut Finding {
        if diagnostic.rule.as_str().is_empty() {
            diagnostic.rule = RuleId(Cow::Borrowed("some-rule"));
        }
        let rule = diagnostic.rule.as_str();
        let finding = Finding {
            category: "addressing".to_owned(),
            url: format!("https://netvet.example/{rule}"),
            cluster: None,
            fingerprint: format!("{rule}/0"),
            objects: Vec::new(),
            diagnostic,
        };
        self.findings.push(finding);
        self.findings.last_mut().expect("one was just pushed")
    }

    pub fn skipped(&mut self, path: &str, reason: &str) {
        self.skipped.push(Skipped { path: path.to_owned(), reason: reason.to_owned() });
    }

    pub fn unreadable(&mut self, path: &str, message: &str, position: Option<(usize, usize)>) {
        let (path, message) = (path.to_owned(), message.to_owned());
        self.unreadable.push(Unreadable { path, message, position });
    }

    pub fn report(&mut self) -> Report<'_> {
        let findings = std::mem::take(&mut self.findings);
        let count =
            |severity| findings.iter().filter(|f| f.diagnostic.severity == severity).count();
        let is_safe = |f: &Finding| f.diagnostic.fixes.iter().any(|fix| fix.safety == Safety::Safe);
        let summary = Summary {
            files: self.sources.len(),
            documents: self.sources.len(),
            clusters: 1,
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            infos: count(Severity::Info),
            suppressed: self.suppressed + self.baseline,
            baseline: self.baseline,
            outdated: self.outdated,
            existing: 0,
            fixable: findings.iter().filter(|f| !f.diagnostic.fixes.is_empty()).count(),
            safely_fixable: findings.iter().filter(|f| is_safe(f)).count(),
            fixed: 0,
            hidden: self.hidden.clone(),
        };
        Report {
            sources: &self.sources,
            findings,
            skipped: std::mem::take(&mut self.skipped),
            unreadable: std::mem::take(&mut self.unreadable),
            summary,
            rules: &self.rules,
        }
    }
}

/// One error that spans two files, with everything that a finding can have.
pub fn overlap() -> Fixture {
    let mut fixture = Fixture::default();
    let kubeadm = fixture.file(
        "clusters/prod/kubeadm.yaml",
        "kind: ClusterConfiguration\nnetworking:\n  podSubnet: 10.96.0.0/16\n",
    );
    let pool = fixture.file(
        "clusters/prod/pool.yaml",
        "kind: IPPool\nmetadata:\n  name: default\nspec:\n  cidr: 10.96.0.0/12\n  blockSize: 26\n",
    );
    let pod_range = fixture.at(kubeadm, "10.96.0.0/16");
    let pool_range = fixture.at(pool, "10.96.0.0/12");
    let mut diagnostic = Diagnostic::error(
        pod_range.label("pod range"),
        "pod range `10.96.0.0/16` lies inside the pool `10.96.0.0/12`",
    )
    .related(pool_range.label("IP pool `default`"))
    .help("give the pool a range that the pods do not use")
    .fix(Fix {
        title: "move the pool".to_owned(),
        safety: Safety::Unsafe,
        edits: vec![Edit { span: pool_range, text: "10.112.0.0/12".to_owned() }],
    });
    diagnostic.rule = RuleId(Cow::Borrowed("overlapping-pools"));
    let finding = fixture.finding(diagnostic);
    finding.cluster = Some("prod".to_owned());
    finding.objects = vec![
        ObjectPlace {
            document: 0,
            object: Some("ClusterConfiguration".to_owned()),
            field: Some("networking.podSubnet".to_owned()),
        },
        ObjectPlace {
            document: 0,
            object: Some("IPPool/default".to_owned()),
            field: Some("spec.cidr".to_owned()),
        },
    ];
    fixture.rules.push(RuleInfo {
        id: RuleId(Cow::Borrowed("overlapping-pools")),
        aliases: Vec::new(),
        summary: "Address pools overlap".to_owned(),
        category: "addressing".to_owned(),
        severity: Severity::Error,
        fix: Some(Safety::Unsafe),
        since: "0.1.0".to_owned(),
        references: Vec::new(),
        tables: Vec::new(),
        options: Vec::new(),
        page: "# Address pools overlap\n\nTwo pools hand out the same addresses.\n".to_owned(),
        url: "https://netvet.example/overlapping-pools".to_owned(),
    });
    fixture.skipped("charts/web/templates/svc.yaml", "helm-template");
    fixture.unreadable("x.yaml", "a tab indents a block", Some((3, 1)));
    fixture.suppressed = 3;
    fixture.hidden = vec![(Severity::Info, 1)];
    fixture
}
