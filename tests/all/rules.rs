//! Holds pages, modules and the list of rules against each other: each rule is in all three.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use netvet::diagnostic::RuleInfo;
use netvet::model::tables::tables;
use netvet::page::{self, CATEGORIES};
use netvet::rules;

/// The category and the id of a rule.
type Name = (String, String);

#[test]
fn every_page_has_a_module_and_a_line_in_the_list_and_no_other_rule_exists() {
    let pages = names("rules", "md", |_| true);
    let listed: BTreeSet<Name> =
        registered().into_iter().map(|rule| (rule.category, rule.id.to_string())).collect();
    let modules = names("src/rules", "rs", |text| text.contains("pub const RULE: Rule"));
    let missing = |from: &BTreeSet<Name>, of: &BTreeSet<Name>, what: &str| {
        let missing = of.difference(from);
        missing.map(|(category, id)| format!("{category}/{id}: {what}")).collect::<Vec<_>>()
    };
    let faults = [
        missing(&modules, &pages, "a page without a module"),
        missing(&listed, &pages, "a page without a line in `rules::ALL`"),
        missing(&pages, &modules, "a module without a page of its name"),
        missing(&listed, &modules, "a module without a line in `rules::ALL`"),
        missing(&pages, &listed, "a rule whose page does not lie in its category"),
    ];
    assert_eq!(faults.concat(), [""; 0]);
}

#[test]
fn every_module_embeds_its_own_page() {
    for (category, id) in names("src/rules", "rs", |text| text.contains("pub const RULE: Rule")) {
        let path = format!("src/rules/{category}/{}.rs", id.replace('-', "_"));
        let page = format!("include_str!(\"../../../rules/{category}/{id}.md\")");
        assert!(read(&path).contains(&page), "{path} does not have {page}");
    }
}

#[test]
fn the_list_is_in_the_order_of_the_categories_and_ids() {
    let place = |rule: &RuleInfo| {
        let category = CATEGORIES.iter().position(|(category, _)| *category == rule.category);
        (category, rule.id.to_string())
    };
    let places: Vec<_> = registered().iter().map(place).collect();
    let mut sorted = places.clone();
    sorted.sort();
    assert_eq!(places, sorted);
}

#[test]
fn the_id_that_the_list_knows_is_that_of_the_page() {
    for rule in rules::ALL {
        assert_eq!(page::parse(rule.page).map(|page| page.id), Ok(rule.id()));
    }
}

#[test]
fn no_name_stands_for_two_rules() {
    let mut names = BTreeSet::new();
    for rule in registered() {
        for name in rule.aliases.into_iter().chain([rule.id.to_string()]) {
            assert!(names.insert(name.clone()), "two rules answer to `{name}`");
        }
    }
    for (category, _) in CATEGORIES {
        // The configuration takes both in the same place.
        assert!(!names.contains(category), "`{category}` is a rule and a category");
    }
}

/// Rules that go by the tables of versions name those on their pages, so that people can look at
/// the rows.
#[test]
fn pages_name_the_tables_that_their_rules_go_by() {
    // What several rules of a category share uses them, too.
    let shared = ["bundled", "kubeadm", "skew"];
    for module in shared {
        assert!(read(&format!("src/rules/version/{module}.rs")).contains("tables()"), "{module}");
    }
    for rule in registered() {
        let path = format!("src/rules/{}/{}.rs", rule.category, rule.id.as_str().replace('-', "_"));
        let text = read(&path);
        let uses = text.contains("tables()")
            || shared.iter().any(|module| text.contains(&format!("super::{module}::")));
        assert_eq!(!rule.tables.is_empty(), uses, "{}: {:?}", rule.id, rule.tables);
        for table in &rule.tables {
            assert!(!tables().shown(table).is_empty(), "{}: `{table}` has no rows", rule.id);
        }
    }
}

fn registered() -> Vec<RuleInfo> {
    rules::ALL.iter().map(|rule| page::parse(rule.page).expect("a sound page")).collect()
}

/// What the files in the folders of a folder are called, if their text is wanted.
fn names(folder: &str, extension: &str, wanted: impl Fn(&str) -> bool) -> BTreeSet<Name> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut names = BTreeSet::new();
    for category in fs::read_dir(root).expect("the folder is there") {
        let category = category.expect("the folder can be read");
        if !category.path().is_dir() {
            continue;
        }
        let category_name = category.file_name().to_string_lossy().into_owned();
        for file in fs::read_dir(category.path()).expect("the category can be read") {
            let path = file.expect("the category can be read").path();
            if path.extension().is_none_or(|found| found != extension) {
                continue;
            }
            if wanted(&fs::read_to_string(&path).expect("the file can be read")) {
                let stem = path.file_stem().expect("a file has a name").to_string_lossy();
                names.insert((category_name.clone(), stem.replace('_', "-")));
            }
        }
    }
    names
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
