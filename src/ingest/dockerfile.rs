//! The ports that Dockerfiles expose; nothing else of them.
//!
//! Ports that a variable decides are left out, as are those of `ONBUILD`, which concern other
//! images.

use crate::source::{FileId, Span, Spanned};

/// What a Dockerfile says about ports.
#[derive(Clone, Debug, Default)]
pub struct Dockerfile {
    /// The words after `EXPOSE`: `8080`, `53/udp`, `7000-7010`.
    pub exposed: Vec<Spanned<String>>,
}

/// Whether a file is a Dockerfile, by its name.
pub(super) fn is_dockerfile(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    let is_base = |word: &str| matches!(word, "dockerfile" | "containerfile");
    match lower.split_once('.') {
        None => is_base(&lower),
        Some((first, rest)) => {
            let is_other = matches!(
                rest.rsplit('.').next(),
                Some("md" | "rst" | "txt" | "html" | "yaml" | "yml" | "json" | "j2" | "tmpl")
            );
            (is_base(first) && !is_other) || is_base(rest.rsplit('.').next().unwrap_or_default())
        }
    }
}

/// Reads the ports; of a template, only those that are plain.
pub(super) fn read(file: FileId, text: &str) -> Dockerfile {
    let mut exposed = Vec::new();
    let mut offset = 0;
    let mut escape = '\\';
    // The word that ends a text inside of the file.
    let mut until: Option<String> = None;
    let mut instruction: Option<String> = None;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let start = offset;
        offset += line.len();
        let trimmed = line.trim();
        if let Some(end) = &until {
            if trimmed == end {
                until = None;
            }
            continue;
        }
        if trimmed.starts_with('#') || trimmed.is_empty() {
            if index == 0 && trimmed.replace(' ', "").eq_ignore_ascii_case("#escape=`") {
                escape = '`';
            }
            continue;
        }
        let continues = trimmed.ends_with(escape);
        let body = trimmed.strip_suffix(escape).unwrap_or(trimmed);
        let at = start + (line.len() - line.trim_start().len());
        let (word, rest) = match &instruction {
            Some(word) => (word.clone(), body),
            None => {
                let word = body.split_whitespace().next().unwrap_or_default();
                (word.to_ascii_uppercase(), &body[word.len()..])
            }
        };
        if word == "EXPOSE" {
            let rest_at = at + (body.len() - rest.len());
            exposed.extend(words(rest).filter(|(_, word)| is_plain(word)).map(|(from, word)| {
                let from = rest_at + from;
                Spanned::new(word.to_owned(), Span::new(file, from..from + word.len()))
            }));
        }
        if matches!(word.as_str(), "RUN" | "COPY" | "ADD") {
            until = heredoc(rest);
        }
        instruction = (continues && until.is_none()).then_some(word);
    }
    Dockerfile { exposed }
}

fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let base = text.as_ptr() as usize;
    text.split_whitespace().map(move |word| (word.as_ptr() as usize - base, word))
}

fn is_plain(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-'))
}

/// `<<EOF`, `<<-"EOF"`
fn heredoc(text: &str) -> Option<String> {
    let rest = &text[text.find("<<")? + 2..];
    let rest = rest.strip_prefix('-').unwrap_or(rest).trim_start_matches(['"', '\'']);
    let word = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    let end: String = rest.chars().take_while(word).collect();
    (!end.is_empty() && !end.starts_with(|c: char| c.is_ascii_digit())).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_over_lines_and_outside_of_scripts() {
        let text = "FROM a\nexpose 80 443/tcp\nEXPOSE 53/udp \\\n  # a comment\n  7000-7010 ${PORT}\nRUN <<EOF\nEXPOSE 1\nEOF\nRUN echo \\\n  EXPOSE 2\nCMD [\"a\"]\nEXPOSE 99999\n";
        let file = read(FileId::new(0), text);
        let found: Vec<(&str, &str)> = file
            .exposed
            .iter()
            .map(|word| (word.value.as_str(), &text[word.span.range()]))
            .collect();
        let expected = ["80", "443/tcp", "53/udp", "7000-7010", "99999"];
        assert_eq!(found, expected.map(|word| (word, word)));
    }

    #[test]
    fn dockerfiles_are_known_by_name() {
        for (path, expected) in [
            ("Dockerfile", true),
            ("a/Dockerfile.prod", true),
            ("web.dockerfile", true),
            ("Containerfile", true),
            ("Dockerfile.md", false),
            ("Dockerfile.j2", false),
            ("dockerfiles", false),
            ("compose.yaml", false),
        ] {
            assert_eq!(is_dockerfile(path), expected, "{path}");
        }
    }
}
