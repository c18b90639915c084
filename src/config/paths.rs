//! Patterns for paths, as the configuration has them: relative to its own directory.
//!
//! Nothing here looks at a file system.

use std::path::{Component, Path, PathBuf};

use globset::{Candidate, Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use crate::source::Spanned;

/// Turns paths as they are displayed, relative to the working directory, into paths as patterns
/// mean them, relative to the directory of the configuration.
#[derive(Clone, Debug)]
pub struct PathBase {
    config_directory: PathBuf,
    working_directory: PathBuf,
}

impl PathBase {
    /// Both directories as absolute paths of the same form: both with symbolic links resolved, or
    /// neither.
    pub fn new(config_directory: &Path, working_directory: &Path) -> PathBase {
        PathBase {
            config_directory: normal(config_directory),
            working_directory: working_directory.to_owned(),
        }
    }

    /// Relative to the configuration, with `/`, and with leading `..` where the path lies beside
    /// or above it. `displayed` may be absolute, too.
    pub fn relative(&self, displayed: &str) -> String {
        let path = normal(&self.working_directory.join(displayed));
        let mut below = path.components().peekable();
        let mut base = self.config_directory.components().peekable();
        while below.peek().is_some() && below.peek() == base.peek() {
            below.next();
            base.next();
        }
        let up = base.map(|_| "..".into());
        let down = below.map(|component| component.as_os_str().to_string_lossy());
        up.chain(down).collect::<Vec<_>>().join("/")
    }
}

/// Without `.` and `..`, as far as that goes without asking the file system.
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

/// A list of patterns. A path matches when one of them names it or a directory above it: `legacy`,
/// `legacy/` and `legacy/**` mean the same.
#[derive(Clone, Debug, Default)]
pub struct Patterns {
    written: Vec<Spanned<String>>,
    /// With the index of the pattern that each glob comes from.
    sets: Vec<(Vec<usize>, GlobSet)>,
}

impl Patterns {
    /// The second value holds what is wrong, by the index of the pattern. Such patterns match
    /// nothing.
    pub fn new(written: Vec<Spanned<String>>) -> (Patterns, Vec<(usize, String)>) {
        let mut globs = Vec::new();
        let mut problems = Vec::new();
        for (index, pattern) in written.iter().enumerate() {
            match compile(pattern) {
                Ok(both) => globs.extend(both.map(|glob| (index, glob))),
                Err(message) => problems.push((index, message)),
            }
        }
        let mut sets = Vec::new();
        for too_large in join(&globs, &mut sets) {
            let message = format!("`{}` is too large a glob", written[too_large].value);
            if problems.last().is_none_or(|(index, _)| *index != too_large) {
                problems.push((too_large, message));
            }
        }
        (Patterns { written, sets }, problems)
    }

    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    pub fn written(&self) -> &[Spanned<String>] {
        &self.written
    }

    /// Whether a path, as [`PathBase::relative`] gives it, or a directory above it is named. Holds
    /// for a directory only if it holds for everything in it, so such a directory need not be
    /// read.
    pub fn matches(&self, relative: &str) -> bool {
        let path = Candidate::new(relative);
        self.sets.iter().any(|(_, set)| set.is_match_candidate(&path))
    }

    /// The patterns that match, by their index in [`Patterns::written`], ascending.
    pub fn matching(&self, relative: &str) -> Vec<usize> {
        let path = Candidate::new(relative);
        let mut found = Vec::new();
        for (patterns, set) in &self.sets {
            found.extend(set.matches_candidate(&path).into_iter().map(|glob| patterns[glob]));
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Puts globs into as few sets as their limit of size allows. Gives the patterns whose globs
/// exceed it alone.
fn join(globs: &[(usize, Glob)], sets: &mut Vec<(Vec<usize>, GlobSet)>) -> Vec<usize> {
    let mut builder = GlobSetBuilder::new();
    for (_, glob) in globs {
        builder.add(glob.clone());
    }
    // A glob that is built without a set panics where this fails.
    match (builder.build(), globs) {
        (Ok(set), _) => {
            sets.push((globs.iter().map(|(pattern, _)| *pattern).collect(), set));
            Vec::new()
        }
        (Err(_), [(pattern, _)]) => vec![*pattern],
        (Err(_), _) => {
            let (left, right) = globs.split_at(globs.len() / 2);
            let mut too_large = join(left, sets);
            too_large.extend(join(right, sets));
            too_large
        }
    }
}

/// A pattern longer than this is a mistake, and regular expressions grow with it.
const MAX_LENGTH: usize = 1000;

/// A glob for what the pattern names, and one for everything below.
fn compile(written: &str) -> Result<[Glob; 2], String> {
    if written.trim().is_empty() {
        return Err("the pattern is empty".to_owned());
    }
    if written.len() > MAX_LENGTH {
        return Err(format!(
            "the pattern is {} bytes long, the limit is {MAX_LENGTH}",
            written.len()
        ));
    }
    if written.starts_with('/') {
        return Err(format!(
            "`{written}` is an absolute path; patterns are relative to the directory of the configuration"
        ));
    }
    let parts: Vec<&str> = written.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let named = parts.iter().position(|part| *part != "..").unwrap_or(parts.len());
    if parts[named..].contains(&"..") {
        return Err(format!("`{written}` has `..` after a name"));
    }
    let mut pattern = parts.join("/");
    while let Some(directory) = pattern.strip_suffix("/**") {
        pattern.truncate(directory.len());
    }
    // `.`: the directory of the configuration itself.
    if pattern.is_empty() {
        pattern.push_str("**");
    }
    let glob = |pattern: &str| {
        let mut builder = GlobBuilder::new(pattern);
        let glob = builder.literal_separator(true).backslash_escape(true).build();
        glob.map_err(|error| format!("`{written}` is no glob: {}", error.kind()))
    };
    Ok([glob(&pattern)?, glob(&format!("{pattern}/**"))?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Span};

    fn patterns(written: &[&str]) -> (Patterns, Vec<(usize, String)>) {
        let span = Span::new(FileId::new(0), 0..0);
        Patterns::new(written.iter().map(|text| Spanned::new((*text).to_owned(), span)).collect())
    }

    #[test]
    fn patterns_match_what_they_name_and_everything_below() {
        let table = [
            ("clusters/prod", "clusters/prod/a.yaml", true),
            ("clusters/prod", "clusters/prod", true),
            ("clusters/prod/", "clusters/prod/b/a.yaml", true),
            ("clusters/prod/**", "clusters/prod/b/a.yaml", true),
            ("clusters/prod/**", "clusters/prod", true),
            ("./clusters/prod/**/**", "clusters/prod/a.yaml", true),
            ("clusters/prod", "clusters/production/a.yaml", false),
            ("clusters/prod", "base/clusters/prod/a.yaml", false),
            ("clusters/*", "clusters/prod/deep/a.yaml", true),
            ("clusters/*/a.yaml", "clusters/prod/a.yaml", true),
            ("clusters/*/a.yaml", "clusters/prod/deep/a.yaml", false),
            ("*.yaml", "a.yaml", true),
            ("*.yaml", "deep/a.yaml", false),
            ("**/*.yaml", "deep/a.yaml", true),
            ("**/*.yaml", "a.yaml", true),
            ("**/vendor/**", "a/vendor/b.yaml", true),
            ("**/vendor/**", "a/vendor", true),
            ("{dev,test}/a.yaml", "test/a.yaml", true),
            ("{dev,test}/a.yaml", "prod/a.yaml", false),
            ("node[0-9]", "node7/10-calico.conflist", true),
            ("**", "a/b", true),
            (".", "a/b", true),
            ("../shared", "../shared/a.yaml", true),
            ("a.yaml", "A.yaml", false),
            ("<stdin>", "<stdin>", true),
        ];
        for (pattern, path, want) in table {
            let (patterns, problems) = patterns(&[pattern]);
            assert_eq!(problems, [], "{pattern}");
            assert_eq!(patterns.matches(path), want, "{pattern} {path}");
        }
    }

    #[test]
    fn matching_names_the_patterns() {
        let (patterns, problems) = patterns(&["a", "*/b.yaml", "c", "a/b.yaml"]);
        assert_eq!(problems, []);
        assert_eq!(patterns.matching("a/b.yaml"), [0, 1, 3]);
        assert_eq!(patterns.matching("d"), [] as [usize; 0]);
    }

    #[test]
    fn a_pattern_that_cannot_be_used_says_why() {
        let table = [
            ("", "the pattern is empty"),
            ("/etc/cni", "`/etc/cni` is an absolute path"),
            ("a/../b", "`a/../b` has `..` after a name"),
            ("a[", "`a[` is no glob: unclosed character class"),
            ("a{b", "`a{b` is no glob: unclosed alternate group"),
        ];
        for (pattern, want) in table {
            let (patterns, problems) = patterns(&[pattern, "good"]);
            assert_eq!(problems.len(), 1, "{pattern}");
            assert_eq!(problems[0].0, 0);
            assert!(problems[0].1.starts_with(want), "{pattern}: {}", problems[0].1);
            assert_eq!(patterns.matching("good"), [1]);
        }
    }

    #[test]
    fn hostile_patterns_are_refused_or_used_but_never_panic() {
        let hostile = [
            "{".repeat(999),
            format!("{}a{}", "{".repeat(499), "}".repeat(499)),
            "[a-z]".repeat(199),
            "**/".repeat(333),
            "{a,b,c,d,e,f}".repeat(76),
            "*a".repeat(499),
            "x".repeat(1_000_000),
            "\\".to_owned(),
        ];
        for pattern in hostile {
            let (patterns, _) = patterns(&[&pattern]);
            patterns.matches(&"a/".repeat(500));
        }
    }

    #[test]
    fn any_number_of_patterns_can_be_used_together() {
        let written: Vec<String> = (0..5000).map(|n| format!("**/[a-z]*{n}*/?x{n}/**")).collect();
        let written: Vec<&str> = written.iter().map(String::as_str).collect();
        let (patterns, problems) = patterns(&written);
        assert_eq!(problems, []);
        for number in [0, 1, 999, 4321] {
            let path = format!("some/where/a{number}/yx{number}/c.yaml");
            assert!(patterns.matches(&path));
            assert!(patterns.matching(&path).contains(&number), "{number}");
        }
    }

    #[test]
    fn paths_are_seen_from_the_configuration() {
        let table = [
            ("/r", "/r", "a/b.yaml", "a/b.yaml"),
            ("/r", "/r", "./a/../b.yaml", "b.yaml"),
            ("/r", "/r/clusters/prod", "b.yaml", "clusters/prod/b.yaml"),
            ("/r", "/r/clusters/prod", "../dev/b.yaml", "clusters/dev/b.yaml"),
            ("/r/sub", "/r", "sub/a.yaml", "a.yaml"),
            ("/r/sub", "/r", "other/a.yaml", "../other/a.yaml"),
            ("/r", "/r", "/r/a.yaml", "a.yaml"),
            ("/r", "/r", "/etc/cni/net.d/a.conf", "../etc/cni/net.d/a.conf"),
            ("/r/.", "/r", "<stdin>", "<stdin>"),
            ("/", "/r", "a", "r/a"),
        ];
        for (config, working, displayed, want) in table {
            let base = PathBase::new(Path::new(config), Path::new(working));
            assert_eq!(base.relative(displayed), want, "{config} {working} {displayed}");
        }
    }
}
