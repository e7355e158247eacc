//! Adplane tests.
