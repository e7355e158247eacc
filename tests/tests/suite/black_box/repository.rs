//! A git repository in a folder, driven by the `git` program as people do.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A repository whose commits are Ana's.
pub(crate) struct Repository {
    folder: PathBuf,
}

impl Repository {
    pub(crate) fn init(folder: &Path) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let repository = Self { folder: folder.to_owned() };
        repository.run(&["init", "-q", "-b", "main"]);
        std::fs::write(folder.join(".gitignore"), ".adplane/\n*.json\n").unwrap();
        repository
    }

    /// A repository that is there already.
    pub(crate) fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Runs git; its output without the line break.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=Ana", "-c", "user.email=ana@shop.example", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .current_dir(&self.folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .output()
            .unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Commits everything in the folder.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.run(&["add", "-A"]);
        self.run(&["commit", "-q", "-m", message]);
        self.head()
    }

    pub(crate) fn head(&self) -> String {
        self.run(&["rev-parse", "HEAD"])
    }

    /// Takes a file back to what was committed.
    pub(crate) fn checkout(&self, file: &str) {
        self.run(&["checkout", "-q", "--", file]);
    }
}
