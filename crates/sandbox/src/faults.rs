//! Faults that a test arms with `POST /_sandbox/faults`, and the vendor-shaped answers of some of them.
//!
//! | kind | what happens |
//! |---|---|
//! | `http_500` | the vendor's answer to an internal error; nothing is stored |
//! | `rate_limit` | the vendor's answer to too many calls; `millis` is the wait it names, where it names one |
//! | `refused` | the vendor's answer to a value that it does not take; nothing is stored |
//! | `expired_token` | the vendor's answer to an expired token |
//! | `timeout` | no answer for `millis` (default 60 000), then the connection is cut; nothing is stored |
//! | `drop_before` | the connection is cut at once; nothing is stored |
//! | `drop_after` | the request is carried out, then the connection is cut without an answer |
//! | `slow` | the request is carried out, its answer comes `millis` (default 3 000) later |
//! | `partial` | the vendor module sees [`World::fault_partial`](crate::world::World::fault_partial) and lets some items fail |
//! | `stale_reads` | reads see the world as it was before the first write after arming, see below |
//! | `empty_report` | reports are answered as if nothing had been delivered: 200, and no rows |
//! | `double_day` | reports count twice what was delivered `from` an instant on, for so many `days` (1) of 24 hours |
//! | `missing_objects` | reports leave out what `objects` delivered, ads by their ids |
//! | `broken_tracking` | clicks go on, and next to no conversion is counted, see below |
//!
//! A request takes the first fault that matches and has uses left; `after` matching requests pass untouched before, such as
//! the first pages of a list. `stale_reads` matches reads only: `GET`, and
//! `POST` to a path that holds `:search`. It comes into force with the first write to a matching platform and
//! counts reads from then on; with `millis` it also ends that much sandbox time after that write, and then `times`
//! is without limit unless given.
//!
//! `broken_tracking` meets no requests but accounts: of a `platform`, of one `account` of it, or all. It lasts from now, or
//! from the instant `from`, for so many `days` of 24 hours, or until the next list of faults. What would have been counted
//! meanwhile is lost for good, also of clicks before; see [`crate::delivery`].

mod google;
mod meta;
mod tiktok;
mod tracking;

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::delivery::{Breakage, Misreport};
use crate::http::{Request, Response};
use crate::world::{Vendor, World};

const TIMEOUT_MILLIS: u64 = 60_000;
const SLOW_MILLIS: u64 = 3_000;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    #[serde(rename = "http_500")]
    Http500,
    Refused,
    RateLimit,
    Timeout,
    DropBefore,
    DropAfter,
    Slow,
    ExpiredToken,
    Partial,
    StaleReads,
    EmptyReport,
    DoubleDay,
    MissingObjects,
    BrokenTracking,
}

/// Which requests a fault meets; what is left out matches everything.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Match {
    platform: Option<Vendor>,
    method: Option<String>,
    /// A part of the path as sent, the vendor's prefix included.
    path: Option<String>,
    /// Of `broken_tracking`: the account, as people write its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<String>,
}

impl Match {
    fn fits(&self, vendor: Vendor, method: &str, path: &str) -> bool {
        self.platform.is_none_or(|platform| platform == vendor)
            && self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.path.as_deref().is_none_or(|part| path.contains(part))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    #[serde(default, rename = "match")]
    matching: Match,
    times: Option<u64>,
    /// Requests that match and pass untouched before.
    #[serde(default, skip_serializing_if = "is_zero")]
    after: u64,
    kind: Kind,
    millis: Option<u64>,
    /// Of `broken_tracking` and `double_day`: since when, and for how many days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days: Option<u32>,
    /// Of `missing_objects`: whose.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    objects: BTreeSet<String>,
}

impl Spec {
    /// Whether it says what its kind cannot.
    fn is_odd(&self) -> bool {
        let has_days = self.from.is_some() || self.days.is_some();
        let has_objects = !self.objects.is_empty();
        self.matching.account.is_some()
            || has_days && self.kind != Kind::DoubleDay
            || has_objects && self.kind != Kind::MissingObjects
    }

    /// How reports are wrong that meet it.
    fn misreport(&self) -> Option<Misreport> {
        match self.kind {
            Kind::EmptyReport => Some(Misreport::Empty),
            Kind::DoubleDay => {
                let from = self.from?;
                let length = SignedDuration::from_hours(24 * i64::from(self.days.unwrap_or(1)));
                Some(Misreport::Double(from, from.saturating_add(length).ok()?))
            }
            Kind::MissingObjects => {
                Some(Misreport::Without(self.objects.clone())).filter(|_| !self.objects.is_empty())
            }
            _ => None,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A fault in waiting.
struct Armed {
    spec: Spec,
    /// Matching requests that still pass.
    pass: u64,
    /// Uses left; `None` for any number.
    left: Option<u64>,
    stale: Option<Stale>,
}

/// The world before the first write, for `stale_reads`.
struct Stale {
    world: Box<World>,
    since: Timestamp,
}

/// All faults in waiting, in the order given.
#[derive(Default)]
pub(crate) struct Faults(Vec<Armed>);

/// A list of faults as it was sent.
pub(crate) struct List {
    /// Those that meet requests.
    pub(crate) faults: Faults,
    /// Those that meet accounts.
    pub(crate) breakages: Vec<Breakage>,
}

/// What the server does about a request that met a fault.
pub(crate) enum Effect {
    /// Answer this; the vendor module never sees the request.
    Answer(Response),
    /// Answer what the vendor module says about this world.
    Stale(Response),
    /// Carry out with the flag for partial success set.
    Partial,
    /// Carry out; reports are told wrongly.
    Misreport(Misreport),
    /// Carry out, then wait before the answer goes out.
    Slow(Duration),
    /// Wait, then cut the connection.
    Hang(Duration),
    /// Cut the connection; carried out before or not.
    Drop { carry_out: bool },
}

impl Faults {
    /// Reads the list sent to `/_sandbox/faults`.
    pub(crate) fn parse(body: &[u8]) -> Result<List, String> {
        let specs: Vec<Spec> = serde_json::from_slice(body).map_err(|error| {
            format!(
                "{error}; send a list such as [{{\"match\":{{\"platform\":\"meta\",\"method\":\"POST\",\"path\":\"/campaigns\"}},\
                 \"times\":1,\"kind\":\"drop_after\"}}]"
            )
        })?;
        let (tracking, requests): (Vec<Spec>, Vec<Spec>) =
            specs.into_iter().partition(|spec| spec.kind == Kind::BrokenTracking);
        if let Some(odd) = requests.iter().find(|spec| spec.is_odd()) {
            let kind = serde_json::to_value(odd.kind).unwrap_or_default();
            return Err(format!(
                "`from`, `days` and `account` belong to `broken_tracking`, `objects` to `missing_objects`, not to {kind}"
            ));
        }
        if requests.iter().any(|spec| spec.kind == Kind::MissingObjects && spec.objects.is_empty()) {
            return Err("`missing_objects` needs the `objects` that are left out".to_owned());
        }
        if requests.iter().any(|spec| spec.kind == Kind::DoubleDay && spec.misreport().is_none()) {
            return Err("`double_day` needs the instant `from` which it counts twice".to_owned());
        }
        let breakages = tracking.into_iter().map(tracking::breakage).collect::<Result<_, _>>()?;
        Ok(List { faults: Self(requests.into_iter().map(Armed::new).collect()), breakages })
    }

    /// The faults with the uses they have left, and what of tracking is broken, for `GET /_sandbox/faults`.
    pub(crate) fn to_json(&self, world: &World) -> serde_json::Value {
        let left =
            self.0.iter().map(|armed| Spec { times: armed.left, after: armed.pass, ..armed.spec.clone() });
        let left = left.chain(tracking::specs(world));
        serde_json::to_value(left.collect::<Vec<_>>()).unwrap_or_default()
    }

    /// The fault that a request meets, counted as used.
    pub(crate) fn meet(
        &mut self,
        vendor: Vendor,
        path: &str,
        request: &Request,
        now: Timestamp,
        seq: u64,
    ) -> Option<Effect> {
        let armed = self.0.iter_mut().find(|armed| {
            armed.in_force(request, now) && armed.spec.matching.fits(vendor, &request.method, path)
        })?;
        if armed.pass > 0 {
            armed.pass -= 1;
            return None;
        }
        armed.left = armed.left.map(|left| left - 1);
        let millis = |default: u64| Duration::from_millis(armed.spec.millis.unwrap_or(default));
        Some(match armed.spec.kind {
            kind @ (Kind::Http500 | Kind::Refused | Kind::RateLimit | Kind::ExpiredToken) => {
                Effect::Answer(shaped(kind, vendor, request, armed.spec.millis, seq))
            }
            Kind::Timeout => Effect::Hang(millis(TIMEOUT_MILLIS)),
            Kind::Slow => Effect::Slow(millis(SLOW_MILLIS)),
            Kind::DropBefore => Effect::Drop { carry_out: false },
            Kind::DropAfter => Effect::Drop { carry_out: true },
            Kind::Partial => Effect::Partial,
            Kind::EmptyReport | Kind::DoubleDay | Kind::MissingObjects => {
                Effect::Misreport(armed.spec.misreport()?)
            }
            // It meets accounts, never requests.
            Kind::BrokenTracking => return None,
            Kind::StaleReads => {
                let stale = armed.stale.as_mut()?;
                stale.world.now = now;
                Effect::Stale(crate::vendors::handle(vendor, &mut stale.world, request))
            }
        })
    }

    /// Whether a write to this vendor's objects now has to leave its former world behind.
    pub(crate) fn wants_former_world(&self, vendor: Vendor) -> bool {
        self.0.iter().any(|armed| armed.awaits_write(vendor))
    }

    /// Keeps the world as it was before the first write.
    pub(crate) fn keep_former_world(&mut self, vendor: Vendor, world: &World) {
        for armed in self.0.iter_mut().filter(|armed| armed.awaits_write(vendor)) {
            armed.stale = Some(Stale { world: Box::new(world.clone()), since: world.now });
        }
    }
}

impl Armed {
    fn new(spec: Spec) -> Self {
        let unlimited = spec.kind == Kind::StaleReads && spec.millis.is_some();
        let left = spec.times.or(if unlimited { None } else { Some(1) });
        let pass = spec.after;
        Self { spec, pass, left, stale: None }
    }

    fn awaits_write(&self, vendor: Vendor) -> bool {
        self.spec.kind == Kind::StaleReads
            && self.left != Some(0)
            && self.stale.is_none()
            && self.spec.matching.platform.is_none_or(|platform| platform == vendor)
    }

    fn in_force(&self, request: &Request, now: Timestamp) -> bool {
        if self.left == Some(0) {
            return false;
        }
        if self.spec.kind != Kind::StaleReads {
            return true;
        }
        let Some(stale) = &self.stale else { return false };
        let lasts = |millis: u64| {
            let span = SignedDuration::from_millis(i64::try_from(millis).unwrap_or(i64::MAX));
            now.duration_since(stale.since) < span
        };
        is_read(request) && self.spec.millis.is_none_or(lasts)
    }
}

/// Whether a request reads only: the vendors' searches are `POST`s.
pub(crate) fn is_read(request: &Request) -> bool {
    request.method == "GET" || request.path.contains(":search")
}

/// The vendor's own answer to a fault.
fn shaped(kind: Kind, vendor: Vendor, request: &Request, millis: Option<u64>, seq: u64) -> Response {
    // Waits are named in whole seconds, rounded up.
    let wait_seconds = millis.map_or(1, |millis| millis.div_ceil(1_000));
    match vendor {
        Vendor::Google => google::answer(kind, request, wait_seconds, seq),
        Vendor::Meta => meta::answer(kind, request, wait_seconds, seq),
        Vendor::Tiktok => tiktok::answer(kind, seq),
    }
}

#[cfg(test)]
mod tests;
