//! From a request to the part that answers it (meta-ads.md §1.1, §3).

use data_encoding::BASE64URL_NOPAD;
use md5::{Digest, Md5};
use serde_json::{Map, Value, json};

use super::call::{Answer, Call};
use super::errors::GraphError;
use super::kind::Kind;
use super::params::{FilePart, Params};
use super::store::{self, Node};
use super::{
    accounts, ad_sets, ads, auth, batch, campaigns, creatives, images, insights, labels, lists, reader,
    search, usage, videos,
};
use crate::http::{Request, Response};
use crate::world::World;

/// The version answered to paths without one.
const VERSION: &str = "v26.0";
/// The oldest version still alive.
const OLDEST_MAJOR: u32 = 24;
const NEWEST_MAJOR: u32 = 26;

/// The segments of a path: version and the rest.
struct Path {
    version: String,
    segments: Vec<String>,
}

fn split(path: &str) -> Path {
    let decode = |segment: &str| {
        let plus = segment.replace('+', "%2B");
        url::form_urlencoded::parse(plus.as_bytes())
            .next()
            .map(|(name, _)| name.into_owned())
            .unwrap_or_default()
    };
    let mut segments: Vec<String> =
        path.split('/').filter(|segment| !segment.is_empty()).map(decode).collect();
    let is_version = |segment: &String| {
        segment.strip_prefix('v').is_some_and(|rest| rest.split('.').all(|part| part.parse::<u32>().is_ok()))
    };
    let version = match segments.first().filter(|first| is_version(first)) {
        Some(_) => segments.remove(0),
        None => VERSION.to_owned(),
    };
    Path { version, segments }
}

/// A version is alive or answers 2635 (§1.1).
fn check_version(version: &str) -> Result<(), GraphError> {
    let major: u32 =
        version.trim_start_matches('v').split('.').next().and_then(|part| part.parse().ok()).unwrap_or(0);
    if (OLDEST_MAJOR..=NEWEST_MAJOR).contains(&major) {
        return Ok(());
    }
    let text = format!(
        "(#2635) You are calling a deprecated version of the Ads API. Please update to the latest version: {VERSION}."
    );
    Err(GraphError::new(2635, text))
}

/// Answers a request as Graph does, whatever happens.
pub(super) fn answer(world: &mut World, request: &Request, files: Vec<FilePart>) -> Response {
    let response = match attempt(world, request, files) {
        Ok(response) => response,
        Err(error) => refuse(world, &error, &request.path),
    };
    // The tag of a read is a digest of its body already.
    let tag = response.headers.iter().find(|(name, _)| name == "etag");
    let answered = tag.map_or(&*response.body, |(_, tag)| tag.as_bytes());
    let digest = Md5::digest([request.path.as_bytes(), &request.body, answered].concat());
    response.with_header("x-fb-trace-id", format!("A{}", BASE64URL_NOPAD.encode(&digest)))
}

/// The answer to a refused request.
pub(super) fn refuse(world: &World, error: &GraphError, path: &str) -> Response {
    let digest = Md5::digest(format!("{}{path}{}", world.now, error.message));
    let trace = format!("A{}", BASE64URL_NOPAD.encode(&digest));
    let account = path.split('/').find_map(|segment| segment.strip_prefix("act_")).map(str::to_owned);
    let account = account.filter(|digits| store::account(world, digits).is_some());
    let mut response = Response::json(error.status, &error.body(&trace));
    response = response.with_header("facebook-api-version", VERSION);
    response = usage::headers(world, response, account.as_deref());
    response.account = account;
    response
}

fn attempt(world: &mut World, request: &Request, files: Vec<FilePart>) -> Result<Response, GraphError> {
    let Path { version, segments } = split(&request.path);
    if let [first, id] = segments.as_slice()
        && first == "content"
    {
        return content(world, id);
    }
    check_version(&version)?;
    let mut params = Params::of(request);
    params.files.extend(files);
    auth::check(world, request, &params)?;
    // A POST may stand for another method (unverified).
    let method = match params.text("method").map(|method| method.to_uppercase()) {
        Some(method) if request.method == "POST" && matches!(method.as_str(), "GET" | "DELETE") => method,
        _ => request.method.clone(),
    };
    if segments.is_empty() && method == "POST" && params.get("batch").is_some() {
        return batch::run(world, request, &params);
    }
    let account = account_of(world, &segments);
    if let Some(account) = &account {
        usage::charge(world, account, &method)?;
    }
    let mut call = Call { world, method, params, base_url: &request.base_url, version };
    let Answer { body, wrote } = dispatch(&mut call, &segments)?;
    let is_read = call.method == "GET";
    let mut response = Response::json(200, &body).with_header("facebook-api-version", VERSION);
    response = usage::headers(world, response, account.as_deref());
    response.wrote = wrote;
    response.account = account;
    Ok(if is_read { tagged(response, request) } else { response })
}

/// Adds the tag of a read; an unchanged one is not sent again (§1.7).
fn tagged(response: Response, request: &Request) -> Response {
    let tag = format!("\"{}\"", data_encoding::HEXLOWER.encode(&Md5::digest(&response.body)));
    let mut response = response.with_header("etag", tag.clone());
    if request.header("if-none-match") == Some(tag.as_str()) {
        response.status = 304;
        response.body = bytes::Bytes::new();
    }
    response
}

/// Bytes of an image or video, as from a content network.
fn content(world: &World, id: &str) -> Result<Response, GraphError> {
    let bytes = images::blob(world, id).ok_or_else(|| GraphError::missing(id, "get"))?;
    let kind = match imagesize::image_type(&bytes) {
        Ok(imagesize::ImageType::Png) => "image/png",
        Ok(imagesize::ImageType::Jpeg) => "image/jpeg",
        Ok(imagesize::ImageType::Gif) => "image/gif",
        Ok(_) => "application/octet-stream",
        Err(_) => "video/mp4",
    };
    let mut response = Response::text(200, "");
    response.headers = vec![("content-type".to_owned(), kind.to_owned())];
    response.body = bytes.into();
    Ok(response)
}

/// The account that a call is charged to.
fn account_of(world: &World, segments: &[String]) -> Option<String> {
    let node = store::locate(world, segments.first()?)?;
    (!node.account.is_empty()).then_some(node.account)
}

fn dispatch(call: &mut Call<'_>, segments: &[String]) -> Result<Answer, GraphError> {
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let params = call.params.clone();
    match (call.method.as_str(), segments.as_slice()) {
        ("GET", []) => many(call),
        ("GET", ["debug_token"]) => auth::debug(call.world, &params).map(Answer::read),
        ("GET" | "POST", ["oauth", "access_token"]) => auth::exchange(&params).map(Answer::read),
        ("GET", ["search"]) => search::answer(&params).map(Answer::read),
        ("GET", ["me"]) => {
            let node = user();
            let wanted = reader::wanted(&params, Kind::User)?;
            Ok(Answer::read(call.reader().node(&node, &wanted)?))
        }
        ("GET", ["me", edge]) => follow(call, &user(), edge),
        (method, [id]) => {
            let node = store::locate(call.world, id).ok_or_else(|| GraphError::missing(id, method))?;
            node_call(call, &node)
        }
        (method, [id, edge]) => {
            let node = store::locate(call.world, id).ok_or_else(|| GraphError::missing(id, method))?;
            edge_call(call, &node, edge)
        }
        (_, segments) => Err(GraphError::unknown_path(&segments.join("/"))),
    }
}

fn user() -> Node {
    Node::new(Kind::User, "", store::API_USER.0)
}

/// `?ids=a,b`: many nodes in one answer, keyed by id (§1.1).
fn many(call: &Call<'_>) -> Result<Answer, GraphError> {
    let ids = call.params.words("ids").ok_or_else(|| GraphError::unknown_path(""))?;
    if ids.len() > 50 {
        return Err(GraphError::invalid("Too many ids: at most 50 are allowed"));
    }
    let mut answer = Map::new();
    for id in ids {
        let node = store::locate(call.world, &id).ok_or_else(|| GraphError::missing(&id, "get"))?;
        let wanted = reader::wanted(&call.params, node.kind)?;
        answer.insert(id, call.reader().node(&node, &wanted)?);
    }
    Ok(Answer::read(Value::Object(answer)))
}

fn node_call(call: &mut Call<'_>, node: &Node) -> Result<Answer, GraphError> {
    let params = call.params.clone();
    match (call.method.as_str(), node.kind) {
        ("GET", kind) => {
            if kind == Kind::ReportRun {
                insights::runs::poll(call.world, &node.id);
            }
            let wanted = reader::wanted(&params, kind)?;
            Ok(Answer::read(call.reader().node(node, &wanted)?))
        }
        ("POST", Kind::Account) => accounts::update(call, node),
        ("POST", Kind::Campaign) => campaigns::update(call, node),
        ("POST", Kind::AdSet) => {
            let changes = ad_sets::changes(call.world, node, &params)?;
            call.update(node, changes)
        }
        ("POST", Kind::Ad) => ads::update(call, node),
        ("POST", Kind::Creative) => {
            let changes = creatives::changes(call.world, node, &params)?;
            call.update(node, changes)
        }
        ("POST", Kind::Label) => labels::rename(call, node),
        ("DELETE", Kind::Label) => {
            store::remove_label(call.world, &node.account, &node.id);
            Ok(Answer::wrote(json!({"success": true})))
        }
        ("DELETE", Kind::Campaign | Kind::AdSet | Kind::Ad | Kind::Creative | Kind::Video) => {
            Ok(call.delete(node))
        }
        (method, _) => Err(GraphError::missing(&node.id, method)),
    }
}

fn edge_call(call: &mut Call<'_>, node: &Node, edge: &str) -> Result<Answer, GraphError> {
    let params = call.params.clone();
    let account = node.account.clone();
    match (call.method.as_str(), node.kind, edge) {
        ("GET", ..) => follow(call, node, edge),
        ("POST", Kind::Account, "campaigns") => {
            let draft = campaigns::draft(call.world, &account, &params)?;
            call.create(&account, Kind::Campaign, draft)
        }
        ("POST", Kind::Account, "adsets") => {
            let draft = ad_sets::draft(call.world, &account, &params)?;
            call.create(&account, Kind::AdSet, draft)
        }
        ("POST", Kind::Account, "adcreatives") => {
            let draft = creatives::draft(call.world, &account, &params)?;
            call.create(&account, Kind::Creative, draft)
        }
        ("POST", Kind::Account, "ads") => ads::create(call, &account),
        ("POST", Kind::Account, "adimages") => images::create(call, &account),
        ("DELETE", Kind::Account, "adimages") => images::delete(call, &account),
        ("POST", Kind::Account, "advideos") => videos::create(call, &account),
        ("DELETE", Kind::Account, "advideos") => {
            let id = params.text("video_id").ok_or_else(|| GraphError::required("video_id"))?;
            let video = store::locate(call.world, &id)
                .filter(|video| video.kind == Kind::Video && video.account == account);
            Ok(call.delete(&video.ok_or_else(|| GraphError::missing(&id, "delete"))?))
        }
        ("POST", Kind::Account, "adlabels") => labels::create(call, &account),
        ("POST", Kind::Campaign | Kind::AdSet | Kind::Ad | Kind::Creative, "adlabels")
        | ("DELETE", Kind::AdSet, "adlabels") => labels::edge(call, node),
        ("POST", Kind::Account | Kind::Campaign | Kind::AdSet | Kind::Ad, "insights") => {
            insights::runs::start(call, node)
        }
        (method, ..) => Err(GraphError::missing(&node.id, method)),
    }
}

/// Reads an edge.
fn follow(call: &Call<'_>, node: &Node, edge: &str) -> Result<Answer, GraphError> {
    if node.kind == Kind::ReportRun {
        let (source, params) = insights::runs::source(call.world, &node.id, &call.params)?;
        return insights::of_run(&call.reader(), &source, &params).map(Answer::read);
    }
    if !node.kind.has_edge(edge) {
        return Err(GraphError::new(2500, format!("Unknown path components: /{edge}")));
    }
    lists::edge(&call.reader(), node, edge, &call.params, None).map(Answer::read)
}
