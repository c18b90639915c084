//! Documents inside texts of other documents: the configurations in ConfigMaps.

use super::kubeadm::{self, Kubeadm};
use super::{
    Body, Problem, ProblemKind, Reader, Resource, cluster_api, cni, content_hash, flannel,
};
use crate::source::Spanned;
use crate::syntax::{self, Node, template};

impl Reader<'_> {
    /// The configurations that a ConfigMap hands to components and network plugins, and those of
    /// additional networks. Nothing else that lies in a text is taken for a manifest.
    pub(super) fn embedded(&mut self, document: usize, name: &str, node: Node<'_>) {
        let Some(resource) = self.contents.resources.last() else { return };
        match (resource.group(), resource.kind.as_str()) {
            ("", "ConfigMap") => {
                let components = ["kube-proxy", "kubeadm-config", "kubelet-config"];
                let of_component = components.iter().any(|prefix| name.starts_with(prefix));
                for (key, value) in node.get("data").into_iter().flat_map(Node::entries) {
                    if of_component {
                        self.component_configs(document, value);
                    }
                    match key.str() {
                        Some(key) if cni::is_cni_key(key) => {
                            self.cni_in_config_map(document, key, value);
                        }
                        Some("daemon.json") => self.docker_daemon_in_config_map(document, value),
                        Some("config") => self.metallb_config(document, value),
                        Some(flannel::NET_CONF) => self.flannel_in_config_map(document, value),
                        _ => {}
                    }
                }
            }
            ("k8s.cni.cncf.io", "NetworkAttachmentDefinition") => {
                if let Some((key, config)) = node.get("spec").and_then(|spec| spec.entry("config"))
                {
                    self.network_attachment(document, key, config);
                }
            }
            (group, kind) => {
                if let Some(config) = cluster_api::embedded_kubeadm(group, kind, node) {
                    self.kubeadm_inside(document, config);
                }
                self.released_charts(document, node);
            }
        }
    }

    /// The parts of kubeadm's configuration inside the object that was read last.
    fn kubeadm_inside(&mut self, document: usize, config: Node<'_>) {
        let Some(owner) = self.contents.resources.last() else { return };
        let (api_version, metadata) = (owner.api_version.clone(), owner.metadata.clone());
        let parts = [
            ("clusterConfiguration", "ClusterConfiguration"),
            ("initConfiguration", "InitConfiguration"),
            ("joinConfiguration", "JoinConfiguration"),
        ];
        for (key, kind) in parts {
            let Some((key, node)) = config.entry(key) else { continue };
            let Some(mut kubeadm) = kubeadm::read(kind, node) else { continue };
            if let Kubeadm::Cluster(cluster) = &mut kubeadm {
                cluster.is_part = true;
            }
            self.contents.resources.push(Resource {
                file: self.file,
                document,
                span: node.span(),
                api_version: api_version.clone(),
                kind: Spanned::new(kind.to_owned(), key.span()),
                metadata: metadata.clone(),
                content: content_hash(node),
                body: Body::Kubeadm(kubeadm),
            });
        }
    }

    fn component_configs(&mut self, document: usize, value: Node<'_>) {
        let groups = ["kubeadm.k8s.io/", "kubelet.config.k8s.io/", "kubeproxy.config.k8s.io/"];
        let text = value.str().unwrap_or_default();
        let Some(inner) = value.inner_text().filter(|_| groups.iter().any(|g| text.contains(g)))
        else {
            return;
        };
        let parsed = syntax::parse(inner, false);
        for inner in parsed.tree.documents() {
            let root = parsed.tree.root(inner);
            let version = root.get("apiVersion").and_then(Node::str).unwrap_or_default();
            if groups.iter().any(|group| version.starts_with(group)) {
                self.object(document, root, None);
            }
        }
        if template::is_engine_template(text) {
            return;
        }
        for problem in parsed.problems {
            let (kind, span) = (ProblemKind::Syntax(problem.kind), problem.span);
            self.contents.problems.push(Problem { document, kind, span });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::component_config::ComponentConfig;
    use crate::ingest::kubeadm::Kubeadm;
    use crate::ingest::{Body, FileContents, ProblemKind, ingest};
    use crate::source::FileId;
    use crate::syntax::decode::Field;

    fn read(path: &str, text: &str) -> FileContents {
        ingest(FileId::new(0), path, text)
    }

    fn kinds(contents: &FileContents) -> Vec<&str> {
        contents.resources.iter().map(|resource| resource.kind.as_str()).collect()
    }

    #[test]
    fn component_configs_in_config_maps_are_resources_with_places_inside() {
        let text = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: kube-proxy, namespace: kube-system}
data:
  config.conf: |
    apiVersion: kubeproxy.config.k8s.io/v1alpha1
    kind: KubeProxyConfiguration
    clusterCIDR: 10.244.0.0/16
  kubeconfig.conf: |
    apiVersion: v1
    kind: Config
";
        let contents = read("a.yaml", text);
        assert_eq!(kinds(&contents), ["ConfigMap", "KubeProxyConfiguration"]);
        let Body::ComponentConfig(ComponentConfig::KubeProxy(config)) = &contents.resources[1].body
        else {
            panic!("{:?}", contents.resources[1].body)
        };
        let span = config.cluster_cidr.span().expect("a span");
        assert_eq!(&text[span.range()], "10.244.0.0/16");
    }

    #[test]
    fn manifests_in_texts_are_not_read() {
        let text = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: examples}
data:
  a.yaml: |
    apiVersion: kubeadm.k8s.io/v1beta4
    kind: ClusterConfiguration
    networking: {podSubnet: 10.96.0.0/16}
";
        assert_eq!(kinds(&read("a.yaml", text)), ["ConfigMap"]);
    }

    #[test]
    fn plugins_are_found_in_files_config_maps_and_attachments() {
        let conflist = r#"{"cniVersion": "0.3.1", "name": "k8s", "plugins": [{"type": "calico", "mtu": __CNI_MTU__, "ipam": {"type": "host-local", "subnet": "usePodCidr"}}, {"type": "portmap"}]}"#;
        let map = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: calico-config}}\ndata:\n  cni_network_config: |-\n    {conflist}\n"
        );
        let attachment = format!(
            "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\nmetadata: {{name: a}}\nspec:\n  config: '{conflist}'\n"
        );
        for (path, text) in
            [("net.d/10.conflist", conflist), ("a.yaml", map.as_str()), ("b.yaml", &attachment)]
        {
            let contents = read(path, text);
            assert_eq!(contents.problems, [], "{path}");
            let resource = contents.resources.last().expect("a resource");
            let Body::Cni(config) = &resource.body else { panic!("{path}") };
            assert_eq!(resource.identity(), "CNI configuration/k8s");
            let plugins: Vec<_> = config.known_plugins().collect();
            assert_eq!(plugins.len(), 2);
            assert!(plugins[0].mtu.is_unknown());
            let subnet = plugins[0].ipam.then(|ipam| &ipam.subnet);
            assert_eq!(
                &text[subnet.span().expect("a span").range()].trim_matches('"'),
                &"usePodCidr"
            );
        }
        let contents =
            read("package.json", r#"{"name": "web", "plugins": ["a"], "type": "module"}"#);
        assert_eq!(kinds(&contents), [""; 0]);
    }

    #[test]
    fn extra_args_are_read_in_both_shapes() {
        for args in ["{cluster-cidr: 10.0.0.0/8}", "[{name: cluster-cidr, value: 10.0.0.0/8}]"] {
            let text = format!(
                "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\ncontrollerManager:\n  extraArgs: {args}\n"
            );
            let contents = read("a.yaml", &text);
            let Body::Kubeadm(Kubeadm::Cluster(cluster)) = &contents.resources[0].body else {
                panic!("{text}")
            };
            let value = cluster.controller_manager.extra_args.value("cluster-cidr");
            assert_eq!(&text[value.expect("a value").span.range()], "10.0.0.0/8");
            assert_eq!(cluster.pod_subnet(), Field::Absent);
        }
    }

    #[test]
    fn misspelt_fields_inside_texts_are_found() {
        let text = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: kubelet-config}
data:
  kubelet: |
    apiVersion: kubelet.config.k8s.io/v1beta1
    kind: KubeletConfiguration
    clusterDns: [10.96.0.10]
";
        let contents = read("a.yaml", text);
        let [problem] = contents.problems.as_slice() else { panic!("{:?}", contents.problems) };
        assert!(matches!(problem.kind, ProblemKind::UnknownField { .. }));
        assert_eq!(&text[problem.span.range()], "clusterDns");
    }
}
