//! Kafka's clients as state machines: producer, classic consumer, and the listener container around a consumer
//! (retry topics, dead letters, the ledger of side effects).
//!
//! A client knows no broker's insides: it sends requests and is given replies. It knows no clock either: `now` is an
//! argument, and [`contract`] says how a timer is asked for.

pub mod assignor;
pub mod consumer;
pub mod contract;
pub mod listener;
pub mod partitioner;
pub mod producer;

pub use contract::{Correlation, Outcome, Outgoing, Reply};
