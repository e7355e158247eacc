//! TikTok Ads.

use std::sync::Arc;

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
    &limits::SCHEMA
}

pub(crate) use limits::refine;

pub(crate) fn connect(
    connection: AccountConnection,
    settings: HttpSettings,
) -> Result<Arc<dyn Adapter>, PlatformError> {
    let _session = auth::Session::new(config::Config::new(&connection)?, settings)?;
    Err(PlatformError::unexpected(adplane_core::address::Platform::TikTok, "connect", "not built yet"))
}
