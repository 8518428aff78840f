//! Pictures as text, over worlds that scripts tell.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::{SHOP, tell, told};
use millrace_sim::Timeline;
use millrace_view::{Condition, LinkKind, Scene, Viewport, scene, text};

fn picture(timeline: &Timeline) -> String {
    // Without the first line: the count of steps is not the picture's.
    let text = text::world(timeline.world());
    text.split_once('\n').map(|(_, rest)| rest.to_owned()).unwrap()
}

fn stage(timeline: &Timeline) -> Scene {
    scene(timeline.world(), Viewport { width: 900.0, is_touch: false })
}

/// The lanes that a member is linked to: `c1: orders-0 orders-1`, by the card at which the line ends.
fn owners(timeline: &Timeline) -> Vec<String> {
    let scene = stage(timeline);
    let members = scene.groups.iter().flat_map(|group| &group.members);
    members
        .map(|member| {
            let ends_here = |y: f32| member.rect.y <= y && y <= member.rect.bottom();
            let own =
                scene.links.iter().filter(|link| link.kind == LinkKind::Owns && ends_here(link.curve[3].y));
            let own: Vec<&str> = own.filter_map(|link| link.id.rsplit('/').next()).collect();
            format!("{} {:?}: {}", member.name, member.condition, own.join(" "))
        })
        .collect()
}

const FIVE: &str = "
kafka-topics --create --topic orders --partitions 3
producer start checkout --topic orders
produce orders alice 1 + bob 2 + carol 3 + dave 4 + alice 5
wait 1s
";

#[test]
fn five_records_lie_where_kafka_puts_them() {
    assert_eq!(
        picture(&told(FIVE)),
        "checkout: by hand · acks=all · linger 5 ms
orders: 3 partitions · key → murmur2 mod 3
  P0 a b a |3
  P1 d |1
  P2 c |1
"
    );
}

#[test]
fn a_group_reads_and_commits() {
    let mut timeline = told(FIVE);
    tell(&mut timeline, "app start billing --topic orders --instances 2 --work 400ms\nwait 7s");
    assert_eq!(
        picture(&timeline),
        "checkout: by hand · acks=all · linger 5 ms
orders: 3 partitions · key → murmur2 mod 3
  P0 a- b- a* |3  billing committed - position 3 lag 3
  P1 d~ |1  billing committed - position 1 lag 1
  P2 c. |1  billing committed 1 position 1 lag 0
billing: Stable · generation 1
  c1 P0 P1 · busy with orders-0 @2 · lag 4 · session.timeout.ms until 12:00:52.009
  c2 P2 · polling · lag 0 · session.timeout.ms until 12:00:52.417
"
    );
    tell(&mut timeline, "wait 2s");
    assert_eq!(
        picture(&timeline),
        "checkout: by hand · acks=all · linger 5 ms
orders: 3 partitions · key → murmur2 mod 3
  P0 a. b. a. |3  billing committed 3 position 3 lag 0
  P1 d. |1  billing committed 1 position 1 lag 0
  P2 c. |1  billing committed 1 position 1 lag 0
billing: Stable · generation 1
  c1 P0 P1 · polling · lag 0 · session.timeout.ms until 12:00:53.617
  c2 P2 · polling · lag 0 · session.timeout.ms until 12:00:52.417
"
    );
}

#[test]
fn a_killed_consumer_keeps_its_partitions_until_the_session_timeout() {
    let mut timeline = told(FIVE);
    tell(
        &mut timeline,
        "app start billing --topic orders --instances 2\nwait 10s\nconsumer crash billing/c1\nwait 30s",
    );
    assert_eq!(owners(&timeline), ["c1 Crashed: orders-0 orders-1", "c2 Active: orders-2"]);
    let crashed = &stage(&timeline).groups[0].members[0];
    assert_eq!(crashed.condition, Condition::Crashed);
    assert_eq!(crashed.status, "crashed · out at 12:00:55.009");
    tell(&mut timeline, "wait 20s");
    assert_eq!(owners(&timeline), ["c1 Stopped: ", "c2 Active: orders-0 orders-1 orders-2"]);
}

#[test]
fn what_failed_waits_in_retry_topics_and_dies_in_the_last_one() {
    let mut timeline = told(
        "kafka-topics --create --topic orders --partitions 1
app start billing --topic orders --fails 'value.amount < 0' --as IllegalArgumentException --message 'negative amount' --retry topics --attempts 3 --backoff 1s
wait 8s
produce orders alice '{\"amount\": 1}' + bob '{\"amount\": -1}' + carol '{\"amount\": 2}'
wait 500ms",
    );
    assert_eq!(
        picture(&timeline),
        "console-producer: by hand · acks=all · linger 5 ms
orders: 1 partition
  P0 a. b! c |3  billing committed 2 position 2 lag 1
billing: Stable · generation 1
  c1 P0 · polling · lag 1 · session.timeout.ms until 12:00:53.025
retries of billing: exponential backoff, 3 attempts, then dead letter
  orders-retry-0 after 1 s · 1 b? 12:00:09.013
  orders-retry-1 after 2 s · 0
  orders-dlt dead letters · 0
"
    );
    tell(&mut timeline, "wait 1s");
    assert_eq!(
        picture(&timeline),
        "console-producer: by hand · acks=all · linger 5 ms
orders: 1 partition
  P0 a. b! c. |3  billing committed 3 position 3 lag 0
billing: Stable · generation 1
  c1 P0 · polling · lag 0 · session.timeout.ms until 12:00:54.118
retries of billing: exponential backoff, 3 attempts, then dead letter
  orders-retry-0 after 1 s · 0
  orders-retry-1 after 2 s · 1 b? 12:00:11.015
  orders-dlt dead letters · 0
"
    );
    tell(&mut timeline, "wait 5s");
    assert_eq!(
        picture(&timeline),
        "console-producer: by hand · acks=all · linger 5 ms
orders: 1 partition
  P0 a. b! c. |3  billing committed 3 position 3 lag 0
billing: Stable · generation 1
  c1 P0 · polling · lag 0 · session.timeout.ms until 12:00:57.118
retries of billing: exponential backoff, 3 attempts, then dead letter
  orders-retry-0 after 1 s · 0
  orders-retry-1 after 2 s · 0
  orders-dlt dead letters · 1 bx
"
    );
}

#[test]
fn a_window_is_final_when_stream_time_has_passed_its_end_and_grace() {
    let mut timeline = told(
        "kafka-topics --create --topic orders --partitions 1
streams start analytics --statestore-cache-max-bytes 0 'stream orders | group by key | window tumbling 10s grace 5s | count | to per-customer'
wait 5s
produce orders alice 1 --timestamp 12:00:04 + bob 1 --timestamp 12:00:07 + alice 1 --timestamp 12:00:14.999
wait 1s",
    );
    assert_eq!(picture(&timeline), "console-producer: by hand · acks=all · linger 5 ms
orders: 1 partition
  P0 a- b- a- |3  analytics committed - position 3 lag 3
analytics: Stable · generation 1
  analytics 0_0 · 1 task · lag 3 · session.timeout.ms until 12:00:48.111
per-customer: tumbling 10 s · grace 5 s · count by key, on event time · 3 results
  task 0_0 stream time 12:00:14.999
  alice (12:00:00 1) (12:00:10 1)
  bob (12:00:00 1)
  Nothing is final yet: stream time of task 0_0 is 12:00:14.999; window [12:00:00, 12:00:10) closes when it reaches 12:00:15. Only a new record moves it.
");
    tell(
        &mut timeline,
        "produce orders bob 1 --timestamp 12:00:15\nwait 1s\nproduce orders bob 1 --timestamp 12:00:07\nwait 1s",
    );
    assert_eq!(picture(&timeline), "console-producer: by hand · acks=all · linger 5 ms
orders: 1 partition
  P0 a- b- a- b- b- |5  analytics committed - position 5 lag 5
analytics: Stable · generation 1
  analytics 0_0 · 1 task · lag 5 · session.timeout.ms until 12:00:51.109
per-customer: tumbling 10 s · grace 5 s · count by key, on event time · 4 results
  task 0_0 stream time 12:00:15
  alice [12:00:00 1] (12:00:10 1)
  bob [12:00:00 1] (12:00:10 1)
  dropped: bob at 12:00:07 came late: its window closed at stream time 12:00:15
  Next: window [12:00:10, 12:00:20) closes when stream time of task 0_0 reaches 12:00:25; it is 12:00:15. Only a new record moves it.
");
}

#[test]
fn tiny_lanes_and_many_members_are_counted_where_they_do_not_fit() {
    let timeline = told(
        "kafka-topics --create --topic many --partitions 50
app start crowd --topic many --instances 14
wait 10s",
    );
    let scene = stage(&timeline);
    assert_eq!(scene.topics[0].more.as_deref(), Some("and 34 more partitions"));
    assert_eq!(scene.groups[0].more.as_deref(), Some("and 2 more instances"));
    let chips: Vec<&str> = scene.groups[0].members[0].chips.iter().map(|chip| chip.text.as_str()).collect();
    assert_eq!(chips, ["P0", "P1", "P2", "P3"]);
}

#[test]
fn a_final_window_stays_in_sight_after_the_store_has_given_it_up() {
    let mut timeline = told(
        "kafka-topics --create --topic orders --partitions 1
streams start analytics --statestore-cache-max-bytes 0 'stream orders | group by key | window tumbling 10s grace 5s | count | to per-customer'
wait 5s",
    );
    for (minute, second) in [(0, 45), (0, 47), (0, 55), (1, 5), (1, 15), (1, 25)] {
        tell(&mut timeline, &format!("produce orders alice 1 --timestamp 12:0{minute}:{second:02}\nwait 1s"));
    }
    let board = &stage(&timeline).boards[0];
    let bars: Vec<String> = board.rows[0].bars.iter().map(|bar| bar.label.clone()).collect();
    assert_eq!(
        bars,
        [
            "alice, window [12:00:40, 12:00:50): 2, final",
            "alice, window [12:00:50, 12:01:00): 1, final",
            "alice, window [12:01:00, 12:01:10): 1, final",
            "alice, window [12:01:10, 12:01:20): 1, final",
            "alice, window [12:01:20, 12:01:30): 1, open",
        ]
    );
    // The store as a query sees it keeps size and grace only.
    assert_eq!(board.store.len(), 2);
    let first = millrace_view::inspect(&timeline, &board.rows[0].bars[0].target);
    assert_eq!(first.facts.len(), 1, "{:?}", first.facts);
}

#[test]
fn results_of_a_streams_application_get_no_lane_while_it_stands_still() {
    let mut timeline = told(SHOP);
    tell(&mut timeline, "wait 8s\nproduce orders alice 1\nwait 4s");
    let lanes =
        |timeline: &Timeline| stage(timeline).topics.iter().map(|t| t.name.to_string()).collect::<Vec<_>>();
    assert_eq!(lanes(&timeline), ["orders"]);
    tell(&mut timeline, "streams stop analytics\nwait 1s");
    assert!(timeline.world().streams_apps().values().all(|app| app.node.is_none()));
    assert_eq!(lanes(&timeline), ["orders"]);
}

#[test]
fn a_line_leads_from_an_application_that_writes_to_its_topic() {
    let timeline = told(
        "kafka-topics --create --topic orders --partitions 1\nkafka-topics --create --topic bills --partitions 2\n\
         app start billing --topic orders --to bills\napp start mail --topic bills\nwait 5s\n",
    );
    let scene = stage(&timeline);
    let results: Vec<_> = scene.links.iter().filter(|link| link.kind == LinkKind::Results).collect();
    assert_eq!(results.iter().map(|link| link.id.as_str()).collect::<Vec<_>>(), ["result/billing/bills"]);
    let group = scene.groups.iter().find(|group| group.name.as_str() == "billing").unwrap();
    let topic = scene.topics.iter().find(|topic| topic.name.as_str() == "bills").unwrap();
    let [from, .., to] = results[0].curve;
    // Beside the names of both, and not where a member's own lines arrive.
    assert!((group.rect.y..group.rect.y + 20.0).contains(&from.y) && from.x < group.rect.x);
    assert!((topic.rect.y..topic.lanes[0].rect.y).contains(&to.y));
    assert_eq!((results[0].hue, to.x), (group.hue, topic.rect.x + topic.rect.w));
}

#[test]
fn a_group_of_the_consumer_protocol_shows_its_epochs() {
    let mut timeline = told(FIVE);
    tell(
        &mut timeline,
        "app start billing --topic orders --group-protocol consumer\nwait 10s\nconsumer add billing --group-protocol consumer\nwait 1s",
    );
    let groups = |timeline: &Timeline| {
        let picture = picture(timeline);
        picture.lines().skip_while(|line| !line.starts_with("billing")).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        groups(&timeline),
        "billing: Reconciling · epoch 2, target 2
  c1 P0 P1 · polling · lag 0 · group.consumer.session.timeout.ms until 12:00:56.116
  c2 - · no partition for it · epoch 2, waits for P2 · lag 0 · group.consumer.session.timeout.ms until 12:00:56.007"
    );
    tell(&mut timeline, "wait 10s");
    assert_eq!(
        groups(&timeline),
        "billing: Stable · epoch 2
  c1 P0 P1 · polling · lag 0 · group.consumer.session.timeout.ms until 12:01:06.116
  c2 P2 · polling · lag 0 · group.consumer.session.timeout.ms until 12:01:06.009"
    );
}

#[test]
fn a_queue_beside_the_log_shows_what_waits_and_what_is_not_acknowledged() {
    let mut timeline = told(
        "queue start tasks --prefetch 2
queue worker tasks w1 --work 2s
queue worker tasks w2 --work 2s
queue send tasks 6
wait 3s",
    );
    assert_eq!(
        picture(&timeline),
        "queue tasks: not Kafka · prefetch 2 · what is not acknowledged comes back when its worker dies
  ready 2 acknowledged, and gone · 0
  w1 2 of 2 not acknowledged · 0 3* 5~
  w2 2 of 2 not acknowledged · 0 4* 6~
"
    );
    tell(&mut timeline, "queue crash tasks w1\nwait 100ms");
    assert_eq!(
        picture(&timeline),
        "queue tasks: not Kafka · prefetch 2 · what is not acknowledged comes back when its worker dies
  ready 2 acknowledged, and gone · 2 3 5
  w1 dead · 0 not acknowledged · 0
  w2 2 of 2 not acknowledged · 0 4* 6~
"
    );
    let scene = stage(&timeline);
    let (chain, rects) = (&scene.retries[0], scene.retries[0].stations.iter().map(|s| s.rect));
    assert!(rects.clone().all(|r| r.right() <= chain.rect.right() && r.bottom() <= chain.rect.bottom()));
    let seen = millrace_view::inspect(&timeline, &chain.stations[1].target);
    assert_eq!((seen.kind, &*seen.title), ("queue", "tasks · w1"));
    assert_eq!(seen.actions[0].line, "queue worker tasks w1 --work 2s");
}

#[test]
fn services_that_call_each_other_stand_in_the_order_of_the_call_and_say_who_waits() {
    let mut timeline = told(
        "service start courier --latency 20ms --capacity 4
service start payment --latency 20ms --capacity 8 --calls courier
service start alone --latency 20ms --capacity 8
service start checkout --latency 20ms --capacity 16 --calls payment
service load checkout 10
wait 5s
service break courier --errors 0 --latency 3s
wait 8s",
    );
    assert_eq!(
        picture(&timeline),
        "services: checkout → payment → courier · each waits for the next
  checkout 16 of 16 threads busy · 56
  payment 8 of 8 threads busy · 8
  courier 4 at a time, 3 s each · 4 s of work waits · 0
"
    );
    let scene = stage(&timeline);
    let chain = &scene.retries[0];
    assert!(
        chain
            .stations
            .iter()
            .all(|s| s.rect.right() <= scene.width && s.rect.bottom() <= chain.rect.bottom())
    );
    let seen = millrace_view::inspect(&timeline, &chain.stations[2].target);
    assert_eq!((seen.kind, &*seen.title), ("service", "courier"));
    assert_eq!(seen.actions[0].line, "service mend courier");
    tell(&mut timeline, "service mend courier");
    let seen = millrace_view::inspect(&timeline, &chain.stations[2].target);
    assert_eq!(seen.actions[0].line, "service break courier --errors 0 --latency 3s");
}

#[test]
fn lanes_take_the_room_of_the_groups_while_there_are_none() {
    let mut timeline = told("kafka-topics --create --topic orders --partitions 1");
    let width = |timeline: &Timeline| stage(timeline).topics[0].lanes[0].rect.right();
    let alone = width(&timeline);
    tell(&mut timeline, "app start billing --topic orders");
    let group = stage(&timeline).groups[0].rect;
    assert!(alone >= group.right() - 8.0, "{alone}");
    assert!(width(&timeline) < group.x);
}

/// However many producers a process makes, it is one card, and says how many there were.
#[test]
fn a_process_that_makes_a_producer_for_each_record_is_one_card() {
    let timeline = told(
        "kafka-topics --create --topic orders --partitions 1\nproducer start web --topic orders\n\
         producer rate web 200 --producer-per-record\nwait 9998ms\n",
    );
    let scene = stage(&timeline);
    assert_eq!(scene.producers.len(), 1);
    let card = &scene.producers[0];
    assert_eq!((card.rate.as_str(), card.settings.as_str()), ("200 rec/s", "acks=all · 2000 producers"));
    let inspected = millrace_view::inspect::inspect(&timeline, &card.target);
    let made = inspected.facts.iter().find(|fact| fact.name == "producers made").unwrap();
    assert!(made.value.starts_with("2000, ") && made.value.ends_with(" of them there now"), "{made:?}");
}
