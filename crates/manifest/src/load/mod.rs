//! Loading: paths to checked documents, all problems collected.
//!
//! Files are read here and nowhere else (the bytes of assets aside, see [`crate::lower`]). A file that
//! cannot be read or parsed is a diagnostic; the rest still loads.

mod document;
mod sources;

use std::path::PathBuf;
use std::sync::Arc;

use adplane_core::diagnostic::Diagnostic;
use adplane_core::ids::ProjectName;

use crate::api::project::ProjectFile;

pub use document::{Child, Document, DocumentKind, Place, Written};
pub use sources::Sources;

/// What to load.
#[derive(Debug, Clone, Default)]
pub struct LoadRequest {
    /// Files and folders as the user typed them; empty means the project file's `paths`, else the current
    /// directory.
    pub paths: Vec<PathBuf>,
    /// The current directory, against which relative paths are read and shown.
    pub cwd: PathBuf,
    /// The project file to use instead of looking for one.
    pub project_file: Option<PathBuf>,
    /// The project name to use instead of the project file's.
    pub project: Option<ProjectName>,
}

/// The project file, where it was found and what it says.
#[derive(Debug, Clone, Default)]
pub struct Project {
    /// Its path as shown to people; absent when there is none.
    pub file: Option<Arc<str>>,
    /// The folder that holds it, or the current directory: where `.adplane/` lies.
    pub root: PathBuf,
    /// What it says; defaults when there is none.
    pub settings: ProjectFile,
}

/// Everything that was loaded.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// Documents, ordered by file and place.
    pub documents: Vec<Document>,
    /// The project.
    pub project: Project,
    /// Every problem found, ordered by file and place.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether the whole project was loaded without a hole.
    pub complete: bool,
    /// Files that were read, as shown to people, ordered.
    pub files: Vec<Arc<str>>,
    /// Texts of files, for carets.
    pub sources: Sources,
    /// The current directory of the request, against which shown paths are relative.
    pub cwd: PathBuf,
}

impl Loaded {
    /// The text of a file, as named in diagnostics.
    pub fn source(&self, file: &str) -> Option<&str> {
        self.sources.text(file)
    }
}

/// Loads every document below the paths of the request.
pub fn load(request: &LoadRequest) -> Loaded {
    Loaded { cwd: request.cwd.clone(), ..Loaded::default() }
}
