//! `app`: an application, that is a consumer group whose instances run a listener.

use super::errands::Reads;
use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options};
use crate::language::number::whole;
use crate::language::problem::Problem;
use crate::language::quote::{add, option};
use crate::language::time::span;
use crate::settings::{self, call, consumer::SETTINGS, failures, guard, output, place, retry};
use millrace_client::listener::{ClientProfile, CommitMode, FailureRule, RetryPolicy, Subscribed};
use millrace_model::config::consumer::GroupProtocol;
use millrace_model::{GroupId, Profile, Span};
use millrace_sim::{AppConfig, Command, limits};

pub(super) const HELP: &[Help] = &[
    Help {
        name: "app start",
        synopsis: "app start GROUP --topic TOPIC… | --pattern REGEX [--client spring|java|java-848|librdkafka] [--instances N] [--work DURATION] [--commit auto|batch|record|time|count|count-time|manual|manual-immediate|before|async] [--ack-count N] [--ack-time DURATION] [--threads N] [--fails EXPR [--as CLASS] [--message TEXT] [--fatal]]… [--retry none|blocking|topics|connect …] [--value-deserializer bytes|json|error-handling] [--include CLASS,…] [--exclude CLASS,…] [--once-per EXPR] [--dedupe EXPR [--dedupe-store memory|table|inbox|filter-only] [--dedupe-order together|mark-first|effect-first] [--dedupe-window DURATION] [--bloom-bits N] [--bloom-hashes N]] [--queue-capacity N] [--pause-above N [--resume-below N]] [--calls SERVICE | --calls-by EXPR [--call-timeout DURATION] [--hedge-after DURATION] [--limit-for-period N] [--limit-refresh-period DURATION] [--timeout-duration DURATION] [--max-concurrent-calls N] [--max-wait-duration DURATION] [--failure-rate-threshold N] [--slow-call-rate-threshold N] [--slow-call-duration-threshold DURATION] [--sliding-window-size N] [--minimum-number-of-calls N] [--wait-duration-in-open-state DURATION] [--permitted-number-of-calls-in-half-open-state N] [--when-open pause|fail]] [--to TOPIC [--writes EXPR] [--transactional-id NAME [--transaction-timeout DURATION]]] [--SETTING VALUE]… [--bootstrap-server HOST:PORT,…] [--network NAME|host]",
        meaning: "starts an application, a consumer group with a listener; every setting of Kafka's consumer is an option",
        example: "app start billing --topic orders --instances 2 --work 400ms --fails 'value.amount < 0' --as IllegalArgumentException --retry topics --attempts 3 --backoff 1s",
    },
    Help {
        name: "app work",
        synopsis: "app work GROUP DURATION",
        meaning: "sets how long one record takes, in all instances",
        example: "app work billing 400ms",
    },
    Help {
        name: "app fails",
        synopsis: "app fails GROUP never | when EXPR [--as CLASS] [--message TEXT] [--fatal] [when …]…",
        meaning: "sets when the listener throws; the first rule that holds decides",
        example: "app fails billing when 'attempt <= 2' --as IllegalStateException when 'value.amount < 0' --fatal",
    },
    Help {
        name: "app retry",
        synopsis: "app retry GROUP none | blocking [--attempts N] [--backoff DURATION] [--multiplier X] [--max-backoff DURATION] [--jitter DURATION] | topics [--attempts N] [--backoff DURATION] [--multiplier X] [--max-backoff DURATION] [--jitter DURATION] [--timeout DURATION] [--retry-suffix TEXT] [--dlt-suffix TEXT] [--park-key] [--no-dlt] [--dlt-strategy no-dlt|fail-on-error|always-retry-on-error] [--dlt-fails EXPR] [--on-publish-failure retry|ignore|fail] [--retry-partitions N] [--suffix index|delay] [--same-interval one-topic|many-topics] | connect [--errors-tolerance none|all] [--errors-retry-timeout DURATION] [--errors-retry-delay-max DURATION] [--errors-deadletterqueue-topic-name TOPIC] [--errors-deadletterqueue-context-headers-enable]",
        meaning: "sets what follows a failure: skip, try again in place, or send through retry topics to the dead letters",
        example: "app retry billing topics --attempts 4 --backoff 1s --multiplier 3",
    },
];

const COMMITS: &[(&str, CommitMode)] = &[
    ("auto", CommitMode::Auto),
    ("batch", CommitMode::Batch),
    ("record", CommitMode::Record),
    ("time", CommitMode::Time),
    ("count", CommitMode::Count),
    ("count-time", CommitMode::CountTime),
    ("manual", CommitMode::Manual),
    ("manual-immediate", CommitMode::ManualImmediate),
    ("before", CommitMode::Before),
    ("async", CommitMode::Async),
];
/// The printer writes the first name of a client.
const CLIENTS: &[(&str, ClientProfile)] = &[
    ("spring", ClientProfile::Spring),
    ("java", ClientProfile::Java),
    ("librdkafka", ClientProfile::Librdkafka),
    (JAVA_848, ClientProfile::Java),
];
/// `java` with `--group-protocol consumer`.
const JAVA_848: &str = "java-848";
const VERBS: &[&str] = &["start", "work", "fails", "retry"];

pub(super) fn parse(arguments: &mut Arguments<'_>, profile: Profile) -> Result<Command, Problem> {
    let verb = arguments.choice("what to do:", VERBS)?;
    let group = GroupId::from(arguments.word("a group's name")?.name("a group's name")?);
    match verb {
        0 => start(group, arguments, profile),
        1 => {
            let what = "how long one record takes";
            let work = span(&arguments.word(what)?, what, "ms")?;
            arguments.done()?;
            Ok(Command::SetWork { group, instance: None, work })
        }
        2 => fails(group, arguments),
        _ => set_retry(group, arguments),
    }
}

fn start(group: GroupId, arguments: &mut Arguments<'_>, profile: Profile) -> Result<Command, Problem> {
    let mut once =
        vec!["instances", "work", "commit", "ack-count", "ack-time", "threads", "retry", "client", "pattern"];
    once.extend(retry::OPTIONS);
    once.extend(guard::OPTIONS);
    once.extend(call::OPTIONS);
    once.extend(output::OPTIONS);
    once.extend(place::OPTIONS);
    once.extend(SETTINGS.iter().map(|setting| setting.name));
    let options = Options { once, many: &["topic", "topics", "fails", "as", "message", "fatal"] };
    let mut reads = Reads::default();
    let mut app = AppConfig::new(group, Vec::new(), profile);
    let mut instances = 1;
    let mut draft = retry::Draft::default();
    let mut guards = guard::Draft::default();
    let mut writes = output::Draft::default();
    while let Some(argument) = arguments.argument(&options)? {
        let name = match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option(name) => name,
        };
        match name {
            "topic" | "topics" | "pattern" => drop(reads.option(name, arguments)?),
            "client" => {
                let names: Vec<&'static str> = CLIENTS.iter().map(|(name, _)| *name).collect();
                let at = arguments.value("whose poll loop it runs")?.choice("whose poll loop:", &names)?;
                app.client = CLIENTS.get(at).map(|(_, client)| *client).unwrap_or_default();
                if names.get(at) == Some(&JAVA_848) {
                    app.consumer.group_protocol = GroupProtocol::Consumer;
                }
            }
            "instances" => {
                let what = "the number of instances";
                let most = u32::try_from(limits::NODES).unwrap_or(u32::MAX);
                instances = whole(&arguments.value(what)?, what, 0, most)?;
            }
            "work" => {
                let what = "how long one record takes";
                app.work = span(&arguments.value(what)?, what, "ms")?;
            }
            "commit" => {
                let names: Vec<&'static str> = COMMITS.iter().map(|(name, _)| *name).collect();
                let at = arguments.value("when it commits")?.choice("when it commits:", &names)?;
                app.commit = COMMITS.get(at).map(|(_, commit)| *commit).unwrap_or_default();
            }
            "ack-count" => {
                let what = "after how many records it commits";
                app.ack_count = whole(&arguments.value(what)?, what, 1, u32::MAX)?;
            }
            "ack-time" => {
                let what = "after how long it commits";
                app.ack_time = span(&arguments.value(what)?, what, "ms")?;
            }
            "threads" => {
                let what = "the number of threads in its pool";
                app.threads = whole(&arguments.value(what)?, what, 0, limits::THREADS)?;
            }
            "fails" => app.failures.push(failures::rule(&arguments.value("an expression")?)?),
            "retry" => draft.policy(&arguments.value("what follows a failure")?)?,
            name if guard::OPTIONS.contains(&name) || call::OPTIONS.contains(&name) => {
                guards.option(name, arguments)?;
            }
            name if output::OPTIONS.contains(&name) => writes.option(name, arguments)?,
            name if place::OPTIONS.contains(&name) => {
                place::read(&mut app.consumer.bootstrap, name, arguments)?;
            }
            part if failures::PARTS.contains(&part) => failures::part(&mut app.failures, part, arguments)?,
            name => match settings::named(SETTINGS, name) {
                Some(setting) => setting.read(&mut app.consumer, &arguments.value(setting.key)?)?,
                None => draft.option(name, arguments)?,
            },
        }
    }
    match reads.finish() {
        Some(Subscribed::Topics(topics)) => app.topics = topics,
        Some(Subscribed::Pattern(pattern)) => app.pattern = Some(pattern),
        None => return Err(arguments.missing("--topic and a topic's name")),
    }
    app.retry = draft.finish()?;
    app.guard = guards.finish()?;
    app.output = writes.finish()?;
    Ok(Command::StartApp { app: Box::new(app), instances })
}

fn fails(group: GroupId, arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let mut rules = Vec::new();
    if arguments.skip("never") {
        arguments.done()?;
        return Ok(Command::SetFailures { group, rules });
    }
    let options = Options { once: Vec::new(), many: failures::PARTS };
    loop {
        if arguments.skip("when") {
            rules.push(failures::rule(&arguments.word("an expression, such as 'value.amount < 0'")?)?);
            continue;
        }
        match arguments.argument(&options)? {
            Some(Argument::Word(token)) => rules.push(failures::rule(&arguments.as_value(token))?),
            Some(Argument::Option(part)) => failures::part(&mut rules, part, arguments)?,
            None if rules.is_empty() => return Err(arguments.missing("never, or when and an expression")),
            None => return Ok(Command::SetFailures { group, rules }),
        }
    }
}

fn set_retry(group: GroupId, arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let mut draft = retry::Draft::default();
    draft.policy(&arguments.word("what follows a failure: none, blocking, topics or connect")?)?;
    let options = Options { once: retry::OPTIONS.to_vec(), many: &[] };
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option(name) => draft.option(name, arguments)?,
        }
    }
    Ok(Command::SetRetry { group, retry: draft.finish()? })
}

pub(super) fn print_start(app: &AppConfig, instances: u32, profile: Profile) -> String {
    let defaults = AppConfig::new(app.group.clone(), Vec::new(), profile);
    let mut line = "app start".to_owned();
    add(&mut line, app.group.as_str());
    for topic in &app.topics {
        option(&mut line, "topic", topic.as_str());
    }
    if let Some(pattern) = &app.pattern {
        option(&mut line, "pattern", pattern.as_str());
    }
    if app.client != defaults.client {
        let name = CLIENTS.iter().find(|(_, client)| *client == app.client).map_or("", |(name, _)| name);
        option(&mut line, "client", name);
    }
    if instances != 1 {
        option(&mut line, "instances", &instances.to_string());
    }
    if app.work != defaults.work {
        option(&mut line, "work", &app.work.to_string());
    }
    if app.commit != defaults.commit {
        let name = COMMITS.iter().find(|(_, commit)| *commit == app.commit).map_or("", |(name, _)| name);
        option(&mut line, "commit", name);
    }
    if app.ack_count != defaults.ack_count {
        option(&mut line, "ack-count", &app.ack_count.to_string());
    }
    if app.ack_time != defaults.ack_time {
        option(&mut line, "ack-time", &app.ack_time.to_string());
    }
    if app.threads != defaults.threads {
        option(&mut line, "threads", &app.threads.to_string());
    }
    // Not Kafka's default: the line says so.
    settings::print(&mut line, SETTINGS, &app.consumer, &defaults.consumer, &["auto-offset-reset"]);
    place::print(&mut line, &app.consumer.bootstrap);
    for rule in &app.failures {
        option(&mut line, "fails", rule.when.text());
        failures::print_parts(&mut line, rule);
    }
    if app.retry != defaults.retry {
        option(&mut line, "retry", retry::name(&app.retry));
        retry::print_options(&mut line, &app.retry);
    }
    if let Some(guard) = &app.guard {
        guard::print(&mut line, guard);
    }
    if let Some(output) = &app.output {
        output::print(&mut line, output);
    }
    line
}

pub(super) fn print_work(group: &GroupId, work: Span) -> String {
    let mut line = "app work".to_owned();
    add(&mut line, group.as_str());
    add(&mut line, &work.to_string());
    line
}

pub(super) fn print_fails(group: &GroupId, rules: &[FailureRule]) -> String {
    let mut line = "app fails".to_owned();
    add(&mut line, group.as_str());
    if rules.is_empty() {
        line.push_str(" never");
    }
    for rule in rules {
        line.push_str(" when");
        add(&mut line, rule.when.text());
        failures::print_parts(&mut line, rule);
    }
    line
}

pub(super) fn print_retry(group: &GroupId, policy: &RetryPolicy) -> String {
    let mut line = "app retry".to_owned();
    add(&mut line, group.as_str());
    add(&mut line, retry::name(policy));
    retry::print_options(&mut line, policy);
    line
}
