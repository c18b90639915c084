//! Markdown for the summary of a job, or a comment: one table, the worst first.
//!
//! What files say is text here and nothing else: whatever Markdown or HTML would read in it is
//! written as a numeric reference, and what GitHub and GitLab make links of (`@team`, `#12`) is
//! broken by a space of no width. A job summary takes at most 1 MiB
//! (<https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#job-summaries>),
//! so the table ends before that and says how much is missing.

use std::cmp::Reverse;
use std::io::{self, Write};

use super::sanitize::{clean, shorten};
use super::{Finding, Report, Unreadable, lines, summary};
use crate::source::Sources;

/// In bytes, of all rows.
const MOST: usize = 900_000;

/// Writes the sentence about the findings, and a table of them.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "### netvet\n\n{}", text(&summary::sentence(report)))?;
    let unreadable = report.unreadable_beside_findings();
    if !report.findings.is_empty() || !unreadable.is_empty() {
        writeln!(out, "\n| | rule | place | finding |\n|---|---|---|---|")?;
        write_rows(report, &unreadable, out)?;
    }
    if let Some(skipped) = summary::skipped(report) {
        writeln!(out, "\n{}", text(&skipped))?;
    }
    Ok(())
}

fn write_rows(report: &Report, unreadable: &[&Unreadable], out: &mut dyn Write) -> io::Result<()> {
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| Reverse(finding.diagnostic.severity));
    let of_findings = findings.iter().map(|finding| row(finding, report.sources));
    let rows = unreadable.iter().map(|input| unreadable_row(input)).chain(of_findings);
    let total = unreadable.len() + findings.len();
    let mut left = MOST;
    for (written, row) in rows.enumerate() {
        match left.checked_sub(row.len()) {
            Some(rest) => left = rest,
            None => {
                let missing = summary::counted(total - written, "finding");
                return writeln!(out, "| | | | {missing} more |");
            }
        }
        out.write_all(row.as_bytes())?;
    }
    Ok(())
}

fn row(finding: &Finding, sources: &Sources) -> String {
    let diagnostic = &finding.diagnostic;
    let rule = code(diagnostic.rule.as_str());
    let rule = match is_link(&finding.url) {
        true => format!("<a href=\"{}\">{rule}</a>", attribute(&finding.url)),
        false => rule,
    };
    let place = code(&lines::place(sources, diagnostic.primary.span));
    let mut said = vec![text(&lines::message(finding))];
    said.extend(lines::details(finding, sources).iter().map(|line| text(line)));
    let severity = diagnostic.severity.name();
    format!("| {severity} | {rule} | {place} | {} |\n", said.join("<br>"))
}

fn unreadable_row(input: &Unreadable) -> String {
    let path = clean(&input.path);
    let place = match input.position {
        Some((line, column)) => format!("{path}:{line}:{column}"),
        None => path,
    };
    let message = text(&format!("cannot be read: {}", shorten(&input.message)));
    format!("| error | | {} | {message} |\n", code(&place))
}

/// A line of ours, in which names stand in backticks.
fn text(line: &str) -> String {
    let parts: Vec<&str> = line.split('`').collect();
    // A name that holds a backtick leaves it open which parts are names.
    if parts.len().is_multiple_of(2) {
        return unlinked(line);
    }
    let parts = parts.iter().enumerate().map(|(index, part)| match index % 2 {
        0 => unlinked(part),
        _ => code(part),
    });
    parts.collect()
}

/// Neither GitHub nor GitLab makes links of what stands in `<code>`.
fn code(text: &str) -> String {
    match text {
        "" => String::new(),
        text => format!("<code>{}</code>", references(&clean(text))),
    }
}

fn unlinked(text: &str) -> String {
    let mut unlinked = String::with_capacity(text.len());
    let mut rest = text;
    // What follows these is looked up as a user, an issue, a merge request, a label, and so on.
    while let Some(at) = rest.find(['@', '#', '!', '~', '%', '$', '&', '^']) {
        unlinked.push_str(&references(&rest[..=at]));
        rest = &rest[at + 1..];
        if rest.starts_with(|next: char| next.is_alphanumeric() || next == '_') {
            unlinked.push_str("&#8203;");
        }
    }
    unlinked.push_str(&references(rest));
    unlinked
}

/// With what Markdown or HTML would read as numeric references, which stand for text and never
/// for structure (<https://github.github.com/gfm/#entity-and-numeric-character-references>).
fn references(text: &str) -> String {
    let text = clean(text);
    let mut escaped = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        let rest = &text[at + character.len_utf8()..];
        let harmless = match character {
            // `https://…` and `www.…` become links.
            ':' => rest.starts_with(|next: char| next == ' ' || next.is_ascii_digit()),
            '.' => !www(&text[..at]),
            other => " ,;()/=?-+".contains(other) || !other.is_ascii_punctuation(),
        };
        match harmless {
            true => escaped.push(character),
            false => escaped += &reference(character),
        }
    }
    escaped
}

fn www(before: &str) -> bool {
    let start = before.len().checked_sub(3);
    start.and_then(|start| before.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case("www"))
}

fn reference(character: char) -> String {
    format!("&#{};", u32::from(character))
}

/// A value of an attribute in a cell.
fn attribute(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in clean(text).chars() {
        match character {
            ' ' | '"' | '&' | '\'' | '<' | '>' | '\\' | '`' | '|' => {
                escaped += &reference(character)
            }
            other => escaped.push(other),
        }
    }
    escaped
}

/// A team writes the addresses of its own rules.
fn is_link(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::super::testing::{Fixture, overlap};
    use super::*;
    use crate::diagnostic::{Diagnostic, Place};

    fn markdown(fixture: &mut Fixture) -> String {
        let mut out = Vec::new();
        write(&fixture.report(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// What is read as structure: tags, and HTML.
    fn structure(markdown: &str) -> Vec<String> {
        let events = Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_GFM);
        let structure = events.filter_map(|event| match event {
            Event::Start(tag @ (Tag::Table(_) | Tag::Heading { .. } | Tag::Paragraph)) => {
                Some(format!("{:?}", tag.to_end()))
            }
            Event::Start(Tag::TableHead | Tag::TableRow | Tag::TableCell) => None,
            Event::Start(other) => Some(format!("{:?}", other.to_end())),
            Event::Html(html) | Event::InlineHtml(html) => Some(html.into_string()),
            Event::Code(code) => Some(format!("`{code}`")),
            _ => None,
        });
        structure.collect()
    }

    /// What a reader sees.
    fn seen(markdown: &str) -> String {
        let events = Parser::new_ext(markdown, Options::ENABLE_TABLES);
        let text = events.filter_map(|event| match event {
            Event::Text(text) => Some(text.into_string()),
            _ => None,
        });
        text.collect()
    }

    #[test]
    fn a_finding_is_a_row() {
        insta::assert_snapshot!(markdown(&mut overlap()), @r#"
        ### netvet

        1 error in 2 files (1 info hidden, 3 suppressed, 1 fixable with --fix --unsafe-fixes, 1 unreadable)

        | | rule | place | finding |
        |---|---|---|---|
        | error | | <code>x.yaml:3:1</code> | cannot be read: a tab indents a block |
        | error | <a href="https://netvet.example/overlapping-pools"><code>overlapping-pools</code></a> | <code>clusters/prod/kubeadm.yaml:3:14</code> | pod range <code>10.96.0.0/16</code> lies inside the pool <code>10.96.0.0/12</code> (pod range)<br>clusters/prod/pool.yaml:5:9: IP pool <code>default</code><br>help: give the pool a range that the pods do not use<br>cluster: prod |

        1 skipped: 1 helm-template
        "#);
    }

    #[test]
    fn nothing_found_is_a_sentence() {
        let mut fixture = Fixture::default();
        fixture.file("a.yaml", "a: 1\n");
        assert_eq!(markdown(&mut fixture), "### netvet\n\nno findings in 1 file\n");
    }

    #[test]
    fn the_worst_comes_first() {
        let mut fixture = Fixture::default();
        let file = fixture.file("a.yaml", "a: 1\n");
        let label = || fixture.at(file, "1").label("");
        let all = [
            Diagnostic::info(label(), "c"),
            Diagnostic::error(label(), "a"),
            Diagnostic::warning(label(), "b"),
        ];
        for diagnostic in all {
            fixture.finding(diagnostic);
        }
        let text = markdown(&mut fixture);
        let rows: Vec<&str> = text.lines().filter_map(|line| line.split(' ').nth(1)).collect();
        assert_eq!(rows[rows.len() - 3..], ["error", "warning", "info"]);
    }

    #[test]
    fn no_value_is_read_as_markdown() {
        let hostile = "a|b\n# c <img src=x> [d](https://e) ![f](g) **h** _i_ ~~j~~ @org/team #12 \
            &lt; <!-- --> $k$ \\ | x | https://l.example www.m.example :tada: user@n.example";
        let benign = "a";
        let rendered = |value: &str| {
            let mut fixture = Fixture::default();
            let file = fixture.file(&format!("{value}.yaml"), "a: 1\n");
            let span = fixture.at(file, "1");
            let message = format!("`{value}` is no name of {value}");
            let diagnostic = Diagnostic::error(span.label(value), message)
                .related(span.label(value))
                .help(format!("{value} or `{value}`"));
            let finding = fixture.finding(diagnostic);
            finding.cluster = Some(value.to_owned());
            finding.url = value.to_owned();
            fixture.unreadable(value, value, Some((1, 1)));
            fixture.skipped("b.yaml", value);
            markdown(&mut fixture)
        };
        assert_eq!(structure(&rendered(hostile)), structure(&rendered(benign)));
        let text = seen(&rendered(hostile));
        let shown = "`a|b␊# c <img src=x>";
        assert!(text.contains(&shown[1..]), "{text}");
        assert!(text.contains("@\u{200b}org") && text.contains("#\u{200b}12"), "{text}");
        let text = rendered(hostile);
        assert!(!text.contains("://") && !text.contains("www.") && !text.contains('@'), "{text}");
    }

    #[test]
    fn an_address_ends_neither_its_link_nor_the_cell() {
        let mut fixture = Fixture::default();
        let file = fixture.file("a.yaml", "a: 1\n");
        fixture.error(fixture.at(file, "1"), "x").url =
            "https://rules.example/a?b=1&c=|\"><img src=x>\n`".to_owned();
        let text = markdown(&mut fixture);
        let tags = structure(&text);
        assert!(!tags.iter().any(|tag| tag.contains("<img")), "{tags:#?}");
        assert!(text.contains("https://rules.example/a?b=1&#38;c=&#124;&#34;&#62;"), "{text}");
        assert_eq!(text.lines().last().unwrap().matches(" | ").count(), 3, "{text}");
    }

    #[test]
    fn a_value_with_a_backtick_ends_no_name() {
        let mut fixture = Fixture::default();
        let file = fixture.file("a.yaml", "a: 1\n");
        fixture.error(fixture.at(file, "1"), "`x` @one` and `y`");
        let text = markdown(&mut fixture);
        assert!(!text.contains("@o") && text.contains("&#64;&#8203;one"), "{text}");
        assert!(!structure(&text).iter().any(|tag| tag.starts_with('`')), "{text}");
    }

    #[test]
    fn a_long_table_ends_and_says_so() {
        let mut fixture = Fixture::default();
        let file = fixture.file("a.yaml", "a: 1\n");
        for _ in 0..3_000 {
            fixture.error(fixture.at(file, "1"), &"x".repeat(900));
        }
        let text = markdown(&mut fixture);
        assert!(text.len() < 1_000_000, "{}", text.len());
        assert!(text.contains("findings more |"), "{}", &text[text.len() - 200..]);
    }
}
