//! Boards of every kind of windows: what stands on them, as text.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod common;

use common::told;
use millrace_view::{Scene, Viewport, WindowBar, inspect, scene};

const BEGIN: &str = "network latency 20ms
kafka-topics --create --topic orders --partitions 1
producer start checkout --topic orders
";

fn board(pipeline: &str, times: &[&str]) -> (millrace_sim::Timeline, Scene) {
    let mut script = format!("{BEGIN}streams start analytics '{pipeline}'\nwait 10s\n");
    for at in times {
        script += &format!("produce orders alice 1 --timestamp 12:00:{at}\nwait 1s\n");
    }
    let timeline = told(&script);
    let scene = scene(timeline.world(), Viewport { width: 1_000.0, is_touch: false });
    (timeline, scene)
}

fn bars(scene: &Scene) -> Vec<&WindowBar> {
    scene.boards[0].rows.iter().flat_map(|row| &row.bars).collect()
}

fn says(scene: &Scene) -> Vec<&str> {
    bars(scene).iter().map(|bar| bar.label.as_str()).collect()
}

#[test]
fn sessions_open_grow_merge_and_close() {
    let sessions = "stream orders | group by key | window session 5s grace 5s | count | to n";
    let (_, apart) = board(sessions, &["10", "17"]);
    assert_eq!(
        apart.boards[0].subtitle,
        "sessions with a gap of 5 s · grace 5 s · count by key, on event time"
    );
    assert_eq!(
        says(&apart),
        ["alice, window [12:00:10, 12:00:10]: 1, open", "alice, window [12:00:17, 12:00:17]: 1, open",]
    );
    let open = bars(&apart);
    assert!(open.iter().all(|bar| bar.reach.is_some_and(|reach| reach > bar.rect.x + bar.rect.w)));
    // One between the two is within the gap of both: they become one session.
    let (timeline, merged) = board(sessions, &["10", "17", "13"]);
    assert_eq!(says(&merged), ["alice, window [12:00:10, 12:00:17]: 3, open"]);
    let one = inspect(&timeline, &bars(&merged)[0].target);
    assert_eq!(one.title, "alice in [12:00:10, 12:00:17]");
    assert_eq!(
        one.facts.iter().find(|fact| fact.name == "closes at stream time").map(|fact| fact.value.as_str()),
        Some("12:00:27.001")
    );
    let (_, closed) = board(sessions, &["10", "17", "13", "27.001"]);
    assert_eq!(
        says(&closed),
        [
            "alice, window [12:00:10, 12:00:17]: 3, final",
            "alice, window [12:00:27.001, 12:00:27.001]: 1, open",
        ]
    );
    assert_eq!(bars(&closed)[0].reach, None);
}

#[test]
fn sliding_windows_that_overlap_stand_on_floors() {
    let sliding = "stream orders | group by key | window sliding 4s grace 2s | count | to n";
    let (_, scene) = board(sliding, &["10", "12"]);
    assert_eq!(scene.boards[0].subtitle, "sliding 4 s · grace 2 s · count by key, on event time");
    assert_eq!(
        says(&scene),
        [
            "alice, window [12:00:06, 12:00:10]: 1, open",
            "alice, window [12:00:08, 12:00:12]: 2, open",
            "alice, window [12:00:10.001, 12:00:14.001]: 1, open",
        ]
    );
    let all = bars(&scene);
    for (n, one) in all.iter().enumerate() {
        for other in all.iter().skip(n + 1) {
            let apart_x = one.rect.x + one.rect.w <= other.rect.x;
            assert!(apart_x || one.rect.y != other.rect.y, "{} over {}", one.label, other.label);
        }
    }
    assert_eq!(scene.boards[0].store.len(), 3);
}
