//! `ToolsUtils.printMetrics` of a producer: what it has counted.
//!
//! Sizes and counts of records, batches and requests are the engine's. Threads, sockets, authentication and compression
//! are not modelled: their metrics are there with the values of a client that never waited for them.

use super::latency::Latencies;
use crate::cluster::broker;
use crate::java_number::fixed;
use millrace_client::producer::{ProducerEvent, RequestEnd};
use millrace_model::record::RECORD_BATCH_OVERHEAD;
use millrace_sim::World;
use std::collections::BTreeMap;

/// What was seen of a producer.
#[derive(Debug, Default)]
pub(super) struct Counts {
    start_ms: u64,
    sent: u64,
    bytes: u64,
    largest: u64,
    batches: u64,
    batch_bytes: u64,
    largest_batch: u64,
    requests: u64,
    answers: u64,
    /// What each batch's records take packed, of what they take unpacked, added up (`ProducerBatch.compressionRatio`).
    compression_rates: f64,
    took_us: u64,
    slowest_us: u64,
    retried: u64,
    failed: u64,
    split: u64,
    brokers: BTreeMap<String, u64>,
}

impl Counts {
    pub fn new(start_ms: u64) -> Counts {
        Counts { start_ms, ..Counts::default() }
    }

    pub fn see(&mut self, event: &ProducerEvent) {
        match event {
            ProducerEvent::RequestSent { to, .. } => {
                self.requests += 1;
                *self.brokers.entry(to.to_string()).or_default() += 1;
            }
            ProducerEvent::BatchAcknowledged { batch, .. } => {
                let bytes = batch.size_in_bytes as u64;
                self.batches += 1;
                self.batch_bytes += bytes;
                let records = |size: usize| double(size.saturating_sub(RECORD_BATCH_OVERHEAD) as u64);
                self.compression_rates += records(batch.size_in_bytes) / records(batch.unpacked_size());
                self.largest_batch = self.largest_batch.max(bytes);
                for (delta, record) in batch.records.iter().enumerate() {
                    let bytes = record.size_in_bytes(delta, 0) as u64;
                    self.sent += 1;
                    self.bytes += bytes;
                    self.largest = self.largest.max(bytes);
                }
            }
            ProducerEvent::RequestEnded { how: RequestEnd::Answered, took, .. } => {
                self.answers += 1;
                self.took_us += took.0;
                self.slowest_us = self.slowest_us.max(took.0);
            }
            ProducerEvent::BatchRetried { .. } => self.retried += 1,
            ProducerEvent::BatchSplit { .. } => self.split += 1,
            ProducerEvent::RecordsFailed { origins, .. } => self.failed += origins.len() as u64,
            _ => {}
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a report's decimals")]
fn double(number: u64) -> f64 {
    number as f64
}

/// Metrics that say nothing here: nothing waited, nobody authenticated.
const ZERO: &[&str] = &[
    "buffer-exhausted-rate",
    "buffer-exhausted-total",
    "bufferpool-wait-ratio",
    "bufferpool-wait-time-ns-total",
    "bufferpool-wait-time-total",
    "connection-close-rate",
    "connection-close-total",
    "failed-authentication-rate",
    "failed-authentication-total",
    "failed-reauthentication-rate",
    "failed-reauthentication-total",
    "flush-time-ns-total",
    "io-ratio",
    "io-time-ns-avg",
    "io-time-ns-total",
    "io-wait-ratio",
    "io-wait-time-ns-avg",
    "io-wait-time-ns-total",
    "io-waittime-total",
    "iotime-total",
    "metadata-wait-time-ns-total",
    "produce-throttle-time-avg",
    "produce-throttle-time-max",
    "requests-in-flight",
    "successful-authentication-no-reauth-total",
    "successful-authentication-rate",
    "successful-authentication-total",
    "successful-reauthentication-rate",
    "successful-reauthentication-total",
    "txn-abort-time-ns-total",
    "txn-begin-time-ns-total",
    "txn-commit-time-ns-total",
    "txn-init-time-ns-total",
    "txn-send-offsets-time-ns-total",
    "waiting-threads",
];

/// The table of a producer's metrics.
pub(super) fn of_producer(
    world: &World,
    client_id: &str,
    topic: &str,
    counts: &Counts,
    latencies: &Latencies,
) -> String {
    let now = world.now().timestamp().0.unsigned_abs();
    let elapsed = double(now.saturating_sub(counts.start_ms)) / 1000.0;
    // Rates are taken over windows of 30 s at least (`metrics.sample.window.ms` × (`metrics.num.samples` - 1)).
    let rate = |count: u64| double(count) / elapsed.max(30.0);
    let mean = |sum: u64, count: u64| double(sum) / double(count);
    let in_ms = |us: u64| double(us) / 1000.0;
    let latency = (in_ms(counts.took_us) / double(counts.answers), in_ms(counts.slowest_us));
    let connections = 1 + counts.brokers.len() as u64;
    // One for the versions, one for the topic.
    let requests = counts.requests + connections + 1;
    let answers = counts.answers + connections + 1;
    let mut rows: BTreeMap<String, String> = BTreeMap::new();
    let mut row = |group: &str, name: &str, tags: &str, value: String| {
        rows.insert(format!("{group}:{name}:{{client-id={client_id}{tags}}}"), value);
    };
    row("app-info", "commit-id", "", "1eb7644349cb07139d6a3c1ad1986979647cac99".to_owned());
    row("app-info", "start-time-ms", "", counts.start_ms.to_string());
    row("app-info", "version", "", crate::VERSION.to_owned());
    let memory = match world.producer(client_id).map(|(_, node)| &node.kind) {
        Some(millrace_sim::node::Kind::Producer(node)) => {
            (node.client.config().buffer_memory as u64, node.client.buffer_used() as u64)
        }
        _ => (0, 0),
    };
    let own: &[(&str, f64)] = &[
        ("batch-size-avg", mean(counts.batch_bytes, counts.batches)),
        ("batch-size-max", double(counts.largest_batch)),
        ("batch-split-rate", rate(counts.split)),
        ("batch-split-total", double(counts.split)),
        ("buffer-available-bytes", double(memory.0.saturating_sub(memory.1))),
        ("buffer-total-bytes", double(memory.0)),
        ("compression-rate-avg", counts.compression_rates / double(counts.batches)),
        ("connection-count", double(connections)),
        ("connection-creation-rate", rate(connections)),
        ("connection-creation-total", double(connections)),
        ("incoming-byte-rate", 0.0),
        ("incoming-byte-total", 0.0),
        ("metadata-age", elapsed),
        ("network-io-rate", rate(requests + answers)),
        ("network-io-total", double(requests + answers)),
        ("outgoing-byte-rate", rate(counts.batch_bytes)),
        ("outgoing-byte-total", double(counts.batch_bytes)),
        ("reauthentication-latency-avg", f64::NAN),
        ("reauthentication-latency-max", f64::NAN),
        ("record-error-rate", rate(counts.failed)),
        ("record-error-total", double(counts.failed)),
        ("record-queue-time-avg", (latencies.average() - latency.0).max(0.0)),
        ("record-queue-time-max", (double(latencies.max) - latency.1).max(0.0)),
        ("record-retry-rate", rate(counts.retried)),
        ("record-retry-total", double(counts.retried)),
        ("record-send-rate", rate(counts.sent)),
        ("record-send-total", double(counts.sent)),
        ("record-size-avg", mean(counts.bytes, counts.sent)),
        ("record-size-max", double(counts.largest)),
        ("records-per-request-avg", mean(counts.sent, counts.requests)),
        ("request-latency-avg", latency.0),
        ("request-latency-max", latency.1),
        ("request-rate", rate(requests)),
        ("request-size-avg", mean(counts.batch_bytes, requests)),
        ("request-size-max", double(counts.largest_batch)),
        ("request-total", double(requests)),
        ("response-rate", rate(answers)),
        ("response-total", double(answers)),
        ("select-rate", rate(requests + answers)),
        ("select-total", double(requests + answers)),
    ];
    for (name, value) in own {
        row("producer-metrics", name, "", fixed(*value, 3));
    }
    for name in ZERO {
        row("producer-metrics", name, "", fixed(0.0, 3));
    }
    row("kafka-metrics-count", "count", "", String::new());
    let mut nodes: Vec<(String, u64)> = vec![("node--1".to_owned(), 0)];
    nodes.extend(counts.brokers.iter().map(|(id, count)| (format!("node-{id}"), *count)));
    for (node, produced) in nodes {
        let tags = format!(", node-id={node}");
        let latency = if produced == 0 { (f64::NAN, f64::NAN) } else { latency };
        let (requests, bytes) = (produced + 1, if produced == 0 { 0 } else { counts.batch_bytes });
        let of_node: &[(&str, f64)] = &[
            ("incoming-byte-rate", 0.0),
            ("incoming-byte-total", 0.0),
            ("outgoing-byte-rate", rate(bytes)),
            ("outgoing-byte-total", double(bytes)),
            ("request-latency-avg", latency.0),
            ("request-latency-max", latency.1),
            ("request-rate", rate(requests)),
            ("request-size-avg", mean(bytes, requests)),
            ("request-size-max", if produced == 0 { 0.0 } else { double(counts.largest_batch) }),
            ("request-total", double(requests)),
            ("response-rate", rate(requests)),
            ("response-total", double(requests)),
        ];
        for (name, value) in of_node {
            row("producer-node-metrics", name, &tags, fixed(*value, 3));
        }
    }
    if broker(world).is_some() {
        let tags = format!(", topic={topic}");
        let of_topic: &[(&str, f64)] = &[
            ("byte-rate", rate(counts.batch_bytes)),
            ("byte-total", double(counts.batch_bytes)),
            ("compression-rate", counts.compression_rates / double(counts.batches)),
            ("record-error-rate", rate(counts.failed)),
            ("record-error-total", double(counts.failed)),
            ("record-retry-rate", rate(counts.retried)),
            ("record-retry-total", double(counts.retried)),
            ("record-send-rate", rate(counts.sent)),
            ("record-send-total", double(counts.sent)),
        ];
        for (name, value) in of_topic {
            row("producer-topic-metrics", name, &tags, fixed(*value, 3));
        }
    }
    let count = rows.len() as u64;
    rows.insert(format!("kafka-metrics-count:count:{{client-id={client_id}}}"), fixed(double(count), 3));
    table(&rows)
}

fn table(rows: &BTreeMap<String, String>) -> String {
    let width = rows.keys().map(String::len).max().unwrap_or(0);
    let mut out = format!("\n{:width$}   Value\n", "Metric Name");
    for (name, value) in rows {
        out.push_str(&format!("{name:width$} : {value}\n"));
    }
    out
}
