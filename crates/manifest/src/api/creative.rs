//! `Creative`.

use std::collections::BTreeMap;

use super::common::Identity;
use super::macros::{block, words};
use super::status::ResourceStatus;
use super::text::{Digest, Line, VendorId, WebAddress};
use super::vendor::{GoogleCreative, MetaCreative, TikTokCreative};

words! {
    /// The button.
    CallToAction {
        LearnMore = "Learn more.", ShopNow = "Shop now.", BuyNow = "Buy now.", OrderNow = "Order now.",
        SignUp = "Sign up.", Subscribe = "Subscribe.", GetQuote = "Get a quote.", ContactUs = "Contact us.",
        ApplyNow = "Apply now.", BookNow = "Book now.", StartNow = "Start now.", Download = "Download.",
        InstallNow = "Install now.", DonateNow = "Donate now.", WatchNow = "Watch now.", PlayNow = "Play now.",
        ListenNow = "Listen now.", SeeMore = "See more.", VisitSite = "Visit the site.",
        SendMessage = "Send a message.", CallNow = "Call now.", None = "No button.",
    }
}

/// Words, pictures and links of ads, shared by any number of them on any platform.
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
    kind = "Creative",
    namespaced,
    schema = "disabled",
    status = "ResourceStatus",
    shortname = "crv",
    category = "ads-all",
    printcolumn = r#"{"name":"Landing-page","type":"string","jsonPath":".spec.landingPage"}"#,
    printcolumn = r#"{"name":"Spend-7d","type":"string","jsonPath":".status.metrics.last7d.spend"}"#,
    printcolumn = r#"{"name":"Roas-7d","type":"number","jsonPath":".status.metrics.last7d.roas"}"#,
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"}"#,
    printcolumn = r#"{"name":"Spend-today","type":"string","jsonPath":".status.metrics.today.spend","priority":1}"#,
    printcolumn = r#"{"name":"Ctr-7d","type":"number","jsonPath":".status.metrics.last7d.ctr","priority":1}"#,
    printcolumn = r#"{"name":"Conversions-7d","type":"number","jsonPath":".status.metrics.last7d.conversions","priority":1}"#,
    printcolumn = r#"{"name":"Cpa-7d","type":"string","jsonPath":".status.metrics.last7d.cpa","priority":1}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
pub struct CreativeSpec {
    /// Short lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 50), extend("x-kubernetes-list-type" = "atomic"))]
    pub headlines: Option<Vec<Line>>,
    /// Longer headlines (Google Performance Max, Demand Gen).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 50), extend("x-kubernetes-list-type" = "atomic"))]
    pub long_headlines: Option<Vec<Line>>,
    /// Descriptions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 50), extend("x-kubernetes-list-type" = "atomic"))]
    pub descriptions: Option<Vec<Line>>,
    /// Texts above the picture (Meta, TikTok).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 50), extend("x-kubernetes-list-type" = "atomic"))]
    pub primary_texts: Option<Vec<Line>>,
    /// Name of the business (Google Performance Max, Demand Gen).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_name: Option<Line>,
    /// Pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 50), extend("x-kubernetes-list-type" = "atomic"))]
    pub images: Option<Vec<Image>>,
    /// Videos.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 50), extend("x-kubernetes-list-type" = "atomic"))]
    pub videos: Option<Vec<Video>>,
    /// Logos (Google Performance Max, Demand Gen).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 20), extend("x-kubernetes-list-type" = "atomic"))]
    pub logos: Option<Vec<Image>>,
    /// Cards of a carousel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 35), extend("x-kubernetes-list-type" = "atomic"))]
    pub cards: Option<Vec<Card>>,
    /// The button.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_to_action: Option<CallToAction>,
    /// Where the ad leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landing_page: Option<WebAddress>,
    /// How visits are told apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<Tracking>,
    /// In whose name the ad appears; the account's default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// Id of the form that collects leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_form: Option<VendorId>,
    /// Id of the music of a carousel (TikTok).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub music: Option<VendorId>,
    /// Google's own fields, named as in its API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub google: Option<GoogleCreative>,
    /// Meta's own fields, named as in its API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<MetaCreative>,
    /// TikTok's own fields, named as in its API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiktok: Option<TikTokCreative>,
}

block! {
    /// A picture: a file, a web address with its digest, or the platform's id.
    #[serde(rename_all = "camelCase")]
    #[schemars(extend(
        "x-adplane-exactly-one" = ["file", "url", "id"],
        "x-kubernetes-validations" = [
            {"rule": "!has(self.file)", "message": "a cluster reads no files: write url and sha256, and set file to null"},
            {"rule": "!has(self.url) || has(self.sha256)", "message": "url needs sha256 beside it"}
        ]
    ))]
    Image {
        /// Path relative to this file.
        file: Line,
        /// Web address; `sha256` beside it states its content.
        url: WebAddress,
        /// SHA-256 of the content behind `url`.
        sha256: Digest,
        /// The platform's id.
        id: VendorId,
    }
}

block! {
    /// A video: a file, a web address with its digest, the platform's id, or a YouTube id.
    #[serde(rename_all = "camelCase")]
    #[schemars(extend(
        "x-adplane-exactly-one" = ["file", "url", "id", "youtube"],
        "x-kubernetes-validations" = [
            {"rule": "!has(self.file)", "message": "a cluster reads no files: write url and sha256, and set file to null"},
            {"rule": "!has(self.url) || has(self.sha256)", "message": "url needs sha256 beside it"}
        ]
    ))]
    Video {
        /// Path relative to this file.
        file: Line,
        /// Web address; `sha256` beside it states its content.
        url: WebAddress,
        /// SHA-256 of the content behind `url`.
        sha256: Digest,
        /// The platform's id.
        id: VendorId,
        /// Id of a YouTube video (Google).
        youtube: VendorId,
    }
}

block! {
    /// A card of a carousel.
    #[serde(rename_all = "camelCase")]
    Card {
        [required] {
            /// The picture.
            image: Image,
        }
        /// Short line.
        headline: Line,
        /// Longer line.
        description: Line,
        /// Where the card leads; the creative's landing page when absent.
        landing_page: WebAddress,
    }
}

block! {
    /// How visits are told apart.
    #[serde(rename_all = "camelCase")]
    Tracking {
        /// UTM parameters without `utm_`, such as `campaign: "{campaign.name}"`.
        #[schemars(extend("maxProperties" = 14))]
        utm: BTreeMap<String, Line>,
    }
}
