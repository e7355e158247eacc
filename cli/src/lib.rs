//! Adplane cli.
