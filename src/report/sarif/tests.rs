use super::super::testing::{Fixture, overlap};
use super::*;
use crate::diagnostic::{Diagnostic, Edit, Place, Safety};

/// The report, after it was held against the official schema.
fn sarif(report: &Report) -> Value {
    let value = unchecked(report);
    let errors: Vec<String> = schema().iter_errors(&value).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    value
}

fn unchecked(report: &Report) -> Value {
    let mut out = Vec::new();
    write(report, &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn schema() -> jsonschema::Validator {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/schemas/sarif-2.1.0-rtm.5.json");
    let schema = std::fs::read_to_string(path).unwrap();
    // Its pattern of a language is not a regular expression; no report names a language.
    let schema = serde_json::from_str(&schema.replace("{2}]?$", "{2}$")).unwrap();
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

#[test]
fn a_report_is_a_run() {
    let value = sarif(&overlap().report());
    let text = serde_json::to_string_pretty(&value).unwrap();
    insta::assert_snapshot!(text.replace(env!("CARGO_PKG_VERSION"), "VERSION"), @r##"
    {
      "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
      "version": "2.1.0",
      "runs": [
        {
          "tool": {
            "driver": {
              "name": "netvet",
              "version": "VERSION",
              "semanticVersion": "VERSION",
              "informationUri": "https://github.com/netvet/netvet",
              "rules": [
                {
                  "id": "overlapping-pools",
                  "shortDescription": {
                    "text": "Address pools overlap"
                  },
                  "fullDescription": {
                    "text": "Two pools hand out the same addresses."
                  },
                  "help": {
                    "text": "Address pools overlap\nhttps://netvet.example/overlapping-pools",
                    "markdown": "# Address pools overlap\n\nTwo pools hand out the same addresses.\n"
                  },
                  "defaultConfiguration": {
                    "level": "error"
                  },
                  "properties": {
                    "tags": [
                      "addressing"
                    ]
                  },
                  "helpUri": "https://netvet.example/overlapping-pools"
                }
              ]
            }
          },
          "invocations": [
            {
              "executionSuccessful": false,
              "toolExecutionNotifications": [
                {
                  "level": "error",
                  "message": {
                    "text": "cannot be read: a tab indents a block"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "x.yaml",
                          "uriBaseId": "%SRCROOT%"
                        },
                        "region": {
                          "startLine": 3,
                          "startColumn": 1
                        }
                      }
                    }
                  ]
                },
                {
                  "level": "note",
                  "message": {
                    "text": "skipped: helm-template"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "charts/web/templates/svc.yaml",
                          "uriBaseId": "%SRCROOT%"
                        }
                      }
                    }
                  ]
                }
              ]
            }
          ],
          "originalUriBaseIds": {
            "%SRCROOT%": {
              "description": {
                "text": "The directory in which netvet ran."
              }
            }
          },
          "columnKind": "unicodeCodePoints",
          "results": [
            {
              "ruleId": "overlapping-pools",
              "level": "error",
              "message": {
                "text": "pod range `10.96.0.0/16` lies inside the pool `10.96.0.0/12` (cluster `prod`)\n\ngive the pool a range that the pods do not use"
              },
              "partialFingerprints": {
                "netvet/v1": "overlapping-pools/0"
              },
              "ruleIndex": 0,
              "locations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "clusters/prod/kubeadm.yaml",
                      "uriBaseId": "%SRCROOT%"
                    },
                    "region": {
                      "startLine": 3,
                      "startColumn": 14,
                      "endLine": 3,
                      "endColumn": 26
                    }
                  },
                  "message": {
                    "text": "pod range"
                  },
                  "logicalLocations": [
                    {
                      "name": "networking.podSubnet",
                      "fullyQualifiedName": "ClusterConfiguration#networking.podSubnet",
                      "kind": "property"
                    }
                  ]
                }
              ],
              "relatedLocations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "clusters/prod/pool.yaml",
                      "uriBaseId": "%SRCROOT%"
                    },
                    "region": {
                      "startLine": 5,
                      "startColumn": 9,
                      "endLine": 5,
                      "endColumn": 21
                    }
                  },
                  "message": {
                    "text": "IP pool `default`"
                  },
                  "logicalLocations": [
                    {
                      "name": "spec.cidr",
                      "fullyQualifiedName": "IPPool/default#spec.cidr",
                      "kind": "property"
                    }
                  ],
                  "id": 1
                }
              ],
              "fixes": [
                {
                  "description": {
                    "text": "move the pool"
                  },
                  "artifactChanges": [
                    {
                      "artifactLocation": {
                        "uri": "clusters/prod/pool.yaml",
                        "uriBaseId": "%SRCROOT%"
                      },
                      "replacements": [
                        {
                          "deletedRegion": {
                            "startLine": 5,
                            "startColumn": 9,
                            "endLine": 5,
                            "endColumn": 21
                          },
                          "insertedContent": {
                            "text": "10.112.0.0/12"
                          }
                        }
                      ]
                    }
                  ],
                  "properties": {
                    "safety": "unsafe"
                  }
                }
              ],
              "properties": {
                "cluster": "prod"
              }
            }
          ]
        }
      ]
    }
    "##);
}

#[test]
fn an_empty_report_is_valid() {
    let value = sarif(&Fixture::default().report());
    assert_eq!(value["runs"][0]["results"], json!([]));
    assert_eq!(value["runs"][0]["invocations"][0]["executionSuccessful"], true);
}

#[test]
fn a_finding_of_an_unlisted_rule_has_no_index() {
    let mut fixture = Fixture::default();
    let file = fixture.file("a.yaml", "a: 1\n");
    fixture.finding(Diagnostic::info(fixture.at(file, "1").label(""), "advice"));
    let value = sarif(&fixture.report());
    let result = &value["runs"][0]["results"][0];
    assert_eq!(result["level"], "note");
    assert_eq!(result.get("ruleIndex"), None);
    assert_eq!(result["locations"][0].get("message"), None);
}

#[test]
fn edits_are_grouped_by_file() {
    let mut fixture = Fixture::default();
    let files = [fixture.file("a.yaml", "a: 1\n"), fixture.file("b.yaml", "é: 1\n")];
    let edit = |file, range| Edit { span: Span::new(file, range), text: "x\n".to_owned() };
    let edits = vec![edit(files[1], 4..5), edit(files[0], 3..4), edit(files[1], 0..0)];
    let fix = Fix { title: "both".to_owned(), safety: Safety::Safe, edits };
    let empty = Fix { edits: Vec::new(), ..fix.clone() };
    let label = fixture.at(files[0], "1").label("");
    fixture.finding(Diagnostic::error(label, "two").fix(fix).fix(empty));
    let value = sarif(&fixture.report());
    let fixes = &value["runs"][0]["results"][0]["fixes"];
    insta::assert_snapshot!(serde_json::to_string_pretty(fixes).unwrap(), @r#"
    [
      {
        "description": {
          "text": "both"
        },
        "artifactChanges": [
          {
            "artifactLocation": {
              "uri": "b.yaml",
              "uriBaseId": "%SRCROOT%"
            },
            "replacements": [
              {
                "deletedRegion": {
                  "startLine": 1,
                  "startColumn": 4,
                  "endLine": 1,
                  "endColumn": 5
                },
                "insertedContent": {
                  "text": "x\n"
                }
              },
              {
                "deletedRegion": {
                  "startLine": 1,
                  "startColumn": 1,
                  "endLine": 1,
                  "endColumn": 1
                },
                "insertedContent": {
                  "text": "x\n"
                }
              }
            ]
          },
          {
            "artifactLocation": {
              "uri": "a.yaml",
              "uriBaseId": "%SRCROOT%"
            },
            "replacements": [
              {
                "deletedRegion": {
                  "startLine": 1,
                  "startColumn": 4,
                  "endLine": 1,
                  "endColumn": 5
                },
                "insertedContent": {
                  "text": "x\n"
                }
              }
            ]
          }
        ],
        "properties": {
          "safety": "safe"
        }
      }
    ]
    "#);
}

#[test]
fn paths_are_percent_encoded() {
    let uri = |path| artifact(path)["uri"].as_str().unwrap().to_owned();
    assert_eq!(uri("a b/c:d/é%.yaml"), "a%20b/c%3Ad/%C3%A9%25.yaml");
    assert_eq!(uri("a:b"), "a%3Ab");
    assert_eq!(uri("/tmp/a b"), "file:///tmp/a%20b");
    assert_eq!(uri("C:/a b"), "file:///C:/a%20b");
}

#[test]
fn hostile_values_stay_values() {
    let mut fixture = Fixture::default();
    let file = fixture.file("a\n\u{1b}.yaml", "a: 1\n");
    let span = fixture.at(file, "1");
    let diagnostic = Diagnostic::error(span.label("[x](y)"), "`[click](https://evil)\u{1b}\"`")
        .related_all((0..2_000).map(|_| span.label("again")));
    let finding = fixture.finding(diagnostic);
    finding.fingerprint = "\"\n".to_owned();
    fixture.unreadable("b\n.yaml", "[x](y)", None);
    let value = sarif(&fixture.report());
    let result = &value["runs"][0]["results"][0];
    assert_eq!(result["message"]["text"], "`[click] (https://evil)\u{1b}\"`");
    assert_eq!(result["relatedLocations"].as_array().unwrap().len(), MOST_RELATED);
}

#[test]
fn an_address_that_is_no_uri_is_left_out() {
    let mut fixture = overlap();
    fixture.rules[0].url = "see the wiki".to_owned();
    let value = sarif(&fixture.report());
    assert_eq!(value["runs"][0]["tool"]["driver"]["rules"][0].get("helpUri"), None);
}

#[test]
fn the_schema_is_in_force() {
    let mut value = unchecked(&overlap().report());
    value["runs"][0]["results"][0]["level"] = json!("info");
    assert!(!schema().is_valid(&value));
}
