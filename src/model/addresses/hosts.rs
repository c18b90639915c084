//! What the files of hosts state: addresses of interfaces, and the networks that these are in.

use std::net::IpAddr;

use super::collect::Collector;
use super::range::Fault;
use super::{AddressRange, IpRange, Known, Role, Source};
use crate::model::Object;
use crate::model::cluster_dns::is_link_local;
use crate::model::hosts::{Hosts, NicAddress};

impl Source {
    pub const HOST_ADDRESS: Source = Source::new(Role::Node, "addresses");
    const HOST_NETWORK: Source = Source::new(Role::NodeNetwork, "addresses");
}

impl<'a> Collector<'a> {
    pub(super) fn hosts(&mut self, hosts: &Hosts<'a>) {
        for (host, nic) in hosts.external() {
            let name = Some(host.name).filter(|name| !name.is_empty());
            for address in &nic.addresses {
                self.host_address(nic.object, name, address);
            }
        }
    }

    fn host_address(&mut self, object: Object<'a>, name: Option<&'a str>, address: &NicAddress) {
        let cidr = match &address.cidr {
            Ok(cidr) => *cidr,
            Err(fault) => {
                let with_prefix = address.text.contains('/') || *fault == Fault::NoPrefix;
                let source = if with_prefix { Source::HOST_NETWORK } else { Source::HOST_ADDRESS };
                return self.misread(source, &address.text, fault.clone(), Some(object));
            }
        };
        // 169.254.0.0/16, fe80::/10: every link has these. systemd takes 0.0.0.0 for any free one.
        let range = IpRange::single(cidr.address);
        let of_every_host = |address: IpAddr| {
            address.is_unspecified() || address.is_loopback() || is_link_local(address)
        };
        if of_every_host(cidr.address) {
            return;
        }
        let stated = |range, source, name| AddressRange {
            range,
            cidr: None,
            source,
            known: Known::Written,
            span: address.text.span,
            object: Some(object),
            name,
            pool: None,
        };
        self.plan.ranges.push(stated(range, Source::HOST_ADDRESS, name));
        if cidr.range() != range {
            self.plan.ranges.push(stated(cidr.range(), Source::HOST_NETWORK, None));
        }
    }
}
