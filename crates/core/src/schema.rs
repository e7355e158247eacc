//! What a platform declares about its kinds and fields, as data the planner reads.
//!
//! The planner holds no special case for any vendor: what forces a replacement, what sends an ad back to
//! review, how far a budget can be overspent, all of it is a row here. The rows live in each platform's
//! `limits`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::{Kind, Platform};
use crate::metrics::MetricSet;
use crate::money::Currency;

/// How sure a statement about a vendor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Confidence {
    /// The vendor's own document or client says so.
    High,
    /// Several sources agree, or the text leaves room.
    Medium,
    /// General knowledge.
    Low,
}

/// A statement about a vendor with its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// How sure it is.
    pub confidence: Confidence,
    /// Where it comes from.
    pub source: &'static str,
}

/// What changing a field of a live object does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnChange {
    /// It is updated in place.
    InPlace,
    /// The vendor fixes it at create: a new object takes the place of the old one.
    Replace,
    /// It can neither be updated nor replaced by Adplane; the text says what to do.
    Refuse(&'static str),
    /// An instant that can be moved until it has come; afterwards as for [`OnChange::Refuse`]. An absent one has.
    RefuseOncePast(&'static str),
    /// It cannot be read back, so it is sent at create and never compared.
    Unreadable,
}

/// What a field has to do with money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    None,
    /// Whether the object runs.
    State,
    /// How much may be spent; more is a raise.
    Spend,
    /// A return asked of the spend (ROAS); less is a raise.
    Return,
    /// Money in a way an amount does not say (a strategy): any change is a raise.
    Opaque,
}

/// One field, or everything below a path, of one kind on one platform.
#[derive(Debug, Clone, Copy)]
pub struct FieldSchema {
    /// The path; rows for `a.b` also cover `a.b.c` unless a longer row does.
    pub path: &'static str,
    /// What changing it does.
    pub on_change: OnChange,
    /// What it has to do with money.
    pub effect: Effect,
    /// Changing it sends the ad back to review.
    pub review: Option<Claim>,
    /// Changing it resets the learning phase.
    pub learning: Option<Claim>,
    /// Of an amount: only a step of more than this many per cent resets it.
    pub learning_step: Option<i64>,
    /// Although it is fixed at create, it can be emptied in place.
    pub clears_in_place: bool,
    /// What is made below an object must suit it: a new child waits for its change.
    pub governs_children: bool,
    /// The value a live object has when nobody chose one, as [`Value`](crate::value::Value) displays;
    /// `import` leaves it out.
    pub vendor_default: Option<&'static str>,
}

impl FieldSchema {
    /// A field that is updated in place without side effects.
    pub const fn new(path: &'static str) -> Self {
        Self {
            path,
            on_change: OnChange::InPlace,
            effect: Effect::None,
            review: None,
            learning: None,
            learning_step: None,
            clears_in_place: false,
            governs_children: false,
            vendor_default: None,
        }
    }

    /// The same field, fixed at create.
    #[must_use]
    pub const fn replaces(mut self) -> Self {
        self.on_change = OnChange::Replace;
        self
    }

    /// The same field, fixed at create but for emptying it.
    #[must_use]
    pub const fn replaces_unless_emptied(mut self) -> Self {
        self.clears_in_place = true;
        self.replaces()
    }

    /// The same field, which new objects below must suit.
    #[must_use]
    pub const fn governs_children(mut self) -> Self {
        self.governs_children = true;
        self
    }

    /// The same field, which cannot be changed at all.
    #[must_use]
    pub const fn refuses(mut self, hint: &'static str) -> Self {
        self.on_change = OnChange::Refuse(hint);
        self
    }

    /// The same field, an instant that cannot be moved once it has come.
    #[must_use]
    pub const fn refuses_once_past(mut self, hint: &'static str) -> Self {
        self.on_change = OnChange::RefuseOncePast(hint);
        self
    }

    /// The same field, which cannot be read back.
    #[must_use]
    pub const fn unreadable(mut self) -> Self {
        self.on_change = OnChange::Unreadable;
        self
    }

    /// The same field, which reads as this when nobody chose a value.
    #[must_use]
    pub const fn vendor_default(mut self, shown: &'static str) -> Self {
        self.vendor_default = Some(shown);
        self
    }

    /// The same field with an effect on money.
    #[must_use]
    pub const fn effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    /// The same field, whose change is reviewed.
    #[must_use]
    pub const fn reviewed(mut self, confidence: Confidence, source: &'static str) -> Self {
        self.review = Some(Claim { confidence, source });
        self
    }

    /// The same field, whose change resets learning.
    #[must_use]
    pub const fn relearns(mut self, confidence: Confidence, source: &'static str) -> Self {
        self.learning = Some(Claim { confidence, source });
        self
    }

    /// The same field, an amount of which only a step of more than `percent` per cent resets learning.
    #[must_use]
    pub const fn relearns_above(
        mut self,
        percent: i64,
        confidence: Confidence,
        source: &'static str,
    ) -> Self {
        self.learning_step = Some(percent);
        self.relearns(confidence, source)
    }
}

/// Fields of which an object has at most one, such as `budget.daily`, `budget.total`, `budget.ref`.
#[derive(Debug, Clone, Copy)]
pub struct Exclusive {
    /// The paths.
    pub paths: &'static [&'static str],
    /// What going from one to another does.
    pub on_switch: OnChange,
}

/// One kind on one platform.
#[derive(Debug, Clone, Copy)]
pub struct KindSchema {
    /// The kind.
    pub kind: Kind,
    /// Rows; the longest matching path wins, and a field without a row is updated in place.
    pub fields: &'static [FieldSchema],
    /// Fields that exclude each other.
    pub exclusive: &'static [Exclusive],
    /// What is lost when an object of this kind is deleted or replaced.
    pub lost_with_it: &'static str,
}

const PLAIN: FieldSchema = FieldSchema::new("");

impl KindSchema {
    /// The row that covers a path.
    pub fn field(&self, path: &str) -> &FieldSchema {
        self.fields
            .iter()
            .filter(|row| {
                path.strip_prefix(row.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
            .max_by_key(|row| row.path.len())
            .unwrap_or(&PLAIN)
    }

    /// The groups of mutually exclusive fields that a path belongs to.
    pub fn exclusives<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Exclusive> {
        self.exclusive.iter().filter(move |group| group.paths.contains(&path))
    }
}

/// How far a budget can be overspent, by the vendor's own rules (mapping §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverDelivery {
    /// The budget field, `budget.daily` or `budget.total`.
    pub path: &'static str,
    /// Holds for budgets that the platform itself raises during the day; others have a row of their own.
    pub automatic: bool,
    /// Worst day as numerator and denominator of the amount; `None`: all that remains.
    pub worst_day: Option<(i64, i64)>,
    /// Worst billing period as numerator and denominator of the amount.
    pub worst_period: (i64, i64),
    /// What that period is called, such as `calendar month`.
    pub period: &'static str,
    /// What a change of the amount means for the day and the period in progress.
    pub on_change: &'static str,
    /// How sure it is, and its source.
    pub claim: Claim,
    /// Since when the rule is known to hold, as a date.
    pub since: &'static str,
}

/// How often, or when, a field may be changed.
#[derive(Debug, Clone, Copy)]
pub struct EditLimit {
    /// The kind.
    pub kind: Kind,
    /// The field, or everything below it.
    pub path: &'static str,
    /// When it refuses.
    pub when: EditWindow,
    /// How sure it is, and its source.
    pub claim: Claim,
}

/// When a vendor refuses an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditWindow {
    /// More than so many changes of one object within so many minutes.
    Rate {
        /// Changes that are let through.
        changes: usize,
        /// Minutes in which they count.
        minutes: i64,
    },
    /// At a time of day in the account's zone, in minutes from midnight; it may run over midnight.
    TimeOfDay {
        /// From.
        from: i32,
        /// To, exclusive.
        to: i32,
    },
}

/// Everything a platform declares.
#[derive(Debug, Clone, Copy)]
pub struct PlatformSchema {
    /// The platform.
    pub platform: Platform,
    /// What amounts are billed in there, in micros of a currency: every amount is a multiple of it.
    pub amount_step: fn(Currency) -> i64,
    /// Kinds that exist there.
    pub kinds: &'static [KindSchema],
    /// Whether the marker sits in the name, where a person's rename can lose it (TikTok): then nothing is
    /// created beside an unmarked look-alike.
    pub marker_in_name: bool,
    /// Over-delivery rules.
    pub over_delivery: &'static [OverDelivery],
    /// How often and when something may be edited.
    pub edit_limits: &'static [EditLimit],
    /// A new ad resets the learning phase of the ad group that it joins.
    pub new_ad_relearns: Option<Claim>,
    /// What was paused for so long learns again once it runs.
    pub pause_relearns: Option<PauseRelearns>,
    /// What its reports tell of a day; a metric that is not here is unknown, whatever the object.
    pub metrics: MetricSet,
    /// Days of a report that may still change, the present one included: conversions are booked on the day of the click
    /// or view for as long as the account's attribution looks back.
    pub restated_days: u16,
}

/// A pause after which an ad group's learning phase starts again.
#[derive(Debug, Clone, Copy)]
pub struct PauseRelearns {
    /// Days of pause.
    pub days: i64,
    /// How sure it is, and its source.
    pub claim: Claim,
}

impl PlatformSchema {
    /// A kind's schema; `None` when the platform has no such kind.
    pub fn kind(&self, kind: Kind) -> Option<&'static KindSchema> {
        self.kinds.iter().find(|schema| schema.kind == kind)
    }

    /// The over-delivery rule of a budget field, which the platform itself raises or does not; one without a row of its
    /// own is spent as any other.
    pub fn over_delivery(&self, path: &str, automatic: bool) -> Option<&'static OverDelivery> {
        let row = |automatic| {
            self.over_delivery.iter().find(move |rule| rule.path == path && rule.automatic == automatic)
        };
        automatic.then(|| row(true)).flatten().or_else(|| row(false))
    }

    /// The most that a day takes of a budget field, in basis points of its amount; `None` where no rule tells.
    pub fn worst_day(&self, path: &str, automatic: bool) -> Option<u32> {
        let (times, of) = self.over_delivery(path, automatic)?.worst_day.filter(|(_, of)| *of > 0)?;
        let points = times.checked_mul(10_000)?.checked_add(of - 1)? / of;
        u32::try_from(points.max(10_000)).ok()
    }
}

/// Schemas by platform.
pub type Schemas = BTreeMap<Platform, &'static PlatformSchema>;
