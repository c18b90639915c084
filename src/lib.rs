//! netvet reads the files that describe a cluster's network, builds one model of that network,
//! and lets rules look at the model.
//!
//! # Layers
//!
//! Data goes one way: a module uses only modules of rows above its own, and of those only the ones
//! named in its row. `tests/tidy.rs` holds every `crate::…` path against this table, so a new edge
//! is a change of this page first.
//!
//! | module | what it is | may use |
//! |---|---|---|
//! | `source` | texts, spans in bytes, and the only place where bytes become lines and columns | |
//! | `diagnostic` | what a rule says: a message, places, a remedy | `source` |
//! | `discover` | walks directories; the only module that lists one | |
//! | `process` | runs other programs, within limits; what is run is the caller's choice | |
//! | `git` | files as they are at a commit, and nothing that changes a repository | `discover`, `process` |
//! | `syntax` | text → tree with spans, for YAML, JSON and the small languages inside strings | `source` |
//! | `render` | runs Kustomize and Helm when asked, and says which files went into what they print | `source`, `discover`, `process`, `syntax` |
//! | `config` | `netvet.yaml` | `source`, `diagnostic`, `syntax` |
//! | `ingest` | tree → typed resources, each for itself | `source`, `diagnostic`, `syntax` |
//! | `fix` | fixes → which go together, and the texts after them | `source`, `diagnostic`, `syntax`, `ingest` |
//! | `scope` | resources → clusters, and how that was decided | `source`, `config`, `ingest` |
//! | `model` | resources of one cluster → its network, immutable | `source`, `diagnostic`, `syntax`, `config`, `ingest`, `scope` |
//! | `rules` | a page and a function each, over the model | `source`, `diagnostic`, `model` |
//! | `suppress` | what is not shown, and ignores that no longer serve | `source`, `diagnostic`, `syntax`, `config` |
//! | `report` | findings → text, one plain function a format | `source`, `diagnostic` |
//! | `page` | a rule's page → its metadata, its examples, and what must be found in them | `source`, `diagnostic`, `syntax` |
//! | `custom` | a team's own rules, asked by a process of their own | `source`, `diagnostic`, `syntax`, `config`, `ingest`, `model` |
//! | `check` | joins the above into one run | everything above |
//! | `cli` | arguments and exit code | everything above |

//!
//! # Invariants
//!
//! - Parsing never fails as a whole: one broken document is one finding, and everything else is
//!   still checked.
//! - Every file given is accounted for: checked, skipped with a reason, or reported as unreadable.
//! - No two values are compared before they are known to belong to one cluster.
//! - The model is immutable and rules share nothing. Rules cannot fail and do no I/O.
//! - The same input gives the same bytes of output, whatever the number of threads, the order of
//!   maps or of directories.
//! - No network, no cluster; nothing from the input is executed, unless `--render` asks for it.
//! - Spans are bytes inside; lines and columns exist only in `source` and `report`.
//!
//! # Two departures from what one would expect
//!
//! The types of k8s-openapi are not decoded into: they have no room for positions, so what rules
//! read are types of our own, see [`ingest`]. What built-in kinds are held against is a table that
//! a test derives from them.
//! And a tree lives only while its file is ingested: where in a document a finding lies is found
//! by parsing that document again, so that memory does not grow with the trees of all files.

pub mod check;
pub mod cli;
pub mod config;
pub mod custom;
pub mod diagnostic;
pub mod discover;
pub mod fix;
pub mod git;
pub mod ingest;
pub mod model;
pub mod page;
pub mod process;
pub mod render;
pub mod report;
pub mod rules;
pub mod scope;
pub mod source;
pub mod suppress;
pub mod syntax;
