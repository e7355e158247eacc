//! Suites over several packages, in one binary.
//!
//! Modules are marked `cfg(test)` so that their helpers count as tests, which may unwrap.

#[cfg(test)]
mod black_box;
#[cfg(test)]
mod continuous;
#[cfg(test)]
mod converge;
#[cfg(test)]
mod goldens;
#[cfg(test)]
mod google_adapter;
#[cfg(test)]
mod kubernetes;
#[cfg(test)]
mod meta_adapter;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod notifications;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod portfolios;
#[cfg(test)]
mod receiver;
#[cfg(test)]
mod rule_templates;
mod rules;
#[cfg(test)]
mod tiktok_adapter;
