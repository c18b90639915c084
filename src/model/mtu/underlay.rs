//! What the network between the nodes carries, as far as somebody says so: the configuration, the
//! files of hosts, and otherwise the cloud.

use super::Parts;
use crate::ingest::Body;
use crate::ingest::calico::Calico;
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

#[derive(Clone, Debug)]
pub struct Underlay<'a> {
    /// In bytes. Of a cloud: what its networks carry at most; the place is that of its name.
    pub bytes: Spanned<i64>,
    pub basis: Basis<'a>,
}

/// Who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis<'a> {
    /// The configuration of netvet.
    Configured,
    /// The interface that a host's packets leave by; the one with the smallest MTU of all hosts.
    Host(&'a str),
    Cloud(Provider),
}

/// A cloud whose networks have a size of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provider {
    pub name: &'static str,
    /// No network of it carries more.
    pub most: i64,
    /// What its networks carry unless somebody asks for more.
    pub usual: Option<i64>,
}

/// AWS: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/network_mtu.html>. Google:
/// <https://cloud.google.com/vpc/docs/mtu>. Azure: the notes on MTUs in
/// <https://docs.tigera.io/calico/latest/networking/configuring/mtu>, and
/// <https://learn.microsoft.com/azure/virtual-network/how-to-virtual-machine-mtu> for 3900.
const PROVIDERS: [(&str, Provider); 3] = [
    ("aks", Provider { name: "Azure", most: 3900, usual: Some(1500) }),
    ("eks", Provider { name: "AWS", most: 9001, usual: None }),
    ("gke", Provider { name: "Google Cloud", most: 8896, usual: Some(1460) }),
];

pub(super) fn find<'a>(parts: &Parts<'_, 'a>) -> Option<Underlay<'a>> {
    configured(parts).or_else(|| of_hosts(parts)).or_else(|| of_cloud(parts))
}

fn configured<'a>(parts: &Parts<'_, 'a>) -> Option<Underlay<'a>> {
    let underlay = parts.settings.underlay_mtu.as_ref()?;
    let bytes = Spanned::new(i64::try_from(underlay.value).ok()?, underlay.span);
    Some(Underlay { bytes, basis: Basis::Configured })
}

/// A packet has to pass the smallest of them.
fn of_hosts<'a>(parts: &Parts<'_, 'a>) -> Option<Underlay<'a>> {
    let declared = parts.hosts.hosts.iter().filter_map(|host| {
        let mtu = host.mtu_of(host.uplink()?)?;
        Some((mtu, host.name))
    });
    let (mtu, name) = declared.filter(|(mtu, _)| mtu.value > 0).min_by_key(|(mtu, _)| mtu.value)?;
    Some(Underlay { bytes: mtu.clone(), basis: Basis::Host(name) })
}

fn of_cloud<'a>(parts: &Parts<'_, 'a>) -> Option<Underlay<'a>> {
    let (name, span) = provider(parts)?;
    let (_, provider) = PROVIDERS.iter().find(|(known, _)| name.eq_ignore_ascii_case(known))?;
    let bytes = Spanned::new(provider.most, span);
    Some(Underlay { bytes, basis: Basis::Cloud(*provider) })
}

fn provider<'p>(parts: &'p Parts<'_, '_>) -> Option<(&'p str, Span)> {
    if let Some(provider) = &parts.settings.provider {
        return Some((provider.as_str(), provider.span));
    }
    parts.objects.iter().find_map(|object| {
        let Body::Calico(Calico::Installation(spec)) = object.body() else { return None };
        let Field::Known(provider) = &spec.kubernetes_provider else { return None };
        Some((provider.as_str(), provider.span))
    })
}
