//! What the manifests of other network plugins state: Weave Net, Kube-OVN and kube-router. Their
//! defaults are none of an object in view, and are not assumed.

use super::collect::Collector;
use super::{Role, Source};
use crate::ingest::flags;
use crate::ingest::kubernetes::Container;
use crate::model::Object;
use crate::syntax::decode::Field;

impl Source {
    const WEAVE_RANGE: Source =
        Source::new(Role::IpPool, "IPALLOC_RANGE").called("Weave's pod range");
    const KUBE_OVN_PODS: Source =
        Source::new(Role::IpPool, "--default-cidr").called("Kube-OVN's pod range");
    const KUBE_OVN_SERVICES: Source = Source::new(Role::Service, "--service-cluster-ip-range")
        .repeats()
        .called("Kube-OVN's service range");
    const KUBE_ROUTER_SERVICES: Source = Source::new(Role::Service, "--service-cluster-ip-range")
        .repeats()
        .called("kube-router's service range");
}

impl<'a> Collector<'a> {
    pub(super) fn other_plugins(&mut self, object: Object<'a>, container: &'a Container) {
        for entry in container.env.items().iter().filter_map(Field::value) {
            if entry.name.value().is_some_and(|name| name == "IPALLOC_RANGE") {
                self.cidr_list_field(Source::WEAVE_RANGE, &entry.value, object);
            }
        }
        let is_named = |name: &str| container.name.value().is_some_and(|own| own.starts_with(name));
        let sources: &[(&str, Source)] = match () {
            () if is_named("kube-ovn-controller") => &[
                ("default-cidr", Source::KUBE_OVN_PODS),
                ("service-cluster-ip-range", Source::KUBE_OVN_SERVICES),
            ],
            () if is_named("kube-router") => {
                &[("service-cluster-ip-range", Source::KUBE_ROUTER_SERVICES)]
            }
            () => return,
        };
        let words = container.command.items().iter().chain(container.args.items());
        let flags = flags::of_command(words);
        for (name, source) in sources {
            if let Some(flag) = flags.get(name) {
                self.cidr_list_field(*source, &flag.value, object);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::testing::with_network;

    #[test]
    fn ranges_are_read_where_manifests_state_them() {
        let table = [
            ("weave", "env: [{name: IPALLOC_RANGE, value: 10.50.0.0/16}]", "10.50.0.0/16"),
            (
                "kube-ovn-controller",
                "args: [/kube-ovn/start-controller.sh, --default-cidr=10.16.0.0/16]",
                "10.16.0.0/16",
            ),
            ("kube-router", "args: [--service-cluster-ip-range=10.97.0.0/16]", "10.97.0.0/16"),
            ("kube-router", "args: [--run-router=true]", ""),
            ("other", "args: [--default-cidr=10.16.0.0/16]", ""),
        ];
        for (name, fields, expected) in table {
            let text = format!(
                "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: a}}\nspec:\n  selector: {{matchLabels: {{a: b}}}}\n  template:\n    metadata: {{labels: {{a: b}}}}\n    spec:\n      containers:\n      - name: {name}\n        image: example.com/a:1\n        {fields}\n"
            );
            with_network(&text, |network| {
                let ranges = network.addresses.ranges.iter();
                let found: Vec<String> = ranges.map(|range| range.range.to_string()).collect();
                assert_eq!(found.join(" "), expected, "{fields}");
            });
        }
    }
}
