//! The sandbox without its sockets: world, clock, faults and log, and what happens to one request.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::clock::{Clock, ClockMode};
use crate::faults::{Effect, Faults};
use crate::http::{Request, Response};
use crate::lag::Lag;
use crate::log::{Entry, RequestLog};
use crate::quota::QuotaMode;
use crate::store::Saved;
use crate::world::{FAULT_PARTIAL, FAULT_REPORT, Object, Vendor, World};
use crate::{delivery, faults, quota, snapshot, vendors};

/// On a real clock the vendors look at the passing of time at most once in so many milliseconds: it costs a walk
/// over all objects, and their shortest delay is a review of a minute.
const STEP_MILLIS: i64 = 1_000;

/// What a new world is made from; `reset` goes back to it.
#[derive(Debug, Clone)]
pub(crate) struct Beginning {
    pub(crate) seed: u64,
    pub(crate) clock: ClockMode,
    pub(crate) quota: QuotaMode,
    pub(crate) options: BTreeMap<String, String>,
    /// The content of `--load`.
    pub(crate) load: Option<Value>,
}

/// How the server goes on with a request.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The answer; without one the connection is cut.
    pub(crate) response: Option<Response>,
    /// How long to wait before either.
    pub(crate) after: Duration,
}

/// World, clock, faults and log.
pub(crate) struct Engine {
    beginning: Beginning,
    pub(crate) world: World,
    clock: Clock,
    pub(crate) faults: Faults,
    lag: Lag,
    log: RequestLog,
    /// When it started, and what of [`World::waited`] is from before.
    started: (Instant, SignedDuration),
    /// Whether something changed since [`Self::take_unsaved`].
    unsaved: bool,
}

impl Engine {
    /// A new sandbox, or one that goes on from where it stopped.
    pub(crate) fn start(beginning: Beginning, saved: Option<Saved>) -> Result<Self, String> {
        let (mut world, clock) = match saved {
            Some(Saved { world, ahead_seconds }) => {
                let ahead = SignedDuration::from_secs(ahead_seconds);
                let clock = Clock::resume(beginning.clock, world.now, ahead);
                (world, clock)
            }
            None => begin(&beginning)?,
        };
        world.options.extend(beginning.options.clone());
        world.options.insert(quota::OPTION.to_owned(), beginning.quota.to_string());
        let (faults, lag, log) = (Faults::default(), Lag::default(), RequestLog::default());
        let started = (Instant::now(), world.waited);
        Ok(Self { beginning, world, clock, faults, lag, log, started, unsaved: true })
    }

    /// Lets the vendors catch up with the clock.
    fn tick(&mut self) {
        let now = self.clock.now().max(self.world.now);
        let behind = now.as_millisecond() - self.world.advanced_to.as_millisecond();
        let due = match self.clock {
            Clock::Virtual { .. } => behind > 0,
            Clock::Real { .. } => behind >= STEP_MILLIS,
        };
        if due {
            vendors::advance(&mut self.world, now);
        }
        self.world.now = now;
        if let Clock::Virtual { .. } = self.clock {
            let (since, before) = self.started;
            let passed = SignedDuration::try_from(since.elapsed()).unwrap_or(SignedDuration::MAX);
            self.world.waited = before.saturating_add(passed);
        }
    }

    /// Handles one request to a vendor; `path` is as sent, with the prefix.
    pub(crate) fn handle(
        &mut self,
        vendor: Vendor,
        path: &str,
        request: &Request,
        started: Instant,
    ) -> Outcome {
        self.tick();
        let seq = self.log.next_seq();
        let effect = self.faults.meet(vendor, path, request, self.world.now, seq);
        let at_once = Duration::ZERO;
        let (response, answered, after) = match effect {
            None => (self.carry_out(vendor, request), true, at_once),
            Some(Effect::Answer(response) | Effect::Stale(response)) => (response, true, at_once),
            Some(Effect::Partial) => {
                (self.carry_out_noting(vendor, request, FAULT_PARTIAL, Value::Bool(true)), true, at_once)
            }
            Some(Effect::Misreport(wrong)) => {
                let note = serde_json::to_value(wrong).unwrap_or_default();
                (self.carry_out_noting(vendor, request, FAULT_REPORT, note), true, at_once)
            }
            Some(Effect::Slow(wait)) => (self.carry_out(vendor, request), true, wait),
            Some(Effect::Hang(wait)) => (no_answer(), false, wait),
            Some(Effect::Drop { carry_out: true }) => (self.carry_out(vendor, request), false, at_once),
            Some(Effect::Drop { carry_out: false }) => (no_answer(), false, at_once),
        };
        self.log.push(Entry {
            seq,
            method: request.method.clone(),
            path: path.to_owned(),
            caller: request.header("user-agent").map(str::to_owned),
            status: if answered { response.status } else { 0 },
            platform: vendor,
            account: response.account.as_deref().map(|account| snapshot::shown_account(vendor, account)),
            write: response.wrote,
            millis: u64::try_from((started.elapsed() + after).as_millis()).unwrap_or(u64::MAX),
        });
        // Clients that need the vendor's clock read it here; under a virtual clock it must be that one.
        let response = response.with_header("date", http_date(self.world.now));
        Outcome { response: answered.then_some(response), after }
    }

    fn carry_out(&mut self, vendor: Vendor, request: &Request) -> Response {
        let now = Instant::now();
        if faults::is_read(request) {
            let at = self.world.now;
            return match self.lag.seen(vendor, now) {
                Some(former) => {
                    former.now = at;
                    vendors::handle(vendor, former, request)
                }
                None => vendors::handle(vendor, &mut self.world, request),
            };
        }
        let lag = Lag::of(&self.world, vendor);
        let kept = lag.is_some() || self.faults.wants_former_world(vendor);
        let former = kept.then(|| self.world.clone());
        let response = vendors::handle(vendor, &mut self.world, request);
        if response.wrote {
            self.unsaved = true;
            if let Some(former) = former {
                self.faults.keep_former_world(vendor, &former);
                if let Some(lag) = lag {
                    self.lag.keep(vendor, former, lag, now);
                }
            }
        }
        response
    }

    /// Carries out a request with a note for the vendor module that is gone afterwards.
    fn carry_out_noting(&mut self, vendor: Vendor, request: &Request, name: &str, note: Value) -> Response {
        self.world.notes.entry(vendor).or_default().insert(name.to_owned(), note);
        let response = self.carry_out(vendor, request);
        if let Some(notes) = self.world.notes.get_mut(&vendor) {
            notes.remove(name);
        }
        response
    }

    /// Everything stored, in the vendors' own JSON.
    pub(crate) fn state(&mut self) -> Value {
        self.tick();
        snapshot::state(&self.world)
    }

    /// What every account delivered so far.
    pub(crate) fn delivery(&mut self) -> Value {
        self.tick();
        delivery::summary(&self.world)
    }

    pub(crate) fn log(&self) -> &RequestLog {
        &self.log
    }

    /// The faults in waiting.
    pub(crate) fn faults(&mut self) -> Value {
        self.tick();
        self.faults.to_json(&self.world)
    }

    /// Replaces the faults in waiting.
    pub(crate) fn arm(&mut self, list: faults::List) {
        self.tick();
        self.faults = list.faults;
        delivery::arm(&mut self.world, &list.breakages);
        self.unsaved = true;
    }

    /// Goes back to the beginning: world, clock, options, faults and log.
    pub(crate) fn reset(&mut self) -> Result<(), String> {
        *self = Self::start(self.beginning.clone(), None)?;
        Ok(())
    }

    /// The clock after catching up.
    pub(crate) fn clock(&mut self) -> &Clock {
        self.tick();
        &self.clock
    }

    /// Lets sandbox time pass.
    pub(crate) fn advance(&mut self, by: Duration) -> Result<(), String> {
        self.clock.advance(by)?;
        self.tick();
        self.unsaved = true;
        Ok(())
    }

    /// Changes a live object as a person in the vendor's web screens would; the object afterwards.
    pub(crate) fn edit(&mut self, edit: &Edit) -> Result<Option<Object>, String> {
        self.tick();
        let Edit { platform, account, collection, id, set, actor } = edit;
        let account = snapshot::bare_account(*platform, account);
        let former = self.faults.wants_former_world(*platform).then(|| self.world.clone());
        vendors::edit(*platform, &mut self.world, account, collection, id, set, actor)?;
        self.unsaved = true;
        if let Some(former) = former {
            self.faults.keep_former_world(*platform, &former);
        }
        let stored = self.world.account(*platform, account).and_then(|account| account.get(collection, id));
        Ok(stored.cloned())
    }

    /// Sets behaviour switches; `None` takes one back to its default.
    pub(crate) fn set_options(&mut self, options: BTreeMap<String, Option<String>>) {
        for (name, value) in options {
            match value {
                Some(value) => self.world.options.insert(name, value),
                None => self.world.options.remove(&name),
            };
        }
        self.unsaved = true;
    }

    /// What to save, if something changed since the last call.
    pub(crate) fn take_unsaved(&mut self) -> Option<Result<Vec<u8>, serde_json::Error>> {
        if !std::mem::take(&mut self.unsaved) {
            return None;
        }
        Some(Saved::to_bytes(&self.world, self.clock.ahead().as_secs()))
    }

    /// Says that the last save did not succeed.
    pub(crate) fn mark_unsaved(&mut self) {
        self.unsaved = true;
    }
}

/// A change by hand, as sent to `/_sandbox/edit`.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    pub(crate) platform: Vendor,
    pub(crate) account: String,
    pub(crate) collection: String,
    pub(crate) id: String,
    pub(crate) set: Object,
    #[serde(default = "web_screen")]
    pub(crate) actor: String,
}

fn web_screen() -> String {
    "web screen".to_owned()
}

fn begin(beginning: &Beginning) -> Result<(World, Clock), String> {
    let clock = Clock::start(beginning.clock);
    let mut world = vendors::seed_world(beginning.seed, clock.now());
    if let Some(state) = &beginning.load {
        snapshot::load(&mut world, state)?;
    }
    Ok((world, clock))
}

/// `Mon, 02 Nov 2026 08:00:00 GMT`, the form of HTTP's `Date` (RFC 9110).
fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn no_answer() -> Response {
    Response::text(0, "")
}
