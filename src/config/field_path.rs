//! Paths to fields, in the notation that reports have: `spec.ports[0].name`,
//! `metadata.annotations["a.org/b"]`, and `[*]` for every item of a list.

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum Step {
    Index(usize),
    Key(String),
    /// Every item of a list.
    Every(()),
}

/// The steps of a path; `None` when the text is none.
pub fn parse(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (step, after) = bracket(inside)?;
            steps.push(step);
            rest = after;
            continue;
        }
        let name = match rest.strip_prefix('.') {
            Some(name) if !steps.is_empty() => name,
            None if steps.is_empty() => rest,
            _ => return None,
        };
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let key = &name[..end];
        if key.is_empty() || key.contains([']', '"', '*']) || key.contains(char::is_whitespace) {
            return None;
        }
        steps.push(Step::Key(key.to_owned()));
        rest = &name[end..];
    }
    (!steps.is_empty()).then_some(steps)
}

/// What stands behind a `[`, and what follows its `]`.
fn bracket(inside: &str) -> Option<(Step, &str)> {
    if let Some(after) = inside.strip_prefix("*]") {
        return Some((Step::Every(()), after));
    }
    let Some(quoted) = inside.strip_prefix('"') else {
        let (digits, after) = inside.split_once(']')?;
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        return Some((Step::Index(digits.parse().ok().filter(|_| plain)?), after));
    };
    let mut key = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => key.push(characters.next()?.1),
            '"' => {
                let after = quoted[at + 1..].strip_prefix(']')?;
                return (!key.is_empty()).then_some((Step::Key(key), after));
            }
            other => key.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Step {
        Step::Key(name.to_owned())
    }

    #[test]
    fn paths_are_read_as_reports_write_them() {
        let table = [
            ("spec", vec![key("spec")]),
            ("spec.ports[0].name", vec![key("spec"), key("ports"), Step::Index(0), key("name")]),
            ("ranges[*]", vec![key("ranges"), Step::Every(())]),
            (
                "metadata.annotations[\"a.org/b\"]",
                vec![key("metadata"), key("annotations"), key("a.org/b")],
            ),
            ("data[\"a\\\"b\"].c", vec![key("data"), key("a\"b"), key("c")]),
            ("a[*][1]", vec![key("a"), Step::Every(()), Step::Index(1)]),
        ];
        for (text, steps) in table {
            assert_eq!(parse(text), Some(steps), "{text}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        let table = [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "a[",
            "a[]",
            "a[x]",
            "a[-1]",
            "a[\"b]",
            "a[\"\"]",
            "a[0]b",
            "a b",
            "a[*",
            "*",
            "a.*",
            "a]",
            "a[99999999999999999999]",
        ];
        for text in table {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
