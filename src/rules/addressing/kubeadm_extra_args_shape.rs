//! `kubeadm-extra-args-shape`: see the page.

use crate::diagnostic::{Diagnostic, Edit, Fix, Place, Safety};
use crate::model::Network;
use crate::model::components::{ComponentFlags, Shape};
use crate::rules::{Check, Findings, Rule};

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
            findings.add(wrong_shape(shape.value, version, shape.label("")));
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
            Diagnostic::warning(flag.name.label(""), message).help(format!("write `{plain}`")).fix(
                Fix {
                    title: format!("write `{plain}`"),
                    safety: Safety::Safe,
                    edits: vec![Edit { span: flag.name.part(0..dashes), text: String::new() }],
                },
            ),
        );
    }
}
