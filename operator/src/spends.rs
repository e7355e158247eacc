//! What accounts can spend, for amounts of the spend guard.
//!
//! Whoever decides raises where an amount is set takes turns, and goes on only where nothing was raised since what it rests
//! on was read: so no two take the same room. Each look at an account notes what it can spend with what is on its way there,
//! for amounts that are about several of them. What nobody noted lately, or noted before the lease changed hands, is not
//! known, and refuses.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use adplane_core::address::{AccountKey, Platform};
use adplane_core::money::Currency;
use adplane_core::rules::OtherAccount;
use adplane_manifest::load::DocumentKind;
use jiff::{SignedDuration, Timestamp};

use crate::cache::{Cache, Resource, account_key};
use crate::lease::Token;

/// How many looks may be missed before what was noted is not known any more.
const LOOKS: i32 = 3;
/// How long a look may take besides.
const SPARE: SignedDuration = SignedDuration::from_mins(2);
/// How long the next look at an account is waited for of which nothing is known just now.
const PATIENCE: SignedDuration = SignedDuration::from_mins(1);

/// What accounts can spend, as this process saw them last.
#[derive(Debug, Default)]
pub struct Spends {
    turn: tokio::sync::Mutex<()>,
    noted: Mutex<BTreeMap<AccountKey, Noted>>,
}

/// Nobody else decides raises while it is there.
#[must_use]
#[derive(Debug)]
pub struct Turn<'s> {
    _held: tokio::sync::MutexGuard<'s, ()>,
}

/// What was noted of an account.
#[derive(Debug, Default, Clone)]
struct Noted {
    /// How often more may have come to be spent there: a look that began before does not see it.
    raised: u64,
    figure: Figure,
}

/// What is known of an account's spend.
#[derive(Debug, Default, Clone)]
enum Figure {
    /// It was not looked at yet, or not since more may be spent there.
    #[default]
    Missing,
    /// The same, and somebody asked for it: the first time then.
    Awaited(Timestamp),
    /// It was looked at, and could not be read whole.
    Unread,
    /// What a look saw, by the lease under which it began.
    Known { at: Timestamp, lease: Option<Token>, spend: OtherAccount },
}

/// When a look at an account began, as far as it matters here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Began {
    raised: u64,
    lease: Option<Token>,
}

impl Spends {
    /// Waits until nobody else decides raises; nothing where more may have come to be spent on one of these accounts since
    /// it was read: whoever decided on that would give room that is taken.
    pub async fn turn<'k>(
        &self,
        read: impl IntoIterator<Item = (&'k AccountKey, &'k Began)>,
        lease: impl Fn(&AccountKey) -> Option<Token>,
    ) -> Option<Turn<'_>> {
        let turn = Turn { _held: self.turn.lock().await };
        read.into_iter().all(|(key, began)| self.begin(key, lease(key)) == *began).then_some(turn)
    }

    fn noted(&self) -> MutexGuard<'_, BTreeMap<AccountKey, Noted>> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A look at an account begins, under the lease by which this replica looks after it.
    pub fn begin(&self, key: &AccountKey, lease: Option<Token>) -> Began {
        Began { raised: self.noted().get(key).map_or(0, |noted| noted.raised), lease }
    }

    /// What a look saw; nothing where it was not read whole.
    pub fn note(&self, key: &AccountKey, began: &Began, seen: Option<OtherAccount>, now: Timestamp) {
        let mut all = self.noted();
        let noted = all.entry(key.clone()).or_default();
        if noted.raised == began.raised {
            noted.figure = match seen {
                Some(spend) => Figure::Known { at: now, lease: began.lease.clone(), spend },
                None => Figure::Unread,
            };
        }
    }

    /// More may be spent on an account from now on: what it can spend is not known before it is looked at again, and looks
    /// that began before decide no raise.
    pub fn raised(&self, key: &AccountKey) {
        let mut all = self.noted();
        let noted = all.entry(key.clone()).or_default();
        *noted = Noted { raised: noted.raised.saturating_add(1), figure: Figure::Missing };
    }

    /// Whether the next look at one of these accounts is to be waited for: nothing is known of it just now. One that is not
    /// looked at for long is not waited for.
    pub fn awaits<'k>(&self, accounts: impl IntoIterator<Item = &'k AccountKey>, now: Timestamp) -> bool {
        let mut all = self.noted();
        let mut awaits = false;
        for key in accounts {
            let noted = all.entry(key.clone()).or_default();
            if matches!(noted.figure, Figure::Missing) {
                noted.figure = Figure::Awaited(now);
            }
            awaits |= matches!(noted.figure, Figure::Awaited(since) if now.duration_since(since) < PATIENCE);
        }
        awaits
    }

    /// What the accounts of a namespace can spend; what one of them can that was not seen lately is not known, nor where it
    /// was seen under another lease: another replica may have raised it since. Looks are so far apart. One whose platform and
    /// currency cannot be read is taken for one like `alike`.
    pub fn of(
        &self,
        (cache, namespace): (&Cache, &str),
        alike: (Platform, Currency),
        (now, every): (Timestamp, SignedDuration),
        lease: impl Fn(&AccountKey) -> Option<Token>,
    ) -> BTreeMap<AccountKey, OtherAccount> {
        let (noted, longest) = (self.noted(), every.saturating_mul(LOOKS).saturating_add(SPARE));
        let accounts = cache.in_namespace(DocumentKind::AdAccount, namespace);
        let each = accounts.iter().filter_map(|account| {
            let key = account_key(namespace, &account.key.name)?;
            let lately = |at: Timestamp| at <= now && now.duration_since(at) <= longest;
            let seen = match noted.get(&key).map(|noted| &noted.figure) {
                Some(Figure::Known { at, lease: under, spend }) if lately(*at) && *under == lease(&key) => {
                    Some(*spend)
                }
                _ => None,
            };
            let unknown = || {
                let (platform, currency) = written(account).unwrap_or(alike);
                OtherAccount { platform, currency, spend: None }
            };
            Some((key, seen.unwrap_or_else(unknown)))
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

    fn lease(transitions: i32) -> Token {
        Token { uid: "u".to_owned(), transitions }
    }

    /// What each account of `growth` is told to spend, under a lease.
    fn told(spends: &Spends, minutes: i64, transitions: i32) -> Vec<(String, Platform, Option<Spend>)> {
        let (asked, when) = ((Platform::TikTok, EUR), (at(minutes), EVERY));
        let all = spends.of((&cache(), "growth"), asked, when, |_| Some(lease(transitions)));
        all.into_iter().map(|(key, one)| (key.name.to_string(), one.platform, one.spend)).collect()
    }

    fn meta() -> AccountKey {
        account_key("growth", "meta-eu").unwrap()
    }

    fn seven() -> (Spend, Option<OtherAccount>) {
        let spend = Spend { daily: 7_000_000, ..Spend::default() };
        (spend, Some(OtherAccount { platform: Platform::Meta, currency: EUR, spend: Some(spend) }))
    }

    #[test]
    fn what_was_not_seen_lately_is_not_known() {
        let (spends, key, (spend, seen)) = (Spends::default(), meta(), seven());
        let google = ("google-eu".to_owned(), Platform::Google, None);
        let unknown = [google.clone(), ("meta-eu".to_owned(), Platform::Meta, None)];
        let known = [google, ("meta-eu".to_owned(), Platform::Meta, Some(spend))];
        let begin = || spends.begin(&key, Some(lease(1)));
        assert_eq!(told(&spends, 0, 1), unknown);
        spends.note(&key, &begin(), seen, at(0));
        assert_eq!(told(&spends, 0, 1), known);
        assert_eq!(told(&spends, 17, 1), known, "three looks, and how long one takes");
        assert_eq!(told(&spends, 18, 1), unknown, "nobody looks any more");
        assert_eq!(told(&spends, -1, 1), unknown, "the clock went back");
        spends.note(&key, &begin(), None, at(1));
        assert_eq!(told(&spends, 1, 1), unknown, "it was not read whole");
        // A look that began before more came to be spent there does not see that.
        let earlier = begin();
        spends.raised(&key);
        spends.note(&key, &earlier, seen, at(2));
        assert_eq!(told(&spends, 2, 1), unknown);
        spends.note(&key, &begin(), seen, at(3));
        assert_eq!(told(&spends, 3, 1), known);
        assert_eq!(told(&spends, 3, 2), unknown, "another replica may have raised it since");
        spends.note(&key, &spends.begin(&key, Some(lease(2))), seen, at(4));
        assert_eq!(told(&spends, 4, 2), known);
    }

    #[tokio::test]
    async fn whoever_read_before_a_raise_decides_nothing() {
        let (spends, meta) = (Spends::default(), meta());
        let google = account_key("growth", "google-eu").unwrap();
        let begin = |key| spends.begin(key, Some(lease(1)));
        let (of_meta, of_google) = (begin(&meta), begin(&google));
        let under = |transitions| move |_: &AccountKey| Some(lease(transitions));
        // Both have read; one waits for the other, which raises.
        let first = spends.turn([(&meta, &of_meta)], under(1)).await.unwrap();
        let waiting = spends.turn([(&google, &of_google), (&meta, &of_meta)], under(1));
        let raising = async {
            tokio::task::yield_now().await;
            spends.raised(&meta);
            drop(first);
        };
        let (second, ()) = tokio::join!(waiting, raising);
        assert!(second.is_none(), "it rests on what was read before the raise");
        // Nobody is kept waiting by whoever looks again.
        let anew = begin(&meta);
        let turn = spends.turn([(&google, &of_google), (&meta, &anew)], under(1)).await;
        assert!(turn.is_some());
        drop(turn);
        assert!(spends.turn([(&google, &of_google)], under(2)).await.is_none(), "the lease changed hands");
    }

    #[test]
    fn the_next_look_is_waited_for_and_not_for_long() {
        let (spends, key, (_, seen)) = (Spends::default(), meta(), seven());
        let awaits = |seconds: i64| spends.awaits([&key], at(0) + SignedDuration::from_secs(seconds));
        assert!(awaits(0), "it was not looked at yet");
        assert!(awaits(59));
        assert!(!awaits(60), "nobody looks at it");
        spends.note(&key, &spends.begin(&key, None), seen, at(2));
        assert!(!awaits(120));
        spends.raised(&key);
        assert!(awaits(130) && awaits(189) && !awaits(190));
        spends.note(&key, &spends.begin(&key, None), None, at(4));
        assert!(!awaits(240), "it cannot be read, and waiting mends nothing");
    }
}
