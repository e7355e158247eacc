//! The spend guard: how far automation may raise what is spent.

use std::collections::BTreeMap;

use super::macros::block;
use super::text::{Amount, DecimalNumber, Percentage};

block! {
    /// How far rules may raise what is spent, and how much they may touch at once. What is not written does not count, but
    /// daily budgets of an account rise by a fifth a day at most where nobody says.
    #[serde(rename_all = "camelCase")]
    SpendGuard {
        /// How far the sum of an account's budgets may rise on one of its days over what it was at midnight, such as `20%`,
        /// which it is when absent.
        max_daily_rise: Percentage,
        /// The most that worst days may come to, with what platforms may overspend.
        worst_day: WorstDays,
        /// Objects of an account that all rules together may touch in one run.
        #[schemars(range(min = 1, max = 100_000))]
        max_objects_per_run: u32,
        /// The same as a share of the account's campaigns, ad groups and ads that run, such as `0.25`; one may always be
        /// touched.
        #[schemars(extend("maximum" = 1))]
        max_share_of_live: DecimalNumber,
    }
}

block! {
    /// The most that worst days may come to: budgets of what runs, with what platforms may overspend. A raise that would
    /// take one past its amount is refused.
    #[serde(rename_all = "camelCase")]
    WorstDays {
        /// Of single accounts, by the name of the `AdAccount`, in its currency.
        #[schemars(extend("x-adplane" = "leaves", "maxProperties" = 1000))]
        accounts: BTreeMap<String, Amount>,
        /// Of a platform's accounts in one namespace together.
        platforms: PlatformAmounts,
        /// Of all accounts of a namespace together, one amount for each currency; nothing rises in one that is not named.
        #[schemars(length(min = 1, max = 50), extend("x-kubernetes-list-type" = "set"))]
        namespace: Vec<Amount>,
    }
}

block! {
    /// Amounts by platform, one for each currency; nothing rises in one that is not named.
    #[serde(rename_all = "PascalCase")]
    PlatformAmounts {
        /// Google Ads.
        #[schemars(length(min = 1, max = 50), extend("x-kubernetes-list-type" = "set"))]
        google: Vec<Amount>,
        /// Meta Ads.
        #[schemars(length(min = 1, max = 50), extend("x-kubernetes-list-type" = "set"))]
        meta: Vec<Amount>,
        /// TikTok Ads.
        #[serde(rename = "TikTok")]
        #[schemars(length(min = 1, max = 50), extend("x-kubernetes-list-type" = "set"))]
        tiktok: Vec<Amount>,
    }
}

block! {
    /// How far rules may raise what is spent on this account, and how much they may touch at once. Where the approval
    /// policy has a `spendGuard` as well, the tighter of both counts.
    #[serde(rename_all = "camelCase")]
    AccountSpendGuard {
        /// How far the sum of budgets may rise on one of the account's days over what it was at midnight, such as `20%`,
        /// which it is where nobody says.
        max_daily_rise: Percentage,
        /// The most that its worst day may come to, in the account's currency: budgets of what runs, with what the platform
        /// may overspend.
        worst_day: Amount,
        /// Objects that all rules together may touch in one run.
        #[schemars(range(min = 1, max = 100_000))]
        max_objects_per_run: u32,
        /// The same as a share of the campaigns, ad groups and ads that run, such as `0.25`; one may always be touched.
        #[schemars(extend("maximum" = 1))]
        max_share_of_live: DecimalNumber,
    }
}
