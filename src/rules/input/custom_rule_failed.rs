//! `custom-rule-failed`: see the page. What it says comes from where custom rules are asked.

use crate::rules::{Check, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/input/custom-rule-failed.md"),
    check: Check::Elsewhere,
};
