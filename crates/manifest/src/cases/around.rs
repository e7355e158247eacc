//! What stands around a change in a case: its account, its parents, the plan it is a part of.

use adplane_core::address::{Kind, Platform};
use adplane_core::field::Values;
use adplane_core::ids::{AccountId, ObjectName};
use adplane_core::money::{Currency, Money};
use adplane_core::plan::{Class, MoneyImpact};
use adplane_core::policy::{CaseAccount, CasePlan, Group, Labels, Parent, Policy};
use adplane_core::time::Zone;
use compact_str::CompactString;
use jiff::Timestamp;

use super::read::FileReader;
use super::value::fields;
use crate::lower::policy::known;
use crate::yaml::node::{Content, Entry, Node};

/// Where a plan of a case is made when it does not say: a Monday noon.
const NOW: &str = "2026-06-01T12:00:00Z";

impl FileReader<'_> {
    pub(super) fn account(&mut self, given: &[Option<&Node<'_>>], policy: &Policy) -> Option<CaseAccount> {
        let scope = &policy.scope;
        let named = |text: &str| ObjectName::new(text).ok();
        let mut account = CaseAccount {
            namespace: policy.namespace.clone(),
            name: scope
                .accounts
                .first()
                .cloned()
                .or_else(|| named("account"))
                .unwrap_or_else(|| policy.name.clone()),
            id: AccountId::new("1").ok()?,
            platform: scope.platforms.first().copied().unwrap_or(Platform::Meta),
            currency: scope.currency.unwrap_or(Currency::EUR),
            zone: Zone::parse("Europe/Madrid").unwrap_or_else(|_| Zone::utc()),
            fields: Values::new(),
        };
        for node in given.iter().flatten() {
            let mut keys = vec!["name", "platform", "currency", "timeZone"];
            keys.extend(known().account.keys().map(CompactString::as_str));
            let Some(entries) = self.mapping(node, &keys) else { continue };
            for entry in entries {
                let text = entry.value.text().unwrap_or_default();
                let place = entry.value.place;
                match &*entry.key {
                    "name" => match ObjectName::new(text) {
                        Ok(name) => account.name = name,
                        Err(error) => self.problem("invalid-name", error.to_string(), "", place),
                    },
                    "platform" => {
                        match Platform::ALL.into_iter().find(|one| text.to_lowercase() == one.slug()) {
                            Some(platform) => account.platform = platform,
                            None => self.word(text, "a platform", &["Google", "Meta", "TikTok"], place),
                        }
                    }
                    "currency" => match text.parse::<Currency>() {
                        Ok(currency) => account.currency = currency,
                        Err(error) => self.problem("invalid-currency", error.to_string(), "", place),
                    },
                    "timeZone" => match Zone::parse(text) {
                        Ok(zone) => account.zone = zone,
                        Err(error) => self.problem("invalid-zone", error.to_string(), "", place),
                    },
                    _ => {}
                }
            }
            let zone = account.zone.clone();
            let inherited: Vec<Entry<'_>> =
                entries.iter().filter(|entry| known().account.contains_key(&*entry.key)).cloned().collect();
            let inherited = Node { place: node.place, content: Content::Mapping(inherited) };
            account.fields.extend(fields(self, &inherited, &known().account, &zone));
        }
        Some(account)
    }

    pub(super) fn parent(&mut self, entry: Option<&Entry<'_>>, kind: Kind, zone: &Zone) -> Parent {
        let mut parent = Parent::default();
        let Some(node) = entry.map(|entry| &entry.value) else { return parent };
        let Content::Mapping(entries) = &node.content else {
            self.wrong(node, "a parent is a mapping", "write its fields, its `labels` and its `name`");
            return parent;
        };
        let mut own = Vec::new();
        for entry in entries {
            match &*entry.key {
                "name" => parent.name = entry.value.text().and_then(|text| ObjectName::new(text).ok()),
                "labels" => parent.labels = self.labels(Some(entry)),
                _ => own.push(entry.clone()),
            }
        }
        let own = Node { place: node.place, content: Content::Mapping(own) };
        let empty = Group::new();
        parent.fields = fields(self, &own, known().kinds.get(&kind).unwrap_or(&empty), zone);
        parent
    }

    pub(super) fn labels(&mut self, entry: Option<&Entry<'_>>) -> Labels {
        let Some(node) = entry.map(|entry| &entry.value) else { return Labels::new() };
        let Content::Mapping(entries) = &node.content else {
            self.wrong(node, "`labels` takes a mapping", "write `labels: {team: growth}`");
            return Labels::new();
        };
        entries
            .iter()
            .map(|entry| {
                (CompactString::new(&entry.key), CompactString::new(entry.value.text().unwrap_or_default()))
            })
            .collect()
    }

    pub(super) fn now(&mut self, entry: Option<&Entry<'_>>) -> Timestamp {
        let usual = NOW.parse().unwrap_or_default();
        let Some(entry) = entry else { return usual };
        entry.value.text().unwrap_or_default().parse().unwrap_or_else(|_| {
            let hint = "write it with its offset, `\"2026-11-27T09:00:00+01:00\"`";
            self.wrong(&entry.value, "`now` takes an instant", hint);
            usual
        })
    }

    pub(super) fn plan(&mut self, entry: Option<&Entry<'_>>) -> CasePlan {
        let mut plan = CasePlan::default();
        let Some(entry) = entry else { return plan };
        let keys = [
            "project",
            "money",
            "labelled",
            "creates",
            "updates",
            "replaces",
            "deletes",
            "unlimited",
            "classes",
        ];
        let Some(entries) = self.mapping(&entry.value, &keys) else { return plan };
        for entry in entries {
            match &*entry.key {
                "project" => plan.project = entry.value.text().map(ToOwned::to_owned),
                "money" => plan.money = self.money(&entry.value),
                "classes" => plan.classes = self.classes(&entry.value),
                "labelled" => {
                    for (key, values) in children(&entry.value) {
                        for (value, money) in children(values) {
                            let money = self.money(money);
                            plan.labelled.entry(key.into()).or_default().insert(value.into(), money);
                        }
                    }
                }
                count => {
                    let number = entry.value.text().and_then(|text| text.parse::<i64>().ok());
                    if number.is_none() {
                        self.wrong(&entry.value, "a whole number is needed here", "write plain digits");
                    }
                    let number = number.unwrap_or_default();
                    match count {
                        "creates" => plan.creates = number,
                        "updates" => plan.updates = number,
                        "replaces" => plan.replaces = number,
                        "unlimited" => plan.unlimited = number,
                        _ => plan.deletes = number,
                    }
                }
            }
        }
        plan
    }

    /// `[edit, raise-large]`.
    fn classes(&mut self, node: &Node<'_>) -> Vec<Class> {
        let mut classes = Vec::new();
        for item in items(node) {
            match item.text().unwrap_or_default().parse::<Class>() {
                Ok(class) => classes.push(class),
                Err(_) => self.wrong(
                    item,
                    "a class is needed here",
                    &format!("there are {}", Class::WORDS.join(", ")),
                ),
            }
        }
        classes
    }

    /// `{EUR: {dailyBefore: .., dailyAfter: .., worstDay: ..}}`.
    fn money(&mut self, node: &Node<'_>) -> Vec<MoneyImpact> {
        let mut impacts = Vec::new();
        for (code, sums) in children(node) {
            let Some(currency) = Currency::parse(code) else {
                self.wrong(
                    node,
                    &format!("`{code}` is not a currency"),
                    "write an ISO 4217 code such as `EUR`",
                );
                continue;
            };
            let Some(entries) = self.mapping(sums, &["dailyBefore", "dailyAfter", "worstDay"]) else {
                continue;
            };
            let mut amounts = [Money::zero(currency); 3];
            for entry in entries {
                let at = ["dailyBefore", "dailyAfter", "worstDay"].iter().position(|key| *key == entry.key);
                match entry.value.text().unwrap_or_default().parse::<Money>() {
                    Ok(money) if money.currency() == currency => amounts[at.unwrap_or(0)] = money,
                    Ok(_) => self.wrong(&entry.value, &format!("this amount is not in {currency}"), ""),
                    Err(error) => self.wrong(&entry.value, &error.to_string(), ""),
                }
            }
            impacts.push(impact(currency, amounts));
        }
        impacts
    }
}

fn impact(currency: Currency, [before, after, worst]: [Money; 3]) -> MoneyImpact {
    let mut impact = MoneyImpact::new(currency);
    impact.total.daily_before = before;
    impact.total.daily_after = after;
    impact.total.worst_day = worst;
    impact
}

/// Items of a list; nothing of anything else.
fn items<'n, 'a>(node: &'n Node<'a>) -> &'n [Node<'a>] {
    match &node.content {
        Content::Sequence(items) => items,
        Content::Scalar { .. } | Content::Mapping(_) => &[],
    }
}

/// Entries of a mapping by key; nothing of anything else.
fn children<'n, 'a>(node: &'n Node<'a>) -> impl Iterator<Item = (&'n str, &'n Node<'a>)> {
    let entries = match &node.content {
        Content::Mapping(entries) => entries.as_slice(),
        Content::Scalar { .. } | Content::Sequence(_) => &[],
    };
    entries.iter().map(|entry| (&*entry.key, &entry.value))
}
