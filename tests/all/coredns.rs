//! A Corefile may hold anything, and every rule that looks at one must get through it.

use netvet::check;
use netvet::config::Date;
use proptest::prelude::*;

const DEPLOYMENT: &str =
    include_str!("../../testdata/scenarios/sound-coredns/kubeadm/coredns.yaml");

proptest! {
    // Each case runs all rules on a whole cluster.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_corefile_can_be_checked(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                ".:53 {\n", "a.org, {\n", "(s) {\n", "}\n", "{", "import s\n", "import x/*\n",
                "kubernetes cluster.local {\n", "pods verified\n", "upstream\n", "autopath\n",
                "forward . 127.0.0.1 [::1]:53 tls://1.1.1.1\n", "forward\n", "proxy . 1.1.1.1\n",
                "bind 127.0.0.1\n", "health :x\n", "ready :8181\n", "cache\n", "caches\n", "view v\n",
                "__PILLAR__LOCAL__DNS__", "{$A}", "\"", "# c\n", "é", "\n",
            ]),
            0..40,
        )
    ) {
        let corefile = pieces.concat();
        let config_map = serde_json::json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "coredns", "namespace": "kube-system"},
            "data": {"Corefile": &corefile, "a.override": &corefile, "b.server": &corefile},
        });
        // The ConfigMap of the manifest makes room for that one.
        let deployment = DEPLOYMENT.replacen("name: coredns", "name: other", 1);
        let texts = [
            ("map.json".to_owned(), config_map.to_string()),
            ("Corefile".to_owned(), corefile),
            ("deployment.yaml".to_owned(), deployment),
        ];
        let today = Date::parse("2026-11-20").expect("a day");
        check::check_texts(&texts, None, today).expect("no configuration");
    }
}
