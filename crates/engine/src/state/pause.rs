//! What the kill switch has stopped: `.adplane/pause.json`.
//!
//! Written before the first object is stopped and after the last, each time as a whole. Unlike the rest of the folder
//! it cannot be restored from the platforms: without it what was stopped stays stopped.

use std::collections::BTreeMap;
use std::path::Path;

use adplane_core::address::{AccountKey, Address};
use adplane_core::freeze::Labels;
use adplane_core::ids::ExternalId;
use adplane_core::selector::Selector;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::StateError;
use super::log::Actor;

/// The form of the record.
const FORMAT: u32 = 1;

/// What a pause covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PauseScope {
    /// The whole project.
    All,
    /// One account.
    Account(AccountKey),
    /// What carries these labels.
    Selector(String),
}

impl std::fmt::Display for PauseScope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All => f.write_str("the whole project"),
            Self::Account(key) => write!(f, "account {key}"),
            Self::Selector(selector) => write!(f, "what carries {selector}"),
        }
    }
}

impl PauseScope {
    /// Whether it covers an object; a selector that cannot be read covers everything.
    pub fn covers(&self, address: &Address, labels: Option<&Labels>) -> bool {
        match self {
            Self::All => true,
            Self::Account(key) => address.account_key() == *key,
            Self::Selector(text) => match text.parse::<Selector>() {
                Ok(selector) => selector.accepts(labels.unwrap_or(&Labels::new())),
                Err(_) => true,
            },
        }
    }
}

/// One object that was stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stopped {
    /// The object.
    pub address: Address,
    /// The platform's id.
    pub id: ExternalId,
    /// The marker it carried.
    pub marker: String,
    /// What people see on the platform.
    pub display_name: String,
    /// What it would cost to run it again: its fields, and those of what lies below it, as they were.
    pub as_it_was: BTreeMap<String, String>,
}

/// One use of the kill switch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pause {
    /// What it covers.
    pub scope: PauseScope,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether everything it stops is known to have stopped.
    pub complete: bool,
    /// What it stopped; recorded before it is sent.
    pub stopped: Vec<Stopped>,
}

impl std::fmt::Display for Pause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is paused since {}", self.scope, self.at)?;
        if let Some(who) = self.by.shown() {
            write!(f, " by {who}")?;
        }
        self.reason.as_ref().map_or(Ok(()), |reason| write!(f, " ({reason})"))
    }
}

/// Every pause that has not been lifted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pauses {
    format: u32,
    /// The pauses, oldest first.
    pub pauses: Vec<Pause>,
}

impl Pauses {
    /// The pause that covers an object, if one does.
    pub fn covering(&self, address: &Address, labels: Option<&Labels>) -> Option<&Pause> {
        self.pauses.iter().find(|pause| pause.scope.covers(address, labels))
    }

    /// Reads the record; no file is no pause.
    pub(super) fn read(path: &Path) -> Result<Self, StateError> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(StateError::Io { doing: "read", path: path.to_owned(), source }),
        };
        let read: Option<Self> = serde_json::from_slice(&bytes).ok();
        read.filter(|pauses| pauses.format == FORMAT).ok_or_else(|| StateError::Pauses(path.to_owned()))
    }

    pub(super) fn write(&mut self, path: &Path) -> Result<(), StateError> {
        self.format = FORMAT;
        super::write_atomically(path, &serde_json::to_vec_pretty(self).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::StateDir;

    fn pause(scope: PauseScope) -> Pause {
        Pause {
            scope,
            at: "2026-11-02T08:00:00Z".parse().unwrap(),
            by: Actor { user: Some("ana".into()), ..Actor::default() },
            reason: Some("wrong prices".into()),
            complete: false,
            stopped: Vec::new(),
        }
    }

    #[test]
    fn a_scope_covers_its_own() {
        let address: Address = "meta/meta-eu/Campaign/growth/spring".parse().unwrap();
        let labels: Labels = [("team".into(), "growth".into())].into();
        let other = AccountKey { name: "meta-us".parse().unwrap(), ..address.account_key() };
        for (scope, covered) in [
            (PauseScope::All, true),
            (PauseScope::Account(address.account_key()), true),
            (PauseScope::Account(other), false),
            (PauseScope::Selector("team=growth".into()), true),
            (PauseScope::Selector("team=brand".into()), false),
            (PauseScope::Selector("=".into()), true),
        ] {
            assert_eq!(scope.covers(&address, Some(&labels)), covered, "{scope}");
        }
        assert!(!PauseScope::Selector("team=growth".into()).covers(&address, None));
    }

    #[test]
    fn the_record_is_read_as_written_and_a_broken_one_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::of_project(folder.path());
        assert_eq!(state.pauses().unwrap().pauses, []);
        state.update_pauses(|pauses| pauses.pauses.push(pause(PauseScope::All))).unwrap();
        let read = state.pauses().unwrap();
        assert_eq!(
            read.pauses[0].to_string(),
            "the whole project is paused since 2026-11-02T08:00:00Z by ana (wrong prices)"
        );
        for broken in ["", "{}", "{\"format\": 9, \"pauses\": []}"] {
            std::fs::write(folder.path().join(".adplane/pause.json"), broken).unwrap();
            assert!(matches!(state.pauses(), Err(StateError::Pauses(_))), "{broken}");
        }
    }
}
