//! `netvet connections --explain`: which rules let a connection through, and which block it.

use std::process::{Command, Output};

use serde_json::Value;

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_netvet"))
        .args(["connections", "--explain"])
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/connections/shop"))
        .env_clear()
        .output()
        .expect("netvet runs")
}

fn explain(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

const BLOCKED_CALL: &str = "\
shop/cart[Deployment] => shop/pricing[Deployment] : No Connections
  through Service shop/pricing:80 (services.yaml:10:5), by the name `http` to TCP 8080 of shop/pricing[Deployment]
  out of shop/cart[Deployment]: TCP 8080
    allow  TCP 8080: no policy selects these pods for egress
  into shop/pricing[Deployment]: No Connections
    pass   TCP 8080: tier kube-admin: no rule matches
    block  TCP 8080: tier default: isolated for ingress by NetworkPolicy shop/pricing (policies.yaml:4:9), and none of the rules matches
           rule at policies.yaml:11:5 is about others
           rule at policies.yaml:16:5 is about TCP 9090
";

#[test]
fn a_call_is_followed_through_the_service_to_the_rules_at_both_ends() {
    let named = explain(&["--from", "cart", "--to", "Service/pricing", "--port", "80"]);
    assert_eq!(named, BLOCKED_CALL);
    assert_eq!(explain(&["--from", "cart", "--to", "10.96.0.40"]), BLOCKED_CALL);
}

#[test]
fn each_tier_tells_what_it_decides() {
    let expected = "\
shop/cart[Deployment] => shop/pricing[Deployment] : TCP 9090
  out of shop/cart[Deployment]: All Connections
    allow  All Connections: no policy selects these pods for egress
  into shop/pricing[Deployment]: TCP 9090
    pass   TCP 9090: tier kube-admin: ClusterNetworkPolicy metrics, rule at admin.yaml:14:5
    block  TCP 9000-9089,9091-9999: tier kube-admin: ClusterNetworkPolicy metrics, rule at admin.yaml:19:5
    pass   SCTP 1-65535,TCP 1-8999,10000-65535,UDP 1-65535: tier kube-admin: no rule matches
    allow  TCP 9090: tier default: NetworkPolicy shop/pricing, rule at policies.yaml:16:5
    block  SCTP 1-65535,TCP 1-8999,10000-65535,UDP 1-65535: tier default: isolated for ingress by NetworkPolicy shop/pricing (policies.yaml:4:9), and none of the rules matches
           rule at policies.yaml:11:5 is about others
";
    assert_eq!(explain(&["--from", "cart", "--to", "pricing"]), expected);
}

#[test]
fn what_is_not_known_says_why() {
    let expected = "\
shop/batch[Deployment] => shop/cart[Deployment] : perhaps TCP 80
  out of shop/batch[Deployment]: perhaps TCP 80
    ?      TCP 80: perhaps isolated for egress by NetworkPolicy shop/batch (policies.yaml:25:9) (a template or a controller decides whether it selects these pods), and none of the rules matches
           rule at policies.yaml:32:5 is about addresses; whether they are those of pods is up to the network plugin
    allow  perhaps TCP 80: no rule decides, and nothing isolates these pods
  into shop/cart[Deployment]: TCP 80
    allow  TCP 80: no policy selects these pods for ingress
";
    assert_eq!(explain(&["--from", "batch", "--to", "cart", "--port", "80"]), expected);
    let expected = "\
shop/cart[Deployment] => shop/agent[DaemonSet] : No Connections
  out of shop/cart[Deployment]: TCP 80
    allow  TCP 80: no policy selects these pods for egress
  into shop/agent[DaemonSet]: No Connections
    note   the pods have the network of their node; whether policies see them is up to the network plugin
    block  TCP 80: isolated for ingress by NetworkPolicy shop/agent (policies.yaml:38:9), and no rule allows it
";
    assert_eq!(explain(&["--from", "cart", "--to", "agent", "--port", "80"]), expected);
}

#[test]
fn a_policy_that_is_not_understood_is_named() {
    let told = explain(&["--from", "guest", "--to", "8.8.8.8"]);
    let note = "note   NetworkPolicy lab/antrea (lab.yaml:15:9) is not understood, and may decide otherwise";
    assert!(told.contains(note), "{told}");
}

#[test]
fn addresses_outside_have_one_side_in_the_cluster() {
    let expected = "\
shop/cart[Deployment] => 0.0.0.0-9.255.255.255[External] : All Connections
  out of shop/cart[Deployment]: All Connections
    allow  All Connections: no policy selects these pods for egress
";
    assert_eq!(explain(&["--from", "cart", "--to", "8.8.8.8"]), expected);
    let expected = "nothing to explain: there is no such connection from or to pods\n";
    assert_eq!(explain(&["--from", "8.8.8.8", "--to", "9.9.9.9"]), expected);
}

#[test]
fn a_backend_that_policies_block_shows_as_such() {
    let expected = "\
{ingress-controller} => shop/pricing[Deployment] : No Connections
  through Ingress shop/shop (services.yaml:24:9) to TCP 8080 of shop/pricing[Deployment]
  into shop/pricing[Deployment]: No Connections
    pass   TCP 8080: tier kube-admin: no rule matches
    block  TCP 8080: tier default: isolated for ingress by NetworkPolicy shop/pricing (policies.yaml:4:9), and none of the rules matches
           rule at policies.yaml:11:5 is about others
           rule at policies.yaml:16:5 is about TCP 9090
";
    assert_eq!(explain(&["--from", "ingress-controller"]), expected);
    let everything = explain(&[]);
    assert!(everything.ends_with(expected), "{everything}");
    assert!(!everything.contains("=> shop/agent[DaemonSet] : No"), "{everything}");
}

#[test]
fn services_that_lead_nowhere_say_why() {
    let expected = "Service shop/elsewhere (services.yaml:15:9) leads to no pods: it has no selector, and somebody else provides its endpoints\n";
    assert_eq!(explain(&["--to", "elsewhere"]), expected);
    let expected = "Service shop/pricing (services.yaml:4:9) leads to no pods: it has no such port, but TCP 80\n";
    assert_eq!(explain(&["--to", "Service/pricing", "--port", "8080"]), expected);
}

#[test]
fn programs_get_places_and_decisions() {
    let arguments = ["--from", "cart", "--to", "Service/pricing", "--format", "json"];
    let found: Value = serde_json::from_str(&explain(&arguments)).expect("JSON");
    let route = &found["clusters"][0]["connections"][0]["routes"][0];
    let tcp = |port: u16| serde_json::json!([{"protocol": "TCP", "ports": [[port, port]]}]);
    let through = &route["through"][0];
    assert_eq!((&through["kind"], &through["line"]), (&"Service".into(), &10.into()));
    assert_eq!(through["port"], serde_json::json!({"protocol": "TCP", "port": 80}));
    assert_eq!(through["target"]["sure"], tcp(8080));
    let block = &route["sides"][1]["decisions"][1];
    assert_eq!((&block["decision"], &block["reason"]), (&"block".into(), &"isolated".into()));
    let policy = &block["policies"][0];
    assert_eq!((&policy["path"], &policy["line"]), (&"policies.yaml".into(), &4.into()));
    let rule = &policy["rules"][1];
    let place = (&rule["line"], &rule["column"], &rule["because"]);
    assert_eq!(place, (&16.into(), &5.into(), &"ports".into()));
    assert_eq!(rule["sure"], tcp(9090));
}

#[test]
fn tables_and_graphs_have_no_room_for_reasons() {
    let output = run(&["--format", "csv"]);
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("`--explain` has the formats text and json"), "{errors}");
}
