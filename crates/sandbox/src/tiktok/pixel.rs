//! Pixels and their events ("Get pixels"; event names as in "Supported optimization events").

use serde_json::json;

use crate::world::World;

use super::errors::{Answer, Outcome, Refusal, ensure, invalid};
use super::field::{Field, Kind, any, id, text};
use super::list::Page;
use super::params::Params;
use super::store;

/// Optimization events of websites, and their names on screen.
pub(super) const EVENTS: [(&str, &str); 13] = [
    ("SHOPPING", "Complete payment"),
    ("INITIATE_ORDER", "Initiate checkout"),
    ("ADD_BILLING", "Add payment info"),
    ("ON_WEB_CART", "Add to cart"),
    ("ON_WEB_ADD_TO_WISHLIST", "Add to wishlist"),
    ("ON_WEB_DETAIL", "View content"),
    ("ON_WEB_SEARCH", "Search"),
    ("FORM", "Submit form"),
    ("CONSULT", "Contact"),
    ("ON_WEB_REGISTER", "Complete registration"),
    ("ON_WEB_SUBSCRIBE", "Subscribe"),
    ("DOWNLOAD_START", "Download"),
    ("LANDING_PAGE_VIEW", "Landing page view"),
];

/// Events that live on in old ad groups only.
const RETIRED: [&str; 2] = ["ON_WEB_ORDER", "BUTTON"];

/// Optimization events of apps.
pub(super) const APP_EVENTS: [&str; 14] = [
    "ACTIVE_PAY",
    "IN_APP_ORDER",
    "ADD_PAYMENT_INFO",
    "IN_APP_CART",
    "ADD_TO_WISHLIST",
    "IN_APP_DETAIL_UV",
    "SEARCH",
    "SALES_LEAD",
    "ACTIVE_REGISTER",
    "SUBSCRIBE",
    "ACTIVE",
    "LAUNCH_APP",
    "NEXT_DAY_OPEN",
    "LOAN_COMPLETION",
];

/// Parameters of `/pixel/list/`.
pub(super) const LIST: &[Field] = &[
    id("advertiser_id").required(),
    id("pixel_id"),
    text("code"),
    text("name"),
    text("order_by"),
    any("filtering"),
    Field::new("page", Kind::Number),
    Field::new("page_size", Kind::Number),
];

/// Lists the advertiser's pixels.
pub(super) fn list(world: &mut World, params: &Params) -> Outcome {
    let page = Page::read(params, 20)?;
    let account = store::account(world, &params.advertiser)?;
    let pixels: Vec<_> = account
        .collection("pixels")
        .into_iter()
        .flat_map(|pixels| pixels.values())
        .filter(|pixel| params.text("pixel_id").is_none_or(|id| pixel.get("pixel_id") == Some(&id.into())))
        .filter(|pixel| params.text("code").is_none_or(|code| pixel.get("pixel_code") == Some(&code.into())))
        .collect();
    let mut data = page.answer("pixels", &pixels, |pixel| (*pixel).clone());
    if let Some(data) = data.as_object_mut() {
        data.insert("partner_pixels".into(), json!([]));
    }
    Ok(Answer::read(data))
}

/// Checks that a pixel is the advertiser's own and that the event is one of its events.
pub(super) fn check(
    world: &World,
    advertiser: &str,
    pixel: &str,
    event: Option<&str>,
) -> Result<(), Refusal> {
    let found = store::account(world, advertiser)?.get("pixels", pixel);
    ensure(found.is_some(), || {
        format!("pixel_id: The pixel {pixel} does not exist in this advertiser account.")
    })?;
    let event = event.ok_or_else(|| invalid("optimization_event: Required when pixel_id is set."))?;
    ensure(!RETIRED.contains(&event), || format!("optimization_event: {event} is no longer supported."))?;
    ensure(EVENTS.iter().any(|(name, _)| *name == event), || {
        format!("optimization_event: {event} is not an event of pixel {pixel}.")
    })
}

/// Checks an event of an app.
pub(super) fn check_app_event(event: &str) -> Result<(), Refusal> {
    ensure(APP_EVENTS.contains(&event), || format!("optimization_event: {event} is not an event of the app."))
}
