//! `Campaign` and `AdGroup`.

use super::common::{
    Bidding, Budget, Clear, Compliance, DeletionPolicy, Keyword, NegativeKeyword, Schedule, Sitelink, State,
    Targeting,
};
use super::macros::{block, words};
use super::status::ResourceStatus;
use super::text::{AdLabel, Line, Region, ResourceName, VendorId, WebAddress};
use super::vendor::{
    GoogleAd, GoogleAdGroup, GoogleCampaign, MetaAd, MetaAdSet, MetaCampaign, TikTokAdGroup, TikTokCampaign,
};

words! {
    /// What a campaign is for.
    Objective {
        Awareness = "Be seen.",
        Traffic = "Bring people to a place.",
        Engagement = "Have people react.",
        Leads = "Collect contacts.",
        AppPromotion = "Have an app installed and used.",
        Sales = "Sell.",
    }
}

words! {
    /// A subject for which platforms ask for a statement.
    SpecialAdCategory {
        Housing = "Housing.",
        Employment = "Jobs.",
        Credit = "Credit.",
        FinancialProducts = "Financial products and services.",
        Politics = "Issues, elections or politics.",
        Gambling = "Online gambling and gaming.",
    }
}

/// One campaign on one account.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Default,
    kube::CustomResource,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[kube(
    group = "adplane.io",
    version = "v1alpha1",
    kind = "Campaign",
    namespaced,
    schema = "disabled",
    status = "ResourceStatus",
    shortname = "cmp",
    category = "ads-all",
    selectable = ".spec.account",
    printcolumn = r#"{"name":"Account","type":"string","jsonPath":".spec.account"}"#,
    printcolumn = r#"{"name":"State","type":"string","jsonPath":".status.state"}"#,
    printcolumn = r#"{"name":"Review","type":"string","jsonPath":".status.review"}"#,
    printcolumn = r#"{"name":"Budget","type":"string","jsonPath":".status.budget"}"#,
    printcolumn = r#"{"name":"Spend-7d","type":"string","jsonPath":".status.metrics.last7d.spend"}"#,
    printcolumn = r#"{"name":"Roas-7d","type":"number","jsonPath":".status.metrics.last7d.roas"}"#,
    printcolumn = r#"{"name":"Plan","type":"string","jsonPath":".status.plan.phase"}"#,
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"}"#,
    printcolumn = r#"{"name":"Delivery","type":"string","jsonPath":".status.delivery","priority":1}"#,
    printcolumn = r#"{"name":"Spend-today","type":"string","jsonPath":".status.metrics.today.spend","priority":1}"#,
    printcolumn = r#"{"name":"Conversions-7d","type":"number","jsonPath":".status.metrics.last7d.conversions","priority":1}"#,
    printcolumn = r#"{"name":"Cpa-7d","type":"string","jsonPath":".status.metrics.last7d.cpa","priority":1}"#,
    printcolumn = r#"{"name":"Id","type":"string","jsonPath":".status.externalId","priority":1}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    {"rule": "self.account == oldSelf.account", "message": "account is fixed: write another campaign",
     "fieldPath": ".account"},
    {"rule": "!has(self.rulesMayPause) || !self.rulesMayPause || has(self.state)",
     "message": "rulesMayPause needs state beside it", "fieldPath": ".rulesMayPause"}
]))]
pub struct CampaignSpec {
    /// Name of the `AdAccount`, in the same namespace. Fixed once written.
    pub account: ResourceName,
    /// What people see on the platform; the name of the document when absent. Changing it renames in place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("maxLength" = 400))]
    pub display_name: Option<Line>,
    /// What the campaign is for. Google does not store it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<Objective>,
    /// Whether it runs. A new campaign without it is created paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// Whether automation rules may pause it; needs `state` beside it. What a rule pauses is held with a reason, and git's
    /// state counts again when the rule lets go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules_may_pause: Option<bool>,
    /// How much may be spent; here or on every ad group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// When ads run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// How bids are found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bidding: Option<Bidding>,
    /// Who sees the ads; copied down to ad groups where the platform keeps it there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targeting: Option<Targeting>,
    /// Subjects for which platforms ask for a statement; `[]` states that there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 6), extend("x-kubernetes-list-type" = "set"))]
    pub special_ad_categories: Option<Vec<SpecialAdCategory>>,
    /// Countries to which that statement applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 250), extend("x-kubernetes-list-type" = "set"))]
    pub special_ad_category_countries: Option<Vec<Region>>,
    /// Searches to leave out; the list is the whole set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 20000), extend("x-kubernetes-list-type" = "atomic"))]
    pub negative_keywords: Option<Vec<NegativeKeyword>>,
    /// Further links below search ads; the list is the whole set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100), extend("x-kubernetes-list-type" = "atomic"))]
    pub sitelinks: Option<Vec<Sitelink>>,
    /// Short phrases below search ads; the list is the whole set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100), extend("x-kubernetes-list-type" = "set"))]
    pub callouts: Option<Vec<Line>>,
    /// Legal statements; inherited from the account when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compliance: Option<Compliance>,
    /// Fields to clear on the platform, such as `bidding.maxCpc`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100), extend("x-kubernetes-list-type" = "set"))]
    pub clear: Option<Clear>,
    /// What removing this document does to the live campaign; the account's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
    /// Google's own fields, named as in its API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub google: Option<GoogleCampaign>,
    /// Meta's own fields, named as in its API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<MetaCampaign>,
    /// TikTok's own fields, named as in its API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiktok: Option<TikTokCampaign>,
}

/// An ad group with its ads: ad group or asset group on Google, ad set on Meta, ad group on TikTok.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Default,
    kube::CustomResource,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[kube(
    group = "adplane.io",
    version = "v1alpha1",
    kind = "AdGroup",
    namespaced,
    schema = "disabled",
    status = "ResourceStatus",
    shortname = "adg",
    category = "ads-all",
    selectable = ".spec.campaign",
    printcolumn = r#"{"name":"Campaign","type":"string","jsonPath":".spec.campaign"}"#,
    printcolumn = r#"{"name":"State","type":"string","jsonPath":".status.state"}"#,
    printcolumn = r#"{"name":"Review","type":"string","jsonPath":".status.review"}"#,
    printcolumn = r#"{"name":"Budget","type":"string","jsonPath":".status.budget"}"#,
    printcolumn = r#"{"name":"Spend-7d","type":"string","jsonPath":".status.metrics.last7d.spend"}"#,
    printcolumn = r#"{"name":"Roas-7d","type":"number","jsonPath":".status.metrics.last7d.roas"}"#,
    printcolumn = r#"{"name":"Plan","type":"string","jsonPath":".status.plan.phase"}"#,
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"}"#,
    printcolumn = r#"{"name":"Delivery","type":"string","jsonPath":".status.delivery","priority":1}"#,
    printcolumn = r#"{"name":"Spend-today","type":"string","jsonPath":".status.metrics.today.spend","priority":1}"#,
    printcolumn = r#"{"name":"Conversions-7d","type":"number","jsonPath":".status.metrics.last7d.conversions","priority":1}"#,
    printcolumn = r#"{"name":"Cpa-7d","type":"string","jsonPath":".status.metrics.last7d.cpa","priority":1}"#,
    printcolumn = r#"{"name":"Id","type":"string","jsonPath":".status.externalId","priority":1}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    {"rule": "self.campaign == oldSelf.campaign", "message": "campaign is fixed: write another ad group",
     "fieldPath": ".campaign"},
    {"rule": "!has(self.budget) || !has(self.budget.ref)",
     "message": "a shared budget belongs to the campaign: move ref there, and set it to null here",
     "fieldPath": ".budget"},
    {"rule": "!has(self.rulesMayPause) || !self.rulesMayPause || has(self.state)",
     "message": "rulesMayPause needs state beside it", "fieldPath": ".rulesMayPause"}
]))]
pub struct AdGroupSpec {
    /// Name of the `Campaign`, in the same namespace. Fixed once written.
    pub campaign: ResourceName,
    /// What people see on the platform; the name of the document when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("maxLength" = 400))]
    pub display_name: Option<Line>,
    /// Whether it runs. A new ad group without it is created paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// Whether automation rules may pause it; needs `state` beside it. What a rule pauses is held with a reason, and git's
    /// state counts again when the rule lets go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules_may_pause: Option<bool>,
    /// How much may be spent, when the campaign has no budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// When its ads run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// How bids are found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bidding: Option<Bidding>,
    /// Who sees its ads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targeting: Option<Targeting>,
    /// What delivery is optimized for (Meta, TikTok).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optimization: Option<Optimization>,
    /// Searches to appear for (Google Search); the list is the whole set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 20000), extend("x-kubernetes-list-type" = "atomic"))]
    pub keywords: Option<Vec<Keyword>>,
    /// Searches to leave out; the list is the whole set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 20000), extend("x-kubernetes-list-type" = "atomic"))]
    pub negative_keywords: Option<Vec<NegativeKeyword>>,
    /// Its ads, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 200),
        extend(
            "x-kubernetes-list-type" = "map",
            "x-kubernetes-list-map-keys" = ["name"],
            "x-adplane" = "children"
        )
    )]
    pub ads: Option<Vec<Ad>>,
    /// Legal statements; inherited from the campaign when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compliance: Option<Compliance>,
    /// Fields to clear on the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100), extend("x-kubernetes-list-type" = "set"))]
    pub clear: Option<Clear>,
    /// What removing this document does to the live ad group and its ads; the account's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
    /// Google's own fields, named as in its API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub google: Option<GoogleAdGroup>,
    /// Meta's own fields, named as in its API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<MetaAdSet>,
    /// TikTok's own fields, named as in its API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiktok: Option<TikTokAdGroup>,
}

block! {
    /// One ad: a creative in an ad group.
    #[serde(rename_all = "camelCase")]
    Ad {
        [required] {
            /// Its name, unique in the ad group.
            name: AdLabel,
            /// Name of the `Creative`, in the same namespace.
            creative: ResourceName,
        }
        /// What people see on Meta and TikTok; the name when absent. Google's ads have no name.
        display_name: Line,
        /// Whether it runs. A new ad without it is created paused.
        state: State,
        /// Whether automation rules may pause it; needs `state` beside it.
        rules_may_pause: bool,
        /// Binds an existing ad by the platform's id.
        external_id: VendorId,
        /// Google's own fields, named as in its API.
        google: GoogleAd,
        /// Meta's own fields, named as in its API.
        meta: MetaAd,
    }
}

words! {
    /// What delivery is optimized for.
    Goal {
        Reach = "People reached.",
        Impressions = "Times shown.",
        VideoViews = "Videos watched.",
        Clicks = "Clicks on the link.",
        LandingPageViews = "Landing pages loaded.",
        PostEngagement = "Reactions to the post.",
        PageLikes = "Likes of the page.",
        Conversations = "Conversations started.",
        Followers = "Followers won.",
        ProfileVisits = "Visits of the profile.",
        LeadForm = "Forms filled in.",
        AppInstalls = "Installations.",
        Value = "Value of purchases.",
        Purchase = "Purchases.",
        InitiateCheckout = "Checkouts begun.",
        AddPaymentInfo = "Payment details entered.",
        AddToCart = "Items put in the cart.",
        AddToWishlist = "Items put on a wish list.",
        ViewContent = "Content viewed.",
        Search = "Searches made.",
        Lead = "Leads.",
        Contact = "Contacts made.",
        CompleteRegistration = "Registrations.",
        Subscribe = "Subscriptions.",
    }
}

block! {
    /// What delivery is optimized for.
    #[serde(rename_all = "camelCase")]
    Optimization {
        /// The goal or event.
        goal: Goal,
        /// Id of the pixel that sees the event; the account's default when absent.
        pixel: VendorId,
        /// The app.
        app: App,
    }
}

block! {
    /// An app.
    #[serde(rename_all = "camelCase")]
    App {
        /// Its id on the platform.
        id: VendorId,
        /// Its page in the store.
        store_url: WebAddress,
    }
}
