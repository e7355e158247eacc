//! The status of an account.

use std::collections::BTreeSet;

use adplane_core::address::Address;
use adplane_core::plan::{Action, Change};
use adplane_manifest::api::status::{ObjectCounts, ResourceStatus};
use adplane_manifest::api::text::{Instant, Word};

use super::super::super::decide::opening;
use super::super::conditions::{Found, Reason, Type};
use super::super::words::{drift_condition, stalled, told};
use super::View;
use crate::delivered::Known;
use crate::names;

impl View<'_> {
    pub(super) fn account(&self) -> (ResourceStatus, Vec<Found>) {
        let changes = &self.decision.plan.changes;
        let count = |wanted: &dyn Fn(&Change) -> bool| {
            i64::try_from(changes.iter().filter(|change| wanted(change)).count()).unwrap_or(i64::MAX)
        };
        let drifted: BTreeSet<&Address> = self.outcome.drift.iter().map(|item| &item.address).collect();
        let counts = ObjectCounts {
            objects: Some(count(&|_| true)),
            ready: Some(count(&|change| change.action == Action::None)),
            pending: Some(count(&|change| change.action.writes())),
            drifted: Some(i64::try_from(drifted.len()).unwrap_or(i64::MAX)),
            blocked: Some(count(&|change| change.action == Action::Blocked)),
        };
        let facts =
            self.world.observed.accounts.get(&self.world.key).and_then(|account| account.facts.as_ref());
        let status = ResourceStatus {
            counts: Some(counts),
            next_window: opening(self.world).map(|opening| Instant(opening.to_string())),
            plan: self.plan_reference(),
            state: facts
                .map(|facts| Word(if facts.inactive.is_some() { "Inactive" } else { "Active" }.to_owned())),
            ..ResourceStatus::default()
        };
        let own = self.world.account().map(|account| account.key.clone());
        let broken = own.and_then(|key| self.world.wanted.broken.get(&key));
        let mut found = match broken.and_then(|found| found.first()) {
            Some(first) => stalled(Reason::Invalid, told(first)),
            None => self.standing(self.decision.plan_name().is_some()),
        };
        found.push(drift_condition(self.outcome.drift.iter()));
        found.extend(self.guards());
        found.extend(self.quota());
        found.extend(self.measured());
        found.extend(self.dead_letters());
        found.extend(self.suspended());
        (status, found)
    }

    fn suspended(&self) -> Option<Found> {
        let reason = self.world.account()?.annotation(names::SUSPEND_REASON).unwrap_or_default();
        let found = || Found::new(Type::Suspended, true, Reason::Suspended, reason.to_owned());
        self.world.suspended().then(found)
    }

    /// Whether what it delivers was read, once that was tried.
    fn measured(&self) -> Option<Found> {
        match &self.world.delivered {
            Known::Off | Known::Unread => None,
            Known::Read { trouble: None, .. } => {
                Some(Found::new(Type::Measured, true, Reason::MetricsRead, ""))
            }
            Known::Read { trouble: Some(trouble), .. } => {
                Some(Found::new(Type::Measured, false, Reason::MetricsUnread, trouble.clone()))
            }
        }
    }

    fn dead_letters(&self) -> Option<Found> {
        let message = self.outcome.given_up.clone()?;
        Some(Found::new(Type::DeadLetters, true, Reason::MessagesGivenUp, message))
    }

    fn guards(&self) -> Option<Found> {
        let missing = &self.world.guards_missing;
        (!missing.is_empty()).then(|| {
            let message =
                format!("missing or changed: {}; install the chart's policies again", missing.join(", "));
            Found::new(Type::GuardMissing, true, Reason::PoliciesMissing, message)
        })
    }

    fn quota(&self) -> Option<Found> {
        let left =
            self.world.observed.accounts.get(&self.world.key).and_then(|account| account.quota_left)?;
        (left == 0).then(|| {
            Found::new(
                Type::QuotaLimited,
                true,
                Reason::QuotaExhausted,
                "no operations are left of today's quota",
            )
        })
    }
}
