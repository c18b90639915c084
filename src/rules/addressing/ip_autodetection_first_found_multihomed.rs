//! `ip-autodetection-first-found-multihomed`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::{AddressRange, Role, Source};
use crate::model::autodetection::Plugin;
use crate::model::hosts::{Host, Nic, NicAddress};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/ip-autodetection-first-found-multihomed.md"),
    check: Check::Network(check),
};

/// Of many interfaces, as many as a person looks at.
const SHOWN: usize = 5;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for detection in &network.autodetection {
        let choice = network.hosts.hosts.iter().find_map(|host| {
            let nics: Vec<&Nic<'_>> = host.addressed().filter(|nic| has_ipv4(nic)).collect();
            let is_open = match detection.plugin {
                Plugin::Flannel => flannel_may_miss(network, host, &nics),
                Plugin::Calico | Plugin::CalicoOperator => true,
            };
            (nics.len() > 1 && is_open).then_some((host, nics))
        });
        let Some((host, nics)) = choice else { continue };
        let (plugin, how) = match detection.plugin {
            Plugin::Flannel => ("Flannel", "the interface of the default route"),
            Plugin::Calico | Plugin::CalicoOperator => ("Calico", "the first address it finds"),
        };
        let named = match host.name {
            "" => "the host".to_owned(),
            name => format!("host `{name}`"),
        };
        let message =
            format!("{plugin} takes {how}, and {named} has {} to choose from", nics.len());
        let labels = nics.iter().take(SHOWN).map(|nic| nic.span.label(describe(nic)));
        let label = if detection.is_written { "" } else { "no method is set here" };
        findings.add(
            Diagnostic::warning(detection.span.label(label), message)
                .related_all(labels)
                .help(help(detection.plugin, network, &nics)),
        );
    }
}

fn has_ipv4(nic: &Nic<'_>) -> bool {
    let mut addresses = nic.addresses.iter().filter_map(NicAddress::address);
    nic.dhcp4.is_some() || addresses.any(|address| address.is_ipv4())
}

/// The default route decides: it is open where no file, or more than one, says whose it is, and
/// wrong where the node's address is another interface's.
fn flannel_may_miss(network: &Network<'_>, host: &Host<'_>, nics: &[&Nic<'_>]) -> bool {
    let Some(uplink) = host.uplink() else { return true };
    nics.iter().filter(|nic| !std::ptr::eq(**nic, uplink)).any(|nic| is_node_address(network, nic))
}

/// Whether something else than the host's own files has its address for that of a node.
fn is_node_address(network: &Network<'_>, nic: &Nic<'_>) -> bool {
    let own: Vec<_> = nic.addresses.iter().filter_map(NicAddress::address).collect();
    let stated = |range: &AddressRange<'_>| {
        range.source != Source::HOST_ADDRESS && own.contains(&range.range.first())
    };
    network.addresses.of(Role::Node).any(stated)
}

fn describe(nic: &Nic<'_>) -> String {
    match nic.addresses.first() {
        Some(address) => format!("{} with `{}`", nic.title(), *address.text),
        None => format!("{} with an address of DHCP", nic.title()),
    }
}

fn help(plugin: Plugin, network: &Network<'_>, nics: &[&Nic<'_>]) -> String {
    // The network that nodes are known to be in, if one is.
    let chosen = nics.iter().find(|nic| is_node_address(network, nic));
    let cidrs = chosen.into_iter().flat_map(|nic| &nic.addresses);
    let range = cidrs.filter_map(|address| address.cidr.as_ref().ok()).map(|c| c.range()).next();
    let range = range.map_or("<network of the nodes>".to_owned(), |range| range.to_string());
    match plugin {
        Plugin::Calico => format!("set `IP_AUTODETECTION_METHOD` to `cidr={range}`"),
        Plugin::CalicoOperator => {
            format!("set `nodeAddressAutodetectionV4` to `cidrs: [{range}]`")
        }
        Plugin::Flannel => "name the interface of the nodes' network with `--iface`".to_owned(),
    }
}
