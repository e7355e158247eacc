//! Policies over a plan: which rules match which changes, and what they say.
//!
//! Only changes that write are asked about. Rules are sorted out by account, kind and label before any
//! expression runs, and what expressions look up is looked up once per object.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::compile::{Policy, Rule};
use super::lookup::{Cache, Facts, Seen, Subject};
use super::slot::{Holder, Slot};
use super::world::{World, facts};
use crate::address::{AccountKey, Address, Kind};
use crate::cel::MAX_STEPS;
use crate::cel::eval::{Evaluation, Trouble};
use crate::desired::DesiredAccount;
use crate::diagnostic::Diagnostic;
use crate::field::{FieldPath, Origin};
use crate::plan::document::PolicyVerdict;
use crate::plan::{Action, Change, Class, MoneyImpact, PlanInput};

/// What policies say of a plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Judgement {
    /// Verdicts, those on the whole plan first, then by address and rule.
    pub verdicts: Vec<PolicyVerdict>,
    /// Rules that could not be evaluated, each told once.
    pub diagnostics: Vec<Diagnostic>,
}

/// Judges the changes of a plan of these classes whose money adds up to `money`.
pub fn judge(
    input: &PlanInput<'_>,
    changes: &[Change],
    classes: &[Class],
    money: &[MoneyImpact],
) -> Judgement {
    let policies = &input.desired.policies;
    if policies.iter().all(|policy| policy.rules.is_empty()) {
        return Judgement::default();
    }
    let world = World::new(input.desired, input.observed, changes);
    let linked = Linked::new(policies);
    let facts = facts(input, changes, classes, money, &world, policies);
    let mut court = Court::new(&linked, &facts);
    let mut docket = Docket::default();
    for subject in
        changes.iter().filter(|change| change.action.writes()).filter_map(|change| world.subject(change))
    {
        court.session(&mut docket, &subject);
    }
    court.close()
}

/// A rule ready to run among all others.
pub(super) struct Entry<'a> {
    policy: &'a Policy,
    rule: &'a Rule,
    name: String,
    /// Where its slots lie among all.
    places: Vec<usize>,
    of_plan: bool,
    removals: bool,
}

/// All rules, sharing what they look up.
pub(super) struct Linked<'a> {
    rules: Vec<Entry<'a>>,
    slots: Vec<Slot>,
}

impl<'a> Linked<'a> {
    pub(super) fn new(policies: &'a [Policy]) -> Self {
        Self::of(policies, |_| true)
    }

    /// Whether there is nothing to hear.
    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Links some of the rules.
    pub(super) fn of(policies: &'a [Policy], wanted: impl Fn(&Rule) -> bool) -> Self {
        let mut known: HashMap<Slot, usize> = HashMap::new();
        let mut slots = Vec::new();
        let mut rules = Vec::new();
        for policy in policies {
            for rule in policy.rules.iter().filter(|rule| wanted(rule)) {
                let places = rule
                    .slots
                    .iter()
                    .map(|slot| {
                        *known.entry(slot.clone()).or_insert_with(|| {
                            slots.push(slot.clone());
                            slots.len() - 1
                        })
                    })
                    .collect();
                rules.push(Entry {
                    policy,
                    rule,
                    name: policy.rule_name(rule),
                    places,
                    of_plan: rule.is_of_plan(),
                    removals: rule.speaks_of_removals(),
                });
            }
        }
        Self { rules, slots }
    }
}

/// Which rules are about an account and a kind, worked out once for each.
#[derive(Default)]
pub(super) struct Docket<'a> {
    known: BTreeMap<(&'a AccountKey, Kind), Vec<usize>>,
}

impl<'a> Docket<'a> {
    fn rules(&mut self, linked: &Linked<'_>, account: &'a DesiredAccount, kind: Kind) -> &[usize] {
        self.known.entry((&account.key, kind)).or_insert_with(|| {
            let about = |policy: &Policy| {
                let scope = &policy.scope;
                policy.namespace == account.key.namespace
                    && (scope.kinds.is_empty() || scope.kinds.contains(&kind))
                    && (scope.accounts.is_empty() || scope.accounts.contains(&account.key.name))
                    && (scope.platforms.is_empty() || scope.platforms.contains(&account.platform))
                    && scope.currency.is_none_or(|currency| currency == account.currency)
            };
            (0..linked.rules.len()).filter(|index| about(linked.rules[*index].policy)).collect()
        })
    }
}

/// Hears rules, object by object, and collects what they say.
pub(super) struct Court<'a> {
    linked: &'a Linked<'a>,
    facts: &'a Facts<'a>,
    cache: Cache<'a>,
    /// Rules of the plan as a whole, with the first object they are about.
    of_plan: BTreeMap<usize, Subject<'a>>,
    found: Judgement,
    /// Rules whose trouble was told, with its kind.
    told: BTreeSet<(&'a str, u8)>,
}

impl<'a> Court<'a> {
    pub(super) fn new(linked: &'a Linked<'a>, facts: &'a Facts<'a>) -> Self {
        Self {
            linked,
            facts,
            cache: Vec::new(),
            of_plan: BTreeMap::new(),
            found: Judgement::default(),
            told: BTreeSet::new(),
        }
    }

    /// Hears every rule that is about an object.
    pub(super) fn session(&mut self, docket: &mut Docket<'a>, subject: &Subject<'a>) {
        let change = subject.object.change;
        let linked = self.linked;
        self.cache.clear();
        self.cache.resize(linked.slots.len(), None);
        for &index in docket.rules(linked, subject.account, change.address.kind) {
            let entry = &linked.rules[index];
            let labels = &entry.policy.scope.labels;
            if !labels.iter().all(|(key, value)| subject.label(Holder::After, key) == Some(value)) {
                continue;
            }
            if entry.of_plan {
                self.of_plan.entry(index).or_insert(*subject);
            } else if change.action != Action::Delete || entry.removals {
                self.hear(entry, subject, Some(&change.address));
            }
        }
    }

    /// Hears the rules of the plan as a whole, and tells everything.
    pub(super) fn close(mut self) -> Judgement {
        for (index, subject) in std::mem::take(&mut self.of_plan) {
            self.cache.clear();
            self.cache.resize(self.linked.slots.len(), None);
            self.hear(&self.linked.rules[index], &subject, None);
        }
        self.found.verdicts.sort_by(|a, b| (&a.address, &a.rule).cmp(&(&b.address, &b.rule)));
        self.found
    }

    fn hear(&mut self, entry: &'a Entry<'a>, subject: &Subject<'a>, address: Option<&Address>) {
        let mut evaluation = Evaluation::new(Seen {
            subject,
            facts: self.facts,
            slots: &self.linked.slots,
            cache: &mut self.cache,
            places: &entry.places,
        });
        let message = match evaluation.holds(&entry.rule.when) {
            Ok(false) => return,
            Ok(true) => entry.rule.message.fill(&mut evaluation),
            // What cannot be judged counts as matched: it fails closed.
            Err(trouble) => {
                self.tell(entry, &trouble, address);
                format!("cannot be judged, so it counts as matched: {trouble}")
            }
        };
        self.found.verdicts.push(PolicyVerdict {
            rule: entry.name.clone(),
            severity: entry.rule.severity,
            address: address.cloned(),
            message,
            origin: if address.is_some() { place(entry.rule, subject) } else { None },
        });
    }

    fn tell(&mut self, entry: &'a Entry<'a>, trouble: &Trouble, address: Option<&Address>) {
        if !self.told.insert((&entry.name, trouble.kind())) {
            return;
        }
        let message = format!("rule `{}` cannot be judged: {trouble}", entry.name);
        let found = match trouble {
            Trouble::Currency(..) => Diagnostic::warning("policy-currency-unknown", message).hint(
                "write `match: {currency: ..}`, or an amount for each: `money({'EUR': '5', 'USD': '6'})`",
            ),
            Trouble::SeveralCurrencies(_, currency) => {
                Diagnostic::warning("policy-currency-unknown", message)
                    .hint(format!("write `plan.money['{currency}']`"))
            }
            Trouble::Members(_) | Trouble::Steps => Diagnostic::warning("policy-out-of-steps", message)
                .hint(format!("a rule takes at most {MAX_STEPS} steps: loop over less")),
            Trouble::Overflow | Trouble::Zero | Trouble::Type(..) | Trouble::Unknown(_) => {
                Diagnostic::warning("policy-failed", message)
                    .hint("ask first, as in `has(before.budget.daily) && …`")
            }
        };
        let mut found = found.at(entry.rule.origin.as_ref());
        found.length = entry.rule.length;
        if let Some(address) = address {
            found = found.on(address);
        }
        self.found.diagnostics.push(found);
    }
}

/// Where the YAML holds what a rule is about: the first changed field that it names, else one that is wanted, else
/// the object.
fn place(rule: &Rule, subject: &Subject<'_>) -> Option<Origin> {
    let change = subject.object.change;
    let named = |origin: &dyn Fn(&FieldPath) -> Option<Origin>| {
        rule.slots.iter().find_map(|slot| match slot {
            Slot::Field { holder: Holder::After, path, .. } => origin(path),
            _ => None,
        })
    };
    named(&|path| change.fields.iter().find(|field| field.path == *path)?.origin.clone())
        .or_else(|| named(&|path| subject.object.desired?.fields.get(path)?.origin.clone()))
        .or_else(|| change.origin.clone())
}
