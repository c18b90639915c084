//! Ports that Dockerfiles expose.

use super::object::Object;
use crate::ingest::Body;
use crate::source::Spanned;

/// A word after `EXPOSE`.
#[derive(Clone, Copy, Debug)]
pub struct Exposed<'a> {
    pub text: &'a Spanned<String>,
    /// From the first to the last port; `None` for what is no port.
    pub ports: Option<(u32, u32)>,
}

/// All of them, in the order of the files.
pub fn exposed<'a>(objects: &[Object<'a>]) -> Vec<Exposed<'a>> {
    let mut found = Vec::new();
    for object in objects {
        if let Body::Dockerfile(file) = object.body() {
            found.extend(file.exposed.iter().map(|text| Exposed { text, ports: ports(text) }));
        }
    }
    found
}

fn ports(text: &Spanned<String>) -> Option<(u32, u32)> {
    let port = text.value.split('/').next().unwrap_or_default();
    let (first, last) = port.split_once('-').unwrap_or((port, port));
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // Longer numbers are out of every range alike.
        is_number.then(|| text.parse().unwrap_or(u32::MAX))
    };
    Some((number(first)?, number(last)?))
}
