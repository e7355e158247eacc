//! The spend guard of an approval policy, as it is written in `adplane.yaml` or in the operator's file.

use std::collections::BTreeMap;
use std::sync::Arc;

use adplane_core::address::Platform;
use adplane_core::desired::Desired;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::FieldPath;
use adplane_core::money::{Currency, Money};
use adplane_core::rules::{AccountGuard, Amounts};
use adplane_core::value::Value;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{Place, Written};
use crate::check::basis_points;

/// Where it is written.
const AT: &str = "approvals.spendGuard";

/// The spend guard of an approval policy; which accounts it is about is known once they are read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProjectGuard {
    every: AccountGuard,
    /// By the name of the account.
    pub(crate) accounts: BTreeMap<String, (Money, Place)>,
    pub(crate) platforms: BTreeMap<Platform, Amounts>,
    pub(crate) namespace: Amounts,
    /// Where amounts about several accounts are written.
    pub(crate) places: BTreeMap<Option<Platform>, Place>,
}

impl ProjectGuard {
    /// Holds what is wanted to it.
    pub fn hold(&self, desired: &mut Desired) {
        let guard = &mut desired.spend_guard;
        guard.every = guard.every.clone().tighter(&self.every);
        guard.platforms.clone_from(&self.platforms);
        guard.namespace.clone_from(&self.namespace);
        for key in desired.accounts.keys() {
            if let Some((amount, _)) = self.accounts.get(key.name.as_str()) {
                let own = AccountGuard { worst_day: vec![*amount], ..AccountGuard::default() };
                guard.hold(key, &own);
            }
        }
    }

    /// Whether it has amounts about several accounts together.
    pub fn spans_accounts(&self) -> bool {
        !self.places.is_empty()
    }
}

/// What a spend guard says about one account, with what is wrong with it: the field, its place, what and what to write.
pub(crate) fn account_guard(
    fields: &[Written],
    within: &str,
    mut report: impl FnMut(&Written, Diagnostic),
) -> AccountGuard {
    let find =
        |name: &str| fields.iter().find(|field| field.path.as_str().strip_prefix(within) == Some(name));
    let share = find(".maxShareOfLive").and_then(|written| {
        let share = written.value.as_decimal()?;
        if share <= Decimal::ZERO || share > Decimal::ONE {
            let found = Diagnostic::error("out-of-range", "a share lies above 0 and at most at 1");
            report(written, found.hint("write a quarter as `0.25`"));
        }
        (share * Decimal::from(10_000)).to_u32()
    });
    AccountGuard {
        max_rise: find(".maxDailyRise").and_then(|written| basis_points(written.value.as_text()?)),
        worst_day: find(".worstDay").and_then(|written| written.value.as_money()).into_iter().collect(),
        per_run: find(".maxObjectsPerRun")
            .and_then(|written| u32::try_from(written.value.as_integer()?).ok()),
        share_of_live: share,
    }
}

/// Reads it from the fields of a project file.
pub(super) fn read(file: &Arc<str>, fields: &[Written], found: &mut Vec<Diagnostic>) -> ProjectGuard {
    let mut report = |written: &Written, place: Place, mut diagnostic: Diagnostic| {
        diagnostic.origin = Some(place.in_file(file));
        diagnostic.length = place.length;
        diagnostic.field = Some(FieldPath::new(written.path.as_str()));
        found.push(diagnostic);
    };
    let every = account_guard(fields, AT, |written, diagnostic| report(written, written.place, diagnostic));
    let mut guard = ProjectGuard { every, ..ProjectGuard::default() };
    for written in fields {
        let Some(path) =
            written.path.as_str().strip_prefix(AT).and_then(|path| path.strip_prefix(".worstDay."))
        else {
            continue;
        };
        if let Some(name) = path.strip_prefix("accounts.") {
            guard
                .accounts
                .extend(written.value.as_money().map(|amount| (name.to_owned(), (amount, written.place))));
            continue;
        }
        let amounts = by_currency(written, |place, diagnostic| report(written, place, diagnostic));
        let of = |platform: &Platform| path == format!("platforms.{}", word(*platform));
        let platform = Platform::ALL.into_iter().find(of);
        guard.places.insert(platform, written.place);
        match platform {
            Some(platform) => _ = guard.platforms.insert(platform, amounts),
            None => guard.namespace = amounts,
        }
    }
    guard
}

/// A platform as it is written.
pub(crate) fn word(platform: Platform) -> &'static str {
    match platform {
        Platform::Google => "Google",
        Platform::Meta => "Meta",
        Platform::TikTok => "TikTok",
    }
}

/// Amounts of a list, each currency once.
fn by_currency(written: &Written, mut report: impl FnMut(Place, Diagnostic)) -> Amounts {
    let mut amounts: BTreeMap<Currency, Money> = BTreeMap::new();
    let members = written.value.members().iter().enumerate();
    for (index, money) in members.filter_map(|(index, value)| Some((index, Value::as_money(value)?))) {
        let place = written.members.get(index).copied().unwrap_or(written.place);
        if let Some(other) = amounts.insert(money.currency(), money) {
            let message = format!("there are two amounts in {}: {other} and {money}", money.currency());
            report(
                place,
                Diagnostic::error("approval-policy", message).hint("write one amount per currency"),
            );
        }
    }
    amounts
}
