//! What `netvet check` prints, and the reports that it writes beside that.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ValueEnum;

use super::args::{CheckArgs, Format};
use super::{Failure, Terminal, new_file};
use crate::report::{
    Report, concise, github, gitlab, human, json, junit, markdown, rdjson, sarif, statistics,
};

/// A report beside standard output: `sarif=netvet.sarif`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFile {
    pub format: Format,
    pub path: PathBuf,
}

impl FromStr for ReportFile {
    type Err = String;

    fn from_str(text: &str) -> Result<ReportFile, String> {
        let formats = || {
            let formats = Format::value_variants().iter().filter_map(Format::to_possible_value);
            let names: Vec<String> = formats.map(|format| format.get_name().to_owned()).collect();
            names.join(", ")
        };
        let Some((format, path)) = text.split_once('=') else {
            return Err(format!("write it as FORMAT=FILE; the formats are {}", formats()));
        };
        let Ok(format) = Format::from_str(format, false) else {
            return Err(format!("there is no format `{format}`; the formats are {}", formats()));
        };
        match path {
            "" => Err("the file has no name".to_owned()),
            "-" => Err("standard output is what `--format` is for".to_owned()),
            path => Ok(ReportFile { format, path: path.into() }),
        }
    }
}

impl Format {
    /// Whether it says which object and field a place lies in.
    pub fn has_places(self) -> bool {
        matches!(self, Format::Json | Format::Sarif | Format::Gitlab)
    }
}

/// Refuses two reports in one file.
pub fn check_report_files(files: &[ReportFile]) -> Result<(), Failure> {
    let paths: Vec<&Path> = files.iter().map(|file| file.path.as_path()).collect();
    let twice = paths.iter().enumerate().find(|(index, path)| paths[..*index].contains(path));
    match twice {
        Some((_, path)) => {
            Err(Failure::new(format!("two reports are to be written to `{}`", path.display())))
        }
        None => Ok(()),
    }
}

/// Writes the reports that are asked for beside standard output, each as a whole or not at all.
pub fn write_report_files(report: &Report<'_>, files: &[ReportFile]) -> Result<(), Failure> {
    // As on a terminal of which nothing is known.
    let plain = Terminal { color: false, unicode: true, width: 100, hyperlinks: false };
    for file in files {
        new_file::write(&file.path, |out| write(report, file.format, plain, out)).map_err(
            |error| Failure::new(format!("cannot write `{}`: {error}", file.path.display())),
        )?;
    }
    Ok(())
}

/// Writes a report, or what stands for it, to standard output.
pub type Writer = fn(&Report<'_>, Format, Terminal, &mut dyn Write) -> io::Result<()>;

/// What is printed: the report, or how many findings each rule has.
pub fn writer(args: &CheckArgs) -> Result<Writer, Failure> {
    match (args.statistics, args.format) {
        (false, _) => Ok(write),
        (true, Format::Human | Format::Concise) => {
            Ok(|report, _, _, out| statistics::write(report, out))
        }
        (true, Format::Json) => Ok(|report, _, _, out| statistics::write_json(report, out)),
        (true, _) => Err(Failure::new("`--statistics` has no such format")
            .help("they are printed as `human` or `json`")),
    }
}

/// Writes a report in a format.
pub fn write(
    report: &Report<'_>,
    format: Format,
    terminal: Terminal,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Human => {
            let Terminal { color, unicode, width, hyperlinks } = terminal;
            human::write(report, human::Options { color, unicode, width, hyperlinks }, out)
        }
        Format::Concise => concise::write(report, out),
        Format::Json => json::write(report, out),
        Format::Sarif => sarif::write(report, out),
        Format::Github => github::write(report, out),
        Format::Gitlab => gitlab::write(report, out),
        Format::Junit => junit::write(report, out),
        Format::Markdown => markdown::write(report, out),
        Format::Rdjson => rdjson::write(report, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_a_format_and_a_file() {
        let file = |format, path: &str| Ok(ReportFile { format, path: path.into() });
        let formats = "human, concise, json, sarif, github, gitlab, junit, markdown, rdjson";
        let table = [
            ("junit=out/junit.xml", file(Format::Junit, "out/junit.xml")),
            ("json=a=b.json", file(Format::Json, "a=b.json")),
            ("xml=a", Err(format!("there is no format `xml`; the formats are {formats}"))),
            ("junit", Err(format!("write it as FORMAT=FILE; the formats are {formats}"))),
            ("junit=", Err("the file has no name".to_owned())),
            ("junit=-", Err("standard output is what `--format` is for".to_owned())),
        ];
        for (text, want) in table {
            assert_eq!(text.parse::<ReportFile>(), want, "{text}");
        }
    }
}
