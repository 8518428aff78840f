//! A scenario's applications for Spring Kafka 4: a class with a `@KafkaListener` method for each group that the playground
//! runs in Spring's listener container, with its retry topics, dead letters, error handler, ack mode and what is put around
//! the calls of a service (resilience4j). What has no place in it is named at its head.

use crate::clients::{self, fill};
use crate::guarded;
use crate::java::{class, remarks};
use crate::plan::{App, Plan};
use crate::quote::{java, stems};
use crate::{Check, File, comment};
use millrace_client::listener::topics::{DltStrategy, RetryTopics, SameIntervalReuse, TopicSuffixing};
use millrace_client::listener::{BlockingRetries, ClientProfile, CommitMode, RetryPolicy};
use millrace_model::Span;
use millrace_script::properties;

const LISTENER: &str = include_str!("templates/Listener.java");
const APPLICATION: &str = include_str!("templates/Application.java");
const POM: &str = include_str!("templates/spring-pom.xml");
const PLACE: &str = "spring/src/main/java/scenario";
/// Exceptions that a rule may name without their package.
const OF_JAVA: [(&str, &str); 9] = [
    ("RuntimeException", "java.lang"),
    ("IllegalStateException", "java.lang"),
    ("IllegalArgumentException", "java.lang"),
    ("NullPointerException", "java.lang"),
    ("ArithmeticException", "java.lang"),
    ("NumberFormatException", "java.lang"),
    ("UnsupportedOperationException", "java.lang"),
    ("TimeoutException", "java.util.concurrent"),
    ("IOException", "java.io"),
];

/// All files of `spring/`; none if no application runs in Spring's container.
pub(crate) fn files(plan: &Plan) -> Vec<File> {
    let apps: Vec<&App> = plan.apps.iter().filter(|app| is_spring(app)).collect();
    if apps.is_empty() {
        return Vec::new();
    }
    let hosts: Vec<&str> = plan.places.iter().map(|place| &*place.outside).collect();
    let settings = format!(
        "spring.application.name=scenario\nspring.kafka.bootstrap-servers=${{BOOTSTRAP_SERVERS:{}}}\n",
        hosts.join(",")
    );
    let mut files = vec![
        File::new("spring/pom.xml", POM.to_owned(), Check::Text),
        File::new("spring/src/main/resources/application.properties", settings, Check::Text),
        File::new(format!("{PLACE}/Application.java"), APPLICATION.to_owned(), Check::Java),
    ];
    for (app, stem) in apps.iter().zip(stems(apps.iter().map(|app| app.config.group.as_str()))) {
        let class = class(&stem, "Listener");
        files.push(File::new(format!("{PLACE}/{class}.java"), listener(app, plan, &class), Check::Java));
    }
    files
}

fn is_spring(app: &App) -> bool {
    app.config.client == ClientProfile::Spring && !matches!(app.config.retry, RetryPolicy::Connect(_))
}

fn listener(app: &App, plan: &Plan, class: &str) -> String {
    let config = &app.config;
    let guard = guarded::Guarded::of(app);
    let own = own_exceptions(app);
    let topics = match &config.pattern {
        Some(pattern) => format!("topicPattern = {}", java(pattern.as_str())),
        None => format!("topics = {{{}}}", list(clients::topics(app).iter().map(|topic| java(topic)))),
    };
    let properties = properties::of_listener(config, plan.profile);
    // The container says so by itself.
    let properties =
        properties.iter().filter(|(key, value)| !(*key == "enable.auto.commit" && value == "false"));
    let properties: Vec<String> = properties
        .map(|(key, value)| format!("\n                    {}", java(&format!("{key}={value}"))))
        .collect();
    let properties = match properties.is_empty() {
        true => String::new(),
        false => format!(",\n            properties = {{{}}}", properties.join(",")),
    };
    let is_manual = config.commit.is_manual();
    fill(
        LISTENER,
        &[
            ("ABOUT", remarks("", &about(app, &guard)).trim_end().to_owned()),
            ("CLASS", class.to_owned()),
            ("GROUP", java(config.group.as_str())),
            ("TOPICS", topics),
            ("PROPERTIES", properties),
            ("RETRYABLE", retryable(app, class)),
            ("ACK", if is_manual { ", Acknowledgment acknowledgment" } else { "" }.to_owned()),
            ("FAILS", remarks("        ", &clients::failures(app))),
            ("WORK", work(app, &guard)),
            (
                "ACKNOWLEDGE",
                if is_manual { "        acknowledgment.acknowledge();\n" } else { "" }.to_owned(),
            ),
            ("DEAD", dead(app)),
            ("GUARDS", guard.fields),
            ("MODE", mode(app)),
            ("HANDLER", handler(app)),
            ("EXCEPTIONS", own.iter().map(|name| exception(name)).collect()),
        ],
    )
}

/// What the head says.
fn about(app: &App, guard: &guarded::Guarded) -> Vec<String> {
    let config = &app.config;
    let mut out = vec![
        format!("{}: the application of the scenario in Spring Kafka 4's listener container.", config.group),
        format!("The scenario runs {} of it: start the program as often.", clients::instances(app.instances)),
    ];
    if matches!(config.commit, CommitMode::Before | CommitMode::Async) {
        out.push(
            "The scenario commits in a way that no AckMode of Spring's does; here it is BATCH.".to_owned(),
        );
    }
    if let RetryPolicy::RetryTopics(retry) = &config.retry {
        if config.pattern.is_some() {
            out.push(
                "Spring Kafka makes retry topics for named topics only: name them instead of the pattern."
                    .to_owned(),
            );
        }
        if retry.park_key {
            out.push("Not here: keeping the order of a key while one of its records waits.".to_owned());
        }
    }
    if config.threads > 0 {
        out.push(format!(
            "Not here: the pool of {} threads; records are handled on the thread that polls.",
            config.threads
        ));
    }
    out.extend(guard.unsaid.iter().map(|what| format!("Not here: {what}.")));
    out
}

fn retryable(app: &App, class: &str) -> String {
    let RetryPolicy::RetryTopics(retry) = &app.config.retry else { return String::new() };
    let mut set = vec![
        format!("attempts = {}", java(&retry.attempts.to_string())),
        format!("backOff = {}", back_off(retry)),
        format!("numPartitions = {}", java(&retry.partitions.to_string())),
    ];
    set.push(
        match retry.suffixing {
            TopicSuffixing::IndexValue => {
                "topicSuffixingStrategy = TopicSuffixingStrategy.SUFFIX_WITH_INDEX_VALUE"
            }
            TopicSuffixing::DelayValue => {
                "topicSuffixingStrategy = TopicSuffixingStrategy.SUFFIX_WITH_DELAY_VALUE"
            }
        }
        .to_owned(),
    );
    if retry.reuse == SameIntervalReuse::MultipleTopics {
        set.push(
            "sameIntervalTopicReuseStrategy = SameIntervalTopicReuseStrategy.MULTIPLE_TOPICS".to_owned(),
        );
    }
    set.push(format!("retryTopicSuffix = {}", java(&retry.retry_suffix)));
    set.push(format!("dltTopicSuffix = {}", java(&retry.dlt_suffix)));
    let strategy = match (&retry.dlt_handler, retry.dlt) {
        (_, false) => Some("NO_DLT"),
        (Some(handler), true) if handler.strategy == DltStrategy::FailOnError => Some("FAIL_ON_ERROR"),
        _ => None,
    };
    set.extend(strategy.map(|strategy| format!("dltStrategy = DltStrategy.{strategy}")));
    if retry.dlt && retry.dlt_handler.is_none() {
        set.push("autoStartDltHandler = \"false\"".to_owned());
    }
    if let Some(timeout) = retry.timeout {
        set.push(format!("timeout = {}", java(&timeout.as_millis().to_string())));
    }
    for (attribute, names) in [("include", include(app)), ("exclude", exclude(app))] {
        if !names.is_empty() {
            let names = list(names.iter().map(|name| java(&full(name, class))));
            set.push(format!("{attribute}Names = {{{names}}}"));
        }
    }
    format!("    @RetryableTopic(\n            {})\n", set.join(",\n            "))
}

fn back_off(retry: &RetryTopics) -> String {
    let mut set = vec![format!("delay = {}L", retry.delay.as_millis())];
    if retry.multiplier_percent > 100 {
        set.push(format!("multiplier = {}", factor(retry.multiplier_percent)));
        set.push(format!("maxDelay = {}L", retry.max_delay.as_millis()));
    }
    if retry.jitter > Span::ZERO {
        set.push(format!("jitter = {}L", retry.jitter.as_millis()));
    }
    format!("@BackOff({})", set.join(", "))
}

/// 150 as `1.5`.
fn factor(percent: u32) -> String {
    format!("{}.{:02}", percent / 100, percent % 100)
}

/// Classes that are the only ones worth another try.
fn include(app: &App) -> Vec<String> {
    let guard = app.config.guard.iter();
    guard.flat_map(|guard| guard.include.iter().map(ToString::to_string)).collect()
}

/// Classes that are not.
fn exclude(app: &App) -> Vec<String> {
    let fatal = app.config.failures.iter().filter(|rule| rule.fatal).map(|rule| rule.exception.to_string());
    let guard = app.config.guard.iter().flat_map(|guard| guard.exclude.iter().map(ToString::to_string));
    let mut all: Vec<String> = fatal.chain(guard).collect();
    all.sort();
    all.dedup();
    all
}

/// A class's whole name, as reflection finds it.
fn full(name: &str, class: &str) -> String {
    match OF_JAVA.iter().find(|(known, _)| *known == name) {
        Some((_, package)) => format!("{package}.{name}"),
        None if name.contains('.') => name.to_owned(),
        None => format!("scenario.{class}${name}"),
    }
}

/// Exceptions that exist in the scenario only.
fn own_exceptions(app: &App) -> Vec<String> {
    let thrown = app.config.failures.iter().map(|rule| rule.exception.to_string());
    let mut all: Vec<String> = thrown.chain(include(app)).chain(exclude(app)).collect();
    let is_name = |name: &String| {
        name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(|c| c.is_ascii_alphanumeric())
    };
    all.retain(|name| is_name(name) && !OF_JAVA.iter().any(|(known, _)| known == name));
    all.sort();
    all.dedup();
    all
}

fn exception(name: &str) -> String {
    format!(
        "\n    static class {name} extends RuntimeException {{\n        {name}(String message) {{\n            super(message);\n        }}\n    }}\n"
    )
}

fn work(app: &App, guard: &guarded::Guarded) -> String {
    let sleep = format!("        Thread.sleep({}L);\n", clients::work_ms(app));
    match &guard.call {
        Some(call) => [&sleep, call.as_str()].concat(),
        None => sleep,
    }
}

fn dead(app: &App) -> String {
    let RetryPolicy::RetryTopics(RetryTopics { dlt: true, dlt_handler: Some(handler), .. }) =
        &app.config.retry
    else {
        return String::new();
    };
    let fails = handler.fails.as_ref().map(|when| {
        format!(
            "        // In the playground this throws IllegalStateException when: {}\n",
            comment::java(when.text())
        )
    });
    format!(
        "\n    @DltHandler\n    public void dead(ConsumerRecord<String, String> letter) {{\n{}        LOG.error(\"dead: {{}}-{{}} at {{}}: {{}}\", letter.topic(), letter.partition(), letter.offset(), letter.key());\n    }}\n",
        fails.unwrap_or_default()
    )
}

fn mode(app: &App) -> String {
    let config = &app.config;
    let mode = match config.commit {
        // `enable.auto.commit` is among the properties: the container commits nothing then.
        CommitMode::Auto | CommitMode::Batch | CommitMode::Before | CommitMode::Async => "BATCH",
        CommitMode::Record => "RECORD",
        CommitMode::Time => "TIME",
        CommitMode::Count => "COUNT",
        CommitMode::CountTime => "COUNT_TIME",
        CommitMode::Manual => "MANUAL",
        CommitMode::ManualImmediate => "MANUAL_IMMEDIATE",
    };
    let mut out = format!(
        "            factory.getContainerProperties().setAckMode(ContainerProperties.AckMode.{mode});\n"
    );
    if matches!(config.commit, CommitMode::Count | CommitMode::CountTime) {
        out.push_str(&format!(
            "            factory.getContainerProperties().setAckCount({});\n",
            config.ack_count
        ));
    }
    if matches!(config.commit, CommitMode::Time | CommitMode::CountTime) {
        out.push_str(&format!(
            "            factory.getContainerProperties().setAckTime({}L);\n",
            config.ack_time.as_millis()
        ));
    }
    out
}

/// The error handler. Retry topics bring their own.
fn handler(app: &App) -> String {
    let back_off = match &app.config.retry {
        RetryPolicy::RetryTopics(_) | RetryPolicy::Connect(_) => return String::new(),
        RetryPolicy::None => "            var backOff = new FixedBackOff(0L, 0L);\n".to_owned(),
        RetryPolicy::Blocking(blocking) => pauses(blocking),
    };
    let mut out = format!("{back_off}            var errors = new DefaultErrorHandler(backOff);\n");
    for name in exclude(app) {
        let known = OF_JAVA.iter().find(|(known, _)| *known == name);
        let literal = match known {
            Some((package, _)) if *package == "java.lang" => name.clone(),
            Some((known, package)) => format!("{package}.{known}"),
            None => name.clone(),
        };
        if name.contains('.') {
            out.push_str(&format!(
                "            // Not retryable either, if it is on the class path: {}\n",
                comment::java(&name)
            ));
        } else {
            out.push_str(&format!("            errors.addNotRetryableExceptions({literal}.class);\n"));
        }
    }
    out + "            factory.setCommonErrorHandler(errors);\n"
}

fn pauses(blocking: &BlockingRetries) -> String {
    let (interval, retries) = (blocking.interval.as_millis(), blocking.attempts.saturating_sub(1));
    if blocking.multiplier_percent <= 100 && blocking.jitter == Span::ZERO {
        return format!("            var backOff = new FixedBackOff({interval}L, {retries}L);\n");
    }
    let mut out = format!(
        "            var backOff = new ExponentialBackOff({interval}L, {});\n            backOff.setMaxInterval({}L);\n            backOff.setMaxAttempts({retries}L);\n",
        factor(blocking.multiplier_percent.max(100)),
        blocking.max_interval.as_millis()
    );
    if blocking.jitter > Span::ZERO {
        out.push_str(&format!("            backOff.setJitter({}L);\n", blocking.jitter.as_millis()));
    }
    out
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
