//! Calico's expressions over labels: `app == "web" && has(tier) || env in {"a", "b"}`.
//!
//! The grammar is that of `libcalico-go/lib/selector/parser`: `!`, then `&&`, then `||`. White
//! space is free, and texts are quoted with either quotation mark.

use std::ops::Range;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Expression {
    /// `all()`, and the empty text.
    All,
    /// `global()`: what lies in no namespace.
    Global,
    Has(String),
    Is(String, String),
    IsNot(String, String),
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Contains(String, String),
    StartsWith(String, String),
    EndsWith(String, String),
    Not(Box<Expression>),
    And(Vec<Expression>),
    Or(Vec<Expression>),
}

/// What is wrong with an expression, and where in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub range: Range<usize>,
    pub expected: &'static str,
}

/// Parentheses and negations nest no deeper.
const MOST_DEPTH: usize = 64;

/// Reads an expression.
pub fn parse(text: &str) -> Result<Expression, Fault> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    parser.blanks();
    if parser.at == text.len() {
        return Ok(Expression::All);
    }
    let expression = parser.or()?;
    match parser.at == text.len() {
        true => Ok(expression),
        false => Err(parser.fault("`&&`, `||` or the end")),
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Takes a token and the blanks behind it.
    fn takes(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
            self.blanks();
        }
        found
    }

    fn expects(&mut self, token: &str, expected: &'static str) -> Result<(), Fault> {
        if self.takes(token) { Ok(()) } else { Err(self.fault(expected)) }
    }

    fn fault(&self, expected: &'static str) -> Fault {
        let rest = self.rest();
        let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
        Fault { range: self.at..self.at + word, expected }
    }

    fn or(&mut self) -> Result<Expression, Fault> {
        let mut parts = vec![self.and()?];
        while self.takes("||") {
            parts.push(self.and()?);
        }
        Ok(joined(parts, Expression::Or))
    }

    fn and(&mut self) -> Result<Expression, Fault> {
        let mut parts = vec![self.term()?];
        while self.takes("&&") {
            parts.push(self.term()?);
        }
        Ok(joined(parts, Expression::And))
    }

    fn term(&mut self) -> Result<Expression, Fault> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(self.fault("fewer parentheses"));
        }
        let term = self.nested();
        self.depth -= 1;
        term
    }

    fn nested(&mut self) -> Result<Expression, Fault> {
        if self.takes("!") {
            return Ok(Expression::Not(Box::new(self.term()?)));
        }
        if self.takes("(") {
            let inner = self.or()?;
            self.expects(")", "`)`")?;
            return Ok(inner);
        }
        let name = self.name()?;
        if self.takes("(") {
            let expression = match name {
                "all" => Expression::All,
                "global" => Expression::Global,
                "has" => Expression::Has(self.name()?.to_owned()),
                _ => return Err(self.fault("`all()`, `global()` or `has(…)`")),
            };
            self.expects(")", "`)`")?;
            return Ok(expression);
        }
        self.comparison(name.to_owned())
    }

    fn comparison(&mut self, name: String) -> Result<Expression, Fault> {
        if self.takes("==") {
            return Ok(Expression::Is(name, self.quoted()?));
        }
        if self.takes("!=") {
            return Ok(Expression::IsNot(name, self.quoted()?));
        }
        let operator = self.word();
        Ok(match operator {
            "in" => Expression::In(name, self.set()?),
            "not" => {
                if self.word() != "in" {
                    return Err(self.fault("`in` behind `not`"));
                }
                Expression::NotIn(name, self.set()?)
            }
            "contains" => Expression::Contains(name, self.quoted()?),
            "starts" | "ends" => {
                if self.word() != "with" {
                    return Err(self.fault("`with`"));
                }
                let text = self.quoted()?;
                match operator {
                    "starts" => Expression::StartsWith(name, text),
                    _ => Expression::EndsWith(name, text),
                }
            }
            _ => {
                return Err(self.fault(
                    "`==`, `!=`, `in`, `not in`, `contains`, `starts with` or `ends with`",
                ));
            }
        })
    }

    /// Letters, with the blanks behind them; where there are none, nothing is taken.
    fn word(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(rest.len());
        self.at += end;
        self.blanks();
        &rest[..end]
    }

    /// The name of a label.
    fn name(&mut self) -> Result<&'t str, Fault> {
        let rest = self.rest();
        let is_part = |c: char| c.is_ascii_alphanumeric() || "_./-".contains(c);
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        if end == 0 {
            return Err(self.fault("the name of a label"));
        }
        self.at += end;
        self.blanks();
        Ok(&rest[..end])
    }

    fn quoted(&mut self) -> Result<String, Fault> {
        let rest = self.rest();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let Some(quote) = quote else { return Err(self.fault("a text in quotation marks")) };
        let Some(end) = rest[1..].find(quote) else {
            return Err(self.fault("a text that ends with a quotation mark"));
        };
        self.at += end + 2;
        self.blanks();
        Ok(rest[1..=end].to_owned())
    }

    fn set(&mut self) -> Result<Vec<String>, Fault> {
        self.expects("{", "`{`")?;
        let mut texts = Vec::new();
        while !self.takes("}") {
            texts.push(self.quoted()?);
            if !self.takes(",") {
                self.expects("}", "`,` or `}`")?;
                break;
            }
        }
        Ok(texts)
    }
}

fn joined(mut parts: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    if parts.len() == 1 { parts.remove(0) } else { join(parts) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> String {
        text.to_owned()
    }

    #[test]
    fn expressions_are_read_by_precedence() {
        use Expression::{And, Has, In, Is, IsNot, Not, NotIn, Or};
        let table = [
            ("", Expression::All),
            (" all() ", Expression::All),
            ("global()", Expression::Global),
            ("app == 'web'", Is(text("app"), text("web"))),
            ("app=='web'", Is(text("app"), text("web"))),
            ("k8s.io/a-b != \"x y\"", IsNot(text("k8s.io/a-b"), text("x y"))),
            ("has( tier )", Has(text("tier"))),
            ("!has(tier)", Not(Box::new(Has(text("tier"))))),
            ("a in {'x', \"y\"}", In(text("a"), vec![text("x"), text("y")])),
            ("a not in {'x'}", NotIn(text("a"), vec![text("x")])),
            ("a in {}", In(text("a"), vec![])),
            ("a starts with 'x'", Expression::StartsWith(text("a"), text("x"))),
            (
                "has(a) || has(b) && !(has(c) || has(d))",
                Or(vec![
                    Has(text("a")),
                    And(vec![
                        Has(text("b")),
                        Not(Box::new(Or(vec![Has(text("c")), Has(text("d"))]))),
                    ]),
                ]),
            ),
        ];
        for (expression, expected) in table {
            assert_eq!(parse(expression), Ok(expected), "{expression}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let table = [
            ("app = 'web'", 4..5),
            ("app == web", 7..10),
            ("app == 'web", 7..11),
            ("has(app", 7..7),
            ("app == 'a' app == 'b'", 11..14),
            ("app is 'web'", 7..12),
            ("(((", 3..3),
            ("&&", 0..2),
        ];
        for (expression, range) in table {
            assert_eq!(parse(expression).map_err(|fault| fault.range), Err(range), "{expression}");
        }
        let deep = "!".repeat(1_000_000);
        assert!(parse(&deep).is_err());
    }
}
