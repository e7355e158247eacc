//! What a rule can do, its expressions as texts (`E`) or compiled.

use std::collections::BTreeMap;

use compact_str::CompactString;
use jiff::SignedDuration;
use rust_decimal::Decimal;

use crate::money::Money;

/// How much more or less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// In basis points of what is in force: `-2000` is `-20%`.
    Share(i32),
    /// An amount, negative for less.
    Amount(Money),
}

impl Step {
    /// Whether it lowers.
    pub fn lowers(self) -> bool {
        match self {
            Self::Share(points) => points < 0,
            Self::Amount(amount) => amount.micros() < 0,
        }
    }
}

/// Bounds of an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bounds {
    /// Not below.
    pub min: Option<Money>,
    /// Not above.
    pub max: Option<Money>,
}

/// A target that a platform bids for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetValue {
    /// Cost per conversion.
    Cpa(Money),
    /// Return on ad spend.
    Roas(Decimal),
}

/// One thing that a rule does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action<E> {
    /// Pauses the object, at most for so long.
    Pause {
        /// How long at most.
        hold_for: Option<SignedDuration>,
    },
    /// Sets the budget.
    SetBudget(Money),
    /// Changes the budget in force.
    AdjustBudget {
        /// By how much.
        by: Step,
        /// Within these.
        bounds: Bounds,
        /// Whether it counts until the account's day ends and no longer.
        until_midnight: bool,
    },
    /// Scales the budget by how far something is from its target.
    ScaleToTarget {
        /// What is measured: an amount that should be low, or a number that should be high.
        actual: E,
        /// What it should be.
        target: E,
        /// Within these.
        bounds: Bounds,
        /// The largest step, in basis points.
        max_step: u32,
    },
    /// Changes the bid in force.
    AdjustBid {
        /// By how much.
        by: Step,
        /// Within these.
        bounds: Bounds,
    },
    /// Sets the target that the platform bids for.
    SetTarget(TargetValue),
    /// Puts the next creative of a list in place of the one in use.
    RotateCreative(Vec<CompactString>),
    /// Cuts the budget by a share in basis points, and gives what is freed to peers of which the condition is false.
    Rebalance {
        /// The share, above zero.
        by: u32,
        /// No peer above `max`, the object itself not below `min`.
        bounds: Bounds,
    },
    /// Sets labels.
    Label(BTreeMap<CompactString, CompactString>),
    /// Tells people.
    Notify(E),
    /// Opens a pull request.
    ProposePr(E),
    /// Makes a report.
    RunReport(CompactString),
}

impl<E> Action<E> {
    /// The word in YAML.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Pause { .. } => "pause",
            Self::SetBudget(_) => "setBudget",
            Self::AdjustBudget { .. } => "adjustBudget",
            Self::ScaleToTarget { .. } => "scaleToTarget",
            Self::AdjustBid { .. } => "adjustBid",
            Self::SetTarget(_) => "setTarget",
            Self::RotateCreative(_) => "rotateCreative",
            Self::Rebalance { .. } => "rebalance",
            Self::Label(_) => "label",
            Self::Notify(_) => "notify",
            Self::ProposePr(_) => "proposePR",
            Self::RunReport(_) => "runReport",
        }
    }

    /// Whether what it does ends by itself, so that what it paused runs again.
    pub(super) fn ends(&self) -> bool {
        matches!(self, Self::Pause { hold_for: Some(_) })
    }

    /// Whether it can only lower spend, whatever is in force, by what it does itself.
    pub fn only_lowers(&self) -> bool {
        match self {
            Self::AdjustBudget { by, .. } | Self::AdjustBid { by, .. } => by.lowers(),
            Self::Rebalance { .. }
            | Self::SetBudget(_)
            | Self::ScaleToTarget { .. }
            | Self::SetTarget(_)
            | Self::RotateCreative(_) => false,
            Self::Pause { .. }
            | Self::Label(_)
            | Self::Notify(_)
            | Self::ProposePr(_)
            | Self::RunReport(_) => true,
        }
    }

    /// Whether what it puts in force ends with the account's day.
    pub fn ends_at_midnight(&self) -> bool {
        matches!(self, Self::AdjustBudget { until_midnight: true, .. })
    }

    /// The field it is about, and whether it lowers (`Some(true)`), raises, or depends.
    pub fn field(&self) -> Option<(&'static str, Option<bool>)> {
        match self {
            Self::Pause { .. } => Some(("state", Some(true))),
            Self::AdjustBudget { by, .. } => Some(("budget", Some(by.lowers()))),
            Self::Rebalance { .. } => Some(("budget", Some(true))),
            Self::SetBudget(_) | Self::ScaleToTarget { .. } => Some(("budget", None)),
            Self::AdjustBid { by, .. } => Some(("bid", Some(by.lowers()))),
            Self::SetTarget(_) => Some(("target", None)),
            Self::RotateCreative(_) => Some(("creative", None)),
            Self::Label(_) | Self::Notify(_) | Self::ProposePr(_) | Self::RunReport(_) => None,
        }
    }
}
