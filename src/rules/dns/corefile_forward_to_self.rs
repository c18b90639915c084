//! `corefile-forward-to-self`: see the page.

use std::net::IpAddr;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::coredns::{Corefile, Role, ServerBlock, Upstream, listens, upstream};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/corefile-forward-to-self.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let addresses = network.coredns.cluster_addresses();
    for corefile in &network.coredns.corefiles {
        let on_host = network.coredns.users(corefile).any(|server| !server.host_network.is_no());
        for (block, forward) in corefile.named("forward") {
            for word in forward.args.iter().skip(1) {
                let Some(upstream) = upstream(word) else { continue };
                if !listens(block, &upstream) {
                    continue;
                }
                let label = corefile.label(&word.range, "");
                let own = own_address(corefile, &addresses, &upstream);
                let diagnostic = if upstream.address.is_loopback() {
                    if !is_own_loopback(corefile, block, &upstream, on_host) {
                        continue;
                    }
                    let message = format!("CoreDNS forwards to itself: `{}`", word.text);
                    Diagnostic::error(label, message)
                        .help("in the pod, this is the pod; name the resolvers of the network")
                } else if let Some(own) = own {
                    let message = format!("CoreDNS forwards to its own Service: `{}`", word.text);
                    Diagnostic::error(label, message)
                        .related(own.label("the address of this CoreDNS"))
                        .help("name the resolvers of the network")
                } else {
                    continue;
                };
                findings.add(diagnostic);
            }
        }
    }
}

/// Whether a loopback address leads back. With `bind`, only the addresses that it names do.
fn is_own_loopback<'a>(
    corefile: &Corefile<'a>,
    block: &'a ServerBlock,
    upstream: &Upstream<'_>,
    on_host: bool,
) -> bool {
    let directives = corefile.expand(&block.directives);
    let mut bind = directives.iter().filter(|directive| directive.name.text == "bind").peekable();
    if bind.peek().is_some() {
        let mut words = bind.flat_map(|bind| &bind.args);
        return words.any(|word| word.text.parse() == Ok(upstream.address));
    }
    // On the network of a node other programs may listen at its loopback addresses; the resolver
    // of systemd does, at 127.0.0.53.
    let is_first = ["127.0.0.1", "::1"].iter().any(|own| own.parse() == Ok(upstream.address));
    let in_pod = !corefile.is_file() || corefile.has("kubernetes");
    corefile.role != Role::NodeLocal && !on_host && (in_pod || is_first)
}

fn own_address(
    corefile: &Corefile<'_>,
    addresses: &[Spanned<IpAddr>],
    upstream: &Upstream<'_>,
) -> Option<Spanned<IpAddr>> {
    let own = addresses.iter().find(|address| address.value == upstream.address);
    own.filter(|_| corefile.role == Role::Cluster).cloned()
}
