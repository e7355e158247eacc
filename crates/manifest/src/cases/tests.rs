use std::path::PathBuf;

use adplane_core::address::{Kind, Platform};
use adplane_core::policy::{Policy, Severity, judge_case};
use adplane_core::value::Value;

use super::*;
use crate::lower::lower_policies;
use crate::{LoadRequest, load};

const POLICY: &str = "apiVersion: adplane.io/v1alpha1
kind: Policy
metadata: {name: guard, namespace: growth}
spec:
  match: {kinds: [AdGroup]}
  rules:
    - {name: cap, severity: Deny, when: \"after.budget.daily > money('500 EUR')\", message: too much}
    - {name: broad, severity: Warn, when: \"after.keywords.exists(k, after.keywords[k].match == 'Broad')\", message: wide}
";

fn read(text: &str) -> (Vec<Policy>, Cases) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("guard.yaml"), POLICY).unwrap();
    std::fs::write(folder.path().join("guard.cases.yaml"), text).unwrap();
    let request = LoadRequest {
        cwd: folder.path().to_owned(),
        paths: vec![PathBuf::from(".")],
        ..LoadRequest::default()
    };
    let lowered = lower_policies(&load(&request));
    assert_eq!(lowered.diagnostics, Vec::new());
    let policies = lowered.desired.policies;
    let cases = load_cases(&request, &policies);
    (policies, cases)
}

#[test]
fn a_case_is_a_change_of_typed_fields() {
    let (policies, cases) = read(
        "policy: guard
account: {platform: Google, currency: EUR}
cases:
  - name: all of it
    account: {timeZone: America/New_York, compliance: {euPoliticalAds: false}}
    labels: {team: growth}
    campaign: {name: spring, labels: {locale: es}, objective: Sales}
    change: {action: update, class: raise-large}
    before: {budget: {daily: 100.00 EUR}, schedule: {end: \"2026-03-31\"}}
    after:
      budget: {daily: 600.00 EUR}
      keywords: [{text: Running Shoes, match: Broad}]
      targeting: {locations: [ES], ages: {min: 25, max: 44}}
      schedule: {hours: [{days: [Mon], from: \"08:00\", to: \"20:00\"}]}
    plan: {project: shop, money: {EUR: {dailyBefore: 1.00 EUR, dailyAfter: 3.00 EUR}}, deletes: 2, classes: [edit, raise-large]}
    expect: {deny: cap, warn: [broad]}
  - {name: none of it, after: {budget: {daily: 500.00 EUR}}, expect: allow}
",
    );
    assert_eq!(cases.diagnostics, Vec::new());
    let [first, second] = cases.cases.as_slice() else { panic!("two cases") };
    let case = &first.case;
    assert_eq!(
        (case.kind, case.account.platform, case.account.zone.name()),
        (Kind::AdGroup, Platform::Google, "America/New_York")
    );
    let after = case.after.as_ref().unwrap();
    assert_eq!(after["budget.daily"], Value::Money("600 EUR".parse().unwrap()));
    assert!(after["keywords"].entry("running shoes|Broad").is_some());
    assert_eq!(
        after["targeting.ages"],
        Value::map([("min", Value::Integer(25)), ("max", Value::Integer(44))])
    );
    assert_eq!(after["schedule.hours"], Value::map([("Mon", Value::text_set(["08:00-20:00"]))]));
    let end = case.before.as_ref().unwrap()["schedule.end"].as_time().unwrap().clone();
    assert_eq!(end.to_string(), "2026-03-31T23:59:59-04:00[America/New_York]");
    let classes: Vec<_> = case.plan.classes.iter().map(ToString::to_string).collect();
    assert_eq!(classes, ["edit", "raise-large"]);
    assert_eq!(case.plan.money[0].delta().to_string(), "2.00 EUR");
    let rules = |severity| first.expected[&severity].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!((rules(Severity::Deny), rules(Severity::Warn)), (vec!["cap"], vec!["broad"]));
    assert_eq!(judge_case(&policies, &first.case).verdicts.len(), 2);
    assert!(second.expected.is_empty() && judge_case(&policies, &second.case).verdicts.is_empty());
}

#[test]
fn mistakes_in_cases_are_told_where_they_are() {
    let found = |text: &str| {
        let (_, cases) = read(text);
        let found = cases.diagnostics.iter().map(|found| {
            let place = found.origin.as_ref().map_or(0, |origin| origin.line);
            format!("{} {place} {}", found.code, found.hint.as_deref().unwrap_or_default())
        });
        found.collect::<Vec<_>>().join("; ")
    };
    assert_eq!(found("policy: gard\ncases: []\n"), "dangling-reference 1 did you mean `guard`?");
    assert_eq!(found("cases: []\n"), "missing-field 1 add `policy: `");
    let case = |body: &str| found(&format!("policy: guard\ncases:\n  - name: one\n{body}"));
    assert_eq!(case("    after: {}\n"), "missing-field 3 add `expect: `");
    assert_eq!(case("    expect: {deny: capp}\n"), "case-unknown-rule 4 did you mean `cap`?");
    assert_eq!(case("    expect: {warn: cap}\n"), "case-unknown-rule 4 move it to its severity");
    assert!(case("    expect: fine\n").starts_with("wrong-type 4 write `allow`"));
    assert_eq!(
        case("    after: {budget: {dialy: 5.00 EUR}}\n    expect: allow\n"),
        "unknown-field 4 did you mean `daily`?"
    );
    assert_eq!(
        case("    after: {budget: {daily: 5}}\n    expect: allow\n"),
        "wrong-type 4 write an amount such as `120.00 EUR`"
    );
    assert!(case("    plan: {classes: [rise]}\n    expect: allow\n").contains("there are edit, lower"));
    assert_eq!(case("    change: {action: updte}\n    expect: allow\n"), "not-in-list 4 write `update`");
}
