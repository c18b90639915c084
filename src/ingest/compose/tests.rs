use super::*;
use crate::ingest::{Body, Outcome, ingest};
use crate::source::FileId;

/// The file, and what is wrong with its form.
fn compose(path: &str, text: &str) -> Option<(ComposeFile, Vec<String>)> {
    let contents = ingest(FileId::new(0), path, text);
    let problems =
        contents.problems.iter().map(|problem| text[problem.span.range()].to_owned()).collect();
    match contents.resources.into_iter().next()?.body {
        Body::Compose(file) => Some((*file, problems)),
        _ => None,
    }
}

#[test]
fn compose_files_are_known_by_name_or_by_their_keys() {
    let services = "services: {web: {image: nginx}}\n";
    for (path, text, expected) in [
        ("compose.yaml", services, true),
        ("a/docker-compose.prod.yml", services, true),
        ("shop.compose.yaml", services, true),
        ("stack-web.yml", services, true),
        ("traefik.yml", services, true),
        ("compose.yaml", "services:\n  web:\n", true),
        ("compose.yaml", "include: [db.yaml]\n", true),
        ("web.yml", "version: '3'\nservices: {web: {build: .}}\nx-a: 1\n", true),
        // The old form, a chart's values, a pipeline, and Kong's configuration.
        ("docker-compose.yml", "web: {image: nginx}\n", false),
        ("prometheus-stack.yaml", "name: a\ngrafana: {}\n", false),
        ("values.yaml", "services: {web: {image: nginx}}\nreplicas: 1\n", false),
        ("values.yaml", "services: {web: {port: 80}}\n", false),
        ("values.yaml", "services: {web: {image: nginx, port: 80}}\n", false),
        ("part.yml", "services: {web: {ports: ['80:80']}, api: {labels: [a]}}\n", true),
        ("base.yaml", "services: {web: {networks: [a]}, api: {command: b}}\n", true),
        ("kong.yaml", "services: [{name: web}]\n", false),
    ] {
        assert_eq!(compose(path, text).is_some(), expected, "{path}: {text}");
    }
}

#[test]
fn only_what_concerns_the_network_is_kept() {
    let text = "x-base: &base {restart: always, networks: [back]}\nservices:\n  web:\n    <<: *base\n    image: a\n    volumes: [b]\n    ports: !override ['80:80']\nvolumes: {b: }\n";
    let (file, problems) = compose("compose.yaml", text).expect("a Compose file");
    assert_eq!(problems, [""; 0]);
    let keys = |value: &Value| -> Vec<String> {
        value.entries().iter().map(|(key, _)| key.value.clone()).collect()
    };
    assert_eq!(keys(&file.root), ["services"]);
    let web = file.root.at(&["services", "web"]).expect("a service");
    assert_eq!(keys(web), ["image", "ports", "networks"]);
    let ports = web.get("ports").expect("ports");
    assert_eq!((ports.tag, ports.layout()), (Some(Tag::Override), &Layout::FlowList));
    assert_eq!(ports.items()[0].text(), Some("80:80"));
    assert_eq!(web.layout(), &Layout::BlockMap("    ".to_owned()));
}

#[test]
fn the_form_is_held_against_the_specification() {
    for (text, expected) in [
        ("services: {a: {image: a, network: [b]}}", vec!["network"]),
        (
            "services: {a: {image: a, Networks: [b], netwroks: [c], port: []}}",
            vec!["Networks", "netwroks", "port"],
        ),
        ("services: {a: {image: a, x-network: [b], cpus: 1, volume_driver: b}}", vec![]),
        ("services: {a: {image: a, ports: '80:80', links: b}}", vec!["'80:80'", "b"]),
        ("services: {a: {image: a, networks: [{b: {aliases: [c]}}]}}", vec!["{b: {aliases: [c]}}"]),
        ("services: {a: {image: a, networks: {b: {alias: [c], aliases: d}}}}", vec!["alias", "d"]),
        ("services: {a: {image: a, environment: [{A: b}]}}", vec!["{A: b}"]),
        (
            "services: {a: {image: a, ports: [{target: 80, public: 80}, 80, '${P}', 80:80]}}",
            vec!["public"],
        ),
        ("services: {a: {image: a, ports: '${P}', environment: {A: , B: 1, C: true}}}", vec![]),
        ("services: {a: }\nnetworks: {b: , c: {drivers: x}}", vec!["drivers"]),
        ("services: {a: }\nnetworks: [b]", vec!["[b]"]),
        (
            "services: {a: }\nnetworks: {b: {ipam: {config: {subnet: 10.0.0.0/8}}}}",
            vec!["{subnet: 10.0.0.0/8}"],
        ),
        (
            "services: {a: }\nnetworks: {b: {ipam: {config: [{subnets: 10.0.0.0/8}]}}}",
            vec!["subnets"],
        ),
    ] {
        let (_, problems) = compose("compose.yaml", text).expect("a Compose file");
        assert_eq!(problems, expected, "{text}");
    }
}

#[test]
fn what_may_be_no_compose_file_has_no_wrong_form() {
    let (_, problems) = compose("values.yaml", "services: {web: {ports: {http: 80}}}\n").unwrap();
    assert_eq!(problems, [""; 0]);
}

#[test]
fn variables_of_an_environment_file_are_a_resource() {
    let contents = ingest(FileId::new(0), "shop/.env", "A=1\n");
    assert_eq!(contents.documents[0].outcome, Outcome::Read);
    assert!(
        matches!(&contents.resources[0].body, Body::EnvironmentFile(file) if file.get("A").is_some())
    );
}
