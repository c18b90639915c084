//! What holds for every input: findings do not depend on the order of files or on threads, and
//! fixing ends where nothing is left to fix.

use netvet::check::fixing::{Fixed, fix_texts};
use netvet::check::{Analysis, check_texts};
use netvet::config::Date;
use netvet::diagnostic::Safety;
use netvet::ingest::ProblemKind;
use proptest::prelude::*;

/// Something to find in each, most of it to be fixed.
const DOCUMENTS: [(&str, &str); 11] = [
    (
        "kubeadm",
        "apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.34.0
networking:
  podSubnet: 10.244.3.0/16,fd00:10:244::1/56 # both
  serviceSubnet: 10.96.0.0/12
controllerManager:
  extraArgs:
    --cluster-cidr: 10.244.0.0/16
",
    ),
    (
        "kubelet",
        "apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
clusterDomain: cluster.lcoal
clusterDNS:
- 10.96.0.1
",
    ),
    (
        "pool",
        "apiVersion: crd.projectcalico.org/v1
kind: IPPool
metadata:
  name: pods
spec:
  # all of them
  cidr: \"10.244.1.0/16\"
  ipipMode: Never
",
    ),
    (
        "balancer",
        "apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: lan, namespace: metallb-system}
spec:
  addresses: [192.168.1.240, 'fd00::240']
",
    ),
    (
        "web",
        "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  egress:
  - to:
    - namespaceSelector:
        matchLabels:
          name: kube-system
    ports:
    - port: 53
",
    ),
    (
        "api",
        "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  policyTypes: [Ingress]
  ingress:
    - from:
        - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: web}}
        - podSelector: {matchLabels: {app: gone}}
  egress:
    - ports: [{port: 443}]
",
    ),
    (
        "pods",
        "apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      hostNetwork: true
      containers:
        - name: web
          image: k8s.gcr.io/web:1
          env:
            - {name: URL, value: http://db.shop.svc.cluster.local:80}
",
    ),
    (
        "coredns",
        "apiVersion: v1
kind: ConfigMap
metadata: {name: coredns, namespace: kube-system}
data:
  Corefile: |
    .:53 {
        health
        kubernetes cluster.local in-addr.arpa ip6.arpa {
            upstream
        }
        proxy . /etc/resolv.conf
        cahce 30
    }
",
    ),
    (
        "flannel",
        "apiVersion: v1
kind: ConfigMap
metadata: {name: kube-flannel-cfg, namespace: kube-flannel}
data:
  cni-conf.json: |
    {
      \"name\": \"cbr0\",
      \"cniVersion\": \"v0.3\",
      \"plugins\": [{\"type\": \"portmap\"}, {\"type\": \"flannel\"}]
    }
  net-conf.json: |
    {
      \"Network\": \"10.244.0.0/16\",
      \"Backend\": {\"Type\": \"vxlann\"}
    }
",
    ),
    (
        "cilium",
        "apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  endpointSelector: {}
  ingress:
  - toPorts:
    - ports:
      - {port: 80, protocol: TCP}
",
    ),
    (
        "old",
        "apiVersion: policy/v1beta1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec:
  minAvailable: 1
  selector: {matchLabels: {app: web}}
",
    ),
];

/// How a document is written.
#[derive(Clone, Copy, Debug)]
enum Form {
    Block,
    Windows,
    /// Line endings of both kinds.
    Mixed,
    Marked,
    /// Without the last line ending.
    Cut,
    Json,
    OneLine,
    /// Among the items of a list.
    List,
}

const FORMS: [Form; 8] = [
    Form::Block,
    Form::Windows,
    Form::Mixed,
    Form::Marked,
    Form::Cut,
    Form::Json,
    Form::OneLine,
    Form::List,
];

impl Form {
    fn write(self, text: &str) -> String {
        let value = || serde_yaml::from_str::<serde_json::Value>(text).expect("YAML");
        match self {
            Form::Block => text.to_owned(),
            Form::Windows => text.replace('\n', "\r\n"),
            Form::Mixed => {
                let lines = text.split_inclusive('\n').enumerate();
                let ending = |(index, line): (usize, &str)| match index % 3 {
                    0 => line.replace('\n', "\r\n"),
                    _ => line.to_owned(),
                };
                lines.map(ending).collect()
            }
            Form::Marked => format!("\u{feff}{text}"),
            Form::Cut => text.trim_end().to_owned(),
            Form::Json => serde_json::to_string_pretty(&value()).expect("JSON"),
            Form::OneLine => value().to_string(),
            Form::List => {
                let item = text.trim_end().replace('\n', "\n  ");
                format!("apiVersion: v1\nkind: List\nitems:\n- {item}\n")
            }
        }
    }
}

fn inputs() -> impl Strategy<Value = Vec<(String, String)>> {
    let form = proptest::sample::select(&FORMS[..]);
    let documents = proptest::sample::subsequence(DOCUMENTS.to_vec(), 1..=DOCUMENTS.len());
    let documents = documents.prop_shuffle();
    (documents, proptest::collection::vec(form, DOCUMENTS.len())).prop_map(|(documents, forms)| {
        let texts = documents.into_iter().zip(forms);
        texts.map(|((name, text), form)| (format!("{name}.yaml"), form.write(text))).collect()
    })
}

fn today() -> Date {
    Date::parse("2026-11-20").expect("a day")
}

fn check(texts: &[(String, String)]) -> Analysis {
    check_texts(texts, None, today()).expect("no configuration")
}

fn fix(texts: &[(String, String)], allowed: Safety) -> Fixed {
    fix_texts(texts, None, today(), allowed).expect("no configuration")
}

/// What is found, without the numbers that files have in this run.
fn findings(analysis: &Analysis) -> Vec<String> {
    let sources = &analysis.sources;
    let place = |span: netvet::source::Span| {
        format!("{} {:?}", sources.get(span.file).path(), span.range())
    };
    let mut found: Vec<String> = analysis
        .findings
        .iter()
        .map(|found| {
            let one = &found.diagnostic;
            let labels: Vec<String> =
                one.labels().map(|label| format!("{} {}", place(label.span), label.text)).collect();
            let edits = one.fixes.iter().flat_map(|fix| &fix.edits);
            let edits: Vec<String> =
                edits.map(|edit| format!("{} {}", place(edit.span), edit.text)).collect();
            format!("{} {} {} {labels:?} {edits:?}", one.rule, one.severity, one.message)
        })
        .collect();
    found.sort();
    found
}

fn faults(analysis: &Analysis) -> usize {
    let is_syntax = |kind: &ProblemKind| matches!(kind, ProblemKind::Syntax(_));
    analysis.problems.iter().filter(|problem| is_syntax(&problem.kind)).count()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_files_changes_nothing(texts in inputs()) {
        let mut sorted = texts.clone();
        sorted.sort();
        prop_assert_eq!(findings(&check(&texts)), findings(&check(&sorted)));
    }

    #[test]
    fn the_number_of_threads_changes_nothing(texts in inputs()) {
        let found = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| findings(&check(&texts)))
        };
        prop_assert_eq!(found(1), found(3));
    }

    #[test]
    fn fixing_ends_where_nothing_is_left_to_fix(texts in inputs(), risky in any::<bool>()) {
        let allowed = if risky { Safety::Unsafe } else { Safety::Safe };
        let once = fix(&texts, allowed);
        let left = once.analysis.findings.iter().flat_map(|found| &found.diagnostic.fixes);
        let left: Vec<&str> =
            left.filter(|fix| fix.safety <= allowed).map(|fix| fix.title.as_str()).collect();
        prop_assert!(left.is_empty(), "left: {:?}", left);
        prop_assert!(faults(&once.analysis) <= faults(&check(&texts)));
        let twice = fix(&once.texts, allowed);
        prop_assert_eq!(twice.count, 0);
        prop_assert_eq!(twice.texts, once.texts);
    }

    #[test]
    fn fixes_change_lines_and_not_their_endings(texts in inputs()) {
        let fixed = fix(&texts, Safety::Unsafe);
        for ((path, before), (_, after)) in texts.iter().zip(&fixed.texts) {
            let endings = |text: &str| {
                let windows = text.matches("\r\n").count();
                (windows > 0, text.matches('\n').count() > windows)
            };
            prop_assert_eq!(endings(before), endings(after), "{}", path);
            prop_assert_eq!(before.starts_with('\u{feff}'), after.starts_with('\u{feff}'));
            prop_assert_eq!(before.ends_with('\n'), after.ends_with('\n'), "{}", path);
            prop_assert_eq!(before.contains("# both"), after.contains("# both"));
        }
    }
}
