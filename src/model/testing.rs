//! Builds networks out of texts, for tests.

use super::{Network, Object, Settings};
use crate::ingest;
use crate::scope::Placement;
use crate::source::FileId;

/// Hands over the network of the cluster that a text describes.
pub fn with_network<T>(text: &str, look: impl FnOnce(&Network<'_>) -> T) -> T {
    with_network_and(text, &Settings::default(), look)
}

pub fn with_network_and<T>(
    text: &str,
    settings: &Settings,
    look: impl FnOnce(&Network<'_>) -> T,
) -> T {
    let contents = ingest::ingest(FileId::new(0), "a.yaml", text);
    assert_eq!(contents.problems, [], "{text}");
    let placement = Placement::AsWritten;
    let object = |resource| Object { resource, placement: &placement, path: "a.yaml", node: None };
    look(&super::build(contents.resources.iter().map(object).collect(), settings))
}
