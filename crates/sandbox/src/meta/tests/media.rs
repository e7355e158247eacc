//! Images, videos, batches.

use serde_json::{Value, json};

use super::{DIGITS, EUR, Sandbox, ad_set, campaign, png, request, with};

fn multipart(path: &str, parts: &[(&str, Option<&str>, &[u8])]) -> crate::http::Request {
    let mut body = Vec::new();
    for (name, filename, content) in parts {
        let file = filename
            .map(|name| format!("; filename=\"{name}\"\r\nContent-Type: image/png"))
            .unwrap_or_default();
        body.extend(
            format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").into_bytes(),
        );
        body.extend_from_slice(content);
        body.extend(b"\r\n");
    }
    body.extend(b"--XX--\r\n");
    let mut request = request("POST", path, &[("access_token", "sandbox-token")]);
    request.headers.insert("content-type".into(), "multipart/form-data; boundary=XX".into());
    request.body = body.into();
    request
}

fn png_bytes() -> Vec<u8> {
    data_encoding::BASE64.decode(png().as_bytes()).unwrap()
}

#[test]
fn the_same_bytes_are_the_same_image() {
    let mut sandbox = Sandbox::new();
    let first = sandbox.image();
    let bytes = png_bytes();
    let upload = multipart(&format!("/v26.0/{EUR}/adimages"), &[("hero.png", Some("hero.png"), &bytes)]);
    let answer = sandbox.send_request(&upload).ok();
    assert_eq!(answer["images"]["hero.png"]["hash"], first);
    assert_eq!(answer["images"]["hero.png"]["width"], 1);
    let mut named = multipart(&format!("/v26.0/{EUR}/adimages"), &[("hero.png", Some("X"), &bytes)]);
    let text = named.body.to_vec();
    let at = text.windows(12).position(|window| window == b"filename=\"X\"").unwrap();
    let renamed = [&text[..at], b"filename*=utf-8''h%C3%A9ros.png", &text[at + 12..]].concat();
    named.body = renamed.into();
    assert_eq!(sandbox.send_request(&named).ok()["images"]["h\u{e9}ros.png"]["hash"], first);
    let hashes = json!([first]).to_string();
    let query = [("hashes", hashes.as_str()), ("fields", "hash,width,permalink_url,status")];
    let rows = sandbox.get(&format!("/v26.0/{EUR}/adimages"), &query).ok();
    assert_eq!(rows["data"].as_array().unwrap().len(), 1);
    assert_eq!(rows["data"][0]["id"], format!("{DIGITS}:{first}"));
    assert_eq!(rows["data"][0]["status"], "ACTIVE");
    let none = sandbox.get(&format!("/v26.0/{EUR}/adimages"), &[("hashes", r#"["00"]"#)]).ok();
    assert_eq!(none, json!({"data": []}));
    let url = answer["images"]["hero.png"]["url"].as_str().unwrap();
    let path = url.strip_prefix("http://127.0.0.1:9440/meta").unwrap();
    let fetched = sandbox.send_request(&request("GET", path, &[]));
    assert_eq!(fetched.response.body, bytes, "served without a token");
}

#[test]
fn images_must_be_images_and_stay_while_used() {
    let mut sandbox = Sandbox::new();
    let path = format!("/v26.0/{EUR}/adimages");
    assert_eq!(sandbox.post(&path, &json!({"bytes": "aGVsbG8="})).refusal(), (100, 0));
    assert_eq!(sandbox.post(&path, &json!({})).refusal(), (100, 0));
    let hash = sandbox.image();
    let creative = sandbox.creative(&json!({}));
    assert_eq!(sandbox.delete(&path, &[("hash", &hash)]).refusal(), (100, 0));
    sandbox.delete(&format!("/{creative}"), &[]).ok();
    sandbox.delete(&path, &[("hash", &hash)]).ok();
    assert_eq!(sandbox.get(&path, &[]).ok(), json!({"data": []}));
}

#[test]
fn videos_are_uploaded_whole_or_in_chunks() {
    let mut sandbox = Sandbox::new();
    let path = format!("/v26.0/{EUR}/advideos");
    let upload =
        multipart(&path, &[("title", None, b"Hero"), ("source", Some("hero.mp4"), b"not really a film")]);
    let id = sandbox.send_request(&upload).id();
    let read = sandbox.read(&id, "status,title,source");
    assert_eq!((&read["status"]["video_status"], &read["title"]), (&json!("ready"), &json!("Hero")));
    let thumbnails = sandbox.get(&format!("/{id}/thumbnails"), &[]).ok();
    assert_eq!(thumbnails["data"][0]["is_preferred"], true);
    let started = sandbox.post(&path, &json!({"upload_phase": "start", "file_size": 6})).ok();
    assert_eq!((&started["start_offset"], &started["end_offset"]), (&json!("0"), &json!("6")));
    let session = started["upload_session_id"].as_str().unwrap();
    let chunk = |offset: &'static [u8], bytes: &'static [u8]| {
        multipart(
            &path,
            &[
                ("upload_phase", None, b"transfer"),
                ("upload_session_id", None, session.as_bytes()),
                ("start_offset", None, offset),
                ("video_file_chunk", Some("chunk"), bytes),
            ],
        )
    };
    assert_eq!(sandbox.send_request(&chunk(b"3", b"abc")).refusal(), (100, 1_363_037));
    let moved = sandbox.send_request(&chunk(b"0", b"abcdef")).ok();
    assert_eq!(moved["start_offset"], moved["end_offset"]);
    let finish = json!({"upload_phase": "finish", "upload_session_id": session, "title": "Chunks"});
    assert_eq!(sandbox.post(&path, &finish).ok()["success"], true);
    let video = started["video_id"].as_str().unwrap();
    assert_eq!(sandbox.read(video, "title")["title"], "Chunks");
}

fn batch(sandbox: &mut Sandbox, items: &Value) -> Vec<Value> {
    let answer = sandbox.post("/v26.0/", &json!({"batch": items, "include_headers": false})).ok();
    answer.as_array().unwrap().clone()
}

fn form(value: &Value) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in value.as_object().unwrap() {
        form.append_pair(name, &value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    form.finish()
}

#[test]
fn batches_answer_in_order_with_text_bodies_and_references() {
    let mut sandbox = Sandbox::new();
    let items = json!([
        {"method": "POST", "relative_url": format!("{EUR}/campaigns"), "body": form(&campaign()), "name": "c",
         "omit_response_on_success": false},
        {"method": "GET", "relative_url": "{result=c:$.id}?fields=name"},
        {"method": "POST", "relative_url": format!("v26.0/{EUR}/campaigns"), "body": "name=x"},
        {"method": "GET", "relative_url": "{result=nobody:$.id}"},
    ]);
    let answers = batch(&mut sandbox, &items);
    let body =
        |place: usize| serde_json::from_str::<Value>(answers[place]["body"].as_str().unwrap()).unwrap();
    assert_eq!((&answers[0]["code"], answers[0].get("headers")), (&json!(200), None));
    assert_eq!(body(1), json!({"name": "Spring sale", "id": body(0)["id"]}));
    assert_eq!((&answers[2]["code"], &body(2)["error"]["code"]), (&json!(400), &json!(100)));
    assert_eq!(body(3)["error"]["code"], 100);
}

#[test]
fn a_partial_fault_refuses_every_second_item() {
    let mut sandbox = Sandbox::new();
    let notes = sandbox.world.notes.get_mut(&crate::world::Vendor::Meta).unwrap();
    notes.insert(crate::world::FAULT_PARTIAL.into(), json!(true));
    let item =
        json!({"method": "POST", "relative_url": format!("{EUR}/campaigns"), "body": form(&campaign())});
    let answers = batch(&mut sandbox, &json!([item, item]));
    assert_eq!((&answers[0]["code"], &answers[1]["code"]), (&json!(200), &json!(500)));
    let page = sandbox.get(&format!("/{EUR}/campaigns"), &[]).ok();
    assert_eq!(page["data"].as_array().unwrap().len(), 1, "a refused item stores nothing");
}

#[test]
fn a_batch_holds_fifty_items_and_one_ad_set_per_campaign() {
    let mut sandbox = Sandbox::new();
    let many: Vec<Value> = (0..51).map(|_| json!({"method": "GET", "relative_url": "me"})).collect();
    assert_eq!(sandbox.post("/v26.0/", &json!({"batch": many})).refusal(), (100, 0));
    let campaign = sandbox.campaign(&json!({}));
    let set = form(&with(&ad_set(), &json!({"campaign_id": campaign})));
    let item = json!({"method": "POST", "relative_url": format!("{EUR}/adsets"), "body": set});
    let codes = |answers: Vec<Value>| {
        answers.iter().map(|answer| answer["code"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(codes(batch(&mut sandbox, &json!([item, item]))), [200, 400]);
    sandbox.world.options.insert("meta.batch_ad_sets".into(), "any".into());
    assert_eq!(codes(batch(&mut sandbox, &json!([item, item]))), [200, 200]);
}
