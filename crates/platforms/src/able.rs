//! What rules take objects to have is what the platforms have a field for.

use adplane_core::address::{Kind, Platform};
use adplane_core::rules::Need;

use super::schema;

/// Whether a kind has a field on a platform, or anything below it.
fn has(platform: Platform, kind: Kind, path: &str) -> bool {
    let below =
        |row: &str| row.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    schema(platform).kind(kind).is_some_and(|schema| schema.fields.iter().any(|row| below(row.path)))
}

#[test]
fn rules_change_what_the_platform_has_a_field_for() {
    for platform in Platform::ALL {
        for kind in [Kind::Campaign, Kind::AdGroup, Kind::Ad] {
            let fields = [
                (Need::State, "state"),
                (Need::Budget, "budget"),
                (Need::Target, "bidding.amount"),
                (Need::Creative, "creative"),
            ];
            for (need, path) in fields {
                assert_eq!(
                    need.is_met(kind, platform),
                    has(platform, kind, path),
                    "{need:?} of {kind} on {platform:?}"
                );
            }
            // Which strategy makes an amount a bid the schema does not say: on TikTok none does.
            let bids = match platform {
                Platform::Google => &["bidding.bid", "bidding.maxCpc"][..],
                Platform::Meta => &["bidding.amount"],
                Platform::TikTok => &[],
            };
            let any = bids.iter().any(|path| has(platform, kind, path));
            assert_eq!(Need::Bid.is_met(kind, platform), any, "bids of {kind} on {platform:?}");
        }
    }
}
