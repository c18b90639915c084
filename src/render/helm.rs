//! `helm template`, for each chart with its own values.
//!
//! Dependencies are rendered where they lie in the chart's `charts` directory, and are never
//! fetched there. The values of releases are not looked for.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{Inputs, Missing, Program, Rendered, Renderings, command, run, text_of};
use crate::process::Trouble;
use crate::source::FileId;
use crate::syntax::{self, Text};

const MISSING: Missing = Missing {
    message: "`--render helm` needs `helm`, which is not on PATH",
    help: "install Helm (https://helm.sh/docs/intro/install/), or leave charts unrendered",
};

pub fn render(inputs: &Inputs<'_>, renderings: &mut Renderings) -> Result<(), Missing> {
    let charts = charts(inputs);
    let results: Vec<_> = charts.par_iter().map(|chart| (chart, template(chart, inputs))).collect();
    for (chart, result) in results {
        let path = format!("{} (rendered)", chart.display);
        match result {
            Ok(Ok(rendered)) => renderings.rendered.push(rendered),
            Ok(Err(said)) => renderings.failed.push((path, format!("helm: {said}"))),
            Err(Trouble::Missing) => return Err(MISSING),
            Err(trouble) => renderings.failed.push((path, format!("helm {trouble}"))),
        }
    }
    Ok(())
}

struct Chart {
    directory: PathBuf,
    /// Of `Chart.yaml`.
    display: String,
    name: String,
}

/// The charts that are rendered for themselves: no libraries, and not the dependencies of others.
fn charts(inputs: &Inputs<'_>) -> Vec<Chart> {
    let files = inputs.named(&["Chart.yaml"]);
    let folders: HashSet<&Path> = files.iter().filter_map(|(file, _)| file.parent()).collect();
    let is_dependency = |directory: &Path| {
        let mut above = directory.ancestors().skip(1);
        above.any(|above| {
            let is_inside = |rest: &Path| rest.starts_with("charts");
            folders.contains(above) && directory.strip_prefix(above).is_ok_and(is_inside)
        })
    };
    let mut charts = Vec::new();
    for (file, display) in &files {
        let Some(directory) = file.parent().filter(|found| !is_dependency(found)) else { continue };
        let Some(text) = text_of(file) else { continue };
        let parsed = syntax::parse(Text::whole(FileId::new(0), &text), false);
        let root = parsed.tree.documents().first().map(|document| parsed.tree.root(document));
        let word = |key| root.and_then(|root| root.get(key)).and_then(|value| value.str());
        if word("type") == Some("library") || word("name").is_none() {
            continue;
        }
        let name = word("name").filter(|name| is_release_name(name)).unwrap_or("release");
        charts.push(Chart {
            directory: directory.to_owned(),
            display: (*display).to_owned(),
            name: name.to_owned(),
        });
    }
    charts
}

/// What cannot be taken for an option (<https://helm.sh/docs/helm/helm_template/>).
fn is_release_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name.len() <= 53 && !name.starts_with('-') && name.bytes().all(plain)
}

fn template(chart: &Chart, inputs: &Inputs<'_>) -> Result<Result<Rendered, String>, Trouble> {
    let mut helm = command("helm");
    helm.args(["template", "--skip-tests", &chart.name, "."]).current_dir(&chart.directory);
    Ok(run(&mut helm)?.map(|text| {
        let part = |rest: &Path| {
            rest.parent() == Some(Path::new(""))
                && rest.extension().is_some_and(|end| end == "yaml" || end == "yml")
                || rest.starts_with("templates")
                || rest.starts_with("charts")
        };
        let is_part = |path: &Path| path.strip_prefix(&chart.directory).is_ok_and(part);
        let parts = inputs.displays.iter().filter(|(path, _)| is_part(path));
        let mut replaces: Vec<String> = parts.map(|(_, display)| (*display).to_owned()).collect();
        replaces.sort();
        Rendered {
            path: format!("{} (rendered)", chart.display),
            origins: origins(&text, &chart.directory, inputs),
            text,
            program: Program::Helm,
            replaces,
        }
    }))
}

/// Helm writes `# Source: web/templates/service.yaml` above what it renders of a file; the first
/// part is the name of the chart.
fn origins(text: &str, directory: &Path, inputs: &Inputs<'_>) -> Vec<(usize, Vec<String>)> {
    let mut origins = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if let Some(source) = line.strip_prefix("# Source: ") {
            let file = source.trim().split_once('/').map(|(_, rest)| directory.join(rest));
            let display = file.and_then(|file| inputs.display(&file));
            origins.push((at, display.into_iter().collect()));
        }
        at += line.len();
    }
    origins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_name_is_no_option() {
        assert!(is_release_name("web-2"));
        for name in ["", "--post-renderer=x", "-x", "Web", "a b", "{{x}}"] {
            assert!(!is_release_name(name), "{name}");
        }
    }
}
