//! What the kinds have in common: names, money, typed blocks, fields of other platforms.

use adplane_core::address::Kind;
use adplane_core::desired::DesiredObject;
use adplane_core::field::{Field, FieldPath};
use adplane_core::value::Value;

use super::findings::Findings;
use crate::meta::wire::{blocks, money};

/// The page that an ad speaks as.
pub(super) const PAGE: &str = "creative.identity.meta.page";
/// Longest name (meta-ads.md §16).
const LONGEST_NAME: usize = 400;
/// Strategies of other platforms with what to write on Meta (mapping §5).
const FOREIGN_STRATEGIES: [(&str, &str); 8] = [
    ("ManualCpc", "LowestCost"),
    ("MaximizeClicks", "LowestCost` and `optimization: {goal: Clicks}"),
    ("MaximizeConversions", "LowestCost"),
    ("TargetCpa", "CostCap"),
    ("MaximizeConversionValue", "LowestCost` and `optimization: {goal: Value}"),
    ("TargetRoas", "MinRoas"),
    ("TargetImpressionShare", "LowestCost"),
    ("", "LowestCost"),
];

/// Sets a field's value, keeping its origin and source.
pub(super) fn set(object: &mut DesiredObject, path: &str, value: Value) {
    if let Some(field) = object.fields.get_mut(path) {
        field.value = value;
    }
}

/// Removes everything at or below a path.
pub(super) fn remove(object: &mut DesiredObject, prefix: &str) {
    let paths: Vec<FieldPath> = object.below(prefix).map(|(path, _)| path.clone()).collect();
    for path in paths {
        object.fields.remove(&path);
    }
}

/// Copies a parent's field down, unless the object has its own.
pub(super) fn inherit(object: &mut DesiredObject, path: &FieldPath, field: &Field) {
    if !object.clear.contains_key(path) {
        object.fields.entry(path.clone()).or_insert_with(|| field.inherited());
    }
}

/// Checks that hold for every kind: the name, amounts, the typed block, blocks of other platforms.
pub(super) fn check(object: &mut DesiredObject, findings: &mut Findings) {
    // The vendor stores names without the spaces around them.
    if let Some(trimmed) = object.text("displayName").map(str::trim).map(Value::text) {
        set(object, "displayName", trimmed);
    }
    if object.display_name().chars().count() > LONGEST_NAME {
        let message = format!("the name is longer than {LONGEST_NAME} characters");
        findings.error(object, "displayName", "text-too-long", message, "write a shorter `displayName`");
    }
    check_amounts(object, findings);
    for platform in ["google", "tiktok"] {
        if object.below(platform).next().is_some() {
            let message = format!("`{platform}` means nothing on Meta Ads");
            findings.error(object, platform, "wrong-platform-block", message, "use `meta`, or remove it");
            remove(object, platform);
        }
    }
    normalise_block(object, findings);
}

fn check_amounts(object: &DesiredObject, findings: &mut Findings) {
    for (path, field) in &object.fields {
        let Some(amount) = field.value.as_money() else { continue };
        if amount.micros() <= 0 {
            let message = format!("{amount} is not an amount to spend");
            findings.error(
                object,
                path.as_str(),
                "amount-not-positive",
                message,
                "write an amount above zero",
            );
        } else if money::to_minor(amount).is_none() {
            let (below, above) = amount.neighbours(money::step(amount.currency()));
            let message = format!("{amount} is finer than Meta Ads bills in {}", amount.currency());
            let hint = format!("write `{below}` or `{above}`");
            findings.error(object, path.as_str(), "amount-too-fine", message, hint);
        }
    }
}

fn normalise_block(object: &mut DesiredObject, findings: &mut Findings) {
    let kind = object.address.kind;
    let leaves: Vec<(FieldPath, Value)> =
        object.below("meta").map(|(path, field)| (path.clone(), field.value.clone())).collect();
    for (path, value) in leaves {
        let name = path.as_str().trim_start_matches("meta.");
        let hint = || format!("{} has: {}", kind_word(kind), blocks::names(kind));
        match blocks::leaf(kind, name).map(|leaf| blocks::normal(leaf, &value)) {
            Some(Some(value)) => set(object, path.as_str(), value),
            Some(None) => {
                let message = format!("`{path}` has the wrong type");
                findings.error(object, path.as_str(), "wrong-type", message, hint());
            }
            None => {
                let message = format!("`{path}` is not supported here");
                findings.error(object, path.as_str(), "unsupported-field", message, hint());
            }
        }
    }
}

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Budget => "a budget",
        Kind::Campaign => "`meta` of a campaign",
        Kind::AdGroup => "`meta` of an ad group",
        Kind::Ad => "`meta` of an ad",
    }
}

/// Refuses neutral fields that Meta has no counterpart of.
pub(super) fn refuse(
    object: &mut DesiredObject,
    findings: &mut Findings,
    refused: &[(&'static str, &'static str)],
) {
    for (path, hint) in refused {
        if object.below(path).next().is_some() {
            let message = format!("Meta Ads has no `{path}`");
            findings.error(object, path, "unsupported-field", message, *hint);
            remove(object, path);
        }
    }
}

/// Refuses a strategy of another platform and values that belong to one.
pub(super) fn check_strategy(object: &mut DesiredObject, findings: &mut Findings) {
    let strategy = object.text("bidding.strategy").map(str::to_owned);
    if let Some(strategy) = strategy.filter(|word| !is_strategy(word)) {
        let instead = FOREIGN_STRATEGIES.iter().find(|(word, _)| *word == strategy || word.is_empty());
        let hint = format!("write `strategy: {}`", instead.map_or("LowestCost", |(_, hint)| *hint));
        let message = format!("Meta Ads has no bidding strategy `{strategy}`");
        findings.error(object, "bidding.strategy", "unsupported-strategy", message, hint);
    }
    refuse(
        object,
        findings,
        &[
            ("bidding.bid", "use `amount` with CostCap or BidCap"),
            ("bidding.maxCpc", "use `strategy: BidCap` with `amount`"),
            ("bidding.location", "remove it"),
            ("bidding.share", "remove it"),
        ],
    );
}

fn is_strategy(word: &str) -> bool {
    use crate::meta::wire::words::{STRATEGIES, to_wire};
    to_wire(STRATEGIES, word).is_some()
}
