use super::*;
use crate::source::Sources;

fn sources_of(text: &str) -> (Sources, crate::source::FileId) {
    let mut sources = Sources::default();
    let file = sources.add("a.yaml", text.to_owned());
    (sources, file)
}

/// Parses, finds the node at the keys of the first document, and gives what its span covers.
fn covered(text: &str, keys: &[&str]) -> String {
    let (sources, file) = sources_of(text);
    let parsed = parse(Text::whole(file, text), false);
    let root = parsed.tree.root(&parsed.tree.documents()[0]);
    sources.text(root.at(keys).expect("the keys exist").span()).to_owned()
}

fn problems(text: &str) -> Vec<ProblemKind> {
    let (_, file) = sources_of(text);
    parse(Text::whole(file, text), false).problems.into_iter().map(|p| p.kind).collect()
}

#[test]
fn spans_cover_exactly_what_is_written() {
    let text =
        "\u{feff}a: 'x y'\r\nb:\r\n  c: {d: [1, 2]}\r\n  e: |\r\n    one\r\n    two\r\nf:\r\n";
    assert_eq!(covered(text, &["a"]), "'x y'");
    assert_eq!(covered(text, &["b", "c"]), "{d: [1, 2]}");
    assert_eq!(covered(text, &["b", "c", "d"]), "[1, 2]");
    assert_eq!(covered(text, &["b", "e"]), "one\r\n    two");
    assert_eq!(covered(text, &["f"]), "");
    assert_eq!(covered(text, &["b"]), "c: {d: [1, 2]}\r\n  e: |\r\n    one\r\n    two");
}

#[test]
fn a_text_inside_a_scalar_knows_its_place_in_the_file() {
    let table = [
        "data:\n  x: |\n    {\n      \"mtu\": 1500\n    }\n",
        "data:\n  x: |-\n\n      {\n        \"mtu\":\n  \n      1500 }\n",
        "data: {x: '{\"it''s\": 1, \"mtu\": 1500}'}\n",
        "data:\n  x: \"{\\\"mtu\\\":\\t\\u00e9 1500}\"\n",
        "data:\n  x: \"{\\\"a\\\": 1,\n    \\\"mtu\\\": 1500}\"\n",
        "data:\n  x: >\n    {\n    \"mtu\": \n    1500\n    }\n",
        "data:\r\n  x: |\r\n    {\r\n      \"mtu\": 1500\r\n    }\r\n",
    ];
    for text in table {
        let (sources, file) = sources_of(text);
        let parsed = parse(Text::whole(file, text), false);
        let root = parsed.tree.root(&parsed.tree.documents()[0]);
        let inner = root.at(&["data", "x"]).and_then(Node::inner_text).expect("a scalar");
        let at = inner.value.find("1500").expect("the value holds it");
        assert_eq!(sources.text(inner.span(at..at + 4)), "1500", "{text:?}");
        let at = inner.value.find("mtu").expect("the value holds it");
        assert_eq!(sources.text(inner.span(at..at + 3)), "mtu", "{text:?}");
    }
}

#[test]
fn texts_nest_twice() {
    let text = "data:\n  x: |\n    inner: |\n      k: 1\n      deep: 10.0.0.0/8\n";
    let (sources, file) = sources_of(text);
    let parsed = parse(Text::whole(file, text), false);
    let root = parsed.tree.root(&parsed.tree.documents()[0]);
    let inner = parse(root.at(&["data", "x"]).and_then(Node::inner_text).expect("text"), false);
    let inner_root = inner.tree.root(&inner.tree.documents()[0]);
    let deep = parse(inner_root.get("inner").and_then(Node::inner_text).expect("text"), false);
    let value = deep.tree.root(&deep.tree.documents()[0]).get("deep").expect("the key exists");
    assert_eq!(sources.text(value.span()), "10.0.0.0/8");
}

#[test]
fn one_broken_document_does_not_lose_the_others() {
    let text = "a: 1\n---\nb: [1, 2\n---\nc: 3\n---\nd: \"x\n---\ne: 5\n";
    let (_, file) = sources_of(text);
    let parsed = parse(Text::whole(file, text), false);
    let keys: Vec<&str> = parsed
        .tree
        .documents()
        .iter()
        .filter_map(|document| parsed.tree.root(document).entries().next()?.0.str())
        .collect();
    assert_eq!(keys, ["a", "c", "e"]);
    let indexes: Vec<usize> = parsed.tree.documents().iter().map(|d| d.index).collect();
    assert_eq!(indexes, [0, 2, 4]);
    assert_eq!(parsed.problems.len(), 2);
}

#[test]
fn duplicate_keys_are_told_with_both_places() {
    let text = "a: 1\nb: 2\n\"a\": 3\n";
    let (sources, file) = sources_of(text);
    let parsed = parse(Text::whole(file, text), false);
    let [problem] = &parsed.problems[..] else { panic!("one problem") };
    let ProblemKind::DuplicateKey { key, first } = &problem.kind else { panic!("a duplicate") };
    assert_eq!((key.as_str(), first.start, problem.span.start), ("a", 0, 10));
    let root = parsed.tree.root(&parsed.tree.documents()[0]);
    assert_eq!(root.get("a").and_then(Node::str), Some("3"));
    assert_eq!(sources.text(problem.span), "\"a\"");
}

#[test]
fn aliases_and_merge_keys_are_followed() {
    let text = "base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\nlist:\n  <<: [*b, {z: 4}]\n";
    let (_, file) = sources_of(text);
    let parsed = parse(Text::whole(file, text), false);
    let root = parsed.tree.root(&parsed.tree.documents()[0]);
    let value = |keys: &[&str]| root.at(keys).and_then(Node::str);
    assert_eq!(value(&["use", "x"]), Some("1"));
    assert_eq!(value(&["use", "y"]), Some("3"));
    assert_eq!(value(&["list", "z"]), Some("4"));
    assert_eq!(root.get("use").map(|node| node.entries().count()), Some(2));
}

#[test]
fn a_billion_laughs_are_one_problem() {
    let mut text = String::from("a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (name, of) in "bcdefghi".chars().zip("abcdefgh".chars()) {
        text +=
            &format!("{name}: &{name} [*{of}, *{of}, *{of}, *{of}, *{of}, *{of}, *{of}, *{of}]\n");
    }
    let found = problems(&text);
    assert!(matches!(found[..], [ProblemKind::AliasExpansion { nodes: 1_000_001.. }]), "{found:?}");
}

#[test]
fn an_alias_inside_its_own_node_is_a_problem() {
    assert_eq!(problems("a: &a [*a]\n"), [ProblemKind::RecursiveAlias]);
    assert_eq!(problems("a: &a\n  <<: *a\n"), [ProblemKind::RecursiveAlias]);
}

#[test]
fn hostile_texts_end_in_problems() {
    for text in ["[".repeat(200_000), "{a: ".repeat(100_000), "- ".repeat(100_000)] {
        assert!(matches!(problems(&text)[..], [ProblemKind::Broken { .. }]));
    }
    let broken = |text: &str| match &problems(text)[..] {
        [ProblemKind::Broken { message }] => message.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(broken("a:\n\tb: 1\n"), "tabs disallowed within this context (block indentation)");
    assert_eq!(broken("a: \0\n"), "a NUL character in the text");
}

#[test]
fn template_expressions_are_told_from_maps() {
    let text = "a: {{ .Values.x }}\nb: '{{ .Values.y }}'\nc: {d: e}\nf: !vault x\n";
    let (_, file) = sources_of(text);
    let parsed = parse(Text::whole(file, text), false);
    let root = parsed.tree.root(&parsed.tree.documents()[0]);
    let templated = |key: &str| root.get(key).expect("the key exists").is_templated();
    assert_eq!(["a", "b", "c", "f"].map(templated), [true, true, false, true]);
}

#[test]
fn comments_come_when_asked_for() {
    let text = "# above\na: 1 # right\nb: '# none'\n";
    let (sources, file) = sources_of(text);
    let comments = parse(Text::whole(file, text), true).comments;
    let seen: Vec<(&str, bool)> =
        comments.iter().map(|c| (sources.text(c.span), c.own_line)).collect();
    assert_eq!(seen, [("# above", true), ("# right", false)]);
}

#[test]
fn quoted_lines_may_reach_as_far_left_as_kubernetes_lets_them() {
    let text =
        "spec:\n  config: '{\n\"a\": 1,\n  \"it''s\": 10.0.0.1 }\n'\n  next: \"x\ny\"\nlast: z\n";
    let (sources, file) = sources_of(text);
    let parsed = parse(Text::whole(file, text), false);
    assert_eq!(parsed.problems, []);
    let root = parsed.tree.root(&parsed.tree.documents()[0]);
    let inner = root.at(&["spec", "config"]).and_then(Node::inner_text).expect("a scalar");
    let at = inner.value.find("10.0.0.1").expect("the value holds it");
    assert_eq!(sources.text(inner.span(at..at + 8)), "10.0.0.1");
    assert_eq!(root.at(&["spec", "next"]).and_then(Node::str), Some("x y"));
    assert_eq!(covered(text, &["last"]), "z");
}

#[test]
fn joining_quoted_lines_ends() {
    assert!(matches!(problems("a: \"x\ny: 1\n")[..], [ProblemKind::Broken { .. }]));
    let many = "- a: \"x\ny\"\n".repeat(200);
    assert!(matches!(problems(&many)[..], [ProblemKind::Broken { .. }]));
}

#[test]
fn texts_in_block_scalars_have_comments_of_their_own() {
    let table: [(&str, &[(&str, bool)]); 6] = [
        (
            "data: # header\n  Corefile: | # in the header\n    # first\n    .:53 { # opens\n      log a#b\n    }\n    # last\n# after\nz: 1\n",
            &[
                ("# header", false),
                ("# in the header", false),
                ("# first", true),
                ("# opens", false),
                ("# last", true),
                ("# after", true),
            ],
        ),
        ("a: |2-\r\n   # x\r\n  y\t# z\r\n", &[("# x", true), ("# z", false)]),
        ("a: >\n  b # c\n  # d\n", &[("# c", false), ("# d", true)]),
        ("a: \"b # c\n  # d\"\n", &[]),
        ("a: |\n\n\n  # b\n# end", &[("# b", true), ("# end", true)]),
        ("- |\n # é # b\n- c # d\n", &[("# é # b", true), ("# d", false)]),
    ];
    for (text, want) in table {
        let (sources, file) = sources_of(text);
        let comments = parse(Text::whole(file, text), true).comments;
        let seen: Vec<(&str, bool)> =
            comments.iter().map(|c| (sources.text(c.span), c.own_line)).collect();
        assert_eq!(seen, want, "{text:?}");
        assert_eq!(parse(Text::whole(file, text), false).comments, []);
    }
}
