//! What a look at an account finds worth telling: reports that cannot be right, anomalies, broken tracking, budgets, reviews, credentials.
//!
//! Looked at after a sync of metrics, and where objects were read anyway. What was told is remembered in
//! `.adplane/watch.json`, beside the dedup of routes, whose time is bounded: an outage is told once however long it
//! lasts, and a day that a platform restates does not alarm again. Losing the file means that something is told twice.
//! Nothing here writes to a platform.

mod budgets;
mod hours;
mod memory;
mod numbers;
mod reports;
mod reviews;
mod tokens;

#[cfg(test)]
mod changes_tests;
#[cfg(test)]
mod tests;

use adplane_core::metrics::{Day, MetricSet};
use adplane_core::notify::{EventAccount, Happening};
use adplane_core::schema::PlatformSchema;
use adplane_core::time::Zone;
use jiff::Timestamp;

use crate::metrics::store::{MetricStore, StoreAccount, StoreError};

pub use budgets::{Limit, limits};
pub use memory::{Seen, Watch};
pub use reviews::{Rejected, rejected, rejections};
pub use tokens::{expiring, is_token_due};

/// An account that is looked at.
#[derive(Debug, Clone)]
pub struct Looked {
    /// As events name it.
    pub event: EventAccount,
    /// As the store knows it.
    pub store: StoreAccount,
    /// What its platform declares.
    pub schema: &'static PlatformSchema,
    /// Budgets in force.
    pub limits: Vec<Limit>,
}

impl Looked {
    fn told(&self) -> MetricSet {
        self.schema.metrics
    }

    fn zone(&self) -> &Zone {
        &self.store.zone
    }

    /// The account's day.
    fn today(&self, now: Timestamp) -> Day {
        now.to_zoned(self.zone().rules()).date()
    }
}

/// Looks at what an account delivered: what is new of it, which `seen` remembers from now on.
///
/// # Errors
/// When the store cannot be read.
pub async fn delivered(
    looked: &Looked,
    store: &dyn MetricStore,
    seen: &mut Seen,
    now: Timestamp,
) -> Result<Vec<Happening>, StoreError> {
    let mut found = reports::look(looked, store, seen, now).await?;
    found.extend(numbers::look(looked, store, seen, now).await?);
    found.extend(hours::look(looked, store, seen, now).await?);
    found.extend(budgets::look(looked, store, seen, now).await?);
    Ok(found)
}
