//! What values of charts state, apart from those of Cilium: the address of CoreDNS.

use super::collect::{Collector, trimmed};
use super::{ServiceAddress, Source, range};
use crate::ingest::charts::{ChartSettings, ChartValues};
use crate::ingest::cilium::is_off;
use crate::model::Object;
use crate::source::Spanned;

impl<'a> Collector<'a> {
    pub(super) fn chart_values(&mut self, object: Object<'a>, values: &'a ChartValues) {
        let ChartSettings::CoreDns(dns) = &values.settings else { return };
        let listed = dns.cluster_ips.known().into_iter().flat_map(|list| &list.value);
        for text in dns.cluster_ip.known().into_iter().chain(listed) {
            self.dns_service(object, text, !is_off(&dns.is_cluster_service));
        }
    }

    fn dns_service(&mut self, object: Object<'a>, text: &Spanned<String>, is_dns: bool) {
        let text = &trimmed(text);
        if matches!(text.as_str(), "" | "None") || !range::looks_like_address(text) {
            return;
        }
        match range::parse_address(text) {
            Ok(address) => self.plan.service_addresses.push(ServiceAddress {
                address,
                source: Source::CLUSTER_IP,
                span: text.span,
                object,
                is_dns,
                service: None,
                sharing_key: None,
            }),
            Err(fault) => self.misread(Source::CLUSTER_IP, text, fault, Some(object)),
        }
    }
}
