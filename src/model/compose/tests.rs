use super::calls::{CallKind, Names, calls};
use super::*;
use crate::ingest;
use crate::scope::Placement;
use crate::source::FileId;

/// The projects that some files make, and the texts of the files.
fn with_projects<T>(files: &[(&str, &str)], look: impl FnOnce(&[Project]) -> T) -> T {
    let contents: Vec<_> = files
        .iter()
        .enumerate()
        .map(|(index, (path, text))| ingest::ingest(FileId::new(index as u32), path, text))
        .collect();
    let placement = Placement::AsWritten;
    let objects: Vec<Object<'_>> = contents
        .iter()
        .zip(files)
        .flat_map(|(contents, (path, _))| {
            assert_eq!(contents.problems, [], "{path}");
            let placement = &placement;
            contents.resources.iter().map(move |resource| Object {
                resource,
                placement,
                path,
                node: None,
            })
        })
        .collect();
    look(&Compose::new(&objects).projects)
}

/// `web: front back`, a line for each service.
fn memberships(project: &Project) -> Vec<String> {
    let of = |service: &Service| {
        let networks: Vec<&str> =
            service.memberships.iter().map(|it| it.network.value.as_str()).collect();
        format!("{}: {}", service.name.value, networks.join(" "))
    };
    project.services.iter().map(of).collect()
}

#[test]
fn a_service_without_networks_is_on_the_default_one() {
    let text = "services:\n  a: {image: a}\n  b: {image: b, networks: [back]}\n  c: {image: c, networks: {back: {aliases: [d]}, front: }}\n  e: {image: e, network_mode: host}\n  f: {image: f, networks: []}\nnetworks: {back: , front: }\n";
    with_projects(&[("compose.yaml", text)], |projects| {
        let expected = ["a: default", "b: back", "c: back front", "e: ", "f: default"];
        assert_eq!(memberships(&projects[0]), expected);
        let default = projects[0].network("default").expect("a network");
        assert!(default.is_implicit);
    });
}

#[test]
fn an_override_file_is_merged_with_its_base() {
    let base = "services:\n  a: {image: a, networks: [x], ports: ['80:80'], command: [one]}\n  b: {image: b, networks: [x]}\n  c: {image: c, ports: ['81:81', '82:82'], environment: [A=1, B=2]}\nnetworks: {x: , y: }\n";
    let over = "services:\n  a: {networks: [y], ports: ['90:90'], command: [two]}\n  b: {networks: !override [y]}\n  c: {ports: !reset [], environment: {A: 3}}\n";
    with_projects(&[("compose.yaml", base), ("compose.override.yaml", over)], |projects| {
        assert_eq!(projects.len(), 1);
        let project = &projects[0];
        assert_eq!(memberships(project), ["a: x y", "b: y", "c: default"]);
        let ports = |name: &str| project.service(name).expect("a service").ports.len();
        assert_eq!((ports("a"), ports("c")), (2, 0));
        let told = |name: &str| -> Vec<String> {
            let told = &project.service(name).expect("a service").told;
            told.iter().map(|told| told.text.value.clone()).collect()
        };
        assert_eq!(told("a"), ["two"]);
        assert_eq!(told("c"), ["3", "2"]);
    });
}

#[test]
fn a_file_beside_the_base_is_a_project_of_its_own_or_put_upon_it() {
    let base = "services: {a: {image: a}}\n";
    let over = "services: {a: {networks: [x]}}\nnetworks: {x: }\n";
    let alone = "services: {a: {image: a}, b: {image: b}}\n";
    let files = [("compose.yaml", base), ("compose.prod.yaml", over), ("compose.dev.yaml", alone)];
    with_projects(&files, |projects| {
        let all: Vec<Vec<String>> = projects.iter().map(memberships).collect();
        assert_eq!(all, [vec!["a: default"], vec!["a: x"], vec!["a: default", "b: default"]]);
        assert!(projects[2].service("a").expect("a service").is_open);
        assert!(projects[2].may_have_network("x") && !projects[0].may_have_network("x"));
    });
}

#[test]
fn included_files_and_extended_services_belong_to_the_project() {
    let main = "include:\n  - db/compose.yaml\n  - path: [cache.yaml]\n  - ${MORE:-more.yaml}\nservices:\n  a: {extends: {file: base.yaml, service: base}}\n  b: {extends: a, networks: [y]}\n";
    let db = "services: {db: {image: \"db:${TAG}\", networks: [x]}}\nnetworks: {x: }\n";
    let cache = "services: {cache: {image: cache}}\n";
    let base = "services: {root: {networks: [x]}, base: {extends: {service: root}, image: a}}\n";
    let files = [
        ("s/.env", "TAG=1\n"),
        ("s/base.yaml", base),
        ("s/cache.yaml", cache),
        ("s/compose.yaml", main),
        ("s/db/.env", "TAG=2\n"),
        ("s/db/compose.yaml", db),
    ];
    with_projects(&files, |projects| {
        let project = &projects[0];
        let expected = ["a: x", "b: x y", "db: x", "cache: default"];
        assert_eq!(memberships(project), expected);
        assert!(project.is_open, "more.yaml is not in view");
        let image = project.service("db").expect("a service").image.value();
        assert_eq!(image.map(String::as_str), Some("db:1"));
        assert_eq!(projects.len(), 2, "the folder `db` has a project of its own");
        assert_eq!(projects[1].kind, ProjectKind::Named);
    });
}

#[test]
fn files_that_include_or_extend_each_other_come_to_an_end() {
    let one = "include: [two.yaml]\nservices: {a: {extends: b}, b: {extends: a}}\n";
    let two =
        "include: [compose.yaml]\nservices: {c: {extends: {file: compose.yaml, service: a}}}\n";
    with_projects(&[("compose.yaml", one), ("two.yaml", two)], |projects| {
        assert!(projects.iter().all(|project| project.services.iter().all(|it| it.is_open)));
    });
}

#[test]
fn compose_file_names_the_files_of_a_project() {
    let files = [
        (".env", "COMPOSE_FILE=a.yaml:b.yaml\n"),
        ("a.yaml", "services: {a: {image: a}}\n"),
        ("b.yaml", "services: {b: {image: b}}\n"),
    ];
    with_projects(&files, |projects| {
        assert_eq!(projects.len(), 1);
        assert_eq!(memberships(&projects[0]), ["a: default", "b: default"]);
    });
}

#[test]
fn networks_are_one_by_their_name() {
    let text = "services:\n  a: {image: a, networks: [x]}\n  b: {image: b, networks: [y]}\n  c: {image: c, networks: [z]}\n  d: {image: d, networks: [v]}\nnetworks:\n  x: {name: shared}\n  y: {external: true, name: shared}\n  z: {external: {name: other}}\n  v: {name: '${UNSET}'}\n";
    with_projects(&[("compose.yaml", text)], |projects| {
        let project = &projects[0];
        let share = |one: &str, other: &str| {
            let get = |name| project.service(name).expect("a service");
            project.share_network(get(one), get(other))
        };
        assert_eq!(share("a", "b"), Some(true));
        assert_eq!(share("a", "c"), Some(false));
        assert_eq!(share("a", "d"), None);
    });
}

#[test]
fn services_are_found_where_others_name_them() {
    use CallKind::{Dependency, Link, Server, Url, Words};
    let table: [(&str, &[(&str, CallKind)]); 17] = [
        ("environment: {DATABASE_URL: 'postgres://u:p@db:5432/x'}", &[("db", Url)]),
        ("environment: ['URL=http://api.local/']", &[("api.local", Url)]),
        ("environment: [DB_HOST=db]", &[("db", Server)]),
        ("environment: [DB_HOST=db.example.com, MODE=db]", &[]),
        ("environment: {DSN: 'user:pass@tcp(db:3306)/shop'}", &[("db", Url)]),
        ("environment: {BROKERS: 'queue:9092,db:9092'}", &[("queue", Server), ("db", Server)]),
        ("environment: {DB_IMAGE: 'db:16', CORS_ORIGINS: 'http://db', LISTEN_ADDR: 'db:80'}", &[]),
        ("environment: {HOST: db, NO_PROXY: 'db,queue'}", &[]),
        ("environment: {URL: 'http://${H:-db}:80'}", &[("db", Url)]),
        ("command: [wait-for-it, 'db:5432', '--', run]", &[("db", Words)]),
        ("command: sh -c 'curl http://db/health'", &[("db", Words)]),
        ("command: chown db:1000 /data", &[]),
        ("healthcheck: {test: [CMD, curl, -f, 'http://queue:80']}", &[("queue", Url)]),
        ("links: ['db:database']", &[("db", Link)]),
        ("depends_on: {db: {condition: service_started}}", &[("db", Dependency)]),
        ("extra_hosts: ['db:10.0.0.1'], environment: [DB_HOST=db]", &[]),
        ("environment: [WEB_HOST=web, X=unix:///db]", &[]),
    ];
    for (web, expected) in table {
        let text = format!(
            "services:\n  web: {{image: web, {web}}}\n  db: {{image: db}}\n  q: {{image: q, container_name: queue, networks: {{default: {{aliases: [api.local]}}}}}}\n"
        );
        with_projects(&[("compose.yaml", &text)], |projects| {
            let project = &projects[0];
            let names = Names::new(project);
            let web = project.service("web").expect("a service");
            let found = calls(project, &names, web);
            let found: Vec<(&str, CallKind)> =
                found.iter().map(|call| (call.name.as_str(), call.kind)).collect();
            assert_eq!(found, expected, "{text}");
        });
    }
}
