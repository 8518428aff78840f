//! `kafka-e2e-latency` (`EndToEndLatency`): a record is sent, acknowledged and read, then the next.

use crate::cluster::{broker, check_bootstrap, is_reachable};
use crate::configs::properties;
use crate::console::{Properties, settings};
use crate::java_number::{double, fixed};
use crate::shell::{Exit, Shell};
use millrace_model::config::topic::TopicConfig;
use millrace_model::{Span, TopicName};
use millrace_sim::{Command, NewRecord};

const USAGE: &str = "USAGE: java org.apache.kafka.tools.EndToEndLatency broker_list topic num_messages producer_acks \
                     message_size_bytes [optional] properties_file";
/// Each record is a command of its own in the log.
const RECORDS: usize = 1_000;
/// `POLL_TIMEOUT_MS`
const POLL_TIMEOUT: Span = Span::from_secs(60);

fn number(text: &str) -> Result<i32, String> {
    text.parse().map_err(|_| format!("For input string: \"{text}\""))
}

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ([brokers, topic, count, acks, size] | [brokers, topic, count, acks, size, _]) = words.as_slice()
    else {
        return Err(shell.die(USAGE));
    };
    let numbers = number(count).and_then(|count| Ok((count, number(size)?)));
    let (count, size) = match numbers {
        Ok(numbers) => numbers,
        Err(words) => return Err(shell.die(&words)),
    };
    if !["1", "all"].contains(acks) {
        let words = "Latency testing requires synchronous acknowledgement. Please use 1 or all";
        return Err(shell.die(words));
    }
    let mut config = Properties::new();
    if let Some(path) = words.get(5).filter(|path| !path.trim().is_empty()) {
        let Some(text) = shell.read(path) else { return Err(shell.die(path)) };
        config.extend(properties(&text).map(|(key, value)| (key.to_owned(), value.to_owned())));
    }
    config
        .extend([("linger.ms", "0"), ("acks", *acks)].map(|(key, value)| (key.to_owned(), value.to_owned())));
    if check_bootstrap(brokers).is_err() {
        return Err(shell.die("Failed to construct kafka consumer"));
    }
    if !is_reachable(shell.world(), brokers) {
        shell.run_until(shell.world().now() + POLL_TIMEOUT);
        return Err(shell.die("Timeout expired while fetching topic metadata"));
    }
    if broker(shell.world()).is_none_or(|broker| broker.topic(topic).is_none()) {
        shell.say(format!(
            "Topic \"{topic}\" does not exist. Will create topic with 1 partition(s) and replication factor = 1"
        ));
        let (name, config) = (TopicName::from(*topic), TopicConfig::default());
        let command =
            Command::CreateTopic { topic: name, partitions: Some(1), replication_factor: Some(1), config };
        if let Err(words) = shell.execute(command) {
            shell.say(format!("Creation of topic {topic} failed"));
            return Err(shell.die(&words));
        }
    }
    let Ok(length) = usize::try_from(count) else { return Err(shell.die(&count.to_string())) };
    if length > RECORDS {
        let words = format!("kafka-e2e-latency: the playground sends {RECORDS} records one by one at most");
        return Err(shell.die(&words));
    }
    measure(shell, topic, &config, (length, usize::try_from(size).unwrap_or(0)))
}

fn measure(
    shell: &mut Shell<'_>,
    topic: &str,
    config: &Properties,
    (count, size): (usize, usize),
) -> Result<(), Exit> {
    let config = match settings::producer(config, shell.world().profile()) {
        Ok(config) => config,
        Err(words) => return Err(shell.die(&words)),
    };
    let name = match shell.console_producer(&"e2e-latency".into(), &TopicName::from(topic), &config) {
        Ok(name) => name,
        Err(words) => return Err(shell.die(&words)),
    };
    let mut took: Vec<u64> = Vec::new();
    for n in 0..count {
        // Some letter, as often as the record is long.
        let letter = char::from(b'A' + u8::try_from(n * 7 % 26).unwrap_or(0));
        let record = NewRecord {
            topic: Some(TopicName::from(topic)),
            key: None,
            value: Some(letter.to_string().repeat(size).into_bytes().into()),
            timestamp: None,
            partition: None,
            headers: [].into(),
        };
        let (begin, before) = (shell.world().now(), acknowledged(shell, &name));
        let command = Command::Produce { producer: Some(name.clone()), records: vec![record] };
        if let Err(words) = shell.execute(command) {
            return Err(shell.die(&words));
        }
        let wanted = name.clone();
        let deadline = begin + POLL_TIMEOUT;
        shell.watch(deadline, &mut |_| {}, |world| super::producer::acknowledged(world, &wanted) > before);
        if acknowledged(shell, &name) == before {
            let words = "poll() timed out before finding a result (timeout:[60000])";
            return Err(shell.die(words));
        }
        // The fetch that brings it: there and back.
        shell.run_until(shell.world().now() + shell.world().latency().times(2));
        let elapsed = shell.world().now().since(begin).0;
        if n % 1000 == 0 {
            shell.say(format!("{n}\t{}", double(in_ms(elapsed))));
        }
        took.push(elapsed);
    }
    let total: u64 = took.iter().sum();
    let average = in_ms(total) / in_ms(1000 * u64::try_from(count).unwrap_or(0));
    shell.say(format!("Avg latency: {} ms", fixed(average, 4)));
    took.sort_unstable();
    let percentile = |thousandths: usize| took.get(took.len() * thousandths / 1000).map(|us| us / 1000);
    match (percentile(500), percentile(990), percentile(999)) {
        (Some(p50), Some(p99), Some(p999)) => {
            shell.say(format!("Percentiles: 50th = {p50}, 99th = {p99}, 99.9th = {p999}"));
            Ok(())
        }
        _ => Err(shell.die("Index 0 out of bounds for length 0")),
    }
}

fn acknowledged(shell: &Shell<'_>, name: &str) -> u64 {
    super::producer::acknowledged(shell.world(), name)
}

#[expect(clippy::cast_precision_loss, reason = "a report's decimals")]
fn in_ms(us: u64) -> f64 {
    us as f64 / 1000.0
}
