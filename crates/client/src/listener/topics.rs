//! Retry topics: how many there are, what they are called, how long each one delays.
//!
//! Pure arithmetic and naming after Spring Kafka: `BackOffFactory`, `BackOffValuesGenerator`,
//! `DestinationTopicPropertiesFactory`, `SuffixingRetryTopicNamesProviderFactory`, `DefaultDestinationTopicResolver`.

use crate::listener::backoff::ExponentialBackOff;
use millrace_expr::Expr;
use millrace_model::{GroupId, Span, TopicName};
use std::fmt;
use std::sync::Arc;

/// Most attempts that a playground listener may have; more are cut to it. Spring's own bound is 32767
/// (`DeadLetterPublishingRecovererFactory.ATTEMPTS_HARD_CAP`).
pub const ATTEMPTS: u32 = 20;

/// `TopicSuffixingStrategy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TopicSuffixing {
    /// `orders-retry-1000`, `orders-retry-2000`: the annotation's default.
    DelayValue,
    /// `orders-retry-0`, `orders-retry-1`: the playground's default, because it reads better.
    IndexValue,
}

/// `SameIntervalTopicReuseStrategy`: what becomes of equal delays at the end of the sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SameIntervalReuse {
    /// They share one topic, which publishes to itself (default since 3.2). A single retry topic is called
    /// `orders-retry`, without any index.
    #[default]
    SingleTopic,
    /// Each attempt has a topic of its own.
    MultipleTopics,
}

/// `DltStrategy`, apart from `NO_DLT` ([`RetryTopics::dlt`]): what follows when the handler of the dead letters throws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DltStrategy {
    /// `ALWAYS_RETRY_ON_ERROR`, the annotation's default: the letter goes to the end of the same topic, at once and without
    /// end. What Spring counts as fatal does not.
    #[default]
    AlwaysRetryOnError,
    /// `FAIL_ON_ERROR`: the error is logged, the letter stays where it is, and nobody comes back to it.
    FailOnError,
}

/// `@DltHandler`: a listener of the dead letter topic, in a group of its own. Spring's default one only logs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DltHandler {
    /// `dltStrategy`.
    pub strategy: DltStrategy,
    /// For which letters it throws an `IllegalStateException`.
    pub fails: Option<Expr>,
}

/// What follows when a record cannot be published to its retry topic or to the dead letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PublishFailure {
    /// `DeadLetterPublishingRecoverer.failIfSendResultIsError = true`, the default: the recoverer throws, the record is sought
    /// back and delivered again.
    #[default]
    Retry,
    /// `failIfSendResultIsError = false`: the error is logged and the record counts as recovered. It is nowhere then.
    Ignore,
    /// As [`PublishFailure::Retry`], and the container stops (`CommonContainerStoppingErrorHandler`): the record waits for
    /// somebody to start it again.
    Fail,
}

/// `@RetryableTopic(attempts, backOff = @BackOff(delay, multiplier, maxDelay), …)`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RetryTopics {
    /// `attempts`: deliveries in all, the first included; default 3, from 1 to [`ATTEMPTS`].
    pub attempts: u32,
    /// `delay` before the second delivery, whole milliseconds; default 1 s.
    pub delay: Span,
    /// `multiplier` in percent; 100 (and below) keeps the delay as it is. The playground's default is 200; the
    /// annotation's own default is a fixed delay.
    pub multiplier_percent: u32,
    /// `maxDelay`, default 30 s (`ExponentialBackOffPolicy.DEFAULT_MAX_INTERVAL` up to Spring Kafka 3.3; 4.x has no
    /// bound unless one is set).
    pub max_delay: Span,
    /// False is `DltStrategy.NO_DLT`: after the last attempt the record is logged and gone.
    pub dlt: bool,
    /// `numPartitions` of the topics that the application creates; default 1. A record goes to the partition of its
    /// number, or, if there is none, where the producer's partitioner puts it.
    pub partitions: i32,
    /// `topicSuffixingStrategy`.
    pub suffixing: TopicSuffixing,
    /// `sameIntervalTopicReuseStrategy`.
    pub reuse: SameIntervalReuse,
    /// `timeout`: a record that is older than this when it fails is not tried again; no limit by default.
    pub timeout: Option<Span>,
    /// `@BackOff(jitter = …)`, default 0. Spring throws these dice once, when the application starts: they make the
    /// delays of the topics, not of the records.
    pub jitter: Span,
    /// What the dice have shown; set by whoever starts the application.
    pub roll: u64,
    /// `retryTopicSuffix`, default `-retry`.
    pub retry_suffix: Arc<str>,
    /// The order of a key is kept: while one of its records waits, those behind it join it in the only retry topic, which
    /// is worked off in place. No option of Spring's; what applications build on top.
    pub park_key: bool,
    /// `dltTopicSuffix`, default `-dlt`: with the group's name in it each group has its own.
    pub dlt_suffix: Arc<str>,
    /// The listener of the dead letters; none by default (`autoStartDltHandler = "false"`).
    pub dlt_handler: Option<DltHandler>,
    /// What follows when a record cannot be published.
    pub on_publish_failure: PublishFailure,
}

impl Default for RetryTopics {
    fn default() -> Self {
        Self {
            attempts: 3,
            delay: Span::from_secs(1),
            multiplier_percent: 200,
            max_delay: Span::from_secs(30),
            dlt: true,
            partitions: 1,
            suffixing: TopicSuffixing::IndexValue,
            reuse: SameIntervalReuse::default(),
            timeout: None,
            jitter: Span::ZERO,
            roll: 0,
            retry_suffix: "-retry".into(),
            dlt_suffix: "-dlt".into(),
            park_key: false,
            dlt_handler: None,
            on_publish_failure: PublishFailure::default(),
        }
    }
}

/// `DestinationTopic.Type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DestinationKind {
    /// `RETRY`: fails over to the next destination.
    Retry,
    /// `REUSABLE_RETRY_TOPIC`: fails over to itself until the attempts are used up.
    ReusableRetry,
    /// `DLT`.
    DeadLetter,
}

/// One topic behind the main topic (`DestinationTopic.Properties`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Destination {
    /// What it is.
    pub kind: DestinationKind,
    /// Appended to topic, group and client id: `-retry-0`, `-dlt`.
    pub suffix: Arc<str>,
    /// How long a record waits in it; zero for the dead letters.
    pub delay: Span,
}

impl Destination {
    /// Its topic for a main topic: `orders-retry-0`.
    pub fn topic(&self, main: &TopicName) -> TopicName {
        TopicName::new(format!("{main}{}", self.suffix))
    }

    /// The group that reads it: `billing-retry-0`.
    pub fn group(&self, main: &GroupId) -> GroupId {
        GroupId::new(format!("{main}{}", self.suffix))
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} after {}", self.suffix, self.delay)
    }
}

impl RetryTopics {
    /// `maxAttempts`, inside its bounds.
    pub fn max_attempts(&self) -> u32 {
        self.attempts.clamp(1, ATTEMPTS)
    }

    /// The delays before the second, third … delivery, in milliseconds (`ExponentialBackOff.computeNextInterval`:
    /// each product is cut to a whole number, then to the maximum).
    pub fn delays(&self) -> Vec<u64> {
        if self.jitter > Span::ZERO {
            return self.jittered();
        }
        let max = self.max_delay.as_millis().max(1);
        let percent = u128::from(self.multiplier_percent.max(100));
        let mut current = self.delay.as_millis();
        let mut delays = Vec::new();
        for _ in 1..self.max_attempts() {
            delays.push(current.min(max));
            let product = u128::from(current) * percent / 100;
            current = u64::try_from(product).unwrap_or(u64::MAX).min(max);
        }
        delays
    }

    fn jittered(&self) -> Vec<u64> {
        let back_off = ExponentialBackOff {
            initial: self.delay,
            multiplier_percent: self.multiplier_percent,
            max: self.max_delay,
            jitter: self.jitter,
        };
        let pause = |n: u32| back_off.pause(n, self.roll.rotate_left(n * 7)).as_millis();
        (1..self.max_attempts()).map(pause).collect()
    }

    /// The topics behind the main one, in order: retry topics, then the dead letters.
    pub fn chain(&self) -> Vec<Destination> {
        let mut delays = self.delays();
        if self.park_key {
            delays.truncate(1);
        }
        let count = |delay: u64| delays.iter().filter(|d| **d == delay).count();
        let single = self.reuse == SameIntervalReuse::SingleTopic;
        let reused = match delays.last() {
            Some(last) if single && delays.len() > 1 => count(*last) - 1,
            _ => 0,
        };
        let topics = delays.len() - reused;
        let fixed = delays.len() > 1 && delays.iter().all(|d| Some(d) == delays.first());
        let by_index = self.suffixing == TopicSuffixing::IndexValue || fixed;
        let mut chain: Vec<Destination> = delays
            .iter()
            .take(topics)
            .enumerate()
            .map(|(index, &delay)| {
                let suffix = if single && topics == 1 {
                    self.retry_suffix.to_string()
                } else if by_index {
                    format!("{}-{index}", self.retry_suffix)
                } else if !single && count(delay) > 1 {
                    let first = delays.iter().position(|d| *d == delay).unwrap_or(index);
                    format!("{}-{delay}-{}", self.retry_suffix, index - first)
                } else {
                    format!("{}-{delay}", self.retry_suffix)
                };
                let kind = if single && count(delay) > 1 {
                    DestinationKind::ReusableRetry
                } else {
                    DestinationKind::Retry
                };
                Destination { kind, suffix: suffix.into(), delay: Span::from_millis(delay) }
            })
            .collect();
        if self.dlt {
            chain.push(Destination {
                kind: DestinationKind::DeadLetter,
                suffix: self.dlt_suffix.clone(),
                delay: Span::ZERO,
            });
        }
        chain
    }

    /// The topics that the instance reads itself: the retry topics, and the dead letters if they have a handler.
    pub fn retry_destinations(&self) -> Vec<Destination> {
        let mut chain = self.chain();
        chain.retain(|d| d.kind != DestinationKind::DeadLetter || self.dlt_handler.is_some());
        chain
    }

    /// Where a record goes that has failed (`DefaultDestinationTopicResolver.resolveDestinationTopic`).
    ///
    /// `stage` is 0 for the main topic and n for the n-th retry topic, `attempt` the delivery that failed. `None`
    /// means nowhere: without dead letters the record is logged and gone.
    pub fn next(&self, stage: usize, attempt: u32, retryable: bool) -> Option<Destination> {
        let chain = self.chain();
        let here = stage.checked_sub(1).and_then(|i| chain.get(i));
        if let Some(here) = here.filter(|here| here.kind == DestinationKind::DeadLetter) {
            let strategy = self.dlt_handler.as_ref().map(|handler| handler.strategy).unwrap_or_default();
            return (retryable && strategy == DltStrategy::AlwaysRetryOnError).then(|| here.clone());
        }
        let dead = || chain.iter().find(|d| d.kind == DestinationKind::DeadLetter).cloned();
        if !retryable || attempt >= self.max_attempts() {
            return dead();
        }
        match here {
            Some(here) if here.kind == DestinationKind::ReusableRetry => Some(here.clone()),
            _ => chain.get(stage).cloned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retry(attempts: u32, delay: u64, percent: u32, max: u64) -> RetryTopics {
        RetryTopics {
            attempts,
            delay: Span::from_millis(delay),
            multiplier_percent: percent,
            max_delay: Span::from_millis(max),
            ..RetryTopics::default()
        }
    }

    fn suffixes(retry: &RetryTopics) -> Vec<String> {
        retry.chain().iter().map(|d| format!("{}@{}", d.suffix, d.delay.as_millis())).collect()
    }

    #[test]
    fn delays_grow_as_springs_exponential_backoff() {
        let table: [(RetryTopics, &[u64]); 7] = [
            (retry(3, 1000, 200, 30_000), &[1000, 2000]),
            (retry(6, 1000, 200, 5000), &[1000, 2000, 4000, 5000, 5000]),
            (retry(4, 1000, 100, 30_000), &[1000, 1000, 1000]),
            (retry(4, 1001, 150, 30_000), &[1001, 1501, 2251]),
            (retry(3, 9000, 200, 4000), &[4000, 4000]),
            (retry(1, 1000, 200, 30_000), &[]),
            (retry(0, 1000, 0, 30_000), &[]),
        ];
        for (retry, delays) in table {
            assert_eq!(retry.delays(), delays, "{retry:?}");
        }
        assert_eq!(retry(u32::MAX, u64::MAX, u32::MAX, u64::MAX).delays().len(), 19);
    }

    #[test]
    fn topics_are_named_as_spring_names_them() {
        assert_eq!(suffixes(&RetryTopics::default()), ["-retry-0@1000", "-retry-1@2000", "-dlt@0"]);
        // One retry topic only: no index (SINGLE_TOPIC).
        assert_eq!(suffixes(&retry(2, 1000, 200, 30_000)), ["-retry@1000", "-dlt@0"]);
        assert_eq!(suffixes(&retry(4, 1000, 100, 30_000)), ["-retry@1000", "-dlt@0"]);
        // Equal delays at the end share the last topic.
        let capped = retry(6, 1000, 200, 5000);
        assert_eq!(
            suffixes(&capped),
            ["-retry-0@1000", "-retry-1@2000", "-retry-2@4000", "-retry-3@5000", "-dlt@0"]
        );
        let by_delay = RetryTopics { suffixing: TopicSuffixing::DelayValue, ..capped };
        let names =
            ["-retry-1000@1000", "-retry-2000@2000", "-retry-4000@4000", "-retry-5000@5000", "-dlt@0"];
        assert_eq!(suffixes(&by_delay), names);
        let each = RetryTopics { reuse: SameIntervalReuse::MultipleTopics, dlt: false, ..by_delay };
        assert_eq!(
            suffixes(&each),
            [
                "-retry-1000@1000",
                "-retry-2000@2000",
                "-retry-4000@4000",
                "-retry-5000-0@5000",
                "-retry-5000-1@5000"
            ]
        );
        assert_eq!(suffixes(&retry(1, 1000, 200, 30_000)), ["-dlt@0"]);
    }

    #[test]
    fn a_failed_record_climbs_the_chain_and_ends_in_the_dead_letters() {
        let to = |retry: &RetryTopics, stage, attempt, retryable| {
            retry.next(stage, attempt, retryable).map(|d| d.topic(&"orders".into()).to_string())
        };
        let exponential = RetryTopics::default();
        assert_eq!(to(&exponential, 0, 1, true).as_deref(), Some("orders-retry-0"));
        assert_eq!(to(&exponential, 1, 2, true).as_deref(), Some("orders-retry-1"));
        assert_eq!(to(&exponential, 2, 3, true).as_deref(), Some("orders-dlt"));
        assert_eq!(to(&exponential, 0, 1, false).as_deref(), Some("orders-dlt"));
        let fixed = retry(4, 500, 100, 30_000);
        assert_eq!(to(&fixed, 0, 1, true).as_deref(), Some("orders-retry"));
        assert_eq!(to(&fixed, 1, 2, true).as_deref(), Some("orders-retry"));
        assert_eq!(to(&fixed, 1, 3, true).as_deref(), Some("orders-retry"));
        assert_eq!(to(&fixed, 1, 4, true).as_deref(), Some("orders-dlt"));
        for (strategy, again) in
            [(DltStrategy::AlwaysRetryOnError, Some("orders-dlt")), (DltStrategy::FailOnError, None)]
        {
            let dlt_handler = Some(DltHandler { strategy, fails: None });
            let handled = RetryTopics { dlt_handler, ..RetryTopics::default() };
            assert_eq!(to(&handled, 3, 4, true).as_deref(), again);
            assert_eq!(to(&handled, 3, 4, false), None, "what is fatal stays");
            assert_eq!(handled.retry_destinations().len(), 3);
        }
        let no_dlt = RetryTopics { dlt: false, ..RetryTopics::default() };
        assert_eq!(to(&no_dlt, 2, 3, true), None);
    }
}
