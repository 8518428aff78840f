//! Dead letters: what they say of themselves, the dangers of sending them again, the strategies of their handler, and what
//! follows when they cannot be written.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod hands;

use hands::{go_on, run};
use millrace_model::Span;
use millrace_script::Runner;
use millrace_sim::World;
use millrace_sim::world::{Closed, Letter};

fn offsets(letters: &[Letter<'_>]) -> Vec<i64> {
    letters.iter().map(|letter| letter.offset.0).collect()
}

fn open<'a>(world: &'a World, group: &'a str) -> Vec<Letter<'a>> {
    world.letters(group).filter(|letter| letter.closed.is_none()).collect()
}

const ORDERS: &str = "
kafka-topics --create --topic orders --partitions 1
producer start shop --topic orders
service start stock --latency 100ms --capacity 2
produce orders ann '{\"n\": 1}' + bob '{\"n\": 2}' + cid '{\"n\": 3}' + bob '{\"n\": 4}'
produce orders --key dan --value '{\"n\": 5}' --header trace=abc-17 + eve '{\"n\": 6}'
produce orders --key bad --value-hex fffefd
app start billing --topic orders --calls stock --value-deserializer error-handling --fails 'value.n == 1' --as OrderRefused --message 'order 1 of ann' --fails 'value.n == 2' --as OrderRefused --message 'order 2 of ann' --fails 'value.n == 3' --as TimeoutException --retry topics --attempts 3 --backoff 1s
wait 1m";

#[test]
fn letters_stand_together_by_their_cause() {
    let runner = run(ORDERS);
    let world = runner.timeline().world();
    let told: Vec<(String, String, Vec<String>)> = world
        .causes("billing")
        .iter()
        .map(|caused| {
            let keys =
                caused.letters.iter().map(|l| String::from_utf8_lossy(l.record.key.as_deref().unwrap()));
            let keys = keys.map(|key| key.into_owned()).collect();
            (caused.cause.simple_name().to_owned(), caused.cause.template.to_string(), keys)
        })
        .collect();
    let text = |text: &str| text.to_owned();
    assert_eq!(
        told,
        [
            (text("OrderRefused"), text("order # of ann"), vec![text("ann"), text("bob")]),
            (text("TimeoutException"), text("value.n == #"), vec![text("cid")]),
            (text("DeserializationException"), text("failed to deserialize"), vec![text("bad")]),
        ]
    );
    let letters = open(world, "billing");
    // The poison is fatal at once; the others were delivered three times.
    let attempts: Vec<u32> = letters.iter().map(Letter::attempts).collect();
    assert_eq!(attempts, [1, 3, 3, 3]);
    assert_eq!(letters[1].original().unwrap().1.0, 0);
    assert!(letters[1].record_age(world.now()) > letters[1].age(world.now()) + Span::from_secs(2));
}

#[test]
fn letters_are_found_by_key_value_and_header() {
    let mut runner = run(ORDERS);
    go_on(
        &mut runner,
        "app fails billing when true --as ServiceDown\nproduce orders --key Fay --value '{\"n\": 7}' --header trace=XYZ-9\nwait 1m",
    );
    let world = runner.timeline().world();
    let found = |text: &str| {
        offsets(&open(world, "billing").into_iter().filter(|l| l.contains(text)).collect::<Vec<_>>())
    };
    assert_eq!(found("fay"), [4]);
    assert_eq!(found("xyz-9"), [4]);
    assert_eq!(found("abc-17"), [0_i64; 0], "no letter");
    assert_eq!(found("\"n\": 7"), [4]);
    assert_eq!(found("OrderRefused"), [1, 2]);
    assert_eq!(found("nowhere"), [0_i64; 0]);
    assert_eq!(found("orders-dlt").len(), 5);
}

#[test]
fn the_dangers_of_sending_letters_again_are_told() {
    let mut runner = run(ORDERS);
    let world = runner.timeline().world();
    let letters = open(world, "billing");
    let dangers = world.dangers("billing", &letters, Some(5));
    // bob's fourth order is done, his second lies here.
    let bob = letters.iter().find(|letter| letter.contains("\"n\": 2")).unwrap();
    assert_eq!(dangers.overtaken, [(bob.tp.clone(), bob.offset)]);
    assert_eq!((dangers.letters, dangers.done_before.len(), dangers.copies.len()), (4, 0, 0));
    assert!(dangers.oldest.unwrap() >= Span::from_secs(59) && !dangers.is_idempotent);
    let overload = dangers.overload.unwrap();
    assert_eq!((&*overload.service, overload.capacity, overload.is_broken), ("stock", 20, false));
    assert!(!overload.is_too_much(4));
    assert!(world.dangers("billing", &letters, Some(21)).overload.unwrap().is_too_much(4));
    assert!(!world.dangers("billing", &letters, None).overload.unwrap().is_too_much(4), "four at once");
    go_on(&mut runner, "service break stock --latency 1s");
    let world = runner.timeline().world();
    let overload = world.dangers("billing", &open(world, "billing"), Some(1)).overload.unwrap();
    assert!(overload.is_too_much(4) && overload.capacity == 2);
}

/// A letter that was done meanwhile, and a letter whose twin was sent before.
#[test]
fn what_was_done_or_sent_before_is_a_danger() {
    let runner = run("
kafka-topics --create --topic orders --partitions 1
producer start shop --topic orders
produce orders ann '{\"n\": 1}'
app start billing --topic orders --fails 'attempt < 9' --fatal --retry topics
consumer crash billing/c1 --at after-publish --restart 2s
wait 2m
app fails billing never
dlq redrive billing --where 'offset == 0'
wait 10s");
    let world = runner.timeline().world();
    let letters = open(world, "billing");
    assert_eq!(offsets(&letters), [1], "its copy was sent again");
    let dangers = world.dangers("billing", &letters, None);
    let here = vec![(letters[0].tp.clone(), letters[0].offset)];
    assert_eq!((dangers.done_before, dangers.copies), (here.clone(), here));
}

const HANDLED: &str = "
kafka-topics --create --topic orders --partitions 1
producer start shop --topic orders
produce orders ann '{\"n\": 1}' + bob '{\"n\": 2}'
";

fn handled(strategy: &str) -> Runner {
    run(&format!(
        "{HANDLED}
app start billing --topic orders --fails 'value.n == 1' --retry topics --attempts 2 --backoff 1s {strategy}
wait 1m"
    ))
}

fn account(runner: &Runner) -> millrace_sim::Account {
    runner.timeline().world().account("billing").unwrap()
}

fn ends(runner: &Runner) -> i64 {
    let tp = millrace_model::TopicPartition::new("orders-dlt", 0);
    runner.timeline().world().brokers().next().unwrap().log(&tp).unwrap().log_end_offset().0
}

/// A letter is no side effect, whatever its handler does.
fn assert_one_is_dead(runner: &Runner) {
    let account = account(runner);
    assert_eq!((account.expected, account.once, account.dead, account.lost), (2, 1, 1, 0), "{account:?}");
}

#[test]
fn a_handler_that_returns_has_dealt_with_the_letter() {
    let runner = handled("--dlt-strategy always-retry-on-error");
    let letters: Vec<_> = runner.timeline().world().letters("billing").collect();
    assert_eq!((letters.len(), letters[0].closed), (1, Some(Closed::Handled)));
    assert_one_is_dead(&runner);
}

#[test]
fn always_retry_sends_the_letter_to_the_end_of_its_topic_until_the_handler_returns() {
    // The attempts in the header count the hops.
    let runner = handled("--dlt-strategy always-retry-on-error --dlt-fails 'attempt < 9'");
    let letters: Vec<_> = runner.timeline().world().letters("billing").collect();
    assert_eq!(letters.len(), 7);
    assert!(letters.iter().all(|letter| letter.closed == Some(Closed::Handled)));
    assert_one_is_dead(&runner);
}

#[test]
fn fail_on_error_leaves_the_letter_where_it_is() {
    let runner = handled("--dlt-strategy fail-on-error --dlt-fails true");
    assert_eq!((ends(&runner), open(runner.timeline().world(), "billing").len()), (1, 1));
    assert_one_is_dead(&runner);
}

#[test]
fn no_dlt_ends_in_the_log_of_the_application() {
    let runner = handled("--dlt-strategy no-dlt");
    let account = account(&runner);
    assert_eq!((account.once, account.skipped, account.dead), (1, 1, 0), "{account:?}");
}

/// The dead letter topic is gone by the time it is needed.
fn unpublished(then: &str) -> Runner {
    run(&format!(
        "{HANDLED}
app start billing --topic orders --fails 'value.n == 1' --fatal --work 1s --retry topics --on-publish-failure {then}
wait 3500ms
network lose billing/c1 request --api Produce --count 1000
wait 5m"
    ))
}

#[test]
fn what_cannot_be_published_is_tried_again_given_up_or_stops_the_container() {
    let retry = account(&unpublished("retry"));
    assert_eq!((retry.open, retry.skipped, retry.dead, retry.lost), (2, 0, 0, 0), "{retry:?}");
    let ignore = account(&unpublished("ignore"));
    assert_eq!((ignore.open, ignore.skipped, ignore.once), (0, 1, 1), "{ignore:?}");
    let runner = unpublished("fail");
    let failed = account(&runner);
    assert_eq!((failed.open, failed.skipped, failed.lost), (2, 0, 0), "{failed:?}");
    let stopped = runner.timeline().world().instance("billing", "c1").is_some_and(|(_, node)| {
        let millrace_sim::node::Kind::Instance { instance, .. } = &node.kind else { return false };
        let main = instance.containers().next().unwrap().1;
        *main.phase() == millrace_client::listener::Phase::Stopped
    });
    assert!(stopped);
}
