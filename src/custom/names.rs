//! Looks for names in an expression that nothing stands for, before it is ever evaluated.

use cel::Program;
use cel::common::ast::{EntryExpr, Expr, IdedExpr};

use super::functions::NAMES;
use super::protocol::{Compiled, Fault};

/// What an expression may name.
pub struct Scope<'s> {
    /// `object`, `item` and the parts of the model.
    pub roots: &'s [&'s str],
    /// What follows `variables.`.
    pub variables: &'s [String],
    /// The parts of the model, among `roots`.
    pub model: &'s [&'s str],
}

/// Looks at all names of an expression.
pub fn check(program: &Program, scope: &Scope<'_>) -> Compiled {
    let mut checker = Checker { program, scope, bound: Vec::new(), compiled: Compiled::default() };
    checker.expression(program.expression());
    checker.compiled.uses.sort();
    checker.compiled.uses.dedup();
    checker.compiled
}

struct Checker<'p> {
    program: &'p Program,
    scope: &'p Scope<'p>,
    /// Of the comprehensions around.
    bound: Vec<&'p str>,
    compiled: Compiled,
}

impl<'p> Checker<'p> {
    fn expression(&mut self, node: &'p IdedExpr) {
        match &node.expr {
            Expr::Unspecified | Expr::Literal(_) => {}
            Expr::Ident(name) => self.name(node, name),
            Expr::Select(select) => {
                let of_variables = matches!(&select.operand.expr, Expr::Ident(name)
                    if name == "variables" && !self.bound.contains(&"variables"));
                match of_variables {
                    true => self.variable(&select.operand, &select.field),
                    false => self.expression(&select.operand),
                }
            }
            Expr::Call(call) => {
                let qualified = call.target.as_ref().and_then(|target| match &target.expr {
                    Expr::Ident(namespace) => Some(format!("{namespace}.{}", call.func_name)),
                    _ => None,
                });
                let is_qualified = qualified.as_deref().is_some_and(|name| NAMES.contains(&name));
                if !is_qualified {
                    self.function(node, &call.func_name);
                    call.target.iter().for_each(|target| self.expression(target));
                }
                call.args.iter().for_each(|argument| self.expression(argument));
            }
            Expr::Comprehension(comprehension) => {
                self.expression(&comprehension.iter_range);
                self.expression(&comprehension.accu_init);
                let before = self.bound.len();
                self.bound.push(&comprehension.accu_var);
                self.bound.push(&comprehension.iter_var);
                self.bound.extend(comprehension.iter_var2.as_deref());
                self.expression(&comprehension.loop_cond);
                self.expression(&comprehension.loop_step);
                self.expression(&comprehension.result);
                self.bound.truncate(before);
            }
            Expr::List(list) => list.elements.iter().for_each(|item| self.expression(item)),
            Expr::Map(map) => self.entries(map.entries.iter().map(|entry| &entry.expr)),
            Expr::Struct(made) => self.entries(made.entries.iter().map(|entry| &entry.expr)),
        }
    }

    fn entries(&mut self, entries: impl Iterator<Item = &'p EntryExpr>) {
        for entry in entries {
            match entry {
                EntryExpr::StructField(field) => self.expression(&field.value),
                EntryExpr::MapEntry(entry) => {
                    self.expression(&entry.key);
                    self.expression(&entry.value);
                }
            }
        }
    }

    fn name(&mut self, node: &IdedExpr, name: &str) {
        const TYPES: [&str; 9] =
            ["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "uint"];
        if self.bound.contains(&name) || name.starts_with('@') || TYPES.contains(&name) {
            return;
        }
        if self.scope.model.contains(&name) {
            self.compiled.uses.push(name.to_owned());
        }
        if !self.scope.roots.contains(&name) {
            let known = self.scope.roots.iter().map(|root| format!("`{root}`"));
            let known = known.collect::<Vec<_>>().join(", ");
            self.fault(node, format!("there is no `{name}` here; there are {known}"));
        }
    }

    fn variable(&mut self, node: &IdedExpr, name: &str) {
        if !self.scope.variables.iter().any(|known| known == name) {
            self.fault(node, format!("there is no variable `{name}` above this"));
        }
    }

    fn function(&mut self, node: &IdedExpr, name: &str) {
        // Operators have names that nobody can write.
        let is_operator = name.contains(['_', '@', '!', '-', '?', '[']);
        if !is_operator && !NAMES.contains(&name) {
            // A call is placed at its parenthesis.
            let at = self.offset(node);
            let before = self.program.source_info().source.get(..at).unwrap_or_default();
            let at = before.strip_suffix(name).map_or(at, str::len);
            self.fault_at(at, format!("there is no function `{name}`"));
        }
    }

    fn fault(&mut self, node: &IdedExpr, message: String) {
        self.fault_at(self.offset(node), message);
    }

    fn fault_at(&mut self, at: usize, message: String) {
        let (line, column) = position(&self.program.source_info().source, at);
        self.compiled.faults.push(Fault { line, column, message });
    }

    /// Where a node starts, in bytes.
    fn offset(&self, node: &IdedExpr) -> usize {
        self.program.source_info().offset_for(node.id).unwrap_or_default().0 as usize
    }
}

/// Line and column, from 1, of a byte.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(at)];
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}
