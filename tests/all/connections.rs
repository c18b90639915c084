//! `netvet connections`: who may talk to whom, as people and programs see it.

use std::fs;
use std::process::Command;

use serde_json::Value;

const SHOP: &str = "apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: web, ports: [{name: http, containerPort: 8080}]}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers: [{name: db, image: db, ports: [{name: sql, containerPort: 5432}]}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: http}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  rules:
  - http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: sql}]
  egress:
  - to: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]
    ports: [{port: 53, protocol: UDP}]
";

fn connections(text: &str, arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("shop.yaml"), text).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_netvet"))
        .arg("connections")
        .args(arguments)
        .current_dir(folder.path())
        .env_clear()
        .output()
        .expect("netvet runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn each_connection_is_a_line() {
    let expected = "\
0.0.0.0-255.255.255.255[External] => shop/web[Deployment] : All Connections
shop/db[StatefulSet] => 10.0.0.0-10.0.255.255[External] : UDP 53
shop/db[StatefulSet] => 10.2.0.0-10.255.255.255[External] : UDP 53
shop/web[Deployment] => 0.0.0.0-9.255.255.255[External] : All Connections
shop/web[Deployment] => 10.0.0.0-10.0.255.255[External] : All Connections
shop/web[Deployment] => 10.1.0.0-10.1.255.255[External] : All Connections
shop/web[Deployment] => 10.2.0.0-10.255.255.255[External] : All Connections
shop/web[Deployment] => 11.0.0.0-255.255.255.255[External] : All Connections
shop/web[Deployment] => shop/db[StatefulSet] : TCP 5432
{ingress-controller} => shop/web[Deployment] : TCP 8080
";
    assert_eq!(connections(SHOP, &[]), expected);
}

#[test]
fn routes_of_gateway_api_are_ways_in() {
    let text = "\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  containers: [{name: web, image: web, ports: [{name: http, containerPort: 8080}]}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: http}, {name: admin, port: 81, targetPort: 9000}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: edge}
spec:
  parentRefs: [{name: edge}]
  rules:
  - backendRefs:
    - {name: web, namespace: shop, port: 80}
    - {name: web, namespace: shop, port: 81, weight: 0}
    - {group: example.com, kind: Pool, name: web}
";
    let found = connections(text, &[]);
    let ways_in: Vec<&str> = found.lines().filter(|line| line.starts_with('{')).collect();
    assert_eq!(ways_in, ["{ingress-controller} => shop/web[Pod] : TCP 8080"]);
}

#[test]
fn programs_get_what_is_sure_and_what_is_possible() {
    let text = SHOP.replace(
        "podSelector: {matchLabels: {app: web}}",
        "podSelector: {matchLabels: {app: '${CLIENT}'}}",
    );
    let found: Value =
        serde_json::from_str(&connections(&text, &["--format", "json"])).expect("JSON");
    let found = found["clusters"][0]["connections"].as_array().expect("connections").clone();
    let to_db = |source: &str| {
        let wanted =
            |one: &&Value| one["destination"]["name"] == "db" && one["source"]["name"] == source;
        found.iter().find(wanted).cloned()
    };
    let web = to_db("web").expect("web may be meant");
    assert_eq!(web["sure"], serde_json::json!([]));
    assert_eq!(web["possible"], serde_json::json!([{"protocol": "TCP", "ports": [[5432, 5432]]}]));
    assert_eq!(to_db("db"), None);
}

#[test]
fn tables_and_graphs_quote_what_comes_from_files() {
    let text = "{apiVersion: v1, kind: Pod, metadata: {name: 'a\"b,c', namespace: n}, spec: {containers: [{name: a, image: a}]}}\n";
    let csv = connections(text, &["--format", "csv"]);
    assert!(csv.contains("\"n/a\"\"b,c[Pod]\""), "{csv}");
    let dot = connections(text, &["--format", "dot"]);
    assert!(dot.contains("\"0: n/a\\\"b,c[Pod]\""), "{dot}");
}

#[test]
fn one_question_gets_the_lines_that_answer_it() {
    let line = "shop/web[Deployment] => shop/db[StatefulSet] : TCP 5432\n";
    let ask = |arguments: &[&str]| connections(SHOP, arguments);
    assert_eq!(ask(&["--from", "web", "--to", "shop/db"]), line);
    assert_eq!(ask(&["--from", "Deployment/web", "--to", "db", "--port", "5432"]), line);
    assert_eq!(ask(&["--from", "web", "--to", "db", "--port", "udp/5432"]), "");
    assert_eq!(
        ask(&["--from", "db", "--to", "10.2.3.4"]),
        "shop/db[StatefulSet] => 10.2.0.0-10.255.255.255[External] : UDP 53\n"
    );
    assert_eq!(ask(&["--from", "external", "--to", "db"]), "");
}

#[test]
fn a_service_stands_for_the_target_ports_of_its_pods() {
    let line = "0.0.0.0-255.255.255.255[External] => shop/web[Deployment] : TCP 8080\n";
    let ask =
        |port| connections(SHOP, &["--from", "external", "--to", "Service/web", "--port", port]);
    assert_eq!(ask("80"), line);
    assert_eq!(ask("8080"), "");
}

#[test]
fn who_is_not_there_is_told_with_the_nearest_names() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("shop.yaml"), SHOP).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_netvet"))
        .args(["connections", "--from", "wbe"])
        .current_dir(folder.path())
        .env_clear()
        .output()
        .expect("netvet runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.contains("there is no workload or Service `wbe`"), "{errors}");
    assert!(errors.contains("`shop/web`"), "{errors}");
}
