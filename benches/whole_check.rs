//! The whole of `netvet check` against the least that any checker has to do with the same bytes:
//! read them and run a YAML parser over them, on one thread.
//!
//! `cargo bench --bench whole_check` prints ratios of one run; times depend on the machine and
//! mean nothing by themselves. What is aimed at, on two cores: the check takes no longer than the
//! reading and parsing; its memory stays below 4 times the input and 60 MB; and twice the input
//! takes at most 2.1 times as long. `NETVET_BENCH_FILES` sets the number of files.
//!
//! The same for an address plan of many ranges, `NETVET_BENCH_RANGES` of them; and the sweep that
//! finds overlaps, by itself, against reading the ranges from their texts: no more than that.
//!
//! And for policies, `NETVET_BENCH_POLICIES` of them with as many workloads: the check as well as
//! `netvet connections` is to take seconds, and for twice of both at most 2.3 times as long, apart
//! from what pods without policies, who talk to all others of their kind, make of connections.

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use netvet::model::addresses::overlap::overlapping_pairs;
use netvet::model::addresses::range::{self, IpRange};

#[path = "policy_tree.rs"]
mod policy_tree;
#[path = "tree.rs"]
mod tree;

const RUNS: usize = 7;
const MEGABYTE: f64 = 1e6;

fn main() {
    let mut arguments = std::env::args().skip(1);
    // A process of its own measures its own memory.
    if arguments.next().as_deref() == Some("child") {
        let root = arguments.next().expect("a folder");
        return child(Path::new(&root));
    }
    let files = std::env::var("NETVET_BENCH_FILES").ok().and_then(|text| text.parse().ok());
    let ranges = std::env::var("NETVET_BENCH_RANGES").ok().and_then(|text| text.parse().ok());
    let ranges: usize = ranges.unwrap_or(100_000);
    println!("applications");
    compare(tree::generate, files.unwrap_or(10_000));
    println!("\nan address plan");
    compare(tree::generate_plan, ranges);
    sweep(ranges);
    let policies = std::env::var("NETVET_BENCH_POLICIES").ok().and_then(|text| text.parse().ok());
    let policies = policies.unwrap_or(8_000);
    println!("\npolicies");
    compare(policy_tree::generate, policies);
    connections(policies);
}

/// `netvet connections` for policies and for twice as many.
fn connections(size: usize) {
    let [once, twice] = [size, 2 * size].map(|size| {
        let tree = Tree::new(policy_tree::generate, size);
        let mut times = Vec::new();
        let mut lines = 0;
        for _ in 0..RUNS {
            let start = Instant::now();
            let output = tree.run(&["connections"]);
            times.push(start.elapsed());
            lines = output.iter().filter(|byte| **byte == b'\n').count();
        }
        let time = median(times);
        println!("{lines:>8} connections in {:.0} ms", milliseconds(time));
        time
    });
    println!("twice the input: {:.2} times the time", twice.as_secs_f64() / once.as_secs_f64());
}

fn compare(generate: fn(&Path, usize) -> u64, size: usize) {
    let (once, twice) = (Tree::new(generate, size), Tree::new(generate, 2 * size));
    let once_runs = once.measure();
    let twice_runs = twice.measure();

    println!(
        "{:>8} {:>9} {:>14} {:>9} {:>7} {:>12}",
        "size", "MB", "read+parse ms", "check ms", "ratio", "peak/input"
    );
    for (tree, runs) in [(&once, &once_runs), (&twice, &twice_runs)] {
        println!(
            "{:>8} {:>9.1} {:>14.0} {:>9.0} {:>7.2} {:>12.2}",
            tree.size,
            tree.bytes as f64 / MEGABYTE,
            milliseconds(runs.floor),
            milliseconds(runs.check),
            runs.check.as_secs_f64() / runs.floor.as_secs_f64(),
            runs.peak as f64 / tree.bytes as f64,
        );
    }
    let bound = 4.0 * once.bytes as f64 + 60.0 * MEGABYTE;
    println!(
        "peak memory: {:.0} MB, of {:.0} MB that 4 times the input and 60 MB are",
        once_runs.peak as f64 / MEGABYTE,
        bound / MEGABYTE
    );
    println!(
        "twice the input: {:.2} times the time",
        twice_runs.check.as_secs_f64() / once_runs.check.as_secs_f64()
    );
}

/// Texts of ranges of two families, one in eight inside another: read, and swept for overlaps.
fn sweep(count: usize) {
    let text = |index: usize| match index % 8 {
        0 => format!("fd00:{:x}:{:x}::/64", index >> 16, index & 0xffff),
        1 => tree::range(10, index - 1, 28),
        _ => tree::range(10, index, 26),
    };
    let texts: Vec<String> = (0..count).map(text).collect();
    let (mut reads, mut sweeps) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let start = Instant::now();
        let read = |text: &String| range::parse_cidr(text).expect("a range").range();
        let ranges: Vec<IpRange> = texts.iter().map(read).collect();
        reads.push(start.elapsed());

        let start = Instant::now();
        black_box(overlapping_pairs(black_box(&ranges)));
        sweeps.push(start.elapsed());
    }
    let (read, sweep) = (median(reads), median(sweeps));
    println!(
        "{count} ranges: read in {:.1} ms, swept in {:.1} ms, ratio {:.2}",
        milliseconds(read),
        milliseconds(sweep),
        sweep.as_secs_f64() / read.as_secs_f64()
    );
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

struct Tree {
    folder: tempfile::TempDir,
    size: usize,
    bytes: u64,
}

/// Medians of several runs, taken in turn.
struct Runs {
    floor: Duration,
    check: Duration,
    /// Bytes of resident memory, at the highest.
    peak: u64,
}

impl Tree {
    fn new(generate: fn(&Path, usize) -> u64, size: usize) -> Tree {
        let folder = tempfile::tempdir().expect("a folder");
        let bytes = generate(folder.path(), size);
        Tree { folder, size, bytes }
    }

    /// What netvet prints when it runs in the folder.
    fn run(&self, arguments: &[&str]) -> Vec<u8> {
        let output = Command::new(env!("CARGO_BIN_EXE_netvet"))
            .args(arguments)
            .current_dir(self.folder.path())
            .output()
            .expect("netvet runs");
        assert!(output.status.success());
        output.stdout
    }

    fn measure(&self) -> Runs {
        let paths = paths(self.folder.path());
        let (mut floors, mut checks, mut peak) = (Vec::new(), Vec::new(), 0);
        for _ in 0..RUNS {
            let start = Instant::now();
            assert!(read_and_parse(&paths) > 0);
            floors.push(start.elapsed());

            let start = Instant::now();
            self.run(&["check", ".", "--format", "concise", "--fail-on", "never"]);
            checks.push(start.elapsed());
        }
        let output = Command::new(std::env::current_exe().expect("this program"))
            .args(["child".as_ref(), self.folder.path().as_os_str()])
            .output()
            .expect("this program runs");
        let text = String::from_utf8_lossy(&output.stdout);
        peak = peak.max(text.trim().parse().unwrap_or(0));
        Runs { floor: median(floors), check: median(checks), peak }
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn paths(root: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { folders.push(path) } else { paths.push(path) }
        }
    }
    paths
}

/// The number of events of all files.
fn read_and_parse(paths: &[PathBuf]) -> usize {
    let events = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("a text");
        granit_parser::Parser::new_from_str(&text).filter(Result::is_ok).count()
    };
    paths.iter().map(events).sum()
}

/// Checks a folder in this process and prints the most memory that it has had.
fn child(root: &Path) {
    std::env::set_current_dir(root).expect("a folder");
    let arguments = ["netvet", "check", ".", "--format", "concise", "--fail-on", "never"];
    netvet::cli::run(arguments, &mut std::io::sink());
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse::<u64>().ok());
    println!("{}", kilobytes.unwrap_or(0) * 1024);
}
