//! What git lets automation move: amounts within bounds, and states.

use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::{Field, FieldOwner};
use adplane_core::money::Money;
use adplane_core::overlay::{Managed, Places};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::convert::Convert;
use super::pool::Membership;
use crate::load::{Document, Written};

const INITIAL: &str = "budget.managed.daily.initial";
const MIN: &str = "budget.managed.daily.min";
const MAX: &str = "budget.managed.daily.max";
const MAX_STEP: &str = "budget.managed.daily.maxStepPct";

/// The daily budget that automation moves, at its initial amount; nothing where none is written or can be read.
///
/// A campaign of a pool that writes no amounts begins with an even part of it, and can get all of it.
pub(super) fn lower(convert: &mut Convert<'_>, pool: Option<Membership>) -> Option<Field> {
    let document = convert.document;
    if let (Some(pool), None) = (&pool, document.written(INITIAL)) {
        return even_part(convert, pool);
    }
    let (initial, min, max) = (document.written(INITIAL)?, document.written(MIN)?, document.written(MAX)?);
    for written in [initial, min, max] {
        convert.check_money(written);
    }
    let amount = |written: &Written| written.value.as_money();
    let managed = Managed {
        initial: amount(initial)?,
        min: amount(min)?,
        max: amount(max)?,
        max_step: max_step(convert),
        step: None,
        pool: pool.map(|pool| pool.owner),
        overlay: None,
        places: Places { min: document.at(min.place), max: document.at(max.place) },
    };
    check_bounds(convert, &managed, [initial, min, max]);
    let origin = document.at(initial.place);
    Some(Field { owner: FieldOwner::Managed(Box::new(managed)), ..Field::declared(amount(initial)?, origin) })
}

fn even_part(convert: &Convert<'_>, pool: &Membership) -> Option<Field> {
    let named = convert.document.written("budget.ref")?;
    let currency = pool.all.currency();
    if currency != convert.account.currency {
        // Told where the pool's members are looked at.
        return None;
    }
    let managed = Managed {
        initial: pool.part,
        min: Money::from_micros(currency.minor_unit_micros(), currency),
        max: pool.all,
        max_step: None,
        step: None,
        pool: Some(pool.owner.clone()),
        overlay: None,
        places: Places::default(),
    };
    let origin = convert.document.at(named.place);
    Some(Field { owner: FieldOwner::Managed(Box::new(managed)), ..Field::declared(pool.part, origin) })
}

fn check_bounds(convert: &mut Convert<'_>, managed: &Managed, [initial, min, max]: [&Written; 3]) {
    let comparable = |amount: Money| amount.currency() == managed.initial.currency();
    if !comparable(managed.min) || !comparable(managed.max) {
        // Told as amounts in another currency than the account's.
        return;
    }
    let found = if managed.min.micros() <= 0 {
        Some((
            min,
            format!("the lower bound {} is not above zero", managed.min),
            "write the least that may be spent a day; a pause is `state: Paused`".to_owned(),
        ))
    } else if managed.max < managed.min {
        let message = format!("the upper bound {} is below the lower one, {}", managed.max, managed.min);
        Some((max, message, format!("write at least {}", managed.min)))
    } else if managed.initial < managed.min || managed.initial > managed.max {
        let message = format!("{} is not between {} and {}", managed.initial, managed.min, managed.max);
        Some((initial, message, "write an initial amount within the bounds".to_owned()))
    } else {
        None
    };
    if let Some((written, message, hint)) = found {
        convert.report(Diagnostic::error("budget-bounds", message).hint(hint), written.place, written);
    }
}

/// The largest step in basis points.
fn max_step(convert: &mut Convert<'_>) -> Option<u32> {
    let written = convert.document.written(MAX_STEP)?;
    let points = written.value.as_decimal()?.checked_mul(Decimal::ONE_HUNDRED)?.trunc().to_u32();
    if let Some(points) = points.filter(|points| *points > 0) {
        return Some(points);
    }
    let message = format!("a step of {} % cannot be made", written.value);
    let found = Diagnostic::error("budget-bounds", message)
        .hint("write the largest step in percent, such as `maxStepPct: 20`, or leave it out");
    convert.report(found, written.place, written);
    None
}

/// Whether rules may pause an object; its state must be git's to begin with.
pub(super) fn may_pause(document: &Document, fields: &[Written], diagnostics: &mut Vec<Diagnostic>) -> bool {
    let find = |path: &str| fields.iter().find(|field| field.path.as_str() == path);
    let Some(written) = find("rulesMayPause").filter(|written| written.value.as_bool() == Some(true)) else {
        return false;
    };
    if find("state").is_some() {
        return true;
    }
    let found = Diagnostic::error("rules-may-pause-without-state", "`rulesMayPause` needs `state` beside it")
        .hint("write `state: Active`: what a rule pauses returns to it when the rule lets go");
    diagnostics.push(document.finding(found, written.place, "rulesMayPause"));
    false
}
