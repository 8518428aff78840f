//! `StreamsConfig`: the settings of an application that change what its topology does.

use millrace_model::TopicName;
use millrace_model::config::streams::ExceptionHandler;

/// Settings, named as in Kafka.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StreamsConfig {
    /// `statestore.cache.max.bytes` is above zero: stores of tables and aggregations hold updates back until the
    /// next commit, and only the last one for a key goes on.
    pub caching: bool,
    /// `__emit.interval.ms.kstreams.outer.join.spurious.results.fix__`: how much wall-clock time lies between two
    /// searches for records that found no partner, in milliseconds.
    pub outer_join_emit_interval_ms: i64,
    /// `__emit.interval.ms.kstreams.windowed.aggregation__`: how much wall-clock time lies at least between two looks
    /// of an aggregation for windows that have closed (`EmitStrategy.onWindowClose`), in milliseconds.
    pub windowed_emit_interval_ms: i64,
    /// `topology.optimization`.
    pub optimization: Optimization,
    /// `deserialization.exception.handler`.
    pub deserialization_exception_handler: ExceptionHandler,
    /// `processing.exception.handler`.
    pub processing_exception_handler: ExceptionHandler,
    /// `errors.dead.letter.queue.topic.name`.
    pub errors_dead_letter_queue_topic_name: Option<TopicName>,
}

/// `topology.optimization`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Optimization {
    /// `none`, Kafka's default: the graph is as it was written.
    #[default]
    None,
    /// `all`: `reuse.ktable.source.topics`, `merge.repartition.topics` and `single.store.self.join`.
    All,
}

/// Kafka's defaults but for the cache, which is off: every update can be seen.
impl Default for StreamsConfig {
    fn default() -> StreamsConfig {
        StreamsConfig {
            caching: false,
            outer_join_emit_interval_ms: 1_000,
            windowed_emit_interval_ms: 1_000,
            optimization: Optimization::None,
            deserialization_exception_handler: ExceptionHandler::LogAndFail,
            processing_exception_handler: ExceptionHandler::LogAndFail,
            errors_dead_letter_queue_topic_name: None,
        }
    }
}
