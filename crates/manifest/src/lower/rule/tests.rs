use crate::lower::tests::{ACCOUNT, Case};

fn case(spec: &str) -> Case {
    let text = format!(
        "apiVersion: adplane.io/v1alpha1\nkind: AutomationRule\nmetadata: {{name: one, namespace: growth}}\nspec:\n{spec}"
    );
    Case::new(&[("account.yaml", ACCOUNT), ("rule.yaml", &text)])
}

const SCOPE: &str = "  scope: {kind: AdGroup}\n";
const PAUSE: &str = "  action: {type: pause}\n";

#[track_caller]
fn check(spec: &str, expected: &[&str]) {
    assert_eq!(case(spec).found(), expected, "{spec}");
}

#[test]
fn the_shape_of_the_docs_is_read() {
    let case = case(
        "  mode: propose
  priority: 100
  scope:    {kind: AdGroup, platforms: [Meta, TikTok], selector: {matchLabels: {goal: purchase}}}
  schedule: {every: 30m, activeHours: \"06:00-22:00\", timeZone: account}
  windows:  {recent: {days: 7, end: settled}, before: {days: 7, end: settled, offset: 7}}
  params:   {target: \"25 EUR\"}
  require:  {age: 3d, freshness: 6h, minSpend: \"75 EUR\"}
  when:     probCpaAbove(recent, params.target) >= 0.9 && recent.cpa > 1.2 * before.cpa
  sustain:  {trueFor: 2}
  action:   {type: adjustBudget, by: \"-20%\", min: \"20 EUR\"}
  limits:   {cooldown: 24h, perRun: 5, perDay: 10, maxShareOfScope: 0.25}
  approval: {when: \"delta.dailySpend > money('100 EUR')\", timeout: 12h, onTimeout: expire}
",
    );
    assert_eq!(case.found(), Vec::<String>::new());
    let [rule] = case.lowered.rules.as_slice() else { panic!("one rule") };
    assert_eq!((rule.key.to_string().as_str(), rule.priority, rule.true_for), ("growth/one", 100, 2));
    assert_eq!(rule.windows.len(), 2);
    assert_eq!((rule.limits.per_run, rule.limits.share), (Some(5), Some(2_500)));
    assert_eq!(case.lowered.diagnostics, []);
}

#[test]
fn problems_point_into_the_expression() {
    let when = |when: &str| format!("{SCOPE}  params: {{target: \"25 EUR\"}}\n  when: {when}\n{PAUSE}");
    check(&when("last_7d.cpa > params.targt"), &["targt rule-unknown-field"]);
    check(
        &when("\"last_7d.clicks > 5 && last_7d.spend / last_7d.clicks > params.target\""),
        &["/ rule-raw-division"],
    );
    check(&when("last_7d.cpa > money('25 USD')"), &["> rule-currency"]);
    check(&when("last_7d.clicks > 5 && last_7d.cpa"), &["last_7d.cpa rule-type"]);
    check(&when("last_7d.cpa >"), &["> rule-syntax"]);
}

#[test]
fn what_cannot_be_meant_is_an_error_at_its_place() {
    let with = |rest: &str| format!("{SCOPE}  when: last_7d.clicks > 5\n{rest}");
    check(&with("  action: {type: adjustBudget}\n"), &["adjustBudget rule-action"]);
    check(&with("  action: {type: pause, by: \"-20%\"}\n"), &["\"-20%\" rule-action"]);
    check(&with("  action: {type: adjustBudget, by: much}\n"), &["much rule-action"]);
    check(&with("  action: {type: resume}\n"), &["resume rule-action"]);
    check(
        &with("  action: {type: adjustBudget, by: \"-20%\", min: 5 EUR, max: 4 EUR}\n"),
        &["4 EUR rule-action"],
    );
    check(
        &with("  action: {type: adjustBudget, by: \"+20%\"}\n  approval: {onTimeout: apply}\n"),
        &["apply rule-timeout"],
    );
    // A pause that ends lets spend rise again.
    check(
        &with("  action: {type: pause, holdFor: 12h}\n  approval: {onTimeout: apply}\n"),
        &["apply rule-timeout"],
    );
    check(
        &with("  action: {type: pause}\n  release: last_7d.clicks < 5\n  approval: {onTimeout: apply}\n"),
        &["apply rule-timeout"],
    );
    check(&with("  action: {type: pause}\n  approval: {onTimeout: apply}\n"), &[]);
    check(
        &with("  action: {type: adjustBudget, by: \"-20%\"}\n  release: last_7d.clicks < 5\n"),
        &["last_7d.clicks < 5 rule-action"],
    );
    check(&with("  windows: {today: {days: 7}}\n  action: {type: pause}\n"), &["7 rule-name"]);
    check(&with("  windows: {w: {hours: 6, offset: 1}}\n  action: {type: pause}\n"), &["6 rule-window"]);
    check(
        &with("  schedule: {activeHours: \"22:00-22:00\"}\n  action: {type: pause}\n"),
        &["\"22:00-22:00\" invalid-hours"],
    );
    check(
        "  scope: {kind: AdGroup, accounts: [meta-uk]}\n  when: last_7d.clicks > 5\n  action: {type: pause}\n",
        &["meta-uk dangling-reference"],
    );
}

#[test]
fn amounts_are_in_the_currency_of_every_account_in_scope() {
    let with = |rest: &str| format!("{SCOPE}  when: last_7d.clicks > 5\n{rest}");
    let cut = |more: &str| with(&format!("  action: {{type: adjustBudget, by: \"-20%\", {more}}}\n"));
    check(&cut("min: 5 USD"), &["5 USD rule-currency"]);
    check(&cut("max: 500 USD"), &["500 USD rule-currency"]);
    check(&cut("min: 5 EUR"), &[]);
    check(&with("  action: {type: setBudget, to: 5 USD}\n"), &["5 USD rule-currency"]);
    check(&with("  action: {type: adjustBudget, by: \"-5 USD\"}\n"), &["\"-5 USD\" rule-currency"]);
    check(&with("  action: {type: rebalance, by: \"-20%\", max: 90 USD}\n"), &["90 USD rule-currency"]);
    check(&with("  action: {type: setTarget, to: 9 USD}\n"), &["9 USD rule-currency"]);
    check(&with("  require: {minSpend: 9 USD}\n  action: {type: pause}\n"), &["9 USD rule-currency"]);
}

#[test]
fn actions_change_what_objects_have() {
    let with =
        |kind: &str, rest: &str| format!("  scope: {{kind: {kind}}}\n  when: self.state == 'Active'\n{rest}");
    let rotate = "  action: {type: rotateCreative, creatives: [hero, rain]}\n";
    let bid = "  action: {type: adjustBid, by: \"-20%\"}\n";
    check(&with("Campaign", rotate), &["rotateCreative rule-no-field"]);
    check(&with("Ad", rotate), &[]);
    check(&with("Ad", bid), &["adjustBid rule-no-field"]);
    check(&with("Campaign", bid), &["adjustBid rule-no-field"]);
    check(&with("AdGroup", bid), &[]);
    check(&with("Ad", "  action: {type: label, labels: {a: b}}\n"), &["label rule-no-field"]);
    check(&with("Ad", "  action: {type: adjustBudget, by: \"-20%\"}\n"), &["adjustBudget rule-no-field"]);
    check(&with("Campaign", "  action: {type: setTarget, to: \"3\"}\n"), &["setTarget rule-no-field"]);
    let found = case(&with("Ad", bid));
    let told = found.lowered.diagnostics.iter().find(|one| one.code == "rule-no-field").unwrap();
    let origin = told.origin.as_ref().unwrap();
    assert_eq!((&*origin.file, origin.line, origin.column), ("rule.yaml", 7, 18));
    assert_eq!(told.hint.as_deref(), Some("kinds that can: `Campaign` on Google, `AdGroup` on Google, Meta"));
}

#[test]
fn ticks_divide_a_day_or_are_days() {
    let every = |every: &str| {
        format!(
            "{SCOPE}  schedule: {{every: {every}}}\n  when: last_7d.clicks > 5\n  action: {{type: pause}}\n"
        )
    };
    check(&every("36h"), &["36h rule-schedule"]);
    check(&every("25h"), &["25h rule-schedule"]);
    for whole in ["25m", "12h", "24h", "2d", "48h"] {
        check(&every(whole), &[]);
    }
}

#[test]
fn several_actions_are_read_together() {
    let case = case(&format!(
        "{SCOPE}  when: last_7d.clicks > 5\n  actions:\n    - {{type: adjustBudget, by: \"-20%\"}}\n    \
         - {{type: notify, message: \"{{self.name}}\"}}\n"
    ));
    assert_eq!(case.found(), Vec::<String>::new());
    assert_eq!(case.lowered.rules[0].actions.len(), 2);
}

#[test]
fn windows_reach_no_further_back_than_hours_are_kept() {
    let found = |when: &str, project: &str| {
        let text = format!(
            "apiVersion: adplane.io/v1alpha1\nkind: AutomationRule\nmetadata: {{name: one, namespace: growth}}\nspec:\n\
             {SCOPE}  when: {when}\n{PAUSE}"
        );
        Case::new(&[("adplane.yaml", project), ("account.yaml", ACCOUNT), ("rule.yaml", &text)]).found()
    };
    let shop = "project: shop\n";
    assert_eq!(found("same_weekday_5.clicks > 5 && last_168h.clicks > 5", shop), [""; 0]);
    let [told] = found("same_weekday_6.clicks > 5", shop).try_into().unwrap();
    assert!(told.ends_with(" window-not-kept"), "{told}");
    let longer = "project: shop\nmetrics: {retention: {hours: 42}}\n";
    assert_eq!(found("same_weekday_6.clicks > 5", longer), [""; 0]);
}

#[test]
fn time_that_cannot_be_meant_is_an_error_at_its_place() {
    let with = |rest: &str| format!("{SCOPE}  when: last_7d.cpa > money('5 EUR')\n{rest}");
    let days = |days: &str| with(&format!("  calendars: {{holidays: {{days: [{days}]}}}}\n{PAUSE}"));
    check(&days("\"2026-12-25\", \"2026-12-24/2027-01-06\""), &[]);
    check(&days("\"2026-12-25\", \"2026-02-30\""), &["\"2026-02-30\" invalid-date"]);
    check(&days("\"2026-12-25/2026-12-24\""), &["\"2026-12-25/2026-12-24\" invalid-date"]);
    check(&days("\"2026-01-01/2029-01-01\""), &["\"2026-01-01/2029-01-01\" invalid-date"]);
    let until =
        |by: &str| with(&format!("  action: {{type: adjustBudget, by: \"{by}\", until: midnight}}\n"));
    check(&until("+20%"), &[]);
    check(&until("-20%"), &["midnight rule-action"]);
    check(&with("  action: {type: pause, until: midnight}\n"), &["midnight rule-action"]);
    let jitter = |jitter: &str| with(&format!("  schedule: {{every: 30m, jitter: {jitter}}}\n{PAUSE}"));
    check(&jitter("5m"), &[]);
    check(&jitter("30m"), &["30m rule-schedule"]);
}

#[test]
fn what_holds_a_rule_steady_fits_what_it_does() {
    let with = |rest: &str| format!("{SCOPE}  when: last_7d.cpa > money('5 EUR')\n{rest}");
    let cut = "  action: {type: adjustBudget, by: \"-20%\"}\n";
    check(&with(&format!("  deadBand: \"10%\"\n{PAUSE}")), &[]);
    check(&with(&format!("  deadBand: \"0%\"\n{PAUSE}")), &["\"0%\" out-of-range"]);
    check(&with(&format!("  deadBand: \"10%\"\n{cut}")), &["\"10%\" rule-action"]);
    let both = "  deadBand: \"10%\"\n  release: last_7d.cpa < money('4 EUR')\n";
    check(&with(&format!("{both}{PAUSE}")), &["\"10%\" rule-action"]);
    check(&with(&format!("  stabilize: {{raises: 6h, cuts: 1h}}\n{cut}")), &[]);
    assert_eq!(case(&with(&format!("  stabilize: {{raises: 6h}}\n{PAUSE}"))).found().len(), 1);
    check(&format!("{SCOPE}  deadBand: \"10%\"\n  when: self.running\n{PAUSE}"), &["self.running rule-type"]);
    let promoted = case(&with(&format!("  mode: act\n  promote: {{shadowDays: 14}}\n{cut}")));
    let rule = &promoted.lowered.rules[0];
    assert_eq!(rule.promote.map(|promote| promote.shadow_days), Some(14));
    let shadow = case(&with(&format!("  promote: {{shadowDays: 3}}\n{cut}")));
    assert_eq!(
        shadow.lowered.rules[0].revision, rule.shadow_revision,
        "the gate and the mode are no part of it"
    );
}
