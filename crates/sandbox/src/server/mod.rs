//! The sandbox on a loopback socket: starting, stopping, saving.
//!
//! [`vendors`] turns HTTP requests into the plain requests of the vendor modules and back, [`control`] holds the
//! `/_sandbox` endpoints, [`listener`] lets a fault cut a connection. The world is behind one lock that is never
//! held while something waits.

mod control;
mod listener;
mod options;
mod saver;
mod vendors;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::JoinHandle;

pub use options::{SandboxError, SandboxOptions};

use crate::engine::{Engine, Outcome};
use crate::http::Request;
use crate::recorder::Recorder;
use crate::world::Vendor;
use listener::{Connection, CuttableListener};

/// How long requests under way may go on once the sandbox stops.
const GRACE: Duration = Duration::from_secs(2);

/// The emulator; [`Sandbox::start`] runs one.
#[derive(Debug, Clone, Copy)]
pub struct Sandbox;

impl Sandbox {
    /// Starts a sandbox in the background of the current Tokio runtime; it answers when this returns.
    ///
    /// # Errors
    /// When the address is not a loopback address or taken, or when saved or loaded data cannot be used.
    pub async fn start(options: SandboxOptions) -> Result<RunningSandbox, SandboxError> {
        if !options.listen.ip().is_loopback() {
            return Err(SandboxError::NotLoopback(options.listen));
        }
        let store = options.open_store()?;
        let engine = options.engine(store.as_ref())?;
        let recorder = options.open_record()?.map(|recorder| Arc::new(Mutex::new(recorder)));
        let listen = |source| SandboxError::Listen { address: options.listen, source };
        let socket = TcpListener::bind(options.listen).await.map_err(listen)?;
        let address = socket.local_addr().map_err(listen)?;
        let (stop, stopping) = watch::channel(false);
        let shared = Arc::new(Shared {
            engine: Mutex::new(engine),
            recorder: recorder.clone(),
            latency: options.latency,
            address,
            changed: Notify::new(),
            stopping,
        });
        let (ended, serving_ended) = oneshot::channel();
        let saving = store.map(|store| tokio::spawn(saver::run(store, shared.clone(), serving_ended)));
        let serving = tokio::spawn(serve(socket, shared, ended));
        Ok(RunningSandbox { address, stop, serving, saving, recorder })
    }
}

/// A running sandbox; it stops when dropped, without waiting for it.
#[derive(Debug)]
pub struct RunningSandbox {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    saving: Option<JoinHandle<Result<(), SandboxError>>>,
    recorder: Option<Arc<Mutex<Recorder>>>,
}

impl RunningSandbox {
    /// Where it listens; with port 0 asked for, the port it got.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The root of its URLs, such as `http://127.0.0.1:9440`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops answering and saves.
    ///
    /// # Errors
    /// When the world cannot be saved or the record was not written whole.
    pub async fn shutdown(self) -> Result<(), SandboxError> {
        let Self { address: _, stop, serving, saving, recorder } = self;
        // That nobody hears it means that everything has ended already, as does a task that is gone.
        let _ = stop.send(true);
        let _ = serving.await;
        if let Some(saving) = saving {
            saving.await.unwrap_or(Ok(()))?;
        }
        recorder.as_deref().and_then(record_failure).map_or(Ok(()), Err)
    }
}

/// What all requests share.
struct Shared {
    engine: Mutex<Engine>,
    /// Locked only while the engine is, so that the record has the order of the log.
    recorder: Option<Arc<Mutex<Recorder>>>,
    latency: Duration,
    address: SocketAddr,
    /// Rung after each request that may have changed something.
    changed: Notify,
    /// Becomes true, or loses its sender, when the sandbox stops.
    stopping: watch::Receiver<bool>,
}

impl Shared {
    /// The engine. A request that panicked leaves a usable world: vendor modules check before they change.
    fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a vendor handle a request, and records both.
    fn handle(&self, vendor: Vendor, path: &str, request: &Request, started: Instant) -> Outcome {
        let mut engine = self.engine();
        let outcome = engine.handle(vendor, path, request, started);
        if let Some(recorder) = &self.recorder {
            let mut recorder = recorder.lock().unwrap_or_else(PoisonError::into_inner);
            recorder.add(vendor, request, outcome.response.as_ref());
        }
        outcome
    }

    /// Waits until the sandbox stops.
    async fn stopped(&self) {
        let mut stopping = self.stopping.clone();
        // An error means that the running sandbox was dropped: that stops it too.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }
}

/// Why a record is not whole.
fn record_failure(recorder: &Mutex<Recorder>) -> Option<SandboxError> {
    let mut recorder = recorder.lock().unwrap_or_else(PoisonError::into_inner);
    let source = recorder.failure()?;
    Some(SandboxError::Record { file: recorder.path().to_owned(), source })
}

/// Serves until the sandbox stops; dropping `ended` tells that no request changes anything any more.
async fn serve(socket: TcpListener, shared: Arc<Shared>, ended: oneshot::Sender<()>) {
    let router = Router::new().fallback(vendors::answer).with_state(shared.clone());
    let service = router.into_make_service_with_connect_info::<Connection>();
    let stop = shared.clone();
    let serving = axum::serve(CuttableListener::new(socket), service)
        .with_graceful_shutdown(async move { stop.stopped().await });
    tokio::select! {
        _ = serving => {}
        () = grace_over(&shared) => {}
    }
    drop(ended);
}

async fn grace_over(shared: &Shared) {
    shared.stopped().await;
    tokio::time::sleep(GRACE).await;
}

#[cfg(test)]
mod tests;
