//! What a look and the numbers give to tell: rejected ads, budgets, anomalies, broken tracking, credentials that end.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::{AccountKey, Address};
use adplane_core::desired::{Desired, DesiredAccount};
use adplane_core::freeze::effective_labels;
use adplane_core::ids::ExternalId;
use adplane_core::notify::{EventAccount, Happening, Subject};
use adplane_core::observed::{Coverage, ObservedAccount};
use adplane_engine::metrics::store::{MetricStore, StoreAccount};
use adplane_engine::notify::happenings::Told;
use adplane_engine::port::Adapter;
use adplane_engine::watch::{self, Looked, Rejected, Seen, Watch};
use jiff::Timestamp;

use super::{keep, policies, wants_numbers};
use crate::context::Context;

/// What of an account is looked at, taken down while it was read.
#[derive(Debug, Clone)]
pub struct Sight {
    looked: Looked,
    rejected: Vec<Rejected>,
    coverage: Coverage,
    /// Kinds and labels of the objects that may be told of.
    subjects: BTreeMap<Address, Subject>,
}

impl Sight {
    /// Takes it down.
    pub fn of(
        account: &DesiredAccount,
        desired: &Desired,
        ids: &BTreeMap<Address, ExternalId>,
        live: &ObservedAccount,
    ) -> Self {
        let whole = Some(live).filter(|live| live.coverage == Coverage::Complete);
        let (limits, rejected) = (watch::limits(account, ids, whole), watch::rejected(account, live));
        let named = limits.iter().map(|limit| &limit.address).chain(rejected.iter().map(|one| &one.address));
        let subjects = named.filter_map(|address| {
            let object = desired.object(address)?;
            Some((address.clone(), Subject { kind: address.kind, labels: effective_labels(desired, object) }))
        });
        let subjects = subjects.collect();
        let event = EventAccount {
            namespace: account.key.namespace.clone(),
            name: account.key.name.clone(),
            platform: account.platform,
        };
        let (store, schema) = (StoreAccount::from(account), adplane_platforms::schema(account.platform));
        let looked = Looked { event, store, schema, limits };
        Self { looked, rejected, coverage: live.coverage.clone(), subjects }
    }

    /// What is new, which `seen` remembers from now on.
    async fn news(
        &self,
        seen: &mut Seen,
        (store, adapter): (Option<&dyn MetricStore>, &dyn Adapter),
        now: Timestamp,
    ) -> Vec<Told> {
        let account = &self.looked.event;
        let mut found = watch::rejections(self.rejected.clone(), &self.coverage, seen);
        if let Some(store) = store {
            match watch::delivered(&self.looked, store, seen, now).await {
                Ok(more) => found.extend(more),
                Err(error) => {
                    tracing::warn!(account = %account.key(), %error, "nobody looked at what was delivered");
                }
            }
        }
        if watch::is_token_due(seen, now) {
            match adapter.expires().await {
                Ok(expires) => found.extend(watch::expiring(account, expires, seen, now)),
                Err(error) => {
                    tracing::warn!(account = %account.key(), %error, "the expiry of the credentials is not told");
                }
            }
        }
        found.into_iter().map(|happening| self.with_subject(happening)).collect()
    }

    /// With kind and labels of the object that it is about, for routes.
    fn with_subject(&self, happening: Happening) -> Told {
        let subject = happening.address().and_then(|address| self.subjects.get(address)).cloned();
        let subjects: BTreeSet<Subject> = subject.into_iter().collect();
        (happening, subjects)
    }
}

/// Looks at an account after it was read, and keeps what is new to be sent.
pub async fn look(
    context: &Context,
    key: &AccountKey,
    sight: &Sight,
    (store, adapter): (Option<&dyn MetricStore>, &dyn Adapter),
) {
    let policies = policies(&context.cache, key.namespace.as_str());
    if policies.is_empty() {
        return;
    }
    let store = store.filter(|_| wants_numbers(&policies));
    let forgetful = |error: &dyn std::error::Error| {
        context.metrics.error(key, "notifications");
        tracing::error!(account = %key, %error, "what was told of the account cannot be remembered");
    };
    let mut memory = match Watch::open(&context.state(key)) {
        Ok(memory) => memory,
        Err(error) => return forgetful(&error),
    };
    let told = sight.news(memory.of(key), (store, adapter), context.clock.now()).await;
    // What could not be kept is not remembered as told.
    if keep(context, key, told)
        && let Err(error) = memory.save()
    {
        forgetful(&error);
    }
}

#[cfg(test)]
mod tests {
    use adplane_core::address::{Kind, Platform};
    use adplane_core::metrics::{CONVERSION_PARTS, Day, Granularity, MetricRow, Reading, Slot, Sums};
    use adplane_core::money::Money;
    use adplane_engine::metrics::store::{SqliteOptions, SqliteStore};
    use adplane_engine::watch::Limit;
    use jiff::ToSpan;

    use super::*;
    use crate::delivered::tests::Spender;

    const NOON: &str = "T12:00:00Z";

    /// An account with an ad that its review rejected.
    fn sight() -> Sight {
        let account: AccountKey =
            AccountKey { namespace: "growth".parse().unwrap(), name: "meta-eu".parse().unwrap() };
        let address = Address {
            platform: Platform::Meta,
            account: account.name.clone(),
            kind: Kind::Ad,
            namespace: account.namespace.clone(),
            name: "women".parse().unwrap(),
            ad: Some("hero".parse().unwrap()),
        };
        let looked = Looked {
            event: EventAccount {
                namespace: account.namespace,
                name: account.name,
                platform: Platform::Meta,
            },
            store: StoreAccount {
                platform: Platform::Meta,
                id: "1".parse().unwrap(),
                currency: adplane_core::money::Currency::EUR,
                zone: adplane_core::time::Zone::utc(),
            },
            schema: adplane_platforms::schema(Platform::Meta),
            limits: Vec::new(),
        };
        let labels = BTreeMap::from([("goal".into(), "purchase".into())]);
        let subjects = BTreeMap::from([(address.clone(), Subject { kind: Kind::Ad, labels })]);
        let because = vec!["misleading".to_owned()];
        let rejected = vec![Rejected { id: "7".parse().unwrap(), address, because }];
        Sight { looked, rejected, coverage: Coverage::Complete, subjects }
    }

    #[tokio::test]
    async fn a_rejected_ad_is_told_once_with_what_routes_ask_for() {
        let (spender, mut seen) = (Spender::default(), Seen::default());
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let told = sight().news(&mut seen, (None, &spender), now).await;
        assert_eq!(told.len(), 1);
        let (happening, subjects) = &told[0];
        assert!(matches!(happening, Happening::ReviewRejected { because, .. } if *because == ["misleading"]));
        assert_eq!(subjects.iter().next().map(|subject| subject.kind), Some(Kind::Ad));
        assert_eq!(sight().news(&mut seen, (None, &spender), now).await, Vec::new());
    }

    /// An account with a campaign of 100 euros a day.
    fn limited() -> Sight {
        let mut sight = sight();
        let ad = sight.rejected.remove(0).address;
        sight.looked.limits = vec![Limit {
            address: Address { kind: Kind::Campaign, ad: None, ..ad },
            spenders: BTreeSet::from(["7".parse().unwrap()]),
            level: Kind::Campaign,
            path: "budget.daily",
            amount: Money::from_micros(100_000_000, sight.looked.store.currency),
            automatic: false,
            start: None,
        }];
        sight
    }

    /// Days as a sync at noon reads them, each with 90 euros, 500 clicks and so many conversions; today has `spent`.
    async fn read(store: &SqliteStore, sight: &Sight, days: &[i64], (first, from): (Day, usize), spent: i64) {
        let rows = days.iter().enumerate().skip(from).map(|(number, conversions)| MetricRow {
            id: "7".parse().unwrap(),
            slot: Slot::day(first.saturating_add(i64::try_from(number).unwrap().days())),
            sums: Sums {
                spend: Some(if number + 1 == days.len() { spent } else { 90 } * 1_000_000),
                impressions: Some(10_000),
                clicks: Some(500),
                conversions: Some(conversions * CONVERSION_PARTS),
                ..Sums::default()
            },
        });
        let rows: Vec<MetricRow> = rows.collect();
        let (from, to) = (rows[0].slot.day, rows[rows.len() - 1].slot.day);
        let reading = Reading {
            level: Kind::Campaign,
            granularity: Granularity::Day,
            from,
            to,
            attribution: "attribution_setting".to_owned(),
            as_of: format!("{to}{NOON}").parse().unwrap(),
            rows,
        };
        store.put(&sight.looked.store, &reading).await.unwrap();
    }

    #[tokio::test]
    async fn what_numbers_and_credentials_give_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&SqliteOptions::new(folder.path().join("metrics.db"))).unwrap();
        let first: Day = "2026-01-01".parse().unwrap();
        let (sight, mut seen, mut told) = (limited(), Seen::default(), Vec::new());
        let mut spender = Spender::default();
        for number in 60..90_usize {
            // From the 70th day on tracking is broken; one day is full, and one far beyond what the platform may.
            let days: Vec<i64> = (0..=number).map(|day| if day < 70 { 40 } else { 0 }).collect();
            let from = if number == 60 { 0 } else { number - 28 };
            let spent = if number == 65 { 180 } else { 90 };
            read(&store, &sight, &days, (first, from), spent).await;
            let today = first.saturating_add(i64::try_from(number).unwrap().days());
            let now: Timestamp = format!("{today}{NOON}").parse().unwrap();
            spender.expires = (number >= 80).then(|| "2026-03-29T12:00:00Z".parse().unwrap());
            for store in [Some(&store as &dyn MetricStore), None] {
                let news = sight.news(&mut seen, (store, &spender), now).await;
                told.extend(news.into_iter().map(|(happening, _)| happening.kind().cloud_type()));
            }
        }
        let count = |name: &str| told.iter().filter(|told| **told == name).count();
        let all = ["tracking.outage", "budget.threshold", "token.expiring"];
        let counts = all.map(|name| count(&format!("io.adplane.{name}")));
        assert_eq!(counts, [1, 1, 2], "{told:?}");
    }
}
