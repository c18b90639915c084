//! Paths in Compose files, which lead to other files of the tree.

/// The path that a text leads to from a folder; `None` for what lies outside of the tree, and for
/// repositories and registries (`https://…`, `oci://…`, `git@…`).
pub(super) fn join(folder: &str, path: &str) -> Option<String> {
    if path.is_empty() || path.starts_with(['/', '~']) || path.contains("://") || path.contains('@')
    {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let is_absolute = folder.starts_with('/');
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&"..") | None => parts.push(".."),
                Some(_) => {
                    parts.pop();
                }
            },
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    Some(if is_absolute { format!("/{joined}") } else { joined })
}

pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

pub(super) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_from_the_folder_of_their_file() {
        for (from, path, expected) in [
            ("a/b", "c.yaml", Some("a/b/c.yaml")),
            ("a/b", "./../c.yaml", Some("a/c.yaml")),
            ("", "../c.yaml", Some("../c.yaml")),
            ("../a", "../c.yaml", Some("../c.yaml")),
            ("/srv/a", "../c.yaml", Some("/srv/c.yaml")),
            ("", "c.yaml", Some("c.yaml")),
            ("a", "/etc/c.yaml", None),
            ("a", "https://example.com/c.yaml", None),
            ("a", "git@example.com:c.git", None),
        ] {
            assert_eq!(join(from, path).as_deref(), expected, "{from} {path}");
        }
    }
}
