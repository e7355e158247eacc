//! Adplane tests: what several test targets share.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The binary beside the test binary that asks; `cargo test --workspace` builds it.
///
/// # Errors
/// A sentence saying what to run when it is not there.
pub fn binary() -> Result<PathBuf, String> {
    built("adplane")
}

/// The operator's binary, likewise.
///
/// # Errors
/// As above.
pub fn operator() -> Result<PathBuf, String> {
    built("adplane-operator")
}

fn built(name: &str) -> Result<PathBuf, String> {
    let me = std::env::current_exe().map_err(|error| error.to_string())?;
    let folder = me.parent().and_then(Path::parent).ok_or("the test binary lies in target/<profile>/deps")?;
    let binary = folder.join(name);
    if binary.exists() {
        Ok(binary)
    } else {
        Err(format!("{} is missing: run `cargo test --workspace`", binary.display()))
    }
}

/// Where exchanges are recorded, for the vendors' own clients to read (`.ci/run`).
const RECORDS: &str = "ADPLANE_RECORD_DIR";

/// A record of its own for each sandbox of a test target, where records are wanted.
pub fn record(target: &str) -> Option<PathBuf> {
    static LAST: AtomicUsize = AtomicUsize::new(0);
    let folder = std::env::var_os(RECORDS)?;
    let number = LAST.fetch_add(1, Ordering::Relaxed);
    Some(Path::new(&folder).join(format!("{target}-{number}.jsonl")))
}

/// Copies `examples/` into a folder, its accounts pointed at a sandbox.
///
/// # Errors
/// A sentence naming the file that cannot be read or written.
pub fn copy_examples(to: &Path, url: &str) -> Result<(), String> {
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples"), to, url)
}

fn copy(from: &Path, to: &Path, url: &str) -> Result<(), String> {
    let failed = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    std::fs::create_dir_all(to).map_err(|error| failed(to, error))?;
    for entry in std::fs::read_dir(from).map_err(|error| failed(from, error))? {
        let path = entry.map_err(|error| failed(from, error))?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &target, url)?;
            continue;
        }
        let bytes = std::fs::read(&path).map_err(|error| failed(&path, error))?;
        let content = match String::from_utf8(bytes) {
            Ok(text) => text.replace("http://127.0.0.1:9440", url).into_bytes(),
            Err(binary) => binary.into_bytes(),
        };
        std::fs::write(&target, content).map_err(|error| failed(&target, error))?;
    }
    Ok(())
}
