//! `import` of snippets.
//!
//! CoreDNS puts the words of the snippet in the place of the import while it parses. Here the
//! tree stays as written, and imports are followed when directives are asked for.

use std::collections::HashSet;

use super::{Corefile, Directive, Problem, Word};

/// How many directives the imports of a Corefile may stand for. CoreDNS allows 1,000 imports
/// (`maxSnippetExpansions` in coredns/caddy `caddyfile/parse.go`); beyond this number, imports of
/// imports were made to explode.
const EXPANSION_LIMIT: usize = 100_000;

/// A list of directives that is being walked.
struct Walk<'a> {
    rest: std::slice::Iter<'a, Directive>,
    /// The index of the snippet whose directives these are.
    snippet: Option<usize>,
}

impl Corefile {
    /// The directives of a block or of a body, each import of a snippet replaced by the snippet's
    /// directives. An import that cannot be followed stays an `import` directive.
    pub fn expand<'a>(&'a self, directives: &'a [Directive]) -> Vec<&'a Directive> {
        let mut expanded = Vec::new();
        let mut walks = vec![directives.iter()];
        while let Some(walk) = walks.last_mut() {
            match walk.next() {
                None => {
                    walks.pop();
                }
                Some(directive) => match self.imported_snippet(directive) {
                    Some(snippet) => walks.push(self.snippets[snippet].directives.iter()),
                    None => expanded.push(directive),
                },
            }
        }
        expanded
    }

    fn imported_snippet(&self, directive: &Directive) -> Option<usize> {
        let target = import_target(directive).filter(|_| self.imports_expand)?;
        self.snippet_index.get(&target.text).copied()
    }

    /// Follows every import once: finds those that cannot be followed, and whether following them
    /// ends.
    pub(super) fn resolve_imports(&mut self) {
        self.imports_expand = true;
        let mut unread = Vec::new();
        let mut problems = Vec::new();
        if let Err(endless) = self.walk_imports(&mut unread, &mut problems) {
            self.imports_expand = false;
            problems.push(endless);
            unread = self.written_imports();
        }
        self.unread_imports.extend(unread);
        self.problems.extend(problems);
    }

    fn walk_imports(
        &self,
        unread: &mut Vec<Word>,
        problems: &mut Vec<Problem>,
    ) -> Result<(), Problem> {
        let mut seen = HashSet::new();
        let mut being_expanded = vec![false; self.snippets.len()];
        let mut expanded = 0;
        for block in &self.blocks {
            let mut walks = vec![Walk { rest: block.directives.iter(), snippet: None }];
            let mut snippet_depth = 0;
            while let Some(walk) = walks.last_mut() {
                let Some(directive) = walk.rest.next() else {
                    if let Some(snippet) = walk.snippet {
                        being_expanded[snippet] = false;
                        snippet_depth -= 1;
                    }
                    walks.pop();
                    continue;
                };
                expanded += usize::from(snippet_depth > 0);
                if expanded > EXPANSION_LIMIT {
                    let message =
                        format!("the imports stand for more than {EXPANSION_LIMIT} directives");
                    let place = block.keys.first().map_or(&block.range, |key| &key.range);
                    return Err(Problem::fatal(message, place.clone()));
                }
                if !directive.body.is_empty() {
                    walks.push(Walk { rest: directive.body.iter(), snippet: None });
                }
                let Some(target) = import_target(directive) else { continue };
                let first_visit = seen.insert(target.range.start);
                let Some(index) = self.imported_snippet(directive) else {
                    unread.extend(first_visit.then(|| target.clone()));
                    continue;
                };
                if being_expanded[index] {
                    let message = format!("snippet `{}` imports itself", target.text);
                    return Err(Problem::fatal(message, target.range.clone()));
                }
                // CoreDNS looks for a file if it has not come across the snippet yet.
                if first_visit && self.snippets[index].range.start > block.range.start {
                    let message =
                        format!("snippet `{}` is imported before it is defined", target.text);
                    problems.push(Problem::fatal(message, target.range.clone()));
                }
                being_expanded[index] = true;
                snippet_depth += 1;
                let rest = self.snippets[index].directives.iter();
                walks.push(Walk { rest, snippet: Some(index) });
            }
        }
        Ok(())
    }

    /// What server blocks import, without following anything.
    fn written_imports(&self) -> Vec<Word> {
        let mut imports = Vec::new();
        let mut lists: Vec<&[Directive]> =
            self.blocks.iter().rev().map(|block| block.directives.as_slice()).collect();
        while let Some(list) = lists.pop() {
            imports.extend(list.iter().filter_map(import_target).cloned());
            lists.extend(list.iter().rev().map(|directive| directive.body.as_slice()));
        }
        imports
    }
}

fn import_target(directive: &Directive) -> Option<&Word> {
    if directive.name.text == "import" { directive.args.first() } else { None }
}
