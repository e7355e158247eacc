//! What is refused, with its code, its place in the expression and its hint.

use super::*;

/// Compiles a condition about campaigns; `code at column: message / hint`, or nothing.
#[track_caller]
fn refused(when: &str, code: &str, at: &str, says: &str) {
    refused_in(of_kinds(&[Kind::Campaign]), when, code, at, says);
}

#[track_caller]
fn refused_in(scope: Scope, when: &str, code: &str, at: &str, says: &str) {
    let mut rule = rule("one", Severity::Deny, when);
    let marks = (1..=u32::try_from(when.chars().count()).unwrap()).map(|column| (7, column)).collect();
    rule.when.placed = Some(Placed { file: "policy.yaml".into(), marks });
    let (policy, found) = compile(&source(scope, vec![rule]), &catalogue());
    assert!(policy.rules.is_empty(), "`{when}` compiled");
    let [found] = found.as_slice() else { panic!("`{when}`: {found:?}") };
    let origin = found.origin.as_ref().unwrap();
    let pointed: String = when.chars().skip(origin.column as usize - 1).take(found.length as usize).collect();
    let text = format!("{} / {}", found.message, found.hint.as_deref().unwrap_or_default());
    assert_eq!((found.code.as_ref(), pointed.as_str()), (code, at), "`{when}`: {text}");
    assert!(text.contains(says), "`{when}` says `{text}`");
    assert_eq!((&*origin.file, origin.line), ("policy.yaml", 7));
}

#[track_caller]
fn accepted(scope: Scope, when: &str) {
    let (_, found) = compiled(scope, when);
    assert_eq!(found, Vec::new(), "`{when}`");
}

#[test]
fn what_does_not_parse_is_refused_where_it_stops() {
    refused("after.budget.daily >", "policy-syntax", ">", "ends too early");
    refused("after.budget.daily > 'x", "policy-syntax", "'", "not understood");
    refused("after.state == null", "policy-syntax", "null", "has(");
    refused("a{b: 1}", "policy-syntax", "{", "messages are not part");
}

#[test]
fn names_are_checked_with_the_nearest_one() {
    refused("afer.state == 'Active'", "policy-unknown-field", "afer", "did you mean `after`?");
    refused("after.budget.dialy > money('5 EUR')", "policy-unknown-field", "dialy", "did you mean `daily`?");
    refused("after.keywords.size() > 3", "policy-unknown-field", "keywords", "of `after`: Campaign");
    refused("change.acton == 'create'", "policy-unknown-field", "acton", "did you mean `action`?");
    refused("after.state.size == 3", "policy-unknown-field", "size", "not a member");
    refused(
        "after.displayName.startWith('x')",
        "policy-unknown-function",
        "startWith",
        "did you mean `startsWith`?",
    );
    refused("monney('5 EUR') > money('5 EUR')", "policy-unknown-function", "monney", "did you mean `money`?");
    refused("after.state == 'active'", "policy-unknown-word", "'active'", "did you mean `'Active'`?");
    refused(
        "change.action in ['create', 'remove']",
        "policy-unknown-word",
        "'remove'",
        "it is never `remove`",
    );
    accepted(of_kinds(&[Kind::AdGroup]), "after.keywords.size() > 3");
    accepted(of_kinds(&[]), "after.keywords.size() > 3 && after.displayName != ''");
}

#[test]
fn bands_are_the_approval_policy_s() {
    refused("change.band == 'small'", "policy-unknown-word", "'small'", "name money bands");
    accepted(of_kinds(&[Kind::Campaign]), "'raise' in plan.classes");
    let banded = Catalogue { bands: vec!["small".into(), "large".into()], ..catalogue() };
    let found = |when: &str| {
        let source = source(of_kinds(&[Kind::Campaign]), vec![rule("one", Severity::Deny, when)]);
        let (_, found) = compile(&source, &banded);
        found.iter().map(|found| found.hint.clone().unwrap_or_default()).collect::<Vec<_>>()
    };
    for when in ["change.band == 'small'", "change.class == 'raise'", "'raise-large' in plan.classes"] {
        assert_eq!(found(when), Vec::<String>::new(), "{when}");
    }
    assert_eq!(found("change.band == 'smal'"), ["did you mean `'small'`?"]);
    assert_eq!(found("'raise-larg' in plan.classes"), ["did you mean `'raise-large'`?"]);
    assert_eq!(found("'raise' in plan.classes").len(), 1, "of a plan every raise has its band");
}

#[test]
fn types_are_checked_at_the_operator() {
    refused("after.budget.daily > 500", "policy-type", ">", "write amounts as `money('500 EUR')`");
    refused("after.budget.daily > '500 EUR'", "policy-type", ">", "an amount of money and a text");
    refused("after.displayName && true", "policy-type", "displayName", "true or false is needed here");
    refused("after.budget == after.budget", "policy-type", "budget", "is a group of fields");
    refused("after.budget.daily", "policy-type", "daily", "a condition is true or false");
    refused("after.state > now", "policy-type", ">", "a word and a time");
    refused("after.targeting.locations.exists(l, l > 3)", "policy-type", ">", "a text and a whole number");
    refused("money('5 EUR') * money('5 EUR') > money('5 EUR')", "policy-type", "*", "does not take");
    refused("after.state in 'Active'", "policy-type", "in", "does not take");
    refused("has(after)", "policy-syntax", "after", "`has` asks for a field");
    refused("plan.labelled('team', labels.team) == 3", "policy-type", "labelled", ".money.delta");
    refused("[1, 'a'].exists(x, true)", "policy-type", "'a'", "members of a list have one type");
}

#[test]
fn literals_are_checked() {
    refused("after.budget.daily > money('500')", "policy-literal", "'500'", "has no currency");
    refused(
        "after.budget.daily > money('5.001 EUR')",
        "policy-literal",
        "'5.001 EUR'",
        "finer than EUR allows",
    );
    refused("after.budget.daily > money({'EURO': '5'})", "policy-literal", "'EURO'", "not a currency");
    refused("after.displayName.matches('(')", "policy-literal", "'('", "not a regular expression");
    refused("now > timestamp('tomorrow')", "policy-literal", "'tomorrow'", "not a time with its offset");
    refused("now - now > duration('5 weeks')", "policy-literal", "'5 weeks'", "write `90m`, `24h` or `7d`");
    refused("plan.money['euro'].delta > money('5 EUR')", "policy-literal", "'euro'", "not a currency");
}

#[test]
fn currencies_that_differ_are_refused() {
    let in_euros = Scope { currency: Some(Currency::EUR), ..of_kinds(&[Kind::Campaign]) };
    refused(
        "money('5 EUR') > money('5 USD')",
        "policy-currency",
        ">",
        "one amount is in EUR, the other in USD",
    );
    refused("plan.money['EUR'].delta > money('5 USD')", "policy-currency", ">", "nothing is converted");
    refused_in(in_euros.clone(), "after.budget.daily > money('5 USD')", "policy-currency", ">", "in EUR");
    refused_in(
        in_euros.clone(),
        "after.budget.daily + money('1 USD') > before.budget.daily",
        "policy-currency",
        "+",
        "in EUR",
    );
    accepted(in_euros, "after.budget.daily > money('5 EUR') + before.budget.daily * 1.5");
    accepted(of_kinds(&[]), "after.budget.daily > money({'EUR': '500', 'USD': '550'})");
}

#[test]
fn what_costs_too_much_is_refused() {
    let locations = "after.targeting.locations";
    let deep =
        format!("{locations}.exists(a, {locations}.exists(b, {locations}.exists(c, a == b && b == c)))");
    refused(&deep, "policy-too-costly", "c", "at most 2 are allowed");
    accepted(of_kinds(&[]), &format!("{locations}.exists(a, {locations}.exists(b, a == b))"));
    let long = format!("after.displayName == '{}'", "x".repeat(MAX_LENGTH));
    refused(&long, "policy-too-costly", "a", "at most 2000 are allowed");
    let many = vec!["1"; MAX_NODES + 1].join(",");
    refused(&format!("1 in [{many}]"), "policy-too-costly", "in", "at most 400 are allowed");
    refused(
        "after.displayName.matches('(a{1000}){1000}')",
        "policy-too-costly",
        "'(a{1000}){1000}'",
        "too large",
    );
    let nested =
        |open: &str, close: &str, count: usize| format!("{}true{}", open.repeat(count), close.repeat(count));
    refused(&nested("(", ")", MAX_DEPTH + 1), "policy-too-costly", "(", "nested more than 24 deep");
    refused(
        &nested("true ? ", " : true", MAX_DEPTH + 1),
        "policy-too-costly",
        "?",
        "nested more than 24 deep",
    );
    accepted(of_kinds(&[]), &nested("(true ? ", " : true)", MAX_DEPTH / 2));
}

#[test]
fn messages_are_checked_like_conditions() {
    let check = |text: &str| {
        let mut rule = rule("one", Severity::Deny, "true");
        rule.message = SourceText::unplaced(text);
        let (policy, found) = compile(&source(of_kinds(&[Kind::Campaign]), vec![rule]), &catalogue());
        found.first().map_or_else(
            || format!("{} rule", policy.rules.len()),
            |found| format!("{} {}", found.code, found.field.as_ref().unwrap()),
        )
    };
    assert_eq!(check("daily {after.budget.daily}, {{as written}}"), "1 rule");
    assert_eq!(check("daily {after.budget.dialy}"), "policy-unknown-field rules[0].message");
    assert_eq!(check("daily {after.budget.daily"), "policy-message rules[0].message");
    assert_eq!(check("daily } is"), "policy-message rules[0].message");
    assert_eq!(check("{money({'EUR': '5', 'USD': '6'}) > money('4 EUR') ? '}' : '{'}"), "1 rule");
}
