//! What is printed is read back as the same, and what is wrong is said where it is.

#![allow(clippy::indexing_slicing, clippy::unwrap_used)]

use millrace_client::listener::{
    BlockingRetries, ClientProfile, CommitMode, Errand, FailureRule, RetryPolicy, RetryTopics,
    SameIntervalReuse, Subscribed, TopicSuffixing,
};
use millrace_expr::Expr;
use millrace_model::config::broker::BrokerConfig;
use millrace_model::config::consumer::{AutoOffsetReset, ConsumerConfig, GroupProtocol};
use millrace_model::config::producer::{Acks, Partitioner, ProducerConfig};
use millrace_model::config::streams::StreamsConfig;
use millrace_model::config::topic::TopicConfig;
use millrace_model::protocol::{AdminRequest, ConfigChanges, ConfigResource, ResourceKind};
use millrace_model::{
    Bytes, GroupId, Header, Offset, Partition, Pattern, Profile, Span, Time, Timestamp, TimestampType,
    TopicName, TopicPartition,
};
use millrace_script::expectation::{
    Comparison, Expectation, OfStreams, Operand, Quantity, Timeout, Told, Value,
};
use millrace_script::{Statement, parse_line, parse_script};
use millrace_sim::command::FeedFrom;
use millrace_sim::{
    AppConfig, Command, InstanceAction, Name, NewRecord, OwnSettings, ResetScope, ResetTarget, Skew, Workload,
};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const PROFILES: [Profile; 2] = Profile::ALL;

/// Anything that a learner might call something.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z][a-z0-9._-]{0,8}",
        1 => "\\PC{1,6}",
        1 => any::<String>().prop_filter("a name", |name| !name.is_empty()),
        1 => select(vec!["--topic", "+", "off", "never", "when", "it's", "#", "a b", "$x", "until"]).prop_map(str::to_owned),
    ]
}

fn topic() -> impl Strategy<Value = TopicName> {
    name().prop_map(TopicName::from)
}

fn group() -> impl Strategy<Value = GroupId> {
    name().prop_map(GroupId::from)
}

fn short_name() -> impl Strategy<Value = Name> {
    name().prop_filter("no slash", |name| !name.contains('/')).prop_map(Name::from)
}

fn span() -> impl Strategy<Value = Span> {
    prop_oneof![(0..100_u64).prop_map(Span::from_secs), (0..10_000_000_000_u64).prop_map(Span)]
}

fn bytes() -> impl Strategy<Value = Option<Bytes>> {
    let text = prop_oneof![name(), Just(String::new()), Just("{\"amount\": 12}".to_owned())];
    of(prop_oneof![text.prop_map(|t| t.into_bytes().into()), vec(any::<u8>(), 0..5).prop_map(Bytes::from)])
}

fn timestamp() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        (-90_000_000..90_000_000_i64).prop_map(|ms| Timestamp(Time::EPOCH.0 + ms)),
        any::<i64>().prop_map(Timestamp)
    ]
}

prop_compose! {
    fn record()(
        topic in of(topic()),
        key in bytes(),
        value in bytes(),
        timestamp in of(timestamp()),
        partition in of((0..i32::MAX).prop_map(Partition)),
        headers in vec((any::<String>(), bytes()), 0..3),
    ) -> NewRecord {
        let headers = headers.into_iter().map(|(key, value)| Header { key: key.into(), value }).collect();
        NewRecord { topic, key, value, timestamp, partition, headers }
    }
}

prop_compose! {
    fn workload()(
        rate in 1..1_000_000_u32,
        keys in vec(any::<String>().prop_map(Into::into), 0..4),
        skew in select(Skew::ALL.map(|(_, skew)| skew).to_vec()),
        value in any::<String>().prop_map(Into::into),
        late_percent in 0..=100_u8,
        late_by in span(),
        topic in of(topic()),
    ) -> Workload {
        Workload { rate, keys, skew, value, late_percent, late_by, topic }
    }
}

prop_compose! {
    fn topic_config()(
        max_message_bytes in 0..i32::MAX as usize,
        log_append in any::<bool>(),
        min_insync_replicas in 1..9_usize,
        overrides in vec(
            select(vec![("retention.ms", "60000"), ("cleanup.policy", "compact,delete"), ("min.insync.replicas", "1")]),
            0..3,
        ),
    ) -> TopicConfig {
        let message_timestamp_type =
            if log_append { TimestampType::LogAppendTime } else { TimestampType::CreateTime };
        let mut config =
            TopicConfig { max_message_bytes, message_timestamp_type, min_insync_replicas, ..TopicConfig::default() };
        for (key, value) in overrides {
            config.set(key, Some(value));
        }
        config
    }
}

prop_compose! {
    fn producer_config(profile: Profile)(
        acks in select(vec![Acks::Zero, Acks::One, Acks::All]),
        spans in vec(span(), 7),
        sizes in vec(1..i32::MAX as usize, 4),
        retries in 0..=i32::MAX as u32,
        partitioner in select(vec![Partitioner::BuiltIn, Partitioner::RoundRobin, Partitioner::ConsistentRandom]),
        flags in any::<(bool, bool)>(),
        is_default in any::<bool>(),
    ) -> ProducerConfig {
        if is_default {
            return ProducerConfig::defaults(profile);
        }
        ProducerConfig {
            acks,
            batch_size: sizes[0],
            linger: spans[0],
            buffer_memory: sizes[1],
            max_block: spans[1],
            max_request_size: sizes[2],
            max_in_flight: sizes[3],
            delivery_timeout: spans[2],
            request_timeout: spans[3],
            retries,
            retry_backoff: spans[4],
            retry_backoff_max: spans[5],
            metadata_max_age: spans[6],
            partitioner,
            partitioner_ignore_keys: flags.0,
            partitioner_adaptive: flags.1,
        }
    }
}

prop_compose! {
    fn consumer_config(profile: Profile)(
        auto_offset_reset in prop_oneof![
            select(vec![AutoOffsetReset::Earliest, AutoOffsetReset::Latest, AutoOffsetReset::None]),
            (0..1_000_000_000_u64).prop_map(|ms| AutoOffsetReset::ByDuration(Span::from_millis(ms))),
        ],
        spans in vec(span(), 9),
        sizes in vec(1..i32::MAX as usize, 4),
        is_default in any::<bool>(),
        assignors in subsequence(vec!["range", "roundrobin", "sticky", "cooperative-sticky"], 1..=4).prop_shuffle(),
        instance in of(name()),
        protocol in select(vec![GroupProtocol::Classic, GroupProtocol::Consumer]),
        remote_assignor in of(name()),
    ) -> ConsumerConfig {
        let defaults = ConsumerConfig::defaults(profile);
        if is_default {
            return ConsumerConfig { auto_offset_reset, ..defaults };
        }
        ConsumerConfig {
            auto_offset_reset,
            // The line says `--commit`; the container sets it from there.
            enable_auto_commit: defaults.enable_auto_commit,
            auto_commit_interval: spans[0],
            heartbeat_interval: spans[1],
            session_timeout: spans[2],
            max_poll_interval: spans[3],
            max_poll_records: sizes[0],
            fetch_min_bytes: sizes[1],
            fetch_max_bytes: sizes[2],
            fetch_max_wait: spans[4],
            max_partition_fetch_bytes: sizes[3],
            request_timeout: spans[5],
            retry_backoff: spans[6],
            retry_backoff_max: spans[7],
            metadata_max_age: spans[8],
            partition_assignment_strategy: assignors.into_iter().map(Into::into).collect(),
            auto_commit_in_background: false,
            group_instance_id: instance.map(Into::into),
            group_protocol: protocol,
            group_remote_assignor: remote_assignor.map(Into::into),
        }
    }
}

prop_compose! {
    fn failure()(
        when in select(vec!["value.amount < 0", "attempt <= 2", "key == \"it's\"", "never_mind(1)", "true"]),
        exception in prop_oneof![Just("IllegalStateException".to_owned()), name()],
        message in of(any::<String>()),
        fatal in any::<bool>(),
    ) -> FailureRule {
        let when = Expr::parse(when).unwrap_or_else(|_| Expr::parse("value == null or false").unwrap());
        let message = message.map_or_else(|| when.text().into(), Into::into);
        FailureRule { when, exception: exception.into(), message, fatal }
    }
}

fn retry() -> impl Strategy<Value = RetryPolicy> {
    let topics = (
        (1..=20_u32, span(), 100..=100_000_u32, span()),
        (any::<bool>(), 1..i32::MAX, any::<bool>(), any::<bool>()),
    );
    let topics = topics.prop_map(
        |((attempts, delay, multiplier_percent, max_delay), (dlt, partitions, index, single))| {
            RetryPolicy::RetryTopics(RetryTopics {
                attempts,
                delay,
                multiplier_percent,
                max_delay,
                dlt,
                partitions,
                suffixing: if index { TopicSuffixing::IndexValue } else { TopicSuffixing::DelayValue },
                reuse: if single {
                    SameIntervalReuse::SingleTopic
                } else {
                    SameIntervalReuse::MultipleTopics
                },
                ..RetryTopics::default()
            })
        },
    );
    prop_oneof![
        Just(RetryPolicy::None),
        Just(RetryPolicy::default()),
        Just(RetryPolicy::RetryTopics(RetryTopics::default())),
        (1..99_u32, span()).prop_map(|(attempts, interval)| RetryPolicy::Blocking(BlockingRetries {
            attempts,
            interval,
            ..BlockingRetries::default()
        })),
        topics,
    ]
}

prop_compose! {
    fn app(profile: Profile)(
        group in group(),
        reads in reads(),
        client in select(vec![ClientProfile::Java, ClientProfile::Spring, ClientProfile::Librdkafka]),
        consumer in consumer_config(profile),
        commit in select(CommitMode::ALL.to_vec()),
        (ack_count, ack_time, threads) in (1..u32::MAX, span(), 0..=64_u32),
        work in span(),
        failures in vec(failure(), 0..4),
        retry in retry(),
    ) -> AppConfig {
        let (topics, pattern) = match reads {
            Subscribed::Topics(topics) => (topics, None),
            Subscribed::Pattern(pattern) => (Vec::new(), Some(pattern)),
        };
        AppConfig {
            group,
            topics,
            pattern,
            client,
            consumer,
            commit,
            ack_count,
            ack_time,
            threads,
            work,
            failures,
            retry,
            guard: None,
        }
    }
}

fn reads() -> impl Strategy<Value = Subscribed> {
    let patterns = vec!["t[ab]", "orders-.*", r"a\.(b|c)+", "it's"];
    prop_oneof![
        2 => vec(topic(), 1..4).prop_map(Subscribed::Topics),
        1 => select(patterns).prop_map(|p| Subscribed::Pattern(Pattern::new(p).unwrap().into())),
    ]
}

fn resource() -> impl Strategy<Value = ConfigResource> {
    let kinds =
        vec![ResourceKind::Topic, ResourceKind::Broker, ResourceKind::Group, ResourceKind::ClientMetrics];
    let names = || select(vec!["orders", "it's", "1", "--x", ""]);
    prop_oneof![
        (select(kinds), names()).prop_map(|(kind, name)| ConfigResource::new(kind, name)),
        (of(select(vec!["alice", "a/b%"])), of(select(vec!["app"])))
            .prop_map(|(user, client)| ConfigResource::quota([("users", user), ("clients", client)])),
        of(select(vec!["10.0.0.1"])).prop_map(|ip| ConfigResource::quota([("ips", ip)])),
    ]
}

fn admin_request() -> impl Strategy<Value = AdminRequest> {
    let changes = |keys: Vec<&'static str>| {
        let values = vec![Some("5"), Some("a,b"), Some("x=y"), Some(""), None];
        vec((select(keys), select(values)), 1..3).prop_map(|changes| {
            let mut all: ConfigChanges =
                changes.into_iter().map(|(key, value)| (key.into(), value.map(Into::into))).collect();
            // What is added comes first.
            all.sort_by_key(|(_, value)| value.is_none());
            all
        })
    };
    let tps = || vec((select(vec!["a.b", "orders"]), 0..9_i32), 1..4);
    let tp = |(topic, partition): (&str, i32)| TopicPartition::new(topic, partition);
    prop_oneof![
        (resource(), changes(vec!["retention.ms", "k"]))
            .prop_map(|(resource, changes)| AdminRequest::IncrementalAlterConfigs { resource, changes }),
        changes(vec!["SCRAM-SHA-256", "SCRAM-SHA-512"]).prop_map(|changes| {
            let resource = ConfigResource::new(ResourceKind::Scram, "bob");
            AdminRequest::IncrementalAlterConfigs { resource, changes }
        }),
        vec((select(vec!["a.b", "or\"d"]), 0..9_i32, -1..99_i64), 1..4).prop_map(|offsets| {
            let offset = |(topic, partition, offset)| (TopicPartition::new(topic, partition), Offset(offset));
            AdminRequest::DeleteRecords { offsets: offsets.into_iter().map(offset).collect() }
        }),
        group().prop_map(|group| AdminRequest::DeleteGroups { group }),
        (group(), tps()).prop_map(move |(group, partitions)| AdminRequest::OffsetDelete {
            group,
            partitions: partitions.into_iter().map(tp).collect()
        }),
    ]
}

fn scope() -> impl Strategy<Value = ResetScope> {
    let topic = select(vec!["orders", "a.b", "--x", "it's"]).prop_map(TopicName::from);
    let partitions = vec((0..i32::MAX).prop_map(Partition), 0..3);
    prop_oneof![Just(ResetScope::AllTopics), vec((topic, partitions), 1..3).prop_map(ResetScope::Topics),]
}

fn target() -> impl Strategy<Value = ResetTarget> {
    prop_oneof![
        Just(ResetTarget::Earliest),
        Just(ResetTarget::Latest),
        Just(ResetTarget::Current),
        any::<i64>().prop_map(ResetTarget::Offset),
        any::<i64>().prop_map(ResetTarget::ShiftBy),
        (0..253_000_000_000_000_i64).prop_map(|ms| ResetTarget::Datetime(Timestamp(ms))),
        (0..1_000_000_000_000_u64).prop_map(|ms| ResetTarget::Duration(Span::from_millis(ms))),
    ]
}

fn errand() -> impl Strategy<Value = Errand> {
    prop_oneof![
        reads().prop_map(Errand::Subscribe),
        Just(Errand::Unsubscribe),
        Just(Errand::Commit),
        span().prop_map(Errand::Block),
    ]
}

prop_compose! {
    fn broker_config()(
        numbers in vec(1..i32::MAX, 2),
        auto_create_topics in any::<bool>(),
        spans in vec(span(), 6),
        minutes in 1..i32::MAX as u64,
    ) -> BrokerConfig {
        BrokerConfig {
            num_partitions: numbers[0],
            offsets_topic_num_partitions: numbers[1],
            auto_create_topics,
            group_initial_rebalance_delay: spans[0],
            group_min_session_timeout: spans[1],
            group_max_session_timeout: spans[2],
            group_consumer_session_timeout: spans[3],
            group_consumer_heartbeat_interval: spans[4],
            offsets_retention_check_interval: spans[5],
            offsets_retention: Span::from_secs(minutes * 60),
        }
    }
}

prop_compose! {
    fn own(profile: Profile)(
        subscribed in of(reads()),
        consumer in of(consumer_config(profile)),
    ) -> Option<Box<OwnSettings>> {
        (subscribed.is_some() || consumer.is_some()).then(|| Box::new(OwnSettings { subscribed, consumer }))
    }
}

fn command(profile: Profile) -> impl Strategy<Value = Command> {
    let actions = vec![
        InstanceAction::Stop,
        InstanceAction::Crash,
        InstanceAction::Freeze,
        InstanceAction::Thaw,
        InstanceAction::Restart,
        InstanceAction::Pause,
        InstanceAction::Resume,
    ];
    let pipelines = vec![
        "stream orders | to copies",
        "stream orders | filter value.amount > 0 and key != \"it's\" | group by key | window tumbling 10s grace 2s | count | to per-customer",
    ];
    prop_oneof![
        (topic(), of(any::<i32>()), of(any::<i16>()), topic_config()).prop_map(
            |(topic, partitions, replication_factor, config)| Command::CreateTopic {
                topic,
                partitions,
                replication_factor,
                config
            }
        ),
        (topic(), any::<i32>()).prop_map(|(topic, total)| Command::AddPartitions { topic, total }),
        (name(), topic(), producer_config(profile)).prop_map(|(name, topic, config)| {
            Command::StartProducer { name: name.into(), topic, config: Box::new(config) }
        }),
        (of(name()), vec(record(), 1..4)).prop_map(|(producer, records)| {
            Command::Produce { producer: producer.map(Into::into), records }
        }),
        (name(), of(workload()))
            .prop_map(|(producer, workload)| Command::SetWorkload { producer: producer.into(), workload }),
        (app(profile), 0..=200_u32)
            .prop_map(|(app, instances)| Command::StartApp { app: Box::new(app), instances }),
        topic().prop_map(|topic| Command::DeleteTopic { topic }),
        admin_request().prop_map(|request| Command::Administer { request: Box::new(request) }),
        broker_config().prop_map(|config| Command::StartBrokers { config: Box::new(config) }),
        (group(), of(short_name()), own(profile)).prop_map(|(group, name, own)| Command::AddInstance {
            group,
            name,
            own
        }),
        (group(), short_name(), errand()).prop_map(|(group, name, errand)| Command::Errand {
            group,
            name,
            errand
        }),
        (group(), short_name(), select(actions)).prop_map(|(group, name, action)| Command::Instance {
            group,
            name,
            action
        }),
        (group(), of(short_name()), span()).prop_map(|(group, instance, work)| Command::SetWork {
            group,
            instance,
            work
        }),
        (group(), vec(failure(), 0..4)).prop_map(|(group, rules)| Command::SetFailures { group, rules }),
        (group(), retry()).prop_map(|(group, retry)| Command::SetRetry { group, retry }),
        (name(), select(pipelines), streams_config(), 1_u32..5).prop_map(
            |(name, pipeline, config, instances)| Command::StartStreams {
                name: name.into(),
                pipeline: pipeline.into(),
                config,
                instances
            }
        ),
        name().prop_map(|name| Command::StopStreams { name: name.into() }),
        name().prop_map(|name| Command::AddStreamsInstance { name: name.into() }),
        (
            name(),
            name(),
            select(vec![
                InstanceAction::Stop,
                InstanceAction::Crash,
                InstanceAction::Freeze,
                InstanceAction::Thaw,
                InstanceAction::Restart,
            ])
        )
            .prop_map(|(name, instance, action)| Command::StreamsInstance {
                name: name.into(),
                instance: instance.into(),
                action
            }),
        (group(), scope(), target(), any::<bool>())
            .prop_map(|(group, scope, to, execute)| { Command::ResetOffsets { group, scope, to, execute } }),
        span().prop_map(|latency| Command::SetNetwork { latency }),
        (name(), topic()).prop_map(|(name, topic)| Command::OpenDashboard { name: name.into(), topic }),
        (name(), select(vec![FeedFrom::Snapshot, FeedFrom::Latest, FeedFrom::Earliest]))
            .prop_map(|(name, from)| Command::OpenFeed { name: name.into(), from }),
    ]
}

fn streams_config() -> impl Strategy<Value = Box<StreamsConfig>> {
    let spans = (span(), of(span()), span(), span());
    (spans, any::<u64>(), 1_u32..16, 0_u32..16, 0_u64..9_999).prop_map(
        |(spans, bytes, threads, standbys, lag)| {
            Box::new(StreamsConfig {
                commit_interval: spans.0,
                statestore_cache_max_bytes: bytes,
                max_task_idle: spans.1,
                num_stream_threads: threads,
                num_standby_replicas: standbys,
                acceptable_recovery_lag: lag,
                max_warmup_replicas: threads,
                probing_rebalance_interval: spans.2,
                session_timeout: spans.3,
            })
        },
    )
}

fn expectation() -> impl Strategy<Value = Expectation> {
    let tp = || {
        (topic(), 0..i32::MAX).prop_map(|(topic, partition)| millrace_model::TopicPartition {
            topic,
            partition: Partition(partition),
        })
    };
    let told = || {
        prop_oneof![
            Just(Told::Rebalances),
            Just(Told::Restarts),
            Just(Told::Moved),
            Just(Told::Stopped),
            Just(Told::Gap),
            Just(Told::Downtime),
            Just(Told::Refused),
            Just(Told::Unhandled),
            select(Timeout::ALL.map(|(_, timeout)| timeout).to_vec()).prop_map(Told::Timeouts),
            name().prop_map(|name| Told::Errors(name.into())),
        ]
    };
    let quantity = || {
        prop_oneof![
            topic().prop_map(Quantity::Records),
            topic().prop_map(Quantity::Partitions),
            tp().prop_map(Quantity::LogEndOffset),
            tp().prop_map(Quantity::HighWatermark),
            group().prop_map(Quantity::Lag),
            (group(), tp()).prop_map(|(group, tp)| Quantity::Committed(group, tp)),
            (group(), tp()).prop_map(|(group, tp)| Quantity::Owner(group, tp)),
            (group(), tp()).prop_map(|(group, tp)| Quantity::Position(group, tp)),
            group().prop_map(Quantity::State),
            group().prop_map(Quantity::Generation),
            group().prop_map(Quantity::Members),
            group().prop_map(Quantity::Idle),
            (told(), group(), of(span()))
                .prop_map(|(told, group, within)| Quantity::Told(told, group, within)),
            group().prop_map(Quantity::Effects),
            group().prop_map(Quantity::Repeated),
            group().prop_map(Quantity::Dead),
            (topic(), name()).prop_map(|(topic, key)| Quantity::Newest(topic, key.into())),
            (
                prop_oneof![
                    Just(OfStreams::Tasks),
                    Just(OfStreams::Dropped),
                    Just(OfStreams::Failed),
                    Just(OfStreams::Internal),
                    Just(OfStreams::Rows),
                    name().prop_map(|key| OfStreams::Row(key.into())),
                    Just(OfStreams::Standbys),
                    name().prop_map(|key| OfStreams::Host(key.into())),
                    (name(), name())
                        .prop_map(|(instance, key)| OfStreams::Answer(instance.into(), key.into())),
                    Just(OfStreams::Strays),
                    Just(OfStreams::Crashes),
                    Just(OfStreams::Restored),
                    Just(OfStreams::Restoring),
                ],
                name(),
            )
                .prop_map(|(of, name)| Quantity::Streams(of, name.into())),
            (name(), name()).prop_map(|(name, key)| Quantity::Shows(name.into(), key.into())),
            name().prop_map(|name| Quantity::Differs(name.into())),
            (name(), 0..9)
                .prop_map(|(name, partition)| Quantity::StreamTime(name.into(), Partition(partition))),
        ]
    };
    let value = prop_oneof![
        any::<i64>().prop_map(Value::Number),
        any::<String>().prop_map(|text| Value::Text(text.into())),
        (-90_000_000..90_000_000_i64).prop_map(|ms| Value::Time(Timestamp(Time::EPOCH.0 + ms))),
        span().prop_map(Value::Span),
        Just(Value::None),
    ];
    let operand = prop_oneof![value.prop_map(Operand::Value), quantity().prop_map(Operand::Quantity)];
    let comparison = select(Comparison::ALL.map(|(_, comparison)| comparison).to_vec());
    (quantity(), comparison, operand).prop_map(|(quantity, comparison, operand)| Expectation {
        quantity,
        comparison,
        operand,
    })
}

fn check(statement: &Statement, profile: Profile) -> Result<(), TestCaseError> {
    let line = statement.print(profile);
    prop_assert!(!line.contains('\n'), "{}", line);
    match parse_line(&line, profile) {
        Ok(Some(read)) => prop_assert_eq!(&read, statement, "{}", line),
        other => prop_assert!(false, "{}: {:?}", line, other),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_command_is_read_as_it_was_printed(
        (profile, command) in select(PROFILES.to_vec()).prop_flat_map(|p| (Just(p), command(p)))
    ) {
        check(&Statement::Do(command), profile)?;
    }

    #[test]
    fn every_expectation_is_read_as_it_was_printed(expectation in expectation()) {
        check(&Statement::Expect(expectation), Profile::default())?;
    }

    #[test]
    fn nothing_that_is_typed_makes_it_panic(
        start in select(vec!["", "produce ", "app start a --fails '", "expect ", "expect lag(", "kafka-topics --create --topic ", "streams start a '"]),
        text in any::<String>(),
    ) {
        let source = format!("{start}{text}");
        let (_, problems) = parse_script(&source, Profile::default());
        for problem in &problems {
            prop_assert!(problem.caret(&source).contains('^'));
            prop_assert!(source.is_char_boundary(problem.span.start), "{:?}", problem);
        }
        let _ = parse_line(&source, Profile::default());
    }

    #[test]
    fn waits_and_steps_are_read_as_they_were_printed(us in 0..31_000_000_000_000_u64, n in 1..1_000_000_u64) {
        for statement in [Statement::Wait(Span(us)), Statement::WaitUntil(Time(us)), Statement::Step(n)] {
            check(&statement, Profile::default())?;
        }
    }
}
