//! What somebody probably meant.

pub(crate) use adplane_core::suggest::{nearest, some_of};
