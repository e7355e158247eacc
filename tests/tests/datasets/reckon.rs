//! The same back-tests in plain loops over the rows: what documents say of rules, and none of the engine's code.

use std::collections::{BTreeMap, BTreeSet};

use crate::rows::{FIRST, LAST, Line, Row, Rows};

/// What a back-test came to; amounts in cents.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Result {
    /// On which days of the month it fired on whom.
    pub(crate) fired: BTreeMap<String, BTreeSet<u8>>,
    /// Budgets in force of what it changed, each time.
    pub(crate) money: i64,
    /// The sum of daily budgets in force at the end of each day.
    pub(crate) budgets: BTreeMap<u8, i64>,
    /// Spend and orders on the days after a pause: what would have been saved and lost.
    pub(crate) followed: BTreeMap<String, (i64, i64)>,
}

/// What still runs, with its budget.
struct World<'a> {
    rows: &'a Rows,
    budgets: BTreeMap<&'a str, i64>,
    paused: BTreeMap<&'a str, u8>,
    result: Result,
}

impl<'a> World<'a> {
    fn new(rows: &'a Rows) -> Self {
        let budgets = rows.lines.iter().map(|(name, line)| (name.as_str(), line.budget())).collect();
        Self { rows, budgets, paused: BTreeMap::new(), result: Result::default() }
    }

    fn running(&self) -> impl Iterator<Item = (&'a str, &'a Line)> {
        let lines = self.rows.lines.iter().map(|(name, line)| (name.as_str(), line));
        lines.filter(|(name, _)| !self.paused.contains_key(name))
    }

    fn fire(&mut self, name: &'a str, day: u8) {
        assert!(self.result.fired.entry(name.to_owned()).or_default().insert(day));
        self.result.money += self.budgets[name];
    }

    fn pause(&mut self, name: &'a str, day: u8) {
        self.fire(name, day);
        self.paused.insert(name, day);
    }

    fn end(&mut self, day: u8) {
        let sum = self.running().map(|(name, _)| self.budgets[name]).sum();
        self.result.budgets.insert(day, sum);
    }

    fn finish(mut self) -> Result {
        for (name, day) in self.paused {
            let (mut spend, mut orders) = (0, 0);
            for (other, row) in &self.rows.lines[name].days {
                if *other > day {
                    spend += row.spend;
                    orders += row.orders;
                }
            }
            if day < LAST {
                self.result.followed.insert(name.to_owned(), (spend, orders));
            }
        }
        self.result
    }
}

/// Days on which the account counted clicks as always and next to no orders beside what the same weekdays before had of
/// both in the middle: rules about orders know nothing of windows with such a day. A day is judged on the morning after it.
fn outages(rows: &Rows) -> BTreeSet<u8> {
    let total =
        |day: u8, of: fn(&Row) -> i64| rows.lines.values().map(|line| of(&line.days[&day])).sum::<i64>();
    let mut found = BTreeSet::new();
    for day in 1..LAST {
        let middle = |of: fn(&Row) -> i64| {
            let like = (1..=LAST).filter(|other| *other < day && (day - other) % 7 == 0);
            let mut before: Vec<i64> = like.map(|other| total(other, of)).collect();
            before.sort_unstable();
            (before.len() >= 3).then(|| before[before.len() / 2])
        };
        let (Some(usual_clicks), Some(usual_orders)) = (middle(|row| row.clicks), middle(|row| row.orders))
        else {
            continue;
        };
        let (clicks, orders) = (total(day, |row| row.clicks), total(day, |row| row.orders));
        if clicks < 100 || clicks * 2 < usual_clicks {
            continue;
        }
        // What so many clicks bring, and no more than is usual.
        let usual = real(usual_orders) * (real(clicks) / real(usual_clicks)).min(1.0);
        // What is left of a tenth of hundreds is never chance: a Poisson count of mean m is so low with e^-m sum m^k/k!.
        let (mut term, mut tail) = ((-usual).exp(), 0.0);
        for count in 0..=orders {
            tail += term;
            term *= usual / real(count + 1);
        }
        if usual >= 10.0 && real(orders) * 10.0 <= usual && tail < 1e-4 {
            found.insert(day);
        }
    }
    found
}

/// The window of so many full days before a day, where all of them are known and counted.
fn window(day: u8, length: u8, outages: &BTreeSet<u8>) -> Option<std::ops::RangeInclusive<u8>> {
    let days = day.checked_sub(length).filter(|first| *first >= 1)?..=day - 1;
    (!days.clone().any(|day| outages.contains(&day))).then_some(days)
}

/// No order and so many targets spent on the day before.
pub(crate) fn stop_loss(rows: &Rows, target: i64, times: i64, least_clicks: i64) -> Result {
    let outages = outages(rows);
    let mut world = World::new(rows);
    for day in FIRST..=LAST {
        if let Some(days) = window(day, 1, &outages) {
            let running: Vec<_> = world.running().collect();
            for (name, line) in running {
                let sum = line.sum(days.clone()).unwrap();
                if sum.clicks >= least_clicks && sum.orders == 0 && sum.spend >= times * target {
                    world.pause(name, day);
                }
            }
        }
        world.end(day);
    }
    world.finish()
}

/// Revenue below so many tenths of spend over a week, at least so many orders; each run takes those that spent most.
pub(crate) fn roas_too_low(rows: &Rows, tenths: i64, least_orders: i64, per_run: usize) -> Result {
    let outages = outages(rows);
    let mut world = World::new(rows);
    for day in FIRST..=LAST {
        if let Some(days) = window(day, 7, &outages) {
            // At six, noon and six; at midnight nothing is known yet of the day before.
            for _ in 0..3 {
                let mut worst: Vec<(i64, &str)> = world
                    .running()
                    .map(|(name, line)| (line.sum(days.clone()).unwrap(), name))
                    .filter(|(sum, _)| sum.orders >= least_orders && sum.revenue * 10 < sum.spend * tenths)
                    .map(|(sum, name)| (sum.spend, name))
                    .collect();
                worst.sort_unstable();
                for (_, name) in worst.into_iter().rev().take(per_run) {
                    world.pause(name, day);
                }
            }
        }
        world.end(day);
    }
    world.finish()
}

/// An order costs more than one and a half targets over a week, and surely more than one: a fifth less budget, at most
/// every third day, as ad groups of Meta learn anew after each change.
pub(crate) fn cpa_too_high(rows: &Rows, target: i64, least_spend: i64) -> Result {
    let outages = outages(rows);
    let mut world = World::new(rows);
    let mut last: BTreeMap<&str, u8> = BTreeMap::new();
    for day in FIRST..=LAST {
        if let Some(days) = window(day, 7, &outages) {
            for (name, line) in &rows.lines {
                let own = line.sum(days.clone()).unwrap();
                let rests = last.get(name.as_str()).is_some_and(|last| day < last + 3);
                let dear = own.orders > 0 && own.spend * 2 > 3 * target * own.orders;
                if rests || own.spend < least_spend || !dear {
                    continue;
                }
                let (mut spend, mut orders) = (0, 0);
                for other in rows.lines.values().filter(|other| other.category == line.category) {
                    let sum = other.sum(days.clone()).unwrap();
                    spend += sum.spend;
                    orders += sum.orders;
                }
                // The rate of the campaign, with the weight of one target, and then what the group itself showed.
                let shape = real(orders) * real(target) / real(spend) + real(own.orders);
                if gamma(shape, 1.0 + real(own.spend) / real(target)) >= 0.9 {
                    world.fire(name, day);
                    last.insert(name, day);
                    let budget = world.budgets.get_mut(name.as_str()).unwrap();
                    *budget = *budget * 8 / 10;
                }
            }
        }
        world.end(day);
    }
    world.finish()
}

/// The share of a Gamma distribution below a point: its density summed in small steps, over the sum of all of it.
fn gamma(shape: f64, point: f64) -> f64 {
    let most = point.max(shape) + 40.0 * shape.sqrt() + 40.0;
    let steps = 200_000_u32;
    let peak = (shape - 1.0).max(0.1);
    let (mut below, mut all) = (0.0, 0.0);
    for step in 0..steps {
        let at = most * (f64::from(step) + 0.5) / f64::from(steps);
        // Beside its highest value, so that nothing overflows.
        let density = ((shape - 1.0) * (at / peak).ln() - (at - peak)).exp();
        all += density;
        if at <= point {
            below += density;
        }
    }
    below / all
}

#[expect(clippy::cast_precision_loss, reason = "sums of a month, far below what a float holds exactly")]
fn real(count: i64) -> f64 {
    count as f64
}
