//! The command line of dockerd in systemd's `docker.service` and the files that are dropped in
//! beside it.
//!
//! Only `ExecStart` is read. What variables bring (`$DOCKER_OPTS`) is not known.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use super::keys::key_of_flag;
use crate::ingest::kubernetes::ObjectMeta;
use crate::ingest::{Body, DocumentInfo, FileContents, Outcome, Resource};
use crate::source::{FileId, Span, Spanned};
use crate::syntax::decode::Field;
use crate::syntax::{Text, hash_comments, template};

pub(in crate::ingest) const KIND: &str = "Docker unit";

/// What a unit, or a file that adds to it, says about the daemon's command line.
#[derive(Clone, Debug, Default)]
pub struct DockerUnit {
    /// An empty `ExecStart` takes back what files before it say.
    pub takes_back: bool,
    /// What is set here, in its order.
    pub options: Vec<UnitOption>,
}

/// A flag of dockerd that has a key in `daemon.json`.
#[derive(Clone, Debug)]
pub struct UnitOption {
    /// The key in the file.
    pub key: &'static str,
    /// As written, dashes and all, without the value.
    pub flag: Spanned<String>,
    /// Absent for a flag that stands alone.
    pub value: Field<String>,
}

/// Whether a file is the unit of Docker's daemon, or one that is dropped in beside it.
pub fn is_unit(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let drop_in = folder == "docker.service.d" || folder.ends_with("/docker.service.d");
    name == "docker.service" || (drop_in && name.ends_with(".conf"))
}

pub(in crate::ingest) fn read_file(file: FileId, text: &str) -> FileContents {
    let span = Span::new(file, 0..text.len());
    let mut contents = FileContents::default();
    let mut info =
        DocumentInfo { index: 0, span, kind: None, outcome: Outcome::Skipped("not-recognized") };
    let whole = Text::whole(file, text);
    if let Some(resource) = resource(0, &whole) {
        (info.kind, info.outcome) = (Some(KIND.to_owned()), Outcome::Read);
        contents.resources.push(resource);
        if text.contains("netvet:") {
            contents.comments = hash_comments(&whole, 0..text.len());
        }
    }
    contents.documents.push(info);
    contents
}

/// A unit that starts dockerd; `None` for one that sets other things.
pub(in crate::ingest) fn resource(document: usize, text: &Text<'_>) -> Option<Resource> {
    if template::is_engine_template(&text.value) {
        return None;
    }
    let unit = read(text);
    if !unit.takes_back && unit.options.is_empty() {
        return None;
    }
    let span = text.span(0..text.value.len());
    let start = Span { end: span.start, ..span };
    let mut hasher = FxHasher::default();
    text.value.hash(&mut hasher);
    Some(Resource {
        file: span.file,
        document,
        span,
        api_version: Spanned::new(String::new(), start),
        kind: Spanned::new(KIND.to_owned(), start),
        metadata: ObjectMeta::default(),
        content: hasher.finish(),
        body: Body::DockerUnit(Box::new(unit)),
    })
}

fn read(text: &Text<'_>) -> DockerUnit {
    let mut unit = DockerUnit::default();
    let mut in_service = false;
    let mut command: Option<Vec<Spanned<String>>> = None;
    let mut start = 0;
    for line in text.value.split_inclusive('\n') {
        let from = start;
        start += line.len();
        let content = line.trim();
        if content.starts_with(['#', ';']) {
            continue;
        }
        let words = match &mut command {
            // The line before goes on here.
            Some(_) => words(text, from..start),
            None if content.starts_with('[') => {
                in_service = content == "[Service]";
                continue;
            }
            None => {
                let Some((key, _)) = line.split_once('=') else { continue };
                if !in_service || key.trim() != "ExecStart" {
                    continue;
                }
                words(text, from + key.len() + 1..start)
            }
        };
        let all = command.get_or_insert_default();
        all.extend(words);
        if content.ends_with('\\') {
            continue;
        }
        unit.command(&std::mem::take(all));
        command = None;
    }
    unit.command(&command.unwrap_or_default());
    unit
}

impl DockerUnit {
    fn command(&mut self, words: &[Spanned<String>]) {
        let Some((program, arguments)) = words.split_first() else { return };
        if program.value.is_empty() {
            self.takes_back = true;
            self.options.clear();
            return;
        }
        // `-`, `@` and the like before the path change how the exit code and the name are taken.
        let path = program.trim_start_matches(['-', '@', ':', '+', '!']);
        if path.rsplit('/').next() != Some("dockerd") {
            return;
        }
        let mut at = 0;
        while let Some(word) = arguments.get(at) {
            at += 1;
            let (name, inline) = match word.split_once('=') {
                Some((name, value)) => (name, Some(name.len() + 1..name.len() + 1 + value.len())),
                None => (word.as_str(), None),
            };
            let Some(bare) = name.strip_prefix("--").or_else(|| name.strip_prefix('-')) else {
                continue;
            };
            let Some(key) = key_of_flag(bare) else { continue };
            let flag = Spanned::new(name.to_owned(), word.span.slice(0..name.len()));
            let next = || arguments.get(at).filter(|next| !next.starts_with('-'));
            let value = match (inline, next()) {
                (Some(range), _) => {
                    let value = word.value[range.clone()].to_owned();
                    known(Spanned::new(value, word.span.slice(range)))
                }
                (None, Some(next)) => known(next.clone()),
                (None, None) => Field::Absent,
            };
            self.options.push(UnitOption { key, flag, value });
        }
    }
}

fn known(value: Spanned<String>) -> Field<String> {
    let is_variable = value.contains(['$', '%']);
    if is_variable { Field::Unknown(value.span) } else { Field::Known(value) }
}

/// The words of a part of a line, without the quotes around them. An empty assignment is one
/// empty word.
fn words(text: &Text<'_>, range: std::ops::Range<usize>) -> Vec<Spanned<String>> {
    let part = &text.value[range.clone()];
    let part = part.trim_end().trim_end_matches('\\');
    let mut found = Vec::new();
    let mut rest = 0;
    while let Some(start) = part[rest..].find(|c: char| !c.is_whitespace()).map(|at| rest + at) {
        let end = part[start..].find(char::is_whitespace).map_or(part.len(), |at| start + at);
        let word = &part[start..end];
        let quoted = word.len() >= 2
            && ['"', '\''].iter().any(|quote| word.starts_with(*quote) && word.ends_with(*quote));
        let inner = if quoted { start + 1..end - 1 } else { start..end };
        let span = text.span(range.start + inner.start..range.start + inner.end);
        found.push(Spanned::new(part[inner].to_owned(), span));
        rest = end;
    }
    if found.is_empty() {
        found.push(Spanned::new(String::new(), text.span(range.start..range.start)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `key flag=value`, with every place held against the text.
    fn options(text: &str) -> Vec<String> {
        let unit = read(&Text::whole(FileId::new(0), text));
        let shown = unit.options.iter().map(|option| {
            assert_eq!(&text[option.flag.span.range()], option.flag.value);
            let value = match &option.value {
                Field::Absent => "-",
                Field::Unknown(_) => "?",
                Field::Known(value) => {
                    assert_eq!(&text[value.span.range()], value.value);
                    value.value.as_str()
                }
            };
            format!("{} {} {value}", option.key, option.flag.value)
        });
        shown.collect()
    }

    #[test]
    fn a_command_line_is_read_over_several_lines() {
        let text = "[Unit]\nAfter=x\n[Service]\n# ExecStart=/usr/bin/dockerd --mtu 1\nExecStart=-/usr/bin/dockerd -H fd:// \\\n  --containerd=/run/c.sock --iptables=false \\\n  \"--bip=10.0.0.1/24\" $OPTS --mtu $MTU --debug\nExecReload=/bin/kill\n";
        assert_eq!(
            options(text),
            [
                "hosts -H fd://",
                "containerd --containerd /run/c.sock",
                "iptables --iptables false",
                "bip --bip 10.0.0.1/24",
                "mtu --mtu ?",
                "debug --debug -",
            ]
        );
    }

    #[test]
    fn an_empty_command_takes_back_what_was_said() {
        let text = "[Service]\nExecStart=/usr/bin/dockerd --mtu 1400\nExecStart=\nExecStart=/usr/bin/dockerd\n";
        assert_eq!(options(text), [""; 0]);
        assert!(read(&Text::whole(FileId::new(0), text)).takes_back);
    }

    #[test]
    fn other_programs_and_sections_are_left_alone() {
        for text in [
            "[Service]\nExecStart=/usr/bin/kubelet --mtu 1\n",
            "[Unit]\nExecStart=/usr/bin/dockerd --mtu 1\n",
            "ExecStart=/usr/bin/dockerd --mtu 1\n",
            "[Service]\nExecStart=/usr/bin/dockerd --unknown 1",
            "[Service]\nExecStart=\\",
        ] {
            assert_eq!(options(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn units_are_told_by_their_path() {
        for (path, expected) in [
            ("etc/systemd/system/docker.service.d/override.conf", true),
            ("docker.service.d/10-hosts.conf", true),
            ("docker.service", true),
            ("kubelet.service.d/10-kubeadm.conf", false),
            ("docker.conf", false),
        ] {
            assert_eq!(is_unit(path), expected, "{path}");
        }
    }
}
