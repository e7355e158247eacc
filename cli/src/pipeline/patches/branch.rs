//! A patch as a commit on a new branch, made by `git` beside the checkout: neither its files nor its index change, and
//! nothing is pushed.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::Patch;
use crate::error::Failure;

/// Commits a patch on top of `HEAD` as a new branch.
pub(crate) fn commit(patch: &Patch, branch: &str, message: &str) -> Result<String, Failure> {
    let scratch = tempfile::tempdir().map_err(|error| {
        Failure::error("no temporary folder for git's index can be made").caused_by(&error)
    })?;
    let git = Git { folder: &patch.folder, index: scratch.path().join("index") };
    git.run(&["check-ref-format", "--branch", branch], "", "that is no name of a branch")?;
    let head =
        git.run(&["rev-parse", "--verify", "HEAD"], "", "the project needs to be in a git repository")?;
    git.run(&["read-tree", "HEAD"], "", "see what git says")?;
    let committed = "commit the files as they are first: the patch goes on top of the last commit";
    git.run(&["apply", "--cached", "-"], &patch.text, committed)?;
    let tree = git.run(&["write-tree"], "", "see what git says")?;
    let named = "tell git who you are: `git config user.name`, `git config user.email`";
    let made = git.run(&["commit-tree", tree.trim(), "-p", head.trim(), "-F", "-"], message, named)?;
    git.run(&["branch", "--no-track", branch, made.trim()], "", "choose a branch that is not there yet")?;
    Ok(made.trim().to_owned())
}

struct Git<'a> {
    folder: &'a Path,
    /// An index of its own.
    index: std::path::PathBuf,
}

impl Git<'_> {
    /// What git says, with something on its standard input.
    fn run(&self, arguments: &[&str], input: &str, hint: &str) -> Result<String, Failure> {
        let failed = |because: String| {
            Failure::error(format!("`git {}` failed", arguments[0])).because(because).hint(hint)
        };
        let mut child = Command::new("git")
            .args(arguments)
            .current_dir(self.folder)
            .env("GIT_INDEX_FILE", &self.index)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        if let Some(mut stdin) = child.stdin.take() {
            // One that does not read it says why it stopped.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output().map_err(|error| failed(error.to_string()))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
        }
    }
}
