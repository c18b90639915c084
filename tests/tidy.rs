//! Holds the repository to what it says about itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A row of the layer table.
struct Layer {
    module: String,
    may_use: Vec<String>,
}

#[test]
fn modules_use_only_what_the_layer_table_allows() {
    let layers = layers();
    let layers: BTreeMap<&str, &Layer> =
        layers.iter().map(|layer| (layer.module.as_str(), layer)).collect();
    let files = rust_files(&root().join("src"));
    let modules: BTreeSet<String> = files.iter().filter_map(|path| module_of(path)).collect();
    let mut faults = Vec::new();
    for module in layers.keys().filter(|module| !modules.contains(**module)) {
        faults.push(format!("`{module}` has a row and no file"));
    }
    for path in files {
        let Some(module) = module_of(&path) else { continue };
        let Some(layer) = layers.get(module.as_str()) else {
            faults.push(format!("{}: `{module}` has no row", path.display()));
            continue;
        };
        for (line, used) in crate_paths(&fs::read_to_string(&path).unwrap()) {
            if used != module && !layer.may_use.contains(&used) {
                faults.push(format!("{}:{line}: `{module}` uses `{used}`", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "against the table in src/lib.rs:\n{}", faults.join("\n"));
}

#[test]
fn rules_see_neither_files_nor_the_types_of_the_api() {
    let foreign = ["k8s_openapi", "serde", "std::env", "std::fs", "std::io", "std::process"];
    let mut faults = Vec::new();
    for path in rust_files(&root().join("src/rules")) {
        for (number, line) in code_lines(&fs::read_to_string(&path).unwrap()) {
            for word in foreign.iter().filter(|word| line.contains(**word)) {
                faults.push(format!("{}:{number}: a rule uses `{word}`", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_input_of_the_action_is_an_option_of_check_or_its_own() {
    let own = ["netvet", "paths", "sarif-file", "summary", "version"];
    let action: serde_yaml::Value = serde_yaml::from_str(include_str!("../action.yml")).unwrap();
    let help = Command::new(env!("CARGO_BIN_EXE_netvet")).args(["check", "--help"]).output();
    let help = String::from_utf8(help.unwrap().stdout).unwrap();
    let options: Vec<&str> =
        help.split_whitespace().filter_map(|word| word.strip_prefix("--")).collect();
    let inputs = action["inputs"].as_mapping().expect("the Action has inputs");
    for input in inputs.keys() {
        let input = input.as_str().unwrap();
        assert!(
            own.contains(&input) != options.contains(&input),
            "`{input}` is an option of `netvet check`, or listed here as the Action's own"
        );
    }
}

#[test]
fn crate_paths_are_found_in_groups_and_not_in_comments() {
    let text = "\
//! [`crate::a`]
use crate::b::{B, c};
use crate::{
    d::{D, e::E},
    f,
};
fn g() { crate::h::i(crate::J) } // crate::k
";
    let expected = [(2, "b"), (3, "d"), (3, "f"), (7, "h"), (7, "J")];
    assert_eq!(crate_paths(text), expected.map(|(line, name)| (line, name.to_owned())));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The table with the columns `module` and `may use` in the docs of `src/lib.rs`.
fn layers() -> Vec<Layer> {
    let docs = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let mut rows = docs
        .lines()
        .filter_map(|line| line.strip_prefix("//! |")?.strip_suffix('|'))
        .map(|row| row.split('|').map(str::trim).collect::<Vec<_>>())
        .skip_while(|cells| !(cells.contains(&"module") && cells.contains(&"may use")));
    let header = rows.next().expect("src/lib.rs has a table with `module` and `may use`");
    let column = |name| header.iter().position(|cell| *cell == name).unwrap();
    let (module, may_use) = (column("module"), column("may use"));

    let mut layers: Vec<Layer> = Vec::new();
    for cells in rows.skip(1).take_while(|cells| cells.len() == header.len()) {
        let above: Vec<String> = layers.iter().map(|layer| layer.module.clone()).collect();
        let module = cells[module].trim_matches('`').to_owned();
        let may_use = match cells[may_use] {
            "" => Vec::new(),
            "everything above" => above.clone(),
            list => list.split(", ").map(|name| name.trim_matches('`').to_owned()).collect(),
        };
        for used in &may_use {
            assert!(above.contains(used), "`{module}` may use `{used}`, which is not above it");
        }
        layers.push(Layer { module, may_use });
    }
    layers
}

/// The module below `src/` that a file belongs to; none for `lib.rs` and `main.rs`.
fn module_of(path: &Path) -> Option<String> {
    let first = path.strip_prefix(root().join("src")).unwrap().components().next().unwrap();
    let name = first.as_os_str().to_str().unwrap();
    let name = name.strip_suffix(".rs").unwrap_or(name);
    (name != "lib" && name != "main").then(|| name.to_owned())
}

/// All `.rs` files below a directory, sorted; none if there is no such directory.
fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        let Ok(entries) = fs::read_dir(directory) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Each line with its number, without what follows `//`. A `//` inside a string cuts off too much
/// of its line, but no line both holds a URL and names a module.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.find("//").map_or(line, |comment| &line[..comment])))
}

/// The first name of every path that starts with `crate::`, with the line of that `crate::`.
fn crate_paths(text: &str) -> Vec<(usize, String)> {
    let lines: Vec<&str> = code_lines(text).map(|(_, line)| line).collect();
    let code = lines.join("\n");
    let mut paths = Vec::new();
    for (offset, found) in code.match_indices("crate::") {
        let line = code[..offset].matches('\n').count() + 1;
        for name in first_names(&code[offset + found.len()..]) {
            paths.push((line, name));
        }
    }
    paths
}

/// `a` for `a::b`; `a` and `c` for `{a::{self, b}, c}`.
fn first_names(path: &str) -> Vec<String> {
    let Some(group) = path.strip_prefix('{') else {
        return vec![leading_name(path)];
    };
    let mut names = Vec::new();
    let mut depth = 0;
    let mut expects_name = true;
    for (offset, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => expects_name = true,
            _ if expects_name && !character.is_whitespace() => {
                names.push(leading_name(&group[offset..]));
                expects_name = false;
            }
            _ => {}
        }
    }
    names
}

fn leading_name(path: &str) -> String {
    path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}
