//! Labels: made by name, carried by objects, replaced as a whole list (meta-ads.md §9).

use serde_json::{Value, json};

use super::call::{Answer, Call};
use super::errors::GraphError;
use super::kind::Kind;
use super::store::{self, API, Node};
use crate::world::{Object, World};

/// Most labels that one object carries.
const MOST_PER_OBJECT: usize = 50;
/// Most labels of an account, unless option `meta.most_labels` says otherwise.
const MOST_PER_ACCOUNT: &str = "10000";
/// Whether assigning an unknown name makes the label (unverified): `on` or `off`.
const MADE_BY_ASSIGNING: &str = "meta.labels_made_by_assigning";

/// `POST act_N/adlabels`. A name that exists answers its id (unverified; `meta.label_names_unique` = `off`
/// makes a second label).
pub(super) fn create(call: &mut Call<'_>, account: &str) -> Result<Answer, GraphError> {
    let name = call.params.text("name").filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| GraphError::required("name"))?;
    let unique = call.world.option("meta.label_names_unique", "on") == "on";
    if let Some(id) = store::label_id(call.world, account, &name).filter(|_| unique) {
        return call.written(&Node::new(Kind::Label, account, &id), json!({"id": id}));
    }
    check_room(call.world, account, 1)?;
    call.create(account, Kind::Label, Object::from_iter([("name".to_owned(), json!(name))]))
}

/// `POST /{label}`: renames it everywhere.
pub(super) fn rename(call: &mut Call<'_>, node: &Node) -> Result<Answer, GraphError> {
    let name = call.params.text("name").filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| GraphError::required("name"))?;
    if call.validates_only() {
        return Ok(Answer::valid());
    }
    let former = store::object(call.world, &node.account, Kind::Label, &node.id).cloned().unwrap_or_default();
    let names = store::note_mut(call.world, "label_names");
    names.remove(&format!("{}/{}", node.account, store::text(&former, "name")));
    names.insert(format!("{}/{name}", node.account), json!(node.id));
    let changes = Object::from_iter([("name".to_owned(), json!(name))]);
    store::update(call.world, node, changes, API);
    rename_carried(call.world, node, &name);
    call.written(node, json!({"success": true}))
}

fn rename_carried(world: &mut World, node: &Node, name: &str) {
    let Some(account) = world.account_mut(crate::world::Vendor::Meta, &node.account) else { return };
    for collection in ["campaigns", "adsets", "ads", "adcreatives"] {
        for object in account.collection_mut(collection).values_mut() {
            let Some(Value::Array(labels)) = object.get_mut("adlabels") else { continue };
            for label in labels.iter_mut().filter(|label| label["id"] == node.id) {
                label["name"] = json!(name);
            }
        }
    }
}

/// `POST /{id}/adlabels` adds labels, `DELETE /{adset}/adlabels` removes them.
pub(super) fn edge(call: &mut Call<'_>, node: &Node) -> Result<Answer, GraphError> {
    let Some(Value::Array(given)) = call.params.json("adlabels") else {
        return Err(GraphError::required("adlabels"));
    };
    let current = store::object(call.world, &node.account, node.kind, &node.id);
    let mut labels: Vec<Value> =
        current.and_then(|object| object.get("adlabels")?.as_array().cloned()).unwrap_or_default();
    let same = |one: &Value, other: &Value| {
        ["id", "name"].iter().any(|key| !one[*key].is_null() && one[*key] == other[*key])
    };
    if call.method == "DELETE" {
        labels.retain(|label| !given.iter().any(|entry| same(label, entry)));
    } else {
        let new: Vec<Value> =
            given.into_iter().filter(|entry| !labels.iter().any(|label| same(label, entry))).collect();
        labels.extend(new);
    }
    call.update(node, Object::from_iter([("adlabels".to_owned(), Value::Array(labels))]))
}

/// Refuses a list of labels that cannot be assigned.
pub(super) fn check(world: &World, account: &str, object: &Object) -> Result<(), GraphError> {
    let Some(Value::Array(entries)) = object.get("adlabels") else { return Ok(()) };
    if entries.len() > MOST_PER_OBJECT {
        let text = format!("An object can carry {MOST_PER_OBJECT} labels.");
        return Err(GraphError::parameter("adlabels", "Too many labels", text));
    }
    let mut unknown = 0;
    for entry in entries {
        match resolve(world, account, entry)? {
            Label::Known { .. } => {}
            Label::Unknown(_) => unknown += 1,
        }
    }
    if unknown > 0 && world.option(MADE_BY_ASSIGNING, "on") != "on" {
        let text = "One of the labels does not exist in this account.";
        return Err(GraphError::parameter("adlabels", "Unknown label", text));
    }
    check_room(world, account, unknown)
}

fn check_room(world: &World, account: &str, more: usize) -> Result<(), GraphError> {
    let most: usize = world.option("meta.most_labels", MOST_PER_ACCOUNT).parse().unwrap_or(10_000);
    let held = store::account(world, account)
        .and_then(|found| found.collection("adlabels"))
        .map_or(0, crate::world::Collection::len);
    if held + more <= most {
        return Ok(());
    }
    let text = format!("An account can hold {most} labels.");
    Err(GraphError::parameter("adlabels", "Too many labels", text))
}

enum Label {
    Known { id: String, name: String },
    Unknown(String),
}

fn resolve(world: &World, account: &str, entry: &Value) -> Result<Label, GraphError> {
    let id = match &entry["id"] {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    };
    if let Some(id) = id {
        let label = store::object(world, account, Kind::Label, &id).ok_or_else(|| {
            GraphError::parameter(
                "adlabels",
                "Unknown label",
                format!("Label {id} does not exist in this account."),
            )
        })?;
        return Ok(Label::Known { name: store::text(label, "name").to_owned(), id });
    }
    let name = entry["name"].as_str().filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| GraphError::must_be("adlabels", "a list of objects with id or name"))?;
    Ok(match store::label_id(world, account, name) {
        Some(id) => Label::Known { id, name: name.to_owned() },
        None => Label::Unknown(name.to_owned()),
    })
}

/// Replaces the entries of a checked list by ids and names, making labels that do not exist.
pub(super) fn settle(world: &mut World, account: &str, object: &mut Object) {
    let Some(Value::Array(entries)) = object.remove("adlabels") else { return };
    let mut labels: Vec<Value> = Vec::new();
    for entry in &entries {
        let label = match resolve(world, account, entry) {
            Ok(Label::Known { id, name }) => json!({"id": id, "name": name}),
            Ok(Label::Unknown(name)) => json!({"id": make(world, account, &name), "name": name}),
            Err(_) => continue,
        };
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    // The order of a list is the server's own: by id here.
    labels.sort_by(|one, other| one["id"].as_str().cmp(&other["id"].as_str()));
    object.insert("adlabels".to_owned(), Value::Array(labels));
}

fn make(world: &mut World, account: &str, name: &str) -> String {
    let id = store::fresh_id(world);
    let stamp = store::clock(world, account).format(world.now);
    let label = Object::from_iter([
        ("id".to_owned(), json!(id)),
        ("account_id".to_owned(), json!(account)),
        ("name".to_owned(), json!(name)),
        ("created_time".to_owned(), json!(stamp)),
        ("updated_time".to_owned(), json!(stamp)),
    ]);
    store::insert(world, account, Kind::Label, &id, label);
    id
}
