//! Which of the vendor's shapes an object below a campaign has.
//!
//! A live object tells by its id; one that is being made carries the campaign's channel as a create default.

/// The create default that tells the channel of the campaign above.
pub(in super::super) const FIELD: &str = "google.advertisingChannelType";
/// Asset groups instead of ad groups.
pub(in super::super) const PERFORMANCE_MAX: &str = "PERFORMANCE_MAX";
/// Ads of images, videos or cards.
pub(in super::super) const DEMAND_GEN: &str = "DEMAND_GEN";
/// What the vendor may make of an ad by itself, by type.
pub(in super::super) const AD_AUTOMATION: &str = "google.adGroupAdAssetAutomationSettings";
