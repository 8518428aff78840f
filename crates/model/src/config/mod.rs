//! Settings under Kafka's names, with the defaults of a version profile.
//!
//! Durations are [`crate::Span`]; the Kafka key is named on each field.

pub mod bootstrap;
pub mod broker;
pub mod cluster;
pub mod consumer;
pub mod producer;
pub mod profile;
pub mod streams;
pub mod topic;
