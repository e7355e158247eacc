//! The workspace as cargo describes it, and its files.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The workspace.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// Its folder.
    pub(crate) root: PathBuf,
    /// Its members, by name.
    pub(crate) members: Vec<Member>,
}

/// One package of the workspace.
#[derive(Debug)]
pub(crate) struct Member {
    /// Its name, such as `adplane-core`.
    pub(crate) name: String,
    /// Its folder relative to the root, such as `crates/core`.
    pub(crate) folder: PathBuf,
    /// What it depends on.
    pub(crate) dependencies: Vec<Dependency>,
}

/// One dependency of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    /// The package it names.
    pub(crate) name: String,
    /// Whether only tests, examples and benchmarks have it.
    pub(crate) development: bool,
}

/// A text file of the repository.
#[derive(Debug)]
pub(crate) struct TextFile {
    /// Its path relative to the root, with forward slashes.
    pub(crate) path: String,
    /// Its content.
    pub(crate) text: String,
}

impl Workspace {
    /// Asks cargo; without the network, since only members are asked about.
    pub(crate) fn read() -> Result<Self> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .context("cannot run `cargo metadata`")?;
        ensure!(
            output.status.success(),
            "`cargo metadata` failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let metadata: Value =
            serde_json::from_slice(&output.stdout).context("`cargo metadata` is not JSON")?;
        Self::from_metadata(&metadata)
    }

    fn from_metadata(metadata: &Value) -> Result<Self> {
        let root = PathBuf::from(text(metadata, "workspace_root")?);
        let mut members = list(metadata, "packages")
            .iter()
            .map(|package| member(package, &root))
            .collect::<Result<Vec<Member>>>()?;
        members.sort_by(|a, b| a.name.cmp(&b.name));
        ensure!(!members.is_empty(), "the workspace has no members");
        Ok(Self { root, members })
    }

    /// Every Rust file of the members, ordered by path.
    pub(crate) fn rust_files(&self) -> Result<Vec<TextFile>> {
        let mut files = Vec::new();
        for member in &self.members {
            self.collect(&self.root.join(&member.folder), "rs", &mut files)?;
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// Every Markdown file of the repository, ordered by path.
    pub(crate) fn documents(&self) -> Result<Vec<TextFile>> {
        let mut files = Vec::new();
        self.collect(&self.root, "md", &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// Every file of an extension below a folder, ordered by path.
    pub(crate) fn files(&self, folder: &str, extension: &str) -> Result<Vec<TextFile>> {
        let mut files = Vec::new();
        self.collect(&self.root.join(folder), extension, &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// Reads a file by its path relative to the root.
    pub(crate) fn text(&self, path: &str) -> Result<String> {
        fs::read_to_string(self.root.join(path)).with_context(|| format!("cannot read `{path}`"))
    }

    fn collect(&self, folder: &Path, extension: &str, files: &mut Vec<TextFile>) -> Result<()> {
        let entries = fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let path = entry.path();
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if entry.file_type()?.is_dir() {
                if name != "target" && !name.starts_with('.') {
                    self.collect(&path, extension, files)?;
                }
            } else if path.extension().is_some_and(|own| own == extension) {
                let text =
                    fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
                files.push(TextFile { path: shown(&self.root, &path), text });
            }
        }
        Ok(())
    }
}

fn member(package: &Value, root: &Path) -> Result<Member> {
    let manifest = PathBuf::from(text(package, "manifest_path")?);
    let folder = manifest.parent().and_then(|folder| folder.strip_prefix(root).ok());
    let dependencies = list(package, "dependencies")
        .iter()
        .map(|dependency| {
            let development = dependency.get("kind").and_then(Value::as_str) == Some("dev");
            Ok(Dependency { name: text(dependency, "name")?.to_owned(), development })
        })
        .collect::<Result<Vec<Dependency>>>()?;
    Ok(Member {
        name: text(package, "name")?.to_owned(),
        folder: folder.context("a member lies outside the workspace")?.to_owned(),
        dependencies,
    })
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str> {
    value.get(key).and_then(Value::as_str).with_context(|| format!("`cargo metadata` tells no `{key}`"))
}

fn shown(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    relative.to_string_lossy().replace('\\', "/")
}
