//! Markdown, drawn for a terminal.
//!
//! Prose is wrapped, code and tables are not. Without colour, everything that colour would say is
//! said by characters: underlined headings, backticks around code. The text is printed as it is:
//! whoever brings it has taken the control characters out.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use textwrap::{WordSeparator, WordSplitter, WrapAlgorithm};

/// How a piece of text looks; a colour of its own where it has one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Look {
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

/// What has been drawn so far.
pub struct Page {
    colour: bool,
    width: usize,
    pub text: String,
    /// Tells how a line of a code block looks, by its language.
    code_look: fn(&str, &str) -> Look,
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
    /// `width` is in columns.
    pub fn new(colour: bool, width: usize, code_look: fn(&str, &str) -> Look) -> Page {
        Page {
            colour,
            width,
            text: String::new(),
            code_look,
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

    /// Draws Markdown; `after_title` may add something below a heading of the first level.
    pub fn markdown(&mut self, text: &str, after_title: impl Fn(&mut Page)) {
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            let title = matches!(event, Event::End(TagEnd::Heading(HeadingLevel::H1)));
            self.event(event);
            if title {
                after_title(self);
            }
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
            let look = (self.code_look)(language, line);
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

    /// Names and values in two columns.
    pub fn pairs(&mut self, pairs: &[(&str, String)]) {
        let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        self.open_block();
        for (name, value) in pairs {
            let name = self.paint(Look::Faint, &format!("{name:<width$}"));
            self.text.push_str(&format!("{name}  {value}\n"));
        }
        self.gap = true;
    }
}
