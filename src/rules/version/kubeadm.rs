//! What the rules on kubeadm's configuration have in common: which versions it is written in, and
//! which kubeadm is to read it.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::tables::{KubeadmApi, tables};
use crate::model::versions::{KubernetesComponent, Origin};
use crate::model::{Network, Object};

/// The documents of one file that are written in one version.
pub struct Documents<'n, 'a> {
    pub api: &'static KubeadmApi,
    first: Object<'a>,
    others: Vec<Object<'a>>,
    /// What kubeadm sets up with them: what the file says, or else the cluster's API server.
    pub cluster: Option<&'n KubernetesComponent<'a>>,
}

pub fn documents<'n, 'a>(network: &'n Network<'a>) -> Vec<Documents<'n, 'a>> {
    let versions = &network.versions;
    let mut by_file = HashMap::new();
    for configured in &versions.kubeadm {
        by_file.entry(configured.span.file).or_insert(configured);
    }
    let mut found: Vec<Documents<'n, 'a>> = Vec::new();
    let mut places = HashMap::new();
    for object in &network.objects {
        let version = object.resource.api_version.split_once('/');
        let Some(("kubeadm.k8s.io", api)) = version else { continue };
        let Some(api) = tables().kubeadm_api(api) else { continue };
        let file = object.resource.file;
        let place = *places.entry((file, &api.api)).or_insert(found.len());
        if let Some(documents) = found.get_mut(place) {
            documents.others.push(*object);
            continue;
        }
        let in_file = by_file.get(&file).copied();
        let cluster = in_file.or_else(|| versions.known_api_servers().first());
        found.push(Documents { api, first: *object, others: Vec::new(), cluster });
    }
    found
}

impl Documents<'_, '_> {
    /// `kubeadm.k8s.io/v1beta3`.
    pub fn api_version(&self) -> &str {
        &self.first.resource.api_version
    }

    /// The weight of what kubeadm will not do: a cluster that runs already may have been set up
    /// with another kubeadm, long ago.
    pub fn severity(&self) -> Severity {
        match self.cluster.map(|cluster| cluster.origin) {
            Some(Origin::Kubeadm(_) | Origin::Settings) => Severity::Error,
            Some(Origin::Image(_) | Origin::Installer(_) | Origin::Node(_)) | None => {
                Severity::Warning
            }
        }
    }

    pub fn finding(&self, severity: Severity, message: String) -> Diagnostic {
        let others = self.others.iter().map(|object| object.resource.api_version.label("and here"));
        let cluster = self.cluster.map(|cluster| {
            cluster.label(format!("Kubernetes {}", cluster.version.without_patch()))
        });
        let primary = self.first.resource.api_version.label("");
        Diagnostic::new(severity, primary, message).related_all(others).related_all(cluster)
    }
}
