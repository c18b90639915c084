//! What the messages of this category have in common.

use crate::diagnostic::{Diagnostic, Label, Place, Severity};
use crate::model::drift::{Difference, Statement};
use crate::rules::wording::some_of;

/// Of many places, as many as a person looks at.
const SHOWN: usize = 5;

/// Tells that `subject` ("the MTU") differs. What a whole pool has otherwise is meant so, and
/// only advice.
pub fn report(subject: &str, severity: Severity, difference: &Difference<'_>) -> Diagnostic {
    let severity = if difference.is_of_pool { Severity::Info } else { severity };
    let (deviating, common) = places(difference);
    let message = match (difference.has_majority, difference.sides.as_slice()) {
        (true, [side, common]) => format!(
            "{subject} {} on {}, and {} on {} other nodes",
            is(&side[0]),
            nodes(side),
            shown(&common[0]),
            common.len()
        ),
        (_, sides) => {
            let mut clauses: Vec<String> = sides
                .iter()
                .map(|side| format!("{} on {}", shown(&side[0]), nodes(side)))
                .collect();
            clauses[0] = format!("{} on {}", is(&sides[0][0]), nodes(&sides[0]));
            let last = clauses.pop().unwrap_or_default();
            format!("{subject} {}, and {last}", clauses.join(", "))
        }
    };
    let purpose = "nodes that differ on purpose belong into a folder such as `edge`";
    let help = match (difference.is_of_pool, difference.has_majority) {
        (true, _) => "nothing is wrong if this pool is meant to differ".to_owned(),
        (_, true) => format!("give it what the other nodes have; {purpose}"),
        (_, false) => format!("decide which one is right, and give it to all nodes; {purpose}"),
    };
    let related = deviating[1..].iter().chain(common.iter().take(SHOWN));
    Diagnostic::new(severity, deviating[0].span.label(""), message)
        .related_all(related.take(2 * SHOWN).map(|statement| label(statement)))
        .help(help)
}

/// Where the finding points first, and where then. Each side is shown.
fn places<'d, 'a>(
    difference: &'d Difference<'a>,
) -> (Vec<&'d Statement<'a>>, Vec<&'d Statement<'a>>) {
    match (difference.has_majority, difference.sides.split_last()) {
        (true, Some((common, deviating))) => {
            (deviating.iter().flatten().take(SHOWN).collect(), common.iter().take(2).collect())
        }
        _ => (difference.sides.iter().flat_map(|side| side.iter().take(2)).collect(), Vec::new()),
    }
}

fn label(statement: &Statement<'_>) -> Label {
    statement.span.label(format!("{} on node `{}`", shown(statement), statement.node.name))
}

fn is(statement: &Statement<'_>) -> String {
    format!("is {}", shown(statement))
}

fn shown(statement: &Statement<'_>) -> String {
    statement.value.as_ref().map_or("not set".to_owned(), |value| format!("`{value}`"))
}

/// ``node `a` ``, ``nodes `a` and `b` ``.
pub fn nodes(side: &[Statement<'_>]) -> String {
    let names: Vec<String> = side.iter().map(|one| one.node.name.to_owned()).collect();
    let noun = if names.len() == 1 { "node" } else { "nodes" };
    format!("{noun} {}", some_of(&names, "nodes"))
}
