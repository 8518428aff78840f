//! The boards of joins with tables: which record met which row, and why nothing came out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod common;

use common::{tell, told};
use millrace_sim::Timeline;
use millrace_view::desk::{JoinBoard, join, join_names};

fn shop(customers: u32, pipeline: &str) -> Timeline {
    told(&format!(
        "network latency 20ms
kafka-topics --create --topic orders --partitions 1
kafka-topics --create --topic customers --partitions {customers}
streams start shop --statestore-cache-max-bytes 0 '{pipeline}'
wait 10s
"
    ))
}

fn board(timeline: &Timeline) -> JoinBoard {
    join(timeline, "shop", 0, 800.0).unwrap()
}

/// Key and fate of each dot, lane by lane.
fn fates(board: &JoinBoard) -> [Vec<String>; 2] {
    let dot = |dot: &millrace_view::desk::JoinDot| {
        format!("{} {:?}", dot.label.split(' ').next().unwrap(), dot.fate)
    };
    [0, 1].map(|lane| board.lanes[lane].dots.iter().map(dot).collect())
}

#[test]
fn a_record_of_a_stream_looks_once_and_the_row_that_comes_later_is_too_late_for_it() {
    let mut timeline = shop(1, "stream orders | filter value > 0 | join table customers | to enriched");
    assert_eq!(join_names(&timeline, "shop"), ["orders with customers"]);
    tell(&mut timeline, "produce orders alice 1\nwait 1s\nproduce customers alice A\nwait 1s\n");
    tell(&mut timeline, "produce orders alice 2\nproduce orders alice -5\nwait 1s\n");
    let seen = board(&timeline);
    assert_eq!(
        fates(&seen),
        [
            vec!["alice Expired".to_owned(), "alice Matched(1)".to_owned()],
            vec!["alice Matched(1)".to_owned()]
        ],
        "what the filter kept back has no dot"
    );
    assert_eq!(seen.matches.len(), 1);
    assert_eq!(seen.over, "processing time");
    assert!(
        seen.reasons[0].contains(
            "nothing came out, because its task's table had no row of alice at that moment. Its row came at 12:00:11"
        ),
        "{:?}",
        seen.reasons
    );
}

#[test]
fn a_left_join_lets_it_out_with_null_and_a_tombstone_takes_the_row_away() {
    let mut timeline = shop(1, "stream orders | left join table customers | to enriched");
    tell(&mut timeline, "produce customers alice A\nwait 1s\nproduce orders alice 1\nwait 1s\n");
    tell(
        &mut timeline,
        "produce --topic customers --key alice --tombstone\nwait 1s\nproduce orders alice 2\nwait 1s\n",
    );
    assert_eq!(
        fates(&board(&timeline)),
        [["alice Matched(1)", "alice Alone"], ["alice Matched(1)", "alice Deleted"]]
            .map(|l| l.map(str::to_owned).to_vec())
    );
}

#[test]
fn a_global_table_is_found_by_the_key_in_the_value_however_many_partitions_it_has() {
    let mut timeline = shop(3, "stream orders | left join global table customers by value.c | to enriched");
    tell(&mut timeline, "produce customers alice A\nwait 1s\nproduce orders o1 '{\"c\": \"alice\"}'\n");
    tell(&mut timeline, "produce orders o2 '{\"c\": \"bob\"}'\nwait 1s\n");
    let seen = board(&timeline);
    assert_eq!(
        fates(&seen),
        [vec!["o1 Matched(1)".to_owned(), "o2 Alone".to_owned()], vec!["alice Matched(1)".to_owned()]]
    );
    assert!(seen.reasons[0].starts_with("o2, which looks for bob, at"), "{:?}", seen.reasons);
    assert!(seen.title.contains("global table"));
}

#[test]
fn of_two_tables_a_change_of_either_side_looks() {
    let mut timeline = shop(1, "table orders | join table customers | to both");
    tell(&mut timeline, "produce orders alice 1\nwait 1s\n");
    assert_eq!(fates(&board(&timeline)), [vec!["alice Waiting".to_owned()], vec![]]);
    assert!(board(&timeline).reasons[0].contains("the result comes with that row"));
    tell(&mut timeline, "produce customers alice A\nwait 1s\n");
    assert_eq!(
        fates(&board(&timeline)),
        [["alice Matched(1)"], ["alice Matched(1)"]].map(|l| l.map(str::to_owned).to_vec())
    );
    assert_eq!(board(&timeline).reasons, [] as [&str; 0]);
}

#[test]
fn a_row_answers_all_that_refer_to_it_by_a_foreign_key() {
    let mut timeline = shop(1, "table orders | join table customers by value.c | to both");
    assert_eq!(join_names(&timeline, "shop"), ["orders with customers"]);
    tell(
        &mut timeline,
        "produce orders o1 '{\"c\": \"alice\"}'\nproduce orders o2 '{\"c\": \"alice\"}'\nwait 5s\n",
    );
    let seen = board(&timeline);
    assert_eq!(fates(&seen), [vec!["o1 Waiting".to_owned(), "o2 Waiting".to_owned()], vec![]]);
    assert!(seen.reasons[0].contains("refers to alice, of which there is no row yet"), "{:?}", seen.reasons);
    tell(&mut timeline, "produce customers alice A\nwait 5s\n");
    let seen = board(&timeline);
    assert_eq!(
        fates(&seen),
        [vec!["o1 Matched(1)".to_owned(), "o2 Matched(1)".to_owned()], vec!["alice Matched(2)".to_owned()]]
    );
    assert_eq!(seen.matches.len(), 2);
}

#[test]
fn keys_in_other_partitions_are_named_below_a_join_with_a_table_too() {
    let timeline = told(
        "kafka-topics --create --topic orders --partitions 3
kafka-topics --create --topic payments --partitions 3
producer start bank --topic payments --partitioner consistent-random
producer start shop --topic orders
streams start enrich 'stream orders | join table payments | to enriched'
wait 5s
produce --producer bank --key alice --value 1
wait 5s
produce --producer shop --key alice --value 2
wait 5s
",
    );
    let seen = join(&timeline, "enrich", 0, 800.0).unwrap();
    assert_eq!(fates(&seen)[0], ["alice Expired"]);
    assert!(
        seen.reasons.last().unwrap().starts_with("alice lies in orders-0 and in payments-2"),
        "{:?}",
        seen.reasons
    );
}
