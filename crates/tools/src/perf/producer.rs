//! `kafka-producer-perf-test` (`ProducerPerformance`).
//!
//! A producer with a workload sends the records; its own work takes no time, so that without a limit the network and the
//! memory for unsent records (`buffer.memory`) set the pace. Without transactions, for there are none yet.

use super::latency::Latencies;
use super::metrics;
use super::payload::{Payload, SplittableRandom};
use crate::cluster::{broker, check_bootstrap, is_reachable};
use crate::configs::properties;
use crate::console::{Properties, settings};
use crate::java_number::read_double;
use crate::options::argparse::{Arg, Namespace, Parser, Stop, Takes, Type};
use crate::shell::{Exit, Shell};
use millrace_client::producer::ProducerEvent;
use millrace_model::config::producer::ProducerConfig;
use millrace_model::{Span, Time, TopicName};
use millrace_sim::node::Kind;
use millrace_sim::workload::{Skew, Workload};
use millrace_sim::{Command, Fact, Name, NewRecord, World, limits};

/// The parser.
const PARSER: Parser = Parser {
    groups: &[true],
    shows_defaults: true,
    ..Parser::new(
        "producer-performance",
        "Measures how fast a producer sends. A transactional id, or a duration of transactions, would make it send in \
         transactions; the playground has none yet.",
        &[
            Arg::value(&["--topic"], "TOPIC", "the topic to send to").required(),
            Arg::value(&["--num-records"], "NUM-RECORDS", "how many records to send")
                .required()
                .kind(Type::Long),
            Arg::value(
                &["--record-size"],
                "RECORD-SIZE",
                "bytes of a record; this, --payload-file or --payload-monotonic",
            )
            .kind(Type::Integer)
            .group(1),
            Arg::value(&["--payload-file"], "PAYLOAD-FILE", "a file of which a line, any, is sent each time")
                .group(1),
            Arg::flag(&["--payload-monotonic"], "sends the records' numbers").group(1),
            Arg::value(
                &["--payload-delimiter"],
                "PAYLOAD-DELIMITER",
                "what lies between the lines of --payload-file",
            )
            .default("\\n"),
            Arg::value(&["--throughput"], "THROUGHPUT", "records a second, about; -1: as many as possible")
                .required()
                .kind(Type::Double),
            Arg::value(&["--producer-props"], "PROP-NAME=PROP-VALUE", "settings of the producer")
                .takes(Takes::Some),
            Arg::value(&["--producer.config"], "CONFIG-FILE", "the same in a file"),
            Arg::flag(&["--print-metrics"], "prints the producer's metrics at the end"),
            Arg::value(&["--transactional-id"], "TRANSACTIONAL-ID", "the transactional.id"),
            Arg::value(
                &["--transaction-duration-ms"],
                "TRANSACTION-DURATION",
                "how long a transaction lasts at most",
            )
            .kind(Type::Long),
        ],
    )
};

/// Records of one test; more are not sent here.
const RECORDS: u64 = 500_000;
/// Bytes of one test.
const BYTES: u64 = 128 << 20;
/// So many records are sent one by one, as Kafka's tool sends them; more come from a workload, which sends the first
/// payload again and again.
const ONE_BY_ONE: u64 = 100;
/// The longest test.
const DURATION: Span = Span::from_secs(3_600);
const CLIENT_ID: &str = "perf-producer-client";
const NETWORK: &str = "org.apache.kafka.clients.NetworkClient";

/// What is asked for.
struct Test {
    topic: String,
    records: u64,
    payload: Payload,
    /// Records a second; none: as many as possible.
    throughput: Option<f64>,
    config: Properties,
    prints_metrics: bool,
}

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    let given = match PARSER.parse(arguments) {
        Ok(given) => given,
        Err(_) if arguments.is_empty() => {
            shell.print(&PARSER.help());
            return Ok(());
        }
        Err(Stop::Help(text)) => {
            shell.print(&text);
            return Err(Exit(1));
        }
        Err(Stop::Mistake(text)) => return Err(shell.mistake(&text)),
        Err(Stop::Version) => return Err(Exit(0)),
    };
    let test = test_of(shell, &given)?;
    send(shell, &test)
}

fn test_of(shell: &mut Shell<'_>, given: &Namespace) -> Result<Test, Exit> {
    let records: i64 = given.number("--num-records").unwrap_or_default();
    let size: Option<i32> = given.number("--record-size");
    let duration: Option<i64> = given.number("--transaction-duration-ms");
    let sentence = if records <= 0 {
        "--num-records should be greater than zero"
    } else if size.is_some_and(|size| size <= 0) {
        "--record-size should be greater than zero"
    } else if !given.has("--producer-props") && !given.has("--producer.config") {
        "Either --producer-props or --producer.config must be specified."
    } else if duration.is_some_and(|ms| ms <= 0) {
        "--transaction-duration-ms should be greater than zero"
    } else {
        ""
    };
    if !sentence.is_empty() {
        return Err(shell.mistake(&PARSER.mistake(sentence)));
    }
    let payload = match (given.value("--payload-file"), size.and_then(|size| usize::try_from(size).ok())) {
        (Some(path), _) => lines_of(shell, path, given.value("--payload-delimiter"))?,
        (None, Some(size)) => Payload::Letters(size),
        (None, None) => Payload::Number,
    };
    let config = read_properties(shell, given)?;
    let is_transactional = duration.is_some() || given.has("--transactional-id");
    if is_transactional || config.contains_key("transactional.id") {
        return Err(shell.die("kafka-producer-perf-test: the playground has no transactions yet"));
    }
    let throughput =
        given.value("--throughput").and_then(read_double).filter(|throughput| *throughput >= 0.0);
    Ok(Test {
        topic: given.value("--topic").unwrap_or_default().to_owned(),
        records: records.unsigned_abs(),
        payload,
        throughput,
        config,
        prints_metrics: given.has("--print-metrics"),
    })
}

fn lines_of(shell: &mut Shell<'_>, path: &str, delimiter: Option<&str>) -> Result<Payload, Exit> {
    let absolute = if path.starts_with(['/', '<']) { path.to_owned() } else { format!("/{path}") };
    shell.say(format!("Reading payloads from: {absolute}"));
    let text = shell.read(path).filter(|text| !text.is_empty());
    let Some(text) = text else {
        let words = "File does not exist or empty file provided.";
        return Err(shell.uncaught("java.lang.IllegalArgumentException", words));
    };
    let delimiter = match delimiter {
        None | Some("\\n") => "\n",
        Some(delimiter) => delimiter,
    };
    let mut lines: Vec<String> = text.split(delimiter).map(str::to_owned).collect();
    // `String.split` leaves out empty ends.
    while lines.len() > 1 && lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    shell.say(format!("Number of messages read: {}", lines.len()));
    Ok(Payload::Lines(lines))
}

fn read_properties(shell: &mut Shell<'_>, given: &Namespace) -> Result<Properties, Exit> {
    let mut config = Properties::new();
    if let Some(path) = given.value("--producer.config") {
        let Some(text) = shell.read(path) else {
            return Err(shell.uncaught("java.nio.file.NoSuchFileException", path));
        };
        config.extend(properties(&text).map(|(key, value)| (key.to_owned(), value.to_owned())));
    }
    for property in given.values("--producer-props") {
        let mut pieces: Vec<&str> = property.split('=').collect();
        while pieces.last().is_some_and(|piece| piece.is_empty()) {
            pieces.pop();
        }
        let [key, value] = pieces.as_slice() else {
            let words = format!("Invalid property: {property}");
            return Err(shell.uncaught("java.lang.IllegalArgumentException", &words));
        };
        config.insert((*key).to_owned(), (*value).to_owned());
    }
    Ok(config)
}

fn send(shell: &mut Shell<'_>, test: &Test) -> Result<(), Exit> {
    let config = match settings::producer(&test.config, shell.world().profile()) {
        Ok(config) => config,
        Err(words) => return Err(shell.uncaught("org.apache.kafka.common.config.ConfigException", &words)),
    };
    let servers = test.config.get("bootstrap.servers").cloned().unwrap_or_default();
    if servers.trim().is_empty() || check_bootstrap(&servers).is_err() {
        let class = "org.apache.kafka.common.KafkaException";
        return Err(shell.uncaught(class, "Failed to construct kafka producer"));
    }
    let client_id = test.config.get("client.id").cloned().unwrap_or_else(|| CLIENT_ID.to_owned());
    if let Some(why) = too_much(test) {
        return Err(shell.die(&format!("kafka-producer-perf-test: {why}")));
    }
    let start = shell.world().now();
    let mut seen = Seen::new(test.records, start);
    if !is_reachable(shell.world(), &servers) {
        nobody_there(shell, (&client_id, &servers), test, &config);
    } else {
        if broker(shell.world()).is_none_or(|broker| broker.topic(&test.topic).is_none()) {
            let words = format!(
                "[Producer clientId={client_id}] The metadata response from the cluster reported a recoverable issue with \
                 correlation id 1 : {{{}=UNKNOWN_TOPIC_OR_PARTITION}}",
                test.topic
            );
            shell.log("WARN", &words, NETWORK);
        }
        let topic = TopicName::from(&*test.topic);
        let name = shell.console_producer(&client_id.as_str().into(), &topic, &config);
        let done = name.and_then(|name| measure(shell, test, (&name, &config), &mut seen).map(|()| name));
        if let Err(words) = done {
            return Err(shell.die(&words));
        }
    }
    for line in &seen.lines {
        shell.say(line);
    }
    for line in &seen.failures {
        shell.complain(line);
    }
    let total = seen.latencies.total_line(ms(shell.world().now()));
    shell.say(total);
    if test.prints_metrics {
        let table =
            metrics::of_producer(shell.world(), &client_id, &test.topic, &seen.counts, &seen.latencies);
        shell.print(&table);
    }
    Ok(())
}

/// What the playground does not do.
fn too_much(test: &Test) -> Option<String> {
    if test.records > RECORDS {
        return Some(format!("the playground sends {RECORDS} records a test at most"));
    }
    let size = test.payload.size().unwrap_or(0) as u64;
    if test.records.saturating_mul(size) > BYTES {
        return Some(format!("the playground sends {} MiB a test at most", BYTES >> 20));
    }
    match test.throughput {
        Some(0.0) => {
            Some("with a throughput of 0 Kafka's tool waits for ever after its first record".to_owned())
        }
        Some(throughput) if seconds(test.records, throughput) > seconds(DURATION.0, 1e6) => {
            Some("the playground's tests last an hour of virtual time at most".to_owned())
        }
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a bound, not a result")]
fn seconds(records: u64, throughput: f64) -> f64 {
    records as f64 / throughput
}

/// Nobody answers: each `send` waits for `max.block.ms` and fails.
fn nobody_there(shell: &mut Shell<'_>, (id, servers): (&str, &str), test: &Test, config: &ProducerConfig) {
    let address = servers.split(',').next().unwrap_or_default();
    let words = format!(
        "[Producer clientId={id}] Connection to node -1 (/{address}) could not be established. Node may not be available."
    );
    shell.log("WARN", &words, NETWORK);
    for _ in 0..test.records.min(ONE_BY_ONE) {
        let until = shell.world().now() + config.max_block;
        shell.run_until(until);
        shell.complain(format!(
            "org.apache.kafka.common.errors.TimeoutException: Topic {} not present in metadata after {} ms.",
            test.topic,
            config.max_block.as_millis()
        ));
    }
}

/// What was seen of the producer.
pub(super) struct Seen {
    latencies: Latencies,
    lines: Vec<String>,
    failures: Vec<String>,
    pub counts: metrics::Counts,
}

fn ms(at: Time) -> u64 {
    at.timestamp().0.unsigned_abs()
}

impl Seen {
    fn new(records: u64, start: Time) -> Seen {
        let counts = metrics::Counts::new(ms(start));
        Seen {
            latencies: Latencies::new(records, ms(start)),
            lines: Vec::new(),
            failures: Vec::new(),
            counts,
        }
    }

    fn see(&mut self, event: &ProducerEvent) {
        self.counts.see(event);
        match event {
            ProducerEvent::BatchAcknowledged { at, batch, .. } => {
                let now = ms(*at);
                for record in &batch.records {
                    let latency = now.saturating_sub(record.timestamp.0.unsigned_abs());
                    let bytes = record.value.as_ref().map_or(0, |value| value.len() as u64);
                    self.lines.extend(self.latencies.record(latency, bytes, now));
                }
            }
            ProducerEvent::RecordsFailed { origins, failure, .. } => {
                let line = format!("{}: {}", failure.class, failure.message);
                self.failures.extend(origins.iter().map(|_| line.clone()));
            }
            _ => {}
        }
    }
}

/// How many records of a producer are acknowledged or have failed.
pub(super) fn acknowledged(world: &World, name: &str) -> u64 {
    totals(world, name).map_or(0, |totals| totals.acknowledged + totals.failed)
}

fn totals(world: &World, name: &str) -> Option<millrace_client::producer::Totals> {
    match world.producer(name).map(|(_, node)| &node.kind) {
        Some(Kind::Producer(node)) => Some(node.client.totals()),
        _ => None,
    }
}

/// Sends everything and waits for it.
fn measure(
    shell: &mut Shell<'_>,
    test: &Test,
    (name, config): (&Name, &ProducerConfig),
    seen: &mut Seen,
) -> Result<(), String> {
    let wanted = acknowledged(shell.world(), name) + test.records;
    let rate = test.throughput.map_or(Some(limits::RATE), whole);
    match (rate, test.payload.size()) {
        (Some(rate), Some(size)) if test.records > ONE_BY_ONE => {
            let value = Payload::Letters(size).value(&mut SplittableRandom::default(), 0);
            by_workload(shell, (name, &value), (test.records, rate), seen)?;
        }
        _ => one_by_one(shell, test, name, seen)?,
    }
    let deadline = shell.world().now() + config.delivery_timeout + config.max_block + DURATION;
    watch(shell, name, deadline, seen, |world| acknowledged(world, name) >= wanted);
    Ok(())
}

/// A throughput as a workload's rate, if it is a whole number.
fn whole(throughput: f64) -> Option<u32> {
    let text = format!("{throughput}");
    text.parse().ok().map(|rate: u32| rate.min(limits::RATE)).filter(|rate| *rate > 0)
}

fn watch(shell: &mut Shell<'_>, name: &str, until: Time, seen: &mut Seen, done: impl Fn(&World) -> bool) {
    let Some((id, _)) = shell.world().producer(name) else { return };
    let mut see = |entry: &millrace_sim::Entry| match &entry.fact {
        Fact::Producer(event) if entry.actor == millrace_sim::Actor::Node(id) => seen.see(event),
        _ => {}
    };
    shell.watch(until, &mut see, done);
}

/// Records in one command each time that some are due.
fn one_by_one(shell: &mut Shell<'_>, test: &Test, name: &Name, seen: &mut Seen) -> Result<(), String> {
    let limit = limits::RECORDS_PER_COMMAND as u64;
    if test.records > limit {
        return Err(format!(
            "kafka-producer-perf-test: of these records, or at this throughput, the playground sends {limit} at most"
        ));
    }
    let (start, mut random) = (shell.world().now(), SplittableRandom::default());
    let due = |n: u64| match test.throughput {
        Some(throughput) => start + Span::from_millis(due_ms(n, throughput)),
        None => start,
    };
    let mut n = 0;
    while n < test.records {
        let at = due(n);
        watch(shell, name, at, seen, |_| false);
        let mut records = Vec::new();
        while n < test.records && due(n) == at {
            let value = test.payload.value(&mut random, n).into_bytes();
            records.push(NewRecord {
                topic: Some(TopicName::from(&*test.topic)),
                key: None,
                value: Some(value.into()),
                timestamp: None,
                partition: None,
                headers: [].into(),
            });
            n += 1;
        }
        shell.act(Command::Produce { producer: Some(name.clone()), records })?;
    }
    Ok(())
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positive and small: a test lasts an hour at most"
)]
fn due_ms(n: u64, throughput: f64) -> u64 {
    (n as f64 * 1000.0 / throughput) as u64
}

/// Records from a workload, which is stopped when as many as were asked for have been sent.
fn by_workload(
    shell: &mut Shell<'_>,
    (name, value): (&Name, &str),
    (records, rate): (u64, u32),
    seen: &mut Seen,
) -> Result<(), String> {
    const TICK: Span = Span::from_millis(1);
    let mut left = records;
    let mut rate = rate;
    while left > 0 {
        let workload = Workload {
            rate,
            keys: Vec::new(),
            skew: Skew::default(),
            value: value.into(),
            late_percent: 0,
            late_by: Span::ZERO,
            topic: None,
            is_per_record: false,
        };
        let start = shell.world().now();
        // The last moment at which it has not sent too many.
        let (mut sent, mut at) = (0, start);
        loop {
            let mut count = sent;
            while count <= left && workload.due(start, count) <= at {
                count += 1;
            }
            if count > left {
                break;
            }
            sent = count;
            if sent == left {
                break;
            }
            at = workload.due(start, sent).max(at + TICK);
        }
        let start_it = Command::SetWorkload { producer: name.clone(), workload: Some(workload) };
        shell.act(start_it)?;
        let stop_at = if sent == left { at } else { Time(at.0 - 1) };
        watch(shell, name, stop_at, seen, |_| false);
        shell.act(Command::SetWorkload { producer: name.clone(), workload: None })?;
        left -= sent;
        // What does not fill the next tick goes in one of its own.
        rate = u32::try_from(left.saturating_sub(1) * 1_000).unwrap_or(limits::RATE).clamp(1, limits::RATE);
    }
    Ok(())
}
