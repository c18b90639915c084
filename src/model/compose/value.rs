//! Fields out of the values of Compose files, whose variables have been replaced.

use crate::ingest::compose::{Content, Value};
use crate::model::Field;
use crate::source::Spanned;

/// A scalar of any type as text.
pub(super) fn setting(value: Option<&Value>) -> Field<String> {
    let Some(value) = value else { return Field::Absent };
    match &value.content {
        Content::Null => Field::Absent,
        Content::Scalar(text) => Field::Known(Spanned::new(text.text.clone(), value.span)),
        _ => Field::Unknown(value.span),
    }
}

/// What YAML and Compose take for true and false.
pub(super) fn switch(value: Option<&Value>) -> Field<bool> {
    match setting(value) {
        Field::Absent => Field::Absent,
        Field::Unknown(span) => Field::Unknown(span),
        Field::Known(text) => match text.value.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" | "1" => Field::Known(Spanned::new(true, text.span)),
            "false" | "no" | "off" | "n" | "0" => Field::Known(Spanned::new(false, text.span)),
            _ => Field::Unknown(text.span),
        },
    }
}

/// The items of a list of scalars, or a scalar alone.
pub(super) fn texts(value: Option<&Value>) -> Vec<Field<String>> {
    let Some(value) = value else { return Vec::new() };
    match &value.content {
        Content::List(list) => list.items.iter().map(|item| setting(Some(item))).collect(),
        Content::Null => Vec::new(),
        _ => vec![setting(Some(value))],
    }
}

/// Those of the items that are known.
pub(super) fn known_texts(value: Option<&Value>) -> Vec<Spanned<String>> {
    let texts = texts(value).into_iter();
    texts
        .filter_map(|text| match text {
            Field::Known(text) => Some(text),
            Field::Absent | Field::Unknown(_) => None,
        })
        .collect()
}

pub(super) fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}
