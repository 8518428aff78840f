//! The failure desk, as text and numbers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod common;

use common::{tell, told};
use millrace_model::{Offset, Span, TopicPartition};
use millrace_sim::Timeline;
use millrace_sim::world::Outcome;
use millrace_view::failure::{
    Kind, Place, Search, StopKind, books, dangers, filter_of, letter, letters, life, services,
};

/// Order 7 of three cannot be billed; two tries, then the dead letters.
const BURIED: &str = "network latency 20ms
kafka-topics --create --topic orders --partitions 1
producer start checkout --topic orders
app start billing --topic orders --work 100ms --fails 'value.order == 7' --as PaymentDeclined --retry topics --attempts 2 --backoff 2s
wait 8s
produce orders alice '{\"order\": 7}'
produce orders bob '{\"order\": 8}'
produce orders alice '{\"order\": 9}'
wait 10s
";

fn at(tp: &str, partition: i32, offset: i64) -> Place {
    (TopicPartition::new(tp, partition), Offset(offset))
}

fn all(timeline: &Timeline) -> Vec<Place> {
    letters(timeline, "billing", &Search::default()).lines.into_iter().map(|line| line.at).collect()
}

#[test]
fn the_ledger_counts_and_names_every_record() {
    let mut timeline = told(BURIED);
    let found = books(&timeline, "billing", Some(Kind::Of(Outcome::Dead))).unwrap();
    assert_eq!(found.says, "2 of 3 done once; 1 is a dead letter.");
    let lines: Vec<_> = found.lines.iter().map(|l| (&*l.place, &*l.key, &*l.says)).collect();
    assert_eq!(lines, [("orders-0 @0", "alice", "PaymentDeclined; now in orders-dlt-0 @0")]);
    let done = books(&timeline, "billing", Some(Kind::Of(Outcome::Once))).unwrap();
    assert_eq!(done.lines.iter().map(|l| &*l.place).collect::<Vec<_>>(), ["orders-0 @2", "orders-0 @1"]);
    assert!(done.lines[0].says.starts_with("done by c1 at 12:00:0"), "{}", done.lines[0].says);

    tell(&mut timeline, "app fails billing never\ndlq redrive billing\nwait 5s\n");
    let found = books(&timeline, "billing", Some(Kind::Expected)).unwrap();
    assert_eq!((found.says.as_str(), found.lines.len()), ("All 3 done, each exactly once.", 3));
    let redriven = found.lines.iter().find(|l| l.place == "orders-0 @0").unwrap();
    assert!(redriven.says.starts_with("done by c1 at 12:00:1"), "by its copy's place: {}", redriven.says);
}

#[test]
fn a_record_done_twice_is_named_with_both_times() {
    // The process dies between its side effect and its commit.
    let mut timeline = told(
        "network latency 20ms
kafka-topics --create --topic orders --partitions 1
producer start checkout --topic orders
app start billing --topic orders --work 2s --session-timeout 6s
wait 8s
produce orders alice 1 + bob 2
wait 3s
consumer crash billing/c1
",
    );
    tell(&mut timeline, "wait 1s\nconsumer restart billing/c1\nwait 20s\n");
    let found = books(&timeline, "billing", Some(Kind::Of(Outcome::Twice))).unwrap();
    assert_eq!(found.account.twice, 1);
    assert_eq!(found.lines[0].key, "alice");
    assert!(found.lines[0].says.contains(", and again by c1 at"), "{}", found.lines[0].says);
    assert!(found.says.contains("1 was done twice"), "{}", found.says);
}

#[test]
fn letters_are_grouped_by_cause_searched_and_chosen_one_by_one() {
    let mut timeline = told(BURIED);
    tell(
        &mut timeline,
        "app fails billing when 'value.order > 9' --as Broken\nproduce orders carol '{\"order\": 10}'\nproduce orders dave '{\"order\": 11}'\nwait 10s\n",
    );
    let found = letters(&timeline, "billing", &Search::default());
    let causes: Vec<_> = found.causes.iter().map(|c| (&*c.name, c.open)).collect();
    assert_eq!((found.open, causes), (3, vec![("Broken", 2), ("PaymentDeclined", 1)]));
    let search = |text: &str| {
        letters(&timeline, "billing", &Search { text: text.to_owned(), ..Search::default() }).lines.len()
    };
    assert_eq!(["", "CAROL", "declined", "order", "nothing such"].map(search), [3, 1, 1, 3, 0]);
    let cause = Search { cause: Some(found.causes[0].id.clone()), ..Search::default() };
    assert_eq!(letters(&timeline, "billing", &cause).lines.len(), 2);

    // What a filter says is what a command does.
    let places = all(&timeline);
    let filter = filter_of(&[places[0].clone(), places[2].clone()]);
    tell(&mut timeline, &format!("dlq discard billing --where '{filter}'\n"));
    assert_eq!(all(&timeline), [places[1].clone()]);
    let rest = letters(&timeline, "billing", &Search { closed: true, ..Search::default() });
    assert_eq!(rest.lines.iter().filter(|l| l.closed == Some("thrown away")).count(), 2);
    let filter = letters(&timeline, "billing", &Search::default()).causes[0].filter.clone();
    tell(&mut timeline, &format!("dlq discard billing --where '{filter}'\n"));
    assert_eq!(all(&timeline), []);
}

#[test]
fn a_letter_shows_its_bytes_and_what_its_headers_mean() {
    let timeline = told(BURIED);
    let view = letter(&timeline, &all(&timeline)[0]).unwrap();
    assert_eq!(view.value.as_deref(), Some("{\"order\": 7}"));
    assert_eq!((view.hex[0].at.as_str(), view.hex[0].text.as_str()), ("0000", "{\"order\""));
    assert!(view.hex[0].hex.starts_with("7b 22 6f 72"));
    assert_eq!(view.original, Some(at("orders", 0, 0)));
    let offset = view.headers.iter().find(|h| h.name == "kafka_original-offset").unwrap();
    assert_eq!(offset.value, "0");
    assert!(view.headers.iter().all(|h| !h.means.is_empty()));
}

#[test]
fn dangers_are_counted_before_anything_is_sent_again() {
    let mut timeline = told(BURIED);
    let says = |timeline: &Timeline, rate| {
        dangers(timeline, "billing", &all(timeline), rate)
            .into_iter()
            .map(|d| (d.name, d.is_there))
            .collect::<Vec<_>>()
    };
    // A newer record of alice has been handled.
    assert_eq!(
        says(&timeline, None),
        [("order", true), ("staleness", false), ("duplicates", false), ("overload", false)]
    );
    tell(&mut timeline, "wait 2m\n");
    assert_eq!(says(&timeline, None)[1], ("staleness", true));
    assert_eq!(dangers(&timeline, "billing", &[], None), []);
}

#[test]
fn a_life_goes_through_every_copy_and_back() {
    let mut timeline = told(BURIED);
    tell(&mut timeline, "app fails billing never\ndlq redrive billing\nwait 5s\n");
    let place = at("orders", 0, 0);
    let found = life(&timeline, "billing", &place, 900.0).unwrap();
    let stops: Vec<(&str, String)> = found
        .stops
        .iter()
        .map(|s| (s.name.as_str(), millrace_view::words::place(&s.place.0, s.place.1)))
        .collect();
    let owned: Vec<(&str, &str)> = stops.iter().map(|(a, b)| (*a, b.as_str())).collect();
    assert_eq!(
        owned,
        [
            ("written", "orders-0 @0"),
            ("attempt 1", "orders-0 @0"),
            ("waits 2 s", "orders-retry-0 @0"),
            ("attempt 2", "orders-retry-0 @0"),
            ("dead letter", "orders-dlt-0 @0"),
            ("sent again", "orders-0 @3"),
            ("attempt 1", "orders-0 @3"),
        ]
    );
    assert_eq!(found.stops.last().unwrap().kind, StopKind::Done);
    assert!(found.says.starts_with("Done at 12:00:"), "{}", found.says);
    assert_eq!(found.lanes.len(), 4);
    let xs: Vec<f32> = found.bars.iter().map(|bar| bar.rect.x).collect();
    assert!(xs.windows(2).all(|x| x[0] <= x[1]), "{xs:?}");
    assert!(found.rect.w >= 900.0 && found.bars.iter().all(|bar| bar.rect.x + bar.rect.w < found.rect.w));
    // A copy's life is the record's.
    assert_eq!(life(&timeline, "billing", &at("orders-dlt", 0, 0), 900.0).unwrap().stops.len(), 7);
    assert_eq!(life(&timeline, "nobody", &place, 900.0), None);
}

#[test]
fn a_wait_says_until_when_and_a_discarded_letter_ends_its_life() {
    let mut timeline = told(BURIED.trim_end_matches("wait 10s\n"));
    tell(&mut timeline, "wait 1500ms\n");
    let found = life(&timeline, "billing", &at("orders", 0, 0), 390.0).unwrap();
    let last = found.stops.last().unwrap();
    assert_eq!((last.kind, found.due), (StopKind::Waits, last.until));
    assert!(found.due.unwrap() > timeline.world().now());
    tell(&mut timeline, "wait 10s\ndlq discard billing\nwait 1s\n");
    let found = life(&timeline, "billing", &at("orders", 0, 0), 390.0).unwrap();
    let last = found.stops.last().unwrap();
    assert_eq!((last.kind, last.name.as_str()), (StopKind::GivenUp, "thrown away"));
}

#[test]
fn a_broken_service_opens_the_breaker_and_the_chart_says_so() {
    let mut timeline = told(
        "network latency 20ms
kafka-topics --create --topic orders --partitions 1
service start payments --latency 100ms --capacity 2
producer start checkout --topic orders
app start billing --topic orders --calls payments --failure-rate-threshold 50 --sliding-window-size 10 --minimum-number-of-calls 4 --wait-duration-in-open-state 10s --permitted-number-of-calls-in-half-open-state 2 --when-open pause --retry topics --attempts 2
wait 8s
producer rate checkout 5 --keys a,b --value '{\"n\": ${n}}'
wait 5s
",
    );
    let board = |timeline: &Timeline| services(timeline, Some("billing"), 800.0).remove(0);
    let before = board(&timeline);
    assert_eq!((before.errors, before.latency, before.is_broken), (0, Span::from_millis(100), false));
    assert_eq!(before.capacity, "2 calls at a time: 20 a second");
    assert_eq!(
        (before.breakers[0].state, before.callers.as_slice()),
        ("closed", &["billing".to_owned()][..])
    );
    assert!(before.chart.dots.len() > 10 && before.chart.dots.iter().all(|dot| !dot.failed));

    tell(&mut timeline, "service break payments --latency 300ms\nwait 5s\n");
    let broken = board(&timeline);
    assert_eq!((broken.errors, broken.latency, broken.is_broken), (100, Span::from_millis(300), true));
    let breaker = &broken.breakers[0];
    assert_eq!((breaker.state, breaker.trips), ("open", (1, 0)));
    assert!(breaker.until.unwrap() > timeline.world().now());
    assert!(broken.chart.dots.iter().any(|dot| dot.failed));
    assert_eq!(broken.chart.marks.iter().map(|mark| mark.text).collect::<Vec<_>>(), ["broken"]);

    tell(&mut timeline, "service mend payments\nwait 20s\n");
    let mended = board(&timeline);
    assert_eq!((mended.breakers[0].state, mended.breakers[0].trips), ("closed", (1, 1)));
    let states: Vec<&str> = mended.chart.bands[0].1.iter().map(|band| band.state).collect();
    assert_eq!(states, ["closed", "open", "half-open", "closed"], "as the breaker itself went");
    assert_eq!(services(&timeline, Some("nobody"), 800.0), []);
    assert_eq!(services(&timeline, None, 800.0).len(), 1);
}
