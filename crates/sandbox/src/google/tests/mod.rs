//! Tests over `handle` with plain requests: what a client sees.

mod auth;
mod formats;
mod gaql;
mod history;
mod limits;
mod masks;
mod mutate;
mod shared;
mod support;
