//! Generated readings, compared with a model that keeps every one of them and answers by the definition.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adplane_core::address::Kind;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Day, Granularity, Metric, MetricRow, Reading, Slot, Slots, Span, Sums};
use adplane_engine::metrics::store::{AsOf, BELIEVED_AFTER, FIRST_BELIEVED_AFTER, MetricStore, Of};
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

/// Every reading with the days that counted when it came, and what it told of; since when days are doubted, and objects.
#[derive(Default)]
struct Model {
    readings: Vec<Counted>,
    days: BTreeMap<Day, Timestamp>,
    objects: BTreeMap<(i64, Day), Timestamp>,
}

struct Counted {
    told: Reading,
    days: BTreeSet<Day>,
    metrics: Vec<Metric>,
}

fn spent(rows: &[MetricRow], object: Option<i64>, day: Day) -> i64 {
    let fits = |row: &&MetricRow| row.slot.day == day && object.is_none_or(|object| row.id == id(object));
    rows.iter().filter(fits).filter_map(|row| row.sums.spend).sum()
}

impl Model {
    fn put(&mut self, told: &Reading) {
        let days = Slots::days(told.from, told.to).each().map(|slot| slot.day);
        let later = |known: &&Counted| known.told.as_of >= told.as_of;
        let taken = |day: &Day| self.readings.iter().filter(later).any(|known| known.days.contains(day));
        let open: BTreeSet<Day> = days.filter(|day| !taken(day)).collect();
        if open.is_empty() {
            return;
        }
        let doubted = self.doubted(told, &open);
        let days: BTreeSet<Day> = open.iter().filter(|day| !doubted.contains_key(day)).copied().collect();
        let mut told = told.clone();
        told.rows.retain(|row| days.contains(&row.slot.day));
        let missing = self.missing(&told, &days);
        let known: Vec<Sums> = open.iter().flat_map(|day| self.known(*day)).map(|(_, sums)| sums).collect();
        let of = |rows: &[Sums]| -> Vec<Metric> {
            let is_told = |metric: &Metric| rows.iter().any(|sums| sums.get(*metric).is_some());
            Metric::ALL.into_iter().filter(is_told).collect()
        };
        let mut metrics = of(&told.rows.iter().map(|row| row.sums).collect::<Vec<_>>());
        if metrics.is_empty() {
            metrics = of(&known);
        }
        let silent = open.iter().all(|day| spent(&told.rows, None, *day) == 0);
        if self.is_unread() && doubted.is_empty() && silent {
            self.days.clear();
        }
        told.rows
            .retain(|row| !missing.keys().any(|(object, day)| row.id == id(object) && row.slot.day == *day));
        for (object, day) in missing.keys() {
            // What of a day was known before its end is no sum of it once it is over.
            let ends = Slot::day(*day).ends(&account().zone);
            let last = self.of(*day, Timestamp::MAX).last().map(|last| last.told.as_of);
            let is_known = told.as_of < ends || last.is_some_and(|last| ends <= last);
            let stands = self.sums(&id(object), Slot::day(*day), Timestamp::MAX).filter(|_| is_known);
            let stands = stands.unwrap_or_default();
            told.rows.push(MetricRow { id: id(object), slot: Slot::day(*day), sums: stands });
        }
        self.days.retain(|day, _| !open.contains(day));
        self.days.extend(&doubted);
        self.objects.retain(|(_, day), _| !open.contains(day));
        self.objects.extend(missing);
        self.readings.push(Counted { told, days, metrics });
    }

    fn is_unread(&self) -> bool {
        self.readings.iter().all(|known| known.days.is_empty())
    }

    /// What is known of a day, by object.
    fn known(&self, day: Day) -> Vec<(i64, Sums)> {
        let of = |object: i64| Some((object, self.sums(&id(object), Slot::day(day), Timestamp::MAX)?));
        (0..4).filter_map(of).collect()
    }

    /// The days of a reading that are doubted: less than two fifths of what is known, or silent after a day that is; and
    /// for three days all of them, where nothing was ever read and nothing is told.
    fn doubted(&self, told: &Reading, days: &BTreeSet<Day>) -> BTreeMap<Day, Timestamp> {
        let mut doubted = BTreeMap::new();
        let mut silence: Option<Timestamp> = None;
        let spent = |day: &Day| spent(&told.rows, None, *day);
        let begun =
            days.iter().filter(|day| spent(day) == 0).filter_map(|day| self.days.get(day).copied()).min();
        if self.is_unread() && days.iter().all(|day| spent(day) == 0) {
            let since = begun.unwrap_or(told.as_of).min(told.as_of);
            let is_young = told.as_of.duration_since(since) < FIRST_BELIEVED_AFTER;
            return days.iter().filter(|_| is_young).map(|day| (*day, since)).collect();
        }
        for day in days {
            let now = spent(day);
            let known: i64 = self.known(*day).iter().filter_map(|(_, sums)| sums.spend).sum();
            let stands = self.days.get(day).copied();
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

    /// The objects that a reading leaves out: on a day on which they spent, and on days after it while they are silent.
    fn missing(&self, told: &Reading, days: &BTreeSet<Day>) -> BTreeMap<(i64, Day), Timestamp> {
        let mut missing = BTreeMap::new();
        for object in 0..4 {
            let silent = |day: &&Day| spent(&told.rows, Some(object), **day) == 0;
            let of = |day: &Day| self.objects.get(&(object, *day)).copied();
            let whole = days.iter().filter(silent).filter_map(|day| self.days.get(day).copied());
            let since =
                days.iter().filter(silent).filter_map(of).chain(whole).chain([told.as_of]).min().unwrap();
            if told.as_of.duration_since(since) >= BELIEVED_AFTER {
                continue;
            }
            let last_told = days.iter().filter(|day| !silent(day)).max();
            let mut vanished = false;
            for day in days.iter().filter(silent) {
                let known = self.known(*day).iter().any(|(one, sums)| *one == object && sums.spend > Some(0));
                let goes_on = of(day).is_some() && last_told.is_none_or(|last| last < day);
                vanished |= known || goes_on;
                if vanished {
                    missing.insert((object, *day), since);
                }
            }
        }
        missing
    }

    /// The readings of a day by an instant, the oldest first.
    fn of(&self, day: Day, by: Timestamp) -> Vec<&Counted> {
        let counts = |known: &&Counted| known.days.contains(&day) && known.told.as_of <= by;
        let mut known: Vec<&Counted> = self.readings.iter().filter(counts).collect();
        known.sort_by_key(|known| known.told.as_of);
        known
    }

    /// An object's sums on a day by an instant; zero of what was told when it was left out later.
    fn sums(&self, object: &ExternalId, slot: Slot, by: Timestamp) -> Option<Sums> {
        let mut sums: Option<Sums> = None;
        for known in self.of(slot.day, by) {
            let row = known.told.rows.iter().find(|row| row.id == *object && row.slot == slot);
            sums = match (row, sums) {
                (Some(row), _) => Some(row.sums),
                // What was unknown is zero of what is told of the others.
                (None, Some(last)) if last == Sums::default() => Some(Sums::zero(&known.metrics)),
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
                let newest = self.of(slot.day, by).last().map(|known| known.told.as_of);
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
                    let days: BTreeMap<Day, Timestamp> = doubts
                        .iter()
                        .filter(|doubt| doubt.object.is_none())
                        .map(|doubt| (doubt.day, doubt.since))
                        .collect();
                    assert_eq!(days, model.days, "{what}");
                    let objects: BTreeMap<(i64, Day), Timestamp> = doubts
                        .iter()
                        .filter_map(|doubt| {
                            let object = doubt.object.as_ref()?.as_str().parse().unwrap();
                            Some(((object, doubt.day), doubt.since))
                        })
                        .collect();
                    assert_eq!(objects, model.objects, "{what}");
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
