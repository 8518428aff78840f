//! `kafka-producer-perf-test`, `kafka-consumer-perf-test` and `kafka-e2e-latency`: on virtual time, in which a client's
//! own work takes none. What they show is the network, the batches and the brokers.

pub(crate) mod consumer;
mod dates;
pub(crate) mod e2e;
mod latency;
mod metrics;
mod payload;
pub(crate) mod producer;

#[cfg(test)]
mod tests;
