//! git by libgit2.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use git2::{ErrorCode, ObjectType, Oid, Sort, Tree, TreeWalkMode, TreeWalkResult};
use jiff::Timestamp;

use super::{Commit, FileChange, GitError, ObjectId, Repository};

/// Opens the repository that a folder lies in.
///
/// # Errors
/// [`GitError::NoRepository`] when it lies in none, or in one without a working copy.
pub fn open(folder: &Path) -> Result<Arc<dyn Repository>, GitError> {
    let found = git2::Repository::discover(folder).map_err(|error| match error.code() {
        ErrorCode::NotFound => GitError::NoRepository(folder.to_owned()),
        _ => failed(format!("open the repository of `{}`", folder.display()))(error),
    })?;
    let root = found.workdir().ok_or_else(|| GitError::NoRepository(folder.to_owned()))?.to_owned();
    Ok(Arc::new(Libgit2 { root, repository: Mutex::new(found) }))
}

fn failed(doing: impl Into<String>) -> impl FnOnce(git2::Error) -> GitError {
    let doing = doing.into();
    move |source| GitError::Failed { doing, source }
}

struct Libgit2 {
    root: PathBuf,
    repository: Mutex<git2::Repository>,
}

impl Libgit2 {
    /// libgit2's handle is for one thread at a time; a panic elsewhere leaves it as usable as before.
    fn handle(&self) -> MutexGuard<'_, git2::Repository> {
        self.repository.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ObjectId {
    fn of(oid: Oid) -> Self {
        let mut bytes = [0; 20];
        let told = oid.as_bytes();
        let length = told.len().min(bytes.len());
        bytes[..length].copy_from_slice(&told[..length]);
        Self(bytes)
    }

    fn oid(self) -> Result<Oid, GitError> {
        Oid::from_bytes(&self.0).map_err(failed(format!("name `{self}`")))
    }
}

impl Repository for Libgit2 {
    fn root(&self) -> &Path {
        &self.root
    }

    fn revision(&self, text: &str) -> Result<ObjectId, GitError> {
        let handle = self.handle();
        let found = handle.revparse_single(text).and_then(|object| object.peel_to_commit());
        found.map(|commit| ObjectId::of(commit.id())).map_err(|_| GitError::UnknownRevision(text.to_owned()))
    }

    fn merge_base(&self, one: ObjectId, other: ObjectId) -> Result<Option<ObjectId>, GitError> {
        match self.handle().merge_base(one.oid()?, other.oid()?) {
            Ok(found) => Ok(Some(ObjectId::of(found))),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(failed("compare two revisions")(error)),
        }
    }

    fn commit(&self, id: ObjectId) -> Result<Commit, GitError> {
        let handle = self.handle();
        let commit = handle.find_commit(id.oid()?).map_err(failed(format!("read commit `{id}`")))?;
        let author = commit.author();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Commit {
            id,
            parents: commit.parent_ids().map(ObjectId::of).collect(),
            author: text(author.name_bytes()),
            email: text(author.email_bytes()),
            at: Timestamp::from_second(author.when().seconds()).unwrap_or(Timestamp::UNIX_EPOCH),
            message: text(commit.message_bytes()),
        })
    }

    fn walk(&self, tip: ObjectId, except: Option<ObjectId>) -> Result<Vec<ObjectId>, GitError> {
        let handle = self.handle();
        let walked = || -> Result<Vec<ObjectId>, git2::Error> {
            let mut walk = handle.revwalk()?;
            walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME)?;
            walk.push(Oid::from_bytes(&tip.0)?)?;
            if let Some(except) = except {
                walk.hide(Oid::from_bytes(&except.0)?)?;
            }
            walk.map(|id| id.map(ObjectId::of)).collect()
        };
        walked().map_err(failed("walk the commits"))
    }

    fn changes(&self, before: Option<ObjectId>, after: ObjectId) -> Result<Vec<FileChange>, GitError> {
        let handle = self.handle();
        let compared = || -> Result<Vec<FileChange>, git2::Error> {
            let tree = |id: ObjectId| handle.find_commit(Oid::from_bytes(&id.0)?)?.tree();
            let before = before.map(tree).transpose()?;
            let after = tree(after)?;
            let mut changes = Vec::new();
            differences(&handle, [before.as_ref(), Some(&after)], "", &mut changes)?;
            changes.sort_by(|a, b| a.path.cmp(&b.path));
            Ok(changes)
        };
        compared().map_err(failed("compare two revisions"))
    }

    fn files(&self, commit: ObjectId) -> Result<BTreeMap<String, ObjectId>, GitError> {
        let handle = self.handle();
        let listed = || -> Result<BTreeMap<String, ObjectId>, git2::Error> {
            let tree = handle.find_commit(Oid::from_bytes(&commit.0)?)?.tree()?;
            let mut files = BTreeMap::new();
            tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
                if entry.kind() == Some(ObjectType::Blob) {
                    let path = format!("{folder}{}", String::from_utf8_lossy(entry.name_bytes()));
                    files.insert(path, ObjectId::of(entry.id()));
                }
                TreeWalkResult::Ok
            })?;
            Ok(files)
        };
        listed().map_err(failed(format!("list the files of `{commit}`")))
    }

    fn content(&self, id: ObjectId) -> Result<Vec<u8>, GitError> {
        let handle = self.handle();
        let blob = handle.find_blob(id.oid()?).map_err(failed(format!("read content `{id}`")))?;
        Ok(blob.content().to_vec())
    }

    fn size(&self, id: ObjectId) -> Result<u64, GitError> {
        let handle = self.handle();
        let measured = handle.odb().and_then(|store| store.read_header(Oid::from_bytes(&id.0)?));
        measured.map(|(bytes, _)| bytes as u64).map_err(failed(format!("measure content `{id}`")))
    }

    fn branch(&self) -> Option<String> {
        let handle = self.handle();
        let head = handle.head().ok()?;
        if head.is_branch() { head.shorthand().ok().map(ToOwned::to_owned) } else { None }
    }
}

/// What a tree holds under a name.
type Entry = (Oid, Option<ObjectType>);

/// Files that differ between two trees. Only folders that differ are opened, which over thousands of commits costs far
/// less than libgit2's own comparison.
fn differences(
    handle: &git2::Repository,
    sides: [Option<&Tree<'_>>; 2],
    below: &str,
    found: &mut Vec<FileChange>,
) -> Result<(), git2::Error> {
    let mut entries: HashMap<Vec<u8>, [Option<Entry>; 2]> = HashMap::new();
    for (side, tree) in sides.into_iter().enumerate() {
        for entry in tree.into_iter().flat_map(Tree::iter) {
            let kept = entries.entry(entry.name_bytes().to_vec()).or_default();
            kept[side] = Some((entry.id(), entry.kind()));
        }
    }
    for (name, entry) in entries {
        if entry[0] == entry[1] {
            continue;
        }
        let path = format!("{below}{}", String::from_utf8_lossy(&name));
        let of = |side: usize, kind| entry[side].filter(|(_, its)| *its == Some(kind)).map(|(id, _)| id);
        let blobs = [of(0, ObjectType::Blob), of(1, ObjectType::Blob)];
        if blobs[0] != blobs[1] {
            let [before, after] = blobs.map(|id| id.map(ObjectId::of));
            found.push(FileChange { path: path.clone(), before, after });
        }
        let folders = [of(0, ObjectType::Tree), of(1, ObjectType::Tree)];
        if folders[0] != folders[1] {
            let [before, after] = folders.map(|id| id.map(|id| handle.find_tree(id)).transpose());
            let (before, after) = (before?, after?);
            differences(handle, [before.as_ref(), after.as_ref()], &format!("{path}/"), found)?;
        }
    }
    Ok(())
}
