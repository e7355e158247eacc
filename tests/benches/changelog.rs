//! `adplane log` over a long history: prints figures and their machine, and never fails on time.
//!
//! Run it with `cargo bench -p adplane-tests --bench changelog` after `cargo build --release`; the number of commits can
//! be given in `ADPLANE_BENCH_COMMITS`, another binary in `ADPLANE_BENCH_BINARY`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at any surprise"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const COMMITS: usize = 10_000;
/// Files of the portfolio, and campaigns in each.
const FILES: usize = 200;
const CAMPAIGNS: usize = 5;

fn main() {
    let commits =
        std::env::var("ADPLANE_BENCH_COMMITS").ok().and_then(|text| text.parse().ok()).unwrap_or(COMMITS);
    let Some(binary) = binary() else {
        println!("changelog: no binary; run `cargo build --release` first");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    generate(folder.path(), commits);
    println!(
        "changelog: {commits} commits over {FILES} files with {CAMPAIGNS} campaigns each, made in {:.1} s; {} cores; {}",
        begun.elapsed().as_secs_f64(),
        std::thread::available_parallelism().map_or(1, usize::from),
        binary.display()
    );
    for (what, arguments) in [
        ("all commits", &["log"][..]),
        ("all commits, JSON", &["log", "--format", "json"]),
        ("the last 100 commits", &["log", "HEAD~100..HEAD"]),
        ("one object", &["log", "--target", "campaign/c7-3"]),
        ("one folder", &["log", "team-3"]),
    ] {
        let (first, all, lines) = timed(&binary, folder.path(), arguments);
        println!(
            "changelog: {what:<22} first line after {:.3} s, all {lines} lines after {:.3} s",
            first.as_secs_f64(),
            all.as_secs_f64()
        );
    }
    let left = left(&binary, folder.path());
    println!("changelog: a reader who leaves after the first line waits {:.3} s", left.as_secs_f64());
}

/// How long a run goes on for a reader who has seen enough.
fn left(binary: &Path, folder: &Path) -> Duration {
    let begun = Instant::now();
    let mut child =
        Command::new(binary).arg("log").current_dir(folder).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.next();
    drop(lines);
    assert!(child.wait().unwrap().success());
    begun.elapsed()
}

/// The release binary, or another that was named.
fn binary() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("ADPLANE_BENCH_BINARY") {
        return Some(PathBuf::from(named));
    }
    let me = std::env::current_exe().ok()?;
    let target = me.ancestors().find(|folder| folder.join("release").is_dir())?;
    Some(target.join("release/adplane")).filter(|binary| binary.exists())
}

fn timed(binary: &Path, folder: &Path, arguments: &[&str]) -> (Duration, Duration, usize) {
    let begun = Instant::now();
    let mut child =
        Command::new(binary).args(arguments).current_dir(folder).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next().map(|_| begun.elapsed()).unwrap_or_default();
    let count = lines.count() + 1;
    assert!(child.wait().unwrap().success());
    (first, begun.elapsed(), count)
}

fn campaign(file: usize, number: usize, daily: usize) -> String {
    format!(
        "---\napiVersion: adplane.io/v1alpha1\nkind: Campaign\nmetadata: {{name: c{file}-{number}, labels: {{team: t{}}}}}\nspec:\n  \
         account: meta-eu\n  displayName: Campaign {file} {number}\n  objective: Sales\n  state: Active\n  \
         budget: {{daily: {daily}.00 EUR}}\n  bidding: {{strategy: CostCap, amount: 18.00 EUR}}\n  \
         specialAdCategories: []\n  targeting: {{locations: [ES, PT, FR], languages: [es, pt, fr]}}\n",
        file % 10
    )
}

fn text(file: usize, budgets: &[usize; CAMPAIGNS]) -> String {
    budgets.iter().enumerate().map(|(number, daily)| campaign(file, number, *daily)).collect()
}

/// A repository in which every commit changes one budget, by way of `git fast-import`.
fn generate(folder: &Path, commits: usize) {
    let git = |arguments: &[&str]| {
        assert!(Command::new("git").args(arguments).current_dir(folder).status().unwrap().success());
    };
    git(&["init", "-q", "-b", "main"]);
    let mut import = Command::new("git")
        .args(["fast-import", "--quiet"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stream = std::io::BufWriter::new(import.stdin.take().unwrap());
    let mut budgets = vec![[20_usize; CAMPAIGNS]; FILES];
    for number in 0..commits {
        let message = format!("Change number {number}");
        writeln!(stream, "commit refs/heads/main").unwrap();
        writeln!(stream, "committer Ana <ana@shop.example> {} +0100", 1_700_000_000 + number * 60).unwrap();
        writeln!(stream, "data {}\n{message}", message.len()).unwrap();
        let changed = if number == 0 { 0..FILES } else { number % FILES..number % FILES + 1 };
        for file in changed {
            budgets[file][number / FILES % CAMPAIGNS] += 1;
            let text = text(file, &budgets[file]);
            writeln!(stream, "M 100644 inline team-{}/f{file}.yaml\ndata {}\n{text}", file % 10, text.len())
                .unwrap();
        }
        if number == 0 {
            writeln!(stream, "M 100644 inline adplane.yaml\ndata 16\nproject: retail\n").unwrap();
        }
    }
    writeln!(stream, "done").unwrap();
    drop(stream);
    assert!(import.wait().unwrap().success());
    git(&["checkout", "-q", "-f", "main"]);
}
