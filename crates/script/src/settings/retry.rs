//! What becomes of a record that failed: `none`, `blocking` or `topics`, and the options of each.

use crate::language::arguments::{Arguments, Value};
use crate::language::number::{hundredths, print_hundredths, whole};
use crate::language::problem::Problem;
use crate::language::quote::option;
use crate::language::time::span;
use crate::settings::failures;
use millrace_client::listener::topics::{
    ATTEMPTS, DltHandler, DltStrategy, PublishFailure, RetryTopics, SameIntervalReuse, TopicSuffixing,
};
use millrace_client::listener::{BlockingRetries, ConnectErrors, RetryPolicy, Tolerance};
use millrace_model::Span;
use std::sync::Arc;

/// The policies by name.
pub const POLICIES: &[&str] = &["none", "blocking", "topics", "connect"];
/// The options of all policies together.
pub const OPTIONS: &[&str] = &[
    "attempts",
    "backoff",
    "multiplier",
    "max-backoff",
    "jitter",
    "timeout",
    "retry-suffix",
    "dlt-suffix",
    "park-key",
    "no-dlt",
    "dlt-strategy",
    "dlt-fails",
    "on-publish-failure",
    "retry-partitions",
    "suffix",
    "same-interval",
    "errors-tolerance",
    "errors-retry-timeout",
    "errors-retry-delay-max",
    "errors-deadletterqueue-topic-name",
    "errors-deadletterqueue-context-headers-enable",
];
/// How many of them, the last ones, are Kafka Connect's.
const OF_CONNECT: usize = 5;
const TOLERANCES: &[&str] = &["none", "all"];
const OF_BLOCKING: &[&str] = &["attempts", "backoff", "multiplier", "max-backoff", "jitter"];
/// `DltStrategy`; the first is [`RetryTopics::dlt`].
const STRATEGIES: &[&str] = &["no-dlt", "fail-on-error", "always-retry-on-error"];
const PUBLISH_FAILURES: [(&str, PublishFailure); 3] =
    [("retry", PublishFailure::Retry), ("ignore", PublishFailure::Ignore), ("fail", PublishFailure::Fail)];
const SUFFIXES: &[&str] = &["index", "delay"];
const REUSES: &[&str] = &["one-topic", "many-topics"];

/// What a line says about retries, before it is known which policy it means.
#[derive(Debug, Default)]
pub struct Draft {
    policy: Option<usize>,
    /// The options given, each with the problem that it is if the policy does not have it.
    given: Vec<(&'static str, Problem)>,
    attempts: Option<u32>,
    backoff: Option<Span>,
    multiplier: Option<u32>,
    topics: RetryTopics,
    connect: ConnectErrors,
}

impl Draft {
    /// Takes the policy's name.
    ///
    /// # Errors
    /// If there is no such policy.
    pub fn policy(&mut self, value: &Value<'_>) -> Result<(), Problem> {
        self.policy = Some(value.choice("what follows a failure:", POLICIES)?);
        Ok(())
    }

    /// Takes one of [`OPTIONS`].
    ///
    /// # Errors
    /// If its value is missing or wrong.
    pub fn option(&mut self, name: &'static str, arguments: &mut Arguments<'_>) -> Result<(), Problem> {
        let of_connect = name.starts_with("errors-");
        let expected = match of_connect {
            true => "--retry connect, whose option this is",
            false => "--retry topics, whose option this is",
        };
        self.given
            .push((name, arguments.problem(arguments.option_span(), expected, format!("`--{name}` alone"))));
        if of_connect {
            return self.of_connect(name, arguments);
        }
        let topics = &mut self.topics;
        match name {
            "attempts" => {
                let what = "how often a record is tried";
                self.attempts = Some(whole(&arguments.value(what)?, what, 1, u32::MAX)?);
            }
            "backoff" => {
                let what = "the pause before the second try";
                self.backoff = Some(span(&arguments.value(what)?, what, "s")?);
            }
            "multiplier" => {
                let what = "how much longer each pause is";
                self.multiplier = Some(hundredths(&arguments.value(what)?, what)?);
            }
            "max-backoff" => {
                let what = "the longest pause";
                topics.max_delay = span(&arguments.value(what)?, what, "s")?;
            }
            "jitter" => {
                let what = "how far a pause lies to either side";
                topics.jitter = span(&arguments.value(what)?, what, "ms")?;
            }
            "timeout" => {
                let what = "how old a record may be for another try";
                topics.timeout = Some(span(&arguments.value(what)?, what, "s")?);
            }
            "retry-suffix" => topics.retry_suffix = suffix(arguments)?,
            "dlt-suffix" => topics.dlt_suffix = suffix(arguments)?,
            "park-key" => topics.park_key = true,
            "no-dlt" => topics.dlt = false,
            "dlt-strategy" => {
                let what = "what follows when the handler of the dead letters fails";
                let at = arguments.value(what)?.choice("the strategy:", STRATEGIES)?;
                let strategy =
                    if at == 1 { DltStrategy::FailOnError } else { DltStrategy::AlwaysRetryOnError };
                if at == 0 {
                    topics.dlt = false;
                } else {
                    topics.dlt_handler.get_or_insert_default().strategy = strategy;
                }
            }
            "dlt-fails" => {
                let rule = failures::rule(&arguments.value("an expression, such as 'attempt < 5'")?)?;
                topics.dlt_handler.get_or_insert_default().fails = Some(rule.when);
            }
            "on-publish-failure" => {
                let what = "what follows when a record cannot be published";
                let names = PUBLISH_FAILURES.map(|(name, _)| name);
                let at = arguments.value(what)?.choice("it then:", &names)?;
                topics.on_publish_failure =
                    PUBLISH_FAILURES.get(at).map(|(_, then)| *then).unwrap_or_default();
            }
            "retry-partitions" => {
                let what = "the partitions of a retry topic";
                topics.partitions = whole(&arguments.value(what)?, what, 1, i32::MAX)?;
            }
            "suffix" => {
                let at = arguments.value("how retry topics are numbered")?.choice("the suffix:", SUFFIXES)?;
                topics.suffixing =
                    if at == 0 { TopicSuffixing::IndexValue } else { TopicSuffixing::DelayValue };
            }
            _ => {
                let what = "what pauses of equal length share";
                let at = arguments.value(what)?.choice("equal pauses in", REUSES)?;
                topics.reuse =
                    if at == 0 { SameIntervalReuse::SingleTopic } else { SameIntervalReuse::MultipleTopics };
            }
        }
        Ok(())
    }

    fn of_connect(&mut self, name: &str, arguments: &mut Arguments<'_>) -> Result<(), Problem> {
        let connect = &mut self.connect;
        match name {
            "errors-tolerance" => {
                let at = arguments.value("errors.tolerance")?.choice("errors.tolerance:", TOLERANCES)?;
                connect.tolerance = if at == 0 { Tolerance::None } else { Tolerance::All };
            }
            "errors-retry-timeout" => {
                let value = arguments.value("errors.retry.timeout")?;
                let is_endless = value.text() == "-1";
                connect.retry_timeout =
                    if is_endless { None } else { Some(span(&value, "errors.retry.timeout", "ms")?) };
            }
            "errors-retry-delay-max" => {
                let what = "errors.retry.delay.max.ms";
                connect.retry_delay_max = span(&arguments.value(what)?, what, "ms")?;
            }
            "errors-deadletterqueue-topic-name" => {
                let what = "errors.deadletterqueue.topic.name";
                let topic = crate::commands::topic(&arguments.value(what)?)?;
                connect.dead_letters = Some(topic);
            }
            _ => connect.context_headers = true,
        }
        Ok(())
    }

    /// The policy.
    ///
    /// # Errors
    /// An option that the policy does not have, too many attempts.
    pub fn finish(self) -> Result<RetryPolicy, Problem> {
        let allowed = match self.policy {
            Some(0) => &[][..],
            Some(2) => OPTIONS.get(..OPTIONS.len() - OF_CONNECT).unwrap_or_default(),
            Some(3) => OPTIONS.get(OPTIONS.len() - OF_CONNECT..).unwrap_or_default(),
            _ => OF_BLOCKING,
        };
        if let Some((_, problem)) = self.given.iter().find(|(name, _)| !allowed.contains(name)) {
            return Err(problem.clone());
        }
        Ok(match self.policy {
            Some(0) => RetryPolicy::None,
            Some(3) => RetryPolicy::Connect(self.connect),
            Some(2) => {
                let mut topics = self.topics;
                topics.attempts = self.attempts.unwrap_or(topics.attempts);
                topics.delay = self.backoff.unwrap_or(topics.delay);
                topics.multiplier_percent = self.multiplier.unwrap_or(topics.multiplier_percent);
                if topics.attempts > ATTEMPTS {
                    let problem = self.given.into_iter().find(|(name, _)| *name == "attempts");
                    if let Some((_, mut problem)) = problem {
                        problem.expected = format!("at most {ATTEMPTS} attempts");
                        problem.found = topics.attempts.to_string();
                        return Err(problem);
                    }
                }
                RetryPolicy::RetryTopics(topics)
            }
            _ => {
                let defaults = BlockingRetries::default();
                RetryPolicy::Blocking(BlockingRetries {
                    attempts: self.attempts.unwrap_or(defaults.attempts),
                    interval: self.backoff.unwrap_or(defaults.interval),
                    multiplier_percent: self.multiplier.unwrap_or(defaults.multiplier_percent),
                    max_interval: self.topics.max_delay,
                    jitter: self.topics.jitter,
                })
            }
        })
    }
}

fn suffix(arguments: &mut Arguments<'_>) -> Result<Arc<str>, Problem> {
    let what = "what is added to the topic's name, such as -billing-dlt";
    Ok(arguments.value(what)?.name(what)?.into())
}

/// The policy's name.
pub fn name(policy: &RetryPolicy) -> &'static str {
    match policy {
        RetryPolicy::None => "none",
        RetryPolicy::Blocking(_) => "blocking",
        RetryPolicy::RetryTopics(_) => "topics",
        RetryPolicy::Connect(_) => "connect",
    }
}

/// Writes the options that differ from the policy's defaults.
pub fn print_options(line: &mut String, policy: &RetryPolicy) {
    match policy {
        RetryPolicy::None => {}
        RetryPolicy::Blocking(blocking) => {
            let defaults = BlockingRetries::default();
            if blocking.attempts != defaults.attempts {
                option(line, "attempts", &blocking.attempts.to_string());
            }
            if blocking.interval != defaults.interval {
                option(line, "backoff", &blocking.interval.to_string());
            }
            if blocking.multiplier_percent != defaults.multiplier_percent {
                option(line, "multiplier", &print_hundredths(blocking.multiplier_percent));
            }
            if blocking.max_interval != defaults.max_interval {
                option(line, "max-backoff", &blocking.max_interval.to_string());
            }
            if blocking.jitter != defaults.jitter {
                option(line, "jitter", &blocking.jitter.to_string());
            }
        }
        RetryPolicy::RetryTopics(topics) => print_topics(line, topics),
        RetryPolicy::Connect(errors) => print_connect(line, errors),
    }
}

fn print_connect(line: &mut String, errors: &ConnectErrors) {
    let defaults = ConnectErrors::default();
    // What a reader looks for first: it is always there.
    option(line, "errors-tolerance", if errors.tolerance == Tolerance::None { "none" } else { "all" });
    if errors.retry_timeout != defaults.retry_timeout {
        let timeout = errors.retry_timeout.map_or_else(|| "-1".to_owned(), |timeout| timeout.to_string());
        option(line, "errors-retry-timeout", &timeout);
    }
    if errors.retry_delay_max != defaults.retry_delay_max {
        option(line, "errors-retry-delay-max", &errors.retry_delay_max.to_string());
    }
    if let Some(topic) = &errors.dead_letters {
        option(line, "errors-deadletterqueue-topic-name", topic.as_str());
    }
    if errors.context_headers {
        line.push_str(" --errors-deadletterqueue-context-headers-enable");
    }
}

fn print_topics(line: &mut String, topics: &RetryTopics) {
    let defaults = RetryTopics::default();
    // Attempts and pause are what a reader looks for first: they are always there.
    option(line, "attempts", &topics.attempts.to_string());
    option(line, "backoff", &topics.delay.to_string());
    if topics.multiplier_percent != defaults.multiplier_percent {
        option(line, "multiplier", &print_hundredths(topics.multiplier_percent));
    }
    if topics.max_delay != defaults.max_delay {
        option(line, "max-backoff", &topics.max_delay.to_string());
    }
    if topics.jitter != defaults.jitter {
        option(line, "jitter", &topics.jitter.to_string());
    }
    if let Some(timeout) = topics.timeout {
        option(line, "timeout", &timeout.to_string());
    }
    if topics.retry_suffix != defaults.retry_suffix {
        option(line, "retry-suffix", &topics.retry_suffix);
    }
    if topics.dlt_suffix != defaults.dlt_suffix {
        option(line, "dlt-suffix", &topics.dlt_suffix);
    }
    if topics.park_key {
        line.push_str(" --park-key");
    }
    if topics.dlt != defaults.dlt {
        line.push_str(" --no-dlt");
    }
    if let Some(DltHandler { strategy, fails }) = &topics.dlt_handler {
        // Always: that there is a handler has to be said somehow.
        let index = if *strategy == DltStrategy::FailOnError { 1 } else { 2 };
        option(line, "dlt-strategy", STRATEGIES.get(index).copied().unwrap_or_default());
        if let Some(fails) = fails {
            option(line, "dlt-fails", fails.text());
        }
    }
    if topics.on_publish_failure != defaults.on_publish_failure {
        let found = PUBLISH_FAILURES.iter().find(|(_, then)| *then == topics.on_publish_failure);
        option(line, "on-publish-failure", found.map_or("", |(name, _)| name));
    }
    if topics.partitions != defaults.partitions {
        option(line, "retry-partitions", &topics.partitions.to_string());
    }
    if topics.suffixing != defaults.suffixing {
        option(line, "suffix", "delay");
    }
    if topics.reuse != defaults.reuse {
        option(line, "same-interval", "many-topics");
    }
}
