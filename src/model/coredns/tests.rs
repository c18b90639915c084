use super::*;
use crate::model::testing::with_network;

/// A workload that runs CoreDNS, with lines of its pod at 6 blanks and a label.
fn workload(name: &str, namespace: &str, label: &str, image: &str, volume: &str) -> String {
    format!(
        "---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  selector: {{matchLabels: {{{label}}}}}
  template:
    metadata: {{labels: {{{label}}}}}
    spec:
      containers:
      - {{name: coredns, image: {image}}}
      volumes:
      - {{name: config, configMap: {{name: {volume}}}}}
"
    )
}

fn config_map(name: &str, namespace: &str, directives: &str) -> String {
    format!(
        "---
apiVersion: v1
kind: ConfigMap
metadata: {{name: {name}, namespace: {namespace}}}
data:
  Corefile: |
    .:53 {{
        {directives}
    }}
"
    )
}

/// `name role release` of each server, with the ConfigMap of its Corefile.
fn servers(text: &str) -> Vec<String> {
    with_network(text, |network| {
        let coredns = &network.coredns;
        let show = |server: &Server<'_>| {
            let release = server.release.map(|release| release.to_string()).unwrap_or_default();
            let corefile =
                coredns.corefile_of(server).map_or("-", |corefile| corefile.object.name());
            format!("{} {:?} {release} {corefile}", server.object.name(), server.role)
        };
        coredns.servers.iter().map(show).collect()
    })
}

#[test]
fn the_servers_of_the_cluster_are_told_from_others() {
    let text = [
        workload(
            "coredns",
            "kube-system",
            "k8s-app: kube-dns",
            "coredns/coredns:1.12.1",
            "coredns",
        ),
        workload("dns", "dns", "k8s-app: coredns", "mirror.example.org/coredns:latest", "none"),
        workload("my-coredns", "kube-system", "app: x", "coredns/coredns:v1.9.3", "none"),
        workload("office", "office", "app: office", "coredns/coredns:1.12.1", "office"),
        workload("own", "office", "app: own", "example.org/own-dns:1", "office"),
        workload(
            "cache",
            "kube-system",
            "k8s-app: node-local-dns",
            "registry.k8s.io/dns/k8s-dns-node-cache:1.25.0",
            "x",
        ),
        workload("web", "office", "app: web", "example.org/web:1", "none"),
        config_map("coredns", "kube-system", "kubernetes"),
        config_map("office", "office", "hosts"),
    ];
    assert_eq!(
        servers(&text.concat()),
        [
            "coredns Cluster 1.12.1 coredns",
            "dns Cluster  -",
            "my-coredns Cluster 1.9.3 -",
            "office Other 1.12.1 office",
            "own Other  office",
            "cache NodeLocal 1.25.0 -",
        ]
    );
}

#[test]
fn a_corefile_has_the_role_of_its_user_or_one_by_what_it_says() {
    let text = [
        workload("office", "kube-system", "app: office", "coredns/coredns:1.12.1", "office"),
        config_map("office", "kube-system", "kubernetes"),
        config_map("coredns", "kube-system", "hosts"),
        config_map("other", "''", "kubernetes"),
        config_map("other-space", "office", "kubernetes"),
        config_map("nodelocaldns", "kube-system", "kubernetes"),
        config_map("bound", "kube-system", "bind 169.254.20.10"),
    ];
    let roles = with_network(&text.concat(), |network| {
        let corefiles = network.coredns.corefiles.iter();
        corefiles.map(|c| format!("{} {:?}", c.object.name(), c.role)).collect::<Vec<_>>()
    });
    assert_eq!(
        roles,
        [
            "office Other",
            "coredns Cluster",
            "other Cluster",
            "other-space Other",
            "nodelocaldns NodeLocal",
            "bound NodeLocal",
        ]
    );
}

#[test]
fn autoscalers_are_found_by_their_target() {
    let coredns =
        workload("coredns", "kube-system", "k8s-app: kube-dns", "coredns/coredns:1.12.1", "x");
    let scaler = |name: &str, arguments: &str| {
        let scaler = workload(name, "kube-system", "app: scaler", "example.org/scaler:1", "x");
        scaler.replace("scaler:1}", &format!("scaler:1, command: [{arguments}]}}"))
    };
    let hpa = |name: &str| {
        format!(
            "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: x, namespace: kube-system}}\nspec: {{maxReplicas: 3, scaleTargetRef: {{kind: Deployment, name: {name}}}}}\n"
        )
    };
    let table = [
        (String::new(), false),
        (scaler("dns-autoscaler", "--target=Deployment/coredns"), true),
        (scaler("dns-autoscaler", "--target, deployment/coredns"), true),
        (scaler("dns-autoscaler", "--target=Deployment/other"), false),
        (scaler("web", "--target=Deployment/coredns"), false),
        (hpa("coredns"), true),
        (hpa("other"), false),
        (
            "---\napiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: coredns, namespace: kube-system}\n"
                .to_owned(),
            true,
        ),
    ];
    for (scaler, expected) in table {
        let found = with_network(&[coredns.clone(), scaler.clone()].concat(), |network| {
            network.coredns.servers[0].autoscaler.is_some()
        });
        assert_eq!(found, expected, "{scaler}");
    }
}

#[test]
fn distributions_are_told_by_their_marks() {
    let of = |text: &str| with_network(text, |network| network.coredns.servers[0].distribution);
    let plain = |name: &str, image: &str| {
        workload(name, "kube-system", "k8s-app: kube-dns", image, "coredns")
    };
    let labelled = |labels: &str| {
        plain("coredns", "coredns/coredns:1.12.1").replace(
            "namespace: kube-system}",
            &format!("namespace: kube-system, labels: {{{labels}}}}}"),
        )
    };
    let hosts = config_map("coredns", "kube-system", "hosts /etc/coredns/NodeHosts");
    let no_hosts = config_map("coredns", "kube-system", "kubernetes");
    let k3s = plain("coredns", "rancher/mirrored-coredns-coredns:1.12.1");
    let table = [
        (plain("coredns", "registry.k8s.io/coredns/coredns:v1.12.1"), Distribution::Unknown),
        (plain("rke2-coredns-rke2-coredns", "example.org/coredns:1"), Distribution::Rke2),
        (plain("x-coredns", "rancher/hardened-coredns:v1.12.1-build1"), Distribution::Rke2),
        (k3s.clone(), Distribution::K3s),
        ([k3s.clone(), hosts].concat(), Distribution::K3s),
        ([k3s, no_hosts].concat(), Distribution::Unknown),
        (labelled("helm.sh/chart: coredns-1.43.0"), Distribution::HelmChart),
        (labelled("helm.sh/chart: other-1.43.0"), Distribution::Unknown),
    ];
    for (text, expected) in table {
        assert_eq!(of(&text), expected, "{text}");
    }
}

#[test]
fn without_a_server_the_service_with_the_usual_name_is_that_of_the_dns() {
    let service = |name: &str, namespace: &str| {
        format!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec:\n  clusterIP: 10.96.0.10\n  selector: {{k8s-app: kube-dns}}\n  ports: [{{port: 53, protocol: UDP}}]\n"
        )
    };
    let names = |text: &str| {
        with_network(text, |network| {
            let services = network.coredns.services.iter();
            services.map(|service| service.object.name().to_owned()).collect::<Vec<_>>()
        })
    };
    let services = [service("kube-dns", "kube-system"), service("coredns", "office")].concat();
    assert_eq!(names(&services), ["kube-dns"]);
    let server =
        workload("coredns", "office", "k8s-app: kube-dns", "coredns/coredns:1.12.1", "coredns");
    assert_eq!(names(&[services, server].concat()), ["coredns"]);
}
