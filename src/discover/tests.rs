use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use globset::{Glob, GlobSetBuilder};

use super::*;

/// A directory that goes away with the test, as the working directory of a run.
struct Tree {
    directory: tempfile::TempDir,
    options: Options,
}

fn tree(files: &[&str]) -> Tree {
    let directory = tempfile::tempdir().unwrap();
    let options = Options::new(directory.path());
    let tree = Tree { directory, options };
    for file in files {
        tree.write(file, "a: 1\n");
    }
    tree
}

impl Tree {
    fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn exclude(&mut self, patterns: &[&str]) {
        let mut globs = GlobSetBuilder::new();
        for pattern in patterns {
            globs.add(Glob::new(pattern).unwrap());
        }
        let globs = globs.build().unwrap();
        self.options.exclude = std::sync::Arc::new(move |path| globs.is_match(path));
    }

    fn discover(&self, roots: &[&str]) -> Discovered {
        let roots: Vec<PathBuf> = roots.iter().map(PathBuf::from).collect();
        discover(&roots, &self.options).unwrap()
    }

    fn missing(&self, root: &str) -> DiscoverError {
        discover(&[root.into()], &self.options).unwrap_err()
    }
}

fn displays(discovered: &Discovered) -> Vec<&str> {
    discovered.files.iter().map(|found| &*found.display).collect()
}

#[cfg(unix)]
fn link(target: impl AsRef<Path>, link: PathBuf) {
    fs::create_dir_all(link.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(target, link).unwrap();
}

/// Whether there is a pipe now; some systems have no program that makes one.
#[cfg(unix)]
fn pipe(path: &Path) -> bool {
    let made = Command::new("mkfifo").arg(path).status().is_ok_and(|status| status.success());
    if !made {
        eprintln!("not tested: there is no `mkfifo`");
    }
    made
}

/// Takes all permissions away; root can read the file or directory all the same.
#[cfg(unix)]
fn lock(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    let locked = fs::File::open(path).is_err();
    if !locked {
        eprintln!("not tested: this user may read everything");
    }
    locked
}

#[test]
fn the_order_is_that_of_the_names() {
    let names = ["b/z.yml", "a.yaml", "b/a.json", "c.conf", "b.conflist", "a/Corefile", "B.yaml"];
    let mut backwards = names;
    backwards.reverse();
    let sorted = ["B.yaml", "a.yaml", "a/Corefile", "b.conflist", "b/a.json", "b/z.yml", "c.conf"];
    assert_eq!(displays(&tree(&names).discover(&["."])), sorted);
    assert_eq!(displays(&tree(&backwards).discover(&["."])), sorted);
}

#[test]
fn other_files_of_a_directory_are_no_inputs() {
    let tree = tree(&["README.md", "netvet.yaml", "package-lock.json", "main.go", "x.yaml"]);
    let discovered = tree.discover(&["."]);
    assert_eq!(displays(&discovered), ["x.yaml"]);
    assert_eq!(discovered.skipped, []);
}

#[test]
fn a_named_file_is_an_input_whatever_its_name() {
    let tree = tree(&["netvet.yaml", "notes", "sub/package-lock.json"]);
    let discovered = tree.discover(&["notes", "netvet.yaml", "sub/package-lock.json"]);
    assert_eq!(displays(&discovered), ["netvet.yaml", "notes", "sub/package-lock.json"]);
    assert!(discovered.files.iter().all(|found| found.explicit));
}

#[test]
fn ignore_files_count_inside_a_repository() {
    let tree = tree(&["kept.yaml", "out/a.yaml", "sub/local.yaml", "sub/kept.yaml"]);
    tree.write(".gitignore", "out/\n");
    tree.write("sub/.gitignore", "local.yaml\n");
    let all = ["kept.yaml", "out/a.yaml", "sub/kept.yaml", "sub/local.yaml"];
    assert_eq!(displays(&tree.discover(&["."])), all);

    fs::create_dir(tree.path(".git")).unwrap();
    tree.write(".git/config.yaml", "");
    let discovered = tree.discover(&["."]);
    assert_eq!(displays(&discovered), ["kept.yaml", "sub/kept.yaml"]);
    assert_eq!(discovered.skipped, []);
    // An ignored directory or file is read when it is named.
    assert_eq!(displays(&tree.discover(&["out"])), ["out/a.yaml"]);
    assert_eq!(displays(&tree.discover(&["sub/local.yaml", "sub"])), all[2..]);

    tree.write(".git/info/exclude", "kept.yaml");
    assert_eq!(displays(&tree.discover(&["."])), Vec::<&str>::new());
}

#[test]
fn a_dot_ignore_file_counts_everywhere() {
    let tree = tree(&["kept.yaml", "out/a.yaml"]);
    tree.write(".ignore", "[broken\nout\n");
    assert_eq!(displays(&tree.discover(&["."])), ["kept.yaml"]);
}

#[test]
fn hidden_files_are_inputs_and_stores_are_not() {
    let tree = tree(&[".github/a.yaml", ".b.yaml", ".terraform/c.json", "x/.git/d.yaml"]);
    assert_eq!(displays(&tree.discover(&["."])), [".b.yaml", ".github/a.yaml"]);
    assert_eq!(displays(&tree.discover(&[".terraform"])), [".terraform/c.json"]);
}

#[test]
fn what_is_excluded_is_reported_once() {
    let files = ["a.yaml", "vendor/x/b.yaml", "vendor/c.yaml", "d_test.yaml", "d_test.md"];
    for pattern in ["vendor", "vendor/", "vendor/**"] {
        let mut tree = tree(&files);
        tree.exclude(&[pattern, "*_test.*"]);
        let discovered = tree.discover(&["."]);
        assert_eq!(displays(&discovered), ["a.yaml"], "{pattern}");
        let skipped = [("d_test.yaml".to_owned(), "excluded"), ("vendor/".to_owned(), "excluded")];
        assert_eq!(discovered.skipped, skipped, "{pattern}");
    }
}

#[test]
fn a_named_file_is_not_excluded() {
    let mut tree = tree(&["vendor/a.yaml", "b.yaml"]);
    tree.exclude(&["vendor/**"]);
    let discovered = tree.discover(&["vendor/a.yaml", "."]);
    assert_eq!(displays(&discovered), ["b.yaml", "vendor/a.yaml"]);
    assert_eq!(discovered.skipped, [("vendor/".to_owned(), "excluded")]);
    let discovered = tree.discover(&["vendor"]);
    assert_eq!(discovered.files, []);
    assert_eq!(discovered.skipped, [("vendor/a.yaml".to_owned(), "excluded")]);
}

#[test]
fn overlapping_roots_give_each_file_once() {
    let tree = tree(&["a/b/c.yaml", "a/d.yaml"]);
    let absolute = tree.path("a/b");
    let here = tree.directory.path().file_name().unwrap().to_str().unwrap();
    let roots = ["a/b/c.yaml", ".", "./a", absolute.to_str().unwrap(), &format!("../{here}/a")];
    let discovered = tree.discover(&roots);
    assert_eq!(displays(&discovered), ["a/b/c.yaml", "a/d.yaml"]);
    assert!(discovered.files[0].explicit);
    assert!(!discovered.files[1].explicit);
}

#[test]
fn a_displayed_path_is_relative_to_the_working_directory() {
    let mut tree = tree(&["a/b.yaml", "other/c.yaml"]);
    let top = tree.directory.path().to_owned();
    let absolute = top.join("a/b.yaml");
    for root in [Path::new("./a/./b.yaml"), Path::new("a//b.yaml"), &absolute] {
        assert_eq!(displays(&tree.discover(&[root.to_str().unwrap()])), ["a/b.yaml"], "{root:?}");
    }
    tree.options.working_directory = top.join("a");
    assert_eq!(displays(&tree.discover(&["../other"])), ["../other/c.yaml"]);
    assert_eq!(displays(&tree.discover(&["../a/b.yaml"])), ["b.yaml"]);
    let elsewhere = top.join("other/c.yaml");
    assert_eq!(displays(&tree.discover(&[elsewhere.to_str().unwrap()])), [slashes(&elsewhere)]);
}

#[test]
fn a_root_that_does_not_exist_is_an_error() {
    let tree = tree(&["clusters/prod/a.yaml"]);
    let error = tree.missing("clusters/prdo");
    assert_eq!(error.to_string(), "`clusters/prdo` does not exist");
    let directory = slashes(&tree.path("clusters"));
    assert_eq!(error.help(), format!("`{directory}` holds no `prdo`, but it holds `prod`"));
    assert_eq!(
        tree.missing("clusters/nothing/a.yaml").help(),
        format!("`{directory}` holds no `nothing`")
    );
    assert_eq!(
        tree.missing("clusters/*.yaml").help(),
        "patterns are for the shell to expand; a directory is walked when it is named"
    );
    assert_eq!(
        tree.missing("").help(),
        "the path is empty, perhaps from a variable that is not set"
    );
}

#[test]
fn a_dash_is_standard_input() {
    let mut tree = tree(&["a.yaml", "-"]);
    let discovered = tree.discover(&["-", "-"]);
    assert_eq!(displays(&discovered), ["<stdin>"]);
    assert!(discovered.files[0].is_stdin());
    assert!(!tree.discover(&["./-"]).files[0].is_stdin());

    tree.options.stdin_filename = Some("./a.yaml".into());
    let discovered = tree.discover(&[".", "-", "a.yaml"]);
    assert_eq!(displays(&discovered), ["a.yaml"]);
    assert!(discovered.files[0].is_stdin());

    tree.options.stdin_filename = Some("sub/new.yaml".into());
    assert_eq!(displays(&tree.discover(&[".", "-"])), ["a.yaml", "sub/new.yaml"]);
}

#[test]
#[cfg(unix)]
fn links_in_a_tree_are_not_followed() {
    let elsewhere = tree(&["x.yaml"]);
    let tree = tree(&["real/a.yaml"]);
    link("real/a.yaml", tree.path("a.yaml"));
    link("nowhere", tree.path("dangling.yaml"));
    link("nowhere", tree.path("dangling"));
    link(".", tree.path("real/loop"));
    link("real", tree.path("inside"));
    link(elsewhere.directory.path(), tree.path("outside"));
    let discovered = tree.discover(&["."]);
    assert_eq!(displays(&discovered), ["real/a.yaml"]);
    let skipped = ["a.yaml", "dangling.yaml", "outside/"].map(|path| (path.to_owned(), "symlink"));
    assert_eq!(discovered.skipped, skipped);
    assert_eq!(discovered.unreadable, []);
}

#[test]
#[cfg(unix)]
fn a_link_that_is_named_is_followed() {
    let tree = tree(&["real/a.yaml", "real/b.yaml"]);
    link("real/a.yaml", tree.path("link.yaml"));
    link("real", tree.path("inside"));
    let discovered = tree.discover(&["link.yaml", "."]);
    assert_eq!(displays(&discovered), ["link.yaml", "real/b.yaml"]);
    assert_eq!(discovered.skipped, []);
    assert_eq!(displays(&tree.discover(&["inside"])), ["inside/a.yaml", "inside/b.yaml"]);
    assert_eq!(displays(&tree.discover(&["real", "inside"])), ["inside/a.yaml", "inside/b.yaml"]);
}

#[test]
#[cfg(unix)]
fn a_named_link_to_nothing_is_unreadable() {
    let tree = tree(&[]);
    link("nowhere", tree.path("a.yaml"));
    link("b.yaml", tree.path("b.yaml"));
    let discovered = tree.discover(&["a.yaml", "b.yaml"]);
    assert_eq!(
        discovered.unreadable[0],
        ("a.yaml".to_owned(), "a symbolic link to something that does not exist".to_owned())
    );
    assert_eq!(discovered.unreadable[1].0, "b.yaml");
}

#[test]
fn a_file_with_something_below_it_is_unreadable() {
    let tree = tree(&["a.yaml"]);
    if cfg!(unix) {
        let discovered = tree.discover(&["a.yaml/b"]);
        let expected = [("a.yaml/b".to_owned(), "not a directory".to_owned())];
        assert_eq!(discovered.unreadable, expected);
    }
}

#[test]
#[cfg(unix)]
fn pipes_and_devices_are_not_opened() {
    let tree = tree(&["a.yaml"]);
    if !pipe(&tree.path("pipe.yaml")) {
        return;
    }
    let discovered = tree.discover(&["."]);
    assert_eq!(displays(&discovered), ["a.yaml"]);
    assert_eq!(discovered.skipped, [("pipe.yaml".to_owned(), "not-a-file")]);

    let discovered = tree.discover(&["pipe.yaml", "/dev/null"]);
    let message = |kind| format!("{kind}, not a file; standard input is read as `-`");
    let expected = [
        ("/dev/null".to_owned(), message("a device")),
        ("pipe.yaml".to_owned(), message("a named pipe")),
    ];
    assert_eq!(discovered.unreadable, expected);

    let found = Found { path: tree.path("pipe.yaml"), display: "x".into(), explicit: false };
    let Content::Unreadable { message, .. } = read(&found) else { panic!("read a pipe") };
    assert_eq!(message, "a named pipe, not a file");
}

#[test]
#[cfg(unix)]
fn what_is_not_permitted_is_unreadable() {
    let tree = tree(&["a.yaml", "locked/b.yaml", "locked.yaml"]);
    if !lock(&tree.path("locked")) || !lock(&tree.path("locked.yaml")) {
        return;
    }
    let discovered = tree.discover(&["."]);
    assert_eq!(displays(&discovered), ["a.yaml", "locked.yaml"]);
    let denied = |path: &str| (path.to_owned(), "permission denied".to_owned());
    assert_eq!(discovered.unreadable, [denied("locked")]);
    let Content::Unreadable { message, .. } = read(&discovered.files[1]) else { panic!() };
    assert_eq!(message, "permission denied");

    assert_eq!(tree.discover(&["locked"]).unreadable, [denied("locked")]);
    assert_eq!(tree.discover(&["locked/b.yaml"]).unreadable, [denied("locked/b.yaml")]);
}

#[test]
#[cfg(unix)]
fn an_ignore_file_that_is_a_trap_closes_its_directory() {
    let device = "a device, not a file; its directory is passed over";
    let tree = tree(&["a.yaml", "deep/b.yaml", "deep/x/c.yaml"]);
    link("/dev/zero", tree.path("deep/.gitignore"));
    let trapped = |path: &str| [(path.to_owned(), device.to_owned())];
    let discovered = tree.discover(&["."]);
    assert_eq!(displays(&discovered), ["a.yaml"]);
    assert_eq!(discovered.unreadable, trapped("deep/.gitignore"));
    assert_eq!(tree.discover(&["deep"]).unreadable, trapped("deep/.gitignore"));
    let above = slashes(&tree.directory.path().canonicalize().unwrap().join("deep/.gitignore"));
    assert_eq!(tree.discover(&["deep/x"]).unreadable, trapped(&above));
    // A file that is named needs no ignore file.
    assert_eq!(displays(&tree.discover(&["deep/b.yaml"])), ["deep/b.yaml"]);
}

#[test]
#[cfg(unix)]
fn the_files_of_a_worktree_can_be_traps_too() {
    for trapped in ["main/worktrees/one/commondir", "main/info/exclude"] {
        let tree = tree(&["tree/a.yaml"]);
        let own = tree.path("main/worktrees/one");
        tree.write("tree/.git", &format!("gitdir: {}\n", own.display()));
        tree.write("main/worktrees/one/commondir", "../..\n");
        tree.write("main/info/exclude", "b.yaml\n");
        assert_eq!(displays(&tree.discover(&["tree"])), ["tree/a.yaml"]);
        fs::remove_file(tree.path(trapped)).unwrap();
        link("/dev/zero", tree.path(trapped));
        assert_eq!(tree.discover(&["tree"]).unreadable.len(), 1, "{trapped}");
    }
}

#[test]
fn long_ignore_files_in_force_together_are_a_trap() {
    let tree = tree(&["a.yaml", "b/c.yaml", "b/d/e.yaml", "f/g.yaml"]);
    let long = "# nothing\n".repeat(30_000);
    tree.write("b/.gitignore", &long);
    tree.write("f/.gitignore", &long);
    assert_eq!(tree.discover(&["."]).unreadable, []);
    tree.write("b/d/.ignore", &long);
    let discovered = tree.discover(&["."]);
    assert_eq!(displays(&discovered), ["a.yaml", "b/c.yaml", "f/g.yaml"]);
    let message = "600000 bytes of ignore files hold here, and 524288 is the limit; \
                   its directory is passed over";
    assert_eq!(discovered.unreadable, [("b/d/.ignore".to_owned(), message.to_owned())]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_name_that_is_not_utf8_is_displayed_as_far_as_it_can_be() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let tree = tree(&[]);
    for name in [&b"caf\xe9.yaml"[..], b"caf\xe8.yaml"] {
        fs::write(tree.directory.path().join(OsStr::from_bytes(name)), "a: 1\n").unwrap();
    }
    let discovered = tree.discover(&["."]);
    assert_eq!(displays(&discovered), ["caf\u{fffd}.yaml", "caf\u{fffd}.yaml"]);
    assert!(discovered.files[0].path < discovered.files[1].path);
    for found in &discovered.files {
        assert_eq!(read(found), Content::Text("a: 1\n".to_owned()));
    }
}

#[test]
fn system_messages_sound_like_ours() {
    assert_eq!(system_message(&std::io::Error::other("Longer than")), "longer than");
    let error = fs::File::open("/nowhere/at/all").unwrap_err();
    assert!(!system_message(&error).contains("os error"), "{error}");
}
