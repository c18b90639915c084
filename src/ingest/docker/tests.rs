use super::*;
use crate::ingest::{Body, FileContents, Outcome, ingest};
use crate::source::FileId;

fn read(path: &str, text: &str) -> FileContents {
    ingest(FileId::new(0), path, text)
}

fn daemon(contents: &FileContents) -> Option<&DockerDaemon> {
    contents.resources.iter().find_map(|resource| match &resource.body {
        Body::DockerDaemon(daemon) => Some(&**daemon),
        _ => None,
    })
}

/// What is wrong with a text, each with the place that is marked.
fn problems(text: &str) -> Vec<(&str, DaemonProblemKind)> {
    let contents = read("etc/docker/daemon.json", text);
    let daemon = daemon(&contents).expect("a daemon");
    let problems = daemon.problems.iter();
    problems.map(|problem| (&text[problem.span.range()], problem.kind.clone())).collect()
}

#[test]
fn files_are_known_by_their_path_or_their_keys() {
    let bip = r#"{"bip": "10.0.0.1/24"}"#;
    let other = r#"{"interval": 30}"#;
    for (path, text, expected) in [
        ("etc/docker/daemon.json", other, true),
        ("home/.docker/daemon.json", other, true),
        ("snap/docker/config/daemon.json", other, true),
        ("docker/daemon.json", "{}", true),
        ("docker-daemon.json", other, true),
        ("files/daemon.json", bip, true),
        ("files/daemon.json", other, false),
        ("files/my-docker-daemon-prod.json", bip, true),
        ("files/settings.json", bip, false),
        ("docker/config.json", bip, false),
    ] {
        assert_eq!(daemon(&read(path, text)).is_some(), expected, "{path}");
    }
}

#[test]
fn what_is_no_json_is_told_once() {
    for (text, message) in [
        ("{\"bip\": \"a\",}", "a comma before the closing `}`"),
        ("{\n// a\n}", "a comment, which JSON does not have"),
        ("[]", "this is not an object"),
        ("bip: a\n", "a value without quotes"),
    ] {
        let contents = read("etc/docker/daemon.json", text);
        assert_eq!(contents.problems, [], "{text}");
        let problem = daemon(&contents).expect(text).strict_problem.as_ref();
        assert_eq!(problem.map(|problem| problem.value.as_str()), Some(message), "{text}");
    }
}

#[test]
fn an_empty_file_and_a_template_say_nothing() {
    for (text, reason) in
        [("", "empty"), (" \n", "empty"), ("{% if x %}{% endif %}", "jinja-template")]
    {
        let contents = read("etc/docker/daemon.json", text);
        assert_eq!(contents.documents[0].outcome, Outcome::Skipped(reason), "{text}");
        assert!(daemon(&contents).is_none());
    }
}

#[test]
fn json_beyond_the_depth_of_the_parser_is_told_so() {
    let text = format!("{}1{}", "{\"a\":".repeat(9_000), "}".repeat(9_000));
    let contents = read("etc/docker/daemon.json", &text);
    assert_eq!(contents.documents[0].outcome, Outcome::Broken);
    assert_eq!(contents.problems.len(), 1);
}

#[test]
fn types_are_those_of_json() {
    let wrong = |key: &str, expected, found| DaemonProblemKind::WrongType {
        key: key.to_owned(),
        expected,
        found,
    };
    for (text, value, kind) in [
        (r#"{"mtu": "1"}"#, "\"1\"", wrong("mtu", "a whole number", "a string")),
        (r#"{"mtu": 1.5}"#, "1.5", wrong("mtu", "a whole number", "a number")),
        (r#"{"debug": "true"}"#, "\"true\"", wrong("debug", "`true` or `false`", "a string")),
        (r#"{"bip": 1}"#, "1", wrong("bip", "a string", "an integer")),
        (r#"{"dns": [1]}"#, "1", wrong("dns", "a string", "an integer")),
        (r#"{"features": {"a": 1}}"#, "1", wrong("features.a", "`true` or `false`", "an integer")),
        (
            r#"{"default-network-opts": {"bridge": {"a": 1}}}"#,
            "1",
            wrong("default-network-opts.bridge.a", "a string", "an integer"),
        ),
        (
            r#"{"default-address-pools": ["a"]}"#,
            "\"a\"",
            wrong("default-address-pools", "an object with `base` and `size`", "a string"),
        ),
        (
            r#"{"default-ulimits": {"nofile": {"Soft": "1"}}}"#,
            "\"1\"",
            wrong("Soft", "a whole number", "a string"),
        ),
        (r#"{"runtimes": []}"#, "[]", wrong("runtimes", "an object", "a list")),
    ] {
        assert_eq!(problems(text), [(value, kind)], "{text}");
    }
    for text in [
        r#"{"mtu": null, "debug": null, "dns": null, "log-opts": null}"#,
        r#"{"mtu": {{ mtu }}, "bip": "{{ bip }}"}"#,
        r#"{"default-address-pools": [{"BASE": "10.0.0.0/8", "Size": 24, "x": 1}]}"#,
    ] {
        assert_eq!(problems(text), [], "{text}");
    }
}

#[test]
fn keys_in_another_notation_have_a_meaning() {
    for (name, meant) in [
        ("registryMirrors", Some("registry-mirrors")),
        ("insecure_registries", Some("insecure-registries")),
        ("BIP", Some("bip")),
        ("regsitry-mirrors", Some("registry-mirrors")),
        ("default-adress-pools", Some("default-address-pools")),
        ("bib", None),
        ("subnet", None),
    ] {
        assert_eq!(keys::meant(name), meant, "{name}");
    }
}

#[test]
fn flags_have_keys() {
    for (flag, key) in [
        ("H", Some("hosts")),
        ("registry-mirror", Some("registry-mirrors")),
        ("bip", Some("bip")),
        ("config-file", None),
    ] {
        assert_eq!(key_of_flag(flag), key, "{flag}");
    }
}

#[test]
fn values_have_their_places() {
    let text = r#"{"bip": "10.0.0.1/24", "default-address-pools": [{"base": "10.1.0.0/16", "size": 24}], "default-network-opts": {"bridge": {"a.mtu": "1400"}}}"#;
    let contents = read("etc/docker/daemon.json", text);
    let network = &daemon(&contents).expect("a daemon").network;
    let place = |field: &Field<String>| &text[field.span().expect("a span").range()];
    assert_eq!(place(&network.bip), "\"10.0.0.1/24\"");
    assert_eq!(place(&network.default_address_pools[0].base), "\"10.1.0.0/16\"");
    assert_eq!(network.default_address_pools[0].size.value(), Some(&24));
    let (driver, options) = &network.default_network_opts[0];
    assert_eq!((driver.as_str(), options[0].name.value.as_str()), ("bridge", "a.mtu"));
}
