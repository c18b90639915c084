//! Fixes texts that are already in memory.

use super::{Analysis, check_texts};
use crate::config::{ConfigProblem, Date};
use crate::diagnostic::Safety;
use crate::fix::{Fixer, ROUNDS};

/// What became of texts, and of their findings.
#[derive(Debug)]
pub struct Fixed {
    /// In the order in which they were given.
    pub texts: Vec<(String, String)>,
    /// What is found in them now.
    pub analysis: Analysis,
    /// How many findings were fixed.
    pub count: usize,
}

/// Checks texts as [`check_texts`] does, and fixes what is found, until nothing changes. The
/// configuration among them stays as it is.
pub fn fix_texts(
    texts: &[(String, String)],
    only: Option<&[&str]>,
    today: Date,
    allowed: Safety,
) -> Result<Fixed, Vec<ConfigProblem>> {
    let mut texts = texts.to_vec();
    let mut analysis = check_texts(&texts, only, today)?;
    let config = analysis.sources.iter().find(|(_, source)| source.path() == "netvet.yaml");
    let mut fixer = Fixer::new(allowed, config.map(|(file, _)| file));
    for _ in 0..ROUNDS {
        let findings = analysis.findings.iter().map(|found| &found.diagnostic);
        let changed = fixer.round(&analysis.sources, findings);
        if changed.is_empty() {
            break;
        }
        for (file, text) in changed {
            let path = analysis.sources.get(file).path();
            if let Some((_, own)) = texts.iter_mut().find(|(other, _)| other == path) {
                *own = text;
            }
        }
        analysis = check_texts(&texts, only, today)?;
    }
    Ok(Fixed { texts, analysis, count: fixer.fixed })
}
