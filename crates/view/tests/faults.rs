//! Faults by pointing at them: what can be done to a message on its way, to a link, to a broker, and what came of it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{tell, told};
use millrace_model::{GroupId, Offset, TopicPartition};
use millrace_sim::{EntryId, Timeline};
use millrace_view::{Action, LinkState, Target, Viewport, inspect, scene};

/// One producer without idempotence, one record on its way.
fn produced() -> Timeline {
    told(
        "network latency 100ms
kafka-topics --create --topic orders --partitions 1
producer start checkout --topic orders --acks 1 --request-timeout 2s
app start billing --topic orders
wait 8s
produce orders a 1 --producer checkout
wait 1s
produce orders a 2 --producer checkout
wait 60ms
",
    )
}

const WIDE: Viewport = Viewport { width: 900.0, is_touch: false };

/// The messages that can be pointed at.
fn messages(timeline: &Timeline) -> Vec<EntryId> {
    scene(timeline.world(), WIDE).tokens.iter().filter_map(|token| token.sent).collect()
}

fn lines(actions: &[Action]) -> Vec<(&str, &str)> {
    actions.iter().map(|action| (action.label.as_str(), action.line.as_str())).collect()
}

#[test]
fn a_request_on_its_way_can_be_lost_delayed_or_have_its_answer_lost() {
    let timeline = produced();
    let sent = messages(&timeline);
    assert_eq!(sent.len(), 1);
    let found = inspect(&timeline, &Target::Message(sent[0]));
    assert_eq!((found.kind, found.title.as_str()), ("message", "Produce request"));
    let n = sent[0].0;
    assert_eq!(
        lines(&found.actions),
        [
            ("Lose this request", format!("network lose --message {n}").as_str()),
            ("Lose its acknowledgement", "network lose checkout response --api Produce"),
            ("Delay it by 2 s", format!("network delay --message {n} 2s").as_str()),
            ("Delay it past request.timeout.ms", format!("network delay --message {n} 3s").as_str()),
            ("Slow its link", "network slow checkout 1s"),
            ("Cut its link", "network cut checkout"),
        ]
    );
}

#[test]
fn a_lost_acknowledgement_is_followed_to_the_record_that_stands_twice() {
    let mut timeline = produced();
    let request = messages(&timeline)[0];
    tell(&mut timeline, "wait 100ms");
    let answers: Vec<EntryId> = messages(&timeline)
        .into_iter()
        .filter(|sent| inspect(&timeline, &Target::Message(*sent)).title == "Produce response")
        .collect();
    assert_eq!(answers.len(), 1);
    let answer = Target::Message(answers[0]);
    let found = inspect(&timeline, &answer);
    assert_eq!(found.actions[0].label, "Lose this acknowledgement");
    tell(&mut timeline, &found.actions[0].line.clone());
    let state = |timeline: &Timeline| {
        let found = inspect(timeline, &answer);
        found.facts.into_iter().find(|fact| fact.name == "state").map(|fact| fact.value)
    };
    assert_eq!(state(&timeline).as_deref(), Some("lost: it will not arrive"));
    assert_eq!(inspect(&timeline, &answer).actions, []);
    tell(&mut timeline, "wait 10s");
    let told: Vec<String> = inspect(&timeline, &answer).then.into_iter().map(|why| why.text).collect();
    assert_eq!(
        told,
        [
            "the Produce response was lost on its way",
            "no answer within request.timeout.ms: attempt 2 after 97 ms (retry.backoff.ms)",
            "sent again, attempt 2",
            "orders-0: 1 record appended @2",
            "acknowledged: orders-0 @2",
        ]
    );
    // The same thread, taken up at the request.
    let from_request: Vec<String> =
        inspect(&timeline, &Target::Message(request)).then.into_iter().map(|why| why.text).collect();
    assert_eq!(from_request[0], "orders-0: 1 record appended @1");
    assert_eq!(from_request[1..], told);
    let value = |offset| {
        let tp = TopicPartition::new("orders", 0);
        let found = inspect(&timeline, &Target::Record(tp, Offset(offset)));
        found.facts.into_iter().find(|fact| fact.name == "value").map(|fact| fact.value)
    };
    assert_eq!(value(1), value(2));
}

#[test]
fn a_lost_request_stands_once() {
    let mut timeline = produced();
    let request = Target::Message(messages(&timeline)[0]);
    let line = inspect(&timeline, &request).actions[0].line.clone();
    tell(&mut timeline, &format!("{line}\nwait 10s"));
    let told: Vec<String> = inspect(&timeline, &request).then.into_iter().map(|why| why.text).collect();
    assert_eq!(told[0], "the Produce request was lost on its way");
    assert_eq!(told.last().map(String::as_str), Some("acknowledged: orders-0 @1"));
    assert_eq!(told.iter().filter(|text| text.contains("appended")).count(), 1);
}

#[test]
fn a_delayed_message_arrives_later_and_nothing_overtakes_it() {
    let mut timeline = produced();
    let request = Target::Message(messages(&timeline)[0]);
    let line = inspect(&timeline, &request).actions[2].line.clone();
    tell(&mut timeline, &format!("{line}\nproduce orders a 3 --producer checkout\nwait 1s"));
    // Both are on their way still, one behind the other.
    let tokens = scene(timeline.world(), WIDE).tokens;
    let arrivals: Vec<u64> = tokens.iter().filter(|t| t.records > 0).map(|t| t.arrive.0).collect();
    assert_eq!(arrivals, [11_305_000, 11_305_000]);
    tell(&mut timeline, "wait 4s");
    let tp = TopicPartition::new("orders", 0);
    let value =
        |offset| inspect(&timeline, &Target::Record(tp.clone(), Offset(offset))).facts[1].value.clone();
    assert_eq!([value(1), value(2)], ["2", "3"]);
}

#[test]
fn a_link_and_a_broker_show_what_is_wrong_with_them() {
    let mut timeline = produced();
    tell(&mut timeline, "network cut checkout\nnetwork slow billing/c1 900ms\nbroker pause broker-1");
    let drawn = scene(timeline.world(), WIDE);
    let states: Vec<(&str, LinkState)> =
        drawn.links.iter().map(|link| (link.id.as_str(), link.state)).collect();
    assert_eq!(
        states,
        [("write/checkout/orders-0", LinkState::Cut), ("own/billing/orders-0", LinkState::Slow)]
    );
    assert!(drawn.topics[0].is_paused);
    let of = |target: Target| {
        let found = inspect(&timeline, &target);
        let labels: Vec<String> = found.actions.into_iter().map(|action| action.line).collect();
        labels
    };
    let producer = drawn.producers[0].target.clone();
    assert_eq!(of(producer)[..2], ["network slow checkout 1s", "network heal checkout"]);
    let member = of(Target::Member(GroupId::from("billing"), "c1".into()));
    assert!(member.contains(&"network slow billing/c1 off".to_owned()), "{member:?}");
    let topic = of(Target::Topic("orders".into()));
    assert!(topic.contains(&"broker resume broker-1".to_owned()), "{topic:?}");
}
