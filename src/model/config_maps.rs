//! ConfigMaps, and what workloads get of them: as variables, or as files.
//!
//! A ConfigMap that is there more than once, as with overlays, says nothing for certain.

use rustc_hash::FxHashMap;

use super::namespaces::fold;
use super::object::Object;
use super::workloads::Workload;
use crate::ingest::Body;
pub use crate::ingest::kubernetes::WrittenAddress;
use crate::ingest::kubernetes::{ConfigMap, ConfigMapFiles, Kubernetes};
use crate::source::Span;
use crate::syntax::decode::Field;

#[derive(Debug, Default)]
pub struct ConfigMaps<'a> {
    /// By folded namespace and name; `None` for those that are there more than once.
    by_name: FxHashMap<(&'a str, &'a str), Option<&'a ConfigMap>>,
}

/// What a workload gets of a ConfigMap.
#[derive(Clone, Copy, Debug)]
pub enum ConfigMapUse<'a> {
    /// A variable.
    Setting { name: &'a str, value: &'a str, span: Span },
    /// A server that a file names.
    Address(&'a WrittenAddress),
}

impl<'a> ConfigMaps<'a> {
    pub fn new(objects: &[Object<'a>]) -> ConfigMaps<'a> {
        let mut config_maps = ConfigMaps::default();
        for object in objects {
            let Body::Kubernetes(Kubernetes::ConfigMap(config_map)) = object.body() else {
                continue;
            };
            let key = (fold(object.namespace()), object.name());
            let entry = config_maps.by_name.entry(key).or_insert(Some(config_map));
            if entry.is_some_and(|known| !std::ptr::eq(known, &**config_map)) {
                *entry = None;
            }
        }
        config_maps
    }

    fn get(&self, workload: &Workload<'a>, name: &Field<String>) -> Option<&'a ConfigMap> {
        *self.by_name.get(&(fold(workload.namespace), name.value()?.as_str()))?
    }

    pub fn used_by(&self, workload: &Workload<'a>) -> Vec<ConfigMapUse<'a>> {
        let mut found = Vec::new();
        if self.by_name.is_empty() {
            return found;
        }
        let pod = &workload.spec.pod;
        for container in pod.all_containers() {
            for variable in container.env.items().iter().filter_map(Field::value) {
                let source = variable.value_from.value();
                let key = source.and_then(|source| source.config_map_key_ref.value());
                let Some((name, key)) = variable.name.value().zip(key) else { continue };
                let map = self.get(workload, &key.name);
                let value = map.and_then(|map| map.data.value()?.get(key.key.value()?)?.known());
                found.extend(value.map(|value| ConfigMapUse::Setting {
                    name,
                    value: &value.value,
                    span: value.span,
                }));
            }
            for from in container.env_from.items().iter().filter_map(Field::value) {
                let name = from.config_map_ref.value().map(|reference| &reference.name);
                let map = name.and_then(|name| self.get(workload, name));
                let entries = map.and_then(|map| map.data.value()).into_iter().flatten();
                found.extend(entries.filter_map(|(key, value)| {
                    let value = value.known()?;
                    let (name, span) = (key.as_str(), value.span);
                    Some(ConfigMapUse::Setting { name, value: &value.value, span })
                }));
            }
        }
        for volume in pod.volumes.items().iter().filter_map(Field::value) {
            let projected = volume.projected.value().map_or(&[][..], |it| it.sources.items());
            let projected = projected.iter().filter_map(Field::value).map(|it| &it.config_map);
            for files in projected.chain([&volume.config_map]).filter_map(Field::value) {
                let map = self.get(workload, &files.name);
                let addresses = map.map_or(&[][..], |map| &map.addresses).iter();
                let is_there = |address: &&WrittenAddress| has_key(files, &address.key);
                found.extend(addresses.filter(is_there).map(ConfigMapUse::Address));
            }
        }
        found
    }
}

fn has_key(files: &ConfigMapFiles, key: &str) -> bool {
    let mut items = files.items.items().iter().filter_map(Field::value);
    files.items.is_absent() || items.any(|item| item.key.value().is_some_and(|own| own == key))
}
