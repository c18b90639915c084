use super::*;
use crate::ingest::{self, FileContents};
use crate::scope::{self, Member, Placement};
use crate::source::FileId;

fn with_hosts<T>(files: &[(&str, &str)], look: impl FnOnce(&Hosts<'_>) -> T) -> T {
    let read = |(index, (path, text)): (usize, &(&str, &str))| -> FileContents {
        ingest::ingest(FileId::new(index as u32), path, text)
    };
    let contents: Vec<FileContents> = files.iter().enumerate().map(read).collect();
    let mut resources = Vec::new();
    for ((path, _), contents) in files.iter().zip(&contents) {
        resources.extend(contents.resources.iter().map(|resource| (*path, resource)));
    }
    let placements = vec![Placement::AsWritten; resources.len()];
    let members = scope::members(&resources, &placements, |path| path);
    let mut objects = Vec::new();
    for Member { path, resource, node, .. } in members {
        objects.push(Object { resource, placement: &Placement::AsWritten, path, node });
    }
    look(&Hosts::new(&objects))
}

/// `host: interfaces that others reach`, `*` at the uplink, and its MTU.
fn show(files: &[(&str, &str)]) -> Vec<String> {
    with_hosts(files, |hosts| {
        let show_host = |host: &Host<'_>| {
            let uplink = host.uplink().map(|nic| nic.name);
            let nics: Vec<String> = host
                .external()
                .map(|nic| {
                    let star = if uplink == Some(nic.name) { "*" } else { "" };
                    let mtu = host.mtu_of(nic).map(|mtu| format!("={}", mtu.value));
                    format!("{}{star}{}", nic.name, mtu.unwrap_or_default())
                })
                .collect();
            format!("{}: {}", host.name, nics.join(" "))
        };
        hosts.hosts.iter().map(show_host).collect()
    })
}

fn netplan(devices: &str) -> String {
    format!("network: {{version: 2, {devices}}}\n")
}

#[test]
fn a_file_is_of_the_host_that_its_place_tells() {
    let text = netplan("ethernets: {eth0: {addresses: [192.0.2.1/24]}}");
    let ifcfg = "DEVICE=eth0\nIPADDR=192.0.2.1\n";
    let table = [
        ("nodes/n1/etc/netplan/01.yaml", text.as_str(), "n1"),
        ("n2/netplan.yaml", &text, "n2"),
        ("netplan/n3.yaml", &text, "n3"),
        ("n4/50-cloud-init.yaml", &text, "n4"),
        ("n5/etc/sysconfig/network-scripts/ifcfg-eth0", ifcfg, "n5"),
        ("n6/ifcfg-eth0", ifcfg, "n6"),
        ("etc/sysconfig/network-scripts/ifcfg-eth0", ifcfg, ""),
        ("netplan.yaml", &text, ""),
    ];
    for (path, text, expected) in table {
        let found = with_hosts(&[(path, text)], |hosts| hosts.hosts[0].name.to_owned());
        assert_eq!(found, expected, "{path}");
    }
}

#[test]
fn files_of_one_host_are_read_together() {
    let first = netplan("ethernets: {eth0: {dhcp4: true, mtu: 1500}}");
    let second = netplan("ethernets: {eth0: {dhcp4: false, mtu: 9000, addresses: [192.0.2.1/24]}}");
    let files =
        [("n1/etc/netplan/01-a.yaml", first.as_str()), ("n1/etc/netplan/50-b.yaml", &second)];
    with_hosts(&files, |hosts| {
        let [host] = &hosts.hosts[..] else { panic!("one host") };
        let [nic] = &host.interfaces[..] else { panic!("one interface") };
        assert_eq!((nic.dhcp4, nic.addresses.len()), (None, 1));
        assert_eq!(nic.mtu.as_ref().map(|mtu| mtu.value), Some(9000));
    });
    let files = [
        ("n1/b.netdev", "[NetDev]\nName=bond0\nKind=bond\nMTUBytes=9000\n"),
        ("n1/b.network", "[Match]\nName=bond0\n[Network]\nAddress=192.0.2.1/24\n"),
        ("n1/e.network", "[Match]\nName=eth0\n[Network]\nBond=bond0\n"),
    ];
    assert_eq!(show(&files), ["n1: bond0*=9000"]);
}

#[test]
fn what_programs_make_is_not_the_hosts() {
    let devices = "ethernets: {eth0: {dhcp4: true}}, bridges: {docker0: {addresses: [172.17.0.1/16], interfaces: [x]}, br0: {addresses: [10.0.0.1/24]}, br-lan: {interfaces: [eth1], addresses: [192.0.2.1/24]}, br-0123456789ab: {interfaces: [y]}}";
    assert_eq!(show(&[("n1.yaml", &netplan(devices))]), ["n1: eth0* br-lan"]);
}

#[test]
fn the_uplink_is_the_only_one_or_has_the_default_route() {
    let table = [
        ("ethernets: {eth0: {dhcp4: true}, eth1: {}}", "n1: eth0* eth1"),
        (
            "ethernets: {eth0: {addresses: [192.0.2.1/24], mtu: 9000, gateway4: 192.0.2.254}, eth1: {addresses: [10.0.0.1/24]}}",
            "n1: eth0*=9000 eth1",
        ),
        (
            "ethernets: {eth0: {addresses: [192.0.2.1/24]}, eth1: {addresses: [10.0.0.1/24]}}",
            "n1: eth0 eth1",
        ),
        ("ethernets: {eth0: {dhcp4: true}, eth1: {dhcp4: true}}", "n1: eth0 eth1"),
        (
            "ethernets: {eth0: {mtu: 1500}}, vlans: {v1: {id: 1, link: eth0, addresses: [10.0.0.1/24], mtu: 9000}}",
            "n1: eth0=1500 v1*=1500",
        ),
        (
            "ethernets: {eth0: {mtu: 1500}, eth1: {mtu: 9000}}, bonds: {b0: {interfaces: [eth0, eth1], dhcp4: true}}",
            "n1: b0*=1500",
        ),
    ];
    for (devices, expected) in table {
        assert_eq!(show(&[("n1.yaml", &netplan(devices))]), [expected], "{devices}");
    }
}

#[test]
fn addresses_have_prefixes_in_several_notations() {
    let ifcfg = "DEVICE=eth0\nIPADDR=192.0.2.1\nNETMASK=255.255.255.0\nIPADDR1=192.0.2.2\nPREFIX1=25\nIPADDR2=192.0.2.3\nIPADDR3=192.0.2.4\nNETMASK3=255.0.255.0\n";
    let expected = ["192.0.2.1/24", "192.0.2.2/25", "192.0.2.3/32", "-"];
    with_hosts(&[("n1/ifcfg-eth0", ifcfg)], |hosts| {
        let addresses = &hosts.hosts[0].interfaces[0].addresses;
        let show = |address: &NicAddress| match &address.cidr {
            Ok(cidr) => format!("{}/{}", cidr.address, cidr.prefix),
            Err(_) => "-".to_owned(),
        };
        assert_eq!(addresses.iter().map(show).collect::<Vec<_>>(), expected);
    });
}
