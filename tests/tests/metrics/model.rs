//! Generated readings, compared with a model that keeps every one of them and answers by the definition.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adplane_core::address::Kind;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Day, Granularity, Metric, MetricRow, Reading, Slot, Slots, Span, Sums};
use adplane_engine::metrics::store::{AsOf, BELIEVED_AFTER, MetricStore, Of};
use jiff::{Timestamp, ToSpan};

use crate::build::{account, at, day, id, reading, span};

crate::cases![every_question_is_answered_as_the_model_does];

const SEEDS: u64 = 12;
const READINGS: usize = 25;

/// A small generator of numbers, the same in every run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        i64::try_from(self.0 % bound).unwrap()
    }

    fn sums(&mut self) -> Sums {
        Sums {
            spend: Some(self.below(3)),
            clicks: (self.below(6) > 0).then_some(1),
            reach: (self.below(3) > 0).then_some(self.below(2) * 5),
            ..Sums::default()
        }
    }

    /// A few days of June, read at some instant; mostly in order of time.
    fn reading(&mut self, position: usize) -> Reading {
        let from = day("2026-06-01").checked_add(self.below(8).days()).unwrap();
        let to = from.checked_add(self.below(5).days()).unwrap();
        let late = if self.below(5) == 0 { 40 } else { 0 };
        let hours = i64::try_from(position).unwrap() * 7 - late + 30;
        let as_of = at("2026-06-01T00:00:00Z") + hours.hours();
        let mut told = reading(&from.to_string(), &to.to_string(), &as_of.to_string());
        for slot in Slots::days(from, to).each() {
            for object in 0..4 {
                if self.below(3) > 0 {
                    told.rows.push(MetricRow { id: id(object), slot, sums: self.sums() });
                }
            }
        }
        told
    }
}

/// Every reading with the days that counted when it came, and since when days are doubted.
#[derive(Default)]
struct Model(Vec<(Reading, BTreeSet<Day>)>, BTreeMap<Day, Timestamp>);

impl Model {
    fn put(&mut self, told: &Reading) {
        let days = Slots::days(told.from, told.to).each().map(|slot| slot.day);
        let taken =
            |day: &Day| self.0.iter().any(|(known, days)| known.as_of >= told.as_of && days.contains(day));
        let open: BTreeSet<Day> = days.filter(|day| !taken(day)).collect();
        let doubted = self.doubted(told, &open);
        self.1.retain(|day, _| !open.contains(day));
        self.1.extend(&doubted);
        let days = open.into_iter().filter(|day| !doubted.contains_key(day)).collect();
        self.0.push((told.clone(), days));
    }

    /// The days of a reading that are doubted: less than two fifths of what is known, or silent after a day that is.
    fn doubted(&self, told: &Reading, days: &BTreeSet<Day>) -> BTreeMap<Day, Timestamp> {
        let mut doubted = BTreeMap::new();
        let mut silence: Option<Timestamp> = None;
        let spent = |day: &Day| {
            let rows = told.rows.iter().filter(|row| row.slot.day == *day);
            rows.filter_map(|row| row.sums.spend).sum::<i64>()
        };
        let begun =
            days.iter().filter(|day| spent(day) == 0).filter_map(|day| self.1.get(day).copied()).min();
        for day in days {
            let now = spent(day);
            let known = (0..4).filter_map(|object| self.sums(&id(object), Slot::day(*day), Timestamp::MAX));
            let known: i64 = known.filter_map(|sums| sums.spend).sum();
            let stands = self.1.get(day).copied();
            let follows = silence.filter(|_| now == 0);
            let goes_on = stands.is_some() && !days.iter().any(|later| later > day && spent(later) > 0);
            if now * 5 < known * 2 || (now == 0 && (goes_on || follows.is_some())) {
                let since = [stands, follows, begun.filter(|_| now == 0), Some(told.as_of)]
                    .into_iter()
                    .flatten()
                    .min()
                    .unwrap();
                if told.as_of.duration_since(since) < BELIEVED_AFTER {
                    silence = if now == 0 { Some(since) } else { silence };
                    doubted.insert(*day, since);
                }
            }
        }
        doubted
    }

    /// The readings of a day by an instant, the oldest first.
    fn of(&self, day: Day, by: Timestamp) -> Vec<&Reading> {
        let known = self.0.iter().filter(|(known, days)| days.contains(&day) && known.as_of <= by);
        let mut known: Vec<&Reading> = known.map(|(known, _)| known).collect();
        known.sort_by_key(|known| known.as_of);
        known
    }

    /// An object's sums on a day by an instant; zero of what was told when it was left out later.
    fn sums(&self, object: &ExternalId, slot: Slot, by: Timestamp) -> Option<Sums> {
        let mut sums: Option<Sums> = None;
        for known in self.of(slot.day, by) {
            let row = known.rows.iter().find(|row| row.id == *object && row.slot == slot);
            sums = match (row, sums) {
                (Some(row), _) => Some(row.sums),
                (None, Some(last)) => Some(Sums {
                    spend: last.spend.map(|_| 0),
                    clicks: last.clicks.map(|_| 0),
                    reach: last.reach.map(|_| 0),
                    ..Sums::default()
                }),
                (None, None) => None,
            };
        }
        sums
    }

    fn window(&self, span: &Span, by: Timestamp) -> BTreeMap<ExternalId, Sums> {
        let objects = (0..4).map(id);
        objects
            .filter_map(|object| {
                let rows: Vec<Sums> = span.slots().filter_map(|slot| self.sums(&object, slot, by)).collect();
                let mut sum = rows.iter().copied().reduce(|sum, row| sum.plus(&row))?;
                let reached = rows.iter().filter(|row| row.reach != Some(0)).count();
                let told = rows.iter().all(|row| row.reach.is_some()) && reached <= 1;
                sum.set(Metric::Reach, told.then(|| rows.iter().filter_map(|row| row.reach).sum()));
                Some((object, sum))
            })
            .collect()
    }

    /// The slots that were not read after they were over.
    fn gaps(&self, span: &Span, by: Timestamp) -> Vec<Slot> {
        span.slots()
            .filter(|slot| {
                let newest = self.of(slot.day, by).last().map(|known| known.as_of);
                let (begins, ends) = (slot.begins(&span.zone), slot.ends(&span.zone));
                let enough = if ends <= span.at { ends } else { begins };
                newest.is_none_or(|newest| newest < enough)
            })
            .collect()
    }
}

async fn every_question_is_answered_as_the_model_does(store: Arc<dyn MetricStore>) {
    for seed in 1..=SEEDS {
        // Each in an account of its own.
        let mut account = account();
        account.id = adplane_core::ids::AccountId::new(seed.to_string()).unwrap();
        let mut numbers = Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut model = Model::default();
        for position in 0..READINGS {
            let told = numbers.reading(position);
            store.put(&account, &told).await.unwrap();
            model.put(&told);
        }
        for hours in [0, 31, 60, 100, 150, 205, 400] {
            let by = at("2026-06-01T00:00:00Z") + hours.hours();
            for name in ["today", "yesterday", "last_3d", "last_7d_incl", "mtd"] {
                let span = span(name, &by.to_string());
                for as_of in [AsOf::At(by), AsOf::Latest] {
                    let known_by = match as_of {
                        AsOf::At(by) => by,
                        AsOf::Latest => Timestamp::MAX,
                    };
                    let what = format!("seed {seed}, {name} at {by} as of {as_of:?}");
                    let totals = store.window(&account, Kind::Ad, &span, as_of).await.unwrap();
                    assert_eq!(totals.objects, model.window(&span, known_by), "{what}");
                    let doubts = store.doubts(&account, Kind::Ad, Granularity::Day).await.unwrap();
                    let doubts: BTreeMap<Day, Timestamp> =
                        doubts.iter().map(|doubt| (doubt.day, doubt.since)).collect();
                    assert_eq!(doubts, model.1, "{what}");
                    let gaps: Vec<Slot> = totals.gaps.iter().flat_map(|gap| gap.each()).collect();
                    assert_eq!(gaps, model.gaps(&span, known_by), "{what}");
                    let series =
                        store.series(&account, Kind::Ad, Of::Object(&id(1)), &span, as_of).await.unwrap();
                    for point in series.points.iter().filter(|point| point.as_of.is_some()) {
                        assert_eq!(point.sums, model.sums(&id(1), point.slot, known_by), "{what}");
                    }
                }
            }
        }
    }
}
