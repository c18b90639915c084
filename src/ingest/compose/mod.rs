//! Compose files and Swarm stacks, and the files of variables beside them: the Compose
//! specification, <https://github.com/compose-spec/compose-spec>.
//!
//! What a file says is kept as it is written, see [`Value`]: variables, `extends`, `include` and
//! overrides need other files, and are the model's. Left out is what does not concern the network:
//! volumes, secrets, limits. Of the old form without `services` nothing is read.

mod environment;
mod shape;
mod value;

pub use environment::{EnvironmentFile, Variable};
pub(super) use environment::{is_environment_file, read as read_environment};
pub use value::{Content, Entries, Items, Layout, Tag, Text, Value};

use super::Problem;
use crate::syntax::Node;

/// A Compose file.
#[derive(Clone, Debug)]
pub struct ComposeFile {
    /// The whole map, without what does not concern the network.
    pub root: Value,
}

/// Keys that a Compose file may have beside extensions (`x-…`).
const TOP_LEVEL: [&str; 10] = [
    "version", "name", "include", "services", "models", "networks", "volumes", "secrets",
    "configs", "$schema",
];

/// Keys of a service that say something about the network, or about which other settings count.
const OF_SERVICES: [&str; 27] = [
    "build",
    "command",
    "container_name",
    "depends_on",
    "deploy",
    "dns",
    "dns_opt",
    "dns_search",
    "entrypoint",
    "env_file",
    "environment",
    "expose",
    "extends",
    "external_links",
    "extra_hosts",
    "healthcheck",
    "hostname",
    "domainname",
    "image",
    "links",
    "mac_address",
    "network_mode",
    "networks",
    "ports",
    "profiles",
    "provider",
    "scale",
];

/// Whether a file has a name that Compose itself, or its users, give to Compose files.
pub fn has_compose_name(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let Some(stem) = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml")) else {
        return false;
    };
    stem.split(['.', '-', '_']).any(|word| matches!(word, "compose" | "stack"))
}

/// Whether a document is a Compose file: by its name, or because its keys and those of its
/// services are.
pub(super) fn is_compose(path: &str, node: Node<'_>) -> bool {
    let is_top_level = |key: &str| TOP_LEVEL.contains(&key) || key.starts_with("x-");
    let keys = || node.entries().filter_map(|(key, _)| key.str());
    if !keys().all(is_top_level) {
        return false;
    }
    let services = node.get("services");
    if has_compose_name(path) {
        // What is missing may stand in another file of the project.
        let is_map = services.is_none_or(|services| services.is_map() || services.is_null());
        let others = ["include", "networks"].iter().any(|key| node.get(key).is_some());
        return is_map && (services.is_some() || others);
    }
    let Some(services) = services.filter(|services| services.is_map()) else { return false };
    // Charts have values of that name: there, keys stand beside them that Compose does not have.
    let is_known = |service: Node<'_>| {
        let mut keys = service.entries().filter_map(|(key, _)| key.str());
        (service.is_map() || service.is_null()) && keys.all(shape::is_key_of_services)
    };
    let definitions = || services.entries().map(|(_, service)| service);
    definitions().any(Node::is_map) && definitions().all(is_known)
}

/// Whether a document that [`is_compose`] is one beyond doubt: `ports` and `labels` are words that
/// others have, too.
fn is_surely_compose(path: &str, node: Node<'_>) -> bool {
    let is_sure = |service: Node<'_>| {
        let sure = ["image", "build", "extends", "environment", "networks", "restart", "volumes"];
        sure.iter().any(|key| service.get(key).is_some())
    };
    let services = node.get("services");
    let mut services = services.into_iter().flat_map(Node::entries);
    has_compose_name(path) || services.any(|(_, service)| is_sure(service))
}

/// Reads a document that [`is_compose`]. With it comes what is wrong with its form.
pub(super) fn read(path: &str, document: usize, node: Node<'_>) -> (ComposeFile, Vec<Problem>) {
    let mut root =
        Value::read(node).only(|key| matches!(key, "name" | "include" | "services" | "networks"));
    if let Content::Map(map) = &mut root.content {
        for (key, value) in &mut map.entries {
            if key.value == "services"
                && let Content::Map(services) = &mut value.content
            {
                for (_, service) in &mut services.entries {
                    let taken = std::mem::replace(&mut service.content, Content::Null);
                    let whole = Value { content: taken, span: service.span, tag: service.tag };
                    *service = whole.only(|key| OF_SERVICES.contains(&key));
                }
            }
        }
    }
    let problems = match is_surely_compose(path, node) {
        true => shape::problems(document, node),
        false => Vec::new(),
    };
    (ComposeFile { root }, problems)
}

#[cfg(test)]
mod tests;
