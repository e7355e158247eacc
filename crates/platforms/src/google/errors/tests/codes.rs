//! Every code that the platform file names, with its class.

use super::*;

/// What is to be done about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Ask again after a while.
    Retry,
    /// Refresh the token once.
    Refresh,
    /// Wait until the quota is filled again.
    WaitUntil,
    /// Change the YAML.
    FixYaml,
    /// Only a person can help.
    AskPerson,
    /// It exists already, or is gone: plan again.
    PlanAgain,
    /// A mistake of Adplane's own.
    Ours,
}

fn class(error: &PlatformError) -> Class {
    match (error.kind, error.retry) {
        (ErrorKind::QuotaExhausted, Retry::After(Some(_)) | Retry::Never) => Class::WaitUntil,
        (ErrorKind::Unauthenticated, Retry::WithFreshToken) => Class::Refresh,
        (ErrorKind::RateLimited | ErrorKind::Unavailable | ErrorKind::Conflict, Retry::After(_)) => {
            Class::Retry
        }
        (ErrorKind::Invalid | ErrorKind::Unsupported | ErrorKind::Policy, Retry::Never) => Class::FixYaml,
        (ErrorKind::Unauthenticated | ErrorKind::PermissionDenied, Retry::Never) => Class::AskPerson,
        (ErrorKind::AlreadyExists | ErrorKind::NotFound, Retry::Never) => Class::PlanAgain,
        (ErrorKind::Unexpected, Retry::Never) => Class::Ours,
        other => panic!("{other:?} has no class"),
    }
}

/// Status, family, codes, class.
const CODES: &[(u16, &str, &[&str], Class)] = &[
    (401, "authenticationError", &["OAUTH_TOKEN_EXPIRED", "OAUTH_TOKEN_INVALID"], Class::Refresh),
    (
        401,
        "authenticationError",
        &["OAUTH_TOKEN_REVOKED", "NOT_ADS_USER", "TWO_STEP_VERIFICATION_NOT_ENROLLED"],
        Class::AskPerson,
    ),
    (
        403,
        "authorizationError",
        &[
            "USER_PERMISSION_DENIED",
            "CUSTOMER_NOT_ENABLED",
            "ACTION_NOT_PERMITTED",
            "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION",
            "DEVELOPER_TOKEN_NOT_APPROVED",
        ],
        Class::AskPerson,
    ),
    (
        429,
        "quotaError",
        &["RESOURCE_TEMPORARILY_EXHAUSTED", "EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION"],
        Class::Retry,
    ),
    (
        429,
        "quotaError",
        &["RESOURCE_EXHAUSTED", "EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION"],
        Class::WaitUntil,
    ),
    (500, "internalError", &["TRANSIENT_ERROR", "INTERNAL_ERROR", "DEADLINE_EXCEEDED"], Class::Retry),
    (400, "internalError", &["ERROR_CODE_NOT_PUBLISHED"], Class::Ours),
    (409, "databaseError", &["CONCURRENT_MODIFICATION", "DATA_CONSTRAINT_VIOLATION"], Class::Retry),
    (400, "policyFindingError", &["POLICY_FINDING"], Class::FixYaml),
    (400, "policyViolationError", &["POLICY_ERROR"], Class::FixYaml),
    (
        400,
        "policyValidationParameterError",
        &["UNSUPPORTED_AD_TYPE_FOR_IGNORABLE_POLICY_TOPICS"],
        Class::FixYaml,
    ),
    (400, "campaignError", &["DUPLICATE_CAMPAIGN_NAME", "CAMPAIGN_LABEL_ALREADY_EXISTS"], Class::PlanAgain),
    (400, "campaignError", &["CAMPAIGN_LABEL_DOES_NOT_EXIST"], Class::PlanAgain),
    (
        400,
        "campaignError",
        &[
            "INVALID_CAMPAIGN_NAME",
            "BUDGET_CANNOT_BE_SHARED",
            "CAMPAIGN_CANNOT_USE_SHARED_BUDGET",
            "INCOMPATIBLE_CAMPAIGN_FIELD",
            "INVALID_STATUS_CHANGE",
            "CAMPAIGN_MUST_TARGET_AT_LEAST_ONE_NETWORK",
            "CANNOT_TARGET_SEARCH_NETWORK_WITHOUT_GOOGLE_SEARCH",
            "CANNOT_SET_DATE_TO_PAST",
            "CANNOT_MODIFY_START_DATE_IF_ALREADY_STARTED",
            "CANNOT_CHANGE_BUDGET_ON_CAMPAIGN_WITH_TRIALS",
        ],
        Class::FixYaml,
    ),
    (400, "campaignBudgetError", &["DUPLICATE_NAME"], Class::PlanAgain),
    (
        400,
        "campaignBudgetError",
        &[
            "CANNOT_USE_ACCELERATED_DELIVERY_MODE",
            "CANNOT_USE_IMPLICITLY_SHARED_CAMPAIGN_BUDGET_WITH_MULTIPLE_CAMPAIGNS",
            "CAMPAIGN_BUDGET_IN_USE",
            "MONEY_AMOUNT_LESS_THAN_CURRENCY_MINIMUM_CPC",
            "BUDGET_BELOW_PER_DAY_MINIMUM",
            "NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT",
        ],
        Class::FixYaml,
    ),
    (
        400,
        "biddingError",
        &["BID_TYPE_AND_BIDDING_STRATEGY_MISMATCH", "BID_TOO_MANY_FRACTIONAL_DIGITS"],
        Class::FixYaml,
    ),
    (400, "biddingStrategyError", &["CANNOT_REMOVE_ASSOCIATED_STRATEGY"], Class::FixYaml),
    (400, "adGroupError", &["DUPLICATE_ADGROUP_NAME", "ADGROUP_LABEL_ALREADY_EXISTS"], Class::PlanAgain),
    (
        400,
        "adGroupError",
        &[
            "MISSING_ADGROUP_NAME",
            "AD_GROUP_TYPE_NOT_VALID_FOR_ADVERTISING_CHANNEL_TYPE",
            "BID_TOO_BIG",
            "MISSING_EU_POLITICAL_ADVERTISING_SELF_DECLARATION",
        ],
        Class::FixYaml,
    ),
    (
        400,
        "adGroupAdError",
        &["AD_GROUP_AD_LABEL_ALREADY_EXISTS", "CANNOT_OPERATE_ON_REMOVED_ADGROUPAD"],
        Class::PlanAgain,
    ),
    (
        400,
        "adGroupAdError",
        &["AD_NOT_UNDER_ADGROUP", "CANNOT_CREATE_DEPRECATED_ADS", "AD_SHARING_NOT_ALLOWED"],
        Class::FixYaml,
    ),
    (
        400,
        "adError",
        &[
            "LINE_TOO_WIDE",
            "TOO_SHORT",
            "INVALID_NUMBER_OF_ELEMENTS",
            "CANNOT_MODIFY_AD",
            "CANNOT_SET_PATH2_WITHOUT_PATH1",
            "URL_NOT_EQUIVALENT",
        ],
        Class::FixYaml,
    ),
    (400, "assetError", &["DUPLICATE_ASSET_NAME"], Class::PlanAgain),
    (400, "assetError", &["NAME_REQUIRED_FOR_ASSET_TYPE"], Class::FixYaml),
    (
        400,
        "assetLinkError",
        &[
            "NOT_ENOUGH_AVAILABLE_ASSET_LINKS_WITH_FALLBACK_FOR_VALID_COMBINATION",
            "INVALID_PINNED_FIELD",
            "BRAND_ASSETS_NOT_LINKED_AT_CAMPAIGN_LEVEL",
        ],
        Class::FixYaml,
    ),
    (
        400,
        "assetGroupError",
        &[
            "NOT_ENOUGH_HEADLINE_ASSET",
            "CANNOT_REMOVE_ALL_ASSET_GROUPS_FROM_CAMPAIGN",
            "REQUIRED_BUSINESS_NAME_ASSET_NOT_LINKED",
        ],
        Class::FixYaml,
    ),
    (400, "collectionSizeError", &["TOO_FEW", "TOO_MANY"], Class::FixYaml),
    (
        400,
        "criterionError",
        &[
            "KEYWORD_TEXT_TOO_LONG",
            "KEYWORD_HAS_TOO_MANY_WORDS",
            "KEYWORD_HAS_INVALID_CHARS",
            "AD_SCHEDULE_TIME_INTERVALS_OVERLAP",
            "CANNOT_ADD_CRITERIA_TYPE",
            "CANNOT_ADD_LABEL_TO_NEGATIVE_CRITERION",
        ],
        Class::FixYaml,
    ),
    (400, "campaignCriterionError", &["CANNOT_SET_STATUS_FOR_CRITERIA_TYPE"], Class::FixYaml),
    (
        400,
        "imageError",
        &[
            "ASPECT_RATIO_NOT_ALLOWED",
            "IMAGE_TOO_SMALL",
            "FILE_TOO_LARGE",
            "ANIMATED_NOT_ALLOWED",
            "FORMAT_NOT_ALLOWED",
        ],
        Class::FixYaml,
    ),
    (
        400,
        "youtubeVideoRegistrationError",
        &["VIDEO_NOT_FOUND", "VIDEO_NOT_ACCESSIBLE", "VIDEO_NOT_ELIGIBLE"],
        Class::FixYaml,
    ),
    (
        400,
        "fieldError",
        &["REQUIRED", "IMMUTABLE_FIELD", "INVALID_VALUE", "VALUE_MUST_BE_UNSET", "FIELD_CANNOT_BE_CLEARED"],
        Class::FixYaml,
    ),
    (400, "contextError", &["OPERATION_NOT_PERMITTED_FOR_REMOVED_RESOURCE"], Class::PlanAgain),
    (400, "contextError", &["OPERATION_NOT_PERMITTED_FOR_CONTEXT"], Class::FixYaml),
    (400, "operationAccessDeniedError", &["OPERATION_NOT_PERMITTED_FOR_REMOVED_RESOURCE"], Class::PlanAgain),
    (
        400,
        "operationAccessDeniedError",
        &["CREATE_AS_REMOVED_NOT_PERMITTED", "OPERATION_NOT_PERMITTED_FOR_CAMPAIGN_TYPE"],
        Class::FixYaml,
    ),
    (400, "stringLengthError", &["TOO_SHORT", "TOO_LONG", "EMPTY"], Class::FixYaml),
    (400, "rangeError", &["TOO_LOW", "TOO_HIGH"], Class::FixYaml),
    (400, "distinctError", &["DUPLICATE_ELEMENT"], Class::FixYaml),
    (
        400,
        "dateError",
        &[
            "DATE_RANGE_ERROR_START_TIME_MUST_BE_THE_START_OF_A_DAY",
            "DATE_RANGE_ERROR_END_TIME_MUST_BE_THE_END_OF_A_DAY",
        ],
        Class::FixYaml,
    ),
    (400, "labelError", &["DUPLICATE_NAME"], Class::PlanAgain),
    (400, "labelError", &["EXCEEDED_LABEL_LIMIT_PER_TYPE"], Class::FixYaml),
    (400, "sharedSetError", &["SHARED_SET_IN_USE"], Class::FixYaml),
    (400, "mutateError", &["RESOURCE_NOT_FOUND", "RESOURCE_ALREADY_EXISTS"], Class::PlanAgain),
    (
        400,
        "mutateError",
        &["MUTATE_NOT_ALLOWED", "EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED"],
        Class::FixYaml,
    ),
    (
        400,
        "mutateError",
        &["OPERATION_DOES_NOT_SUPPORT_PARTIAL_FAILURE", "ID_EXISTS_IN_MULTIPLE_MUTATES"],
        Class::Ours,
    ),
    (
        400,
        "resourceCountLimitExceededError",
        &[
            "ACCOUNT_LIMIT",
            "CAMPAIGN_LIMIT",
            "ADGROUP_LIMIT",
            "AD_GROUP_AD_LIMIT",
            "AD_GROUP_CRITERION_LIMIT",
            "SHARED_SET_LIMIT",
            "RESOURCE_LIMIT",
        ],
        Class::FixYaml,
    ),
    (
        400,
        "requestError",
        &["UNSUPPORTED_VERSION", "CANNOT_BE_EXECUTED_BY_MANAGER_ACCOUNT", "CANNOT_MODIFY_FOREIGN_FIELD"],
        Class::FixYaml,
    ),
    (
        400,
        "requestError",
        &[
            "TOO_MANY_MUTATE_OPERATIONS",
            "OPERATION_REQUIRED",
            "PAGE_SIZE_NOT_SUPPORTED",
            "EXPIRED_PAGE_TOKEN",
            "INVALID_PAGE_TOKEN",
        ],
        Class::Ours,
    ),
    (400, "sizeLimitError", &["RESPONSE_SIZE_LIMIT_EXCEEDED", "REQUEST_SIZE_LIMIT_EXCEEDED"], Class::Ours),
    (400, "newResourceCreationError", &["CANNOT_SET_ID_FOR_CREATE", "DUPLICATE_TEMP_IDS"], Class::Ours),
    (
        400,
        "fieldMaskError",
        &["FIELD_MASK_MISSING", "FIELD_NOT_FOUND", "FIELD_HAS_SUBFIELDS", "FIELD_MASK_NOT_ALLOWED"],
        Class::Ours,
    ),
    (400, "newResourceCreationError", &["TEMP_ID_RESOURCE_HAD_ERRORS"], Class::FixYaml),
    (400, "queryError", &["REQUESTED_METRICS_FOR_MANAGER"], Class::FixYaml),
    (
        400,
        "queryError",
        &[
            "UNRECOGNIZED_FIELD",
            "BAD_FIELD_NAME",
            "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE",
            "BAD_ENUM_CONSTANT",
            "UNEXPECTED_INPUT",
            "EXPECTED_FILTERS_ON_DATE_RANGE",
        ],
        Class::Ours,
    ),
    (
        400,
        "changeEventError",
        &[
            "START_DATE_TOO_OLD",
            "CHANGE_DATE_RANGE_INFINITE",
            "CHANGE_DATE_RANGE_NEGATIVE",
            "LIMIT_NOT_SPECIFIED",
            "INVALID_LIMIT_CLAUSE",
        ],
        Class::Ours,
    ),
];

#[test]
fn every_code_has_its_class() {
    for (status, family, codes, wanted) in CODES {
        for code in *codes {
            let error = check(&failure(*status, family, code, json!({}))).unwrap_err();
            assert_eq!(class(&error), *wanted, "{family}.{code}");
            assert_eq!(error.code.as_deref(), Some(format!("{family}.{code}").as_str()));
            assert_eq!(error.request_id.as_deref(), Some("abc"));
        }
    }
}

#[test]
fn waits_grow_with_what_is_exhausted() {
    for (code, seconds) in [
        ("RESOURCE_TEMPORARILY_EXHAUSTED", 5),
        ("EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION", 60),
        ("EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION", 3_600),
    ] {
        let error = check(&failure(429, "quotaError", code, json!({}))).unwrap_err();
        assert_eq!(error.retry, Retry::After(Some(Duration::from_secs(seconds))), "{code}");
    }
}
