//! Read-after-write lag: for some time after a write, reads show the account without it.
//!
//! Off unless the option `lag` says how long (`2s`), for all vendors or, as `google.lag`, for one. The time is real
//! even under a virtual clock, because a client waits in real time for what it has written. No vendor
//! promises a bound: reads follow by seconds (google-ads.md §8, meta-ads.md §17, tiktok-ads.md §4.6; unverified figures).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::duration::parse_duration;
use crate::world::{Vendor, World};

/// Worlds as they were before writes that reads do not show yet.
#[derive(Default)]
pub(crate) struct Lag(BTreeMap<Vendor, Former>);

struct Former {
    world: Box<World>,
    until: Instant,
}

impl Lag {
    /// How long a vendor's reads lag behind; `None` when they do not.
    pub(crate) fn of(world: &World, vendor: Vendor) -> Option<Duration> {
        let own = world.options.get(&format!("{}.lag", word(vendor)));
        let text = own.or_else(|| world.options.get("lag"))?;
        parse_duration(text).ok().filter(|lag| !lag.is_zero())
    }

    /// Keeps the world from before a write, unless an older one is still shown.
    pub(crate) fn keep(&mut self, vendor: Vendor, former: World, lag: Duration, now: Instant) {
        let shown = self.0.get(&vendor).is_some_and(|former| former.until > now);
        if !shown {
            self.0.insert(vendor, Former { world: Box::new(former), until: now + lag });
        }
    }

    /// The world that a read sees instead of the present one.
    pub(crate) fn seen(&mut self, vendor: Vendor, now: Instant) -> Option<&mut World> {
        if self.0.get(&vendor)?.until <= now {
            self.0.remove(&vendor);
        }
        self.0.get_mut(&vendor).map(|former| &mut *former.world)
    }
}

fn word(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::Google => "google",
        Vendor::Meta => "meta",
        Vendor::Tiktok => "tiktok",
    }
}
