//! Cases of automation rules: objects with series, and what the rule must do with them.

mod forecast;
mod objects;
mod series;

use std::collections::BTreeMap;
use std::sync::Arc;

use adplane_core::address::{AccountKey, Address, Kind, Platform};
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::Origin;
use adplane_core::ids::ObjectName;
use adplane_core::metrics::Window;
use adplane_core::metrics::completeness::Completeness;
use adplane_core::money::{Currency, Money};
use adplane_core::rules::{
    AccountGuard, AccountState, Case, CaseForecast, CaseObject, CaseSeries, Outcome, Rule, SpendGuard,
};
use adplane_core::time::Zone;
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use self::series::parts;
use super::read::FileReader;
use crate::check::{basis_points, nearest};
use crate::load::{LoadRequest, Sources, cases as files};
use crate::yaml::node::{Content, Entry, Node};
use crate::yaml::parse::parse;

/// Where a case is when it does not say: a Wednesday noon in Madrid.
const NOW: &str = "2026-06-10T10:00:00Z";
/// Days before today whose conversions still come in, when a case does not say.
const UNSETTLED: i64 = 2;

/// Runs of a case at most: a month of half hours.
const MOST_RUNS: u32 = 1_500;

/// What a rule must do with one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedObject {
    /// What becomes of it.
    pub outcome: String,
    /// What changes, as people read it; not looked at when absent.
    pub changes: Option<Vec<String>>,
    /// Why the condition is unknown; not looked at when absent.
    pub code: Option<String>,
}

/// One case with what it expects.
#[derive(Debug, Clone)]
pub struct RuleCase {
    /// What it shows, in the words of its file.
    pub name: String,
    /// Index of the rule among those given.
    pub rule: usize,
    /// The world.
    pub case: Case,
    /// By the name of the object; of all others nothing may change.
    pub expected: BTreeMap<String, ExpectedObject>,
    /// Where it was written.
    pub origin: Origin,
}

/// Cases of all files.
#[derive(Debug, Clone, Default)]
pub struct RuleCases {
    /// Cases in the order written, files by name.
    pub cases: Vec<RuleCase>,
    /// What is wrong with the files.
    pub diagnostics: Vec<Diagnostic>,
    /// Texts of the files, for carets.
    pub sources: Sources,
    /// Files that hold cases of rules, as shown to people.
    pub files: Vec<Arc<str>>,
}

/// Reads the cases of rules below the paths of a request.
pub fn load_rule_cases(request: &LoadRequest, rules: &[Rule]) -> RuleCases {
    let mut cases = RuleCases::default();
    for (shown, text) in files(request, &mut cases.diagnostics) {
        let mut found = Vec::new();
        let mut ours = false;
        parse(&shown, &text, 1, &mut cases.diagnostics, |node, diagnostics| {
            if node.get("rule").is_some() {
                ours = true;
                File { reader: FileReader::new(&shown, &[], diagnostics), rules, shown: &shown }
                    .read(node, &mut found);
            }
        });
        if ours {
            cases.cases.append(&mut found);
            cases.sources.insert(Arc::clone(&shown), text);
            cases.files.push(shown);
        }
    }
    cases
}

struct File<'r> {
    reader: FileReader<'r>,
    rules: &'r [Rule],
    shown: &'r Arc<str>,
}

/// The account of a case.
struct Whole {
    key: AccountKey,
    account: AccountState,
    series: Option<CaseSeries>,
    forecast: CaseForecast,
}

/// What is the same for all objects of a case.
struct Around {
    now: Timestamp,
    zone: Zone,
    currency: Currency,
    key: AccountKey,
    platform: Platform,
    kind: Kind,
}

impl File<'_> {
    fn read(&mut self, node: &Node<'_>, into: &mut Vec<RuleCase>) {
        if self.reader.mapping(node, &["rule", "account", "cases"]).is_none() {
            return;
        }
        let Some(rule) = self.rule(node) else { return };
        let shared = node.get("account").map(|entry| &entry.value);
        let Some(cases) = self.reader.required(node, "cases") else { return };
        let Content::Sequence(members) = &cases.content else {
            return self.reader.wrong(cases, "`cases` takes a list", "write each case behind `- `");
        };
        into.extend(members.iter().filter_map(|member| self.case(member, rule, shared)));
    }

    fn rule(&mut self, node: &Node<'_>) -> Option<usize> {
        let reference = self.reader.required(node, "rule")?;
        let text = reference.text().unwrap_or_default();
        let found =
            self.rules.iter().position(|rule| rule.key.name.as_str() == text || rule.key.to_string() == text);
        if found.is_none() {
            let names: Vec<&str> = self.rules.iter().map(|rule| rule.key.name.as_str()).collect();
            let hint = match nearest(text, names.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("there are: {}", names.join(", ")),
            };
            let message = format!("there is no rule `{text}`");
            self.reader.problem("dangling-reference", message, &hint, reference.place);
        }
        found
    }

    fn case(&mut self, node: &Node<'_>, index: usize, shared: Option<&Node<'_>>) -> Option<RuleCase> {
        let keys =
            ["name", "now", "runs", "settled", "completeness", "account", "signals", "objects", "expect"];
        self.reader.mapping(node, &keys)?;
        let rule = &self.rules[index];
        let name = self.reader.required(node, "name")?.text().unwrap_or_default().to_owned();
        let now = self.instant(node.get("now"))?;
        let given = [shared, node.get("account").map(|entry| &entry.value)];
        let Whole { key, account, series, forecast } = self.account(&given, rule, now)?;
        let spend_guard =
            SpendGuard { every: self.spend_guard(&given, account.currency)?, ..SpendGuard::default() };
        let today = now.to_zoned(account.zone.rules()).date();
        let unsettled = self.whole(node, "settled").unwrap_or(UNSETTLED);
        let around = Around {
            now,
            zone: account.zone.clone(),
            currency: account.currency,
            key: key.clone(),
            platform: account.platform,
            kind: rule.scope.kind,
        };
        let objects = self.objects(node, &around, rule)?;
        let expected = self.expected(node, &around, &objects)?;
        let case = Case {
            now,
            key,
            account,
            series,
            forecast,
            settled: today.checked_sub(unsettled.days()).ok()?,
            completeness: self.completeness(node)?,
            signals: self.signals(node, rule, now),
            spend_guard,
            runs: self.runs(node),
            objects,
        };
        Some(RuleCase { name, rule: index, case, expected, origin: node.place.in_file(self.shown) })
    }

    /// How complete conversions of a day are after one day, after two, and so on; all of them where nothing is said.
    fn completeness(&mut self, node: &Node<'_>) -> Option<Completeness> {
        let Some(entry) = node.get("completeness") else { return Some(Completeness::given(Vec::new())) };
        let share = |text: &str| text.parse().ok().filter(|share| *share > 0.0 && *share <= 1.0);
        let shares = match &entry.value.content {
            Content::Sequence(members) => {
                members.iter().map(|member| member.text().and_then(share)).collect::<Option<Vec<f64>>>()
            }
            _ => None,
        };
        if shares.is_none() {
            let message = "`completeness` takes the shares of a day that have come in, by its age";
            self.reader.wrong(&entry.value, message, "write `[0.5, 0.8, 0.95]`");
        }
        Some(Completeness::given(shares?))
    }

    fn instant(&mut self, entry: Option<&Entry<'_>>) -> Option<Timestamp> {
        let text = entry.and_then(|entry| entry.value.text()).unwrap_or(NOW);
        let found = text.parse::<Timestamp>().ok();
        if let (None, Some(entry)) = (found, entry) {
            let message = format!("`{text}` is not an instant");
            self.reader.problem(
                "invalid-date",
                message,
                "write `\"2026-06-10T10:00:00Z\"`",
                entry.value.place,
            );
        }
        found
    }

    fn whole(&mut self, node: &Node<'_>, key: &str) -> Option<i64> {
        let entry = node.get(key)?;
        let found = entry.value.text().and_then(|text| text.parse().ok());
        if found.is_none() {
            self.reader.wrong(&entry.value, &format!("`{key}` takes a whole number"), "write plain digits");
        }
        found
    }

    fn runs(&mut self, node: &Node<'_>) -> u32 {
        let most = |text: &str| text.parse().ok().filter(|runs| (1..=MOST_RUNS).contains(runs));
        self.read_as(node, "runs", &format!("a number from 1 to {MOST_RUNS}"), most).unwrap_or(1)
    }

    /// The value of a key; one that cannot be read is told, since the case would show something else without it.
    fn read_as<T>(
        &mut self,
        node: &Node<'_>,
        key: &str,
        what: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let entry = node.get(key)?;
        let text = entry.value.text().unwrap_or_default();
        let found = read(text);
        if found.is_none() {
            let message = format!("`{key}` takes {what}, and `{text}` is none");
            self.reader.wrong(&entry.value, &message, &format!("write {what}"));
        }
        found
    }

    /// What the account usually counts of yesterday and today.
    fn usual(&mut self, node: &Node<'_>, account: &mut AccountState) {
        let expected = [
            (Window::Yesterday, "expectedConversions", "expectedClicks"),
            (Window::Today, "expectedToday", "expectedClicksToday"),
        ];
        for (window, conversions, clicks) in expected {
            let conversions = self.read_as(node, conversions, "a number of conversions", parts);
            let clicks = self.read_as(node, clicks, "a number of clicks", |text| text.parse().ok());
            if let Some(conversions) = conversions {
                account.usual.entry(window).or_default().conversions = conversions;
            }
            if let Some(clicks) = clicks {
                account.usual.entry(window).or_default().clicks = clicks;
            }
        }
    }

    fn account(&mut self, given: &[Option<&Node<'_>>], rule: &Rule, now: Timestamp) -> Option<Whole> {
        let name = rule.scope.accounts.first().cloned().or_else(|| ObjectName::new("account").ok())?;
        let mut account = AccountState {
            platform: rule.scope.platforms.first().copied().unwrap_or(Platform::Meta),
            currency: Currency::EUR,
            unit: Currency::EUR.minor_unit_micros(),
            zone: Zone::parse("Europe/Madrid").ok()?,
            windows: BTreeMap::new(),
            killed: None,
            frozen: None,
            halted: None,
            baseline: Some(1_000_000_000_000),
            usual: BTreeMap::new(),
        };
        let (mut series, mut baseline, mut told) = (None, None, None);
        for node in given.iter().flatten() {
            const KEYS: [&str; 12] = [
                "platform",
                "currency",
                "timeZone",
                "baseline",
                "expectedConversions",
                "expectedToday",
                "expectedClicks",
                "expectedClicksToday",
                "series",
                "today",
                "spendGuard",
                "forecast",
            ];
            self.reader.mapping(node, &KEYS)?;
            let platform =
                |word: &str| Platform::ALL.into_iter().find(|one| word.eq_ignore_ascii_case(one.slug()));
            if let Some(found) = self.read_as(node, "platform", "Google, Meta or TikTok", platform) {
                account.platform = found;
            }
            let currency = "a currency such as EUR";
            if let Some(found) = self.read_as(node, "currency", currency, Currency::parse) {
                account.currency = found;
                account.unit = found.minor_unit_micros();
            }
            let zone = |name: &str| Zone::parse(name).ok();
            if let Some(found) = self.read_as(node, "timeZone", "a zone such as Europe/Madrid", zone) {
                account.zone = found;
            }
            if node.get("baseline").is_some() {
                baseline = Some(*node);
            }
            if node.get("forecast").is_some() {
                told = Some(*node);
            }
            self.usual(node, &mut account);
            if node.get("series").is_some() || node.get("today").is_some() {
                series = Some(self.series(node, now, &account.zone, account.currency)?);
            }
        }
        // Its currency may have been said later than an amount.
        let currency = account.currency;
        if let Some(node) = baseline {
            let amount = |text: &str| text.parse::<Money>().ok().filter(|money| money.currency() == currency);
            let found = self.read_as(node, "baseline", &format!("an amount in {currency}"), amount);
            account.baseline = found.map(Money::micros);
        }
        let forecast = match told {
            Some(node) => self.forecast(node, currency)?,
            None => CaseForecast::new(),
        };
        let key = AccountKey { namespace: rule.key.namespace.clone(), name };
        Some(Whole { key, account, series, forecast })
    }

    /// The spend guard of the account; the one that is written last counts.
    fn spend_guard(&mut self, given: &[Option<&Node<'_>>], currency: Currency) -> Option<AccountGuard> {
        let mut guard = AccountGuard::default();
        for node in given.iter().flatten().filter_map(|node| node.get("spendGuard")) {
            let node = &node.value;
            self.reader.mapping(node, &["maxDailyRise", "worstDay", "maxObjectsPerRun", "maxShareOfLive"])?;
            let amount = |text: &str| text.parse::<Money>().ok().filter(|money| money.currency() == currency);
            let share = |text: &str| {
                let share = text.parse::<Decimal>().ok()?;
                let is_one = share > Decimal::ZERO && share <= Decimal::ONE;
                (share * Decimal::from(10_000)).to_u32().filter(|_| is_one)
            };
            let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number > 0);
            let worst_day = self.read_as(node, "worstDay", &format!("an amount in {currency}"), amount);
            guard = AccountGuard {
                max_rise: self.read_as(node, "maxDailyRise", "a percentage such as 20%", basis_points),
                worst_day: worst_day.into_iter().collect(),
                per_run: self.read_as(node, "maxObjectsPerRun", "a number above 0", number),
                share_of_live: self.read_as(node, "maxShareOfLive", "a share such as 0.25", share),
            };
        }
        Some(guard)
    }

    fn expected(
        &mut self,
        node: &Node<'_>,
        around: &Around,
        objects: &BTreeMap<Address, CaseObject>,
    ) -> Option<BTreeMap<String, ExpectedObject>> {
        let expect = self.reader.required(node, "expect")?;
        let names: Vec<String> =
            objects.keys().filter(|address| address.kind == around.kind).map(Address::local_name).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let entries = self.reader.mapping(expect, &names)?;
        let mut expected = BTreeMap::new();
        for entry in entries {
            let (word, changes, code) = if let Some(word) = entry.value.text() {
                (word, None, None)
            } else {
                self.reader.mapping(&entry.value, &["outcome", "changes", "code"])?;
                let text = |key: &str| entry.value.get(key).and_then(|entry| entry.value.text());
                let list = entry.value.get("changes").map(|entry| texts(&entry.value));
                (text("outcome").unwrap_or("act"), list, text("code").map(ToOwned::to_owned))
            };
            if !Outcome::WORDS.contains(&word) {
                self.reader.word(word, "an outcome", &Outcome::WORDS, entry.value.place);
                return None;
            }
            expected
                .insert(entry.key.to_string(), ExpectedObject { outcome: word.to_owned(), changes, code });
        }
        Some(expected)
    }
}

/// The texts of a list, or the one text.
fn texts(node: &Node<'_>) -> Vec<String> {
    match &node.content {
        Content::Sequence(members) => members.iter().filter_map(Node::text).map(ToOwned::to_owned).collect(),
        _ => node.text().map(ToOwned::to_owned).into_iter().collect(),
    }
}
