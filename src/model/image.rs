//! References to container images, and which of them are the components of a cluster's network.
//!
//! A component is known by the end of the image's path, so that a mirror's copy of it is known
//! too. Nothing is looked up in a registry.

mod component;
mod reference;

pub use component::{Component, component_of};
pub use reference::ImageRef;
