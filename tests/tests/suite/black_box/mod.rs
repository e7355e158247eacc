//! The real binary against a real sandbox, over HTTP, in a folder of its own.

mod bench;
mod crash;
mod freezes;
mod journey;
mod ownership;
mod reads;
mod trouble;
