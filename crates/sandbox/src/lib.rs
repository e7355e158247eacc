//! An emulator of the Google Ads, Meta Ads and TikTok Ads APIs, for practice and tests.
//!
//! It shares no code with Adplane's adapters, so that a mistake in one cannot cancel out a mistake in the
//! other. Everything is simulated: no answer of this crate ever comes from a vendor.
//!
//! Each vendor is a pure, synchronous function from ([`world::World`], [`http::Request`]) to
//! [`http::Response`]; the server around it owns sockets, time, faults, latency and the request log.
//!
//! ```
//! use adplane_sandbox::{ClockMode, Sandbox, SandboxError, SandboxOptions};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), SandboxError> {
//! let mut options = SandboxOptions { clock: ClockMode::virtual_default(), ..SandboxOptions::default() };
//! options.listen.set_port(0);
//! let sandbox = Sandbox::start(options).await?;
//! assert!(sandbox.url().starts_with("http://127.0.0.1:"));
//! sandbox.shutdown().await
//! # }
//! ```

pub mod delivery;
pub mod http;
pub mod quota;
pub mod world;

mod clock;
mod duration;
mod engine;
mod faults;
mod google;
mod lag;
mod log;
mod meta;
mod recorder;
mod server;
mod snapshot;
mod store;
mod tiktok;
mod vendors;

pub use clock::ClockMode;
pub use duration::parse_duration;
pub use quota::QuotaMode;
pub use server::{RunningSandbox, Sandbox, SandboxError, SandboxOptions};
pub use vendors::seed_world;
