//! Kafka's own figures: what Kafka's own classes, or a whole broker over loopback, did in the same units on another machine (two cores,
//! OpenJDK 17; medians). They say which order of magnitude is meant, no more.

/// By the name of our figure.
const FIGURES: &[(&str, u64)] = &[
    ("batch encode, 16 KiB", 15_368_337),
    ("batch encode, 1 MiB", 13_924_802),
    ("batch decode, CRC and records, 1 MiB", 37_081_636),
    ("batch encode, gzip", 660_748),
    ("batch encode, snappy", 7_480_184),
    ("batch encode, lz4", 6_567_731),
    ("batch encode, zstd", 2_735_995),
    // broker_produce_acks_all, broker_consume: client and broker with a network between them; no replicas.
    ("broker append, 16 KiB", 1_066_991),
    ("broker fetch", 1_656_327),
    ("acks=all, 3 replicas, to commit", 1_066_991),
    // ttd_tumbling_count_in_memory
    ("tumbling count, 1,000,000 records and 1,000 keys", 126_115),
];

/// Kafka's figure, if there is one.
pub fn figure(name: &str) -> Option<u64> {
    FIGURES.iter().find(|(known, _)| *known == name).map(|(_, figure)| *figure)
}
