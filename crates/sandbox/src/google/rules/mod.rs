//! What only one resource knows: its defaults, limits, uniqueness, and what its removal takes along.

pub(super) mod ad;
pub(super) mod ad_group;
pub(super) mod asset;
pub(super) mod asset_group;
pub(super) mod bidding;
pub(super) mod budget;
pub(super) mod campaign;
pub(super) mod criterion;
pub(super) mod customer;
mod formats;
mod link;
mod rsa;
mod schedule;
mod shared;
pub(super) mod text;
mod urls;

pub(super) use self::schedule::minutes as schedule_minutes;

use serde_json::{Value, json};

use super::errors::{ApiError, Path};
use super::mutate::Transaction;
use super::names;
use super::resource::{Resource, by_collection};
use crate::world::Object;

/// One object about to be stored.
pub(super) struct Check<'c, 'w> {
    pub(super) tx: &'c mut Transaction<'w>,
    pub(super) resource: &'static Resource,
    /// Absent for a create.
    pub(super) id: Option<String>,
    pub(super) old: Option<Object>,
    pub(super) new: Object,
    /// Policy topics the client asks to be ignored.
    pub(super) topics: &'c [String],
    touched: Vec<String>,
    path: Path,
    errors: &'c mut Vec<ApiError>,
}

impl<'c, 'w> Check<'c, 'w> {
    pub(super) fn of_create(
        tx: &'c mut Transaction<'w>,
        resource: &'static Resource,
        new: Object,
        path: Path,
        topics: &'c [String],
        errors: &'c mut Vec<ApiError>,
    ) -> Self {
        Self { tx, resource, id: None, old: None, new, topics, touched: Vec::new(), path, errors }
    }

    pub(super) fn of_update(
        tx: &'c mut Transaction<'w>,
        resource: &'static Resource,
        id: &str,
        (old, new): (Object, Object),
        touched: Vec<String>,
        path: Path,
        errors: &'c mut Vec<ApiError>,
    ) -> Self {
        Self {
            tx,
            resource,
            id: Some(id.to_owned()),
            old: Some(old),
            new,
            topics: &[],
            touched,
            path,
            errors,
        }
    }

    pub(super) fn is_create(&self) -> bool {
        self.old.is_none()
    }

    /// Whether a field, or something inside it, is written by this operation.
    pub(super) fn writes(&self, field: &str) -> bool {
        if self.is_create() {
            return self.new.contains_key(field);
        }
        self.touched
            .iter()
            .any(|path| path.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    }

    /// A text member, empty when absent.
    pub(super) fn text(&self, field: &str) -> &str {
        text_of(&self.new, field)
    }

    pub(super) fn flag(&self, field: &str) -> bool {
        self.new.get(field) == Some(&Value::Bool(true))
    }

    /// A 64-bit member.
    pub(super) fn int(&self, field: &str) -> Option<i64> {
        int_of(&self.new, field)
    }

    /// Fills in what the client left out.
    pub(super) fn default(&mut self, field: &str, value: Value) {
        if !self.new.contains_key(field) {
            self.new.insert(field.to_owned(), value);
        }
    }

    /// Files an error at a field, with its value as trigger.
    pub(super) fn fail(&mut self, family: &'static str, code: &'static str, field: &str, message: &str) {
        let trigger = lookup(&self.new, field).cloned().unwrap_or(Value::Null);
        self.errors.push(ApiError::new(family, code, message).trigger(&trigger).at(self.path.at(field)));
    }

    /// Files an error that was made elsewhere.
    pub(super) fn push(&mut self, error: ApiError, field: &str) {
        self.errors.push(error.at(self.path.at(field)));
    }

    /// Files a missing field.
    pub(super) fn require(&mut self, field: &str) {
        self.fail("fieldError", "REQUIRED", field, "The required field was not present.");
    }

    /// The object that a reference field points to.
    pub(super) fn referenced(&self, field: &str) -> Option<&Object> {
        self.tx.follow(self.text(field))
    }
}

/// A text member, empty when absent.
pub(super) fn text_of<'a>(object: &'a Object, field: &str) -> &'a str {
    object.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// A 64-bit member.
pub(super) fn int_of(object: &Object, field: &str) -> Option<i64> {
    object.get(field).and_then(Value::as_str).and_then(|text| text.parse().ok())
}

/// The value at a dotted path such as `ad.responsiveSearchAd.headlines[1].text`.
fn lookup<'a>(object: &'a Object, path: &str) -> Option<&'a Value> {
    let mut parts = path.split('.');
    let mut value = member(object, parts.next()?)?;
    for part in parts {
        value = member(value.as_object()?, part)?;
    }
    Some(value)
}

fn member<'a>(object: &'a Object, part: &str) -> Option<&'a Value> {
    match part.split_once('[') {
        None => object.get(part),
        Some((name, index)) => object.get(name)?.get(index.trim_end_matches(']').parse::<usize>().ok()?),
    }
}

/// Checks an object and fills in the vendor's defaults.
pub(super) fn check(check: &mut Check<'_, '_>) {
    match check.resource.collection {
        "campaignBudgets" => budget::check(check),
        "campaigns" => campaign::check(check),
        "adGroups" => ad_group::check(check),
        "adGroupAds" => ad::check_in_group(check),
        "ads" => ad::check_update(check),
        "adGroupCriteria" => criterion::check_in_ad_group(check),
        "campaignCriteria" => criterion::check_in_campaign(check),
        "assets" => asset::check(check),
        "campaignAssets" | "adGroupAssets" | "customerAssets" | "assetGroupAssets" => link::check(check),
        "assetGroups" => asset_group::check(check),
        "assetGroupSignals" => asset_group::check_signal(check),
        "labels" => shared::check_label(check),
        "sharedSets" => shared::check_set(check),
        "sharedCriteria" => criterion::check_shared(check),
        "campaignSharedSets" => check.default("status", json!("ENABLED")),
        "biddingStrategies" => bidding::check_portfolio(check),
        "conversionActions" => shared::check_conversion(check),
        _ => {}
    }
}

/// The id of what is there already, where creating the same again answers with it instead of making a second one.
pub(super) fn existing(tx: &mut Transaction<'_>, resource: &Resource, object: &Object) -> Option<String> {
    // Assets with the same content are one (§3.6, unverified for v26).
    if resource.collection != "assets" || tx.option("google.asset_deduplication", "on") != "on" {
        return None;
    }
    let key = asset::content_key(object)?;
    tx.find("assets", &key).into_iter().next()
}

/// The error of creating what is there already.
pub(super) fn already_exists(collection: &str) -> ApiError {
    let (family, code) = match collection {
        "campaignLabels" => ("campaignError", "CAMPAIGN_LABEL_ALREADY_EXISTS"),
        "adGroupLabels" => ("adGroupError", "ADGROUP_LABEL_ALREADY_EXISTS"),
        "adGroupAdLabels" => ("adGroupAdError", "AD_GROUP_AD_LABEL_ALREADY_EXISTS"),
        _ => ("mutateError", "RESOURCE_ALREADY_EXISTS"),
    };
    ApiError::new(family, code, "The resource already exists.")
}

/// The error of touching what is removed: REMOVED is terminal (§8).
pub(super) fn removed(collection: &str) -> ApiError {
    let (family, code) = match collection {
        "adGroupAds" => ("adGroupAdError", "CANNOT_OPERATE_ON_REMOVED_ADGROUPAD"),
        _ => ("contextError", "OPERATION_NOT_PERMITTED_FOR_REMOVED_RESOURCE"),
    };
    ApiError::new(family, code, "The operation is not allowed for removed resources.")
}

/// Whether an object may be removed.
pub(super) fn check_remove(
    tx: &mut Transaction<'_>,
    collection: &str,
    id: &str,
    object: &Object,
    path: &Path,
    errors: &mut Vec<ApiError>,
) {
    let name = names::name(&tx.customer, collection, id);
    let refused = match collection {
        "campaignBudgets" if tx.count("campaigns", &format!("budget:{name}")) > 0 => {
            Some(("campaignBudgetError", "CAMPAIGN_BUDGET_IN_USE", "The campaign budget is in use."))
        }
        "sharedSets" if tx.count("campaignSharedSets", &format!("set:{name}")) > 0 => {
            Some(("sharedSetError", "SHARED_SET_IN_USE", "The shared set is in use."))
        }
        "biddingStrategies" if tx.count("campaigns", &format!("strategy:{name}")) > 0 => Some((
            "biddingStrategyError",
            "CANNOT_REMOVE_ASSOCIATED_STRATEGY",
            "The bidding strategy is attached to campaigns.",
        )),
        "assetGroups" if asset_group::is_last(tx, object) => Some((
            "assetGroupError",
            "CANNOT_REMOVE_ALL_ASSET_GROUPS_FROM_CAMPAIGN",
            "A campaign must keep at least one asset group.",
        )),
        _ => None,
    };
    if let Some((family, code, message)) = refused {
        errors.push(ApiError::new(family, code, message).trigger(&json!(name)).at(path.clone()));
    }
}

/// What a removal takes along: a campaign its own budget (§8, unverified), a label its links (§3.10, unverified).
pub(super) fn after_remove(tx: &mut Transaction<'_>, collection: &str, id: &str) {
    match collection {
        "campaigns" => {
            let budget = tx.get("campaigns", id).map(|object| text_of(object, "campaignBudget").to_owned());
            let own = budget.and_then(|name| {
                let object = tx.follow(&name)?.clone();
                (object.get("explicitlyShared") == Some(&Value::Bool(false)))
                    .then(|| (names::id_of(&name).to_owned(), object))
            });
            if let Some((id, object)) = own {
                take("campaignBudgets", tx, &id, object);
            }
        }
        "labels" => {
            let key = format!("label:{}", names::name(&tx.customer, "labels", id));
            for links in ["campaignLabels", "adGroupLabels", "adGroupAdLabels", "adGroupCriterionLabels"] {
                for link in tx.find(links, &key) {
                    if let Some(object) = tx.get(links, &link).cloned() {
                        take(links, tx, &link, object);
                    }
                }
            }
        }
        _ => {}
    }
}

fn take(collection: &str, tx: &mut Transaction<'_>, id: &str, object: Object) {
    if let Some(resource) = by_collection(collection) {
        super::mutate::take_away(tx, resource, id, object);
    }
}
