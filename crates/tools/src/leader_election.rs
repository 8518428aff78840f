//! `kafka-leader-election` (`LeaderElectionCommand`). With one broker the preferred leader leads everywhere; in a cluster the
//! controller is asked.

use crate::admin::load;
use crate::cluster::{broker, check_bootstrap};
use crate::errors::Refused;
use crate::java_map;
use crate::options::{Grammar, Opt, OptionError, help_or_version};
use crate::shell::{Exit, Shell};
use millrace_expr::{Value, json};
use millrace_model::protocol::{ControllerRequest, ControllerResponse, ElectLeadersRequest, ElectionType};
use millrace_model::{ErrorCode, Request, Response, TopicPartition};
use millrace_sim::{ClusterCommand, Command, World};

const ABOUT: &str = "This tool attempts to elect a new leader for a set of topic partitions. The type of elections supported \
                     are preferred replicas and unclean replicas.";

/// `default.api.timeout.ms` as the tool sets it.
const TIMEOUT_MS: u64 = 30_000;

const GRAMMAR: Grammar = Grammar {
    options: &[
        Opt::value("bootstrap-server", "host:port", "required: the cluster"),
        Opt::value("admin.config", "file", "settings of the admin client"),
        Opt::value(
            "path-to-json-file",
            "file",
            "the partitions, {\"partitions\":[{\"topic\":\"orders\",\"partition\":0}]}",
        ),
        Opt::value("topic", "topic", "the topic"),
        Opt::value("partition", "number", "the partition"),
        Opt::flag("all-topic-partitions", "every partition"),
        Opt::value("election-type", "type", "required: preferred or unclean"),
    ],
};

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    let given = match GRAMMAR.parse(arguments) {
        Ok(given) => given,
        Err(error) => return Err(shell.die(&error.words)),
    };
    help_or_version(shell, &GRAMMAR, &given, (arguments.is_empty(), ABOUT))?;
    let done = wanted(shell, &given).and_then(|wanted| elect(shell, wanted));
    done.map_err(|words| shell.die(&words))
}

/// The kind of election, and the partitions; none are all.
type Wanted = (String, Option<Vec<TopicPartition>>);

fn wanted(shell: &mut Shell<'_>, given: &crate::options::Given) -> Result<Wanted, String> {
    let words = |error: OptionError| error.words;
    let missing: Vec<&str> =
        ["bootstrap-server", "election-type"].into_iter().filter(|name| !given.has(name)).collect();
    if !missing.is_empty() {
        return Err(format!("Missing required option(s): {}", missing.join(", ")));
    }
    let scopes = ["topic", "all-topic-partitions", "path-to-json-file"];
    if scopes.iter().filter(|name| given.has(name)).count() != 1 {
        return Err(format!("One and only one of the following options is required: {}", scopes.join(", ")));
    }
    match (given.has("topic"), given.has("partition")) {
        (true, false) => return Err("Missing required option(s): partition".to_owned()),
        (false, true) => return Err("Option partition is only allowed if topic is used".to_owned()),
        _ => {}
    }
    let kind = given.value("election-type").map_err(words)?.unwrap_or_default();
    let known = ["PREFERRED", "UNCLEAN"].into_iter().find(|known| known.eq_ignore_ascii_case(kind));
    let Some(kind) = known else {
        return Err(format!("Cannot parse argument '{kind}' of option election-type"));
    };
    let partitions = match given.value("path-to-json-file").map_err(words)? {
        Some(path) => Some(from_file(shell, path)?),
        None => {
            match (given.value("topic").map_err(words)?, given.number::<i32>("partition").map_err(words)?) {
                (Some(topic), Some(partition)) => Some(vec![TopicPartition::new(topic, partition)]),
                _ => None,
            }
        }
    };
    load(shell, given.value("admin.config").map_err(words)?)?;
    if check_bootstrap(given.value("bootstrap-server").map_err(words)?.unwrap_or_default()).is_err() {
        return Err("Failed to create new KafkaAdminClient".to_owned());
    }
    Ok((kind.to_owned(), partitions))
}

fn from_file(shell: &mut Shell<'_>, path: &str) -> Result<Vec<TopicPartition>, String> {
    let Some(text) = shell.read_or_inline(path) else {
        return Err(format!("java.io.IOException: Unable to read file {path}"));
    };
    let value = json::parse(&text).map_err(|_| "Replica election data is empty".to_owned())?;
    let mapping = |words: String| format!("com.fasterxml.jackson.databind.JsonMappingException: {words}");
    let Value::Map(whole) = &value else {
        return Err(mapping(format!("Expected JSON object, received {value}")));
    };
    let Some(list) = whole.get("partitions") else {
        return Err("Replica election data is missing \"partitions\" field".to_owned());
    };
    let Value::List(list) = list else {
        return Err(mapping(format!("Expected JSON array, received {list}")));
    };
    let mut partitions: Vec<TopicPartition> = Vec::new();
    let mut twice: Vec<String> = Vec::new();
    for item in list.iter() {
        let Value::Map(fields) = item else {
            return Err(mapping(format!("Expected JSON object, received {item}")));
        };
        let field =
            |name: &str| fields.get(name).ok_or_else(|| mapping(format!("No such field exists: `{name}`")));
        let topic = field("topic")?;
        let wrong = |kind: &str, found: &Value| mapping(format!("Expected `{kind}` value, received {found}"));
        let topic = topic.as_text().ok_or_else(|| wrong("String", topic))?;
        let partition = field("partition")?;
        let number =
            matches!(partition, Value::Number(_)).then(|| partition.to_text().parse().ok()).flatten();
        let number = number.ok_or_else(|| wrong("Integer", partition))?;
        let tp = TopicPartition::new(topic, number);
        if partitions.contains(&tp) {
            twice.push(tp.to_string());
        } else {
            partitions.push(tp);
        }
    }
    if twice.is_empty() {
        return Ok(partitions);
    }
    twice.dedup();
    Err(format!("Replica election data contains duplicate partitions: [{}]", twice.join(", ")))
}

fn elect(shell: &mut Shell<'_>, (kind, partitions): Wanted) -> Result<(), String> {
    if shell.world().controller().is_some() {
        return elect_by_controller(shell, &kind, partitions);
    }
    // Asked for all, the controller tells only of those where something was to do: nowhere.
    let Some(partitions) = partitions else { return Ok(()) };
    let partitions = java_map::order_by(partitions, 16, |tp| {
        java_map::topic_partition_hash(tp.topic.as_str(), tp.partition.0)
    });
    let (mut unneeded, mut failed): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for tp in partitions {
        let topic = broker(shell.world()).and_then(|broker| broker.topic(tp.topic.as_str()));
        let why = match topic.map(|topic| topic.partition(tp.partition).is_some()) {
            Some(true) => {
                unneeded.push(tp.to_string());
                continue;
            }
            Some(false) => format!("No such partition as {tp}"),
            None => format!("No such topic as {}", tp.topic),
        };
        failed.push(format!(
            "Error completing leader election ({kind}) for partition: {tp}: \
             org.apache.kafka.common.errors.UnknownTopicOrPartitionException: {why}"
        ));
    }
    if !unneeded.is_empty() {
        shell.say(format!("Valid replica already elected for partitions {}", unneeded.join(", ")));
    }
    let count = failed.len();
    for line in failed {
        shell.say(line);
    }
    if count > 0 { Err(format!("{count} replica(s) could not be elected")) } else { Ok(()) }
}

/// Every answer of the controller's, told as Kafka's tool tells it.
fn elect_by_controller(
    shell: &mut Shell<'_>,
    kind: &str,
    partitions: Option<Vec<TopicPartition>>,
) -> Result<(), String> {
    let election_type = if kind == "UNCLEAN" { ElectionType::Unclean } else { ElectionType::Preferred };
    let request = ElectLeadersRequest { election_type, partitions };
    let asked = ControllerRequest::ElectLeaders(request.clone());
    let command = Command::Cluster(Box::new(ClusterCommand::ElectLeaders(request.clone())));
    if shell.await_controllers(("electLeaders", TIMEOUT_MS), Some(command), World::can_decide).is_err() {
        let words = "Timeout waiting for election results";
        shell.say(words);
        return Err(words.to_owned());
    }
    let Some(Response::Controller(answer)) = shell.ask(Request::Controller(Box::new(asked))) else {
        return Err("Timeout waiting for election results".to_owned());
    };
    let ControllerResponse::ElectLeaders(answers) = *answer else { return Ok(()) };
    let (mut done, mut unneeded, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for (tp, error, words) in answers {
        match error {
            ErrorCode::None => done.push(tp.to_string()),
            ErrorCode::ElectionNotNeeded => unneeded.push(tp.to_string()),
            error => {
                let why = Refused::new(error, words).in_java();
                let line = format!("Error completing leader election ({kind}) for partition: {tp}: {why}");
                failed.push(line);
            }
        }
    }
    if !done.is_empty() {
        shell.execute(Command::Cluster(Box::new(ClusterCommand::ElectLeaders(request))))?;
        let done = done.join(", ");
        shell.say(format!("Successfully completed leader election ({kind}) for partitions {done}"));
    }
    if !unneeded.is_empty() {
        shell.say(format!("Valid replica already elected for partitions {}", unneeded.join(", ")));
    }
    let count = failed.len();
    for line in failed {
        shell.say(line);
    }
    if count > 0 { Err(format!("{count} replica(s) could not be elected")) } else { Ok(()) }
}
