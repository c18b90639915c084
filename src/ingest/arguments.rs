//! Files that hold the flags of one component, a flag on each line, as MicroK8s has them:
//! `/var/snap/microk8s/current/args/kube-apiserver`.
//!
//! <https://microk8s.io/docs/configuring-services>

use super::flags::{self, Flags};
use crate::source::{FileId, Span, Spanned};
use crate::syntax::decode::Field;

/// The programs whose files tell something about the network.
const PROGRAMS: [&str; 5] =
    ["kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "kubelet"];

/// The flags of one program of a machine.
#[derive(Debug)]
pub struct Arguments {
    pub program: String,
    pub flags: Flags,
}

/// The program that a file is for, by its path: it lies in a folder `args`.
pub fn program(path: &str) -> Option<&'static str> {
    let mut segments = path.rsplit('/');
    let name = segments.next()?;
    let folder = segments.next()?;
    PROGRAMS.into_iter().find(|program| folder == "args" && *program == name)
}

/// Whether a file is named like one of the programs; elsewhere it is a script, or the program.
pub fn is_named_like_program(path: &str) -> bool {
    PROGRAMS.contains(&path.rsplit('/').next().unwrap_or(path))
}

/// Reads the lines of such a file. Blank lines and those that start with `#` say nothing.
pub fn read(file: FileId, program: &str, text: &str) -> Arguments {
    let mut words = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let from = start + (line.len() - line.trim_start().len());
        start += line.len();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let span = Span::new(file, from..from + trimmed.len());
        words.push(Field::Known(Spanned::new(trimmed.to_owned(), span)));
    }
    Arguments { program: program.to_owned(), flags: flags::of_command(&words) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_stands_on_each_line() {
        let text = "# who talks to whom\n--cluster-cidr=10.1.0.0/16\n\n  --v 2\n--profiling\n";
        let arguments = read(FileId::new(0), "kube-proxy", text);
        let flags: Vec<(&str, Option<&str>)> = arguments
            .flags
            .items
            .iter()
            .map(|flag| (flag.name.value.as_str(), flag.value.value().map(String::as_str)))
            .collect();
        let expected =
            [("cluster-cidr", Some("10.1.0.0/16")), ("v", Some("2")), ("profiling", None)];
        assert_eq!(flags, expected);
        let range = arguments.flags.value("cluster-cidr").expect("a value").span.range();
        assert_eq!(&text[range], "10.1.0.0/16");
    }

    #[test]
    fn only_files_of_a_folder_of_arguments_count() {
        assert_eq!(program("var/snap/microk8s/current/args/kubelet"), Some("kubelet"));
        assert_eq!(program("cmd/kubelet"), None);
        assert_eq!(program("args/containerd"), None);
    }
}
