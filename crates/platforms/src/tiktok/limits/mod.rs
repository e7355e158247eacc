//! What TikTok declares about its kinds and fields, and the checks that need no live data.
//!
//! [`schema`] holds the rows that the planner reads; [`refine`] brings desired objects into the vendor's
//! form. Facts: tiktok-ads.md §7, §8, tiktok-smart-plus.md §4, and the mapping's tables §3 and §8.

mod refine;
mod schema;

pub(crate) use refine::{covers, from_utm, is_default, refine, to_utm};
pub(crate) use schema::SCHEMA;
