//! Loading: paths to checked documents, all problems collected.
//!
//! Files are read here and nowhere else (the bytes of assets aside, see [`crate::lower`]), from the disk or from any
//! other [`FileTree`]. A file that
//! cannot be read or parsed is a diagnostic; the rest still loads.

mod document;
mod files;
mod guard;
mod people;
mod project;
mod read;
mod sources;
mod tree;

use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use adplane_core::diagnostic::Diagnostic;
use adplane_core::ids::{Namespace, ObjectName, ProjectName};

use crate::api::project::ProjectFile;
use crate::check::document::Checked;

pub use document::{Child, Document, DocumentKind, Place, Written};
pub(crate) use files::shown;
pub use files::{absolute, is_case_file};
pub use guard::ProjectGuard;
pub(crate) use guard::{account_guard, word as platform_word};
pub use project::settings_from_json;
pub use read::{Texts, documents, pieces};
pub use sources::Sources;
pub use tree::{About, FileTree, Files};

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
    /// Where files are read from; the disk unless something else is given.
    pub tree: FileTree,
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
    /// The spend guard of its approval policy, with places.
    pub spend_guard: ProjectGuard,
}

/// Everything that was loaded.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// Documents, ordered by file and place.
    pub documents: Vec<Document>,
    /// Accounts of the project in files that were not asked for: they exist, and no more is known of them.
    pub accounts_elsewhere: BTreeSet<(Namespace, ObjectName)>,
    /// Rules and pools of the project in files that were not asked for; `None` where nobody can tell which there are.
    pub authors_elsewhere: Option<BTreeSet<(Namespace, ObjectName)>>,
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
    /// Where files are read from, the bytes of assets among them.
    pub tree: FileTree,
}

impl Loaded {
    /// The text of a file, as named in diagnostics.
    pub fn source(&self, file: &str) -> Option<&str> {
        self.sources.text(file)
    }
}

/// Loads every document below the paths of the request.
pub fn load(request: &LoadRequest) -> Loaded {
    let mut diagnostics = Vec::new();
    let mut sources = Sources::default();
    let found = project::find(request, &mut sources, &mut diagnostics);
    let roots = project::roots(&found, request);
    let paths =
        if request.paths.is_empty() { roots.clone() } else { project::targets(request, &found, &roots) };
    let listing = files::list(&paths, request, &mut diagnostics);
    let read = read::read_all(&request.tree, &listing.files, &mut sources, &mut diagnostics);
    let whole = found.file.is_some() || found.settings.project.is_some();
    let covered = roots.iter().all(|root| paths.iter().any(|path| root.starts_with(path)));
    if read.foreign > 0 {
        let (documents, verb) = if read.foreign == 1 { ("document", "was") } else { ("documents", "were") };
        let message = format!("{} {documents} of other programs {verb} skipped", read.foreign);
        diagnostics.push(Diagnostic::info("foreign-documents", message));
    }
    let mut documents = read.documents;
    let mut accounts_elsewhere = BTreeSet::new();
    let read_whole = read.whole && listing.whole;
    let mut authors_elsewhere = (whole && covered && read_whole).then(BTreeSet::new);
    // Without a project there is nothing that such documents could be about.
    if !covered && found.file.is_some() {
        let listed = files::list(&roots, request, &mut Vec::new());
        let (files, listed_whole) = (listed.files, listed.whole);
        let others = files.into_iter().filter(|file| !listing.files.contains(file)).collect();
        let elsewhere = read::read_elsewhere(&request.tree, others, &mut sources, &mut diagnostics);
        documents.extend(elsewhere.governing);
        accounts_elsewhere = elsewhere.accounts;
        authors_elsewhere = (read_whole && listed_whole && !elsewhere.broken).then_some(elsewhere.authors);
    }
    sort(&mut diagnostics);
    Loaded {
        documents,
        accounts_elsewhere,
        authors_elsewhere,
        complete: whole && covered && read_whole,
        project: found,
        diagnostics,
        files: listing.files.into_iter().map(|file| file.shown).collect(),
        sources,
        cwd: request.cwd.clone(),
        tree: request.tree.clone(),
    }
}

/// Files of cases below the paths of a request, with their texts.
pub(crate) fn cases(request: &LoadRequest, diagnostics: &mut Vec<Diagnostic>) -> Vec<(Arc<str>, Arc<str>)> {
    let paths: Vec<PathBuf> = request.paths.iter().map(|path| absolute(&request.cwd, path)).collect();
    let mut texts = Vec::new();
    for file in files::list_cases(&paths, request, diagnostics).files {
        match read::read_text(&request.tree, &file.path, &file.shown) {
            Ok(text) => texts.push((file.shown, text)),
            Err(problem) => diagnostics.push(*problem),
        }
    }
    texts
}

/// Checks custom resources, as JSON, in place of files; `label` names each in diagnostics.
pub fn from_resources<V: Borrow<serde_json::Value>>(
    resources: impl IntoIterator<Item = (Arc<str>, V)>,
) -> Loaded {
    let mut loaded = Loaded { complete: true, ..Loaded::default() };
    for (label, resource) in resources {
        let node = crate::yaml::node::Node::from_json(resource.borrow());
        match crate::check::document::check(&label, &node, &mut loaded.diagnostics) {
            Checked::Ours(document) => loaded.documents.push(*document),
            Checked::Broken => loaded.complete = false,
            Checked::Foreign | Checked::Empty => {}
        }
        loaded.files.push(label);
    }
    loaded.authors_elsewhere = loaded.complete.then(BTreeSet::new);
    sort(&mut loaded.diagnostics);
    loaded
}

/// Orders diagnostics by file and place; those without a place come first.
pub(crate) fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by(|a, b| a.origin.cmp(&b.origin).then_with(|| a.cmp(b)));
}

#[cfg(test)]
pub(crate) mod tests;
