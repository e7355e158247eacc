//! Who wrote what a plan changes, as git knows them: whoever wrote a change may not approve it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::git::Git;

/// Lines of one file.
pub type Written = BTreeMap<String, BTreeSet<u32>>;

/// Blame of more files than this is not asked for; then whoever committed to a file last stands for its lines.
const FILES_BLAMED: usize = 300;

/// What git says of a line that is not committed yet.
const NOT_COMMITTED: &str = "not.committed.yet";

/// Addresses of the people who wrote these lines, in lower case; empty when git does not know one of them.
///
/// `lines` are named relative to `folder`. A line that is not committed yet is written by whoever works here,
/// git's `user.email`. `removed`: something was taken out of the files, which leaves no line behind; whoever
/// made the last commit stands for it. `revision`: the commit that the lines were read from, when it is not the
/// working copy.
pub fn authors(
    git: &Git,
    folder: &Path,
    lines: &Written,
    removed: bool,
    revision: Option<&str>,
) -> Vec<String> {
    let mut found = BTreeSet::new();
    for (file, numbers) in lines {
        let path = folder.join(file).to_string_lossy().into_owned();
        let known = if lines.len() > FILES_BLAMED {
            last_author(git, revision, Some(&path)).map(|author| BTreeSet::from([author]))
        } else {
            blamed(git, revision, &path, numbers)
        };
        let Some(known) = known else { return Vec::new() };
        found.extend(known);
    }
    if removed {
        let Some(last) = last_author(git, revision, None) else { return Vec::new() };
        found.insert(last);
        // What is taken out and not committed yet has been taken out by whoever works here.
        let dirty = if revision.is_some() { Some(false) } else { status(git) };
        let Some(dirty) = dirty else { return Vec::new() };
        if dirty {
            let Some(here) = here(git) else { return Vec::new() };
            found.insert(here);
        }
    }
    found.into_iter().map(|address| address.to_ascii_lowercase()).collect()
}

fn blamed(
    git: &Git,
    revision: Option<&str>,
    path: &str,
    numbers: &BTreeSet<u32>,
) -> Option<BTreeSet<String>> {
    let ranges: Vec<String> =
        numbers.iter().flat_map(|number| ["-L".into(), format!("{number},+1")]).collect();
    let mut arguments = vec!["-c", "blame.ignoreRevsFile=", "blame", "--line-porcelain"];
    arguments.extend(ranges.iter().map(String::as_str));
    arguments.extend(revision);
    arguments.extend(["--", path]);
    let Ok(output) = git.run(&arguments) else {
        // A file that git does not know is written by whoever works here.
        git.run(&["rev-parse", "--is-inside-work-tree"]).ok()?;
        return Some(BTreeSet::from([here(git)?]));
    };
    let text = String::from_utf8_lossy(&output);
    let mut found = BTreeSet::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("author-mail ")) {
        let address = line.trim_start_matches('<').trim_end_matches('>');
        found.insert(if address == NOT_COMMITTED { here(git)? } else { address.to_owned() });
    }
    Some(found)
}

fn last_author(git: &Git, revision: Option<&str>, path: Option<&str>) -> Option<String> {
    let mut arguments = vec!["log", "-1", "--format=%ae"];
    arguments.extend(revision);
    arguments.extend(path.iter().flat_map(|path| ["--", path]));
    let output = git.run(&arguments).ok()?;
    let address = String::from_utf8_lossy(&output).trim().to_owned();
    if address.is_empty() { here(git) } else { Some(address) }
}

/// Whether something here is not committed.
fn status(git: &Git) -> Option<bool> {
    git.run(&["status", "--porcelain", "--untracked-files=no"]).ok().map(|output| !output.is_empty())
}

/// Who works here: what the repository's own configuration says.
fn here(git: &Git) -> Option<String> {
    let output = git.run_as_configured(&["config", "user.email"]).ok()?;
    let address = String::from_utf8_lossy(&output).trim().to_owned();
    (!address.is_empty()).then_some(address)
}
