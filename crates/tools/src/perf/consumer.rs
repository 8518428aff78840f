//! `kafka-consumer-perf-test` (`ConsumerPerformance`).
//!
//! Like the console consumer it reads the logs itself, a fetch a round trip, in the order of a consumer that is alone in
//! its group, and commits for its group when it ends.

use super::dates;
use crate::cluster::{broker, check_bootstrap, is_reachable};
use crate::configs::properties;
use crate::console::Properties;
use crate::console::consumer::{Positions, Who, commit, subscribe};
use crate::java_number::fixed;
use crate::options::{Given, Grammar, Opt, OptionError, help_or_version, require, usage};
use crate::shell::{Exit, Shell};
use millrace_model::{Offset, Span, Time};

const ABOUT: &str = "This tool is used to verify the consumer performance.";
const HEADER: &str = "data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, \
                      fetch.MB.sec, fetch.nMsg.sec";
/// `max.poll.records`
const MAX_POLL_RECORDS: usize = 500;
const POLL: Span = Span::from_millis(100);

const GRAMMAR: Grammar = Grammar {
    options: &[
        Opt::value("bootstrap-server", "host:port", "required: the cluster"),
        Opt::value("topic", "topic", "required: the topic"),
        Opt::value("group", "group", "the group; perf-consumer- and a number if left out"),
        Opt::value("fetch-size", "bytes", "max.partition.fetch.bytes, default 1048576"),
        Opt::flag("from-latest", "begins at the end where nothing is committed, not at the earliest record"),
        Opt::value("socket-buffer-size", "bytes", "receive.buffer.bytes, default 2097152"),
        Opt::value("consumer.config", "file", "settings of the consumer"),
        Opt::flag("print-metrics", "prints the consumer's metrics at the end"),
        Opt::flag("show-detailed-stats", "a line for each interval instead of one at the end"),
        Opt::optional_number("timeout", "ms", "ends if no record comes for so long, default 10000"),
        Opt::value("messages", "count", "required: ends after so many records"),
        Opt::value("reporting-interval", "ms", "how often --show-detailed-stats reports, default 5000"),
        Opt::value("date-format", "pattern", "how times are printed, default yyyy-MM-dd HH:mm:ss:SSS"),
        Opt::flag("hide-header", "leaves out the first line"),
    ],
};

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    let given = match GRAMMAR.parse(arguments) {
        Ok(given) => given,
        Err(error) => return Err(usage(shell, &GRAMMAR, &error.words)),
    };
    help_or_version(shell, &GRAMMAR, &given, (arguments.is_empty(), ABOUT))?;
    require(shell, &GRAMMAR, &given, &["topic", "messages"])?;
    if !given.has("hide-header") {
        let first = if given.has("show-detailed-stats") { "time, threadId" } else { "start.time, end.time" };
        shell.say(format!("{first}, {HEADER}"));
    }
    let test = match test_of(shell, &given) {
        Ok(test) => test,
        Err(words) => return Err(shell.die(&words)),
    };
    measure(shell, &test)
}

struct Test {
    who: Who,
    servers: String,
    messages: i64,
    timeout: i64,
    interval: i64,
    fetch_size: u64,
    max_poll_records: usize,
    commits: bool,
    is_detailed: bool,
    dates: String,
}

fn test_of(shell: &mut Shell<'_>, given: &Given) -> Result<Test, String> {
    let words = |error: OptionError| error.words;
    let mut config = Properties::new();
    if let Some(path) = given.value("consumer.config").map_err(words)? {
        let Some(text) = shell.read(path) else { return Err(path.to_owned()) };
        config.extend(properties(&text).map(|(key, value)| (key.to_owned(), value.to_owned())));
    }
    // `Properties` takes no null.
    let servers = given.value("bootstrap-server").map_err(words)?.ok_or("null")?.to_owned();
    let group = match given.value("group").map_err(words)? {
        Some(group) => group.to_owned(),
        None => format!("perf-consumer-{}", shell.world().now().timestamp().0.unsigned_abs() % 100_000),
    };
    let fetch_size = given.number::<i32>("fetch-size").map_err(words)?.unwrap_or(1024 * 1024);
    given.number::<i32>("socket-buffer-size").map_err(words)?;
    if fetch_size < 0 {
        return Err(format!(
            "Invalid value {fetch_size} for configuration max.partition.fetch.bytes: Value must be at least 0"
        ));
    }
    if check_bootstrap(&servers).is_err() {
        return Err("Failed to construct kafka consumer".to_owned());
    }
    let messages = given.number("messages").map_err(words)?.unwrap_or_default();
    let timeout = given.number("timeout").map_err(words)?.unwrap_or(10_000);
    let bad_interval = |text: &str| {
        let is_number = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        (!is_number).then(|| format!("Cannot parse argument '{text}' of option reporting-interval"))
    };
    if let Some(words) = given.value("reporting-interval").map_err(words)?.and_then(bad_interval) {
        return Err(words);
    }
    let interval = given.number("reporting-interval").map_err(words)?.unwrap_or(5_000);
    if interval <= 0 {
        return Err("Reporting interval must be greater than 0.".to_owned());
    }
    let dates = given.value("date-format").map_err(words)?.unwrap_or("yyyy-MM-dd HH:mm:ss:SSS").to_owned();
    dates::format(&dates, shell.world().now().timestamp())?;
    let reset = if given.has("from-latest") { "latest" } else { "earliest" };
    Ok(Test {
        who: Who {
            client_id: config.get("client.id").cloned().unwrap_or_else(|| "perf-consumer-client".to_owned()),
            topic: given.value("topic").map_err(words)?.map(str::to_owned),
            include: None,
            group: Some(group),
            reset: reset.to_owned(),
        },
        servers,
        messages,
        timeout,
        interval,
        fetch_size: u64::from(fetch_size.unsigned_abs()),
        max_poll_records: config
            .get("max.poll.records")
            .and_then(|n| n.parse().ok())
            .unwrap_or(MAX_POLL_RECORDS),
        commits: config.get("enable.auto.commit").is_none_or(|value| value == "true"),
        is_detailed: given.has("show-detailed-stats"),
        dates,
    })
}

fn ms(at: Time) -> i64 {
    at.timestamp().0
}

#[expect(clippy::cast_precision_loss, reason = "a report's decimals")]
fn double(number: i64) -> f64 {
    number as f64
}

fn megabytes(bytes: i64) -> f64 {
    double(bytes) / (1024.0 * 1024.0)
}

fn date(pattern: &str, ms: i64) -> String {
    dates::format(pattern, millrace_model::Timestamp(ms)).unwrap_or_default()
}

/// What has been read.
#[derive(Clone, Copy, Default)]
struct Read {
    records: i64,
    bytes: i64,
}

fn measure(shell: &mut Shell<'_>, test: &Test) -> Result<(), Exit> {
    let start = ms(shell.world().now());
    let is_reachable = is_reachable(shell.world(), &test.servers);
    let mut positions = Positions::new();
    if is_reachable {
        positions = subscribe(shell, &test.who)?;
    } else {
        let address = test.servers.split(',').next().unwrap_or_default();
        let words = format!(
            "[Consumer clientId={}, groupId={}] Connection to node -1 (/{address}) could not be established. Node may not \
             be available.",
            test.who.client_id,
            test.who.group.as_deref().unwrap_or_default()
        );
        shell.log("WARN", &words, "org.apache.kafka.clients.NetworkClient");
    }
    let join = if is_reachable { ms(shell.world().now()) - start } else { 0 };
    let (read, positions) = consume(shell, test, (start, join), positions);
    let end = ms(shell.world().now());
    if test.commits && is_reachable {
        commit(shell, &test.who, &positions)?;
    }
    if !test.is_detailed {
        let (elapsed, fetch) = (double(end - start) / 1000.0, end - start - join);
        let (megabytes, records) = (megabytes(read.bytes), double(read.records));
        shell.say(format!(
            "{}, {}, {}, {}, {}, {}, {join}, {fetch}, {}, {}",
            date(&test.dates, start),
            date(&test.dates, end),
            fixed(megabytes, 4),
            fixed(megabytes / elapsed, 4),
            read.records,
            fixed(records / elapsed, 4),
            fixed(megabytes / (double(fetch) / 1000.0), 4),
            fixed(records / (double(fetch) / 1000.0), 4),
        ));
    }
    Ok(())
}

/// Polls until it has enough, or nothing has come for too long.
fn consume(
    shell: &mut Shell<'_>,
    test: &Test,
    (start, join): (i64, i64),
    mut positions: Positions,
) -> (Read, Positions) {
    let (mut read, mut last) = (Read::default(), Read::default());
    let (mut reported, mut consumed, mut round) = (start, start, join);
    // How far each partition has been fetched.
    let mut fetched: Vec<i64> = positions.iter().map(|(_, at)| *at).collect();
    while read.records < test.messages && ms(shell.world().now()) - consumed <= test.timeout {
        if positions.iter().zip(&fetched).all(|((_, at), fetched)| at >= fetched) {
            shell.run_until(shell.world().now() + shell.world().latency().times(2));
            for ((tp, at), fetched) in positions.iter().zip(&mut fetched) {
                *fetched = fetch(shell, tp, *at, test.fetch_size);
            }
        }
        let mut room = test.max_poll_records;
        let now = ms(shell.world().now());
        let mut has_some = false;
        for ((tp, at), fetched) in positions.iter_mut().zip(&fetched) {
            let Some(log) = broker(shell.world()).and_then(|broker| broker.log(tp)) else { continue };
            let mut lines = Vec::new();
            let from = Offset(*at);
            let all = log.batches_from(from).flat_map(|stored| stored.records_from(from));
            for (offset, record) in all.take_while(|(offset, _)| offset.0 < *fetched).take(room) {
                (has_some, room, *at) = (true, room - 1, offset.0 + 1);
                let sizes =
                    [&record.key, &record.value].map(|part| part.as_ref().map_or(0, |part| part.len()));
                read.records += 1;
                read.bytes += sizes.iter().map(|size| i64::try_from(*size).unwrap_or(0)).sum::<i64>();
                if now - reported >= test.interval {
                    lines.push(progress(test, (read, last), (reported, now), round));
                    (reported, last, round) = (now, read, 0);
                }
            }
            if room > 0 {
                *at = (*at).max(*fetched);
            }
            lines.iter().filter(|_| test.is_detailed).for_each(|line| shell.say(line));
        }
        if has_some {
            consumed = now;
        } else {
            shell.run_until(shell.world().now() + POLL);
        }
    }
    if read.records < test.messages {
        shell.say(format!(
            "WARNING: Exiting before consuming the expected number of messages: timeout ({} ms) exceeded. You can use the \
             --timeout option to increase the timeout.",
            test.timeout
        ));
    }
    (read, positions)
}

/// How far one answer to a fetch goes: whole batches, at least one.
fn fetch(shell: &Shell<'_>, tp: &millrace_model::TopicPartition, from: i64, size: u64) -> i64 {
    let Some(log) = broker(shell.world()).and_then(|broker| broker.log(tp)) else { return from };
    let mut end = from;
    let mut bytes = 0;
    for stored in log.batches_from(Offset(from)) {
        bytes += stored.batch.size_in_bytes as u64;
        if end > from && bytes > size {
            break;
        }
        end = stored.next_offset().0;
    }
    end.min(log.high_watermark().0).max(from)
}

fn progress(test: &Test, (read, last): (Read, Read), (since, now): (i64, i64), join: i64) -> String {
    let elapsed = double(now - since);
    let fetch = now - since - join;
    let interval = megabytes(read.bytes - last.bytes);
    let records = double(read.records - last.records);
    let per_fetch = |amount: f64| if fetch <= 0 { 0.0 } else { 1000.0 * amount / double(fetch) };
    format!(
        "{}, 0, {}, {}, {}, {}, {join}, {fetch}, {}, {}",
        date(&test.dates, now),
        fixed(megabytes(read.bytes), 4),
        fixed(1000.0 * interval / elapsed, 4),
        read.records,
        fixed(records / elapsed * 1000.0, 4),
        fixed(per_fetch(interval), 4),
        fixed(per_fetch(records), 4),
    )
}
