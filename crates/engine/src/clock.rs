//! The clock: the only place that reads the machine's time.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// Where the time comes from.
#[derive(Debug, Clone, Copy, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// An instant given by `--now`.
    Fixed(Timestamp),
    /// A sandbox's virtual clock, which goes on while a command runs.
    Followed(&'static Followed),
}

impl Clock {
    /// The current instant.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    pub fn now(self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Fixed(at) => at,
            Self::Followed(clock) => clock.now(),
        }
    }
}

/// A clock that is set from elsewhere.
#[derive(Debug)]
pub struct Followed(AtomicI64);

impl Followed {
    /// A clock at an instant. A process follows one clock at most, so it lives as long as the process.
    pub fn new(at: Timestamp) -> &'static Self {
        Box::leak(Box::new(Self(AtomicI64::new(at.as_microsecond()))))
    }

    /// Sets it.
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.as_microsecond(), Ordering::Relaxed);
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::Relaxed)).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_followed_clock_moves() {
        let at: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let followed = Followed::new(at);
        let clock = Clock::Followed(followed);
        assert_eq!(clock.now(), at);
        let later: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
        followed.set(later);
        assert_eq!(clock.now(), later);
    }
}
