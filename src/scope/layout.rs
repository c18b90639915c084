//! Layouts of repositories that tell clusters apart by the names of folders.
//!
//! They break ties, where the contents do not speak against one cluster. Databases have clusters
//! too, and applications environments: so they divide only what a cluster is made of, such as the
//! files of its machines and of its installer.

/// Where clusters lie side by side, and which of them a file belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Division<'p> {
    /// The folder that holds the clusters.
    pub folder: &'p str,
    pub name: &'p str,
}

/// Every division that a path lies in, the outermost first.
pub(super) fn divisions(path: &str) -> impl Iterator<Item = Division<'_>> {
    let starts = std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at + 1));
    starts.filter_map(move |start| {
        let (name, _) = path[start..].split_once('/')?;
        let folder = path[..start].trim_end_matches('/');
        let parent = folder.rsplit('/').next().unwrap_or_default();
        let divides = holds_clusters(parent) || is_environment(name);
        (divides && !super::tree::is_base(name)).then_some(Division { folder, name })
    })
}

fn holds_clusters(folder: &str) -> bool {
    matches!(
        folder,
        "clusters"
            | "env"
            | "environment"
            | "environments"
            | "envs"
            | "inventories"
            | "inventory"
            | "overlays"
            | "regions"
            | "sites"
    )
}

/// Names of clusters: those of environments, and `cluster-a`, `edge_cluster`.
fn is_environment(name: &str) -> bool {
    let names = [
        "dev",
        "development",
        "prod",
        "production",
        "qa",
        "stage",
        "staging",
        "test",
        "testing",
        "uat",
    ];
    let words = || name.split(|c: char| !c.is_alphanumeric());
    let without_number = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_one_cluster = words().count() > 1 && words().any(|word| word == "cluster");
    let is_numbered_cluster = without_number == "cluster" && without_number != name;
    names.contains(&name) || is_one_cluster || is_numbered_cluster
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_divide() {
        for (path, expected) in [
            ("clusters/a/x.yaml", "clusters:a"),
            ("k/clusters/a/b/x.yaml", "k/clusters:a"),
            ("inventory/home/host_vars/n1.yml", "inventory:home"),
            ("clusters/base/x.yaml", ""),
            ("clusters/x.yaml", ""),
            ("overlays/dev/x.yaml", "overlays:dev"),
            ("prod/n1/x.yaml", ":prod"),
            ("cluster-a/x.yaml", ":cluster-a"),
            ("cluster1/x.yaml", ":cluster1"),
            ("cluster/x.yaml", ""),
            ("clusters/a/overlays/dev/x.yaml", "clusters:a clusters/a/overlays:dev"),
        ] {
            let shown = divisions(path).map(|one| format!("{}:{}", one.folder, one.name));
            assert_eq!(shown.collect::<Vec<_>>().join(" "), expected);
        }
    }
}
