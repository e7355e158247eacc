//! Dead bands: a threshold that a value must come back past by more than a little, before a rule lets go of what it
//! paused. An alternative to `release`, made of the condition itself: of its figures that a pause leaves as they are.

use std::sync::Arc;

use super::figure::{Figure, real};
use super::lookup::Subject;
use super::record::{Clause, Part, Truth};
use super::rule::Expression;
use super::slot::Slot;
use crate::cel::code::Code;
use crate::cel::parse::Operator;

/// All of something, in basis points.
const WHOLE: f64 = 10_000.0;

/// One comparison of a condition, with the value and the threshold apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Band {
    operator: Operator,
    left: Expression,
    right: Expression,
    text: Arc<str>,
    share: u32,
}

/// The comparisons of a condition that measure something; `share` is the band in basis points.
pub(super) fn bands(when: &[Expression], share: u32) -> Vec<Band> {
    when.iter().filter_map(|part| band(part, share)).collect()
}

fn band(part: &Expression, share: u32) -> Option<Band> {
    let Code::Compare(operator, left, right) = &part.code else { return None };
    let orders = matches!(
        operator,
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual
    );
    let measures = part.slots.iter().any(|slot| !slot.windows().is_empty());
    (orders && measures && tells(part, *operator, (left, right))).then(|| Band {
        operator: *operator,
        left: Expression { code: Code::clone(left), ..part.clone() },
        right: Expression { code: Code::clone(right), ..part.clone() },
        text: format!("`{}` is false by more than {}%", part.text, percent(share)).into(),
        share,
    })
}

/// Whether a comparison still tells something of what is paused. What counts what it delivers falls by the pause itself, and
/// so does what is expected of it: that is no way out. Only what has risen all the same, as by conversions that came late,
/// tells something, where it stands alone.
fn tells(part: &Expression, operator: Operator, (left, right): (&Code, &Code)) -> bool {
    let (falls, rises) = match operator {
        Operator::Greater | Operator::GreaterOrEqual => (left, right),
        _ => (right, left),
    };
    let counts = |code: &Code| {
        let mut counts = false;
        code.visit(&mut |code| {
            if let Code::Load(slot) | Code::Ask(slot, _) = code {
                counts |= part.slots.get(*slot).is_some_and(is_count);
            }
        });
        counts
    };
    let alone = |code: &Code| match code {
        Code::Load(slot) => matches!(part.slots.get(*slot), Some(Slot::Figure { .. })),
        _ => false,
    };
    !counts(falls) && (!counts(rises) || alone(rises))
}

/// Whether something falls when its object delivers nothing.
fn is_count(slot: &Slot) -> bool {
    match slot {
        Slot::Figure { figure, .. } | Slot::Placing { figure, .. } | Slot::ZScore { figure, .. } => {
            matches!(figure, Figure::Count(_) | Figure::BudgetUse)
        }
        Slot::Forecast { .. } => true,
        _ => false,
    }
}

/// `10` of 1000 basis points, `12.5` of 1250.
pub(super) fn percent(share: u32) -> String {
    rust_decimal::Decimal::new(i64::from(share), 2).normalize().to_string()
}

/// Whether some comparison has come back past its threshold by more than the band: then the condition, of which all must be
/// true, is clearly false.
pub(super) fn over<'a>(subject: Subject<'a>, bands: &'a [Band], clauses: &mut Vec<Clause>) -> Truth {
    let mut some = Truth::False;
    for band in bands {
        let truth = match (subject.value(&band.left), subject.value(&band.right)) {
            (Err(why), _) | (_, Err(why)) => Truth::Unknown(why),
            (Ok(left), Ok(right)) => match (real(&left), real(&right)) {
                (Some(left), Some(right)) if band.is_past(left, right) => Truth::True,
                _ => Truth::False,
            },
        };
        let told = truth.told();
        clauses.push(Clause { part: Part::Release, text: Arc::clone(&band.text), told, values: Vec::new() });
        some = some.or(truth);
    }
    some
}

impl Band {
    fn is_past(&self, value: f64, threshold: f64) -> bool {
        let margin = threshold.abs() * f64::from(self.share) / WHOLE;
        match self.operator {
            Operator::Greater | Operator::GreaterOrEqual => value < threshold - margin,
            _ => value > threshold + margin,
        }
    }
}
