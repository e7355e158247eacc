//! The kinds of nodes, their collections, fields and edges (meta-ads.md §3).

use std::collections::HashSet;
use std::sync::LazyLock;

use super::schema::{ad, ad_set, campaign, creative, others};

/// What an id stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// An ad account, `act_<digits>`.
    Account,
    /// A campaign.
    Campaign,
    /// An ad set.
    AdSet,
    /// An ad.
    Ad,
    /// A creative.
    Creative,
    /// An image, `<account digits>:<hash>`.
    Image,
    /// A video.
    Video,
    /// A label.
    Label,
    /// A page that posts ads.
    Page,
    /// A pixel.
    Pixel,
    /// An audience of people the advertiser knows.
    Audience,
    /// The user of the token.
    User,
    /// A run of an asynchronous report.
    ReportRun,
}

/// The kinds kept in an account's collections, those asked for most often first.
pub(super) const STORED: [Kind; 7] =
    [Kind::Ad, Kind::AdSet, Kind::Campaign, Kind::Creative, Kind::Label, Kind::Image, Kind::Video];

/// The kinds that an id stands for.
const ALL: [Kind; 13] = [
    Kind::Account,
    Kind::Campaign,
    Kind::AdSet,
    Kind::Ad,
    Kind::Creative,
    Kind::Image,
    Kind::Video,
    Kind::Label,
    Kind::Page,
    Kind::Pixel,
    Kind::Audience,
    Kind::User,
    Kind::ReportRun,
];

/// Fields and edges by name: each row of a list is asked for each of its fields.
static FIELDS: LazyLock<HashSet<(Kind, &'static str)>> = LazyLock::new(|| words(Kind::fields));
static EDGES: LazyLock<HashSet<(Kind, &'static str)>> = LazyLock::new(|| words(Kind::edges));

fn words(of: fn(Kind) -> &'static str) -> HashSet<(Kind, &'static str)> {
    ALL.into_iter().flat_map(|kind| of(kind).split_whitespace().map(move |word| (kind, word))).collect()
}

impl Kind {
    /// Whether a read may name a field.
    pub(super) fn has_field(self, name: &str) -> bool {
        name == "id" || FIELDS.contains(&(self, name))
    }

    /// Whether a read may follow an edge.
    pub(super) fn has_edge(self, name: &str) -> bool {
        EDGES.contains(&(self, name))
    }

    /// The collection's name on the wire; `None` for what no collection holds.
    pub(super) fn collection(self) -> Option<&'static str> {
        match self {
            Self::Campaign => Some("campaigns"),
            Self::AdSet => Some("adsets"),
            Self::Ad => Some("ads"),
            Self::Creative => Some("adcreatives"),
            Self::Image => Some("adimages"),
            Self::Video => Some("advideos"),
            Self::Label => Some("adlabels"),
            Self::Account | Self::Page | Self::Pixel | Self::Audience | Self::User | Self::ReportRun => None,
        }
    }

    /// The kind that a collection or an edge of that name holds.
    pub(super) fn of_collection(name: &str) -> Option<Self> {
        STORED.into_iter().find(|kind| kind.collection() == Some(name))
    }

    /// The fields that a read may name.
    pub(super) fn fields(self) -> &'static str {
        match self {
            Self::Account => others::ACCOUNT_FIELDS,
            Self::Campaign => campaign::FIELDS,
            Self::AdSet => ad_set::FIELDS,
            Self::Ad => ad::FIELDS,
            Self::Creative => creative::FIELDS,
            Self::Image => others::IMAGE_FIELDS,
            Self::Video => others::VIDEO_FIELDS,
            Self::Label => others::LABEL_FIELDS,
            Self::ReportRun => others::REPORT_RUN_FIELDS,
            Self::Page => "id name category link",
            Self::Pixel => "id name creation_time last_fired_time is_unavailable",
            Self::Audience => {
                "id name account_id subtype description approximate_count_lower_bound approximate_count_upper_bound \
                 delivery_status operation_status time_created time_updated"
            }
            Self::User => "id name",
        }
    }

    /// The fields answered when none are named (§1.3).
    pub(super) fn default_fields(self) -> &'static [&'static str] {
        match self {
            Self::Account => &["account_id", "id"],
            Self::Label | Self::Page | Self::User => &["name", "id"],
            Self::Image => &["hash", "id"],
            Self::ReportRun => &["id", "account_id", "async_status", "async_percent_completion"],
            _ => &["id"],
        }
    }

    /// The edges that a read may follow or expand.
    pub(super) fn edges(self) -> &'static str {
        match self {
            Self::Account => {
                "campaigns adsets ads adcreatives adimages advideos adlabels insights activities minimum_budgets \
                 adspixels promote_pages customaudiences campaignsbylabels adsetsbylabels adsbylabels \
                 adcreativesbylabels adrules_library"
            }
            Self::Campaign => "adsets ads insights adrules_governed",
            Self::AdSet => "ads adcreatives insights activities adrules_governed",
            Self::Ad => "adcreatives insights adrules_governed",
            Self::Label => "campaigns adsets ads adcreatives",
            Self::Video => "thumbnails",
            Self::User => "adaccounts",
            Self::ReportRun => "insights",
            Self::Creative | Self::Image | Self::Page | Self::Pixel | Self::Audience => "",
        }
    }

    /// The note that holds nodes of this kind, which belong to no account.
    pub(super) fn note(self) -> Option<&'static str> {
        match self {
            Self::Page => Some("pages"),
            Self::Pixel => Some("pixels"),
            Self::Audience => Some("audiences"),
            Self::ReportRun => Some("report_runs"),
            _ => None,
        }
    }

    /// The node's type as error texts call it.
    pub(super) fn type_name(self) -> &'static str {
        match self {
            Self::Account => "AdAccount",
            Self::Campaign => "AdCampaignGroup",
            Self::AdSet => "AdCampaign",
            Self::Ad => "Adgroup",
            Self::Creative => "AdCreative",
            Self::Image => "AdImage",
            Self::Video => "Video",
            Self::Label => "AdLabel",
            Self::Page => "Page",
            Self::Pixel => "AdsPixel",
            Self::Audience => "CustomAudience",
            Self::User => "User",
            Self::ReportRun => "AdReportRun",
        }
    }
}
