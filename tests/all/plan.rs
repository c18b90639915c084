//! `netvet plan`: the address plan as people and programs see it.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const CLUSTER: &str = "apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
controlPlaneEndpoint: 10.0.0.10:6443
networking:
  podSubnet: 10.244.0.0/22
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
clusterDNS: [10.96.0.10]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  clusterIP: 10.96.1.1
  ports: [{port: 80}]
---
apiVersion: crd.projectcalico.org/v1
kind: IPPool
metadata: {name: spare}
spec:
  cidr: 10.0.0.64/26
";

const CONFIG: &str = "clusters:
  prod:
    paths: ['**']
    nodes: 3
    node-networks: [10.0.0.0/24]
";

fn plan(files: &[(&str, &str)], arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        fs::write(folder.path().join(path), text).expect("written");
    }
    plan_of(folder.path(), arguments)
}

fn plan_of(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_netvet"))
        .arg("plan")
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .output()
        .expect("netvet runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn the_plan_is_a_tree_by_address() {
    let text = plan(&[("cluster.yaml", CLUSTER), ("netvet.yaml", CONFIG)], &[]);
    insta::assert_snapshot!(text, @r"
    prod
      10.0.0.0/24     node network: 1 of 254 addresses are taken here  (netvet.yaml:5)
                      free: 10.0.0.128/25, 10.0.0.11-10.0.0.63, 10.0.0.0-10.0.0.9
        10.0.0.10     control-plane endpoint  (cluster.yaml:3)
        10.0.0.64/26  IP pool `spare`: one block of a /26  (cluster.yaml:22)
                      ! collides with node network 10.0.0.0/24  (netvet.yaml:5)
      10.96.0.0/12    service range, the default without `networking.serviceSubnet`: 3 of 1048574 addresses are taken here  (cluster.yaml:2)
        10.96.0.10    cluster DNS  (cluster.yaml:9)
        10.96.1.1     cluster IP of `web`  (cluster.yaml:15)
      10.244.0.0/22   pod range: 4 nodes, a /24 with 254 addresses each; 3 nodes, room for 1 more  (cluster.yaml:5)
      largest free private ranges: 10.128.0.0/10, 10.32.0.0/11, 10.64.0.0/11, 10.192.0.0/11, 10.16.0.0/12
    ");
}

#[test]
fn programs_get_the_same() {
    let files = [("cluster.yaml", CLUSTER), ("netvet.yaml", CONFIG)];
    let plan: Value = serde_json::from_str(&plan(&files, &["--format", "json"])).expect("JSON");
    assert_eq!(plan["version"], 1);
    let ranges = plan["clusters"][0]["ranges"].as_array().expect("ranges");
    let of = |range: &str| {
        ranges.iter().find(|entry| entry["range"] == range).unwrap_or_else(|| panic!("no {range}"))
    };
    assert_eq!(of("10.244.0.0/22")["usage"]["nodes"], 4);
    assert_eq!(of("10.244.0.0/22")["usage"]["more_nodes"], 1);
    assert_eq!(of("10.96.0.0/12")["statements"][0]["known"], "default");
    assert_eq!(of("10.0.0.64/26")["collides_with"], serde_json::json!(["10.0.0.0/24"]));
    assert_eq!(of("10.0.0.10")["depth"], 1);
    assert_eq!(of("10.0.0.0/24")["statements"][0]["object"], Value::Null);
}

#[test]
fn addresses_of_dns_name_the_field_that_states_them() {
    let config =
        "cluster-cidr: 10.42.0.0/16\nservice-cidr: 10.43.0.0/16\ncluster-dns: 10.43.0.10\n";
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("etc/rancher/k3s");
    fs::create_dir_all(&place).expect("folders");
    fs::write(place.join("config.yaml"), config).expect("written");
    let text = plan_of(folder.path(), &["--format", "json"]);
    let plan: Value = serde_json::from_str(&text).expect("JSON");
    let ranges = plan["clusters"][0]["ranges"].as_array().expect("ranges");
    let dns = ranges.iter().find(|entry| entry["range"] == "10.43.0.10").expect("the address");
    assert_eq!(dns["statements"][0]["field"], "cluster-dns");
}

#[test]
fn many_addresses_of_a_kind_take_one_line() {
    let nodes: String = (1..=100)
        .map(|n| {
            format!(
                "apiVersion: v1\nkind: Node\nmetadata: {{name: n{n}}}\nstatus:\n  addresses: [{{type: InternalIP, address: 10.0.0.{n}}}]\n---\n"
            )
        })
        .collect();
    let text = plan(&[("nodes.yaml", &nodes)], &[]);
    assert!(text.contains("… 92 more\n"), "{text}");
    assert_eq!(text.matches("address of node").count(), 0);
    assert_eq!(text.matches("node address `n").count(), 8);
}

#[test]
fn files_without_addresses_have_no_plan() {
    let text = plan(
        &[("namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")],
        &[],
    );
    assert_eq!(text, "no ranges or addresses\n");
}
