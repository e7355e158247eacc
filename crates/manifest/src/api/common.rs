//! Blocks that several kinds share.

use super::macros::{block, words};
use super::text::{
    Amount, DecimalNumber, Language, Line, Moment, Path, Region, ResourceName, TimeOfDay, VendorId,
    WebAddress,
};

/// Paths of fields to clear on the platform.
pub type Clear = Vec<Path>;

words! {
    /// Whether an object runs.
    State { Active = "It runs.", Paused = "It is paused." }
}

words! {
    /// What removing a document does to the live object.
    DeletionPolicy {
        Pause = "Pause it and keep its history.",
        Orphan = "Leave it running and let go of it.",
        Delete = "Delete it on the platform.",
    }
}

words! {
    /// A day of the week.
    Weekday {
        Mon = "Monday.", Tue = "Tuesday.", Wed = "Wednesday.", Thu = "Thursday.",
        Fri = "Friday.", Sat = "Saturday.", Sun = "Sunday.",
    }
}

block! {
    /// How much may be spent: exactly one of the forms, on the campaign or on every one of its ad groups.
    #[serde(rename_all = "camelCase")]
    #[schemars(extend("x-kubernetes-validations" = [
        {"rule": "[has(self.daily), has(self.total), has(self.ref) || has(self.managed), has(self.observe) && self.observe]\
                  .filter(form, form).size() <= 1",
         "message": "budget takes one of daily, total, ref, observe and managed: set the other to null"}
    ]))]
    Budget {
        /// Per day, such as `120.00 EUR`.
        daily: Amount,
        /// Over the whole flight; needs `schedule.end`.
        total: Amount,
        /// Name of a `Budget` that several campaigns share: the vendor's, or a pool, which takes bounds in `managed` beside it.
        #[serde(rename = "ref")]
        reference: ResourceName,
        /// Leave the amount to the platform and people: it is shown, never written.
        observe: bool,
        /// Let automation move the amount within bounds.
        managed: ManagedBudget,
    }
}

block! {
    /// An amount that automation moves within bounds.
    #[serde(rename_all = "camelCase")]
    ManagedBudget {
        /// Bounds of the daily amount.
        daily: ManagedAmount,
    }
}

block! {
    /// Bounds of an amount that automation moves.
    #[serde(rename_all = "camelCase")]
    ManagedAmount {
        [required] {
            /// The amount at create.
            initial: Amount,
            /// Never below.
            min: Amount,
            /// Never above.
            max: Amount,
        }
        /// Largest step at once, in percent of the amount.
        max_step_pct: DecimalNumber,
    }
}

block! {
    /// When ads run, in the account's zone.
    #[serde(rename_all = "camelCase")]
    #[schemars(extend("x-kubernetes-validations" = [
        // Texts of one form compare as times do; a day as an end is included to its last second.
        {"rule": "!has(self.start) || !has(self.end) || (self.end.size() == 10 \
                  ? self.start.substring(0, 10) <= self.end \
                  : self.start.replace(' ', 'T') < self.end.replace(' ', 'T'))",
         "message": "the schedule ends before it starts: write an end after the start",
         "fieldPath": ".end"}
    ]))]
    Schedule {
        /// First day, `2026-03-01` (from 00:00:00), or an exact local time.
        start: Moment,
        /// Last day, `2026-03-31` (to 23:59:59, inclusive), or an exact local time.
        end: Moment,
        /// Hours of the week in which ads run; always when absent.
        #[schemars(length(min = 1, max = 50), extend("x-kubernetes-list-type" = "atomic"))]
        hours: Vec<Hours>,
    }
}

block! {
    /// A span of hours on some days.
    #[serde(rename_all = "camelCase")]
    Hours {
        [required] {
            /// Days of the week.
            #[schemars(length(min = 1, max = 7), extend("x-kubernetes-list-type" = "set"))]
            days: Vec<Weekday>,
            /// Start, such as `08:00`.
            from: TimeOfDay,
            /// End, such as `20:00`; `24:00` ends the day, an earlier time than `from` reaches into the next.
            to: TimeOfDay,
        }
    }
}

words! {
    /// How bids are found.
    BiddingStrategy {
        LowestCost = "Most results for the budget (Meta, TikTok).",
        CostCap = "Average cost per result at `amount` (Meta, TikTok).",
        BidCap = "No bid above `amount` (Meta).",
        MinRoas = "Return on ad spend of at least `roas` (Meta, TikTok).",
        ManualCpc = "Bids by hand, `bid` per click (Google).",
        MaximizeClicks = "Most clicks, at most `maxCpc` each (Google).",
        MaximizeConversions = "Most conversions for the budget (Google).",
        TargetCpa = "Cost per conversion at `amount` (Google).",
        MaximizeConversionValue = "Most conversion value for the budget (Google).",
        TargetRoas = "Return on ad spend at `roas` (Google).",
        TargetImpressionShare = "A share of impressions in a place on the page (Google).",
    }
}

words! {
    /// Place on the result page.
    ImpressionLocation {
        AnywhereOnPage = "Anywhere on the page.",
        TopOfPage = "Above the organic results.",
        AbsoluteTopOfPage = "First of all ads.",
    }
}

block! {
    /// How bids are found, and the value the strategy needs.
    #[serde(rename_all = "camelCase")]
    Bidding {
        /// The strategy.
        strategy: BiddingStrategy,
        /// Cost per result or largest bid, of `CostCap`, `BidCap` and `TargetCpa`.
        amount: Amount,
        /// Return on ad spend, such as `3.5`, of `MinRoas` and `TargetRoas`.
        roas: DecimalNumber,
        /// Bid per click, of `ManualCpc`.
        bid: Amount,
        /// Largest bid per click, of `MaximizeClicks` and `TargetImpressionShare`.
        max_cpc: Amount,
        /// Place on the page, of `TargetImpressionShare`.
        location: ImpressionLocation,
        /// Share of impressions in percent, `65` for 65 %, of `TargetImpressionShare`.
        share: DecimalNumber,
    }
}

words! {
    /// A gender.
    Gender { Female = "Women.", Male = "Men." }
}

words! {
    /// A kind of device.
    Device {
        Mobile = "Phones.", Desktop = "Computers.", Tablet = "Tablets.", ConnectedTv = "Televisions.",
    }
}

block! {
    /// Who sees the ads.
    #[serde(rename_all = "camelCase")]
    Targeting {
        /// Places: countries (`ES`), regions (`FR-IDF`), or `[WORLD]`. The list is the whole set.
        #[schemars(length(max = 2000), extend("x-kubernetes-list-type" = "set"))]
        locations: Vec<Region>,
        /// Places to leave out.
        #[schemars(length(max = 2000), extend("x-kubernetes-list-type" = "set"))]
        locations_excluded: Vec<Region>,
        /// Languages, such as `es`, `zh-Hans`.
        #[schemars(length(max = 100), extend("x-kubernetes-list-type" = "set"))]
        languages: Vec<Language>,
        /// Ages; no `max` is an open end.
        #[schemars(extend("x-kubernetes-map-type" = "atomic"))]
        ages: Ages,
        /// Genders; both when absent.
        #[schemars(length(min = 1, max = 2), extend("x-kubernetes-list-type" = "set"))]
        genders: Vec<Gender>,
        /// Audiences, by the vendor's id.
        audiences: Audiences,
        /// Interests, by the vendor's id.
        #[schemars(length(max = 1000), extend("x-kubernetes-list-type" = "set"))]
        interests: Vec<VendorId>,
        /// Kinds of devices; all when absent.
        #[schemars(length(min = 1, max = 4), extend("x-kubernetes-list-type" = "set"))]
        devices: Vec<Device>,
    }
}

block! {
    /// A span of ages in years, both ends included.
    #[serde(rename_all = "camelCase")]
    #[schemars(extend("x-kubernetes-validations" = [
        {"rule": "!has(self.max) || self.min <= self.max",
         "message": "the oldest is younger than the youngest: write min and max the other way round",
         "fieldPath": ".max"}
    ]))]
    Ages {
        [required] {
            /// Youngest.
            #[schemars(range(min = 13, max = 65))]
            min: u32,
        }
        /// Oldest; open when absent.
        #[schemars(range(min = 13, max = 65))]
        max: u32,
    }
}

block! {
    /// Audiences to reach and to leave out.
    #[serde(rename_all = "camelCase")]
    Audiences {
        /// People in any of these.
        #[schemars(length(max = 500), extend("x-kubernetes-list-type" = "set"))]
        include: Vec<VendorId>,
        /// But in none of these.
        #[schemars(length(max = 500), extend("x-kubernetes-list-type" = "set"))]
        exclude: Vec<VendorId>,
    }
}

words! {
    /// How close a search must come to a keyword.
    Match { Exact = "The same meaning.", Phrase = "The meaning is part of it.", Broad = "Related searches." }
}

block! {
    /// A keyword; (text in lower case, match) is its identity.
    #[serde(rename_all = "camelCase")]
    Keyword {
        [required] {
            /// The words.
            text: Line,
            /// How close a search must come.
            #[serde(rename = "match")]
            match_type: Match,
        }
        /// Bid per click, under `ManualCpc` only.
        bid: Amount,
    }
}

block! {
    /// A keyword whose searches are left out.
    #[serde(rename_all = "camelCase")]
    NegativeKeyword {
        [required] {
            /// The words.
            text: Line,
            /// How close a search must come.
            #[serde(rename = "match")]
            match_type: Match,
        }
    }
}

block! {
    /// A further link below a search ad.
    #[serde(rename_all = "camelCase")]
    Sitelink {
        [required] {
            /// The words of the link.
            text: Line,
            /// Where it leads.
            url: WebAddress,
        }
        /// First line below.
        description1: Line,
        /// Second line below.
        description2: Line,
    }
}

block! {
    /// Legal statements; there is no default, since nobody can make them for you.
    #[serde(rename_all = "camelCase")]
    Compliance {
        /// Whether it holds EU political advertising (Regulation (EU) 2024/900).
        eu_political_ads: bool,
        /// Who benefits and who pays, where the Digital Services Act asks for it.
        dsa: Dsa,
    }
}

block! {
    /// Who benefits from the ads and who pays for them.
    #[serde(rename_all = "camelCase")]
    Dsa {
        /// Who benefits.
        beneficiary: Line,
        /// Who pays.
        payor: Line,
    }
}

block! {
    /// In whose name ads appear.
    #[serde(rename_all = "camelCase")]
    Identity {
        /// On Meta.
        meta: MetaIdentity,
        /// On TikTok.
        tiktok: TikTokIdentity,
    }
}

block! {
    /// The page and the Instagram account.
    MetaIdentity {
        /// Id of the Facebook page.
        page: VendorId,
        /// Id of the Instagram account.
        instagram_user_id: VendorId,
    }
}

words! {
    /// Kind of TikTok identity.
    #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
    TikTokIdentityType {
        TtUser = "A TikTok account bound to the ad account.",
        BcAuthTt = "A TikTok account that a Business Center lends.",
        AuthCode = "A TikTok account that lends its post by code.",
        CustomizedUser = "A name and picture without an account.",
    }
}

block! {
    /// The TikTok account or display name.
    TikTokIdentity {
        /// Kind of identity.
        identity_type: TikTokIdentityType,
        /// Its id.
        identity_id: VendorId,
        /// The Business Center that lends it, of `BC_AUTH_TT`.
        identity_authorized_bc_id: VendorId,
    }
}
