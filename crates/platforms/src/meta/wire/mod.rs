//! What Meta's JSON means: words, money, times, places, hours and tracking, in both directions.
//!
//! Every conversion has its two directions side by side, so that what is written reads back equal. Names
//! and values: meta-ads.md §4-§9 and §13, and mapping §1-§7.

pub(super) mod blocks;
pub(super) mod feed;
pub(super) mod goals;
pub(super) mod hours;
pub(super) mod json;
pub(super) mod labels;
pub(super) mod languages;
pub(super) mod media;
pub(super) mod money;
pub(super) mod places;
pub(super) mod specs;
pub(super) mod time;
pub(super) mod tracking;
pub(super) mod vendor;
pub(super) mod words;
