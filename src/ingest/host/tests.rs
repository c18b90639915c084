use super::{HostNetwork, Interface};
use crate::ingest::{Body, FileContents, Outcome, ingest};
use crate::source::FileId;
use crate::syntax::decode::Field;

fn read(path: &str, text: &str) -> FileContents {
    ingest(FileId::new(0), path, text)
}

fn hosts(contents: &FileContents) -> Vec<&HostNetwork> {
    contents
        .resources
        .iter()
        .filter_map(|resource| match &resource.body {
            Body::Host(host) => Some(&**host),
            _ => None,
        })
        .collect()
}

/// `name kind addresses …` with what is switched on; every place is held against the text.
fn show(text: &str, interface: &Interface) -> String {
    let mut line = match &interface.name {
        Field::Known(name) => name.value.clone(),
        Field::Unknown(_) => "?".to_owned(),
        Field::Absent => "-".to_owned(),
    };
    line += &format!(" {:?}", interface.kind);
    for address in &interface.addresses {
        assert_eq!(text[address.text.span.range()].trim_matches(['"', '\'']), *address.text);
        line += &format!(" {}", address.text.value);
        line.extend(address.prefix.iter().map(|prefix| format!("({prefix})")));
    }
    for (word, switch) in [("dhcp4", &interface.dhcp4), ("dhcp6", &interface.dhcp6)] {
        let on = switch.known().filter(|on| on.value);
        line.extend(on.map(|on| on.span).map(|span| format!(" {word}={}", &text[span.range()])));
    }
    line.extend(interface.mtu.known().map(|mtu| format!(" mtu={}", mtu.value)));
    if interface.has_gateway {
        line += " gateway";
    }
    if !interface.members.is_empty() {
        line += &format!(" members={}", interface.members.join(","));
    }
    line.extend(interface.master.iter().map(|master| format!(" master={master}")));
    line.extend(interface.parent.iter().map(|parent| format!(" parent={parent}")));
    line
}

#[track_caller]
fn assert_reads(path: &str, text: &str, expected: &[&str]) {
    let contents = read(path, text);
    assert_eq!(contents.problems, [], "{path}");
    let interfaces = hosts(&contents).into_iter().flat_map(|host| &host.interfaces);
    let found: Vec<String> = interfaces.map(|interface| show(text, interface)).collect();
    assert_eq!(found, expected, "{path}\n{text}");
}

#[test]
fn netplan_has_devices_by_group() {
    let text = r#"
network:
  version: 2
  renderer: networkd
  ethernets:
    eth0:
      dhcp4: true
      dhcp6: no
      addresses:
      - 192.0.2.10/24
      - "192.0.2.20/24": {lifetime: 0}
      - 198.51.100.1/32: {label: "lo:vip"}
      mtu: 9000
      routes: [{to: default, via: 192.0.2.1}]
    card:
      match: {macaddress: "52:54:00:00:00:01"}
      set-name: lan0
      gateway4: 192.0.2.1
    spare: {activation-mode: manual, addresses: [192.0.2.99/24]}
    none:
    "{{ nic }}": {dhcp4: "{{ dhcp }}"}
  bonds:
    bond0: {interfaces: [eth1, eth2], mtu: 1500}
  vlans:
    vlan10: {id: 10, link: bond0, addresses: ["2001:db8::1/64"]}
  tunnels:
    wg0: {mode: wireguard, addresses: [10.9.0.1/24]}
"#;
    assert_reads(
        "nodes/n1/etc/netplan/01.yaml",
        text,
        &[
            "eth0 Ethernet 192.0.2.10/24 192.0.2.20/24 dhcp4=true mtu=9000 gateway",
            "lan0 Ethernet gateway",
            "spare Ethernet",
            "none Ethernet",
            "? Ethernet",
            "bond0 Bond mtu=1500 members=eth1,eth2",
            "vlan10 Vlan 2001:db8::1/64 parent=bond0",
            "wg0 Virtual 10.9.0.1/24",
        ],
    );
}

#[test]
fn cloud_init_has_both_versions_and_writes_files() {
    let version_2 = "version: 2\nethernets:\n  ens3: {dhcp4: true}\n";
    assert_reads("network-config", version_2, &["ens3 Ethernet dhcp4=true"]);
    let version_1 = "
network:
  version: 1
  config:
  - type: physical
    name: eth0
    mtu: 1450
    subnets:
    - {type: dhcp}
    - {type: static, address: 192.0.2.10, netmask: 255.255.255.0, gateway: 192.0.2.1}
  - {type: nameserver, address: [192.0.2.53]}
";
    assert_reads(
        "a.yaml",
        version_1,
        &["eth0 Ethernet 192.0.2.10(255.255.255.0) dhcp4=dhcp mtu=1450 gateway"],
    );
    let written = "#cloud-config
write_files:
- path: /etc/netplan/60-static.yaml
  content: |
    network:
      version: 2
      ethernets:
        eth1:
          addresses: [192.0.2.10/24]
- path: /etc/systemd/network/10-a.network
  content: |
    [Match]
    Name=eth2
    [Network]
    DHCP=ipv4
- {path: /etc/motd, content: hello}
- {path: /etc/netplan/70.yaml, encoding: b64, content: bmV0d29yazo=}
";
    assert_reads(
        "user-data.yaml",
        written,
        &["eth1 Ethernet 192.0.2.10/24", "eth2 Ethernet dhcp4=ipv4"],
    );
    let contents = read("user-data.yaml", written);
    assert_eq!(hosts(&contents)[0].path, "/etc/netplan/60-static.yaml");
}

#[test]
fn ifcfg_files_are_assignments() {
    let table = [
        (
            "ifcfg-eth0",
            "DEVICE=eth0\nBOOTPROTO=\"none\"\nIPADDR=192.0.2.10\nPREFIX=24\nIPADDR1=192.0.2.11\nNETMASK1=255.255.255.0\nGATEWAY=192.0.2.1\nMTU=\"9000\"\nIPV6ADDR=2001:db8::1/64\n",
            "eth0 Ethernet 192.0.2.10(24) 192.0.2.11(255.255.255.0) 2001:db8::1/64 mtu=9000 gateway",
        ),
        ("ifcfg-ens3", "BOOTPROTO=dhcp\nONBOOT=yes\n", "ens3 Ethernet dhcp4=dhcp"),
        ("ifcfg-eth1", "BOOTPROTO=dhcp\nONBOOT=no\nIPADDR=192.0.2.10\n", "eth1 Ethernet"),
        ("ifcfg-eth2", "DEVICE=eth2\nMASTER=bond0\nSLAVE=yes\n", "eth2 Ethernet master=bond0"),
        ("ifcfg-bond0", "DEVICE=bond0\nTYPE=Bond\nIPADDR=$IP\n", "bond0 Bond"),
        (
            "ifcfg-br0",
            "STARTMODE='auto'\nBRIDGE='yes'\nBRIDGE_PORTS='eth0 eth1'\nIPADDR='192.0.2.1/24'\n",
            "br0 Bridge 192.0.2.1/24 members=eth0,eth1",
        ),
        (
            "ifcfg-bond0.10",
            "DEVICE=bond0.10\nVLAN=yes\nPHYSDEV=bond0\n",
            "bond0.10 Vlan parent=bond0",
        ),
    ];
    for (path, text, expected) in table {
        assert_reads(path, text, &[expected]);
    }
    assert_reads("ifcfg-eth0.bak", "DEVICE=eth0\n", &[]);
    assert_reads("ifcfg-eth0", "hello\n", &[]);
}

#[test]
fn keyfiles_have_methods_and_addresses() {
    let wired = "[connection]\nid=lan\ntype=ethernet\ninterface-name=eno1\n\n[ethernet]\nmtu=9000\n\n[ipv4]\nmethod=auto\naddress1=192.0.2.10/24,192.0.2.1\n\n[ipv6]\nmethod=auto\n";
    assert_reads(
        "lan.nmconnection",
        wired,
        &["eno1 Ethernet 192.0.2.10/24 dhcp4=auto mtu=9000 gateway"],
    );
    let vlan = "[connection]\ntype=vlan\n[vlan]\ninterface-name=v10\nparent=eno1\n[ipv4]\nmethod=manual\naddresses=192.0.2.10/24;192.0.2.11/24\ngateway=192.0.2.1\n";
    assert_reads(
        "v.nmconnection",
        vlan,
        &["v10 Vlan 192.0.2.10/24 192.0.2.11/24 gateway parent=eno1"],
    );
    let shared = "[connection]\ntype=ethernet\ninterface-name=eno2\n[ipv4]\nmethod=shared\naddress1=10.42.0.1/24\n";
    assert_reads("s.nmconnection", shared, &["eno2 Virtual 10.42.0.1/24"]);
    let manual = "[connection]\ninterface-name=eno3\nautoconnect=false\n[ipv4]\nmethod=auto\n";
    assert_reads("m.nmconnection", manual, &["eno3 Ethernet"]);
}

#[test]
fn networkd_has_three_kinds_of_files() {
    let network = "[Match]\nName=eth0\n[Link]\nMTUBytes=9K\n[Network]\nDHCP=yes\nBond=bond0\nAddress=192.0.2.10/24\n[Address]\nAddress=192.0.2.11/24\n[Route]\nGateway=192.0.2.1\n";
    assert_reads(
        "10-eth0.network",
        network,
        &[
            "eth0 Ethernet 192.0.2.10/24 192.0.2.11/24 dhcp4=yes dhcp6=yes mtu=9216 gateway master=bond0",
        ],
    );
    assert_reads(
        "b.netdev",
        "[NetDev]\nName=bond0\nKind=bond\nMTUBytes=1500\n",
        &["bond0 Bond mtu=1500"],
    );
    assert_reads(
        "a.link",
        "[Match]\nOriginalName=en*\n[Link]\nMTUBytes=1450\n",
        &["en* Ethernet mtu=1450"],
    );
    let local = "[Match]\nName=br-nat\n[Network]\nDHCPServer=yes\nAddress=10.0.0.1/24\n";
    assert_reads("n.network", local, &["br-nat Virtual 10.0.0.1/24"]);
    let unmanaged = "[Match]\nName=cali*\n[Link]\nUnmanaged=yes\n[Network]\nDHCP=yes\n";
    assert_reads("u.network", unmanaged, &["cali* Ethernet"]);
}

#[test]
fn files_of_others_are_passed_over() {
    let others = [
        ("web.network", "[Network]\nSubnet=10.89.0.0/24\nGateway=10.89.0.1\n"),
        ("a.link", "a shortcut\n"),
        ("a.nmconnection", "[wifi]\nssid=x\n"),
        ("a.yaml", "network: {version: 2}\n"),
        ("a.yaml", "network: {version: 3, ethernets: {eth0: {}}}\n"),
        ("a.yaml", "network: [a]\nversion: 2\n"),
        ("a.yaml", "version: 2\nupdates: [{directory: /}]\n"),
        ("a.yaml", "version: 1\nconfig: [{type: other}]\n"),
    ];
    for (path, text) in others {
        let contents = read(path, text);
        assert_eq!(contents.resources.len(), 0, "{text}");
        assert_eq!(contents.documents[0].outcome, Outcome::Skipped("not-recognized"), "{text}");
        assert_eq!(contents.problems, [], "{text}");
    }
}
