//! The configurations of network plugins: those of nodes, by directory, in the order in which a
//! runtime loads them; those that an installer writes; and those of additional networks.
//!
//! How runtimes load: containerd's go-cni (`opts.go`, `loadFromConfDir`) and CRI-O's ocicni sort
//! the names of `.conf`, `.conflist` and `.json` files byte by byte, and use the first network.
//! Which of the two a node has is not known here.

use std::collections::BTreeMap;
use std::fmt;

use super::object::Object;
use crate::diagnostic::Severity;
use crate::ingest::Body;
pub use crate::ingest::cni::{CniConfig, CniOrigin, CniPlugin, Ipam, IpamRange, VlanTrunk};
use crate::ingest::kubernetes::Kubernetes;
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

/// Every configuration in view.
#[derive(Debug, Default)]
pub struct Cni<'a> {
    /// In the order of the files.
    pub configs: Vec<Config<'a>>,
    /// Directories `net.d`, by path.
    pub directories: Vec<Directory<'a>>,
    /// The runtime of a node that does not know version 1.1.0: containerd before 2.0, which came
    /// with libcni 1.2. As Nodes in view report it: `containerd://1.7.27`.
    pub old_containerd: Option<&'a Spanned<String>>,
}

/// A configuration and the object that it is.
#[derive(Clone, Copy, Debug)]
pub struct Config<'a> {
    pub object: Object<'a>,
    pub config: &'a CniConfig,
}

/// The files that a runtime finds in one directory of one node.
#[derive(Debug)]
pub struct Directory<'a> {
    pub path: &'a str,
    /// In the order in which they are loaded.
    pub configs: Vec<Config<'a>>,
}

/// A version of the specification that has been released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpecVersion(usize);

impl SpecVersion {
    /// libcni `pkg/version/version.go`, `All`.
    pub const ALL: [&'static str; 7] =
        ["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"];

    pub fn parse(text: &str) -> Option<SpecVersion> {
        SpecVersion::ALL.iter().position(|known| *known == text).map(SpecVersion)
    }

    /// What plugins take a configuration for that does not say its version.
    pub const OLDEST: SpecVersion = SpecVersion(0);
}

impl fmt::Display for SpecVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SpecVersion::ALL[self.0])
    }
}

impl<'a> Cni<'a> {
    pub fn new(objects: &[Object<'a>]) -> Cni<'a> {
        let config = |object: &Object<'a>| match object.body() {
            Body::Cni(config) => Some(Config { object: *object, config }),
            _ => None,
        };
        let configs: Vec<Config<'a>> = objects.iter().filter_map(config).collect();
        let mut by_path: BTreeMap<&str, Vec<Config<'a>>> = BTreeMap::new();
        for config in &configs {
            if let Some(path) = config.directory() {
                by_path.entry(path).or_default().push(*config);
            }
        }
        let directories = by_path.into_iter().map(|(path, mut configs)| {
            configs.sort_by_key(Config::file_name);
            Directory { path, configs }
        });
        let runtimes = objects.iter().filter_map(container_runtime);
        let old_containerd = runtimes.into_iter().find(|runtime| is_before_containerd_2(runtime));
        Cni { directories: directories.collect(), configs, old_containerd }
    }

    /// The configurations that can be relied on to say what they seem to say.
    pub fn readable(&self) -> impl Iterator<Item = &Config<'a>> {
        self.configs.iter().filter(|config| config.config.strict_problem.is_none())
    }

    /// The directory that a configuration is a file of.
    pub fn directory_of(&self, config: &Config<'a>) -> Option<&Directory<'a>> {
        let path = config.directory()?;
        let index = self.directories.binary_search_by_key(&path, |directory| directory.path);
        Some(&self.directories[index.ok()?])
    }

    /// How bad it is that a runtime cannot load a configuration. Only the first file of a
    /// directory is loaded unless the runtime is told otherwise.
    pub fn severity_of_failure(&self, config: &Config<'a>) -> Severity {
        let first = self.directory_of(config).and_then(|directory| directory.first());
        match first {
            Some(first) if !first.object.is(config.object) => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// What it means for the other files of its directory that a configuration cannot be loaded,
    /// as a clause for people. `None` when it lies there alone.
    pub fn consequence_of_failure(&self, config: &Config<'a>) -> Option<String> {
        let directory = self.directory_of(config)?;
        let first = directory.first()?;
        let others = directory.configs.iter().filter(|other| !other.object.is(config.object));
        let names: Vec<String> = others.map(|other| format!("`{}`", other.file_name())).collect();
        if names.is_empty() {
            return None;
        }
        if !first.object.is(config.object) {
            return Some(format!("`{}` comes before it and is used meanwhile", first.file_name()));
        }
        let named = match &names[..] {
            [all @ .., last] if !all.is_empty() && names.len() <= NAMED_FILES => {
                format!("{} and {last}", all.join(", "))
            }
            [name] => name.clone(),
            _ => format!("{} and {} others", names[0], names.len() - 1),
        };
        Some(format!(
            "containerd stops at `{}`, the first file of `{}`, and does not get to {named}",
            config.file_name(),
            directory.path
        ))
    }
}

/// How many files a sentence names before it counts the rest.
const NAMED_FILES: usize = 3;

fn container_runtime<'a>(object: &Object<'a>) -> Option<&'a Spanned<String>> {
    let Body::Kubernetes(Kubernetes::Node(node)) = object.body() else { return None };
    let info = node.status.value()?.node_info.value()?;
    info.container_runtime_version.known()
}

fn is_before_containerd_2(runtime: &str) -> bool {
    let version =
        runtime.strip_prefix("containerd://").map(|version| version.trim_start_matches('v'));
    version.is_some_and(|version| version.starts_with("1."))
}

impl<'a> Config<'a> {
    pub fn file_name(&self) -> &'a str {
        let path = self.config.path.as_str();
        path.rsplit_once('/').map_or(path, |(_, name)| name)
    }

    /// The directory `net.d` that it lies in, when it is a file that a runtime loads from there.
    pub fn directory(&self) -> Option<&'a str> {
        let (folder, name) = self.config.path.rsplit_once('/')?;
        let in_net_d = folder == "net.d" || folder.ends_with("/net.d");
        let endings = [".conf", ".conflist", ".json"];
        let loadable = endings.iter().any(|ending| name.ends_with(ending));
        (in_net_d && loadable && self.config.origin == CniOrigin::File).then_some(folder)
    }

    /// Whether a runtime reads it as it is, as a node's network; a text of that shape in another
    /// file may be a part of something.
    pub fn is_loaded(&self) -> bool {
        match self.config.origin {
            CniOrigin::File => {
                self.directory().is_some() || self.config.path.ends_with(".conflist")
            }
            CniOrigin::ConfigMap => true,
            CniOrigin::NetworkAttachment => false,
        }
    }

    /// Whether it is an additional network of pods that ask for it.
    pub fn is_attachment(&self) -> bool {
        self.config.origin == CniOrigin::NetworkAttachment
    }

    /// Where a finding about all of it points.
    pub fn span(&self) -> Span {
        self.object.resource.name_span()
    }

    /// The plugins that can be read.
    pub fn plugins(&self) -> impl Iterator<Item = &'a Spanned<CniPlugin>> {
        self.config.plugins.items().iter().filter_map(Field::known)
    }

    pub fn has_type(&self, kind: &str) -> bool {
        self.plugins().any(|plugin| plugin.kind.value().is_some_and(|own| own == kind))
    }

    /// Whether one of its plugins gets addresses from the given one.
    pub fn has_ipam(&self, kind: &str) -> bool {
        let ipam = |plugin: &'a CniPlugin| plugin.ipam.value()?.kind.value();
        self.plugins().filter_map(|plugin| ipam(plugin)).any(|own| own == kind)
    }

    /// Whether it gives pods the loopback interface and nothing else.
    pub fn is_loopback(&self) -> bool {
        let is_loopback = |plugin: &Field<CniPlugin>| {
            let kind = plugin.value().and_then(|plugin| plugin.kind.value());
            kind.is_some_and(|kind| kind == "loopback")
        };
        let plugins = self.config.plugins.items();
        !plugins.is_empty() && plugins.iter().all(is_loopback)
    }

    /// Whether it hands over to other configurations, as Multus does.
    pub fn is_meta(&self) -> bool {
        ["multus", "multus-shim"].iter().any(|kind| self.has_type(kind))
    }

    /// The version that runtime and plugins settle on, if they know all that it names: the newest
    /// of `cniVersion` and `cniVersions`. `None` when that cannot be known.
    pub fn spec_version(&self) -> Option<SpecVersion> {
        let versions = &self.config.cni_versions;
        if self.config.cni_version.is_unknown() || versions.is_unknown() {
            return None;
        }
        let own = self.config.cni_version.value().filter(|version| !version.is_empty());
        let mut newest = match own {
            Some(own) => SpecVersion::parse(own)?,
            None => SpecVersion::OLDEST,
        };
        for version in versions.items() {
            newest = newest.max(SpecVersion::parse(version.value()?)?);
        }
        Some(newest)
    }

    /// The types of plugins that refuse the configuration for its version, each with the oldest
    /// version that it speaks.
    pub fn plugins_too_new(&self) -> impl Iterator<Item = (&'a Spanned<String>, &'static str)> {
        let version = self.spec_version();
        self.plugins().filter_map(move |plugin| {
            let kind = plugin.kind.known()?;
            let (_, oldest) = OLDEST.iter().find(|(name, _)| *name == kind.value)?;
            (version? < SpecVersion::parse(oldest)?).then_some((kind, *oldest))
        })
    }
}

/// Plugins, and the oldest version that they speak: what they give to `skel.PluginMain`
/// (containernetworking/plugins 1.9). The others speak all versions.
const OLDEST: [(&str, &str); 3] = [("bandwidth", "0.3.0"), ("firewall", "0.4.0"), ("vrf", "0.3.1")];

impl<'a> Directory<'a> {
    /// The file that is loaded before all others.
    pub fn first(&self) -> Option<&Config<'a>> {
        self.configs.first().filter(|_| self.is_ordered())
    }

    /// Whether the first file decides. Multus looks its networks up by name.
    pub fn is_ordered(&self) -> bool {
        !self.path.ends_with("multus/net.d")
    }
}

#[cfg(test)]
mod tests {
    use crate::model::testing::with_network;

    #[test]
    fn the_newest_version_counts() {
        let table = [
            ("", Some("0.1.0")),
            (r#""cniVersion": "","#, Some("0.1.0")),
            (r#""cniVersion": "0.3.1","#, Some("0.3.1")),
            (r#""cniVersion": "0.3.1", "cniVersions": ["1.0.0", "0.4.0"],"#, Some("1.0.0")),
            (r#""cniVersion": "__VERSION__","#, None),
            (r#""cniVersion": "0.5.0","#, None),
            (r#""cniVersion": "0.3.1", "cniVersions": ["2.0.0"],"#, None),
        ];
        for (version, expected) in table {
            let text = format!(
                "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\nmetadata: {{name: a}}\nspec:\n  config: '{{{version} \"type\": \"a\"}}'\n"
            );
            with_network(&text, |network| {
                let [config] = network.cni.configs.as_slice() else { panic!("{text}") };
                let version = config.spec_version().map(|version| version.to_string());
                assert_eq!(version.as_deref(), expected, "{text}");
            });
        }
    }
}
