//! What names stand for on one object: its fields before and after, its parents, its account, the plan.

use std::borrow::Cow;
use std::collections::BTreeMap;

use compact_str::CompactString;
use jiff::Timestamp;

use super::catalogue::{Fact, platform_word};
use super::slot::{Holder, Slot, Sum};
use crate::cel::Lookup;
use crate::cel::eval::{Trouble, Val};
use crate::desired::{DesiredAccount, DesiredObject};
use crate::field::{FieldPath, FieldSource};
use crate::money::{Currency, Money};
use crate::observed::ObservedObject;
use crate::plan::{Action, Change, Class, MoneyImpact};
use crate::value::Value;

/// What is the same for every object of a plan.
#[derive(Debug, Default)]
pub(super) struct Facts<'a> {
    pub(super) project: Option<&'a str>,
    pub(super) now: Timestamp,
    pub(super) creates: i64,
    pub(super) updates: i64,
    pub(super) replaces: i64,
    pub(super) deletes: i64,
    pub(super) unlimited: i64,
    /// Words of the plan's classes, but for `exception`, which policies bring.
    pub(super) classes: Vec<CompactString>,
    pub(super) money: Vec<MoneyImpact>,
    /// Money of the objects with a label, by its key and value.
    pub(super) by_label: BTreeMap<CompactString, BTreeMap<CompactString, Vec<MoneyImpact>>>,
}

impl Facts<'_> {
    pub(super) fn labelled(&self, key: &str, value: &str) -> &[MoneyImpact] {
        self.by_label.get(key).and_then(|values| values.get(value)).map_or(&[], Vec::as_slice)
    }
}

/// One object seen from the plan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Object<'a> {
    pub(super) change: &'a Change,
    pub(super) desired: Option<&'a DesiredObject>,
    pub(super) live: Option<&'a ObservedObject>,
}

impl<'a> Object<'a> {
    fn before(&self, path: &str) -> Option<&'a Value> {
        self.live.and_then(|live| live.fields.get(path))
    }

    /// The value that the plan leaves: planned, else as it is live.
    fn after(&self, path: &str) -> Option<&'a Value> {
        let wanted = || self.desired.and_then(|desired| desired.field(path));
        match self.change.action {
            Action::Create | Action::Replace => wanted().map(|field| &field.value),
            // What is removed has nothing afterwards.
            Action::Delete => None,
            Action::Update | Action::Adopt => match self.change.field(path) {
                Some(field) => field.after.as_ref(),
                None => self.before(path).or_else(|| {
                    let field = wanted()?;
                    (field.source != FieldSource::CreateDefault).then_some(&field.value)
                }),
            },
            Action::Release | Action::None | Action::Blocked => self.before(path),
        }
    }

    fn value(&self, path: &str, before: bool) -> Option<&'a Value> {
        if before { self.before(path) } else { self.after(path) }
    }

    fn has_below(&self, prefix: &str, before: bool) -> bool {
        let within = |path: &FieldPath| path.is_within(prefix) && self.value(path.as_str(), before).is_some();
        let live = self.live.is_some_and(|live| live.fields.keys().any(within));
        live || (!before && self.desired.is_some_and(|desired| desired.fields.keys().any(within)))
    }
}

/// The object at hand with everything around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) object: Object<'a>,
    pub(super) campaign: Option<Object<'a>>,
    pub(super) ad_group: Option<Object<'a>>,
    pub(super) account: &'a DesiredAccount,
}

impl<'a> Subject<'a> {
    fn holder(&self, holder: Holder) -> Option<Object<'a>> {
        match holder {
            Holder::Before | Holder::After => Some(self.object),
            Holder::Campaign => self.campaign,
            Holder::AdGroup => self.ad_group,
            Holder::Account => None,
        }
    }

    /// A label of the object, of its ad group, or of its campaign: the nearest that has it.
    pub(super) fn label(&self, holder: Holder, key: &str) -> Option<&'a str> {
        self.labelled(holder).find_map(|object| object.desired?.labels.get(key).map(CompactString::as_str))
    }

    /// The objects whose labels count for a holder, the nearest first.
    fn labelled(&self, holder: Holder) -> impl Iterator<Item = Object<'a>> {
        let own = self.holder(holder);
        let group = self.ad_group.filter(|_| matches!(holder, Holder::Before | Holder::After));
        let campaign = self.campaign.filter(|_| holder != Holder::Account);
        own.into_iter().chain(group).chain(campaign)
    }

    fn fact(&self, fact: Fact, facts: &'a Facts<'a>) -> Val<'a> {
        let change = self.object.change;
        let some = |text: Option<&'a str>| text.map_or(Val::Absent, Val::text);
        match fact {
            Fact::Action => Val::text(change.action.word()),
            Fact::Class => some(change.class.as_ref().and_then(class_word)),
            Fact::Band => match &change.class {
                Some(Class::Raise(Some(band))) => Val::text(band),
                _ => Val::Absent,
            },
            Fact::Address => Val::Text(Cow::Owned(change.address.to_string())),
            Fact::Kind => Val::text(change.address.kind.word()),
            Fact::Name => match &change.address.ad {
                Some(ad) => Val::text(ad.as_str()),
                None => Val::text(change.address.name.as_str()),
            },
            Fact::Namespace => Val::text(change.address.namespace.as_str()),
            Fact::Fields => {
                let changed = change.fields.iter().filter(|field| field.before != field.after);
                Val::List(changed.map(|field| Val::text(field.path.as_str())).collect())
            }
            Fact::ResetsLearning => {
                Val::Bool(change.fields.iter().any(|field| field.resets_learning.is_some()))
            }
            Fact::NeedsReview => Val::Bool(change.fields.iter().any(|field| field.needs_review.is_some())),
            Fact::CampaignName => some(self.campaign.map(|campaign| campaign.change.address.name.as_str())),
            Fact::AdGroupName => some(self.ad_group.map(|group| group.change.address.name.as_str())),
            Fact::CreativeName => some(self.object.desired.and_then(|object| object.creative.as_deref())),
            Fact::Platform => Val::text(platform_word(self.account.platform)),
            Fact::Currency => Val::Text(Cow::Owned(self.account.currency.to_string())),
            Fact::TimeZone => Val::text(self.account.zone.name()),
            Fact::AccountName => Val::text(self.account.key.name.as_str()),
            Fact::AccountId => Val::text(self.account.account_id.as_str()),
            Fact::Project => some(facts.project),
            Fact::Creates => Val::Integer(facts.creates),
            Fact::Updates => Val::Integer(facts.updates),
            Fact::Replaces => Val::Integer(facts.replaces),
            Fact::Deletes => Val::Integer(facts.deletes),
            Fact::Unlimited => Val::Integer(facts.unlimited),
            Fact::Classes => Val::List(facts.classes.iter().map(|word| Val::text(word)).collect()),
            Fact::Now => Val::Time(facts.now, &self.account.zone),
        }
    }

    fn field(&self, holder: Holder, path: &FieldPath, keys: &'a [CompactString]) -> Val<'a> {
        let find = |path: &str| match holder {
            Holder::Account => self.account.fields.get(path).map(|field| &field.value),
            other => self.holder(other)?.value(path, other == Holder::Before),
        };
        if let Some(value) = find(path.as_str())
            && let Some(inner) = keys.iter().try_fold(value, |value, key| value.entry(key))
        {
            return Val::of(inner);
        }
        // Entries of a map may be fields of their own.
        if keys.is_empty() {
            return Val::Absent;
        }
        find(&format!("{path}.{}", keys.join("."))).map_or(Val::Absent, Val::of)
    }

    fn group(&self, holder: Holder, path: &FieldPath) -> Val<'a> {
        let any = match holder {
            Holder::Account => self.account.fields.keys().any(|field| field.is_within(path.as_str())),
            other => self.holder(other).is_some_and(|object| {
                // Without a path the group is everything.
                let before = other == Holder::Before;
                if path.as_str().is_empty() {
                    object.desired.is_some() || object.live.is_some()
                } else {
                    object.has_below(path.as_str(), before)
                }
            }),
        };
        if any { Val::Bool(true) } else { Val::Absent }
    }

    fn slot(&self, slot: &'a Slot, facts: &'a Facts<'a>) -> Val<'a> {
        match slot {
            Slot::Field { holder, path, keys } => self.field(*holder, path, keys),
            Slot::Group { holder, path } => self.group(*holder, path),
            Slot::Fact(fact) => self.fact(*fact, facts),
            Slot::Label { holder, key } => self.label(*holder, key).map_or(Val::Absent, Val::text),
            Slot::Labels { holder } => {
                let mut labels: Vec<(&'a str, Val<'a>)> = Vec::new();
                for (key, value) in self
                    .labelled(*holder)
                    .filter_map(|object| object.desired)
                    .flat_map(|object| &object.labels)
                {
                    if !labels.iter().any(|(known, _)| *known == key.as_str()) {
                        labels.push((key, Val::text(value)));
                    }
                }
                Val::Map(labels)
            }
            // Asked for with its arguments.
            Slot::PlanMoney { .. } => Val::Absent,
        }
    }
}

/// The word of a class; of every band it is `raise`.
fn class_word(class: &Class) -> Option<&'static str> {
    Class::WORDS.get(usize::from(class.weight())).copied()
}

/// Values looked up for the object at hand, by the index of their slot.
pub(super) type Cache<'a> = Vec<Option<Val<'a>>>;

/// What one rule looks up on one object.
pub(super) struct Seen<'e, 'a> {
    pub(super) subject: &'e Subject<'a>,
    pub(super) facts: &'a Facts<'a>,
    /// Slots of all rules together.
    pub(super) slots: &'a [Slot],
    pub(super) cache: &'e mut Cache<'a>,
    /// Where the slots of the rule at hand lie among all.
    pub(super) places: &'a [usize],
}

impl<'a> Lookup<'a> for Seen<'_, 'a> {
    /// A slot of the rule at hand, looked up once per object.
    fn load(&mut self, index: usize) -> Result<Val<'a>, Trouble> {
        let Some(&place) = self.places.get(index) else { return Ok(Val::Absent) };
        if let Some(Some(known)) = self.cache.get(place) {
            return Ok(known.clone());
        }
        let Some(slot) = self.slots.get(place) else { return Ok(Val::Absent) };
        let found = self.subject.slot(slot, self.facts);
        if let Some(entry) = self.cache.get_mut(place) {
            *entry = Some(found.clone());
        }
        Ok(found)
    }

    fn ask(&mut self, index: usize, arguments: &[Val<'a>]) -> Result<Val<'a>, Trouble> {
        let slot = self.places.get(index).and_then(|place| self.slots.get(*place));
        let Some(Slot::PlanMoney { label, currency, sum }) = slot else { return Ok(Val::Absent) };
        let impacts: &[MoneyImpact] = match (label, arguments) {
            (None, _) => &self.facts.money,
            (Some(key), [Val::Text(value)]) => self.facts.labelled(key, value),
            _ => return Ok(Val::Absent),
        };
        plan_money(impacts, *currency, *sum)
    }
}

fn plan_money<'a>(impacts: &[MoneyImpact], currency: Option<Currency>, sum: Sum) -> Result<Val<'a>, Trouble> {
    let impact = match (currency, impacts) {
        (Some(currency), impacts) => impacts.iter().find(|impact| impact.currency == currency),
        (None, []) => None,
        (None, [only]) => Some(only),
        (None, [first, ..]) => {
            let all: Vec<String> = impacts.iter().map(|impact| impact.currency.to_string()).collect();
            return Err(Trouble::SeveralCurrencies(all.join(" and "), first.currency));
        }
    };
    let amount = |impact: &MoneyImpact| -> Money {
        match sum {
            Sum::DailyBefore => impact.total.daily_before,
            Sum::DailyAfter => impact.total.daily_after,
            Sum::Delta => impact.delta(),
            Sum::WorstDay => impact.total.worst_day,
        }
    };
    Ok(impact.map_or(Val::Absent, |impact| Val::Money(amount(impact))))
}
