use super::*;
use crate::diagnostic::{Edit, Fix, Label, Severity};
use crate::source::Span;

struct Files {
    sources: Sources,
    findings: Vec<Diagnostic>,
}

impl Files {
    fn new(texts: &[&str]) -> Files {
        let mut sources = Sources::default();
        for (index, text) in texts.iter().enumerate() {
            sources.add(format!("{index}.yaml"), (*text).to_owned());
        }
        Files { sources, findings: Vec::new() }
    }

    /// A finding at the first edit; an edit is a file, a word in it, and what takes its place.
    fn finding(&mut self, rule: &'static str, safety: Safety, edits: &[(u32, &str, &str)]) {
        let edits: Vec<Edit> = edits
            .iter()
            .map(|(file, word, text)| {
                let file = FileId::new(*file);
                let start = self.sources.get(file).text().find(word).expect("the word is there");
                let span = Span::new(file, start..start + word.len());
                Edit { span, text: (*text).to_owned() }
            })
            .collect();
        let label = Label { span: edits[0].span, text: String::new() };
        let mut diagnostic = Diagnostic::new(Severity::Error, label, rule);
        diagnostic.rule = RuleId(rule.into());
        self.findings.push(diagnostic.fix(Fix { title: rule.to_owned(), safety, edits }));
    }

    fn fix(&self, fixer: &mut Fixer) -> Vec<String> {
        let texts = fixer.round(&self.sources, self.findings.iter());
        let text = |(id, source): (FileId, &SourceFile)| {
            texts.get(&id).map_or(source.text(), String::as_str).to_owned()
        };
        self.sources.iter().map(text).collect()
    }
}

fn safe() -> Fixer {
    Fixer::new(Safety::Safe, [])
}

#[test]
fn a_fix_is_applied_whole_or_not_at_all() {
    let mut files = Files::new(&["a: 1\n", "b: 2\n"]);
    files.finding("first", Safety::Safe, &[(0, "1", "3")]);
    files.finding("second", Safety::Safe, &[(0, "1", "4"), (1, "2", "4")]);
    let mut fixer = safe();
    assert_eq!(files.fix(&mut fixer), ["a: 3\n", "b: 2\n"]);
    assert_eq!(fixer.fixed, 1);
}

#[test]
fn a_frozen_file_keeps_others_from_half_a_fix() {
    let mut files = Files::new(&["a: 1\n", "b: 2\n"]);
    files.finding("both", Safety::Safe, &[(0, "1", "3"), (1, "2", "3")]);
    let mut fixer = Fixer::new(Safety::Safe, [FileId::new(1)]);
    assert_eq!(files.fix(&mut fixer), ["a: 1\n", "b: 2\n"]);
    assert_eq!(fixer.fixed, 0);
}

#[test]
fn the_order_of_findings_does_not_matter() {
    let mut files = Files::new(&["a: 12\n"]);
    files.finding("b", Safety::Safe, &[(0, "12", "x")]);
    files.finding("a", Safety::Safe, &[(0, "12", "y")]);
    let fixed = files.fix(&mut safe());
    files.findings.reverse();
    assert_eq!(files.fix(&mut safe()), fixed);
    assert_eq!(fixed, ["a: y\n"]);
}

#[test]
fn what_two_findings_ask_for_is_inserted_once() {
    let mut files = Files::new(&["a: 1\n"]);
    files.finding("a", Safety::Safe, &[(0, "1", "1\nb: 2")]);
    files.finding("b", Safety::Safe, &[(0, "1", "1\nb: 2")]);
    let mut fixer = safe();
    assert_eq!(files.fix(&mut fixer), ["a: 1\nb: 2\n"]);
    assert_eq!(fixer.fixed, 2);
}

#[test]
fn only_what_is_safe_enough_is_applied() {
    let mut files = Files::new(&["a: 1\n"]);
    files.finding("a", Safety::Unsafe, &[(0, "1", "2")]);
    assert_eq!(files.fix(&mut safe()), ["a: 1\n"]);
    assert_eq!(files.fix(&mut Fixer::new(Safety::Unsafe, [])), ["a: 2\n"]);
}

#[test]
fn a_fix_that_breaks_its_file_is_refused_and_the_others_are_not() {
    let head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n";
    let mut files = Files::new(&[&format!("{head}  q: 1\n  b: 2\n  z: 3\n")]);
    files.finding("sound", Safety::Safe, &[(0, "q: 1", "q: 4")]);
    files.finding("broken", Safety::Safe, &[(0, "b: 2", "b: [")]);
    files.finding("doubled", Safety::Safe, &[(0, "z", "q")]);
    let mut fixer = safe();
    assert_eq!(files.fix(&mut fixer), [format!("{head}  q: 4\n  b: 2\n  z: 3\n")]);
    let refused: Vec<&str> = fixer.refused.iter().map(|refused| refused.rule.as_str()).collect();
    assert_eq!(refused, ["broken", "doubled"]);
    assert_eq!(fixer.fixed, 1);
}

#[test]
fn what_does_not_help_is_not_done_again() {
    let mut files = Files::new(&["a: 1\n"]);
    files.finding("again", Safety::Safe, &[(0, "1", "1 ")]);
    let mut fixer = safe();
    assert_eq!(files.fix(&mut fixer), ["a: 1 \n"]);
    assert_eq!(files.fix(&mut fixer), ["a: 1\n"], "it was found again");
}

#[test]
fn new_lines_end_as_their_neighbours_do() {
    let table = [
        ("a: 1\r\nb: 2\n", "1", "a: 1\r\nx\r\nb: 2\n"),
        ("a: 1\r\nb: 2\n", "2", "a: 1\r\nb: 2\nx\n"),
        ("a: 1\r\nb: 2", "2", "a: 1\r\nb: 2\r\nx"),
        ("b: 2", "2", "b: 2\nx"),
    ];
    for (text, word, expected) in table {
        let mut files = Files::new(&[text]);
        files.finding("line", Safety::Safe, &[(0, word, &format!("{word}\nx"))]);
        // Not YAML any more, so the text alone is looked at.
        let edit = &files.findings[0].fixes[0].edits[0];
        assert_eq!(text::apply(text, &[edit]), expected, "{text:?}");
    }
}
