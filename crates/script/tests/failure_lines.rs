//! The lines about what fails: printed and read back as the same.

#![allow(clippy::unwrap_used)]

use millrace_client::listener::CrashPoint;
use millrace_model::{BrokerId, GroupId, Profile, Span};
use millrace_script::{Statement, parse_line};
use millrace_sim::{Command, EntryId, Fault, Leg, Name, Party};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z][a-z0-9._-]{0,8}",
        1 => "[^/]{1,6}",
        1 => select(vec!["--topic", "+", "off", "it's", "#", "a b", "$x"]).prop_map(str::to_owned),
    ]
}

fn party() -> impl Strategy<Value = Party> {
    prop_oneof![
        name().prop_map(|name| Party::Producer(name.into())),
        (name(), name()).prop_map(|(group, name)| Party::Instance(GroupId::from(group), name.into())),
    ]
}

fn node() -> impl Strategy<Value = BrokerId> {
    select(vec![1, 2, 3, 9, 100]).prop_map(BrokerId)
}

fn span() -> impl Strategy<Value = Span> {
    (0..100_000_u64).prop_map(Span::from_millis)
}

fn fault() -> impl Strategy<Value = Fault> {
    let points: Vec<CrashPoint> = CrashPoint::ALL.iter().map(|(_, point)| *point).collect();
    prop_oneof![
        (name(), name(), select(points), 1..9_u64, of(span())).prop_map(
            |(group, name, point, nth, restart)| {
                Fault::CrashAt { group: GroupId::from(group), name: name.into(), point, nth, restart }
            }
        ),
        (party(), select(vec![Leg::Request, Leg::Response]), of(name()), 1..9_u32).prop_map(
            |(party, leg, api, count)| Fault::LoseNext { party, leg, api: api.map(Name::from), count }
        ),
        any::<u32>().prop_map(|sent| Fault::LoseSent(EntryId(sent))),
        (any::<u32>(), span()).prop_map(|(sent, by)| Fault::DelaySent(EntryId(sent), by)),
        (party(), of(span())).prop_map(|(party, latency)| Fault::SlowLink(party, latency)),
        party().prop_map(Fault::CutLink),
        party().prop_map(Fault::HealLink),
        (0..9_i32).prop_map(|id| Fault::PauseBroker(BrokerId(id))),
        (0..9_i32).prop_map(|id| Fault::ResumeBroker(BrokerId(id))),
        (node(), node(), of(span())).prop_map(|(a, b, latency)| Fault::SlowPeers(a, b, latency)),
        (node(), node()).prop_map(|(a, b)| Fault::CutPeers(a, b)),
        (node(), node()).prop_map(|(a, b)| Fault::HealPeers(a, b)),
        (0..9_i32, of(span())).prop_map(|(id, delay)| Fault::SlowDisk(BrokerId(id), delay)),
    ]
}

fn assert_same(statement: Statement) {
    let line = statement.print(Profile::default());
    let read = parse_line(&line, Profile::default());
    let said = read.as_ref().err().map(|problem| problem.sentence());
    assert_eq!(said, None, "{line}");
    assert_eq!(read.unwrap(), Some(statement), "{line}");
}

proptest! {
    #[test]
    fn every_fault_is_read_as_it_is_printed(fault in fault()) {
        assert_same(Statement::Do(Command::Fault(fault)));
    }
}

#[test]
fn what_is_wrong_with_a_fault_is_said() {
    let table = [
        ("consumer crash billing/c1 --at effect", "at 29: expected a point of its loop: after-fetch"),
        ("consumer crash billing/c1 --nth 2", "expected --at and a point of its loop"),
        ("network lose checkout", "expected request or response"),
        ("network lose checkout answer", "expected which half: request or response"),
        ("network lose --message 7 checkout request", "--message alone"),
        ("app start billing --topic orders --bloom-bits 64", "expected --dedupe and an expression beside it"),
        ("app start billing --topic orders --dedupe 'value..x'", "expected"),
        (
            "app start billing --topic orders --exclude A,,B",
            "expected classes of exceptions, set off by commas",
        ),
        ("app retry billing blocking --park-key", "--retry topics, whose option this is"),
        ("app retry billing topics --errors-tolerance all", "--retry connect, whose option this is"),
        ("app retry billing connect --attempts 3", "--retry topics, whose option this is"),
        ("dlq redrive billing --rate 0", "expected letters a second"),
        ("dlq discard billing --rate 5", "expected an option that this command has"),
        ("alert set old letter-age billing", "expected --above and the threshold"),
        ("over crash points billing", "expected a group and its instance"),
        ("app start billing --topic orders --when-open pause", "expected --calls and a service beside it"),
        ("service break stock --errors 101", "expected how many percent of its calls fail"),
        ("broker pause one", "expected a broker, such as broker-1"),
        (
            "network cut checkout broker-2",
            "expected a broker such as broker-1, or controller, found `checkout`",
        ),
        (
            "network heal broker-1 broker-x",
            "expected a broker such as broker-1, or controller, found `broker-x`",
        ),
        (
            "network slow broker-1 controller",
            "expected the latency, such as 800ms, or off, found the end of the line",
        ),
        ("network cut broker-1 broker-2 broker-3", "expected the end of the line, found `broker-3`"),
        ("broker slow broker-1", "expected how much longer a write takes, such as 200ms, or off"),
        ("broker crash broker-1 --lose all", "expected what is lost: unflushed or disk, found `all`"),
        ("broker stop broker-1 --lose disk", "expected no option"),
        ("cluster reassign", "expected a partition such as orders-0, found the end of the line"),
        ("cluster reassign orders 1", "expected a partition such as orders-0, found `orders`"),
        ("cluster reassign orders-0 1,two", "expected its replicas, such as 2,3,1, or cancel, found `1,two`"),
        ("cluster reassign orders-0 1 orders-1", "expected its replicas, such as 2,3,1, or cancel"),
    ];
    for (line, expected) in table {
        let said = parse_line(line, Profile::default()).unwrap_err().sentence();
        assert!(said.contains(expected.rsplit("at 29: ").next().unwrap()), "{line}: {said}");
    }
    for line in [
        "app start billing --topic orders --auto-offset-reset earliest --retry blocking --attempts 5 --backoff 1s --multiplier 2 --max-backoff 8s --jitter 50ms",
        "app start billing --topic orders --auto-offset-reset earliest --retry topics --attempts 3 --backoff 1s --jitter 100ms --timeout 1m --retry-suffix '-billing-retry' --dlt-suffix '-billing-dlt' --park-key --no-dlt",
        "app start billing --topic orders --auto-offset-reset earliest --value-deserializer error-handling --include A,B --exclude C --once-per value.order --dedupe headers.id --dedupe-store inbox --dedupe-order mark-first --dedupe-window 168h --bloom-bits 8192 --bloom-hashes 4",
        "app start billing --topic orders --auto-offset-reset earliest --value-deserializer json --dedupe key --dedupe-store filter-only --dedupe-order effect-first --bloom-bits 64 --bloom-hashes 16",
        "app start billing --topic orders --auto-offset-reset earliest --dedupe key --dedupe-store memory",
        "app start billing --topic orders --auto-offset-reset earliest --calls stock --call-timeout 800ms",
        "app start billing --topic orders --auto-offset-reset earliest --calls stock --failure-rate-threshold 50 --sliding-window-size 10 --minimum-number-of-calls 5 --wait-duration-in-open-state 10s --permitted-number-of-calls-in-half-open-state 3 --when-open fail",
        "app start billing --topic orders --auto-offset-reset earliest --retry topics --attempts 3 --backoff 1s --dlt-strategy fail-on-error --dlt-fails 'attempt < 5' --on-publish-failure ignore",
        "app retry billing topics --attempts 3 --backoff 1s --dlt-strategy always-retry-on-error --on-publish-failure fail",
        "app start billing --topic orders --threads 4 --auto-offset-reset earliest --calls-by key --call-timeout 800ms --hedge-after 200ms --limit-for-period 5 --limit-refresh-period 1s --timeout-duration 0ms --max-concurrent-calls 2 --max-wait-duration 1s --queue-capacity 200 --pause-above 100 --resume-below 20",
        "app start billing --topic orders --auto-offset-reset earliest --calls stock --failure-rate-threshold 50 --slow-call-rate-threshold 60 --slow-call-duration-threshold 2s --sliding-window-size 10 --minimum-number-of-calls 5 --wait-duration-in-open-state 10s --permitted-number-of-calls-in-half-open-state 3 --when-open fail",
        "service break stock --errors 0 --latency 3s --share 10",
        "expect p99(notify, email) < 100ms",
        "expect p50(notify) < 100ms",
        "expect buffered(notify) <= 100",
        "expect rejected(notify) == 0",
        "expect hedged(notify) == 0",
        "app start billing --topic orders --auto-offset-reset earliest --retry connect --errors-tolerance all --errors-retry-timeout '-1' --errors-retry-delay-max 5s --errors-deadletterqueue-topic-name dlq --errors-deadletterqueue-context-headers-enable",
        "app retry billing connect --errors-tolerance none --errors-retry-timeout 10s",
        "network cut broker-1 broker-2",
        "network heal controller broker-2",
        "network slow broker-1 broker-2 200ms",
        "network slow broker-1 controller off",
        "broker slow broker-2 300ms",
        "broker slow broker-2 off",
        "broker crash broker-1 --lose unflushed",
        "broker crash broker-1 --lose disk",
        "cluster reassign orders-0 2,3,1 orders-1 cancel",
        "service start stock --latency 100ms --capacity 2",
        "service break stock --errors 50 --latency 3s",
        "service break stock --errors 100",
        "service mend stock",
        "expect tripped(billing) >= 1",
        "expect calls(stock) < 100",
        "dlq redrive billing",
        "dlq redrive billing --where 'value.order == 7' --rate 5 --value '{\"order\": 8}' --to orders",
        "dlq discard billing --where true",
        "alert set old letter-age billing --above 30 --for 10s",
        "alert set many letters billing --above 0",
        "alert set late lag 'a b' --above 7",
        "over crash points billing/c1",
        "over seeds 200",
        "expect letters(billing) == 0",
        "expect oldest(billing) < 30s",
        "expect disordered(billing) == 0",
        "expect attempts(billing) == 3",
        "expect failures(billing) == 3",
        "expect failures(billing, TimeoutException) == 3",
        "expect retries(billing, TimeoutException) == 0",
        "expect delay(billing, 2) >= 4s",
        "expect path(billing, o7) == 'orders, orders-dlt'",
        "expect lost(billing) == 0",
        "expect twice(billing) == 0",
    ] {
        let read = parse_line(line, Profile::default()).unwrap().unwrap();
        assert_eq!(read.print(Profile::default()), line);
    }
}
