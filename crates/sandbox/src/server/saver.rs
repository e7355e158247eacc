//! Saving in the background, so that writes do not wait for the disk.
//!
//! A change is on disk within [`QUIET`] or, for large worlds, within a few times as long as saving takes: saving never
//! uses more than a fraction of the time. What a killed sandbox did after its last save is lost; a stopped one
//! saves everything.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::{SandboxError, Shared};
use crate::store::Store;

/// How long changes are gathered before they are saved.
const QUIET: Duration = Duration::from_millis(250);

/// Pause after a save, in times of what it took.
const SHARE: u32 = 10;

/// Saves after changes until the server has ended, and once more then.
pub(super) async fn run(
    store: Store,
    shared: Arc<Shared>,
    mut serving_ended: oneshot::Receiver<()>,
) -> Result<(), SandboxError> {
    let mut pause = QUIET;
    loop {
        let stopped = tokio::select! {
            _ = &mut serving_ended => true,
            () = wait_for_change(&shared, pause) => false,
        };
        let started = Instant::now();
        let result = save(&store, &shared).await;
        if stopped {
            return result;
        }
        // A full disk may have room again by the next change; the last save reports what fails.
        pause = QUIET.max(started.elapsed() * SHARE);
    }
}

async fn wait_for_change(shared: &Shared, pause: Duration) {
    shared.changed.notified().await;
    tokio::time::sleep(pause).await;
}

async fn save(store: &Store, shared: &Arc<Shared>) -> Result<(), SandboxError> {
    let (writer, shared_world) = (store.clone(), shared.clone());
    let write = move || -> std::io::Result<()> {
        let Some(bytes) = shared_world.engine().take_unsaved() else { return Ok(()) };
        let written = bytes.map_err(std::io::Error::from).and_then(|bytes| writer.write(&bytes));
        if written.is_err() {
            shared_world.engine().mark_unsaved();
        }
        written
    };
    let written = tokio::task::spawn_blocking(write).await.unwrap_or_else(|error| Err(error.into()));
    written.map_err(|source| SandboxError::Data { directory: store.directory().to_owned(), source })
}
