//! Policies: what compiles, what expressions give, which rules are idle.

mod compile;
mod evaluate;
mod idle;

use compact_str::CompactString;

use super::*;
use crate::address::{Kind, Platform};
use crate::diagnostic::Diagnostic;
use crate::field::{FieldPath, Values};
use crate::ids::{AccountId, AdName, Namespace, ObjectName};
use crate::money::Currency;
use crate::plan::MoneyImpact;
use crate::time::{Time, Zone};
use crate::value::Value;

fn group<const N: usize>(entries: [(&str, Entry); N]) -> Group {
    entries.into_iter().map(|(name, entry)| (CompactString::new(name), entry)).collect()
}

fn field(of: Type) -> Entry {
    Entry::Field(of)
}

/// Enough of the API to write rules about.
fn catalogue() -> Catalogue {
    let budget =
        || Entry::Group(group([("daily", field(Type::Money(None))), ("total", field(Type::Money(None)))]));
    let state = || field(Type::words(["Active", "Paused"]));
    let campaign = group([
        ("displayName", field(Type::Text)),
        ("state", state()),
        ("budget", budget()),
        ("schedule", Entry::Group(group([("start", field(Type::Time)), ("end", field(Type::Time))]))),
        ("bidding", Entry::Group(group([("roas", field(Type::Decimal))]))),
        ("targeting", Entry::Group(group([("locations", field(Type::list(Type::Text)))]))),
    ]);
    let keyword = Type::record([
        ("text", Type::Text),
        ("match", Type::words(["Exact", "Phrase", "Broad"])),
        ("bid", Type::Money(None)),
    ]);
    let ad_group = group([("state", state()), ("budget", budget()), ("keywords", field(Type::map(keyword)))]);
    let creative = group([
        ("headlines", field(Type::list(Type::Text))),
        ("landingPage", field(Type::Text)),
        ("tracking", Entry::Group(group([("utm", field(Type::map(Type::Text)))]))),
        ("meta", Entry::Free(Box::new(field(Type::Anything)))),
    ]);
    let ad = group([("state", state()), ("creative", Entry::Group(creative))]);
    let compliance = group([("euPoliticalAds", field(Type::Bool))]);
    Catalogue {
        kinds: [(Kind::Campaign, campaign), (Kind::AdGroup, ad_group), (Kind::Ad, ad)].into(),
        account: group([("compliance", Entry::Group(compliance))]),
        bands: Vec::new(),
    }
}

fn rule(name: &str, severity: Severity, when: &str) -> RuleSource {
    RuleSource {
        name: name.into(),
        severity,
        when: SourceText::unplaced(when),
        message: SourceText::unplaced("it matched"),
        origin: None,
    }
}

fn source(scope: Scope, rules: Vec<RuleSource>) -> PolicySource {
    PolicySource {
        namespace: Namespace::new("growth").unwrap(),
        name: ObjectName::new("guard").unwrap(),
        scope,
        rules,
        origin: None,
    }
}

fn of_kinds(kinds: &[Kind]) -> Scope {
    Scope { kinds: kinds.iter().copied().collect(), ..Scope::default() }
}

fn compiled(scope: Scope, when: &str) -> (Policy, Vec<Diagnostic>) {
    compile(&source(scope, vec![rule("one", Severity::Deny, when)]), &catalogue())
}

fn values<const N: usize>(entries: [(&str, Value); N]) -> Values {
    entries.into_iter().map(|(path, value)| (FieldPath::new(path), value)).collect()
}

fn money(text: &str) -> Value {
    Value::Money(text.parse().unwrap())
}

fn time(text: &str) -> Value {
    Value::Time(text.parse::<Time>().unwrap())
}

/// An update of a campaign from 100.00 EUR to 200.00 EUR a day on a Meta account in Madrid.
fn case() -> Case {
    Case {
        kind: Kind::Campaign,
        name: ObjectName::new("spring").unwrap(),
        ad: AdName::new("hero").ok(),
        action: None,
        class: None,
        resets_learning: false,
        needs_review: false,
        before: Some(values([("budget.daily", money("100 EUR")), ("state", "Active".into())])),
        after: Some(values([("budget.daily", money("200 EUR"))])),
        labels: Labels::from([("team".into(), "growth".into())]),
        creative: None,
        campaign: Parent::default(),
        ad_group: Parent::default(),
        account: CaseAccount {
            namespace: Namespace::new("growth").unwrap(),
            name: ObjectName::new("meta-eu").unwrap(),
            id: AccountId::new("1").unwrap(),
            platform: Platform::Meta,
            currency: Currency::EUR,
            zone: Zone::parse("Europe/Madrid").unwrap(),
            fields: values([("compliance.euPoliticalAds", false.into())]),
        },
        now: "2026-11-21T23:30:00Z".parse().unwrap(),
        plan: CasePlan { project: Some("retail".into()), deletes: 3, ..CasePlan::default() },
    }
}

fn impact(before: &str, after: &str) -> MoneyImpact {
    let after: crate::money::Money = after.parse().unwrap();
    let mut impact = MoneyImpact::new(after.currency());
    impact.total.daily_before = before.parse().unwrap();
    impact.total.daily_after = after;
    impact.total.worst_day = after;
    impact
}
