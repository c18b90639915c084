//! Replaces the text of a file: as a whole, or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A new text that lies beside its file.
pub struct Replacement {
    target: PathBuf,
    file: NamedTempFile,
}

impl Replacement {
    /// Writes the new text beside a file that still has the text it had when it was read. A link
    /// is followed: it is its target that is replaced. The message says why it cannot be done.
    pub fn prepare(path: &Path, before: &str, after: &str) -> Result<Replacement, String> {
        let fail = |error: io::Error| format!("it cannot be written: {error}");
        let target = fs::canonicalize(path).map_err(fail)?;
        let permissions = fs::metadata(&target).map_err(fail)?.permissions();
        if permissions.readonly() {
            return Err("it is read-only".to_owned());
        }
        if fs::read(&target).map_err(fail)? != before.as_bytes() {
            return Err("it has changed since it was read".to_owned());
        }
        let folder = target.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new()
            .prefix(".netvet-")
            .suffix(".tmp")
            .tempfile_in(folder)
            .map_err(fail)?;
        file.write_all(after.as_bytes()).map_err(fail)?;
        file.as_file().set_permissions(permissions).map_err(fail)?;
        file.as_file().sync_all().map_err(fail)?;
        Ok(Replacement { target, file })
    }

    /// The file, whatever names lead to it.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Puts the new text in the place of the file.
    pub fn commit(self) -> Result<(), String> {
        let result = self.file.persist(&self.target);
        result.map(|_| ()).map_err(|error| format!("it cannot be replaced: {}", error.error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.yaml");
        fs::write(&path, text).expect("written");
        (folder, path)
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into()).collect()
    }

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let (folder, path) = folder_with("a: 1\n");
        Replacement::prepare(&path, "a: 1\n", "a: 2\n").and_then(Replacement::commit).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "a: 2\n");
        assert_eq!(names(folder.path()), ["a.yaml"]);
    }

    #[test]
    fn a_file_that_changed_is_left_alone() {
        let (folder, path) = folder_with("a: 3\n");
        let error = Replacement::prepare(&path, "a: 1\n", "a: 2\n").err();
        assert_eq!(error.as_deref(), Some("it has changed since it was read"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "a: 3\n");
        assert_eq!(names(folder.path()), ["a.yaml"]);
    }

    #[test]
    fn what_is_not_committed_leaves_no_trace() {
        let (folder, path) = folder_with("a: 1\n");
        drop(Replacement::prepare(&path, "a: 1\n", "a: 2\n"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "a: 1\n");
        assert_eq!(names(folder.path()), ["a.yaml"]);
    }
}
