//! `kube-proxy-config-invalid`: see the page.

use std::net::IpAddr;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::proxy::KubeProxyConfiguration;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::{Span, Spanned};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/proxy/kube-proxy-config-invalid.md"),
    check: Check::Network(check),
};

/// `userspace` is a mode of versions before 1.26, `kernelspace` that of Windows.
const MODES: [&str; 5] = ["iptables", "ipvs", "nftables", "kernelspace", "userspace"];
const LOCAL_MODES: [&str; 4] =
    ["ClusterCIDR", "NodeCIDR", "BridgeInterface", "InterfaceNamePrefix"];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for proxy in &network.proxy_modes {
        let mode = &proxy.mode;
        if !MODES.contains(&mode.as_str()) {
            let lower = mode.trim().to_ascii_lowercase();
            let meant = MODES.iter().find(|mode| **mode == lower);
            let message = format!("kube-proxy has no mode `{}`", mode.value);
            let help = match meant {
                Some(meant) => format!("write `{meant}`"),
                None => "the modes are `iptables`, `ipvs` and `nftables`".to_owned(),
            };
            findings.add(Diagnostic::error(mode.label(""), message).help(help));
        }
    }
    for proxy in &network.proxy_configs {
        local_mode(proxy.spec, findings);
        addresses(proxy.spec, findings);
        numbers(proxy.spec, findings);
    }
}

fn local_mode(spec: &KubeProxyConfiguration, findings: &mut Findings<'_>) {
    let Some(mode) = spec.detect_local_mode.known().filter(|mode| !mode.is_empty()) else { return };
    let detect = &spec.detect_local;
    let (field, name) = match mode.as_str() {
        "BridgeInterface" => (detect.then(|it| &it.bridge_interface), "bridgeInterface"),
        "InterfaceNamePrefix" => {
            (detect.then(|it| &it.interface_name_prefix), "interfaceNamePrefix")
        }
        known if LOCAL_MODES.contains(&known) => return,
        _ => {
            let message = format!("kube-proxy has no `detectLocalMode` called `{}`", mode.value);
            let help = format!("it is one of `{}`", LOCAL_MODES.join("`, `"));
            findings.add(Diagnostic::error(mode.label(""), message).help(help));
            return;
        }
    };
    if field.is_unknown() || field.value().is_some_and(|name| !name.is_empty()) {
        return;
    }
    let message = format!("`{}` needs `detectLocal.{name}`, which is not set", mode.value);
    findings.add(
        Diagnostic::error(mode.label(""), message)
            .help("name the interface, or leave `detectLocalMode` at `ClusterCIDR`"),
    );
}

fn addresses(spec: &KubeProxyConfiguration, findings: &mut Findings<'_>) {
    let bind = spec.bind_address.known().filter(|text| !text.is_empty() && !is_address(text));
    if let Some(text) = bind {
        refuse(text, "`bindAddress` is not an IP address", findings);
    }
    let listens = [
        (&spec.metrics_bind_address, "metricsBindAddress"),
        (&spec.healthz_bind_address, "healthzBindAddress"),
    ];
    for (field, name) in listens {
        if let Some(text) = field.known().filter(|text| !text.is_empty() && !is_endpoint(text)) {
            refuse(text, &format!("`{name}` is not an IP address with a port"), findings);
        }
    }
    for item in spec.node_port_addresses.items().iter().filter_map(Field::known) {
        // The words of newer versions are for them to check.
        let is_word = !item.is_empty() && item.bytes().all(|byte| byte.is_ascii_lowercase());
        if !is_word && !is_range(item) {
            refuse(item, "`nodePortAddresses` takes ranges such as `192.0.2.0/24`", findings);
        }
    }
}

fn numbers(spec: &KubeProxyConfiguration, findings: &mut Findings<'_>) {
    for filter in [&spec.iptables, &spec.nftables] {
        let bit = filter.value().and_then(|filter| filter.masquerade_bit.known());
        if let Some(bit) = bit.filter(|bit| !(0..=31).contains(&bit.value)) {
            let message = format!("`masqueradeBit` is {}, and lies between 0 and 31", bit.value);
            findings.add(error(bit.span, message));
        }
    }
    let Some(conntrack) = spec.conntrack.value() else { return };
    for (field, name) in [(&conntrack.max_per_core, "maxPerCore"), (&conntrack.min, "min")] {
        if let Some(number) = field.known().filter(|number| number.value < 0) {
            findings.add(error(number.span, format!("`conntrack.{name}` is less than 0")));
        }
    }
}

fn refuse(text: &Spanned<String>, what: &str, findings: &mut Findings<'_>) {
    findings.add(error(text.span, format!("{what}: `{}`", text.value)));
}

fn error(span: Span, message: String) -> Diagnostic {
    Diagnostic::error(span.label(""), message).help("kube-proxy does not start with it")
}

/// Go's parser of addresses takes leading zeros here, which Rust's does not.
fn is_address(text: &str) -> bool {
    let is_number = |part: &str| {
        let digits = part.trim_start_matches('0');
        !part.is_empty() && digits.len() <= 3 && digits.parse::<u8>().is_ok() || digits.is_empty()
    };
    text.parse::<IpAddr>().is_ok()
        || (text.split('.').count() == 4 && text.split('.').all(is_number))
}

/// `AppendPortIfNeeded` in `pkg/proxy/util` of Kubernetes adds a port to an address alone.
fn is_endpoint(text: &str) -> bool {
    if is_address(text) {
        return true;
    }
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    is_address(host) && port.parse::<u16>().is_ok_and(|port| port > 0)
}

fn is_range(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let most = if address.contains(':') { 128 } else { 32 };
    is_address(address) && length.parse::<u8>().is_ok_and(|length| length <= most)
}
