//! `kustomize build`, or `kubectl kustomize`, for each kustomization that no other one builds on.
//!
//! Each is built through a kustomization of our own, outside the repository, that does nothing but
//! ask for the origin of every object.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use rayon::prelude::*;

use super::{Inputs, Missing, Program, Rendered, Renderings, command, run, text_of};
use crate::process::Trouble;
use crate::source::FileId;
use crate::syntax::{self, Node, Text};

const MISSING: Missing = Missing {
    message: "`--render kustomize` needs `kustomize` or `kubectl`, and neither is on PATH",
    help: "install Kustomize (https://kubectl.docs.kubernetes.io/installation/kustomize/), or \
           leave kustomizations unrendered",
};

/// The names of a kustomization's file, in the order in which Kustomize looks for them.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

pub fn render(inputs: &Inputs<'_>, renderings: &mut Renderings) -> Result<(), Missing> {
    let mut folders = Folders::default();
    let files = inputs.named(&NAMES);
    for (file, _) in &files {
        if let Some(directory) = file.parent() {
            folders.read(directory);
        }
    }
    let roots: Vec<_> = files.iter().filter(|(file, _)| folders.is_root(file)).collect();
    if roots.is_empty() {
        return Ok(());
    }
    let scratch = tempfile::Builder::new().prefix("netvet-").tempdir();
    let scratch = scratch.and_then(|folder| Ok((folder.path().canonicalize()?, folder))).ok();
    let scratch = scratch.as_ref().map(|(path, _)| path.as_path());
    let results: Vec<_> = roots
        .par_iter()
        .enumerate()
        .map(|(index, (file, display))| {
            let scratch = scratch.map(|path| path.join(index.to_string()));
            let directory = file.parent().unwrap_or(file);
            let result = match folders.elsewhere(directory) {
                Some(message) => Ok(Err(message)),
                None => folders.build(directory, display, scratch.as_deref(), inputs),
            };
            (format!("{display} (rendered)"), result)
        })
        .collect();
    for (path, result) in results {
        match result {
            Ok(Ok(rendered)) => renderings.rendered.push(rendered),
            Ok(Err(said)) => renderings.failed.push((path, format!("kustomize: {said}"))),
            Err(Trouble::Missing) => return Err(MISSING),
            Err(trouble) => renderings.failed.push((path, format!("kustomize {trouble}"))),
        }
    }
    Ok(())
}

/// All kustomizations that were found, and those that they build on, by directory.
#[derive(Default)]
struct Folders(BTreeMap<PathBuf, Folder>);

/// What a kustomization says about other files.
#[derive(Default)]
struct Folder {
    file: PathBuf,
    /// Its kind is Kustomization, not Component.
    is_buildable: bool,
    bases: Vec<PathBuf>,
    patches: Vec<PathBuf>,
    others: Vec<PathBuf>,
    /// What it names that is not here, as it names it.
    elsewhere: Vec<String>,
}

impl Folders {
    /// Reads the kustomization of a directory, and those that it names.
    fn read(&mut self, directory: &Path) {
        let mut open = vec![directory.to_owned()];
        while let Some(directory) = open.pop() {
            if self.0.contains_key(&directory) {
                continue;
            }
            let file = NAMES.iter().map(|name| directory.join(name)).find(|path| path.is_file());
            let folder = file.and_then(|file| Folder::read(&directory, file)).unwrap_or_default();
            open.extend(folder.bases.iter().cloned());
            self.0.insert(directory, folder);
        }
    }

    fn is_root(&self, file: &Path) -> bool {
        let Some(directory) = file.parent() else { return false };
        let is_used = self.0.iter().any(|(other, folder)| {
            other != directory && folder.bases.iter().any(|base| base == directory)
        });
        self.0.get(directory).is_some_and(|folder| folder.is_buildable && folder.file == file)
            && !is_used
    }

    /// A directory and all that it builds on, itself first.
    fn closure<'f>(&'f self, directory: &'f Path) -> Vec<&'f Folder> {
        let mut seen = HashSet::from([directory]);
        let mut open = vec![directory];
        let mut closure = Vec::new();
        let mut next = 0;
        while let Some(directory) = open.get(next) {
            next += 1;
            let Some(folder) = self.0.get(*directory) else { continue };
            open.extend(folder.bases.iter().map(PathBuf::as_path).filter(|base| seen.insert(base)));
            closure.push(folder);
        }
        closure
    }

    /// What keeps a kustomization from being built without fetching.
    fn elsewhere(&self, directory: &Path) -> Option<String> {
        let missing = self.closure(directory).into_iter().flat_map(|folder| &folder.elsewhere);
        let first = missing.into_iter().next()?;
        Some(format!("`{first}` is not among these files, and rendering fetches nothing"))
    }

    fn build(
        &self,
        directory: &Path,
        display: &str,
        scratch: Option<&Path>,
        inputs: &Inputs<'_>,
    ) -> Result<Result<Rendered, String>, Trouble> {
        let wrapped = scratch.and_then(|scratch| wrap(scratch, directory));
        let traced = match wrapped {
            Some(folder) => build(folder)?.ok().map(|text| (text, folder)),
            None => None,
        };
        // Without origins, and with the words of Kustomize about this directory if it fails.
        let (printed, base) = match traced {
            Some((text, folder)) => (text, folder),
            None => match build(directory)? {
                Ok(text) => (text, directory),
                Err(said) => return Ok(Err(said)),
            },
        };
        let closure = self.closure(directory);
        let all = closure.iter().flat_map(|folder| {
            [&folder.file].into_iter().chain(&folder.patches).chain(&folder.others)
        });
        let replaces: BTreeSet<String> = all.filter_map(|file| inputs.display(file)).collect();
        let patches = closure.iter().flat_map(|folder| &folder.patches);
        let patches: Vec<String> = patches.filter_map(|file| inputs.display(file)).collect();
        let (text, told) = without_origins(&printed);
        let origins = told.into_iter().map(|(at, origin)| {
            let mut files = patches.clone();
            if let Some(origin) = origin {
                let path = normal(&base.join(origin));
                let generated = closure.iter().find(|folder| folder.file == path);
                let generated = generated.map(|folder| folder.others.iter());
                files.extend(
                    generated.into_iter().flatten().filter_map(|file| inputs.display(file)),
                );
                files.extend(inputs.display(&path));
            } else {
                let all = closure.iter().flat_map(|folder| &folder.others);
                files.extend(all.filter_map(|file| inputs.display(file)));
            }
            (at, files)
        });
        Ok(Ok(Rendered {
            path: format!("{display} (rendered)"),
            origins: origins.collect(),
            text,
            program: Program::Kustomize,
            replaces: replaces.into_iter().collect(),
        }))
    }
}

impl Folder {
    /// `None` for what is no kustomization of Kustomize's.
    fn read(directory: &Path, file: PathBuf) -> Option<Folder> {
        let text = text_of(&file)?;
        let parsed = syntax::parse(Text::whole(FileId::new(0), &text), false);
        let root = parsed.tree.root(parsed.tree.documents().first()?);
        let word = |key| root.get(key).and_then(Node::str);
        let is_ours =
            word("apiVersion").is_none_or(|api| api.starts_with("kustomize.config.k8s.io/"));
        if !root.is_map() || !is_ours {
            return None;
        }
        let is_buildable = word("kind").is_none_or(|kind| kind == "Kustomization");
        let mut folder = Folder { file, is_buildable, ..Folder::default() };
        let items = |key: &'static str| root.get(key).into_iter().flat_map(Node::items);
        for key in ["resources", "bases", "components"] {
            for path in items(key).filter_map(Node::str) {
                folder.add(directory, path, |folder| &mut folder.others);
            }
        }
        for key in ["patches", "patchesJson6902"] {
            for path in items(key).filter_map(|patch| patch.get("path")).filter_map(Node::str) {
                folder.add(directory, path, |folder| &mut folder.patches);
            }
        }
        let is_path = |text: &&str| !text.contains('\n');
        for path in items("patchesStrategicMerge").filter_map(Node::str).filter(is_path) {
            folder.add(directory, path, |folder| &mut folder.patches);
        }
        for key in ["generators", "transformers", "validators", "configurations", "crds"] {
            for path in items(key).filter_map(Node::str).filter(is_path) {
                folder.add(directory, path, |folder| &mut folder.others);
            }
        }
        let replacements = items("replacements").filter_map(|item| item.get("path"));
        let schema = root.at(&["openapi", "path"]);
        for path in replacements.chain(schema).filter_map(Node::str) {
            folder.add(directory, path, |folder| &mut folder.others);
        }
        for key in ["configMapGenerator", "secretGenerator"] {
            for generator in items(key) {
                let lists = ["files", "envs"].into_iter().filter_map(|key| generator.get(key));
                let files = lists.flat_map(Node::items).chain(generator.get("env"));
                for named in files.filter_map(Node::str) {
                    // `Corefile=corefile.prod`
                    let path = named.split_once('=').map_or(named, |(_, path)| path);
                    folder.add(directory, path, |folder| &mut folder.others);
                }
            }
        }
        Some(folder)
    }

    fn add(&mut self, directory: &Path, named: &str, files: fn(&mut Folder) -> &mut Vec<PathBuf>) {
        match fs::canonicalize(directory.join(named)) {
            Ok(path) if path.is_dir() => self.bases.push(path),
            Ok(path) if path.is_file() => files(self).push(path),
            _ => self.elsewhere.push(named.to_owned()),
        }
    }
}

/// Builds a directory with the first of the programs that is there.
fn build(directory: &Path) -> Result<Result<String, String>, Trouble> {
    let run_in =
        |program: &str, verb: &str| run(command(program).args([verb, "."]).current_dir(directory));
    match run_in("kustomize", "build") {
        Err(Trouble::Missing) => run_in("kubectl", "kustomize"),
        other => other,
    }
}

/// Writes a kustomization that stands for the one of a directory.
fn wrap<'s>(scratch: &'s Path, directory: &Path) -> Option<&'s Path> {
    let resource = relative(scratch, directory)?;
    let kustomization = serde_json::json!({
        "resources": [resource.to_str()?.replace('\\', "/")],
        "buildMetadata": ["originAnnotations"],
    });
    fs::create_dir(scratch).ok()?;
    fs::write(scratch.join(NAMES[0]), kustomization.to_string()).ok()?;
    Some(scratch)
}

/// The way from one directory to another; both are absolute. There is none between the volumes of
/// some systems.
fn relative(from: &Path, to: &Path) -> Option<PathBuf> {
    let (mut from, mut to) = (from.components().peekable(), to.components().peekable());
    while from.peek().is_some() && from.peek() == to.peek() {
        from.next();
        to.next();
    }
    let up = from.map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(to).collect();
    path.is_relative().then_some(path)
}

/// Without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(normal.pop()),
            other => normal.push(other),
        }
    }
    normal
}

/// Each document's first byte with the file that it comes from.
type Told = Vec<(usize, Option<String>)>;

/// Takes the annotations about origins out of what Kustomize prints
/// (<https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/buildmetadata/>). An
/// object that was generated comes from its kustomization.
fn without_origins(printed: &str) -> (String, Told) {
    let mut text = String::with_capacity(printed.len());
    let mut told: Told = vec![(0, None)];
    let (mut in_metadata, mut in_annotations, mut in_origin) = (false, false, false);
    let mut annotations = None;
    for line in printed.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if in_origin && indent >= 6 {
            for key in ["path: ", "configuredIn: "] {
                let found =
                    line.trim().strip_prefix(key).map(|path| path.trim_matches(['"', '\'']));
                if let (Some(path), Some((_, origin))) = (found, told.last_mut()) {
                    *origin = Some(path.to_owned());
                }
            }
            continue;
        }
        in_origin = false;
        if indent <= 2
            && let Some(at) = annotations.take()
            && text.len() == at + "  annotations:\n".len()
        {
            // Nothing else was annotated.
            text.truncate(at);
        }
        match line.trim_end() {
            "---" => told.push((text.len(), None)),
            "metadata:" => in_metadata = true,
            "  annotations:" if in_metadata => {
                in_annotations = true;
                annotations = Some(text.len());
            }
            "    config.kubernetes.io/origin: |" if in_annotations => {
                in_origin = true;
                continue;
            }
            _ => {
                in_metadata &= indent > 0;
                in_annotations &= in_metadata && indent > 2;
            }
        }
        text.push_str(line);
    }
    (text, told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_taken_out_and_told() {
        let printed = "\
apiVersion: v1
data:
  a: |
    metadata:
      annotations:
        config.kubernetes.io/origin: |
          path: no.yaml
kind: ConfigMap
metadata:
  annotations:
    config.kubernetes.io/origin: |
      configuredIn: ../base/kustomization.yaml
      configuredBy:
        kind: ConfigMapGenerator
  name: a
---
kind: Service
metadata:
  annotations:
    config.kubernetes.io/origin: |
      path: ../base/web.yaml
    kept: \"yes\"
  name: b
";
        let (text, told) = without_origins(printed);
        assert_eq!(text.matches("origin").count(), 1, "{text}");
        assert_eq!(text.matches("annotations").count(), 2, "{text}");
        assert!(text.contains("metadata:\n  name: a\n---\n"), "{text}");
        assert!(
            text.contains("metadata:\n  annotations:\n    kept: \"yes\"\n  name: b\n"),
            "{text}"
        );
        let second = text.find("---").unwrap();
        let expected = [
            (0, Some("../base/kustomization.yaml".to_owned())),
            (second, Some("../base/web.yaml".to_owned())),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn the_way_between_directories() {
        let way = |from: &str, to: &str| relative(Path::new(from), Path::new(to)).unwrap();
        assert_eq!(way("/tmp/a/0", "/home/b"), Path::new("../../../home/b"));
        assert_eq!(way("/tmp/a", "/tmp/a/b"), Path::new("b"));
        assert_eq!(normal(Path::new("/tmp/a/0/../../../home/b")), Path::new("/home/b"));
    }
}
