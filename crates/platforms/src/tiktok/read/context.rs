//! What turning the vendor's objects into observed ones needs besides the objects.

use std::collections::HashMap;
use std::sync::Arc;

use adplane_core::address::Kind;
use adplane_core::field::Values;
use adplane_core::ids::ExternalId;
use adplane_core::money::Currency;
use adplane_core::observed::ObservedObject;
use adplane_core::time::Zone;
use adplane_core::value::Value;
use serde_json::{Value as Json, json};

use super::status::status;
use crate::tiktok::calls::Level;
use crate::tiktok::wire::{self, Lane, Object, amount, name, time};

/// Shared by all objects of one observation.
pub(crate) struct Context {
    /// Currency of the account.
    pub currency: Currency,
    /// Zone of the account.
    pub zone: Zone,
    /// Region codes by the vendor's location id.
    pub regions: HashMap<String, String>,
    /// Digests by the vendor's id of an image or a video.
    pub digests: HashMap<String, String>,
    /// Calls to action by portfolio id.
    pub portfolios: HashMap<String, String>,
}

impl Context {
    /// An image or a video as a reference: by digest where we uploaded it.
    pub(crate) fn asset(&self, id: &str) -> String {
        self.digests.get(id).map_or_else(|| format!("id:{id}"), |digest| format!("sha256:{digest}"))
    }

    /// A campaign's or ad group's own budget.
    pub(crate) fn budget(&self, raw: &Object, fields: &mut Values) {
        let path = match wire::word(raw, "budget_mode") {
            Some("BUDGET_MODE_DAY" | "BUDGET_MODE_DYNAMIC_DAILY_BUDGET") => "budget.daily",
            Some("BUDGET_MODE_TOTAL") => "budget.total",
            _ => return,
        };
        if let Some(money) = raw.get("budget").and_then(|budget| amount::from_json(budget, self.currency)) {
            fields.insert(path.into(), Value::Money(money));
        }
    }
}

/// What every kind has: id, name, marker, state, status. `None` for an object without an id.
pub(crate) fn start(raw: &Object, lane: Lane, level: Level) -> Option<ObservedObject> {
    let kind = match level {
        Level::Campaign => Kind::Campaign,
        Level::AdGroup => Kind::AdGroup,
        Level::Ad => Kind::Ad,
    };
    let id = ExternalId::new(wire::text(raw, level.id_member(lane))?).ok()?;
    let mut object = ObservedObject::new(kind, id);
    let full = wire::text(raw, level.name_member()).unwrap_or_default();
    let (display, marker) = name::split(&full);
    object.fields.insert("displayName".into(), Value::text(display));
    object.marker = marker;
    let operation = wire::word(raw, "operation_status");
    let state = if operation == Some("ENABLE") { "Active" } else { "Paused" };
    object.fields.insert("state".into(), Value::text(state));
    if operation == Some("FROZEN") {
        object.read_only = Some("TikTok froze it: it cannot be enabled again".to_owned());
    }
    object.status = status(wire::word(raw, "secondary_status"));
    object.created = wire::word(raw, "create_time").and_then(time::from_text);
    Some(object)
}

/// Whether the vendor calls an object removed.
pub(crate) fn is_deleted(raw: &Object) -> bool {
    wire::word(raw, "operation_status") == Some("DELETE")
        || wire::word(raw, "secondary_status").is_some_and(|status| {
            matches!(status, "CAMPAIGN_STATUS_DELETE" | "ADGROUP_STATUS_DELETE" | "AD_STATUS_DELETE")
        })
}

/// What writes need back: the object as read, its lane, and what its campaign says.
pub(crate) fn native(raw: Object, lane: Lane, objective: &str, campaign_budget: bool) -> Arc<Json> {
    Arc::new(json!({
        "lane": lane.word(),
        "objective": objective,
        "campaign_budget": campaign_budget,
        "object": Json::Object(raw),
    }))
}

/// Copies members that read and write alike: `(member, form)` to `tiktok.<member>`.
pub(crate) fn pass_through(raw: &Object, members: &[(&str, Form)], prefix: &str, fields: &mut Values) {
    for (member, form) in members {
        let Some(json) = raw.get(*member).filter(|json| !json.is_null()) else { continue };
        let value = match form {
            Form::Text => json.as_str().filter(|text| !text.is_empty() && *text != "UNSET").map(Value::text),
            Form::Id => wire::text(raw, member).filter(|id| id != "0").map(Value::text),
            Form::Flag => json.as_bool().map(Value::Bool),
            Form::Number => json.as_i64().filter(|number| *number > 0).map(Value::Integer),
            Form::Set => json.is_array().then(|| Value::text_set(wire::texts(raw, member))),
        };
        if let Some(value) = value {
            fields.insert(format!("{prefix}{member}").as_str().into(), value);
        }
    }
}

/// How a member that passes through is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A word; empty and `UNSET` count as absent.
    Text,
    /// An id, whatever its JSON type; `0` counts as absent.
    Id,
    /// True or false.
    Flag,
    /// A whole number; 0 counts as absent.
    Number,
    /// A set of words.
    Set,
}
