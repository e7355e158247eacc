//! Finding and reading `adplane.yaml`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use adplane_core::diagnostic::Diagnostic;
use serde_json::{Map, Number, Value};

use super::files::{PROJECT_FILE, absolute, shown};
use super::guard::{self, ProjectGuard};
use super::people;
use super::read::read_text;
use super::sources::Sources;
use super::{LoadRequest, Project};
use crate::api::project::ProjectFile;
use crate::api::text::ResourceName;
use crate::check::{approvals, shape, walk::Walker};
use crate::load::Place;
use crate::yaml::node::{Content, Node};
use crate::yaml::parse::parse;
use crate::yaml::words::{Plain, classify};

/// Finds the project file (in PATH, then upwards, then in the current directory) and reads it.
pub(super) fn find(
    request: &LoadRequest,
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Project {
    let mut project = match locate(request, diagnostics) {
        Some(path) => read(&path, request, sources, diagnostics),
        None => Project { root: request.cwd.clone(), ..Project::default() },
    };
    if let Some(name) = &request.project {
        project.settings.project = Some(ResourceName(name.to_string()));
    }
    project
}

fn locate(request: &LoadRequest, diagnostics: &mut Vec<Diagnostic>) -> Option<PathBuf> {
    if let Some(path) = &request.project_file {
        return Some(absolute(&request.cwd, path));
    }
    let mut found: Vec<PathBuf> = Vec::new();
    for path in &request.paths {
        let path = absolute(&request.cwd, path);
        let near =
            path.ancestors().map(|folder| folder.join(PROJECT_FILE)).find(|file| request.tree.is_file(file));
        if let Some(file) = near.filter(|file| !found.contains(file)) {
            found.push(file);
        }
    }
    if found.is_empty() {
        found.extend(
            request
                .cwd
                .ancestors()
                .map(|folder| folder.join(PROJECT_FILE))
                .find(|file| request.tree.is_file(file)),
        );
    }
    if let [first, second, ..] = found.as_slice() {
        let message = format!(
            "the paths belong to two projects, `{}` and `{}`",
            shown(first, &request.cwd),
            shown(second, &request.cwd)
        );
        diagnostics
            .push(Diagnostic::error("two-projects", message).hint("name paths of one project at a time"));
    }
    found.into_iter().next()
}

fn read(
    path: &Path,
    request: &LoadRequest,
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Project {
    let file = shown(path, &request.cwd);
    let root = path.parent().map_or_else(|| request.cwd.clone(), Path::to_owned);
    let mut project = Project { file: Some(Arc::clone(&file)), root: root.clone(), ..Project::default() };
    let text = match read_text(&request.tree, path, &file) {
        Ok(text) => text,
        Err(problem) => {
            diagnostics.push(*problem);
            return project;
        }
    };
    let mut found = Vec::new();
    let mut settings = Vec::new();
    let mut spend_guard = ProjectGuard::default();
    parse(&file, &text, 1, &mut found, |node, found| {
        if node.is_null() {
            return;
        }
        let before = found.len();
        let walker = Walker::new(&file, PROJECT_FILE, found);
        let flat = walker.flatten(shape::project(), node, Place::default(), "");
        if !found[before..].iter().any(Diagnostic::is_error) {
            spend_guard = guard::read(&file, &flat.fields, found);
            people::check(&file, &root, &request.tree, node, sources, found);
            settings.push((node.place, to_json(node)));
        }
    });
    if let [_, (place, _), ..] = settings.as_slice() {
        let origin = place.in_file(&file);
        found.push(
            Diagnostic::error("project-file", "the project file holds more than one document")
                .at(Some(&origin))
                .hint("keep one"),
        );
    }
    if let Some((place, value)) = settings.into_iter().next() {
        match serde_json::from_value(value) {
            Ok(read) => project.settings = read,
            Err(error) => {
                let message = format!("the project file cannot be understood: {error}");
                found.push(Diagnostic::error("project-file", message).at(Some(&place.in_file(&file))));
            }
        }
    }
    project.spend_guard = spend_guard;
    diagnostics.append(&mut found);
    sources.insert(file, text);
    project
}

/// Checks a project's settings that are given as JSON, as the operator's own file holds them: the same rules as
/// for `adplane.yaml`, without places.
pub fn settings_from_json(value: &Value) -> (ProjectFile, ProjectGuard, Vec<Diagnostic>) {
    let (file, node) = (Arc::from(PROJECT_FILE), Node::from_json(value));
    let mut found = Vec::new();
    let walker = Walker::new(&file, PROJECT_FILE, &mut found);
    let flat = walker.flatten(shape::project(), &node, Place::default(), "");
    let (mut settings, mut spend_guard) = (ProjectFile::default(), ProjectGuard::default());
    if !found.iter().any(Diagnostic::is_error) {
        if let Some(policy) = node.get("approvals") {
            approvals::check(&file, &policy.value, None, &mut found);
        }
        spend_guard = guard::read(&file, &flat.fields, &mut found);
        match serde_json::from_value(value.clone()) {
            Ok(read) => settings = read,
            Err(error) => {
                let message = format!("the settings cannot be understood: {error}");
                found.push(Diagnostic::error("project-file", message));
            }
        }
    }
    (settings, spend_guard, found)
}

/// A checked node as JSON.
fn to_json(node: &Node<'_>) -> Value {
    match &node.content {
        Content::Sequence(members) => Value::Array(members.iter().map(to_json).collect()),
        Content::Mapping(entries) => Value::Object(
            entries.iter().map(|entry| (entry.key.to_string(), to_json(&entry.value))).collect::<Map<_, _>>(),
        ),
        Content::Scalar { text, plain: true } => match classify(text) {
            Plain::Null => Value::Null,
            Plain::Bool(flag) => Value::Bool(flag),
            Plain::Number => {
                text.parse::<Number>().map_or_else(|_| Value::String(text.to_string()), Value::Number)
            }
            Plain::OldBool(_) | Plain::Text => Value::String(text.to_string()),
        },
        Content::Scalar { text, plain: false } => Value::String(text.to_string()),
    }
}

/// Absolute files and folders that make up the project.
pub(super) fn roots(project: &Project, request: &LoadRequest) -> Vec<PathBuf> {
    match &project.settings.paths {
        Some(paths) if !paths.is_empty() => {
            paths.iter().map(|path| absolute(&project.root, Path::new(path))).collect()
        }
        _ if project.file.is_some() => vec![project.root.clone()],
        _ => vec![request.cwd.clone()],
    }
}

/// Absolute paths that were asked for; the project file stands for the whole project.
pub(super) fn targets(request: &LoadRequest, project: &Project, roots: &[PathBuf]) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for path in &request.paths {
        let path = absolute(&request.cwd, path);
        let is_root = path == project.root && project.settings.paths.is_some();
        if is_root || path.file_name().is_some_and(|name| name == PROJECT_FILE) {
            paths.extend(roots.iter().cloned());
        } else {
            paths.push(path);
        }
    }
    paths
}
