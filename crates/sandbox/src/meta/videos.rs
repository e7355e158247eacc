//! Videos: uploaded whole, in chunks, or named by URL; ready after a while (meta-ads.md §9).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::call::{Answer, Call};
use super::errors::GraphError;
use super::images::{BLOBS, blob};
use super::kind::Kind;
use super::reader::Reader;
use super::store::{self, Node};
use super::time;
use crate::world::Object;

/// Bytes that one chunk of an upload may hold.
const CHUNK: usize = 1_048_576;
/// Unfinished uploads by session.
const SESSIONS: &str = "video_sessions";

/// `POST act_N/advideos`.
pub(super) fn create(call: &mut Call<'_>, account: &str) -> Result<Answer, GraphError> {
    match call.params.text("upload_phase").as_deref() {
        None => whole(call, account),
        Some("start") => start(call, account),
        Some("transfer") => transfer(call),
        Some("finish") => finish(call, account),
        Some("cancel") => {
            let session = session_id(call)?;
            store::note_mut(call.world, SESSIONS).remove(&session);
            Ok(Answer::wrote(json!({"success": true})))
        }
        Some(_) => Err(GraphError::must_be("upload_phase", "one of {start, transfer, finish, cancel}")),
    }
}

fn whole(call: &mut Call<'_>, account: &str) -> Result<Answer, GraphError> {
    let file = call.params.files.iter().find(|file| file.name == "source").map(|file| file.content.clone());
    if file.is_none() && call.params.text("file_url").is_none() {
        return Err(GraphError::required("source"));
    }
    if call.validates_only() {
        return Ok(Answer::valid());
    }
    let id = store(call, account, file.as_deref());
    call.written(&Node::new(Kind::Video, account, &id), json!({"id": id}))
}

fn store(call: &mut Call<'_>, account: &str, bytes: Option<&[u8]>) -> String {
    let title = call.params.text("title").or_else(|| call.params.text("name"));
    let mut draft = Object::new();
    draft.insert("status".into(), json!({"video_status": "ready"}));
    if let Some(title) = title {
        draft.insert("title".into(), json!(title));
    }
    if let Some(description) = call.params.text("description") {
        draft.insert("description".into(), json!(description));
    }
    let id = call.store_new(account, Kind::Video, draft);
    if let Some(bytes) = bytes {
        store::note_mut(call.world, BLOBS).insert(id.clone(), json!(STANDARD.encode(bytes)));
    }
    id
}

fn session_id(call: &Call<'_>) -> Result<String, GraphError> {
    let session =
        call.params.text("upload_session_id").ok_or_else(|| GraphError::required("upload_session_id"))?;
    if store::note(call.world, SESSIONS).is_some_and(|map| map.contains_key(&session)) {
        return Ok(session);
    }
    Err(GraphError::must_be("upload_session_id", "an upload session that was started"))
}

fn start(call: &mut Call<'_>, account: &str) -> Result<Answer, GraphError> {
    let size = call.params.integer("file_size").ok_or_else(|| GraphError::required("file_size"))?;
    let session = store::fresh_id(call.world);
    let video = store(call, account, None);
    let entry = json!({"size": size, "video_id": video, "bytes": ""});
    store::note_mut(call.world, SESSIONS).insert(session.clone(), entry);
    let end = usize::try_from(size).unwrap_or(0).min(CHUNK);
    Ok(Answer::wrote(json!({
        "upload_session_id": session, "video_id": video, "start_offset": "0", "end_offset": end.to_string(),
    })))
}

fn transfer(call: &mut Call<'_>) -> Result<Answer, GraphError> {
    let session = session_id(call)?;
    let offset = call.params.integer("start_offset").ok_or_else(|| GraphError::required("start_offset"))?;
    let chunk = call.params.files.iter().find(|file| file.name == "video_file_chunk");
    let chunk =
        chunk.map(|file| file.content.clone()).ok_or_else(|| GraphError::required("video_file_chunk"))?;
    let Some(Value::Object(entry)) = store::note_mut(call.world, SESSIONS).get_mut(&session) else {
        return Err(GraphError::required("upload_session_id"));
    };
    let mut held = STANDARD.decode(store::text(entry, "bytes")).unwrap_or_default();
    if usize::try_from(offset).ok() != Some(held.len()) {
        let text = format!("The next chunk starts at {}.", held.len());
        let error = GraphError::parameter("start_offset", "Chunk is out of place", text);
        return Err(error.subcode(1_363_037));
    }
    held.extend(chunk);
    let size =
        entry.get("size").and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok()).unwrap_or(0);
    let (next, end) = (held.len(), (held.len() + CHUNK).min(size));
    entry.insert("bytes".into(), json!(STANDARD.encode(&held)));
    Ok(Answer::wrote(json!({"start_offset": next.to_string(), "end_offset": end.to_string()})))
}

fn finish(call: &mut Call<'_>, account: &str) -> Result<Answer, GraphError> {
    let session = session_id(call)?;
    let entry = store::note_mut(call.world, SESSIONS).remove(&session).unwrap_or_default();
    let id = entry["video_id"].as_str().unwrap_or_default().to_owned();
    store::note_mut(call.world, BLOBS).insert(id.clone(), entry["bytes"].clone());
    if let Some(title) = call.params.text("title") {
        let changes = Object::from_iter([("title".to_owned(), json!(title))]);
        store::update(call.world, &Node::new(Kind::Video, account, &id), changes, store::API);
    }
    Ok(Answer::wrote(json!({"success": true})))
}

/// Computed fields of a video.
pub(super) fn computed(reader: &Reader<'_>, object: &Object, name: &str) -> Option<Value> {
    let id = store::text(object, "id");
    match name {
        "status" if object.get(name).is_some_and(Value::is_object) => {
            let seconds: i64 = reader.world.option("meta.video_seconds", "0").parse().unwrap_or(0);
            let made = time::parse_instant(store::text(object, "created_time"))?;
            let ready = reader.world.now.as_second() - made.as_second() >= seconds;
            Some(json!({"video_status": if ready { "ready" } else { "processing" }}))
        }
        "source" => blob(reader.world, id).map(|_| json!(format!("{}/content/{id}", reader.base_url))),
        "picture" | "icon" => Some(json!(thumbnail(reader, id))),
        "permalink_url" => Some(json!(format!("/sandbox/videos/{id}/"))),
        "length" => Some(json!(15.0)),
        _ => None,
    }
}

fn thumbnail(reader: &Reader<'_>, id: &str) -> String {
    format!("{}/content/{id}.jpg", reader.base_url)
}

/// `GET /{video}/thumbnails`.
pub(super) fn thumbnails(reader: &Reader<'_>, node: &Node) -> Value {
    json!({"data": [{
        "id": format!("{}0", node.id), "uri": thumbnail(reader, &node.id), "height": 1080, "width": 1080,
        "scale": 1, "is_preferred": true, "name": "",
    }]})
}
