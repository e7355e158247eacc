//! Properties of the whole pure path over generated portfolios: YAML resources, `lower`, each platform's
//! `refine`, the planner, and `raise` back to YAML (design §8).
//!
//! Portfolios are generated as resources (`google`, `meta`, `tiktok`, put together in `portfolio`), valid by
//! construction: one that is refused is a failure. `world` is a platform in memory that carries plans out by
//! the platforms' real schemas; `properties` says what must hold. `PROPTEST_CASES` scales the counts.

mod google;
mod meta;
mod parts;
mod portfolio;
mod properties;
mod shuffle;
mod tiktok;
mod world;
