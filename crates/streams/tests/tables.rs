//! Tables and joins beyond the recorded cases: what must hold whatever comes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // Helpers of tests.

use millrace_model::{Offset, Partition, Record, StableHasher, Timestamp, TopicName};
use millrace_streams::data::{Key, Value};
use millrace_streams::topology::builder::Materialized;
use millrace_streams::topology::function::{
    Aggregator, Joiner, KeyMapper, KeyValueMapper, Predicate, TableAggregation, ValueMapper,
};
use millrace_streams::topology::{
    JoinType, JoinWindows, Optimization, StoreKind, StreamJoined, StreamsConfig, Topology, TopologyBuilder,
};
use millrace_streams::{Input, OutputKind, Task, TaskId, TaskOutcome};
use proptest::prelude::*;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

fn stored(name: &str) -> Materialized {
    Materialized { store: Some(name.to_owned()), retention_ms: None }
}

fn tasks(topology: &Arc<Topology>) -> Vec<Task> {
    let subs = (0..).zip(topology.subtopologies());
    let id = |subtopology| TaskId { subtopology, partition: Partition(0) };
    subs.map(|(sub, _)| Task::new(topology.clone(), id(sub))).collect()
}

/// A given record: which of the topics, its key, its value, its time.
type Given = (usize, u8, Option<u8>, i64);

fn given(topics: usize) -> impl Strategy<Value = Vec<Given>> {
    proptest::collection::vec((0..topics, 0_u8..4, any::<Option<bool>>(), 0_i64..400), 0..60).prop_map(
        |all| {
            all.into_iter()
                .enumerate()
                .map(|(n, (t, k, v, at))| (t, k, v.map(|b| u8::from(b) + n as u8), at))
                .collect()
        },
    )
}

/// Runs records through every task, what goes into internal topics included, with a commit after each.
fn run(tasks: &mut [Task], topics: &[&str], given: &[Given]) -> Vec<(TaskOutcome, usize)> {
    let topology = tasks[0].topology().clone();
    let (mut offsets, mut outcomes) = (BTreeMap::<TopicName, i64>::new(), Vec::new());
    for (topic, key, value, at) in given {
        let value = value.map(|v| format!("{}:{v}", v % 3).into_bytes());
        let key = [b'a' + *key];
        let record = Record::new(Timestamp(*at), Some(&key), value.as_deref());
        let mut queue = VecDeque::from([(TopicName::from(topics[*topic]), record)]);
        while let Some((topic, record)) = queue.pop_front() {
            let offset = offsets.entry(topic.clone()).or_default();
            let (partition, timestamp) = (Partition(0), record.timestamp);
            let input =
                Input { topic: &topic, partition, offset: Offset(*offset), timestamp, record: &record };
            *offset += 1;
            for (index, task) in tasks.iter_mut().enumerate() {
                if !topology.subtopologies()[index].source_topics.contains(&topic) {
                    continue;
                }
                let mut outcome = TaskOutcome::default();
                task.process([input], &mut outcome);
                let commit = task.decide_commit();
                commit.events.iter().for_each(|event| task.apply(event));
                outcome.outputs.extend(commit.outputs);
                for output in outcome.outputs.iter().filter(|o| !o.is_changelog()) {
                    let topic = output.topic(&topology).filter(|t| topology.is_internal(t));
                    queue.extend(topic.map(|topic| (topic, output.record(&topology))));
                }
                outcomes.push((outcome, index));
            }
        }
    }
    outcomes
}

/// Filter, map, group, join by key and by foreign key, all with stores.
fn everything(caching: bool) -> Arc<Topology> {
    let config = StreamsConfig { caching, ..StreamsConfig::default() };
    let mut b = TopologyBuilder::new("app").with_config(config);
    let left = b.table(&"l".into(), stored("left")).unwrap();
    let right = b.table(&"r".into(), Materialized::default()).unwrap();
    let some = b.filter_table(left, Predicate::ValueContains("1".to_owned()), false, stored("some")).unwrap();
    let mapped =
        b.map_table_values(some, ValueMapper::Append("!".to_owned()), Materialized::default()).unwrap();
    let joined = b.join_tables(mapped, right, JoinType::Outer, Joiner::Pair, Some(stored("joined"))).unwrap();
    let by = KeyMapper::ValueBefore(":".to_owned());
    let foreign = b.join_foreign_key(left, right, true, by, Joiner::Pair, stored("foreign")).unwrap();
    let rekey = KeyValueMapper::Rekey { key: KeyMapper::ValuePrefix(1), value: ValueMapper::Identity };
    let groups = b.group_table(left, rekey, None).unwrap();
    let (adder, subtractor) = (Aggregator::SumLength, Aggregator::Subtract);
    let counted = b.aggregate_table(groups.clone(), TableAggregation::Count, stored("counted")).unwrap();
    let init = Value::Long(0);
    b.aggregate_table(groups, TableAggregation::Aggregate { init, adder, subtractor }, stored("summed"))
        .unwrap();
    for (table, topic) in [(joined, "o1"), (foreign, "o2"), (counted, "o3")] {
        let stream = b.to_stream(table).unwrap();
        b.to(stream, &topic.into()).unwrap();
    }
    Arc::new(b.build())
}

proptest! {
    /// What the changelogs say, key by key, is what the stores hold, with a cache and without.
    #[test]
    fn changelogs_fold_into_stores(given in given(2), caching in any::<bool>()) {
        let topology = everything(caching);
        let mut tasks = tasks(&topology);
        let mut folded: BTreeMap<(u32, Key), (Value, Timestamp)> = BTreeMap::new();
        for (outcome, _) in run(&mut tasks, &["l", "r"], &given) {
            for output in outcome.outputs {
                let OutputKind::Changelog { store } = output.kind else { continue };
                let key = (store.0, output.key.unwrap());
                match output.value {
                    Some(value) => folded.insert(key, (value, output.timestamp)),
                    None => folded.remove(&key),
                };
            }
        }
        let mut held = BTreeMap::new();
        for (task, sub) in tasks.iter().zip(topology.subtopologies()) {
            for store in &sub.stores {
                held.extend(task.table(*store).into_iter().map(|r| ((store.0, r.key), (r.value, r.timestamp))));
            }
        }
        prop_assert_eq!(folded, held);
    }

    /// A count of groups is at every moment the count of the rows in them, and a cache changes no final table.
    #[test]
    fn groups_count_their_rows_and_caches_change_no_table(given in given(2)) {
        let topology = everything(false);
        let mut plain = tasks(&topology);
        run(&mut plain, &["l", "r"], &given);
        let rows = |tasks: &[Task], name: &str| {
            let store = tasks[0].topology().store_named(name).unwrap();
            let owner = tasks[0].topology().subtopologies().iter().position(|s| s.stores.contains(&store));
            let rows = tasks[owner.unwrap()].table(store).into_iter();
            rows.map(|r| (r.key, r.value)).collect::<Vec<_>>()
        };
        let mut counts: BTreeMap<String, i64> = BTreeMap::new();
        for (_, value) in rows(&plain, "left") {
            *counts.entry(value.to_text()[..1].to_owned()).or_default() += 1;
        }
        let shown = rows(&plain, "counted").into_iter().filter(|(_, n)| *n != Value::Long(0));
        let shown: BTreeMap<String, i64> =
            shown.map(|(k, n)| (k.text().into_owned(), n.to_text().parse().unwrap())).collect();
        prop_assert_eq!(shown, counts);

        let mut cached = tasks(&everything(true));
        run(&mut cached, &["l", "r"], &given);
        for name in ["left", "some", "joined", "foreign", "counted"] {
            prop_assert_eq!(rows(&plain, name), rows(&cached, name), "{}", name);
        }
    }

    /// With a grace that covers all disorder an inner join makes each pair of the definition, once.
    #[test]
    fn an_inner_join_makes_the_pairs_of_the_definition(given in given(2)) {
        let mut b = TopologyBuilder::new("app");
        let (l, r) = (b.stream(&["l".into()]).unwrap(), b.stream(&["r".into()]).unwrap());
        let windows = JoinWindows::new(10, 1_000).unwrap().before(5).unwrap();
        let joined = b.join(l, r, JoinType::Inner, windows, Joiner::Pair, &StreamJoined::default()).unwrap();
        b.to(joined, &"out".into()).unwrap();
        let mut tasks = tasks(&Arc::new(b.build()));
        let mut made = Vec::new();
        for (outcome, _) in run(&mut tasks, &["l", "r"], &given) {
            let sinks = outcome.outputs.into_iter().filter(|o| !o.is_changelog());
            made.extend(sinks.map(|o| (o.key.unwrap().text().into_owned(), o.value.unwrap(), o.timestamp.0)));
        }
        let mut pairs = Vec::new();
        let text = |v: u8| format!("{}:{v}", v % 3);
        for (_, lk, lv, lt) in given.iter().filter(|g| g.0 == 0) {
            for (_, rk, rv, rt) in given.iter().filter(|g| g.0 == 1) {
                if let (Some(lv), Some(rv)) = (lv, rv)
                    && lk == rk && lt - 5 <= *rt && *rt <= lt + 10
                {
                    let key = char::from(b'a' + lk).to_string();
                    pairs.push((key, Value::text(format!("{}|{}", text(*lv), text(*rv))), *lt.max(rt)));
                }
            }
        }
        made.sort();
        pairs.sort();
        prop_assert_eq!(made, pairs);
    }

    /// An outer join gives every record that has a key and a value at least once, alone or with others, when time has
    /// gone on far enough; and the same history has the same hash.
    #[test]
    fn an_outer_join_loses_nobody(given in given(2)) {
        let mut b = TopologyBuilder::new("app");
        let (l, r) = (b.stream(&["l".into()]).unwrap(), b.stream(&["r".into()]).unwrap());
        let windows = JoinWindows::new(10, 1_000).unwrap();
        let joined = b.join(l, r, JoinType::Outer, windows, Joiner::Pair, &StreamJoined::default()).unwrap();
        b.to(joined, &"out".into()).unwrap();
        let mut tasks = tasks(&Arc::new(b.build()));
        let mut all = given.clone();
        all.push((0, 9, Some(0), 10_000));
        let outcomes = run(&mut tasks, &["l", "r"], &all);
        let mut seen = Vec::new();
        let mut other = Task::new(tasks[0].topology().clone(), tasks[0].id());
        for (outcome, _) in outcomes {
            outcome.events.iter().for_each(|event| other.apply(event));
            for output in outcome.outputs.into_iter().filter(|o| !o.is_changelog()) {
                let text = output.value.unwrap().to_text().into_owned();
                seen.extend(text.split('|').map(str::to_owned));
            }
        }
        for (_, _, value, _) in given {
            if let Some(v) = value {
                let text = format!("{}:{v}", v % 3);
                prop_assert!(seen.contains(&text), "{}", text);
            }
        }
        prop_assert_eq!(StableHasher::of(&tasks[0]), StableHasher::of(&other));
        prop_assert_eq!(&tasks[0], &other);
    }
}

/// A copy of a global table in the task of the stream makes the join; the owner alone counts drops.
#[test]
fn a_global_table_is_in_every_task() {
    let mut b = TopologyBuilder::new("app");
    let stream = b.stream(&["s".into()]).unwrap();
    let global = b.global_table(&"g".into(), stored("g")).unwrap();
    let joined = b.join_global(stream, global, false, KeyMapper::Identity, Joiner::PairWithKey).unwrap();
    b.to(joined, &"out".into()).unwrap();
    let topology = Arc::new(b.build());
    assert!(topology.subtopologies()[1].global);
    let mut all = tasks(&topology);
    let record = |value: &[u8], key: Option<&[u8]>| Record::new(Timestamp(1), key, Some(value));
    let feed = |task: &mut Task, topic: &str, record: &Record| {
        let topic = TopicName::from(topic);
        let (partition, offset) = (Partition(0), Offset(0));
        let mut outcome = TaskOutcome::default();
        task.process(
            [Input { topic: &topic, partition, offset, timestamp: Timestamp(1), record }],
            &mut outcome,
        );
        outcome
    };
    for task in &mut all {
        feed(task, "g", &record(b"row", Some(b"k")));
        feed(task, "g", &record(b"row", None));
    }
    assert_eq!(all.iter().map(Task::dropped_total).collect::<Vec<_>>(), [0, 1]);
    let outputs = feed(&mut all[0], "s", &record(b"v", Some(b"k"))).outputs;
    assert_eq!(outputs[0].value, Some(Value::text("k:v|row")));
    assert_eq!(topology.changelog_topic(topology.store_named("g").unwrap()), Some("g".into()));
}

/// Under `topology.optimization=all` two groupings of one changed key share a topic, unless a value changed between.
#[test]
fn optimised_repartition_topics_are_merged() {
    let build = |optimization, changed_value: bool| {
        let config = StreamsConfig { optimization, ..StreamsConfig::default() };
        let mut b = TopologyBuilder::new("app").with_config(config);
        let stream = b.stream(&["in".into()]).unwrap();
        let mut keyed = b.select_key(stream, KeyMapper::FromValue).unwrap();
        if changed_value {
            keyed = b.map_values(keyed, ValueMapper::Upper).unwrap();
        }
        for store in ["one", "other"] {
            let grouped = b.group_by_key(keyed, None);
            let count = millrace_streams::topology::function::Aggregation::Count;
            b.aggregate(grouped, count, stored(store)).unwrap();
        }
        b.build()
    };
    let topics = |topology: &Topology| {
        let topics = topology.repartition_topics().iter();
        topics.map(|r| r.topic.to_string()).collect::<Vec<_>>()
    };
    let (one, other) = ("app-one-repartition", "app-other-repartition");
    assert_eq!(topics(&build(Optimization::None, false)), [one, other]);
    assert_eq!(topics(&build(Optimization::All, false)), [one]);
    assert_eq!(topics(&build(Optimization::All, true)), [one, other]);
    assert_eq!(build(Optimization::All, false).subtopologies().len(), 2);
}

/// The topics of a join must have as many partitions as one another; only a count can be wrong aloud.
#[test]
fn a_joins_topics_must_have_equal_partitions() {
    let mut b = TopologyBuilder::new("app");
    let stream = b.stream(&["orders".into()]).unwrap();
    let table = b.table(&"customers".into(), Materialized::default()).unwrap();
    b.join_table(stream, table, true, Joiner::Object, None, None).unwrap();
    let topology = b.build();
    assert_eq!(topology.copartition_groups(), [["customers".into(), "orders".into()]]);
    assert_eq!(topology.check_copartitioned(|_| Some(3)), Ok(()));
    let partitions = |topic: &TopicName| Some(if topic.as_str() == "orders" { 3 } else { 4 });
    let message = "Invalid topology: Topics not co-partitioned: [{customers=4, orders=3}]";
    assert_eq!(topology.check_copartitioned(partitions), Err(message.to_owned()));
    assert!(topology.stores().iter().any(|s| s.kind == StoreKind::KeyValue), "the join looks into the table");
}

proptest! {
    /// A stream that waits long enough meets each row as it was at the record's time, whatever the order of arrival.
    #[test]
    fn a_versioned_table_answers_as_of_the_records_time(given in given(2)) {
        let mut b = TopologyBuilder::new("app");
        let stream = b.stream(&["s".into()]).unwrap();
        let table = b.versioned_table(&"t".into(), "versions", 1_000).unwrap();
        let joined = b.join_table(stream, table, true, Joiner::Pair, None, Some(500)).unwrap();
        b.to(joined, &"out".into()).unwrap();
        let mut tasks = tasks(&Arc::new(b.build()));
        let mut all = given.clone();
        // A last record of the stream lets all others go.
        all.push((0, 9, Some(1), 901));
        let mut made = Vec::new();
        for (outcome, _) in run(&mut tasks, &["s", "t"], &all) {
            let sinks = outcome.outputs.into_iter().filter(|o| !o.is_changelog());
            made.extend(sinks.map(|o| (o.timestamp.0, o.value.unwrap().to_text().into_owned())));
        }
        let text = |v: u8| format!("{}:{v}", v % 3);
        let mut rows: BTreeMap<(u8, i64), Option<u8>> = BTreeMap::new();
        for (_, key, value, at) in given.iter().filter(|g| g.0 == 1) {
            rows.insert((*key, *at), *value);
        }
        let mut expected = Vec::new();
        for (_, key, value, at) in given.iter().filter(|g| g.0 == 0) {
            let Some(value) = value else { continue };
            let row = rows.range((*key, i64::MIN)..=(*key, *at)).next_back().and_then(|(_, row)| *row);
            let row = row.map_or("null".to_owned(), text);
            expected.push((*at, format!("{}|{row}", text(*value))));
        }
        made.sort();
        expected.sort();
        prop_assert_eq!(made, expected);
    }
}

#[test]
fn a_stream_waits_only_for_tables_with_enough_history() {
    let build = |history_ms: Option<i64>, suppress: bool| {
        let mut b = TopologyBuilder::new("app");
        let stream = b.stream(&["s".into()]).unwrap();
        let table = match history_ms {
            Some(ms) => b.versioned_table(&"t".into(), "t", ms).unwrap(),
            None => b.table(&"t".into(), stored("t")).unwrap(),
        };
        let table = b.filter_table(table, Predicate::True, false, Materialized::default()).unwrap();
        if suppress {
            let until = millrace_streams::topology::SuppressUntil::TimeLimit { ms: 1 };
            let full = millrace_streams::topology::BufferFull::Emit;
            return b.suppress(table, until, None, full, None).map(|_| ()).map_err(|e| e.to_string());
        }
        let joined = b.join_table(stream, table, true, Joiner::Pair, None, Some(10));
        joined.map(|_| ()).map_err(|e| e.to_string())
    };
    assert_eq!(build(Some(10), false), Ok(()));
    assert_eq!(build(Some(9), false), Err("History retention must be at least grace period.".to_owned()));
    let message = "KTable must be versioned to use a grace period in a stream table join.";
    assert_eq!(build(None, false), Err(message.to_owned()));
    assert_eq!(build(None, true), Ok(()));
    assert!(build(Some(10), true).unwrap_err().ends_with("might be inherited from upstream)"));
}

/// What a pipeline sends, one line per record: the values that a learner sees.
fn sends(pipeline: &str, records: &[(&str, &str, Option<&str>, i64)]) -> Vec<String> {
    let pipeline = millrace_streams::language::Pipeline::parse(pipeline).unwrap();
    let topology = Arc::new(pipeline.topology("app").unwrap());
    let mut tasks = tasks(&topology);
    let mut sent = Vec::new();
    for (topic, key, value, at) in records {
        let record = Record::new(Timestamp(*at), Some(key.as_bytes()), value.map(str::as_bytes));
        let mut queue = VecDeque::from([(TopicName::from(*topic), record)]);
        while let Some((topic, record)) = queue.pop_front() {
            for (task, sub) in tasks.iter_mut().zip(topology.subtopologies()) {
                // Every task has a copy of a global table.
                if !sub.source_topics.contains(&topic) && !topology.global_topics().contains(&topic) {
                    continue;
                }
                let (partition, offset, timestamp) = (Partition(0), Offset(0), record.timestamp);
                let mut outcome = TaskOutcome::default();
                task.process(
                    [Input { topic: &topic, partition, offset, timestamp, record: &record }],
                    &mut outcome,
                );
                assert_eq!(task.failure(), None);
                for output in outcome.outputs.iter().filter(|o| !o.is_changelog()) {
                    let topic = output.topic(&topology).unwrap();
                    if topology.is_internal(&topic) {
                        queue.push_back((topic, output.record(&topology)));
                    } else {
                        let value = output.value.as_ref().map_or("null".into(), |v| v.to_text().into_owned());
                        let key = output.key.as_ref().map_or("null".into(), |k| k.text().into_owned());
                        sent.push(format!("{key}={value}"));
                    }
                }
            }
        }
    }
    sent
}

#[test]
fn a_pipeline_enriches_a_stream_from_a_table() {
    let records = [
        ("orders", "c1", Some("{\"amount\":5}"), 1),
        ("customers", "c1", Some("{\"name\":\"Ada\"}"), 2),
        ("orders", "c1", Some("{\"amount\":7}"), 3),
    ];
    assert_eq!(
        sends("stream orders | left join table customers | to out", &records),
        [r#"c1={"left":{"amount":5},"right":null}"#, r#"c1={"left":{"amount":7},"right":{"name":"Ada"}}"#,]
    );
    assert_eq!(
        sends("stream orders | join table customers | map values value.right.name | to out", &records),
        ["c1=Ada"]
    );
}

#[test]
fn a_pipeline_enriches_a_stream_from_a_global_table_by_any_field() {
    let records = [
        ("customers", "c1", Some("{\"name\":\"Ada\"}"), 9),
        ("orders", "o1", Some("{\"customer\":\"c1\"}"), 1),
        ("orders", "o2", Some("{\"customer\":\"c2\"}"), 2),
        // No key to look for: dropped even by a left join (`KStreamKTableJoinProcessor.maybeDropRecord`).
        ("orders", "c1", Some("{}"), 3),
    ];
    assert_eq!(
        sends("stream orders | left join global table customers by value.customer | to out", &records),
        [
            r#"o1={"left":{"customer":"c1"},"right":{"name":"Ada"}}"#,
            r#"o2={"left":{"customer":"c2"},"right":null}"#,
        ]
    );
    assert_eq!(
        sends("stream orders | join global table customers | to out", &records),
        [r#"c1={"left":{},"right":{"name":"Ada"}}"#]
    );
}

/// `KStreamImpl.globalTableJoin`: both kinds are called LEFTJOIN; a global store makes no task and no changelog.
#[test]
fn a_global_table_is_described_as_kafka_does() {
    let pipeline = "stream orders | join global table customers by value.customer | to out";
    let pipeline = millrace_streams::language::Pipeline::parse(pipeline).unwrap();
    let topology = pipeline.topology("app").unwrap();
    assert_eq!(
        topology.describe(),
        "Topologies:\n   Sub-topology: 0\n    Source: KSTREAM-SOURCE-0000000000 (topics: [orders])\n      --> KSTREAM-LEFTJOIN-0000000004\n    Processor: KSTREAM-LEFTJOIN-0000000004 (stores: [])\n      --> KSTREAM-SINK-0000000005\n      <-- KSTREAM-SOURCE-0000000000\n    Sink: KSTREAM-SINK-0000000005 (topic: out)\n      <-- KSTREAM-LEFTJOIN-0000000004\n\n  Sub-topology: 1 for global store (will not generate tasks)\n    Source: KSTREAM-SOURCE-0000000002 (topics: [customers])\n      --> KTABLE-SOURCE-0000000003\n    Processor: KTABLE-SOURCE-0000000003 (stores: [customers-STATE-STORE-0000000001])\n      --> none\n      <-- KSTREAM-SOURCE-0000000002\n"
    );
    assert_eq!(topology.global_topics(), ["customers".into()]);
    assert_eq!(topology.subscribed_topics(), ["orders".into()]);
    assert!(topology.internal_topics(|_| Some(3)).is_empty());
}

#[test]
fn a_pipeline_takes_back_what_has_left_its_group() {
    let records = [
        ("orders", "o1", Some("{\"country\":\"NO\",\"amount\":5}"), 1),
        ("orders", "o2", Some("{\"country\":\"NO\",\"amount\":2}"), 2),
        ("orders", "o1", Some("{\"country\":\"FI\",\"amount\":6}"), 3),
        ("orders", "o2", None, 4),
    ];
    assert_eq!(
        sends("table orders | group table by value.country | sum value.amount | to out", &records),
        ["NO=5", "NO=7", "NO=2", "FI=6", "NO=0"]
    );
}

#[test]
fn a_pipeline_waits_for_a_partner_until_the_window_has_closed() {
    let pipeline = "stream orders | left join stream payments within 10ms grace 5ms | to out";
    let records = [
        ("orders", "o1", Some("1"), 0),
        ("payments", "o1", Some("2"), 10),
        ("orders", "o2", Some("3"), 11),
        ("payments", "o2", Some("4"), 22),
        ("orders", "o3", Some("5"), 27),
    ];
    let matched = r#"o1={"left":1,"right":2}"#;
    let alone = r#"o2={"left":3,"right":null}"#;
    assert_eq!(sends(pipeline, &records[..4]), [matched]);
    assert_eq!(sends(pipeline, &records), [matched, alone]);
}
