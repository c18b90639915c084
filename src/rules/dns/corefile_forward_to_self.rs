//! `corefile-forward-to-self`: see the page.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::coredns::{Corefile, Directive, Role, ServerBlock, Word, listens, upstream};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/corefile-forward-to-self.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let services = network.coredns.cluster_addresses();
    for corefile in &network.coredns.corefiles {
        let on_host = network.coredns.users(corefile).any(|server| !server.host_network.is_no());
        for block in corefile.blocks() {
            let directives = corefile.expand(&block.directives);
            let own = Own {
                loopback: own_loopback(corefile, &directives, on_host),
                services: if corefile.role == Role::Cluster { &services } else { &[] },
            };
            for forward in directives.iter().filter(|d| d.name.text == "forward") {
                let upstreams = forward.args.iter().skip(1);
                findings
                    .extend(upstreams.filter_map(|word| check_one(corefile, block, &own, word)));
            }
        }
    }
}

/// The addresses at which a server block answers, as far as they are known.
struct Own<'n> {
    loopback: Loopback,
    services: &'n [Spanned<IpAddr>],
}

/// Which loopback addresses lead back.
enum Loopback {
    All,
    These(Vec<IpAddr>),
}

fn check_one(
    corefile: &Corefile<'_>,
    block: &ServerBlock,
    own: &Own<'_>,
    word: &Word,
) -> Option<Diagnostic> {
    let upstream = upstream(word).filter(|upstream| listens(block, upstream))?;
    let label = corefile.label(&word.range, "");
    let address = upstream.address;
    let leads_back = address.is_loopback()
        && match &own.loopback {
            Loopback::All => true,
            Loopback::These(these) => these.contains(&address),
        };
    if leads_back {
        let message = format!("CoreDNS forwards to itself: `{}`", word.text);
        let help = "in the pod, this is the pod; name the resolvers of the network";
        return Some(Diagnostic::error(label, message).help(help));
    }
    let service = own.services.iter().find(|service| service.value == address)?;
    let message = format!("CoreDNS forwards to its own Service: `{}`", word.text);
    Some(
        Diagnostic::error(label, message)
            .related(service.label("the address of this CoreDNS"))
            .help("name the resolvers of the network"),
    )
}

/// With `bind`, only the addresses that it names. On the network of a node other programs may
/// listen beside CoreDNS: the resolver of systemd does, at 127.0.0.53.
fn own_loopback(corefile: &Corefile<'_>, directives: &[&Directive], on_host: bool) -> Loopback {
    let mut binds = directives.iter().filter(|directive| directive.name.text == "bind").peekable();
    if binds.peek().is_some() {
        let words = binds.flat_map(|bind| &bind.args);
        return Loopback::These(words.filter_map(|word| word.text.parse().ok()).collect());
    }
    if corefile.role == Role::NodeLocal || on_host {
        return Loopback::These(Vec::new());
    }
    if corefile.is_file() && !corefile.has("kubernetes") {
        // It may be that of a machine, where it answers at the usual address at least.
        return Loopback::These(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    }
    Loopback::All
}
