//! The files of `kafka-reassign-partitions`, read and checked.

use millrace_expr::{Value, json};
use millrace_model::{Partition, TopicName, TopicPartition};

/// A partition with its replicas, and the directories that were named for them.
pub(super) struct Place {
    pub tp: TopicPartition,
    pub replicas: Vec<i32>,
    pub log_dirs: Vec<String>,
}

pub(super) const ANY: &str = "any";

fn shown(value: &Value) -> String {
    value.to_string()
}

fn int(value: &Value) -> Result<i32, String> {
    let is_number = matches!(value, Value::Number(_));
    let number = value.to_text().parse().ok().filter(|_| is_number);
    number.ok_or_else(|| format!("Expected `Integer` value, received {}", shown(value)))
}

fn text(value: &Value) -> Result<String, String> {
    value
        .as_text()
        .map(str::to_owned)
        .ok_or_else(|| format!("Expected `String` value, received {}", shown(value)))
}

fn list(value: &Value) -> Result<Vec<Value>, String> {
    match value {
        Value::List(values) => Ok(values.iter().cloned().collect()),
        other => Err(format!("Expected JSON array, received {}", shown(other))),
    }
}

fn field(value: &Value, name: &str) -> Result<Option<Value>, String> {
    match value {
        Value::Map(fields) => Ok(fields.get(name).cloned()),
        other => Err(format!("Expected JSON object, received {}", shown(other))),
    }
}

fn must(value: &Value, name: &str) -> Result<Value, String> {
    field(value, name)?.ok_or_else(|| format!("No such field exists: `{name}`"))
}

fn check_version(whole: &Value) -> Result<(), String> {
    let version = field(whole, "version")?.map_or(Ok(1), |version| int(&version))?;
    if version == 1 { Ok(()) } else { Err(format!("Not supported version field value {version}")) }
}

/// What Jackson says of the beginning of a text that is no JSON, as far as it is one of the common mistakes.
fn no_json(text: &str) -> String {
    let at_name = text.strip_prefix('{').and_then(|rest| rest.chars().next().map(|c| (c, 2)));
    let (found, column) = at_name.or_else(|| text.chars().next().map(|c| (c, 1))).unwrap_or((' ', 1));
    let wanted = match column {
        2 => "was expecting double-quote to start field name",
        _ => "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
    };
    format!(
        "Unexpected character ('{found}' (code {})): {wanted}\n at [Source: REDACTED \
         (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: {column}]",
        u32::from(found)
    )
}

/// `parsePartitionReassignmentData`
pub(super) fn read_plan(file: &str) -> Result<Vec<Place>, String> {
    let whole = json::parse(file).map_err(|_| no_json(file))?;
    check_version(&whole)?;
    let mut plan = Vec::new();
    for entry in field(&whole, "partitions")?.map_or(Ok(Vec::new()), |all| list(&all))? {
        let topic = TopicName::from(text(&must(&entry, "topic")?)?.as_str());
        let tp = TopicPartition { topic, partition: Partition(int(&must(&entry, "partition")?)?) };
        let replicas: Vec<i32> =
            list(&must(&entry, "replicas")?)?.iter().map(int).collect::<Result<_, String>>()?;
        let log_dirs: Vec<String> = match field(&entry, "log_dirs")? {
            Some(dirs) => list(&dirs)?.iter().map(text).collect::<Result<_, String>>()?,
            None => vec![ANY.to_owned(); replicas.len()],
        };
        if replicas.len() != log_dirs.len() {
            return Err(format!(
                "Size of replicas list {replicas:?} is different from size of log dirs list [{}] for partition {tp}",
                log_dirs.join(", ")
            ));
        }
        plan.push(Place { tp, replicas, log_dirs });
    }
    Ok(plan)
}

/// Everything that is there twice, each once.
fn duplicates<T: PartialEq + Clone>(all: &[T]) -> Vec<T> {
    let mut twice = Vec::new();
    for (at, one) in all.iter().enumerate() {
        let is_known = all.get(..at).is_some_and(|before| before.contains(one));
        if is_known && !twice.contains(one) {
            twice.push(one.clone());
        }
    }
    twice
}

pub(super) fn joined<T: ToString>(all: &[T], by: &str) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(by)
}

/// `parseExecuteAssignmentArgs`
pub(super) fn check_plan(plan: &[Place]) -> Result<(), String> {
    if plan.is_empty() {
        return Err("Partition reassignment list cannot be empty".to_owned());
    }
    if plan.iter().any(|place| place.replicas.is_empty()) {
        return Err("Partition replica list cannot be empty".to_owned());
    }
    let partitions: Vec<TopicPartition> = plan.iter().map(|place| place.tp.clone()).collect();
    let twice = duplicates(&partitions);
    if !twice.is_empty() {
        return Err(format!(
            "Partition reassignment contains duplicate topic partitions: {}",
            joined(&twice, ",")
        ));
    }
    let wrong: Vec<String> = plan
        .iter()
        .map(|place| (&place.tp, duplicates(&place.replicas)))
        .filter(|(_, twice)| !twice.is_empty())
        .map(|(tp, twice)| format!("{tp} contains multiple entries for {}", joined(&twice, ",")))
        .collect();
    if !wrong.is_empty() {
        let words = wrong.join(". ");
        return Err(format!("Partition replica lists may not contain duplicate entries: {words}"));
    }
    Ok(())
}

/// `parseGenerateAssignmentArgs`: brokers and topics.
pub(super) fn to_generate(file: &str, brokers: &str) -> Result<(Vec<i32>, Vec<String>), String> {
    let mut ids: Vec<i32> = Vec::new();
    for id in brokers.split(',') {
        ids.push(id.parse().map_err(|_| format!("For input string: \"{id}\""))?);
    }
    let twice = duplicates(&ids);
    if !twice.is_empty() {
        return Err(format!("Broker list contains duplicate entries: [{}]", joined(&twice, ", ")));
    }
    let whole = json::parse(file).map_err(|_| "The input string is not a valid JSON".to_owned())?;
    check_version(&whole)?;
    let entries = field(&whole, "topics")?.map_or(Ok(Vec::new()), |all| list(&all))?;
    let topics: Vec<String> =
        entries.iter().map(|entry| text(&must(entry, "topic")?)).collect::<Result<_, String>>()?;
    let twice = duplicates(&topics);
    if !twice.is_empty() {
        return Err(format!("List of topics to reassign contains duplicate entries: [{}]", twice.join(", ")));
    }
    Ok((ids, topics))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str) -> Result<(), String> {
        read_plan(text).and_then(|plan| check_plan(&plan))
    }

    #[test]
    fn a_plan_is_checked_as_kafka_does() {
        let one = |replicas: &str| {
            format!("{{\"partitions\":[{{\"topic\":\"t\",\"partition\":0,\"replicas\":{replicas}}}]}}")
        };
        assert_eq!(plan(&one("[1]")), Ok(()));
        let two = one("[1]").replace("]}]}", "]},{\"topic\":\"t\",\"partition\":0,\"replicas\":[1]}]}");
        for (text, words) in [
            ("{}".to_owned(), "Partition reassignment list cannot be empty"),
            (one("[]"), "Partition replica list cannot be empty"),
            (
                one("[1,1]"),
                "Partition replica lists may not contain duplicate entries: t-0 contains multiple entries for 1",
            ),
            (
                one("[1],\"log_dirs\":[]"),
                "Size of replicas list [1] is different from size of log dirs list [] for partition t-0",
            ),
            (two, "Partition reassignment contains duplicate topic partitions: t-0"),
            ("{\"version\":2}".to_owned(), "Not supported version field value 2"),
            ("{\"partitions\":[{}]}".to_owned(), "No such field exists: `topic`"),
        ] {
            assert_eq!(plan(&text), Err(words.to_owned()), "{text}");
        }
        assert!(plan("{oops").unwrap_err().starts_with(
            "Unexpected character ('o' (code 111)): was expecting double-quote to start field name\n at [Source: "
        ));
    }

    #[test]
    fn brokers_and_topics_are_named_once() {
        let topics = "{\"topics\":[{\"topic\":\"a\"},{\"topic\":\"b\"}]}";
        assert_eq!(to_generate(topics, "1,2"), Ok((vec![1, 2], vec!["a".to_owned(), "b".to_owned()])));
        assert_eq!(to_generate(topics, "1,1").unwrap_err(), "Broker list contains duplicate entries: [1]");
        assert_eq!(to_generate(topics, "x").unwrap_err(), "For input string: \"x\"");
        assert_eq!(to_generate("x", "1").unwrap_err(), "The input string is not a valid JSON");
    }
}
