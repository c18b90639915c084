//! `netvet connections --diff OLD NEW`: what a change allows, and what it cuts.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const VERSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/connections/versions");

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_netvet"))
        .args(["connections", "--diff"])
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .output()
        .expect("netvet runs")
}

fn diff(arguments: &[&str]) -> String {
    told(&run(Path::new(VERSIONS), arguments))
}

fn told(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// What two texts differ in, as `old.yaml` and `new.yaml`.
fn of_texts(old: &str, new: &str) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("old.yaml"), old).expect("written");
    fs::write(folder.path().join("new.yaml"), new).expect("written");
    run(folder.path(), &["old.yaml", "new.yaml"])
}

#[test]
fn what_policies_change_comes_before_what_workloads_bring_and_take() {
    let expected = "\
+ workload shop/api[Pod]
- workload shop/legacy[Pod]
~ shop/db[Pod] => 10.0.0.0-10.0.255.255[External] : TCP 443 -> TCP 80,443 (gained TCP 80)
- shop/db[Pod] => 10.1.0.0-10.1.255.255[External] : TCP 443
~ shop/db[Pod] => 10.2.0.0-10.255.255.255[External] : TCP 443 -> TCP 80,443 (gained TCP 80)
~ shop/web[Pod] => shop/db[Pod] : TCP 5432,9187 -> TCP 5432-5433 (gained TCP 5433; lost TCP 9187)
+ shop/api[Pod] => shop/web[Pod] : All Connections (with a new workload)
+ shop/api[Pod] => 0.0.0.0-255.255.255.255[External] : All Connections (with a new workload)
+ shop/web[Pod] => shop/api[Pod] : All Connections (with a new workload)
+ 0.0.0.0-255.255.255.255[External] => shop/api[Pod] : All Connections (with a new workload)
- shop/legacy[Pod] => shop/db[Pod] : All Connections (with a workload that is gone)
- shop/legacy[Pod] => shop/web[Pod] : All Connections (with a workload that is gone)
- shop/legacy[Pod] => 0.0.0.0-255.255.255.255[External] : All Connections (with a workload that is gone)
- shop/web[Pod] => shop/legacy[Pod] : All Connections (with a workload that is gone)
- 0.0.0.0-255.255.255.255[External] => shop/legacy[Pod] : All Connections (with a workload that is gone)
";
    assert_eq!(diff(&["old", "new"]), expected);
}

#[test]
fn the_same_twice_has_no_changes() {
    assert_eq!(diff(&["old", "old"]), "no connection changes\n");
    assert_eq!(diff(&["old", "old", "--exit-code"]), "no connection changes\n");
}

#[test]
fn scripts_can_ask_for_an_exit_code() {
    let output = run(Path::new(VERSIONS), &["old", "new", "--exit-code"]);
    assert_eq!(output.status.code(), Some(1));
    let output = run(Path::new(VERSIONS), &["old", "nowhere"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_question_is_about_its_ends_alone() {
    let expected = "\
- workload shop/legacy[Pod]
~ shop/web[Pod] => shop/db[Pod] : TCP 5432,9187 -> TCP 5432-5433 (gained TCP 5433; lost TCP 9187)
- shop/legacy[Pod] => shop/db[Pod] : All Connections (with a workload that is gone)
";
    assert_eq!(diff(&["old", "new", "--to", "db"]), expected);
    let expected = "- shop/web[Pod] => shop/db[Pod] : TCP 9187\n";
    assert_eq!(diff(&["old", "new", "--from", "web", "--to", "db", "--port", "9187"]), expected);
}

#[test]
fn programs_get_what_was_gained_and_lost() {
    let text = diff(&["old", "new", "--format", "json"]);
    let found: Value = serde_json::from_str(&text).expect("JSON");
    let cluster = &found["clusters"][0];
    assert_eq!(cluster["workloads_added"][0]["name"], "api");
    assert_eq!(cluster["workloads_removed"][0]["name"], "legacy");
    let changes = cluster["changes"].as_array().expect("changes");
    let to_db = changes
        .iter()
        .find(|change| change["source"]["name"] == "web" && change["destination"]["name"] == "db");
    let to_db = to_db.expect("it changes");
    let tcp = |port: u16| serde_json::json!([{"protocol": "TCP", "ports": [[port, port]]}]);
    assert_eq!((&to_db["change"], &to_db["cause"]), (&"changed".into(), &"network".into()));
    assert_eq!(to_db["gained"]["sure"], tcp(5433));
    assert_eq!(to_db["lost"]["sure"], tcp(9187));
}

#[test]
fn tables_and_graphs_hold_the_same() {
    let csv = diff(&["old", "new", "--format", "csv", "--from", "web", "--to", "db"]);
    let expected = "\
cluster,change,cause,source,destination,old,new,gained,lost
(the whole tree),changed,network,shop/web[Pod],shop/db[Pod],\"TCP 5432,9187\",TCP 5432-5433,TCP 5433,TCP 9187
";
    assert_eq!(csv, expected);
    let dot = diff(&["old", "new", "--format", "dot", "--from", "legacy"]);
    assert!(dot.contains("\"0: shop/legacy[Pod]\" -> \"0: shop/db[Pod]\" [color=red,"), "{dot}");
}

const POD: &str = "{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: n, labels: {app: a}}, spec: {containers: [{name: c, image: i}]}}\n";

fn policy(name: &str, spec: &str) -> String {
    format!(
        "---\n{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: {name}, namespace: n}}, spec: {spec}}}\n"
    )
}

/// A rule that cuts the space of addresses changes nothing for those that it is not about.
#[test]
fn ranges_are_compared_however_they_are_cut() {
    let other = policy(
        "other",
        "{podSelector: {matchLabels: {app: b}}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}",
    );
    let output = of_texts(POD, &format!("{POD}{other}"));
    assert_eq!(told(&output), "no connection changes\n");
}

#[test]
fn addresses_of_ipv6_are_told_where_one_version_speaks_of_them() {
    let isolated = policy("deny", "{podSelector: {}, policyTypes: [Ingress]}");
    let lost = "- 0.0.0.0-255.255.255.255[External] => n/a[Pod] : All Connections\n";
    assert_eq!(told(&of_texts(POD, &format!("{POD}{isolated}"))), lost);
    let six =
        policy("six", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: '2000::/3'}}]}]}");
    let told = told(&of_texts(POD, &format!("{POD}{six}")));
    assert!(told.starts_with(lost), "{told}");
    assert!(told.contains("- ::-1fff:"), "{told}");
    assert!(!told.contains("2000::-"), "{told}");
}

/// What a template decides is neither won nor lost for certain.
#[test]
fn what_is_not_known_is_not_claimed() {
    let open = policy("p", "{podSelector: {matchLabels: {app: '${APP}'}}, policyTypes: [Ingress]}");
    let told = told(&of_texts(POD, &format!("{POD}{open}")));
    assert_eq!(
        told,
        "~ 0.0.0.0-255.255.255.255[External] => n/a[Pod] : All Connections -> perhaps All Connections (lost perhaps All Connections)\n"
    );
}

#[test]
fn what_cannot_be_read_is_no_change_in_silence() {
    let output = of_texts(POD, "a: [\n");
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("`new.yaml:"), "{errors}");
}

#[test]
fn clusters_are_compared_by_their_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    };
    let deny = policy("deny", "{podSelector: {}, policyTypes: [Egress]}");
    for version in ["old", "new"] {
        for cluster in ["east", "west"] {
            // The same pod with another image: these cannot be one cluster.
            let pod = POD.replace("image: i", &format!("image: {cluster}"));
            let denies = version == "new" && cluster == "west";
            let text = if denies { format!("{pod}{deny}") } else { pod };
            write(&format!("{version}/clusters/{cluster}/pod.yaml"), &text);
        }
    }
    let all = told(&run(folder.path(), &["old", "new"]));
    let line = "- n/a[Pod] => 0.0.0.0-255.255.255.255[External] : All Connections\n";
    assert_eq!(all, format!("# clusters/west\n{line}"));
    let west = told(&run(folder.path(), &["old", "new", "--cluster", "clusters/west"]));
    assert_eq!(west, line);
    let output = run(folder.path(), &["old", "new", "--cluster", "north"]);
    assert_eq!(output.status.code(), Some(2));
}
