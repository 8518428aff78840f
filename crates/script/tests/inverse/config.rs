//! Settings of clients, of applications and of brokers.

use super::plain::*;
use millrace_client::listener::{
    BlockingRetries, ClientProfile, CommitMode, FailureRule, Output, RetryPolicy, RetryTopics,
    SameIntervalReuse, Subscribed, TopicSuffixing,
};
use millrace_expr::Expr;
use millrace_model::config::broker::BrokerConfig;
use millrace_model::config::consumer::{AutoOffsetReset, ConsumerConfig, GroupProtocol};
use millrace_model::config::producer::{Acks, Partitioner, ProducerConfig};
use millrace_model::config::streams::{ExceptionHandler, ProcessingGuarantee, StreamsConfig};
use millrace_model::protocol::IsolationLevel;
use millrace_model::{CompressionType, Profile, Span, TopicName, TransactionVersion};
use millrace_sim::{AppConfig, OwnSettings};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

prop_compose! {
    pub fn producer_config(profile: Profile)(
        acks in select(vec![Acks::Zero, Acks::One, Acks::All]),
        spans in vec(span(), 8),
        sizes in vec(1..i32::MAX as usize, 4),
        retries in 0..=i32::MAX as u32,
        partitioner in select(vec![Partitioner::BuiltIn, Partitioner::RoundRobin, Partitioner::ConsistentRandom]),
        flags in any::<(bool, bool)>(),
        enable_idempotence in of(any::<bool>()),
        transactional_id in of(name()),
        compression in select(CompressionType::ALL.to_vec()),
        bootstrap in bootstrap(),
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
            enable_idempotence,
            transactional_id: transactional_id.map(Into::into),
            transaction_timeout: spans[7],
            compression,
            partitioner,
            partitioner_rule: flags.0.then(|| "key + text(value.n % 6)".into()),
            partitioner_ignore_keys: flags.0,
            partitioner_adaptive: flags.1,
            bootstrap,
        }
    }
}

prop_compose! {
    pub fn consumer_config(profile: Profile)(
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
        isolation_level in select(vec![IsolationLevel::ReadUncommitted, IsolationLevel::ReadCommitted]),
        rack in of(name()),
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
            isolation_level,
            client_rack: rack.map(Into::into),
            bootstrap: defaults.bootstrap,
        }
    }
}

prop_compose! {
    pub fn failure()(
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

pub fn retry() -> impl Strategy<Value = RetryPolicy> {
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
    fn output()(
        topic in name(),
        value in of(select(vec!["value.amount * 2", "key", "upper(value)"])),
        id in of((name(), span())),
    ) -> Output {
        let (transactional_id, timeout) = id.unzip();
        Output {
            value: value.map(|value| Expr::parse(value).unwrap()),
            transactional_id: transactional_id.map(Into::into),
            transaction_timeout: timeout.unwrap_or(Output::TRANSACTION_TIMEOUT),
            ..Output::to(topic.into())
        }
    }
}

prop_compose! {
    pub fn app(profile: Profile)(
        group in group(),
        reads in reads(),
        client in select(vec![ClientProfile::Java, ClientProfile::Spring, ClientProfile::Librdkafka]),
        (consumer, bootstrap) in (consumer_config(profile), bootstrap()),
        commit in select(CommitMode::ALL.to_vec()),
        (ack_count, ack_time, threads) in (1..u32::MAX, span(), 0..=64_u32),
        work in span(),
        failures in vec(failure(), 0..4),
        retry in retry(),
        output in of(output()),
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
            consumer: ConsumerConfig { bootstrap, ..consumer },
            commit,
            ack_count,
            ack_time,
            threads,
            work,
            failures,
            retry,
            guard: None,
            output: output.map(Into::into),
        }
    }
}

prop_compose! {
    pub fn broker_config()(
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
            transaction_version: TransactionVersion::of_level(minutes % 3),
        }
    }
}

prop_compose! {
    pub fn own(profile: Profile)(
        subscribed in of(reads()),
        consumer in of(consumer_config(profile)),
    ) -> Option<Box<OwnSettings>> {
        (subscribed.is_some() || consumer.is_some()).then(|| Box::new(OwnSettings { subscribed, consumer }))
    }
}

pub fn streams_config() -> impl Strategy<Value = Box<StreamsConfig>> {
    let spans = (span(), of(span()), span(), span());
    let handlers = (any::<bool>(), any::<bool>(), of("[a-z][a-z0-9.-]{0,8}"));
    let handler = |goes_on: bool| match goes_on {
        true => ExceptionHandler::LogAndContinue,
        false => ExceptionHandler::LogAndFail,
    };
    (spans, any::<u64>(), 1_u32..16, 0_u32..16, 0_u64..9_999, handlers).prop_map(
        move |(spans, bytes, threads, standbys, lag, handlers)| {
            Box::new(StreamsConfig {
                processing_guarantee: match handlers.0 != handlers.1 {
                    true => ProcessingGuarantee::ExactlyOnceV2,
                    false => ProcessingGuarantee::AtLeastOnce,
                },
                commit_interval: spans.0,
                statestore_cache_max_bytes: bytes,
                max_task_idle: spans.1,
                num_stream_threads: threads,
                num_standby_replicas: standbys,
                acceptable_recovery_lag: lag,
                max_warmup_replicas: threads,
                probing_rebalance_interval: spans.2,
                session_timeout: spans.3,
                deserialization_exception_handler: handler(handlers.0),
                processing_exception_handler: handler(handlers.1),
                errors_dead_letter_queue_topic_name: handlers.2.map(TopicName::from),
            })
        },
    )
}
