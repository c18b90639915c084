//! `netvet explain`: a rule's page, drawn for a terminal.
//!
//! Prose is wrapped, code is not. Without colour, everything that colour would say is said by
//! characters: underlined headings, backticks around code.

use std::io::{self, Write};

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use textwrap::{WordSeparator, WordSplitter, WrapAlgorithm};

use crate::diagnostic::{RuleInfo, Safety};
use crate::page::annotation::{self, Role};
use crate::report::sanitize;

/// Longer lines are hard to read, however wide the terminal is.
const WIDEST: usize = 100;
/// Narrower than this, a terminal wraps by itself.
const NARROWEST: usize = 30;

/// Writes the page; `width` is that of the terminal, in columns.
pub fn render(rule: &RuleInfo, out: &mut dyn Write, colour: bool, width: usize) -> io::Result<()> {
    let mut page = Page::new(colour, width.clamp(NARROWEST, WIDEST));
    let body = rule.page.replace("\r\n", "\n");
    // The terminal obeys control characters, wherever they come from.
    let visible = |c| if c == '\n' { c } else { sanitize::visible(c) };
    let body: String = body.chars().map(visible).collect();
    for event in Parser::new_ext(&body, Options::ENABLE_TABLES) {
        let title = matches!(event, Event::End(TagEnd::Heading(HeadingLevel::H1)));
        page.event(event);
        if title {
            page.facts(rule);
        }
    }
    page.lists(rule);
    out.write_all(page.text.as_bytes())
}

/// How a piece of text looks; a colour of its own where it has one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Plain,
    Bold,
    Italic,
    Code,
    Faint,
    Bad,
    Related,
    Good,
}

impl Look {
    /// Parameters of the escape sequence "select graphic rendition".
    fn parameters(self) -> &'static str {
        match self {
            Look::Plain => "0",
            Look::Bold => "1",
            Look::Italic => "3",
            Look::Code => "36",
            Look::Faint => "2",
            Look::Bad => "1;31",
            Look::Related => "1;34",
            Look::Good => "32",
        }
    }
}

struct Page {
    colour: bool,
    width: usize,
    text: String,
    /// The paragraph, heading or cell that is being read, with its looks.
    inline: String,
    looks: Vec<Look>,
    /// Where the links that are open lead to, and where their text starts in `inline`.
    links: Vec<(String, usize)>,
    /// By how much each of the open items and quotes is indented.
    indents: Vec<usize>,
    /// What the next line starts with instead, once: the mark of a list's item.
    marker: Option<String>,
    /// The number of the next item of each open list; `None` in a list without numbers.
    lists: Vec<Option<u64>>,
    /// The language of the open code block.
    code: Option<String>,
    table: Vec<Vec<String>>,
    /// Whether a blank line is due before the next block.
    gap: bool,
}

impl Page {
    fn new(colour: bool, width: usize) -> Page {
        Page {
            colour,
            width,
            text: String::new(),
            inline: String::new(),
            looks: Vec::new(),
            links: Vec::new(),
            indents: Vec::new(),
            marker: None,
            lists: Vec::new(),
            code: None,
            table: Vec::new(),
            gap: false,
        }
    }

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match self.code.take() {
                Some(language) => {
                    self.code_lines(&text, &language);
                    self.code = Some(language);
                }
                None => self.push(&text),
            },
            Event::Code(code) => self.push_code(&code),
            Event::SoftBreak => self.inline.push(' '),
            Event::HardBreak => self.inline.push('\n'),
            Event::Rule => {
                self.inline = "-".repeat(3);
                self.paragraph();
            }
            Event::Html(text)
            | Event::InlineHtml(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text)
            | Event::FootnoteReference(text) => self.push(&text),
            Event::TaskListMarker(done) => self.push(if done { "[x] " } else { "[ ] " }),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::CodeBlock(kind) => {
                self.paragraph();
                self.open_block();
                self.code = Some(match kind {
                    CodeBlockKind::Fenced(language) => language.to_string(),
                    CodeBlockKind::Indented => String::new(),
                });
            }
            Tag::List(first) => {
                // A list inside an item follows its text at once.
                let nested = !self.inline.is_empty();
                self.paragraph();
                self.gap &= !nested;
                self.lists.push(first);
            }
            Tag::Item => self.start_item(),
            Tag::BlockQuote(_) => self.indents.push(2),
            Tag::Heading { .. } | Tag::Strong => self.looks.push(Look::Bold),
            Tag::Emphasis => self.looks.push(Look::Italic),
            Tag::Link { dest_url, .. } => {
                self.links.push((dest_url.to_string(), self.inline.len()));
            }
            Tag::Table(_) => self.table.clear(),
            Tag::TableHead | Tag::TableRow => self.table.push(Vec::new()),
            _ => {}
        }
    }

    fn start_item(&mut self) {
        let marker = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            _ => "- ".to_owned(),
        };
        self.marker = Some(format!("{}{marker}", self.indent()));
        self.indents.push(marker.len());
    }

    fn indent(&self) -> String {
        " ".repeat(self.indents.iter().sum())
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.paragraph(),
            TagEnd::Heading(level) => self.heading(level),
            TagEnd::CodeBlock => {
                self.code = None;
                self.gap = true;
            }
            TagEnd::List(_) => {
                self.lists.pop();
                self.gap = true;
            }
            TagEnd::Item => {
                self.line_of_item();
                self.marker = None;
                self.indents.pop();
            }
            TagEnd::BlockQuote(_) => {
                self.indents.pop();
            }
            TagEnd::Strong | TagEnd::Emphasis => {
                self.looks.pop();
            }
            TagEnd::Link => self.end_link(),
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.inline);
                if let Some(row) = self.table.last_mut() {
                    row.push(cell);
                }
            }
            TagEnd::Table => self.end_table(),
            _ => {}
        }
    }

    /// Text in the look of where it stands. Each word has a look of its own, so that a line can
    /// be broken anywhere.
    fn push(&mut self, text: &str) {
        let look = self.looks.last().copied().unwrap_or(Look::Plain);
        let painted: Vec<String> = text.split(' ').map(|word| self.paint(look, word)).collect();
        self.inline.push_str(&painted.join(" "));
    }

    fn push_code(&mut self, code: &str) {
        if self.colour {
            self.looks.push(Look::Code);
            self.push(code);
            self.looks.pop();
        } else {
            self.push(&format!("`{code}`"));
        }
    }

    /// Links to other pages of the project lead nowhere in a terminal; only their text is left.
    fn end_link(&mut self) {
        let Some((url, start)) = self.links.pop() else { return };
        if url.contains("://") && !self.inline[start..].contains(&url) {
            self.push(&format!(" ({url})"));
        }
    }

    fn paint(&self, look: Look, text: &str) -> String {
        if !self.colour || look == Look::Plain || text.is_empty() {
            return text.to_owned();
        }
        format!("\x1b[{}m{text}\x1b[0m", look.parameters())
    }

    /// A blank line, when something stands above.
    fn open_block(&mut self) {
        if self.gap && !self.text.is_empty() {
            self.text.push('\n');
        }
        self.gap = false;
    }

    fn paragraph(&mut self) {
        if self.inline.trim().is_empty() {
            self.inline.clear();
            return;
        }
        self.line_of_item();
        self.gap = true;
    }

    /// Writes what was read as wrapped lines, without asking for a gap below.
    fn line_of_item(&mut self) {
        let inline = std::mem::take(&mut self.inline);
        if inline.trim().is_empty() {
            return;
        }
        self.open_block();
        let marker = self.marker.take();
        let indent = self.indent();
        let first = marker.as_deref().unwrap_or(&indent);
        let options = textwrap::Options::new(self.width)
            .initial_indent(first)
            .subsequent_indent(&indent)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation)
            .wrap_algorithm(WrapAlgorithm::FirstFit)
            .break_words(false);
        for line in textwrap::wrap(&inline, options) {
            self.text.push_str(line.trim_end());
            self.text.push('\n');
        }
    }

    fn heading(&mut self, level: HeadingLevel) {
        self.looks.pop();
        let heading = self.inline.clone();
        self.paragraph();
        let rule = match level {
            HeadingLevel::H1 => "=",
            HeadingLevel::H2 => "-",
            _ => "",
        };
        if !self.colour && !rule.is_empty() {
            let width = textwrap::core::display_width(&heading).min(self.width);
            self.text.push_str(&rule.repeat(width));
            self.text.push('\n');
        }
    }

    fn code_lines(&mut self, code: &str, language: &str) {
        for line in code.lines() {
            let look = match (language, annotation::role(line)) {
                ("diff", _) if line.starts_with('+') => Look::Good,
                ("diff", _) if line.starts_with('-') => Look::Bad,
                ("diff", _) if line.starts_with('@') => Look::Faint,
                (_, Some(Role::Primary(_))) => Look::Bad,
                (_, Some(Role::Related)) => Look::Related,
                _ => Look::Plain,
            };
            let line = format!("{}    {}", self.indent(), self.paint(look, line));
            self.text.push_str(line.trim_end());
            self.text.push('\n');
        }
    }

    /// In columns, with a line below the head.
    fn end_table(&mut self) {
        let table = std::mem::take(&mut self.table);
        let columns = table.iter().map(Vec::len).max().unwrap_or(0);
        let width = |cell: &String| textwrap::core::display_width(cell);
        let widths: Vec<usize> = (0..columns)
            .map(|column| table.iter().filter_map(|row| row.get(column)).map(width).max())
            .map(Option::unwrap_or_default)
            .collect();
        self.open_block();
        for (number, row) in table.iter().enumerate() {
            let mut line = self.indent();
            for (cell, column) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.push_str(&" ".repeat(column - width(cell) + 2));
            }
            self.text.push_str(line.trim_end());
            self.text.push('\n');
            if number == 0 {
                let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
                self.text.push_str(&format!("{}{}\n", self.indent(), rules.join("  ")));
            }
        }
        self.gap = true;
    }

    /// The front matter, below the title.
    fn facts(&mut self, rule: &RuleInfo) {
        let fix = rule.fix.map_or("none", Safety::name);
        let mut facts = vec![
            ("rule", rule.id.to_string()),
            ("category", rule.category.clone()),
            ("severity", rule.severity.to_string()),
            ("fix", fix.to_owned()),
            ("since", rule.since.clone()),
        ];
        if !rule.aliases.is_empty() {
            facts.push(("formerly", rule.aliases.join(", ")));
        }
        self.open_block();
        for (name, value) in facts {
            let name = self.paint(Look::Faint, &format!("{name:<8}"));
            self.text.push_str(&format!("{name}  {}\n", sanitize::clean(&value)));
        }
        self.gap = true;
    }

    /// What the front matter lists, below the page.
    fn lists(&mut self, rule: &RuleInfo) {
        let options = rule.options.iter();
        let options = options.map(|(name, meaning)| (Some(name.as_str()), meaning.as_str()));
        let references = rule.references.iter().map(|reference| (None, reference.as_str()));
        self.list("Options", options);
        self.list("References", references);
    }

    fn list<'r>(
        &mut self,
        heading: &str,
        items: impl ExactSizeIterator<Item = (Option<&'r str>, &'r str)>,
    ) {
        if items.len() == 0 {
            return;
        }
        self.looks.push(Look::Bold);
        self.push(heading);
        self.heading(HeadingLevel::H2);
        self.lists.push(None);
        for (name, text) in items {
            self.start_item();
            if let Some(name) = name {
                self.push_code(&sanitize::clean(name));
                self.push(": ");
            }
            self.push(&sanitize::clean(text));
            self.end(TagEnd::Item);
        }
        self.end(TagEnd::List(false));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page;

    const PAGE: &str = "---
id: pod-service-cidr-overlap
aliases: [pod-svc-overlap]
summary: Pod range and service range overlap
category: addressing
severity: error
fix: none
since: 0.1.0
references: [https://example.com/a]
options:
  minimum: the least number of addresses that is enough for anybody who has a cluster of that size
---

# Pod range and service range overlap

The *range* of pods must **not** lie in the range of services, which kubeadm sets to `10.96.0.0/12`.
See [the documentation](https://example.com/docs), <https://example.com/b> and [a page](../dns/x.md).

## Flagged

```yaml
networking:
  podSubnet: 10.96.0.0/16
  #          ^^^^^^^^^^^^ pod range `10.96.0.0/16` lies inside the service range `10.96.0.0/12`
  serviceSubnet: 10.96.0.0/12
  #              ------------ service range
```

## How to fix

1. Choose another range, one that nothing else in the company's network routes to anybody.
   - first
   - second
2. Then

   ```diff
   -a: 1
   +a: 2
   ```

> Nothing is
> lost.

| plugin | bytes |
|---|---|
| `vxlan` | 50 |
| none | 0 |

- one
- two
";

    fn drawn(page: &str, colour: bool, width: usize) -> String {
        let mut out = Vec::new();
        let rule = page::parse(page).expect("a sound page");
        render(&rule, &mut out, colour, width).expect("memory takes everything");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn a_page_is_legible_without_colour() {
        insta::assert_snapshot!(drawn(PAGE, false, 60), @"
        Pod range and service range overlap
        ===================================

        rule      pod-service-cidr-overlap
        category  addressing
        severity  error
        fix       none
        since     0.1.0
        formerly  pod-svc-overlap

        The range of pods must not lie in the range of services,
        which kubeadm sets to `10.96.0.0/12`. See the documentation
        (https://example.com/docs), https://example.com/b and a
        page.

        Flagged
        -------

            networking:
              podSubnet: 10.96.0.0/16
              #          ^^^^^^^^^^^^ pod range `10.96.0.0/16` lies inside the service range `10.96.0.0/12`
              serviceSubnet: 10.96.0.0/12
              #              ------------ service range

        How to fix
        ----------

        1. Choose another range, one that nothing else in the
           company's network routes to anybody.

           - first
           - second

        2. Then

               -a: 1
               +a: 2

          Nothing is lost.

        plugin   bytes
        -------  -----
        `vxlan`  50
        none     0

        - one
        - two

        Options
        -------

        - `minimum`: the least number of addresses that is enough
          for anybody who has a cluster of that size

        References
        ----------

        - https://example.com/a
        ");
    }

    #[test]
    fn prose_keeps_to_the_width_and_code_stays_as_it_is() {
        for width in [30, 47, 80, 100] {
            for line in drawn(PAGE, false, width).lines() {
                // Code, an address and an id are not broken.
                let whole = line.starts_with("    ") || !line.trim().contains(' ');
                let whole = whole || line.contains("https://") || line.starts_with("rule");
                assert!(whole || line.chars().count() <= width, "{width}: {line}");
            }
        }
        assert_eq!(drawn(PAGE, false, 5), drawn(PAGE, false, 30));
        assert_eq!(drawn(PAGE, false, 1000), drawn(PAGE, false, 100));
    }

    #[test]
    fn colour_takes_the_place_of_underlines_and_backticks() {
        insta::assert_snapshot!(drawn(PAGE, true, 60).replace('\x1b', "␛"), @"
        ␛[1mPod␛[0m ␛[1mrange␛[0m ␛[1mand␛[0m ␛[1mservice␛[0m ␛[1mrange␛[0m ␛[1moverlap␛[0m

        ␛[2mrule    ␛[0m  pod-service-cidr-overlap
        ␛[2mcategory␛[0m  addressing
        ␛[2mseverity␛[0m  error
        ␛[2mfix     ␛[0m  none
        ␛[2msince   ␛[0m  0.1.0
        ␛[2mformerly␛[0m  pod-svc-overlap

        The ␛[3mrange␛[0m of pods must ␛[1mnot␛[0m lie in the range of services,
        which kubeadm sets to ␛[36m10.96.0.0/12␛[0m. See the documentation
        (https://example.com/docs), https://example.com/b and a
        page.

        ␛[1mFlagged␛[0m

            networking:
              podSubnet: 10.96.0.0/16
            ␛[1;31m  #          ^^^^^^^^^^^^ pod range `10.96.0.0/16` lies inside the service range `10.96.0.0/12`␛[0m
              serviceSubnet: 10.96.0.0/12
            ␛[1;34m  #              ------------ service range␛[0m

        ␛[1mHow␛[0m ␛[1mto␛[0m ␛[1mfix␛[0m

        1. Choose another range, one that nothing else in the
           company's network routes to anybody.

           - first
           - second

        2. Then

               ␛[1;31m-a: 1␛[0m
               ␛[32m+a: 2␛[0m

          Nothing is lost.

        plugin  bytes
        ------  -----
        ␛[36mvxlan␛[0m   50
        none    0

        - one
        - two

        ␛[1mOptions␛[0m

        - ␛[36mminimum␛[0m: the least number of addresses that is enough for
          anybody who has a cluster of that size

        ␛[1mReferences␛[0m

        - https://example.com/a
        ");
    }

    #[test]
    fn a_page_cannot_command_the_terminal() {
        let page = PAGE.replace("Nothing is", "\u{1b}]0;title\u{7}Nothing is");
        let drawn = drawn(&page, false, 80);
        assert!(drawn.contains("␛]0;title␇Nothing is"), "{drawn}");
        assert!(!drawn.contains('\u{1b}'));
    }
}
