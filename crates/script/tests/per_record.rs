//! A producer for each record (`producer rate … --producer-per-record`), by lines of the script.

#![allow(clippy::unwrap_used, clippy::panic)]

mod hands;

use hands::accepted as run;
use millrace_client::producer::{BatchNumber, ProducerEvent};
use millrace_model::{Offset, Profile, TopicPartition};
use millrace_script::{Runner, parse_line};
use millrace_sim::node::Kind;
use millrace_sim::node::per_record::PerRecord;
use millrace_sim::{Fact, Timeline, limits};

const SHOP: &str =
    "kafka-topics --create --topic orders --partitions 1\nproducer start web --topic orders\nwait 1s\n";

fn made(timeline: &Timeline) -> PerRecord {
    let (_, node) = timeline.world().producer("web").unwrap();
    let Kind::Producer(producer) = &node.kind else { panic!() };
    producer.per_record().unwrap().clone()
}

fn timestamps(timeline: &Timeline) -> Vec<i64> {
    let log = timeline.world().log(&TopicPartition::new("orders", 0)).unwrap();
    let batches = log.batches_from(Offset(0));
    batches.flat_map(|stored| stored.batch.records.iter().map(|record| record.timestamp.0)).collect()
}

#[test]
fn each_record_has_a_producer_an_id_and_a_batch_of_its_own() {
    let timeline = run(&format!(
        "{SHOP}producer rate web 10 --producer-per-record\nwait 9950ms\nproducer rate web off\nwait 5s\n\
         expect n(orders) == 100\nexpect pids(orders) == 100\nexpect batches(orders) == 100\n\
         expect requests(web) == 100\nexpect retried(web) == 0\nexpect acknowledged(orders) == 100"
    ));
    let made = made(&timeline);
    assert_eq!((made.made(), made.live(), made.totals().acknowledged), (100, 0, 100));
    // In the trace no two of their batches are alike.
    let entries = timeline.branch().steps().iter().flat_map(|step| step.entries.iter());
    let opened = entries.filter_map(|entry| match &entry.fact {
        Fact::Producer(ProducerEvent::RecordsAppended { runs, .. }) => runs.first().map(|run| run.batch),
        _ => None,
    });
    assert!(opened.eq((0..100).map(BatchNumber)));
    assert!(timestamps(&timeline).windows(2).all(|pair| matches!(pair, [a, b] if b - a == 100)));
}

/// As many as the service has threads; who finds none waits, and its record is as old as its call.
#[test]
fn calls_wait_for_a_thread() {
    let script = format!(
        "{SHOP}network latency 1s\nproducer rate web 100 --producer-per-record\nwait 5s\nproducer rate web off"
    );
    let timeline = run(&script);
    assert_eq!(made(&timeline).live(), limits::PRODUCERS_AT_ONCE);
    let timeline = run(&format!("{script}\nwait 30s"));
    let all = made(&timeline);
    let count = timestamps(&timeline).len();
    // The first 64 had begun when the others came, and those that still waited at the end have got nothing.
    assert!((64..=128).contains(&count), "{count}");
    assert_eq!((all.live(), all.made()), (0, count as u64));
    let ten_apart = timestamps(&timeline).windows(2).all(|pair| matches!(pair, [a, b] if b - a == 10));
    assert!(ten_apart, "each is as old as its call");
}

#[test]
fn one_whose_answer_is_lost_sends_again_and_its_thread_is_not_mistaken() {
    let timeline = run(&format!(
        "{}network lose web response --api Produce\nproducer rate web 10 --producer-per-record\nwait 9950ms\nproducer rate web off\n\
         wait 60s\nexpect n(orders) == 100\nexpect pids(orders) == 100\nexpect retried(web) == 1\nexpect resent(orders) == 1",
        SHOP.replace("--topic orders\nwait", "--topic orders --request-timeout 2s\nwait")
    ));
    assert_eq!(made(&timeline).live(), 0);
}

/// The same process with one producer for all of them, as it was started.
#[test]
fn without_it_the_process_has_its_own_producer() {
    run(&format!(
        "{SHOP}producer rate web 10 --producer-per-record\nwait 950ms\nproducer rate web 100\nwait 950ms\nproducer rate web off\nwait 1s\n\
         expect pids(orders) == 11\nexpect n(orders) >= 100\nproducer stop web\nwait 1s"
    ));
}

#[test]
fn a_transactional_producer_is_not_made_for_each_record() {
    let timeline = run("kafka-topics --create --topic orders --partitions 1\n\
         producer start bank --topic orders --transactional-id bank-1\nwait 1s");
    let line = parse_line("producer rate bank 1 --producer-per-record", Profile::default()).unwrap().unwrap();
    let refused = Runner::with(timeline).run(&line).unwrap_err().to_string();
    assert!(refused.contains("would be fenced by the next one"), "{refused}");
}
