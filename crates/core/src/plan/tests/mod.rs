//! Planner tests: examples that read as sentences, and properties over generated portfolios.

mod breaks;
mod examples;
mod file;
mod frozen;
mod leaving;
mod money;
mod overlays;
mod policy;
mod properties;
mod raises;
mod scoped;
mod world;
