//! Suites over several packages, in one binary.

mod tiktok_adapter;
