use proptest::prelude::*;

use super::*;

/// As `coredns` in kubeadm's `cmd/kubeadm/app/phases/addons/dns/manifests.go` has it.
const KUBEADM: &str = "\
.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
";

/// As in `cluster/addons/dns/nodelocaldns/nodelocaldns.yaml`, cut to two blocks.
const NODE_LOCAL: &str = "\
__PILLAR__DNS__DOMAIN__:53 {
    errors
    cache {
            success 9984 30
            denial 9984 5
    }
    reload
    loop
    bind __PILLAR__LOCAL__DNS__ __PILLAR__DNS__SERVER__
    forward . __PILLAR__CLUSTER__DNS__ {
            force_tcp
    }
    prometheus :9253
    health __PILLAR__LOCAL__DNS__:8080
    }
.:53 {
    errors
    forward . __PILLAR__UPSTREAM__SERVERS__
    }
";

fn words(words: &[Word]) -> Vec<&str> {
    words.iter().map(|word| word.text.as_str()).collect()
}

/// One line for a list of directives: `forward . 8.8.8.8 { force_tcp }; cache`.
fn show<'a>(directives: impl IntoIterator<Item = &'a Directive>) -> String {
    let lines = directives.into_iter().map(|directive| {
        let mut line = directive.name.text.clone();
        for arg in &directive.args {
            line += &format!(" {}", arg.text);
        }
        if !directive.body.is_empty() {
            line += &format!(" {{ {} }}", show(&directive.body));
        }
        line
    });
    lines.collect::<Vec<_>>().join("; ")
}

/// One line for the server blocks: `a,b { cache }  c { }`.
fn show_blocks(corefile: &Corefile) -> String {
    let blocks = corefile
        .blocks
        .iter()
        .map(|block| format!("{} {{ {} }}", words(&block.keys).join(","), show(&block.directives)));
    blocks.collect::<Vec<_>>().join("  ")
}

/// Each problem as its message and the text it points at, fatal ones with a `!` before.
fn show_problems(text: &str) -> Vec<String> {
    let problems = Corefile::parse(text).problems;
    let show = |problem: &Problem| {
        let mark = if problem.fatal { "!" } else { "" };
        format!("{mark}{} @ {}", problem.message, &text[problem.range.clone()])
    };
    problems.iter().map(show).collect()
}

#[test]
fn reads_the_corefile_of_kubeadm() {
    let corefile = Corefile::parse(KUBEADM);
    assert_eq!(
        show_blocks(&corefile),
        ".:53 { errors; health { lameduck 5s }; ready; \
         kubernetes cluster.local in-addr.arpa ip6.arpa \
         { pods insecure; fallthrough in-addr.arpa ip6.arpa; ttl 30 }; \
         prometheus :9153; forward . /etc/resolv.conf { max_concurrent 1000 }; \
         cache 30 { disable success cluster.local; disable denial cluster.local }; \
         loop; reload; loadbalance }"
    );
    assert!(corefile.is_complete());
    let (_, forward) = corefile.directives("forward").next().expect("a forward");
    assert_eq!(&KUBEADM[forward.args[1].range.clone()], "/etc/resolv.conf");
    assert_eq!(
        &KUBEADM[forward.range.clone()],
        "forward . /etc/resolv.conf {\n       max_concurrent 1000\n    }"
    );
    assert_eq!(corefile.blocks[0].range, 0..KUBEADM.len() - 1);
}

#[test]
fn reads_the_corefile_of_node_local_dns_before_its_placeholders_are_replaced() {
    let corefile = Corefile::parse(NODE_LOCAL);
    assert_eq!(corefile.problems, []);
    assert_eq!(
        show_blocks(&corefile),
        "__PILLAR__DNS__DOMAIN__:53 { errors; cache { success 9984 30; denial 9984 5 }; reload; \
         loop; bind __PILLAR__LOCAL__DNS__ __PILLAR__DNS__SERVER__; \
         forward . __PILLAR__CLUSTER__DNS__ { force_tcp }; prometheus :9253; \
         health __PILLAR__LOCAL__DNS__:8080 }  \
         .:53 { errors; forward . __PILLAR__UPSTREAM__SERVERS__ }"
    );
}

#[test]
fn reads_words_and_lines_as_coredns_does() {
    let table = [
        ("", ""),
        ("\n \t\r\n# nothing here", ""),
        (".", ". {  }"),
        ("\u{feff}. {\n}", ". {  }"),
        // Comments.
        (". { # one\n# two\n log # three\n}", ". { log }"),
        (". {\n # }\n log\n}", ". { log }"),
        (". {\n forward . 1.1.1.1#2 3\n}", ". { forward . 1.1.1.1 3 }"),
        // Quotes.
        (". {\n log \"a b\" \"\" c\n}", ". { log a b  c }"),
        (". {\n log \"a \\\"b\\\" \\n \\\\\" c\n}", ". { log a \"b\" \\n \\\\ c }"),
        (". {\n log \"a\nb\" c\n d\n}", ". { log a\nb c; d }"),
        (". {\n log a\"b c\"\n}", ". { log a\"b c\" }"),
        (". {\n log \"#\" `a b`\n}", ". { log # `a b` }"),
        // Line ends.
        (".:53 {\r\n log\r\n cache 30\r\n}\r\n", ".:53 { log; cache 30 }"),
        (". {\n log a\rb\n}", ". { log ab }"),
        // Zones.
        ("a.org b.org {\n log\n}", "a.org,b.org { log }"),
        ("a.org, b.org,\n\nc.org {\n log\n}", "a.org,b.org,c.org { log }"),
        ("a.org\n{\n log\n}\n", "a.org { log }"),
        ("a.org\n log\n cache 30\n", "a.org { log; cache 30 }"),
        ("a.org {\n}\nb.org {\n} c.org {\n}", "a.org {  }  b.org {  }  c.org {  }"),
        ("(a) (b) {\n}", "(a),(b) {  }"),
        // Variables and templates in words.
        ("{$ZONE}:{%PORT%} {\n log {$A}\n}", "{$ZONE}:{%PORT%} { log {$A} }"),
        (
            ". {\n template IN A {\n  answer \"{{ .Name }} 60 IN A 10.0.0.1\"\n }\n}",
            ". { template IN A { answer {{ .Name }} 60 IN A 10.0.0.1 } }",
        ),
        // Blocks.
        (". {\n a b { c d\n e }\n f\n}", ". { a b { c d; e }; f }"),
        (". {\n a {\n  b {\n   c\n  } d\n }\n}", ". { a { b { c }; d } }"),
        (". {\n a {\n }\n}", ". { a }"),
        (". {\n a\0b \u{1b}\n}", ". { a\0b \u{1b} }"),
    ];
    for (text, expected) in table {
        assert_eq!(show_blocks(&Corefile::parse(text)), expected, "{text:?}");
    }
}

#[test]
fn reads_the_directives_that_a_server_block_imports() {
    let text = "# for .:53\nlog\nforward a.org 10.0.0.2 {\n force_tcp\n}\n}\nerrors # again\n";
    let corefile = Corefile::parse_directives(text);
    assert_eq!(show_blocks(&corefile), " { log; forward a.org 10.0.0.2 { force_tcp }; errors }");
    let problems: Vec<&str> = corefile.problems.iter().map(|p| p.message.as_str()).collect();
    assert_eq!(problems, ["no `{` opens the block that this `}` closes"]);
    let comments: Vec<&str> = corefile.comments.iter().map(|c| &text[c.clone()]).collect();
    assert_eq!(comments, ["# for .:53", "# again"]);
}

#[test]
fn says_what_is_wrong_and_reads_the_rest() {
    let table: &[(&str, &str, &[&str])] = &[
        (". {\n log\n", ". { log }", &["!this `{` is never closed @ {"]),
        (". {\n a {\n b\n}\n", ". { a { b } }", &["!this `{` is never closed @ {"]),
        (
            "a {\n log\n}\n}\nb {\n log\n}\n",
            "a { log }  b { log }",
            &["!no `{` opens the block that this `}` closes @ }"],
        ),
        ("a {\n log\n}\n}\n", "a { log }", &["no `{` opens the block that this `}` closes @ }"]),
        (
            "a\n log\n}\nb {\n log\n}\n",
            "a { log }  b { log }",
            &["no `{` opens the block that this `}` closes @ }"],
        ),
        (
            "{\n log\n}\na {\n}\n",
            "a {  }",
            &["a server block without a zone, which CoreDNS leaves out @ {"],
        ),
        ("a, {\n}\n", "a {  }", &["!no zone follows this comma @ ,"]),
        ("a,", "a {  }", &["!no zone follows this comma @ ,"]),
        ("a , b {\n}\n", "a,b {  }", &["!no zone stands before this comma @ ,"]),
        (
            "a,b {\n}\n",
            "a,b {  }",
            &["`a,b` is one zone: nothing follows the comma to split it @ a,b"],
        ),
        ("a: {\n}\n", "a: {  }", &["!no port follows the colon of `a:` @ a:"]),
        (
            ". { log }\n",
            ". { log }",
            &["!the `}` of a server block is not on a line of its own @ }"],
        ),
        (
            ". {\n a {\n b\n } }\n",
            ". { a { b } }",
            &["!the `}` of a server block is not on a line of its own @ }"],
        ),
        (
            ". {\n cache {\n } log\n}\n",
            ". { cache; log }",
            &["CoreDNS takes `log` for a part of `cache` before it @ log"],
        ),
        (
            ". {\n cache\n {\n  success 1\n }\n}\n",
            ". { cache { success 1 } }",
            &["`{` is not on the line of `cache` @ {"],
        ),
        (". {\n {\n  log\n }\n}\n", ". { log }", &["!no directive stands before this `{` @ {"]),
        (". {\n log \"a b\n}\n", ". { log a b\n}\n }", &["!this quote is never closed @ \""]),
        (".\n log \"a b", ". { log a b }", &["this quote is never closed @ \""]),
        (
            ". {\n log a# b\n}\n",
            ". { log a b }",
            &["`#` in the middle of a word hides only the rest of that word @ #"],
        ),
        (". {\n log a#b\n}\n", ". { log a }", &[]),
        (
            ". {\n import a b\n}\n",
            ". { import a b }",
            &["!`import` takes one name, of a snippet or of files, and nothing else @ import"],
        ),
        (
            "import\n. {\n}\n",
            ". {  }",
            &["!`import` takes one name, of a snippet or of files, and nothing else @ import"],
        ),
        ("(a)\n log\n", "", &["!snippet `a` has no block in braces @ (a)"]),
    ];
    for (text, blocks, problems) in table {
        assert_eq!(show_blocks(&Corefile::parse(text)), *blocks, "{text:?}");
        assert_eq!(show_problems(text), *problems, "{text:?}");
    }
}

#[test]
fn follows_imports_of_snippets() {
    let text = "\
(logging) {
    errors
    log
}
(upstream) {
    import logging
    forward . 10.0.0.2 {
        import options
    }
}
(options) { force_tcp }
.:53 {
    import upstream
    cache
}
a.org {
    import /etc/coredns/custom/*.override
    import upstream
}
";
    let corefile = Corefile::parse(text);
    assert_eq!(corefile.problems, []);
    let expanded = |block: usize| show(corefile.expand(&corefile.blocks[block].directives));
    assert_eq!(expanded(0), "errors; log; forward . 10.0.0.2 { import options }; cache");
    assert_eq!(
        expanded(1),
        "import /etc/coredns/custom/*.override; errors; log; forward . 10.0.0.2 { import options }"
    );
    let zones: Vec<&str> =
        corefile.directives("log").map(|(block, _)| block.keys[0].text.as_str()).collect();
    assert_eq!(zones, [".:53", "a.org"]);
    let (_, forward) = corefile.directives("forward").next().expect("a forward");
    assert_eq!(show(corefile.expand(&forward.body)), "force_tcp");
    assert_eq!(words(&corefile.unread_imports), ["/etc/coredns/custom/*.override"]);
    assert!(!corefile.is_complete());
}

#[test]
fn an_import_outside_of_server_blocks_is_not_followed() {
    let corefile = Corefile::parse(". {\n log\n}\nimport custom/*.server\na.org {\n}\n");
    assert_eq!(show_blocks(&corefile), ". { log }  a.org {  }");
    assert_eq!(words(&corefile.unread_imports), ["custom/*.server"]);
}

#[test]
fn imports_that_never_end_are_not_followed() {
    let doubling: String = (0..64)
        .map(|i| format!("(s{i}) {{\n import s{}\n import s{}\n}}\n", i + 1, i + 1))
        .collect();
    let doubling = format!("(s64) {{\n log\n}}\n{doubling}. {{\n import s0\n}}\n");
    let table = [
        ("(a) {\n import a\n}\n. {\n import a\n}\n", "!snippet `a` imports itself @ a", "import a"),
        (
            "(a) {\n x {\n import b\n }\n}\n(b) {\n import a\n}\n. {\n import a\n}\n",
            "!snippet `a` imports itself @ a",
            "import a",
        ),
        (&doubling, "!the imports stand for more than 100000 directives @ .", "import s0"),
    ];
    for (text, problem, expanded) in table {
        assert_eq!(show_problems(text), [problem], "{text}");
        let corefile = Corefile::parse(text);
        assert_eq!(show(corefile.expand(&corefile.blocks[0].directives)), expanded);
        assert_eq!(corefile.unread_imports.len(), 1);
    }
}

#[test]
fn a_snippet_is_defined_once_and_before_its_use() {
    let early = ". {\n import a\n}\n(a) {\n log\n}\n";
    assert_eq!(show_problems(early), ["!snippet `a` is imported before it is defined @ a"]);
    let twice = "(a) {\n log\n}\n(a) {\n cache\n}\n. {\n import a\n}\n";
    assert_eq!(show_problems(twice), ["!snippet `a` is defined a second time @ (a)"]);
    let corefile = Corefile::parse(twice);
    assert_eq!(show(corefile.expand(&corefile.blocks[0].directives)), "log");
    assert_eq!(&twice[corefile.snippets[0].name.range.clone()], "a");
}

#[test]
fn splits_the_keys_of_server_blocks() {
    // key, scheme, zone, port, port number, zone name
    let table = [
        ("dns://example.org:1053", "dns", "example.org", "1053", Some(1053), "example.org"),
        (".:53", "", ".", "53", Some(53), "."),
        (".", "", ".", "", Some(53), "."),
        (":53", "", "", "53", Some(53), "."),
        ("10.in-addr.arpa", "", "10.in-addr.arpa", "", Some(53), "10.in-addr.arpa"),
        ("Example.ORG.", "", "Example.ORG.", "", Some(53), "example.org"),
        ("tls://.", "tls", ".", "", Some(853), "."),
        ("https://example.org", "https", "example.org", "", Some(443), "example.org"),
        ("10.0.0.0/8:5353", "", "10.0.0.0/8", "5353", Some(5353), "10.0.0.0/8"),
        ("a:b", "", "a:b", "", Some(53), "a:b"),
        ("a:", "", "a:", "", Some(53), "a:"),
        ("a:99999", "", "a", "99999", None, "a"),
        ("http://a:80", "", "http://a", "80", Some(80), "http://a"),
        (
            "__PILLAR__DNS__DOMAIN__:53",
            "",
            "__PILLAR__DNS__DOMAIN__",
            "53",
            Some(53),
            "__pillar__dns__domain__",
        ),
    ];
    for (text, scheme, zone, port, number, name) in table {
        let key = ServerKey::parse(&Word { text: text.to_owned(), range: 0..text.len() });
        let part = |word: &Option<Word>| word.as_ref().map_or("", |w| &text[w.range.clone()]);
        assert_eq!(part(&key.scheme), scheme, "{text}");
        assert_eq!(&text[key.zone.range.clone()], zone, "{text}");
        assert_eq!(part(&key.port), port, "{text}");
        assert_eq!(key.port_number(), number, "{text}");
        assert_eq!(key.zone_name(), name, "{text}");
    }
}

#[test]
fn a_quoted_word_has_its_quotes_in_its_range() {
    let text = "\"a.org:53\" {\n log \"x\\\"y\"\n}";
    let corefile = Corefile::parse(text);
    let key = &corefile.blocks[0].keys[0];
    assert_eq!((key.text.as_str(), &text[key.range.clone()]), ("a.org:53", "\"a.org:53\""));
    assert_eq!(ServerKey::parse(key).port.expect("a port").range, key.range);
    assert_eq!(&text[corefile.blocks[0].directives[0].args[0].range.clone()], "\"x\\\"y\"");
}

#[test]
fn knows_words_with_variables() {
    let table = [
        ("{$A}", true),
        ("a{%B%}:53", true),
        ("{$A", false),
        ("{$}", false),
        ("{%A}", false),
        ("{{ .Name }}", false),
        ("a", false),
    ];
    for (text, expected) in table {
        assert_eq!(Word { text: text.to_owned(), range: 0..0 }.has_variable(), expected, "{text}");
    }
}

#[test]
fn two_hundred_thousand_braces_are_only_a_problem() {
    let depth = 200_000;
    for (open, close) in [("{ ", "} "), ("a {\n", "}\n"), ("{\n", ""), ("a { ", ""), ("", "}\n")] {
        let text = format!(". {{\n{}{}}}\n", open.repeat(depth), close.repeat(depth));
        let corefile = Corefile::parse(&text);
        assert_eq!(corefile.blocks.len(), 1);
        assert!(!corefile.problems.is_empty());
        assert!(corefile.problems.len() <= MAX_PROBLEMS);
    }
}

fn check_word(text: &str, word: &Word) {
    assert!(text.get(word.range.clone()).is_some(), "{word:?}");
}

fn check_directives(text: &str, directives: &[Directive]) {
    for directive in directives {
        assert!(text.get(directive.range.clone()).is_some(), "{directive:?}");
        check_word(text, &directive.name);
        directive.args.iter().for_each(|arg| check_word(text, arg));
        check_directives(text, &directive.body);
    }
}

fn check_ranges(text: &str) {
    check_corefile(text, &Corefile::parse(text));
    check_corefile(text, &Corefile::parse_directives(text));
}

fn check_corefile(text: &str, corefile: &Corefile) {
    for block in &corefile.blocks {
        assert!(text.get(block.range.clone()).is_some());
        for key in &block.keys {
            check_word(text, key);
            let parts = ServerKey::parse(key);
            check_word(text, &parts.zone);
            parts.scheme.iter().chain(&parts.port).for_each(|part| check_word(text, part));
        }
        check_directives(text, &block.directives);
        corefile.expand(&block.directives);
    }
    for snippet in &corefile.snippets {
        assert!(text.get(snippet.range.clone()).is_some());
        check_word(text, &snippet.name);
        check_directives(text, &snippet.directives);
    }
    for problem in &corefile.problems {
        assert!(text.get(problem.range.clone()).is_some(), "{problem:?}");
    }
    corefile.unread_imports.iter().for_each(|import| check_word(text, import));
}

proptest! {
    #[test]
    fn every_range_of_any_text_lies_in_it(text in any::<String>()) {
        check_ranges(&text);
    }

    #[test]
    fn every_range_of_a_likely_text_lies_in_it(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "{", "}", "\n", " ", "\r", "\"", "\\", "#", ",", ":", "(a)", "(b)", "import", "a",
                "b", "é", "\u{a0}", "\u{feff}", "{$A}", "dns://", "53", "\0", ".",
            ]),
            0..60,
        )
    ) {
        check_ranges(&pieces.concat());
    }
}
