//! `kafka-delete-records` (`DeleteRecordsCommand`).

use crate::admin::load;
use crate::cluster::check_bootstrap;
use crate::errors::Refused;
use crate::java_map;
use crate::options::{Grammar, Opt, help_or_version, require};
use crate::shell::{Exit, Shell};
use millrace_expr::{Value, json};
use millrace_model::protocol::AdminRequest;
use millrace_model::{ErrorCode, Offset, TopicPartition};

const GRAMMAR: Grammar = Grammar {
    options: &[
        Opt::value("bootstrap-server", "host:port", "required: the cluster"),
        Opt::value(
            "offset-json-file",
            "file",
            "required: which records go, {\"partitions\":[{\"topic\":\"orders\",\"partition\":0,\"offset\":5}],\"version\":1}",
        ),
        Opt::value("command-config", "file", "settings of the admin client"),
    ],
};

const ABOUT: &str = "This tool helps to delete records of the given partitions down to the specified offset.";
const LOGGER: &str = "org.apache.kafka.clients.admin.internals.DeleteRecordsHandler";

/// How long the admin client tries (`default.api.timeout.ms`).
const TIMEOUT_MS: u64 = 60_000;

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    let given = match GRAMMAR.parse(arguments) {
        Ok(given) => given,
        Err(error) => return Err(shell.die(&error.words)),
    };
    help_or_version(shell, &GRAMMAR, &given, (arguments.is_empty(), ABOUT))?;
    require(shell, &GRAMMAR, &given, &["bootstrap-server", "offset-json-file"])?;
    let (servers, path) = match (given.value("bootstrap-server"), given.value("offset-json-file")) {
        (Ok(servers), Ok(path)) => (servers.unwrap_or_default(), path.unwrap_or_default()),
        (Err(error), _) | (_, Err(error)) => return Err(shell.die(&error.words)),
    };
    let config = given.value("command-config").map_err(|error| shell.die(&error.words))?;
    if let Err(path) = load(shell, config) {
        return Err(shell.die(&path));
    }
    if let Err(why) = check_bootstrap(servers) {
        return Err(shell.no_admin_client(&why));
    }
    let Some(text) = shell.read_or_inline(path) else { return Err(shell.die(path)) };
    let offsets = match parse(&text) {
        Ok(offsets) => offsets,
        Err(words) => return Err(shell.die(&words)),
    };
    delete(shell, offsets);
    Ok(())
}

type Offsets = Vec<(TopicPartition, Offset)>;

fn in_java_order(offsets: Offsets) -> Offsets {
    java_map::order_by(offsets, 16, |(tp, _)| {
        java_map::topic_partition_hash(tp.topic.as_str(), tp.partition.0)
    })
}

/// What is in the file, each partition once.
fn parse(text: &str) -> Result<Offsets, String> {
    let invalid = "The input string is not a valid JSON";
    let value = json::parse(text).map_err(|_| invalid.to_owned())?;
    let Value::Map(whole) = &value else { return Err(format!("Expected JSON object, received {value}")) };
    let version = match whole.get("version") {
        Some(version) => number(version, "Integer")?,
        None => 1,
    };
    if version != 1 {
        return Err(format!("Not supported version field value {version}"));
    }
    let partitions = whole.get("partitions").ok_or_else(|| "Missing partitions field".to_owned())?;
    let Value::List(partitions) = partitions else {
        return Err(format!("Expected JSON array, received {partitions}"));
    };
    let mut offsets = Offsets::new();
    let mut twice: Offsets = Offsets::new();
    for partition in partitions.iter() {
        let Value::Map(fields) = partition else {
            return Err(format!("Expected JSON object, received {partition}"));
        };
        let field = |name: &str| fields.get(name).ok_or_else(|| format!("No such field exists: `{name}`"));
        let topic = field("topic")?;
        let topic = topic.as_text().ok_or_else(|| format!("Expected `String` value, received {topic}"))?;
        let index = number(field("partition")?, "Integer")?;
        let offset = Offset(number(field("offset")?, "Long")?);
        let tp = TopicPartition::new(topic, i32::try_from(index).unwrap_or(i32::MAX));
        match offsets.iter().any(|(known, _)| *known == tp) {
            true if twice.iter().any(|(known, _)| *known == tp) => {}
            true => twice.push((tp, offset)),
            false => offsets.push((tp, offset)),
        }
    }
    if !twice.is_empty() {
        let names: Vec<String> = in_java_order(twice).iter().map(|(tp, _)| tp.to_string()).collect();
        return Err(format!("Offset json file contains duplicate topic partitions: {}", names.join(",")));
    }
    Ok(in_java_order(offsets))
}

fn number(value: &Value, kind: &str) -> Result<i64, String> {
    let wrong = || format!("Expected `{kind}` value, received {value}");
    if !matches!(value, Value::Number(_)) {
        return Err(wrong());
    }
    value.to_text().parse().map_err(|_| wrong())
}

fn delete(shell: &mut Shell<'_>, offsets: Offsets) {
    shell.say("Executing records delete operation");
    // Each leader is asked for its own.
    let parts: Vec<Offsets> = match shell.world().controller() {
        None => vec![offsets],
        Some(_) => offsets.into_iter().map(|one| vec![one]).collect(),
    };
    let mut answers = Vec::new();
    for offsets in parts {
        match shell.administer(AdminRequest::DeleteRecords { offsets: offsets.clone() }) {
            Ok(answer) => answers.extend(answer.partitions),
            Err(refused) => {
                answers.extend(offsets.into_iter().map(|(tp, _)| (tp, refused.error, Offset(-1))))
            }
        }
    }
    let mut lines = Vec::new();
    for (tp, error, low_watermark) in answers {
        lines.push(match error {
            ErrorCode::None => format!("partition: {tp}\tlow_watermark: {low_watermark}"),
            error if error.is_retriable() => {
                let words = shell.timed_out("deleteRecords(api=METADATA)", TIMEOUT_MS);
                format!("partition: {tp}\terror: org.apache.kafka.common.errors.TimeoutException: {words}")
            }
            error => {
                let words = format!(
                    "[AdminClient clientId=adminclient-1] DeleteRecords request for topic partition {tp} failed due to an \
                     unexpected error {error}"
                );
                shell.log("ERROR", &words, LOGGER);
                format!("partition: {tp}\terror: {}", Refused::new(error, None).in_java())
            }
        });
    }
    shell.say("Records delete operation completed:");
    for line in lines {
        shell.say(line);
    }
}
