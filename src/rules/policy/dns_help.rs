//! How to let pods reach DNS.

use crate::model::Network;
use crate::model::cluster_dns::{DnsServer, Reach};
use crate::model::labels::Labels;
use crate::model::ports::Protocol;

/// The egress rule that is missing, for the DNS that the cluster has.
pub fn missing_rule(network: &Network<'_>) -> String {
    let Some(server) = network.dns.servers.iter().find(|server| server.certain) else {
        return "allow egress to the cluster's DNS, ports 53 UDP and TCP".to_owned();
    };
    match &server.reach {
        Reach::Pods { namespace, labels, .. } => {
            let port = server.reach.port(Protocol::Udp).number;
            format!(
                "allow egress to {} in namespace `{namespace}`, ports {port} UDP and {port} TCP, \
                 with both selectors in one item of `to`",
                pods(labels)
            )
        }
        Reach::Node(address) | Reach::Address(address) => format!(
            "allow egress to an `ipBlock` with `{address}/{}`, ports 53 UDP and 53 TCP: no \
             selector covers an address of the node",
            if address.is_ipv4() { 32 } else { 128 }
        ),
    }
}

/// Pods by the label that says the most.
fn pods(labels: &Labels<'_>) -> String {
    let known: Vec<(&str, &str)> = labels.known().collect();
    let telling = |(key, _): &&(&str, &str)| key.ends_with("app") || key.contains("dns");
    match known.iter().find(telling).or(known.first()) {
        Some((key, value)) => format!("the pods `{key}: {value}`"),
        None => "the pods of DNS".to_owned(),
    }
}

/// Where the files tell that DNS is not the usual one.
pub fn evidence<'n, 'a>(network: &'n Network<'a>) -> Option<&'n DnsServer<'a>> {
    network.dns.servers.iter().find(|server| server.certain && server.evidence.is_some())
}
