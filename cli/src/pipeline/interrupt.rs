//! Ctrl-C and the signal by which services are stopped: both ask to stop after the writes under way.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::Notify;

use crate::error::{Exit, Failure};

/// Whether somebody asked this process to stop.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt {
    raised: Arc<AtomicBool>,
    told: Arc<Notify>,
}

impl Interrupt {
    /// The process's one listener; it begins to listen with the first call.
    pub(crate) fn watch() -> Self {
        static LISTENER: OnceLock<Interrupt> = OnceLock::new();
        let interrupt = LISTENER.get_or_init(|| {
            let interrupt = Interrupt::default();
            let raised = interrupt.clone();
            tokio::spawn(async move {
                while signalled().await {
                    raised.raised.store(true, Ordering::Relaxed);
                    raised.told.notify_waiters();
                }
            });
            interrupt
        });
        interrupt.clone()
    }

    /// Whether it was asked.
    pub(crate) fn is_raised(&self) -> bool {
        self.raised.load(Ordering::Relaxed)
    }

    /// An error once it was asked to stop: nothing new is begun then.
    pub(crate) fn stops_here(&self) -> Result<(), Failure> {
        if !self.is_raised() {
            return Ok(());
        }
        Err(Failure::new(Exit::Interrupted, "interrupted; what is not in force yet waits for the next run"))
    }

    /// Sleeps; true when it was asked to stop meanwhile.
    pub(crate) async fn sleep(&self, time: std::time::Duration) -> bool {
        let told = self.told.notified();
        if self.is_raised() {
            return true;
        }
        tokio::select! {
            () = told => true,
            () = tokio::time::sleep(time) => self.is_raised(),
        }
    }
}

/// Waits for the next signal; false when none can come any more.
#[cfg(unix)]
async fn signalled() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return tokio::signal::ctrl_c().await.is_ok();
    };
    tokio::select! {
        asked = tokio::signal::ctrl_c() => asked.is_ok(),
        asked = terminate.recv() => asked.is_some(),
    }
}

#[cfg(not(unix))]
async fn signalled() -> bool {
    tokio::signal::ctrl_c().await.is_ok()
}
