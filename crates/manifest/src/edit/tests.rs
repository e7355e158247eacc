use adplane_core::money::Money;

use super::*;

fn origin(text: &str, marked: &str) -> Origin {
    let at = text.find(marked).unwrap();
    let before = &text[..at];
    Origin {
        file: "a.yaml".into(),
        line: u32::try_from(before.matches('\n').count() + 1).unwrap(),
        column: u32::try_from(before.rsplit('\n').next().unwrap().chars().count() + 1).unwrap(),
    }
}

/// Writes a value at the place where `marked` begins.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "tests write the value where they call")]
fn write(text: &str, marked: &str, path: &str, value: Value) -> Result<String, String> {
    let zone = Zone::parse("Europe/Madrid").unwrap();
    let kind = if path.starts_with("keywords") { Kind::AdGroup } else { Kind::Campaign };
    write_value(text, &origin(text, marked), kind, path, &value, &zone).map_err(|refused| refused.because)
}

fn money(text: &str) -> Value {
    Value::Money(text.parse::<Money>().unwrap())
}

#[test]
fn only_the_scalar_changes() {
    for (before, after) in [
        ("budget: {daily: 20.00 EUR} # é why\nx: 1\n", "budget: {daily: 30.00 EUR} # é why\nx: 1\n"),
        (
            "é: é\nbudget:\n  # why\n  daily: '20.00 EUR'   # so\n",
            "é: é\nbudget:\n  # why\n  daily: '30.00 EUR'   # so\n",
        ),
        ("budget: {daily: \"20.00 EUR\"}\r\n", "budget: {daily: \"30.00 EUR\"}\r\n"),
        ("---\na: 1\n---\nbudget: {daily: &b 20.00 EUR}", "---\na: 1\n---\nbudget: {daily: &b 30.00 EUR}"),
    ] {
        let marked = before.split("daily: ").nth(1).unwrap().trim_start_matches("&b ");
        let marked: String = marked.chars().take(9).collect();
        assert_eq!(write(before, &marked, "budget.daily", money("30.00 EUR")).unwrap(), after);
    }
    let written = write("displayName: Spring\n", "Spring", "displayName", Value::text("Spring: #2")).unwrap();
    assert_eq!(written, "displayName: \"Spring: #2\"\n", "quoted where YAML would read something else");
}

#[test]
fn members_of_sets_come_and_go_where_they_stand() {
    let locations = |codes: &[&str]| Value::text_set(codes);
    for (before, codes, after) in [
        ("l: [ES, PT, FR] # three\n", &["ES", "FR"][..], "l: [ES, FR] # three\n"),
        ("l: [ES, PT]\n", &["ES"], "l: [ES]\n"),
        ("l: [PT, ES]\n", &["ES", "FR", "NO", "PT"], "l: [PT, ES, FR, \"NO\"]\n"),
        ("l: []\n", &["ES"], "l: [ES]\n"),
        ("l: [\n  ES, # home\n  PT,\n  FR\n]\n", &["ES", "PT"], "l: [\n  ES, # home\n  PT\n]\n"),
    ] {
        let written = write(before, "[", "targeting.locations", locations(codes)).unwrap();
        assert_eq!(written, after);
    }
    let block = "l:\n  # home\n  - ES\n  - PT   # next door\n  # far\n  - JP\nm: 1\n";
    let written = write(block, "- ES", "targeting.locations", locations(&["ES", "FR", "JP"])).unwrap();
    assert_eq!(written, "l:\n  # home\n  - ES\n  # far\n  - JP\n  - FR\nm: 1\n");
}

#[test]
fn members_that_are_mappings_are_compared_by_what_they_say() {
    let keyword = |text: &str, kind: &str| {
        (format!("{text}|{kind}"), Value::map([("text", Value::text(text)), ("match", Value::text(kind))]))
    };
    let text =
        "keywords:\n  - {match: Phrase, text: running shoes}\n  - {text: boots, match: Exact}  # ours\n";
    let live = Value::map([keyword("boots", "Exact"), keyword("sandals", "Broad")]);
    let written = write(text, "- {match", "keywords", live).unwrap();
    assert_eq!(
        written,
        "keywords:\n  - {text: boots, match: Exact}  # ours\n  - {match: Broad, text: sandals}\n"
    );
}

#[test]
fn what_would_lose_something_is_refused() {
    let gone = write("l: [ES, # home\n  PT]\n", "[", "targeting.locations", Value::text_set(["PT"]));
    assert_eq!(gone.unwrap_err(), "a comment would be lost with it");
    let emptied = write("l:\n  - ES\n", "- ES", "targeting.locations", Value::text_set::<&str>([]));
    assert!(emptied.unwrap_err().starts_with("nothing is left of the list"));
    let block = "displayName: |\n  Spring\n";
    let refused =
        ["|", "Spring"].map(|at| write(block, at, "displayName", Value::text("Autumn")).unwrap_err());
    assert!(refused.iter().any(|because| because.contains("by hand")), "{refused:?}");
    let moved = write("a: 1\n", "1", "nothing.here", Value::text("x"));
    assert!(moved.unwrap_err().contains("no place in the YAML"));
}

#[test]
fn what_is_not_written_yet_is_added_where_it_belongs() {
    let zone = Zone::parse("Europe/Madrid").unwrap();
    let put = |text: &str, marked: &str, kind: Kind, path: &str, value: Value| {
        write_field(text, &origin(text, marked), kind, path, &value, &zone).map_err(|refused| refused.because)
    };
    let flow = "a: 1\n---\nmetadata: {name: shoes}\nspec: {account: meta} # so\n";
    assert_eq!(
        put(flow, "shoes", Kind::Campaign, "state", Value::text("Paused")).unwrap(),
        "a: 1\n---\nmetadata: {name: shoes}\nspec: {account: meta, state: Paused} # so\n"
    );
    let block = "metadata:\n  name: shoes\nspec:\n  account: meta # so\n---\nb: 1\n";
    assert_eq!(
        put(block, "shoes", Kind::Campaign, "bidding.amount", money("5.00 EUR")).unwrap(),
        "metadata:\n  name: shoes\nspec:\n  account: meta # so\n  bidding: {amount: 5.00 EUR}\n---\nb: 1\n"
    );
    let ad = "spec:\n  ads:\n    - {name: one, creative: x}\n    - {name: two, creative: x}\n";
    let stopped = ad.replace("two, creative: x", "two, creative: x, state: Paused");
    assert_eq!(put(ad, "{name: two", Kind::Ad, "state", Value::text("Paused")).unwrap(), stopped);
    let rotated = write_text(ad, &origin(ad, "{name: two"), &["creative"], "rain").unwrap();
    assert_eq!(rotated, ad.replace("two, creative: x", "two, creative: rain"));
    let labelled = write_text(flow, &origin(flow, "shoes"), &["metadata", "labels", "adplane.io/x"], "yes");
    let labels = "{name: shoes, labels: {adplane.io/x: \"yes\"}}";
    assert_eq!(labelled.unwrap(), flow.replace("{name: shoes}", labels));
    let odd = "metadata: {name: shoes, labels: &l team}\nspec: {}\n";
    let refused = write_text(odd, &origin(odd, "shoes"), &["metadata", "labels", "x"], "y").unwrap_err();
    assert!(refused.because.contains("written in another way"), "{refused:?}");
}
