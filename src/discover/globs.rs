//! Files that a glob names, for what the configuration refers to. Unlike inputs, they are read
//! whatever `.gitignore` says.

use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSetBuilder};
use ignore::WalkBuilder;

/// A glob longer than this is a mistake, and regular expressions grow with it.
const MAX_LENGTH: usize = 1000;

/// The regular files below a directory that a glob names, sorted. `*` stays within a directory,
/// `**` does not.
///
/// # Errors
///
/// What is wrong with the glob, or with a directory that it leads into.
pub fn files_matching(directory: &Path, glob: &str) -> Result<Vec<PathBuf>, String> {
    let glob = glob.strip_prefix("./").unwrap_or(glob);
    let refused = |error: globset::Error| format!("`{glob}` is no glob: {}", error.kind());
    if glob.len() > MAX_LENGTH {
        return Err(format!("the glob is {} bytes long, the limit is {MAX_LENGTH}", glob.len()));
    }
    // A glob that is built without a set panics where it is too large for one.
    let built = GlobBuilder::new(glob).literal_separator(true).build().map_err(refused)?;
    let matcher = GlobSetBuilder::new().add(built).build().map_err(refused)?;
    // What stands before the first special character needs no search.
    let is_plain = |part: &&str| !part.contains(['*', '?', '[', '{', '\\']);
    let parts: Vec<&str> = glob.split('/').collect();
    let plain: PathBuf = parts.iter().take_while(|part| is_plain(part)).collect();
    let start = directory.join(&plain);
    let mut files = Vec::new();
    if !start.exists() {
        return Ok(files);
    }
    // No glob needs more depth than it has parts, unless one of them stands for several.
    let depth = match parts.contains(&"**") {
        true => None,
        false => Some(parts.len() - plain.components().count()),
    };
    for entry in WalkBuilder::new(&start).standard_filters(false).max_depth(depth).build() {
        let entry = entry.map_err(|error| format!("`{glob}` cannot be followed: {error}"))?;
        let is_file = entry.path().is_file();
        let below = entry.path().strip_prefix(directory).unwrap_or(entry.path());
        if is_file && matcher.is_match(below) {
            files.push(entry.into_path());
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_glob_names_files_below_a_directory() {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path();
        fs::write(root.join(".gitignore"), "*.yaml\n").expect("written");
        for path in [".netvet/rules/b.yaml", ".netvet/rules/a.yaml", ".netvet/rules/more/c.yaml"] {
            fs::create_dir_all(root.join(path).parent().expect("a folder")).expect("made");
            fs::write(root.join(path), "").expect("written");
        }
        let table: [(&str, &[&str]); 7] = [
            (".netvet/rules/*.yaml", &[".netvet/rules/a.yaml", ".netvet/rules/b.yaml"]),
            (".netvet/rules/a.yaml", &[".netvet/rules/a.yaml"]),
            ("./.netvet/rules/a.yaml", &[".netvet/rules/a.yaml"]),
            (
                ".netvet/**/*.yaml",
                &[".netvet/rules/a.yaml", ".netvet/rules/b.yaml", ".netvet/rules/more/c.yaml"],
            ),
            (".netvet/rules/{a,c}.yaml", &[".netvet/rules/a.yaml"]),
            (".netvet/rules", &[]),
            ("elsewhere/*.yaml", &[]),
        ];
        for (glob, expected) in table {
            let expected: Vec<PathBuf> = expected.iter().map(|path| root.join(path)).collect();
            assert_eq!(files_matching(root, glob), Ok(expected), "{glob}");
        }
        assert!(files_matching(root, "a[").is_err());
    }
}
