//! Reports of the three platforms against the sandbox: one behaviour, every platform.
//!
//! The example shop is applied and delivers for some days; every platform's adapter then reads what it delivered.

mod shop;
mod sums;
mod trouble;
