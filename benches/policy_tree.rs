//! Generates applications and the policies between them: as many policies as workloads, the same
//! bytes for the same size.
//!
//! A namespace has applications that call each other in a line, a default deny, a policy for DNS
//! and policies from one application to the next; some let metrics be read from another namespace,
//! some are of Calico and some of Cilium. Twice the size is twice as many teams, and not larger ones.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Applications of a namespace.
const APPLICATIONS: usize = 40;
/// One namespace has no policies of its own.
const OPEN: usize = 9;
/// Beside those of its applications: the default deny, DNS, metrics, and what is for the front.
const COMMON: usize = 4;

/// Writes about `workloads` workloads and as many policies below a folder, and returns how many
/// bytes they have.
pub fn generate(root: &Path, workloads: usize) -> u64 {
    let mut bytes = 0;
    let mut write = |path: String, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        fs::write(path, text).expect("written");
        bytes += text.len() as u64;
    };
    write("system.yaml".to_owned(), SYSTEM);
    for namespace in 0..workloads.div_ceil(APPLICATIONS) {
        let name = format!("team-{namespace}");
        let mut text = format!(
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n  labels: {{tier: t{}}}\n",
            namespace / 8
        );
        for index in 0..APPLICATIONS {
            let _ = application(&mut text, &name, index);
        }
        write(format!("{name}/applications.yaml"), &text);
        if namespace == OPEN {
            continue;
        }
        let mut text = String::new();
        let _ = common(&mut text, &name, namespace);
        for index in 0..APPLICATIONS - COMMON {
            let _ = match (namespace % 10, index % 4) {
                (3, 0) => calico(&mut text, &name, index),
                (7, 0) => cilium(&mut text, &name, index),
                _ => policy(&mut text, &name, index),
            };
        }
        write(format!("{name}/policies.yaml"), &text);
    }
    bytes
}

const SYSTEM: &str = "apiVersion: v1
kind: Service
metadata:
  name: kube-dns
  namespace: kube-system
spec:
  clusterIP: 10.96.0.10
  selector: {k8s-app: kube-dns}
  ports:
  - {name: dns, port: 53, protocol: UDP}
  - {name: dns-tcp, port: 53, protocol: TCP}
---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata:
  name: monitoring
spec:
  tier: Admin
  priority: 10
  subject: {namespaces: {}}
  ingress:
  - name: metrics
    action: Accept
    from:
    - namespaces: {matchLabels: {kubernetes.io/metadata.name: team-0}}
    protocols:
    - tcp: {destinationPort: {number: 9090}}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata:
  name: no-metadata-of-the-cloud
spec:
  order: 10
  namespaceSelector: kubernetes.io/metadata.name != \"kube-system\"
  types: [Egress]
  egress:
  - action: Deny
    destination: {nets: [169.254.169.254/32]}
";

fn application(text: &mut String, namespace: &str, index: usize) -> std::fmt::Result {
    let next = (index + 1) % APPLICATIONS;
    write!(
        text,
        "---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{index}
  namespace: {namespace}
spec:
  selector: {{matchLabels: {{app: app-{index}}}}}
  template:
    metadata:
      labels: {{app: app-{index}, group: g{}}}
    spec:
      containers:
      - name: web
        image: registry.example.com/app-{index}:1.42.3
        env:
        - name: NEXT
          value: http://app-{next}.{namespace}:80/orders
        ports:
        - {{name: http, containerPort: 8080}}
        - {{name: metrics, containerPort: 9090}}
---
apiVersion: v1
kind: Service
metadata:
  name: app-{index}
  namespace: {namespace}
spec:
  selector: {{app: app-{index}}}
  ports:
  - {{name: http, port: 80, targetPort: http}}
",
        index % 5
    )
}

fn common(text: &mut String, namespace: &str, number: usize) -> std::fmt::Result {
    write!(
        text,
        "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: default-deny
  namespace: {namespace}
spec:
  podSelector: {{}}
  policyTypes: [Ingress, Egress]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: dns
  namespace: {namespace}
spec:
  podSelector: {{}}
  policyTypes: [Egress]
  egress:
  - to:
    - namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: kube-system}}}}
      podSelector: {{matchLabels: {{k8s-app: kube-dns}}}}
    ports:
    - {{port: 53, protocol: UDP}}
    - {{port: 53, protocol: TCP}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: metrics
  namespace: {namespace}
spec:
  podSelector: {{matchExpressions: [{{key: group, operator: In, values: [g1, g2, g3]}}]}}
  policyTypes: [Ingress]
  ingress:
  - from:
    - namespaceSelector: {{matchLabels: {{tier: t{}}}}}
      podSelector: {{matchLabels: {{app: app-0}}}}
    ports:
    - {{port: metrics}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: front
  namespace: {namespace}
spec:
  podSelector: {{matchLabels: {{app: app-0}}}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from:
    - ipBlock: {{cidr: 0.0.0.0/0, except: [10.{}.0.0/16]}}
    ports:
    - {{port: 8080}}
  egress:
  - to:
    - namespaceSelector: {{matchLabels: {{tier: t{}}}}}
    ports:
    - {{port: metrics}}
",
        number / 8,
        number % 4,
        number / 8,
    )
}

fn policy(text: &mut String, namespace: &str, index: usize) -> std::fmt::Result {
    let next = index + 1;
    let before = (index + APPLICATIONS - 1) % APPLICATIONS;
    write!(
        text,
        "---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: app-{index}
  namespace: {namespace}
spec:
  podSelector: {{matchLabels: {{app: app-{index}}}}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from:
    - podSelector: {{matchLabels: {{app: app-{before}}}}}
    ports:
    - {{port: 8080, protocol: TCP}}
  egress:
  - to:
    - podSelector: {{matchLabels: {{app: app-{next}}}}}
    ports:
    - {{port: 8080, protocol: TCP}}
"
    )
}

fn calico(text: &mut String, namespace: &str, index: usize) -> std::fmt::Result {
    let next = index + 1;
    let before = (index + APPLICATIONS - 1) % APPLICATIONS;
    write!(
        text,
        "---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata:
  name: app-{index}
  namespace: {namespace}
spec:
  order: {index}
  selector: app == \"app-{index}\"
  types: [Ingress, Egress]
  ingress:
  - action: Allow
    protocol: TCP
    source: {{selector: app == \"app-{before}\"}}
    destination: {{ports: [8080]}}
  egress:
  - action: Allow
    protocol: TCP
    destination:
      selector: app == \"app-{next}\"
      ports: [8080]
"
    )
}

fn cilium(text: &mut String, namespace: &str, index: usize) -> std::fmt::Result {
    let next = index + 1;
    let before = (index + APPLICATIONS - 1) % APPLICATIONS;
    write!(
        text,
        "---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: app-{index}
  namespace: {namespace}
spec:
  endpointSelector: {{matchLabels: {{app: app-{index}}}}}
  ingress:
  - fromEndpoints:
    - matchLabels: {{app: app-{before}}}
    toPorts:
    - ports:
      - {{port: \"8080\", protocol: TCP}}
  egress:
  - toEndpoints:
    - matchLabels: {{app: app-{next}}}
    toPorts:
    - ports:
      - {{port: \"8080\", protocol: TCP}}
"
    )
}
