//! One run, from texts to findings: reads and ingests in parallel, groups into clusters, builds
//! each cluster's network, and runs the rules over it.
//!
//! What is shown of the findings is decided by [`crate::suppress`]; [`report`] makes a report.

pub mod baseline;
pub mod compare;
pub mod custom_examples;
pub mod fixing;
pub mod ignores;
mod rendered;
pub mod report;
mod settings;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::hash_map::Entry;
use std::path::Path;
use std::sync::OnceLock;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::config::custom::CustomRule;
use crate::config::{self, Config, ConfigProblem, Date, Known, Level, PathBase, Patterns};
use crate::custom::{CUSTOM_RULE_FAILED, Custom, StartError, Subject};
use crate::diagnostic::{Diagnostic, RuleId, RuleInfo, Severity};
use crate::discover::Content;
use crate::fix;
use crate::ingest::{self, FileContents, Problem, Resource};
use crate::model::{self, Network, Object, Settings, joined};
use crate::page;
use crate::render::Renderings;
use crate::rules::{self, Check, Findings, Rule};
use crate::scope::{self, Cluster, Configured, Member, Placement, Reason};
use crate::source::{FileId, Sources, Span, Spanned};
use crate::syntax::Text;

/// What is asked of a run.
pub struct Request<'r> {
    pub config: &'r Config,
    /// How displayed paths relate to those of the configuration.
    pub base: Option<&'r PathBase>,
    /// The roots as they are displayed, so that a path's part below its root is known.
    pub roots: &'r [String],
    pub rules: &'r [ActiveRule],
    /// Only findings of this cluster.
    pub cluster: Option<&'r str>,
    pub today: Date,
    /// The team's own rules; none of them runs that is not among `rules`.
    pub custom: Option<&'r Custom>,
    /// What is checked in place of the files that it was rendered from.
    pub renderings: &'r Renderings,
}

/// A rule that runs.
pub struct ActiveRule {
    pub rule: &'static Rule,
    pub info: Cow<'static, RuleInfo>,
    /// What the configuration makes of its severity.
    pub severity: Option<Severity>,
    pub options: Vec<(String, Spanned<String>)>,
}

/// What custom rules find comes from [`crate::custom`].
static CUSTOM: Rule = Rule { page: "", check: Check::Elsewhere };

/// The rules that a configuration and the command line leave on. `select` and `ignore` hold ids
/// and categories; an empty `select` stands for all.
pub fn active_rules(
    config: &Config,
    select: &[String],
    ignore: &[String],
    custom: &[CustomRule],
) -> Vec<ActiveRule> {
    let mut active = Vec::new();
    let built_in = rules::ALL.iter().zip(rule_infos().iter().map(Cow::Borrowed));
    let custom = custom.iter().map(|rule| (&CUSTOM, Cow::Owned(rule.info.clone())));
    let named = |list: &[String], info: &RuleInfo| {
        list.iter().any(|name| {
            *name == info.category
                || name == info.id.as_str()
                || info.aliases.iter().any(|alias| alias == name)
        })
    };
    // Whoever selects a custom rule wants to know when it fails.
    let custom: Vec<(&Rule, Cow<'_, RuleInfo>)> = custom.collect();
    let selects_custom = custom.iter().any(|(_, info)| named(select, info));
    for (rule, info) in built_in.chain(custom) {
        let selected = select.is_empty()
            || named(select, &info)
            || selects_custom && info.id.as_str() == CUSTOM_RULE_FAILED;
        if named(ignore, &info) || !selected {
            continue;
        }
        let severity = match config.rules.level(info.id.as_str(), &info.category) {
            Some(Level::Off) => continue,
            Some(Level::On(severity)) => Some(severity),
            None => None,
        };
        let setting = config.rules.get(info.id.as_str());
        let options = setting.map(|setting| setting.options.clone()).unwrap_or_default();
        active.push(ActiveRule { rule, info, severity, options });
    }
    active
}

/// What the pages of all rules say, in the order of [`rules::ALL`]; read once.
pub fn rule_infos() -> &'static [RuleInfo] {
    static INFOS: OnceLock<Vec<RuleInfo>> = OnceLock::new();
    let parse =
        |rule: &Rule| page::parse(rule.page).expect("internal error: a page that is broken");
    INFOS.get_or_init(|| rules::ALL.iter().map(parse).collect())
}

/// What a configuration, an ignore or an argument may name.
pub fn known<'r>(infos: impl IntoIterator<Item = &'r RuleInfo>) -> Known {
    Known::new(infos, page::CATEGORIES.map(|(category, _)| category))
}

/// What a run found out, before anything is suppressed.
#[derive(Debug)]
pub struct Analysis {
    pub sources: Sources,
    /// In the order of the sources; what could not be read has no documents.
    pub files: Vec<FileContents>,
    /// How many inputs were read.
    pub read: usize,
    pub unread: Vec<Unread>,
    /// What is wrong with the inputs as such.
    pub problems: Vec<Problem>,
    pub clusters: Vec<ClusterInfo>,
    pub findings: Vec<Found>,
    /// The files that went into what was rendered, sorted.
    pub replaced: Vec<FileId>,
}

/// An input that brought no text.
#[derive(Debug)]
pub struct Unread {
    pub path: String,
    pub content: Content,
}

/// The displayed path of an input, and its text with what it holds, or why there is none.
type Input = (String, Result<(String, FileContents), Content>);

/// A cluster as it was found, for people.
#[derive(Debug)]
pub struct ClusterInfo {
    pub name: String,
    pub reason: scope::Reason,
    /// Which documents belong to it: (file, document), sorted.
    pub documents: Vec<(FileId, usize)>,
    /// The machine that a document lies on, of those that lie on one.
    pub nodes: BTreeMap<(FileId, usize), String>,
}

#[derive(Debug)]
pub struct Found {
    pub diagnostic: Diagnostic,
    /// The cluster that it was found in; `None` when it concerns none, or several alike.
    pub cluster: Option<String>,
}

/// Checks inputs that `read` gives, by their index among the displayed paths. The texts of `own`,
/// the configuration and files with custom rules, are the first of the sources, as places in them
/// say. `see` is shown the
/// network of each cluster that was asked for; what it gives stands beside the cluster's index
/// among [`Analysis::clusters`].
pub fn analyse<T: Send>(
    own: Vec<(String, String)>,
    paths: Vec<String>,
    read: impl Fn(usize) -> Content + Sync,
    request: &Request<'_>,
    see: impl Fn(&Network<'_>) -> T + Sync,
) -> (Analysis, Vec<(usize, T)>) {
    let first = own.len();
    let rendered = &request.renderings.rendered;
    let count = paths.len();
    let paths = paths.into_iter().chain(rendered.iter().map(|text| text.path.clone()));
    let inputs: Vec<Input> = paths
        .collect::<Vec<_>>()
        .into_par_iter()
        .enumerate()
        .map(|(index, path)| {
            let content = match index.checked_sub(count) {
                Some(index) => Content::Text(rendered[index].text.clone()),
                None => read(index),
            };
            let result = match content {
                Content::Text(text) => {
                    let contents =
                        ingest::ingest(FileId::new((first + index) as u32), &path, &text);
                    Ok((text, contents))
                }
                other => Err(other),
            };
            (path, result)
        })
        .collect();
    let mut sources = Sources::with_capacity(inputs.len() + first);
    let mut files = Vec::with_capacity(inputs.len() + first);
    for (path, text) in own {
        sources.add(path, text);
        files.push(FileContents::default());
    }
    let mut unread = Vec::new();
    for (path, result) in inputs {
        let (text, contents) = result.unwrap_or_else(|content| {
            unread.push(Unread { path: path.clone(), content });
            (String::new(), FileContents::default())
        });
        sources.add(path, text);
        files.push(contents);
    }
    let read = files.len() - first - unread.len() - rendered.len();
    let first_rendered = files.len() - rendered.len();
    rendered::account(&sources, &mut files, first_rendered, request.renderings);
    unread.extend(rendered::failed(request.renderings));
    let problems: Vec<Problem> =
        files.iter_mut().flat_map(|file| std::mem::take(&mut file.problems)).collect();
    let (clusters, mut findings, seen) = run(&sources, &files, &problems, request, see);
    let mut diagnostics: Vec<_> = findings.iter_mut().map(|found| &mut found.diagnostic).collect();
    fix::write_fixes(&sources, &files, &mut diagnostics);
    let replaced = request.renderings.replaced();
    let replaced = sources.iter().filter(|(_, source)| replaced.contains(source.path()));
    let replaced = replaced.map(|(file, _)| file).collect();
    let mut analysis =
        Analysis { sources, files, read, unread, problems, clusters, findings, replaced };
    if !rendered.is_empty() {
        rendered::find_back(&mut analysis, first_rendered, rendered);
        analysis.findings = merge_alike(std::mem::take(&mut analysis.findings));
    }
    (analysis, seen)
}

/// What one cluster brought.
struct Checked<'a, T> {
    seen: T,
    found: Vec<Found>,
    /// Its network, when others may be joined with it.
    joined: Option<Network<'a>>,
    subject: Option<Subject>,
}

/// Groups the resources and runs the rules.
fn run<T: Send>(
    sources: &Sources,
    files: &[FileContents],
    problems: &[Problem],
    request: &Request<'_>,
    see: impl Fn(&Network<'_>) -> T + Sync,
) -> (Vec<ClusterInfo>, Vec<Found>, Vec<(usize, T)>) {
    let resources: Vec<&Resource> = files.iter().flat_map(|file| &file.resources).collect();
    let path_of = |resource: &Resource| sources.get(resource.file).path();
    let pairs: Vec<(&str, &Resource)> =
        resources.iter().map(|resource| (path_of(resource), *resource)).collect();
    let patches = scope::patch_files(&pairs);
    let replaced = request.renderings.replaced();
    let pairs: Vec<(&str, &Resource)> =
        pairs.into_iter().filter(|(path, _)| !replaced.contains(path)).collect();
    let placements = scope::place(&pairs, &patches);
    let members = scope::members(&pairs, &placements, |path| below_root(path, request.roots));
    let mut clusters = scope::group(&members, &configured(request));
    for cluster in clusters.iter_mut().filter(|cluster| cluster.reason != Reason::Configured) {
        cluster.name = below_root(&cluster.name, request.roots).to_owned();
    }

    // A patch says no more about its kind than kustomize needs to find what it changes.
    let is_patch = |problem: &&Problem| {
        let path = sources.get(problem.span.file).path();
        patches.binary_search_by(|patch| patch.as_str().cmp(path)).is_ok()
    };
    let problems: Vec<Problem> = problems
        .iter()
        .filter(|problem| !(problem.is_missing_type_meta() && is_patch(problem)))
        .cloned()
        .collect();
    let mut findings = run_input_rules(&problems, request);
    let several = clusters.len() > 1;
    let patches: Vec<usize> =
        (0..members.len()).filter(|index| matches!(placements[*index], Placement::Patch)).collect();
    let settings: Vec<Settings> =
        clusters.iter().map(|cluster| settings::of(cluster, several, request)).collect();
    let asked: Vec<usize> = (0..clusters.len())
        .filter(|index| request.cluster.is_none_or(|name| name == clusters[*index].name))
        .collect();
    let active: Vec<&str> = request.rules.iter().map(|active| active.info.id.as_str()).collect();
    let results: Vec<Checked<'_, T>> = asked
        .par_iter()
        .map(|index| {
            let cluster = &clusters[*index];
            let network = network(cluster, &patches, &members, &settings[*index]);
            let name = several.then_some(cluster.name.as_str());
            let found = run_network_rules(&network, name, request);
            let subject = request.custom.map(|custom| custom.subject(&network, &active));
            // A network is large, and few clusters are joined.
            let seen = see(&network);
            Checked { seen, found, joined: network.may_be_joined().then_some(network), subject }
        })
        .collect();
    let mut seen = Vec::with_capacity(results.len());
    let mut joined = Vec::new();
    let mut subjects = Vec::new();
    for (index, checked) in asked.iter().zip(results) {
        seen.push((*index, checked.seen));
        findings.extend(checked.found);
        joined.extend(checked.joined);
        subjects.extend(checked.subject);
    }
    findings.extend(run_joined_rules(&joined, request));
    drop(joined);
    let names: Vec<Option<&str>> =
        asked.iter().map(|index| several.then_some(clusters[*index].name.as_str())).collect();
    findings.extend(run_custom_rules(&subjects, &names, (sources, files), request));
    for found in &mut findings {
        let path = sources.get(found.diagnostic.primary.span.file).path();
        if scope::is_example(below_root(path, request.roots)) {
            found.diagnostic.severity = found.diagnostic.severity.lowered();
        }
    }
    let infos = clusters.into_iter().map(|cluster| {
        let document = |member: &Member<'_>| (member.resource.file, member.resource.document);
        let of_cluster = || cluster.members.iter().map(|index| &members[*index]);
        let mut documents: Vec<_> = of_cluster().map(document).collect();
        documents.dedup();
        let on_node = |member| Some((document(member), member.node?.name.to_owned()));
        let nodes = of_cluster().filter_map(on_node).collect();
        ClusterInfo { name: cluster.name, reason: cluster.reason, documents, nodes }
    });
    (infos.collect(), merge_alike(findings), seen)
}

fn configured<'r>(request: &'r Request<'_>) -> Vec<Configured<'r>> {
    let clusters = request.config.clusters.iter();
    let with_paths = clusters.filter(|cluster| !cluster.paths.is_empty());
    with_paths
        .map(|cluster| Configured {
            name: &cluster.name,
            matches: Box::new(|path: &str| match request.base {
                Some(base) => cluster.paths.matches(&base.relative(path)),
                None => cluster.paths.matches(path),
            }),
        })
        .collect()
}

/// The part of a displayed path that lies below the root it was found under.
fn below_root<'p>(path: &'p str, roots: &[String]) -> &'p str {
    let below = |root: &String| match root.as_str() {
        "" | "." => Some(path),
        root => path.strip_prefix(root)?.strip_prefix('/'),
    };
    // The nearest root leaves the shortest part; a root that is a file leaves its name.
    let nearest = roots.iter().filter_map(below).min_by_key(|below| below.len());
    nearest.unwrap_or_else(|| path.rsplit('/').next().unwrap_or(path))
}

fn run_input_rules(problems: &[Problem], request: &Request<'_>) -> Vec<Found> {
    let rules = request.rules.par_iter();
    let found: Vec<Vec<Found>> = rules
        .filter_map(|active| match active.rule.check {
            Check::Inputs(check) => Some(collect(active, None, |found| check(problems, found))),
            Check::Network(_) | Check::Joined(_) | Check::Elsewhere => None,
        })
        .collect();
    found.into_iter().flatten().collect()
}

fn network<'a>(
    cluster: &Cluster,
    patches: &[usize],
    members: &[Member<'a>],
    settings: &'a Settings,
) -> Network<'a> {
    let objects = cluster.members.iter().chain(patches).map(|index| {
        let Member { resource, placement, path, node, .. } = &members[*index];
        Object { resource, placement, path, node: *node }
    });
    model::build(objects.collect(), settings)
}

fn run_network_rules(
    network: &Network<'_>,
    cluster: Option<&str>,
    request: &Request<'_>,
) -> Vec<Found> {
    let found: Vec<Vec<Found>> = request
        .rules
        .par_iter()
        .filter_map(|active| match active.rule.check {
            Check::Network(check) => Some(collect(active, cluster, |found| check(network, found))),
            Check::Inputs(_) | Check::Joined(_) | Check::Elsewhere => None,
        })
        .collect();
    found.into_iter().flatten().collect()
}

fn run_joined_rules(networks: &[Network<'_>], request: &Request<'_>) -> Vec<Found> {
    let groups = joined::groups(networks);
    let rules = request.rules.iter();
    let found = rules.filter_map(|active| match active.rule.check {
        Check::Joined(check) => Some(collect(active, None, |found| check(&groups, found))),
        Check::Network(_) | Check::Inputs(_) | Check::Elsewhere => None,
    });
    found.flatten().collect()
}

/// Asks the team's own rules of clusters with their names.
fn run_custom_rules(
    subjects: &[Subject],
    names: &[Option<&str>],
    (sources, files): (&Sources, &[FileContents]),
    request: &Request<'_>,
) -> Vec<Found> {
    let Some(custom) = request.custom else { return Vec::new() };
    let document = |file: FileId, index: usize| {
        let documents = &files.get(file.index() as usize)?.documents;
        let found = documents.binary_search_by_key(&index, |document| document.index).ok()?;
        Some(Text::part(file, sources.get(file).text(), documents[found].span.range()))
    };
    let found = custom.ask(subjects, document).into_iter();
    let found = found.filter_map(|(subject, mut diagnostic)| {
        let active = request.rules.iter().find(|active| active.info.id == diagnostic.rule)?;
        diagnostic.severity = active.severity.unwrap_or(diagnostic.severity);
        Some(Found { diagnostic, cluster: names[subject].map(str::to_owned) })
    });
    found.collect()
}

/// Runs one rule.
fn collect(
    active: &ActiveRule,
    cluster: Option<&str>,
    check: impl FnOnce(&mut Findings<'_>),
) -> Vec<Found> {
    let mut findings = Findings::new(active.info.id.clone(), &active.options);
    check(&mut findings);
    let found = findings.into_diagnostics().into_iter().map(|mut diagnostic| {
        diagnostic.severity = active.severity.unwrap_or(diagnostic.severity);
        Found { diagnostic, cluster: cluster.map(str::to_owned) }
    });
    found.collect()
}

/// What several clusters share is found in each of them, and told once: with the labels of the
/// first cluster, and at the weight that it has where it weighs most.
fn merge_alike(findings: Vec<Found>) -> Vec<Found> {
    let mut merged: Vec<Found> = Vec::with_capacity(findings.len());
    let mut known: FxHashMap<(RuleId, Span, String), usize> = FxHashMap::default();
    for found in findings {
        let diagnostic = &found.diagnostic;
        let key = (diagnostic.rule.clone(), diagnostic.primary.span, diagnostic.message.clone());
        match known.entry(key) {
            Entry::Occupied(entry) => {
                let first = &mut merged[*entry.get()];
                if first.cluster != found.cluster {
                    first.cluster = None;
                }
                let severity = &mut first.diagnostic.severity;
                *severity = diagnostic.severity.max(*severity);
            }
            Entry::Vacant(entry) => {
                entry.insert(merged.len());
                merged.push(found);
            }
        }
    }
    merged
}

/// Checks texts that are already in memory, by all rules or by those with the given ids; the path
/// tells formats apart, and a text named `netvet.yaml` is the configuration. Findings that are
/// ignored are left out. Custom rules are not asked.
pub fn check_texts(
    texts: &[(String, String)],
    only: Option<&[&str]>,
    today: Date,
) -> Result<Analysis, Vec<ConfigProblem>> {
    check_texts_with(texts, only, today, None)
}

/// The same with custom rules, which `evaluator` evaluates: the path of the netvet program. The
/// texts that `custom-rules` names are their files.
pub fn check_texts_with(
    texts: &[(String, String)],
    only: Option<&[&str]>,
    today: Date,
    evaluator: Option<&Path>,
) -> Result<Analysis, Vec<ConfigProblem>> {
    let (mut own, inputs): (Vec<_>, Vec<_>) =
        texts.iter().cloned().partition(|(path, _)| path == "netvet.yaml");
    own.truncate(1);
    let globs = own.first().filter(|_| evaluator.is_some());
    let globs = globs.map(|(_, text)| Config::custom_rules(text, FileId::new(0)));
    let (globs, _) = Patterns::new(globs.unwrap_or_default());
    let (of_rules, mut inputs): (Vec<_>, Vec<_>) =
        inputs.into_iter().partition(|(path, _)| globs.matches(path));
    // As files are that are found in a directory.
    inputs.sort_by(|(one, _), (other, _)| one.cmp(other));
    own.extend(of_rules);
    let mut custom_rules = Vec::new();
    let (built_in, mut ids) = (known(rule_infos()), FxHashMap::default());
    for (index, (_, text)) in own.iter().enumerate().skip(1) {
        let file = FileId::new(index as u32);
        custom_rules.extend(config::custom::read(text, file, &built_in, &mut ids)?);
    }
    let known = known(rule_infos().iter().chain(custom_rules.iter().map(|rule| &rule.info)));
    let config = match own.first() {
        Some((_, text)) => Config::parse(text, FileId::new(0), &known)?,
        None => Config::default(),
    };
    let select: Vec<String> = only.unwrap_or_default().iter().map(ToString::to_string).collect();
    let rules = active_rules(&config, &select, &[], &custom_rules);
    let custom = match evaluator.filter(|_| !custom_rules.is_empty()) {
        Some(program) => {
            Some(Custom::start(custom_rules, program.to_owned()).map_err(|error| match error {
                StartError::Mistakes(problems) => problems,
                StartError::NoEvaluator(message) => {
                    let span = Span::new(FileId::new(0), 0..0);
                    vec![ConfigProblem { span, message, help: None, related: Vec::new() }]
                }
            })?)
        }
        None => None,
    };
    let request = Request {
        config: &config,
        base: None,
        roots: &[String::new()],
        rules: &rules,
        cluster: None,
        today,
        custom: custom.as_ref(),
        renderings: &Renderings::default(),
    };
    let paths = inputs.iter().map(|(path, _)| path.clone()).collect();
    let read = |index: usize| Content::Text(inputs[index].1.clone());
    let (mut analysis, _) = analyse(own, paths, read, &request, |_| ());
    ignores::settle(&mut analysis, &request, &known, true);
    Ok(analysis)
}
