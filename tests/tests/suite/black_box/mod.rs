//! The real binary against a real sandbox, over HTTP, in a folder of its own.

mod audit;
mod backtest;
pub(crate) mod bench;
mod changelog;
mod crash;
mod daemon;
mod drift;
mod freezes;
mod git;
mod journey;
mod metrics;
mod month;
mod notify;
mod overlays;
mod ownership;
mod pause;
mod policies;
mod pools;
mod reads;
mod repository;
mod rules;
mod shadow;
mod stale;
mod thirty_days;
mod together;
mod trouble;
mod watch;
