//! Whether a text is JSON to the letter (RFC 8259).
//!
//! [`super::parse()`] reads JSON as YAML and lets much pass: trailing commas, comments, words without
//! quotes. Programs written in Go do not, so this finds the first place where they stop. No tree
//! is built, and keys that are written twice are not looked at.
//!
//! A placeholder that an installer fills in counts as a value wherever one may stand:
//! `__CNI_MTU__`, `${MTU}`, `{{ .Mtu }}`. What a template engine's expressions bring in beside
//! values cannot be seen, so a text with such expressions is never at fault.

use std::ops::Range;

use super::template;

/// What is open: an object or an array, and where.
#[derive(Clone, Copy)]
struct Open {
    at: usize,
    is_object: bool,
}

/// What may stand next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    /// A value or `]`, right behind `[`.
    FirstItem,
    Key,
    /// A key or `}`, right behind `{`.
    FirstKey,
    Colon,
    /// `,` or what closes the innermost collection; nothing at all outside of one.
    End,
}

/// Go's decoder gives up here, too (`encoding/json`, `maxNestingDepth`).
const MAX_DEPTH: usize = 10_000;

/// A fault: its place in the text, and what is wrong there.
type Fault = (Range<usize>, String);

/// The first place where a text is not JSON, in bytes, and what is wrong there. The place is empty
/// only where the text is.
pub fn check(text: &str) -> Option<(Range<usize>, String)> {
    let fault = Scanner { text, at: 0, open: Vec::new() }.run().err()?;
    let engines = ["{{", "{%", "{#", "<%"];
    let filled_in = engines.iter().any(|mark| text.contains(mark));
    (!filled_in).then_some(fault)
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    open: Vec<Open>,
}

impl Scanner<'_> {
    fn run(&mut self) -> Result<(), Fault> {
        if self.text.starts_with('\u{feff}') {
            return Err((0..3, "a byte order mark stands before the text".to_owned()));
        }
        let mut expect = Expect::Value;
        let mut comma = 0;
        loop {
            self.skip_blanks();
            let Some(byte) = self.peek() else { return self.at_end(expect) };
            expect = match (expect, byte) {
                (Expect::Value | Expect::FirstItem, b'{' | b'[') if !self.is_placeholder() => {
                    self.open(byte)?
                }
                (Expect::FirstItem, b']') | (Expect::FirstKey, b'}') => self.close(),
                (Expect::Value, b']') | (Expect::Key, b'}') if byte == self.closing() => {
                    let closing = char::from(byte);
                    return Err((
                        comma..comma + 1,
                        format!("a comma before the closing `{closing}`"),
                    ));
                }
                (Expect::Value | Expect::FirstItem, _) => {
                    self.value(byte)?;
                    Expect::End
                }
                (Expect::Key | Expect::FirstKey, b'"') => {
                    self.string()?;
                    Expect::Colon
                }
                (Expect::Key | Expect::FirstKey, _) => return Err(self.no_key(byte)),
                (Expect::Colon, b':') => {
                    self.at += 1;
                    Expect::Value
                }
                (Expect::Colon, _) => return Err(self.unexpected("no colon behind the key")),
                (Expect::End, b',') if !self.open.is_empty() => {
                    comma = self.at;
                    self.at += 1;
                    if self.in_object() { Expect::Key } else { Expect::Value }
                }
                (Expect::End, b'}' | b']') if byte == self.closing() => self.close(),
                (Expect::End, _) => return Err(self.no_end(byte)),
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn in_object(&self) -> bool {
        self.open.last().is_some_and(|open| open.is_object)
    }

    /// What closes the innermost collection; 0 outside of one.
    fn closing(&self) -> u8 {
        match self.open.last() {
            Some(Open { is_object: true, .. }) => b'}',
            Some(_) => b']',
            None => 0,
        }
    }

    fn open(&mut self, byte: u8) -> Result<Expect, Fault> {
        if self.open.len() == MAX_DEPTH {
            return Err((self.here(), format!("more than {MAX_DEPTH} levels")));
        }
        let is_object = byte == b'{';
        self.open.push(Open { at: self.at, is_object });
        self.at += 1;
        Ok(if is_object { Expect::FirstKey } else { Expect::FirstItem })
    }

    fn close(&mut self) -> Expect {
        self.open.pop();
        self.at += 1;
        Expect::End
    }

    /// The character that is next.
    fn here(&self) -> Range<usize> {
        let width = self.rest().chars().next().map_or(0, char::len_utf8);
        self.at..self.at + width
    }

    /// The word that is next, or one character.
    fn word(&self) -> Range<usize> {
        let ends =
            |c: char| c.is_whitespace() || matches!(c, ',' | ':' | '{' | '}' | '[' | ']' | '"');
        let length = self.rest().find(ends).unwrap_or(self.rest().len());
        if length == 0 { self.here() } else { self.at..self.at + length }
    }

    fn at_end(&self, expect: Expect) -> Result<(), Fault> {
        if let Some(open) = self.open.last() {
            let opening = if open.is_object { '{' } else { '[' };
            return Err((open.at..open.at + 1, format!("`{opening}` is never closed")));
        }
        match expect {
            Expect::End => Ok(()),
            _ => Err((0..self.text.len(), "there is nothing in it".to_owned())),
        }
    }

    fn unexpected(&self, message: &str) -> Fault {
        match self.comment() {
            Some(fault) => fault,
            None => (self.word(), message.to_owned()),
        }
    }

    fn comment(&self) -> Option<Fault> {
        let rest = self.rest();
        if !["//", "/*", "#"].iter().any(|mark| rest.starts_with(mark)) {
            return None;
        }
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        Some((self.at..self.at + length, "a comment, which JSON does not have".to_owned()))
    }

    fn no_key(&self, byte: u8) -> Fault {
        match byte {
            b'\'' => (self.here(), "a key in single quotes".to_owned()),
            b',' => (self.here(), "a comma where a key belongs".to_owned()),
            b'{' if !self.rest().starts_with("{{") => {
                (self.here(), "`{` where a key belongs: the object before it is open".to_owned())
            }
            b if b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'$') => {
                self.unexpected("a key without quotes")
            }
            _ => self.unexpected("no key where one belongs"),
        }
    }

    /// Neither a comma nor the end of what is open.
    fn no_end(&self, byte: u8) -> Fault {
        if let Some(fault) = self.comment() {
            return fault;
        }
        match self.open.last() {
            None => (self.word(), "something stands behind the end of the document".to_owned()),
            Some(open) if matches!(byte, b'}' | b']') => {
                let opening = if open.is_object { '{' } else { '[' };
                let closing = char::from(byte);
                (self.here(), format!("`{closing}` where the `{opening}` above is still open"))
            }
            Some(_) => (self.word(), "no comma before this".to_owned()),
        }
    }

    fn value(&mut self, byte: u8) -> Result<(), Fault> {
        match byte {
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            _ if self.is_placeholder() => {
                self.skip_placeholder();
                Ok(())
            }
            b'\'' => Err((self.here(), "a text in single quotes".to_owned())),
            b',' => Err((self.here(), "a comma where a value belongs".to_owned())),
            b'}' | b']' | b':' => {
                let found = char::from(byte);
                Err((self.here(), format!("`{found}` where a value belongs")))
            }
            _ => self.literal(),
        }
    }

    fn literal(&mut self) -> Result<(), Fault> {
        let word = self.word();
        match &self.text[word.clone()] {
            "true" | "false" | "null" => {
                self.at = word.end;
                Ok(())
            }
            _ => Err(self.unexpected("a value without quotes")),
        }
    }

    /// `-? (0 | [1-9][0-9]*) (\.[0-9]+)? ([eE][+-]?[0-9]+)?`
    fn number(&mut self) -> Result<(), Fault> {
        let word = self.word();
        let text = &self.text[word.clone()];
        if is_number(text) {
            self.at = word.end;
            return Ok(());
        }
        if text.contains('$') {
            self.skip_placeholder();
            return Ok(());
        }
        let starts_like_one = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eExX".contains(&b));
        let message = match starts_like_one {
            true => "a number that JSON does not know",
            false => "a value without quotes",
        };
        Err((word, message.to_owned()))
    }

    fn string(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                None => return Err((start..start + 1, "a quote that is never closed".to_owned())),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(b'\n' | b'\r') => {
                    return Err((start..self.at, "a line break in a text".to_owned()));
                }
                Some(byte) if byte < 0x20 => {
                    return Err((self.here(), "a control character in a text".to_owned()));
                }
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<(), Fault> {
        let bytes = &self.text.as_bytes()[self.at..];
        let is_unicode = || bytes.len() >= 6 && bytes[2..6].iter().all(u8::is_ascii_hexdigit);
        let width = match bytes.get(1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') if is_unicode() => 6,
            _ => {
                let next = self.rest()[1..].chars().next().map_or(0, char::len_utf8);
                let place = self.at..self.at + 1 + next;
                let escape = self.text[place.clone()].escape_debug().to_string();
                let shown = if next == 1 { format!("`\\{}`", &escape[2..]) } else { "this".into() };
                return Err((place, format!("{shown} is no escape of JSON")));
            }
        };
        self.at += width;
        Ok(())
    }

    /// Whether something that is filled in later starts here.
    fn is_placeholder(&self) -> bool {
        let rest = self.rest();
        if rest.starts_with("{{") || rest.starts_with("${") || rest.starts_with("$(") {
            return true;
        }
        if let Some(name) = rest.strip_prefix('$') {
            return name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        }
        rest.starts_with(['_', '<', '%', '@']) && template::is_placeholder(&self.text[self.word()])
    }

    /// Moves behind a placeholder and whatever stands right beside it.
    fn skip_placeholder(&mut self) {
        let pairs = [("{{", "}}"), ("${", "}"), ("$(", ")")];
        loop {
            let rest = self.rest();
            let pair = pairs.iter().find(|(open, _)| rest.starts_with(open));
            let length = match pair {
                Some((_, close)) => rest.find(close).map_or(rest.len(), |at| at + close.len()),
                None => {
                    let ends =
                        |c: char| c.is_whitespace() || matches!(c, ',' | '}' | ']' | '{' | '$');
                    let start = usize::from(rest.starts_with('$'));
                    rest[start..].find(ends).map_or(rest.len(), |at| at + start)
                }
            };
            if length == 0 {
                return;
            }
            self.at += length;
        }
    }
}

fn is_number(text: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text.strip_prefix('-').unwrap_or(text);
    let integer = digits(rest);
    if integer == 0 || (integer > 1 && rest.starts_with('0')) {
        return false;
    }
    let mut rest = &rest[integer..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let width = digits(fraction);
        if width == 0 {
            return false;
        }
        rest = &fraction[width..];
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        return !exponent.is_empty() && digits(exponent) == exponent.len();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What the place covers, and the message.
    fn fault(text: &str) -> (&str, String) {
        let (range, message) = check(text).unwrap_or_else(|| panic!("passes: {text}"));
        (&text[range], message)
    }

    #[test]
    fn json_and_what_becomes_json_pass() {
        let table = [
            "{}",
            " [ ] \r\n",
            "null",
            "-0.5e+10",
            r#"{"a": [1, 2.5, -3, 1e3, true, false, null, {"b": {}}], "c": "é \u00e9 \n \/"}"#,
            r#"{"mtu": __CNI_MTU__, "x": 1}"#,
            r#"{"mtu": ${MTU}}"#,
            r#"{"mtu": $MTU, "a": [$A]}"#,
            r#"{"mtu": $(MTU)}"#,
            r#"{"mtu": {{ .Mtu }}, "b": 1}"#,
            r#"{"mtu": <your-mtu>}"#,
            r#"{"mtu": %MTU%, "x": @MTU@}"#,
            r#"{"mtu": 1${MTU}0}"#,
            r#"{"mtu": {{ .A }}{{ .B }}0}"#,
            r#"{"a": 1{{ if .B }}, "b": 2{{ end }}}"#,
            "{% if x %}{\"a\": 1}{% endif %}",
            r#"{"a": "{{ index .B "c" }}"}"#,
        ];
        for text in table {
            assert_eq!(check(text), None, "{text}");
        }
    }

    #[test]
    fn faults_are_found_where_they_are() {
        let table = [
            ("", "", "there is nothing in it"),
            ("  \n", "  \n", "there is nothing in it"),
            ("{\"a\": 1,\n}", ",", "a comma before the closing `}`"),
            ("[1, 2, ]", ",", "a comma before the closing `]`"),
            ("{,}", ",", "a comma where a key belongs"),
            ("[{\"a\": 1, {}]", "{", "`{` where a key belongs: the object before it is open"),
            ("[1,,2]", ",", "a comma where a value belongs"),
            ("{\"a\": 1 \"b\": 2}", "\"", "no comma before this"),
            ("{\"a\": true \"b\": 2}", "\"", "no comma before this"),
            ("[1 2]", "2", "no comma before this"),
            ("{\"a\": 1 // one\n}", "// one", "a comment, which JSON does not have"),
            ("# one\r\n{}", "# one", "a comment, which JSON does not have"),
            ("{ /* one */ }", "/* one */ }", "a comment, which JSON does not have"),
            ("{'a': 1}", "'", "a key in single quotes"),
            ("{\"a\": 'b'}", "'", "a text in single quotes"),
            ("{a: 1}", "a", "a key without quotes"),
            ("{\"a\": yes}", "yes", "a value without quotes"),
            ("{\"a\": True}", "True", "a value without quotes"),
            ("{\"a\": 10.0.0.0/8}", "10.0.0.0/8", "a value without quotes"),
            ("{\"a\": 0644}", "0644", "a number that JSON does not know"),
            ("{\"a\": .5}", ".5", "a value without quotes"),
            ("{\"a\": 5.}", "5.", "a number that JSON does not know"),
            ("{\"a\" 1}", "1", "no colon behind the key"),
            ("{\"a\"}", "}", "no colon behind the key"),
            ("{\"a\": }", "}", "`}` where a value belongs"),
            ("{\"a\": [1}", "}", "`}` where the `[` above is still open"),
            ("{\"a\": {\"b\": 1}", "{", "`{` is never closed"),
            ("{\"a\": \"b", "\"", "a quote that is never closed"),
            ("{\"a\": \"b\nc\"}", "\"b", "a line break in a text"),
            ("{\"a\": \"b\tc\"}", "\t", "a control character in a text"),
            ("{\"a\": \"\\d\"}", "\\d", "`\\d` is no escape of JSON"),
            ("{\"a\": \"\\u00g0\"}", "\\u", "`\\u` is no escape of JSON"),
            ("{\"a\": \"\\é\"}", "\\é", "this is no escape of JSON"),
            ("{\"a\": \"\\", "\\", "this is no escape of JSON"),
            ("{} {}", "{", "something stands behind the end of the document"),
            ("{}}", "}", "something stands behind the end of the document"),
            ("---\n{}", "---", "a number that JSON does not know"),
            ("\u{feff}{}", "\u{feff}", "a byte order mark stands before the text"),
        ];
        for (text, place, message) in table {
            assert_eq!(fault(text), (place, message.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        assert!(fault(&"[".repeat(1_000_000)).1.contains("10000 levels"));
        let nested = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(check(&nested), None);
    }

    proptest! {
        /// Without placeholders, a text passes when, and only when, a JSON library takes it.
        #[test]
        fn agrees_with_a_json_library(text in r#"[\[\]{},:"'\\ \nabeu0-9.+/#é-]{0,24}"#) {
            let filled_in = ["{{", "{#"].iter().any(|mark| text.contains(mark));
            // The library minds halves of surrogate pairs, and numbers that no float can hold.
            let doubtful = text.contains("\\u") || text.contains('e');
            if !filled_in && !doubtful {
                let library = serde_json::from_str::<serde_json::Value>(&text);
                prop_assert_eq!(check(&text).is_none(), library.is_ok(), "{}", text);
            }
        }

        #[test]
        fn any_text_can_be_asked(text in any::<String>()) {
            if let Some((range, _)) = check(&text) {
                prop_assert!(text.get(range).is_some());
            }
        }
    }
}
