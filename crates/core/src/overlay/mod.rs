//! Overlays: values that rules, pools and people put in force in place of what git says, inside what git allows.
//!
//! ```text
//! Desired (git's values) + Overlays ──settle, at an instant──> Desired (values in force) + what became of each overlay
//! ```
//!
//! Git decides which fields may be moved at all: a budget with bounds (`budget.managed`), a state beside
//! `rulesMayPause`. An overlay in force is clamped to the bounds; without one, what git says counts: `initial`, or the
//! state as written. A field keeps its path and type whoever owns it ([`crate::field::FieldOwner`]), so that the planner
//! compares, classifies and approves a return to git's value like any other change.
//!
//! Nothing here reads a clock: the instant is an argument, and an overlay that has expired at it counts no more.

mod kept;
mod settle;
mod tell;

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::{Address, Kind};
use crate::desired::Desired;
use crate::field::{FieldPath, Origin};
use crate::ids::{AdName, Namespace, ObjectName};
use crate::money::Money;

pub(crate) use kept::kept;
pub use kept::{Kept, moved};
pub use settle::settle;
pub(crate) use tell::tell;
pub use tell::{Overlaid, Returned};

/// The field of a daily budget.
pub const DAILY_BUDGET: &str = "budget.daily";
/// The field of a state.
pub const STATE: &str = "state";

/// Whose field an overlay is about; names are unique in a namespace, so that the account need not be named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Target {
    /// Its namespace.
    pub namespace: Namespace,
    /// Campaign, ad group or ad.
    pub kind: Kind,
    /// Its name; of an ad the name of its ad group.
    pub name: ObjectName,
    /// The ad's own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ad: Option<AdName>,
}

impl Target {
    /// The target that an address is.
    pub fn of(address: &Address) -> Self {
        Self {
            namespace: address.namespace.clone(),
            kind: address.kind,
            name: address.name.clone(),
            ad: address.ad.clone(),
        }
    }
}

/// `campaign/spring-sale`, as people name objects.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.word().to_lowercase(), self.name)?;
        self.ad.iter().try_for_each(|ad| write!(f, "/{ad}"))
    }
}

/// The one state that an overlay can put in force: what runs again does so because its hold has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HeldState {
    /// It does not run.
    Paused,
}

/// A field with the value in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "field", content = "value")]
pub enum Setting {
    /// What may be spent on a day.
    #[serde(rename = "budget.daily")]
    DailyBudget(Money),
    /// Whether it runs.
    #[serde(rename = "state")]
    State(HeldState),
}

impl Setting {
    /// The field.
    pub fn path(self) -> FieldPath {
        FieldPath::new(match self {
            Self::DailyBudget(_) => DAILY_BUDGET,
            Self::State(_) => STATE,
        })
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DailyBudget(amount) => write!(f, "{amount}"),
            Self::State(HeldState::Paused) => f.write_str("Paused"),
        }
    }
}

/// A value that somebody put in force, whether or not it still counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Overlay {
    /// The name of its `Override`.
    pub name: ObjectName,
    /// Whose field.
    pub object: Target,
    /// The field and the value.
    #[serde(flatten)]
    pub setting: Setting,
    /// The rule or pool that wrote it; a person when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<ObjectName>,
    /// Whether `rule` names a pool.
    #[serde(default, skip_serializing_if = "is_false")]
    pub pool: bool,
    /// Fingerprint of what it was decided from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// When git's value counts again.
    pub expires: Timestamp,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where it was written; local state has no place.
    #[serde(skip)]
    pub origin: Option<Origin>,
}

/// Who put a value in force, and until when. What it is and what it was decided from are part of the plan's content; how
/// long it counts, why, and where it was written are not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InForce {
    /// The name of its `Override`.
    pub name: ObjectName,
    /// The rule or pool that wrote it; a person when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<ObjectName>,
    /// Whether `rule` names a pool.
    #[serde(default, skip_serializing_if = "is_false")]
    pub pool: bool,
    /// Fingerprint of what it was decided from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// When git's value counts again.
    #[schemars(with = "String")]
    pub expires: Timestamp,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where it was written; absent of what Adplane keeps itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

impl From<&Overlay> for InForce {
    fn from(overlay: &Overlay) -> Self {
        let Overlay { name, object: _, setting: _, rule, pool, evidence, expires, reason, origin } = overlay;
        Self {
            name: name.clone(),
            rule: rule.clone(),
            pool: *pool,
            evidence: evidence.clone(),
            expires: *expires,
            reason: reason.clone(),
            origin: origin.clone(),
        }
    }
}

impl InForce {
    /// When git's value counts again; nothing where its author says so and no date does.
    pub fn ends(&self) -> Option<Timestamp> {
        (self.expires != Overlay::OPEN_ENDED).then_some(self.expires)
    }

    /// Who put it in force, for people.
    pub fn author(&self) -> String {
        author(self.rule.as_ref(), self.pool, &self.name)
    }
}

/// A rule or a pool by its name, or else the override itself.
fn author(rule: Option<&ObjectName>, pool: bool, name: &ObjectName) -> String {
    match rule {
        None => format!("override `{name}`"),
        Some(rule) if pool => format!("pool `{rule}`"),
        Some(rule) => format!("rule `{rule}`"),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// The pool that owns an amount.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PoolOwner {
    /// Its name, in the object's namespace.
    pub name: ObjectName,
    /// Whether it may pause the object when it is used up.
    #[serde(default, skip_serializing_if = "is_false")]
    pub pauses: bool,
}

impl PoolOwner {
    /// Whether an overlay is this pool's.
    pub fn wrote(&self, overlay: &Overlay) -> bool {
        overlay.pool && overlay.rule.as_ref() == Some(&self.name)
    }
}

/// An amount that automation moves within bounds that git sets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Managed {
    /// What counts while no overlay is in force.
    pub initial: Money,
    /// Never below.
    pub min: Money,
    /// Never above.
    pub max: Money,
    /// The largest step of a rule, in basis points of the amount in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_step: Option<u32>,
    /// What the platform bills in multiples of, where its folder has told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Money>,
    /// The pool that alone moves it; rules do when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<PoolOwner>,
    /// What is in force instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlay: Option<Moved>,
    /// Where the bounds were written.
    #[serde(skip)]
    pub places: Places,
}

/// Where bounds were written. The same bounds in other lines are the same.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The lower one.
    pub min: Option<Origin>,
    /// The upper one.
    pub max: Option<Origin>,
}

impl PartialEq for Places {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Places {}

impl PartialOrd for Places {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Places {
    fn cmp(&self, _: &Self) -> Ordering {
        Ordering::Equal
    }
}

impl Hash for Places {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// An amount as an overlay asks for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Moved {
    /// The amount, before the bounds.
    pub amount: Money,
    /// Who asks, and until when.
    #[serde(flatten)]
    pub by: InForce,
}

impl Managed {
    /// The amount in force: the overlay's within the bounds, else `initial`.
    pub fn amount(&self) -> Money {
        self.overlay.as_ref().map_or(self.initial, |overlay| self.within(overlay.amount))
    }

    /// An amount, brought within the bounds and down to the platform's step. One of another currency is no amount of
    /// this field.
    pub fn within(&self, amount: Money) -> Money {
        if amount.currency() != self.initial.currency() {
            return self.initial;
        }
        let step = self.step.map_or(1, Money::micros).max(1);
        let whole = Money::from_micros(amount.micros() - amount.micros() % step, amount.currency());
        whole.max(self.min).min(self.max)
    }
}

/// A pause in place of the state that git wants.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    /// The state as git has it.
    pub written: String,
    /// Who holds it, and until when.
    #[serde(flatten)]
    pub by: InForce,
}

/// Why an overlay does not count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "since")]
pub enum Ended {
    /// Its time is over.
    Expired {
        /// When it was.
        #[schemars(with = "String")]
        at: Timestamp,
    },
    /// Its rule is not in git any more.
    RuleGone,
    /// Its pool is not in git any more.
    PoolGone,
    /// Git allows nobody to move the field.
    NotAllowed,
    /// A pool owns the field and another wrote this, or this is of a pool that does not own it.
    OtherOwner,
    /// Its amount is of another currency than the field.
    WrongCurrency,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired { at } => write!(f, "it expired {at}"),
            Self::RuleGone => f.write_str("the rule is not in git any more"),
            Self::PoolGone => f.write_str("the pool is not in git any more"),
            Self::NotAllowed => f.write_str("git does not let rules change this field any more"),
            Self::OtherOwner => f.write_str("in git another decides this field now"),
            Self::WrongCurrency => f.write_str("its amount is in another currency"),
        }
    }
}

impl Overlay {
    /// The end of one that ends when its author says so and at no date.
    pub const OPEN_ENDED: Timestamp = Timestamp::MAX;

    /// Why what it says would not be what counts, as a sentence fragment: another goes before it, or git allows another
    /// amount by now. `desired` is settled with it.
    pub fn outweighed(&self, desired: &Desired) -> Option<String> {
        let settled = desired.overlays.settled.iter().find(|settled| settled.overlay == *self)?;
        match (&settled.standing, self.setting) {
            (Standing::InForce, Setting::DailyBudget(amount)) => {
                let counts = desired.object(&settled.address)?.field(DAILY_BUDGET)?.value.as_money()?;
                (counts != amount).then(|| format!("git allows {counts} for it and not {amount} by now"))
            }
            (Standing::Behind(winner), Setting::DailyBudget(_)) => {
                Some(format!("override `{winner}` goes before it"))
            }
            (Standing::Unproven, _) => {
                Some("it spends more than git wants, and not all rules are known".to_owned())
            }
            (Standing::Ended(ended), _) => Some(ended.to_string()),
            // Two that hold the same object hold it.
            (Standing::InForce | Standing::Idle | Standing::Behind(_), _) => None,
        }
    }
}

/// What became of an overlay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is in force.
    InForce,
    /// Git wants the same without it.
    Idle,
    /// Another overlay of the same field goes before it.
    Behind(ObjectName),
    /// It would spend more than git's value, and nobody can tell whether its rule is still in git.
    Unproven,
    /// It counts no more.
    Ended(Ended),
}

/// An overlay of an object in view, with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The object.
    pub address: Address,
    /// The overlay.
    pub overlay: Overlay,
    /// What became of it.
    pub standing: Standing,
}

/// Overlays, and what they are judged by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overlays {
    /// All that are known.
    pub given: Vec<Overlay>,
    /// Rules that exist, by namespace and name; `None` while not all are known: then none counts as gone, and none spends
    /// more than git's value.
    pub authors: Option<BTreeSet<(Namespace, ObjectName)>>,
    /// Pools that exist, likewise.
    pub pools: Option<BTreeSet<(Namespace, ObjectName)>>,
    /// What became of those whose objects are in view.
    pub settled: Vec<Settled>,
}

impl Overlays {
    /// Overlays that count no more.
    pub fn ended(&self) -> impl Iterator<Item = &Settled> {
        self.settled.iter().filter(|settled| matches!(settled.standing, Standing::Ended(_)))
    }
}
