//! The walker: nodes against shapes.
