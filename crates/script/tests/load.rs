//! Quotas with throttling, and the model of what machines carry, by lines of the script.

#![allow(clippy::unwrap_used)]

mod hands;

use hands::accepted as run;
use millrace_model::{Offset, Profile, Span, TopicPartition};
use millrace_script::{Runner, parse_script};
use millrace_sim::{Fact, Timeline};

/// Every throttle: whose, how long in ms, by which quota.
fn throttles(timeline: &Timeline) -> Vec<(String, u64, &'static str)> {
    let entries = timeline.branch().steps().iter().flat_map(|step| step.entries.iter());
    entries
        .filter_map(|entry| match &entry.fact {
            Fact::Throttled { client, by, quota, .. } => Some((client.to_string(), by.as_millis(), *quota)),
            _ => None,
        })
        .collect()
}

const PRODUCER: &str = "network latency 1ms\nkafka-topics --create --topic orders --partitions 1\n\
     producer start shop --topic orders\nproducer rate shop 100 --keys a,b --value '{\"text\": \"0123456789012345678901234567890123456789\"}'\n";

fn quota(of: &str, what: &str) -> String {
    format!("kafka-configs --alter --entity-type clients {of} --add-config {what}\n")
}

/// Bytes in the log.
fn written(timeline: &Timeline) -> usize {
    let log = timeline.world().brokers().next().unwrap().log(&TopicPartition::new("orders", 0)).unwrap();
    log.batches_from(Offset(0)).map(|stored| stored.batch.size_in_bytes).sum()
}

/// More than 6 KB a second are wanted, 2 KB allowed: the first window is free, then the quota goes through. (In small batches:
/// what a large one weighs falls out of Kafka's window all at once, and so more goes through than the quota says.)
#[test]
fn a_producer_above_its_quota_is_answered_and_waits() {
    let small =
        PRODUCER.replace("--topic orders\nproducer rate", "--topic orders --batch-size 500\nproducer rate");
    let limited =
        |of: &str, wait: u64| run(&format!("{small}{}wait {wait}s", quota(of, "producer_byte_rate=2000")));
    let timeline = limited("--entity-name shop", 60);
    let told = throttles(&timeline);
    assert!(
        told.iter().all(|(client, by, quota)| client == "shop" && *by > 0 && *quota == "producer_byte_rate")
    );
    let waited = timeline.world().throttled("shop");
    assert_eq!(told.iter().map(|(_, by, _)| by).sum::<u64>(), waited.as_millis());
    let rate = (written(&limited("--entity-name shop", 260)) - written(&timeline)) / 200;
    assert!((1_800..=2_200).contains(&rate), "{rate} bytes a second");
    // Nothing fails and nothing is sent twice; the rest waits in the producer's buffer.
    let expects = "expect retried(shop) == 0\nexpect throttled(shop) >= 20s";
    let (lines, _) = parse_script(expects, Profile::default());
    let mut runner = Runner::with(timeline);
    for (_, line) in &lines {
        runner.run(line).unwrap();
    }
    // Another client's quota is not its own; everybody's is.
    assert_eq!(throttles(&limited("--entity-name other", 60)), []);
    assert!(!throttles(&limited("--entity-default", 60)).is_empty());
}

#[test]
fn a_quota_that_is_taken_back_holds_nobody_any_more() {
    let taken =
        "kafka-configs --alter --entity-type clients --entity-name shop --delete-config producer_byte_rate\n";
    let script = format!(
        "{PRODUCER}{}wait 20s\n{taken}wait 20s\nproducer rate shop off\nwait 20s\nexpect n(orders) >= 3900",
        quota("--entity-name shop", "producer_byte_rate=2000")
    );
    let timeline = run(&script);
    assert!(!throttles(&timeline).is_empty());
}

/// A consumer above its quota gets an empty answer, asks again when it may, and misses nothing; its heartbeats do not wait.
#[test]
fn a_consumer_above_its_quota_gets_nothing_for_a_while() {
    let script = format!(
        "{PRODUCER}wait 60s\nproducer rate shop off\n{}app start slow --topic orders --auto-offset-reset earliest --session-timeout 6s --heartbeat-interval 2s\n",
        quota("--entity-name slow-c1", "consumer_byte_rate=10000")
    );
    let quick = run(&format!("{script}wait 12s\nexpect lag(slow) > 1000"));
    assert!(
        throttles(&quick)
            .iter()
            .all(|(client, _, quota)| client == "slow-c1" && *quota == "consumer_byte_rate")
    );
    let patient = run(&format!(
        "{script}wait 200s\nexpect lag(slow) == 0\nexpect effects(slow) == n(orders)\nexpect repeated(slow) == 0\nexpect generation(slow) == 1"
    ));
    assert!(patient.world().throttled("slow-c1") > Span::from_secs(1));
    let free = run(&format!("{}wait 12s\nexpect lag(slow) == 0", script.replace("10000", "10000000")));
    assert_eq!(throttles(&free), []);
}

/// `acks=0` is not answered; its connection is muted all the same.
#[test]
fn who_wants_no_answer_is_muted_too() {
    let script = PRODUCER.replace("--topic orders\nproducer rate", "--topic orders --acks 0\nproducer rate");
    let timeline = run(&format!(
        "{script}{}wait 60s\nexpect n(orders) < 4000",
        quota("--entity-name shop", "producer_byte_rate=2000")
    ));
    assert!(!throttles(&timeline).is_empty());
}

/// Without the model threads take no time; with it, each request takes 5 ms of one: 100 a second are half a thread.
#[test]
fn time_of_threads_counts_where_it_is_modelled() {
    let asked = |machines: &str| {
        let script = format!(
            "{machines}{}{}wait 30s",
            PRODUCER.replace("--topic orders\nproducer rate", "--topic orders --linger 0ms\nproducer rate"),
            quota("--entity-name shop", "request_percentage=10")
        );
        throttles(&run(&script))
    };
    assert_eq!(asked(""), []);
    let told = asked("machines --per-request 5ms\n");
    assert!(told.iter().any(|(_, by, quota)| *quota == "request_percentage" && *by > 0));
    assert!(told.iter().all(|(_, by, _)| *by <= 1_000));
}

/// A disk of 10 KB a second takes what it can, and everybody else waits for it.
#[test]
fn a_slow_disk_is_busy_and_what_it_takes_is_its_rate() {
    // The group has its partition before the first record comes.
    let load =
        PRODUCER.replace("producer start", "app start billing --topic orders\nwait 5s\nproducer start");
    let script = |machines: &str| format!("{machines}\n{load}wait 30s\n");
    run(&(script("machines --disk 3KB") + "expect busy(broker-1, disk) >= 95\nexpect p99(billing) > 5s"));
    run(&(script("machines --disk 100KB") + "expect busy(broker-1, disk) <= 15\nexpect p99(billing) < 100ms"));
    // What is not modelled takes no time, and is not known.
    let (lines, _) = parse_script("expect busy(broker-1, disk) > 0", Profile::default());
    let mut runner = Runner::with(run(&script("")));
    assert!(runner.run(&lines[0].1).unwrap_err().to_string().contains("begin with `machines`"));
}

/// Requests cost, whatever is in them: who lingers needs fewer.
#[test]
fn who_lingers_needs_fewer_requests_and_less_of_the_threads() {
    let with = |linger: &str, expects: &str| {
        let script = PRODUCER.replace(
            "--topic orders\nproducer rate",
            &format!("--topic orders --linger {linger}\nproducer rate"),
        );
        run(&format!("machines --io-threads 1 --per-request 5ms\n{script}wait 10s\n{expects}"))
    };
    with("0ms", "expect requests(shop) > 900\nexpect busy(broker-1, threads) >= 45");
    with("100ms", "expect requests(shop) < 130\nexpect busy(broker-1, threads) <= 10");
}

#[test]
fn the_model_is_off_unless_it_is_asked_for_and_can_be_taken_back() {
    let hash = |script: &str| run(script).world().state_hash();
    let plain = format!("{PRODUCER}wait 5s");
    assert_eq!(hash(&plain), hash(&plain));
    assert_ne!(hash(&plain), hash(&format!("machines\n{plain}")));
    let timeline = run(&format!("machines --disk 1KB\n{PRODUCER}wait 5s\nmachines off\nwait 1s"));
    assert!(timeline.world().machines().is_none());
}
