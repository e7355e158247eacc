//! Bidding members, shared by campaigns and portfolio strategies. Source: google-ads.md §3.3.

use super::{Field, RESOURCE_NAME, enums};

const GROUP: &str = "campaign_bidding_strategy";

/// The members a campaign may carry, besides `biddingStrategy`.
pub(in crate::google) const MEMBERS: &[Field] = &[
    Field::message("manualCpc", &[Field::bool("enhancedCpcEnabled")]).one_of(GROUP),
    Field::message("manualCpm", &[]).one_of(GROUP),
    Field::message("manualCpv", &[]).one_of(GROUP),
    Field::message("manualCpa", &[]).one_of(GROUP),
    Field::message(
        "maximizeConversions",
        &[
            Field::int64("targetCpaMicros"),
            Field::int64("cpcBidCeilingMicros"),
            Field::int64("cpcBidFloorMicros"),
        ],
    )
    .one_of(GROUP),
    Field::message(
        "maximizeConversionValue",
        &[
            Field::double("targetRoas"),
            Field::int64("cpcBidCeilingMicros"),
            Field::int64("cpcBidFloorMicros"),
            Field::int64("targetRoasTolerancePercentMillis"),
        ],
    )
    .one_of(GROUP),
    Field::message(
        "targetCpa",
        &[
            Field::int64("targetCpaMicros"),
            Field::int64("cpcBidCeilingMicros"),
            Field::int64("cpcBidFloorMicros"),
        ],
    )
    .one_of(GROUP),
    Field::message(
        "targetRoas",
        &[
            Field::double("targetRoas"),
            Field::int64("cpcBidCeilingMicros"),
            Field::int64("cpcBidFloorMicros"),
        ],
    )
    .one_of(GROUP),
    Field::message("targetSpend", &[Field::int64("targetSpendMicros"), Field::int64("cpcBidCeilingMicros")])
        .one_of(GROUP),
    Field::message(
        "targetImpressionShare",
        &[
            Field::choice("location", &["ANYWHERE_ON_PAGE", "TOP_OF_PAGE", "ABSOLUTE_TOP_OF_PAGE"]),
            Field::int64("locationFractionMicros"),
            Field::int64("cpcBidCeilingMicros"),
        ],
    )
    .one_of(GROUP),
    Field::message("targetCpm", &[]).one_of(GROUP),
    Field::message("targetCpv", &[]).one_of(GROUP),
    Field::message("fixedCpm", &[]).one_of(GROUP),
    Field::message("targetCpc", &[Field::int64("targetCpcMicros")]).one_of(GROUP),
    Field::message("percentCpc", &[Field::int64("cpcBidCeilingMicros"), Field::bool("enhancedCpcEnabled")])
        .one_of(GROUP),
    Field::message("commission", &[Field::int64("commissionRateMicros")]).one_of(GROUP),
];

/// The value of `biddingStrategyType` for a member.
pub(in crate::google) fn strategy_type(member: &str) -> String {
    super::snake(member).to_ascii_uppercase()
}

/// Portfolio strategies.
pub(in crate::google) const BIDDING_STRATEGY: &[Field] = &[
    RESOURCE_NAME,
    Field::int64("id").output(),
    Field::text("name").required(),
    Field::choice("status", enums::STORED_STATUS).output(),
    Field::choice("type", enums::BIDDING_TYPE).output(),
    Field::text("currencyCode").immutable(),
    Field::text("effectiveCurrencyCode").output(),
    Field::int64("campaignCount").output(),
    Field::int64("nonRemovedCampaignCount").output(),
    MEMBERS[0],
    MEMBERS[4],
    MEMBERS[5],
    MEMBERS[6],
    MEMBERS[7],
    MEMBERS[8],
    MEMBERS[9],
];
