//! The text log, the marks, and why things are where they are.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::{tell, told};
use millrace_model::{Offset, TopicPartition};
use millrace_sim::Timeline;
use millrace_view::{Inspector, MarkKind, Marks, Target, contents, inspect, is_notable, sent_by_hand, text};

const ONE: &str = "
kafka-topics --create --topic orders --partitions 3
producer start checkout --topic orders
app start billing --topic orders --work 400ms --fails 'value.amount < 0' --as IllegalArgumentException --message 'negative amount' --retry topics --attempts 2 --backoff 1s
wait 8s
";

fn log_since(timeline: &Timeline, step: u64) -> Vec<String> {
    let entries = timeline.branch().steps()[step as usize..].iter().flat_map(|step| step.entries.iter());
    entries.filter_map(|entry| text::line(entry, timeline.world())).collect()
}

fn reasons(inspector: &Inspector) -> Vec<String> {
    inspector.why.iter().map(|why| format!("{} {}", why.at, why.text)).collect()
}

fn fact<'a>(inspector: &'a Inspector, name: &str) -> &'a str {
    inspector.facts.iter().find(|fact| fact.name == name).map_or("missing", |fact| &fact.value)
}

#[test]
fn the_log_tells_a_record_from_the_click_to_the_commit() {
    let mut timeline = told(ONE);
    let before = timeline.moment().step;
    tell(&mut timeline, "produce orders carol '{\"amount\": 3}'\nwait 1s");
    assert_eq!(
        log_since(&timeline, before),
        [
            "12:00:08.004  You: produce orders carol '{\"amount\": 3}'",
            "12:00:08.004  checkout: a send of 1 record to orders waits for metadata",
            "12:00:08.006  checkout has producer id 0, epoch 0: its batches carry numbers, so that none is written twice",
            "12:00:08.006  checkout: the send of 1 record to orders goes on after 2 ms",
            "12:00:08.006  checkout put carol into a batch for orders-2 (by key)",
            "12:00:08.011  checkout: batch of 1 record for orders-2 leaves: it has waited 5 ms for company (linger.ms)",
            "12:00:08.011  checkout sent 1 record for orders-2 to broker-1",
            "12:00:08.012  orders-2: 1 record appended at offset 0, high watermark 1",
            "12:00:08.013  checkout: 1 record acknowledged at orders-2 @0",
            "12:00:08.013  c1 fetched orders-2 from offset 0: 1 record",
            "12:00:08.013  c1: poll returned 1 record",
            "12:00:08.013  c1 works on orders-2 @0 until 12:00:08.413",
            "12:00:08.413  c1 processed orders-2 @0",
            "12:00:08.413  c1 commits orders-2 @1 (commitSync)",
            "12:00:08.414  billing: c1 committed orders-2 @1"
        ]
    );
}

#[test]
fn a_record_says_why_it_is_where_it_is() {
    let mut timeline = told(ONE);
    tell(&mut timeline, "produce orders carol '{\"amount\": 3}'\nwait 1s");
    let record = inspect(&timeline, &Target::Record(TopicPartition::new("orders", 2), Offset(0)));
    assert_eq!(
        reasons(&record),
        [
            "12:00:08.004 You produced it by hand",
            "12:00:08.006 Partition 2, because toPositive(murmur2(\"carol\")) mod 3 = 2 (murmur2 = 271431602)",
            "12:00:08.011 Left in a batch of 1: it has waited 5 ms for company (linger.ms)",
            "12:00:08.012 Appended at offset 0, high watermark 1",
            "12:00:08.013 Acknowledged to checkout",
            "12:00:08.013 Fetched by c1 of billing, which owns P2 (generation 1)",
            "12:00:08.013 c1 of billing began to work on it, for 400 ms",
            "12:00:08.413 Processed by c1 of billing",
            "12:00:08.414 c1 of billing committed orders-2 @1: it is not read again"
        ]
    );
    assert_eq!(record.title, "orders · P2 · offset 0");
    assert_eq!(fact(&record, "billing"), "committed");
    // Every link leads to the step that did it.
    for why in &record.why {
        let step = &timeline.branch().steps()[why.step as usize - 1];
        assert_eq!(step.at, why.at);
        assert!(step.entries.iter().any(|entry| entry.id == why.entry));
    }
}

#[test]
fn a_dead_letter_leads_back_through_every_attempt() {
    let mut timeline = told(ONE);
    tell(&mut timeline, "produce orders carol '{\"amount\": -3}'\nwait 4s");
    let record = inspect(&timeline, &Target::Record(TopicPartition::new("orders-dlt", 0), Offset(0)));
    assert_eq!(
        reasons(&record),
        [
            "12:00:08.004 You produced it by hand",
            "12:00:08.006 Partition 2, because toPositive(murmur2(\"carol\")) mod 3 = 2 (murmur2 = 271431602)",
            "12:00:08.011 Left in a batch of 1: it has waited 5 ms for company (linger.ms)",
            "12:00:08.012 Appended at offset 0, high watermark 1",
            "12:00:08.013 Acknowledged to checkout",
            "12:00:08.013 Fetched by c1 of billing, which owns P2 (generation 1)",
            "12:00:08.013 c1 of billing began to work on it, for 400 ms",
            "12:00:08.413 c1 of billing failed on orders-2 @0 (attempt 1): IllegalArgumentException: negative amount; goes to orders-retry, again in 1 s",
            "12:00:08.422 Published to orders-retry-0 @0, due 12:00:09.413",
            "12:00:08.422 Fetched by c1 of billing, which owns orders-retry-0 (generation 1)",
            "12:00:08.422 Not due before 12:00:09.413: c1 of billing pauses orders-retry-0",
            "12:00:08.423 c1 of billing committed orders-2 @1: it is not read again",
            "12:00:09.415 Fetched by c1 of billing, which owns orders-retry-0 (generation 1)",
            "12:00:09.415 c1 of billing began to work on it, for 400 ms",
            "12:00:09.815 c1 of billing failed on orders-retry-0 @0 (attempt 2): IllegalArgumentException: negative amount; goes to orders-dlt",
            "12:00:09.824 Published to orders-dlt-0 @0: a dead letter",
            "12:00:09.825 c1-retry of billing-retry committed orders-retry-0 @1: it is not read again"
        ]
    );
    assert_eq!(fact(&record, "attempts"), "2");
    assert_eq!(fact(&record, "header kafka_original-offset"), "0");
    assert_eq!(fact(&record, "header kafka_exception-cause-fqcn"), "java.lang.IllegalArgumentException");
    assert_eq!(record.actions[0].line, "produce orders carol '{\"amount\": -3}'");
}

#[test]
fn a_member_says_why_it_owns_its_partitions() {
    let mut timeline = told(ONE);
    tell(&mut timeline, "consumer add billing\nwait 8s");
    let member = inspect(&timeline, &Target::Member("billing".into(), "c1".into()));
    assert_eq!(fact(&member, "assignment"), "orders-0 and orders-1");
    assert_eq!(
        reasons(&member).last().map(String::as_str),
        Some(
            "12:00:09.122 Range assignor: 3 partitions of orders for 2 members is 1 each, and the first in the order of member ids gets one more; c1 is number 1 of 2"
        )
    );
}

#[test]
fn marks_are_read_once_and_spans_end() {
    let mut timeline = told(ONE);
    let mut marks = Marks::default();
    let first = marks.read(timeline.branch());
    assert_eq!(first, marks.marks().len() + 1, "one rebalance began and ended");
    assert_eq!(marks.read(timeline.branch()), 0);
    tell(
        &mut timeline,
        "produce orders carol '{\"amount\": -3}'\nwait 4s\nconsumer crash billing/c1\nwait 50s",
    );
    marks.read(timeline.branch());
    let told: Vec<String> = marks
        .marks()
        .iter()
        .filter(|mark| mark.kind != MarkKind::Command)
        .map(|mark| {
            format!("{} {:?} {:?} {}", mark.at, mark.kind, mark.until.map(|at| at.to_string()), mark.says())
        })
        .collect();
    assert_eq!(
        told,
        [
            "12:00:00.116 Rebalance Some(\"12:00:03.118\") billing rebalanced in 3 s",
            "12:00:08.413 Failure None orders-2 @0 failed: IllegalArgumentException",
            "12:00:09.815 Failure None orders-retry-0 @0 failed: IllegalArgumentException",
            "12:00:09.824 DeadLetter None orders-2 @0 → orders-dlt",
            "12:00:12.004 Crash None billing/c1 was killed",
            "12:00:54.118 LeftOut None billing left a member out (session.timeout.ms)",
            "12:00:54.118 Rebalance Some(\"12:00:54.118\") billing has no members left"
        ]
    );
    let mut anew = Marks::default();
    anew.read(timeline.branch());
    assert_eq!(anew, marks);
}

#[test]
fn a_quiet_world_has_no_notable_step_and_a_record_has() {
    let mut timeline = told(ONE);
    let from = timeline.moment().step;
    tell(&mut timeline, "wait 20s");
    let quiet = timeline.moment().step;
    assert!(quiet > from + 20, "there is some hum");
    assert_eq!((from + 1..=quiet).filter(|step| is_notable(timeline.branch(), *step)).count(), 0);
    tell(&mut timeline, "produce orders carol '{\"amount\": 3}'");
    assert!(is_notable(timeline.branch(), quiet + 1));
}

#[test]
fn a_groups_partition_of_the_offsets_topic_has_a_reason_and_can_be_opened_by_name() {
    let mut timeline = told(ONE);
    tell(&mut timeline, "produce orders carol '{\"amount\": 3}'\nwait 3s");
    let group = inspect(&timeline, &Target::Group("billing".into()));
    assert_eq!(fact(&group, "coordinator"), "broker-1, __consumer_offsets-9");
    assert_eq!(fact(&group, "because"), "abs(hash(\"billing\") = -109829509) % 50 = 9");
    let world = timeline.world();
    let offsets = contents(world, "__consumer_offsets").unwrap();
    assert!(offsets.is_internal);
    assert_eq!(offsets.partition_count, 50);
    let billing = offsets.partitions.iter().find(|p| p.tp.partition.0 == 9).unwrap();
    let newest = billing.records.last().unwrap();
    assert_eq!(newest.key, "[billing,orders,2]");
    let value = newest.value.as_deref().unwrap();
    assert!(value.starts_with("OffsetAndMetadata(offset=1, leaderEpoch=Optional[0], metadata="), "{value}");
    assert_eq!(billing.earlier, 0);
    assert_eq!(contents(world, "orders").unwrap().partitions.len(), 1);
    assert_eq!(contents(world, "nowhere"), None);
}

#[test]
fn the_record_that_was_sent_by_hand_is_found_among_those_that_were_not() {
    let mut timeline = told(ONE);
    tell(&mut timeline, "producer rate checkout 20 --keys carol\nwait 1s");
    assert_eq!(sent_by_hand(&timeline), None);
    tell(&mut timeline, "produce orders carol mine\nwait 1s");
    let Some(Target::Record(tp, offset)) = sent_by_hand(&timeline) else { panic!("it is nowhere") };
    let seen = inspect(&timeline, &Target::Record(tp, offset));
    assert_eq!((fact(&seen, "key"), fact(&seen, "value")), ("carol", "mine"));
    tell(&mut timeline, "produce orders carol yours\n");
    assert_eq!(sent_by_hand(&timeline), None, "it has not arrived");
}
