//! A word before a limit hurts: which limit, and from when on.
#![allow(clippy::unwrap_used)]

mod common;

use common::{tell, told};
use millrace_model::{Time, TopicPartition};
use millrace_view::nearing::{Limit, Limits, Nearing};

const ONE: &str =
    "kafka-topics --create --topic orders --partitions 2\nproducer start checkout --topic orders\nwait 1s\n";
const FAR: Limits = Limits { steps: u64::MAX / 200, partition: 1_000, records: 1_000 };

#[test]
fn nothing_is_said_far_from_every_limit() {
    let timeline = told(ONE);
    assert_eq!(Nearing::of(timeline.world()), None);
    assert_eq!(Nearing::within(timeline.world(), &FAR), None);
}

#[test]
fn four_fifths_of_a_limit_are_said_and_the_nearest_limit_wins() {
    let mut timeline = told(ONE);
    let produce = |timeline: &mut _, n: usize| {
        let lines = "produce orders alice 1 --partition 1\n".repeat(n);
        tell(timeline, &format!("{lines}wait 1s\n"));
    };
    let limits = Limits { partition: 10, records: 1_000, ..FAR };
    produce(&mut timeline, 7);
    assert_eq!(Nearing::within(timeline.world(), &limits), None);
    produce(&mut timeline, 1);
    let full = Nearing::within(timeline.world(), &limits).unwrap();
    assert_eq!(
        (full.limit, full.percent, full.most),
        (Limit::Partition(TopicPartition::new("orders", 1)), 80, 10)
    );
    // All records together, of which nine tenths are there.
    let altogether = Nearing::within(timeline.world(), &Limits { records: 9, ..limits }).unwrap();
    assert_eq!((altogether.limit, altogether.percent), (Limit::Records, 85));
    let steps = timeline.world().steps();
    let last = Nearing::within(timeline.world(), &Limits { steps, ..limits }).unwrap();
    assert_eq!((last.limit, last.percent), (Limit::Steps, 100));
    // Gone back, nothing is near any more.
    timeline.seek(Time::ZERO);
    assert_eq!(Nearing::within(timeline.world(), &limits), None);
}

/// Each replica takes its place.
#[test]
fn replicas_count() {
    let timeline = told(
        "cluster start --brokers 3\nwait 3s\nkafka-topics --create --topic orders --partitions 1 --replication-factor 3\nwait 2s\n\
         producer start checkout --topic orders\nproduce orders alice 1\nproduce orders bob 2\nwait 3s\n",
    );
    let of = |records| Nearing::within(timeline.world(), &Limits { records, ..FAR }).map(|near| near.limit);
    assert_eq!((of(6), of(100)), (Some(Limit::Records), None));
}
