//! Adplane manifest.
