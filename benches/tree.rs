//! Generates trees of files to measure with: the same bytes for the same size.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Of a hundred applications, each a Deployment with a Service, a policy and a configuration.
const FILES_PER_APPLICATION: usize = 4;

/// Writes about `files` files below a folder, and returns how many bytes they have.
pub fn generate(root: &Path, files: usize) -> u64 {
    let mut bytes = 0;
    let mut write = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        fs::write(path, text).expect("written");
        bytes += text.len() as u64;
    };
    write("cluster/kubeadm.yaml", KUBEADM);
    write("cluster/calico.yaml", CALICO);
    write("cluster/nodes.yaml", &nodes(200));
    for application in 0..files / FILES_PER_APPLICATION {
        let namespace = format!("team-{}", application % 100);
        let name = format!("app-{application}");
        let folder = format!("apps/{namespace}/{name}");
        write(&format!("{folder}/deployment.yaml"), &deployment(&namespace, &name));
        write(&format!("{folder}/service.yaml"), &service(&namespace, &name));
        write(&format!("{folder}/policy.yaml"), &policy(&namespace, &name));
        write(&format!("{folder}/config.yaml"), &config(&namespace, &name));
    }
    bytes
}

/// How many objects of a plan stand in one file.
const OBJECTS_PER_FILE: usize = 100;

/// Writes an address plan of about `ranges` ranges below a folder: pools, what nodes have of
/// them, and addresses of Services. Returns how many bytes the files have.
pub fn generate_plan(root: &Path, ranges: usize) -> u64 {
    let third = ranges.div_ceil(3);
    let mut bytes = 0;
    for kind in ["pools", "nodes", "services"] {
        fs::create_dir_all(root.join(kind)).expect("created");
        for first in (0..third).step_by(OBJECTS_PER_FILE) {
            let mut text = String::new();
            for index in first..third.min(first + OBJECTS_PER_FILE) {
                let _ = match kind {
                    "pools" => plan_pool(&mut text, index),
                    "nodes" => plan_node(&mut text, index),
                    _ => plan_service(&mut text, index),
                };
            }
            fs::write(root.join(format!("{kind}/{first}.yaml")), &text).expect("written");
            bytes += text.len() as u64;
        }
    }
    bytes
}

/// The range of some length at an index among those of 64 addresses of a network.
pub fn range(network: u8, index: usize, length: u8) -> String {
    let [_, a, b, c] = (index as u32 * 64).to_be_bytes();
    format!("{network}.{a}.{b}.{c}/{length}")
}

fn plan_pool(text: &mut String, index: usize) -> std::fmt::Result {
    let cidr = range(10, index, 26);
    write!(
        text,
        "---
apiVersion: projectcalico.org/v3
kind: IPPool
metadata:
  name: pool-{index}
spec:
  cidr: {cidr}
  vxlanMode: Always
  natOutgoing: true
"
    )
}

fn plan_node(text: &mut String, index: usize) -> std::fmt::Result {
    let [_, a, b, c] = (index as u32 + 1).to_be_bytes();
    write!(
        text,
        "---
apiVersion: v1
kind: Node
metadata:
  name: node-{index}
spec:
  podCIDR: {}
status:
  addresses:
  - type: InternalIP
    address: 11.{a}.{b}.{c}
",
        range(10, index, 26)
    )
}

fn plan_service(text: &mut String, index: usize) -> std::fmt::Result {
    let [_, a, b, c] = (index as u32 + 1).to_be_bytes();
    write!(
        text,
        "---
apiVersion: v1
kind: Service
metadata:
  name: service-{index}
  namespace: team-{}
spec:
  clusterIP: 12.{a}.{b}.{c}
  selector: {{app: web-{index}}}
  ports:
  - port: 80
",
        index % 100
    )
}

const KUBEADM: &str = "apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.1
networking:
  podSubnet: 10.64.0.0/12
  serviceSubnet: 10.96.0.0/12
";

const CALICO: &str = "apiVersion: projectcalico.org/v3
kind: IPPool
metadata:
  name: default
spec:
  cidr: 10.64.0.0/12
  blockSize: 26
  vxlanMode: Always
  natOutgoing: true
";

fn nodes(count: usize) -> String {
    let mut text = String::new();
    for node in 0..count {
        let _ = write!(
            text,
            "---
apiVersion: v1
kind: Node
metadata:
  name: node-{node}
spec:
  podCIDR: 10.{}.{}.0/24
status:
  addresses:
  - type: InternalIP
    address: 192.168.{}.{}
  nodeInfo:
    kubeletVersion: v1.36.1
",
            64 + node / 256,
            node % 256,
            node / 250,
            node % 250 + 1
        );
    }
    text
}

fn deployment(namespace: &str, name: &str) -> String {
    let mut environment = String::new();
    for variable in 0..12 {
        let _ = write!(
            environment,
            "        - name: SETTING_{variable}\n          value: \"value {variable} of {name}\"\n"
        );
    }
    format!(
        "# The front of {name}, as its team runs it.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: {namespace}
  labels:
    app.kubernetes.io/name: {name}
    app.kubernetes.io/part-of: shop
  annotations:
    description: >-
      Serves the pages of {name} to the people who
      buy things, and keeps what they looked at.
spec:
  replicas: 2
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {name}
        app.kubernetes.io/part-of: shop
    spec:
      securityContext: {{runAsNonRoot: true, seccompProfile: {{type: RuntimeDefault}}}}
      containers:
      - name: web
        image: registry.example.com/shop/{name}:1.42.3
        args: [--listen=:8080, --database=postgres://db.data:5432/{name}]
        ports:
        - name: http
          containerPort: 8080
        env:
{environment}        resources:
          requests: {{cpu: 50m, memory: 64Mi}}
          limits: {{memory: 128Mi}}
        readinessProbe:
          httpGet: {{path: /ready, port: http}}
"
    )
}

fn service(namespace: &str, name: &str) -> String {
    format!(
        "apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: {namespace}
spec:
  selector:
    app.kubernetes.io/name: {name}
  ports:
  - name: http
    port: 80
    targetPort: http
"
    )
}

fn policy(namespace: &str, name: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {name}
  namespace: {namespace}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: {name}
  policyTypes: [Ingress, Egress]
  ingress:
  - from:
    - podSelector: {{matchLabels: {{app.kubernetes.io/part-of: shop}}}}
    ports:
    - {{port: 8080, protocol: TCP}}
  egress:
  - to:
    - namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: kube-system}}}}
      podSelector: {{matchLabels: {{k8s-app: kube-dns}}}}
    ports:
    - {{port: 53, protocol: UDP}}
    - {{port: 53, protocol: TCP}}
  - to:
    - namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {namespace}}}}}
    ports:
    - {{port: 5432, protocol: TCP}}
"
    )
}

fn config(namespace: &str, name: &str) -> String {
    let mut settings = String::new();
    for setting in 0..40 {
        let _ = writeln!(settings, "    setting.{setting}.of.{name} = value number {setting}");
    }
    format!(
        "apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
  namespace: {namespace}
data:
  application.properties: |
{settings}  LOG_LEVEL: info
  UPSTREAM: http://{name}.{namespace}.svc.cluster.local
"
    )
}
