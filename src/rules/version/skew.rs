//! What the rules on version skew have in common: a component against the API servers.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Versions;
use crate::model::tables::{Skew, tables};
use crate::model::versions::KubernetesComponent;

/// A component that is too new or too old for the API servers; `None` if it fits, or if their
/// versions are not known. Of several API servers the oldest decides how new it may be, and the
/// newest how old (<https://kubernetes.io/releases/version-skew-policy/>).
pub fn against_api_servers(
    severity: Severity,
    component: &KubernetesComponent<'_>,
    versions: &Versions<'_>,
) -> Option<Diagnostic> {
    let (oldest, newest) = (versions.oldest_api_server()?, versions.newest_api_server()?);
    let skew = tables().skew(component.component.name(), "kube-apiserver")?;
    let (other, message) = too_far(component, oldest, skew)
        .map(|message| (oldest, message))
        .or_else(|| too_far(component, newest, skew).map(|message| (newest, message)))?;
    let lowest = skew.oldest(newest.version);
    let highest = oldest.version.without_patch();
    let range = match lowest.minor.cmp(&highest.minor) {
        std::cmp::Ordering::Less => format!("it may be {lowest} to {highest}"),
        _ => format!("it may be {highest}"),
    };
    let remedy = match component.version.minor > highest.minor {
        true => "upgrade the API servers first",
        false => "upgrade it",
    };
    Some(
        Diagnostic::new(severity, component.label(""), message)
            .related(other.label(other.title()))
            .help(format!("beside this API server {range}: {remedy}")),
    )
}

/// Says that two components are too far apart.
pub fn too_far(
    component: &KubernetesComponent<'_>,
    other: &KubernetesComponent<'_>,
    skew: &Skew,
) -> Option<String> {
    let ahead = component.version.minor_distance(other.version)?;
    let (this, that) = (component.title(), other.title());
    let (newer, older) = (i64::from(skew.newer), i64::from(skew.older(component.version)));
    let apart = |distance: i64, word: &str, limit: i64| {
        format!("{this} is {distance} minor versions {word} than the {that}; the limit is {limit}")
    };
    if ahead > newer && newer == 0 {
        Some(format!("{this} is newer than the {that}"))
    } else if ahead > newer {
        Some(apart(ahead, "newer", newer))
    } else if -ahead > older {
        Some(apart(-ahead, "older", older))
    } else {
        None
    }
}
