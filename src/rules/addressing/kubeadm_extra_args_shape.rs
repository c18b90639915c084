//! `kubeadm-extra-args-shape`: see the page.

use std::collections::BTreeSet;

use crate::diagnostic::{Change, Diagnostic, Mend, Place, Value};
use crate::model::Network;
use crate::model::components::{ComponentFlags, ExtraArgs, Shape};
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/kubeadm-extra-args-shape.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for component in &network.components {
        let Some(args) = component.extra_args else { continue };
        let version = component.object.resource.api_version.as_str();
        if let (Some(expected), Some(shape)) = (expected(version), &args.shape)
            && shape.value != expected
        {
            let mend = converted(args, expected, shape.span);
            let diagnostic = wrong_shape(shape.value, version, shape.label(""));
            findings.add(diagnostic.mend_all(mend));
        }
        dashes(component, findings);
    }
}

/// The shape that a version of the format takes.
fn expected(version: &str) -> Option<Shape> {
    Some(match version.strip_prefix("kubeadm.k8s.io/")? {
        "v1beta1" | "v1beta2" | "v1beta3" => Shape::Map,
        "v1beta4" | "v1" => Shape::List,
        _ => return None,
    })
}

fn wrong_shape(shape: Shape, version: &str, label: crate::diagnostic::Label) -> Diagnostic {
    let (message, help) = match shape {
        Shape::Map => (
            format!("a map of arguments, where `{version}` takes a list"),
            "write each as `- {name: …, value: …}`; `kubeadm config migrate` does so",
        ),
        Shape::List => (
            format!("a list of arguments, where `{version}` takes a map"),
            "write each as `name: value`",
        ),
    };
    Diagnostic::error(label, message).help(help)
}

/// The same arguments in the other shape, when all of them are known and a map can hold them.
fn converted(args: &ExtraArgs, expected: Shape, place: Span) -> Option<Mend> {
    let flags = &args.flags.items;
    let names: BTreeSet<&str> = flags.iter().map(|flag| flag.name.value.as_str()).collect();
    if args.flags.has_unknown || names.len() != flags.len() {
        return None;
    }
    let pairs = flags.iter().map(|flag| Some((flag.name.as_str(), flag.value.value()?.as_str())));
    let pairs = pairs.collect::<Option<Vec<(&str, &str)>>>()?;
    let (title, value) = match expected {
        Shape::List => {
            let item = |(name, value): (&str, &str)| {
                Value::map([("name", name.into()), ("value", value.into())])
            };
            ("write a list", Value::List(pairs.into_iter().map(item).collect()))
        }
        Shape::Map => {
            let entry = |(name, value): (&str, &str)| (name.to_owned(), value.into());
            ("write a map", Value::Map(pairs.into_iter().map(entry).collect()))
        }
    };
    Some(Mend::safe(title, Change::Replace { place, value }))
}

/// Names with dashes become flags with four of them.
fn dashes(component: &ComponentFlags<'_>, findings: &mut Findings<'_>) {
    for flag in &component.flags.items {
        let plain = flag.name.trim_start_matches('-');
        let dashes = flag.name.len() - plain.len();
        if dashes == 0 || plain.is_empty() {
            continue;
        }
        let message = format!("`{}` has dashes, and kubeadm puts `--` before it", *flag.name);
        findings.add(
            Diagnostic::warning(flag.name.label(""), message)
                .help(format!("write `{plain}`"))
                .mend(Mend::safe(
                    format!("write `{plain}`"),
                    Change::write(flag.name.span, &*flag.name.value, plain),
                )),
        );
    }
}
