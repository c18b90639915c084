//! What the nodes of a cluster are told, side by side.
//!
//! Only nodes that lie side by side are compared, and Windows nodes only with each other. Most
//! nodes are right: whoever says something else deviates, from three nodes on. Of two, nobody
//! knows which one is meant. What all nodes of a pool say, and no other node, is meant so.

pub mod cni;
pub mod components;
pub mod felix;

use std::collections::BTreeMap;

use super::{NodeFile, Object};
use crate::source::Span;

/// What one node is told about one thing.
#[derive(Clone, Debug)]
pub struct Statement<'a> {
    pub node: NodeFile<'a>,
    /// For people, and to compare by; `None` when it is left out.
    pub value: Option<String>,
    /// Of what is left out, the object that could say it.
    pub span: Span,
}

impl<'a> Statement<'a> {
    /// `None` for objects that belong to no node.
    pub fn of(object: Object<'a>, value: Option<(String, Span)>) -> Option<Statement<'a>> {
        let node = object.node?;
        let (value, span) = match value {
            Some((value, span)) => (Some(value), span),
            None => (None, object.resource.name_span()),
        };
        Some(Statement { node, value, span })
    }
}

/// Nodes that are told different things.
#[derive(Clone, Debug)]
pub struct Difference<'a> {
    /// Those who say one thing, each; those who deviate first, in the order of the files.
    pub sides: Vec<Vec<Statement<'a>>>,
    /// Whether the last side is what most nodes say, and so the others are wrong.
    pub has_majority: bool,
    /// Whether a pool differs from the other nodes, and all of it in the same way.
    pub is_of_pool: bool,
}

impl<'a> Difference<'a> {
    /// The nodes that are not as most nodes are; without a majority, all of them.
    pub fn deviating(&self) -> impl Iterator<Item = &Statement<'a>> {
        let count = if self.has_majority { 1 } else { self.sides.len() };
        self.sides.iter().take(count).flatten()
    }
}

/// Finds where nodes differ. A node that says two things itself is left out.
pub fn differences(statements: Vec<Statement<'_>>) -> Vec<Difference<'_>> {
    let mut sets: BTreeMap<(&str, bool), BTreeMap<&str, Vec<Statement<'_>>>> = BTreeMap::new();
    for statement in statements {
        let node = statement.node;
        let set = sets.entry((node.set, node.is_windows())).or_default();
        set.entry(node.name).or_default().push(statement);
    }
    sets.into_values().flat_map(|nodes| in_set(nodes.into_values())).collect()
}

fn in_set<'a>(nodes: impl Iterator<Item = Vec<Statement<'a>>>) -> Vec<Difference<'a>> {
    let agrees = |node: &Vec<Statement<'_>>| node.iter().all(|one| one.value == node[0].value);
    let mut all: Vec<Statement<'a>> =
        nodes.filter(agrees).filter_map(|node| node.into_iter().next()).collect();
    all.sort_by_key(|statement| statement.span);
    let count = all.len();
    let mut sides: Vec<Vec<Statement<'a>>> = Vec::new();
    for statement in all {
        match sides.iter_mut().find(|side| side[0].value == statement.value) {
            Some(side) => side.push(statement),
            None => sides.push(vec![statement]),
        }
        // Where everybody says something else, it is a thing of the node's.
        if sides.len() > MOST_SIDES {
            return Vec::new();
        }
    }
    if sides.len() < 2 {
        return Vec::new();
    }
    let majority = sides.iter().position(|side| side.len() * 2 > count).filter(|_| count > 2);
    let Some(majority) = majority else {
        let is_of_pool = sides.iter().skip(1).all(|side| are_apart(side, &sides[0]));
        return vec![Difference { sides, has_majority: false, is_of_pool }];
    };
    let common = sides.remove(majority);
    let differ = sides.into_iter().map(|side| {
        let is_of_pool = are_apart(&side, &common);
        Difference { sides: vec![side, common.clone()], has_majority: true, is_of_pool }
    });
    differ.collect()
}

/// More values than this are no drift from a common one.
const MOST_SIDES: usize = 8;

/// Whether one side is a pool that nobody of the other side belongs to.
fn are_apart(one: &[Statement<'_>], other: &[Statement<'_>]) -> bool {
    let pool = |side: &[Statement<'_>]| {
        let pool = side[0].node.pool()?.to_ascii_lowercase();
        let is_in = |statement: &Statement<'_>| {
            statement.node.pool().is_some_and(|own| own.eq_ignore_ascii_case(&pool))
        };
        side.iter().all(is_in).then_some(pool)
    };
    let has = |side: &[Statement<'_>], pool: &str| {
        let pools = side.iter().filter_map(|statement| statement.node.pool());
        pools.into_iter().any(|own| own.eq_ignore_ascii_case(pool))
    };
    pool(one).is_some_and(|pool| !has(other, &pool))
        || pool(other).is_some_and(|pool| !has(one, &pool))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    /// `node=value` for each; what came out, side by side, `*` for a majority, `~` for a pool.
    fn shown(statements: &str) -> Vec<String> {
        let mut all = Vec::new();
        for (index, statement) in statements.split(' ').enumerate() {
            let (name, value) = statement.split_once('=').expect("a value");
            let node = NodeFile { name, set: "nodes", pool_folder: None, file: "" };
            let span = Span::new(FileId::new(index as u32), 0..1);
            let value = Some(value.to_owned()).filter(|value| !value.is_empty());
            all.push(Statement { node, value, span });
        }
        let names = |side: &Vec<Statement<'_>>| {
            side.iter().map(|one| one.node.name).collect::<Vec<_>>().join(",")
        };
        let show = |difference: &Difference<'_>| {
            let sides: Vec<String> = difference.sides.iter().map(names).collect();
            let (majority, pool) = (difference.has_majority, difference.is_of_pool);
            let marks = [(majority, "*"), (pool, "~")];
            let marks = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark);
            sides.join(" | ") + &marks.collect::<String>()
        };
        differences(all).iter().map(show).collect()
    }

    #[test]
    fn most_nodes_are_right() {
        for (statements, expected) in [
            ("w1=x w2=x", ""),
            ("w1=x w2=y", "w1 | w2"),
            ("w1=x w2=y w3=x", "w2 | w1,w3*"),
            ("w1= w2=y w3=y", "w1 | w2,w3*"),
            ("w1=x w2=y w3=z", "w1 | w2 | w3"),
            ("w1=x w2=y w3=z w4=z w5=z", "w1 | w3,w4,w5*; w2 | w3,w4,w5*"),
            ("w1=x w2=x w3=y w4=y", "w1,w2 | w3,w4"),
            ("w1=x w2=x edge-1=y edge-2=y", "w1,w2 | edge-1,edge-2~"),
            ("w1=x w2=x w3=x edge-1=y", "edge-1 | w1,w2,w3*~"),
            ("w1=x gpu-1=y gpu-2=y", "w1 | gpu-1,gpu-2*~"),
            ("w1=x w2=x edge-1=x edge-2=y", "edge-2 | w1,w2,edge-1*"),
            ("gpu-1=x gpu-2=x gpu-3=y", "gpu-3 | gpu-1,gpu-2*"),
            ("w1=x w2=x win-1=y", ""),
            ("w1=x w1=y w2=x", ""),
            ("a=1 b=2 c=3 d=4 e=5 f=6 g=7 h=8 i=9", ""),
        ] {
            assert_eq!(shown(statements).join("; "), expected, "{statements}");
        }
    }
}
