//! What waits for a clock says for which one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod common;

use common::{tell, told};
use millrace_sim::Timeline;
use millrace_view::{Scene, Viewport, scene};

fn run(pipeline: &str) -> Timeline {
    told(&format!(
        "network latency 20ms
kafka-topics --create --topic orders --partitions 1
streams start own --statestore-cache-max-bytes 0 '{pipeline}'
wait 5s
"
    ))
}

fn stage(timeline: &Timeline) -> Scene {
    scene(timeline.world(), Viewport { width: 1_000.0, is_touch: false })
}

#[test]
fn a_time_limit_is_one_of_stream_time_and_the_board_says_for_what_it_waits() {
    let mut timeline = run("stream orders | group by key | count | suppress until time limit 5s | to n");
    tell(&mut timeline, "produce orders alice 1 --timestamp 12:00:03\nwait 1m\n");
    assert_eq!(
        stage(&timeline).boards[0].silence.as_deref(),
        Some(
            "suppress holds 1 result back until its time limit: alice leaves when stream time of task 0_0 reaches 12:00:08; \
             it is 12:00:03. Only a new record moves it."
        )
    );
}

#[test]
fn a_pattern_says_whose_clock_it_looks_at() {
    let pipeline =
        |clock: &str| format!("stream orders | detect absence value > 0 for 10s{clock} | to alarms");
    let mut wall = run(&pipeline(" on wall clock"));
    tell(&mut wall, "produce orders alice 1\nwait 2s\n");
    let silence = stage(&wall).boards[0].silence.clone().unwrap();
    assert!(silence.starts_with("The pattern looks at the wall clock: again at 12:00:"), "{silence}");
    assert!(
        stage(&wall).boards[0]
            .subtitle
            .starts_with("a pattern over each key's records, which Kafka Streams has not")
    );
    let mut own = run(&pipeline(""));
    tell(&mut own, "produce orders alice 1\nwait 2s\n");
    assert!(stage(&own).boards[0].silence.as_deref().unwrap().contains("never by waiting"));
}
