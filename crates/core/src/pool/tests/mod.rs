//! Pools by hand, over whole months, and by properties.

mod days;
mod hard;
mod months;
mod properties;

use std::collections::BTreeMap;

use super::*;
use crate::money::Currency;

pub(super) const UNIT: i64 = 1_000_000;

pub(super) fn day(number: i8) -> Day {
    Day::constant(2026, 3, number)
}

pub(super) fn euros(whole: i64) -> Money {
    Money::from_micros(whole * UNIT, Currency::EUR)
}

pub(super) fn address(name: &str) -> Address {
    format!("meta/shop/Campaign/growth/{name}").parse().unwrap()
}

/// A monthly pool over the members a, b and c.
pub(super) fn pool(monthly: i64, on_exhausted: OnExhausted) -> Pool {
    Pool {
        namespace: Namespace::new("growth").unwrap(),
        name: ObjectName::new("spring").unwrap(),
        amount: euros(monthly),
        term: Term::Month,
        pattern: Pattern::Even,
        on_exhausted,
        allocation: Allocation::Delivered,
        caps: BTreeMap::new(),
        members: ["a", "b", "c"].into_iter().map(address).collect(),
        origin: None,
    }
}

/// A campaign that spent so many euros on each of the first days.
pub(super) fn member(name: &str, days: i8, daily: i64) -> Member {
    let figures = DayFigures { spend: daily * UNIT, ..DayFigures::default() };
    Member {
        object: address(name),
        runs: true,
        held: false,
        in_force: 50 * UNIT,
        pinned: false,
        min: UNIT,
        max: 100_000 * UNIT,
        max_step: None,
        step: 10_000,
        over_delivery: 10_000,
        days: (1..=days).map(|number| (day(number), figures)).collect(),
        today: Some(0),
        settled: None,
        passed: 70,
        left: None,
        leaves: false,
    }
}

pub(super) fn told(allotment: &Allotment) -> Vec<String> {
    let each = allotment.members.iter().map(|(object, share)| {
        let after = share.after.map(|micros| Money::from_micros(micros, Currency::EUR).to_string());
        let after =
            if share.paused { "paused".to_owned() } else { after.unwrap_or_else(|| "as it is".to_owned()) };
        format!("{} {after}", object.name)
    });
    each.collect()
}

pub(super) fn codes(allotment: &Allotment) -> Vec<&'static str> {
    allotment.answers.iter().map(|answer| answer.code).collect()
}

pub(super) fn ask(pool: &Pool, members: &[Member], today: i8) -> Allotment {
    allot(pool, members, look(today), &Given::new())
}

/// Ten minutes after midnight.
pub(super) fn look(today: i8) -> Look {
    Look { day: day(today), passed: 70 }
}

/// What a day gave, as it is remembered.
pub(super) fn remembered(allotment: &Allotment) -> GivenDay {
    let each = allotment.members.iter().filter_map(|(object, share)| Some((object.clone(), share.day()?)));
    GivenDay { looked: allotment.looked, amounts: each.collect() }
}
