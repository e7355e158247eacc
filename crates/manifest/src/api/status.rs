//! `status` of the kinds that people write: what the controller knows of a resource, and nobody else writes.
//!
//! Written whole by server-side apply under one field manager, so every field that is not known is left out. Lists
//! have bounds here and the whole stays within 16 KiB by the controller's care: what does not fit is counted.

use super::macros::{block, words};
use super::text::{
    AdLabel, Amount, DecimalNumber, Instant, Message, Moment, Note, ResourceName, SignedAmount, VendorId,
    Word,
};

block! {
    /// What the controller knows of a resource; written by it alone.
    #[serde(rename_all = "camelCase")]
    ResourceStatus {
        /// Generation of the spec that this status speaks of.
        observed_generation: i64,
        /// `Ready`, `Reconciling`, `Stalled`, `Synced`, `Drifted`, `Reviewed`, `Delivering`, `ApprovalRequired`,
        /// `QuotaLimited`, `Contested`, `GuardMissing`, `Measured` and, of an automation rule, `Suspended`, each where it
        /// applies.
        #[schemars(
            length(max = 16),
            extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"])
        )]
        conditions: Vec<Condition>,
        /// The platform's id of the live object.
        external_id: VendorId,
        /// Whether it runs on the platform, such as `Active`.
        state: Word,
        /// What the platform's review says, such as `Approved`; of an ad group the gravest among its ads.
        review: Word,
        /// Whether it delivers, such as `Learning`.
        delivery: Word,
        /// Why it does not deliver.
        reason: Note,
        /// The live budget, such as `120.00 EUR`.
        budget: Amount,
        /// The live budget in millionths of its currency, for `--sort-by`.
        budget_micros: i64,
        /// The last plan that touches it.
        plan: PlanReference,
        /// Ads of an ad group; those that need attention first.
        #[schemars(length(max = 50), extend("x-kubernetes-list-type" = "atomic"))]
        ads: Vec<AdStatus>,
        /// How many ads are left out of `ads`.
        ads_omitted: i64,
        /// Objects of an ad account, counted.
        counts: ObjectCounts,
        /// While a freeze window is closed: when writes may begin again.
        next_window: Instant,
        /// When an `Override` ends; nothing where no date ends it.
        ends: Instant,
        /// What it delivered, of an account all of its objects, of a budget the campaigns that draw on it, of a creative the
        /// ads that show it; nothing where it never did.
        metrics: Metrics,
        /// What an automation rule came to when it ran last, on all accounts that it looks at.
        runs: RuleRuns,
        /// Where a budget pool stands, and what its campaigns get.
        pool: PoolStanding,
    }
}

words! {
    /// Whether a condition holds.
    ConditionStatus { Unknown = "Not known.", True = "It holds.", False = "It does not hold." }
}

block! {
    /// One condition, as in every Kubernetes API.
    #[serde(rename_all = "camelCase")]
    Condition {
        [required] {
            /// Its name.
            #[serde(rename = "type")]
            kind: Word,
            /// Whether it holds.
            status: ConditionStatus,
            /// When the status last changed.
            last_transition_time: Instant,
            /// Reason in CamelCase, of a documented list.
            reason: Word,
        }
        /// Details for people.
        message: Message,
        /// Generation it speaks of.
        observed_generation: i64,
    }
}

words! {
    /// Where a plan stands.
    PlanPhase {
        Pending = "It waits for approval.",
        Approved = "It may be applied.",
        Applying = "It is being applied.",
        Applied = "All of it is live.",
        PartlyApplied = "Some of it is live; the rest is blocked or failed.",
        Superseded = "A newer plan took its place.",
        Rejected = "An approver said no.",
        Denied = "A policy forbids it.",
        Held = "It waits for a freeze window, a lifted pause or a settle time.",
        Failed = "It cannot be applied.",
    }
}

block! {
    /// A plan and where it stands.
    PlanReference {
        [required] {
            /// Name of the `Plan`, in the same namespace.
            #[schemars(extend("maxLength" = 63))]
            name: ResourceName,
        }
        /// Where it stands.
        phase: PlanPhase,
    }
}

block! {
    /// One ad of an ad group.
    #[serde(rename_all = "camelCase")]
    AdStatus {
        [required] {
            /// Its name in the ad group.
            name: AdLabel,
        }
        /// The platform's id.
        #[schemars(extend("maxLength" = 128))]
        external_id: VendorId,
        /// Whether it runs on the platform.
        state: Word,
        /// What the platform's review says.
        review: Word,
        /// Why it does not deliver.
        reason: Note,
        /// What it delivered on the day so far.
        today: Figures,
        /// What it delivered on the last full day.
        yesterday: Figures,
        /// What it delivered on seven full days that end yesterday.
        last_7d: Figures,
        /// What it delivered from its start to its end or today. Windows are left out where ads are too many for a status:
        /// this one first, `last7d` last.
        flight: Figures,
    }
}

block! {
    /// Objects of an ad account, counted.
    ObjectCounts {
        /// All of them.
        objects: i64,
        /// Live as declared.
        ready: i64,
        /// With changes that wait.
        pending: i64,
        /// Changed on the platform.
        drifted: i64,
        /// That should change but must not.
        blocked: i64,
    }
}

block! {
    /// What was delivered over the windows that people look at, in days of the account.
    ///
    /// Written when a figure changed, at most as often as the operator's configuration says.
    #[serde(rename_all = "camelCase")]
    Metrics {
        /// As of when these figures were written.
        as_of: Instant,
        /// The day so far.
        today: Figures,
        /// The last full day.
        yesterday: Figures,
        /// Seven full days that end yesterday.
        last_7d: Figures,
        /// From its start to its end or today.
        flight: Figures,
    }
}

block! {
    /// What was delivered over a window, rounded; what is not known is left out. Ratios are those of the sums.
    #[serde(rename_all = "camelCase")]
    Figures {
        /// Money spent.
        spend: SignedAmount,
        /// Money spent in millionths of its currency, for `--sort-by`.
        spend_micros: i64,
        /// Times shown.
        impressions: i64,
        /// Clicks.
        clicks: i64,
        /// Conversions; platforms count fractions.
        conversions: DecimalNumber,
        /// Value of the conversions.
        value: SignedAmount,
        /// Clicks for each time shown.
        ctr: DecimalNumber,
        /// Money for a click.
        cpc: SignedAmount,
        /// Money for a conversion.
        cpa: SignedAmount,
        /// Value of the conversions for the money spent.
        roas: DecimalNumber,
        /// When the platform was asked, for the part of it that was asked longest ago.
        as_of: Instant,
    }
}

block! {
    /// Where a budget pool stands, in days of its accounts. Written when anything but the time changed, and once in a while.
    #[serde(rename_all = "camelCase")]
    PoolStanding {
        /// When it was worked out.
        as_of: Instant,
        /// `onTrack`, `under`, `over`, `exhausted`, `unknown`, `notBegun` or `ended`.
        state: Word,
        /// The pool's day, such as `2026-11-22`.
        day: Moment,
        /// Money spent in the period, with what today has spent by now.
        spent: SignedAmount,
        /// Money that is left of it.
        left: SignedAmount,
        /// What the day gets.
        today: SignedAmount,
        /// What it has to say, such as why nothing is raised.
        #[schemars(length(max = 8), extend("x-kubernetes-list-type" = "atomic"))]
        answers: Vec<Note>,
        /// Its campaigns; those first that wait for something.
        #[schemars(length(max = 30), extend("x-kubernetes-list-type" = "atomic"))]
        campaigns: Vec<PoolCampaign>,
        /// How many campaigns are left out of `campaigns`.
        campaigns_omitted: i64,
    }
}

block! {
    /// A campaign of a pool.
    #[serde(rename_all = "camelCase")]
    PoolCampaign {
        [required] {
            /// Its name, in the same namespace.
            name: ResourceName,
        }
        /// Amount per day that it gets; nothing while nobody decides it.
        daily: Amount,
        /// Whether the pool pauses it.
        paused: bool,
        /// Why that is not live.
        waits: Note,
    }
}

block! {
    /// What an automation rule came to when it ran last.
    ///
    /// Written when anything but the time changed, and otherwise at most as often as the operator's configuration says of
    /// figures.
    #[serde(rename_all = "camelCase")]
    RuleRuns {
        /// When it ran last, as of when this was written.
        last_run: Instant,
        /// Objects that it looked at.
        objects: i64,
        /// Objects on which it wanted something: what it did, asked for, or would have done.
        fired: i64,
        /// Objects of which it could not say whether its condition holds.
        unknown: i64,
        /// Why, of the most of them.
        unknown_because: Note,
        /// Proposals that nobody has decided about.
        proposed: i64,
        /// `Override`s of it that count.
        in_force: i64,
        /// What it wanted, each with what became of it; those left out are counted in `fired`.
        #[schemars(length(max = 10), extend("x-kubernetes-list-type" = "atomic"))]
        wanted: Vec<Note>,
    }
}
