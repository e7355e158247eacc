//! Where files are read from: the disk, or a tree that is not checked out, such as a revision of git.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What lies at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// A folder.
    Folder,
    /// A file of this many bytes.
    File {
        /// Its size.
        bytes: u64,
    },
}

/// Reads files by absolute path.
pub trait Files: Send + Sync {
    /// What lies at a path.
    ///
    /// # Errors
    /// When nothing lies there, or it cannot be looked at.
    fn about(&self, path: &Path) -> io::Result<About>;

    /// Paths of what lies in a folder, in any order.
    ///
    /// # Errors
    /// When it is not a folder, or cannot be read.
    fn entries(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;

    /// The content of a file.
    ///
    /// # Errors
    /// When it is not a file, or cannot be read.
    fn open(&self, file: &Path) -> io::Result<Box<dyn Read + '_>>;

    /// The path by which several ways to one file are recognised.
    fn real(&self, path: &Path) -> PathBuf {
        path.to_owned()
    }
}

/// A tree of files; the disk by default.
#[derive(Clone)]
pub struct FileTree(Arc<dyn Files>);

impl FileTree {
    /// A tree of files that are read in some other way.
    pub fn new(files: impl Files + 'static) -> Self {
        Self(Arc::new(files))
    }

    /// The same tree with other texts in some files, by absolute path.
    #[must_use]
    pub fn with_texts(&self, texts: BTreeMap<PathBuf, String>) -> Self {
        Self::new(Overlay { below: self.clone(), texts })
    }

    /// Whether a file lies at a path.
    pub fn is_file(&self, path: &Path) -> bool {
        matches!(self.about(path), Ok(About::File { .. }))
    }

    /// Whether a folder lies at a path.
    pub fn is_folder(&self, path: &Path) -> bool {
        matches!(self.about(path), Ok(About::Folder))
    }
}

impl std::ops::Deref for FileTree {
    type Target = dyn Files;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl Default for FileTree {
    fn default() -> Self {
        Self::new(Disk)
    }
}

impl fmt::Debug for FileTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileTree")
    }
}

/// The machine's files.
struct Disk;

impl Files for Disk {
    fn about(&self, path: &Path) -> io::Result<About> {
        let about = std::fs::metadata(path)?;
        Ok(if about.is_dir() { About::Folder } else { About::File { bytes: about.len() } })
    }

    fn entries(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(std::fs::read_dir(folder)?.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect())
    }

    fn open(&self, file: &Path) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(std::fs::File::open(file)?))
    }

    fn real(&self, path: &Path) -> PathBuf {
        path.canonicalize().unwrap_or_else(|_| path.to_owned())
    }
}

/// A tree in which some files hold another text.
struct Overlay {
    below: FileTree,
    texts: BTreeMap<PathBuf, String>,
}

impl Files for Overlay {
    fn about(&self, path: &Path) -> io::Result<About> {
        match self.texts.get(path) {
            Some(text) => Ok(About::File { bytes: text.len() as u64 }),
            None => self.below.about(path),
        }
    }

    fn entries(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        self.below.entries(folder)
    }

    fn open(&self, file: &Path) -> io::Result<Box<dyn Read + '_>> {
        match self.texts.get(file) {
            Some(text) => Ok(Box::new(text.as_bytes())),
            None => self.below.open(file),
        }
    }

    fn real(&self, path: &Path) -> PathBuf {
        self.below.real(path)
    }
}
