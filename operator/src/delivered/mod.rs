//! What was delivered: read beside the looks, kept in a store, told in statuses and to people.
//!
//! A look offers its account ([`Delivered::offer`]) and goes on; workers take offers that are due, sync the store and keep
//! the sums of all objects until the next one. Nothing here fails or delays a look: what could not be read is a condition
//! of the account and a metric. What is due follows from the store, so a restart reads nothing twice.

mod home;
mod together;
mod told;
mod work;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use adplane_core::address::AccountKey;
use adplane_core::schema::PlatformSchema;
use adplane_engine::metrics::query::Objects;
use adplane_engine::metrics::store::{MetricStore, StoreAccount};
use adplane_engine::port::Adapter;
use adplane_engine::state::StateDir;
use tokio::sync::Notify;

use crate::config::MetricsSettings;
use crate::notices::Sight;

pub use home::HomeError;
pub use together::{References, Referring, Together, together};
pub use told::{Counts, Told, Windows, delivered};
pub use work::{AT_ONCE, work};

/// What an account is worth reading for.
pub struct Offer {
    /// Which.
    pub key: AccountKey,
    /// As the store knows it.
    pub account: StoreAccount,
    /// What its platform declares.
    pub schema: &'static PlatformSchema,
    /// How it is reached.
    pub adapter: Arc<dyn Adapter>,
    /// Its objects.
    pub objects: Objects,
    /// Which of them refer to the same budget or creative.
    pub references: References,
    /// What of it is worth telling.
    pub sight: Sight,
}

/// What is known of what an account delivered.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Known {
    /// Nobody reads it.
    #[default]
    Off,
    /// It was not read since the start: what was told before still stands.
    Unread,
    /// It was read, or that was tried.
    Read {
        /// What is known.
        told: Option<Arc<Told>>,
        /// What could not be read, and why.
        trouble: Option<String>,
    },
}

/// One account.
struct Account {
    known: Known,
    /// Not before.
    next: Instant,
    /// What waits to be read.
    offer: Option<Offer>,
    /// Whether it is being read.
    running: bool,
}

/// What was delivered, of all accounts of this replica.
pub struct Delivered {
    settings: Option<MetricsSettings>,
    accounts: Mutex<BTreeMap<AccountKey, Account>>,
    offered: Notify,
}

impl Delivered {
    /// Nothing was read yet; nothing is where there are no settings.
    pub fn new(settings: Option<MetricsSettings>) -> Self {
        Self { settings, accounts: Mutex::default(), offered: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<AccountKey, Account>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How it is read.
    pub fn settings(&self) -> Option<&MetricsSettings> {
        self.settings.as_ref()
    }

    /// What is known of an account.
    pub fn of(&self, key: &AccountKey) -> Known {
        if self.settings.is_none() {
            return Known::Off;
        }
        self.lock().get(key).map_or(Known::Unread, |account| account.known.clone())
    }

    /// The store of an account's readings, for who asks it something else.
    pub async fn store(&self, state: &StateDir) -> Result<Arc<dyn MetricStore>, HomeError> {
        home::open(self.settings.as_ref().and_then(|settings| settings.database.as_ref()), state).await
    }

    /// Wants an account read, where that is due; what it takes is put together only then.
    pub fn offer(&self, key: &AccountKey, make: impl FnOnce() -> Offer) {
        if !self.is_due(key) {
            return;
        }
        let offer = make();
        let mut accounts = self.lock();
        accounts.entry(key.clone()).or_insert_with(Account::new).offer = Some(offer);
        drop(accounts);
        self.offered.notify_one();
    }

    fn is_due(&self, key: &AccountKey) -> bool {
        self.lock().get(key).is_none_or(|account| !account.running && account.next <= Instant::now())
    }

    /// Waits for an account that is offered; it is nobody else's until [`Self::done`].
    async fn next(&self) -> Offer {
        loop {
            let taken = {
                let mut accounts = self.lock();
                let waiting =
                    accounts.values_mut().filter(|account| !account.running && account.offer.is_some());
                // Who has waited longest: however slow some are, all get their turn.
                waiting.min_by_key(|account| account.next).and_then(|account| {
                    account.running = true;
                    account.offer.take()
                })
            };
            if let Some(offer) = taken {
                // Another worker may take another one.
                self.offered.notify_one();
                return offer;
            }
            self.offered.notified().await;
        }
    }

    /// An account was read, or was left alone where nothing came of it; the next time is so much later.
    fn done(&self, key: &AccountKey, known: Option<Known>, wait: Duration) {
        let mut accounts = self.lock();
        // One that was forgotten meanwhile stays so.
        let Some(account) = accounts.get_mut(key) else { return };
        account.running = false;
        account.next = Instant::now() + wait;
        if let Some(known) = known {
            account.known = account.known.then(known);
        }
    }

    /// An account is gone, or another replica's.
    pub fn forget(&self, key: &AccountKey) {
        self.lock().remove(key);
    }
}

impl Account {
    fn new() -> Self {
        Self { known: Known::Unread, next: Instant::now(), offer: None, running: false }
    }
}

impl Known {
    /// Whether something could not be read, and that is another trouble than before.
    fn is_news(&self, before: &Self) -> bool {
        let trouble = |known: &Self| match known {
            Self::Read { trouble, .. } => trouble.clone(),
            Self::Off | Self::Unread => None,
        };
        trouble(self).is_some_and(|new| trouble(before) != Some(new))
    }

    /// What is known later: what could not be read again stays as it was.
    fn then(&self, later: Self) -> Self {
        match (self, later) {
            (Self::Read { told: former, .. }, Self::Read { told: None, trouble }) => {
                Self::Read { told: former.clone(), trouble }
            }
            (_, later) => later,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
