//! Adplane platforms.
