//! Reading nodes: stored and computed fields, references to other nodes, expansion (meta-ads.md §1.3).

use serde_json::{Map, Value, json};

use super::errors::GraphError;
use super::fields::{self, Field};
use super::kind::Kind;
use super::params::{self, Params};
use super::store::{self, Node};
use super::{accounts, ad_sets, campaigns, creatives, images, lists, status, time, videos};
use crate::world::{Object, World};

/// What reading needs besides the node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    /// The world.
    pub(super) world: &'a World,
    /// The URL root that the client used.
    pub(super) base_url: &'a str,
    /// The version segment of links.
    pub(super) version: &'a str,
    /// Whether instants are answered as Unix seconds (`date_format=U`).
    pub(super) unix_times: bool,
}

/// The fields that parameters name, or the kind's own.
pub(super) fn wanted(params: &Params, kind: Kind) -> Result<Vec<Field>, GraphError> {
    match params.json("fields") {
        Some(Value::Array(names)) => {
            fields::parse(&names.iter().map(params::plain).collect::<Vec<_>>().join(","))
        }
        Some(text) if !params::plain(&text).trim().is_empty() => fields::parse(&params::plain(&text)),
        _ => Ok(default_fields(kind)),
    }
}

/// Refuses fields that no node of a kind has, whether there are nodes or not.
pub(super) fn check_names(wanted: &[Field], kind: Kind) -> Result<(), GraphError> {
    match wanted.iter().find(|field| !kind.has_field(&field.name) && !kind.has_edge(&field.name)) {
        Some(field) => Err(no_such_field(&field.name, kind)),
        None => Ok(()),
    }
}

fn no_such_field(name: &str, kind: Kind) -> GraphError {
    let kind = kind.type_name();
    GraphError::invalid(format!("Tried accessing nonexisting field ({name}) on node type ({kind})"))
}

/// The fields answered when none are named.
pub(super) fn default_fields(kind: Kind) -> Vec<Field> {
    kind.default_fields().iter().map(|name| Field::plain(name)).collect()
}

impl Reader<'_> {
    /// A node with the wanted fields; `id` is always there, absent values never are.
    pub(super) fn node(&self, node: &Node, wanted: &[Field]) -> Result<Value, GraphError> {
        let object = self.object(node).ok_or_else(|| GraphError::missing(&node.id, "get"))?;
        let mut answer = Map::new();
        for field in wanted {
            if let Some(value) = self.field(node, &object, field)? {
                answer.insert(field.alias.clone(), value);
            }
        }
        answer.entry("id").or_insert_with(|| json!(node.id));
        Ok(Value::Object(answer))
    }

    /// The stored object of a node.
    fn object(&self, node: &Node) -> Option<std::borrow::Cow<'_, Object>> {
        use std::borrow::Cow;
        match node.kind {
            Kind::Account => Some(Cow::Borrowed(&store::account(self.world, &node.account)?.object)),
            Kind::Page | Kind::Pixel | Kind::Audience | Kind::ReportRun => {
                let nodes = store::note(self.world, node.kind.note()?)?;
                nodes.get(&node.id)?.as_object().map(Cow::Borrowed)
            }
            Kind::User => {
                let (id, name) = store::API_USER;
                Some(Cow::Owned(Object::from_iter([("id".into(), json!(id)), ("name".into(), json!(name))])))
            }
            kind => store::object(self.world, &node.account, kind, &node.id).map(Cow::Borrowed),
        }
    }

    fn field(&self, node: &Node, object: &Object, field: &Field) -> Result<Option<Value>, GraphError> {
        let name = field.name.as_str();
        if node.kind.has_field(name) {
            if let Some(target) = reference(node, object, name) {
                return self.reference(&target, field);
            }
            let value = self.value(node, object, name);
            return Ok(value.map(|value| self.shape(node, value, field)));
        }
        if node.kind.has_edge(name) {
            let params = Params::from_pairs(&field.modifiers);
            return lists::edge(self, node, name, &params, field.sub.as_deref()).map(Some);
        }
        Err(no_such_field(name, node.kind))
    }

    /// A stored or computed value.
    fn value(&self, node: &Node, object: &Object, name: &str) -> Option<Value> {
        let computed = match (node.kind, name) {
            (_, "id") => Some(json!(node.id)),
            (Kind::Campaign | Kind::AdSet | Kind::Ad, "effective_status") => {
                // Words that nothing here leads to come by `/_sandbox/edit`: reads may show any (§8).
                let edited = object.get(name).filter(|word| word.is_string()).cloned();
                edited.or_else(|| Some(json!(status::effective(self.world, node, object))))
            }
            (Kind::Campaign | Kind::AdSet | Kind::Ad, "configured_status") => object.get("status").cloned(),
            (Kind::Account, _) => accounts::computed(self.world, object, name),
            (Kind::Campaign, _) => campaigns::computed(self.world, node, object, name),
            (Kind::AdSet, _) => return ad_sets::computed(self.world, node, object, name),
            (Kind::Ad, "targeting") => {
                let set =
                    store::object(self.world, &node.account, Kind::AdSet, store::text(object, "adset_id"));
                set.and_then(|set| set.get("targeting").cloned())
            }
            (Kind::Creative, _) => creatives::computed(self, object, name),
            (Kind::Image, _) => images::computed(self, object, name),
            (Kind::Video, _) => videos::computed(self, object, name),
            _ => None,
        };
        computed.or_else(|| object.get(name).cloned()).filter(|value| !value.is_null())
    }

    fn reference(&self, target: &Node, field: &Field) -> Result<Option<Value>, GraphError> {
        let wanted = field.sub.clone().unwrap_or_else(|| vec![Field::plain("id")]);
        match self.node(target, &wanted) {
            // What a reference leads to may be gone; the field is then absent.
            Err(error) if error.subcode == Some(33) => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Cuts a value down to its sub-fields, and turns instants into numbers when asked to.
    fn shape(&self, node: &Node, value: Value, field: &Field) -> Value {
        let value = match &field.sub {
            Some(sub) => trim(value, sub),
            None => value,
        };
        let is_time = self.unix_times && field.name.ends_with("_time");
        match value.as_str().and_then(time::parse_instant).filter(|_| is_time && node.kind != Kind::Label) {
            Some(instant) => json!(instant.as_second()),
            None => value,
        }
    }
}

/// The node that a field refers to.
fn reference(node: &Node, object: &Object, name: &str) -> Option<Node> {
    let to = |kind: Kind, key: &str| {
        let id = store::text(object, key);
        (!id.is_empty()).then(|| Node::new(kind, &node.account, id))
    };
    match (node.kind, name) {
        (Kind::AdSet | Kind::Ad, "campaign") => to(Kind::Campaign, "campaign_id"),
        (Kind::Ad, "adset") => to(Kind::AdSet, "adset_id"),
        (Kind::Ad, "creative") => {
            let id = object.get("creative")?.get("id")?.as_str()?;
            Some(Node::new(Kind::Creative, &node.account, id))
        }
        (Kind::Label, "account") => Some(Node::account(&node.account)),
        _ => None,
    }
}

/// Keeps the named members of an object, or of each object in a list.
fn trim(value: Value, sub: &[Field]) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(|item| trim(item, sub)).collect()),
        Value::Object(mut map) => {
            let mut kept = Map::new();
            for field in sub {
                if let Some(member) = map.remove(&field.name) {
                    let member = field.sub.as_ref().map_or(member.clone(), |sub| trim(member, sub));
                    kept.insert(field.alias.clone(), member);
                }
            }
            if let Some(id) = map.remove("id") {
                kept.insert("id".into(), id);
            }
            Value::Object(kept)
        }
        other => other,
    }
}
