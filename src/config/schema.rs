//! The JSON Schema of `netvet.yaml`, for editors.
//!
//! Made of the same lists of words that the configuration is read by, and of the rules with their
//! options. It takes all that is read, with numbers written as numbers; where a name may be that
//! of a rule of somebody's own, it takes any name, and the words it knows are what an editor
//! offers.

use serde_json::{Map, Value, json};

use super::rules::LEVELS;
use super::{CLUSTER_KEYS, CNIS, IGNORE_KEYS, KEYS, MOST, MTU, PROVIDERS, RESERVED_KEYS};
use crate::diagnostic::RuleInfo;

/// The schema, with the rules and the categories, each with what it is about.
pub fn schema(rules: &[RuleInfo], categories: &[(&str, &str)]) -> Value {
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "netvet.yaml",
        "description": "What a team tells netvet about its clusters, and what it wants to hear.",
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": object(KEYS, |key| property(key, rules, categories)),
        "definitions": {
            "level": {"enum": LEVELS},
            "setting": level_or(&json!({"severity": level()})),
        },
    })
}

/// A property for each key, which all have one.
fn object(keys: &[&str], property: impl Fn(&str) -> Value) -> Value {
    let properties = keys.iter().map(|key| ((*key).to_owned(), property(key)));
    Value::Object(properties.collect::<Map<String, Value>>())
}

fn property(key: &str, rules: &[RuleInfo], categories: &[(&str, &str)]) -> Value {
    match key {
        "clusters" => json!({
            "description": "What the files do not say about a cluster, by its name.",
            "type": ["object", "null"],
            "additionalProperties": {
                "type": ["object", "null"],
                "additionalProperties": false,
                "properties": object(CLUSTER_KEYS, cluster_property),
            },
        }),
        "reserved" => list(
            "Ranges that nothing may overlap.",
            &json!({
                "type": "object",
                "additionalProperties": false,
                "required": ["cidr"],
                "properties": object(RESERVED_KEYS, |key| match key {
                    "cidr" => range(),
                    _ => text("Whose it is."),
                }),
            }),
        ),
        "peered" => list(
            "Clusters whose networks are joined, in groups of at least two.",
            &json!({"type": "array", "minItems": 2, "items": {"type": "string"}}),
        ),
        "external-services" => list(
            "Services that exist, but not in these files: `vault.security`.",
            &json!({"type": "string", "pattern": "^[a-z0-9-]+\\.[a-z0-9-]+$"}),
        ),
        "exclude" => globs("What is not read."),
        "rules" => json!({
            "description": "How much a rule or a category weighs, or `off`; and options of rules.",
            "type": ["object", "null"],
            "properties": rule_properties(rules, categories),
            "additionalProperties": reference("setting"),
        }),
        "ignores" => {
            list("Findings that are not shown, by path or object.", &ignore(rules, categories))
        }
        "custom-rules" => globs("Files with rules of your own."),
        other => unreachable!("internal error: the key `{other}` has no schema"),
    }
}

fn cluster_property(key: &str) -> Value {
    match key {
        "paths" => globs("The files of the cluster."),
        "kubernetes" => json!({
            "description": "The version, when no file says it: \"1.36\".",
            "type": ["string", "number", "null"],
            "pattern": "^v?[0-9]{1,4}\\.[0-9]{1,4}(\\.[0-9]{1,4})?([+-].*)?$",
        }),
        "nodes" => number("How many nodes it is planned to have.", 1, MOST),
        "max-pods" => number("The most pods of a node.", 1, MOST),
        "underlay-mtu" => {
            number("The MTU of the network between the nodes.", *MTU.start(), *MTU.end())
        }
        "node-networks" => list("The networks that nodes have their addresses in.", &range()),
        "cni" => words("The network plugin.", CNIS),
        "provider" => words("Where it runs.", PROVIDERS),
        other => unreachable!("internal error: the key `{other}` of a cluster has no schema"),
    }
}

fn rule_properties(rules: &[RuleInfo], categories: &[(&str, &str)]) -> Value {
    let mut properties = Map::new();
    for (category, about) in categories {
        properties.insert((*category).to_owned(), setting(about));
    }
    for rule in rules {
        let description = format!("{}. {}", rule.summary, rule.url);
        if rule.options.is_empty() {
            properties.insert(rule.id.as_str().to_owned(), setting(&description));
            continue;
        }
        let mut options = Map::new();
        options.insert("severity".to_owned(), level());
        for (option, meaning) in &rule.options {
            options.insert(
                option.clone(),
                json!({
                    "description": meaning,
                    "type": ["string", "number", "boolean", "array", "null"],
                }),
            );
        }
        let mut schema = level_or(&Value::Object(options));
        schema["description"] = json!(description);
        properties.insert(rule.id.as_str().to_owned(), schema);
    }
    Value::Object(properties)
}

fn level() -> Value {
    reference("level")
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/definitions/{name}")})
}

/// A rule without options, or a category.
fn setting(description: &str) -> Value {
    // Beside a reference, a description would not count.
    json!({"description": description, "allOf": [reference("setting")]})
}

/// A level alone, or a map of it and of options.
fn level_or(options: &Value) -> Value {
    json!({"anyOf": [
        level(),
        {"type": "object", "additionalProperties": false, "properties": options},
    ]})
}

fn ignore(rules: &[RuleInfo], categories: &[(&str, &str)]) -> Value {
    let names = categories.iter().map(|(category, _)| *category);
    let names: Vec<&str> = names.chain(rules.iter().map(|rule| rule.id.as_str())).collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["rule"],
        "anyOf": [{"required": ["path"]}, {"required": ["object"]}],
        "properties": object(IGNORE_KEYS, |key| match key {
            "rule" => json!({
                "description": "The id of a rule, or a category.",
                "anyOf": [{"enum": names}, {"type": "string", "minLength": 1}],
            }),
            "path" => text("A glob."),
            "object" => text("`Kind/namespace/name`, as far as they exist."),
            "reason" => text("Why it is accepted."),
            "until" => json!({
                "description": "The last day on which it holds.",
                "type": ["string", "null"],
                "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
            }),
            other => unreachable!("internal error: the key `{other}` of an ignore has no schema"),
        }),
    })
}

fn text(description: &str) -> Value {
    json!({"description": description, "type": ["string", "number", "boolean", "null"]})
}

fn number(description: &str, least: u64, most: u64) -> Value {
    json!({
        "description": description,
        "type": ["integer", "null"],
        "minimum": least,
        "maximum": most,
    })
}

fn words(description: &str, words: &[&str]) -> Value {
    let words: Vec<Value> = words.iter().map(|word| json!(word)).chain([Value::Null]).collect();
    json!({"description": description, "enum": words})
}

fn range() -> Value {
    json!({
        "description": "A range such as `10.0.0.0/16`.",
        "type": "string",
        "pattern": "^[0-9A-Fa-f:.]+/(0|[1-9][0-9]{0,2})$",
    })
}

fn globs(description: &str) -> Value {
    list(description, &json!({"type": "string", "minLength": 1}))
}

fn list(description: &str, items: &Value) -> Value {
    json!({"description": description, "type": ["array", "null"], "items": items})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::config::tests::{WHOLE, infos, known};
    use crate::source::FileId;

    /// Whether the schema and the reader take a configuration.
    fn taken(text: &str) -> (bool, bool) {
        let schema = schema(&infos(), &[("mesh", "Meshes"), ("dns", "DNS")]);
        let schema = jsonschema::draft7::new(&schema).expect("a schema");
        let value: Value = serde_yaml::from_str(text).expect("YAML");
        let read = Config::parse(text, FileId::new(0), &known());
        (schema.is_valid(&value), read.is_ok())
    }

    #[test]
    fn what_is_read_is_in_the_schema() {
        let table = [
            "",
            WHOLE,
            "clusters:\n",
            "clusters: {prod: }",
            "clusters: {prod: {kubernetes: 1.36, cni: , nodes: 3}}",
            "reserved: [{cidr: 'fd00::/8'}]",
            "peered: [[a, b], [c, d, e]]",
            "rules: {mesh: off, dns: {severity: info}, coredns-memory-limit: error}",
            "rules: {coredns-memory-limit: {severity: warning, minimum: 512Mi, replicas: 3}}",
            "rules: {host-network: {namespaces: [a, b]}}",
            "rules: {former-host-network: off}",
            "ignores: [{rule: mesh, object: Service/shop/web, until: 2027-03-31}]",
        ];
        for text in table {
            assert_eq!(taken(text), (true, true), "{text}");
        }
    }

    #[test]
    fn what_is_refused_is_not() {
        let table = [
            "[]",
            "cluster: {}",
            "clusters: []",
            "clusters: {prod: {node: 3}}",
            "clusters: {prod: {nodes: 0}}",
            "clusters: {prod: {nodes: many}}",
            "clusters: {prod: {kubernetes: latest}}",
            "clusters: {prod: {underlay-mtu: 70000}}",
            "clusters: {prod: {node-networks: 10.0.0.0/16}}",
            "clusters: {prod: {node-networks: [10.0.0.0]}}",
            "clusters: {prod: {cni: cillium}}",
            "clusters: {prod: {provider: gce}}",
            "reserved: [{name: VPN}]",
            "reserved: [10.0.0.0/8]",
            "peered: [a, b]",
            "peered: [[a]]",
            "external-services: [vault]",
            "exclude: vendor",
            "rules: []",
            "rules: {mesh: of}",
            "rules: {coredns-memory-limit: {minumum: 512Mi}}",
            "rules: {coredns-memory-limit: {severity: fatal}}",
            "ignores: [{rule: mesh}]",
            "ignores: [{path: legacy}]",
            "ignores: [{rule: mesh, path: legacy, until: soon}]",
        ];
        for text in table {
            assert_eq!(taken(text), (false, false), "{text}");
        }
    }
}
