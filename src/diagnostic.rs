//! What a rule says: a message, the places it speaks of, and how to mend it.
//!
//! Nothing here prints; `report` does. Nothing here decides whether a finding is shown;
//! `suppress` does.

mod mend;

use std::borrow::Cow;
use std::fmt;

pub use mend::{Beside, Change, Mend, Value};

use crate::source::{Span, Spanned};

/// How bad a finding is. The order is by weight: `Info < Warning < Error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Advice.
    Info,
    /// Breaks under load, on growth, or in a common environment.
    Warning,
    /// Will not work, or will break traffic, as written.
    Error,
}

impl Severity {
    pub const ALL: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Info];

    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }

    /// One step down; advice stays advice.
    pub fn lowered(self) -> Severity {
        match self {
            Severity::Error => Severity::Warning,
            Severity::Warning | Severity::Info => Severity::Info,
        }
    }

    pub fn from_name(name: &str) -> Option<Severity> {
        Severity::ALL.into_iter().find(|severity| severity.name() == name)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The name of a rule, in kebab-case: what `netvet explain` and an inline ignore take.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleId(pub Cow<'static, str>);

impl RuleId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A place with what there is to say about it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// Makes a [`Label`] out of anything that has a place.
pub trait Place {
    fn place(&self) -> Span;

    fn label(&self, text: impl Into<String>) -> Label {
        Label { span: self.place(), text: text.into() }
    }
}

impl Place for Span {
    fn place(&self) -> Span {
        *self
    }
}

impl<T> Place for Spanned<T> {
    fn place(&self) -> Span {
        self.span
    }
}

/// Whether a fix can be applied without a person looking at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Safety {
    /// Keeps the meaning, or makes it what it plainly was meant to be.
    Safe,
    /// Changes the meaning; right in most cases.
    Unsafe,
}

impl Safety {
    pub fn name(self) -> &'static str {
        match self {
            Safety::Safe => "safe",
            Safety::Unsafe => "unsafe",
        }
    }
}

/// Replaces the text of a span; an empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fix {
    pub title: String,
    pub safety: Safety,
    pub edits: Vec<Edit>,
}

/// One finding, before suppression and before anybody has asked for its line numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// Set by whoever runs the rule, so that a rule cannot speak in the name of another.
    pub rule: RuleId,
    pub severity: Severity,
    /// The fact, in lower case, names in backticks, without a final stop.
    pub message: String,
    /// The narrowest value at fault. Its text may be empty: the message stands beside it.
    pub primary: Label,
    /// The other half of the story; may lie in other files.
    pub related: Vec<Label>,
    /// The remedy.
    pub help: Option<String>,
    /// What would mend it, until `fix` has written it down as [`Diagnostic::fixes`].
    pub mends: Vec<Mend>,
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    pub fn new(severity: Severity, primary: Label, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            rule: RuleId(Cow::Borrowed("")),
            severity,
            message: message.into(),
            primary,
            related: Vec::new(),
            help: None,
            mends: Vec::new(),
            fixes: Vec::new(),
        }
    }

    pub fn error(primary: Label, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Error, primary, message)
    }

    pub fn warning(primary: Label, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Warning, primary, message)
    }

    pub fn info(primary: Label, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Info, primary, message)
    }

    pub fn related(mut self, label: Label) -> Diagnostic {
        self.related.push(label);
        self
    }

    pub fn related_all(mut self, labels: impl IntoIterator<Item = Label>) -> Diagnostic {
        self.related.extend(labels);
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    pub fn mend(mut self, mend: Mend) -> Diagnostic {
        self.mends.push(mend);
        self
    }

    pub fn mend_all(mut self, mends: impl IntoIterator<Item = Mend>) -> Diagnostic {
        self.mends.extend(mends);
        self
    }

    pub fn fix(mut self, fix: Fix) -> Diagnostic {
        self.fixes.push(fix);
        self
    }

    /// All places, the primary one first.
    pub fn labels(&self) -> impl Iterator<Item = &Label> {
        std::iter::once(&self.primary).chain(&self.related)
    }
}

/// What a rule is, for `explain`, `rules`, SARIF and the reports: its page, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    pub id: RuleId,
    /// Names that it had before; they still work.
    pub aliases: Vec<String>,
    /// One line without a final stop; the heading of the page.
    pub summary: String,
    pub category: String,
    /// That of most of its findings; a finding may weigh less, or more.
    pub severity: Severity,
    /// Whether it can mend what it finds.
    pub fix: Option<Safety>,
    /// The version of netvet that brought it.
    pub since: String,
    /// URLs, the best source first.
    pub references: Vec<String>,
    /// The tables of versions that it goes by, see `model::tables`.
    pub tables: Vec<String>,
    /// Keys that a configuration may set beside `severity`, and what they mean.
    pub options: Vec<(String, String)>,
    /// The page as Markdown, without its front matter.
    pub page: String,
    /// Where the page can be read.
    pub url: String,
}
