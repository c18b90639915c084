//! Edits that put something into a Compose file, where its layout leaves no doubt how.

use crate::diagnostic::Edit;
use crate::model::compose::{Key, Layout, Project, Service};
use crate::source::Span;

/// Declares a network of a project.
pub fn network(project: &Project, name: &str) -> Option<Edit> {
    match &project.networks_key {
        Some(key) => before_first(key, &format!("{name}: {{}}")),
        None => {
            let span = project.end?;
            Some(Edit { span, text: format!("\n\nnetworks:\n  {name}: {{}}") })
        }
    }
}

/// Puts a service on a network, beside those that it is on.
pub fn membership(service: &Service, name: &str) -> Option<Edit> {
    let Some(key) = &service.networks_key else {
        let Layout::BlockMap(indent) = &service.layout else { return None };
        if !indent.bytes().all(|byte| byte == b' ') {
            return None;
        }
        let text = match name {
            "default" => format!("\n{indent}networks: [default]"),
            name => format!("\n{indent}networks: [default, {name}]"),
        };
        return Some(Edit { span: service.end?, text });
    };
    if !service.span.contains(key.span) {
        return None;
    }
    match &key.layout {
        Layout::FlowMap | Layout::BlockMap(_) => before_first(key, &format!("{name}: {{}}")),
        _ => before_first(key, name),
    }
}

/// An entry or an item before the first one, which has no comment or value in the way.
fn before_first(key: &Key, entry: &str) -> Option<Edit> {
    let first = key.first.filter(|first| key.value.contains(*first))?;
    let text = match &key.layout {
        Layout::Elsewhere => return None,
        Layout::FlowList | Layout::FlowMap => format!("{entry}, "),
        Layout::BlockList(indent) | Layout::BlockMap(indent) => format!("{entry}\n{indent}"),
    };
    Some(Edit { span: Span { end: first.start, ..first }, text })
}

/// Takes a key of a service away, with its value.
pub fn without(service: &Service, key: &Key) -> Option<Edit> {
    let Layout::BlockMap(indent) = &service.layout else { return None };
    let back = u32::try_from(indent.len() + 1).ok()?;
    let start = key.span.start.checked_sub(back)?;
    if !indent.bytes().all(|byte| byte == b' ') || !service.span.contains(key.span) {
        return None;
    }
    let is_own = key.value.file == key.span.file && key.value.start >= key.span.end;
    let is_empty = matches!(key.layout, Layout::Elsewhere);
    (is_own && !is_empty).then_some(Edit {
        span: Span { start, end: key.value.end, ..key.span },
        text: String::new(),
    })
}
