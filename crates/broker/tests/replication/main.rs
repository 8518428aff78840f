//! Several brokers with their replicas, on a small network whose order a seed decides.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that is wrong should fail loudly"
)]

mod controller;
mod divergence;
mod net;
mod scenarios;
mod sweep;
