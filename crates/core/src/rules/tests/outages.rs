//! An account that counts clicks and no conversions: when it is noticed, what waits, and how long.

use super::*;
use crate::metrics::Slots;
use crate::rules::Usual;

const CPA: &str = "recent.spend > 3 * params.target && recent.conversions == 0";

/// An object with a week that ended yesterday, on an account where so much was expected and came, by window.
fn world(days: &[(Window, i64, i64)]) -> Snapshot {
    let mut world = snapshot([(group("one"), object())]);
    let account = world.accounts.get_mut(&account()).unwrap();
    for (window, expected, came) in days {
        account.windows.insert(*window, known(sums(500, 2000, *came)));
        let usual = Usual { clicks: 2000, conversions: expected * 1_000_000 };
        account.usual.insert(*window, usual);
    }
    over(&mut world, "2026-06-03", "2026-06-09");
    world
}

fn usually(world: &mut Snapshot, clicks: i64, conversions: i64) {
    let usual = Usual { clicks, conversions: conversions * 1_000_000 };
    world.accounts.get_mut(&account()).unwrap().usual.insert(Window::Yesterday, usual);
}

fn over(world: &mut Snapshot, first: &str, last: &str) {
    let week = world.objects.get_mut(&group("one")).unwrap().windows.get_mut(&week()).unwrap();
    week.ranges = [Slots::days(first.parse().unwrap(), last.parse().unwrap())].into();
}

fn code(run: &Run) -> &str {
    run.runs[0].objects[0].told.code.as_deref().unwrap_or("known")
}

fn notices(run: &Run) -> Vec<&str> {
    run.notices.iter().map(|notice| notice.code).collect()
}

fn next(rule: &Rule, world: &Snapshot, before: &Run, hours: i64) -> Run {
    run(std::slice::from_ref(rule), &later(world, hours), &before.memory)
}

#[test]
fn it_is_told_once_and_makes_costs_unknown() {
    let rule = compiled(&source("stop", CPA, pause()));
    let mut out = world(&[(Window::Yesterday, 40, 0)]);
    let first = once(std::slice::from_ref(&rule), &out);
    assert_eq!((code(&first), notices(&first)), ("tracking-outage", vec!["tracking-outage"]));
    assert!(next(&rule, &out, &first, 1).notices.is_empty());
    let spend = compiled(&source("spend", "recent.spend > params.target", pause()));
    assert_eq!(once(&[spend], &out).runs[0].objects[0].told.verdict, Verdict::True, "money still counts");
    usually(&mut out, 2000, 4);
    assert!(once(&[rule], &out).notices.is_empty(), "four may fail to come");
}

/// Day after day nothing is counted: people are told when it begins, and once in each week that it lasts.
#[test]
fn it_is_told_again_every_week() {
    let rule = compiled(&source("stop", CPA, pause()));
    let out = world(&[(Window::Yesterday, 40, 0), (Window::Today, 20, 0)]);
    let mut last = once(std::slice::from_ref(&rule), &out);
    assert_eq!(notices(&last), ["tracking-outage"]);
    let mut told = Vec::new();
    for hours in (6..=24 * 20).step_by(6) {
        last = next(&rule, &out, &last, hours);
        for notice in &last.notices {
            assert!(
                notice.code == "rule-unknown" || notice.message.contains(" days: rules about"),
                "{notice:?}"
            );
            if notice.code == "tracking-outage" {
                told.push(hours / 24);
            }
        }
    }
    // The ninth of June was the first day, and the first run was on the tenth.
    assert_eq!(told, [4, 11, 18]);
    assert!(last.memory.outages[&account().to_string()].len() > 20);
    // It ends and begins anew.
    let again = world(&[(Window::Yesterday, 40, 38), (Window::Today, 20, 19)]);
    let healed = next(&rule, &again, &last, 24 * 22);
    assert_eq!(notices(&healed), [""; 0]);
    let anew = next(&rule, &out, &healed, 24 * 30);
    assert!(anew.notices[0].message.contains("no conversions: rules"), "{:?}", anew.notices);
}

/// On real data, an account that wound down was taken for one that had lost its tracking.
#[test]
fn an_account_that_winds_down_is_not_out() {
    let rule = compiled(&source("stop", CPA, pause()));
    // It has 2,000 clicks, and so many conversions.
    for (came, clicks, conversions, is_out, why) in [
        (0, 2000, 40, true, "clicks as always"),
        (0, 4000, 40, true, "half of them are as always"),
        (0, 4001, 40, false, "fewer are not"),
        (4, 40_000, 400, false, "a twentieth of the clicks, and more than a tenth of what they bring"),
        (3, 3900, 40, false, "the clicks that came bring twenty, and three are no silence"),
        (0, 3900, 18, false, "the clicks that came bring nine, which may fail to come"),
        (0, 500, 10, true, "four times the clicks need not bring four times as much"),
        (0, 500, 8, false, "and do not make eight many"),
        (0, 0, 12, true, "nobody told how many clicks are usual"),
    ] {
        let mut world = world(&[(Window::Yesterday, 0, came)]);
        usually(&mut world, clicks, conversions);
        let told = once(std::slice::from_ref(&rule), &world);
        assert_eq!(!told.notices.is_empty(), is_out, "{why}");
    }
}

#[test]
fn today_is_judged_beside_yesterday() {
    let rule = compiled(&source("stop", CPA, pause()));
    let since_this_morning = world(&[(Window::Yesterday, 40, 38), (Window::Today, 20, 0)]);
    assert_eq!(code(&once(std::slice::from_ref(&rule), &since_this_morning)), "tracking-outage");
    let both = world(&[(Window::Yesterday, 40, 38), (Window::Today, 20, 19)]);
    assert_eq!(code(&once(&[rule], &both)), "known");
}

#[test]
fn a_day_that_was_not_counted_is_unknown_until_no_window_holds_it() {
    let rule = compiled(&source("stop", CPA, pause()));
    let out = world(&[(Window::Yesterday, 40, 38), (Window::Today, 20, 0)]);
    let first = once(std::slice::from_ref(&rule), &out);
    // Three days later everything is counted again, and the tenth lies in the week.
    let mut again = world(&[(Window::Yesterday, 40, 38), (Window::Today, 20, 19)]);
    over(&mut again, "2026-06-06", "2026-06-12");
    let after = next(&rule, &again, &first, 3 * 24);
    assert_eq!((code(&after), notices(&after)), ("tracking-outage", vec![]));
    over(&mut again, "2026-06-11", "2026-06-17");
    let past = next(&rule, &again, &after, 8 * 24);
    assert_eq!(code(&past), "known");
    assert_eq!(
        next(&rule, &again, &past, 80 * 24).memory.outages,
        BTreeMap::new(),
        "and in the end forgotten"
    );
}

#[test]
fn conversions_that_come_after_all_end_it() {
    let rule = compiled(&source("stop", CPA, pause()));
    let first = once(std::slice::from_ref(&rule), &world(&[(Window::Today, 20, 0)]));
    assert_eq!(code(&first), "tracking-outage");
    let healed = next(&rule, &world(&[(Window::Today, 20, 18)]), &first, 2);
    assert_eq!((code(&healed), &healed.memory.outages), ("known", &BTreeMap::new()));
}

#[test]
fn what_comes_later_than_the_next_day_ends_nothing() {
    let rule = compiled(&source("stop", CPA, pause()));
    let first = once(std::slice::from_ref(&rule), &world(&[(Window::Today, 20, 0)]));
    let counts = world(&[(Window::Yesterday, 40, 38), (Window::Today, 20, 18)]);
    let healed = next(&rule, &counts, &first, 24);
    assert_eq!(code(&healed), "known", "as yesterday it has its conversions");
    let mut late = world(&[(Window::Yesterday, 40, 38), (Window::Today, 20, 18)]);
    over(&mut late, "2026-06-05", "2026-06-11");
    assert_eq!(code(&next(&rule, &late, &first, 48)), "tracking-outage", "two days later nobody asks");
}
