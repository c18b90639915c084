//! Finds the inputs of a tree that is not on disk, such as that of a commit, by the rules of the
//! walk: names, excludes, ignore files, roots that are files.
//!
//! Where the tree comes from, and how its files are read, is the caller's to know. What is left
//! out is not told, because a tree of the past is only compared with.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::roots::{self, Root};
use super::traps::MOST_IN_FORCE;
use super::{DiscoverError, Found, Input, Options, names, slashes, without_duplicates};

/// The roots of a run, as they lie on disk.
#[derive(Debug)]
pub struct Roots(Vec<Place>);

#[derive(Debug)]
struct Place {
    /// Absolute, without links.
    canonical: PathBuf,
    /// Empty for the working directory itself.
    display: String,
}

impl Roots {
    /// Standard input is none of them.
    ///
    /// # Errors
    ///
    /// As [`super::discover`].
    pub fn locate(roots: &[PathBuf], options: &Options) -> Result<Roots, DiscoverError> {
        let mut places = Vec::new();
        for root in roots.iter().filter(|root| root.as_os_str() != "-") {
            places.push(match roots::locate(root, options)? {
                Root::Directory(directory) => {
                    Place { canonical: directory.canonical, display: directory.display }
                }
                Root::Input(input) => {
                    Place { canonical: input.canonical, display: input.found.display }
                }
                Root::Unreadable { .. } => continue,
            });
        }
        Ok(Roots(places))
    }

    /// Absolute, without links.
    pub fn canonical(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().map(|place| &*place.canonical)
    }

    /// How a file at an absolute path without links is displayed; `None` below no root.
    pub fn display(&self, path: &Path) -> Option<String> {
        self.0.iter().find_map(|place| place.display(path))
    }
}

impl Place {
    fn display(&self, path: &Path) -> Option<String> {
        let relative = slashes(path.strip_prefix(&self.canonical).ok()?);
        Some(match (&*self.display, &*relative) {
            ("", _) => relative,
            (display, "") => display.to_owned(),
            (display, _) if display.ends_with('/') => format!("{display}{relative}"),
            (display, _) => format!("{display}/{relative}"),
        })
    }
}

/// Files that are not on disk.
pub struct Tree<'t> {
    /// Regular files, by the absolute paths without links that they would have; sorted.
    pub files: Vec<&'t Path>,
    /// The directories in which a repository begins, each with what its `info/exclude` says.
    pub repositories: HashMap<PathBuf, String>,
    /// The bytes of one of the files.
    pub read: &'t dyn Fn(&Path) -> Option<Vec<u8>>,
}

/// The inputs of a tree below the roots; [`Found::path`] is that of [`Tree::files`].
pub fn discover_in(tree: &Tree<'_>, roots: &Roots, options: &Options) -> Vec<Found> {
    let (global, _) = GitignoreBuilder::new(&options.working_directory).build_global();
    let mut inputs = Vec::new();
    for place in &roots.0 {
        if tree.files.binary_search(&&*place.canonical).is_ok() {
            let (path, display) = (place.canonical.clone(), place.display.clone());
            let found = Found { path, display, explicit: true };
            inputs.push(Input { canonical: place.canonical.clone(), found });
            continue;
        }
        let mut visit = Visit { tree, options, place, global: &global, folders: HashMap::new() };
        let first = tree.files.partition_point(|file| **file < *place.canonical);
        let below = tree.files[first..].iter();
        for file in below.take_while(|file| file.starts_with(&place.canonical)) {
            if let Some(found) = visit.file(file) {
                inputs.push(Input { canonical: file.to_path_buf(), found });
            }
        }
    }
    without_duplicates(inputs)
}

/// The walk of one root.
struct Visit<'v> {
    tree: &'v Tree<'v>,
    options: &'v Options,
    place: &'v Place,
    /// What the user's own ignore file leaves out.
    global: &'v Gitignore,
    /// The directories that were met; `None` for one that is not entered.
    folders: HashMap<PathBuf, Option<Rc<Folder>>>,
}

/// A directory with the ignore files that hold in it.
struct Folder {
    above: Option<Rc<Folder>>,
    ignore: Gitignore,
    gitignore: Gitignore,
    exclude: Gitignore,
    begins_repository: bool,
    /// Bytes of all ignore files in force.
    weight: u64,
}

impl Visit<'_> {
    fn file(&mut self, path: &Path) -> Option<Found> {
        if !names::is_input(path.file_name()?) {
            return None;
        }
        let folder = self.folder(path.parent()?)?;
        let display = self.place.display(path)?;
        let left_out = (self.options.exclude)(&display) || self.is_ignored(&folder, path, false);
        (!left_out).then(|| Found { path: path.to_owned(), display, explicit: false })
    }

    /// A directory at or below the root, unless the walk would not enter it.
    fn folder(&mut self, path: &Path) -> Option<Rc<Folder>> {
        if let Some(known) = self.folders.get(path) {
            return known.clone();
        }
        let folder = if path == self.place.canonical {
            self.root(path)
        } else {
            let above = self.folder(path.parent()?);
            above.filter(|above| self.enters(above, path)).and_then(|above| {
                let folder = self.open(path, Some(above));
                (folder.weight <= MOST_IN_FORCE).then(|| Rc::new(folder))
            })
        };
        self.folders.insert(path.to_owned(), folder.clone());
        folder
    }

    /// The root itself, in which the ignore files of all directories above hold, too.
    fn root(&self, path: &Path) -> Option<Rc<Folder>> {
        let mut ancestors: Vec<&Path> = path.ancestors().collect();
        ancestors.reverse();
        let mut above = None;
        for directory in ancestors {
            above = Some(Rc::new(self.open(directory, above)));
        }
        above.filter(|folder| folder.weight <= MOST_IN_FORCE)
    }

    fn enters(&self, above: &Rc<Folder>, path: &Path) -> bool {
        let Some(display) = self.place.display(path) else { return false };
        let excluded =
            (self.options.exclude)(&display) || (self.options.exclude)(&format!("{display}/"));
        let is_store = path.file_name().is_some_and(names::is_store);
        !excluded && !is_store && !self.is_ignored(above, path, true)
    }

    fn open(&self, path: &Path, above: Option<Rc<Folder>>) -> Folder {
        let mut weight = above.as_ref().map_or(0, |above| above.weight);
        let mut matcher = |bytes: Option<Vec<u8>>| {
            let bytes = bytes.unwrap_or_default();
            weight += bytes.len() as u64;
            let mut builder = GitignoreBuilder::new(path);
            if weight <= MOST_IN_FORCE {
                let text = String::from_utf8_lossy(&bytes);
                for line in text.trim_start_matches('\u{feff}').lines() {
                    // A pattern that nobody understands leaves nothing out.
                    let _ = builder.add_line(None, line);
                }
            }
            builder.build().unwrap_or_else(|_| Gitignore::empty())
        };
        let exclude = self.tree.repositories.get(path);
        Folder {
            ignore: matcher(self.text(&path.join(".ignore"))),
            gitignore: matcher(self.text(&path.join(".gitignore"))),
            exclude: matcher(exclude.map(|text| text.clone().into_bytes())),
            begins_repository: exclude.is_some(),
            above,
            weight,
        }
    }

    /// An ignore file of the tree, or one on disk that lies above all of the tree.
    fn text(&self, path: &Path) -> Option<Vec<u8>> {
        if self.tree.files.binary_search(&path).is_ok() {
            return (self.tree.read)(path);
        }
        let holds = |repository: &PathBuf| path.starts_with(repository);
        if self.tree.repositories.keys().any(holds) {
            return None;
        }
        let is_short = |found: &fs::Metadata| found.is_file() && found.len() <= MOST_IN_FORCE;
        fs::metadata(path).ok().filter(is_short).and_then(|_| fs::read(path).ok())
    }

    /// By the precedence of the walker: `.ignore` before `.gitignore`, which ends where a
    /// repository begins, before what the repository and then the user leave out; in each, the
    /// nearest directory that says something.
    fn is_ignored(&self, folder: &Rc<Folder>, path: &Path, is_directory: bool) -> bool {
        let (mut ignore, mut gitignore, mut exclude) = (Match::None, Match::None, Match::None);
        let mut in_repository = true;
        let mut at = Some(folder);
        while let Some(folder) = at {
            ignore = ignore.or(folder.ignore.matched(path, is_directory));
            if in_repository {
                gitignore = gitignore.or(folder.gitignore.matched(path, is_directory));
                exclude = exclude.or(folder.exclude.matched(path, is_directory));
            }
            in_repository &= !folder.begins_repository;
            at = folder.above.as_ref();
        }
        let global = self.global.matched(path, is_directory);
        ignore.or(gitignore).or(exclude).or(global).is_ignore()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::discover::discover;

    /// A tree on disk and the same tree from memory give the same inputs.
    #[test]
    fn a_tree_is_seen_as_the_walk_sees_it() {
        let texts = [
            ("a.yaml", ""),
            ("notes.txt", ""),
            ("netvet.yaml", ""),
            (".gitignore", "/build\n*.gen.yaml\n!kept.gen.yaml\nlocal/*\n!local/b.yaml\n"),
            ("x.gen.yaml", ""),
            ("kept.gen.yaml", ""),
            ("build/a.yaml", ""),
            ("deep/build/a.yaml", ""),
            ("deep/.ignore", "!x.gen.yaml\nq.yaml\n"),
            ("deep/x.gen.yaml", ""),
            ("deep/er/q.yaml", ""),
            ("deep/er/x.gen.yaml", ""),
            ("local/a.yaml", ""),
            ("local/b.yaml", ""),
            ("module/.gitignore", "z.yaml\n"),
            ("module/x.gen.yaml", ""),
            ("module/z.yaml", ""),
            ("module/out.yaml", ""),
            ("vendor/a.yaml", ""),
            ("vendored.yaml", ""),
            (".terraform/a.yaml", ""),
            (".github/a.yml", ""),
            ("out.yaml", ""),
        ];
        let directory = tempfile::tempdir().unwrap();
        let top = directory.path().canonicalize().unwrap();
        for (path, text) in texts {
            let path = top.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        for (git, exclude) in [(".git", "out.yaml\n"), ("module/.git", "")] {
            fs::create_dir_all(top.join(git).join("info")).unwrap();
            fs::write(top.join(git).join("info/exclude"), exclude).unwrap();
        }
        let mut paths: Vec<PathBuf> = texts.iter().map(|(path, _)| top.join(path)).collect();
        paths.sort();
        let read = |path: &Path| {
            let text = texts.iter().find(|(name, _)| top.join(name) == path)?.1;
            Some(text.as_bytes().to_vec())
        };
        let tree = Tree {
            files: paths.iter().map(|path| &**path).collect(),
            repositories: HashMap::from([
                (top.clone(), "out.yaml\n".to_owned()),
                (top.join("module"), String::new()),
            ]),
            read: &read,
        };
        for (here, roots) in [
            ("", &["."][..]),
            ("", &["deep", "module"]),
            ("", &["build", "notes.txt", "deep/build/../../x.gen.yaml"]),
            ("", &[".", "vendor", "vendor/a.yaml"]),
            ("deep", &["."]),
            ("deep", &["..", "../local/a.yaml"]),
        ] {
            let options = Options {
                exclude: Arc::new(|path| path.trim_start_matches("../") == "vendor"),
                ..Options::new(top.join(here))
            };
            let roots: Vec<PathBuf> = roots.iter().map(PathBuf::from).collect();
            let display = |found: Found| (found.display, found.explicit);
            let walked: Vec<_> =
                discover(&roots, &options).unwrap().files.into_iter().map(display).collect();
            let located = Roots::locate(&roots, &options).unwrap();
            let found: Vec<_> =
                discover_in(&tree, &located, &options).into_iter().map(display).collect();
            assert_eq!(found, walked, "{here}: {roots:?}");
            assert!(!found.is_empty());
        }
    }

    #[test]
    fn paths_are_displayed_as_those_below_their_root() {
        let directory = tempfile::tempdir().unwrap();
        let top = directory.path().canonicalize().unwrap();
        fs::create_dir_all(top.join("a/b")).unwrap();
        let options = Options::new(top.join("a/b"));
        let roots = Roots::locate(&["..".into(), ".".into()], &options).unwrap();
        assert_eq!(roots.display(&top.join("a/x.yaml")).unwrap(), "../x.yaml");
        assert_eq!(roots.display(&top.join("x.yaml")), None);
    }
}
