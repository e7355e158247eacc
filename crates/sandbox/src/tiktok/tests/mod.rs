//! The emulator from outside: plain requests in, envelopes out.

mod access;
mod assets;
mod lists;
mod manual;
mod manual_refusals;
mod reports;
mod smart_plus;
mod smart_plus_refusals;
mod switches;
mod updates;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::http::{Request, Response};
use crate::world::{Vendor, World};

/// The EUR advertiser.
pub(super) const EUR: &str = "7000000000000000001";
/// The JPY advertiser.
pub(super) const JPY: &str = "7000000000000000003";
/// A seeded video.
pub(super) const VIDEO: &str = "v10033g50000smoke0000000000000001";
/// The seeded pixel.
pub(super) const PIXEL: &str = "7000000000000001122";

/// A world with the seeded accounts, on a Friday morning.
pub(super) fn world() -> World {
    let now: Timestamp = "2026-11-20T09:00:00Z".parse().expect("an instant");
    let mut world = World::new(1, now);
    // Limits have tests of their own; elsewhere many calls share one instant.
    world.options.insert("quota".into(), "off".into());
    super::seed(&mut world);
    world
}

/// A world with an option set.
pub(super) fn world_with(option: &str, value: &str) -> World {
    let mut world = world();
    world.options.insert(option.into(), value.into());
    world
}

/// Lets time pass, in steps that end with each hour as the server does.
pub(super) fn wait(world: &mut World, seconds: i64) {
    let end = world.now + SignedDuration::from_secs(seconds);
    while world.now < end {
        let from = world.now;
        let hour = from.as_second() - from.as_second().rem_euclid(3_600) + 3_600;
        world.now = Timestamp::from_second(hour).expect("in range").min(end);
        let to = world.now;
        super::advance(world, from, to);
    }
}

pub(super) fn request(method: &str, path: &str) -> Request {
    Request {
        method: method.into(),
        path: format!("/open_api/v1.3{path}"),
        query: Vec::new(),
        headers: [("access-token".to_owned(), "sandbox-token".to_owned())].into(),
        body: Bytes::new(),
        base_url: "http://127.0.0.1:9440/tiktok".into(),
    }
}

pub(super) fn send(world: &mut World, request: &Request) -> Response {
    super::handle(world, request)
}

/// Posts JSON and answers the envelope.
pub(super) fn post(world: &mut World, path: &str, body: &Value) -> Value {
    let mut request = request("POST", path);
    request.body = body.to_string().into();
    let response = send(world, &request);
    assert_eq!(response.status, 200, "{path}");
    serde_json::from_slice(&response.body).expect("JSON")
}

/// Gets and answers the envelope.
pub(super) fn get(world: &mut World, path: &str, query: &[(&str, &str)]) -> Value {
    let mut request = request("GET", path);
    request.query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let response = send(world, &request);
    assert_eq!(response.status, 200, "{path}");
    serde_json::from_slice(&response.body).expect("JSON")
}

/// The `data` of an envelope that must be a success.
pub(super) fn data(envelope: &Value) -> Value {
    assert_eq!(envelope["code"], 0, "{envelope}");
    envelope["data"].clone()
}

/// Posts and answers the `data` of a success.
pub(super) fn ok(world: &mut World, path: &str, body: &Value) -> Value {
    data(&post(world, path, body))
}

/// Checks that a post is refused with a code and a message that names the reason.
pub(super) fn refused(world: &mut World, path: &str, body: &Value, code: u32, part: &str) {
    let envelope = post(world, path, body);
    let message = envelope["message"].as_str().expect("a message");
    assert!(
        envelope["code"] == code && message.contains(part),
        "{path} {body}\nanswered {envelope}\nwanted {code} {part}"
    );
    assert_eq!(envelope["data"], json!({}));
}

/// A body with some members changed; `null` takes a member away.
pub(super) fn with(body: &Value, changes: &Value) -> Value {
    let mut body = body.clone();
    for (name, value) in changes.as_object().expect("an object") {
        if value.is_null() {
            body.as_object_mut().expect("an object").remove(name);
        } else {
            body[name] = value.clone();
        }
    }
    body
}

/// A member that is text.
pub(super) fn id(data: &Value, member: &str) -> String {
    data[member].as_str().unwrap_or_else(|| panic!("{member} in {data}")).to_owned()
}

/// A valid manual traffic campaign without its own budget.
pub(super) fn campaign() -> Value {
    json!({
        "advertiser_id": EUR, "campaign_name": "Autumn boots", "objective_type": "TRAFFIC",
        "budget_mode": "BUDGET_MODE_INFINITE", "budget_optimize_on": false, "operation_status": "DISABLE",
        "request_id": "418203377120559104",
    })
}

/// A valid ad group of a campaign.
pub(super) fn group(campaign_id: &str) -> Value {
    json!({
        "advertiser_id": EUR, "campaign_id": campaign_id, "adgroup_name": "Spain", "promotion_type": "WEBSITE",
        "optimization_goal": "CLICK", "billing_event": "CPC", "bid_type": "BID_TYPE_NO_BID",
        "pacing": "PACING_MODE_SMOOTH", "placement_type": "PLACEMENT_TYPE_NORMAL",
        "placements": ["PLACEMENT_TIKTOK"], "location_ids": ["2510769"], "budget_mode": "BUDGET_MODE_DAY",
        "budget": 20, "schedule_type": "SCHEDULE_FROM_NOW", "schedule_start_time": "2026-11-20 09:02:00",
        "operation_status": "DISABLE",
    })
}

/// A valid creative.
pub(super) fn creative(image: &str) -> Value {
    json!({
        "ad_name": "hero", "ad_format": "SINGLE_VIDEO", "identity_type": "TT_USER", "identity_id": "222",
        "video_id": VIDEO, "image_ids": [image], "ad_text": "Boots for wet days",
        "call_to_action": "SHOP_NOW", "landing_page_url": "https://shop.example/boots", "operation_status": "DISABLE",
    })
}

/// The call that creates one ad.
pub(super) fn ad(adgroup_id: &str, creative: &Value) -> Value {
    json!({"advertiser_id": EUR, "adgroup_id": adgroup_id, "creatives": [creative]})
}

/// A manual tree of one campaign, ad group and ad: their ids.
pub(super) fn manual_tree(world: &mut World) -> (String, String, String) {
    let campaign_id = id(&ok(world, "/campaign/create/", &campaign()), "campaign_id");
    let adgroup_id = id(&ok(world, "/adgroup/create/", &group(&campaign_id)), "adgroup_id");
    let image = upload_image(world, EUR, "cover.png");
    let data = ok(world, "/ad/create/", &ad(&adgroup_id, &creative(&image)));
    (campaign_id, adgroup_id, data["ad_ids"][0].as_str().expect("an id").to_owned())
}

/// Bytes of a PNG header of a size; enough to be measured.
pub(super) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

/// The request that uploads a file.
pub(super) fn upload(path: &str, file: &str, name: &str, bytes: &[u8], texts: &[(&str, &str)]) -> Request {
    let mut body = Vec::new();
    for (key, value) in texts {
        body.extend(
            format!("--XYZ\r\nContent-Disposition: form-data; name=\"{key}\"\r\n\r\n{value}\r\n").bytes(),
        );
    }
    let head = format!(
        "--XYZ\r\nContent-Disposition: form-data; name=\"{file}\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    body.extend(head.bytes());
    body.extend(bytes);
    body.extend(b"\r\n--XYZ--\r\n");
    let mut request = request("POST", path);
    request.headers.insert("content-type".into(), "multipart/form-data; boundary=XYZ".into());
    request.body = body.into();
    request
}

/// Uploads an image of the seeded videos' ratio and answers its id.
pub(super) fn upload_image(world: &mut World, advertiser: &str, name: &str) -> String {
    let bytes = png(720, 1280);
    let signature = super::media::signature(&bytes);
    let texts = [("advertiser_id", advertiser), ("image_signature", &signature), ("file_name", name)];
    let response = send(world, &upload("/file/image/ad/upload/", "image_file", name, &bytes, &texts));
    id(&data(&serde_json::from_slice(&response.body).expect("JSON")), "image_id")
}

/// A portfolio of calls to action.
pub(super) fn portfolio(world: &mut World) -> String {
    let body = json!({
        "advertiser_id": EUR, "creative_portfolio_type": "CTA",
        "portfolio_content": [{"asset_content": "SHOP_NOW", "asset_ids": ["201781"]}],
    });
    id(&ok(world, "/creative/portfolio/create/", &body), "creative_portfolio_id")
}

/// A valid Upgraded Smart+ campaign.
pub(super) fn smart_campaign() -> Value {
    json!({
        "advertiser_id": EUR, "request_id": "418203377120559104", "objective_type": "WEB_CONVERSIONS",
        "sales_destination": "WEBSITE", "campaign_name": "Autumn boots", "budget": 120,
        "operation_status": "DISABLE",
    })
}

/// A valid Upgraded Smart+ ad group.
pub(super) fn smart_group(campaign_id: &str) -> Value {
    json!({
        "advertiser_id": EUR, "request_id": "418203377120559105", "campaign_id": campaign_id,
        "adgroup_name": "boots-us", "promotion_type": "WEBSITE", "optimization_goal": "CONVERT", "pixel_id": PIXEL,
        "optimization_event": "SHOPPING", "billing_event": "OCPM", "bid_type": "BID_TYPE_NO_BID",
        "schedule_type": "SCHEDULE_FROM_NOW", "schedule_start_time": "2026-11-21 00:00:00",
        "targeting_spec": {"location_ids": ["6252001"], "languages": ["en"]},
    })
}

/// A valid Upgraded Smart+ ad.
pub(super) fn smart_ad(adgroup_id: &str, image: &str, portfolio: &str) -> Value {
    json!({
        "advertiser_id": EUR, "adgroup_id": adgroup_id, "ad_name": "boots-us-a", "operation_status": "ENABLE",
        "creative_list": [{"creative_info": {
            "ad_format": "SINGLE_VIDEO", "video_info": {"video_id": VIDEO}, "image_info": [{"web_uri": image}],
            "identity_type": "TT_USER", "identity_id": "222",
        }}],
        "ad_text_list": [{"ad_text": "Boots for wet days"}],
        "landing_page_url_list": [{"landing_page_url": "https://shop.example/boots"}],
        "ad_configuration": {
            "call_to_action_id": portfolio, "dark_post_status": "ON", "creative_auto_add_toggle": false,
            "creative_auto_enhancement_strategy_list": [],
        },
    })
}

/// An Upgraded Smart+ tree: ids of campaign, ad group and ad.
pub(super) fn smart_tree(world: &mut World) -> (String, String, String) {
    let campaign_id = id(&ok(world, "/smart_plus/campaign/create/", &smart_campaign()), "campaign_id");
    let adgroup_id = id(&ok(world, "/smart_plus/adgroup/create/", &smart_group(&campaign_id)), "adgroup_id");
    let (image, portfolio) = (upload_image(world, EUR, "cover.png"), portfolio(world));
    let ad = ok(world, "/smart_plus/ad/create/", &smart_ad(&adgroup_id, &image, &portfolio));
    (campaign_id, adgroup_id, id(&ad, "smart_plus_ad_id"))
}

/// A stored object.
pub(super) fn stored(world: &World, collection: &str, id: &str) -> Value {
    let account = world.account(Vendor::Tiktok, EUR).expect("the account");
    Value::Object(account.get(collection, id).expect("the object").clone())
}
