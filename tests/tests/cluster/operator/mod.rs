//! The operator end to end: resources in a real API server, ads in a sandbox, one binary between them.

pub(crate) mod ads;
pub(crate) mod deeds;
pub(crate) mod delivered;
pub(crate) mod examples;
pub(crate) mod field;
pub(crate) mod leaving;
pub(crate) mod notices;
mod pictures;
pub(crate) mod pools;
mod receiver;
pub(crate) mod removing;
pub(crate) mod replica;
pub(crate) mod replicas;
pub(crate) mod rules;
pub(crate) mod soak;
pub(crate) mod trouble;
mod turns;
pub(crate) mod walk;
