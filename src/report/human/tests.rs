use proptest::prelude::*;

use super::super::testing::{Fixture, overlap};
use super::*;
use crate::diagnostic::{Diagnostic, Edit, Place, Safety};
use crate::source::Span;

const PLAIN: Options = Options { color: false, unicode: true, width: 80, hyperlinks: false };

fn text(fixture: &mut Fixture, options: Options) -> String {
    let mut out = Vec::new();
    write(&fixture.report(), options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn plain(fixture: &mut Fixture) -> String {
    text(fixture, PLAIN)
}

#[test]
fn a_single_label() {
    let mut fixture = Fixture::default();
    let file = fixture.file("a.yaml", "kind: Service\nspec:\n  clusterIP: 10.0.0.1\n  type: X\n");
    let span = fixture.at(file, "10.0.0.1");
    fixture.error(span, "address `10.0.0.1` lies outside the service range");
    insta::assert_snapshot!(plain(&mut fixture), @"
    some-rule (https://netvet.example/some-rule)

      × address `10.0.0.1` lies outside the service range
       ╭─[a.yaml:3:14]
     2 │ spec:
     3 │   clusterIP: 10.0.0.1
       ·              ────────
     4 │   type: X
       ╰────

    1 error in 1 file
    ");
}

#[test]
fn several_files_in_one_finding() {
    insta::assert_snapshot!(plain(&mut overlap()), @"
    overlapping-pools (https://netvet.example/overlapping-pools)

      × pod range `10.96.0.0/16` lies inside the pool `10.96.0.0/12`
       ╭─[clusters/prod/kubeadm.yaml:3:14]
     2 │ networking:
     3 │   podSubnet: 10.96.0.0/16
       ·              ──────┬─────
       ·                    ╰── pod range
       ╰────
       ╭─[clusters/prod/pool.yaml:5:9]
     4 │ spec:
     5 │   cidr: 10.96.0.0/12
       ·         ──────┬─────
       ·               ╰── IP pool `default`
     6 │   blockSize: 26
       ╰────
      help: give the pool a range that the pods do not use
      cluster: prod
      fix: move the pool (unsafe: --fix --unsafe-fixes)

    x.yaml:3:1: cannot be read: a tab indents a block
    1 skipped: 1 helm-template
    1 error in 2 files (1 info hidden, 3 suppressed, 1 fixable with --fix --unsafe-fixes, 1 unreadable)
    ");
}

#[test]
fn ascii_and_narrow() {
    let options = Options { unicode: false, width: 40, ..PLAIN };
    insta::assert_snapshot!(text(&mut overlap(), options), @"
    overlapping-pools (https://netvet.example/overlapping-pools)

      x pod range `10.96.0.0/16` lies
      | inside the pool `10.96.0.0/12`
       ,-[clusters/prod/kubeadm.yaml:3:14]
     2 | networking:
     3 |   podSubnet: 10.96.0.0/16
       :              ^^^^^^|^^^^^
       :                    `-- pod range
       `----
       ,-[clusters/prod/pool.yaml:5:9]
     4 | spec:
     5 |   cidr: 10.96.0.0/12
       :         ^^^^^^|^^^^^
       :               `-- IP pool `default`
     6 |   blockSize: 26
       `----
      help: give the pool a range that the
            pods do not use
      cluster: prod
      fix: move the pool (unsafe: --fix
           --unsafe-fixes)

    x.yaml:3:1: cannot be read: a tab indents a block
    1 skipped: 1 helm-template
    1 error in 2 files (1 info hidden, 3 suppressed, 1 fixable with --fix --unsafe-fixes, 1 unreadable)
    ");
}

#[test]
fn warnings_and_advice_have_their_own_marks() {
    let mut fixture = Fixture::default();
    let file = fixture.file("a.yaml", "a: 1\nb: 2\n");
    let (a, b) = (fixture.at(file, "1"), fixture.at(file, "2"));
    fixture.finding(Diagnostic::warning(a.label("one"), "a warning"));
    fixture.finding(Diagnostic::info(b.label("two"), "some advice"));
    insta::assert_snapshot!(plain(&mut fixture), @"
    some-rule (https://netvet.example/some-rule)

      ⚠ a warning
       ╭─[a.yaml:1:4]
     1 │ a: 1
       ·    ┬
       ·    ╰── one
     2 │ b: 2
       ╰────

    some-rule (https://netvet.example/some-rule)

      ☞ some advice
       ╭─[a.yaml:2:4]
     1 │ a: 1
     2 │ b: 2
       ·    ┬
       ·    ╰── two
       ╰────

    1 warning, 1 info in 1 file
    ");
}

#[test]
fn labels_that_are_near_share_a_window_and_far_ones_do_not() {
    let mut fixture = Fixture::default();
    let lines: Vec<String> = (1..=30).map(|line| format!("line{line}: v{line}\n")).collect();
    let file = fixture.file("a.yaml", &lines.concat());
    let diagnostic = Diagnostic::error(fixture.at(file, "v20").label("the primary one"), "three")
        .related(fixture.at(file, "v23").label("near"))
        .related(fixture.at(file, "v2").label("far"));
    fixture.finding(diagnostic);
    insta::assert_snapshot!(plain(&mut fixture), @"
    some-rule (https://netvet.example/some-rule)

      × three
        ╭─[a.yaml:20:9]
     19 │ line19: v19
     20 │ line20: v20
        ·         ─┬─
        ·          ╰── the primary one
     21 │ line21: v21
     22 │ line22: v22
     23 │ line23: v23
        ·         ─┬─
        ·          ╰── near
     24 │ line24: v24
        ╰────
       ╭─[a.yaml:2:8]
     1 │ line1: v1
     2 │ line2: v2
       ·        ─┬
       ·         ╰── far
     3 │ line3: v3
       ╰────

    1 error in 1 file
    ");
}

#[test]
fn wide_characters_and_a_tab() {
    let mut fixture = Fixture::default();
    let file = fixture.file("宽.yaml", "説明: 漢字テスト café\n\tname: {team: 決済}\n");
    let diagnostic = Diagnostic::warning(fixture.at(file, "テスト").label("ここ"), "wide 漢字")
        .related(fixture.at(file, "é").label("narrow"))
        .related(fixture.at(file, "決済").label("after a tab"));
    fixture.finding(diagnostic);
    insta::assert_snapshot!(plain(&mut fixture), @"
    some-rule (https://netvet.example/some-rule)

      ⚠ wide 漢字
       ╭─[宽.yaml:1:7]
     1 │ 説明: 漢字テスト café
       ·           ───┬──    ┬
       ·              │      ╰── narrow
       ·              ╰── ここ
     2 │     name: {team: 決済}
       ·                  ──┬─
       ·                    ╰── after a tab
       ╰────

    1 warning in 1 file
    ");
}

#[test]
fn hostile_characters_are_shown_and_not_obeyed() {
    let mut fixture = Fixture::default();
    let file = fixture.file(
        "ev\u{1b}[31mil\u{202e}\n.yaml",
        "a: \u{1b}[2J\u{7}x\ry\u{9b}31m\u{202e}z\0 k\u{8}: v\n",
    );
    let mut diagnostic = Diagnostic::error(
        fixture.at(file, "v").label("lab\u{1b}]0;pwn\u{7}el\n"),
        "m\u{1b}[1mb\r\n",
    )
    .help("h\u{9b}2J\nelp")
    .fix(Fix { title: "f\u{1b}ix".to_owned(), safety: Safety::Safe, edits: Vec::new() });
    diagnostic.rule = crate::diagnostic::RuleId("ru\u{1b}le".into());
    fixture.finding(diagnostic).cluster = Some("pr\u{7}od".to_owned());
    insta::assert_snapshot!(plain(&mut fixture), @"
    ru␛le (https://netvet.example/ru␛le)

      × m␛[1mb␍␊
       ╭─[ev␛[31mil�␊.yaml:1:24]
     1 │ a: ␛[2J␇x␍y�31m�z␀ k␈: v
       ·                        ┬
       ·                        ╰── lab␛]0;pwn␇el␊
       ╰────
      help: h�2J␊elp
      cluster: pr␇od
      fix: f␛ix (safe: --fix)

    1 error in 1 file (1 fixable with --fix)
    ");
}

#[test]
fn a_long_line_is_trimmed_around_its_label() {
    let mut fixture = Fixture::default();
    let text =
        format!("{}\nb: {} mark: 1 {}\n", "c".repeat(200), "漢".repeat(900), "d".repeat(900));
    let file = fixture.file("long.yaml", &text);
    let span = fixture.at(file, "mark");
    fixture.finding(Diagnostic::error(span.label("here"), "far to the right"));
    insta::assert_snapshot!(plain(&mut fixture), @"
    some-rule (https://netvet.example/some-rule)

      × far to the right
       ╭─[long.yaml:2:905]
     1 │ cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc…
     2 │ …漢漢漢漢漢漢漢漢 mark: 1 ddddddddddddddddddddddddddddddddddddddddddd…
       ·                   ──┬─
       ·                     ╰── here
       ╰────

    1 error in 1 file
    ");
}

#[test]
fn labels_far_apart_on_one_line_have_a_window_each() {
    let mut fixture = Fixture::default();
    let text = format!("{{\"a\":1,{}\"b\":2}}", "\"x\":0,".repeat(100));
    let file = fixture.file("min.json", &text);
    let diagnostic = Diagnostic::error(fixture.at(file, "\"a\"").label("one"), "minified")
        .related(fixture.at(file, "\"b\"").label("other"));
    fixture.finding(diagnostic);
    insta::assert_snapshot!(plain(&mut fixture), @r#"
    some-rule (https://netvet.example/some-rule)

      × minified
       ╭─[min.json:1:2]
     1 │ {"a":1,"x":0,"x":0,"x":0,"x":0,"x":0,"x":0,"x":0,"x":0,"x":0,"x":0,"…
       ·  ─┬─
       ·   ╰── one
       ╰────
       ╭─[min.json:1:608]
     1 │ …0,"x":0,"x":0,"x":0,"x":0,"x":0,"x":0,"x":0,"x":0,"x":0,"x":0,"b":2}
       ·                                                                ─┬─
       ·                                                                 ╰── other
       ╰────

    1 error in 1 file
    "#);
}

#[test]
fn an_empty_span_at_the_end_of_the_file() {
    let mut fixture = Fixture::default();
    let file = fixture.file("a.yaml", "kind: Service\nspec:\n");
    fixture.finding(Diagnostic::error(Span::new(file, 20..20).label("ends here"), "no ports"));
    insta::assert_snapshot!(plain(&mut fixture), @"
    some-rule (https://netvet.example/some-rule)

      × no ports
       ╭─[a.yaml:3:1]
     2 │ spec:
     3 │ 
       · ▲
       · ╰── ends here
       ╰────

    1 error in 1 file
    ");
}

#[test]
fn an_empty_file_can_have_a_finding() {
    let mut fixture = Fixture::default();
    let file = fixture.file("a.yaml", "");
    fixture.finding(Diagnostic::error(Span::new(file, 0..0).label("nothing"), "no documents"));
    insta::assert_snapshot!(plain(&mut fixture), @"
    some-rule (https://netvet.example/some-rule)

      × no documents
       ╭─[a.yaml:1:1]
     1 │ 
       · ▲
       · ╰── nothing
       ╰────

    1 error in 1 file
    ");
}

#[test]
fn crlf_and_a_byte_order_mark_leave_no_trace() {
    let mut fixture = Fixture::default();
    let file = fixture.file("a.yaml", "\u{feff}kind: Service\r\nspec:\r\n  type: X\r\n");
    let diagnostic = Diagnostic::error(fixture.at(file, "Service").label("kind"), "windows")
        .related(fixture.at(file, "X").label("type"));
    fixture.finding(diagnostic);
    insta::assert_snapshot!(plain(&mut fixture), @"
    some-rule (https://netvet.example/some-rule)

      × windows
       ╭─[a.yaml:1:7]
     1 │ kind: Service
       ·       ───┬───
       ·          ╰── kind
     2 │ spec:
     3 │   type: X
       ·         ┬
       ·         ╰── type
       ╰────

    1 error in 1 file
    ");
}

#[test]
fn a_span_over_several_lines() {
    let mut fixture = Fixture::default();
    let file = fixture.file("a.yaml", "spec:\n  ports:\n  - port: 80\n  - port: 80\nend: 1\n");
    let span = fixture.at(file, "- port: 80\n  - port: 80\n");
    fixture.finding(Diagnostic::error(span.label("both"), "two ports are alike"));
    insta::assert_snapshot!(plain(&mut fixture), @"
    some-rule (https://netvet.example/some-rule)

      × two ports are alike
       ╭─[a.yaml:3:3]
     2 │       ports:
     3 │ ╭─▶   - port: 80
     4 │ ├─▶   - port: 80
       · ╰──── both
     5 │     end: 1
       ╰────

    1 error in 1 file
    ");
}

#[test]
fn a_span_over_many_lines_is_drawn_under_its_first() {
    let mut fixture = Fixture::default();
    let text = format!("data:\n{}", "  line\n".repeat(500));
    let file = fixture.file("a.yaml", &text);
    fixture.error(Span::new(file, 0..text.len()), "too much");
    insta::assert_snapshot!(plain(&mut fixture), @"
    some-rule (https://netvet.example/some-rule)

      × too much
       ╭─[a.yaml:1:1]
     1 │ data:
       · ──┬──
       ·   ╰── (to line 501)
     2 │   line
       ╰────

    1 error in 1 file
    ");
}

#[test]
fn two_labels_of_one_span_are_one() {
    let mut fixture = Fixture::default();
    let file = fixture.file("a.yaml", "a: 1\n");
    let span = fixture.at(file, "1");
    fixture.finding(Diagnostic::error(span.label("one"), "same").related(span.label("two")));
    insta::assert_snapshot!(plain(&mut fixture), @"
    some-rule (https://netvet.example/some-rule)

      × same
       ╭─[a.yaml:1:4]
     1 │ a: 1
       ·    ┬
       ·    ╰── one; two
       ╰────

    1 error in 1 file
    ");
}

#[test]
fn of_many_related_labels_some_are_drawn() {
    let mut fixture = Fixture::default();
    let file = fixture.file("a.yaml", &"a: 1\n".repeat(1_000));
    let labels = (1..1_000).map(|line| Span::new(file, line * 5..line * 5 + 1).label("same key"));
    let diagnostic = Diagnostic::error(Span::new(file, 0..1).label("key"), "a key again and again");
    fixture.finding(diagnostic.related_all(labels));
    insta::assert_snapshot!(plain(&mut fixture), @"
    some-rule (https://netvet.example/some-rule)

      × a key again and again
        ╭─[a.yaml:1:1]
      1 │ a: 1
        · ┬
        · ╰── key
      2 │ a: 1
        · ┬
        · ╰── same key
      3 │ a: 1
        · ┬
        · ╰── same key
      4 │ a: 1
        · ┬
        · ╰── same key
      5 │ a: 1
        · ┬
        · ╰── same key
      6 │ a: 1
        · ┬
        · ╰── same key
      7 │ a: 1
        · ┬
        · ╰── same key
      8 │ a: 1
        · ┬
        · ╰── same key
      9 │ a: 1
        · ┬
        · ╰── same key
     10 │ a: 1
        ╰────
      also: 991 more places

    1 error in 1 file
    ");
}

#[test]
fn colors_and_hyperlinks() {
    let mut fixture = Fixture::default();
    let file = fixture.file("a.yaml", "a: 1\nb: 2\n");
    let diagnostic = Diagnostic::error(fixture.at(file, "2").label("primary"), "message")
        .related(fixture.at(file, "1").label("related"))
        .fix(Fix {
            title: "remove it".to_owned(),
            safety: Safety::Unsafe,
            edits: vec![Edit { span: fixture.at(file, "2"), text: String::new() }],
        });
    fixture.finding(diagnostic);
    let text = text(&mut fixture, Options { color: true, hyperlinks: true, ..PLAIN });
    insta::assert_snapshot!(text.replace('\u{1b}', "␛"), @r"
    ␛]8;;https://netvet.example/some-rule␛\␛[31msome-rule ␛[0m␛[36;1;4m(docs)␛[0m␛]8;;␛\

      ␛[31m×␛[0m message
       ╭─[␛[36;1;4ma.yaml:2:4␛[0m]
     ␛[2m1␛[0m │ a: 1
       · ␛[94;1m   ┬␛[0m
       ·    ␛[94;1m╰── ␛[94;1mrelated␛[0m␛[0m
     ␛[2m2␛[0m │ b: 2
       · ␛[31;1m   ┬␛[0m
       ·    ␛[31;1m╰── ␛[31;1mprimary␛[0m␛[0m
       ╰────
    ␛[36m  fix: ␛[0mremove it (unsafe: --fix --unsafe-fixes)

    1 error in 1 file (1 fixable with --fix --unsafe-fixes)
    ");
}

#[test]
fn a_run_without_findings_is_one_line() {
    let mut fixture = Fixture::default();
    fixture.file("a.yaml", "a: 1\n");
    assert_eq!(plain(&mut fixture), "no findings in 1 file\n");
}

fn hostile_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("\u{feff}".to_owned()),
        Just("\u{1b}[2J".to_owned()),
        Just("\t漢\u{301}\u{9b}".to_owned()),
        "[a-z :]{0,40}",
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn whatever_the_text_and_the_spans(
        texts in (hostile_text(), hostile_text()),
        spans in prop::collection::vec((any::<bool>(), 0..400usize, 0..80usize), 1..12),
        width in 0..120usize,
        unicode in any::<bool>(),
    ) {
        let mut fixture = Fixture::default();
        let files = [fixture.file("a.yaml", &texts.0), fixture.file("b.yaml", &texts.1)];
        let mut labels = spans
            .iter()
            .map(|(second, start, length)| Span::new(files[usize::from(*second)], *start..start + length))
            .map(|span| span.label(texts.0.clone()));
        let primary = labels.next().unwrap();
        fixture.finding(Diagnostic::error(primary, texts.1.clone()).related_all(labels));
        let drawn = text(&mut fixture, Options { unicode, width, ..PLAIN });
        prop_assert!(!drawn.contains("Failed to read"), "{drawn}");
        prop_assert!(!drawn.chars().any(|c| c != '\n' && super::super::sanitize::visible(c) != c));
    }
}
