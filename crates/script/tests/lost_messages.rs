//! `network lose --message`: every message in flight can be lost, and what follows is what follows with Kafka. A lost request
//! never happened for the broker; after a lost answer it has happened, and the client does not know.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod hands;

use hands::run;
use millrace_model::{Profile, Span, TopicPartition};
use millrace_script::{Runner, Statement, parse_line};
use millrace_sim::world::{Flight, Payload};
use millrace_sim::{Actor, Entry, Fact, Message};
use std::collections::BTreeSet;

fn line(runner: &mut Runner, text: &str) -> Result<(), String> {
    let statement = parse_line(text, Profile::default()).unwrap().unwrap();
    runner.run(&statement).map(drop).map_err(|failure| failure.to_string())
}

fn name(flight: &Flight) -> (String, bool) {
    let (message, is_request) = match &flight.payload {
        Payload::Request(request) => (Message::request(request), true),
        Payload::Response(response) => (Message::response(response), false),
    };
    (message.api.to_string(), is_request)
}

/// Steps until such a message sets out, loses it by the line that a click dispatches, and says so.
fn lose(runner: &mut Runner, api: &str, is_request: bool, within: Span) -> bool {
    let end = runner.timeline().world().now() + within;
    let mut timeline = runner.clone().into_timeline();
    loop {
        let is_meant = |flight: &Flight| name(flight) == (api.to_owned(), is_request);
        let sent = timeline.world().flights().find(|(_, flight)| is_meant(flight)).and_then(|(_, f)| f.cause);
        if let Some(sent) = sent {
            *runner = Runner::with(timeline);
            line(runner, &format!("network lose --message {}", sent.0)).unwrap();
            return true;
        }
        if timeline.world().now() > end || !timeline.step() {
            return false;
        }
    }
}

fn end_of(runner: &Runner, topic: &str) -> i64 {
    let tp = TopicPartition::new(topic, 0);
    runner.timeline().world().brokers().next().unwrap().log(&tp).unwrap().log_end_offset().0
}

/// L11-1: the broker recognises what comes again.
#[test]
fn with_idempotence_a_lost_acknowledgement_writes_nothing_twice() {
    let (default, on, off) = ("", " --idempotence true", " --idempotence false");
    for (idempotence, is_request, expected) in
        [(default, true, 1), (default, false, 1), (on, false, 1), (off, false, 2)]
    {
        let mut runner = run(&format!(
            "kafka-topics --create --topic orders --partitions 1\nproducer start shop --topic orders{idempotence} --request-timeout 2s\nwait 1s\nproduce orders k v"
        ));
        assert!(lose(&mut runner, "Produce", is_request, Span::from_secs(1)));
        line(&mut runner, "wait 1m").unwrap();
        assert_eq!(end_of(&runner, "orders"), expected, "{idempotence}, request: {is_request}");
        let came_again = |entry: &Entry| matches!(&entry.fact, Fact::Broker(millrace_broker::Event::Txn(event)) if matches!(**event, millrace_broker::TxnEvent::DuplicateSequence { .. }));
        let is_recognised = entries(&runner).iter().any(came_again);
        assert_eq!(is_recognised, idempotence != off && !is_request);
    }
}

/// L11-3: the first of two requests in flight is lost; without sequence numbers the second one overtakes it.
#[test]
fn with_idempotence_a_lost_request_is_not_overtaken() {
    for (idempotence, expected) in [("true", ["one", "two", "three"]), ("false", ["one", "three", "two"])] {
        let mut runner = run(&format!(
            "kafka-topics --create --topic orders --partitions 1\nproducer start shop --topic orders --idempotence {idempotence} --request-timeout 2s\nwait 1s\nproduce orders k one\nwait 1s\nproduce orders k two"
        ));
        assert!(lose(&mut runner, "Produce", true, Span::from_secs(1)));
        line(&mut runner, "produce orders k three").unwrap();
        line(&mut runner, "wait 1m").unwrap();
        let tp = TopicPartition::new("orders", 0);
        let broker = runner.timeline().world().brokers().next().unwrap();
        let log = broker.log(&tp).unwrap();
        let values: Vec<String> = log
            .batches_from(millrace_model::Offset(0))
            .flat_map(|stored| &stored.batch.records)
            .map(|record| String::from_utf8(record.value.as_ref().unwrap().to_vec()).unwrap())
            .collect();
        assert_eq!(values, expected, "{idempotence}");
    }
}

/// A producer that is not idempotent, because it was told so or because of its acks, writes again what it sends again.
#[test]
fn a_lost_request_never_happened_and_a_lost_acknowledgement_has() {
    let (one, all) = ("1", "all --idempotence false");
    for (acks, is_request, expected) in [
        (one, true, 1),
        (one, false, 2),
        (all, true, 1),
        (all, false, 2),
        ("all", true, 1),
        ("all", false, 1),
    ] {
        let mut runner = run(&format!(
            "kafka-topics --create --topic orders --partitions 1\nproducer start shop --topic orders --acks {acks} --request-timeout 2s\nwait 1s\nproduce orders k v"
        ));
        assert!(lose(&mut runner, "Produce", is_request, Span::from_secs(1)));
        line(&mut runner, "wait 1m").unwrap();
        assert_eq!(end_of(&runner, "orders"), expected, "acks={acks}, request: {is_request}");
    }
}

#[test]
fn only_what_is_on_its_way_can_be_lost() {
    let mut runner = run("kafka-topics --create --topic orders --partitions 1\nwait 1s");
    let refused = line(&mut runner, "network lose --message 1").unwrap_err();
    assert!(refused.contains("message #1") && refused.contains("not on its way now"), "{refused}");
}

const GROUP: &str = "
kafka-topics --create --topic orders --partitions 2
producer start shop --topic orders --request-timeout 2s --delivery-timeout 30s
app start billing --topic orders --instances 2 --work 20ms --commit record --fails 'value.n == 3' --retry topics --attempts 2 --backoff 1s --max-poll-interval 20s PROTOCOL
producer rate shop 5 --keys a,b,c,d --value '{\"n\": ${n}}'
";

/// Every kind of message that a group, its producers and its retries exchange with the broker, each lost once in both
/// directions: nothing is lost sight of, and nothing hangs.
#[test]
fn whatever_message_is_lost_the_application_comes_back() {
    for protocol in ["--session-timeout 6s --heartbeat-interval 2s", "--group-protocol consumer"] {
        let script = GROUP.replace("PROTOCOL", protocol);
        // Which there are.
        let whole = run(&format!("{script}wait 20s"));
        let apis: BTreeSet<String> = entries(&whole)
            .iter()
            .filter_map(|entry| match &entry.fact {
                Fact::Sent { message, .. } => Some(message.api.to_string()),
                _ => None,
            })
            .collect();
        let apis: Vec<String> = apis.into_iter().filter(|api| api != "CreateTopics").collect();
        assert!(apis.len() >= 7, "{apis:?}");
        let mut lost = 0;
        for api in &apis {
            for is_request in [true, false] {
                let place = format!("{protocol} {api}, request: {is_request}");
                let mut runner = run(&script);
                if !lose(&mut runner, api, is_request, Span::from_secs(20)) {
                    continue;
                }
                lost += 1;
                line(&mut runner, "wait 10s").unwrap();
                line(&mut runner, "producer rate shop off").unwrap();
                line(&mut runner, "wait 3m").unwrap();
                let was_lost = |entry: &&Entry| {
                    let to = if is_request {
                        matches!(entry.actor, Actor::Broker(_))
                    } else {
                        matches!(entry.actor, Actor::Node(_))
                    };
                    to && matches!(&entry.fact, Fact::Lost { message, .. } if *message.api == **api)
                };
                assert_eq!(entries(&runner).iter().filter(was_lost).count(), 1, "{place}");
                let account = runner.timeline().world().account("billing").unwrap();
                assert!(account.expected >= 40, "{place}: {account:?}");
                assert_eq!((account.open, account.waiting, account.lost), (0, 0, 0), "{place}: {account:?}");
                assert_eq!(
                    account.once + account.twice + account.dead,
                    account.expected,
                    "{place}: {account:?}"
                );
            }
        }
        assert!(lost >= 14, "{protocol}: {lost}");
    }
}

/// `AdminClient` asks again after 30 s; what had happened is refused then.
#[test]
fn the_administrator_asks_again() {
    for (is_request, refused) in [(true, false), (false, true)] {
        let mut runner = run("wait 1s");
        let mut timeline = runner.clone().into_timeline();
        let create = parse_line("kafka-topics --create --topic orders", Profile::default()).unwrap().unwrap();
        let Statement::Do(create) = create else { panic!() };
        timeline.dispatch(create).unwrap();
        runner = Runner::with(timeline);
        assert!(lose(&mut runner, "CreateTopics", is_request, Span::from_secs(1)));
        line(&mut runner, "wait 20s").unwrap();
        let there = runner.timeline().world().brokers().next().unwrap().topics().count();
        assert_eq!(there > 0, !is_request);
        line(&mut runner, "wait 20s").unwrap();
        let answers: Vec<bool> = entries(&runner)
            .iter()
            .filter_map(|entry| match &entry.fact {
                Fact::Administered { refused, .. } => Some(refused.is_some()),
                _ => None,
            })
            .collect();
        assert_eq!(answers, [refused], "request: {is_request}");
        assert_eq!(end_of(&runner, "orders"), 0);
    }
}

fn entries(runner: &Runner) -> Vec<Entry> {
    let timeline = runner.timeline();
    timeline.branch().entries_before(timeline.moment().step).cloned().collect()
}
