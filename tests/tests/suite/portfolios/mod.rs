//! Properties of the whole pure path over generated portfolios: YAML resources, `lower`, each platform's
//! `refine`, the planner, and `raise` back to YAML (design §8).
//!
//! Portfolios are generated as resources (`google`, `meta`, `tiktok`, put together in `portfolio`), valid by
//! construction: one that is refused is a failure. `world` is a platform in memory that carries plans out by
//! the platforms' real schemas; `properties` says what must hold. `live` carries portfolios out on a sandbox instead,
//! with the real adapters and executor: `normalised` as it is, `faults` with requests that go wrong, each run named by its
//! seed (`seeds`). `PROPTEST_CASES`, `ADPLANE_SOAK_PORTFOLIOS` and `ADPLANE_SOAK_FAULTS` scale the counts.

mod faults;
mod google;
mod live;
mod meta;
mod normalised;
mod parts;
mod portfolio;
mod properties;
mod seeds;
mod shuffle;
mod tiktok;
mod world;
