//! Adplane core.
