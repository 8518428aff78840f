//! Settings of Kafka Streams as options.

use super::{INT, Kind, Setting};
use millrace_model::TopicName;
use millrace_model::config::streams::{ExceptionHandler, ProcessingGuarantee, StreamsConfig};

fn int(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// `LogAndFail…` and `LogAndContinue…`.
const HANDLERS: &[&str] = &["log-and-fail", "log-and-continue"];

fn at(handler: ExceptionHandler) -> usize {
    usize::from(handler == ExceptionHandler::LogAndContinue)
}

fn handler(at: usize) -> ExceptionHandler {
    if at == 0 { ExceptionHandler::LogAndFail } else { ExceptionHandler::LogAndContinue }
}

/// Every setting.
pub const SETTINGS: &[Setting<StreamsConfig>] = &[
    Setting {
        name: "num-stream-threads",
        key: "num.stream.threads",
        kind: Kind::Number(1, 16, |c| u64::from(c.num_stream_threads), |c, v| c.num_stream_threads = int(v)),
    },
    Setting {
        name: "num-standby-replicas",
        key: "num.standby.replicas",
        kind: Kind::Number(
            0,
            16,
            |c| u64::from(c.num_standby_replicas),
            |c, v| c.num_standby_replicas = int(v),
        ),
    },
    Setting {
        name: "processing-guarantee",
        key: "processing.guarantee",
        kind: Kind::Choice(
            &["at_least_once", "exactly_once_v2"],
            |c| usize::from(c.processing_guarantee == ProcessingGuarantee::ExactlyOnceV2),
            |c, at| {
                c.processing_guarantee = match at {
                    1 => ProcessingGuarantee::ExactlyOnceV2,
                    _ => ProcessingGuarantee::AtLeastOnce,
                };
            },
        ),
    },
    Setting {
        name: "commit-interval",
        key: "commit.interval.ms",
        kind: Kind::Span(|c| c.commit_interval, |c, v| c.commit_interval = v),
    },
    Setting {
        name: "statestore-cache-max-bytes",
        key: "statestore.cache.max.bytes",
        kind: Kind::Number(
            0,
            u64::MAX,
            |c| c.statestore_cache_max_bytes,
            |c, v| c.statestore_cache_max_bytes = v,
        ),
    },
    Setting {
        name: "max-task-idle",
        key: "max.task.idle.ms",
        kind: Kind::SpanOrOff(|c| c.max_task_idle, |c, v| c.max_task_idle = v),
    },
    Setting {
        name: "acceptable-recovery-lag",
        key: "acceptable.recovery.lag",
        kind: Kind::Number(0, INT, |c| c.acceptable_recovery_lag, |c, v| c.acceptable_recovery_lag = v),
    },
    Setting {
        name: "max-warmup-replicas",
        key: "max.warmup.replicas",
        kind: Kind::Number(
            1,
            INT,
            |c| u64::from(c.max_warmup_replicas),
            |c, v| c.max_warmup_replicas = int(v),
        ),
    },
    Setting {
        name: "probing-rebalance-interval",
        key: "probing.rebalance.interval.ms",
        kind: Kind::Span(|c| c.probing_rebalance_interval, |c, v| c.probing_rebalance_interval = v),
    },
    Setting {
        name: "deserialization-exception-handler",
        key: "deserialization.exception.handler",
        kind: Kind::Choice(
            HANDLERS,
            |c| at(c.deserialization_exception_handler),
            |c, v| c.deserialization_exception_handler = handler(v),
        ),
    },
    Setting {
        name: "processing-exception-handler",
        key: "processing.exception.handler",
        kind: Kind::Choice(
            HANDLERS,
            |c| at(c.processing_exception_handler),
            |c, v| c.processing_exception_handler = handler(v),
        ),
    },
    Setting {
        name: "errors-dead-letter-queue-topic-name",
        key: "errors.dead.letter.queue.topic.name",
        kind: Kind::Name(
            |c| c.errors_dead_letter_queue_topic_name.as_ref().map(|topic| topic.as_str().into()),
            |c, v| c.errors_dead_letter_queue_topic_name = Some(TopicName::from(&*v)),
        ),
    },
    Setting {
        name: "session-timeout",
        key: "session.timeout.ms",
        kind: Kind::Span(|c| c.session_timeout, |c, v| c.session_timeout = v),
    },
];
