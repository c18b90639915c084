//! Services that the API server calls: webhooks of admission, the conversion of custom resources,
//! and aggregated APIs.
//!
//! - <https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/>
//! - <https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/api-service-v1/>

use serde::Deserialize;

use crate::ingest::List;
use crate::source::Spanned;
use crate::syntax::Node;
use crate::syntax::decode::{Field, decode};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ServiceReference {
    pub namespace: Field<String>,
    pub name: Field<String>,
    /// Absent: 443.
    pub port: Field<i64>,
}

/// A Service that the API server calls.
#[derive(Clone, Debug)]
pub struct ApiCall {
    pub service: Spanned<ServiceReference>,
    /// Whether requests go on when it does not answer.
    pub may_fail: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Webhooks {
    webhooks: List<Webhook>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Webhook {
    client_config: Field<ClientConfig>,
    /// Absent: Fail, since `v1`.
    failure_policy: Field<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct ClientConfig {
    service: Field<ServiceReference>,
}

/// The Services that an object of a group and kind makes the API server call; `None` for other
/// kinds.
pub(super) fn read(group: &str, kind: &str, node: Node<'_>) -> Option<Vec<ApiCall>> {
    match (group, kind) {
        (
            "admissionregistration.k8s.io",
            "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration",
        ) => {
            let webhooks = decode::<Webhooks>(node).0.unwrap_or_default().webhooks;
            let calls = webhooks.items().iter().filter_map(Field::value).filter_map(|webhook| {
                let may_fail = webhook.failure_policy.value().is_none_or(|it| it != "Fail")
                    && !webhook.failure_policy.is_absent();
                let service = webhook.client_config.value()?.service.known()?.clone();
                Some(ApiCall { service, may_fail })
            });
            Some(calls.collect())
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            let conversion = node.at(&["spec", "conversion"])?;
            let is_webhook = conversion.get("strategy").and_then(Node::str) == Some("Webhook");
            let config = conversion
                .at(&["webhook", "clientConfig"])
                .or_else(|| conversion.get("webhookClientConfig"));
            is_webhook.then(|| service(config)).flatten()
        }
        ("apiregistration.k8s.io", "APIService") => service(node.get("spec")),
        _ => None,
    }
}

fn service(owner: Option<Node<'_>>) -> Option<Vec<ApiCall>> {
    let config: ClientConfig = decode(owner?).0?;
    Some(vec![ApiCall { service: config.service.known()?.clone(), may_fail: false }])
}
