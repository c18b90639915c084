//! Rule pages: one Markdown file is a rule's metadata, its documentation and its test.
//!
//! The front matter becomes a [`RuleInfo`]; [`example`] finds the examples, and [`annotation`]
//! reads the lines in them that say what the rule must find. Nothing here runs a rule, and
//! nothing here draws a page. A page that cannot be read is its author's mistake, not a user's,
//! so the errors are plain sentences.

pub mod annotation;
pub mod example;

use std::borrow::Cow;

use crate::diagnostic::{RuleId, RuleInfo, Safety, Severity};
use crate::source::FileId;
use crate::syntax::{self, Node, Text};

/// Each category with what its rules look at, in the order in which they are listed.
pub const CATEGORIES: [(&str, &str); 15] = [
    (
        "addressing",
        "Ranges of pods, services, nodes and load balancers: that they are valid, and apart",
    ),
    ("capacity", "Whether the ranges hold as many nodes, pods and services as the files ask for"),
    ("mtu", "Packet sizes, from the node's interface through the tunnel to the pod"),
    ("cni", "Calico, Cilium, Flannel and the configuration files of network plugins"),
    ("policy", "Network policies: what they select, what they let through, and what they forget"),
    ("dns", "CoreDNS, and how pods look up names"),
    ("service", "Services, their ports, and the pods behind them"),
    ("pod", "Ports and probes of pods, and what they share with their nodes"),
    ("ingress", "Ingress and Gateway API: routes, backends, certificates and listeners"),
    ("proxy", "kube-proxy, and what takes its place"),
    ("version", "Releases that do not go together, or are no longer served"),
    ("drift", "Files of one cluster that contradict each other"),
    ("docker", "The Docker daemon and Compose networks"),
    ("mesh", "Istio and Linkerd"),
    (
        "input",
        "What netvet itself is given: files that cannot be read, and ignores that do nothing",
    ),
];

/// Takes a page apart. The page's URL is made from its category and id.
pub fn parse(page: &str) -> Result<RuleInfo, String> {
    let (front_matter, body) = split(page).ok_or("the page does not start with front matter")?;
    let parsed = syntax::parse(Text::whole(FileId::new(0), front_matter), false);
    if let Some(problem) = parsed.problems.first() {
        return Err(format!("front matter: {:?}", problem.kind));
    }
    let [document] = parsed.tree.documents() else {
        return Err("the front matter is empty".to_owned());
    };
    let root = parsed.tree.root(document);
    if let Some((key, _)) = root.entries().find(|(key, _)| !KEYS.contains(&key.raw())) {
        return Err(format!("front matter: `{}` is not one of {}", key.raw(), KEYS.join(", ")));
    }
    let id = required(root, "id")?;
    let category = required(root, "category")?;
    if !CATEGORIES.iter().any(|(name, _)| *name == category) {
        return Err(format!("front matter: there is no category `{category}`"));
    }
    let severity = required(root, "severity")?;
    let fix = required(root, "fix")?;
    Ok(RuleInfo {
        aliases: list(root, "aliases")?,
        summary: required(root, "summary")?,
        severity: Severity::from_name(&severity)
            .ok_or_else(|| format!("front matter: there is no severity `{severity}`"))?,
        fix: match fix.as_str() {
            "none" => None,
            "safe" => Some(Safety::Safe),
            "unsafe" => Some(Safety::Unsafe),
            _ => return Err(format!("front matter: fix is none, safe or unsafe, not `{fix}`")),
        },
        since: required(root, "since")?,
        references: list(root, "references")?,
        tables: list(root, "tables")?,
        options: options(root)?,
        page: body.trim_start().to_owned(),
        url: url(&category, &id),
        id: RuleId(Cow::Owned(id)),
        category,
    })
}

const KEYS: [&str; 10] = [
    "id",
    "aliases",
    "summary",
    "category",
    "severity",
    "fix",
    "since",
    "references",
    "tables",
    "options",
];

/// Where the page of a rule can be read.
fn url(category: &str, id: &str) -> String {
    format!("{}/blob/main/rules/{category}/{id}.md", env!("CARGO_PKG_REPOSITORY"))
}

/// The front matter and the Markdown of a page.
fn split(page: &str) -> Option<(&str, &str)> {
    let rest = page.strip_prefix("---\n").or_else(|| page.strip_prefix("---\r\n"))?;
    let mut at = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Some((&rest[..at], &rest[at + line.len()..]));
        }
        at += line.len();
    }
    None
}

fn required(root: Node<'_>, key: &str) -> Result<String, String> {
    let node = root.get(key).ok_or_else(|| format!("front matter: `{key}` is missing"))?;
    text(node).ok_or_else(|| format!("front matter: `{key}` is not a text"))
}

fn list(root: Node<'_>, key: &str) -> Result<Vec<String>, String> {
    let Some(node) = root.get(key) else { return Ok(Vec::new()) };
    let texts: Option<Vec<String>> = node.items().map(text).collect();
    let texts = texts.filter(|_| node.is_sequence());
    texts.ok_or_else(|| format!("front matter: `{key}` is not a list of texts"))
}

fn options(root: Node<'_>) -> Result<Vec<(String, String)>, String> {
    let Some(node) = root.get("options") else { return Ok(Vec::new()) };
    let options: Option<Vec<_>> =
        node.entries().map(|(name, meaning)| Some((text(name)?, text(meaning)?))).collect();
    let options = options.filter(|_| node.is_map());
    options.ok_or_else(|| "front matter: `options` does not give each name a text".to_owned())
}

fn text(node: Node<'_>) -> Option<String> {
    node.str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "---\nid: overlapping-pools\naliases: [pool-overlap]\nsummary: Address pools overlap\ncategory: addressing\nseverity: warning\nfix: none\nsince: 0.1.0\nreferences:\n  - https://example.com/a\noptions:\n  minimum: the least that is enough\n---\n\n# Address pools overlap\n\nText with\n---\na rule in it.\n";

    #[test]
    fn a_page_says_what_its_rule_is() {
        let rule = parse(PAGE).expect("a sound page");
        assert_eq!(rule.id.as_str(), "overlapping-pools");
        assert_eq!(rule.aliases, ["pool-overlap"]);
        assert_eq!(rule.summary, "Address pools overlap");
        assert_eq!(rule.category, "addressing");
        assert_eq!(rule.severity, Severity::Warning);
        assert_eq!(rule.fix, None);
        assert_eq!(rule.since, "0.1.0");
        assert_eq!(rule.references, ["https://example.com/a"]);
        assert_eq!(rule.options, [("minimum".to_owned(), "the least that is enough".to_owned())]);
        assert!(rule.page.starts_with("# Address pools overlap\n"));
        assert!(rule.page.ends_with("a rule in it.\n"));
        assert!(rule.url.ends_with("/rules/addressing/overlapping-pools.md"));
    }

    #[test]
    fn a_page_may_be_checked_out_with_the_line_ends_of_windows() {
        let rule = parse(&PAGE.replace('\n', "\r\n")).expect("a sound page");
        assert_eq!(rule.since, "0.1.0");
        assert!(rule.page.starts_with("# Address pools overlap\r\n"));
    }

    #[test]
    fn a_page_that_cannot_be_read_says_why() {
        let cases = [
            ("---\nid", "id", "the page does not start with front matter"),
            ("severity: warning", "severity: bad", "front matter: there is no severity `bad`"),
            ("fix: none", "fix: no", "front matter: fix is none, safe or unsafe, not `no`"),
            ("since: 0.1.0\n", "", "front matter: `since` is missing"),
            ("since: 0.1.0\n", "since: []\n", "front matter: `since` is not a text"),
            ("category: addressing", "category: x", "front matter: there is no category `x`"),
            ("[pool-overlap]", "pool-overlap", "front matter: `aliases` is not a list of texts"),
            (
                "  minimum: the least that is enough",
                "  - minimum",
                "front matter: `options` does not give each name a text",
            ),
        ];
        for (sound, broken, error) in cases {
            assert!(PAGE.contains(sound), "{sound}");
            assert_eq!(parse(&PAGE.replacen(sound, broken, 1)).unwrap_err(), error);
        }
        assert!(parse("---\nid: x\n").is_err());
        let unknown = parse(&PAGE.replace("since", "sinse")).unwrap_err();
        assert!(unknown.starts_with("front matter: `sinse` is not one of id, "), "{unknown}");
        let broken = parse(&PAGE.replace("[pool-overlap]", "[pool-overlap")).unwrap_err();
        assert!(broken.starts_with("front matter: Broken"), "{broken}");
    }
}
