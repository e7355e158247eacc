//! What Meta allows and what changes cost, as data; and `refine`, which checks it offline.
//!
//! Sources: mapping §3, §5, §8 and meta-ads.md §4, §5.1, §7, §13, §17.

mod refine;
mod rows;

use adplane_core::address::{Kind, Platform};
use adplane_core::schema::{
    Claim, Confidence, EditLimit, EditWindow, OverDelivery, PauseRelearns, PlatformSchema,
};

pub(super) use refine::refine;

/// Ad sets of a campaign that are neither archived nor deleted (meta-ads.md §16).
const MOST_AD_SETS: usize = 200;
/// Ads of an ad set that are neither archived nor deleted (meta-ads.md §16).
const MOST_ADS: usize = 50;

static OVER_DELIVERY: [OverDelivery; 2] = [
    OverDelivery {
        path: "budget.daily",
        automatic: false,
        // Older accounts stop at 1.25; which one an account has cannot be read, so the higher one counts.
        worst_day: Some((7, 4)),
        worst_period: (7, 1),
        period: "week from Sunday to Saturday",
        on_change: "what today's former amount allowed may be spent already; a first week is prorated",
        claim: Claim { confidence: Confidence::Medium, source: "budgets guide, meta-ads.md §13" },
        since: "2025-01-01",
    },
    OverDelivery {
        path: "budget.total",
        automatic: false,
        worst_day: None,
        worst_period: (1, 1),
        period: "flight",
        on_change: "the new total holds for what is left of the flight; a day has no limit of its own",
        claim: Claim { confidence: Confidence::Medium, source: "budgets guide, meta-ads.md §13" },
        since: "2025-01-01",
    },
];

pub(super) static SCHEMA: PlatformSchema = PlatformSchema {
    platform: Platform::Meta,
    amount_step: crate::meta::amount_step,
    kinds: &[rows::CAMPAIGN, rows::AD_SET, rows::AD],
    marker_in_name: false,
    over_delivery: &OVER_DELIVERY,
    edit_limits: &[EditLimit {
        kind: Kind::AdGroup,
        path: "budget",
        when: EditWindow::Rate { changes: 4, minutes: 60 },
        claim: Claim {
            confidence: Confidence::High,
            source: "ad set reference; meta-ads.md §5.1, mapping §3",
        },
    }],
    new_ad_relearns: Some(Claim {
        confidence: Confidence::High,
        source: "significant edits, meta-ads.md §17.12: adding an ad to an ad set",
    }),
    pause_relearns: Some(PauseRelearns {
        days: 7,
        claim: Claim {
            confidence: Confidence::Medium,
            source: "significant edits, meta-ads.md §17.12: paused for seven days or more",
        },
    }),
    metrics: super::metrics::TOLD,
    restated_days: 28,
};
