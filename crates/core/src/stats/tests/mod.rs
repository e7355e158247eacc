//! What the statistics must say: by scipy's numbers, and by what a person can check on paper.

mod chances;
mod samples;
mod vectors;
