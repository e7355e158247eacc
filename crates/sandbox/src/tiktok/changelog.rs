//! The log of changes, as a task whose file is downloaded later ("Create a change log task").

use serde_json::{Value, json};

use crate::world::{Account, Change, Object, World};

use super::errors::{Answer, NOT_FOUND, Outcome, Refusal, ensure, invalid};
use super::field::{Field, any, choice, choices, id, ids, text};
use super::json::{text as text_of, texts};
use super::params::Params;
use super::store::{Kind, Level};
use super::{clock, store};

/// Code of a task that is not ready.
const NOT_READY: u32 = 40_201;
/// Longest span of one task.
const MOST_DAYS: i64 = 30;
const HEADER: &str = "Time,log_object_type,Object ID,Object,Operator,Source,App ID,Activity details";

/// Parameters of `/changelog/task/create/`.
pub(super) const CREATE: &[Field] = &[
    id("advertiser_id").required(),
    text("start_time").required(),
    text("end_time").required(),
    text("timezone"),
    choice("module", &["BIDDING_AND_OPTIMIZATION", "BUDGET", "STATUS", "TARGETING"]),
    choice("object_type", &["AD", "ADGROUP", "ADVERTISER", "CAMPAIGN", "INSTANT_FORM"]),
    ids("object_ids"),
    choices("operation_types", &["CREATE", "AUDIT", "STATUS", "UPDATE", "DELETE"]),
    any("order_fields"),
    text("lang"),
];
/// Parameters of the calls that follow a task.
pub(super) const TASK: &[Field] = &[id("advertiser_id").required(), id("task_id").required()];

/// Starts a task.
pub(super) fn create(world: &mut World, params: &Params) -> Outcome {
    let time = |name: &str| {
        let written = params.text_or_empty(name);
        clock::parse(written).ok_or_else(|| {
            invalid(format!("{name}: `{written}` is not a time of the form YYYY-MM-DD HH:MM:SS."))
        })
    };
    let (start, end) = (time("start_time")?, time("end_time")?);
    let seconds = end.as_second() - start.as_second();
    ensure((0..=MOST_DAYS * 86_400).contains(&seconds), || {
        "end_time: It must lie at most 30 days after start_time.".into()
    })?;
    let task = store::fresh_id(world);
    store::set_note(
        world,
        format!("changelog/{}/{task}", params.advertiser),
        Value::Object(params.values.clone()),
    );
    // Nothing of the account changes: it is a read that is carried out later.
    Ok(Answer::read(json!({"task_id": task})))
}

/// Says whether a task is ready: the first look finds it at work.
pub(super) fn check(world: &mut World, params: &Params) -> Outcome {
    task(world, params)?;
    let seen = seen_key(params);
    let status = if store::note(world, &seen).is_some() { "SUCCESS" } else { "PROCESSING" };
    store::set_note(world, seen, true);
    Ok(Answer::read(json!({"status": status})))
}

/// Hands out the file: text that holds JSON whose member holds a Python bytes literal of CSV.
pub(super) fn download(world: &mut World, params: &Params) -> Outcome {
    let task = task(world, params)?.clone();
    if store::note(world, &seen_key(params)).is_none() {
        return Err(Refusal::new(NOT_READY, "The task is not ready."));
    }
    let account = store::account(world, &params.advertiser)?;
    let mut lines = vec![HEADER.to_owned()];
    lines.extend(
        account
            .history
            .iter()
            .filter(|change| asked_for(&task, change))
            .map(|change| line(world, account, change)),
    );
    let literal = format!("b'{}\\r\\n'", lines.join("\\r\\n"));
    let file = json!({"file_name": format!("changelog_{}.csv", params.text_or_empty("task_id")), "file_data": literal});
    Ok(Answer::read(json!({"status": "SUCCESS", "changelog": file.to_string()})))
}

fn task<'w>(world: &'w World, params: &Params) -> Result<&'w Value, Refusal> {
    let id = params.text_or_empty("task_id");
    store::note(world, &format!("changelog/{}/{id}", params.advertiser))
        .ok_or_else(|| Refusal::new(NOT_FOUND, format!("task_id: The task {id} does not exist.")))
}

fn seen_key(params: &Params) -> String {
    format!("changelog_seen/{}", params.text_or_empty("task_id"))
}

fn object_type(change: &Change) -> Option<&'static str> {
    Some(match Kind::of_collection(&change.collection)?.level {
        Level::Campaign => "CAMPAIGN",
        Level::AdGroup => "ADGROUP",
        Level::Ad => "AD",
    })
}

fn operation(change: &Change) -> &'static str {
    match change.operation.as_str() {
        "CREATE" => "CREATE",
        "REMOVE" => "DELETE",
        _ if change.after.contains_key("operation_status") => "STATUS",
        _ => "UPDATE",
    }
}

fn asked_for(task: &Value, change: &Change) -> bool {
    let Some(task) = task.as_object() else { return false };
    let Some(kind) = object_type(change) else { return false };
    let stamp = clock::stamp(change.at);
    let listed = |name: &str, value: &str| !task.contains_key(name) || texts(task, name).contains(&value);
    text_of(task, "start_time").is_none_or(|start| stamp.as_str() >= start)
        && text_of(task, "end_time").is_none_or(|end| stamp.as_str() <= end)
        && text_of(task, "object_type").is_none_or(|wanted| wanted == kind)
        && listed("object_ids", &change.id)
        && listed("operation_types", operation(change))
        && text_of(task, "module").is_none_or(|module| in_module(module, change))
}

fn in_module(module: &str, change: &Change) -> bool {
    let touches = |part: &str| change.after.keys().any(|name| name.contains(part));
    match module {
        "STATUS" => touches("operation_status"),
        "BUDGET" => touches("budget"),
        "TARGETING" => ["location", "age", "gender", "audience", "language", "targeting"]
            .iter()
            .any(|part| touches(part)),
        _ => ["bid", "optimization"].iter().any(|part| touches(part)),
    }
}

/// Of a Smart+ ad the id, or with option `tiktok.changelog_ids=creative` that of its first creative (which of
/// the two it is, no page says).
fn shown_id<'a>(world: &World, object: Option<&'a Object>, change: &'a Change) -> &'a str {
    let creative = || {
        let first = object?.get("creative_list")?.as_array()?.first()?;
        first.get("ad_material_id")?.as_str()
    };
    let wants_creative = world.option("tiktok.changelog_ids", "ad") == "creative";
    if wants_creative { creative().unwrap_or(&change.id) } else { &change.id }
}

fn line(world: &World, account: &Account, change: &Change) -> String {
    let object = account.get(&change.collection, &change.id);
    let name = Kind::of_collection(&change.collection)
        .and_then(|kind| object.and_then(|object| text_of(object, kind.name_member())))
        .unwrap_or_default();
    let details: Vec<String> = change
        .after
        .iter()
        .filter(|_| change.operation != "CREATE")
        .map(|(member, after)| {
            format!("{member}: {} -> {after}", change.before.get(member).unwrap_or(&Value::Null))
        })
        .collect();
    let details = if details.is_empty() { operation(change).to_owned() } else { details.join("; ") };
    let source = if change.via_api { "Marketing API" } else { "TikTok Ads Manager" };
    let app = if change.via_api { "sandbox-client" } else { "" };
    let id = shown_id(world, object, change);
    let (stamp, kind) = (clock::stamp(change.at), object_type(change).unwrap_or_default());
    [&stamp, kind, id, name, &masked(&change.actor), source, app, &details].map(cell).join(",")
}

/// Operators are shown masked.
fn masked(actor: &str) -> String {
    let mut letters = actor.chars();
    letters
        .next()
        .map_or_else(String::new, |first| format!("{first}***{}", letters.next_back().unwrap_or(first)))
}

/// A CSV cell inside a Python bytes literal: quoted, with backslashes and apostrophes escaped.
fn cell(text: &str) -> String {
    let quoted = format!("\"{}\"", text.replace('"', "\"\""));
    let mut escaped = String::new();
    for character in quoted.chars() {
        match character {
            '\\' => escaped.push_str("\\\\"),
            '\'' => escaped.push_str("\\'"),
            other if other.is_ascii() => escaped.push(other),
            other => escaped.extend(other.to_string().bytes().map(|byte| format!("\\x{byte:02x}"))),
        }
    }
    escaped
}
