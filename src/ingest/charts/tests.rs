use super::*;
use crate::ingest::{FileContents, ingest};
use crate::source::FileId;

fn read(path: &str, text: &str) -> FileContents {
    ingest(FileId::new(0), path, text)
}

/// Of every Cilium in a file: its pools of IPv4 as they stand there, its mode, and whether its
/// values are complete.
fn cilium(path: &str, text: &str) -> Vec<(Vec<String>, String, bool)> {
    let contents = read(path, text);
    assert_eq!(contents.problems, [], "{path}");
    let values = contents.resources.iter().filter_map(|resource| match &resource.body {
        Body::ChartValues(values) => Some(values),
        _ => None,
    });
    let of_cilium = values.filter_map(|values| match &values.settings {
        ChartSettings::Cilium(config) => Some((config, values.complete)),
        _ => None,
    });
    of_cilium
        .map(|(config, complete)| {
            let pools = config.ipv4.pools.items().iter();
            let pools = pools.map(|pool| text[pool.span.range()].trim_matches('"').to_owned());
            let mode = config.ipam.value().cloned().unwrap_or_default();
            (pools.collect(), mode, complete)
        })
        .collect()
}

const VALUES: &str = "ipam:\n  mode: cluster-pool\n  operator: {clusterPoolIPv4PodCIDRList: [\"10.1.0.0/16\"]}\nkubeProxyReplacement: true\nk8sServiceHost: 10.0.0.1\n";

/// Indented, as a part of something else.
fn nested(by: usize) -> String {
    VALUES.lines().map(|line| format!("{}{line}\n", " ".repeat(by))).collect()
}

#[test]
fn values_are_found_wherever_they_stand() {
    let nested = |by: usize| nested(by);
    let table = [
        ("cilium-values.yaml", VALUES.to_owned()),
        ("values-cilium.yaml", VALUES.to_owned()),
        ("helm/cilium.yaml", VALUES.to_owned()),
        ("cilium/values.yaml", VALUES.to_owned()),
        ("infra/values.yaml", VALUES.to_owned()),
        ("cilium/values.yaml", format!("cilium:\n{}", nested(2))),
        (
            "a.yaml",
            format!(
                "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: cilium}}\nspec:\n  chart: {{spec: {{chart: cilium, version: 1.16.2}}}}\n  values:\n{}",
                nested(4)
            ),
        ),
        (
            "a.yaml",
            format!(
                "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: cni}}\nspec:\n  chartRef: {{kind: OCIRepository, name: cilium}}\n  values:\n{}",
                nested(4)
            ),
        ),
        (
            "a.yaml",
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: cilium}}\nspec:\n  source:\n    chart: cilium\n    targetRevision: 1.16.2\n    helm:\n      values: |\n{}",
                nested(8)
            ),
        ),
        (
            "a.yaml",
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: cilium}}\nspec:\n  template:\n    spec:\n      sources:\n      - chart: cilium\n        helm:\n          valuesObject:\n{}",
                nested(12)
            ),
        ),
        (
            "a.yaml",
            format!(
                "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata: {{name: cilium}}\nspec:\n  chart: oci://quay.io/cilium/charts/cilium\n  valuesContent: |-\n{}",
                nested(4)
            ),
        ),
        (
            "kustomization.yaml",
            format!(
                "helmCharts:\n- name: cilium\n  version: 1.16.2\n  valuesInline:\n{}",
                nested(4)
            ),
        ),
        ("fleet.yaml", format!("helm:\n  chart: cilium\n  values:\n{}", nested(4))),
        (
            "helmfile.yaml",
            format!(
                "releases:\n- name: cilium\n  chart: cilium/cilium\n  values:\n  -\n{}",
                nested(4)
            ),
        ),
    ];
    for (path, text) in table {
        let expected = (vec!["10.1.0.0/16".to_owned()], "cluster-pool".to_owned(), true);
        assert_eq!(cilium(path, &text), [expected], "{path}:\n{text}");
    }
}

#[test]
fn values_that_come_from_elsewhere_too_are_not_complete() {
    let table = [
        ("cilium/values-prod.yaml", "kubeProxyReplacement: true\n"),
        (
            "a.yaml",
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a}\nspec:\n  chart: {spec: {chart: cilium}}\n  valuesFrom: [{kind: ConfigMap, name: b}]\n  values: {kubeProxyReplacement: true}\n",
        ),
        (
            "a.yaml",
            "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata: {name: rke2-cilium}\nspec:\n  valuesContent: |-\n    kubeProxyReplacement: true\n",
        ),
        (
            "kustomization.yaml",
            "helmCharts:\n- name: cilium\n  valuesFile: a.yaml\n  valuesInline: {kubeProxyReplacement: true}\n",
        ),
        (
            "fleet.yaml",
            "helm: {chart: cilium, values: {kubeProxyReplacement: true}}\ntargetCustomizations: [{name: a}]\n",
        ),
    ];
    for (path, text) in table {
        assert_eq!(cilium(path, text), [(Vec::new(), String::new(), false)], "{path}");
    }
}

#[test]
fn single_values_win_over_maps() {
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n  source:\n    chart: cilium\n    helm:\n      valuesObject: {ipam: {mode: kubernetes}}\n      parameters:\n      - {name: ipam.mode, value: cluster-pool}\n      - {name: 'ipam.operator.clusterPoolIPv4PodCIDRList[0]', value: 10.2.0.0/16}\n";
    let expected = (vec!["10.2.0.0/16".to_owned()], "cluster-pool".to_owned(), true);
    assert_eq!(cilium("a.yaml", text), [expected]);
}

#[test]
fn what_only_looks_like_values_is_left_alone() {
    let table = [
        ("values.yaml", "image: {tag: a}\ningress: {enabled: true}\nipam: {mode: kubernetes}\n"),
        ("cilium/values.yaml", "web: {replicas: 2}\nresources: {}\n"),
        ("cilium/app.yaml", VALUES),
        ("roles/cilium/defaults/main.yml", "cilium_version: 1.16.2\noperator: {}\n"),
        ("cilium.yaml", "jobs: {build: {}}\noperator: {}\n"),
        ("metallb/values.yaml", "controller: {replicas: 1}\nspeaker: {}\n"),
        ("values.yaml", "[]\n"),
    ];
    for (path, text) in table {
        assert_eq!(read(path, text).resources.len(), 0, "{path}");
    }
}

#[test]
fn templated_values_are_unknown() {
    let text = "kubeProxyReplacement: true\nipam: '{{ .ipam }}'\n";
    let contents = read("cilium-values.yaml", text);
    let Body::ChartValues(values) = &contents.resources[0].body else { panic!("{contents:?}") };
    let ChartSettings::Cilium(config) = &values.settings else { panic!("{values:?}") };
    assert!(config.ipam.is_unknown() && config.ipv4.pools.is_unknown());
}

#[test]
fn the_operators_chart_makes_an_installation() {
    let text = "installation:\n  kubernetesProvider: ''\n  calicoNetwork:\n    ipPools: [{cidr: 10.0.0.0/16}]\n";
    let chart = format!(
        "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata: {{name: rke2-calico}}\nspec:\n  valuesContent: |-\n{}",
        text.lines().map(|line| format!("    {line}\n")).collect::<String>()
    );
    for (path, text) in [("tigera-operator/values.yaml", text), ("a.yaml", chart.as_str())] {
        let contents = read(path, text);
        let Some(Body::Calico(Calico::Installation(spec))) =
            contents.resources.last().map(|resource| &resource.body)
        else {
            panic!("{path}: {contents:?}")
        };
        assert!(spec.kubernetes_provider.is_absent());
        let pools = spec.calico_network.then(|network| &network.ip_pools);
        let cidr = pools.items()[0].then(|pool| &pool.cidr);
        assert_eq!(&text[cidr.span().expect("a span").range()], "10.0.0.0/16");
    }
    let off = read("tigera-operator/values.yaml", "installation: {enabled: false}\n");
    assert_eq!(off.resources.len(), 1);
}

#[test]
fn charts_and_their_versions_are_known_with_their_places() {
    let table = [
        (
            "a.yaml",
            "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {name: a}\nspec: {url: oci://quay.io/cilium/charts/cilium, ref: {tag: 1.16.2}}\n",
        ),
        (
            "a.yaml",
            "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata: {name: a}\nspec: {chart: cilium, version: 1.16.2}\n",
        ),
        ("kustomization.yaml", "helmCharts: [{name: cilium, version: 1.16.2}]\n"),
    ];
    for (path, text) in table {
        let contents = read(path, text);
        let mut releases = contents.resources.iter().filter_map(|resource| match &resource.body {
            Body::Release(release) => Some(&release.charts[0]),
            _ => None,
        });
        let release = releases.next().expect("a release");
        assert_eq!(release.chart(), Some(Chart::Cilium), "{path}");
        assert_eq!(&text[release.version.span().expect("a span").range()], "1.16.2");
    }
    let text = "apiVersion: v2\nname: mine\nversion: 1.0.0\ndependencies:\n- {name: cilium, alias: cni, version: 1.16.2}\n";
    let contents = read("mine/Chart.yaml", text);
    let Body::Chart(chart) = &contents.resources[0].body else { panic!("{contents:?}") };
    let keys: Vec<_> = chart.brought().filter_map(file::Dependency::key).collect();
    assert_eq!(keys, ["cni"]);
}

#[test]
fn values_of_flannel_are_its_configuration() {
    let release = |chart: &str, values: &str| {
        format!(
            "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata: {{name: {chart}}}\nspec:\n  chart: {chart}\n  valuesContent: |-\n    {values}\n"
        )
    };
    // The network, whether IPv6 is on, the backend and the MTU.
    let table = [
        ("flannel", "podCidr: 10.9.0.0/16", Some("Some(\"10.9.0.0/16\") None None None")),
        (
            "flannel",
            "{podCidr: 10.9.0.0/16, podCidrv6: 'fd00:9::/56', flannel: {backend: host-gw, mtu: 1400}}",
            Some("Some(\"10.9.0.0/16\") Some(true) Some(\"host-gw\") Some(1400)"),
        ),
        ("flannel", "{podCidr: '', podCidrv6: ''}", Some("None Some(false) None None")),
        ("flannel", "{podCidr: '{{ .Values.x }}'}", Some("None None None None")),
        ("flannel", "flannel: {image_pull_secrets: []}", None),
        (
            "rke2-canal",
            "{podCidr: 10.9.0.0/16, flannel: {backend: vxlan}}",
            Some("None None Some(\"vxlan\") None"),
        ),
    ];
    for (chart, values, expected) in table {
        let contents = read("a.yaml", &release(chart, values));
        assert_eq!(contents.problems, [], "{values}");
        let config = contents.resources.iter().find_map(|resource| match &resource.body {
            Body::Flannel(config) => Some(config),
            _ => None,
        });
        let found = config.map(|config| {
            let backend = config.backend.value().expect("the chart has one");
            let (network, ipv6) = (config.network.value(), config.enable_ipv6.value());
            format!("{network:?} {ipv6:?} {:?} {:?}", backend.kind.value(), backend.mtu.value())
        });
        assert_eq!(found.as_deref(), expected, "{chart} {values}");
    }
}
