//! Who wrote a change, as git tells: of a range, and of many files at once.

use super::desk::{AUTHOR, Case, Desk, Outcome};

pub(crate) const CASES: &[Case] = &[
    Case::new("authors of a range are those of its end", range),
    Case::new("what a range takes out was taken out by who committed it", taken_out),
    Case::new("the last authors of many files stand for their lines", many_files),
    Case::new("who writes an override, or takes one out, wrote what it changes", overrides),
];

/// More files than each line's author is asked for.
const FILES: usize = 320;
fn authors(desk: &Desk) -> Result<Vec<String>, String> {
    let json: serde_json::Value =
        serde_json::from_str(&desk.read("plan.json")?).map_err(|error| error.to_string())?;
    serde_json::from_value(json["authors"].clone()).map_err(|error| error.to_string())
}

fn are(desk: &Desk, expected: &[&str]) -> Outcome {
    let found = authors(desk)?;
    if found == expected { Ok(()) } else { Err(format!("{found:?}, not {expected:?}")) }
}

fn commit_as(desk: &Desk, person: &str, message: &str) -> Outcome {
    desk.git(&["add", "--all"])?;
    let author = format!("{person} <{person}@shop.example>");
    desk.git(&["commit", "--quiet", "--author", &author, "--message", message]).map(|_| ())
}

fn range(desk: &Desk) -> Outcome {
    desk.campaigns(&[("spring", "21.00 EUR"), ("summer", "20.00 EUR")])?;
    commit_as(desk, "ana", "Raise spring, add summer")?;
    desk.edit("campaigns.yaml", "daily: 20.00 EUR", "daily: 25.00 EUR")?;
    commit_as(desk, "bo", "Raise summer")?;
    // A later commit, and what is not committed at all, are not of the range.
    desk.edit("campaigns.yaml", "daily: 21.00 EUR", "daily: 40.00 EUR")?;
    commit_as(desk, "cleo", "Raise spring again")?;
    desk.edit("campaigns.yaml", "daily: 25.00 EUR", "daily: 50.00 EUR")?;
    let plan = |from: &str, to: &str| {
        desk.adplane(&["plan", "--from", from, "--to", to, "--out", "plan.json"])?.exits(0)
    };
    plan("HEAD~3", "HEAD~1")?;
    let found = authors(desk)?;
    if found.iter().any(|author| author.starts_with("cleo")) || !found.contains(&"bo@shop.example".into()) {
        return Err(format!("{found:?}"));
    }
    desk.approve("bo")?;
    desk.adplane(&["apply", "plan.json"])?.exits(6)?.says(&["bo@shop.example wrote the change"])?;
    desk.unwritten()?;
    plan("HEAD~1", "HEAD")?;
    if !authors(desk)?.contains(&"cleo@shop.example".into()) {
        return Err(format!("{:?}", authors(desk)?));
    }
    Ok(())
}

fn taken_out(desk: &Desk) -> Outcome {
    desk.edit("adplane.yaml", "classes:\n", "classes:\n    lower: {approvals: 1}\n")?;
    desk.campaigns(&[("spring", "20.00 EUR"), ("summer", "20.00 EUR")])?;
    desk.commit("Two")?;
    desk.plan()?;
    desk.approve("ana")?;
    desk.adplane(&["apply", "plan.json"])?.exits(0)?;
    desk.campaigns(&[("spring", "20.00 EUR")])?;
    commit_as(desk, "bo", "Drop summer")?;
    desk.write("notes.txt", "later\n")?;
    commit_as(desk, "cleo", "Write notes")?;
    desk.adplane(&["plan", "--from", "HEAD~2", "--to", "HEAD~1", "--out", "plan.json"])?.exits(0)?;
    are(desk, &["bo@shop.example"])
}

fn many_files(desk: &Desk) -> Outcome {
    for number in 0..FILES {
        let text = format!(
            "apiVersion: adplane.io/v1alpha1\nkind: Campaign\nmetadata: {{name: c{number}}}\nspec:\n  account: \
             meta-es\n  objective: Traffic\n  state: Paused\n  budget: {{daily: 5.00 EUR}}\n  specialAdCategories: \
             []\n  targeting: {{locations: [ES]}}\n"
        );
        desk.write(&format!("many/c{number}.yaml"), &text)?;
    }
    commit_as(desk, "ana", "Many")?;
    desk.edit("many/c7.yaml", "5.00", "6.00")?;
    commit_as(desk, "bo", "Raise one")?;
    desk.git(&["rm", "--quiet", "campaigns.yaml"])?;
    commit_as(desk, "cleo", "Drop the first")?;
    desk.plan()?;
    are(desk, &["ana@shop.example", "bo@shop.example"])?;
    // What is not committed yet is by whoever works here.
    desk.edit("many/c8.yaml", "5.00", "6.00")?;
    desk.plan()?;
    are(desk, &["ana@shop.example", "bo@shop.example", AUTHOR])
}

fn overrides(desk: &Desk) -> Outcome {
    let lent = "budget: {managed: {daily: {initial: 20.00 EUR, min: 10.00 EUR, max: 80.00 EUR}}}";
    desk.edit("campaigns.yaml", "budget: {daily: 20.00 EUR}", lent)?;
    commit_as(desk, "cleo", "Lend the budget of spring")?;
    desk.plan()?;
    desk.approve("ana")?;
    desk.adplane(&["apply", "plan.json"])?.exits(0)?;
    let raise = "apiVersion: adplane.io/v1alpha1\nkind: Override\nmetadata: {name: more}\nspec:\n  object: {kind: Campaign, \
                 name: spring}\n  field: budget.daily\n  value: 40.00 EUR\n  expires: \"2036-03-01T00:00:00Z\"\n";
    desk.write("more.yaml", raise)?;
    commit_as(desk, "bo", "Sell out")?;
    desk.plan()?;
    are(desk, &["bo@shop.example", "cleo@shop.example"])?;
    desk.approve("bo")?;
    desk.adplane(&["apply", "plan.json"])?.exits(6)?.says(&["bo@shop.example wrote the change"])?;
    desk.approve("ana")?;
    desk.adplane(&["apply", "plan.json"])?.exits(0)?;
    // Less is in force, then nothing: the override leaves no line behind, and git's value is more.
    desk.edit("more.yaml", "40.00 EUR", "10.00 EUR")?;
    commit_as(desk, "bo", "Sold out")?;
    desk.adplane(&["apply", "--auto-approve"])?.exits(0)?;
    desk.git(&["rm", "--quiet", "more.yaml"])?;
    commit_as(desk, "bo", "As before")?;
    desk.plan()?;
    are(desk, &["bo@shop.example", "cleo@shop.example"])
}
