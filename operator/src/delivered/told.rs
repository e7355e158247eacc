//! What an account's objects delivered, small enough to be kept between two looks.

use std::array;
use std::collections::HashMap;

use adplane_core::address::{Kind, Platform};
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Metric, Sums};
use adplane_core::money::Currency;
use adplane_core::time::Zone;
use adplane_engine::metrics::query::{AccountFigures, Figures, SHOWN};
use adplane_engine::metrics::store::StoreAccount;
use adplane_engine::metrics::sync::LEVELS;
use jiff::Timestamp;

use super::together::{References, Together};
use crate::cache::ResourceKey;

/// Counts that a status tells; an object without any of them never delivered.
const COUNTED: [Metric; 5] =
    [Metric::Spend, Metric::Impressions, Metric::Clicks, Metric::Conversions, Metric::Value];

/// The counts of a window, and when the platform was asked for the part of it that was asked longest ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// The counts.
    pub sums: Sums,
    /// When they were read.
    pub as_of: Timestamp,
}

/// One for each of [`SHOWN`]; `None` where it is not known.
pub type Windows = [Option<Counts>; SHOWN.len()];

/// What an account's objects delivered, as it was known at an instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// As of when.
    pub at: Timestamp,
    /// The platform that tells it.
    pub platform: Platform,
    /// The currency of its money.
    pub currency: Currency,
    /// The zone of its days.
    pub zone: Zone,
    /// All objects together.
    pub account: Windows,
    /// Those that delivered anything.
    objects: HashMap<(Kind, ExternalId), Windows>,
    /// What holds for all others of a level.
    rest: HashMap<Kind, Windows>,
    /// Budgets and creatives, by what refers to them.
    together: HashMap<ResourceKey, Together>,
}

impl Told {
    /// Takes what is needed out of the figures of an account.
    pub fn new(
        account: &StoreAccount,
        figures: &AccountFigures,
        references: &References,
        at: Timestamp,
    ) -> Self {
        let together = |(key, referring): (&ResourceKey, _)| (key.clone(), Together::of(referring, figures));
        let mut told = Self {
            at,
            platform: account.platform,
            currency: account.currency,
            zone: account.zone.clone(),
            account: array::from_fn(|place| figures.account(SHOWN[place]).and_then(counts)),
            objects: HashMap::new(),
            rest: HashMap::new(),
            together: references.iter().map(together).collect(),
        };
        for level in LEVELS {
            told.add(figures, level);
        }
        told
    }

    fn add(&mut self, figures: &AccountFigures, level: Kind) {
        let answers = SHOWN.map(|period| figures.level(level, period));
        let rest = answers.map(|answer| answer.and_then(|answer| counts(&answer.rest)));
        self.rest.insert(level, rest);
        for id in answers.iter().flatten().flat_map(|answer| answer.each.keys()) {
            let key = (level, id.clone());
            if self.objects.contains_key(&key) {
                continue;
            }
            let windows = answers.map(|answer| answer.and_then(|answer| counts(answer.of(id))));
            if windows.iter().flatten().any(|counts| delivered(&counts.sums)) {
                self.objects.insert(key, windows);
            }
        }
    }

    /// What an object delivered; `None` when that is nothing, as far as anybody knows.
    pub fn of(&self, level: Kind, id: &ExternalId) -> Option<&Windows> {
        self.objects.get(&(level, id.clone()))
    }

    /// What refers to a budget or a creative, together; `None` where nothing does.
    pub fn together(&self, key: &ResourceKey) -> Option<&Together> {
        self.together.get(key)
    }

    /// What holds for an object that delivered nothing.
    pub fn rest(&self, level: Kind) -> Windows {
        self.rest.get(&level).copied().unwrap_or_default()
    }
}

pub(super) fn counts(figures: &Figures) -> Option<Counts> {
    let as_of = figures.basis.freshness?.oldest;
    Some(Counts { sums: figures.sums().ok()?, as_of })
}

/// Whether anything is counted.
pub fn delivered(sums: &Sums) -> bool {
    COUNTED.into_iter().any(|metric| sums.get(metric).is_some_and(|count| count != 0))
}

#[cfg(test)]
impl Told {
    /// Objects in euros, each with its windows.
    pub(crate) fn for_tests(at: Timestamp, zone: Zone, objects: &[(Kind, &str, Windows)]) -> Self {
        let objects = objects
            .iter()
            .map(|(kind, id, windows)| ((*kind, ExternalId::new(id).unwrap()), *windows))
            .collect();
        let (account, rest, together) = (Windows::default(), HashMap::new(), HashMap::new());
        let (platform, currency) = (Platform::Meta, Currency::EUR);
        Self { at, platform, currency, zone, account, objects, rest, together }
    }

    /// What refers to something, as the account tells it.
    pub(crate) fn with(mut self, key: &ResourceKey, together: Together) -> Self {
        self.together.insert(key.clone(), together);
        self
    }

    pub(crate) fn read_at(&mut self, as_of: Timestamp) {
        for counts in self.objects.values_mut().flatten().flatten() {
            counts.as_of = as_of;
        }
    }

    pub(crate) fn rest_is(&mut self, kind: Kind, windows: &Windows) {
        self.rest.insert(kind, *windows);
    }
}
