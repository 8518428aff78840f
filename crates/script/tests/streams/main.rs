//! Streams applications on several instances and threads, as lines: who runs what, what comes back after a crash and from
//! where, what stores answer, when a task waits, and what a join never brings together.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod dashboards;

use millrace_model::{Profile, TopicPartition};
use millrace_script::{Runner, parse_script};
use millrace_sim::node::streams::StreamsEvent;
use millrace_sim::{Fact, Setup};

/// The store of an aggregation that nobody named.
const STORE: &str = "KSTREAM-AGGREGATE-STATE-STORE-0000000002";

/// Carries lines out; every one must do what it says. `STORE` in a line is the store's long name.
fn tell(runner: &mut Runner, text: &str) {
    let (statements, problems) = parse_script(&text.replace("STORE", STORE), Profile::default());
    assert!(problems.is_empty(), "{}", problems[0].sentence());
    for (line, statement) in &statements {
        if let Err(failure) = runner.run(statement) {
            panic!("line {}: {failure}", line.0);
        }
    }
}

fn told(text: &str) -> Runner {
    let mut runner = Runner::new(Setup::default());
    tell(&mut runner, text);
    runner
}

/// What a line that looks shows, or why it does not, line by line.
fn says(runner: &mut Runner, line: &str) -> Vec<String> {
    let (statements, problems) = parse_script(&line.replace("STORE", STORE), Profile::default());
    assert!(problems.is_empty(), "{}", problems[0].sentence());
    let text = match runner.run(&statements[0].1) {
        Ok(answer) => answer.shown.unwrap().to_string(),
        Err(failure) => failure.to_string(),
    };
    text.lines().map(str::to_owned).collect()
}

/// Events of streams instances so far.
fn events(runner: &Runner) -> impl Iterator<Item = &StreamsEvent> {
    let steps = runner.timeline().branch().steps().iter();
    steps.flat_map(|step| step.entries.iter()).filter_map(|entry| match &entry.fact {
        Fact::Streams(event) => Some(event),
        _ => None,
    })
}

const ORDERS: &str = "kafka-topics --create --topic orders --partitions 2
produce orders alice 1 --timestamp 12:00:01
produce orders bob 1 --timestamp 12:00:02
produce orders carol 1 --timestamp 12:00:03
produce orders dave 1 --timestamp 12:00:04
produce orders alice 1 --timestamp 12:00:05
wait 5s
";
const COUNT: &str =
    "--statestore-cache-max-bytes 0 'stream orders | group by key | count | to order-counts'\nwait 60s\n";

#[test]
fn a_standby_replica_takes_over_where_it_is_and_a_store_without_one_is_read_again() {
    let [without, with] = [0, 1].map(|standbys| {
        let start = format!("streams start counts --instances 2 --num-standby-replicas {standbys} {COUNT}");
        let mut runner = told(&format!("{ORDERS}{start}"));
        tell(&mut runner, &format!("expect standbys(counts) == {}", standbys * 2));
        tell(&mut runner, "streams crash counts counts-2\nwait 2m\nproduce orders alice 1\nwait 5s");
        tell(
            &mut runner,
            "expect tasks(counts) == 2\nexpect rows(counts) == 4\nexpect row(counts, alice) == 3",
        );
        tell(&mut runner, "expect value(counts-STORE-changelog, alice) == 3");
        runner
    });
    let promoted = |runner: &Runner| {
        events(runner).filter(|event| matches!(event, StreamsEvent::StandbyPromoted { .. })).count()
    };
    let restored = |runner: &Runner| -> Vec<(i64, i64)> {
        let of = |event: &StreamsEvent| match event {
            StreamsEvent::RestoreStarted { from, to, .. } => Some((from.0, to.0)),
            _ => None,
        };
        events(runner).filter_map(of).collect()
    };
    assert_eq!((promoted(&without), promoted(&with)), (0, 1));
    // Two updates of alice and whoever else lies in her partition.
    assert_eq!((restored(&without), restored(&with)), (vec![(0, 2)], vec![]));
}

#[test]
fn one_instance_has_no_standby_whatever_its_settings_say() {
    let mut runner = told(&format!("{ORDERS}streams start counts --num-standby-replicas 1 {COUNT}"));
    tell(
        &mut runner,
        "expect tasks(counts) == 2\nexpect standbys(counts) == 0\nstreams add counts\nwait 60s",
    );
    tell(&mut runner, "expect tasks(counts) == 2\nexpect standbys(counts) == 2");
}

/// at_least_once: what was counted since the last commit is in the changelog already, and counted again.
#[test]
fn what_was_not_committed_is_done_again_and_with_a_cache_nothing_of_it_had_gone_out() {
    for (cache, after, sent) in [("0", 4, 4), ("10485760", 3, 2)] {
        let mut runner = told("kafka-topics --create --topic orders --partitions 1");
        let start = COUNT.replace("max-bytes 0", &format!("max-bytes {cache}")).replace("60s", "10s");
        tell(&mut runner, &format!("streams start counts {start}"));
        tell(&mut runner, "produce orders alice 1\nproduce orders alice 1\nwait 40s");
        tell(&mut runner, "expect committed(counts, orders-0) == 2\nproduce orders alice 1\nwait 5s");
        tell(
            &mut runner,
            "expect committed(counts, orders-0) == 2\nexpect answer(counts, counts, alice) == 3",
        );
        tell(&mut runner, "streams crash counts counts\nstreams restart counts counts\nwait 2m");
        tell(&mut runner, &format!("expect row(counts, alice) == {after}\nexpect lag(counts) == 0"));
        tell(&mut runner, &format!("expect n(order-counts) == {sent}\nexpect crashes(counts) == 1"));
        tell(&mut runner, "expect value(counts-STORE-changelog, alice) == row(counts, alice)");
    }
}

#[test]
fn threads_share_the_tasks_of_an_instance() {
    let mut runner = told("kafka-topics --create --topic orders --partitions 4");
    tell(&mut runner, &format!("streams start counts --num-stream-threads 2 {COUNT}"));
    let threads = |runner: &Runner| -> Vec<(String, u8)> {
        let world = runner.timeline().world();
        let (.., streams) = world.live_streams_instances("counts").next().unwrap();
        streams.runs().iter().map(|(id, run)| (id.to_string(), run.thread)).collect()
    };
    let expected = [("0_0", 0), ("0_1", 1), ("0_2", 0), ("0_3", 1)].map(|(id, n)| (id.to_owned(), n));
    assert_eq!(threads(&runner), expected);
    tell(&mut runner, "expect members(counts) == 2\nexpect idle(counts) == 0");
    for key in ["alice", "bob", "carol", "dave", "erin"] {
        tell(&mut runner, &format!("produce orders {key} 1"));
    }
    tell(&mut runner, "wait 5s\nexpect n(order-counts) == 5\nexpect rows(counts) == 5");
    // More threads than tasks: some have nothing to do.
    tell(
        &mut runner,
        &format!("streams start many --num-stream-threads 6 {}", COUNT.replace("order-c", "c")),
    );
    tell(&mut runner, "expect members(many) == 6\nexpect idle(many) == 2\nexpect tasks(many) == 4");
}

#[test]
fn stores_answer_for_their_own_tasks_and_say_where_the_others_are() {
    let mut runner = told(&format!("{ORDERS}streams start counts --instances 2 {COUNT}"));
    let all = [
        "bob = 1  (counts, task 0_0)",
        "carol = 1  (counts, task 0_0)",
        "dave = 1  (counts, task 0_0)",
        "alice = 2  (counts-2, task 0_1)",
    ];
    assert_eq!(says(&mut runner, "streams query counts STORE"), all);
    assert_eq!(says(&mut runner, "streams query counts STORE --key alice"), all[3..]);
    assert_eq!(says(&mut runner, "streams query counts STORE --from bobby --to dave"), all[1..3]);
    assert_eq!(says(&mut runner, "streams query counts STORE --key nobody"), [] as [&str; 0]);
    assert_eq!(
        says(&mut runner, "streams query counts store"),
        ["Cannot get state store store because no such store is registered in the topology."]
    );
    assert_eq!(
        says(&mut runner, "streams where counts STORE alice"),
        ["alice: partition 1, active on counts-2"]
    );
    // After the crash nobody has alice, and until the group knows it everybody sends there.
    tell(&mut runner, "streams crash counts counts-2\nwait 10s");
    assert_eq!(says(&mut runner, "streams query counts STORE"), all[..3]);
    assert_eq!(
        says(&mut runner, "streams where counts STORE alice"),
        ["alice: partition 1, active on counts-2"]
    );
    tell(&mut runner, "wait 60s");
    assert_eq!(
        says(&mut runner, "streams query counts STORE --key alice"),
        ["alice = 2  (counts, task 0_1)"]
    );
    assert_eq!(
        says(&mut runner, "streams where counts STORE alice"),
        ["alice: partition 1, active on counts"]
    );
}

#[test]
fn a_standby_answers_who_takes_a_stale_answer() {
    let start = format!("streams start counts --instances 2 --num-standby-replicas 1 {COUNT}");
    let mut runner = told(&format!("{ORDERS}{start}"));
    assert_eq!(
        says(&mut runner, "streams where counts STORE alice"),
        ["alice: partition 1, active on counts-2, standby on counts"]
    );
    assert_eq!(
        says(&mut runner, "streams query counts STORE --key alice --stale"),
        ["alice = 2  (counts, task 0_1)", "alice = 2  (counts-2, task 0_1)"]
    );
    // While the active one is gone and nobody has noticed, the standby is all there is, and it is behind.
    tell(&mut runner, "streams crash counts counts-2\nproduce orders alice 1\nwait 10s");
    assert_eq!(says(&mut runner, "streams query counts STORE --key alice"), [] as [&str; 0]);
    assert_eq!(
        says(&mut runner, "streams query counts STORE --key alice --stale"),
        ["alice = 2  (counts, task 0_1)"]
    );
    tell(&mut runner, "wait 60s\nexpect answer(counts, counts, alice) == 3");
}

/// `ReadOnlyWindowStore.fetch(key, from, to)`: the windows that start in between, both ends included.
#[test]
fn windows_are_fetched_by_key_and_start() {
    let mut runner = told("kafka-topics --create --topic orders --partitions 1");
    tell(
        &mut runner,
        "streams start counts --statestore-cache-max-bytes 0 'stream orders | group by key | window tumbling 10s grace 1m | count | to order-counts'\nwait 5s",
    );
    for at in ["11", "12", "25", "31"] {
        tell(&mut runner, &format!("produce orders alice 1 --timestamp 12:00:{at}"));
    }
    tell(&mut runner, "produce orders bob 1 --timestamp 12:00:12\nwait 5s");
    let fetch = |runner: &mut Runner, rest: &str| {
        says(runner, &format!("streams query counts STORE --key alice --after {rest}"))
    };
    let all = [
        "alice@12:00:10-12:00:20 = 2  (counts, task 0_0)",
        "alice@12:00:20-12:00:30 = 1  (counts, task 0_0)",
        "alice@12:00:30-12:00:40 = 1  (counts, task 0_0)",
    ];
    assert_eq!(fetch(&mut runner, "12:00:10 --before 12:00:30"), all);
    assert_eq!(fetch(&mut runner, "12:00:10.001 --before 12:00:29.999"), all[1..2]);
    assert_eq!(fetch(&mut runner, "12:00:40 --before 12:00:50"), [] as [&str; 0]);
    assert_eq!(says(&mut runner, "streams query counts STORE --key alice"), all);
}

/// `max.task.idle.ms`: 0 takes what there is once it knows that there is nothing else; more waits for what may come.
#[test]
fn a_task_waits_for_an_empty_partition_as_long_as_it_is_told() {
    let topics = "kafka-topics --create --topic orders --partitions 1
kafka-topics --create --topic payments --partitions 1
";
    let merge =
        "--statestore-cache-max-bytes 0 'stream orders | merge stream payments | to merged'\nwait 10s\n";
    let idled = |runner: &Runner| -> Vec<String> {
        let of = |event: &StreamsEvent| match event {
            StreamsEvent::TaskIdled { waits_for, .. } => Some(waits_for.to_string()),
            _ => None,
        };
        events(runner).filter_map(of).collect()
    };
    let mut now = told(&format!("{topics}streams start one {merge}"));
    tell(&mut now, "produce orders a o1 --timestamp 12:00:20\nwait 1s\nexpect n(merged) == 1");
    tell(&mut now, "produce payments a p1 --timestamp 12:00:10\nwait 1s\nexpect value(merged, a) == 'p1'");
    assert_eq!(idled(&now), [] as [&str; 0]);
    let mut waits = told(&format!("{topics}streams start one --max-task-idle 30s {merge}"));
    tell(&mut waits, "produce orders a o1 --timestamp 12:00:20\nwait 5s\nexpect n(merged) == 0");
    assert_eq!(idled(&waits), ["payments-0"]);
    // The payment is first in event time, and so it is taken first; then payments is empty again, and orders waits on.
    tell(&mut waits, "produce payments a p1 --timestamp 12:00:10\nwait 1s\nexpect n(merged) == 1");
    tell(&mut waits, "expect streamtime(one, 0) == 12:00:10\nwait 40s\nexpect n(merged) == 2");
    tell(&mut waits, "expect streamtime(one, 0) == 12:00:20");
    let mut heedless = told(&format!("{topics}streams start one --max-task-idle -1 {merge}"));
    tell(&mut heedless, "produce orders a o1 --timestamp 12:00:20\nwait 1s\nexpect n(merged) == 1");
    assert_eq!(idled(&heedless), [] as [&str; 0]);
    // What is there already is read in the order of event time, whatever came first.
    let mut later = told(topics);
    tell(
        &mut later,
        "produce orders a o1 --timestamp 12:00:20\nproduce payments a p1 --timestamp 12:00:10\nwait 1s",
    );
    tell(&mut later, &format!("streams start one {merge}"));
    tell(&mut later, "expect n(merged) == 2\nexpect value(merged, a) == 'o1'");
}

/// Stream time is a task's own: where nothing arrives nothing closes, whatever time it is elsewhere.
#[test]
fn a_partition_without_records_keeps_its_windows_open() {
    let mut runner = told("kafka-topics --create --topic orders --partitions 2");
    tell(
        &mut runner,
        "streams start counts 'stream orders | group by key | window tumbling 10s | count | suppress until window closes | to n'\nwait 5s",
    );
    tell(
        &mut runner,
        "produce orders alice 1 --timestamp 12:00:01\nproduce orders bob 1 --timestamp 12:00:01",
    );
    tell(&mut runner, "produce orders alice 1 --timestamp 12:05:00\nwait 1h\nexpect n(n) == 1");
    tell(&mut runner, "expect streamtime(counts, 1) == 12:05:00\nexpect streamtime(counts, 0) == 12:00:01");
    tell(&mut runner, "produce orders bob 1 --timestamp 12:00:10\nwait 1m\nexpect n(n) == 2");
}

#[test]
fn every_instance_has_a_whole_global_table_and_follows_it() {
    let mut runner = told(
        "kafka-topics --create --topic orders --partitions 2
kafka-topics --create --topic customers --partitions 3
produce customers alice A
wait 1s
streams start enrich --instances 2 --num-stream-threads 2 'stream orders | left join global table customers by value.c | to enriched'
wait 10s
produce orders o1 '{\"c\": \"alice\"}'
produce orders o2 '{\"c\": \"bob\"}'
wait 1s
produce customers bob B
wait 1s
produce orders o3 '{\"c\": \"bob\"}'
wait 10s
expect tasks(enrich) == 2
expect internal(enrich) == 0
expect value(enriched, o1) == '{\"left\":{\"c\":\"alice\"},\"right\":\"A\"}'
expect value(enriched, o2) == '{\"left\":{\"c\":\"bob\"},\"right\":null}'
expect value(enriched, o3) == '{\"left\":{\"c\":\"bob\"},\"right\":\"B\"}'",
    );
    let table = "customers-STATE-STORE-0000000001";
    let world = runner.timeline().world();
    let rows: Vec<String> = world
        .live_streams_instances("enrich")
        .flat_map(|(_, node, streams)| {
            let all = millrace_sim::node::streams::StoreQuery::All;
            let rows = streams.query(table, &all, false).unwrap().into_iter();
            rows.map(|(_, row)| format!("{} {}={}", node.name, row.key, row.value)).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(rows, ["enrich alice=A", "enrich bob=B", "enrich-2 alice=A", "enrich-2 bob=B"]);
    // `KafkaStreams.queryMetadataForKey` of a global store: any instance will do.
    let (.., streams) = world.live_streams_instances("enrich").nth(1).unwrap();
    let hosts = streams.key_hosts(table, b"bob").unwrap();
    assert_eq!((hosts.partition.0, hosts.active.as_deref()), (-1, Some("enrich-2")));
    // Nothing of it has to come back with a task, and a new process reads it before it does anything else.
    tell(
        &mut runner,
        "streams crash enrich enrich\nwait 1m\nproduce orders o4 '{\"c\": \"alice\"}'\nwait 5s",
    );
    tell(&mut runner, "expect value(enriched, o4) == '{\"left\":{\"c\":\"alice\"},\"right\":\"A\"}'");
    tell(&mut runner, "expect restored(enrich) == 0\nstreams restart enrich enrich\nwait 1m");
    let read = |event: &StreamsEvent| match event {
        StreamsEvent::GlobalTablesRead { records } => Some(*records),
        _ => None,
    };
    assert_eq!(events(&runner).filter_map(read).collect::<Vec<_>>(), [1, 1, 2]);
}

/// Uneven counts are refused in Kafka's words; equal ones pass, and only who looks at the logs sees that a key lies in
/// different partitions.
#[test]
fn joins_check_counts_aloud_and_partitioners_not_at_all() {
    let mut runner = told(
        "kafka-topics --create --topic orders --partitions 3
kafka-topics --create --topic customers --partitions 3
kafka-topics --create --topic payments --partitions 4
producer start crm --topic customers --partitioner consistent-random
producer start shop --topic orders",
    );
    for key in ["alice", "bob", "carol"] {
        let both = format!(
            "produce --producer crm --key {key} --value 1\nwait 1s\nproduce --producer shop --key {key} --value 2"
        );
        tell(&mut runner, &both);
    }
    tell(&mut runner, "wait 1s");
    for (pipeline, listed) in [
        ("stream orders | join stream payments within 5s | to out", "{orders=3, payments=4}"),
        ("stream orders | left join table payments | to out", "{orders=3, payments=4}"),
        ("table payments | outer join table customers | to out", "{customers=3, payments=4}"),
    ] {
        assert_eq!(
            says(&mut runner, &format!("streams start uneven '{pipeline}'")),
            [format!("TopologyException: Invalid topology: Topics not co-partitioned: [{listed}]")]
        );
    }
    tell(&mut runner, "streams start enrich 'stream orders | join table customers | to enriched'\nwait 40s");
    tell(&mut runner, "expect failed(enrich) == 0\nexpect strays(enrich) == 2\nexpect n(enriched) == 1");
    let strays = runner.timeline().world().strays("enrich");
    let said: Vec<String> = strays
        .iter()
        .map(|stray| format!("{}: {} {}", String::from_utf8_lossy(&stray.key), stray.one, stray.other))
        .collect();
    assert_eq!(said, ["alice: customers-2 orders-0", "bob: customers-2 orders-0"]);
    // With a global table there is nothing to agree on.
    tell(&mut runner, "streams start all 'stream orders | join global table customers | to found'\nwait 40s");
    tell(&mut runner, "expect strays(all) == 0\nexpect n(found) == 3");
}

/// `acceptable.recovery.lag`: who lacks more than this gets a warm-up replica first; the task comes with the probing
/// rebalance after, and nothing is read again for it (KIP-441).
#[test]
fn a_new_instance_is_warmed_up_before_it_is_given_a_task() {
    let start =
        format!("streams start counts --acceptable-recovery-lag 0 --probing-rebalance-interval 2m {COUNT}");
    let mut runner = told(&format!("{ORDERS}{start}"));
    let hosts = |runner: &Runner| -> Vec<(String, usize, usize)> {
        let world = runner.timeline().world();
        let live = world.live_streams_instances("counts");
        let of = live.map(|(_, node, s)| (node.name.to_string(), s.tasks().len(), s.standby_tasks().count()));
        of.collect()
    };
    tell(&mut runner, "streams add counts\nwait 60s");
    assert_eq!(hosts(&runner), [("counts".to_owned(), 2, 0), ("counts-2".to_owned(), 0, 1)]);
    tell(&mut runner, "expect restored(counts) == 0\nwait 2m");
    assert_eq!(hosts(&runner), [("counts".to_owned(), 1, 0), ("counts-2".to_owned(), 1, 0)]);
    tell(&mut runner, "expect restored(counts) == 0\nexpect rows(counts) == 4\nexpect standbys(counts) == 0");
    // With the default of 10,000 records it is given the task at once, and reads what it lacks.
    let mut at_once = told(&format!("{ORDERS}streams start counts {COUNT}"));
    tell(&mut at_once, "streams add counts\nwait 60s");
    assert_eq!(hosts(&at_once), [("counts".to_owned(), 1, 0), ("counts-2".to_owned(), 1, 0)]);
    tell(&mut at_once, "expect restored(counts) > 0\nexpect rows(counts) == 4");
}

/// A suppression's buffer comes back from its changelog as the counts do: what had not closed before the crash closes
/// after it, with what both lives have counted.
#[test]
fn windows_that_wait_survive_a_crash() {
    let mut runner = told("kafka-topics --create --topic orders --partitions 1");
    tell(
        &mut runner,
        "streams start counts --commit-interval 1s 'stream orders | group by key | window tumbling 10s grace 5s | count | suppress until window closes | to per-customer'\nwait 10s
produce orders alice 1 --timestamp 12:00:01
produce orders alice 1 --timestamp 12:00:02
produce orders bob 1 --timestamp 12:00:11
wait 5s
expect n(per-customer) == 0
streams crash counts counts
streams restart counts counts
wait 2m
expect restored(counts) > 0
expect n(per-customer) == 0
produce orders alice 1 --timestamp 12:00:03
wait 2s
produce orders bob 1 --timestamp 12:00:40
wait 5s
expect n(per-customer) == 2
expect row(counts, 'alice@12:00:00-12:00:10') == 3",
    );
}

/// The rest of the DSL on a cluster: one record becomes several, their repartition topic has the name and the partitions
/// that it was given, a store of its own name is asked, and each result names its topic.
#[test]
fn words_go_through_a_named_topic_into_a_named_store() {
    let mut runner = told(
        "kafka-topics --create --topic lines --partitions 2
kafka-topics --create --topic of-a --partitions 1
kafka-topics --create --topic of-b --partitions 1
streams start words --statestore-cache-max-bytes 0 'stream lines | flat map values split(value, \" \") | select key value | repartition as words partitions 3 | group by key | aggregate {n: 0} with {n: aggregate.n + 1} store counts | to by \"of-\" + key'
wait 60s
produce lines x 'a b a'
wait 5s
produce lines y 'b a'
wait 5s
",
    );
    // What lies in each partition of a topic.
    let lies = |runner: &Runner, topic: &str| -> Vec<i64> {
        let world = runner.timeline().world();
        let log = |n| world.brokers().find_map(|b| b.log(&TopicPartition::new(topic, n)));
        (0..).map_while(|n| log(n).map(|log| log.log_end_offset().0)).collect()
    };
    let through = lies(&runner, "words-words-repartition");
    assert_eq!((through.len(), through.iter().sum::<i64>()), (3, 5));
    assert_eq!(lies(&runner, "words-counts-changelog").len(), 3);
    assert_eq!((lies(&runner, "of-a"), lies(&runner, "of-b")), (vec![3], vec![2]));
    assert_eq!(says(&mut runner, "streams query words counts --key a").len(), 1);
    let rows = says(&mut runner, "streams query words counts").join("\n");
    assert!(rows.contains("{\"n\":3}") && rows.contains("{\"n\":2}"), "{rows}");
}
