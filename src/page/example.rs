//! The examples on a page.
//!
//! Under `## Flagged` and `## Not flagged`, each fenced block is a file. A line that is nothing
//! but `` `path`: `` names the file of the block below it; files with a name that follow each
//! other without prose in between are one example. A block without such a line is an example of
//! its own, `example.yaml`, `example.json` or `Corefile` after the fence's language. Under
//! `## How to fix` the same holds for blocks that are such a file or have a name (others, such as
//! commands, are only for reading), and a `diff` block shows what a fix does.
//!
//! A file `netvet.yaml` is the configuration of its example.

use super::annotation::{self, Annotated, Notation};
use crate::diagnostic::Severity;

/// The sections that have examples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Flagged,
    NotFlagged,
    HowToFix,
}

impl Part {
    fn of_heading(heading: &str) -> Option<Part> {
        match heading {
            "Flagged" => Some(Part::Flagged),
            "Not flagged" => Some(Part::NotFlagged),
            "How to fix" => Some(Part::HowToFix),
            _ => None,
        }
    }
}

#[derive(Debug)]
pub struct Example<'p> {
    pub part: Part,
    /// Whether prose stands between it and the example or heading before.
    pub introduced: bool,
    /// At least one.
    pub files: Vec<Block<'p>>,
}

impl Example<'_> {
    /// Where the first file starts on the page; lines count from 1.
    pub fn line(&self) -> usize {
        self.files.first().map_or(0, |file| file.first_line + 1)
    }
}

/// What stands between two fences.
#[derive(Debug)]
pub struct Block<'p> {
    /// The name of the file; empty for a `diff` block.
    pub path: String,
    /// The language of the fence.
    language: &'p str,
    /// The line of the page, from 0, that is the first of `lines`.
    pub first_line: usize,
    pub lines: Vec<&'p str>,
}

impl Block<'_> {
    /// The file without its annotations.
    pub fn annotated(&self, severity: Severity) -> Result<Annotated, String> {
        annotation::strip(&self.lines, severity)
            .map_err(|error| format!("line {}: {error}", self.first_line + 1))
    }

    pub fn notation(&self, severity: Severity) -> Notation {
        let leader = if self.language.starts_with("json") { "//" } else { "#" };
        Notation { leader, severity }
    }
}

/// What a page shows, in its order.
#[derive(Debug, Default)]
pub struct Examples<'p> {
    pub examples: Vec<Example<'p>>,
    pub diffs: Vec<Block<'p>>,
}

impl<'p> Examples<'p> {
    pub fn of(&self, part: Part) -> impl Iterator<Item = &Example<'p>> {
        self.examples.iter().filter(move |example| example.part == part)
    }
}

/// The headings of a page with their levels.
pub fn headings(page: &str) -> Result<Vec<(usize, &str)>, String> {
    let heading = |piece| match piece {
        Piece::Heading(level, text) => Some((level, text)),
        Piece::Block(_) | Piece::Prose(_) => None,
    };
    Ok(pieces(page)?.into_iter().filter_map(heading).collect())
}

/// Reads the examples of a page, which may still have its front matter.
pub fn examples(page: &str) -> Result<Examples<'_>, String> {
    let mut found = Examples::default();
    let mut part = None;
    // Of the example that a named block would belong to.
    let mut open = false;
    let mut introduced = false;
    let mut path: Option<&str> = None;
    for piece in pieces(page)? {
        match piece {
            Piece::Prose(line) if path_line(line).is_some() && path.is_none() => {
                path = path_line(line);
            }
            Piece::Prose(_) | Piece::Heading(..) if path.is_some() => {
                return Err(format!("no block follows `{}`:", path.unwrap_or_default()));
            }
            Piece::Heading(level, text) if level <= 2 => {
                part = Part::of_heading(text);
                (open, introduced) = (false, false);
            }
            Piece::Prose(_) | Piece::Heading(..) => (open, introduced) = (false, true),
            Piece::Block(mut block) => {
                let named = path.take();
                let Some(part) = part else { continue };
                if part == Part::HowToFix && block.language == "diff" {
                    found.diffs.push(block);
                    continue;
                }
                let Some(path) = named.or_else(|| default_path(block.language)) else {
                    if part == Part::HowToFix {
                        continue;
                    }
                    let (line, language) = (block.first_line, block.language);
                    return Err(format!("line {line}: a `{language}` block needs a path line"));
                };
                block.path = path.to_owned();
                match found.examples.last_mut().filter(|_| open && named.is_some()) {
                    Some(example) if example.files.iter().any(|file| file.path == path) => {
                        return Err(format!("line {}: `{path}` is there twice", block.first_line));
                    }
                    Some(example) => example.files.push(block),
                    None => {
                        found.examples.push(Example { part, introduced, files: vec![block] });
                        introduced = false;
                    }
                }
                open = named.is_some();
            }
        }
    }
    match path {
        Some(path) => Err(format!("no block follows `{path}`:")),
        None => Ok(found),
    }
}

/// `` `path`: `` and nothing else.
fn path_line(line: &str) -> Option<&str> {
    let path = line.trim().strip_prefix('`')?.strip_suffix("`:")?;
    Some(path).filter(|path| !path.is_empty() && !path.contains('`'))
}

fn default_path(language: &str) -> Option<&'static str> {
    match language {
        "yaml" => Some("example.yaml"),
        "json" => Some("example.json"),
        "corefile" => Some("Corefile"),
        _ => None,
    }
}

enum Piece<'p> {
    Heading(usize, &'p str),
    /// A line that is not blank.
    Prose(&'p str),
    Block(Block<'p>),
}

/// Enough of Markdown for pages: headings with `#`, and fences that are not indented.
fn pieces(page: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut lines = page.lines().enumerate().peekable();
    if lines.peek().is_some_and(|(_, line)| *line == "---") {
        lines.next();
        // A page without the end of its front matter has no pieces; `page::parse` says so.
        lines.by_ref().find(|(_, line)| *line == "---");
    }
    while let Some((number, line)) = lines.next() {
        let level = line.len() - line.trim_start_matches('#').len();
        let fence = line.len() - line.trim_start_matches('`').len();
        if fence >= 3 {
            let language = line[fence..].trim();
            let mut block =
                Block { path: String::new(), language, first_line: number + 1, lines: Vec::new() };
            loop {
                let Some((_, line)) = lines.next() else {
                    return Err(format!("line {}: the block has no end", number + 1));
                };
                let end = line.trim_end();
                if end.len() >= fence && end.bytes().all(|byte| byte == b'`') {
                    break;
                }
                block.lines.push(line);
            }
            pieces.push(Piece::Block(block));
        } else if line.trim_start().starts_with("```") {
            return Err(format!("line {}: a fence is indented", number + 1));
        } else if level > 0 && line[level..].starts_with(' ') {
            pieces.push(Piece::Heading(level, line[level..].trim()));
        } else if !line.trim().is_empty() {
            pieces.push(Piece::Prose(line));
        }
    }
    Ok(pieces)
}

/// The page with other lines in some of its blocks: (block's first line, how many, new lines),
/// sorted.
pub fn replace_lines(page: &str, blocks: &[(usize, usize, Vec<String>)]) -> String {
    let lines: Vec<&str> = page.lines().collect();
    let mut replaced = Vec::new();
    let mut next = 0;
    for (first, count, new) in blocks {
        replaced.extend_from_slice(&lines[next..*first]);
        replaced.extend(new.iter().map(String::as_str));
        next = first + count;
    }
    replaced.extend_from_slice(&lines[next..]);
    replaced.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "---
id: x
---

# A page

```yaml
not: an example
```

## Flagged

Prose.

```yaml
a: 1
# ^ message
```

```json
{\"a\": 1}
```

Two files:
`one.yaml`:

```yaml
b: 1
```

`two.corefile`:
```text
.:53 {
}
```

````markdown
```
````

## Not flagged

`netvet.yaml`:
```yaml
rules: {}
```
`a.yaml`:
```yaml
c: 1
```
Because.
`a.yaml`:
```yaml
d: 1
```

## How to fix

```sh
kubectl get nodes
```

```diff
-a: 1
+a: 2
```

```yaml
a: 2
```
";

    fn shape(page: &str) -> Vec<(Part, usize, bool, Vec<String>)> {
        let found = examples(page).expect("a sound page");
        let shape = |example: &Example| {
            let paths = example.files.iter().map(|file| file.path.clone()).collect();
            (example.part, example.line(), example.introduced, paths)
        };
        found.examples.iter().map(shape).collect()
    }

    #[test]
    fn blocks_become_examples_of_one_or_several_files() {
        let page = PAGE.replace("````markdown\n```\n````\n", "");
        let expected = [
            (Part::Flagged, 16, true, vec!["example.yaml"]),
            (Part::Flagged, 21, false, vec!["example.json"]),
            (Part::Flagged, 28, true, vec!["one.yaml", "two.corefile"]),
            (Part::NotFlagged, 42, false, vec!["netvet.yaml", "a.yaml"]),
            (Part::NotFlagged, 51, true, vec!["a.yaml"]),
            (Part::HowToFix, 66, false, vec!["example.yaml"]),
        ];
        let found = shape(&page);
        assert_eq!(found.len(), expected.len());
        for (found, (part, line, introduced, paths)) in found.into_iter().zip(expected) {
            let paths = paths.into_iter().map(str::to_owned).collect();
            assert_eq!(found, (part, line, introduced, paths));
        }
        let diffs = examples(&page).expect("a sound page").diffs;
        assert_eq!(diffs.len(), 1);
        assert_eq!(diffs[0].lines, ["-a: 1", "+a: 2"]);
    }

    #[test]
    fn a_page_that_leaves_doubt_is_refused() {
        let refused = |page: &str| examples(page).expect_err("a page with a fault");
        assert_eq!(refused(PAGE), "line 37: a `markdown` block needs a path line");
        assert_eq!(refused("## Flagged\n```yaml\n"), "line 2: the block has no end");
        assert_eq!(refused("- a\n  ```yaml\n  ```\n"), "line 2: a fence is indented");
        assert_eq!(refused("## Flagged\n`a`:\nprose\n"), "no block follows `a`:");
        assert_eq!(refused("## Flagged\n`a`:\n`b`:\n"), "no block follows `a`:");
        assert_eq!(refused("## Flagged\n`a`:\n"), "no block follows `a`:");
        let twice = "## Flagged\n`a`:\n```yaml\n```\n`a`:\n```yaml\n```\n";
        assert_eq!(refused(twice), "line 6: `a` is there twice");
    }

    #[test]
    fn headings_are_not_taken_from_blocks_or_front_matter() {
        let page = "---\n# x\n---\n# One\n```yaml\n# Two\n```\n## Three\n#four\n";
        assert_eq!(headings(page), Ok(vec![(1, "One"), (2, "Three")]));
    }

    #[test]
    fn replacing_touches_nothing_but_the_blocks() {
        let blocks = [(1, 1, vec!["B".to_owned(), "b".to_owned()]), (3, 0, vec!["d".to_owned()])];
        assert_eq!(replace_lines("a\nb\nc\ne\n", &blocks), "a\nB\nb\nc\nd\ne\n");
    }
}
