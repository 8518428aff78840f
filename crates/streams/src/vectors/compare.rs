//! Compares what came of a case with what Kafka gave, as text: one line per output or store entry.

use super::json::{items, member, text, text_of};
use super::{Problem, Run};
use crate::data::{Key, Value};
use crate::topology::{StoreKind, Topology};
use millrace_expr::Value as Json;

/// The refusal of a topology.
pub(super) fn message(expected: &Json, ours: &str) -> Result<(), Problem> {
    same("message", ours, text(expected, "message").unwrap_or(""))
}

/// The text of a description, line by line.
pub(super) fn describe(topology: &Topology, expected: &str) -> Result<(), Problem> {
    let lines = |text: &str| text.split('\n').map(str::to_owned).collect::<Vec<_>>();
    same_lines("line", &lines(&topology.describe()), &lines(expected))
}

/// Outputs in order, stores, dropped records and written topics.
pub(super) fn run(topology: &Topology, run: &Run, expected: &Json) -> Result<(), Problem> {
    let failure = run.failure.as_ref().map(|(at, failure)| format!("{at}: {failure}"));
    let error = member(expected, "error").map(|error| {
        let at = member(error, "at").map(Json::to_string).unwrap_or_default();
        format!("{at}: {}", text(error, "message").unwrap_or(""))
    });
    same("failure", &failure.unwrap_or_default(), &error.unwrap_or_default())?;
    let mut lines = Vec::new();
    for (index, output) in run.outputs.iter().filter(|(_, o)| !o.is_changelog()) {
        let Some(topic) = output.topic(topology).filter(|t| !topology.is_internal(t)) else { continue };
        let (key, value) = (key_json(output.key.as_ref()), value_json(output.value.as_ref()));
        lines.push((
            *index,
            topic.clone(),
            format!("[{index},\"{topic}\",{key},{value},{}]", output.timestamp.0),
        ));
    }
    // One input's outputs are listed topic by topic.
    lines.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    let ours: Vec<String> = lines.into_iter().map(|(_, _, line)| line).collect();
    let theirs: Vec<String> =
        items(member(expected, "outputs").unwrap_or(&Json::Null)).iter().map(line).collect();
    same_lines("output", &ours, &theirs)?;

    if let Some(Json::Map(stores)) = member(expected, "stores") {
        for (name, store) in stores.iter() {
            let theirs: Vec<String> =
                items(member(store, "entries").unwrap_or(&Json::Null)).iter().map(line).collect();
            same_lines(&format!("store {name}"), &entries(topology, run, name)?, &theirs)?;
        }
    }
    let dropped: u64 = run.tasks.iter().map(|t| t.dropped_total()).sum();
    let theirs = member(expected, "dropped_records_total").map(Json::to_string).unwrap_or_default();
    same("dropped_records_total", &dropped.to_string(), &theirs)?;

    let mut topics: Vec<String> =
        run.outputs.iter().filter_map(|(_, o)| Some(o.topic(topology)?.to_string())).collect();
    topics.sort();
    topics.dedup();
    let theirs: Vec<&str> = items(member(expected, "produced_topics").unwrap_or(&Json::Null))
        .iter()
        .filter_map(text_of)
        .collect();
    same("produced_topics", &topics.join(" "), &theirs.join(" "))
}

/// A store's entries, sorted by the text of the key, then by the window.
fn entries(topology: &Topology, run: &Run, name: &str) -> Result<Vec<String>, Problem> {
    let missing = || Problem::NotModelled(format!("store {name}"));
    let id = topology.store_named(name).ok_or_else(missing)?;
    let kind = topology.store(id).ok_or_else(missing)?.kind;
    if kind == StoreKind::SuppressBuffer {
        return Err(missing());
    }
    let owner = topology.subtopologies().iter().position(|s| s.stores.contains(&id));
    let task = owner.and_then(|at| run.tasks.get(at)).ok_or_else(missing)?;
    let line = |row: &crate::task::view::TableRow| {
        let (key, value) = (key_json(Some(&row.key)), value_json(Some(&row.value)));
        match kind {
            // These stores keep no timestamps.
            StoreKind::Join { .. } | StoreKind::Session { .. } | StoreKind::PlainKeyValue => {
                format!("[{key},{value}]")
            }
            _ => format!("[{key},{value},{}]", row.timestamp.0),
        }
    };
    Ok(task.table(id).iter().map(line).collect())
}

/// A line of Kafka's, the members of objects by name: not every reader of JSON keeps their order.
fn line(json: &Json) -> String {
    match json {
        Json::List(items) => format!("[{}]", items.iter().map(line).collect::<Vec<_>>().join(",")),
        Json::Map(members) => {
            let mut members: Vec<String> =
                members.iter().map(|(name, value)| format!("{}:{}", quoted(name), line(value))).collect();
            members.sort();
            format!("{{{}}}", members.join(","))
        }
        other => other.to_string(),
    }
}

fn quoted(text: &str) -> String {
    Json::text(text).to_string()
}

fn key_json(key: Option<&Key>) -> String {
    match key {
        None => "null".to_owned(),
        Some(Key::Plain(_)) => quoted(&key.map(|k| k.text().into_owned()).unwrap_or_default()),
        Some(Key::Windowed { key, window }) => {
            let key = quoted(&String::from_utf8_lossy(key));
            format!("{{\"e\":{},\"k\":{key},\"s\":{}}}", window.end.0, window.start.0)
        }
    }
}

fn value_json(value: Option<&Value>) -> String {
    match value {
        None => "null".to_owned(),
        Some(Value::Bytes(bytes)) => quoted(&String::from_utf8_lossy(bytes)),
        Some(Value::Long(n)) => n.to_string(),
        Some(Value::Number(n)) => n.to_string(),
    }
}

fn same(what: &str, ours: &str, theirs: &str) -> Result<(), Problem> {
    if ours == theirs {
        Ok(())
    } else {
        Err(Problem::Different(format!("{what}: ours {ours}, Kafka's {theirs}")))
    }
}

fn same_lines(what: &str, ours: &[String], theirs: &[String]) -> Result<(), Problem> {
    let most = ours.len().max(theirs.len());
    for at in 0..most {
        let (a, b) = (ours.get(at).map_or("nothing", |s| s), theirs.get(at).map_or("nothing", |s| s));
        same(&format!("{what} {at}"), a, b)?;
    }
    Ok(())
}
