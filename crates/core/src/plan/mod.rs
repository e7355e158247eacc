//! Planning: a pure, total function from what is wanted and what is live to what would be done.
//!
//! [`plan`] never fails: trouble becomes a diagnostic or a [`Action::Blocked`] change. The executor takes the
//! result's [`Step`]s in order and decides nothing about intent.
//!
//! How it goes, per account: `bind` finds the live object of every desired one, `diff` compares fields as
//! the platform's schema says, `decide` turns both into an action, `leftovers` looks at what is ours but not
//! wanted, `raise` measures how much more may be spent per day and `classify` names what is to be approved,
//! `steps` orders the writes so that money goes down first and up last. `money` adds up what it costs, `breaks` says
//! what the vendor does to it besides, `freezes` finds the windows that gate it, [`crate::policy`] judges it, `hash`
//! makes the fingerprint that approvals bind to, `check` looks at a plan from outside.

mod action;
mod bind;
mod breaks;
mod change;
mod class;
mod classify;
mod decide;
mod diff;
mod freezes;
mod hash;
mod input;
mod leftovers;
mod members;
mod money;
mod raise;
mod scope;
mod steps;
mod switch;

pub mod check;
pub mod document;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::address::{AccountKey, Address};
use crate::diagnostic::Diagnostic;
use crate::freeze::{Freeze, Frozen, Labels};
use crate::money::{Currency, Money};
use crate::overlay::{Kept, kept, tell};
use crate::policy::judge;

use document::PolicyVerdict;

pub use action::{Action, Blocked, Reason};
pub use breaks::{Break, BreakKind, exceeded};
pub use change::{Change, FieldChange, Operation, Precondition, Step, Wave};
pub use class::{Class, InvalidClass};
pub use freezes::lowers_spend;
pub use hash::PlanHash;
pub use input::{PlanInput, PlanOptions};
pub use leftovers::unnamed;
pub use members::members_of;
pub use money::{AccountMoney, BudgetMoney, CampaignMoney, MoneyImpact, Spend, money_impact};
pub use scope::{Fields, Held, Removal, Removals, beyond};
pub use switch::{Target, spend_of, switch};

/// What would be done, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Accounts the plan covers.
    pub accounts: Vec<AccountKey>,
    /// Every desired object and every removal, by address; unchanged ones with [`Action::None`].
    pub changes: Vec<Change>,
    /// Writes in the order they run.
    pub steps: Vec<Step>,
    /// What is worth telling.
    pub diagnostics: Vec<Diagnostic>,
    /// What it costs, per currency.
    pub money: Vec<MoneyImpact>,
    /// Classes of approval it needs, lightest first; of raises the heaviest band only.
    pub classes: Vec<Class>,
    /// How much more it lets be spent per day, by currency; `None` has no known upper end.
    pub raises: BTreeMap<Currency, Option<Money>>,
    /// Freeze windows that touch a change, closed or not.
    pub freezes: Vec<Freeze>,
    /// Changes that must wait at the instant the plan is made for.
    pub frozen: BTreeMap<Address, Frozen>,
    /// Labels of what changes, with those of what it lies in.
    pub labels: BTreeMap<Address, Labels>,
    /// What policies say of it.
    pub policy: Vec<PolicyVerdict>,
    /// What changes break, by address.
    pub breaks: BTreeMap<Address, Vec<Break>>,
    /// Values that rules put in force and that what is written rests on, where Adplane keeps them itself.
    pub overrides: Vec<Kept>,
}

impl Plan {
    /// Whether applying it would write anything.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether anything differs from what is wanted, blocked changes included.
    pub fn has_pending(&self) -> bool {
        self.changes.iter().any(|change| change.action != Action::None)
    }
}

/// Plans.
pub fn plan(input: &PlanInput<'_>) -> Plan {
    let mut plan = Plan::default();
    for (key, account) in &input.desired.accounts {
        plan.accounts.push(key.clone());
        decide::account(input, account, &mut plan);
    }
    plan.changes.sort_by(|a, b| a.address.cmp(&b.address));
    tell(input, &mut plan);
    plan.overrides = kept(input.desired, &plan);
    settle(input, &mut plan);
    plan.diagnostics.sort();
    plan
}

/// Fills in what follows from the changes, which are in the order of their addresses.
fn settle(input: &PlanInput<'_>, plan: &mut Plan) {
    let raises = raise::raises(input, &plan.changes);
    plan.classes = classify::classify(input, &mut plan.changes, &raises);
    plan.raises = raises.totals;
    plan.steps = steps::steps(input, &plan.changes);
    plan.money = money::money_impact(input, &plan.changes);
    members::members(input, plan);
    freezes::freezes(input, plan);
    plan.breaks = breaks::breaks(input, &plan.changes);
    let judgement = judge(input, &plan.changes, &plan.classes, &plan.money);
    plan.policy = judgement.verdicts;
    plan.diagnostics.extend(judgement.diagnostics);
}
