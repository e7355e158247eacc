//! A rule that can run: typed expressions and what they need.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compact_str::CompactString;
use jiff::civil::Date;

use super::action::Action;
use super::band::Band;
use super::foresee::Foretold;
use super::slot::Slot;
use super::source::{
    Approval, Limits, Mode, Promote, Rates, Require, RuleKey, RuleScope, RuleSource, Schedule, SignalSource,
    Stabilize,
};
use crate::cel::SourceText;
use crate::cel::code::Code;
use crate::cel::message::Message;
use crate::field::Origin;
use crate::metrics::{Metric, Window};

/// An expression of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    pub(super) code: Code,
    pub(super) slots: Vec<Slot>,
    /// What records call each slot: written once, and not for every object.
    pub(super) names: Vec<Arc<str>>,
    /// As written.
    pub(super) text: Arc<str>,
}

/// A text of a rule with expressions in braces.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    pub(super) message: Message,
    pub(super) slots: Vec<Slot>,
}

/// An expression or a text of an action.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula {
    /// A value.
    Value(Expression),
    /// A text.
    Text(Template),
}

/// A rule that can run.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Which rule.
    pub key: RuleKey,
    /// What it does with what it decides.
    pub mode: Mode,
    /// The higher goes first.
    pub priority: i32,
    /// Which objects.
    pub scope: RuleScope,
    /// When.
    pub schedule: Schedule,
    /// What must be there.
    pub require: Require,
    /// How far from its target a value may be where it is scaled by, in basis points of it.
    pub dead_band: Option<u32>,
    /// How long amounts must have been wanted.
    pub stabilize: Stabilize,
    /// Runs in a row in which the condition must be true.
    pub true_for: u32,
    /// What it does.
    pub actions: Vec<Action<Formula>>,
    /// How often and how much.
    pub limits: Limits,
    /// When somebody must agree; its condition apart.
    pub approval: Approval<()>,
    /// Windows that it needs of objects, parents, accounts.
    pub windows: BTreeSet<Window>,
    /// Forecasts that it asks for.
    pub forecasts: BTreeSet<Foretold>,
    /// Metrics that it needs, with where each is asked for first.
    pub metrics: BTreeMap<Metric, Option<Origin>>,
    /// What must come before it may act.
    pub promote: Option<Promote>,
    /// Fingerprint of what it says, for proposals.
    pub revision: String,
    /// The same as it would be in shadow: what its days in shadow were said of.
    pub shadow_revision: String,
    /// Where its condition was written.
    pub origin: Option<Origin>,
    pub(super) when: Vec<Expression>,
    pub(super) release: Vec<Expression>,
    /// Comparisons that let go of what was paused once they are false by more than the dead band.
    pub(super) bands: Vec<Band>,
    pub(super) approve: Option<Expression>,
    pub(super) signals: BTreeMap<CompactString, SignalSource>,
    pub(super) calendars: BTreeMap<CompactString, BTreeSet<Date>>,
    pub(super) rates: Option<Rates>,
    /// The window of what `require` asks for.
    pub(super) measured: Option<Window>,
}

impl Rule {
    /// Names of the signals that it declares.
    pub fn signals(&self) -> impl Iterator<Item = &str> {
        self.signals.keys().map(CompactString::as_str)
    }

    /// How it declares a signal.
    pub fn signal(&self, name: &str) -> Option<SignalSource> {
        self.signals.get(name).copied()
    }

    /// Whether it lets go of what it paused by what it measures.
    pub(super) fn lets_go(&self) -> bool {
        !self.release.is_empty() || !self.bands.is_empty()
    }

    /// Whether everything it does can only lower spend. What it pauses and lets go of spends again.
    pub fn only_lowers(&self) -> bool {
        let resumes = self.lets_go() || self.actions.iter().any(Action::ends);
        !resumes && self.actions.iter().all(Action::only_lowers)
    }
}

impl Expression {
    pub(super) fn new(code: Code, slots: Vec<Slot>, text: &str) -> Self {
        let names = slots.iter().map(|slot| slot.to_string().into()).collect();
        Self { code, slots, names, text: text.into() }
    }
}

/// A fingerprint of everything that a rule says.
pub(super) fn revision(source: &RuleSource) -> String {
    let unplaced = RuleSource { origin: None, ..source.clone() };
    crate::rules::intent::fingerprint(&format!("{:?}", Plain(&unplaced)))
}

/// A rule without the places of its texts, which move while nothing is said differently.
struct Plain<'a>(&'a RuleSource);

impl std::fmt::Debug for Plain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = |text: &SourceText| SourceText::unplaced(text.text.clone());
        let mut plain = self.0.clone();
        // It says when the rule may act, and nothing of what it does.
        plain.promote = None;
        plain.when = text(&plain.when);
        plain.release = plain.release.as_ref().map(text);
        plain.approval.when = plain.approval.when.as_ref().map(text);
        for action in &mut plain.actions {
            match action {
                Action::ScaleToTarget { actual, target, .. } => {
                    *actual = text(actual);
                    *target = text(target);
                }
                Action::Notify(one) | Action::ProposePr(one) => *one = text(one),
                _ => {}
            }
        }
        write!(f, "{plain:?}")
    }
}
