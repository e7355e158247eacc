//! Adplane upkeep tasks.
fn main() {}
