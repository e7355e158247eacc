//! The Upgraded Smart+ lane: `/smart_plus/campaign|adgroup|ad/…`.
//!
//! Same three levels as the manual lane, other members, other defaults, other answers of status calls.

pub(super) mod ad_fields;
mod ad_rules;
pub(super) mod adgroup_fields;
mod adgroup_rules;
mod adgroup_targeting;
pub(super) mod adgroups;
pub(super) mod ads;
pub(super) mod campaigns;
pub(super) mod review;
mod siblings;
