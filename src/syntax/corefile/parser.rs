//! Words to server blocks, as `caddyfile/parse.go` of coredns/caddy does it.
//!
//! It keeps its own stack of open blocks, so that no nesting of braces can exhaust the thread's.

use std::iter::Peekable;
use std::ops::Range;

use super::lexer::{Token, lex};
use super::{Corefile, Directive, Problem, ServerBlock, Snippet, Word};

/// How deep blocks may nest inside a server block. No plugin of CoreDNS goes beyond 2.
const MAX_DEPTH: usize = 32;

pub(super) fn parse(text: &str) -> Corefile {
    let mut parser = Parser::new(text);
    while parser.tokens.peek().is_some() {
        parser.server_block();
    }
    parser.finish()
}

pub(super) fn parse_directives(text: &str) -> Corefile {
    let mut parser = Parser::new(text);
    let mut directives = Vec::new();
    // A closing brace too many ends the list, but not the text.
    while parser.tokens.peek().is_some() {
        directives.extend(parser.directives(None, BlockKind::Snippet).0);
    }
    let block = ServerBlock { keys: Vec::new(), directives, range: 0..text.len() };
    parser.corefile.blocks.push(block);
    parser.finish()
}

impl Problem {
    pub(super) fn fatal(message: impl Into<String>, range: Range<usize>) -> Problem {
        Problem { message: message.into(), range, fatal: true }
    }

    fn suspicious(message: impl Into<String>, range: Range<usize>) -> Problem {
        Problem { message: message.into(), range, fatal: false }
    }
}

struct Parser {
    tokens: Peekable<std::vec::IntoIter<Token>>,
    corefile: Corefile,
    unclosed_quote: Option<Range<usize>>,
}

/// A block whose closing brace has not come yet.
struct OpenBlock {
    /// `None` for a brace that nothing introduces.
    directive: Option<Directive>,
    brace: Range<usize>,
    body: Vec<Directive>,
}

impl Parser {
    fn new(text: &str) -> Parser {
        let lexed = lex(text);
        let mut parser = Parser {
            tokens: lexed.tokens.into_iter().peekable(),
            corefile: Corefile { comments: lexed.comments, ..Corefile::default() },
            unclosed_quote: lexed.unclosed_quote,
        };
        for comment in lexed.glued_comments {
            let message = "`#` in the middle of a word hides only the rest of that word";
            parser.problem(Problem::suspicious(message, comment));
        }
        parser
    }

    fn finish(mut self) -> Corefile {
        if let Some(quote) = self.unclosed_quote.take() {
            self.problem(Problem::suspicious("this quote is never closed", quote));
        }
        self.corefile
    }

    fn server_block(&mut self) {
        let mut keys = self.keys();
        let brace = self.next_if(|token| token.word.text == "{").map(|token| token.word.range);
        let Some(start) = keys.first().map(|key| key.range.start) else {
            if let Some(brace) = brace {
                let message = "a server block without a zone, which CoreDNS leaves out";
                self.problem(Problem::suspicious(message, brace.clone()));
                self.directives(Some(brace), BlockKind::Server);
            }
            return;
        };
        let head_end = keys.last().map_or(start, |key| key.range.end);
        let snippet = if keys.len() == 1 { snippet_name(&keys[0]) } else { None };
        let Some(name) = snippet else {
            keys.iter().for_each(|key| self.check_key(key));
            let (directives, end) = self.directives(brace, BlockKind::Server);
            let range = start..end.unwrap_or(head_end);
            self.corefile.blocks.push(ServerBlock { keys, directives, range });
            return;
        };
        let key = keys.swap_remove(0);
        if brace.is_none() {
            let message = format!("snippet `{}` has no block in braces", name.text);
            self.problem(Problem::fatal(message, key.range.clone()));
        }
        if self.corefile.snippet_index.contains_key(&name.text) {
            let message = format!("snippet `{}` is defined a second time", name.text);
            self.problem(Problem::fatal(message, key.range.clone()));
        }
        let index = self.corefile.snippets.len();
        self.corefile.snippet_index.entry(name.text.clone()).or_insert(index);
        let (directives, end) = self.directives(brace, BlockKind::Snippet);
        let range = start..end.unwrap_or(head_end);
        self.corefile.snippets.push(Snippet { name, directives, range });
    }

    /// Keys end at a brace or at the end of the line, unless that ends in a comma.
    fn keys(&mut self) -> Vec<Word> {
        let mut keys: Vec<Word> = Vec::new();
        let mut comma: Option<Range<usize>> = None;
        while let Some(token) = self.next_if(|token| {
            let on_this_line = !token.new_line || keys.is_empty() || comma.is_some();
            on_this_line && token.word.text != "{"
        }) {
            let Token { mut word, quoted, new_line } = token;
            match word.text.as_str() {
                "" => {}
                "}" => self.stray_closing_brace(word.range),
                "import" if new_line => {
                    let args = self.arguments();
                    self.check_import(&word, &args);
                    self.corefile.unread_imports.extend(args.into_iter().next());
                }
                _ => {
                    comma = None;
                    if word.text.ends_with(',') {
                        word.text.pop();
                        let end = word.range.end;
                        comma = Some(end - 1..end);
                        if !quoted {
                            word.range.end -= 1;
                        }
                    }
                    if word.text.is_empty() {
                        let message = "no zone stands before this comma";
                        self.problem(Problem::fatal(message, comma.clone().unwrap_or(word.range)));
                    } else {
                        keys.push(word);
                    }
                }
            }
        }
        if let Some(comma) = comma {
            self.problem(Problem::fatal("no zone follows this comma", comma));
        }
        keys
    }

    /// The directives up to the closing brace of the server block or snippet, or up to the end of
    /// the text for a block without braces; and where the last word of it ends.
    fn directives(
        &mut self,
        brace: Option<Range<usize>>,
        kind: BlockKind,
    ) -> (Vec<Directive>, Option<usize>) {
        let mut done: Vec<Directive> = Vec::new();
        let mut open: Vec<OpenBlock> = Vec::new();
        let mut end = brace.as_ref().map(|brace| brace.end);
        while let Some(Token { word, new_line, .. }) = self.tokens.next() {
            end = Some(word.range.end);
            if word.text == "}" {
                let Some(block) = open.pop() else {
                    if brace.is_none() {
                        let message = "no `{` opens the block that this `}` closes";
                        self.problem(Problem::suspicious(message, word.range));
                    }
                    return (done, end);
                };
                if let (true, Some(directive)) = (open.is_empty(), &block.directive) {
                    self.check_rest_of_line(&directive.name, kind);
                }
                close(block, word.range.end, &mut done, &mut open);
                continue;
            }
            if word.text == "{" {
                let message = "no directive stands before this `{`";
                let fatal = open.is_empty();
                let range = word.range.clone();
                self.problem(Problem { message: message.to_owned(), range, fatal });
                self.open_block(None, word.range, &mut done, &mut open);
                continue;
            }
            let args = self.arguments();
            let range = word.range.start..args.last().map_or(word.range.end, |arg| arg.range.end);
            end = Some(range.end);
            if word.text == "import" && (new_line || open.is_empty()) {
                self.check_import(&word, &args);
            }
            let directive = Directive { name: word, args, body: Vec::new(), range };
            if let Some(token) = self.next_if(|token| token.word.text == "{") {
                if token.new_line {
                    // Plugins look for it with `NextBlock`, which stays on the line.
                    let message = format!("`{{` is not on the line of `{}`", directive.name.text);
                    self.problem(Problem::suspicious(message, token.word.range.clone()));
                }
                end = Some(token.word.range.end);
                self.open_block(Some(directive), token.word.range, &mut done, &mut open);
                continue;
            }
            if open.is_empty() {
                self.check_closing_brace_on_line(kind);
            }
            body(&mut done, &mut open).push(directive);
        }
        if let Some(unclosed) = open.last().map(|block| block.brace.clone()).or(brace) {
            self.unclosed_brace(unclosed);
        }
        while let Some(block) = open.pop() {
            close(block, end.unwrap_or_default(), &mut done, &mut open);
        }
        (done, end)
    }

    fn open_block(
        &mut self,
        directive: Option<Directive>,
        brace: Range<usize>,
        done: &mut Vec<Directive>,
        open: &mut Vec<OpenBlock>,
    ) {
        let mut end = brace.end;
        let block = OpenBlock { directive, brace: brace.clone(), body: Vec::new() };
        if open.len() < MAX_DEPTH {
            open.push(block);
            return;
        }
        self.problem(Problem::suspicious(format!("blocks nest deeper than {MAX_DEPTH}"), brace));
        let mut depth = 1;
        while depth > 0 {
            let Some(token) = self.tokens.next() else { break };
            end = token.word.range.end;
            match token.word.text.as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
        }
        close(block, end, done, open);
    }

    /// The words up to the end of the line or a brace.
    fn arguments(&mut self) -> Vec<Word> {
        let mut args = Vec::new();
        while let Some(token) =
            self.next_if(|token| !token.new_line && !matches!(token.word.text.as_str(), "{" | "}"))
        {
            args.push(token.word);
        }
        args
    }

    fn next_if(&mut self, condition: impl FnOnce(&Token) -> bool) -> Option<Token> {
        self.tokens.next_if(condition)
    }

    fn check_key(&mut self, key: &Word) {
        if key.has_variable() {
            return;
        }
        if key.text.contains(',') {
            let message =
                format!("`{}` is one zone: nothing follows the comma to split it", key.text);
            self.problem(Problem::suspicious(message, key.range.clone()));
        }
        if key.text.ends_with(':') {
            let message = format!("no port follows the colon of `{}`", key.text);
            self.problem(Problem::fatal(message, key.range.clone()));
        }
    }

    fn check_import(&mut self, word: &Word, args: &[Word]) {
        let brace_follows =
            self.tokens.peek().is_some_and(|token| !token.new_line && token.word.text == "{");
        if args.len() == 1 && !args[0].text.is_empty() && !brace_follows {
            return;
        }
        let message = "`import` takes one name, of a snippet or of files, and nothing else";
        self.problem(Problem::fatal(message, word.range.clone()));
    }

    /// After the closing brace of a directive, CoreDNS reads on to the end of the line.
    fn check_rest_of_line(&mut self, directive: &Word, kind: BlockKind) {
        let Some(next) = self.tokens.peek().filter(|token| !token.new_line) else { return };
        match next.word.text.as_str() {
            "}" => self.check_closing_brace_on_line(kind),
            "{" => {}
            text => {
                let message =
                    format!("CoreDNS takes `{text}` for a part of `{}` before it", directive.text);
                let range = next.word.range.clone();
                self.problem(Problem::suspicious(message, range));
            }
        }
    }

    /// The closing brace of a server block must not share its line with a directive. (That of a
    /// snippet may.)
    fn check_closing_brace_on_line(&mut self, kind: BlockKind) {
        let next = self.tokens.peek();
        let Some(next) = next.filter(|token| !token.new_line && token.word.text == "}") else {
            return;
        };
        if kind == BlockKind::Server {
            let message = "the `}` of a server block is not on a line of its own";
            let range = next.word.range.clone();
            self.problem(Problem::fatal(message, range));
        }
    }

    /// CoreDNS takes it for a zone, and the line after it for a directive of that zone.
    fn stray_closing_brace(&mut self, range: Range<usize>) {
        let fatal = self.tokens.peek().is_some_and(|next| next.new_line && next.word.text != "{");
        let message = "no `{` opens the block that this `}` closes".to_owned();
        self.problem(Problem { message, range, fatal });
    }

    fn unclosed_brace(&mut self, brace: Range<usize>) {
        let problem = match self.unclosed_quote.take() {
            // The closing brace is most likely inside it.
            Some(quote) => Problem::fatal("this quote is never closed", quote),
            None => Problem::fatal("this `{` is never closed", brace),
        };
        self.problem(problem);
    }

    fn problem(&mut self, problem: Problem) {
        self.corefile.problems.push(problem);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum BlockKind {
    Server,
    Snippet,
}

/// The list that a directive which is read now belongs to.
fn body<'a>(done: &'a mut Vec<Directive>, open: &'a mut [OpenBlock]) -> &'a mut Vec<Directive> {
    open.last_mut().map_or(done, |block| &mut block.body)
}

fn close(block: OpenBlock, end: usize, done: &mut Vec<Directive>, open: &mut [OpenBlock]) {
    let parent = body(done, open);
    match block.directive {
        Some(directive) => {
            let range = directive.range.start..end.max(directive.range.end);
            parent.push(Directive { body: block.body, range, ..directive });
        }
        None => parent.extend(block.body),
    }
}

fn snippet_name(key: &Word) -> Option<Word> {
    let name = key.text.strip_prefix('(')?.strip_suffix(')')?;
    Some(key.part(1..1 + name.len()))
}
