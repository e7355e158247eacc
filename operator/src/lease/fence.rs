//! The fence: whether this replica may begin a write, asked before every batch.

use std::fmt;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use adplane_engine::clock::Clock;
use jiff::Timestamp;

use super::Timing;

/// Which time of holding it is: goes into the journal beside the plan's hash.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Token {
    /// The lease's uid: a lease that is made anew has another.
    pub uid: String,
    /// How often it changed hands.
    pub transitions: i32,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.uid, self.transitions)
    }
}

const HOLDING: u8 = 0;
const DRAINING: u8 = 1;
const LOST: u8 = 2;

/// When a lease was renewed, on both clocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Renewal {
    /// Right before the request was sent.
    pub(super) at: Instant,
    pub(super) wall: Timestamp,
}

impl Renewal {
    pub(super) fn now(clock: Clock) -> Self {
        Self { at: Instant::now(), wall: clock.now() }
    }
}

/// One time of holding a lease; shared by the elector and every copy of its fence.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) token: Token,
    timing: Timing,
    clock: Clock,
    not_before: Instant,
    renewed: Mutex<Renewal>,
    state: AtomicU8,
    works: AtomicUsize,
}

impl Held {
    pub(super) fn new(
        token: Token,
        timing: Timing,
        clock: Clock,
        renewed: Renewal,
        not_before: Instant,
    ) -> Self {
        let state = AtomicU8::new(HOLDING);
        Self {
            token,
            timing,
            clock,
            not_before,
            renewed: Mutex::new(renewed),
            state,
            works: AtomicUsize::new(0),
        }
    }

    fn renewed(&self) -> Renewal {
        *self.renewed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn renew(&self, renewal: Renewal) {
        *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = renewal;
    }

    /// No more writes begin; what is under way ends.
    pub(super) fn drain(&self) {
        let _ = self.state.compare_exchange(HOLDING, DRAINING, Ordering::SeqCst, Ordering::SeqCst);
    }

    pub(super) fn is_draining(&self) -> bool {
        self.state.load(Ordering::SeqCst) == DRAINING
    }

    /// Somebody else may hold it: for good, whatever is renewed later.
    pub(super) fn lose(&self) {
        self.state.store(LOST, Ordering::SeqCst);
    }

    pub(super) fn is_idle(&self) -> bool {
        self.works.load(Ordering::SeqCst) == 0
    }

    /// Whether the time is over in which somebody unknown may still write.
    pub(super) fn is_ripe(&self, now: Instant) -> bool {
        now >= self.not_before
    }

    pub(super) fn holds_at(&self, now: Instant, wall: Timestamp, needed: Duration) -> bool {
        let renewed = self.renewed();
        // The monotonic clock may stand still while a machine sleeps; the other one then jumps ahead.
        let slept = wall.duration_since(renewed.wall);
        let usable = self.timing.usable();
        self.state.load(Ordering::SeqCst) == HOLDING
            && self.is_ripe(now)
            && now + needed < renewed.at + usable
            && Duration::try_from(slept).map_or(true, |slept| slept + needed < usable)
    }
}

/// Whether this replica may begin a write to the accounts of a shard; cheap to copy and to ask.
#[derive(Debug, Clone)]
pub struct Fence(pub(super) Arc<Held>);

impl Fence {
    /// Whether a write may begin now.
    pub fn holds(&self) -> bool {
        self.holds_for(Duration::ZERO)
    }

    /// Whether writes may begin now and for this long, as far as is known now.
    pub fn holds_for(&self, needed: Duration) -> bool {
        self.0.holds_at(Instant::now(), self.0.clock.now(), needed)
    }

    /// Until when writes may begin, unless the lease is renewed.
    pub fn deadline(&self) -> Instant {
        self.0.renewed().at + self.0.timing.usable()
    }

    /// From when writes may begin.
    pub fn not_before(&self) -> Instant {
        self.0.not_before
    }

    /// Whether the shard is about to be handed over: what is under way ends, nothing new begins.
    pub fn is_ending(&self) -> bool {
        self.0.state.load(Ordering::SeqCst) != HOLDING
    }

    /// Which time of holding it is.
    pub fn token(&self) -> &Token {
        &self.0.token
    }

    /// Announces work on an account of the shard. The lease is not handed over before the work is dropped.
    pub fn begin(&self) -> Option<Work> {
        // Counted before the state is read, so that a hand-over sees either the work or its refusal.
        let work = Work::counted(Arc::clone(&self.0));
        (!self.is_ending()).then_some(work)
    }
}

/// Work under way in a shard.
#[derive(Debug)]
pub struct Work(Arc<Held>);

impl Work {
    fn counted(held: Arc<Held>) -> Self {
        held.works.fetch_add(1, Ordering::SeqCst);
        Self(held)
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.0.works.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMING: Timing = Timing { duration: Duration::from_secs(45), margin: Duration::from_secs(22) };

    fn held(not_before: Duration) -> (Held, Renewal) {
        let renewal = Renewal { at: Instant::now(), wall: "2026-03-01T12:00:00Z".parse().unwrap() };
        let token = Token { uid: "u".into(), transitions: 3 };
        (Held::new(token, TIMING, Clock::System, renewal, renewal.at + not_before), renewal)
    }

    fn holds(held: &Held, renewal: Renewal, later: u64, wall: i64, needed: u64) -> bool {
        let wall = renewal.wall + jiff::SignedDuration::from_secs(wall);
        held.holds_at(renewal.at + Duration::from_secs(later), wall, Duration::from_secs(needed))
    }

    #[test]
    fn it_holds_until_the_margin_begins() {
        let (held, renewal) = held(Duration::ZERO);
        assert!(holds(&held, renewal, 0, 0, 0));
        assert!(holds(&held, renewal, 22, 22, 0));
        assert!(!holds(&held, renewal, 23, 22, 0));
        assert!(holds(&held, renewal, 10, 10, 12));
        assert!(!holds(&held, renewal, 10, 10, 13));
    }

    #[test]
    fn a_renewal_prolongs_it_and_a_loss_is_for_good() {
        let (held, renewal) = held(Duration::ZERO);
        held.renew(Renewal { at: renewal.at + Duration::from_secs(20), wall: renewal.wall });
        assert!(holds(&held, renewal, 42, 0, 0));
        held.lose();
        held.renew(Renewal { at: renewal.at + Duration::from_secs(42), wall: renewal.wall });
        assert!(!holds(&held, renewal, 42, 0, 0));
    }

    #[test]
    fn a_machine_that_slept_does_not_write() {
        let (held, renewal) = held(Duration::ZERO);
        assert!(!holds(&held, renewal, 1, 3600, 0));
        // Set back, a clock proves nothing; the monotonic one decides.
        assert!(holds(&held, renewal, 1, -3600, 0));
    }

    #[test]
    fn a_lease_without_a_past_waits() {
        let (held, renewal) = held(Duration::from_secs(5));
        assert!(!holds(&held, renewal, 4, 4, 0));
        assert!(holds(&held, renewal, 5, 5, 0));
    }

    #[test]
    fn it_is_not_idle_while_work_is_under_way_and_takes_no_more_when_it_ends() {
        let (held, _) = held(Duration::ZERO);
        let fence = Fence(Arc::new(held));
        let work = fence.begin().unwrap();
        fence.0.drain();
        assert!(fence.0.is_draining() && fence.is_ending() && !fence.0.is_idle());
        assert!(fence.begin().is_none());
        assert!(!fence.holds());
        drop(work);
        assert!(fence.0.is_idle());
    }

    #[test]
    fn a_token_tells_its_lease_and_its_turn() {
        assert_eq!(Token { uid: "u".into(), transitions: 3 }.to_string(), "u/3");
    }
}
