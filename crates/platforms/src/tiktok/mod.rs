//! TikTok Ads.

use std::sync::Arc;

use adplane_core::address::Platform;
use adplane_core::asset::Assets;
use adplane_core::desired::DesiredAccount;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::schema::PlatformSchema;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use adplane_engine::port::{AccountConnection, Adapter};

use crate::http::HttpSettings;

static SCHEMA: PlatformSchema =
    PlatformSchema { platform: Platform::TikTok, kinds: &[], marker_in_name: false, over_delivery: &[] };

pub(crate) fn schema() -> &'static PlatformSchema {
    &SCHEMA
}

pub(crate) fn refine(account: &mut DesiredAccount, assets: &Assets) -> Vec<Diagnostic> {
    let _ = (account, assets);
    Vec::new()
}

pub(crate) fn connect(
    connection: AccountConnection,
    settings: HttpSettings,
) -> Result<Arc<dyn Adapter>, PlatformError> {
    let _ = (connection, settings);
    Err(PlatformError::new(
        ErrorKind::Unsupported,
        Retry::Never,
        Platform::TikTok,
        "connect",
        "not built yet",
    ))
}
