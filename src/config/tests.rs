//! Whole configurations: what they say, and what is wrong with them.

use std::borrow::Cow;

use super::*;
use crate::diagnostic::{RuleId, RuleInfo, Severity};
use crate::source::Sources;

/// Rules with their categories and options, as `Known` has them.
pub(crate) fn known_of(rules: &[(&str, &str, &[&str])]) -> Known {
    Known::new(&infos_of(rules), ["mesh"])
}

fn infos_of(rules: &[(&str, &str, &[&str])]) -> Vec<RuleInfo> {
    let info = |(id, category, options): &(&str, &str, &[&str])| RuleInfo {
        id: RuleId(Cow::Owned((*id).to_owned())),
        aliases: vec![format!("former-{id}")],
        summary: String::new(),
        category: (*category).to_owned(),
        severity: Severity::Error,
        fix: None,
        since: String::new(),
        references: Vec::new(),
        tables: Vec::new(),
        options: options.iter().map(|name| ((*name).to_owned(), String::new())).collect(),
        page: String::new(),
        url: String::new(),
    };
    rules.iter().map(info).collect()
}

const RULES: &[(&str, &str, &[&str])] = &[
    ("coredns-memory-limit", "dns", &["minimum", "replicas"]),
    ("host-network", "policy", &["namespaces"]),
    ("overlapping-pools", "addressing", &[]),
];

pub(super) fn infos() -> Vec<RuleInfo> {
    infos_of(RULES)
}

pub(super) fn known() -> Known {
    known_of(RULES)
}

fn read(text: &str) -> Config {
    let mut sources = Sources::default();
    let file = sources.add("netvet.yaml", text.to_owned());
    Config::parse(text, file, &known()).expect("a good configuration")
}

/// `line:column text: message (help)` for each problem.
fn problems(text: &str) -> Vec<String> {
    let mut sources = Sources::default();
    let file = sources.add("netvet.yaml", text.to_owned());
    let Err(problems) = Config::parse(text, file, &known()) else { return Vec::new() };
    assert!(!problems.is_empty());
    problems
        .into_iter()
        .map(|problem| {
            let position = sources.start(problem.span);
            let help = problem.help.map_or_else(String::new, |help| format!(" ({help})"));
            format!("{}:{} {}{help}", position.line, position.column, problem.message)
        })
        .collect()
}

pub(super) const WHOLE: &str = r#"
clusters:
  prod:
    paths: [clusters/prod/**]
    kubernetes: "1.36"          # when no file says it
    nodes: 40
    max-pods: 110
    underlay-mtu: 9001
    node-networks: [10.0.0.0/16, "fd00::/64"]
    cni: cilium
    provider: eks
  dr:
reserved:
  - {cidr: 10.8.0.0/16, name: corporate VPN}
peered: [[prod, dr]]
external-services: [vault.security]
exclude: [vendor/**]
rules:
  coredns-memory-limit: {severity: error, minimum: 512Mi}
  host-network: off
  mesh: off
  former-overlapping-pools: {severity: info}
  addressing: off
ignores:
  - {rule: overlapping-pools, path: legacy/**, reason: decommissioned in Q1, until: 2027-03-31}
  - {rule: dns, object: ConfigMap/kube-system/coredns}
custom-rules: []
"#;

#[test]
fn every_key_is_read() {
    let config = read(WHOLE);
    let [prod, dr] = &config.clusters[..] else { panic!("two clusters") };
    assert_eq!(prod.name.value, "prod");
    assert!(prod.paths.matches("clusters/prod/kubeadm.yaml"));
    assert_eq!(prod.kubernetes.as_ref().map(|version| version.as_str()), Some("1.36"));
    let number = |value: &Option<Spanned<u64>>| value.as_ref().map(|number| number.value);
    assert_eq!(number(&prod.nodes), Some(40));
    assert_eq!(number(&prod.max_pods), Some(110));
    assert_eq!(number(&prod.underlay_mtu), Some(9001));
    let networks: Vec<String> = prod.node_networks.iter().map(|net| net.to_string()).collect();
    assert_eq!(networks, ["10.0.0.0/16", "fd00::/64"]);
    assert_eq!(prod.cni.as_ref().map(|cni| cni.as_str()), Some("cilium"));
    assert_eq!(prod.provider.as_ref().map(|provider| provider.as_str()), Some("eks"));
    assert_eq!(dr.name.value, "dr");
    assert!(dr.paths.is_empty());

    assert_eq!(config.reserved[0].cidr.to_string(), "10.8.0.0/16");
    assert_eq!(config.reserved[0].name.as_ref().map(|name| name.as_str()), Some("corporate VPN"));
    let peers: Vec<&str> = config.peered[0].iter().map(|name| name.as_str()).collect();
    assert_eq!(peers, ["prod", "dr"]);
    assert_eq!(config.external_services[0].namespace, "security");
    assert!(config.exclude.matches("vendor/a/b.yaml"));

    let [pools, dns] = &config.ignores.entries[..] else { panic!("two ignores") };
    assert_eq!(pools.rule.value, "overlapping-pools");
    assert_eq!(config.ignores.of_path("legacy/a.yaml"), [0]);
    assert_eq!(config.ignores.of_path("a.yaml"), [] as [usize; 0]);
    assert_eq!(pools.reason.as_ref().map(|text| text.as_str()), Some("decommissioned in Q1"));
    assert_eq!(pools.until.as_ref().map(|date| date.to_string()).as_deref(), Some("2027-03-31"));
    assert_eq!(
        dns.object.as_ref().map(|text| text.as_str()),
        Some("ConfigMap/kube-system/coredns")
    );
}

#[test]
fn a_rule_beats_its_category() {
    let rules = read(WHOLE).rules;
    assert_eq!(rules.level("host-network", "policy"), Some(Level::Off));
    assert_eq!(rules.level("overlapping-pools", "addressing"), Some(Level::On(Severity::Info)));
    assert_eq!(rules.level("other", "capacity"), None);
    assert_eq!(rules.level("other", "mesh"), Some(Level::Off));
    assert_eq!(rules.level("coredns-memory-limit", "dns"), Some(Level::On(Severity::Error)));
    let options = |name| {
        let setting = rules.get(name).expect("a setting");
        let options = setting.options.iter();
        options.map(|(name, value)| format!("{name}={}", value.value)).collect::<Vec<_>>()
    };
    assert_eq!(options("coredns-memory-limit"), ["minimum=512Mi"]);
    assert_eq!(options("host-network"), [""; 0]);
}

#[test]
fn former_names_of_rules_still_work() {
    let config = read(
        "rules: {former-host-network: {namespaces: [a, b]}}\nignores: [{rule: former-overlapping-pools, path: a}]",
    );
    let setting = config.rules.get("host-network").expect("a setting");
    assert_eq!(setting.options[0].1.value, "a,b");
    assert_eq!(config.ignores.entries[0].rule.value, "overlapping-pools");
    let twice = problems("rules: {host-network: off, former-host-network: info}");
    assert_eq!(
        twice,
        ["1:28 the rule `host-network` is set twice, by its names of now and before"]
    );
}

#[test]
fn values_know_where_they_stand() {
    let mut sources = Sources::default();
    let file = sources.add("netvet.yaml", WHOLE.to_owned());
    let config = Config::parse(WHOLE, file, &known()).expect("a good configuration");
    assert_eq!(sources.text(config.reserved[0].cidr.span), "10.8.0.0/16");
    assert_eq!(sources.text(config.clusters[0].paths.written()[0].span), "clusters/prod/**");
    assert_eq!(
        sources.text(config.ignores.entries[0].until.as_ref().expect("a date").span),
        "2027-03-31"
    );
    assert!(sources.text(config.ignores.entries[0].span).starts_with("{rule: overlapping-pools"));
}

#[test]
fn an_empty_file_is_the_default() {
    for text in ["", "\n", "# only a comment\n", "---\n", "{}", "---\n---\n", "null", "clusters:\n"]
    {
        assert_eq!(problems(text), [] as [&str; 0], "{text:?}");
        assert!(read(text).clusters.is_empty());
    }
}

#[test]
fn versions_are_read_as_they_are_written() {
    for text in ["1.30", "v1.36.2", "v1.36.2+k3s1", "1.36.2-eks-1"] {
        let config = read(&format!("clusters: {{a: {{kubernetes: {text}}}}}"));
        assert_eq!(config.clusters[0].kubernetes.as_ref().map(|text| text.as_str()), Some(text));
    }
    for text in ["1", "1.x", "1.36.", "1.36.1.2", "latest", "1.99999999999", ".36", "v"] {
        assert!(!is_version(text), "{text}");
    }
}

#[test]
fn what_is_wrong_is_said_where_it_stands() {
    let all = "known are `clusters`, `reserved`, `peered`, `external-services`, `exclude`, `rules`, `ignores` and `custom-rules`";
    let unknown =
        format!("1:1 unknown key `cluster` in the configuration (did you mean `clusters`? {all})");
    let table = [
        ("cluster: {}", unknown.as_str()),
        (
            "clusters: {a: {node-network: []}}",
            "1:16 unknown key `node-network` in the cluster `a` (did you mean `node-networks`? known are `paths`, `kubernetes`, `nodes`, `max-pods`, `underlay-mtu`, `node-networks`, `cni` and `provider`)",
        ),
        ("clusters: [a]", "1:11 expected a map of names to clusters, found a list"),
        (
            "clusters: {a: 5}",
            "1:15 expected a map of `paths`, `kubernetes`, `nodes`, `max-pods`, `underlay-mtu`, `node-networks`, `cni` and `provider`, found an integer `5`",
        ),
        (
            "clusters: {a: {nodes: many}}",
            "1:23 expected an integer from 1 to 1000000, found a string `many`",
        ),
        (
            "clusters: {a: {nodes: 0}}",
            "1:23 expected an integer from 1 to 1000000, found an integer `0`",
        ),
        (
            "clusters: {a: {underlay-mtu: 90000}}",
            "1:30 expected an integer from 68 to 65535, found an integer `90000`",
        ),
        ("clusters: {a: {paths: prod}}", "1:23 expected a list of globs, found a string `prod`"),
        (
            "clusters: {a: {paths: ['a[']}}",
            "1:24 `a[` is no glob: unclosed character class; missing ']'",
        ),
        (
            "clusters: {a: {kubernetes: latest}}",
            "1:28 expected a version such as `\"1.36\"`, found a string `latest`",
        ),
        (
            "clusters: {a: {provider: azzure}}",
            "1:26 `azzure` is not one of the values (did you mean `azure`? known are `aks`, `aws`, `azure`, `bare-metal`, `digitalocean`, `eks`, `gcp`, `gke`, `hetzner`, `openstack` and `other`)",
        ),
        (
            "clusters: {a: {node-networks: [10.0.0.0]}}",
            "1:32 expected a range such as `10.0.0.0/16`, found a string `10.0.0.0`",
        ),
        (
            "reserved: [{cidr: 10.8.0.5/16}]",
            "1:19 `10.8.0.5/16` has bits set beyond its prefix (the range that holds it is `10.8.0.0/16`)",
        ),
        (
            "reserved: [{cidr: 010.8.0.0/16}]",
            "1:19 expected a range such as `10.0.0.0/16`, found a string `010.8.0.0/16`",
        ),
        (
            "reserved: [{cidr: 10.0.0.0/33}]",
            "1:19 expected a range such as `10.0.0.0/16`, found a string `10.0.0.0/33`",
        ),
        (
            "reserved: [{cidr: 10.0.0.0/+8}]",
            "1:19 expected a range such as `10.0.0.0/16`, found a string `10.0.0.0/+8`",
        ),
        ("reserved: [{name: VPN}]", "1:12 the reserved range has no `cidr`"),
        (
            "reserved: [10.0.0.0/8]",
            "1:12 expected a map of `cidr` and `name`, found a string `10.0.0.0/8`",
        ),
        (
            "peered: [prod, dr]",
            "1:9 clusters are joined in groups of at least two (write a list of lists: `[[prod, dr]]`)",
        ),
        (
            "peered: [[a, b], [prod]]",
            "1:18 clusters are joined in groups of at least two (write a list of lists: `[[prod, dr]]`)",
        ),
        ("peered: prod", "1:9 expected a list of lists of clusters, found a string `prod`"),
        (
            "external-services: [vault]",
            "1:21 expected a Service with its namespace such as `vault.security`, found a string `vault`",
        ),
        (
            "exclude: [/etc]",
            "1:11 `/etc` is an absolute path; patterns are relative to the directory of the configuration",
        ),
        (
            "rules: {host-netwrk: off}",
            "1:9 no rule or category `host-netwrk` (did you mean `host-network`? `netvet rules` lists all rules)",
        ),
        ("rules: {xyz: off}", "1:9 no rule or category `xyz` (`netvet rules` lists all rules)"),
        (
            "rules: {mesh: of}",
            "1:15 `of` is no severity (did you mean `off`? known are `off`, `error`, `warning` and `info`)",
        ),
        ("rules: {mesh: }", "1:13 expected `off` or a severity, found nothing"),
        ("rules: {mesh: [off]}", "1:15 expected `off` or a severity, found a list"),
        (
            "rules: {mesh: {severity: fatal}}",
            "1:26 `fatal` is no severity (known are `off`, `error`, `warning` and `info`)",
        ),
        (
            "rules: {mesh: {minimum: 5}}",
            "1:16 unknown key `minimum` in the category `mesh` (known are `severity`)",
        ),
        (
            "rules: {coredns-memory-limit: {minimun: 5Mi}}",
            "1:32 unknown key `minimun` in the rule `coredns-memory-limit` (did you mean `minimum`? known are `severity`, `minimum` and `replicas`)",
        ),
        ("rules: {host-network: {namespaces: {}}}", "1:36 expected a string, found a map"),
        (
            "ignores: [{rule: host-netwrk, path: a}]",
            "1:18 no rule or category `host-netwrk` (did you mean `host-network`? `netvet rules` lists all rules)",
        ),
        ("ignores: [{path: a}]", "1:11 the ignore has no `rule`"),
        (
            "ignores: [{rule: mesh}]",
            "1:11 the ignore has neither `path` nor `object` (to leave a rule out everywhere, set it to `off` under `rules`)",
        ),
        (
            "ignores: [{rule: mesh, path: a, until: 2027-02-30}]",
            "1:40 expected a date such as `2027-03-31`, found a string `2027-02-30`",
        ),
        ("custom-rules: rules.yaml", "1:15 expected a list of globs, found a string `rules.yaml`"),
        (
            "- clusters",
            "1:1 expected a map of `clusters`, `reserved`, `peered`, `external-services`, `exclude`, `rules`, `ignores` and `custom-rules`, found a list",
        ),
        ("exclude: []\nexclude: []", "2:1 the key `exclude` is written twice"),
        ("exclude: []\n---\nrules: {}", "3:1 a second document, where a configuration has one"),
        ("exclude: {{ x }}", "1:10 expected a list of globs, found a template expression"),
        ("exclude: ['']", "1:11 expected a string, found an empty one"),
        ("? [a]\n: b", ""),
    ];
    for (text, want) in table {
        let found = problems(text);
        if want.is_empty() {
            assert_eq!(found.len(), 1, "{text}: {found:?}");
        } else {
            assert_eq!(found, [want], "{text}");
        }
    }
}

#[test]
fn all_problems_are_found_at_once() {
    let text =
        "clusters: {a: {nodes: x, cni: y}}\nrules: {z: off}\nignores:\n- {rule: q}\nexclude: a\n";
    let found = problems(text);
    let places: Vec<&str> = found.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(places, ["1:23", "1:31", "2:9", "4:3", "4:10", "5:10"]);
}

#[test]
fn text_that_is_no_yaml_is_one_problem() {
    for text in ["clusters: [", "a: b: c", "\tx", "\0", "%", "&a *a", "a: &x [*x]"] {
        assert!(!problems(text).is_empty(), "{text:?}");
    }
}
