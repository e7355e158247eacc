//! A revision of git as a tree of files: loaded like any folder, the working copy left alone.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adplane_engine::git::{GitError, ObjectId, Repository};
use adplane_manifest::load::{About, FileTree, Files};

use crate::error::{Exit, Failure};

/// Opens the repository that a folder lies in.
pub(crate) fn repository(folder: &Path) -> Result<Arc<dyn Repository>, Failure> {
    adplane_engine::git::open(folder).map_err(|error| git_failure(&error))
}

/// What git could not do, and what to do about it.
pub(crate) fn git_failure(error: &GitError) -> Failure {
    let failure = Failure::from_error(Exit::Error, error);
    match error {
        GitError::NoRepository(_) => failure.hint("run it inside the checkout that holds the YAML"),
        GitError::UnknownRevision(_) => failure
            .hint("name a branch, a tag or a commit; a shallow clone (`fetch-depth: 1`) lacks older ones"),
        GitError::Failed { .. } => failure.hint("check the repository with `git fsck`"),
    }
}

/// The root of the working copy as the current directory spells it: links on the way are not resolved.
pub(crate) fn root_near(git: &dyn Repository, cwd: &Path) -> PathBuf {
    let real = |path: &Path| path.canonicalize().ok();
    let wanted = real(git.root());
    let near = cwd.ancestors().find(|folder| real(folder) == wanted);
    near.unwrap_or(git.root()).to_owned()
}

/// The files of a commit, at the paths that they would have in the working copy below `root`.
pub(crate) fn tree(git: &Arc<dyn Repository>, commit: ObjectId, root: &Path) -> Result<FileTree, Failure> {
    let listed = git.files(commit).map_err(|error| git_failure(&error))?;
    let mut files = BTreeMap::new();
    let mut folders: BTreeMap<PathBuf, BTreeSet<PathBuf>> =
        BTreeMap::from([(root.to_owned(), BTreeSet::new())]);
    for (path, id) in listed {
        let path = root.join(path);
        let mut below = path.as_path();
        while let Some(folder) = below.parent().filter(|folder| folder.starts_with(root)) {
            if !folders.entry(folder.to_owned()).or_default().insert(below.to_owned()) {
                break;
            }
            below = folder;
        }
        files.insert(path, id);
    }
    Ok(FileTree::new(Revision { git: Arc::clone(git), files, folders }))
}

struct Revision {
    git: Arc<dyn Repository>,
    files: BTreeMap<PathBuf, ObjectId>,
    folders: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

impl Revision {
    fn id(&self, path: &Path) -> io::Result<ObjectId> {
        self.files.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Files for Revision {
    fn about(&self, path: &Path) -> io::Result<About> {
        if self.folders.contains_key(path) {
            return Ok(About::Folder);
        }
        let bytes = self.git.size(self.id(path)?).map_err(io::Error::other)?;
        Ok(About::File { bytes })
    }

    fn entries(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let entries = self.folders.get(folder).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        Ok(entries.iter().cloned().collect())
    }

    fn open(&self, file: &Path) -> io::Result<Box<dyn Read + '_>> {
        let content = self.git.content(self.id(file)?).map_err(io::Error::other)?;
        Ok(Box::new(io::Cursor::new(content)))
    }
}
