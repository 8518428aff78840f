//! `kafka-console-producer` (`ConsoleProducer`): a line of the standard input is a record.

use super::reader::{Line, LineReader, lines};
use super::{Properties, pairs, settings};
use crate::cluster::{broker, has_port, is_reachable};
use crate::configs::properties;
use crate::options::{Given, Grammar, Opt, help_or_version, require, usage};
use crate::shell::{Exit, Shell};
use millrace_broker::topic::invalid_topic_reason;
use millrace_client::producer::ProducerEvent;
use millrace_model::config::producer::ProducerConfig;
use millrace_model::{Partition, Span, Time, TopicName, TopicPartition};
use millrace_sim::{Command, Entry, Fact, Name, NewRecord};
use std::cell::RefCell;

const ABOUT: &str = "This tool helps to read data from standard input and publish it to Kafka.";
const CALLBACK: &str = "org.apache.kafka.clients.producer.internals.ErrorLoggingCallback";
const NETWORK: &str = "org.apache.kafka.clients.NetworkClient";

const GRAMMAR: Grammar = Grammar {
    options: &[
        Opt::value("topic", "topic", "required: the topic"),
        Opt::value("bootstrap-server", "host:port", "required: the cluster"),
        Opt::flag("sync", "sends one record after the other"),
        Opt::optional(
            "compression-codec",
            "codec",
            "none, gzip (if only the option is given), snappy, lz4 or zstd",
        ),
        Opt::value("batch-size", "bytes", "batch.size"),
        Opt::value("message-send-max-retries", "number", "retries, default 3"),
        Opt::value("retry-backoff-ms", "ms", "retry.backoff.ms, default 100"),
        Opt::value("timeout", "ms", "linger.ms, default 1000"),
        Opt::value("request-required-acks", "acks", "acks, default -1"),
        Opt::value("request-timeout-ms", "ms", "request.timeout.ms, default 1500"),
        Opt::value("metadata-expiry-ms", "ms", "metadata.max.age.ms"),
        Opt::value("max-block-ms", "ms", "max.block.ms"),
        Opt::value("max-memory-bytes", "bytes", "buffer.memory"),
        Opt::value("max-partition-memory-bytes", "bytes", "batch.size"),
        Opt::value("line-reader", "class", "what cuts the lines"),
        Opt::value("socket-buffer-size", "bytes", "send.buffer.bytes"),
        Opt::value(
            "property",
            "key=value",
            "of the reader: parse.key, key.separator, parse.headers, null.marker …",
        ),
        Opt::value("reader-config", "file", "the same in a file"),
        Opt::value("producer-property", "key=value", "of the producer"),
        Opt::value("producer.config", "file", "the same in a file"),
    ],
};

const READER: &str = "org.apache.kafka.tools.LineMessageReader";

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    let given = match GRAMMAR.parse(arguments) {
        Ok(given) => given,
        Err(error) => return Err(usage(shell, &GRAMMAR, &error.words)),
    };
    help_or_version(shell, &GRAMMAR, &given, (arguments.is_empty(), ABOUT))?;
    require(shell, &GRAMMAR, &given, &["topic"])?;
    let servers = match given.value("bootstrap-server") {
        Ok(servers) => servers.unwrap_or_default().to_owned(),
        Err(error) => return Err(shell.die(&error.words)),
    };
    if servers.trim().is_empty() {
        return Err(usage(shell, &GRAMMAR, "Error while validating the bootstrap address\n"));
    }
    if !servers.split(',').all(has_port) {
        let words = "Please provide valid host:port like host1:9091,host2:9092\n";
        return Err(usage(shell, &GRAMMAR, words));
    }
    let (topic, reader, config) = match start(shell, &given) {
        Ok(started) => started,
        Err(words) => return Err(shell.die(&words)),
    };
    let mut failed = None;
    let mut records = Vec::new();
    for (at, text) in lines(shell.stdin()).into_iter().enumerate() {
        match reader.read(text, at + 1) {
            Ok(line) => records.push(line),
            Err(words) => {
                failed = Some(words);
                break;
            }
        }
    }
    let sent = send(shell, (&topic, &servers), config, records, given.has("sync"));
    if let Some(words) = failed {
        return Err(shell.die(&format!("org.apache.kafka.common.KafkaException: {words}")));
    }
    sent
}

/// An option of the tool, the producer's setting, and the option's default.
const MERGED: [(&str, &str, &str); 10] = [
    ("timeout", "linger.ms", "1000"),
    ("request-required-acks", "acks", "-1"),
    ("request-timeout-ms", "request.timeout.ms", "1500"),
    ("message-send-max-retries", "retries", "3"),
    ("retry-backoff-ms", "retry.backoff.ms", "100"),
    ("max-memory-bytes", "buffer.memory", "33554432"),
    ("batch-size", "batch.size", "16384"),
    ("max-partition-memory-bytes", "batch.size", "16384"),
    ("metadata-expiry-ms", "metadata.max.age.ms", "300000"),
    ("max-block-ms", "max.block.ms", "60000"),
];

fn start(shell: &mut Shell<'_>, given: &Given) -> Result<(String, LineReader, ProducerConfig), String> {
    let one = |name: &str| given.value(name).map_err(|error| error.words);
    let file = |shell: &mut Shell<'_>, path: &str, into: &mut Properties| match shell.read(path) {
        Some(text) => {
            into.extend(properties(&text).map(|(key, value)| (key.to_owned(), value.to_owned())));
            Ok(())
        }
        None => Err(format!("java.nio.file.NoSuchFileException: {path}")),
    };
    let class = one("line-reader")?.unwrap_or(READER);
    if class != READER {
        return Err(format!("java.lang.ClassNotFoundException: {class}"));
    }
    let mut of_reader = Properties::new();
    if let Some(path) = one("reader-config")? {
        file(shell, path, &mut of_reader)?;
    }
    pairs(&given.values("property"), &mut of_reader);
    let reader = LineReader::new(&of_reader)
        .map_err(|words| format!("org.apache.kafka.common.KafkaException: {words}"))?;
    let mut of_producer = Properties::new();
    if let Some(path) = one("producer.config")? {
        file(shell, path, &mut of_producer)?;
    }
    pairs(&given.values("producer-property"), &mut of_producer);
    let codec = match given.has("compression-codec") {
        true => one("compression-codec")?.unwrap_or("gzip"),
        false => "none",
    };
    of_producer.insert("compression.type".to_owned(), codec.to_owned());
    for (option, key, default) in MERGED {
        if given.has(option) {
            let value = given.number::<i64>(option);
            let text = one(option)?.unwrap_or(default);
            if option != "request-required-acks" {
                value.map_err(|error| error.words)?;
            }
            of_producer.insert(key.to_owned(), text.to_owned());
        } else {
            of_producer.entry(key.to_owned()).or_insert_with(|| default.to_owned());
        }
    }
    let config = settings::producer(&of_producer, shell.world().profile())
        .map_err(|words| format!("org.apache.kafka.common.config.ConfigException: {words}"))?;
    let topic = one("topic")?.unwrap_or_default().to_owned();
    Ok((topic, reader, config))
}

/// Bytes of a record at most (`AbstractRecords.estimateSizeInBytesUpperBound`).
fn upper_bound(line: &Line) -> usize {
    const BATCH_OVERHEAD: usize = 61;
    const MAX_RECORD_OVERHEAD: usize = 21;
    let varint = |n: usize| {
        let zigzag = (n as u64) << 1;
        (1..10).find(|bytes| zigzag < 1 << (7 * bytes)).unwrap_or(10)
    };
    let sized = |n: Option<usize>| n.map_or(1, |n| varint(n) + n);
    let header = |header: &millrace_model::Header| {
        sized(Some(header.key.len())) + sized(header.value.as_ref().map(|value| value.len()))
    };
    let headers: usize = line.headers.iter().map(header).sum();
    let key = sized(line.key.as_ref().map(String::len));
    let value = sized(line.value.as_ref().map(String::len));
    BATCH_OVERHEAD + MAX_RECORD_OVERHEAD + key + value + varint(line.headers.len()) + headers
}

/// Says why a record was not sent; true if the tool goes on.
fn refuse(shell: &mut Shell<'_>, topic: &str, line: &Line, why: &str, sync: bool) -> Result<(), Exit> {
    if sync {
        return Err(shell.die(&format!("java.util.concurrent.ExecutionException: {why}")));
    }
    let bytes = |text: &Option<String>| {
        text.as_ref().map_or("null".to_owned(), |text| format!("{} bytes", text.len()))
    };
    let words = format!(
        "Error when sending message to topic {topic} with key: {}, value: {} with error:",
        bytes(&line.key),
        bytes(&line.value)
    );
    shell.log("ERROR", &words, CALLBACK);
    shell.complain(why);
    Ok(())
}

fn send(
    shell: &mut Shell<'_>,
    (topic, servers): (&str, &str),
    config: ProducerConfig,
    lines: Vec<Line>,
    sync: bool,
) -> Result<(), Exit> {
    const ERRORS: &str = "org.apache.kafka.common.errors";
    if lines.is_empty() {
        return Ok(());
    }
    if !is_reachable(shell.world(), servers) {
        let address = servers.split(',').next().unwrap_or_default();
        let words = format!(
            "[Producer clientId=console-producer] Connection to node -1 (/{address}) could not be established. Node may not \
             be available."
        );
        shell.log("WARN", &words, NETWORK);
        let ms = config.max_block.as_millis();
        for line in &lines {
            let until = shell.world().now() + config.max_block;
            shell.run_until(until);
            let why =
                format!("{ERRORS}.TimeoutException: Topic {topic} not present in metadata after {ms} ms.");
            refuse(shell, topic, line, &why, sync)?;
        }
        return Ok(());
    }
    let recoverable = |error: &str| {
        format!(
            "[Producer clientId=console-producer] The metadata response from the cluster reported a recoverable issue with \
             correlation id 1 : {{{topic}={error}}}"
        )
    };
    if invalid_topic_reason(topic).is_some() {
        for line in &lines {
            shell.log("WARN", &recoverable("INVALID_TOPIC_EXCEPTION"), NETWORK);
            let words = format!(
                "[Producer clientId=console-producer] Metadata response reported invalid topics [{topic}]"
            );
            shell.log("ERROR", &words, "org.apache.kafka.clients.Metadata");
            let why = format!("{ERRORS}.InvalidTopicException: Invalid topics: [{topic}]");
            refuse(shell, topic, line, &why, sync)?;
        }
        return Ok(());
    }
    if broker(shell.world()).is_none_or(|broker| broker.topic(topic).is_none()) {
        shell.log("WARN", &recoverable("UNKNOWN_TOPIC_OR_PARTITION"), NETWORK);
    }
    let max = config.max_request_size;
    let mut taken: Vec<Line> = Vec::new();
    for line in lines {
        let size = upper_bound(&line);
        if size > max {
            let why = format!(
                "{ERRORS}.RecordTooLargeException: The message is {size} bytes when serialized which is larger than {max}, \
                 which is the value of the max.request.size configuration."
            );
            refuse(shell, topic, &line, &why, sync)?;
        } else {
            taken.push(line);
        }
    }
    let runs: Vec<Vec<Line>> =
        if sync { taken.into_iter().map(|line| vec![line]).collect() } else { vec![taken] };
    for run in runs.into_iter().filter(|run| !run.is_empty()) {
        deliver(shell, topic, &config, run, sync)?;
    }
    Ok(())
}

/// How many records a topic has got so far.
fn end_of(shell: &Shell<'_>, topic: &str) -> i64 {
    let known = broker(shell.world()).and_then(|broker| broker.topic(topic));
    known
        .into_iter()
        .flat_map(|topic| topic.partitions())
        .map(|partition| partition.log.log_end_offset().0)
        .sum()
}

fn deliver(
    shell: &mut Shell<'_>,
    topic: &str,
    config: &ProducerConfig,
    lines: Vec<Line>,
    sync: bool,
) -> Result<(), Exit> {
    let (name, topic_name): (Name, TopicName) = ("console-producer".into(), TopicName::from(topic));
    let bytes = |text: &Option<String>| text.as_ref().map(|text| text.as_bytes().into());
    let record = |line: &Line| NewRecord {
        topic: Some(topic_name.clone()),
        key: bytes(&line.key),
        value: bytes(&line.value),
        timestamp: None,
        partition: None::<Partition>,
        headers: line.headers.clone().into(),
    };
    let records: Vec<NewRecord> = lines.iter().map(record).collect();
    let is_cluster = shell.world().controller().is_some();
    let before = end_of(shell, topic);
    let count = i64::try_from(records.len()).unwrap_or(i64::MAX);
    // A producer per invocation; one that was started with the same settings will do.
    let name = shell.console_producer(&name, &topic_name, config);
    let done = match name {
        // In a cluster it is looked at what becomes of them, from this moment on.
        Ok(name) if is_cluster => shell.act(Command::Produce { producer: Some(name), records }),
        Ok(name) => shell.execute(Command::Produce { producer: Some(name), records }),
        Err(words) => Err(words),
    };
    if let Err(words) = done {
        return Err(shell.die(&words));
    }
    let deadline = shell.world().now() + config.delivery_timeout + Span::from_secs(1);
    if is_cluster {
        let failed = failures(shell, config, deadline, lines.len());
        return lines.iter().zip(failed).try_for_each(|(line, why)| match why {
            Some(why) => refuse(shell, topic, line, &why, sync),
            None => Ok(()),
        });
    }
    let wanted = topic.to_owned();
    shell.wait(|world| {
        let known = broker(world).and_then(|broker| broker.topic(&wanted));
        let end: i64 = known
            .into_iter()
            .flat_map(|topic| topic.partitions())
            .map(|partition| partition.log.log_end_offset().0)
            .sum();
        end >= before + count || world.now() >= deadline
    });
    // The answers are still on their way.
    let settled = shell.world().now() + Span::from_millis(10);
    shell.run_until(settled);
    let missing = before + count - end_of(shell, topic);
    if missing > 0 {
        let tp = TopicPartition { topic: topic_name, partition: Partition(0) };
        let max = broker(shell.world())
            .and_then(|broker| broker.topic(topic))
            .map(|t| t.config().max_message_bytes);
        for line in &lines {
            let why = match max {
                Some(max) if upper_bound(line) > max => {
                    "org.apache.kafka.common.errors.RecordTooLargeException: The request included a message larger than the \
                     max message size the server will accept."
                        .to_owned()
                }
                _ => format!(
                    "org.apache.kafka.common.errors.TimeoutException: Expiring {} record(s) for {tp}:{} ms has passed since \
                     batch creation",
                    lines.len(),
                    config.delivery_timeout.as_millis()
                ),
            };
            refuse(shell, topic, line, &why, sync)?;
        }
    }
    Ok(())
}

/// What becomes of the records that a producer of the cluster has just been given, in their order: the exception with its
/// class, if one is not written.
fn failures(
    shell: &mut Shell<'_>,
    config: &ProducerConfig,
    deadline: Time,
    count: usize,
) -> Vec<Option<String>> {
    let settled: RefCell<Vec<Option<String>>> = RefCell::default();
    let mut see = |entry: &Entry| match &entry.fact {
        Fact::Producer(ProducerEvent::BatchAcknowledged { batch, .. }) => {
            settled.borrow_mut().extend(batch.records.iter().map(|_| None));
        }
        Fact::Producer(ProducerEvent::RecordsFailed { origins, failure, .. }) => {
            let why = format!("{}: {}", failure.class, failure.message);
            settled.borrow_mut().extend(origins.iter().map(|_| Some(why.clone())));
        }
        _ => {}
    };
    shell.watch(deadline, &mut see, |_| settled.borrow().len() >= count);
    // With acks=0 the records are still on their way.
    let until = shell.world().now() + Span::from_millis(10);
    shell.run_until(until);
    let mut settled = settled.into_inner();
    let ms = config.delivery_timeout.as_millis();
    settled.resize_with(count, || {
        Some(format!("org.apache.kafka.common.errors.TimeoutException: Nothing was heard for {ms} ms"))
    });
    settled
}
