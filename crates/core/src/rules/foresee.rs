//! Forecasts in expressions: `forecast.next_7d.spend`, of the object, of what it lies in, of its account.
//!
//! A snapshot holds the days that forecasts are made from; models are tried when a condition asks, and once for each
//! horizon. What has no skill is unknown to a rule, and an unknown never acts.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::figure::{Figure, conversions};
use super::lookup::Subject;
use super::slot::{Holder, Slot};
use super::unknown::Unknown;
use super::vocabulary::{Names, StepOf};
use crate::address::{AccountKey, Address};
use crate::cel::check::Checker;
use crate::cel::code::Code;
use crate::cel::eval::Val;
use crate::cel::problem::{Problem, Span};
use crate::cel::{Type, Vocabulary as _};
use crate::forecast::{Ahead, NotAhead, Outlook};
use crate::metrics::{self, CONVERSION_PARTS, Metric};
use crate::money::Money;
use crate::stats::{real, whole};
use crate::suggest::some_of;

/// What can be forecast: what adds up day by day and what people plan by.
pub const FORETOLD: [Metric; 4] = [Metric::Spend, Metric::Clicks, Metric::Conversions, Metric::Value];

/// A forecast that a rule asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Foretold {
    /// Of the objects that it looks at.
    OfObjects(Metric),
    /// Of what they lie in.
    OfParents(Metric),
    /// Of their account.
    OfAccount(Metric),
}

/// The days of one metric, and how old what is known of them is.
#[derive(Debug, Clone, PartialEq)]
pub struct Foreseen {
    /// What they foretell.
    pub outlook: Arc<Outlook>,
    /// The sync that left all of them up to date.
    pub as_of: Timestamp,
}

/// What forecasts are made from, where rules ask for any.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Forecasts {
    /// By object.
    pub objects: BTreeMap<Address, BTreeMap<Metric, Foreseen>>,
    /// By account.
    pub accounts: BTreeMap<AccountKey, BTreeMap<Metric, Foreseen>>,
}

/// A forecast as it is written behind its holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Asked {
    pub(super) ahead: Ahead,
    pub(super) metric: Metric,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "forecast.{}.{}", self.ahead, self.metric.word())
    }
}

impl Slot {
    /// The forecast that it is.
    pub(super) fn foretold(&self) -> Option<Foretold> {
        match self {
            Self::Forecast { of, asked } => Some(match of {
                Holder::Account => Foretold::OfAccount(asked.metric),
                Holder::Parent => Foretold::OfParents(asked.metric),
                Holder::Own | Holder::Peers => Foretold::OfObjects(asked.metric),
            }),
            _ => None,
        }
    }
}

impl Checker<Names<'_>> {
    /// What stands behind `forecast`: days to come, then a metric.
    pub(super) fn forecast(
        &mut self,
        of: Holder,
        steps: &[StepOf<'_>],
        span: Span,
    ) -> Result<(Type, Code), Problem> {
        let words = FORETOLD.map(Metric::word);
        let example = "write days to come and a metric, such as `forecast.next_7d.spend`";
        let [(ahead, at), (word, of_word), rest @ ..] = steps else {
            let message = "a forecast says of which days, and what of them";
            return Err(Problem::new("policy-type", span, message).hint(example));
        };
        if let [(name, at), ..] = rest {
            return Err(self.names.unknown_member(name, "a number", &[], *at));
        }
        let ahead: Ahead = ahead.parse().map_err(|hint: NotAhead| {
            let message = format!("`{ahead}` is no days to come");
            Problem::new("policy-unknown-field", *at, message).hint(hint.to_string())
        })?;
        let Some(metric) = FORETOLD.into_iter().find(|metric| metric.word() == *word) else {
            let message = match Figure::parse(word) {
                Some(_) => format!("nobody forecasts `{word}`"),
                None => format!("`{word}` is not a member of `forecast.{ahead}`"),
            };
            let hint = format!("there are: {}", some_of(words));
            return Err(Problem::new("policy-unknown-field", *of_word, message).hint(hint));
        };
        self.note(Figure::Count(metric), *of_word);
        let of_type = if metric.is_money() { Type::Money(self.names.currency) } else { Type::Decimal };
        Ok(self.load(of_type, Slot::Forecast { of, asked: Asked { ahead, metric } }))
    }
}

impl<'a> Subject<'a> {
    /// What is expected of days to come; unknown where forecasts have no skill.
    pub(super) fn forecast(self, of: Holder, asked: Asked) -> Result<Val<'a>, Unknown> {
        let Asked { ahead, metric } = asked;
        let known = &self.snapshot.forecasts;
        let found = match of {
            Holder::Own => known.objects.get(self.address),
            Holder::Parent => known.objects.get(self.object.parent.as_ref().ok_or(Unknown::NoParent)?),
            Holder::Account => known.accounts.get(&self.address.account_key()),
            Holder::Peers => None,
        };
        let found = found.and_then(|metrics| metrics.get(&metric));
        let Foreseen { outlook, as_of } =
            found.ok_or_else(|| Unknown::NoForecast("nothing was read of its days".to_owned()))?;
        let learned = outlook.history().map(|history| (history.first, history.last));
        let late = Figure::Count(metric).needs_conversions();
        if late && self.outage.is_some_and(|outage| outage.is_now_or_within(learned)) {
            return Err(Unknown::TrackingOutage);
        }
        if self.snapshot.now.duration_since(*as_of) > self.rule.require.freshness {
            return Err(metrics::Unknown::Stale { as_of: *as_of }.into());
        }
        let today = self.snapshot.now.to_zoned(self.account.zone.rules()).date();
        let sum = outlook.sum(ahead, today).map_err(|why| {
            let told = why.to_string();
            if why.is_no_skill() { Unknown::NoSkill(told) } else { Unknown::NoForecast(told) }
        })?;
        Ok(match metric {
            Metric::Spend | Metric::Value => {
                Val::Money(Money::from_micros(whole(sum + 0.5), self.account.currency))
            }
            _ => Val::Decimal(parts(sum)),
        })
    }
}

/// To the millionth.
fn parts(sum: f64) -> Decimal {
    conversions(whole(sum * real(CONVERSION_PARTS) + 0.5))
}
