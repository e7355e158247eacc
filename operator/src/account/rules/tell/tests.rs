use super::super::worlds::{NOW, Small, at, pauses, task};
use super::*;

fn memory(attempts: u32, failures: u32) -> Memory {
    let mut memory = Memory::default();
    memory.report(&task(&[pauses("sale")]).intent.rule, attempts, failures);
    memory
}

#[test]
fn a_suspension_is_told_once() {
    let (sound, suspended) = (memory(4, 2), memory(4, 3));
    let why = "3 of its 4 writes failed; when that is mended, a new value of the annotation `adplane.io/lift` lets it go on";
    let told = [("growth/share".to_owned(), why.to_owned())];
    assert_eq!(newly(None, &suspended), told);
    assert_eq!(newly(Some(&sound), &suspended), told);
    assert_eq!(newly(Some(&suspended), &memory(5, 4)), [], "it was told when it began");
    assert_eq!(newly(Some(&sound), &sound), [], "half of them is not more than half");
    assert_eq!(newly(Some(&memory(9, 9)), &sound), []);
}

/// A task at a stage that it came to now, or came to before.
fn staged(stage: Stage, anew: bool) -> Task {
    let why = Some("somebody must agree".to_owned());
    let mut task = Task { stage, why, ..task(&[pauses("sale")]) };
    if anew {
        (task.at, task.since) = (at(NOW), at(NOW));
    }
    task
}

#[test]
fn an_event_says_what_came_about_in_this_look() {
    let said = |task: &Task| event(task, at(NOW), &["spend = 9.00 EUR".to_owned()]);
    let proposed = said(&staged(Stage::Proposed, true)).unwrap();
    assert!(proposed.starts_with(
        "campaign/sale: pause it (spend = 9.00 EUR): proposes, somebody must agree: decide by "
    ));
    assert!(proposed.ends_with(AGREE), "{proposed}");
    let words = [
        (Stage::InForce, "is in force, and planned"),
        (Stage::Told, "tells"),
        (Stage::Lapsed, "is over: somebody must agree"),
        (Stage::Expired, "is over: somebody must agree"),
        (Stage::Lifted, "is over: somebody must agree"),
    ];
    for (stage, words) in words {
        let told = said(&staged(stage, true)).unwrap();
        assert!(told.ends_with(&format!(": {words}")), "{stage:?}: {told}");
        assert_eq!(said(&staged(stage, false)), None, "{stage:?}: it was told when it came about");
    }
    assert_eq!(said(&staged(Stage::Written, true)), None, "the plan tells what was written");
    assert_eq!(said(&staged(Stage::Decided, true)), None);
}

#[test]
fn whoever_is_asked_is_told_how_to_agree() {
    let small = Small::new();
    let (happening, subjects) =
        notice(&small.world, &staged(Stage::Proposed, true), false, vec!["spend = 9.00 EUR".to_owned()]);
    let Happening::RuleFired { rule, done, evidence, .. } = happening else { panic!("{happening:?}") };
    assert_eq!((rule.as_str(), done, subjects.len()), ("growth/share", false, 1));
    assert_eq!(evidence[..2], ["spend = 9.00 EUR", "asked, since somebody must agree"]);
    assert!(evidence[2].contains(AGREE), "{evidence:?}");
}
