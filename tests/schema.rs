//! Holds the schema that objects are checked against to what k8s-openapi says of Kubernetes 1.37.
//!
//! `UPDATE_SCHEMA=1 cargo test --test schema` writes it anew. A table of our own because decoding
//! into the types of k8s-openapi takes longer, and takes minutes to compile.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use k8s_openapi::Resource;
use k8s_openapi::api::apps::v1 as apps;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1 as batch;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1 as networking;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

#[test]
fn the_schema_is_that_of_the_api() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/ingest/schema.txt");
    let wanted = schema();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(path, &wanted).unwrap();
    }
    let written = fs::read_to_string(path).unwrap();
    assert!(written == wanted, "run `UPDATE_SCHEMA=1 cargo test --test schema`");
}

fn schema() -> String {
    let mut kinds = Kinds {
        generator: SchemaSettings::draft2020_12().into_generator(),
        api_versions: BTreeMap::new(),
    };
    kinds.add::<core::ConfigMap>();
    kinds.add::<core::Namespace>();
    kinds.add::<core::Node>();
    kinds.add::<core::Pod>();
    kinds.add::<core::ReplicationController>();
    kinds.add::<core::Service>();
    kinds.add::<apps::DaemonSet>();
    kinds.add::<apps::Deployment>();
    kinds.add::<apps::ReplicaSet>();
    kinds.add::<apps::StatefulSet>();
    kinds.add::<batch::CronJob>();
    kinds.add::<batch::Job>();
    kinds.add::<HorizontalPodAutoscaler>();
    kinds.add::<EndpointSlice>();
    kinds.add::<networking::Ingress>();
    kinds.add::<networking::IngressClass>();
    kinds.add::<networking::NetworkPolicy>();
    kinds.add::<networking::ServiceCIDR>();
    kinds.add::<PodDisruptionBudget>();

    let mut types: BTreeMap<&str, &Value> = BTreeMap::new();
    for (name, schema) in kinds.generator.definitions() {
        let known = types.insert(short(name), schema);
        assert!(known.is_none(), "two types are called `{}`", short(name));
    }
    let mut text = String::from(
        "# The API of Kubernetes 1.37, as k8s-openapi has it; see schema.rs and tests/schema.rs.\n",
    );
    for (name, schema) in types {
        if special(name).is_some() {
            continue;
        }
        match kinds.api_versions.get(name) {
            Some(api_version) => writeln!(text, "{api_version} {name}").unwrap(),
            None => writeln!(text, "{name}").unwrap(),
        }
        let fields = schema.get("properties").and_then(Value::as_object);
        let mut fields: Vec<_> = fields.into_iter().flatten().collect();
        fields.sort_by_key(|(field, _)| *field);
        for (field, schema) in fields {
            writeln!(text, "  {field} {}", shape(schema)).unwrap();
        }
    }
    text
}

struct Kinds {
    generator: SchemaGenerator,
    /// By kind.
    api_versions: BTreeMap<&'static str, &'static str>,
}

impl Kinds {
    fn add<T: Resource + JsonSchema>(&mut self) {
        self.generator.subschema_for::<T>();
        self.api_versions.insert(T::KIND, T::API_VERSION);
    }
}

/// `NetworkPolicy` of `io.k8s.api.networking.v1.NetworkPolicy`.
fn short(name: &str) -> &str {
    name.rsplit(['.', '/']).next().unwrap()
}

/// Types that are not read as maps.
fn special(name: &str) -> Option<&'static str> {
    Some(match name {
        "FieldsV1" => "any",
        "IntOrString" => "int-or-string",
        "Quantity" => "quantity",
        "Time" => "time",
        _ => return None,
    })
}

fn shape(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return special(short(name)).unwrap_or(short(name)).to_owned();
    }
    let kind = schema["type"].as_str().unwrap_or_else(|| panic!("no type: {schema}"));
    let name = match (kind, schema["format"].as_str()) {
        ("array", None) => return format!("[]{}", shape(&schema["items"])),
        ("object", None) => return format!("{{}}{}", shape(&schema["additionalProperties"])),
        ("integer", Some(format @ ("int32" | "int64"))) => format,
        ("string", Some("byte")) => "base64",
        ("string" | "boolean", None) => kind,
        _ => panic!("a type of another kind: {schema}"),
    };
    name.to_owned()
}
