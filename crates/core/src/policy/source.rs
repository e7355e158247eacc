//! Policies as written: rules with their expressions, and where every character of them stands in the file.

use compact_str::CompactString;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

use crate::address::{Kind, Platform};
use crate::cel::SourceText;
use crate::field::Origin;
use crate::ids::{Namespace, ObjectName};
use crate::money::Currency;

/// What happens when a rule matches; ordered from the mildest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Severity {
    /// It is said.
    Warn,
    /// The plan needs an approval of class `exception`.
    RequireApproval,
    /// The plan cannot be applied.
    Deny,
}

impl Severity {
    /// The word in YAML and documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Warn => "Warn",
            Self::RequireApproval => "RequireApproval",
            Self::Deny => "Deny",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Warn, Self::RequireApproval, Self::Deny].into_iter().find(|one| one.word() == word)
    }
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}

/// Which changes a policy is about; what is left empty does not restrict.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// Kinds of objects.
    pub kinds: BTreeSet<Kind>,
    /// Names of accounts.
    pub accounts: BTreeSet<ObjectName>,
    /// Labels that the object carries, itself or from its parents.
    pub labels: BTreeMap<CompactString, CompactString>,
    /// Currency of the account.
    pub currency: Option<Currency>,
    /// Platforms of the account.
    pub platforms: BTreeSet<Platform>,
}

impl Scope {
    /// The kinds it is about, all of them when none is named.
    pub fn kinds(&self) -> Vec<Kind> {
        Kind::ALL.into_iter().filter(|kind| self.kinds.is_empty() || self.kinds.contains(kind)).collect()
    }

    /// Whether everything that `other` is about is in here too.
    pub fn covers(&self, other: &Self) -> bool {
        fn within<T: Ord>(outer: &BTreeSet<T>, inner: &BTreeSet<T>) -> bool {
            outer.is_empty() || (!inner.is_empty() && inner.is_subset(outer))
        }
        within(&self.kinds, &other.kinds)
            && within(&self.accounts, &other.accounts)
            && within(&self.platforms, &other.platforms)
            && (self.currency.is_none() || self.currency == other.currency)
            && self.labels.iter().all(|(key, value)| other.labels.get(key) == Some(value))
    }
}

/// One rule as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSource {
    /// Its name, unique in the policy.
    pub name: CompactString,
    /// What happens when it matches.
    pub severity: Severity,
    /// When it matches.
    pub when: SourceText,
    /// What it says then, with `{expression}` in braces.
    pub message: SourceText,
    /// Where the rule begins.
    pub origin: Option<Origin>,
}

/// One policy as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicySource {
    /// Its namespace: it is about the objects in it and no others.
    pub namespace: Namespace,
    /// Its name.
    pub name: ObjectName,
    /// Which changes it is about.
    pub scope: Scope,
    /// Its rules.
    pub rules: Vec<RuleSource>,
    /// Where it was written.
    pub origin: Option<Origin>,
}
