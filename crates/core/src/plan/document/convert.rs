//! Between the plan and its document, both ways.

use std::collections::{BTreeMap, HashMap};

use super::file::UNSET;
use super::value_type::{ValueType, decode, encode};
use super::{
    DocumentAccount, DocumentChange, DocumentField, DocumentFreeze, DocumentPrecondition, DocumentRaise,
    FORMAT_VERSION, FrozenAccount, PlanDocument, Quota, Scope, Summary,
};
use crate::address::{AccountKey, Kind};
use crate::approval::ApprovalPolicy;
use crate::asset::{AssetRef, Assets};
use crate::desired::Desired;
use crate::field::FieldPath;
use crate::freeze::Freeze;
use crate::ids::ExternalId;
use crate::marker::{IdentityKey, Marker};
use crate::money::{Currency, Money};
use crate::observed::{Observed, ObservedObject};
use crate::plan::freezes::waits;
use crate::plan::{Action, Change, FieldChange, Plan, PlanHash, Precondition, Step};
use crate::time::Zone;
use crate::value::Value;

/// What a document says besides the plan itself.
#[derive(Debug, Clone, Copy)]
pub struct DocumentContext<'a> {
    /// What was wanted.
    pub desired: &'a Desired,
    /// What was live.
    pub observed: &'a Observed,
    /// The engine's name and version; part of the hash.
    pub engine: &'a str,
    /// The approval policy, if any.
    pub approvals: Option<&'a serde_json::Value>,
}

/// Why a document cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDocument {
    /// Another form.
    #[error("the plan has format version {0}, this adplane reads version {FORMAT_VERSION}: plan again")]
    Version(u32),
    /// It ends too early.
    #[error("the plan is cut off: its file ends in the middle")]
    Truncated,
    /// It is not a plan document.
    #[error("this is not a plan document: {0}")]
    Unreadable(String),
    /// Something outside of what is hashed was changed in its file.
    #[error("the plan's file was changed after it was saved: it does not match its digest")]
    Digest,
    /// Its content does not have its hash.
    #[error("the plan was changed after it was made: its content does not match its hash")]
    Hash,
    /// A value does not have its type, or an index points nowhere.
    #[error("the plan is damaged: {0}")]
    Damaged(String),
}

impl PlanDocument {
    /// The document of a plan.
    pub fn new(plan: &Plan, context: &DocumentContext<'_>) -> Self {
        let mut summary = Summary::default();
        let mut kept: Vec<Option<usize>> = Vec::with_capacity(plan.changes.len());
        let mut changes = Vec::new();
        let live = live_ads(context.observed);
        for change in &plan.changes {
            summary.count(change.action);
            kept.push((change.action != Action::None).then_some(changes.len()));
            if change.action != Action::None {
                let breaks = plan.breaks.get(&change.address).cloned().unwrap_or_default();
                changes.push(DocumentChange {
                    breaks,
                    frozen: waits(change, &plan.frozen),
                    unchanged: unchanged(change, &live),
                    ..document_change(change)
                });
            }
        }
        let steps: Vec<Step> = plan
            .steps
            .iter()
            .filter_map(|step| Some(Step { change: *kept.get(step.change)?.as_ref()?, ..step.clone() }))
            .collect();
        let mut document = Self {
            format_version: FORMAT_VERSION,
            engine: context.engine.to_owned(),
            hash: String::new(),
            digest: UNSET.to_owned(),
            project: context.desired.project.clone(),
            scope: scope(plan, context.desired),
            classes: plan.classes.clone(),
            raises: raises(plan, context.approvals),
            quota: quota(&changes, &steps, context.observed),
            assets: assets(plan, &changes, context.desired),
            changes,
            steps,
            money: super::money::money(plan),
            policy: plan.policy.clone(),
            diagnostics: plan.diagnostics.clone(),
            summary,
            approvals: context.approvals.cloned(),
            authors: Vec::new(),
            root: None,
            freezes: plan.freezes.iter().map(document_freeze).collect(),
            labels: plan.labels.clone(),
            range: None,
            drift: Vec::new(),
            overrides: plan.overrides.clone(),
        };
        document.seal();
        document
    }

    /// The plan to apply: refuses another version, a changed document and damaged values.
    ///
    /// # Errors
    /// See [`InvalidDocument`].
    pub fn to_plan(&self) -> Result<Plan, InvalidDocument> {
        if self.format_version != FORMAT_VERSION {
            return Err(InvalidDocument::Version(self.format_version));
        }
        if PlanHash::of(self).to_string() != self.hash {
            return Err(InvalidDocument::Hash);
        }
        if let Some(step) = self.steps.iter().find(|step| step.change >= self.changes.len()) {
            return Err(InvalidDocument::Damaged(format!("a step names change {}", step.change)));
        }
        Ok(Plan {
            accounts: self
                .scope
                .accounts
                .iter()
                .map(|account| AccountKey {
                    namespace: account.namespace.clone(),
                    name: account.name.clone(),
                })
                .collect(),
            changes: self.changes.iter().map(plan_change).collect::<Result<_, _>>()?,
            steps: self.steps.clone(),
            diagnostics: self.diagnostics.clone(),
            money: Vec::new(),
            classes: self.classes.clone(),
            raises: self
                .raises
                .iter()
                .map(|(code, raise)| {
                    let unknown = || InvalidDocument::Damaged(format!("`{code}` is not a currency"));
                    Ok((Currency::parse(code).ok_or_else(unknown)?, raise.daily))
                })
                .collect::<Result<_, _>>()?,
            freezes: self.freezes.iter().map(plan_freeze).collect(),
            frozen: BTreeMap::new(),
            labels: self.labels.clone(),
            policy: self.policy.clone(),
            breaks: BTreeMap::new(),
            overrides: self.overrides.clone(),
        })
    }
}

fn scope(plan: &Plan, desired: &Desired) -> Scope {
    let accounts = plan
        .accounts
        .iter()
        .filter_map(|key| desired.accounts.get(key))
        .map(|account| DocumentAccount {
            namespace: account.key.namespace.clone(),
            name: account.key.name.clone(),
            platform: account.platform,
            account_id: account.account_id.clone(),
            currency: account.currency,
            time_zone: account.zone.clone(),
            connection: account.connection.clone(),
        })
        .collect();
    Scope { accounts, complete: desired.complete }
}

fn quota(changes: &[DocumentChange], steps: &[Step], observed: &Observed) -> BTreeMap<String, Quota> {
    let mut quota: BTreeMap<String, Quota> = BTreeMap::new();
    for step in steps {
        let key = changes[step.change].address.account_key();
        let left = observed.accounts.get(&key).and_then(|account| account.quota_left);
        quota.entry(key.to_string()).or_insert(Quota { operations: 0, left }).operations += 1;
    }
    quota
}

/// Assets that the plan's fields refer to, or that a changing ad goes on showing, and no others.
fn assets(plan: &Plan, changes: &[DocumentChange], desired: &Desired) -> Assets {
    let mut assets = Assets::new();
    for json in changes.iter().flat_map(|change| change.unchanged.values()) {
        collect_shown(json, desired, &mut assets);
    }
    let writing = plan.changes.iter().filter(|change| change.action.writes());
    let values = writing.flat_map(|change| &change.fields).filter_map(|field| field.after.as_ref());
    for value in values {
        collect_assets(value, desired, &mut assets);
    }
    assets
}

fn collect_shown(json: &serde_json::Value, desired: &Desired, into: &mut Assets) {
    match json {
        serde_json::Value::String(text) => collect_assets(&Value::text(text), desired, into),
        serde_json::Value::Array(members) => {
            for member in members {
                collect_shown(member, desired, into);
            }
        }
        serde_json::Value::Object(members) => {
            for member in members.values() {
                collect_shown(member, desired, into);
            }
        }
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
    }
}

fn collect_assets(value: &Value, desired: &Desired, into: &mut Assets) {
    match value {
        Value::Text(text) => {
            if let Some(AssetRef::Digest(digest)) = AssetRef::parse(text)
                && let Some(asset) = desired.assets.get(digest.as_str())
            {
                into.insert(digest.to_string(), asset.clone());
            }
        }
        Value::Set(members) | Value::List(members) => {
            for member in members {
                collect_assets(member, desired, into);
            }
        }
        Value::Map(entries) => {
            for member in entries.values() {
                collect_assets(member, desired, into);
            }
        }
        Value::Bool(_) | Value::Integer(_) | Value::Decimal(_) | Value::Money(_) | Value::Time(_) => {}
    }
}

fn raises(plan: &Plan, approvals: Option<&serde_json::Value>) -> BTreeMap<String, DocumentRaise> {
    let policy: ApprovalPolicy =
        approvals.and_then(|json| serde_json::from_value(json.clone()).ok()).unwrap_or_default();
    let raise = |(currency, daily): (&Currency, &Option<Money>)| {
        (currency.to_string(), DocumentRaise { daily: *daily, within: policy.within(*daily) })
    };
    plan.raises.iter().map(raise).collect()
}

fn document_change(change: &Change) -> DocumentChange {
    let Change {
        address,
        display_name,
        action,
        class,
        id,
        superseded,
        parent,
        parent_id,
        budget,
        budget_id,
        marker,
        fields,
        reasons,
        preconditions,
        origin,
    } = change;
    DocumentChange {
        address: address.clone(),
        display_name: display_name.clone(),
        action: *action,
        class: class.clone(),
        id: id.clone(),
        superseded: superseded.clone(),
        parent: parent.clone(),
        parent_id: parent_id.clone(),
        budget: budget.clone(),
        budget_id: budget_id.clone(),
        marker: marker.as_ref().map(ToString::to_string),
        fields: fields.iter().map(document_field).collect(),
        reasons: reasons.clone(),
        preconditions: preconditions.iter().map(document_precondition).collect(),
        breaks: Vec::new(),
        unchanged: BTreeMap::new(),
        origin: origin.clone(),
        frozen: None,
    }
}

fn document_freeze(freeze: &Freeze) -> DocumentFreeze {
    let Freeze { window, rules, allow, reason, accounts, changes } = freeze;
    let account = |(key, zone): (&AccountKey, &Zone)| FrozenAccount {
        namespace: key.namespace.clone(),
        name: key.name.clone(),
        time_zone: zone.clone(),
    };
    DocumentFreeze {
        window: window.clone(),
        allow: *allow,
        reason: reason.clone(),
        rules: rules.clone(),
        accounts: accounts.iter().map(account).collect(),
        changes: changes.as_ref().map(|changes| changes.iter().cloned().collect()),
    }
}

fn plan_freeze(freeze: &DocumentFreeze) -> Freeze {
    let DocumentFreeze { window, allow, reason, rules, accounts, changes } = freeze;
    let account = |account: &FrozenAccount| {
        let key = AccountKey { namespace: account.namespace.clone(), name: account.name.clone() };
        (key, account.time_zone.clone())
    };
    Freeze {
        window: window.clone(),
        rules: rules.clone(),
        allow: *allow,
        reason: reason.clone(),
        accounts: accounts.iter().map(account).collect(),
        changes: changes.as_ref().map(|changes| changes.iter().cloned().collect()),
    }
}

type LiveAds<'a> = HashMap<(AccountKey, &'a ExternalId), &'a ObservedObject>;

fn live_ads(observed: &Observed) -> LiveAds<'_> {
    let accounts = observed.accounts.iter();
    let ads = accounts.flat_map(|(key, account)| account.objects.iter().map(move |object| (key, object)));
    ads.filter(|(_, object)| object.kind == Kind::Ad)
        .map(|(key, object)| ((key.clone(), &object.id), object))
        .collect()
}

/// What an ad goes on showing where only a part of it changes.
fn unchanged(change: &Change, live: &LiveAds<'_>) -> BTreeMap<FieldPath, serde_json::Value> {
    if change.address.kind != Kind::Ad || !matches!(change.action, Action::Update | Action::Adopt) {
        return BTreeMap::new();
    }
    let found = change.id.as_ref().and_then(|id| live.get(&(change.address.account_key(), id)));
    let fields = found.into_iter().flat_map(|object| &object.fields);
    fields
        .filter(|(path, _)| path.is_within("creative") && change.field(path.as_str()).is_none())
        .map(|(path, value)| (path.clone(), encode(value)))
        .collect()
}

fn document_field(field: &FieldChange) -> DocumentField {
    let FieldChange { path, before, after, origin, source, owner, immutable, resets_learning, needs_review } =
        field;
    DocumentField {
        path: path.clone(),
        value_type: ValueType::of(before.iter().chain(after)).to_string(),
        before: before.as_ref().map(encode),
        after: after.as_ref().map(encode),
        origin: origin.clone(),
        source: *source,
        owner: owner.clone(),
        sensitive: false,
        immutable: *immutable,
        resets_learning: *resets_learning,
        needs_review: *needs_review,
    }
}

fn document_precondition(precondition: &Precondition) -> DocumentPrecondition {
    match precondition {
        Precondition::Absent { key } => DocumentPrecondition::Absent { key: key.as_str().to_owned() },
        Precondition::Exists { id } => DocumentPrecondition::Exists { id: id.clone() },
        Precondition::Marker { id, marker } => {
            DocumentPrecondition::Marker { id: id.clone(), marker: marker.as_ref().map(ToString::to_string) }
        }
        Precondition::Members { id, of, members } => {
            DocumentPrecondition::Members { id: id.clone(), of: *of, members: members.clone() }
        }
        Precondition::NoLookAlike { name, parent } => {
            DocumentPrecondition::NoLookAlike { name: name.clone(), parent: parent.clone() }
        }
        Precondition::Field { id, path, value } => DocumentPrecondition::Field {
            id: id.clone(),
            path: path.clone(),
            value_type: ValueType::of(value).to_string(),
            value: value.as_ref().map(encode),
        },
    }
}

/// Reads a value of a stated type.
fn read(
    json: Option<&serde_json::Value>,
    value_type: &str,
    path: &FieldPath,
) -> Result<Option<Value>, InvalidDocument> {
    let damaged = || InvalidDocument::Damaged(format!("`{path}` is not a value of type `{value_type}`"));
    let of: ValueType = value_type.parse().map_err(|_| damaged())?;
    json.map(|json| decode(json, &of).ok_or_else(damaged)).transpose()
}

fn read_marker(text: Option<&String>) -> Result<Option<Marker>, InvalidDocument> {
    text.map(|text| text.parse().map_err(|_| InvalidDocument::Damaged(format!("`{text}` is not a marker"))))
        .transpose()
}

fn plan_change(change: &DocumentChange) -> Result<Change, InvalidDocument> {
    Ok(Change {
        address: change.address.clone(),
        display_name: change.display_name.clone(),
        action: change.action,
        class: change.class.clone(),
        id: change.id.clone(),
        superseded: change.superseded.clone(),
        parent: change.parent.clone(),
        parent_id: change.parent_id.clone(),
        budget: change.budget.clone(),
        budget_id: change.budget_id.clone(),
        marker: read_marker(change.marker.as_ref())?,
        fields: change.fields.iter().map(plan_field).collect::<Result<_, _>>()?,
        reasons: change.reasons.clone(),
        preconditions: change.preconditions.iter().map(plan_precondition).collect::<Result<_, _>>()?,
        origin: change.origin.clone(),
    })
}

fn plan_field(field: &DocumentField) -> Result<FieldChange, InvalidDocument> {
    Ok(FieldChange {
        path: field.path.clone(),
        before: read(field.before.as_ref(), &field.value_type, &field.path)?,
        after: read(field.after.as_ref(), &field.value_type, &field.path)?,
        origin: field.origin.clone(),
        source: field.source,
        owner: field.owner.clone(),
        immutable: field.immutable,
        resets_learning: field.resets_learning,
        needs_review: field.needs_review,
    })
}

fn plan_precondition(precondition: &DocumentPrecondition) -> Result<Precondition, InvalidDocument> {
    Ok(match precondition {
        DocumentPrecondition::Absent { key } => Precondition::Absent {
            key: IdentityKey::parse(key)
                .ok_or_else(|| InvalidDocument::Damaged(format!("`{key}` is not an identity key")))?,
        },
        DocumentPrecondition::Exists { id } => Precondition::Exists { id: id.clone() },
        DocumentPrecondition::Marker { id, marker } => {
            Precondition::Marker { id: id.clone(), marker: read_marker(marker.as_ref())? }
        }
        DocumentPrecondition::Members { id, of, members } => {
            Precondition::Members { id: id.clone(), of: *of, members: members.clone() }
        }
        DocumentPrecondition::NoLookAlike { name, parent } => {
            Precondition::NoLookAlike { name: name.clone(), parent: parent.clone() }
        }
        DocumentPrecondition::Field { id, path, value_type, value } => Precondition::Field {
            id: id.clone(),
            path: path.clone(),
            value: read(value.as_ref(), value_type, path)?,
        },
    })
}
