//! Objects of a case of a rule: what is live.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::{Address, Kind};
use adplane_core::ids::{AdName, ObjectName};
use adplane_core::money::Money;
use adplane_core::rules::{Budget, Cadence, CaseForecast, CaseObject, ObjectState, Ownership, Rule, State};
use compact_str::CompactString;

use super::{Around, File};
use crate::yaml::node::{Content, Node};

/// Whose a budget may be.
const OWNERS: [&str; 4] = ["bounded", "git", "pool", "external"];

impl File<'_> {
    pub(super) fn objects(
        &mut self,
        node: &Node<'_>,
        around: &Around,
        rule: &Rule,
    ) -> Option<BTreeMap<Address, CaseObject>> {
        let objects = self.reader.required(node, "objects")?;
        let Content::Mapping(entries) = &objects.content else {
            self.reader.wrong(objects, "`objects` takes a mapping", "write `name: {..}` for each object");
            return None;
        };
        let mut found = BTreeMap::new();
        for entry in entries {
            let kind = self.kind(&entry.value, around)?;
            let Some(address) = address_of(around, kind, &entry.key) else {
                let message = format!("`{}` is no name", entry.key);
                self.reader.problem(
                    "invalid-name",
                    message,
                    "write `shoes`, of an ad `shoes/blue`",
                    entry.key_place,
                );
                return None;
            };
            let object = self.object(&entry.value, around, &address, rule)?;
            found.insert(address, object);
        }
        // What an object lies in runs, unless the case says otherwise.
        let parents: Vec<Address> =
            found.values().filter_map(|object: &CaseObject| object.state.parent.clone()).collect();
        for parent in parents {
            let missing = CaseObject {
                state: blank(&parent),
                series: None,
                forecast: CaseForecast::new(),
                paused: None,
                resumed: 0,
            };
            found.entry(parent).or_insert(missing);
        }
        Some(found)
    }

    fn kind(&mut self, node: &Node<'_>, around: &Around) -> Option<Kind> {
        let Some(entry) = node.get("kind") else { return Some(around.kind) };
        let text = entry.value.text().unwrap_or_default();
        let kind = Kind::parse_loosely(text);
        if kind.is_none() {
            self.reader.word(text, "a kind", &["Campaign", "AdGroup", "Ad"], entry.value.place);
        }
        kind
    }

    fn object(
        &mut self,
        node: &Node<'_>,
        around: &Around,
        address: &Address,
        rule: &Rule,
    ) -> Option<CaseObject> {
        let keys = [
            "kind",
            "in",
            "state",
            "age",
            "labels",
            "budget",
            "bid",
            "targetCpa",
            "targetRoas",
            "creatives",
            "paused",
            "resumed",
            "mayPause",
            "series",
            "today",
            "hours",
            "later",
            "forecast",
        ];
        self.reader.mapping(node, &keys)?;
        let text = |key: &str| node.get(key).and_then(|entry| entry.value.text());
        let mut state = blank(address);
        state.labels.extend(rule.scope.labels.clone());
        state.labels.extend(self.reader.labels(node.get("labels")));
        let ago = |text: &str| around.now.checked_sub(crate::lower::length(text)?).ok();
        state.created = match node.get("age") {
            Some(_) => self.read_as(node, "age", "a length such as 60d", ago),
            None => ago("60d"),
        };
        let paused = self.read_as(node, "paused", "a length such as 3h", ago);
        let states =
            |text: &str| [State::Active, State::Paused].into_iter().find(|state| state.word() == text);
        let said = self.read_as(node, "state", "Active or Paused", states);
        state.state = paused.map(|_| State::Paused).or(said).or(state.state);
        let flag = |text: &str| text.parse().ok();
        state.rules_may_pause = self.read_as(node, "mayPause", "true or false", flag).unwrap_or(true);
        state.parent = match (text("in"), address.kind) {
            (Some(name), Kind::AdGroup) => address_of(around, Kind::Campaign, name),
            (Some(name), Kind::Ad) => address_of(around, Kind::AdGroup, name),
            (None, Kind::Ad) => address_of(around, Kind::AdGroup, address.name.as_str()),
            _ => None,
        };
        state.budget = match node.get("budget") {
            Some(entry) => Some(self.budget(&entry.value)?),
            None => None,
        };
        state.bid = self.money(node, "bid");
        state.target_cpa = self.money(node, "targetCpa");
        state.target_roas =
            self.read_as(node, "targetRoas", "a number such as 2.5", |text| text.parse().ok());
        if let Some(entry) = node.get("creatives") {
            match &entry.value.content {
                Content::Sequence(members) => {
                    state.creatives = members.iter().filter_map(Node::text).map(CompactString::new).collect();
                }
                _ => self.reader.wrong(&entry.value, "`creatives` takes a list", "write `[blue, red]`"),
            }
        }
        let told = ["series", "today", "hours"].iter().any(|key| node.get(key).is_some());
        let series =
            if told { Some(self.series(node, around.now, &around.zone, around.currency)?) } else { None };
        let forecast = self.forecast(node, around.currency)?;
        let times = |text: &str| text.parse().ok();
        let resumed = self.read_as(node, "resumed", "a number of times", times).unwrap_or(0);
        Some(CaseObject { state, series, forecast, paused, resumed })
    }

    /// An amount; one that cannot be read is told.
    fn money(&mut self, node: &Node<'_>, key: &str) -> Option<Money> {
        let entry = node.get(key)?;
        match entry.value.text().unwrap_or_default().parse::<Money>() {
            Ok(money) => Some(money),
            Err(error) => {
                self.reader.problem("invalid-money", error.to_string(), "", entry.value.place);
                None
            }
        }
    }

    fn budget(&mut self, node: &Node<'_>) -> Option<Budget> {
        self.reader.mapping(node, &["daily", "total", "owner", "min", "max", "initial"])?;
        let (daily, total) = (self.money(node, "daily"), self.money(node, "total"));
        let (min, max) = (self.money(node, "min"), self.money(node, "max"));
        let initial = self.money(node, "initial");
        let (amount, cadence) = match (daily, total) {
            (Some(amount), None) => (amount, Cadence::Daily),
            (None, Some(amount)) => (amount, Cadence::Total),
            _ => {
                self.reader.wrong(node, "a budget is `daily` or `total`", "write `{daily: 100 EUR}`");
                return None;
            }
        };
        let known = |word: &str| OWNERS.into_iter().find(|owner| *owner == word);
        let ownership = match self.read_as(node, "owner", "bounded, git, pool or external", known) {
            Some("git") => Ownership::Git,
            Some("pool") => Ownership::Pool,
            Some("external") => Ownership::External,
            _ => Ownership::Bounded {
                initial: initial.unwrap_or(amount),
                settled: amount,
                min: min
                    .unwrap_or(Money::from_micros(amount.currency().minor_unit_micros(), amount.currency())),
                max: max.unwrap_or(Money::from_micros(i64::MAX, amount.currency())),
                max_step: None,
                unit: amount.currency().minor_unit_micros(),
            },
        };
        Some(Budget { amount, cadence, ownership })
    }
}

fn address_of(around: &Around, kind: Kind, name: &str) -> Option<Address> {
    let (name, ad) = match name.split_once('/') {
        Some((group, ad)) => (group, AdName::new(ad).ok()),
        None => (name, None),
    };
    Some(Address {
        platform: around.platform,
        account: around.key.name.clone(),
        kind,
        namespace: around.key.namespace.clone(),
        name: ObjectName::new(name).ok()?,
        ad: ad.filter(|_| kind == Kind::Ad),
    })
}

/// An object that runs and about which nothing else is known.
fn blank(address: &Address) -> ObjectState {
    ObjectState {
        display_name: address.local_name(),
        labels: BTreeMap::new(),
        parent: None,
        state: Some(State::Active),
        created: None,
        budget: None,
        bid: None,
        target_cpa: None,
        target_roas: None,
        creatives: BTreeSet::new(),
        windows: BTreeMap::new(),
        hold: None,
        rules_may_pause: true,
        keep_one: BTreeSet::new(),
    }
}
