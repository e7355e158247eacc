//! One level over one period.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adplane_core::address::Kind;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Granularity, Metric, Span, Sums, Unknown, Unresolved, WindowTotals};

use super::figures::{Basis, Figures};
use super::sum::{Added, added};
use super::{Asked, Objects, Period, Settling};
use crate::metrics::store::{MetricStore, StoreError};
use crate::metrics::sync::LEVELS;

/// The figures of a level's objects.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Every object that there is something to tell of.
    pub each: BTreeMap<ExternalId, Figures>,
    /// What holds for every other one: it delivered nothing, or why that is not known.
    pub rest: Figures,
    /// All of them together.
    pub all: Figures,
}

impl Answer {
    /// One object.
    pub fn of(&self, id: &ExternalId) -> &Figures {
        self.each.get(id).unwrap_or(&self.rest)
    }
}

pub(super) async fn answer(
    store: &dyn MetricStore,
    asked: &Asked<'_>,
    settling: &Settling,
    level: Kind,
    period: Period,
) -> Result<Answer, StoreError> {
    if period.is_own() {
        return flights(store, asked, settling, level, period).await;
    }
    let span = match asked.span(period, None, settling) {
        Ok(span) => span,
        Err(why) => return Ok(unresolved(asked, level, why)),
    };
    let own = store.window(asked.account, level, &span, asked.as_of).await?;
    if own.gaps.is_empty() {
        return Ok(read(asked, settling, own));
    }
    // Without parents nothing can be added up.
    for below in LEVELS.into_iter().filter(|below| *below > level && !asked.objects.is_empty()) {
        let parts = store.window(asked.account, below, &span, asked.as_of).await?;
        if parts.gaps.is_empty() {
            return Ok(summed(asked, settling, &parts, level));
        }
    }
    Ok(read(asked, settling, own))
}

/// The level's own reports.
fn read(asked: &Asked<'_>, settling: &Settling, totals: WindowTotals) -> Answer {
    let all = totals.all(asked.told);
    let unknown = totals.covered().err();
    let several = totals.objects.len() > 1;
    let basis = Arc::new(basis(settling, &totals));
    let of = |sums: Sums| figures(asked, &basis, unknown.clone().map_or(Ok(sums), Err), false);
    Answer {
        each: totals.objects.into_iter().map(|(id, sums)| (id, of(sums))).collect(),
        rest: of(Sums::zero(asked.told)),
        all: figures(asked, &basis, all, several),
    }
}

/// The sums of the reports of a level below.
fn summed(asked: &Asked<'_>, settling: &Settling, parts: &WindowTotals, level: Kind) -> Answer {
    let all = parts.all(asked.told);
    let several = parts.objects.len() > 1;
    let basis = Arc::new(basis(settling, parts));
    let Sum { sums, of_several, lost } = sum_up(parts, asked.objects, level);
    let unknown = (lost > 0).then_some(Unknown::Parts(lost));
    let of = |sums: Sums, several| figures(asked, &basis, unknown.clone().map_or(Ok(sums), Err), several);
    Answer {
        rest: of(Sums::zero(asked.told), false),
        each: sums
            .into_iter()
            .map(|(id, sums)| {
                let several = of_several.contains(&id);
                (id, of(sums, several))
            })
            .collect(),
        all: figures(asked, &basis, all, several),
    }
}

/// What parts add up to.
struct Sum {
    sums: BTreeMap<ExternalId, Sums>,
    /// Those that have several parts.
    of_several: BTreeSet<ExternalId>,
    /// How many parts delivered and belong to nobody known.
    lost: usize,
}

fn sum_up(parts: &WindowTotals, objects: &Objects, above: Kind) -> Sum {
    let mut sum = Sum { sums: BTreeMap::new(), of_several: BTreeSet::new(), lost: 0 };
    for (id, own) in &parts.objects {
        match objects.ancestor(parts.level, id, above) {
            Some(parent) => {
                if let Some(known) = sum.sums.get_mut(&parent) {
                    *known = known.plus(own);
                    sum.of_several.insert(parent);
                } else {
                    sum.sums.insert(parent, *own);
                }
            }
            None => sum.lost += usize::from(delivered(own)),
        }
    }
    sum
}

fn delivered(sums: &Sums) -> bool {
    Metric::ALL.into_iter().any(|metric| sums.get(metric).is_some_and(|count| count != 0))
}

/// Each object over days of its own.
async fn flights(
    store: &dyn MetricStore,
    asked: &Asked<'_>,
    settling: &Settling,
    level: Kind,
    period: Period,
) -> Result<Answer, StoreError> {
    let mut each = BTreeMap::new();
    let mut spans: Vec<(Span, BTreeSet<ExternalId>)> = Vec::new();
    let mut known: BTreeMap<super::Flight, usize> = BTreeMap::new();
    for ((_, id), flight) in
        asked.objects.flights(&asked.account.zone).into_iter().filter(|((of, _), _)| *of == level)
    {
        if let Some(place) = known.get(&flight) {
            spans[*place].1.insert(id);
            continue;
        }
        match asked.span(period, Some(flight), settling) {
            Ok(span) => {
                known.insert(flight, spans.len());
                spans.push((span, BTreeSet::from([id])));
            }
            Err(why) => {
                let basis = Arc::new(Basis::none(level));
                each.insert(id, figures(asked, &basis, Err(why.into()), false));
            }
        }
    }
    let told = store.windows_of(asked.account, level, &spans, asked.as_of).await?;
    for (totals, (_, ids)) in told.into_iter().zip(&spans) {
        let basis = Arc::new(basis(settling, &totals));
        for id in ids {
            each.insert(id.clone(), figures(asked, &basis, totals.of(id, asked.told), false));
        }
    }
    let nowhere = Arc::new(Basis::none(level));
    let gone = gone(store, asked, level, &each).await?;
    let all = together(asked, &each, level, gone);
    Ok(Answer { rest: figures(asked, &nowhere, Err(Unresolved::NoFlight.into()), false), each, all })
}

/// How many objects delivered within the days that are kept and have no days of their own, since they were deleted and the
/// platform tells no more when they ran.
async fn gone(
    store: &dyn MetricStore,
    asked: &Asked<'_>,
    level: Kind,
    each: &BTreeMap<ExternalId, Figures>,
) -> Result<usize, StoreError> {
    let readings = store.readings(asked.account, level, Granularity::Day).await?;
    let first = readings.iter().map(|read| read.first).min();
    let last = readings.iter().map(|read| read.last).max();
    let Some((first, last)) = first.zip(last) else { return Ok(0) };
    let span = asked.days(first, last);
    let totals = store.window(asked.account, level, &span, asked.as_of).await?;
    Ok(totals.objects.iter().filter(|(id, sums)| delivered(sums) && !each.contains_key(*id)).count())
}

/// The sum of figures that rest on days of their own; what has not begun delivered nothing. `gone`: parts of which nobody
/// can tell the days.
fn together(asked: &Asked<'_>, each: &BTreeMap<ExternalId, Figures>, level: Kind, gone: usize) -> Figures {
    let Added { basis, sums, several } = added(each.values(), level, gone);
    figures(asked, &Arc::new(basis), sums, several)
}

fn unresolved(asked: &Asked<'_>, level: Kind, why: Unresolved) -> Answer {
    let basis = Arc::new(Basis::none(level));
    let none = || figures(asked, &basis, Err(why.into()), false);
    Answer { each: BTreeMap::new(), rest: none(), all: none() }
}

fn basis(settling: &Settling, totals: &WindowTotals) -> Basis {
    Basis {
        span: Some(totals.span.clone()),
        source: totals.level,
        attribution: totals.attribution.clone(),
        gaps: totals.gaps.clone(),
        freshness: totals.freshness,
        completeness: settling.share(&totals.span),
    }
}

fn figures(asked: &Asked<'_>, basis: &Arc<Basis>, sums: Result<Sums, Unknown>, several: bool) -> Figures {
    Figures { currency: asked.account.currency, basis: Arc::clone(basis), sums, told: asked.told, several }
}
