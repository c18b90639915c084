//! The grammar of image references.

/// `[registry/]repository[:tag][@digest]`, as in the distribution project's `reference` package.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ImageRef {
    /// With its port; `None` where none is written, which means Docker Hub.
    pub registry: Option<String>,
    /// As written: `nginx` is not made into `library/nginx`.
    pub repository: String,
    pub tag: Option<String>,
    /// `sha256:…`.
    pub digest: Option<String>,
}

impl ImageRef {
    /// `None` for what is no image reference, above all for templates.
    pub fn parse(text: &str) -> Option<ImageRef> {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        let path_start = name.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match name[path_start..].split_once(':') {
            Some((last, tag)) => (&name[..path_start + last.len()], Some(tag)),
            None => (name, None),
        };
        let (registry, repository) = match name.split_once('/') {
            // A first part without any of these is a user on Docker Hub.
            Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => {
                (Some(first), rest)
            }
            _ => (None, name),
        };
        let valid = registry.is_none_or(is_registry)
            && repository.split('/').all(is_path_component)
            && tag.is_none_or(is_tag)
            && digest.is_none_or(is_digest);
        valid.then(|| ImageRef {
            registry: registry.map(str::to_owned),
            repository: repository.to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }

    /// The parts between slashes that are written, the registry first.
    pub(super) fn segments(&self) -> Vec<&str> {
        self.registry.as_deref().into_iter().chain(self.repository.split('/')).collect()
    }
}

fn is_registry(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
}

fn is_path_component(text: &str) -> bool {
    let alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    bytes.first().is_some_and(alphanumeric)
        && bytes.last().is_some_and(alphanumeric)
        && bytes.iter().all(|byte| alphanumeric(byte) || b"._-".contains(byte))
}

fn is_tag(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=128).contains(&text.len())
        && word(text.as_bytes()[0])
        && text.bytes().all(|byte| word(byte) || byte == b'.' || byte == b'-')
}

fn is_digest(text: &str) -> bool {
    text.split_once(':').is_some_and(|(algorithm, hash)| {
        !algorithm.is_empty()
            && algorithm.bytes().all(|b| b.is_ascii_alphanumeric() || b"+._-".contains(&b))
            && hash.len() >= 32
            && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DIGEST: &str = "sha256:40384aa1f5ea6bfdc77997d243aec73da05f27aed0c5e9d65bfa98933c519d97";

    #[test]
    fn splits_references_into_their_parts() {
        // text, registry, repository, tag, whether it has a digest
        let table = [
            (
                "registry.k8s.io/coredns/coredns:v1.12.0",
                "registry.k8s.io",
                "coredns/coredns",
                "v1.12.0",
                false,
            ),
            (
                &format!("registry.k8s.io/coredns/coredns:v1.12.0@{DIGEST}"),
                "registry.k8s.io",
                "coredns/coredns",
                "v1.12.0",
                true,
            ),
            (&format!("quay.io/cilium/cilium@{DIGEST}"), "quay.io", "cilium/cilium", "", true),
            ("localhost:5000/x", "localhost:5000", "x", "", false),
            ("localhost/x:1", "localhost", "x", "1", false),
            ("registry:5000/a/b:c", "registry:5000", "a/b", "c", false),
            ("[fd00::1]:5000/a:b", "[fd00::1]:5000", "a", "b", false),
            ("coredns/coredns", "", "coredns/coredns", "", false),
            ("nginx", "", "nginx", "", false),
            ("nginx:1.27-alpine", "", "nginx", "1.27-alpine", false),
            ("a__b/c-d.e:_X.y-z", "", "a__b/c-d.e", "_X.y-z", false),
        ];
        for (text, registry, repository, tag, digest) in table {
            let image = ImageRef::parse(text).expect(text);
            assert_eq!(image.registry.as_deref().unwrap_or_default(), registry, "{text}");
            assert_eq!(image.repository, repository, "{text}");
            assert_eq!(image.tag.as_deref().unwrap_or_default(), tag, "{text}");
            assert_eq!(image.digest.is_some(), digest, "{text}");
        }
    }

    #[test]
    fn anything_else_is_not_a_reference() {
        let table = [
            "",
            ":",
            "@",
            "/",
            "a:",
            "a@",
            "a/",
            "/a",
            "a//b",
            "a:b:c",
            "Nginx",
            "a b",
            " a",
            "a\n",
            "-a",
            "a-",
            "a:-b",
            "a@sha256:12",
            "a@b@c",
            "https://quay.io/a",
            "é",
            "{{ .Values.image }}",
            "quay.io/cilium/cilium:{{ tag }}",
            "nginx:${TAG}",
            "$IMAGE",
        ];
        for text in table {
            assert_eq!(ImageRef::parse(text), None, "{text:?}");
        }
        assert_eq!(ImageRef::parse(&format!("a:{}", "b".repeat(129))), None);
    }

    proptest! {
        #[test]
        fn any_text_can_be_asked(text in "[a-z:/@.é{}]{0,30}") {
            ImageRef::parse(&text);
        }
    }
}
