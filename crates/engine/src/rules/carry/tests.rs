use crate::state::StateDir;

use super::*;

fn overlay(rule: Option<&str>, field: &str, value: &str, evidence: &str) -> Overlay {
    let overlay = serde_json::json!({
        "name": format!("{}-sale", rule.unwrap_or("mine")),
        "object": {"namespace": "growth", "kind": "Campaign", "name": "sale"},
        "field": field, "value": value, "rule": rule, "evidence": evidence,
        "expires": "2026-12-01T00:00:00Z",
    });
    serde_json::from_value(overlay).unwrap()
}

fn lift(rule: &str) -> Effect {
    let held = overlay(Some(rule), "state", "Paused", "1");
    Effect::Lift { rule: held.rule.clone().unwrap(), object: held.object, path: FieldPath::new(STATE) }
}

#[test]
fn the_newest_amount_counts_and_each_rule_holds_its_own_pause() {
    let cut = overlay(Some("cut"), "budget.daily", "30 EUR", "1");
    let scale = overlay(Some("scale"), "budget.daily", "40 EUR", "2");
    let (stop, other) =
        (overlay(Some("stop"), "state", "Paused", "3"), overlay(Some("other"), "state", "Paused", "4"));
    let mut person = overlay(None, "budget.daily", "20 EUR", "5");
    person.origin = Some(adplane_core::field::Origin { file: "a.yaml".into(), line: 1, column: 1 });
    let given = [cut, stop.clone(), person.clone()];
    let after =
        foreseen(&given, &[Effect::Put(scale.clone()), Effect::Put(other.clone())], Place::LocalState);
    assert_eq!(after, [stop.clone(), person.clone(), scale.clone(), other.clone()]);
    assert_eq!(
        foreseen(&after, &[lift("stop")], Place::LocalState),
        [person, scale, other],
        "nobody lifts another's hold"
    );
}

/// Whoever was cut off between two effects has decided: what is on disk counts for every plan.
#[test]
fn what_has_begun_is_told_from_what_has_not() {
    let cut = overlay(Some("cut"), "budget.daily", "30 EUR", "1");
    let other = overlay(Some("cut"), "budget.daily", "30 EUR", "2");
    let put = [Effect::Put(cut.clone())];
    assert!(!has_begun(&put, &[], Place::LocalState));
    assert!(!has_begun(&put, &[other], Place::LocalState), "an earlier decision for the same amount");
    assert!(has_begun(&put, &[cut], Place::LocalState));
    let held = overlay(Some("stop"), "state", "Paused", "1");
    assert!(!has_begun(&[lift("stop")], std::slice::from_ref(&held), Place::LocalState));
    assert!(has_begun(&[lift("stop")], &[], Place::LocalState));
    assert!(has_begun(&[lift("other")], &[held], Place::LocalState), "another's hold is not what is lifted");
}

#[test]
fn what_a_pool_of_the_same_name_put_stays() {
    let pools = |field, value| Overlay { pool: true, ..overlay(Some("rain"), field, value, "1") };
    let given = [pools("state", "Paused"), pools("budget.daily", "30 EUR")];
    assert_eq!(
        foreseen(&given, &[lift("rain")], Place::LocalState),
        given,
        "the release of a rule runs no used-up pool"
    );
    let (stop, cut) =
        (overlay(Some("rain"), "state", "Paused", "2"), overlay(Some("rain"), "budget.daily", "20 EUR", "3"));
    let effects = [Effect::Put(stop), Effect::Put(cut)];
    assert_eq!(foreseen(&given, &effects, Place::LocalState)[..2], given);
    let folder = tempfile::tempdir().unwrap();
    let overrides = StateDir::of_project(folder.path()).overrides();
    for one in &given {
        overrides.put(one).unwrap();
    }
    bring_about(&overrides, &effects).unwrap();
    bring_about(&overrides, &[lift("rain")]).unwrap();
    let kept = overrides.all().unwrap();
    assert!(given.iter().all(|one| kept.contains(one)), "{kept:?}");
    assert_eq!(kept.len(), 3, "the rule's own pause is lifted, its amount is not");
}

/// Cut off after any number of files, and made again: the same is in force, and what counts meanwhile spends no more than
/// the most of the two.
#[test]
fn effects_come_about_once_however_often_they_are_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let overrides = StateDir::of_project(folder.path()).overrides();
    let effects = [
        Effect::Put(overlay(Some("scale"), "budget.daily", "40 EUR", "2")),
        Effect::Put(overlay(Some("stop"), "state", "Paused", "3")),
        lift("old"),
    ];
    let before =
        [overlay(Some("cut"), "budget.daily", "30 EUR", "1"), overlay(Some("old"), "state", "Paused", "0")];
    let mut wanted = foreseen(&before, &effects, Place::LocalState);
    wanted.sort_by(|a, b| a.name.cmp(&b.name));
    for cut_off in 0..=effects.len() {
        for kept in overrides.all().unwrap() {
            overrides.remove(&kept).unwrap();
        }
        for one in &before {
            overrides.put(one).unwrap();
        }
        bring_about(&overrides, &effects[..cut_off]).unwrap();
        let meanwhile = overrides.all().unwrap();
        let amounts = meanwhile.iter().filter(|one| matches!(one.setting, Setting::DailyBudget(_)));
        assert_eq!(amounts.count(), 1, "one amount counts after {cut_off}");
        assert!(
            meanwhile.iter().any(|one| matches!(one.setting, Setting::State(_))),
            "nothing runs meanwhile that neither lets run: after {cut_off}"
        );
        for _ in 0..2 {
            bring_about(&overrides, &effects).unwrap();
            let mut found = overrides.all().unwrap();
            found.sort_by(|a, b| a.name.cmp(&b.name));
            assert_eq!(found, wanted, "cut off after {cut_off}");
        }
    }
}

#[test]
fn rules_whose_names_begin_alike_have_overlays_of_their_own() {
    let sale: Address = "meta/meta-eu/Campaign/growth/sale".parse().unwrap();
    let of = |rule: &str| named(&rule.parse().unwrap(), &sale, STATE).unwrap();
    let brand_eu = of("stop-loss-without-conversions-search-brand-eu");
    assert_eq!(brand_eu, of("stop-loss-without-conversions-search-brand-eu"));
    assert_ne!(brand_eu, of("stop-loss-without-conversions-search-brand-us"));
}

#[test]
fn what_was_to_count_until_midnight_is_not_put_in_force_after_it() {
    use adplane_core::rules::{Direction, Intent};
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let sale: Address = "meta/meta-eu/Campaign/growth/sale".parse().unwrap();
    let task = |until: Option<&str>| {
        let change = Change::Budget {
            from: "100 EUR".parse().unwrap(),
            to: "120 EUR".parse().unwrap(),
            cadence: Cadence::Daily,
            until: until.map(at),
        };
        let planned = Planned {
            object: sale.clone(),
            field: "budget.daily".into(),
            change,
            direction: Direction::Raise,
            daily: 20_000_000,
            claims: true,
        };
        Task {
            digest: "sha256:1".to_owned(),
            intent: Intent {
                rule: adplane_core::rules::RuleKey {
                    namespace: sale.namespace.clone(),
                    name: "surf".parse().unwrap(),
                },
                priority: 0,
                object: sale.clone(),
                weight: 0,
                evidence: "1".to_owned(),
                notes: Vec::new(),
                ask: None,
                changes: vec![planned],
            },
            revision: "1".to_owned(),
            account: "meta-eu".parse().unwrap(),
            at: at("2026-06-10T21:50:00Z"),
            until: at("2026-06-10T22:50:00Z"),
            stage: Stage::Decided,
            since: at("2026-06-10T21:50:00Z"),
            why: None,
            by: None,
            remembered: true,
            writes: Vec::new(),
        }
    };
    let midnight = "2026-06-10T22:00:00Z";
    assert_eq!(over(&task(Some(midnight)), at("2026-06-10T21:59:59Z")), None);
    assert_eq!(over(&task(Some(midnight)), at(midnight)), Some(at(midnight)));
    assert_eq!(over(&task(None), at(midnight)), None);
}
