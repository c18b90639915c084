//! Flags of the components of a cluster, from a container's command or kubeadm's `extraArgs`.
//!
//! Which flags a component has is not known here, nor what they mean.

use crate::source::Spanned;
use crate::syntax::Node;
use crate::syntax::decode::{Field, decode};
use crate::syntax::template;

/// `--cluster-cidr=10.244.0.0/16`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Without the dashes of a command line; in `extraArgs` as written.
    pub name: Spanned<String>,
    /// The place is that of the value alone. Absent for a flag that stands alone.
    pub value: Field<String>,
}

/// The flags of one command, in their order.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    pub items: Vec<Flag>,
    /// Some of the words are filled in later, so any flag may be among them.
    pub has_unknown: bool,
}

impl Flags {
    /// The flag of a name; of several the last, which is the one that counts for a single value.
    pub fn get(&self, name: &str) -> Option<&Flag> {
        self.items.iter().rev().find(|flag| is_named(&flag.name, name))
    }

    /// The value of a flag, as far as it is known and not empty: `--cluster-cidr=` is unset.
    pub fn value(&self, name: &str) -> Option<&Spanned<String>> {
        self.get(name)?.value.known().filter(|value| !value.trim().is_empty())
    }
}

/// Components take `_` for `-` in names:
/// `k8s.io/component-base/cli/flag.WordSepNormalizeFunc`.
fn is_named(written: &str, name: &str) -> bool {
    let normal = |byte| if byte == b'_' { b'-' } else { byte };
    written.len() == name.len() && written.bytes().map(normal).eq(name.bytes())
}

/// Reads the words of a command: `--name=value`, `--name value`, `--name`. A word that holds
/// several is a line for a shell and is taken apart at white space.
pub fn of_command<'w>(words: impl IntoIterator<Item = &'w Field<String>>) -> Flags {
    let mut flags = Flags::default();
    let mut pending: Option<Spanned<String>> = None;
    for word in words {
        let Some(word) = word.known() else {
            flags.has_unknown |= word.is_unknown();
            if let (Some(name), Some(span)) = (pending.take(), word.span()) {
                flags.items.push(Flag { name, value: Field::Unknown(span) });
            }
            continue;
        };
        let shell = word.contains(char::is_whitespace) && word.contains("--");
        let words = if shell { shell_words(word) } else { vec![word.clone()] };
        for word in words {
            flags.word(&word, &mut pending);
        }
    }
    flags.items.extend(pending.map(|name| Flag { name, value: Field::Absent }));
    flags
}

impl Flags {
    /// `pending` is a flag that has no value yet.
    fn word(&mut self, word: &Spanned<String>, pending: &mut Option<Spanned<String>>) {
        let Some(flag) = word.strip_prefix("--").filter(|flag| !flag.is_empty()) else {
            if let Some(name) = pending.take() {
                let value = if word.starts_with('-') { Field::Absent } else { known(word.clone()) };
                self.items.push(Flag { name, value });
            }
            return;
        };
        self.items.extend(pending.take().map(|name| Flag { name, value: Field::Absent }));
        let part = |range: std::ops::Range<usize>| {
            Spanned::new(word.value[range.clone()].to_owned(), word.part(range))
        };
        match flag.find('=') {
            Some(at) => {
                let (name, value) = (part(2..2 + at), part(2 + at + 1..word.len()));
                self.items.push(Flag { name, value: known(unquoted(value)) });
            }
            None => *pending = Some(part(2..word.len())),
        }
    }
}

/// A value from the middle of a word may be a placeholder without the word being one.
fn known(value: Spanned<String>) -> Field<String> {
    let templated = value.contains('$') || template::is_placeholder(&value);
    if templated { Field::Unknown(value.span) } else { Field::Known(value) }
}

fn unquoted(value: Spanned<String>) -> Spanned<String> {
    let quoted = ['"', '\'']
        .into_iter()
        .any(|quote| value.len() >= 2 && value.starts_with(quote) && value.ends_with(quote));
    if !quoted {
        return value;
    }
    let inner = 1..value.len() - 1;
    Spanned::new(value.value[inner.clone()].to_owned(), value.part(inner))
}

/// The words of a shell's line. White space inside quotes is rare in flags of networks, and a
/// word that is cut there matches nothing.
fn shell_words(line: &Spanned<String>) -> Vec<Spanned<String>> {
    let separators: &[char] = &[' ', '\t', '\r', '\n', ';'];
    line.split(separators).into_iter().map(unquoted).filter(|word| **word != "\\").collect()
}

/// How `extraArgs` is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `{name: value}`: kubeadm's v1beta3 and before.
    Map,
    /// `[{name: …, value: …}]`: v1beta4 and after.
    List,
}

/// kubeadm's `extraArgs` and `kubeletExtraArgs`.
#[derive(Clone, Debug, Default)]
pub struct ExtraArgs {
    /// `None` when it is absent, empty or neither.
    pub shape: Option<Spanned<Shape>>,
    pub flags: Flags,
}

impl ExtraArgs {
    pub fn value(&self, name: &str) -> Option<&Spanned<String>> {
        self.flags.value(name)
    }
}

/// Reads `extraArgs` in whichever shape it has.
pub fn of_extra_args(node: Option<Node<'_>>) -> ExtraArgs {
    let Some(node) = node else { return ExtraArgs::default() };
    let text = |node: Node<'_>| decode::<Field<String>>(node).0.unwrap_or_default();
    let mut args = ExtraArgs::default();
    args.flags.has_unknown = node.is_templated();
    for (name, value) in node.entries() {
        let Some(name) = text(name).known().cloned() else { continue };
        args.flags.items.push(Flag { name, value: text(value) });
    }
    for item in node.items() {
        let Some(name) = item.get("name").and_then(|name| text(name).known().cloned()) else {
            args.flags.has_unknown = true;
            continue;
        };
        let value = item.get("value").map(text).unwrap_or_default();
        args.flags.items.push(Flag { name, value });
    }
    let shape = if node.is_map() { Shape::Map } else { Shape::List };
    if !args.flags.items.is_empty() {
        args.shape = Some(Spanned::new(shape, node.span()));
    }
    args
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Sources};
    use crate::syntax::{Text, parse};

    /// `name=value` for each flag, the value as it stands in the file.
    fn flags(text: &str) -> Vec<String> {
        let mut sources = Sources::default();
        sources.add("a.yaml", text.to_owned());
        let parsed = parse(Text::whole(FileId::new(0), text), false);
        let root = parsed.tree.root(&parsed.tree.documents()[0]);
        let words = decode::<Vec<Field<String>>>(root).0.expect("a list");
        let shown = |flag: &Flag| {
            let value = match &flag.value {
                Field::Known(value) => {
                    assert_eq!(sources.text(value.span), value.value);
                    value.value.clone()
                }
                Field::Absent => "(none)".to_owned(),
                Field::Unknown(_) => "(unknown)".to_owned(),
            };
            format!("{}={value}", flag.name.value)
        };
        of_command(&words).items.iter().map(shown).collect()
    }

    #[test]
    fn flags_are_read_in_every_notation() {
        let table: [(&str, &[&str]); 6] = [
            ("[kube-proxy, --cluster-cidr=10.0.0.0/8]", &["cluster-cidr=10.0.0.0/8"]),
            ("[--cluster-cidr, 10.0.0.0/8, --v=2]", &["cluster-cidr=10.0.0.0/8", "v=2"]),
            ("[--a, --b, -c, d]", &["a=(none)", "b=(none)"]),
            ("['--a=\"x\"', '--b=$(IP)', --c=]", &["a=x", "c="]),
            (
                "[sh, -c, 'kcm --cluster-cidr=10.0.0.0/8 --a b --c=$D 1>>/log; true']",
                &["cluster-cidr=10.0.0.0/8", "a=b", "c=(unknown)"],
            ),
            ("[--a, '$(B)']", &["a=(unknown)"]),
        ];
        for (text, expected) in table {
            assert_eq!(flags(text), expected, "{text}");
        }
    }

    #[test]
    fn the_last_of_several_counts_and_underscores_are_dashes() {
        let text = "[--cluster_cidr=10.0.0.0/8, --cluster-cidr=10.1.0.0/16]";
        let parsed = parse(Text::whole(FileId::new(0), text), false);
        let root = parsed.tree.root(&parsed.tree.documents()[0]);
        let words = decode::<Vec<Field<String>>>(root).0.expect("a list");
        let flags = of_command(&words);
        assert_eq!(flags.value("cluster-cidr").map(|v| v.value.as_str()), Some("10.1.0.0/16"));
        assert!(is_named("cluster_cidr", "cluster-cidr"));
    }
}
