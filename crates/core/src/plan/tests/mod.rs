//! Planner tests: examples that read as sentences, and properties over generated portfolios.

mod examples;
mod properties;
mod world;
