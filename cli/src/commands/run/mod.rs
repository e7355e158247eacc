//! `adplane run`: a daemon that follows a git checkout, plans and applies on an interval, without a cluster.
//!
//! The committed state is what counts, never the working copy. The first pass after a start only looks. Afterwards
//! each pass applies what needs no approval or has it, through the same path as `apply`. Passes never overlap.

mod automate;
mod follow;
mod pass;

use std::time::Duration;

use jiff::SignedDuration;

use crate::args::{Global, RunArgs};
use crate::error::{Exit, Failure};
use crate::pipeline::Interrupt;
use crate::settings::Settings;
use crate::ui::Ui;

use pass::{Daemon, Mode, Passed};

/// Longest wait after failures.
const LONGEST_WAIT: Duration = Duration::from_hours(1);
/// Shortest interval: every pass reads every account.
const SHORTEST: Duration = Duration::from_secs(1);
/// How often the wait doubles at most.
const DOUBLINGS: u32 = 6;

pub(super) async fn run(
    global: &Global,
    args: &RunArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let interval = interval(&args.interval)?;
    let interrupt = Interrupt::watch();
    let mut daemon = Daemon::open(global, args, settings, ui)?;
    if args.once {
        return once(&mut daemon).await;
    }
    let mut failures = 0_u32;
    let mut mode = Mode::Look;
    loop {
        match daemon.pass(mode.clone()).await {
            Ok(_) => {
                failures = 0;
                mode = Mode::Write;
            }
            Err(failure) => {
                failures += 1;
                follow::failed(&failure, failures, wait(interval, failures));
            }
        }
        if interrupt.is_raised() || interrupt.sleep(jittered(wait(interval, failures))).await {
            tracing::info!(target: "adplane_run", "stopped as asked");
            return Ok(Exit::Done);
        }
    }
}

/// Looks, looks again, and applies when both looks agree.
async fn once(daemon: &mut Daemon<'_>) -> Result<Exit, Failure> {
    let first = match daemon.pass(Mode::Look).await {
        Ok(first) => first,
        // Nothing that git wants is written; rules and pools go on with what can be read.
        Err(failure) if daemon.automates && failure.exit != Exit::Interrupted => {
            daemon.pass(Mode::WriteOnly(String::new())).await?;
            return Err(failure);
        }
        Err(failure) => return Err(failure),
    };
    // Rules are run and pools paced by the second look, after what git wants.
    if first == Passed::InSync && !daemon.automates {
        return Ok(Exit::Done);
    }
    match daemon.pass(Mode::WriteOnly(first.hash().unwrap_or_default().to_owned())).await? {
        Passed::InSync | Passed::Applied => automated(daemon),
        Passed::Planned(_) => {
            Err(Failure::new(Exit::Stale, "the plan changed between two looks; nothing was written")
                .hint("run it again when nobody changes the account"))
        }
        Passed::Waits(exit) => Ok(exit),
    }
}

/// A single pass is somebody's job, who must notice where rules or pools failed. The log has said of whom.
fn automated(daemon: &mut Daemon<'_>) -> Result<Exit, Failure> {
    match std::mem::replace(&mut daemon.automated, Ok(())) {
        Ok(()) => Ok(Exit::Done),
        Err(failure) if failure.exit == Exit::Interrupted => Err(failure),
        Err(failure) => Err(Failure { exit: Exit::Error, ..failure }),
    }
}

fn interval(text: &str) -> Result<Duration, Failure> {
    let wrong = || {
        Failure::new(Exit::Usage, format!("`{text}` is not an interval"))
            .hint("write one such as `5m` or `1h30m`")
    };
    let read: SignedDuration = text.parse().map_err(|_| wrong())?;
    let interval = Duration::try_from(read).map_err(|_| wrong())?;
    if interval < SHORTEST { Err(wrong()) } else { Ok(interval) }
}

/// The interval, doubled with every failure in a row.
fn wait(interval: Duration, failures: u32) -> Duration {
    interval.saturating_mul(1 << failures.min(DOUBLINGS)).min(LONGEST_WAIT.max(interval))
}

/// A tenth more or less, so that daemons started together do not stay together.
fn jittered(wait: Duration) -> Duration {
    let nanos = adplane_engine::clock::Clock::System.now().subsec_nanosecond().unsigned_abs();
    wait.saturating_mul(900 + nanos % 201) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let five = Duration::from_mins(5);
        assert_eq!(wait(five, 0), five);
        assert_eq!(wait(five, 1), five * 2);
        assert_eq!(wait(five, 30), LONGEST_WAIT);
        assert_eq!(wait(LONGEST_WAIT * 2, 3), LONGEST_WAIT * 2, "never more often than asked");
        let jittered = jittered(five);
        assert!(jittered >= five * 9 / 10 && jittered <= five * 11 / 10);
    }

    #[test]
    fn intervals_read_as_people_write_them() {
        assert_eq!(interval("5m").unwrap(), Duration::from_mins(5));
        assert_eq!(interval("1h30m").unwrap(), Duration::from_mins(90));
        for wrong in ["", "5", "-5m", "0s", "soon"] {
            assert!(interval(wrong).is_err(), "{wrong}");
        }
    }
}
