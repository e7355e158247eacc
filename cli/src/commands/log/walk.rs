//! From commits to what they did: only changed files are read, and only changed documents of them are parsed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use adplane_engine::git::{Commit, FileChange, ObjectId, Repository};
use adplane_manifest::compare::{DocumentKey, Happening, ObjectDifference, compare};
use adplane_manifest::load::{Document, documents, pieces};

use crate::error::Failure;
use crate::pipeline::names_text;
use crate::pipeline::revision::git_failure;

/// Files whose bytes go to the platforms.
const ASSETS: [&str; 8] = ["png", "jpg", "jpeg", "gif", "webp", "mp4", "mov", "m4v"];
const PROJECT_FILE: &str = "adplane.yaml";

/// What one commit did.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Objects, by kind, namespace and name.
    pub(super) objects: Vec<ObjectDifference>,
    /// Other files of the project: the project file and assets.
    pub(super) files: Vec<(String, Happening)>,
    /// Files that could not be read as YAML of ours, so that objects in them may be missing here.
    pub(super) unreadable: Vec<String>,
}

impl Told {
    pub(super) fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.files.is_empty() && self.unreadable.is_empty()
    }
}

/// What to tell of: paths and objects. Objects are followed back through renames and from file to file.
pub(super) struct Filter {
    below: BTreeSet<String>,
    targets: Vec<String>,
    followed: HashSet<DocumentKey>,
}

impl Filter {
    pub(super) fn new(below: BTreeSet<String>, targets: &[String]) -> Self {
        Self { below, targets: targets.to_vec(), followed: HashSet::new() }
    }

    fn holds(&self, file: &str) -> bool {
        self.below.is_empty()
            || self.below.iter().any(|path| {
                path.is_empty()
                    || file
                        .strip_prefix(path.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
    }

    fn takes(&self, object: &ObjectDifference) -> bool {
        if self.followed.contains(&object.key) {
            return true;
        }
        let named = self.targets.is_empty()
            || self
                .targets
                .iter()
                .any(|text| names_text(&object.short(), text) || names_text(&object.key.short(), text));
        named && (self.holds(&object.file) || self.holds(&object.former_file))
    }

    /// Follows what leads out of the filter, further back.
    fn follow(&mut self, object: &ObjectDifference) {
        if let Happening::Renamed { from } = &object.happening {
            self.followed.insert(DocumentKey { name: from.clone(), ..object.key.clone() });
        }
        if !self.holds(&object.former_file) {
            self.followed.insert(object.key.clone());
        }
    }
}

/// Documents of one stretch of a file.
#[derive(Debug)]
struct Piece {
    documents: Vec<Arc<Document>>,
    broken: bool,
}

/// Both sides of changed files, what they share left out.
#[derive(Default)]
struct Sides {
    before: Vec<Arc<Document>>,
    after: Vec<Arc<Document>>,
    unreadable: Vec<String>,
    /// Files that could not be read before: what appears in them is not new.
    unreadable_before: BTreeSet<String>,
}

/// Walks commits from new to old.
pub(super) struct Walker {
    git: Arc<dyn Repository>,
    filter: Filter,
    /// Texts of documents by the content of their file.
    blobs: HashMap<ObjectId, Arc<Vec<Arc<str>>>>,
    texts: HashSet<Arc<str>>,
    /// Documents by file and text.
    pieces: HashMap<(Arc<str>, Arc<str>), Arc<Piece>>,
}

impl Walker {
    pub(super) fn new(git: Arc<dyn Repository>, filter: Filter) -> Self {
        Self { git, filter, blobs: HashMap::new(), texts: HashSet::new(), pieces: HashMap::new() }
    }

    /// What a commit did; of a merge only what differs from every parent.
    pub(super) fn tell(&mut self, commit: &Commit) -> Result<Told, Failure> {
        let changes = self.changes(commit)?;
        let mut told = Told::default();
        if changes.is_empty() {
            return Ok(told);
        }
        let first = commit.parents.first().copied();
        let mut objects = self.objects(&changes, &mut told)?;
        for other in commit.parents.iter().skip(1) {
            let theirs = self.git.changes(Some(*other), commit.id).map_err(|error| git_failure(&error))?;
            let theirs = self.objects(&theirs, &mut Told::default())?;
            objects
                .retain(|object| theirs.iter().any(|their| their.key == object.key && their.ad == object.ad));
        }
        debug_assert!(
            first.is_some() || commit.parents.is_empty(),
            "a first commit is compared with nothing"
        );
        objects.retain(|object| self.filter.takes(object));
        for object in &objects {
            self.filter.follow(object);
        }
        told.objects = objects;
        if self.filter.targets.is_empty() {
            told.files = self.files(&changes);
        } else {
            told.unreadable.clear();
        }
        Ok(told)
    }

    /// Changed files against the first parent; of a merge those that differ from every parent.
    fn changes(&self, commit: &Commit) -> Result<Vec<FileChange>, Failure> {
        let against = |parent| self.git.changes(parent, commit.id).map_err(|error| git_failure(&error));
        let mut changes = against(commit.parents.first().copied())?;
        for parent in commit.parents.iter().skip(1) {
            let others: HashSet<String> = against(Some(*parent))?.into_iter().map(|file| file.path).collect();
            changes.retain(|file| others.contains(&file.path));
        }
        Ok(changes)
    }

    fn files(&self, changes: &[FileChange]) -> Vec<(String, Happening)> {
        let ours = changes.iter().filter(|file| {
            let name = file.path.rsplit('/').next().unwrap_or_default();
            let extension =
                name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default();
            let kind = name == PROJECT_FILE || ASSETS.contains(&extension.as_str());
            kind && !hidden(&file.path) && self.filter.holds(&file.path)
        });
        ours.map(|file| {
            let happening = match (file.before, file.after) {
                (None, _) => Happening::Added,
                (_, None) => Happening::Removed,
                _ => Happening::Changed,
            };
            (file.path.clone(), happening)
        })
        .collect()
    }

    fn objects(&mut self, changes: &[FileChange], told: &mut Told) -> Result<Vec<ObjectDifference>, Failure> {
        let mut sides = Sides::default();
        for file in changes.iter().filter(|file| is_yaml(&file.path)) {
            self.side(file, &mut sides)?;
        }
        let found = compare(&sides.before, &sides.after);
        for (key, former) in found.moved {
            // What moved into the filter is followed to where it came from.
            if self.filter.targets.is_empty() && !self.filter.holds(&former) {
                self.filter.followed.insert(key);
            }
        }
        let mut objects = found.objects;
        objects.retain(|object| match object.happening {
            Happening::Added => !sides.unreadable_before.contains(&*object.file),
            Happening::Removed => {
                object.ad.is_some() || !sides.unreadable.iter().any(|file| **file == *object.file)
            }
            Happening::Renamed { .. } | Happening::Changed => true,
        });
        told.unreadable.extend(sides.unreadable.into_iter().filter(|file| self.filter.holds(file)));
        Ok(objects)
    }

    /// Reads what differs between both sides of a file: documents that are the same, byte for byte, are not parsed.
    fn side(&mut self, file: &FileChange, sides: &mut Sides) -> Result<(), Failure> {
        let before = self.read(file.before)?;
        let after = self.read(file.after)?;
        let path: Arc<str> = Arc::from(file.path.as_str());
        let changed = |texts: &[Arc<str>], others: &[Arc<str>]| -> Vec<Arc<str>> {
            let others: HashSet<&Arc<str>> = others.iter().collect();
            texts.iter().filter(|text| !others.contains(text)).cloned().collect()
        };
        for text in changed(&before, &after) {
            let piece = self.piece(&path, &text);
            if piece.broken {
                sides.unreadable_before.insert(file.path.clone());
            }
            sides.before.extend(piece.documents.iter().cloned());
        }
        for text in changed(&after, &before) {
            let piece = self.piece(&path, &text);
            if piece.broken {
                sides.unreadable.push(file.path.clone());
            }
            sides.after.extend(piece.documents.iter().cloned());
        }
        sides.unreadable.dedup();
        Ok(())
    }

    /// The texts of a file's documents; the same text is kept once, however many revisions hold it.
    fn read(&mut self, blob: Option<ObjectId>) -> Result<Arc<Vec<Arc<str>>>, Failure> {
        let Some(blob) = blob else { return Ok(Arc::default()) };
        if let Some(known) = self.blobs.get(&blob) {
            return Ok(Arc::clone(known));
        }
        let content = self.git.content(blob).map_err(|error| git_failure(&error))?;
        let text = String::from_utf8_lossy(&content);
        let mut texts = Vec::new();
        for piece in pieces(&text) {
            if !self.texts.contains(piece) {
                self.texts.insert(Arc::from(piece));
            }
            texts.extend(self.texts.get(piece).cloned());
        }
        let texts = Arc::new(texts);
        self.blobs.insert(blob, Arc::clone(&texts));
        Ok(texts)
    }

    fn piece(&mut self, path: &Arc<str>, text: &Arc<str>) -> Arc<Piece> {
        let key = (Arc::clone(path), Arc::clone(text));
        if let Some(known) = self.pieces.get(&key) {
            return Arc::clone(known);
        }
        let read = documents(path, text);
        let piece = Arc::new(Piece {
            documents: read.documents.into_iter().map(Arc::new).collect(),
            broken: read.broken,
        });
        self.pieces.insert(key, Arc::clone(&piece));
        piece
    }
}

fn hidden(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.'))
}

fn is_yaml(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let yaml = ["yaml", "yml"].iter().any(|known| extension.eq_ignore_ascii_case(known));
    yaml && name != PROJECT_FILE && !hidden(path)
}

/// Objects of a commit by what happened to them, for a line that counts.
pub(super) fn counts(objects: &[ObjectDifference]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for object in objects {
        let word = match object.happening {
            Happening::Added => "added",
            Happening::Removed => "removed",
            Happening::Renamed { .. } => "renamed",
            Happening::Changed => "changed",
        };
        *counts.entry(word).or_insert(0) += 1;
    }
    counts
}
