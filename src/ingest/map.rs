//! A map that takes little room: labels and the like have few entries, and there are many of them.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// A map from names, in the order of the names. A tree map would take a kilobyte for one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameMap<T>(Box<[(String, T)]>);

impl<T> Default for NameMap<T> {
    fn default() -> NameMap<T> {
        NameMap(Box::default())
    }
}

impl<T> NameMap<T> {
    pub fn get(&self, name: &str) -> Option<&T> {
        let index = self.0.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok()?;
        Some(&self.0[index].1)
    }

    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&String, &T)> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.iter().map(|(name, _)| name)
    }

    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.iter().map(|(_, value)| value)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> FromIterator<(String, T)> for NameMap<T> {
    /// Of a name that comes twice, the last value counts.
    fn from_iter<I: IntoIterator<Item = (String, T)>>(entries: I) -> NameMap<T> {
        let mut entries: Vec<(String, T)> = entries.into_iter().collect();
        entries.reverse();
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        entries.dedup_by(|(later, _), (kept, _)| later == kept);
        NameMap(entries.into_boxed_slice())
    }
}

impl<'m, T> IntoIterator for &'m NameMap<T> {
    type Item = (&'m String, &'m T);
    type IntoIter = Box<dyn Iterator<Item = Self::Item> + 'm>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for NameMap<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<NameMap<T>, D::Error> {
        deserializer.deserialize_map(NameMapVisitor(PhantomData))
    }
}

struct NameMapVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for NameMapVisitor<T> {
    type Value = NameMap<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<NameMap<T>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(entries.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_order_and_the_last_value_counts() {
        let entries = [("b", 1), ("a", 2), ("b", 3)].map(|(name, value)| (name.to_owned(), value));
        let map: NameMap<i32> = entries.into_iter().collect();
        let all: Vec<(&str, i32)> =
            map.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        assert_eq!(all, [("a", 2), ("b", 3)]);
        assert_eq!((map.get("b"), map.get("c"), map.len()), (Some(&3), None, 2));
        assert!(map.contains_key("a") && !map.is_empty());
    }
}
