//! Adplane operator.
