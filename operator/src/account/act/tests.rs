use super::super::rules::worlds::{Small, moves, pauses, results, task, went_ahead};
use super::*;

/// What is decided where these are in force.
fn decision(of: &[&[serde_json::Value]]) -> Decision {
    let mut small = Small::new();
    for changes in of {
        small.put(&task(changes));
    }
    small.decide()
}

#[test]
fn only_what_raises_waits_for_what_failed_ahead_of_it() {
    let cut = moves("sale", "40.00 EUR", "30.00 EUR");
    let shared = decision(&[&[cut.clone(), moves("rain", "20.00 EUR", "30.00 EUR")]]);
    assert!(may_spend_more(&shared.document), "{:?}", shared.document.steps);
    assert!(!may_spend_more(&shared.ahead.as_ref().unwrap().document));
    let lowers = decision(&[&[cut], &[pauses("rain")]]);
    assert_eq!(lowers.document.steps.len(), 2);
    assert!(!may_spend_more(&lowers.document));
    let why = kept_back("plan-1");
    assert_eq!(why, "it may raise spend, and waits for plan-1, which goes ahead of it and was not applied");
}

/// An ad that runs again inside a campaign's budget is of class `edit`, and spends.
#[test]
fn whatever_is_enabled_may_spend_more() {
    let mut small = Small::new();
    let live = small.world.observed.accounts.values_mut().next().unwrap();
    for object in &mut live.objects {
        object.fields.insert("state".into(), adplane_core::value::Value::text("Paused"));
    }
    let mut document = small.decide().document;
    document.classes = vec![Class::Edit];
    assert!(may_spend_more(&document), "{:?}", document.steps);
}

#[test]
fn each_result_is_told_of_its_own_plan() {
    let cut = moves("sale", "40.00 EUR", "30.00 EUR");
    let decision = decision(&[&[cut, moves("rain", "20.00 EUR", "30.00 EUR")]]);
    let mut outcome = went_ahead(&[("sale", true)]);
    let hashes = |outcome: &Outcome| -> Vec<String> {
        outcome.executed(&decision).iter().map(|executed| executed.document.hash.clone()).collect()
    };
    let ahead = decision.ahead.as_ref().unwrap().document.hash.clone();
    assert_eq!(hashes(&outcome), std::slice::from_ref(&ahead));
    outcome.results = Some(results(&[("rain", true)]));
    assert_eq!(hashes(&outcome), [ahead, decision.document.hash.clone()]);
    assert!(hashes(&Outcome::default()).is_empty());
}
