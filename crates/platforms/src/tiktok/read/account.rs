//! The advertiser itself: currency, zone, state.

use adplane_core::address::Platform;
use adplane_core::money::Currency;
use adplane_core::observed::AccountFacts;
use adplane_core::time::Zone;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use adplane_engine::port::Health;

use crate::tiktok::auth::Session;
use crate::tiktok::calls;
use crate::tiktok::config::API_VERSION;
use crate::tiktok::wire::{self, Object};

/// Currency, zone and state.
///
/// # Errors
/// When the account cannot be read, or is none that this token reaches.
pub(crate) async fn facts(session: &Session) -> Result<AccountFacts, PlatformError> {
    let call = calls::advertiser(&session.config);
    let data = session.object(&call).await?;
    let found = wire::objects(&data, "list")
        .find(|row| wire::text(row, "advertiser_id").as_deref() == Some(session.config.advertiser.as_str()));
    let advertiser = found.ok_or_else(|| {
        PlatformError::new(
            ErrorKind::NotFound,
            Retry::Never,
            Platform::TikTok,
            &call.operation,
            "this token does not reach the advertiser",
        )
        .account(&session.config.advertiser)
    })?;
    of_row(advertiser).map_err(|message| {
        PlatformError::unexpected(Platform::TikTok, &call.operation, message)
            .account(&session.config.advertiser)
    })
}

fn of_row(row: &Object) -> Result<AccountFacts, String> {
    let currency = wire::text(row, "currency").unwrap_or_default();
    let currency = currency.parse::<Currency>().map_err(|error| error.to_string())?;
    // `timezone` may be an Etc/GMT zone, `display_timezone` names a city: the same offset, better rules.
    let zone = ["display_timezone", "timezone"]
        .iter()
        .find_map(|name| Zone::parse(wire::word(row, name)?).ok())
        .ok_or_else(|| "the advertiser names no time zone that exists".to_owned())?;
    let status = wire::text(row, "status").filter(|status| status != "STATUS_ENABLE");
    Ok(AccountFacts { name: wire::text(row, "name").unwrap_or_default(), currency, zone, inactive: status })
}

/// Credentials, version and limits. A token does not tell its scopes after it was issued.
///
/// # Errors
/// When the account cannot be read.
pub(crate) async fn health(session: &Session) -> Result<Health, PlatformError> {
    let facts = facts(session).await?;
    let mut notes =
        vec!["TikTok tokens do not expire; they end when the advertiser withdraws consent".to_owned()];
    if session.config.is_vendor {
        notes.push("calls are kept to the limits of level Basic: 10 a second, 600 a minute".to_owned());
    }
    Ok(Health { facts, scopes: Vec::new(), api_version: API_VERSION, quota_left: None, notes })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(row: &serde_json::Value) -> Result<AccountFacts, String> {
        of_row(row.as_object().unwrap())
    }

    #[test]
    fn the_city_wins_over_the_offset() {
        let facts = read(&json!({"name": "Shop", "currency": "EUR", "status": "STATUS_ENABLE",
            "timezone": "Etc/GMT-1", "display_timezone": "Europe/Madrid"}))
        .unwrap();
        assert_eq!((facts.zone.name(), facts.inactive), ("Europe/Madrid", None));
        let facts =
            read(&json!({"currency": "EUR", "status": "STATUS_LIMIT", "timezone": "Etc/GMT-1"})).unwrap();
        assert_eq!((facts.zone.name(), facts.inactive.as_deref()), ("Etc/GMT-1", Some("STATUS_LIMIT")));
        assert!(read(&json!({"currency": "EURO", "timezone": "UTC"})).is_err());
    }
}
