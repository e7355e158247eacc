//! What a sandbox is started with, and why it may not start.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::clock::ClockMode;
use crate::engine::{Beginning, Engine};
use crate::quota::QuotaMode;
use crate::recorder::Recorder;
use crate::store::Store;

/// What a sandbox is started with.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// A loopback address; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// Directory to save the world in and to go on from; a world found there wins over `seed` and `load`.
    pub data: Option<PathBuf>,
    /// Real or virtual time.
    pub clock: ClockMode,
    /// Added to each vendor request.
    pub latency: Duration,
    /// Whose call limits hold.
    pub quota: QuotaMode,
    /// A file with the JSON of `/_sandbox/state` to begin with.
    pub load: Option<PathBuf>,
    /// A file to write every exchange with a vendor to, one JSON object a line; secrets are left out.
    pub record: Option<PathBuf>,
    /// Behaviour switches of the vendor modules, such as `review_seconds`, as `/_sandbox/options` sets them.
    pub options: BTreeMap<String, String>,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9440)),
            seed: 1,
            data: None,
            clock: ClockMode::Real,
            latency: Duration::ZERO,
            quota: QuotaMode::Vendor,
            load: None,
            record: None,
            options: BTreeMap::new(),
        }
    }
}

impl SandboxOptions {
    pub(super) fn open_store(&self) -> Result<Option<Store>, SandboxError> {
        let Some(directory) = &self.data else { return Ok(None) };
        let failed = |source| SandboxError::Data { directory: directory.clone(), source };
        Store::open(directory).map(Some).map_err(failed)
    }

    pub(super) fn open_record(&self) -> Result<Option<Recorder>, SandboxError> {
        let Some(file) = &self.record else { return Ok(None) };
        let failed = |source| SandboxError::Record { file: file.clone(), source };
        Recorder::create(file).map(Some).map_err(failed)
    }

    pub(super) fn engine(&self, store: Option<&Store>) -> Result<Engine, SandboxError> {
        let load = self.load.as_ref().map(|file| read_json(file)).transpose()?;
        let directory = self.data.clone().unwrap_or_default();
        let failed = |source| SandboxError::Data { directory, source };
        let saved = store.map(Store::read).transpose().map_err(failed)?.flatten();
        let beginning = Beginning {
            seed: self.seed,
            clock: self.clock,
            quota: self.quota.clone(),
            options: self.options.clone(),
            load,
        };
        let file = self.load.clone().unwrap_or_default();
        Engine::start(beginning, saved).map_err(|problem| SandboxError::Load { file, problem })
    }
}

fn read_json(file: &Path) -> Result<serde_json::Value, SandboxError> {
    let failed = |problem| SandboxError::Load { file: file.to_owned(), problem };
    let bytes = std::fs::read(file).map_err(|error| failed(error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|error| failed(error.to_string()))
}

/// Why a sandbox does not start or cannot save.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The address could be reached from other machines.
    #[error(
        "`{0}` is not a loopback address: the sandbox takes any request, so it listens on this machine only; use 127.0.0.1 or [::1]"
    )]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address}; another sandbox may be running there, choose another port or 0 for any"
    )]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// Saved data cannot be read or written.
    #[error("cannot use the data directory {}", directory.display())]
    Data {
        /// The directory.
        directory: PathBuf,
        /// What the system said, or what is wrong with the file in it.
        source: std::io::Error,
    },
    /// The record cannot be written.
    #[error("cannot write the record {}", file.display())]
    Record {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file to begin with does not fit.
    #[error("cannot load {}: {problem}", file.display())]
    Load {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}
