//! Campaign budgets. Source: google-ads.md §3.1.

use serde_json::{Value, json};

use super::{Check, text};
use crate::google::mutate::index::name_key;

const FAMILY: &str = "campaignBudgetError";
const LONGEST_NAME: usize = 255;

pub(super) fn check(check: &mut Check<'_, '_>) {
    if check.is_create() {
        // Budgets are shared unless said otherwise (§0.9).
        check.default("explicitlyShared", json!(true));
        check.default("deliveryMethod", json!("STANDARD"));
        check.default("period", json!("DAILY"));
        check.default("type", json!("STANDARD"));
        check.default("status", json!("ENABLED"));
    }
    check_sharing(check);
    check_name(check);
    check_amounts(check);
    if check.text("deliveryMethod") == "ACCELERATED" {
        check.fail(
            FAMILY,
            "CANNOT_USE_ACCELERATED_DELIVERY_MODE",
            "deliveryMethod",
            "Accelerated delivery is not available.",
        );
    }
}

/// Own → shared once, with a name; shared → own never (§3.1).
fn check_sharing(check: &mut Check<'_, '_>) {
    let shared = check.flag("explicitlyShared");
    if !shared {
        check.new.insert("explicitlyShared".into(), json!(false));
    }
    let Some(was_shared) =
        check.old.as_ref().map(|old| old.get("explicitlyShared") == Some(&Value::Bool(true)))
    else {
        return;
    };
    if was_shared && !shared {
        check.fail(
            FAMILY,
            "CANNOT_UPDATE_CAMPAIGN_BUDGET_TO_IMPLICITLY_SHARED",
            "explicitlyShared",
            "A shared campaign budget cannot become implicitly shared.",
        );
    }
    if !was_shared && shared && !check.writes("name") {
        check.fail(
            FAMILY,
            "CANNOT_UPDATE_CAMPAIGN_BUDGET_TO_EXPLICITLY_SHARED_WITHOUT_NAME",
            "explicitlyShared",
            "A campaign budget needs a name to become explicitly shared.",
        );
    }
    if !was_shared && !shared && check.writes("name") {
        check.fail(
            FAMILY,
            "CANNOT_MODIFY_FIELD_OF_IMPLICITLY_SHARED_CAMPAIGN_BUDGET",
            "name",
            "The name of an implicitly shared budget follows its campaign.",
        );
    }
}

fn check_name(check: &mut Check<'_, '_>) {
    text::check_name(check, LONGEST_NAME, ("stringFormatError", "ILLEGAL_CHARS"));
    if check.text("name").len() > LONGEST_NAME && check.text("name").chars().count() <= LONGEST_NAME {
        check.fail("stringLengthError", "TOO_LONG", "name", "Too long.");
    }
    if !check.flag("explicitlyShared") {
        return;
    }
    if check.text("name").is_empty() {
        if check.is_create() || check.writes("name") {
            check.require("name");
        }
        return;
    }
    let key = name_key("", check.text("name"));
    if check.tx.taken("campaignBudgets", &key, check.id.as_deref()) {
        check.fail(FAMILY, "DUPLICATE_NAME", "name", "A campaign budget with this name already exists.");
    }
}

/// Exactly one amount, which the period decides, in billable units.
fn check_amounts(check: &mut Check<'_, '_>) {
    let custom = check.text("period") == "CUSTOM_PERIOD";
    let (wanted, other) =
        if custom { ("totalAmountMicros", "amountMicros") } else { ("amountMicros", "totalAmountMicros") };
    if check.new.contains_key(other) {
        let code = if custom {
            "BUDGET_AMOUNT_MUST_BE_UNSET_FOR_CUSTOM_BUDGET_PERIOD"
        } else {
            "TOTAL_BUDGET_AMOUNT_MUST_BE_UNSET_FOR_BUDGET_PERIOD_DAILY"
        };
        check.fail(FAMILY, code, other, "This amount does not go with the budget's period.");
    }
    let Some(amount) = check.int(wanted) else {
        if check.is_create() {
            check.require(wanted);
        } else {
            check.fail("fieldError", "FIELD_CANNOT_BE_CLEARED", wanted, "The field cannot be cleared.");
        }
        return;
    };
    if !check.is_create() && !check.writes(wanted) {
        return;
    }
    let unit = check.tx.billable_unit();
    if amount < 0 {
        check.fail(FAMILY, "NEGATIVE_MONEY_AMOUNT", wanted, "The money amount is negative.");
    } else if amount == 0 {
        check.fail(
            FAMILY,
            "MONEY_AMOUNT_LESS_THAN_CURRENCY_MINIMUM_CPC",
            wanted,
            "The money amount is below the minimum cost per click of the currency.",
        );
    } else if amount % unit != 0 {
        check.fail(
            FAMILY,
            "NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT",
            wanted,
            "The money amount is not a multiple of the currency's minimum unit.",
        );
    }
}
