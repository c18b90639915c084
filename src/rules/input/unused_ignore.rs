//! `unused-ignore`: see the page. What it says is in [`crate::suppress`], which comes after the
//! rules.

use crate::rules::{Check, Rule};

pub const RULE: Rule =
    Rule { page: include_str!("../../../rules/input/unused-ignore.md"), check: Check::Elsewhere };
