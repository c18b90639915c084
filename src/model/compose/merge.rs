//! One Compose file upon another, or a service upon the one that it extends: maps are merged,
//! lists go on, and other values take the place of what was there (compose-go,
//! `override/merge.go` and `override/uncity.go`).

use rustc_hash::FxHashMap;

use crate::ingest::compose::{Content, Entries, Items, Tag, Value};
use crate::source::Spanned;

/// Brings the notations of a service into one form each, so that they can be merged: lists of
/// networks, dependencies, variables and hosts become maps.
pub(super) fn in_long_form(mut service: Value) -> Value {
    let Content::Map(map) = &mut service.content else { return service };
    for (key, value) in &mut map.entries {
        match key.value.as_str() {
            "networks" | "depends_on" => names_to_map(value),
            "environment" => assignments_to_map(value, &['=']),
            "extra_hosts" => assignments_to_map(value, &['=', ':']),
            "dns" | "dns_search" | "env_file" => to_list(value),
            _ => {}
        }
    }
    service
}

fn names_to_map(value: &mut Value) {
    let Content::List(list) = &mut value.content else { return };
    // With one name that cannot be known, nothing can be told of the whole.
    if list.items.iter().any(|item| item.text().is_none()) {
        value.content = Content::Template;
        return;
    }
    let layout = std::mem::take(&mut list.layout);
    let mut entries = Vec::with_capacity(list.items.len());
    for item in list.items.drain(..) {
        let Some(name) = item.text() else { continue };
        let key = Spanned::new(name.to_owned(), item.span);
        entries.push((key, Value { span: item.span, tag: None, content: Content::Null }));
    }
    value.content = Content::Map(Entries { entries, layout });
}

fn assignments_to_map(value: &mut Value, separators: &[char]) {
    let Content::List(list) = &mut value.content else { return };
    let layout = std::mem::take(&mut list.layout);
    let mut entries: Vec<(Spanned<String>, Value)> = Vec::with_capacity(list.items.len());
    for item in list.items.drain(..) {
        // One that cannot be known says nothing about the others.
        let Content::Scalar(text) = &item.content else { continue };
        let whole = Spanned::new(text.text.clone(), item.span);
        let entry = match whole.value.find(separators) {
            Some(at) => {
                let part = |range: std::ops::Range<usize>| match text.is_written {
                    true => whole.part(range),
                    false => whole.span,
                };
                let key = Spanned::new(whole.value[..at].trim().to_owned(), part(0..at));
                let mut text = text.clone();
                text.text = whole.value[at + 1..].to_owned();
                let span = part(at + 1..whole.value.len());
                (key, Value { span, tag: None, content: Content::Scalar(text) })
            }
            None => {
                let content = Content::Null;
                (whole.clone(), Value { span: item.span, tag: None, content })
            }
        };
        entries.push(entry);
    }
    value.content = Content::Map(Entries { entries, layout });
}

fn to_list(value: &mut Value) {
    if matches!(value.content, Content::Scalar(_) | Content::Template) {
        let item = Value { tag: None, ..value.clone() };
        value.content = Content::List(Items { items: vec![item], ..Items::default() });
    }
}

/// What stands at a place of a file, as far as it decides how to merge.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Services,
    Service,
    Elsewhere,
}

/// The second file upon the first.
pub(super) fn files(base: Value, over: Value) -> Value {
    merge(base, over, Place::Root, "")
}

/// A service upon the one that it extends.
pub(super) fn services(base: Value, over: Value) -> Value {
    merge(base, over, Place::Service, "")
}

fn merge(base: Value, over: Value, place: Place, key: &str) -> Value {
    if over.tag == Some(Tag::Override) {
        return over;
    }
    // A network or a service may have any name.
    let replaces = place == Place::Elsewhere && matches!(key, "command" | "entrypoint" | "test");
    let span = over.span;
    match (base.content, over.content) {
        (content, Content::Null) => Value { content, ..base_of(base.span, base.tag) },
        (Content::Map(map), Content::Map(others)) => {
            let layout = map.layout;
            let mut overs: FxHashMap<String, (Spanned<String>, Value)> = FxHashMap::default();
            let mut added = Vec::new();
            for (name, value) in others.entries {
                added.push(name.value.clone());
                overs.insert(name.value.clone(), (name, value));
            }
            let mut entries = Vec::with_capacity(map.entries.len() + added.len());
            for (name, before) in map.entries {
                let value = match overs.remove(&name.value) {
                    Some((_, value)) if value.tag == Some(Tag::Reset) => continue,
                    Some((_, value)) => {
                        let place = match (place, name.value.as_str()) {
                            (Place::Root, "services") => Place::Services,
                            (Place::Services, _) => Place::Service,
                            _ => Place::Elsewhere,
                        };
                        merge(before, value, place, &name.value)
                    }
                    None => before,
                };
                entries.push((name, value));
            }
            let added = added.iter().filter_map(|name| overs.remove(name));
            entries.extend(added.filter(|(_, value)| value.tag != Some(Tag::Reset)));
            let content = Content::Map(Entries { entries, layout });
            Value { content, ..base_of(base.span, base.tag) }
        }
        (Content::List(mut list), Content::List(others)) if !replaces => {
            list.items.extend(others.items);
            Value { content: Content::List(list), ..base_of(base.span, base.tag) }
        }
        (_, content) => Value { content, ..base_of(span, over.tag) },
    }
}

fn base_of(span: crate::source::Span, tag: Option<Tag>) -> Value {
    Value { span, tag, content: Content::Null }
}

/// Takes out what the first file of a project resets, which nothing stands behind.
pub(super) fn without_resets(mut value: Value) -> Value {
    if let Content::Map(map) = &mut value.content {
        map.entries.retain(|(_, value)| value.tag != Some(Tag::Reset));
        for (_, value) in &mut map.entries {
            let empty = base_of(value.span, None);
            *value = without_resets(std::mem::replace(value, empty));
        }
    }
    value
}
