//! Sandbox time: the machine's, moved by what `/_sandbox/clock` added, or a virtual one that stands still otherwise.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// What kind of time a sandbox starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockMode {
    /// Time passes by itself.
    Real,
    /// Time stands at this instant and passes only when told.
    Virtual(Timestamp),
}

impl ClockMode {
    /// The virtual clock at the instant it starts from when none is given: 2026-11-02, a Monday, 08:00 UTC.
    pub fn virtual_default() -> Self {
        Self::Virtual(Timestamp::constant(1_793_606_400, 0))
    }
}

/// The running clock.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Clock {
    Real { ahead: SignedDuration },
    Virtual { now: Timestamp },
}

impl Clock {
    /// A clock as at the start of a sandbox.
    pub(crate) fn start(mode: ClockMode) -> Self {
        match mode {
            ClockMode::Real => Self::Real { ahead: SignedDuration::ZERO },
            ClockMode::Virtual(now) => Self::Virtual { now },
        }
    }

    /// The clock of a sandbox that goes on from where it stopped: a virtual one stands where it stood, a real
    /// one keeps what was added to it.
    pub(crate) fn resume(mode: ClockMode, stood_at: Timestamp, ahead: SignedDuration) -> Self {
        match mode {
            ClockMode::Real => Self::Real { ahead },
            ClockMode::Virtual(_) => Self::Virtual { now: stood_at },
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        match self {
            Self::Real { ahead } => system_now().checked_add(*ahead).unwrap_or(Timestamp::MAX),
            Self::Virtual { now } => *now,
        }
    }

    /// How far the clock was moved ahead of the machine's.
    pub(crate) fn ahead(&self) -> SignedDuration {
        match self {
            Self::Real { ahead } => *ahead,
            Self::Virtual { .. } => SignedDuration::ZERO,
        }
    }

    /// The mode's word in answers.
    pub(crate) fn mode(&self) -> &'static str {
        match self {
            Self::Real { .. } => "real",
            Self::Virtual { .. } => "virtual",
        }
    }

    /// Moves the clock forward.
    pub(crate) fn advance(&mut self, by: Duration) -> Result<(), String> {
        let too_far = || "sandbox time cannot go that far".to_owned();
        let by = SignedDuration::try_from(by).map_err(|_| too_far())?;
        self.now().checked_add(by).map_err(|_| too_far())?;
        match self {
            Self::Real { ahead } => *ahead = ahead.checked_add(by).ok_or_else(too_far)?,
            Self::Virtual { now } => *now = now.checked_add(by).map_err(|_| too_far())?,
        }
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "the sandbox's one place that reads the machine's clock")]
fn system_now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtual_clock_moves_only_when_told() {
        let mut clock = Clock::start(ClockMode::virtual_default());
        assert_eq!(clock.now().to_string(), "2026-11-02T08:00:00Z");
        clock.advance(Duration::from_secs(90)).unwrap();
        assert_eq!(clock.now().to_string(), "2026-11-02T08:01:30Z");
        assert!(clock.advance(Duration::from_secs(u64::MAX)).is_err());
        assert_eq!(clock.now().to_string(), "2026-11-02T08:01:30Z", "a refused move changes nothing");
    }

    #[test]
    fn a_real_clock_keeps_what_was_added() {
        let mut clock = Clock::start(ClockMode::Real);
        let before = clock.now();
        clock.advance(Duration::from_hours(1)).unwrap();
        assert!(clock.now() >= before + SignedDuration::from_hours(1));
        let resumed = Clock::resume(ClockMode::Real, before, clock.ahead());
        assert!(resumed.now() >= before + SignedDuration::from_hours(1));
    }
}
