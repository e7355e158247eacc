//! The repository's `examples/`, embedded, so that the demo needs nothing but the binary.

use std::path::Path;

use crate::error::Failure;

/// Files by their path below `examples/`. A test compares the list with the folder.
macro_rules! embedded {
    ($($path:literal),+ $(,)?) => {
        &[$(($path, include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/", $path)))),+]
    };
}

const FILES: &[(&str, &[u8])] = embedded![
    "accounts.yaml",
    "adplane.yaml",
    "assets/backpack-square.png",
    "assets/boots-square.png",
    "assets/boots-tall.png",
    "assets/boots-wide.png",
    "assets/jacket-square.png",
    "assets/jacket-tall.png",
    "assets/jacket-wide.png",
    "assets/logo-square.png",
    "assets/rain.mp4",
    "creatives/google.yaml",
    "creatives/meta.yaml",
    "creatives/search.yaml",
    "creatives/social.yaml",
    "credentials/sandbox-google.json",
    "credentials/sandbox.json",
    "freezes.yaml",
    "google/boots.yaml",
    "google/brand.yaml",
    "google/budgets.yaml",
    "google/demand-gen.yaml",
    "google/jackets.yaml",
    "google/performance-max.yaml",
    "meta/app.yaml",
    "meta/awareness.yaml",
    "meta/boots-sales.yaml",
    "meta/engagement.yaml",
    "meta/guide-traffic.yaml",
    "meta/jackets-sales.yaml",
    "meta/leads.yaml",
    "meta/range-dynamic.yaml",
    "policies.cases.yaml",
    "policies.yaml",
    "tiktok/app.yaml",
    "tiktok/awareness.yaml",
    "tiktok/catalogue.yaml",
    "tiktok/engagement.yaml",
    "tiktok/leads.yaml",
    "tiktok/sales.yaml",
    "tiktok/traffic.yaml",
];

/// Where the accounts of the examples point.
const ADDRESS: &str = "http://127.0.0.1:9440";

/// Writes the examples into a folder, their accounts pointing at a sandbox.
pub(super) fn write(folder: &Path, sandbox: &str) -> Result<(), Failure> {
    for (path, content) in FILES {
        let file = folder.join(path);
        let content = match std::str::from_utf8(content) {
            Ok(text) => text.replace(ADDRESS, sandbox).into_bytes(),
            // Pictures and the video.
            Err(_) => content.to_vec(),
        };
        let parent = file.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).and_then(|()| std::fs::write(&file, content)).map_err(|error| {
            Failure::error(format!("cannot write the examples to `{}`", file.display())).caused_by(&error)
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// What the folder holds for people alone.
    const NOT_EMBEDDED: [&str; 2] = ["README.md", "assets/draw.py"];

    fn files(folder: &Path, below: &str, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
            if entry.file_type().unwrap().is_dir() {
                // Files for other people's repositories and clusters, templates of rules, pools.
                if !name.starts_with('.') && !["ci", "kubernetes", "pools", "rules"].contains(&path.as_str())
                {
                    files(&entry.path(), &path, found);
                }
            } else if !NOT_EMBEDDED.contains(&path.as_str()) {
                found.push(path);
            }
        }
    }

    #[test]
    fn every_file_of_the_examples_is_embedded() {
        let mut found = Vec::new();
        files(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples"), "", &mut found);
        found.sort();
        let embedded: Vec<&str> = FILES.iter().map(|(path, _)| *path).collect();
        assert_eq!(embedded, found);
    }

    #[test]
    fn written_accounts_point_at_the_sandbox() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "http://127.0.0.1:1").unwrap();
        let accounts = std::fs::read_to_string(folder.path().join("accounts.yaml")).unwrap();
        assert_eq!(accounts.matches("endpoint: http://127.0.0.1:1/").count(), 3);
        assert!(!accounts.contains(ADDRESS));
        assert!(folder.path().join("assets/rain.mp4").is_file());
    }
}
