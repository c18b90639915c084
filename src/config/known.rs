//! What a configuration and an ignore may name: rules with their options, and categories.
//!
//! The caller brings the rules, so neither `config` nor `suppress` depends on them.

use rustc_hash::FxHashMap;

use crate::diagnostic::RuleInfo;

/// All rules of the program, whether they run or not.
#[derive(Clone, Debug, Default)]
pub struct Known {
    rules: FxHashMap<String, KnownRule>,
    /// From former names to ids.
    aliases: FxHashMap<String, String>,
    /// Sorted.
    categories: Vec<String>,
}

/// A rule as far as a configuration can speak of it.
#[derive(Clone, Debug)]
pub struct KnownRule {
    pub category: String,
    /// Names of its options.
    pub options: Vec<String>,
}

impl Known {
    /// `categories` may have some that no rule is in.
    pub fn new<'r>(
        rules: impl IntoIterator<Item = &'r RuleInfo>,
        categories: impl IntoIterator<Item = &'r str>,
    ) -> Known {
        let mut known = Known::default();
        known.categories.extend(categories.into_iter().map(str::to_owned));
        for rule in rules {
            let id = rule.id.as_str();
            for alias in &rule.aliases {
                known.aliases.insert(alias.clone(), id.to_owned());
            }
            let category = rule.category.clone();
            let options = rule.options.iter().map(|(option, _)| option.clone()).collect();
            known.categories.push(category.clone());
            known.rules.insert(id.to_owned(), KnownRule { category, options });
        }
        known.categories.sort();
        known.categories.dedup();
        known
    }

    /// Sorted.
    pub fn categories(&self) -> impl Iterator<Item = &str> {
        self.categories.iter().map(String::as_str)
    }

    pub fn rule(&self, id: &str) -> Option<&KnownRule> {
        self.rules.get(id)
    }

    /// The rules with their ids, in no order.
    pub fn rules(&self) -> impl Iterator<Item = (&str, &KnownRule)> {
        self.rules.iter().map(|(id, rule)| (id.as_str(), rule))
    }

    /// The id of the rule, or the category, that a name stands for; a former name of a rule still
    /// works.
    pub fn resolve(&self, name: &str) -> Option<&str> {
        let name = self.aliases.get(name).map_or(name, String::as_str);
        if let Some((id, _)) = self.rules.get_key_value(name) {
            return Some(id);
        }
        let category = self.categories.binary_search_by(|category| category.as_str().cmp(name));
        category.ok().map(|index| self.categories[index].as_str())
    }

    /// The rule or category that a wrong name was most likely meant to be.
    pub fn suggest(&self, name: &str) -> Option<&str> {
        let rules = self.rules.keys().map(String::as_str);
        suggest(name, rules.chain(self.categories.iter().map(String::as_str)))
    }
}

/// The candidate that is most like a misspelt word, when one is like it at all.
pub fn suggest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer words are no misspelt names, and comparing them costs the square of their length.
    if word.len() > 64 {
        return None;
    }
    let likeness = |candidate: &str| {
        let (word, candidate) = (word.to_lowercase(), candidate.to_lowercase());
        let as_written = strsim::jaro_winkler(&word, &candidate);
        // `pod_cidr` and `podCidr` for `pod-cidr`.
        let bare = |text: &str| text.replace(['-', '_', ' '], "");
        if bare(&word) == bare(&candidate) { 1.0 } else { as_written }
    };
    candidates
        .into_iter()
        .map(|candidate| (likeness(candidate), candidate))
        .filter(|(likeness, _)| *likeness >= 0.85)
        // Of equals the first by name, whatever order they come in.
        .max_by(|(a, first), (b, second)| a.total_cmp(b).then(second.cmp(first)))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_word_finds_its_likeness() {
        let candidates = ["max-pods", "nodes", "node-networks", "paths", "provider"];
        let table = [
            ("maxPods", Some("max-pods")),
            ("max_pods", Some("max-pods")),
            ("node", Some("nodes")),
            ("node-network", Some("node-networks")),
            ("pathes", Some("paths")),
            ("Provider", Some("provider")),
            ("colour", None),
            ("", None),
        ];
        for (word, want) in table {
            assert_eq!(suggest(word, candidates), want, "{word}");
        }
        assert_eq!(suggest(&"n".repeat(100_000), candidates), None);
    }
}
