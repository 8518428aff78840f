//! Positions, fetches, what poll returns.

use super::script::{Script, config, tp};
use crate::consumer::{ConsumerEvent, ConsumerInput, ResetReason};
use millrace_model::config::consumer::AutoOffsetReset;
use millrace_model::protocol::OffsetSpec;
use millrace_model::{BrokerId, ErrorCode, Offset, Request, Span, Time, Timestamp};
use std::sync::Arc;

#[test]
fn latest_skips_what_was_there() {
    let mut settings = config();
    settings.auto_offset_reset = AutoOffsetReset::Latest;
    let mut script = Script::new(settings);
    script.log_end = 7;
    script.subscribe_and_poll();
    script.run();
    assert_eq!(script.consumer.position(&tp(0)), Some(Offset(7)));
    assert!(script.consumer.is_in_poll());
}

#[test]
fn none_throws_in_each_poll() {
    let mut settings = config();
    settings.auto_offset_reset = AutoOffsetReset::None;
    let mut script = Script::new(settings);
    script.subscribe_and_poll();
    for _ in 0..2 {
        script.run();
        assert_eq!(
            script.take().last().unwrap(),
            "PollFailed NoOffsetForPartitionException: Undefined offset with no reset policy for partitions: [orders-0, orders-1]"
        );
        script.input(&ConsumerInput::Poll);
    }
}

#[test]
fn out_of_range_resets_or_throws() {
    let mut script = Script::stable(config());
    script.log_start = 5;
    script.log_end = 6;
    script.run();
    assert_eq!(
        script.take(),
        [
            "PositionResetNeeded orders-0 OutOfRange(Earliest)",
            "PositionResetNeeded orders-1 OutOfRange(Earliest)",
            "> ListOffsets",
            "PositionReset orders-0@5 OutOfRange(Earliest)",
            "PositionReset orders-1@5 OutOfRange(Earliest)",
            "> Fetch orders-0@5 orders-1@5",
            "Fetched orders-0@5..6",
            "Fetched orders-1@5..6",
            "PollReturned 2 orders-0@5..6 orders-1@5..6",
            "> Fetch orders-0@6 orders-1@6",
        ]
    );
    let mut settings = config();
    settings.auto_offset_reset = AutoOffsetReset::None;
    let mut script = Script::new(settings);
    script.partitions = 1;
    script.committed.insert(tp(0), Offset(9));
    script.subscribe_and_poll();
    script.run();
    assert_eq!(
        script.take().last().unwrap(),
        "PollFailed OffsetOutOfRangeException: Fetch position FetchPosition{offset=9, offsetEpoch=Optional.empty, \
         currentLeader=LeaderAndEpoch{leader=Optional[localhost:9092 (id: 1 rack: null isFenced: false)], epoch=0}} \
         is out of range for partition orders-0"
    );
}

/// KIP-392: what the replica in the same rack does not have, the leader may have.
#[test]
fn out_of_range_at_another_replica_is_asked_of_the_leader() {
    let mut script = Script::new(config());
    (script.partitions, script.brokers, script.named) = (1, 2, Some(BrokerId(2)));
    script.log_end = 1;
    script.subscribe_and_poll();
    script.run();
    let of_fetches = |script: &mut Script| {
        let mut lines = script.take();
        lines.retain(|line| {
            ["> Fetch", "ReadReplica", "PositionResetNeeded", "PollReturned"]
                .iter()
                .any(|w| line.starts_with(w))
        });
        lines
    };
    assert_eq!(
        of_fetches(&mut script),
        [
            "PositionResetNeeded orders-0 NoCommittedOffset(Earliest)",
            "> Fetch orders-0@0",
            "ReadReplicaChanged orders-0 to 2",
            "> Fetch orders-0@0 from 2",
            "PollReturned 1 orders-0@0..1",
            "> Fetch orders-0@1 from 2",
        ]
    );
    script.errors.insert("Fetch", [ErrorCode::OffsetOutOfRange].into());
    script.input(&ConsumerInput::Poll);
    script.run();
    assert_eq!(of_fetches(&mut script), ["ReadReplicaChanged orders-0 to its leader", "> Fetch orders-0@1"]);
    // The leader's word is final.
    script.errors.insert("Fetch", [ErrorCode::OffsetOutOfRange].into());
    script.run();
    assert_eq!(of_fetches(&mut script)[0], "PositionResetNeeded orders-0 OutOfRange(Earliest)");
}

#[test]
fn a_poll_returns_at_most_max_poll_records_and_fetches_when_the_buffer_is_empty() {
    let mut settings = config();
    settings.max_poll_records = 3;
    let mut script = Script::stable(settings);
    script.log_end = 4;
    script.run();
    let mut polls = script.take().split_off(2);
    for _ in 0..2 {
        script.input(&ConsumerInput::Poll);
        script.run();
        polls.extend(script.take());
    }
    assert_eq!(
        polls,
        [
            "PollReturned 3 orders-0@0..3",
            "PollStarted",
            "PollReturned 3 orders-0@3..4 orders-1@0..2",
            "PollStarted",
            "PollReturned 2 orders-1@2..4",
            "> Fetch orders-0@4 orders-1@4",
        ]
    );
    let mut seen = Vec::new();
    for event in &script.events {
        if let ConsumerEvent::PollReturned { polled, .. } = event {
            let count = polled.records.iter().map(|part| part.records().count()).sum::<usize>();
            assert_eq!(count, polled.count);
            seen.extend(polled.records.iter().map(|part| part.batches[0].batch.clone()));
        }
    }
    assert!(Arc::ptr_eq(&seen[0], &seen[1]), "two polls share one batch: nothing is copied");
}

#[test]
fn a_paused_partition_keeps_its_buffer() {
    let mut script = Script::stable(config());
    script.input(&ConsumerInput::Pause(vec![tp(0)]));
    script.log_end = 2;
    script.run();
    script.take();
    assert_eq!(script.consumer.buffered_records(), 2);
    script.input(&ConsumerInput::Poll);
    script.run();
    assert_eq!(script.take(), ["PollStarted"]);
    script.input(&ConsumerInput::Resume(vec![tp(0)]));
    script.run();
    assert_eq!(script.take(), ["Resumed", "PollReturned 2 orders-0@0..2"]);
}

#[test]
fn a_seek_drops_what_is_buffered_and_what_is_on_its_way() {
    let mut settings = config();
    settings.max_poll_records = 1;
    let mut script = Script::stable(settings);
    script.log_end = 3;
    script.run();
    script.take();
    script.input(&ConsumerInput::Seek(tp(1), Offset(2)));
    assert_eq!(script.consumer.buffered_records(), 2);
    script.input(&ConsumerInput::Seek(tp(0), Offset(0)));
    script.input(&ConsumerInput::Poll);
    script.run();
    assert_eq!(
        script.take(),
        [
            "PositionReset orders-1@2 Seek",
            "PositionReset orders-0@0 Seek",
            "PollStarted",
            "> Fetch orders-1@2 orders-0@0",
            "Fetched orders-1@2..3",
            "Fetched orders-0@0..3",
            "PollReturned 1 orders-1@2..3",
        ]
    );
    script.silent = vec!["Fetch"];
    for _ in 0..3 {
        script.input(&ConsumerInput::Poll);
        script.run();
    }
    script.take();
    script.input(&ConsumerInput::Seek(tp(0), Offset(1)));
    script.silent.clear();
    script.log_end = 4;
    script.input(&ConsumerInput::Poll);
    script.wait(Span::from_millis(1));
    assert!(script.take().contains(&"FetchDiscarded orders-0@3".to_owned()));
}

#[test]
fn a_lost_fetch_is_sent_again_after_the_request_timeout() {
    let mut script = Script::stable(config());
    script.silent = vec!["Fetch"];
    script.wait(Span::from_secs(30));
    script.silent.clear();
    script.log_end = 1;
    script.waiting.clear();
    script.wait(Span::from_secs(1));
    let log = script.take();
    assert!(log.contains(&"Disconnected Fetch".to_owned()), "{log:?}");
    assert_eq!(log.last().unwrap(), "> Fetch orders-0@1 orders-1@1", "{log:?}");
}

/// KIP-1106. Nothing is new enough at first: the partition stays without a position, and is asked again with a later time
/// when `request.timeout.ms` is over.
#[test]
fn by_duration_looks_so_far_back_and_asks_again_while_nothing_is_new_enough() {
    let mut settings = config();
    settings.auto_offset_reset = AutoOffsetReset::ByDuration(Span::from_secs(60));
    let mut script = Script::new(settings.clone());
    script.now = Time(5_000_000);
    script.subscribe_and_poll();
    script.run();
    assert_eq!(script.consumer.position(&tp(0)), None);
    let asked = |script: &Script| -> Vec<OffsetSpec> {
        let lists = script.requests.iter().filter_map(|request| match request {
            Request::ListOffsets(list) => Some(list.partitions.first()?.1),
            _ => None,
        });
        lists.collect()
    };
    let since = |now: Time| OffsetSpec::Timestamp(Timestamp(now.timestamp().0 - 60_000));
    assert_eq!(asked(&script), [since(script.now)]);
    assert!(script.take().contains(&"NoOffsetForTime orders-0".to_owned()));
    script.by_time = 4;
    script.log_end = 9;
    script.wait(settings.request_timeout);
    assert_eq!(asked(&script).last(), Some(&since(script.now)));
    let line =
        format!("PositionReset orders-0@4 {:?}", ResetReason::NoCommittedOffset(settings.auto_offset_reset));
    assert!(script.take().contains(&line), "{line}");
}
