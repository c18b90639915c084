//! `netvet explain`: a rule's page, drawn for a terminal.

use std::io::{self, Write};

use super::markdown::{Look, Page};
use crate::config::Date;
use crate::diagnostic::{RuleInfo, Safety};
use crate::model::tables::{Evidence, tables};
use crate::page::annotation::{self, Role};
use crate::report::sanitize;

/// Longer lines are hard to read, however wide the terminal is.
const WIDEST: usize = 100;
/// Narrower than this, a terminal wraps by itself.
const NARROWEST: usize = 30;

/// Writes the page, with the data that the rule goes by as it stands `today`; `width` is that of
/// the terminal, in columns.
pub fn render(
    rule: &RuleInfo,
    today: Date,
    out: &mut dyn Write,
    colour: bool,
    width: usize,
) -> io::Result<()> {
    let mut page = Page::new(colour, width.clamp(NARROWEST, WIDEST), code_look);
    page.markdown(&visible(&rule.page), |page| page.pairs(&facts(rule)));
    page.markdown(&visible(&lists(rule)), |_| {});
    page.markdown(&visible(&data(rule, today)), |_| {});
    out.write_all(page.text.as_bytes())
}

/// The terminal obeys control characters, wherever they come from.
fn visible(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.chars().map(|c| if c == '\n' { c } else { sanitize::visible(c) }).collect()
}

fn code_look(language: &str, line: &str) -> Look {
    match (language, annotation::role(line)) {
        ("diff", _) if line.starts_with('+') => Look::Good,
        ("diff", _) if line.starts_with('-') => Look::Bad,
        ("diff", _) if line.starts_with('@') => Look::Faint,
        (_, Some(Role::Primary(_))) => Look::Bad,
        (_, Some(Role::Related)) => Look::Related,
        _ => Look::Plain,
    }
}

/// The short values of the front matter, for below the title.
fn facts(rule: &RuleInfo) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("rule", rule.id.to_string()),
        ("category", rule.category.clone()),
        ("severity", rule.severity.to_string()),
        ("fix", rule.fix.map_or("none", Safety::name).to_owned()),
    ];
    if !rule.since.is_empty() {
        facts.push(("since", rule.since.clone()));
    }
    if !rule.aliases.is_empty() {
        facts.push(("formerly", rule.aliases.join(", ")));
    }
    facts.into_iter().map(|(name, value)| (name, sanitize::clean(&value))).collect()
}

/// What the front matter lists, as Markdown for below the page.
fn lists(rule: &RuleInfo) -> String {
    let mut text = String::new();
    if !rule.options.is_empty() {
        text += "## Options\n\n";
    }
    for (name, meaning) in &rule.options {
        text += &format!("- `{name}`: {meaning}\n");
    }
    if !rule.references.is_empty() {
        text += "\n## References\n\n";
    }
    for reference in &rule.references {
        text += &format!("- <{reference}>\n");
    }
    text
}

/// The rows that the rule goes by, those of one source together, as Markdown.
fn data(rule: &RuleInfo, today: Date) -> String {
    let rows = rule.tables.iter().flat_map(|table| tables().shown(table));
    let mut sources: Vec<(&Evidence, Vec<String>)> = Vec::new();
    for (row, evidence) in rows {
        match sources.iter_mut().find(|(other, _)| *other == evidence) {
            Some((_, rows)) => rows.push(row),
            None => sources.push((evidence, vec![row])),
        }
    }
    if sources.is_empty() {
        return String::new();
    }
    let mut text = "\n## Data\n".to_owned();
    for (evidence, rows) in sources {
        let Evidence { source, as_of, .. } = evidence;
        let old = match as_of.a_year_later() < today {
            true => ", **more than a year ago**: a newer netvet may know better",
            false => "",
        };
        text += &format!("\n<{source}>, as of {as_of}{old}\n\n");
        for row in rows {
            text += &format!("- {row}\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page;

    const PAGE: &str = "---
id: pod-service-cidr-overlap
aliases: [pod-svc-overlap]
summary: Pod range and service range overlap
category: addressing
severity: error
fix: none
since: 0.1.0
references: [https://example.com/a]
options:
  minimum: the least number of addresses that is enough for anybody who has a cluster of that size
---

# Pod range and service range overlap

The *range* of pods must **not** lie in the range of services, which kubeadm sets to `10.96.0.0/12`.
See [the documentation](https://example.com/docs), <https://example.com/b> and [a page](../dns/x.md).

## Flagged

```yaml
networking:
  podSubnet: 10.96.0.0/16
  #          ^^^^^^^^^^^^ pod range `10.96.0.0/16` lies inside the service range `10.96.0.0/12`
  serviceSubnet: 10.96.0.0/12
  #              ------------ service range
```

## How to fix

1. Choose another range, one that nothing else in the company's network routes to anybody.
   - first
   - second
2. Then

   ```diff
   -a: 1
   +a: 2
   ```

> Nothing is
> lost.

| plugin | bytes |
|---|---|
| `vxlan` | 50 |
| none | 0 |

- one
- two
";

    fn drawn(page: &str, colour: bool, width: usize) -> String {
        let mut out = Vec::new();
        let rule = page::parse(page).expect("a sound page");
        let today = Date::parse("2026-11-21").expect("a day");
        render(&rule, today, &mut out, colour, width).expect("memory takes everything");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn a_page_is_legible_without_colour() {
        insta::assert_snapshot!(drawn(PAGE, false, 60), @"
        Pod range and service range overlap
        ===================================

        rule      pod-service-cidr-overlap
        category  addressing
        severity  error
        fix       none
        since     0.1.0
        formerly  pod-svc-overlap

        The range of pods must not lie in the range of services,
        which kubeadm sets to `10.96.0.0/12`. See the documentation
        (https://example.com/docs), https://example.com/b and a
        page.

        Flagged
        -------

            networking:
              podSubnet: 10.96.0.0/16
              #          ^^^^^^^^^^^^ pod range `10.96.0.0/16` lies inside the service range `10.96.0.0/12`
              serviceSubnet: 10.96.0.0/12
              #              ------------ service range

        How to fix
        ----------

        1. Choose another range, one that nothing else in the
           company's network routes to anybody.

           - first
           - second

        2. Then

               -a: 1
               +a: 2

          Nothing is lost.

        plugin   bytes
        -------  -----
        `vxlan`  50
        none     0

        - one
        - two

        Options
        -------

        - `minimum`: the least number of addresses that is enough
          for anybody who has a cluster of that size

        References
        ----------

        - https://example.com/a
        ");
    }

    #[test]
    fn prose_keeps_to_the_width_and_code_stays_as_it_is() {
        for width in [30, 47, 80, 100] {
            for line in drawn(PAGE, false, width).lines() {
                // Code, an address and an id are not broken.
                let whole = line.starts_with("    ") || !line.trim().contains(' ');
                let whole = whole || line.contains("https://") || line.starts_with("rule");
                assert!(whole || line.chars().count() <= width, "{width}: {line}");
            }
        }
        assert_eq!(drawn(PAGE, false, 5), drawn(PAGE, false, 30));
        assert_eq!(drawn(PAGE, false, 1000), drawn(PAGE, false, 100));
    }

    #[test]
    fn colour_takes_the_place_of_underlines_and_backticks() {
        insta::assert_snapshot!(drawn(PAGE, true, 60).replace('\x1b', "␛"), @"
        ␛[1mPod␛[0m ␛[1mrange␛[0m ␛[1mand␛[0m ␛[1mservice␛[0m ␛[1mrange␛[0m ␛[1moverlap␛[0m

        ␛[2mrule    ␛[0m  pod-service-cidr-overlap
        ␛[2mcategory␛[0m  addressing
        ␛[2mseverity␛[0m  error
        ␛[2mfix     ␛[0m  none
        ␛[2msince   ␛[0m  0.1.0
        ␛[2mformerly␛[0m  pod-svc-overlap

        The ␛[3mrange␛[0m of pods must ␛[1mnot␛[0m lie in the range of services,
        which kubeadm sets to ␛[36m10.96.0.0/12␛[0m. See the documentation
        (https://example.com/docs), https://example.com/b and a
        page.

        ␛[1mFlagged␛[0m

            networking:
              podSubnet: 10.96.0.0/16
            ␛[1;31m  #          ^^^^^^^^^^^^ pod range `10.96.0.0/16` lies inside the service range `10.96.0.0/12`␛[0m
              serviceSubnet: 10.96.0.0/12
            ␛[1;34m  #              ------------ service range␛[0m

        ␛[1mHow␛[0m ␛[1mto␛[0m ␛[1mfix␛[0m

        1. Choose another range, one that nothing else in the
           company's network routes to anybody.

           - first
           - second

        2. Then

               ␛[1;31m-a: 1␛[0m
               ␛[32m+a: 2␛[0m

          Nothing is lost.

        plugin  bytes
        ------  -----
        ␛[36mvxlan␛[0m   50
        none    0

        - one
        - two

        ␛[1mOptions␛[0m

        - ␛[36mminimum␛[0m: the least number of addresses that is enough for
          anybody who has a cluster of that size

        ␛[1mReferences␛[0m

        - https://example.com/a
        ");
    }

    #[test]
    fn a_page_cannot_command_the_terminal() {
        let page = PAGE.replace("Nothing is", "\u{1b}]0;title\u{7}Nothing is");
        let drawn = drawn(&page, false, 80);
        assert!(drawn.contains("␛]0;title␇Nothing is"), "{drawn}");
        assert!(!drawn.contains('\u{1b}'));
    }

    #[test]
    fn the_data_is_shown_with_its_source_and_its_age() {
        let page = PAGE.replace("options:", "tables: [unmaintained/Weave, skew/kubelet]\noptions:");
        let rule = page::parse(&page).expect("a sound page");
        let on = |day: &str| data(&rule, Date::parse(day).expect("a day"));
        insta::assert_snapshot!(on("2026-11-21"), @"
        ## Data

        <https://github.com/cncf/landscape/pull/4023>, as of 2026-11-20

        - Weave Net was archived in 2024

        <https://kubernetes.io/releases/version-skew-policy/>, as of 2026-11-20

        - kubelet: 0 minor versions newer than kube-apiserver at the most, 3 older; before 1.25, 2 older
        ");
        assert_eq!(on("2027-11-20").matches("more than a year").count(), 0);
        assert_eq!(on("2027-11-21").matches("more than a year").count(), 2);
        let other = page::parse(PAGE).expect("a sound page");
        assert_eq!(data(&other, Date::parse("2030-01-01").expect("a day")), "");
    }
}
