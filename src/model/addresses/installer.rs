//! What the files of installers state.

use super::collect::{Collector, trimmed};
use super::{ClusterDomain, DnsAddress, Known, Role, Source, range};
use crate::model::Object;
use crate::model::installer::{AddressField, DnsField, DomainField, Installer, RangeValue};
use crate::source::Spanned;
use crate::syntax::decode::Field;

impl<'a> Collector<'a> {
    pub fn installer(&mut self, installer: &Installer<'a>) {
        let object = installer.object;
        for field in &installer.ranges {
            self.range_field(field.source, &field.value, object);
        }
        for field in &installer.addresses {
            self.address_field(field, object);
        }
        if let Some(dns) = &installer.dns {
            self.dns_field(dns, object);
        }
        if let Some(domain) = &installer.domain {
            self.domain_field(domain, object);
        }
        self.plan.nodes_run_docker |= installer.nodes_run_docker;
        self.plan.pods_share_node_network |= installer.pods_share_node_network;
    }

    fn range_field(&mut self, source: Source, value: &RangeValue, object: Object<'a>) {
        match value {
            RangeValue::Written { span, items } => {
                let mut ranges = Vec::new();
                for item in items {
                    ranges.extend(self.between_commas(source, item, object));
                }
                self.list(source, *span, &ranges, object);
            }
            RangeValue::Default(ranges) => {
                for range in *ranges {
                    self.default_range(source, range, object);
                }
            }
            RangeValue::Unknown => self.unknown(source.role()),
        }
    }

    /// A name where an address may be tells nothing.
    fn address_field(&mut self, field: &AddressField<'a>, object: Object<'a>) {
        if !field.is_endpoint {
            if range::looks_like_address(&field.text) {
                self.address(field.source, &field.text, object, field.node);
            }
            return;
        }
        let text = trimmed(&field.text);
        let start = text.find("://").map_or(0, |at| at + 3);
        let end = text[start..].find('/').map_or(text.len(), |at| start + at);
        let host = Spanned::new(text[start..end].to_owned(), text.part(start..end));
        self.host(field.source, &host, object, field.node);
    }

    fn dns_field(&mut self, field: &DnsField, object: Object<'a>) {
        let list = self.next_dns_list();
        for item in field.items.iter().flat_map(|item| item.split(&[','])) {
            self.dns(&item, field.source, list, object);
        }
        if field.items.is_empty()
            && let Some(default) = field.default
        {
            let address = range::parse_address(default)
                .expect("internal error: a default that is no address");
            let (known, span) = (Known::Default, object.resource.name_span());
            self.plan.dns.push(DnsAddress {
                address,
                known,
                span,
                object,
                list,
                source: field.source,
            });
        }
    }

    fn domain_field(&mut self, field: &DomainField, object: Object<'a>) {
        match &field.value {
            Field::Known(text) if !text.trim().is_empty() => {
                self.domain(text, field.source, object);
            }
            Field::Known(_) | Field::Absent => self.plan.domains.push(ClusterDomain {
                domain: field.default.to_owned(),
                source: field.source,
                known: Known::Default,
                span: object.resource.name_span(),
                object,
            }),
            Field::Unknown(_) => self.unknown(Role::Dns),
        }
    }
}
