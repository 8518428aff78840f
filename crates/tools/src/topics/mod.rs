//! `kafka-topics` (`TopicCommand`): list, create, alter, delete here; describe in [`describe`], `--replica-assignment` in
//! [`assignment`].

mod assignment;
mod checks;
mod create;
mod describe;

use crate::admin::{connect_anywhere, load};
use crate::cluster::{broker, check_bootstrap};
use crate::errors::Refused;
use crate::filter::{IncludeList, is_internal};
use crate::options::{Given, Grammar, Opt, OptionError};
use crate::shell::{Exit, Shell};
use millrace_broker::config::ConfigProblem;
use millrace_model::protocol::{CreatePartitionsRequest, DeleteTopicsRequest};
use millrace_model::{ErrorCode, Request, Response, TopicName};
use millrace_sim::Command;

const GRAMMAR: Grammar = Grammar {
    options: &[
        Opt::value("bootstrap-server", "host:port", "required: the cluster"),
        Opt::value("command-config", "file", "settings of the admin client"),
        Opt::flag("list", "lists the topics"),
        Opt::flag("create", "creates a topic"),
        Opt::flag("delete", "deletes topics"),
        Opt::flag("alter", "gives topics more partitions"),
        Opt::flag("describe", "shows topics and their partitions"),
        Opt::value("topic", "topic", "the topic; for all but --create also a regular expression"),
        Opt::value("topic-id", "id", "the topic to describe, by its id"),
        Opt::value("config", "name=value", "a setting of the topic to create"),
        Opt::value("delete-config", "name", "does nothing since Kafka 4.0: see kafka-configs"),
        Opt::value("partitions", "number", "how many partitions"),
        Opt::value("replication-factor", "number", "how many replicas each partition has"),
        Opt::value("replica-assignment", "brokers", "the replicas by hand: 1:2,2:3 is two partitions"),
        Opt::flag("under-replicated-partitions", "describes only partitions that lack replicas in sync"),
        Opt::flag("unavailable-partitions", "describes only partitions without a leader"),
        Opt::flag("under-min-isr-partitions", "describes only partitions below min.insync.replicas"),
        Opt::flag("at-min-isr-partitions", "describes only partitions just at min.insync.replicas"),
        Opt::flag("topics-with-overrides", "describes only topics with settings of their own"),
        Opt::flag("if-exists", "does nothing if there is no such topic"),
        Opt::flag("if-not-exists", "does nothing if the topic is there"),
        Opt::flag("exclude-internal", "leaves Kafka's own topics out"),
        Opt::value("partition-size-limit-per-response", "number", "how many partitions one answer holds"),
    ],
};

const LOGGER: &str = "org.apache.kafka.tools.TopicCommand";

/// What goes wrong after the options were read: Java's class and the sentence.
pub(super) struct Failure {
    class: String,
    words: String,
}

impl Failure {
    fn new(class: &str, words: impl Into<String>) -> Failure {
        Failure { class: class.to_owned(), words: words.into() }
    }

    fn timeout(words: String) -> Failure {
        Failure::new("org.apache.kafka.common.errors.TimeoutException", words)
    }

    fn illegal(words: impl Into<String>) -> Failure {
        Failure::new("java.lang.IllegalArgumentException", words)
    }
}

impl From<OptionError> for Failure {
    fn from(error: OptionError) -> Failure {
        Failure::new(error.class, error.words)
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Failure {
        Failure { class: crate::errors::class(refused.error), words: refused.words.to_string() }
    }
}

impl From<ConfigProblem> for Failure {
    fn from(problem: ConfigProblem) -> Failure {
        let class = match problem {
            ConfigProblem::Value(_) => "org.apache.kafka.common.config.ConfigException",
            ConfigProblem::Unknown(_) | ConfigProblem::Conflict(_) => {
                "org.apache.kafka.common.errors.InvalidConfigurationException"
            }
        };
        Failure::new(class, problem.words().to_string())
    }
}

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    let given = match GRAMMAR.parse(arguments) {
        Ok(given) => given,
        Err(error) => return Err(shell.die(&error.words)),
    };
    checks::check(shell, arguments, &given)?;
    let path = given.value("command-config").map_err(|error| shell.die(&error.words))?;
    if let Err(path) = load(shell, path) {
        return Err(shell.die(&path));
    }
    match given.value("bootstrap-server").map(|servers| check_bootstrap(servers.unwrap_or_default())) {
        Ok(Ok(())) => {}
        Ok(Err(why)) => return Err(shell.no_admin_client(&why)),
        Err(error) => return Err(shell.die(&error.words)),
    }
    let call = if given.has("create") { "createTopics" } else { "listTopics" };
    let servers = given.value("bootstrap-server").ok().flatten();
    let done = if let Err(why) = connect_anywhere(shell, servers, call) {
        let (class, words) = why.split_once(": ").unwrap_or(("", &why));
        Err(Failure::new(class, words))
    } else if given.has("create") {
        create::create(shell, &given)
    } else if given.has("alter") {
        alter(shell, &given)
    } else if given.has("list") {
        list(shell, &given)
    } else if given.has("describe") {
        describe::describe(shell, &given)
    } else {
        delete(shell, &given)
    };
    done.map_err(|failure| {
        shell.say(format!("Error while executing topic command : {}", failure.words));
        shell.log("ERROR", &format!("{}: {}\n", failure.class, failure.words), LOGGER);
        Exit(1)
    })
}

/// The topics that were meant, sorted (`getTopics`).
fn topics(shell: &Shell<'_>, given: &Given) -> Result<Vec<TopicName>, Failure> {
    let filter = match given.value("topic")? {
        Some(regex) => {
            Some(IncludeList::new(regex).map_err(|words| Failure::new("java.lang.RuntimeException", words))?)
        }
        None => None,
    };
    let exclude = given.has("exclude-internal");
    let all = broker(shell.world()).into_iter().flat_map(|broker| broker.topics());
    let names = all.map(|topic| topic.name()).filter(|name| match &filter {
        Some(filter) => filter.allows(name.as_str(), exclude),
        None => !(exclude && is_internal(name.as_str())),
    });
    Ok(names.cloned().collect())
}

/// `ensureTopicExists`; Java's `Optional` shows through.
fn ensure_found(found: &[TopicName], given: &Given) -> Result<(), Failure> {
    match given.value("topic")? {
        Some(topic) if !topic.is_empty() && found.is_empty() && !given.has("if-exists") => {
            Err(Failure::illegal(format!("Topic 'Optional[{topic}]' does not exist as expected")))
        }
        _ => Ok(()),
    }
}

fn list(shell: &mut Shell<'_>, given: &Given) -> Result<(), Failure> {
    let names: Vec<String> = topics(shell, given)?.iter().map(ToString::to_string).collect();
    shell.say(names.join("\n"));
    Ok(())
}

fn alter(shell: &mut Shell<'_>, given: &Given) -> Result<(), Failure> {
    let new = create::NewTopicOptions::read(given, shell.world().profile())?;
    let found = topics(shell, given)?;
    ensure_found(&found, given)?;
    let Some(total) = new.partitions else { return Ok(()) };
    let mut first = None;
    for topic in found {
        let command = Command::AddPartitions { topic: topic.clone(), total };
        if let Err(words) = shell.await_controller("createPartitions", Some(command.clone())) {
            first = first.or(Some(Failure::timeout(words)));
            continue;
        }
        let request = CreatePartitionsRequest { topics: vec![(topic.clone(), total)] };
        let checked = match shell.ask(Request::CreatePartitions(request)) {
            Some(Response::CreatePartitions(answer)) => refusal(answer.topics),
            _ => None,
        };
        let checked = checked.map_or(Ok(()), Err).and_then(|()| match &new.assignment {
            Some(assignment) => assignment::check_added(shell, assignment, topic.as_str(), total),
            None => Ok(()),
        });
        let done = match checked {
            Ok(()) => shell.execute(command).map_err(Failure::illegal),
            Err(refused) => Err(Failure::from(refused)),
        };
        first = first.or(done.err());
    }
    first.map_or(Ok(()), Err)
}

fn delete(shell: &mut Shell<'_>, given: &Given) -> Result<(), Failure> {
    let found = topics(shell, given)?;
    ensure_found(&found, given)?;
    let mut first = None;
    for topic in found {
        let command = Command::DeleteTopic { topic: topic.clone() };
        if let Err(words) = shell.await_controller("deleteTopics", Some(command.clone())) {
            first = first.or(Some(Failure::timeout(words)));
            continue;
        }
        let request = DeleteTopicsRequest { topics: vec![topic.clone()] };
        let refused = match shell.ask(Request::DeleteTopics(request)) {
            Some(Response::DeleteTopics(answer)) => refusal(answer.topics),
            _ => None,
        };
        let done = match refused {
            None => shell.execute(command).map_err(Failure::illegal),
            Some(refused) => Err(Failure::from(refused)),
        };
        first = first.or(done.err());
    }
    first.map_or(Ok(()), Err)
}

type Answers = Vec<(TopicName, ErrorCode, Option<std::sync::Arc<str>>)>;

fn refusal(answers: Answers) -> Option<Refused> {
    let (_, error, words) = answers.into_iter().find(|(_, error, _)| *error != ErrorCode::None)?;
    Some(Refused::new(error, words))
}
