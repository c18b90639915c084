//! Reads Corefiles, the configuration language of CoreDNS.
//!
//! The language is that of coredns/caddy (`caddyfile/lexer.go`, `caddyfile/parse.go`): words,
//! lines and braces. What a plugin makes of its words is not known here, files named by `import`
//! are not read, and environment variables are left as written.
//!
//! Reading never fails: a broken Corefile gives [`Problem`]s and what could be read. Whoever
//! concludes something from the absence of a directive asks [`Corefile::is_complete`] first.

use std::collections::HashMap;
use std::ops::Range;

use super::template;

mod imports;
mod key;
mod lexer;
mod parser;

pub use key::ServerKey;

/// A person mends the first few; the others are mostly their echo.
const MAX_PROBLEMS: usize = 100;

/// A Corefile, as far as it could be read. All ranges are bytes of the text it was read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corefile {
    /// The server blocks in the order in which they are written.
    pub blocks: Vec<ServerBlock>,
    pub snippets: Vec<Snippet>,
    /// The fatal ones first, then in the order of the text.
    pub problems: Vec<Problem>,
    /// What is imported and cannot be followed: file names and globs, and whatever is imported
    /// outside of a server block.
    pub unread_imports: Vec<Word>,
    /// Each from its `#` to the end of the line.
    pub comments: Vec<Range<usize>>,
    /// The first snippet of each name.
    snippet_index: HashMap<String, usize>,
    /// Whether following the imports of snippets comes to an end.
    imports_expand: bool,
}

/// `zone[:port] … { directives }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerBlock {
    /// As written, without separating commas; empty only for the directives of a file that is
    /// imported into a server block. See [`ServerKey::parse`].
    pub keys: Vec<Word>,
    /// As written: an `import` is a directive of that name. See [`Corefile::expand`].
    pub directives: Vec<Directive>,
    pub range: Range<usize>,
}

/// `(name) { directives }`, to be imported by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// Without the parentheses.
    pub name: Word,
    pub directives: Vec<Directive>,
    pub range: Range<usize>,
}

/// A line of words, with the block in braces that may follow on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    pub name: Word,
    pub args: Vec<Word>,
    pub body: Vec<Directive>,
    /// From the name to the last argument or the closing brace.
    pub range: Range<usize>,
}

/// A word, quoted or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Without quotes and escapes.
    pub text: String,
    /// As written: quotes included.
    pub range: Range<usize>,
}

/// Something that is wrong with the text itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub message: String,
    pub range: Range<usize>,
    /// CoreDNS refuses to start; otherwise it starts, but hardly as meant.
    pub fatal: bool,
}

impl Corefile {
    pub fn parse(text: &str) -> Corefile {
        Corefile::finish(parser::parse(text))
    }

    /// Reads what a server block imports: directives, which become a block without keys.
    pub fn parse_directives(text: &str) -> Corefile {
        Corefile::finish(parser::parse_directives(text))
    }

    fn finish(mut corefile: Corefile) -> Corefile {
        corefile.resolve_imports();
        corefile.problems.sort_by_key(|problem| (!problem.fatal, problem.range.start));
        corefile.problems.truncate(MAX_PROBLEMS);
        corefile
    }

    /// Whether everything that CoreDNS would see is in view, so that absence means something.
    pub fn is_complete(&self) -> bool {
        self.problems.is_empty() && self.unread_imports.is_empty()
    }

    /// The directives of that name directly in server blocks, with snippets expanded.
    pub fn directives<'a>(
        &'a self,
        name: &'a str,
    ) -> impl Iterator<Item = (&'a ServerBlock, &'a Directive)> {
        self.blocks
            .iter()
            .flat_map(|block| self.expand(&block.directives).into_iter().map(move |d| (block, d)))
            .filter(move |(_, directive)| directive.name.text == name)
    }
}

impl Word {
    /// Whether CoreDNS puts an environment variable into it (`{$NAME}` or `{%NAME%}`), so that
    /// the text is not what it sees.
    pub fn has_variable(&self) -> bool {
        [("{$", "}"), ("{%", "%}")].into_iter().any(|(open, close)| {
            let reference = self.text.split_once(open).map(|(_, rest)| rest.find(close));
            matches!(reference, Some(Some(length)) if length > 0)
        })
    }

    /// Whether something fills the word in before CoreDNS sees it: the environment, or a template.
    pub fn is_placeholder(&self) -> bool {
        self.has_variable() || template::is_placeholder(&self.text)
    }

    /// The part of the word at these bytes of its text. If the text is not what is written, the
    /// range stays that of the word.
    pub fn part(&self, bytes: Range<usize>) -> Word {
        let text = self.text[bytes.clone()].to_owned();
        let literal = self.range.len() == self.text.len();
        let start = self.range.start;
        let range =
            if literal { start + bytes.start..start + bytes.end } else { self.range.clone() };
        Word { text, range }
    }
}

#[cfg(test)]
mod tests;
