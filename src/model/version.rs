//! Versions of Kubernetes, in the spellings of its distributions, and of other software.
//!
//! Which versions go together is not known here; rules compare them.

use std::fmt;

/// A version of Kubernetes, without what a distribution adds to it.
///
/// It has no order of its own: whether a patch release counts depends on the question, and for
/// version skew it does not. Compare [`minor_version`](KubernetesVersion::minor_version)s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KubernetesVersion {
    pub major: u32,
    pub minor: u32,
    /// `None` if only the minor version is written.
    pub patch: Option<u32>,
    /// An alpha, a beta or a release candidate.
    pub pre_release: bool,
}

impl KubernetesVersion {
    /// Takes `v1.33.2`, `1.33`, `1.33.x`, kubeadm's `stable-1.33`, and what distributions make of
    /// it: `v1.31.4+k3s1`, `v1.31.4-eks-a1b2c3`, `v1.31.4-gke.1000`, `v1.31.4-rancher1-1`,
    /// `1.31.0-1.1`. Anything that names no minor version is `None`: `latest`, `stable-1`, a
    /// template.
    pub fn parse(text: &str) -> Option<KubernetesVersion> {
        let labelled = ["stable-", "latest-"].iter().find_map(|label| text.strip_prefix(label));
        let text = labelled.unwrap_or(text.strip_prefix('v').unwrap_or(text));
        let (release, suffix) = text.split_at(text.find(SUFFIX_START).unwrap_or(text.len()));
        let may_follow =
            |c: char| c.is_ascii_alphanumeric() || c == '.' || SUFFIX_START.contains(&c);
        if !suffix.chars().all(may_follow) {
            return None;
        }
        let mut parts = release.split('.');
        let (major, minor) = (number(parts.next()?)?, number(parts.next()?)?);
        let patch = match parts.next() {
            None | Some("x") => None,
            Some(patch) => Some(number(patch)?),
        };
        if parts.next().is_some() {
            return None;
        }
        Some(KubernetesVersion { major, minor, patch, pre_release: is_pre_release(suffix) })
    }

    /// Major and minor version, which is what support and version skew go by.
    pub fn minor_version(self) -> (u32, u32) {
        (self.major, self.minor)
    }

    /// The minor version that this is a patch of.
    pub fn without_patch(self) -> KubernetesVersion {
        KubernetesVersion { patch: None, pre_release: false, ..self }
    }

    /// How many minor versions this one is ahead of `other`; negative if it is behind. `None`
    /// between major versions.
    pub fn minor_distance(self, other: KubernetesVersion) -> Option<i64> {
        (self.major == other.major).then(|| i64::from(self.minor) - i64::from(other.minor))
    }
}

impl fmt::Display for KubernetesVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        match self.patch {
            Some(patch) => write!(f, ".{patch}"),
            None => Ok(()),
        }
    }
}

/// A version of any other software, as the numbers in it: `1.12.0`. A number that is not written
/// is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Release {
    pub major: u32,
    pub minor: u32,
    pub patch: u32,
}

impl Release {
    /// Takes two or three numbers, and leaves out what is appended with a `-`.
    pub fn parse(text: &str) -> Option<Release> {
        let mut numbers = text.split('-').next()?.split('.');
        let (major, minor) = (number(numbers.next()?)?, number(numbers.next()?)?);
        let patch = numbers.next().map_or(Some(0), number)?;
        numbers.next().is_none().then_some(Release { major, minor, patch })
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// Image tags cannot hold a `+` and have `-` or `_` for it; Debian packages have a `~`.
const SUFFIX_START: [char; 4] = ['-', '+', '_', '~'];

fn number(digits: &str) -> Option<u32> {
    // `parse` would take a sign.
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// `-rc.0`, `-beta.1`, `-rc1+rke2r1`; but not `-rancher1`.
fn is_pre_release(suffix: &str) -> bool {
    let mut words =
        suffix.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    matches!(words.next(), Some("alpha" | "beta" | "rc"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_spellings_of_all_distributions() {
        let table = [
            ("v1.33.2", "1.33.2", false),
            ("1.33.2", "1.33.2", false),
            ("1.33", "1.33", false),
            ("v1.33", "1.33", false),
            ("1.33.x", "1.33", false),
            ("v1.31.4+k3s1", "1.31.4", false),
            ("v1.31.4-k3s1", "1.31.4", false),
            ("v1.31.4+rke2r1", "1.31.4", false),
            ("v1.31.4-eks-a1b2c3", "1.31.4", false),
            ("v1.31.4-minimal-eksbuild.3", "1.31.4", false),
            ("v1.31.4-gke.1000", "1.31.4", false),
            ("v1.31.4-rancher1-1", "1.31.4", false),
            ("v1.31.x-rancher1-1", "1.31", false),
            ("1.31.0-1.1", "1.31.0", false),
            ("1.31+", "1.31", false),
            ("stable-1.33", "1.33", false),
            ("latest-1.33", "1.33", false),
            ("v1.37.0-rc.0", "1.37.0", true),
            ("v1.37.0-beta.1", "1.37.0", true),
            ("v1.37.0-alpha.0.123+0123456789abcd", "1.37.0", true),
            ("v1.31.4-rc1+rke2r1", "1.31.4", true),
            ("1.37.0~rc.1-1.1", "1.37.0", true),
        ];
        for (text, shown, pre_release) in table {
            let version = KubernetesVersion::parse(text).expect(text);
            assert_eq!(version.to_string(), shown, "{text}");
            assert_eq!(version.pre_release, pre_release, "{text}");
        }
    }

    #[test]
    fn anything_without_a_minor_version_is_unknown() {
        let table = [
            "",
            "v",
            "1",
            "v1",
            "stable",
            "stable-1",
            "stable-v1.33",
            "latest",
            "ci/latest-1.33",
            "vv1.33",
            "V1.33",
            "1.33.2.1",
            "1..2",
            "1.33.",
            ".33",
            "1.-33",
            "1.+33",
            "1.33.+2",
            " 1.33",
            "1.33 ",
            "1.33.2 # comment",
            "{{ kube_version }}",
            "v{{ minor }}.2",
            "${KUBERNETES_VERSION}",
            "v1.33.${PATCH}",
            "v1.33.2-{{ suffix }}",
            "__VERSION__",
            "99999999999.1",
            "1.٣",
        ];
        for text in table {
            assert_eq!(KubernetesVersion::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn counts_minor_versions_between_two() {
        let version = |text| KubernetesVersion::parse(text).expect("a version");
        let table = [
            ("1.33.0", "1.33.9", Some(0)),
            ("1.36", "1.33.2", Some(3)),
            ("1.9", "1.10", Some(-1)),
            ("2.0", "1.33", None),
        ];
        for (left, right, distance) in table {
            assert_eq!(version(left).minor_distance(version(right)), distance);
        }
        assert!(version("1.9.9").minor_version() < version("1.10.0").minor_version());
    }

    #[test]
    fn releases_are_ordered_number_by_number() {
        let release = |text| Release::parse(text).expect("a release");
        assert_eq!(release("1.12.0").to_string(), "1.12.0");
        assert!(release("1.9.4") < release("1.12.0"));
        assert!(release("3.10") < release("3.10.1"));
        assert_eq!(release("1.9.1-flannel3"), release("1.9.1"));
        for text in ["", "1", "1.", "1.2.3.4", "v1.2.3", "1.x", "{{ tag }}"] {
            assert_eq!(Release::parse(text), None, "{text:?}");
        }
    }
}
