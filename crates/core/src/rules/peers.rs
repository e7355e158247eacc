//! Peers: objects of one kind beside each other, and an object's place among them.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::figure::{Figure, real};
use super::lookup::Subject;
use super::slot::{Holder, Placing};
use super::snapshot::ObjectState;
use super::unknown::Unknown;
use crate::address::{AccountKey, Address};
use crate::cel::eval::Val;
use crate::metrics::{self, Window};

/// Objects beside each other.
type Group<'a> = Vec<(&'a Address, &'a ObjectState)>;

/// Objects in scope by what they lie in: a parent, or else the account.
pub(super) struct Peers<'a> {
    groups: BTreeMap<(AccountKey, Option<&'a Address>), Group<'a>>,
}

impl<'a> Peers<'a> {
    pub(super) fn new(objects: impl IntoIterator<Item = (&'a Address, &'a ObjectState)>) -> Self {
        let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (address, object) in objects {
            let key = (address.account_key(), object.parent.as_ref());
            groups.entry(key).or_default().push((address, object));
        }
        Self { groups }
    }

    /// An object with its peers.
    pub(super) fn of(
        &'a self,
        address: &Address,
        object: &'a ObjectState,
    ) -> impl Iterator<Item = (&'a Address, &'a ObjectState)> {
        let key = (address.account_key(), object.parent.as_ref());
        self.groups.get(&key).into_iter().flatten().copied()
    }
}

/// The place of an object among its peers. Those that showed nothing in the window are left out unless `all`.
pub(super) fn place<'a>(
    subject: Subject<'a>,
    placing: Placing,
    window: Window,
    figure: Figure,
    all: bool,
) -> Result<Val<'a>, Unknown> {
    let of = |address: &'a Address, object: &'a ObjectState| Subject { address, object, ..subject };
    let own = measured(subject, window, figure, all)?.ok_or(Unknown::NoData)?;
    let mut values: Vec<f64> = Vec::new();
    let mut missing = 0_usize;
    for (address, object) in subject.beside() {
        match measured(of(address, object), window, figure, all) {
            Ok(value) => values.extend(value),
            // A ratio without a lower part has no value to rank; everything else unknown leaves the place open.
            Err(Unknown::Number(metrics::Unknown::ZeroDenominator(_))) => {}
            Err(_) => missing += 1,
        }
    }
    if missing > 0 {
        return Err(metrics::Unknown::Parts(missing).into());
    }
    let count = |test: &dyn Fn(f64) -> bool| values.iter().filter(|value| test(**value)).count();
    let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let share = |part: Decimal, sum: Decimal| part.checked_div(sum).map(Val::Decimal).ok_or(Unknown::NoData);
    match placing {
        Placing::Rank => Ok(Val::Integer(whole(count(&|value| value > own) + 1))),
        Placing::Count => Ok(Val::Integer(whole(values.len()))),
        Placing::Percentile => {
            let below = Decimal::from(whole(count(&|value| value <= own)));
            share(below, Decimal::from(whole(values.len())))
        }
        Placing::Share => {
            let sum: f64 = values.iter().sum();
            let number = |value: f64| Decimal::try_from(value).map_err(|_| Unknown::NoData);
            share(number(own)?, number(sum)?)
        }
    }
}

/// The figure of one peer; nothing where it showed nothing and idle ones are left out.
fn measured(subject: Subject<'_>, window: Window, figure: Figure, all: bool) -> Result<Option<f64>, Unknown> {
    if !all {
        let sums = subject.sums(Holder::Own, window)?;
        if sums.impressions == Some(0) || (sums.impressions.is_none() && sums.spend == Some(0)) {
            return Ok(None);
        }
    }
    Ok(real(&subject.figure(Holder::Own, window, figure)?))
}
