//! Whether the operator is alive and ready, in a way that means something.
//!
//! *Alive* is asked to decide about a restart, so it fails only where a restart helps: a loop that no longer
//! goes round, a task that ended, a reconcile that is stuck. *Ready* also asks whether the cluster was read and
//! answers. An API server that is down makes the operator unready; restarting it would not help.

mod server;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use adplane_core::address::AccountKey;

pub use server::{Debug, serve};

/// How long a reconcile may go without progress. Vendors ask to wait for minutes; nothing takes this long.
const STUCK: Duration = Duration::from_mins(30);

/// What a check is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Whether to restart.
    Alive,
    /// Whether it does its work.
    Ready,
}

/// What is known about one part.
enum Part {
    /// Goes round at least this often.
    Loop { last: Instant, limit: Duration, asked: Question },
    /// Runs as long as the operator.
    Task { running: bool },
    /// Must become so once, and stay.
    State { holds: bool, because: &'static str },
    /// A reconcile under way.
    Work { last: Instant },
    /// Something that is asked; it says what is wrong.
    Probe { ask: Ask, asked: Question },
}

type Ask = Box<dyn Fn() -> Option<String> + Send + Sync>;

impl Part {
    /// What is wrong, if anything.
    fn problem(&self, question: Question, now: Instant) -> Option<String> {
        match self {
            Self::Loop { last, limit, asked } => {
                let age = now.saturating_duration_since(*last);
                let matters = *asked == Question::Alive || question == Question::Ready;
                (matters && age > *limit).then(|| format!("did not go round for {} s", age.as_secs()))
            }
            Self::Task { running } => (!running).then(|| "ended".to_owned()),
            Self::State { holds, because } => {
                (question == Question::Ready && !holds).then(|| (*because).to_owned())
            }
            Self::Work { last } => {
                let age = now.saturating_duration_since(*last);
                (age > STUCK).then(|| format!("no progress for {} s", age.as_secs()))
            }
            Self::Probe { ask, asked } => {
                (*asked == Question::Alive || question == Question::Ready).then(ask).flatten()
            }
        }
    }
}

/// The state of every part of the operator; cheap to copy.
#[derive(Clone, Default)]
pub struct Health(Arc<Mutex<BTreeMap<String, Part>>>);

impl Health {
    fn with<T>(&self, change: impl FnOnce(&mut BTreeMap<String, Part>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A loop that must go round at least this often; `asked` says what fails when it does not.
    pub fn expect_loop(&self, name: &str, limit: Duration, asked: Question) -> Pulse {
        let part = Part::Loop { last: Instant::now(), limit, asked };
        self.with(|parts| parts.insert(name.to_owned(), part));
        Pulse { health: self.clone(), name: name.to_owned() }
    }

    /// A task that must not end: it has ended when what this returns is dropped.
    pub fn expect_task(&self, name: &str) -> Task {
        self.with(|parts| parts.insert(name.to_owned(), Part::Task { running: true }));
        Task { health: self.clone(), name: name.to_owned() }
    }

    /// A state without which the operator is not ready, such as caches that have seen everything once.
    pub fn expect_state(&self, name: &str, because: &'static str) -> State {
        self.with(|parts| parts.insert(name.to_owned(), Part::State { holds: false, because }));
        State { health: self.clone(), name: name.to_owned(), because }
    }

    /// Something that is asked whenever health is: it says what is wrong.
    pub fn expect_probe(
        &self,
        name: &str,
        asked: Question,
        ask: impl Fn() -> Option<String> + Send + Sync + 'static,
    ) {
        self.with(|parts| parts.insert(name.to_owned(), Part::Probe { ask: Box::new(ask), asked }));
    }

    /// A reconcile under way, until what this returns is dropped.
    pub fn working(&self, account: &AccountKey) -> Working {
        let name = work_name(account);
        self.with(|parts| parts.insert(name.clone(), Part::Work { last: Instant::now() }));
        Working(Pulse { health: self.clone(), name })
    }

    /// A reconcile under way got on: a write was answered.
    pub fn progressed(&self, account: &AccountKey) {
        Pulse { health: self.clone(), name: work_name(account) }.beat();
    }

    /// Whether all is well, and a line for each part.
    pub fn answer(&self, question: Question) -> (bool, String) {
        self.answer_at(question, Instant::now())
    }

    fn answer_at(&self, question: Question, now: Instant) -> (bool, String) {
        self.with(|parts| {
            let (mut well, mut text) = (true, String::new());
            for (name, part) in parts.iter() {
                match part.problem(question, now) {
                    None => text.extend(["ok   ", name, "\n"]),
                    Some(problem) => {
                        well = false;
                        text.extend(["FAIL ", name, ": ", &problem, "\n"]);
                    }
                }
            }
            (well, text)
        })
    }
}

fn work_name(account: &AccountKey) -> String {
    format!("reconcile of {account}")
}

impl std::fmt::Debug for Health {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.answer(Question::Ready).1)
    }
}

/// Says that a loop went round.
#[derive(Debug, Clone)]
pub struct Pulse {
    health: Health,
    name: String,
}

impl Pulse {
    /// It went round.
    pub fn beat(&self) {
        self.health.with(|parts| {
            if let Some(Part::Loop { last, .. } | Part::Work { last }) = parts.get_mut(&self.name) {
                *last = Instant::now();
            }
        });
    }
}

/// A task that runs.
#[derive(Debug)]
pub struct Task {
    health: Health,
    name: String,
}

impl Drop for Task {
    fn drop(&mut self) {
        self.health.with(|parts| parts.insert(self.name.clone(), Part::Task { running: false }));
    }
}

/// A state that holds or does not.
#[derive(Debug, Clone)]
pub struct State {
    health: Health,
    name: String,
    because: &'static str,
}

impl State {
    /// Says whether it holds.
    pub fn set(&self, holds: bool) {
        let part = Part::State { holds, because: self.because };
        self.health.with(|parts| parts.insert(self.name.clone(), part));
    }
}

/// A reconcile under way.
#[derive(Debug)]
pub struct Working(Pulse);

impl Drop for Working {
    fn drop(&mut self) {
        self.0.health.with(|parts| parts.remove(&self.0.name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn later(seconds: u64) -> Instant {
        Instant::now() + Duration::from_secs(seconds)
    }

    fn well(health: &Health, question: Question, at: Instant) -> bool {
        health.answer_at(question, at).0
    }

    #[test]
    fn a_loop_that_stands_still_is_told() {
        let health = Health::default();
        let _events = health.expect_loop("events", Duration::from_secs(10), Question::Alive);
        assert!(well(&health, Question::Alive, later(9)));
        let (well, text) = health.answer_at(Question::Alive, later(60));
        assert!(!well);
        assert!(text.starts_with("FAIL events: did not go round for"), "{text}");
    }

    #[test]
    fn a_cluster_that_does_not_answer_makes_it_unready_and_leaves_it_alive() {
        let health = Health::default();
        let _leases = health.expect_loop("leases", Duration::from_secs(10), Question::Ready);
        assert!(well(&health, Question::Alive, later(60)));
        assert!(!well(&health, Question::Ready, later(60)));
    }

    #[test]
    fn it_is_ready_once_the_cluster_was_read() {
        let health = Health::default();
        let synced = health.expect_state("cache", "the cluster was not read yet");
        assert!(well(&health, Question::Alive, later(0)) && !well(&health, Question::Ready, later(0)));
        synced.set(true);
        assert!(well(&health, Question::Ready, later(0)));
        synced.set(false);
        assert_eq!(health.answer(Question::Ready).1, "FAIL cache: the cluster was not read yet\n");
    }

    #[test]
    fn a_task_that_ended_is_told() {
        let health = Health::default();
        let task = health.expect_task("watch of Campaign");
        assert!(well(&health, Question::Alive, later(0)));
        drop(task);
        assert!(!well(&health, Question::Alive, later(0)));
    }

    #[test]
    fn what_is_asked_says_what_is_wrong() {
        let health = Health::default();
        health.expect_probe("queue", Question::Alive, || Some("grows without end".into()));
        assert_eq!(health.answer(Question::Alive), (false, "FAIL queue: grows without end\n".into()));
        health.expect_probe("queue", Question::Ready, || Some("grows".into()));
        assert!(health.answer(Question::Alive).0 && !health.answer(Question::Ready).0);
    }

    #[test]
    fn a_reconcile_is_stuck_when_it_gets_no_further() {
        let health = Health::default();
        let key = AccountKey { namespace: "growth".parse().unwrap(), name: "meta-eu".parse().unwrap() };
        let work = health.working(&key);
        health.progressed(&key);
        assert!(well(&health, Question::Alive, later(STUCK.as_secs() - 1)));
        assert!(!well(&health, Question::Alive, later(STUCK.as_secs() + 1)));
        drop(work);
        assert!(well(&health, Question::Alive, later(STUCK.as_secs() + 1)));
    }
}
