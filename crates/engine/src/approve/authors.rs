//! Who wrote what a plan changes, as git knows them: whoever wrote a change may not approve it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::git::Git;

/// Lines of one file.
pub type Written = BTreeMap<String, BTreeSet<u32>>;

/// Blame of more files than this is not asked for, one program each; then whoever committed to a file last stands
/// for its lines, and one walk through the history tells.
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
    let known = found(git, folder, lines, removed, revision).unwrap_or_default();
    known.into_iter().map(|address| address.to_ascii_lowercase()).collect()
}

fn found(
    git: &Git,
    folder: &Path,
    lines: &Written,
    removed: bool,
    revision: Option<&str>,
) -> Option<BTreeSet<String>> {
    let path = |file: &str| folder.join(file).to_string_lossy().into_owned();
    let many = lines.len() > FILES_BLAMED;
    let mut found = BTreeSet::new();
    if many {
        let (authors, unknown) = last_authors(git, folder, lines.keys(), revision)?;
        found.extend(authors);
        for file in unknown {
            found.insert(last_author(git, revision, Some(&path(file)))?);
        }
    } else {
        for (file, numbers) in lines {
            found.extend(blamed(git, revision, &path(file), numbers)?);
        }
    }
    if removed {
        found.insert(last_author(git, revision, None)?);
    }
    // What is taken out, or somewhere in many files, and not committed yet is by whoever works here.
    if (removed || many) && revision.is_none() && status(git)? {
        found.insert(here(git)?);
    }
    Some(found)
}

/// Who committed last to each of many files, and the files that the history does not name as we do.
fn last_authors<'f>(
    git: &Git,
    folder: &Path,
    files: impl Iterator<Item = &'f String>,
    revision: Option<&str>,
) -> Option<(BTreeSet<String>, BTreeSet<&'f str>)> {
    let top = git.run(&["rev-parse", "--show-toplevel"]).ok()?;
    let top = std::fs::canonicalize(String::from_utf8_lossy(&top).trim()).ok()?;
    let within = std::fs::canonicalize(folder).ok()?;
    let (mut wanted, mut unknown) = (BTreeMap::new(), BTreeSet::new());
    for file in files {
        match within.join(file).strip_prefix(&top).ok().and_then(Path::to_str) {
            Some(path) => drop(wanted.insert(path.to_owned(), file.as_str())),
            None => drop(unknown.insert(file.as_str())),
        }
    }
    let mut arguments =
        vec!["-c", "core.quotePath=false", "log", "--format=@%ae", "--name-only", "--no-renames", "-c"];
    arguments.extend(revision);
    let output = git.run(&arguments).ok()?;
    let (mut found, mut author) = (BTreeSet::new(), "");
    for line in String::from_utf8_lossy(&output).lines() {
        if let Some(address) = line.strip_prefix('@') {
            // A file whose name begins so is not found here, and asked for by itself.
            author = if address.is_empty() { return None } else { address };
            continue;
        }
        if wanted.remove(line).is_some() {
            found.insert(author.to_owned());
        }
        if wanted.is_empty() {
            break;
        }
    }
    unknown.extend(wanted.into_values());
    Some((found, unknown))
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
