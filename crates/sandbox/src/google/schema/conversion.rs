//! Conversion actions. Source: google-ads.md §3.12.

use super::{Field, RESOURCE_NAME};

const CATEGORY: &[&str] = &[
    "DEFAULT",
    "PAGE_VIEW",
    "PURCHASE",
    "SIGNUP",
    "DOWNLOAD",
    "ADD_TO_CART",
    "BEGIN_CHECKOUT",
    "SUBSCRIBE_PAID",
    "PHONE_CALL_LEAD",
    "IMPORTED_LEAD",
    "SUBMIT_LEAD_FORM",
    "BOOK_APPOINTMENT",
    "REQUEST_QUOTE",
    "GET_DIRECTIONS",
    "OUTBOUND_CLICK",
    "CONTACT",
    "ENGAGEMENT",
    "QUALIFIED_LEAD",
    "CONVERTED_LEAD",
];

pub(in crate::google) const CONVERSION_ACTION: &[Field] = &[
    RESOURCE_NAME,
    Field::int64("id").output(),
    Field::text("name").required(),
    Field::choice("status", &["ENABLED", "REMOVED", "HIDDEN"]),
    Field::choice("type", &["WEBPAGE", "AD_CALL", "UPLOAD_CLICKS", "UPLOAD_CALLS", "WEBSITE_CALL"])
        .immutable(),
    Field::choice("origin", &["WEBSITE", "GOOGLE_HOSTED", "APP", "CALL_FROM_ADS", "STORE"]).output(),
    Field::bool("primaryForGoal"),
    Field::choice("category", CATEGORY),
    Field::name("ownerCustomer", "customers").output(),
    Field::bool("includeInConversionsMetric").output(),
    Field::int64("clickThroughLookbackWindowDays"),
    Field::int64("viewThroughLookbackWindowDays"),
    Field::choice("countingType", &["ONE_PER_CLICK", "MANY_PER_CLICK"]),
    Field::message(
        "valueSettings",
        &[
            Field::double("defaultValue"),
            Field::text("defaultCurrencyCode"),
            Field::bool("alwaysUseDefaultValue"),
        ],
    ),
    Field::message(
        "attributionModelSettings",
        &[Field::choice(
            "attributionModel",
            &["GOOGLE_ADS_LAST_CLICK", "GOOGLE_SEARCH_ATTRIBUTION_DATA_DRIVEN"],
        )],
    ),
];
