//! Which files a request means: folders recursively, hidden ones and other projects left out.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use adplane_core::diagnostic::Diagnostic;

use super::LoadRequest;
use super::tree::{About, FileTree};

/// Name of the project file.
pub(super) const PROJECT_FILE: &str = "adplane.yaml";

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Its path as shown to people.
    pub(super) shown: Arc<str>,
    /// Its path on this machine.
    pub(super) path: PathBuf,
}

/// Files, and whether all of them were found.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) files: Vec<Found>,
    pub(super) whole: bool,
}

/// How files of cases end: they test policies and are no documents.
const CASE_ENDINGS: [&str; 2] = [".cases.yaml", ".cases.yml"];

/// Whether a file holds cases of policies.
pub fn is_case_file(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    CASE_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Lists the files of documents below absolute paths, ordered by what is shown.
pub(super) fn list(paths: &[PathBuf], request: &LoadRequest, diagnostics: &mut Vec<Diagnostic>) -> Listing {
    search(paths, request, false, diagnostics)
}

/// Lists the files of cases below absolute paths.
pub(super) fn list_cases(
    paths: &[PathBuf],
    request: &LoadRequest,
    diagnostics: &mut Vec<Diagnostic>,
) -> Listing {
    search(paths, request, true, diagnostics)
}

fn search(
    paths: &[PathBuf],
    request: &LoadRequest,
    cases: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Listing {
    let mut search = Search {
        cwd: &request.cwd,
        tree: &request.tree,
        cases,
        files: Vec::new(),
        seen: BTreeSet::new(),
        folders: BTreeSet::new(),
        whole: true,
        diagnostics,
    };
    for path in paths {
        search.visit_root(path);
    }
    let Search { mut files, whole, .. } = search;
    files.sort_by(|a, b| a.shown.cmp(&b.shown));
    Listing { files, whole }
}

struct Search<'d> {
    cwd: &'d Path,
    tree: &'d FileTree,
    /// Whether cases are looked for, else documents.
    cases: bool,
    files: Vec<Found>,
    /// Real paths seen, so that overlapping paths and links load a file once.
    seen: BTreeSet<PathBuf>,
    folders: BTreeSet<PathBuf>,
    whole: bool,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl Search<'_> {
    fn visit_root(&mut self, path: &Path) {
        match self.tree.about(path) {
            Ok(About::Folder) => self.folder(path),
            Ok(_) if path.file_name().is_some_and(|name| name == PROJECT_FILE) => {}
            Ok(_) => self.file(path),
            Err(error) => self.unreadable(path, &error),
        }
    }

    fn folder(&mut self, folder: &Path) {
        if !self.folders.insert(self.tree.real(folder)) {
            return;
        }
        let mut paths = match self.tree.entries(folder) {
            Ok(paths) => paths,
            Err(error) => return self.unreadable(folder, &error),
        };
        paths.sort();
        for path in paths {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name.starts_with('.') {
                continue;
            }
            if self.tree.is_folder(&path) {
                if self.tree.is_file(&path.join(PROJECT_FILE)) {
                    let message =
                        format!("`{}` is a project of its own and is not loaded", shown(&path, self.cwd));
                    self.diagnostics.push(Diagnostic::info("nested-project", message));
                } else {
                    self.folder(&path);
                }
            } else if name != PROJECT_FILE && (has_extension(&path, "yaml") || has_extension(&path, "yml")) {
                self.file(&path);
            }
        }
    }

    fn file(&mut self, path: &Path) {
        if is_case_file(path) != self.cases {
            return;
        }
        let real = self.tree.real(path);
        if self.seen.insert(real) {
            self.files.push(Found { shown: shown(path, self.cwd), path: path.to_owned() });
        }
    }

    fn unreadable(&mut self, path: &Path, error: &std::io::Error) {
        self.whole = false;
        self.diagnostics.push(unreadable(&shown(path, self.cwd), error));
    }
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

/// What is said of a path that cannot be read.
pub(super) fn unreadable(shown: &str, error: &std::io::Error) -> Diagnostic {
    if error.kind() == std::io::ErrorKind::NotFound {
        Diagnostic::error("path-not-found", format!("`{shown}` does not exist"))
            .hint("check the path; it is relative to the current directory")
    } else {
        Diagnostic::error("unreadable-file", format!("`{shown}` cannot be read: {error}"))
            .hint("check that it is a file you may read")
    }
}

/// A path as people write it: relative to the current directory where it lies below or close by.
pub(crate) fn shown(path: &Path, cwd: &Path) -> Arc<str> {
    const MAX_STEPS_UP: usize = 4;
    let near = cwd
        .ancestors()
        .take(MAX_STEPS_UP)
        .enumerate()
        // Below the root everything is close, and an absolute path says more.
        .filter(|(_, folder)| folder.parent().is_some())
        .find_map(|(steps, folder)| Some((steps, path.strip_prefix(folder).ok()?)));
    let text = match near {
        Some((steps, rest)) => format!("{}{}", "../".repeat(steps), rest.to_string_lossy()),
        None => path.to_string_lossy().into_owned(),
    };
    let text = text.replace('\\', "/");
    let text = text.strip_suffix('/').filter(|text| !text.is_empty()).unwrap_or(&text);
    if text.is_empty() { Arc::from(".") } else { Arc::from(text) }
}

/// Joins and resolves `.` and `..` by the text alone.
pub fn absolute(base: &Path, path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for part in base.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                result.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => result.push(part),
        }
    }
    result
}
