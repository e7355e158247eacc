//! The approval policy: which class of change needs how many people, who they are, up to which amount, and
//! for how long what they say holds.
//!
//! `adplane.yaml` holds it and the plan document carries it, inside the hash. Checking signatures against it
//! is the engine's; here it only answers questions.

mod hold;
pub mod signers;

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::money::{Currency, Money};
use crate::plan::Class;

pub use hold::{Hold, InvalidHold};

/// Which classes of change need whose approval.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ApprovalPolicy {
    /// Money bands, smallest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bands: Vec<Band>,
    /// Groups of people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// Whether who wrote a change may approve it, where the class does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author_may_approve: Option<bool>,
    /// How long an approval holds, where the class does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds_for: Option<Hold>,
    /// What each class needs, by its word.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub classes: BTreeMap<String, Rule>,
}

/// People under one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Group {
    /// The name that stands for them.
    pub name: String,
    /// Their principals.
    pub members: Vec<String>,
}

/// A band of daily raises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Band {
    /// Its name; the class is `raise-<name>`.
    pub name: CompactString,
    /// The largest daily raise, one amount per currency; absent: no upper end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<Vec<Money>>,
}

/// What one class needs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Rule {
    /// How many people; 1 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approvals: Option<u32>,
    /// Who: principals and groups; every allowed signer when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approvers: Option<Vec<String>>,
    /// How much those named may allow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<Limit>,
    /// Whether who wrote the change may approve it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author_may_approve: Option<bool>,
    /// How long an approval holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds_for: Option<Hold>,
}

/// How much some people may allow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Limit {
    /// Who: principals and groups.
    pub approvers: Vec<String>,
    /// The largest daily raise of the whole plan, one amount per currency; nothing in other currencies.
    pub up_to: Vec<Money>,
}

/// What somebody may allow in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Any amount.
    Unlimited,
    /// Up to this amount.
    UpTo(Money),
    /// Nothing.
    Nothing,
}

impl Reach {
    /// Whether it covers a raise; `None` stands for one without a known upper end.
    pub fn covers(self, raise: Option<Money>) -> bool {
        match (self, raise) {
            (Self::Unlimited, _) => true,
            (Self::UpTo(limit), Some(raise)) => limit.currency() == raise.currency() && raise <= limit,
            (Self::UpTo(_), None) | (Self::Nothing, _) => false,
        }
    }
}

/// The amount of a list that is in a currency.
fn in_currency(amounts: &[Money], currency: Currency) -> Option<Money> {
    amounts.iter().copied().find(|amount| amount.currency() == currency)
}

impl ApprovalPolicy {
    /// What a class needs; `raise` speaks for every band that has no rule of its own.
    pub fn rule(&self, class: &Class) -> Option<&Rule> {
        let own = self.classes.get(class.word().as_ref());
        own.or_else(|| match class {
            Class::Raise(Some(_)) => self.classes.get("raise"),
            _ => None,
        })
    }

    /// The band of a daily raise: the first that holds it, else the last. `None` stands for a raise without a
    /// known upper end, which only the last band holds. Without bands there is none.
    pub fn band(&self, currency: Currency, raise: Option<Money>) -> Option<&Band> {
        let holds = |band: &&Band| match (&band.up_to, raise) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(up_to), Some(raise)) => in_currency(up_to, currency).is_some_and(|end| raise <= end),
        };
        self.bands.iter().find(holds).or_else(|| self.bands.last())
    }

    /// Where a band stands among the bands; unknown ones come last.
    pub fn rank(&self, band: &str) -> usize {
        self.bands.iter().position(|candidate| candidate.name == band).unwrap_or(usize::MAX)
    }

    /// The smallest amount named anywhere in the policy that covers a daily raise: all that its answers
    /// depend on, so that the hash does not move with every cent.
    pub fn within(&self, raise: Option<Money>) -> Option<Money> {
        let raise = raise?;
        let bands = self.bands.iter().filter_map(|band| band.up_to.as_deref());
        let limits = self.classes.values().flat_map(|rule| &rule.limits).map(|limit| limit.up_to.as_slice());
        let named = bands.chain(limits).filter_map(|amounts| in_currency(amounts, raise.currency()));
        named.filter(|amount| raise <= *amount).min()
    }

    /// The people that a list of principals and groups names.
    pub fn people<'a>(&'a self, named: &'a [String]) -> BTreeSet<&'a str> {
        let mut people = BTreeSet::new();
        for name in named {
            match self.groups.iter().find(|group| group.name == *name) {
                Some(group) => people.extend(group.members.iter().map(String::as_str)),
                None => {
                    people.insert(name.as_str());
                }
            }
        }
        people
    }

    /// Whether a list of principals and groups names somebody; `groups` are those that a cluster's API server saw them
    /// in, which a list names as `group:<name>`.
    fn names(&self, named: &[String], principal: &str, groups: &[String]) -> bool {
        let people = self.people(named);
        people.contains(principal)
            || groups.iter().any(|group| people.contains(format!("group:{group}").as_str()))
    }

    /// Whether a principal in some groups may approve what a rule asks for, amounts aside.
    pub fn may_approve(&self, rule: &Rule, principal: &str, groups: &[String]) -> bool {
        rule.approvers.as_ref().is_none_or(|named| self.names(named, principal, groups))
    }

    /// How much a principal in some groups may allow under a rule: the largest limit that names them, and any amount
    /// when none does.
    pub fn reach(&self, rule: &Rule, principal: &str, groups: &[String], currency: Currency) -> Reach {
        let theirs: Vec<&Limit> =
            rule.limits.iter().filter(|limit| self.names(&limit.approvers, principal, groups)).collect();
        if theirs.is_empty() {
            return Reach::Unlimited;
        }
        let largest = theirs.iter().filter_map(|limit| in_currency(&limit.up_to, currency)).max();
        largest.map_or(Reach::Nothing, Reach::UpTo)
    }

    /// Whether the author of a change may approve it under a rule.
    pub fn author_may_approve(&self, rule: &Rule) -> bool {
        rule.author_may_approve.or(self.author_may_approve).unwrap_or(false)
    }

    /// How long an approval holds under a rule.
    pub fn hold(&self, rule: &Rule) -> Hold {
        rule.holds_for.or(self.holds_for).unwrap_or_default()
    }
}

impl Rule {
    /// How many people must approve.
    pub fn wanted(&self) -> u32 {
        self.approvals.unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> ApprovalPolicy {
        serde_json::from_value(serde_json::json!({
            "bands": [
                { "name": "small", "upTo": ["100.00 EUR", "11000 JPY"] },
                { "name": "medium", "upTo": ["1000.00 EUR"] },
                { "name": "large" },
            ],
            "groups": [{ "name": "leads", "members": ["ana@shop.example", "bo@shop.example"] }],
            "classes": {
                "raise": { "approvers": ["leads", "cleo@shop.example"], "limits": [
                    { "approvers": ["leads"], "upTo": ["500.00 EUR"] },
                    { "approvers": ["bo@shop.example"], "upTo": ["800.00 EUR"] },
                ] },
                "raise-large": { "approvals": 2, "holdsFor": "4h", "authorMayApprove": true },
            },
        }))
        .unwrap()
    }

    fn euros(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn a_raise_falls_into_the_first_band_that_holds_it() {
        for (raise, band) in [
            (Some("0.00 EUR"), "small"),
            (Some("100.00 EUR"), "small"),
            (Some("100.01 EUR"), "medium"),
            (Some("1000.01 EUR"), "large"),
            (Some("11000 JPY"), "small"),
            // A band that does not name the currency does not hold it.
            (Some("11001 JPY"), "large"),
            (Some("0.01 USD"), "large"),
            (None, "large"),
        ] {
            let raise = raise.map(euros);
            let currency = raise.map_or(Currency::EUR, Money::currency);
            assert_eq!(policy().band(currency, raise).unwrap().name, band, "{raise:?}");
        }
    }

    #[test]
    fn raise_speaks_for_bands_without_a_rule() {
        let policy = policy();
        let wanted = |word: &str| policy.rule(&word.parse().unwrap()).map(Rule::wanted);
        assert_eq!(wanted("raise-small"), Some(1));
        assert_eq!(wanted("raise-large"), Some(2));
        assert_eq!(wanted("delete"), None);
    }

    #[test]
    fn the_largest_limit_that_names_somebody_counts() {
        let policy = policy();
        let rule = &policy.classes["raise"];
        let reach = |who: &str, currency| policy.reach(rule, who, &[], currency);
        assert_eq!(reach("ana@shop.example", Currency::EUR), Reach::UpTo(euros("500.00 EUR")));
        assert_eq!(reach("bo@shop.example", Currency::EUR), Reach::UpTo(euros("800.00 EUR")));
        assert_eq!(reach("bo@shop.example", Currency::USD), Reach::Nothing);
        assert_eq!(reach("cleo@shop.example", Currency::USD), Reach::Unlimited);
        assert!(
            !reach("ana@shop.example", Currency::EUR).covers(None),
            "an unlimited raise exceeds any limit"
        );
        let may = |who: &str, groups: &[String]| policy.may_approve(rule, who, groups);
        assert!(may("bo@shop.example", &[]) && !may("leads", &[]));
        assert!(
            !may("dee", &["leads".to_owned()]),
            "a cluster's group is not the policy's group of that name"
        );
        let named = Rule { approvers: Some(vec!["group:growth".into()]), ..Rule::default() };
        assert!(policy.may_approve(&named, "dee", &["growth".to_owned()]));
        assert!(!policy.may_approve(&named, "growth", &[]));
    }

    #[test]
    fn only_amounts_that_the_policy_names_matter() {
        let within = |raise: &str| policy().within(Some(euros(raise))).map(|amount| amount.to_string());
        assert_eq!(within("3.00 EUR").as_deref(), Some("100.00 EUR"));
        assert_eq!(within("500.00 EUR").as_deref(), Some("500.00 EUR"));
        assert_eq!(within("900.00 EUR").as_deref(), Some("1000.00 EUR"));
        assert_eq!(within("1000.01 EUR"), None);
        assert_eq!(policy().within(None), None);
    }

    #[test]
    fn a_class_overrides_what_holds_for_all() {
        let mut policy = policy();
        policy.holds_for = Some("2d".parse().unwrap());
        let (raise, large) = (policy.classes["raise"].clone(), policy.classes["raise-large"].clone());
        assert_eq!(policy.hold(&raise).to_string(), "2d");
        assert_eq!(policy.hold(&large).to_string(), "4h");
        assert!(!policy.author_may_approve(&raise) && policy.author_may_approve(&large));
    }

    #[test]
    fn an_unknown_member_is_refused() {
        let unknown = serde_json::json!({ "classes": { "raise": { "aprovals": 2 } } });
        assert!(serde_json::from_value::<ApprovalPolicy>(unknown).is_err());
    }
}
