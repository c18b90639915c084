use std::collections::BTreeMap;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::super::testing::{Fixture, overlap};
use super::*;
use crate::diagnostic::{Diagnostic, Place};

/// An element: its name, its attributes, and what it holds.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    text: String,
    children: Vec<Element>,
}

/// The attributes that `junit-10.xsd` of Jenkins' xUnit plugin knows, the required ones first, with
/// their number; and the elements that may stand inside.
fn allowed(name: &str) -> (usize, &'static [&'static str], &'static [&'static str]) {
    match name {
        "testsuites" => (0, &["name", "time", "tests", "failures", "errors"], &["testsuite"]),
        "testsuite" => {
            (4, &["name", "tests", "failures", "errors", "skipped", "file"], &["testcase"])
        }
        "testcase" => (1, &["name", "time", "classname"], &["skipped", "error", "failure"]),
        "failure" | "error" | "skipped" => (0, &["type", "message"], &[]),
        other => panic!("no element `{other}`"),
    }
}

fn hold(element: &Element) {
    let (required, attributes, children) = allowed(&element.name);
    for name in &attributes[..required] {
        assert!(element.attributes.contains_key(*name), "{element:#?} has no `{name}`");
    }
    for name in element.attributes.keys() {
        assert!(attributes.contains(&name.as_str()), "{element:#?} has `{name}`");
    }
    for child in &element.children {
        assert!(children.contains(&child.name.as_str()), "{element:#?}");
        hold(child);
    }
    let count = |element: &Element, name: &str| -> usize {
        element.attributes.get(name).map_or(0, |count| count.parse().expect("a number"))
    };
    if element.name == "testsuites" {
        for name in ["tests", "failures", "errors"] {
            let sum: usize = element.children.iter().map(|suite| count(suite, name)).sum();
            assert_eq!(count(element, name), sum, "{name}");
        }
    }
    if element.name == "testsuite" {
        assert_eq!(count(element, "tests"), element.children.len());
        for (name, inner) in [("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]
        {
            let tests = element.children.iter();
            let of_kind = tests.filter(|test| test.children.iter().any(|c| c.name == inner));
            assert_eq!(count(element, name), of_kind.count(), "{name}");
        }
    }
}

fn element(start: &BytesStart<'_>) -> Element {
    let attributes = start.attributes().map(|attribute| {
        let attribute = attribute.unwrap();
        let name = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
        (name, attribute.normalized_value(XmlVersion::Explicit1_0).unwrap().into_owned())
    });
    Element {
        name: String::from_utf8(start.name().as_ref().to_vec()).unwrap(),
        attributes: attributes.collect(),
        ..Element::default()
    }
}

/// The root, after the report was read as XML and held to what Jenkins takes.
fn junit(report: &Report) -> Element {
    let text = text(report);
    let is_allowed = |c: char| {
        matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
            || c > '\u{ffff}'
    };
    assert!(text.chars().all(is_allowed), "characters that XML does not have");
    let mut reader = Reader::from_str(&text);
    reader.config_mut().check_end_names = true;
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => open.push(element(&start)),
            Event::Empty(start) => open.last_mut().unwrap().children.push(element(&start)),
            Event::End(_) => {
                let closed = open.pop().unwrap();
                open.last_mut().unwrap().children.push(closed);
            }
            Event::Text(text) => open.last_mut().unwrap().text += &text.decode().unwrap(),
            Event::GeneralRef(name) => {
                let name = name.decode().unwrap();
                let text = quick_xml::escape::resolve_predefined_entity(&name).expect("known");
                open.last_mut().unwrap().text += text;
            }
            Event::Decl(_) => {}
            Event::Eof => break,
            other => panic!("{other:?}"),
        }
    }
    let [document] = &mut open[..] else { panic!("an element is not closed") };
    assert_eq!(document.children.len(), 1);
    let root = document.children.pop().unwrap();
    assert_eq!(root.name, "testsuites");
    hold(&root);
    root
}

fn text(report: &Report) -> String {
    let mut out = Vec::new();
    write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_finding_is_a_test_that_failed() {
    junit(&overlap().report());
    insta::assert_snapshot!(text(&overlap().report()), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="netvet" tests="4" failures="1" errors="1">
      <testsuite name="charts/web/templates/svc.yaml" file="charts/web/templates/svc.yaml" tests="1" failures="0" errors="0" skipped="1">
        <testcase classname="charts/web/templates/svc.yaml" name="checked">
          <skipped message="helm-template"/>
        </testcase>
      </testsuite>
      <testsuite name="clusters/prod/kubeadm.yaml" file="clusters/prod/kubeadm.yaml" tests="1" failures="1" errors="0" skipped="0">
        <testcase classname="clusters/prod/kubeadm.yaml" name="overlapping-pools at 3:14">
          <failure type="error" message="pod range `10.96.0.0/16` lies inside the pool `10.96.0.0/12` (pod range)">clusters/prod/kubeadm.yaml:3:14: pod range `10.96.0.0/16` lies inside the pool `10.96.0.0/12` (pod range)
    clusters/prod/pool.yaml:5:9: IP pool `default`
    help: give the pool a range that the pods do not use
    cluster: prod
    https://netvet.example/overlapping-pools</failure>
        </testcase>
      </testsuite>
      <testsuite name="clusters/prod/pool.yaml" file="clusters/prod/pool.yaml" tests="1" failures="0" errors="0" skipped="0">
        <testcase classname="clusters/prod/pool.yaml" name="checked"/>
      </testsuite>
      <testsuite name="x.yaml" file="x.yaml" tests="1" failures="0" errors="1" skipped="0">
        <testcase classname="x.yaml" name="readable at 3:1">
          <error type="unreadable" message="cannot be read: a tab indents a block"/>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
}

#[test]
fn a_file_without_findings_is_a_test_that_passed() {
    let mut fixture = Fixture::default();
    fixture.file("a.yaml", "a: 1\n");
    let root = junit(&fixture.report());
    assert_eq!(root.attributes["tests"], "1");
    assert_eq!(root.attributes["failures"], "0");
    assert_eq!(root.children[0].children[0].attributes["name"], "checked");
}

#[test]
fn nothing_looked_at_is_no_test() {
    assert_eq!(junit(&Fixture::default().report()).attributes["tests"], "0");
}

#[test]
fn hostile_values_stay_values() {
    let mut fixture = Fixture::default();
    let path = "a\"'<&>\n\u{1b}\0\u{ffff}.yaml";
    let file = fixture.file(path, "a: 1\n");
    let span = fixture.at(file, "1");
    let message = "]]></failure><error/>&#0;&lol;\u{b}\u{fffe}\u{202e}";
    let diagnostic = Diagnostic::error(span.label("<!--"), message).help("<![CDATA[");
    fixture.finding(diagnostic).cluster = Some("\"/>".to_owned());
    fixture.unreadable("b<", "<?x?>", None);
    fixture.skipped("c", "\"<");
    let root = junit(&fixture.report());
    let suite = &root.children[0];
    assert_eq!(suite.attributes["name"], "a\"'<&>␊␛␀\u{fffd}.yaml");
    let failure = &suite.children[0].children[0];
    let shown = "]]></failure><error/>&#0;&lol;␋\u{fffd}\u{fffd} (<!--)";
    assert_eq!(failure.attributes["message"], shown);
    assert!(failure.text.contains(shown) && failure.text.contains("help: <![CDATA["));
    assert!(failure.text.contains("cluster: \"/>"));
}
