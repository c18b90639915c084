use super::*;
use crate::diagnostic::{Label, Mend, Severity, Value};

/// The text after a change whose places are given by words of it; `None` if it cannot be written.
fn changed(
    path: &str,
    text: &str,
    change: impl Fn(&dyn Fn(&str) -> Span) -> Change,
) -> Option<String> {
    let mut sources = Sources::default();
    let file = sources.add(path, text.to_owned());
    let place = |word: &str| {
        let start = text.find(word).unwrap_or_else(|| panic!("no {word:?} in {text:?}"));
        Span::new(file, start..start + word.len())
    };
    let label = Label { span: Span::new(file, 0..0), text: String::new() };
    let mut diagnostic =
        Diagnostic::new(Severity::Error, label, "m").mend(Mend::safe("t", change(&place)));
    write_fixes(&sources, &[], &mut [&mut diagnostic]);
    let fix = diagnostic.fixes.pop()?;
    let edits: Vec<&Edit> = fix.edits.iter().collect();
    let after = crate::fix::text::apply(text, &edits);
    let parse = |text: &str| syntax::parse(Text::whole(FileId::new(0), text), false).problems.len();
    assert_eq!(parse(&after), parse(text), "{after}");
    Some(after)
}

fn write(text: &str, word: &str, was: &str, new: &str) -> Option<String> {
    changed("a.yaml", text, |place| Change::write(place(word), was, new))
}

#[test]
fn a_value_keeps_its_quotes() {
    let table = [
        ("a: b # c\n", "b", "b", "d", "a: d # c\n"),
        ("a: \"b\"\n", "\"b\"", "b", "d\"", "a: \"d\\\"\"\n"),
        ("a: 'b'\n", "'b'", "b", "it's", "a: 'it''s'\n"),
        ("{\"a\": \"b\"}", "\"b\"", "b", "d", "{\"a\": \"d\"}"),
        ("a: 1500\n", "1500", "1500", "1450", "a: 1450\n"),
        ("a: \"1500\"\n", "\"1500\"", "1500", "1450", "a: \"1450\"\n"),
        ("a: b\n", "b", "b", "1450", "a: \"1450\"\n"),
        ("a: b\n", "b", "b", "true", "a: \"true\"\n"),
        ("a: b\n", "b", "b", "x: y", "a: \"x: y\"\n"),
        ("a: FD00::1/64\n", "FD00::1/64", "fd00::1/64", "fd00::/64", "a: fd00::/64\n"),
        ("a: b\nc: 1\n", "a", "a", "d", "d: b\nc: 1\n"),
        ("a: b", "b", "b", "d", "a: d"),
    ];
    for (text, word, was, new, expected) in table {
        assert_eq!(write(text, word, was, new).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn a_part_of_a_value_is_written_alone() {
    let table = [
        ("a: 10.0.0.1/8,fd00::/8\n", "10.0.0.1/8", "10.0.0.0/8"),
        ("a: \"x\\ty,10.0.0.1/8\"\n", "10.0.0.1/8", "10.0.0.0/8"),
        ("a: 'it''s,10.0.0.1/8'\n", "10.0.0.1/8", "10.0.0.0/8"),
        ("a: |\n  x\n  10.0.0.1/8\n  y\n", "10.0.0.1/8", "10.0.0.0/8"),
        ("a: >\n  x\n  10.0.0.1/8\n", "10.0.0.1/8", "10.0.0.0/8"),
    ];
    for (text, word, new) in table {
        assert_eq!(write(text, word, word, new), Some(text.replace(word, new)), "{text}");
    }
}

#[test]
fn what_does_not_stand_there_is_not_replaced() {
    // The place of a part is that of all of it where the notation has escapes.
    assert_eq!(write("a: \"x\\n10.0.0.1/8\"\n", "\"x\\n10.0.0.1/8\"", "10.0.0.1/8", "y"), None);
    assert_eq!(write("a: &b c\nd: *b\n", "*b", "c", "e"), None);
}

const NESTED: &str = "\
kind: ConfigMap
data:
  a.conflist: |
    {
      \"plugins\": [
        {\"type\": \"bridge\"}
      ]
    }
  b.conflist: \"{\\\"plugins\\\": [{\\\"type\\\": \\\"ptp\\\"}]}\"
  c.conflist: '{\"plugins\": [{\"type\": \"vlan\"}]}'
  d.yaml: |
    outer:
      inner: |
        deep: old
        next: 1
";

#[test]
fn texts_inside_texts_are_written_as_they_stand_there() {
    let mtu = |word: &'static str| {
        changed("a.yaml", NESTED, move |place| {
            Change::entry(Beside::Behind(place(word)), "mtu", 1450)
        })
    };
    let expected = NESTED.replace("\"bridge\"", "\"bridge\", \"mtu\": 1450");
    assert_eq!(mtu("\"bridge\""), Some(expected));
    let expected = NESTED.replace("\\\"ptp\\\"", "\\\"ptp\\\", \\\"mtu\\\": 1450");
    assert_eq!(mtu("\\\"ptp\\"), Some(expected));
    let expected = NESTED.replace("\"vlan\"", "\"vlan\", \"mtu\": 1450");
    assert_eq!(mtu("\"vlan\""), Some(expected));
    let after =
        changed("a.yaml", NESTED, |place| Change::entry(Beside::Behind(place("old")), "new", true));
    assert_eq!(after, Some(NESTED.replace("deep: old\n", "deep: old\n        new: true\n")));
    let after = changed("a.yaml", NESTED, |place| {
        Change::entry(Beside::Behind(place("1\n").slice(0..1)), "new", true)
    });
    assert_eq!(after, Some(NESTED.replace("next: 1\n", "next: 1\n        new: true\n")));
}

#[test]
fn entries_take_the_form_of_their_neighbours() {
    let list = || Value::List(vec!["x".into(), "z".into()]);
    let table = [
        ("a: 1\nb: 2\n", "a: 1\nnew: [x, z]\nb: 2\n"),
        ("a:   1   # one\nb: 2", "a:   1   # one\nnew: [x, z]\nb: 2"),
        ("b: 2\na: 1", "b: 2\na: 1\nnew: [x, z]"),
        ("- a: 1\n  b: 2\n", "- a: 1\n  new: [x, z]\n  b: 2\n"),
        ("{a: 1, b: 2}", "{a: 1, new: [x, z], b: 2}"),
        ("{\"a\": 1}", "{\"a\": 1, \"new\": [\"x\", \"z\"]}"),
        (
            "{\n  \"a\": 1,\n  \"b\": 2\n}\n",
            "{\n  \"a\": 1,\n  \"new\": [\"x\", \"z\"],\n  \"b\": 2\n}\n",
        ),
    ];
    for (text, expected) in table {
        let after = changed("a.yaml", text, |place| {
            Change::entry(Beside::Behind(place("1")), "new", list())
        });
        assert_eq!(after.as_deref(), Some(expected), "{text}");
    }
    let table = [
        ("a: 1\nb: 2\n", "new: [x, z]\na: 1\nb: 2\n"),
        ("- a: 1\n  b: 2\n", "- new: [x, z]\n  a: 1\n  b: 2\n"),
        ("{a: 1, b: 2}", "{new: [x, z], a: 1, b: 2}"),
        ("{\n  \"a\": 1\n}", "{\n  \"new\": [\"x\", \"z\"],\n  \"a\": 1\n}"),
    ];
    for (text, expected) in table {
        let after = changed("a.yaml", text, |place| {
            Change::entry(Beside::Before(place("1")), "new", list())
        });
        assert_eq!(after.as_deref(), Some(expected), "{text}");
    }
    let known =
        changed("a.yaml", "a: 1\n", |place| Change::entry(Beside::Behind(place("1")), "a", true));
    assert_eq!(known, None, "the map has it");
}

#[test]
fn an_entry_comes_behind_all_of_a_value() {
    let text = "a:\n  b:\n    c: 1\n    d: 2 # e\nf: g\n";
    let after = changed("a.yaml", text, |place| {
        Change::entry(Beside::Behind(place("c: 1\n    d: 2")), "new", 1)
    });
    assert_eq!(after.as_deref(), Some("a:\n  b:\n    c: 1\n    d: 2 # e\n  new: 1\nf: g\n"));
    let after =
        changed("a.yaml", "a: {}\n", |place| Change::entry(Beside::Inside(place("{}")), "new", 1));
    assert_eq!(after.as_deref(), Some("a: {new: 1}\n"));
}

#[test]
fn blocks_are_laid_out_as_in_the_rest_of_the_document() {
    let value = || {
        let port = Value::map([("protocol", "UDP".into()), ("port", 53.into())]);
        Value::map([("ports", vec![port].into())])
    };
    let table = [
        (
            "spec:\n  list:\n    - a\n  egress:\n    - to: 1\n",
            "spec:\n  list:\n    - a\n  egress:\n    - ports:\n        - protocol: UDP\n          port: 53\n    - to: 1\n",
        ),
        (
            "spec:\n    list:\n    - a\n    egress:\n    - to: 1\n",
            "spec:\n    list:\n    - a\n    egress:\n    - ports:\n      - protocol: UDP\n        port: 53\n    - to: 1\n",
        ),
        ("egress: [{to: 1}]\n", "egress: [{ports: [{protocol: UDP, port: 53}]}, {to: 1}]\n"),
        (
            "{\"egress\": [\n  {\"to\": 1}\n]}",
            "{\"egress\": [\n  {\"ports\": [{\"protocol\": \"UDP\", \"port\": 53}]},\n  {\"to\": 1}\n]}",
        ),
    ];
    for (text, expected) in table {
        let after = changed("a.yaml", text, |place| Change::Item {
            beside: Beside::Before(place("1")),
            value: value(),
        });
        assert_eq!(after.as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn items_come_before_and_behind_others() {
    let table = [
        ("a:\n- b # c\n- d\n", "a:\n- b # c\n- new\n- d\n"),
        ("a:\n  - - b\n    - d\n", "a:\n  - - b\n    - new\n    - d\n"),
        ("a: [b, d]\n", "a: [b, new, d]\n"),
        ("a: [\n  b,\n  d\n]\n", "a: [\n  b,\n  new,\n  d\n]\n"),
        ("a: [\"b\"]\n", "a: [\"b\", \"new\"]\n"),
    ];
    for (text, expected) in table {
        let word = if text.contains('"') { "\"b\"" } else { "b" };
        let after = changed("a.yaml", text, |place| Change::Item {
            beside: Beside::Behind(place(word)),
            value: "new".into(),
        });
        assert_eq!(after.as_deref(), Some(expected), "{text}");
    }
    let after = changed("a.yaml", "a:\n  - - b\n    - d\n", |place| Change::Item {
        beside: Beside::Before(place("b")),
        value: "new".into(),
    });
    assert_eq!(after.as_deref(), Some("a:\n  - - new\n    - b\n    - d\n"));
}

#[test]
fn entries_and_items_go_with_their_lines() {
    let table = [
        ("a: x\nb: 2\n", "x", Some("b: 2\n")),
        ("b: 2\na: x # y\n", "x", Some("b: 2\n")),
        ("b: 2\na: x", "x", Some("b: 2")),
        ("- a: x\n  b: 2\n", "x", Some("- b: 2\n")),
        ("- b\n- x\n", "x", Some("- b\n")),
        ("{a: x, b: 2}", "x", Some("{b: 2}")),
        ("{b: 2, a: x}", "x", Some("{b: 2}")),
        ("{\n  \"b\": 2,\n  \"a\": \"x\"\n}", "\"x\"", Some("{\n  \"b\": 2\n}")),
        ("a: x\n", "x", None),
        ("- a: x\n  # about b\n  b: 2\n", "x", None),
    ];
    for (text, word, expected) in table {
        let after = changed("a.yaml", text, |place| Change::Remove { place: place(word) });
        assert_eq!(after.as_deref(), expected, "{text}");
    }
}

#[test]
fn two_items_become_one() {
    let table = [
        ("a:\n- b: 1\n- c: 2\n", Some("a:\n- b: 1\n  c: 2\n")),
        ("a: [{b: 1}, {c: 2}]\n", Some("a: [{b: 1, c: 2}]\n")),
        ("a:\n- {b: 1}\n- {c: 2}\n", Some("a:\n- {b: 1, c: 2}\n")),
        ("a:\n- b: 1\n- {c: 2}\n", None),
        ("a:\n- {b: 1} # one\n- {c: 2}\n", None),
    ];
    for (text, expected) in table {
        let after =
            changed("a.yaml", text, |place| Change::Join { first: place("1"), second: place("2") });
        assert_eq!(after.as_deref(), expected, "{text}");
    }
}

#[test]
fn values_and_items_are_exchanged() {
    let after = changed("a.yaml", "[{\"t\": \"a\"}, {\"t\": \"b\", \"m\": 1}]", |place| {
        Change::Swap { first: place("\"a\""), second: place("\"b\"") }
    });
    assert_eq!(after.as_deref(), Some("[{\"t\": \"b\", \"m\": 1}, {\"t\": \"a\"}]"));
    let value = || Value::List(vec![Value::map([("name", "v".into()), ("value", "4".into())])]);
    for (text, word, expected) in [
        ("a:\n  v: \"4\"\nb: c\n", "v: \"4\"", "a:\n  - name: v\n    value: \"4\"\nb: c\n"),
        ("a: {v: 4}\n", "{v: 4}", "a: [{name: v, value: \"4\"}]\n"),
    ] {
        let after =
            changed("a.yaml", text, |place| Change::Replace { place: place(word), value: value() });
        assert_eq!(after.as_deref(), Some(expected), "{text}");
    }
}

const COREFILE: &str = ".:53 {\n    errors\n    kubernetes cluster.local {\n        upstream\n    }\n    proxy . 1.1.1.1\n}\n";

#[test]
fn lines_of_a_corefile_come_and_go_in_every_notation() {
    let fixed = ".:53 {\n    cache 30\n    errors\n    kubernetes cluster.local {\n    }\n    forward . 1.1.1.1\n}\n";
    let quoted = |text: &str| format!("data:\n  Corefile: {}\n", notation::quoted(text));
    let block = |text: &str| {
        format!("data:\n  Corefile: |\n    {}\n", text.trim_end().replace('\n', "\n    "))
    };
    let crlf = |text: &str| block(text).replace('\n', "\r\n");
    type Form<'f> = &'f dyn Fn(&str) -> String;
    let forms: [(&str, Form<'_>); 4] =
        [("Corefile", &str::to_owned), ("a.yaml", &quoted), ("a.yaml", &block), ("a.yaml", &crlf)];
    for (path, form) in forms {
        let mut text = form(COREFILE);
        for change in [
            |place: &dyn Fn(&str) -> Span| Change::Line {
                before: place("errors"),
                text: "cache 30".to_owned(),
            },
            |place: &dyn Fn(&str) -> Span| Change::RemoveLine { place: place("upstream") },
            |place: &dyn Fn(&str) -> Span| Change::write(place("proxy"), "proxy", "forward"),
        ] {
            let after = changed(path, &text, change);
            text = after.unwrap_or_else(|| panic!("not written: {text:?}"));
        }
        assert_eq!(text, form(fixed));
    }
}
