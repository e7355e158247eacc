//! Which account is due when: each at most once at a time, the earliest wish wins.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use adplane_core::address::AccountKey;
use tokio::sync::Notify;

/// Accounts that wait to be looked at.
#[derive(Debug, Default)]
pub struct Queue {
    inner: Mutex<Inner>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    due: BTreeMap<AccountKey, Instant>,
    running: BTreeSet<AccountKey>,
}

impl Inner {
    /// The account that is due next and not being looked at.
    fn first(&self) -> Option<(&AccountKey, Instant)> {
        let free = self.due.iter().filter(|(key, _)| !self.running.contains(key));
        free.min_by_key(|(_, at)| **at).map(|(key, at)| (key, *at))
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wants an account looked at; an earlier wish stays.
    pub fn add(&self, key: AccountKey, at: Instant) {
        let mut inner = self.lock();
        let entry = inner.due.entry(key).or_insert(at);
        *entry = (*entry).min(at);
        drop(inner);
        self.changed.notify_one();
    }

    /// Waits for the next account that is due; it is nobody else's until [`Queue::done`].
    pub async fn next(&self) -> AccountKey {
        loop {
            let wait = {
                let mut inner = self.lock();
                match inner.first().map(|(key, at)| (key.clone(), at)) {
                    Some((key, at)) if at <= Instant::now() => {
                        inner.due.remove(&key);
                        inner.running.insert(key.clone());
                        // Another worker may have slept on a later account.
                        self.changed.notify_one();
                        return key;
                    }
                    Some((_, at)) => Some(at),
                    None => None,
                }
            };
            let changed = self.changed.notified();
            match wait {
                Some(at) => {
                    let _ = tokio::time::timeout_at(at.into(), changed).await;
                }
                None => changed.await,
            }
        }
    }

    /// Gives an account back.
    pub fn done(&self, key: &AccountKey) {
        self.lock().running.remove(key);
        self.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cache::account_key;

    fn key(name: &str) -> AccountKey {
        account_key("growth", name).unwrap()
    }

    #[tokio::test]
    async fn the_earliest_wish_wins_and_an_account_is_looked_at_once() {
        let queue = Queue::default();
        let now = Instant::now();
        queue.add(key("a"), now + Duration::from_mins(1));
        queue.add(key("a"), now);
        queue.add(key("b"), now + Duration::from_millis(1));
        assert_eq!(queue.next().await, key("a"));
        queue.add(key("a"), now);
        assert_eq!(queue.next().await, key("b"), "a is being looked at");
        queue.done(&key("a"));
        assert_eq!(queue.next().await, key("a"));
    }
}
