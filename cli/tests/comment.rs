//! One comment, however large the plan: what matters is in it.

mod large;

use adplane_cli::args::OutputFormat;
use adplane_cli::render::{Extras, plan_with};

const CHANGES: usize = 50_000;

fn comment(changes: usize) -> String {
    let extras = Extras { link: Some("https://ci.example/runs/7?a=(b)"), ..Extras::default() };
    plan_with(&large::plan(changes), OutputFormat::Markdown, &extras)
}

#[test]
fn fifty_thousand_changes_fit_and_none_that_matters_is_left_out() {
    let text = comment(CHANGES);
    assert!(text.chars().count() <= 60_000, "{} characters", text.chars().count());
    for name in large::MATTER {
        assert!(text.contains(&format!("<b>campaign/{name}</b>")), "{name} is left out");
    }
    // Money first, then what breaks, then changes: the gravest and the dearest in turn.
    let at =
        |part: &str| text.find(part).unwrap_or_else(|| panic!("`{part}` is missing:\n{}", &text[..2_000]));
    assert!(at("<!-- adplane:plan") < at("| money |"));
    assert!(at("| money |") < at("**What it breaks**") && at("**What it breaks**") < at("<details>"));
    assert!(at("<b>campaign/unlimited</b>") < at("<b>campaign/raised-"));
    assert!(at("**No limit:** campaign/unlimited") < at("<details>"));
    assert!(text.contains("more changes**") && text.contains("(https://ci.example/runs/7?a=%28b%29)"));
}

#[test]
fn a_small_plan_is_shown_whole() {
    let text = comment(10);
    assert_eq!(text.matches("<details>").count(), 10);
    assert!(!text.contains("more changes**"));
    assert!(!text.contains("<ads>"), "files are text");
}

#[test]
fn formats_for_machines_stay_within_what_they_may_show() {
    let document = large::plan(6_000);
    let sarif = plan_with(&document, OutputFormat::Sarif, &Extras::default());
    let log: serde_json::Value = serde_json::from_str(&sarif).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 5_000, "code scanning shows no more");
    let uri = &results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "shop/%3Cads%3E%20%26%20more.yaml");
    let texts = results.iter().filter_map(|result| result["message"]["text"].as_str());
    assert!(
        texts.clone().any(|text| text.contains("deleted"))
            && texts.clone().any(|text| text.contains("dearest-eur"))
    );
    let notes = plan_with(&document, OutputFormat::Github, &Extras::default());
    assert_eq!(notes.lines().count(), 201, "a log stays readable");
    assert!(notes.lines().all(|line| line.starts_with("::")), "each is a command of its own");
}
