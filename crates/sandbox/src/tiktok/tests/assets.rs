//! Images, videos, identities, catalogues.

use super::*;

fn envelope(world: &mut World, request: &Request) -> Value {
    serde_json::from_slice(&send(world, request).body).expect("JSON")
}

#[test]
fn an_image_is_checked_stored_and_found() {
    let mut world = world();
    let bytes = png(1200, 628);
    let signature = crate::tiktok::media::signature(&bytes);
    let texts = [
        ("advertiser_id", EUR),
        ("upload_type", "UPLOAD_BY_FILE"),
        ("image_signature", &signature),
        ("file_name", "apl-1.png"),
    ];
    let image =
        data(&envelope(&mut world, &upload("/file/image/ad/upload/", "image_file", "x.png", &bytes, &texts)));
    assert_eq!(
        (&image["width"], &image["height"], &image["file_name"]),
        (&json!(1200), &json!(628), &json!("apl-1.png"))
    );
    let again =
        envelope(&mut world, &upload("/file/image/ad/upload/", "image_file", "x.png", &bytes, &texts));
    assert_eq!(again["code"], 40_911);
    let wrong = [("advertiser_id", EUR), ("image_signature", "00"), ("file_name", "b.png")];
    let wrong =
        envelope(&mut world, &upload("/file/image/ad/upload/", "image_file", "x.png", &bytes, &wrong));
    assert_eq!(wrong["code"], 40_900);
    let query = [("advertiser_id", EUR), ("image_ids", &json!([image["image_id"], "none"]).to_string())];
    assert_eq!(data(&get(&mut world, "/file/image/ad/info/", &query))["list"], json!([image]));
    let filter = json!({"material_ids": [image["material_id"]], "width": 1200}).to_string();
    let found =
        data(&get(&mut world, "/file/image/ad/search/", &[("advertiser_id", EUR), ("filtering", &filter)]));
    assert_eq!(found["page_info"]["total_number"], 1);
}

#[test]
fn wrong_images_are_refused() {
    let mut world = world();
    let text = b"not an image".to_vec();
    let signature = crate::tiktok::media::signature(&text);
    let texts = [("advertiser_id", EUR), ("image_signature", signature.as_str())];
    let answer =
        envelope(&mut world, &upload("/file/image/ad/upload/", "image_file", "a.png", &text, &texts));
    assert_eq!(answer["code"], 40_904);
    let huge = png(2000, 2000);
    let signature = crate::tiktok::media::signature(&huge);
    let texts = [("advertiser_id", EUR), ("image_signature", signature.as_str())];
    let answer =
        envelope(&mut world, &upload("/file/image/ad/upload/", "image_file", "a.png", &huge, &texts));
    assert_eq!(answer["code"], 40_904);
    let answer = envelope(&mut world, &upload("/file/image/ad/upload/", "other", "a.png", &huge, &texts));
    assert_eq!(answer["code"], 40_905);
    let url = json!({"advertiser_id": EUR, "upload_type": "UPLOAD_BY_URL", "image_url": "https://cdn.example/a.png"});
    refused(&mut world, "/file/image/ad/upload/", &url, 40_903, "unavailable");
}

#[test]
fn a_video_upload_answers_a_list() {
    let mut world = world();
    let bytes = b"pretend this is a film";
    let signature = crate::tiktok::media::signature(bytes);
    let texts = [("advertiser_id", EUR), ("video_signature", signature.as_str()), ("file_name", "film.mp4")];
    let videos =
        data(&envelope(&mut world, &upload("/file/video/ad/upload/", "video_file", "f.mp4", bytes, &texts)));
    let video_id = videos[0]["video_id"].as_str().expect("an id").to_owned();
    let query = [("advertiser_id", EUR), ("video_ids", &json!([video_id, VIDEO]).to_string())];
    assert_eq!(
        data(&get(&mut world, "/file/video/ad/info/", &query))["list"].as_array().map(Vec::len),
        Some(2)
    );
    let found = data(&get(&mut world, "/file/video/ad/search/", &[("advertiser_id", EUR)]));
    assert_eq!(
        (&found["page_info"]["page_size"], &found["page_info"]["total_number"]),
        (&json!(20), &json!(3))
    );
}

#[test]
fn identities_and_pixels_are_listed() {
    let mut world = world();
    let identities =
        data(&get(&mut world, "/identity/get/", &[("advertiser_id", EUR), ("identity_type", "TT_USER")]));
    assert_eq!(identities["identity_list"][0]["identity_id"], "222");
    let made = ok(
        &mut world,
        "/identity/create/",
        &json!({"advertiser_id": EUR, "display_name": "Shop", "image_uri": "x"}),
    );
    let custom = data(&get(
        &mut world,
        "/identity/get/",
        &[("advertiser_id", EUR), ("identity_type", "CUSTOMIZED_USER")],
    ));
    assert_eq!(custom["identity_list"][0]["identity_id"], made["identity_id"]);
    let pixels = data(&get(&mut world, "/pixel/list/", &[("advertiser_id", EUR)]));
    assert_eq!(pixels["pixels"][0]["pixel_id"], PIXEL);
}

#[test]
fn places_and_languages_are_listed() {
    let mut world = world();
    let query = [
        ("advertiser_id", EUR),
        ("placements", r#"["PLACEMENT_TIKTOK"]"#),
        ("objective_type", "TRAFFIC"),
        ("level_range", "TO_COUNTRY"),
    ];
    let regions = data(&get(&mut world, "/tool/region/", &query));
    let spain =
        regions["region_info"].as_array().expect("a list").iter().find(|place| place["region_code"] == "ES");
    assert_eq!(
        spain.map(|place| (&place["location_id"], &place["parent_id"])),
        Some((&json!("2510769"), &json!("0")))
    );
    assert_eq!(get(&mut world, "/tool/region/", &query[..1])["code"], 40_002);
    let languages = data(&get(&mut world, "/tool/language/", &[("advertiser_id", EUR)]));
    assert!(
        languages["languages"]
            .as_array()
            .expect("a list")
            .contains(&json!({"code": "es", "name": "Spanish"}))
    );
}

#[test]
fn uploaded_bytes_can_be_fetched_without_a_token() {
    let mut world = world();
    let bytes = png(720, 1280);
    let signature = crate::tiktok::media::signature(&bytes);
    let texts = [("advertiser_id", EUR), ("image_signature", &signature), ("file_name", "a.png")];
    let response = send(&mut world, &upload("/file/image/ad/upload/", "image_file", "a.png", &bytes, &texts));
    let image = data(&serde_json::from_slice(&response.body).expect("JSON"));
    let mut fetch = request("GET", "");
    fetch.path = image["image_url"].as_str().expect("a URL").trim_start_matches(&fetch.base_url).to_owned();
    fetch.headers.clear();
    let file = send(&mut world, &fetch);
    assert_eq!((file.status, &file.body[..]), (200, &bytes[..]));
    fetch.path = "/_files/other.png".into();
    assert_eq!(send(&mut world, &fetch).status, 404);
}
