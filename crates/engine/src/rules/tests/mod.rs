//! Rules on a simulated platform, with the store and the overlays as files: what ticks, answers and crashes come to.

mod life;
mod properties;
mod stance;
