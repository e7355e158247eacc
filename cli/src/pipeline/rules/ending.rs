//! Raises whose time is over: git's amount returns by a plan of its own, through the same gates as everything else.
//!
//! The overlay of such a raise counts until midnight and no longer, so that every plan after it brings git's amount back.
//! Where rules run on a timer and nobody plans, it is done here. Nothing is ever raised here.

use std::collections::BTreeSet;

use adplane_core::field::FieldPath;
use adplane_core::overlay::{DAILY_BUDGET, Overlay, Setting, Target, settle};
use adplane_core::plan::{Fields, Held, Removals};
use adplane_core::rules::{Action, Ownership, RuleKey, Snapshot};
use adplane_engine::execute::ExecuteError;

use super::outcome::{Obstacle, obstacle};
use super::{Bridge, Carried};
use crate::args::PlanFlags;
use crate::error::{Exit, Failure};
use crate::pipeline::{self, happenings};

/// Who does it, for the log.
const AUTHOR: &str = "the end of a rule's raise";

impl Bridge<'_> {
    /// Brings amounts down whose time is over, where the platform still has them.
    pub(super) async fn end_raises(
        &mut self,
        snapshot: &Snapshot,
        carried: &mut Carried,
    ) -> Result<(), Failure> {
        let fields = self.over(snapshot);
        if fields.is_empty() {
            return Ok(());
        }
        let ground = self.take_ground();
        settle(&mut self.prepared.desired, self.connected.clock.now());
        let mut held = Held::all_but(&self.prepared.desired, &fields);
        held.extend(self.ignored());
        self.prepared.held = held;
        self.prepared.removals = Some(Removals::default());
        let document =
            pipeline::make_plan(self.prepared, self.connected, self.observed, &PlanFlags::default());
        self.leave_ground(ground);
        if document.steps.is_empty() {
            return Ok(());
        }
        let judged = match obstacle(&document, &fields) {
            None => self.judge(&document),
            Some(obstacle) => Err(obstacle),
        };
        let approved = match judged {
            Ok(approved) => approved,
            Err(why) => {
                self.say_waiting(&fields, &why, carried);
                return Ok(());
            }
        };
        match self.execute(AUTHOR.to_owned(), &document, &approved).await {
            Ok(report) => {
                pipeline::remember_applied(&document, &report, &self.prepared.state())?;
                carried.plans.push(document.hash.clone());
                if !report.is_complete() {
                    carried.failed = true;
                    self.notices.keep(happenings::executed(&document, &report));
                }
                for address in fields.keys() {
                    self.ui.note(&format!(
                        "git's budget of {} is back: a rule's raise is over",
                        address.short()
                    ));
                }
                Ok(())
            }
            Err(ExecuteError::Interrupted) => Err(Failure::new(
                Exit::Interrupted,
                "interrupted before any write; git's budgets return with the next run",
            )),
            Err(error) => {
                carried.failed |= self.not_sent(&document, &error).is_some();
                self.ui.note(&format!("git's budgets are not back: {error}"));
                Ok(())
            }
        }
    }

    /// Budgets of which a rule's raise is over and that are still above git's amount.
    fn over(&self, snapshot: &Snapshot) -> Fields {
        let short: BTreeSet<&RuleKey> = self
            .prepared
            .rules
            .iter()
            .filter(|rule| rule.actions.iter().any(Action::ends_at_midnight))
            .map(|rule| &rule.key)
            .collect();
        let is_over = |overlay: &&Overlay| {
            let of_rule = short.iter().any(|key| {
                key.namespace == overlay.object.namespace && Some(&key.name) == overlay.rule.as_ref()
            });
            let amount = matches!(overlay.setting, Setting::DailyBudget(_)) && !overlay.pool;
            of_rule && amount && overlay.expires <= snapshot.now
        };
        let ended: BTreeSet<&Target> = self
            .prepared
            .desired
            .overlays
            .given
            .iter()
            .filter(is_over)
            .map(|overlay| &overlay.object)
            .collect();
        let mut fields = Fields::new();
        for (address, object) in &snapshot.objects {
            let Some(budget) = object.budget.filter(|_| ended.contains(&Target::of(address))) else {
                continue;
            };
            if let Ownership::Bounded { initial, .. } = budget.ownership
                && budget.amount > initial
                && self.wanted(address) == Some(initial)
            {
                fields.entry(address.clone()).or_default().insert(FieldPath::new(DAILY_BUDGET));
            }
        }
        fields
    }

    /// The daily budget that is wanted of an object, by git and by whatever else counts.
    fn wanted(&self, address: &adplane_core::address::Address) -> Option<adplane_core::money::Money> {
        self.prepared.desired.object(address)?.value(DAILY_BUDGET)?.as_money()
    }

    fn say_waiting(&self, fields: &Fields, why: &Obstacle, carried: &mut Carried) {
        let why = match why {
            Obstacle::Wait(why) | Obstacle::Never(why) | Obstacle::Outweighed(why) => why,
            Obstacle::Denied(why) => {
                carried.denied = true;
                why
            }
            Obstacle::Unapproved(why) => {
                carried.unapproved = true;
                why
            }
        };
        for address in fields.keys() {
            self.ui.note(&format!(
                "a rule's raise of {} is over, and git's budget is not back: {why}; run `adplane apply`",
                address.short()
            ));
        }
    }
}
