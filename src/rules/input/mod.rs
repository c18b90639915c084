//! What cannot be read, or not as it was meant.

pub mod alias_expansion;
pub mod custom_rule_failed;
pub mod duplicate_key;
pub mod flag_repeated;
pub mod missing_type_meta;
pub mod unknown_field;
pub mod unused_ignore;
pub mod wrong_type;
pub mod yaml_syntax;
