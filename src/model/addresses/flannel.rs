//! What Flannel's configuration states.

use super::collect::Collector;
use super::{Role, Source};
use crate::ingest::flannel::FlannelConfig;
use crate::model::Object;

impl Source {
    /// It must hold the range of every node: `pkg/subnet/kube/kube.go`, `AcquireLease`.
    pub const FLANNEL_NETWORK: Source =
        Source::new(Role::Pod, "Network").repeats().called("Flannel network");
    pub const FLANNEL_IPV6_NETWORK: Source =
        Source::new(Role::Pod, "IPv6Network").repeats().called("Flannel network");

    pub fn is_flannel_network(self) -> bool {
        matches!(self, Source::FLANNEL_NETWORK | Source::FLANNEL_IPV6_NETWORK)
    }
}

impl<'a> Collector<'a> {
    pub(super) fn flannel(&mut self, object: Object<'a>, config: &'a FlannelConfig) {
        if config.enable_ipv4.value() != Some(&false) {
            self.cidr_field(Source::FLANNEL_NETWORK, &config.network, object);
        }
        // Without the switch the range has no meaning.
        if config.enable_ipv6.value() == Some(&true) {
            self.cidr_field(Source::FLANNEL_IPV6_NETWORK, &config.ipv6_network, object);
        }
    }
}
