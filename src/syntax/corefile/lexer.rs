//! Text to words, as `caddyfile/lexer.go` of coredns/caddy does it.

use std::ops::Range;

use super::Word;

pub(super) struct Token {
    pub word: Word,
    pub quoted: bool,
    /// It is the first one on its line.
    pub new_line: bool,
}

#[derive(Default)]
pub(super) struct Lexed {
    pub tokens: Vec<Token>,
    /// The quote that is never closed.
    pub unclosed_quote: Option<Range<usize>>,
    /// Each `#` in the middle of a word with another word after it on the line.
    pub glued_comments: Vec<Range<usize>>,
    pub comments: Vec<Range<usize>>,
}

pub(super) fn lex(text: &str) -> Lexed {
    let mut lexed = Lexed::default();
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut new_line = true;
    let mut glued_comment = None;
    while let Some(character) = text[at..].chars().next() {
        if character.is_whitespace() {
            new_line |= character == '\n';
            at += character.len_utf8();
            continue;
        }
        if character == '#' {
            let start = at;
            at = text[at..].find('\n').map_or(text.len(), |length| at + length);
            lexed.comments.push(start..start + text[start..at].trim_end().len());
            continue;
        }
        let quoted = character == '"';
        let read = if quoted { quoted_word(text, at) } else { plain_word(text, at) };
        if quoted && !read.closed {
            lexed.unclosed_quote = Some(at..at + 1);
        }
        if !new_line {
            lexed.glued_comments.extend(glued_comment);
        }
        glued_comment = read.comment;
        // CoreDNS makes no word of a lone quote at the end of the text.
        if read.closed || !read.word.text.is_empty() {
            lexed.tokens.push(Token { word: read.word, quoted, new_line });
            new_line = false;
        }
        at = read.end;
    }
    lexed
}

struct Read {
    word: Word,
    /// False for a quoted word without its closing quote.
    closed: bool,
    /// The `#` that cut the word short.
    comment: Option<Range<usize>>,
    /// Where reading goes on.
    end: usize,
}

/// Only a quote can be escaped; any other backslash stands for itself.
fn quoted_word(text: &str, start: usize) -> Read {
    let mut value = String::new();
    let mut escaped = false;
    for (offset, character) in text[start + 1..].char_indices() {
        match character {
            '"' if !escaped => {
                let end = start + 1 + offset + 1;
                let word = Word { text: value, range: start..end };
                return Read { word, closed: true, comment: None, end };
            }
            '\\' if !escaped => escaped = true,
            _ => {
                if escaped && character != '"' {
                    value.push('\\');
                }
                value.push(character);
                escaped = false;
            }
        }
    }
    let word = Word { text: value, range: start..text.len() };
    Read { word, closed: false, comment: None, end: text.len() }
}

/// A `#` hides the rest of the word, but not the words after it: the lexer forgets that it is in
/// a comment when it hands out the word. A carriage return is as good as not there.
fn plain_word(text: &str, start: usize) -> Read {
    let mut value = String::new();
    let mut comment = None;
    let mut end = start;
    let mut next = text.len();
    for (offset, character) in text[start..].char_indices() {
        let at = start + offset;
        match character {
            '\r' => {}
            _ if character.is_whitespace() => {
                next = at;
                break;
            }
            '#' if comment.is_none() => comment = Some(at..at + 1),
            _ if comment.is_none() => {
                value.push(character);
                end = at + character.len_utf8();
            }
            _ => {}
        }
    }
    let word = Word { text: value, range: start..end };
    Read { word, closed: true, comment, end: next }
}
