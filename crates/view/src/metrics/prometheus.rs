//! One moment in the text format that Prometheus scrapes (exposition format 0.0.4), under the names of the JMX exporter's rules
//! for Kafka, of kafka_exporter and of the lag exporter.

use super::fold::{ClientMeters, Fold, Who};
use super::window::Meter;
use millrace_model::{GroupId, Map, Time};
use millrace_sim::{NodeId, Timeline};

/// A family of samples: one name, one meaning, one type.
struct Family {
    name: &'static str,
    help: &'static str,
    kind: &'static str,
    samples: Vec<Sample>,
}

struct Sample {
    suffix: &'static str,
    labels: Vec<(&'static str, String)>,
    value: String,
}

impl Family {
    fn new(name: &'static str, kind: &'static str, help: &'static str) -> Family {
        Family { name, help, kind, samples: Vec::new() }
    }

    fn put(&mut self, labels: Vec<(&'static str, String)>, value: impl ToString) {
        self.samples.push(Sample { suffix: "", labels, value: value.to_string() });
    }

    fn maybe(&mut self, labels: Vec<(&'static str, String)>, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.put(labels, value);
        }
    }
}

/// Everything that is measured, at the playhead.
pub fn exposition(timeline: &Timeline) -> String {
    let now = timeline.world().now();
    let fold = Fold::until(timeline);
    let mut text = String::new();
    let families =
        [brokers(&fold), producers(&fold, now), consumers(&fold, now), groups(&fold, now), ours(&fold, now)];
    for family in families.into_iter().flatten().chain([alarms(timeline)]) {
        print(&mut text, &family);
    }
    text
}

impl Fold {
    /// Everything up to the playhead.
    fn until(timeline: &Timeline) -> Fold {
        let (branch, mut fold) = (timeline.branch(), Fold::default());
        let steps = usize::try_from(timeline.world().steps()).unwrap_or(usize::MAX);
        for entry in branch.steps().iter().take(steps).flat_map(|step| step.entries.iter()) {
            fold.know(entry.actor, timeline);
            fold.look_at(entry, branch);
        }
        fold
    }

    /// The clients by name; one that was started again is its newest process, which counts from nothing.
    fn by_name(&self) -> Map<String, (&Who, &ClientMeters)> {
        let known = |(id, meters): (&NodeId, _)| Some((self.who.get(id.0 as usize)?, meters));
        self.clients.iter().filter_map(known).map(|(who, meters)| (client_id(who), (who, meters))).collect()
    }
}

/// An instance's `client.id` begins with its group.
fn client_id(who: &Who) -> String {
    match &who.group {
        Some(group) => [group.as_str(), "-", &who.name].concat(),
        None => who.name.to_string(),
    }
}

fn brokers(fold: &Fold) -> Vec<Family> {
    let mut records = Family::new(
        "kafka_server_brokertopicmetrics_messagesin_total",
        "counter",
        "Records appended (kafka.server:type=BrokerTopicMetrics,name=MessagesInPerSec).",
    );
    let mut bytes = Family::new(
        "kafka_server_brokertopicmetrics_bytesin_total",
        "counter",
        "Bytes appended, of packed batches as they are packed (kafka.server:type=BrokerTopicMetrics,name=BytesInPerSec).",
    );
    let mut ends =
        Family::new("kafka_topic_partition_current_offset", "gauge", "Log end offset of a partition.");
    for (topic, meter) in &fold.topics {
        records.put(vec![("topic", topic.to_string())], meter.count());
        bytes.put(vec![("topic", topic.to_string())], meter.sum());
    }
    for tp in fold.logs.topics().flat_map(|topic| fold.logs.partitions(topic)) {
        let labels = vec![("topic", tp.topic.to_string()), ("partition", tp.partition.0.to_string())];
        ends.put(labels, fold.logs.end(&tp));
    }
    vec![records, bytes, ends]
}

fn producers(fold: &Fold, now: Time) -> Vec<Family> {
    let counter = |name, help| Family::new(name, "counter", help);
    let gauge = |name, help| Family::new(name, "gauge", help);
    let mut sent = counter(
        "kafka_producer_producer_metrics_record_send_total",
        "Records sent, each time they are sent.",
    );
    let mut resent = counter("kafka_producer_producer_metrics_record_retry_total", "Records sent again.");
    let mut errors = counter("kafka_producer_producer_metrics_record_error_total", "Records given up.");
    let mut mean = gauge(
        "kafka_producer_producer_metrics_request_latency_avg",
        "Mean time to the answer of a Produce request over the last 5 s, in ms.",
    );
    let mut largest = gauge(
        "kafka_producer_producer_metrics_request_latency_max",
        "Longest time to the answer of a Produce request over the last 5 s, in ms.",
    );
    for (id, (_, meters)) in fold.by_name().iter().filter(|(_, (_, meters))| meters.sent.count() > 0) {
        let of = || vec![("client_id", id.clone())];
        sent.put(of(), meters.sent.count());
        resent.put(of(), meters.resent.count());
        errors.put(of(), meters.errors.count());
        mean.maybe(of(), meters.request.mean(now).map(|us| decimal(us, 3)));
        largest.maybe(of(), meters.request.largest(now).map(|us| decimal(us, 3)));
    }
    vec![sent, resent, errors, mean, largest]
}

fn consumers(fold: &Fold, now: Time) -> Vec<Family> {
    let mut consumed = Family::new(
        "kafka_consumer_consumer_fetch_manager_metrics_records_consumed_total",
        "counter",
        "Records that poll has returned.",
    );
    let mut lag = Family::new(
        "kafka_consumer_consumer_fetch_manager_metrics_records_lag_max",
        "gauge",
        "Largest distance of a position from its partition's high watermark, in records.",
    );
    let mut mean = Family::new(
        "kafka_consumer_consumer_coordinator_metrics_commit_latency_avg",
        "gauge",
        "Mean time to the answer of a commit over the last 5 s, in ms.",
    );
    let mut largest = Family::new(
        "kafka_consumer_consumer_coordinator_metrics_commit_latency_max",
        "gauge",
        "Longest time to the answer of a commit over the last 5 s, in ms.",
    );
    for (id, (who, meters)) in fold.by_name().iter().filter(|(_, (who, _))| !who.is_producer) {
        let of = || vec![("client_id", id.clone())];
        if who.group.is_none() && meters.consumed.count() == 0 {
            continue;
        }
        consumed.put(of(), meters.consumed.count());
        lag.maybe(of(), meters.records_lag_max());
        mean.maybe(of(), meters.commit.mean(now).map(|us| decimal(us, 3)));
        largest.maybe(of(), meters.commit.largest(now).map(|us| decimal(us, 3)));
    }
    vec![consumed, lag, mean, largest]
}

fn groups(fold: &Fold, now: Time) -> Vec<Family> {
    let mut offsets =
        Family::new("kafka_consumergroup_current_offset", "gauge", "Committed offset of a group.");
    let mut lags = Family::new(
        "kafka_consumergroup_lag",
        "gauge",
        "Records behind the committed offset; what was never committed counts from the start of the log.",
    );
    let mut seconds = Family::new(
        "kafka_consumergroup_group_max_lag_seconds",
        "gauge",
        "How long the oldest record that is not committed has been in its log, over all partitions, in seconds.",
    );
    for (id, group) in &fold.groups {
        let of = |tp: &millrace_model::TopicPartition| {
            vec![
                ("consumergroup", id.to_string()),
                ("topic", tp.topic.to_string()),
                ("partition", tp.partition.0.to_string()),
            ]
        };
        for (tp, lag) in fold.lags(group) {
            offsets.maybe(of(&tp), group.committed.get(&tp));
            lags.put(of(&tp), lag);
        }
        seconds.put(vec![("group", id.to_string())], decimal(fold.lag_time(group, now).0, 6));
    }
    vec![offsets, lags, seconds]
}

/// What Kafka has no name for.
fn ours(fold: &Fold, now: Time) -> Vec<Family> {
    let counter = |name, help| Family::new(name, "counter", help);
    let mut deliveries = counter(
        "millrace_deliveries_total",
        "Calls of the listener method, by what they came to: done or threw.",
    );
    let mut retries = counter("millrace_retries_total", "Failed records that are tried again.");
    let mut dead = counter("millrace_dead_letters_total", "Failed records that became dead letters.");
    let mut skipped = counter("millrace_skipped_total", "Failed records given up with a line in the log.");
    let mut dropped =
        counter("millrace_deduplicated_total", "Records that an idempotent consumer has recognised.");
    let mut latency = Family::new(
        "millrace_end_to_end_latency_seconds",
        "summary",
        "From send to the return of the listener method; exact quantiles over the last 5 s.",
    );
    let mut depth =
        Family::new("millrace_dead_letters_waiting", "gauge", "Dead letters that wait for somebody.");
    let mut age = Family::new(
        "millrace_dead_letters_oldest_age_seconds",
        "gauge",
        "How long the oldest of them has waited, in seconds; 0 if there is none.",
    );
    for (id, group) in fold.groups.iter().filter(|(_, group)| group.is_app) {
        let of = || vec![("group", id.to_string())];
        let came_to = |result: &str| vec![("group", id.to_string()), ("result", result.to_owned())];
        deliveries.put(came_to("done"), group.done.count());
        deliveries.put(came_to("threw"), group.failed.count());
        retries.put(of(), group.retried.count());
        dead.put(of(), group.dead.count());
        skipped.put(of(), group.skipped.count());
        dropped.put(of(), group.dropped.count());
        summary(&mut latency, id, &group.done, now);
        depth.put(of(), fold.letters.depth(id));
        age.put(of(), decimal(fold.letters.age(id, now).map_or(0, |age| age.0), 6));
    }
    vec![deliveries, retries, dead, skipped, dropped, latency, depth, age]
}

fn summary(family: &mut Family, group: &GroupId, meter: &Meter, now: Time) {
    let percentiles = meter.percentiles(now);
    let quantiles: [(&str, Option<u64>); 3] = [
        ("0.5", percentiles.map(|p| p.p50)),
        ("0.95", percentiles.map(|p| p.p95)),
        ("0.99", percentiles.map(|p| p.p99)),
    ];
    for (quantile, value) in quantiles {
        let labels = vec![("group", group.to_string()), ("quantile", quantile.to_owned())];
        // Prometheus' own word for a quantile of nothing.
        family.put(labels, value.map_or_else(|| "NaN".to_owned(), |us| decimal(us, 6)));
    }
    let mut add = |suffix, value| {
        let labels = vec![("group", group.to_string())];
        family.samples.push(Sample { suffix, labels, value });
    };
    add("_sum", decimal(meter.sum(), 6));
    add("_count", meter.count().to_string());
}

/// As Prometheus itself tells of alarms.
fn alarms(timeline: &Timeline) -> Family {
    let mut family = Family::new("ALERTS", "gauge", "Alarms that fire, or are about to.");
    for alert in timeline.world().alerts() {
        let state = match (alert.firing_since, alert.pending_since) {
            (Some(_), _) => "firing",
            (None, Some(_)) => "pending",
            (None, None) => continue,
        };
        let labels = vec![
            ("alertname", alert.rule.name.to_string()),
            ("alertstate", state.to_owned()),
            ("group", alert.rule.group.to_string()),
        ];
        family.put(labels, 1);
    }
    family
}

/// Families without samples say nothing.
fn print(text: &mut String, family: &Family) {
    if family.samples.is_empty() {
        return;
    }
    let Family { name, help, kind, .. } = family;
    text.push_str(
        &["# HELP ", name, " ", &escaped(help, false), "\n# TYPE ", name, " ", kind, "\n"].concat(),
    );
    for Sample { suffix, labels, value } in &family.samples {
        text.push_str(name);
        text.push_str(suffix);
        for (n, (label, value)) in labels.iter().enumerate() {
            let before = if n == 0 { "{" } else { "," };
            text.push_str(&[before, label, "=\"", &escaped(value, true), "\""].concat());
        }
        if !labels.is_empty() {
            text.push('}');
        }
        text.push_str(&[" ", value, "\n"].concat());
    }
}

/// Backslashes and line ends; in a label's value quotes, too.
fn escaped(text: &str, is_label: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '"' if is_label => escaped.push_str("\\\""),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A whole number of 10^-`places` as a decimal, without zeros that say nothing.
fn decimal(value: u64, places: u32) -> String {
    let one = 10_u64.pow(places);
    let (whole, rest) = (value / one, value % one);
    if rest == 0 {
        return whole.to_string();
    }
    let digits = (one + rest).to_string();
    let digits = digits.get(1..).unwrap_or("").trim_end_matches('0');
    [&*whole.to_string(), ".", digits].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_break_a_line_is_escaped() {
        let mut family = Family::new("n", "gauge", "a \\ and\na line, \"quoted\"");
        family.put(vec![("a", "b\\c\"d\ne".to_owned()), ("f", String::new())], 1);
        let mut text = String::new();
        print(&mut text, &family);
        assert_eq!(
            text,
            "# HELP n a \\\\ and\\na line, \"quoted\"\n# TYPE n gauge\nn{a=\"b\\\\c\\\"d\\ne\",f=\"\"} 1\n"
        );
    }

    #[test]
    fn decimals_are_exact() {
        let told = [0, 1, 1_000, 12_345, 1_000_000, 61_500_000].map(|us| decimal(us, 6));
        assert_eq!(told, ["0", "0.000001", "0.001", "0.012345", "1", "61.5"]);
    }
}
