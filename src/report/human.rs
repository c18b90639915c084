//! The report for people at a terminal, drawn by miette.
//!
//! One diagnostic per finding, however many files its labels lie in. Whether there is a terminal,
//! how wide it is and what it can show is for the caller to find out.

use std::fmt::{self, Write as _};
use std::io::{self, Write};

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, ThemeStyles};
use textwrap::{WordSeparator, WordSplitter};

use super::sanitize::{clean, shorten};
use super::snippet::Snippet;
use super::{Finding, Report, summary};
use crate::diagnostic::{Fix, Label, Safety, Severity};

/// Related labels that are drawn; a finding may have thousands.
const MOST_RELATED: usize = 8;

/// What a line number, the frame and the gutter of a tall label take beside the source.
const MARGIN: usize = 12;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    pub color: bool,
    /// Draw with more than ASCII. What stands in the files is printed as it is.
    pub unicode: bool,
    /// In columns; below 40 counts as 40.
    pub width: usize,
    /// Make the rule a hyperlink (OSC 8) instead of printing the address of its page.
    pub hyperlinks: bool,
}

/// Writes each finding with the lines that it is about, and the closing lines.
pub fn write(report: &Report, options: Options, out: &mut dyn Write) -> io::Result<()> {
    let options = Options { width: options.width.max(40), ..options };
    let mut text = String::new();
    for finding in &report.findings {
        text.clear();
        render(&mut text, report, finding, options).map_err(io::Error::other)?;
        writeln!(out, "{text}")?;
    }
    summary::write(report, out)
}

fn render(text: &mut String, report: &Report, finding: &Finding, options: Options) -> fmt::Result {
    let diagnostic = &finding.diagnostic;
    let labels: Vec<&Label> = diagnostic.labels().take(1 + MOST_RELATED).collect();
    let ellipsis = if options.unicode { "…" } else { "..." };
    let snippet = Snippet::new(report.sources, &labels, options.width - MARGIN, ellipsis);

    let theme = theme(&snippet, diagnostic.severity, options);
    let styles = theme.styles.clone();
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(options.width)
        .with_links(options.hyperlinks)
        .with_link_display_text("(docs)")
        // Names, addresses and paths are not torn apart.
        .with_word_separator(WordSeparator::AsciiSpace)
        .with_word_splitter(WordSplitter::NoHyphenation);
    handler.render_report(text, &Drawn::new(finding, snippet))?;

    let hidden = diagnostic.related.len().saturating_sub(MOST_RELATED);
    if hidden > 0 {
        footer(text, &styles, options, "also", &summary::counted(hidden, "more place"))?;
    }
    if let Some(cluster) = &finding.cluster {
        footer(text, &styles, options, "cluster", cluster)?;
    }
    for fix in &diagnostic.fixes {
        footer(text, &styles, options, "fix", &fix_line(fix))?;
    }
    Ok(())
}

/// A line like the one that miette draws for the help.
fn footer(
    text: &mut String,
    styles: &ThemeStyles,
    options: Options,
    name: &str,
    value: &str,
) -> fmt::Result {
    let first = styles.help.style(format!("  {name}: ")).to_string();
    let rest = " ".repeat(name.len() + 4);
    let wrapping = textwrap::Options::new(options.width - 2)
        .initial_indent(&first)
        .subsequent_indent(&rest)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    writeln!(text, "{}", textwrap::fill(&shorten(value), wrapping))
}

fn fix_line(fix: &Fix) -> String {
    let options = match fix.safety {
        Safety::Safe => "--fix",
        Safety::Unsafe => "--fix --unsafe-fixes",
    };
    format!("{} ({}: {options})", fix.title, fix.safety.name())
}

/// miette paints the labels one after the other, in the order of the highlights.
fn theme(snippet: &Snippet, severity: Severity, options: Options) -> GraphicalTheme {
    let mut theme = match (options.unicode, options.color) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme::ascii(),
        (false, false) => GraphicalTheme::none(),
    };
    if options.color {
        let styles = &mut theme.styles;
        let primary = match severity {
            Severity::Error => styles.error,
            Severity::Warning => styles.warning,
            Severity::Info => styles.advice,
        };
        let related = ThemeStyles::none().help.bright_blue();
        let style = |primary_mark| if primary_mark { primary.bold() } else { related.bold() };
        styles.highlights = snippet.marks.iter().map(|mark| style(mark.primary)).collect();
    }
    theme
}

/// A finding in the words of miette, with every string cleaned.
#[derive(Debug)]
struct Drawn {
    message: String,
    help: Option<String>,
    code: String,
    url: Option<String>,
    severity: miette::Severity,
    snippet: Snippet,
}

impl Drawn {
    fn new(finding: &Finding, snippet: Snippet) -> Drawn {
        let diagnostic = &finding.diagnostic;
        Drawn {
            message: shorten(&diagnostic.message),
            help: diagnostic.help.as_deref().map(shorten),
            code: clean(diagnostic.rule.as_str()),
            url: (!finding.url.is_empty()).then(|| clean(&finding.url)),
            severity: match diagnostic.severity {
                Severity::Error => miette::Severity::Error,
                Severity::Warning => miette::Severity::Warning,
                Severity::Info => miette::Severity::Advice,
            },
            snippet,
        }
    }
}

impl fmt::Display for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Drawn {}

impl miette::Diagnostic for Drawn {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn url<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.url.as_ref().map(|url| Box::new(url) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&self.snippet)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.snippet.marks.iter().map(|mark| {
            let text = mark.text.clone();
            if mark.primary {
                LabeledSpan::new_primary_with_span(text, mark.span)
            } else {
                LabeledSpan::new_with_span(text, mark.span)
            }
        })))
    }
}

#[cfg(test)]
mod tests;
