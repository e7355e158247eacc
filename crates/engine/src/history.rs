//! Who changed what on a platform, and when: the vendors' own histories, read side by side.
//!
//! A history explains, it never decides: one that cannot be read costs a name in a message and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::AccountKey;
use adplane_core::field::FieldPath;
use adplane_core::ids::ExternalId;
use adplane_core::time::Zone;
use jiff::{SignedDuration, Timestamp};

use crate::observe::Adapters;
use crate::port::HistoryEvent;

/// How far back the vendors are asked: Google keeps 30 days, the shortest of all.
pub const LOOK_BACK: SignedDuration = SignedDuration::from_hours(29 * 24);

/// What the vendors tell of several accounts.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Events by account, newest first.
    events: BTreeMap<AccountKey, Vec<HistoryEvent>>,
    /// Accounts whose history could not be read, and why.
    unread: BTreeMap<AccountKey, String>,
}

/// Reads the histories of accounts, [`LOOK_BACK`] until `now`. One that fails does not hide the others.
pub async fn read(
    adapters: &Adapters,
    accounts: impl IntoIterator<Item = AccountKey>,
    now: Timestamp,
) -> History {
    let since = now.checked_sub(LOOK_BACK).unwrap_or(Timestamp::MIN);
    let wanted: BTreeSet<AccountKey> = accounts.into_iter().collect();
    let reads = wanted.into_iter().filter_map(|key| {
        let adapter = adapters.get(&key)?;
        Some(async move { (key, adapter.history(since).await) })
    });
    let mut history = History::default();
    for (key, answer) in futures::future::join_all(reads).await {
        match answer {
            Ok(events) => history.insert(key, events),
            Err(error) => {
                history.unread.insert(key, error.to_string());
            }
        }
    }
    history
}

impl History {
    /// Takes up the events of an account.
    pub fn insert(&mut self, account: AccountKey, mut events: Vec<HistoryEvent>) {
        events.sort_by_key(|event| std::cmp::Reverse(event.at));
        self.events.insert(account, events);
    }

    /// What happened to one object, newest first.
    pub fn of<'a, 'b: 'a>(
        &'b self,
        account: &AccountKey,
        id: &'a ExternalId,
    ) -> impl Iterator<Item = &'b HistoryEvent> + use<'a, 'b> {
        self.events.get(account).into_iter().flatten().filter(move |event| event.id == *id)
    }

    /// The last change of a field of an object; without a field the last change of the object.
    ///
    /// Where no event names the field, the last one that names no field at all stands in: some vendors tell who and
    /// when, but not what. An event about other fields never does.
    pub fn last(
        &self,
        account: &AccountKey,
        id: &ExternalId,
        field: Option<&FieldPath>,
    ) -> Option<&HistoryEvent> {
        let Some(field) = field else { return self.of(account, id).next() };
        let named = self.of(account, id).find(|event| event.is_about(field));
        named.or_else(|| self.of(account, id).find(|event| event.fields.is_empty()))
    }

    /// Accounts whose history could not be read, and why.
    pub fn unread(&self) -> &BTreeMap<AccountKey, String> {
        &self.unread
    }
}

impl HistoryEvent {
    /// Whether it names a field, something above it or something below it.
    pub fn is_about(&self, field: &FieldPath) -> bool {
        self.fields.iter().any(|told| field.is_within(told.as_str()) || told.is_within(field.as_str()))
    }

    /// Who, through what and when, in the account's zone: `ana@shop.example (web) on 2026-03-01 10:00 Europe/Madrid`.
    pub fn told(&self, zone: &Zone) -> String {
        let who = if self.actor.is_empty() { "somebody" } else { &self.actor };
        let through = if self.client.is_empty() { String::new() } else { format!(" ({})", self.client) };
        format!("{who}{through} on {}", local(self.at, zone))
    }
}

/// An instant as people of the account read it: `2026-03-01 10:00 Europe/Madrid`.
pub fn local(at: Timestamp, zone: &Zone) -> String {
    format!("{} {zone}", at.to_zoned(zone.rules()).strftime("%Y-%m-%d %H:%M"))
}

#[cfg(test)]
mod tests {
    use adplane_core::ids::{Namespace, ObjectName};

    use super::*;

    fn account() -> AccountKey {
        AccountKey {
            namespace: Namespace::new("default").unwrap(),
            name: ObjectName::new("meta-eu").unwrap(),
        }
    }

    fn event(hour: i8, actor: &str, fields: &[&str]) -> HistoryEvent {
        HistoryEvent {
            at: jiff::civil::date(2026, 3, 1).at(hour, 0, 0, 0).in_tz("UTC").unwrap().timestamp(),
            actor: actor.into(),
            client: "web".into(),
            id: ExternalId::new("1").unwrap(),
            what: "update".into(),
            fields: fields.iter().map(FieldPath::new).collect(),
        }
    }

    #[test]
    fn the_last_event_about_the_field_counts() {
        let mut history = History::default();
        let events = vec![
            event(9, "early", &["budget"]),
            event(10, "budget", &["budget"]),
            event(11, "untold", &[]),
            event(12, "state", &["state"]),
        ];
        history.insert(account(), events);
        let id = ExternalId::new("1").unwrap();
        let who = |field: Option<&str>| {
            let field = field.map(FieldPath::new);
            history.last(&account(), &id, field.as_ref()).map(|event| event.actor.as_str())
        };
        assert_eq!(who(Some("budget.daily")), Some("budget"));
        assert_eq!(who(Some("state")), Some("state"));
        assert_eq!(
            who(Some("bidding.amount")),
            Some("untold"),
            "an event about other fields says nothing of it"
        );
        assert_eq!(who(None), Some("state"));
        assert!(history.last(&account(), &ExternalId::new("2").unwrap(), None).is_none());
    }

    #[test]
    fn times_are_told_in_the_accounts_zone() {
        let told = event(9, "ana@shop.example", &[]).told(&Zone::parse("Europe/Madrid").unwrap());
        assert_eq!(told, "ana@shop.example (web) on 2026-03-01 10:00 Europe/Madrid");
    }
}
