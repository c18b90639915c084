//! `cni-missing-required`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::cni::{CniOrigin, Config, SpecVersion};
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/cni-missing-required.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for config in network.cni.readable().filter(|config| config.is_loaded()) {
        let severity = network.cni.severity_of_failure(config);
        let consequence = network.cni.consequence_of_failure(config);
        let is_nameless_list = config.config.is_list() && config.config.name.is_absent();
        let mut add = |span: Span, message: &str, help: &str, is_refused: bool| {
            let help = match &consequence {
                Some(consequence) if is_refused => format!("{help}; {consequence}"),
                _ => help.to_owned(),
            };
            findings.add(Diagnostic::new(severity, span.label(""), message).help(help));
        };
        let name = &config.config.name;
        let is_nameless = name.value().is_some_and(String::is_empty) || name.is_absent();
        if is_nameless && !config.is_loopback() {
            let span = name.span().unwrap_or(config.span());
            add(
                span,
                "no `name` of the network",
                "name it, for example `\"name\": \"k8s-pod-network\"`",
                // One plugin alone is loaded without a name, and fails with each pod.
                is_nameless_list,
            );
        }
        plugins(config, |span, message, help| add(span, message, help, true));
    }
}

fn plugins(config: &Config<'_>, mut add: impl FnMut(Span, &str, &str)) {
    let Some(list) = config.config.plugins.known() else { return };
    if !config.config.is_list() {
        // A `.conflist` may leave its plugins to files of their own; one plugin alone in it is
        // told by another rule.
        let may_do_without = config.file_name().ends_with(".conflist")
            && config.config.origin == CniOrigin::File
            && (!config.config.kind.is_absent() || loads_plugins_from_files(config));
        if config.config.kind.is_absent() && !may_do_without {
            add(
                config.span(),
                "neither `plugins` nor a `type`, so there is no plugin to run",
                "list the plugins in `plugins`, each with the `type` that names its program",
            );
        }
        return;
    }
    if list.is_empty() {
        add(
            list.span,
            "no plugin in `plugins`",
            "list at least the plugin that makes the pod's interface",
        );
    }
    for (index, plugin) in list.iter().enumerate() {
        let Some(plugin) = plugin.known() else { continue };
        let is_nameless = plugin.kind.value().is_some_and(String::is_empty);
        if plugin.kind.is_absent() || is_nameless {
            let span = plugin.kind.span().unwrap_or(plugin.span.slice(0..1));
            let message = format!("plugin {} has no `type`", index + 1);
            add(span, &message, "write the name of the plugin's program as its `type`");
        }
    }
}

/// Since version 1.1.0, plugins may stand in the files of a directory with the network's name.
fn loads_plugins_from_files(config: &Config<'_>) -> bool {
    let newest = SpecVersion::ALL.last().and_then(|version| SpecVersion::parse(version));
    let only_inlined = config.config.load_only_inlined_plugins.value() == Some(&true);
    !only_inlined && config.spec_version().is_none_or(|version| Some(version) == newest)
}
