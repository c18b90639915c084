//! A team's own rules, as their files have them: strict, like the configuration itself.
//!
//! What the expressions mean is not known here, only where they stand; `custom` asks them. The
//! format is told in `docs/custom-rules.md`.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::field_path::{self, Step};
use super::known::Known;
use super::read::{Reader, first_here, quote};
use super::{ConfigProblem, syntax_problems};
use crate::diagnostic::{RuleId, RuleInfo, Severity};
use crate::source::{FileId, Span, Spanned};
use crate::syntax::{Node, Places, Text, parse};

/// One rule.
#[derive(Clone, Debug)]
pub struct CustomRule {
    /// As for a built-in rule; the page is made of what the file says.
    pub info: RuleInfo,
    /// Where the id stands.
    pub span: Span,
    pub help: Option<String>,
    /// Which objects it looks at; none of them for a rule over the model.
    pub matches: Vec<ObjectMatch>,
    /// In their order: a later one may name an earlier one.
    pub variables: Vec<(Spanned<String>, Expression)>,
    pub validations: Vec<Validation>,
    pub examples: Vec<Example>,
}

/// Objects by kind and API group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectMatch {
    /// `*` is every kind.
    pub kinds: Vec<String>,
    /// Empty for every group; the core group is an empty text.
    pub api_groups: Vec<String>,
}

impl ObjectMatch {
    pub fn matches(&self, kind: &str, group: &str) -> bool {
        let kinds = self.kinds.iter().any(|known| known == "*" || known == kind);
        kinds && (self.api_groups.is_empty() || self.api_groups.iter().any(|known| known == group))
    }
}

/// What must be true.
#[derive(Clone, Debug)]
pub struct Validation {
    /// The values that it is asked of, one by one; absent for the object as a whole.
    pub each: Option<Vec<Step>>,
    pub expression: Expression,
    pub message: Message,
    /// Where a finding points, from what it is asked of.
    pub at: Option<Vec<Step>>,
}

#[derive(Clone, Debug)]
pub enum Message {
    Text(String),
    Expression(Expression),
}

/// A text in CEL, and where it stands.
#[derive(Clone, Debug)]
pub struct Expression {
    pub text: String,
    pub span: Span,
    places: Places,
}

impl Expression {
    /// The place of a character, by line and column from 1; the whole of it for one that is not
    /// there.
    pub fn place(&self, line: usize, column: usize) -> Span {
        let lines = self.text.split_inclusive('\n');
        let start: usize = lines.take(line.saturating_sub(1)).map(str::len).sum();
        let rest = &self.text[start..];
        let here = rest.lines().next().unwrap_or_default();
        let Some((offset, character)) = here.char_indices().nth(column.saturating_sub(1)) else {
            // What is missing is missing behind the last character.
            let last = self.text.trim_end().char_indices().next_back();
            return last.map_or(self.span, |(at, c)| self.places.span(at..at + c.len_utf8()));
        };
        self.places.span(start + offset..start + offset + character.len_utf8())
    }
}

/// An example, with annotations as the examples on the pages of rules have them.
#[derive(Clone, Debug)]
pub struct Example {
    pub flagged: bool,
    pub text: String,
    pub span: Span,
}

/// Longer than any expression that somebody understands.
const LONGEST: usize = 8 << 10;

const KEYS: &[&str] = &[
    "id",
    "summary",
    "category",
    "severity",
    "references",
    "description",
    "help",
    "match",
    "variables",
    "validations",
    "examples",
];

/// Reads the rules of a file, one a document. `ids` are those of the files before, with their
/// places; `known` has the built-in rules and the categories.
///
/// # Errors
///
/// All that is wrong with the file, by place.
pub fn read(
    text: &str,
    file: FileId,
    known: &Known,
    ids: &mut FxHashMap<String, Span>,
) -> Result<Vec<CustomRule>, Vec<ConfigProblem>> {
    let parsed = parse(Text::whole(file, text), false);
    let mut reader = Reader::default();
    syntax_problems(&mut reader, &parsed);
    let mut rules = Vec::new();
    let roots = parsed.tree.documents().iter().map(|document| parsed.tree.root(document));
    for root in roots.filter(|root| !root.is_null()) {
        rules.extend(rule(&mut reader, root, known, ids));
    }
    if rules.is_empty() && reader.problems.is_empty() {
        reader.problem(Span::new(file, 0..0), "there is no rule in this file");
    }
    let mut problems = reader.problems;
    if problems.is_empty() {
        return Ok(rules);
    }
    problems.sort_by_key(|problem| problem.span);
    Err(problems)
}

fn rule(
    reader: &mut Reader,
    root: Node<'_>,
    known: &Known,
    ids: &mut FxHashMap<String, Span>,
) -> Option<CustomRule> {
    if !reader.map(root, "a custom rule", KEYS) {
        return None;
    }
    let text = Reader::text;
    let id = reader.required(root, ("id", "the rule"), |reader, node| id(reader, node, known, ids));
    let summary = reader.required(root, ("summary", "the rule"), text);
    let categories: Vec<&str> = known.categories().collect();
    let category = reader
        .required(root, ("category", "the rule"), |reader, node| reader.word(node, &categories));
    let severity = reader.required(root, ("severity", "the rule"), |reader, node| {
        reader.word(node, &["error", "warning", "info"])
    });
    let references = reader.list(root, ("references", "URLs"), text);
    let description = reader.optional(root, "description", text);
    let help = reader.optional(root, "help", text);
    let matches = reader.list(root, ("match", "maps of `kinds` and `apiGroups`"), object_match);
    let is_model = root.get("match").is_none_or(Node::is_null);
    if !is_model && matches.is_empty() {
        let place = root.get("match").unwrap_or(root).span();
        reader.problem(place, "`match` names no kinds").help =
            Some("a rule over the model has no `match` at all".to_owned());
    }
    let variables = reader.list(root, ("variables", "maps of `name` and `expression`"), variable);
    let validations = reader.required(root, ("validations", "the rule"), |reader, node| {
        if !node.is_sequence() || node.items().next().is_none() {
            reader.wrong_type(node, "a list of validations");
        }
        let read = |item| validation(reader, item, is_model);
        Some(node.items().filter_map(read).collect::<Vec<_>>())
    });
    let examples = reader.optional(root, "examples", examples).unwrap_or_default();
    let (id, summary, category) = (id?, summary?.value, category?.value);
    let severity = Severity::from_name(&severity?)?;
    let references: Vec<String> = references.into_iter().map(|url| url.value).collect();
    let help = help.map(|help| help.value.trim().to_owned());
    let mut rule = CustomRule {
        info: RuleInfo {
            id: RuleId(Cow::Owned(id.value)),
            aliases: Vec::new(),
            summary,
            category,
            severity,
            fix: None,
            since: String::new(),
            url: references.first().cloned().unwrap_or_default(),
            references,
            tables: Vec::new(),
            options: Vec::new(),
            page: String::new(),
        },
        span: id.span,
        help,
        matches,
        variables,
        validations: validations?,
        examples,
    };
    let description = description.map(|text| text.value).unwrap_or_default();
    rule.info.page = page(&rule, description.trim());
    Some(rule)
}

fn id(
    reader: &mut Reader,
    node: Node<'_>,
    known: &Known,
    ids: &mut FxHashMap<String, Span>,
) -> Option<Spanned<String>> {
    let id = reader.text(node)?;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let starts_well = id.starts_with(|first: char| first.is_ascii_lowercase());
    if !starts_well || !id.bytes().all(plain) || id.len() > 64 {
        reader.problem(id.span, format!("{} is no id of a rule", quote(&id))).help =
            Some("an id has lower-case letters, digits and dashes: `no-node-ports`".to_owned());
        return None;
    }
    if known.resolve(&id).is_some() {
        let message = format!("netvet has a rule or category {} of its own", quote(&id));
        reader.problem(id.span, message).help = Some("give the rule another id".to_owned());
        return None;
    }
    if let Some(first) = ids.insert(id.value.clone(), id.span) {
        let message = format!("two custom rules have the id {}", quote(&id));
        reader.problem(id.span, message).related = first_here(first);
        return None;
    }
    Some(id)
}

fn object_match(reader: &mut Reader, node: Node<'_>) -> Option<ObjectMatch> {
    if !reader.map(node, "an entry of `match`", &["kinds", "apiGroups"]) {
        return None;
    }
    let kinds = reader.list(node, ("kinds", "kinds"), Reader::text);
    if kinds.is_empty() {
        reader.problem(node.span(), "this entry of `match` names no `kinds`").help =
            Some("write `kinds: [Service]`, or `kinds: [\"*\"]` for every kind".to_owned());
    }
    // The core group is an empty text.
    let group = |reader: &mut Reader, node: Node<'_>| match node.str() {
        Some(group) if !node.is_null() => Some(group.to_owned()),
        _ => {
            reader.wrong_type(node, "an API group such as `apps`, or `\"\"`");
            None
        }
    };
    let api_groups = reader.list(node, ("apiGroups", "API groups"), group);
    Some(ObjectMatch { kinds: kinds.into_iter().map(|kind| kind.value).collect(), api_groups })
}

fn variable(reader: &mut Reader, node: Node<'_>) -> Option<(Spanned<String>, Expression)> {
    if !reader.map(node, "a variable", &["name", "expression"]) {
        return None;
    }
    let name = reader.required(node, ("name", "the variable"), Reader::text);
    let expression = reader.required(node, ("expression", "the variable"), expression);
    let name = name?;
    let first = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !first || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        reader.problem(name.span, format!("{} is no name of a variable", quote(&name)));
    }
    Some((name, expression?))
}

fn validation(reader: &mut Reader, node: Node<'_>, is_model: bool) -> Option<Validation> {
    const KEYS: &[&str] = &["each", "expression", "message", "messageExpression", "at"];
    if !reader.map(node, "a validation", KEYS) {
        return None;
    }
    let each = reader.optional(node, "each", |reader, node| {
        reader.parsed(node, "a path such as `spec.ports[*]`", |text| {
            field_path::parse(text).filter(|steps| steps.contains(&Step::Every(())))
        })
    });
    if is_model && node.get("each").is_none_or(Node::is_null) {
        reader.problem(node.span(), "a validation of the model has no `each`").help =
            Some("name what it is asked of: `each: ranges[*]`, or give the rule a `match`".into());
    }
    if let Some(each) = each.as_ref().filter(|_| is_model)
        && !matches!(each.value.first(), Some(Step::Key(root)) if MODEL.contains(&root.as_str()))
    {
        let known = MODEL.map(|name| format!("`{name}`")).join(", ");
        reader.problem(each.span, "the model has no such part").help =
            Some(format!("known are {known}"));
    }
    let at = reader.optional(node, "at", |reader, node| {
        reader.parsed(node, "a path such as `spec.type`", |text| {
            field_path::parse(text).filter(|steps| !steps.contains(&Step::Every(())))
        })
    });
    let text = reader.optional(node, "message", Reader::text);
    let computed = reader.optional(node, "messageExpression", expression);
    let message = match (text, computed) {
        (Some(text), None) => Some(Message::Text(one_line(&text))),
        (None, Some(expression)) => Some(Message::Expression(expression)),
        (text, _) => {
            let has = if text.is_some() { "both" } else { "neither" };
            let message = format!("a validation has `message` or `messageExpression`, not {has}");
            reader.problem(node.span(), message);
            None
        }
    };
    let expression = reader.required(node, ("expression", "the validation"), expression);
    Some(Validation {
        each: each.map(|each| each.value),
        expression: expression?,
        message: message?,
        at: at.map(|at| at.value),
    })
}

/// What a rule over the model may look at.
pub const MODEL: [&str; 5] = ["policies", "ranges", "services", "versions", "workloads"];

fn expression(reader: &mut Reader, node: Node<'_>) -> Option<Expression> {
    let text = reader.text(node)?;
    if text.len() > LONGEST {
        let message = format!("the expression has {} bytes, more than {LONGEST}", text.len());
        reader.problem(node.span(), message);
        return None;
    }
    let places = node.inner_text()?.places().clone();
    Some(Expression { text: text.value, span: text.span, places })
}

fn examples(reader: &mut Reader, node: Node<'_>) -> Option<Vec<Example>> {
    if !reader.map(node, "`examples`", &["flagged", "not-flagged"]) {
        return None;
    }
    let mut examples = Vec::new();
    for (key, flagged) in [("flagged", true), ("not-flagged", false)] {
        let texts = reader.list(node, (key, "texts"), Reader::text);
        let example = |text: Spanned<String>| {
            let Spanned { value: text, span } = text;
            Example { flagged, text, span }
        };
        examples.extend(texts.into_iter().map(example));
    }
    Some(examples)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The rule as Markdown, as the page of a built-in rule is written.
fn page(rule: &CustomRule, description: &str) -> String {
    let mut page = format!("# {}\n", rule.info.summary);
    let mut section = |text: &str| {
        page.push('\n');
        page.push_str(text.trim_end());
        page.push('\n');
    };
    if !description.is_empty() {
        section(description);
    }
    section("## What must be true");
    for (name, expression) in &rule.variables {
        section(&format!("With `variables.{}`:", name.value));
        section(&fenced("cel", &expression.text));
    }
    for validation in &rule.validations {
        section(&fenced("cel", &validation.expression.text));
    }
    for (flagged, heading) in [(true, "## Flagged"), (false, "## Not flagged")] {
        let mut examples = rule.examples.iter().filter(|e| e.flagged == flagged).peekable();
        if examples.peek().is_some() {
            section(heading);
        }
        examples.for_each(|example| section(&fenced("yaml", &example.text)));
    }
    if let Some(help) = &rule.help {
        section("## How to fix");
        section(help);
    }
    page
}

/// A block of code; its fence is longer than any in the text.
fn fenced(language: &str, text: &str) -> String {
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}{language}\n{}\n{fence}", text.trim_end())
}
