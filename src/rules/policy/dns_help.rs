//! How to let pods reach DNS, in the words of the policy that keeps them back.

use crate::diagnostic::{Beside, Change, Mend, Value};
use crate::model::cluster_dns::{DnsServer, Reach};
use crate::model::labels::Labels;
use crate::model::namespaces::NAME_LABEL;
use crate::model::policies::Policy;
use crate::model::policy_places::Dialect;
use crate::model::ports::Protocol;
use crate::model::{Network, Object};

/// The egress rule that is missing, for the DNS that the cluster has.
pub fn missing_rule(network: &Network<'_>, dialect: Dialect) -> String {
    let Some(server) = network.dns.servers.iter().find(|server| server.certain) else {
        return "allow egress to the cluster's DNS, ports 53 UDP and TCP".to_owned();
    };
    let port = server.reach.port(Protocol::Udp).number;
    match (&server.reach, dialect) {
        (Reach::Pods { namespace, labels, .. }, Dialect::NetworkPolicy) => format!(
            "allow egress to {} in namespace `{namespace}`, ports {port} UDP and {port} TCP, \
             with both selectors in one item of `to`",
            pods(labels)
        ),
        (Reach::Pods { namespace, labels, .. }, Dialect::Calico) => {
            let selector = telling(labels).map_or(String::new(), |(key, value)| {
                format!("selector: \"{key} == '{value}'\", ")
            });
            format!(
                "put the egress rule `{{action: Allow, protocol: UDP, destination: \
                 {{namespaceSelector: \"kubernetes.io/metadata.name == '{namespace}'\", \
                 {selector}ports: [{port}]}}}}` first, and the same for TCP"
            )
        }
        (Reach::Pods { namespace, labels, .. }, Dialect::Cilium) => {
            let label = telling(labels)
                .map_or(String::new(), |(key, value)| format!(", \"k8s:{key}\": {value}"));
            format!(
                "add the egress rule `{{toEndpoints: [{{matchLabels: \
                 {{\"k8s:io.kubernetes.pod.namespace\": {namespace}{label}}}}}], toPorts: \
                 [{{ports: [{{port: \"{port}\", protocol: ANY}}], rules: {{dns: [{{matchPattern: \
                 \"*\"}}]}}}}]}}`"
            )
        }
        (Reach::Pods { namespace, labels, .. }, Dialect::Admin | Dialect::ClusterNetworkPolicy) => {
            let label = telling(labels)
                .map_or(String::new(), |(key, value)| format!("matchLabels: {{{key}: {value}}}"));
            admin_rule(
                dialect,
                &format!(
                    "pods: {{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: \
                     {namespace}}}}}, podSelector: {{{label}}}}}"
                ),
                port,
            )
        }
        (Reach::Node(address) | Reach::Address(address), dialect) => {
            let block = format!("{address}/{}", if address.is_ipv4() { 32 } else { 128 });
            match dialect {
                Dialect::NetworkPolicy => format!(
                    "allow egress to an `ipBlock` with `{block}`, ports 53 UDP and 53 TCP: no \
                     selector covers an address of the node"
                ),
                Dialect::Calico => format!(
                    "put the egress rule `{{action: Allow, protocol: UDP, destination: {{nets: \
                     [{block}], ports: [53]}}}}` first, and the same for TCP"
                ),
                Dialect::Cilium => {
                    format!("allow egress to `{block}` with `toCIDR`, and port 53 over UDP and TCP")
                }
                Dialect::Admin | Dialect::ClusterNetworkPolicy => {
                    admin_rule(dialect, &format!("networks: [{block}]"), 53)
                }
            }
        }
    }
}

fn admin_rule(dialect: Dialect, peer: &str, port: u16) -> String {
    let (action, ports) = match dialect {
        Dialect::Admin => (
            "Allow",
            format!(
                "ports: [{{portNumber: {{protocol: UDP, port: {port}}}}}, {{portNumber: \
                 {{protocol: TCP, port: {port}}}}}]"
            ),
        ),
        _ => (
            "Accept",
            format!(
                "protocols: [{{udp: {{destinationPort: {{number: {port}}}}}}}, {{tcp: \
                 {{destinationPort: {{number: {port}}}}}}}]"
            ),
        ),
    };
    format!("put the egress rule `{{action: {action}, to: [{{{peer}}}], {ports}}}` before it")
}

/// The ingress rule that is missing where DNS is closed.
pub fn way_in(policy: Object<'_>, port: u16) -> String {
    match Dialect::of(policy) {
        Dialect::NetworkPolicy => format!(
            "add an ingress rule with `from: [{{namespaceSelector: {{}}}}]` and the ports {port} UDP and TCP"
        ),
        Dialect::Calico => format!(
            "put the ingress rule `{{action: Allow, protocol: UDP, destination: {{ports: \
             [{port}]}}}}` first, and the same for TCP"
        ),
        Dialect::Cilium => format!(
            "add the ingress rule `{{fromEntities: [cluster], toPorts: [{{ports: [{{port: \
             \"{port}\", protocol: ANY}}]}}]}}`"
        ),
        Dialect::Admin | Dialect::ClusterNetworkPolicy => {
            format!("put a rule that lets all namespaces in on port {port}, UDP and TCP, before it")
        }
    }
}

/// Pods by the label that says the most.
fn pods(labels: &Labels<'_>) -> String {
    match telling(labels) {
        Some((key, value)) => format!("the pods `{key}: {value}`"),
        None => "the pods of DNS".to_owned(),
    }
}

fn telling<'a>(labels: &Labels<'a>) -> Option<(&'a str, &'a str)> {
    let known: Vec<(&str, &str)> = labels.known().collect();
    let telling = |(key, _): &&(&str, &str)| key.ends_with("app") || key.contains("dns");
    known.iter().find(telling).or(known.first()).copied()
}

/// Puts the missing rule before the others of a NetworkPolicy.
pub fn mend(network: &Network<'_>, policy: &Policy<'_>) -> Option<Mend> {
    let server = network.dns.servers.iter().find(|server| server.certain)?;
    let labels_of =
        |key: &str, value: &str| Value::map([("matchLabels", Value::map([(key, value.into())]))]);
    let peer = match &server.reach {
        Reach::Pods { namespace, labels, .. } => {
            let (key, value) = telling(labels)?;
            Value::map([
                ("namespaceSelector", labels_of(NAME_LABEL, namespace)),
                ("podSelector", labels_of(key, value)),
            ])
        }
        Reach::Node(address) | Reach::Address(address) => {
            let prefix = if address.is_ipv4() { 32 } else { 128 };
            let cidr = format!("{address}/{prefix}");
            Value::map([("ipBlock", Value::map([("cidr", cidr.as_str().into())]))])
        }
    };
    let port = |protocol: Protocol| {
        let number = i64::from(server.reach.port(protocol).number);
        Value::map([("protocol", protocol.to_string().as_str().into()), ("port", number.into())])
    };
    let ports = vec![port(Protocol::Udp), port(Protocol::Tcp)];
    let rule = Value::map([("to", vec![peer].into()), ("ports", ports.into())]);
    let beside = Beside::Before(policy.egress.rules.first()?.span);
    Some(Mend::risky("allow DNS", Change::Item { beside, value: rule }))
}

/// Where the files tell that DNS is not the usual one.
pub fn evidence<'n, 'a>(network: &'n Network<'a>) -> Option<&'n DnsServer<'a>> {
    network.dns.servers.iter().find(|server| server.certain && server.evidence.is_some())
}
