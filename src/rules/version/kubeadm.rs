//! What the rules on kubeadm's configuration have in common: which versions it is written in, and
//! which kubeadm is to read it.

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
    let mut found: Vec<Documents<'n, 'a>> = Vec::new();
    for object in &network.objects {
        let Some(("kubeadm.k8s.io", api)) = object.resource.api_version.split_once('/') else {
            continue;
        };
        let Some(api) = tables().kubeadm_api(api) else { continue };
        let file = object.resource.file;
        let alike = |other: &&mut Documents<'_, '_>| {
            other.api.api == api.api && other.first.resource.file == file
        };
        if let Some(documents) = found.iter_mut().find(alike) {
            documents.others.push(*object);
            continue;
        }
        let versions = &network.versions;
        let in_file = versions.kubeadm.iter().find(|other| other.span.file == file);
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
            Some(Origin::Image(_) | Origin::Node(_)) | None => Severity::Warning,
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
