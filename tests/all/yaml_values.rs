//! The tree against serde_yaml, by its official continuation: on every YAML and JSON file of
//! testdata both read the same values. Where Kubernetes reads a plain scalar differently, the
//! tree goes with Kubernetes; those differences are listed in `scalar_as_kubernetes`.

use std::fs;
use std::path::{Path, PathBuf};

use netvet::source::FileId;
use netvet::syntax::scalar::Scalar;
use netvet::syntax::{Node, Parsed, Text, View, parse};
use serde::Deserialize;
use serde_yaml::{Mapping, Value};

#[test]
fn files_of_testdata_read_as_serde_yaml_reads_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut compared = 0;
    for path in files(&root) {
        let text = fs::read_to_string(&path).expect("testdata is text");
        let parsed = parse(Text::whole(FileId::new(0), &text), false);
        // What is broken on purpose is not for comparing.
        if !parsed.problems.is_empty() {
            continue;
        }
        let expected: Vec<Value> = serde_yaml::Deserializer::from_str(&text)
            .map(|document| Value::deserialize(document).expect("read without a problem above"))
            .collect();
        let values = values(&parsed);
        let expected: Vec<Value> = expected
            .into_iter()
            .filter(|value| !value.is_null())
            .map(|mut value| {
                value.apply_merge().expect("merge keys of maps");
                untagged(value)
            })
            .collect();
        assert_eq!(values, expected, "{}", path.display());
        compared += 1;
    }
    assert!(compared >= 5, "only {compared} files were compared");
}

#[test]
fn notations_read_as_serde_yaml_reads_them() {
    let texts = [
        "a: {b: [1, 'two', \"th\\u0072ee\\n\"], c: {}}\n",
        "- |\n  one\n    two\n\n  three\n- >-\n  folded\n  text\n\n  next\n- |+\n  kept\n\n",
        "plain: over\n  several lines\nquoted: 'it''s\n  folded'\n",
        "? complex key\n: value\n'quoted key': x\n",
        "anchors: &a {x: 1}\nalias: *a\nlist: [*a, *a]\n",
        "empty:\nnull: ~\nfloats: [1.5, -2e3, .5]\nnegative: -7\nlarge: 9007199254740993\n",
        "{\"json\": [true, false, null, 1, 1.5, \"\\u00e9\\/\"]}\n",
        "---\none: 1\n---\ntwo: 2\n...\n---\nthree: 3\n",
        "date: 2001-12-14\naddress: 10.0.0.1\ncidr: fd00::/8\nport: '80'\n",
    ];
    for text in texts {
        let parsed = parse(Text::whole(FileId::new(0), text), false);
        assert_eq!(parsed.problems, [], "{text}");
        let expected: Vec<Value> = serde_yaml::Deserializer::from_str(text)
            .map(|document| Value::deserialize(document).expect("sound YAML"))
            .collect();
        assert_eq!(values(&parsed), expected, "{text}");
    }
}

/// The tree reads past tags such as Compose's `!override`.
fn untagged(value: Value) -> Value {
    match value {
        Value::Tagged(tagged) => untagged(tagged.value),
        Value::Sequence(items) => items.into_iter().map(untagged).collect(),
        Value::Mapping(map) => {
            map.into_iter().map(|(key, value)| (key, untagged(value))).collect::<Mapping>().into()
        }
        value => value,
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.extension().is_some_and(|extension| {
            ["yaml", "yml", "json", "conf", "conflist"].iter().any(|known| extension == *known)
        }) {
            files.push(path);
        }
    }
    files
}

fn values(parsed: &Parsed<'_>) -> Vec<Value> {
    let documents = parsed.tree.documents().iter();
    let values = documents.map(|document| value(parsed.tree.root(document)));
    values.filter(|value| !value.is_null()).collect()
}

fn value(node: Node<'_>) -> Value {
    match node.view() {
        View::Map => node
            .entries()
            .map(|(key, item)| (value(key), value(item)))
            .collect::<serde_yaml::Mapping>()
            .into(),
        View::Sequence => Value::Sequence(node.items().map(value).collect()),
        View::Scalar(_) | View::Template => scalar_as_kubernetes(node),
    }
}

/// serde_yaml follows YAML 1.2, Kubernetes follows go-yaml v2: only there are `yes` and `on`
/// booleans, `0644` octal, and `1_000` a number.
fn scalar_as_kubernetes(node: Node<'_>) -> Value {
    let text = node.str().unwrap_or_default();
    let only_kubernetes = |scalar: Scalar<'_>| match scalar {
        Scalar::Bool(_) => !matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE"),
        Scalar::Int(_) => {
            let digits = text.trim_start_matches(['-', '+']);
            text.contains('_')
                || digits.len() > 1 && digits.starts_with('0') && !digits.contains(['x', 'o', 'b'])
        }
        _ => false,
    };
    match node.scalar() {
        Some(scalar) if only_kubernetes(scalar) => Value::String(text.to_owned()),
        Some(Scalar::Null) => Value::Null,
        Some(Scalar::Bool(value)) => Value::Bool(value),
        Some(Scalar::Int(value)) => match i64::try_from(value) {
            Ok(value) => Value::Number(value.into()),
            Err(_) => Value::Number(u64::try_from(value).unwrap_or(u64::MAX).into()),
        },
        Some(Scalar::Float(value)) => Value::Number(value.into()),
        Some(Scalar::Str(_)) | None => Value::String(text.to_owned()),
    }
}
