//! Looking after accounts: what their numbers, budgets, reviews and credentials give to tell.
//!
//! What is found goes the way of every notification. A look that fails is told on stderr and changes nothing else.

use std::collections::BTreeSet;

use adplane_core::address::AccountKey;
use adplane_core::desired::{Desired, DesiredAccount};
use adplane_core::freeze::effective_labels;
use adplane_core::notify::{EventAccount, EventKind, Happening, NotificationPolicy, Subject};
use adplane_core::observed::{Coverage, Observed, ObservedAccount};
use adplane_engine::metrics::store::{MetricStore, StoreAccount};
use adplane_engine::watch::{self, Looked, Seen, Watch};
use jiff::Timestamp;

use super::happenings::Told;
use super::notices::Notices;
use super::{Connected, Prepared};
use crate::error::{Exit, Failure};
use crate::ui::Ui;

/// What numbers can tell.
const OF_NUMBERS: [EventKind; 3] =
    [EventKind::Anomaly, EventKind::BudgetThreshold, EventKind::TrackingOutage];

/// What there is to look at, besides credentials.
#[derive(Default, Clone, Copy)]
pub(crate) struct Sight<'a> {
    /// What was delivered.
    pub(crate) store: Option<&'a dyn MetricStore>,
    /// What is live.
    pub(crate) observed: Option<&'a Observed>,
}

/// Whether anybody is told what numbers give to tell.
pub(crate) fn wants_numbers(policies: &[NotificationPolicy]) -> bool {
    policies.iter().any(|policy| OF_NUMBERS.into_iter().any(|kind| policy.wants(kind)))
}

/// Looks at every account, and keeps what is new to be sent.
pub(crate) async fn look(
    prepared: &Prepared,
    connected: &Connected,
    sight: Sight<'_>,
    notices: &Notices<'_>,
    ui: &Ui,
) {
    if prepared.desired.notifications.is_empty() {
        return;
    }
    let forgetful = |error: &dyn std::error::Error| {
        ui.failure(
            &Failure::new(Exit::Done, "what was told of accounts cannot be remembered")
                .caused_by(error)
                .hint("free the disk or the folder: until then it is not told, or told twice"),
        );
    };
    let mut memory = match Watch::open(&prepared.state()) {
        Ok(memory) => memory,
        Err(error) => return forgetful(&error),
    };
    let look = Look { prepared, connected, sight, now: connected.clock.now(), ui };
    let mut told = Vec::new();
    for (key, account) in &prepared.desired.accounts {
        let found = look.account(key, account, memory.of(key)).await;
        told.extend(found.into_iter().map(|happening| with_subject(happening, &prepared.desired)));
    }
    // What could not be kept is not remembered as told.
    if notices.keep(told)
        && let Err(error) = memory.save()
    {
        forgetful(&error);
    }
}

struct Look<'a> {
    prepared: &'a Prepared,
    connected: &'a Connected,
    sight: Sight<'a>,
    now: Timestamp,
    ui: &'a Ui,
}

impl Look<'_> {
    async fn account(&self, key: &AccountKey, account: &DesiredAccount, seen: &mut Seen) -> Vec<Happening> {
        let event = EventAccount {
            namespace: key.namespace.clone(),
            name: key.name.clone(),
            platform: account.platform,
        };
        let live = self.sight.observed.and_then(|observed| observed.accounts.get(key));
        let mut found = Vec::new();
        if let Some(live) = live {
            found.extend(watch::rejections(watch::rejected(account, live), &live.coverage, seen));
        }
        if let Some(store) = self.sight.store {
            let looked = self.looked(event.clone(), account, live);
            match watch::delivered(&looked, store, seen, self.now).await {
                Ok(more) => found.extend(more),
                Err(error) => self.ui.note(&format!("{key}: nobody looked at what was delivered: {error}")),
            }
        }
        if let Some(adapter) = self.connected.adapters.get(key)
            && watch::is_token_due(seen, self.now)
        {
            match adapter.expires().await {
                Ok(expires) => found.extend(watch::expiring(&event, expires, seen, self.now)),
                Err(error) => {
                    tracing::warn!(account = %key, %error, "the expiry of the credentials is not told");
                }
            }
        }
        found
    }

    fn looked(
        &self,
        event: EventAccount,
        account: &DesiredAccount,
        live: Option<&ObservedAccount>,
    ) -> Looked {
        let ids = self.prepared.state().bindings().ids();
        let live = live.filter(|live| live.coverage == Coverage::Complete);
        Looked {
            event,
            store: StoreAccount::from(account),
            schema: adplane_platforms::schema(account.platform),
            limits: watch::limits(account, &ids, live),
        }
    }
}

/// With kind and labels of the object that it is about, for routes.
fn with_subject(happening: Happening, desired: &Desired) -> Told {
    let object = happening.address().and_then(|address| desired.object(address));
    let subject =
        object.map(|object| Subject { kind: object.address.kind, labels: effective_labels(desired, object) });
    let subjects: BTreeSet<Subject> = subject.into_iter().collect();
    (happening, subjects)
}
