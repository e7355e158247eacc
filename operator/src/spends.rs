//! What accounts can spend, for amounts of the spend guard that are about several of them.
//!
//! Each look at an account notes what it can spend with what is on its way there. Whoever decides raises where such an
//! amount is set takes turns, so that no two take the same room. What nobody noted lately is not known, and refuses.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use adplane_core::address::{AccountKey, Platform};
use adplane_core::money::Currency;
use adplane_core::rules::OtherAccount;
use adplane_manifest::load::DocumentKind;
use jiff::{SignedDuration, Timestamp};

use crate::cache::{Cache, Resource, account_key};

/// How many looks may be missed before what was noted is not known any more.
const LOOKS: i32 = 3;
/// How long a look may take besides.
const SPARE: SignedDuration = SignedDuration::from_mins(2);

/// What accounts can spend, as this process saw them last.
#[derive(Debug, Default)]
pub struct Spends {
    turn: tokio::sync::Mutex<()>,
    noted: Mutex<BTreeMap<AccountKey, Noted>>,
}

/// What was noted of an account.
#[derive(Debug, Default, Clone, Copy)]
struct Noted {
    /// How often somebody has put a raise in force there from elsewhere: a look that began before does not see it.
    forgotten: u64,
    seen: Option<(Timestamp, OtherAccount)>,
}

/// When a look at an account began, as far as it matters here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Began(u64);

impl Spends {
    /// Waits until nobody else decides raises.
    pub async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    fn noted(&self) -> MutexGuard<'_, BTreeMap<AccountKey, Noted>> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A look at an account begins.
    pub fn begin(&self, key: &AccountKey) -> Began {
        Began(self.noted().get(key).map_or(0, |noted| noted.forgotten))
    }

    /// What a look saw; nothing where it was not read whole.
    pub fn note(&self, key: &AccountKey, began: Began, seen: Option<OtherAccount>, now: Timestamp) {
        let mut all = self.noted();
        let noted = all.entry(key.clone()).or_default();
        if Began(noted.forgotten) == began {
            noted.seen = seen.map(|seen| (now, seen));
        }
    }

    /// A raise was put in force on an account: what it can spend is not known before it is looked at again.
    pub fn forget(&self, key: &AccountKey) {
        let mut all = self.noted();
        let noted = all.entry(key.clone()).or_default();
        (noted.forgotten, noted.seen) = (noted.forgotten.saturating_add(1), None);
    }

    /// What the accounts of a namespace can spend; what one of them can that was not seen lately is not known. Looks are so
    /// far apart. One whose platform and currency cannot be read is taken for one like `alike`.
    pub fn of(
        &self,
        (cache, namespace): (&Cache, &str),
        alike: (Platform, Currency),
        (now, every): (Timestamp, SignedDuration),
    ) -> BTreeMap<AccountKey, OtherAccount> {
        let (noted, longest) = (self.noted(), every.saturating_mul(LOOKS).saturating_add(SPARE));
        let accounts = cache.in_namespace(DocumentKind::AdAccount, namespace);
        let each = accounts.iter().filter_map(|account| {
            let key = account_key(namespace, &account.key.name)?;
            let lately = |at: Timestamp| at <= now && now.duration_since(at) <= longest;
            let seen = noted.get(&key).and_then(|noted| noted.seen).filter(|(at, _)| lately(*at));
            let unknown = || {
                let (platform, currency) = written(account).unwrap_or(alike);
                OtherAccount { platform, currency, spend: None }
            };
            let seen = seen.map_or_else(unknown, |(_, seen)| seen);
            Some((key, seen))
        });
        each.collect()
    }
}

/// The platform and the currency of an account.
fn written(account: &Resource) -> Option<(Platform, Currency)> {
    let document = account.document();
    let word = |name: &str| document.pointer(name)?.as_str();
    let platform = match word("/spec/platform")? {
        "Google" => Platform::Google,
        "Meta" => Platform::Meta,
        "TikTok" => Platform::TikTok,
        _ => return None,
    };
    Some((platform, word("/spec/currency")?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use adplane_core::rules::Spend;
    use serde_json::json;

    use super::*;

    const EVERY: SignedDuration = SignedDuration::from_mins(5);
    const EUR: Currency = Currency::EUR;

    fn at(minutes: i64) -> Timestamp {
        "2026-11-20T10:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
    }

    fn cache() -> Cache {
        let cache = Cache::default();
        for (name, namespace, platform) in
            [("meta-eu", "growth", "Meta"), ("google-eu", "growth", "Google"), ("meta-eu", "other", "Meta")]
        {
            let object = json!({
                "metadata": {"name": name, "namespace": namespace, "uid": name},
                "spec": {"platform": platform, "currency": "EUR"},
            });
            let object = serde_json::from_value(object).unwrap();
            cache.apply(Resource::read(DocumentKind::AdAccount, object).unwrap());
        }
        cache
    }

    #[test]
    fn what_was_not_seen_lately_is_not_known() {
        let (cache, spends) = (cache(), Spends::default());
        let key = account_key("growth", "meta-eu").unwrap();
        let told = |minutes: i64| {
            let all = spends.of((&cache, "growth"), (Platform::TikTok, EUR), (at(minutes), EVERY));
            let each = all.into_iter().map(|(key, one)| (key.name.to_string(), one.platform, one.spend));
            each.collect::<Vec<_>>()
        };
        let unknown = |name: &str, platform| (name.to_owned(), platform, None);
        let google = unknown("google-eu", Platform::Google);
        assert_eq!(told(0), [google.clone(), unknown("meta-eu", Platform::Meta)]);
        let spend = Spend { daily: 7_000_000, ..Spend::default() };
        let seen = OtherAccount { platform: Platform::Meta, currency: EUR, spend: Some(spend) };
        let known = [google.clone(), ("meta-eu".to_owned(), Platform::Meta, Some(spend))];
        spends.note(&key, spends.begin(&key), Some(seen), at(0));
        assert_eq!(told(0), known);
        assert_eq!(told(17), known, "three looks, and how long one takes");
        assert_eq!(told(18), [google.clone(), unknown("meta-eu", Platform::Meta)], "nobody looks any more");
        assert_eq!(told(-1), [google.clone(), unknown("meta-eu", Platform::Meta)], "the clock went back");
        spends.note(&key, spends.begin(&key), None, at(1));
        assert_eq!(told(1), [google.clone(), unknown("meta-eu", Platform::Meta)], "it was not read whole");
        // A look that began before something was put in force there does not see that.
        let began = spends.begin(&key);
        spends.forget(&key);
        spends.note(&key, began, Some(seen), at(2));
        assert_eq!(told(2), [google.clone(), unknown("meta-eu", Platform::Meta)]);
        spends.note(&key, spends.begin(&key), Some(seen), at(3));
        assert_eq!(told(3), known);
    }
}
