//! Where in the YAML a saying belongs, and what is to be written there.

use adplane_core::address::{Address, Kind};
use adplane_core::desired::{Desired, DesiredObject};
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::{Field, FieldPath, FieldSource, Origin};
use adplane_core::overlay::STATE;
use adplane_core::value::Value;
use adplane_manifest::edit::{Unwritable, write_field, write_text, write_value};
use compact_str::CompactString;

use super::{Said, Saying};

/// The strategy that says what an amount of `bidding` means.
const STRATEGY: &str = "bidding.strategy";
/// Fields that hold a bid, and those strategies alone with which they do.
const BIDS: [(&str, &[&str]); 3] =
    [("bidding.bid", &[]), ("bidding.maxCpc", &[]), ("bidding.amount", &["BidCap"])];
/// The strategies of which the amount is what a conversion may cost.
const TARGETS: &[&str] = &["TargetCpa", "CostCap"];

/// What is written.
#[derive(Debug, Clone)]
pub(super) enum Edit {
    Field { path: FieldPath, value: Value },
    Creative(CompactString),
    Label { key: CompactString, value: CompactString },
}

/// Where it is written.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) object: Address,
    pub(super) edit: Edit,
    /// Where the value stands, or else the object.
    pub(super) at: Origin,
    /// Whether the value stands there already and is only replaced.
    stands: bool,
    /// Whether `bidding` of the object begins here, so that it needs the strategy as well.
    begins: bool,
    /// What git says now.
    from: Option<String>,
}

/// Where a saying belongs, or why it belongs nowhere.
pub(super) fn find(saying: &Saying, wanted: &Desired) -> Result<Place, Diagnostic> {
    let refuse = |what: &str, because: String, hint: String| {
        let message = format!("{what} of {} is not in the patch: {because}", saying.object.short());
        let origin = wanted.object(&saying.object).and_then(|object| object.origin.as_ref());
        Diagnostic::error("not-patched", message).on(&saying.object).at(origin).hint(hint)
    };
    let (name, object) = (saying.object.short(), wanted.object(&saying.object));
    let object = object.ok_or_else(|| {
        let hint = "it was taken out since: nothing is left to say".to_owned();
        refuse("what was agreed to", "the YAML does not hold it".to_owned(), hint)
    })?;
    let edit = match &saying.what {
        Said::Field { path, value } => Edit::Field { path: path.clone(), value: value.clone() },
        Said::Bid(to) => {
            let path = bid(object).ok_or_else(|| {
                let hint = format!("write `{}: {to}` of {name}", bid_of(object));
                refuse("the bid", "the YAML does not say one".to_owned(), hint)
            })?;
            Edit::Field { path: FieldPath::new(path), value: Value::Money(*to) }
        }
        Said::Target(to) => target(object, to).ok_or_else(|| {
            let because = "its `bidding` in the YAML has no target of this kind".to_owned();
            let hint = format!("write `bidding` of {name} with a strategy that bids for {to}");
            refuse("the target", because, hint)
        })?,
        Said::Creative(to) => Edit::Creative(to.clone()),
        Said::Label { key, value } if object.address.kind == Kind::Ad => {
            let because = "an ad has the labels of its ad group".to_owned();
            return Err(refuse(
                &format!("label `{key}: {value}`"),
                because,
                format!("write it on the ad group of {name}"),
            ));
        }
        Said::Label { key, value } => Edit::Label { key: key.clone(), value: value.clone() },
    };
    Place::new(object, edit).map_err(|(what, because, hint)| refuse(&what, because, hint))
}

impl Place {
    fn new(object: &DesiredObject, edit: Edit) -> Result<Self, (String, String, String)> {
        let name = object.address.short();
        let nowhere = |what: String| {
            let hint = format!("write {what} where {name} comes from");
            (what, "it is written nowhere in these files".to_owned(), hint)
        };
        let object_at = || object.origin.clone().ok_or_else(|| nowhere("it".to_owned()));
        let (mut at, mut stands, mut begins) = (None, false, false);
        let from;
        match &edit {
            Edit::Field { path, value } => {
                let field = object.field(path.as_str());
                let declared = field.filter(|field| field.source == FieldSource::Declared);
                if field.is_none() && path.as_str() != STATE {
                    let hint = format!("write `{path}: {value}` on {name}");
                    return Err((format!("`{path}`"), "the YAML does not say it".to_owned(), hint));
                }
                from = field.map(|field| said(field).to_string());
                at = declared.and_then(|field| field.origin.clone());
                stands = at.is_some();
                let strategy = object.field(STRATEGY).map(|field| field.source);
                begins = !stands && path.is_within("bidding") && strategy == Some(FieldSource::Inherited);
            }
            Edit::Creative(_) => from = object.creative.as_ref().map(ToString::to_string),
            Edit::Label { key, .. } => from = object.labels.get(key).map(ToString::to_string),
        }
        let at = match at {
            Some(at) => at,
            None => object_at()?,
        };
        Ok(Self { object: object.address.clone(), edit, at, stands, begins, from })
    }

    /// The text with the value in it.
    pub(super) fn edit(&self, text: &str, wanted: &Desired) -> Result<String, String> {
        let account = wanted.accounts.get(&self.object.account_key()).ok_or("its account is not known")?;
        let (at, kind, zone) = (&self.at, self.object.kind, &account.zone);
        let edited = match &self.edit {
            Edit::Field { path, value } if self.stands => {
                write_value(text, at, kind, path.as_str(), value, zone)
            }
            Edit::Field { path, value } => {
                let strategy = wanted.object(&self.object).and_then(|object| object.value(STRATEGY));
                let begun = match strategy.filter(|_| self.begins) {
                    Some(strategy) => write_field(text, at, kind, STRATEGY, strategy, zone),
                    None => Ok(text.to_owned()),
                };
                begun.and_then(|text| write_field(&text, at, kind, path.as_str(), value, zone))
            }
            Edit::Creative(to) => write_text(text, at, &["creative"], to),
            Edit::Label { key, value } => write_text(text, at, &["metadata", "labels", key.as_str()], value),
        };
        edited.map_err(|Unwritable { because }| because)
    }

    /// Whether it is said.
    pub(super) fn is_said(&self, desired: &Desired) -> bool {
        let Some(object) = desired.object(&self.object) else { return false };
        match &self.edit {
            Edit::Field { path, value } => {
                object.field(path.as_str()).is_some_and(|field| said(field) == *value)
            }
            Edit::Creative(to) => object.creative.as_ref() == Some(to),
            Edit::Label { key, value } => object.labels.get(key) == Some(value),
        }
    }

    /// `` `budget.daily` of campaign/shoes: 50.00 EUR → 40.00 EUR ``.
    pub(super) fn shown(&self) -> String {
        let from = self.from.as_deref().unwrap_or("(not written)");
        format!("{} of {}: {from} → {}", self.field(), self.object.short(), self.to())
    }

    /// That there is nothing to change.
    pub(super) fn already(&self) -> String {
        format!("git says {} of {} already: {}", self.field(), self.object.short(), self.to())
    }

    pub(super) fn refused(&self, because: &str) -> Diagnostic {
        let message = format!("{} of {} is not in the patch: {because}", self.field(), self.object.short());
        Diagnostic::error("not-patched", message)
            .on(&self.object)
            .at(Some(&self.at))
            .hint(format!("write {} by hand there", self.to()))
    }

    fn field(&self) -> String {
        match &self.edit {
            Edit::Field { path, .. } => format!("`{path}`"),
            Edit::Creative(_) => "`creative`".to_owned(),
            Edit::Label { key, .. } => format!("label `{key}`"),
        }
    }

    fn to(&self) -> String {
        match &self.edit {
            Edit::Field { value, .. } => value.to_string(),
            Edit::Creative(to) => to.to_string(),
            Edit::Label { value, .. } => value.to_string(),
        }
    }
}

/// What git says of a field, whatever is in force in its place.
fn said(field: &Field) -> Value {
    field.owner.written().unwrap_or_else(|| field.value.clone())
}

/// The field that holds the bid.
fn bid(object: &DesiredObject) -> Option<&'static str> {
    let fits = |strategies: &&[&str]| {
        strategies.is_empty() || object.text(STRATEGY).is_some_and(|strategy| strategies.contains(&strategy))
    };
    BIDS.iter()
        .find(|(path, strategies)| object.value(path).is_some() && fits(strategies))
        .map(|(path, _)| *path)
}

/// The field that a bid would be in, by the strategy.
fn bid_of(object: &DesiredObject) -> &'static str {
    match object.text(STRATEGY) {
        Some("MaximizeClicks" | "TargetImpressionShare") => "bidding.maxCpc",
        Some("BidCap") => "bidding.amount",
        _ => "bidding.bid",
    }
}

/// The field of a target, where its strategy has one of this kind.
fn target(object: &DesiredObject, to: &str) -> Option<Edit> {
    let amount = object.text(STRATEGY).is_some_and(|strategy| TARGETS.contains(&strategy));
    let (path, value) = match to.parse() {
        Ok(money) => (amount.then_some("bidding.amount")?, Value::Money(money)),
        Err(_) => ("bidding.roas", Value::Decimal(to.parse().ok()?)),
    };
    object.value(path)?;
    Some(Edit::Field { path: FieldPath::new(path), value })
}
