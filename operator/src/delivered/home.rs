//! Where readings are kept: a file beside the account's journal, or a database that several share.

use std::path::Path;
use std::sync::Arc;

use adplane_core::desired::CredentialSource;
use adplane_engine::credentials;
use adplane_engine::metrics::store::{
    MetricStore, PostgresOptions, PostgresStore, SqliteOptions, SqliteStore, StoreError,
};
use adplane_engine::state::StateDir;

use crate::config::MetricsDatabase;

/// Memory in KiB for pages of a file: an operator has many accounts and little memory.
const CACHE: u32 = 4 * 1024;

/// Why readings cannot be kept. No variant holds a connection string.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// The store itself.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The connection string cannot be had.
    #[error("nothing says where the metrics database is")]
    Nowhere(#[from] credentials::CredentialError),
    /// The certificates cannot be read.
    #[error("cannot read the certificates `{path}`")]
    Certificates {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A thread ended that must not.
    #[error("the store could not be opened: {0}")]
    Thread(#[from] tokio::task::JoinError),
}

/// Opens the store of an account. It is opened anew for every sync, so that a password that was changed counts at once and
/// nothing is held meanwhile.
pub(super) async fn open(
    database: Option<&MetricsDatabase>,
    state: &StateDir,
) -> Result<Arc<dyn MetricStore>, HomeError> {
    let Some(MetricsDatabase { file, certificates }) = database else {
        let options = SqliteOptions { cache: CACHE, ..SqliteOptions::new(state.root().join("metrics.db")) };
        let opened = tokio::task::spawn_blocking(move || SqliteStore::open(&options)).await?;
        return Ok(Arc::new(opened?));
    };
    let source = CredentialSource::File(file.to_string_lossy().into_owned());
    // The operator's own environment holds no secrets: they are mounted as files.
    let url = credentials::text(&source, Path::new("/"), &|_| None).await?;
    let roots = match certificates {
        None => None,
        Some(path) => Some(tokio::fs::read(path).await.map_err(|source| {
            let path = path.display().to_string();
            HomeError::Certificates { path, source }
        })?),
    };
    Ok(Arc::new(PostgresStore::open(&PostgresOptions { url, roots }).await?))
}
