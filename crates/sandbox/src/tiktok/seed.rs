//! The accounts the sandbox starts with: three advertisers, each with identities, a pixel and two videos.

use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::world::{Account, Object, Vendor, World};

use super::clock;

/// Advertisers: id, name, currency, zone, country.
const ADVERTISERS: [(&str, &str, &str, &str, &str); 3] = [
    ("7000000000000000001", "Sandbox EUR", "EUR", "Europe/Madrid", "ES"),
    ("7000000000000000002", "Sandbox USD", "USD", "America/New_York", "US"),
    ("7000000000000000003", "Sandbox JPY", "JPY", "Asia/Tokyo", "JP"),
];
/// Identities that every advertiser has: id, type, and the business center that lends it.
const IDENTITIES: [(&str, &str, Option<&str>); 3] = [
    ("222", "TT_USER", None),
    ("223", "BC_AUTH_TT", Some("7100000000000000001")),
    ("224", "AUTH_CODE", None),
];
/// Videos that every advertiser has.
const VIDEOS: [&str; 2] = ["v10033g50000smoke0000000000000001", "v10033g50000smoke0000000000000002"];

/// Adds the seeded advertisers.
pub(super) fn seed(world: &mut World) {
    let now = clock::asset_stamp(world.now);
    let accounts = world.accounts.entry(Vendor::Tiktok).or_default();
    for (id, name, currency, zone, country) in ADVERTISERS {
        let mut account =
            Account { object: advertiser(id, name, currency, zone, country), ..Account::default() };
        let identities =
            IDENTITIES.iter().map(|(id, kind, business)| ((*id).to_owned(), identity(id, kind, *business)));
        account.collections.insert("identities".into(), identities.collect());
        account
            .collections
            .insert("pixels".into(), IndexMap::from([("7000000000000001122".into(), pixel())]));
        let videos = VIDEOS
            .iter()
            .enumerate()
            .map(|(index, video_id)| ((*video_id).to_owned(), video(video_id, index, &now)));
        account.collections.insert("videos".into(), videos.collect());
        for collection in ["campaigns", "adgroups", "ads", "images"] {
            account.collection_mut(collection);
            if collection != "images" {
                account.collection_mut(&format!("smart_plus_{collection}"));
            }
        }
        accounts.insert(id.into(), account);
    }
}

fn advertiser(id: &str, name: &str, currency: &str, zone: &str, country: &str) -> Object {
    object(json!({
        "advertiser_id": id, "name": name, "company": "Sandbox", "status": "STATUS_ENABLE",
        "role": "ROLE_ADVERTISER", "currency": currency, "timezone": zone, "display_timezone": zone,
        "country": country, "balance": 1_000_000.0, "language": "en", "industry": "290101",
        "description": "", "rejection_reason": "", "advertiser_account_type": "AUCTION",
        "owner_bc_id": "7100000000000000001", "create_time": 1_600_000_000, "email": "s***r@sandbox.example",
        "contacter": "", "telephone_number": "", "cellphone_number": "", "address": "", "license_no": "",
        "license_url": null,
    }))
}

fn identity(id: &str, kind: &str, business: Option<&str>) -> Object {
    object(json!({
        "identity_id": id, "identity_type": kind, "display_name": "sandbox", "profile_image": "",
        "available_status": "AVAILABLE", "can_push_video": true, "can_pull_video": true,
        "can_use_live_ads": false, "can_manage_message": false, "is_gpppa": false,
        "identity_authorized_bc_id": business,
    }))
}

fn pixel() -> Object {
    object(json!({
        "pixel_id": "7000000000000001122", "pixel_code": "CSANDBOX0000000001122", "pixel_name": "Sandbox",
        "pixel_category": "ONLINE_STORE", "pixel_setup_mode": "STANDARD", "activity_status": "ACTIVE",
        "create_time": "2024-01-01 00:00:00",
        "events": super::pixel::EVENTS.iter().map(|(event, name)| json!({
            "event_type": event, "name": name, "optimization_event": event, "currency": "USD",
        })).collect::<Vec<_>>(),
    }))
}

fn video(video_id: &str, index: usize, now: &str) -> Object {
    object(json!({
        "video_id": video_id, "material_id": format!("710000000000000010{index}"), "width": 720, "height": 1280,
        "duration": 15.0, "size": 1_048_576, "format": "mp4", "bit_rate": 1_200_000,
        "signature": format!("{:032x}", index + 1), "file_name": format!("smoke-{}.mp4", index + 1),
        "displayable": true, "allow_download": true, "fix_task_id": null, "flaw_types": null,
        "allowed_placements": ["PLACEMENT_TIKTOK", "PLACEMENT_PANGLE"], "preview_url": null,
        "preview_url_expire_time": null, "video_cover_url": null, "create_time": now, "modify_time": now,
    }))
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}
