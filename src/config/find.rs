//! Where the configuration lies: upwards from the working directory, as far as the repository.

use std::fmt;
use std::path::{Path, PathBuf};

/// The names under which a configuration is found.
pub const FILE_NAMES: [&str; 2] = ["netvet.yaml", ".netvet.yaml"];

/// A directory that has a file of each of [`FILE_NAMES`]: either could be meant.
#[derive(Debug, PartialEq, Eq)]
pub struct Ambiguous {
    pub directory: PathBuf,
}

impl fmt::Display for Ambiguous {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [plain, hidden] = FILE_NAMES;
        write!(f, "`{}` holds both `{plain}` and `{hidden}`", self.directory.display())
    }
}

impl std::error::Error for Ambiguous {}

/// The nearest configuration at or above a directory, which must be given as an absolute path.
/// The search ends at the first directory that holds a `.git`: what lies above a repository does
/// not speak for it.
///
/// # Errors
///
/// The nearest directory with a configuration has two of them.
pub fn find(start: &Path) -> Result<Option<PathBuf>, Ambiguous> {
    for directory in start.ancestors() {
        let mut found =
            FILE_NAMES.map(|name| directory.join(name)).into_iter().filter(|path| path.is_file());
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => return Err(Ambiguous { directory: directory.to_owned() }),
            (Some(path), None) => return Ok(Some(path)),
            _ => {}
        }
        // A file in a worktree or submodule, a directory elsewhere.
        if directory.join(".git").exists() {
            break;
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_nearest_configuration_within_the_repository_counts() {
        let temporary = tempfile::tempdir().expect("a directory");
        let root = temporary.path();
        fs::create_dir_all(root.join("repository/.git")).expect("written");
        fs::create_dir_all(root.join("repository/a/b")).expect("written");
        fs::create_dir_all(root.join("repository/netvet.yaml")).expect("a directory is no file");
        fs::write(root.join("netvet.yaml"), "").expect("written");
        let below = root.join("repository/a/b");

        assert_eq!(find(&root.join("elsewhere")), Ok(Some(root.join("netvet.yaml"))));
        assert_eq!(find(&below), Ok(None));

        let hidden = root.join("repository/.netvet.yaml");
        fs::write(&hidden, "").expect("written");
        assert_eq!(find(&below), Ok(Some(hidden)));

        let near = root.join("repository/a/netvet.yaml");
        fs::write(&near, "").expect("written");
        assert_eq!(find(&below), Ok(Some(near)));
    }

    #[test]
    fn two_configurations_in_one_directory_are_an_error() {
        let temporary = tempfile::tempdir().expect("a directory");
        let directory = temporary.path().to_owned();
        fs::create_dir(directory.join("below")).expect("written");
        for name in FILE_NAMES {
            fs::write(directory.join(name), "").expect("written");
        }
        assert_eq!(find(&directory.join("below")), Err(Ambiguous { directory }));
    }
}
