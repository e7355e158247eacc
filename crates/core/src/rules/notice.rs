//! What people should be told of a run besides what was decided.

use std::collections::BTreeMap;

use super::evaluate::Evaluated;
use super::record::Truth;
use super::run::Due;
use super::source::RuleKey;
use super::unknown::Unknown;
use crate::address::Address;

/// After so many runs in which something was unknown, people are told.
const UNKNOWN_RUNS: u32 = 6;

/// Something that people should be told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    /// A stable word: `tracking-outage`, `rule-suspended`, `rule-unknown`.
    pub code: &'static str,
    /// A sentence.
    pub message: String,
    /// Of what a rule cannot judge, which rule and why.
    pub blind: Option<Blind>,
}

/// A rule that has been unknown for a while.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Blind {
    /// Which.
    pub rule: RuleKey,
    /// A stable word for why.
    pub code: &'static str,
    /// Why, as a sentence fragment.
    pub reason: String,
    /// What it cannot judge, all of one account.
    pub objects: Vec<Address>,
}

impl Blind {
    /// What it cannot judge, in words.
    pub fn whom(&self) -> String {
        let first = self.objects.first().map(Address::short).unwrap_or_default();
        match self.objects.len() {
            0 | 1 => first,
            2 => format!("{first} and 1 other"),
            more => format!("{first} and {} others", more - 1),
        }
    }

    /// For how many runs in a row.
    pub fn runs(&self) -> u32 {
        UNKNOWN_RUNS
    }
}

/// Conditions that stay unknown, together where rule, account and reason are the same.
pub(super) fn unknown(due: &[Due<'_>], evaluated: &[Vec<Evaluated<'_>>]) -> Vec<Notice> {
    let mut found = Vec::new();
    for (due, all) in due.iter().zip(evaluated) {
        let mut groups: BTreeMap<&'static str, (Vec<Address>, &Unknown)> = BTreeMap::new();
        for one in all.iter().filter(|one| one.mood.unknown_for == UNKNOWN_RUNS) {
            if let Truth::Unknown(why) = &one.truth {
                let group = groups.entry(why.word()).or_insert_with(|| (Vec::new(), why));
                group.0.push(one.address.clone());
            }
        }
        for (code, (objects, why)) in groups {
            let blind = Blind { rule: due.rule.key.clone(), code, reason: why.to_string(), objects };
            let (rule, whom) = (&blind.rule, blind.whom());
            let message = format!("rule `{rule}` was unknown of {whom} in {UNKNOWN_RUNS} runs: {why}");
            found.push(Notice { code: "rule-unknown", message, blind: Some(blind) });
        }
    }
    found
}
