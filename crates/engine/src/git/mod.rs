//! git, behind one trait: revisions, commits, changed files and their contents, without touching the working copy.
//!
//! Nothing here writes to a repository, and nothing reaches a network: fetching is the `git` program's.

mod libgit2;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

pub use libgit2::open;

/// The name of a commit or of a file's content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId([u8; 20]);

impl ObjectId {
    /// The first digits, as people quote commits.
    pub fn short(&self) -> String {
        self.to_string().chars().take(10).collect()
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Why git could not answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The folder is in no repository, or in one without a working copy.
    #[error("`{0}` is in no git checkout")]
    NoRepository(PathBuf),
    /// A revision does not exist.
    #[error("git knows no revision `{0}`")]
    UnknownRevision(String),
    /// Anything else.
    #[error("git cannot {doing}")]
    Failed {
        /// What was being done.
        doing: String,
        /// Why.
        #[source]
        source: git2::Error,
    },
}

/// One commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its name.
    pub id: ObjectId,
    /// Its parents; none of a first commit, several of a merge.
    pub parents: Vec<ObjectId>,
    /// Name of the author.
    pub author: String,
    /// E-mail of the author.
    pub email: String,
    /// When it was written.
    pub at: Timestamp,
    /// The whole message.
    pub message: String,
}

impl Commit {
    /// The first line of the message.
    pub fn subject(&self) -> &str {
        self.message.lines().next().unwrap_or_default().trim()
    }

    /// Values of a trailer such as `Adplane-Plan: sha256:…`, in the order written.
    pub fn trailers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let last = self.message.trim_end().rsplit("\n\n").next().unwrap_or_default();
        last.lines().filter_map(move |line| {
            let (key, value) = line.split_once(':')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// A file that differs between two commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Its path from the repository's root, parts joined by `/`.
    pub path: String,
    /// Its content before; absent when it is new.
    pub before: Option<ObjectId>,
    /// Its content afterwards; absent when it is gone.
    pub after: Option<ObjectId>,
}

/// A git repository with a working copy.
pub trait Repository: Send + Sync {
    /// The root of the working copy.
    fn root(&self) -> &Path;

    /// The commit that a revision (`main`, `HEAD~2`, a tag, a hash) means.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`] when there is none.
    fn revision(&self, text: &str) -> Result<ObjectId, GitError>;

    /// The commit in which two lines of commits parted; `None` when they share none.
    ///
    /// # Errors
    /// When the repository cannot be read.
    fn merge_base(&self, one: ObjectId, other: ObjectId) -> Result<Option<ObjectId>, GitError>;

    /// One commit.
    ///
    /// # Errors
    /// When the repository cannot be read.
    fn commit(&self, id: ObjectId) -> Result<Commit, GitError>;

    /// Commits from a tip back, newest first, without those that `except` reaches.
    ///
    /// # Errors
    /// When the repository cannot be read.
    fn walk(&self, tip: ObjectId, except: Option<ObjectId>) -> Result<Vec<ObjectId>, GitError>;

    /// Files that differ between two commits; from nothing when `before` is absent.
    ///
    /// # Errors
    /// When the repository cannot be read.
    fn changes(&self, before: Option<ObjectId>, after: ObjectId) -> Result<Vec<FileChange>, GitError>;

    /// All files of a commit, by path from the repository's root.
    ///
    /// # Errors
    /// When the repository cannot be read.
    fn files(&self, commit: ObjectId) -> Result<BTreeMap<String, ObjectId>, GitError>;

    /// The content of a file.
    ///
    /// # Errors
    /// When the repository cannot be read.
    fn content(&self, id: ObjectId) -> Result<Vec<u8>, GitError>;

    /// The size of a file's content.
    ///
    /// # Errors
    /// When the repository cannot be read.
    fn size(&self, id: ObjectId) -> Result<u64, GitError>;

    /// The name of the branch that is checked out, if one is.
    fn branch(&self) -> Option<String>;
}
