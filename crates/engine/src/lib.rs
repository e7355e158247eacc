//! Adplane engine.
