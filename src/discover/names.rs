//! Which files of a directory are inputs, judged by the name alone.
//!
//! A name that is missing here is never looked at; a name that is here and means nothing to us
//! costs the time to read one file.

use std::ffi::OsStr;
use std::path::Path;

/// Manifests and component configuration (`yaml`, `yml`, `json`), kubeconfigs and CNI
/// configuration (`conf`, `conflist`), NetworkManager (`nmconnection`), systemd-networkd and udev
/// (`network`, `netdev`, `link`).
const ENDINGS: [&str; 9] =
    ["yaml", "yml", "json", "conf", "conflist", "nmconnection", "network", "netdev", "link"];

/// Endings of files that are text, whatever else they are. `conf` is not among them: many
/// programs have files of that ending, in their own formats and encodings.
const TEXT_ENDINGS: [&str; 4] = ["yaml", "yml", "json", "conflist"];

/// Our own configuration, and the names that our documentation gives to a baseline; not inputs.
const OWN_FILES: [&str; 4] =
    ["netvet.yaml", ".netvet.yaml", "netvet-baseline.json", ".netvet-baseline.json"];

/// Lock files of package managers: long, generated, and never about a network.
const LOCK_FILES: [&str; 7] = [
    ".package-lock.json",
    "conda-lock.yml",
    "jsonnetfile.lock.json",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "packages.lock.json",
    "pnpm-lock.yaml",
];

/// Directories that hold what a program keeps for itself.
const STORES: [&str; 5] = [".git", ".hg", ".jj", ".svn", ".terraform"];

/// Whether a file in a directory is an input.
pub(super) fn is_input(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    if OWN_FILES.contains(&&*name) || LOCK_FILES.contains(&&*name) {
        return false;
    }
    is_corefile(&name)
        || is_host_file(&name)
        || is_arguments(&name)
        || is_docker_unit(&name)
        || is_inventory(&name)
        || is_environment(&name)
        || is_dockerfile(&name)
        || has_ending(&name, &ENDINGS)
}

/// Whether the name alone says that the file is text.
pub(super) fn is_surely_text(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    is_corefile(&name) || has_ending(&name, &TEXT_ENDINGS)
}

/// Whether the walk passes a directory by without a word.
pub(super) fn is_store(name: &OsStr) -> bool {
    STORES.iter().any(|store| name == *store)
}

/// An inventory of Ansible, by the names that Kubespray's documentation uses.
fn is_inventory(name: &str) -> bool {
    matches!(name, "hosts.ini" | "inventory.ini")
}

/// `Dockerfile`, `Dockerfile.prod`, `web.dockerfile`, and podman's `Containerfile`.
fn is_dockerfile(name: &str) -> bool {
    let is_base = |word: &str| {
        word.eq_ignore_ascii_case("dockerfile") || word.eq_ignore_ascii_case("containerfile")
    };
    let mut words = name.split('.');
    words.next().is_some_and(is_base) || words.next_back().is_some_and(is_base)
}

/// Variables for Compose: `.env`, `.env.prod`, `db.env`.
fn is_environment(name: &str) -> bool {
    name == ".env" || name.starts_with(".env.") || has_ending(name, &["env"])
}

/// `Corefile`, and `Corefile` with a word behind it as in `Corefile.prod`; not a page about one.
fn is_corefile(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("Corefile") else { return false };
    let another_word = rest.starts_with(['.', '-', '_']);
    rest.is_empty() || (another_word && !has_ending(rest, &["md", "rst", "txt", "html"]))
}

/// The flags of a component, as MicroK8s has them; programs of these names are no text.
fn is_arguments(name: &str) -> bool {
    matches!(
        name,
        "kube-apiserver" | "kube-controller-manager" | "kube-proxy" | "kube-scheduler" | "kubelet"
    )
}

/// systemd's unit of the Docker daemon; what is dropped in beside it ends in `conf`.
fn is_docker_unit(name: &str) -> bool {
    name == "docker.service"
}

/// `ifcfg-eth0`, and cloud-init's `network-config`, which is YAML.
fn is_host_file(name: &str) -> bool {
    name.starts_with("ifcfg-") || name == "network-config"
}

/// Editors on some systems write endings in capitals.
fn has_ending(name: &str, endings: &[&str]) -> bool {
    let Some((_, ending)) = name.rsplit_once('.') else { return false };
    endings.iter().any(|known| ending.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_inputs() {
        for (name, expected) in [
            ("a.yaml", true),
            ("a.YML", true),
            ("10-calico.conflist", true),
            ("admin.conf", true),
            ("daemon.json", true),
            ("inventory.ini", true),
            ("php.ini", false),
            (".yaml", true),
            ("Corefile", true),
            ("Corefile.prod", true),
            ("Corefile-dev", true),
            ("ifcfg-eth0", true),
            ("ifcfg", false),
            ("network-config", true),
            ("kubelet", true),
            ("kubelets", false),
            ("docker.service", true),
            ("kubelet.service", false),
            ("eth0.nmconnection", true),
            ("10-eth0.network", true),
            ("Corefile.md", false),
            (".env", true),
            (".env.prod", true),
            ("db.env", true),
            (".envrc", false),
            ("Dockerfile", true),
            ("Dockerfile.prod", true),
            ("web.dockerfile", true),
            ("Dockerfiles", false),
            ("Corefiles", false),
            ("netvet.yaml", false),
            (".netvet.yaml", false),
            ("my-netvet.yaml", true),
            (".netvet-baseline.json", false),
            ("baseline.json", true),
            ("pnpm-lock.yaml", false),
            ("package-lock.json", false),
            ("package.json", true),
            ("yaml", false),
            ("a.yaml.bak", false),
            ("a.txt", false),
            ("", false),
        ] {
            assert_eq!(is_input(OsStr::new(name)), expected, "{name}");
        }
    }
}
