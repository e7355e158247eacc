//! Google Ads: Search campaigns whole, the other channels as far as state, name and budget.

use std::sync::Arc;

use adplane_core::asset::Assets;
use adplane_core::desired::DesiredAccount;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::schema::PlatformSchema;
use adplane_engine::error::PlatformError;
use adplane_engine::port::{AccountConnection, Adapter};

use crate::http::HttpSettings;

mod auth;
mod calls;
mod config;
mod errors;
mod limits;
mod wire;

pub(crate) fn schema() -> &'static PlatformSchema {
    limits::schema()
}

pub(crate) fn refine(account: &mut DesiredAccount, assets: &Assets) -> Vec<Diagnostic> {
    limits::refine(account, assets)
}

pub(crate) fn connect(
    connection: AccountConnection,
    settings: HttpSettings,
) -> Result<Arc<dyn Adapter>, PlatformError> {
    let _ = settings;
    let _ = config::credentials(&connection.credentials)?;
    Err(PlatformError::unexpected(connection.platform, "connect", "reading and writing are landing next"))
}
