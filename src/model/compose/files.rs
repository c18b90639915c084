//! Which Compose files make up one project, and what they say together: `include`, `extends`,
//! override files and `COMPOSE_FILE`.
//!
//! A folder has the project that `docker compose` finds by itself. Another file of the folder is
//! taken for a project of its own when it could be one, and otherwise for one that is put upon the
//! folder's own. What such a file leaves open, others of the folder may fill in.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::merge;
use super::paths::{folder, join, name};
use super::variables::Variables;
use crate::ingest::Body;
use crate::ingest::compose::{Content, Entries, EnvironmentFile, Value};
use crate::model::object::Object;
use crate::source::{FileId, Spanned};

/// Names that Compose looks for, in its order (compose-go, `cli/options.go`).
const BASES: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const OVERRIDES: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// Files that include each other, and services that extend each other, deeper than this are left.
const MAX_DEPTH: usize = 16;
/// Values of all projects together: so many times what is written, and some.
const MAX_SHARING: usize = 20;
const MAX_VALUES: usize = 1_000_000;

/// What the files of one project say together, before types are known.
#[derive(Debug)]
pub(super) struct Assembled {
    /// Base first.
    pub files: Vec<FileOf>,
    pub kind: ProjectKind,
    pub root: Value,
    /// Something is included that is not in view: there may be more services and networks.
    pub is_open: bool,
    /// Services of which a part is not in view.
    pub open_services: FxHashSet<String>,
    /// Services that extend one which is not in the file that it should be in, with that one.
    pub missing_bases: Vec<(String, Spanned<String>)>,
    /// The folder's files, which may be put together with these; `None` where nobody does that.
    pub folder: Option<Arc<Folder>>,
    /// The variables of files that `env_file` names, by service.
    pub environments: BTreeMap<String, Vec<EnvironmentOf>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileOf {
    pub file: FileId,
    pub path: String,
}

/// What makes the files a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProjectKind {
    /// `docker compose up` in the folder takes just these files.
    Found,
    /// Somebody has to name the file, and may name others with it.
    Named,
}

/// What all files of a folder define.
#[derive(Debug, Default)]
pub(super) struct Folder {
    pub services: FxHashSet<String>,
    pub networks: FxHashSet<String>,
    /// Files that include others, which may define anything.
    pub including: Vec<FileId>,
    /// The files that put a service on networks; more than a few of one are not counted.
    pub networked: FxHashMap<String, Vec<FileId>>,
}

/// More files than one project has.
const MAX_NETWORKED: usize = 8;

/// A file that `env_file` names.
#[derive(Clone, Debug)]
pub(super) struct EnvironmentOf {
    pub variables: Vec<(String, Spanned<String>)>,
}

/// A Compose file in view.
struct Source<'a> {
    file: FileId,
    path: &'a str,
    /// Its documents; the later ones stand upon the first.
    roots: Vec<&'a Value>,
}

struct Files<'a> {
    sources: Vec<Source<'a>>,
    by_path: FxHashMap<&'a str, usize>,
    environments: FxHashMap<&'a str, &'a EnvironmentFile>,
    /// How many values may still be put into projects.
    budget: usize,
}

/// All projects, in the order of their files.
pub(super) fn assemble(objects: &[Object<'_>]) -> Vec<Assembled> {
    let mut files = Files::new(objects);
    if files.sources.is_empty() {
        return Vec::new();
    }
    let used = files.used_by_others();
    let mut folders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, source) in files.sources.iter().enumerate() {
        folders.entry(folder(source.path)).or_default().push(index);
    }
    let mut projects = Vec::new();
    for (folder, members) in folders {
        projects.extend(files.projects_of(folder, &members, &used));
    }
    projects
}

impl<'a> Files<'a> {
    fn new(objects: &[Object<'a>]) -> Files<'a> {
        let mut sources: Vec<Source<'a>> = Vec::new();
        let mut environments = FxHashMap::default();
        let mut written = 0;
        for object in objects {
            match object.body() {
                Body::Compose(compose) => {
                    written += size(&compose.root);
                    let file = object.resource.file;
                    match sources.last_mut().filter(|source| source.file == file) {
                        Some(source) => source.roots.push(&compose.root),
                        None => {
                            let (path, roots) = (object.path, vec![&compose.root]);
                            sources.push(Source { file, path, roots });
                        }
                    }
                }
                Body::EnvironmentFile(file) => {
                    environments.insert(object.path, &**file);
                }
                _ => {}
            }
        }
        let by_path =
            sources.iter().enumerate().map(|(index, source)| (source.path, index)).collect();
        let budget = written * MAX_SHARING + MAX_VALUES;
        Files { sources, by_path, environments, budget }
    }

    fn environment_of(&self, folder: &str) -> Option<&'a EnvironmentFile> {
        let path = join(folder, ".env")?;
        self.environments.get(path.as_str()).copied()
    }

    /// Files that others include or extend services of: by themselves they need be no project.
    fn used_by_others(&self) -> FxHashSet<usize> {
        let mut used = FxHashSet::default();
        for (index, source) in self.sources.iter().enumerate() {
            let folder = folder(source.path);
            let variables = Variables { files: self.environment_of(folder).into_iter().collect() };
            let paths = source.roots.iter().flat_map(|root| paths_of(root));
            for path in paths {
                let Some(path) = variables.expand(path) else { continue };
                let target = join(folder, &path);
                let target = target.and_then(|path| self.by_path.get(path.as_str()).copied());
                used.extend(target.filter(|target| *target != index));
            }
        }
        used
    }

    fn projects_of(
        &mut self,
        folder: &'a str,
        members: &[usize],
        used: &FxHashSet<usize>,
    ) -> Vec<Assembled> {
        let find = |files: &Files<'_>, names: &[&str]| {
            let of_name = |wanted: &&str| {
                members.iter().copied().find(|index| name(files.sources[*index].path) == *wanted)
            };
            names.iter().find_map(of_name)
        };
        let base = find(self, &BASES);
        let over = find(self, &OVERRIDES);
        let mut projects = Vec::new();
        let mut taken: Vec<usize> = Vec::new();
        if let Some(listed) = self.listed(folder) {
            taken.extend(listed.iter().flatten().copied());
            let is_open = listed.contains(&None);
            let listed: Vec<usize> = listed.into_iter().flatten().collect();
            if !listed.is_empty() {
                projects.extend(self.project(folder, &listed, ProjectKind::Found, is_open));
            }
        } else if let Some(base) = base {
            let files: Vec<usize> = std::iter::once(base).chain(over).collect();
            taken.extend(&files);
            let kind = match used.contains(&base) {
                true => ProjectKind::Named,
                false => ProjectKind::Found,
            };
            projects.extend(self.project(folder, &files, kind, false));
        }
        for index in members.iter().copied() {
            if taken.contains(&index) || used.contains(&index) {
                continue;
            }
            let files = match (self.is_complete(index), base) {
                (true, _) => vec![index],
                (false, Some(base)) if Some(index) != over => vec![base, index],
                _ => continue,
            };
            projects.extend(self.project(folder, &files, ProjectKind::Named, false));
        }
        let mut shared: Option<Arc<Folder>> = None;
        for project in &mut projects {
            if project.kind == ProjectKind::Named || !is_complete(&project.root) {
                project.kind = ProjectKind::Named;
                let shared = shared.get_or_insert_with(|| Arc::new(self.folder(members)));
                open_by_others(shared, project);
                project.folder = Some(shared.clone());
            }
        }
        projects
    }

    /// What `COMPOSE_FILE` of the folder's `.env` names; `None` in it is a file out of view.
    fn listed(&self, folder: &str) -> Option<Vec<Option<usize>>> {
        let variables = Variables { files: vec![self.environment_of(folder)?] };
        let list = variables.get("COMPOSE_FILE").filter(|list| !list.is_empty())?;
        let separator = variables.get("COMPOSE_PATH_SEPARATOR");
        let paths = list.split(separator.as_deref().filter(|it| !it.is_empty()).unwrap_or(":"));
        let at = |path: &str| self.by_path.get(join(folder, path)?.as_str()).copied();
        Some(paths.filter(|path| !path.is_empty()).map(at).collect())
    }

    /// Whether every service of a file has what it takes to run.
    fn is_complete(&self, index: usize) -> bool {
        let source = &self.sources[index];
        let has_services = source.roots.iter().any(|root| {
            root.get("services").is_some_and(|services| !services.entries().is_empty())
                || root.get("include").is_some()
        });
        has_services && source.roots.iter().all(|root| is_complete(root))
    }

    fn folder(&self, members: &[usize]) -> Folder {
        let mut folder = Folder::default();
        for source in members.iter().map(|index| &self.sources[*index]) {
            for root in &source.roots {
                let entries = |key: &str| root.get(key).map_or(&[][..], Value::entries);
                for (name, service) in entries("services") {
                    folder.services.insert(name.value.clone());
                    if ["networks", "network_mode"].iter().any(|key| service.get(key).is_some()) {
                        let files = folder.networked.entry(name.value.clone()).or_default();
                        if files.len() < MAX_NETWORKED {
                            files.push(source.file);
                        }
                    }
                }
                let networks = entries("networks").iter();
                folder.networks.extend(networks.map(|(name, _)| name.value.clone()));
                if root.get("include").is_some() {
                    folder.including.push(source.file);
                }
            }
        }
        folder
    }

    fn project(
        &mut self,
        folder: &'a str,
        indices: &[usize],
        kind: ProjectKind,
        is_open: bool,
    ) -> Option<Assembled> {
        // Names of variables are looked up beside the first file, wherever the others lie.
        let folder = match indices.first() {
            Some(first) if kind == ProjectKind::Named => {
                crate::model::compose::paths::folder(self.sources[*first].path)
            }
            _ => folder,
        };
        let mut loader = Loader {
            files: self,
            variables: vec![],
            loading: Vec::new(),
            used: Vec::new(),
            is_open,
            open_services: FxHashSet::default(),
            missing_bases: Vec::new(),
            environments: BTreeMap::new(),
        };
        loader.variables.extend(loader.files.environment_of(folder));
        let root = loader.load(indices, folder)?;
        let Loader { used, is_open, open_services, missing_bases, environments, .. } = loader;
        Some(Assembled {
            files: used,
            kind,
            root,
            is_open,
            open_services,
            missing_bases,
            folder: None,
            environments,
        })
    }
}

/// Services that another file of the folder puts on networks may be on those, too.
fn open_by_others(folder: &Folder, project: &mut Assembled) {
    let is_own = |file: &FileId| project.files.iter().any(|own| own.file == *file);
    let services = project.root.get("services").map_or(&[][..], Value::entries);
    let open = services.iter().filter(|(name, _)| {
        let others = folder.networked.get(&name.value).map_or(&[][..], Vec::as_slice);
        !others.iter().all(is_own)
    });
    let open: Vec<String> = open.map(|(name, _)| name.value.clone()).collect();
    project.open_services.extend(open);
}

/// How many values there are in one, itself included.
fn size(value: &Value) -> usize {
    let items = value.items().iter().map(size).sum::<usize>();
    let entries = value.entries().iter().map(|(_, value)| size(value)).sum::<usize>();
    1 + items + entries
}

/// Compose runs a service that has an image, or something to build one of.
fn is_complete(root: &Value) -> bool {
    let services = root.get("services").map_or(&[][..], Value::entries);
    let has = |service: &Value, keys: &[&str]| keys.iter().any(|key| service.get(key).is_some());
    services.iter().all(|(_, service)| has(service, &["image", "build", "extends", "provider"]))
}

/// Every path to another Compose file.
fn paths_of(root: &Value) -> Vec<&str> {
    let mut paths = Vec::new();
    for item in root.get("include").map_or(&[][..], Value::items) {
        match item.get("path") {
            Some(path) => {
                paths.extend(path.text());
                paths.extend(path.items().iter().filter_map(Value::text));
            }
            None => paths.extend(item.text()),
        }
    }
    for (_, service) in root.get("services").map_or(&[][..], Value::entries) {
        paths.extend(service.at(&["extends", "file"]).and_then(Value::text));
    }
    paths
}

/// Puts together the files of one project.
struct Loader<'f, 'a> {
    files: &'f mut Files<'a>,
    /// Of the project, and of what is being included; the first counts.
    variables: Vec<&'a EnvironmentFile>,
    /// The files that are being read, so that they do not include each other for ever.
    loading: Vec<usize>,
    used: Vec<FileOf>,
    is_open: bool,
    open_services: FxHashSet<String>,
    missing_bases: Vec<(String, Spanned<String>)>,
    environments: BTreeMap<String, Vec<EnvironmentOf>>,
}

impl<'a> Loader<'_, 'a> {
    /// Several files, each upon the ones before it. `None` when there is nothing to say.
    fn load(&mut self, indices: &[usize], project_folder: &str) -> Option<Value> {
        let mut merged: Option<Value> = None;
        for index in indices {
            if self.loading.contains(index) || self.loading.len() > MAX_DEPTH {
                continue;
            }
            let source = &self.files.sources[*index];
            let (file, path) = (source.file, source.path);
            let roots = source.roots.clone();
            if !self.used.iter().any(|used| used.file == file) {
                self.used.push(FileOf { file, path: path.to_owned() });
            }
            self.loading.push(*index);
            for root in roots {
                if !self.spend(root) {
                    self.is_open = true;
                    continue;
                }
                let variables = Variables { files: self.variables.clone() };
                let mut root = variables.replace(root);
                self.extend_services(&mut root, *index, project_folder);
                let included = self.include(&root, project_folder);
                merged = Some(match merged {
                    Some(before) => merge::files(before, root),
                    None => merge::without_resets(root),
                });
                if let Some(whole) = &mut merged {
                    add(whole, included);
                }
            }
            self.loading.pop();
        }
        merged
    }

    /// Whether there is room for a copy of a value.
    fn spend(&mut self, value: &Value) -> bool {
        let rest = self.files.budget.checked_sub(size(value));
        self.files.budget = rest.unwrap_or(self.files.budget);
        rest.is_some()
    }

    /// What a file includes, each item by itself.
    fn include(&mut self, root: &Value, folder: &str) -> Vec<Value> {
        let mut included = Vec::new();
        for item in root.get("include").map_or(&[][..], Value::items) {
            let (paths, settings): (Vec<&Value>, Option<&Value>) = match item.get("path") {
                Some(path) if path.items().is_empty() => (vec![path], Some(item)),
                Some(path) => (path.items().iter().collect(), Some(item)),
                None => (vec![item], None),
            };
            let at = |path: &&Value| {
                let path = join(folder, path.text()?)?;
                self.files.by_path.get(path.as_str()).copied()
            };
            let Some(indices) = paths.iter().map(at).collect::<Option<Vec<usize>>>() else {
                self.is_open = true;
                continue;
            };
            let Some(first) = indices.first() else { continue };
            let first_folder = self::folder(self.files.sources[*first].path);
            let setting = |key: &str| settings.and_then(|settings| settings.get(key));
            let project_folder = match setting("project_directory") {
                Some(path) => path.text().and_then(|path| join(folder, path)),
                None => Some(first_folder.to_owned()),
            };
            let Some(project_folder) = project_folder else {
                self.is_open = true;
                continue;
            };
            let own: Vec<&'a EnvironmentFile> = match setting("env_file") {
                Some(path) => {
                    let paths = path.text().into_iter();
                    let paths = paths.chain(path.items().iter().filter_map(Value::text));
                    let paths = paths.filter_map(|path| join(folder, path));
                    // The last file that has a variable counts.
                    let files: Vec<_> = paths
                        .filter_map(|path| self.files.environments.get(path.as_str()).copied())
                        .collect();
                    files.into_iter().rev().collect()
                }
                None => self.files.environment_of(&project_folder).into_iter().collect(),
            };
            let known = self.variables.len();
            self.variables.extend(own);
            included.extend(self.load(&indices, &project_folder));
            self.variables.truncate(known);
        }
        included
    }

    /// Brings every service of a file into its long form, upon the service that it extends.
    fn extend_services(&mut self, root: &mut Value, index: usize, project_folder: &str) {
        let Content::Map(map) = &mut root.content else { return };
        let Some((_, services)) = map.entries.iter_mut().find(|(key, _)| key.value == "services")
        else {
            return;
        };
        let Content::Map(services) = &mut services.content else { return };
        let written = services.entries.clone();
        let written = siblings(&written);
        for (name, service) in &mut services.entries {
            let chain = Chain { service: &name.value, index, depth: 0 };
            let (whole, is_open) = self.extended(&written, service.clone(), chain);
            *service = whole;
            if is_open {
                self.open_services.insert(name.value.clone());
            }
            self.read_environments(&name.value, service, project_folder);
        }
    }

    /// The service with what it extends, and whether a part of that is not in view.
    fn extended(
        &mut self,
        services: &Siblings<'_>,
        service: Value,
        chain: Chain<'_>,
    ) -> (Value, bool) {
        let service = merge::in_long_form(service);
        let Some(extends) = service.get("extends") else { return (service, false) };
        if chain.depth > MAX_DEPTH {
            return (service, true);
        }
        let named = if extends.text().is_some() { Some(extends) } else { extends.get("service") };
        let named = named.and_then(|name| Some((name.text()?.to_owned(), name.span)));
        let Some((wanted, place)) = named else { return (service, true) };
        let next = Chain { depth: chain.depth + 1, ..chain };
        let missing = (chain.service.to_owned(), Spanned::new(wanted.clone(), place));
        let path = extends.get("file").map(|path| path.text().map(str::to_owned));
        let (base, is_open) = match path {
            None => match services.get(wanted.as_str()) {
                Some(base) if !self.spend(base) => return (service, true),
                Some(base) => self.extended(services, (*base).clone(), next),
                None => {
                    self.missing_bases.push(missing);
                    return (service, true);
                }
            },
            Some(path) => {
                let folder = folder(self.files.sources[chain.index].path);
                let target = path.and_then(|path| join(folder, &path));
                let target = target.and_then(|path| self.files.by_path.get(path.as_str()).copied());
                let Some(target) = target else { return (service, true) };
                let variables = Variables { files: self.variables.clone() };
                let roots = self.files.sources[target].roots.clone();
                let others = roots.iter().find_map(|root| root.get("services"));
                let Some(others) = others else {
                    return (service, true);
                };
                // Only the services that are asked for are read.
                let base = others.entries().iter().find(|(name, _)| name.value == wanted);
                let Some((_, base)) = base else {
                    self.missing_bases.push(missing);
                    return (service, true);
                };
                if !self.spend(base) {
                    return (service, true);
                }
                let base = variables.replace(base);
                let others: Vec<_> = match base.get("extends") {
                    Some(extends) if extends.get("file").is_none() => {
                        if !self.spend(others) {
                            return (service, true);
                        }
                        others
                            .entries()
                            .iter()
                            .map(|(name, it)| (name.clone(), variables.replace(it)))
                            .collect()
                    }
                    _ => Vec::new(),
                };
                self.extended(&siblings(&others), base, Chain { index: target, ..next })
            }
        };
        (merge::services(base, service), is_open)
    }

    /// The files that `env_file` names.
    fn read_environments(&mut self, name: &str, service: &Value, folder: &str) {
        let files = service.get("env_file").map_or(&[][..], Value::items);
        let variables = Variables { files: self.variables.clone() };
        let read = files.iter().map(|item| {
            let path = item.text().or_else(|| item.get("path")?.text());
            let path = path.and_then(|path| join(folder, path));
            let file = path.and_then(|path| self.files.environments.get(path.as_str()).copied());
            let known = file.into_iter().flat_map(|file| &file.variables);
            let known = known.filter_map(|variable| {
                let value = variable.value.as_ref()?;
                let text = match variable.is_literal {
                    true => value.value.clone(),
                    false => variables.expand(&value.value)?,
                };
                // What stands in such files may be secret: the place is where they are named.
                Some((variable.name.clone(), Spanned::new(text, item.span)))
            });
            EnvironmentOf { variables: known.collect() }
        });
        let read: Vec<EnvironmentOf> = read.collect();
        if !read.is_empty() {
            self.environments.insert(name.to_owned(), read);
        }
    }
}

/// Where in a chain of services that extend each other one stands.
#[derive(Clone, Copy)]
struct Chain<'c> {
    /// The one that the chain begins with.
    service: &'c str,
    /// The file that is being read.
    index: usize,
    depth: usize,
}

/// The services of one file, by name.
type Siblings<'s> = FxHashMap<&'s str, &'s Value>;

fn siblings(services: &[(Spanned<String>, Value)]) -> Siblings<'_> {
    services.iter().map(|(name, service)| (name.value.as_str(), service)).collect()
}

/// Adds what included files have and the project has not.
fn add(whole: &mut Value, included: Vec<Value>) {
    let Content::Map(map) = &mut whole.content else { return };
    for section in ["services", "networks"] {
        let entries = included.iter().filter_map(|file| file.entry(section));
        let mut added = entries.flat_map(|(_, value)| value.entries()).peekable();
        let Some((name, _)) = added.peek() else { continue };
        let place = name.span;
        let at = match map.entries.iter().position(|(key, _)| key.value == section) {
            Some(at) => at,
            None => {
                let value = Value { span: place, tag: None, content: Content::Null };
                map.entries.push((Spanned::new(section.to_owned(), place), value));
                map.entries.len() - 1
            }
        };
        let own = &mut map.entries[at].1;
        if own.is_null() {
            own.content = Content::Map(Entries::default());
        }
        let Content::Map(own) = &mut own.content else { continue };
        let mut known: FxHashSet<String> =
            own.entries.iter().map(|(name, _)| name.value.clone()).collect();
        own.entries.extend(added.filter(|(name, _)| known.insert(name.value.clone())).cloned());
    }
}
