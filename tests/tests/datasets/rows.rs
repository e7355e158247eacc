//! The rows of the file, in whole cents and counts: no number goes through a float.

use std::collections::{BTreeMap, BTreeSet};

/// The first day of the back-test: of the day before, something was known at midnight.
pub(crate) const FIRST: u8 = 3;
/// The last day of the file and of the back-test.
pub(crate) const LAST: u8 = 28;

/// What was delivered on one day.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Row {
    pub(crate) impressions: i64,
    /// In cents.
    pub(crate) spend: i64,
    pub(crate) clicks: i64,
    pub(crate) orders: i64,
    /// In cents.
    pub(crate) revenue: i64,
}

/// A campaign of the file.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) id: String,
    pub(crate) category: String,
    /// By day of the month.
    pub(crate) days: BTreeMap<u8, Row>,
}

impl Line {
    /// The sum of some days; `None` where one of them is not there.
    pub(crate) fn sum(&self, days: std::ops::RangeInclusive<u8>) -> Option<Row> {
        let mut sum = Row::default();
        for day in days {
            let row = self.days.get(&day)?;
            sum.spend += row.spend;
            sum.clicks += row.clicks;
            sum.orders += row.orders;
            sum.revenue += row.revenue;
            sum.impressions += row.impressions;
        }
        Some(sum)
    }

    /// The highest spend of a day, which stands for its daily budget.
    pub(crate) fn budget(&self) -> i64 {
        self.days.values().map(|row| row.spend).max().unwrap()
    }
}

/// The file, by the name that the YAML gives a campaign.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) lines: BTreeMap<String, Line>,
}

impl Rows {
    pub(crate) fn read(text: &str) -> Self {
        let mut cells = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let heading = cells.next().unwrap();
        let place = |name: &str| heading.iter().position(|one| *one == name).unwrap();
        let (date, name, category, id) =
            (place("C Date"), place("Campaign Name"), place("Category"), place("Campaign ID"));
        let (impressions, spend, clicks) = (place("Impressions"), place("Mark Spent"), place("Clicks"));
        let (orders, revenue) = (place("Orders"), place("Revenue"));
        let mut lines: BTreeMap<String, Line> = BTreeMap::new();
        for cells in cells {
            // One name is written with capitals, and none of them with a hyphen.
            let name = cells[name].to_lowercase().replace('_', "-");
            let day = cells[date].strip_prefix("2021-02-").unwrap().parse().unwrap();
            let count = |place: usize| cells[place].parse::<i64>().unwrap();
            let row = Row {
                impressions: count(impressions),
                spend: cents(cells[spend]),
                clicks: count(clicks),
                orders: count(orders),
                revenue: cents(cells[revenue]),
            };
            let line = lines.entry(name).or_insert_with(|| Line {
                id: cells[id].to_owned(),
                category: cells[category].to_owned(),
                days: BTreeMap::new(),
            });
            assert!(line.days.insert(day, row).is_none(), "a day is there twice");
        }
        assert_eq!(lines.len(), 11, "{:?}", lines.keys());
        assert!(lines.values().all(|line| line.days.len() == usize::from(LAST)), "a day is missing");
        Self { lines }
    }

    pub(crate) fn categories(&self) -> BTreeSet<&str> {
        self.lines.values().map(|line| line.category.as_str()).collect()
    }
}

/// `7307.37` as 730737.
fn cents(text: &str) -> i64 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    assert!(part.len() <= 2, "{text} is finer than a cent");
    format!("{whole}{part:0<2}").parse().unwrap()
}
